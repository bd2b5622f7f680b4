import { describe, expect, test, vi } from 'vitest'
import { chooseOrigin, setting, setSetting, updateSettings } from '../../../src-main/domain/owner.ts'
import { AppError } from '../../../src-main/domain/errors.ts'
import { favouritePost, receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { receiveMove } from '../../../src-main/domain/moves.ts'
import { endPolls } from '../../../src-main/domain/polls.ts'
import { releasePost, writePost } from '../../../src-main/domain/posts.ts'
import { receiveReaction } from '../../../src-main/domain/reactions.ts'
import { openCarrier } from '../../../src-main/server/carrier.ts'
import { tellWhenFull, watchDisk } from '../../../src-main/server/disk.ts'
import { openIdentity } from '../../../src-main/server/identity.ts'
import { images } from '../../../src-main/server/images.ts'
import { addressMap, isPlainHost } from '../../../src-main/server/names.ts'
import { notifyHost, sayKeyNotices } from '../../../src-main/server/notices.ts'
import { keepOrigin } from '../../../src-main/server/origin.ts'
import { parentThrough } from '../../../src-main/server/parent.ts'
import { outsideAddresses } from '../../../src-main/server/wakes.ts'
import { fileBackend, openKeyRing } from '../../../src-main/store/keys.ts'
import { StoreError } from '../../../src-main/store/store.ts'
import { startTunnelServer } from '../../rig/tunnel-server.ts'
import { followed, openAna, openHome, person } from '../domain/home.ts'
import { temporaryFolder } from '../owner-api/house.ts'
import type { Config } from '../../../src-main/config.ts'
import type { HostMessage, InstanceMessage } from '../../../src-main/instance-protocol.ts'

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

describe('what carries the traffic', () => {
  const carrierOf = (home: ReturnType<typeof openHome>, host: string, tunnel: Config['tunnel'] = null) =>
    openCarrier({
      domain: home,
      config: { tunnel, localtunnelHost: host, allowPrivateNetwork: true },
      now: Date.now,
      log,
      networkUp: () => true,
    })

  test('a trial takes the name it is given and asks for that very name ever after', async () => {
    const server = await startTunnelServer()
    const home = openAna(null)
    const carrier = carrierOf(home, server.url)
    try {
      carrier.start(9)
      expect([carrier.kind(), carrier.view()]).toEqual(['none', null])
      const given = await carrier.openTrial()
      expect(given).toMatch(new RegExp(`^http://burrow-[0-9a-f]{10}\\.localhost:${server.port}$`))
      // Twice the same button: the same name.
      expect(await carrier.openTrial()).toBe(given)
      chooseOrigin(home, given, { trial: true })
      carrier.choose('localtunnel')
      carrier.reconfigure()
      expect(carrier.view()?.status.state).toBe('open')
      const name = new URL(given).hostname.split('.')[0] as string
      expect(await server.connections(name)).toBeGreaterThan(0)
      await carrier.stop()

      const next = carrierOf(home, server.url)
      next.start(9)
      const view = next.view()
      await new Promise<void>((resolve) => {
        const off = view?.on(() => view.status.state === 'open' && (off?.(), resolve()))
      })
      expect(await server.connections(name)).toBeGreaterThan(0)
      await next.stop()
    } finally {
      await carrier.stop()
      await server.stop()
    }
  })

  test('without a tunnel server a trial is refused, and nothing stays open', async () => {
    const server = await startTunnelServer()
    await server.stop()
    const carrier = carrierOf(openAna(null), server.url)
    carrier.start(9)
    const refused = await carrier.openTrial().catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(AppError)
    expect(refused).toMatchObject({ code: 'unavailable', reason: 'tunnel-unreachable' })
    expect(carrier.view()).toBe(null)
  })

  test('nobody is contacted before there is an address and a choice; flags win over the choice', () => {
    const home = openAna('https://ana.example')
    const carrier = carrierOf(home, 'http://127.0.0.1:9', 'none')
    setSetting(home, 'tunnel', 'localtunnel')
    carrier.start(9)
    expect([carrier.kind(), carrier.view()]).toEqual(['none', null])
    const nameless = carrierOf(openAna(null), 'http://127.0.0.1:9', 'localtunnel')
    nameless.start(9)
    expect([nameless.kind(), nameless.view()]).toEqual(['localtunnel', null])
  })
})

describe('the origin', () => {
  test('of the flags is taken once there is a name, and never another', () => {
    const nameless = openHome()
    keepOrigin(nameless, { origin: 'https://ana.example', data: '/d' })
    expect(setting(nameless, 'origin')).toBe(null)
    const home = openAna(null)
    keepOrigin(home, { origin: 'https://ana.example', data: '/d' })
    keepOrigin(home, { origin: null, data: '/d' })
    keepOrigin(home, { origin: 'https://ana.example', data: '/d' })
    const before = home.picture()
    expect(() => keepOrigin(home, { origin: 'https://other.example', data: '/d' })).toThrow(/https:\/\/ana\.example for ever/)
    expect(home.picture()).toBe(before)
  })

  test('gives the authority that requests must be addressed to', () => {
    const home = openAna(null)
    const identity = openIdentity(home, { seal: String, unseal: Buffer.from })
    expect(identity.hosts()).toEqual([])
    chooseOrigin(home, 'http://127.0.0.1:8080', { trial: false })
    identity.changed()
    expect(identity.hosts()).toEqual(['127.0.0.1:8080'])
  })
})

describe('a full disk', () => {
  test('is told by whichever transaction finds it, and the error goes on', async () => {
    const home = openAna()
    let told = 0
    tellWhenFull(home.store, () => told++)
    home.store.database.pragma(`max_page_count = ${String(home.store.database.pragma('page_count', { simple: true }))}`)
    const fill = () => setSetting(home, `x${Math.random()}`, 'y'.repeat(500_000))
    expect(() => home.store.transaction(fill)).toThrow(StoreError)
    expect(told).toBeGreaterThan(0)
    const before = told
    await expect(home.store.groupCommit(fill)).rejects.toMatchObject({ code: 'disk-full' })
    expect(told).toBeGreaterThan(before)
    const after = told
    expect(() =>
      home.store.transaction(() => {
        throw new AppError('conflict', 'no')
      }),
    ).toThrow('no')
    expect(told).toBe(after)
  })

  test('is tried every 15 s until there is room', () => {
    vi.useFakeTimers()
    try {
      const home = openAna()
      const states: boolean[] = []
      const watch = watchDisk(home, (full) => states.push(full))
      const pages = Number(home.store.database.pragma('page_count', { simple: true }))
      home.store.database.pragma(`max_page_count = ${pages}`)
      watch.full()
      watch.full()
      vi.advanceTimersByTime(60_000)
      expect(states).toEqual([true])
      home.store.database.pragma(`max_page_count = ${pages + 1000}`)
      vi.advanceTimersByTime(15_000)
      expect(states).toEqual([true, false])
      expect(setting(home, 'diskProbe')).toBe(null)
      watch.stop()
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('the parent', () => {
  function held(answer: (message: InstanceMessage) => HostMessage | null) {
    const said: InstanceMessage[] = []
    let tell: (message: HostMessage) => void = () => undefined
    let close: () => void = () => undefined
    const parent = parentThrough({
      post(message) {
        said.push(message)
        const reply = answer(message)
        if (reply) queueMicrotask(() => tell(reply))
      },
      on(heard, closed) {
        tell = heard
        close = closed
      },
    })
    return { parent, said, tell: (message: HostMessage) => tell(message), close: () => close() }
  }
  const xor = (text: string) => Buffer.from(Buffer.from(text, 'base64').map((byte) => byte ^ 7)).toString('base64')
  const store = (message: InstanceMessage): HostMessage | null =>
    message.type === 'key-wrap' || message.type === 'key-unwrap'
      ? { type: 'key-reply', id: message.id, ok: true, bytes: xor(message.bytes), backend: 'kwallet6', weak: false, rewrap: false }
      : null

  test('wraps the key with its key store, which is opened again without data.key', async () => {
    const folder = temporaryFolder()
    const { parent, tell } = held(store)
    tell({ type: 'start', argv: ['--x'], keyStore: true })
    expect(await parent.started).toEqual(['--x'])
    const backend = await parent.keyBackend()
    expect(backend?.name).toBe('safe-storage:kwallet6')
    const ring = await openKeyRing({ folder, backend, mayCreate: true, now: Date.now })
    const sealed = ring.seal('secret', 'place')
    const again = await openKeyRing({ folder, backend: await parent.keyBackend(), mayCreate: false, now: Date.now })
    expect(again.unseal(sealed, 'place').toString()).toBe('secret')
    expect(again.notices).toEqual([])
  })

  test('whose key store refuses is said, and the file opens the folder', async () => {
    const folder = temporaryFolder()
    const first = await openKeyRing({ folder, backend: fileBackend(folder), mayCreate: true, now: Date.now })
    const sealed = first.seal('secret', 'place')
    const { parent, tell } = held((message) =>
      message.type === 'key-wrap' || message.type === 'key-unwrap'
        ? { type: 'key-reply', id: message.id, ok: false, reason: 'unavailable' }
        : null,
    )
    tell({ type: 'start', argv: [], keyStore: true })
    const ring = await openKeyRing({ folder, backend: await parent.keyBackend(), mayCreate: false, now: Date.now })
    expect(ring.unseal(sealed, 'place').toString()).toBe('secret')
    expect(ring.notices.map((notice) => notice.code)).toContain('key-store-unavailable')
  })

  test('without a key store leaves the keys to the file', async () => {
    const { parent, tell } = held(() => null)
    tell({ type: 'start', argv: [], keyStore: false })
    expect(await parent.keyBackend()).toBeUndefined()
  })

  test('that is gone ends us, even before it said anything', async () => {
    const { parent, close } = held(() => null)
    close()
    expect(await parent.started).toBe(null)
    await parent.asked
  })

  test('tells of waking and of networks', () => {
    const { parent, tell } = held(() => null)
    const heard: string[] = []
    tell({ type: 'supply', battery: true })
    parent.listen({
      woken: (why) => heard.push(why),
      signIn: () => heard.push('sign-in'),
      battery: (on) => heard.push(`battery ${on}`),
    })
    tell({ type: 'power', event: 'suspend' })
    tell({ type: 'power', event: 'resume' })
    tell({ type: 'network-changed' })
    tell({ type: 'sign-in' })
    tell({ type: 'supply', battery: false })
    // What was said before anybody listened is not lost.
    expect(heard).toEqual(['battery true', 'wake', 'network', 'sign-in', 'battery false'])
  })
})

describe('notifications', () => {
  const shown = () => {
    const said: { title?: string; body?: string; route?: string; badge?: number }[] = []
    return {
      said,
      host: {
        notify: (note: { title: string; body: string; route: string }) => said.push(note),
        badge: (badge: number) => said.push({ badge }),
        keepAwake: () => undefined,
      },
    }
  }

  test('come from the host only while no window is open, and as the owner wishes', () => {
    const home = openAna()
    const { said, host } = shown()
    let windows = 1
    const stop = notifyHost(home, host, () => windows)
    const { post } = writePost(home, { text: 'High water', visibility: 'public', language: 'en' })
    releasePost(home, post.id, home.clock.at)
    const like = (name: string) =>
      receiveFavourite(home, { uri: `https://tide.example/likes/${name}`, accountId: person(home, name), postId: post.id })
    like('bo')
    expect(said).toEqual([])
    windows = 0
    like('cy')
    expect(said).toEqual([{ badge: 2 }, { title: 'cy favourited your post', body: 'High water', route: `/post/${post.id}` }])
    updateSettings(home, { language: 'fr' })
    like('emeka')
    expect(said.at(-1)?.title).toBe('emeka a ajouté votre message à ses favoris')
    updateSettings(home, { notifications: false })
    like('ines')
    expect(said.at(-1)).toEqual({ badge: 4 })
    favouritePost(home, post.id)
    expect(said).toHaveLength(5)
    stop()
    like('jun')
    expect(said).toHaveLength(5)
  })

  test('say what is new too: reactions, moves, the end of a poll', () => {
    const home = openAna()
    const { said, host } = shown()
    updateSettings(home, { language: 'en' })
    const stop = notifyHost(home, host, () => 0)
    const poll = { options: ['yes', 'no'], multiple: false, expiresIn: 600_000 }
    const { post } = writePost(home, { text: 'Tea?', visibility: 'public', poll })
    releasePost(home, post.id, home.clock.at)
    const bo = followed(home, 'bo')
    receiveReaction(home, { postId: post.id, accountId: bo, emoji: '🎉', picture: null, uri: 'https://tide.example/r/1' })
    receiveMove(home, { fromId: bo, toId: person(home, 'bo', 'new.example') })
    home.clock.at += 600_001
    endPolls(home)
    const titles = said.flatMap((one) => ('title' in one ? [[one.title, one.route]] : []))
    expect(titles).toEqual([
      ['bo reacted to your post', `/post/${post.id}`],
      ['bo has moved to another address', '/notifications'],
      ['A poll has ended', `/post/${post.id}`],
    ])
    stop()
  })

  test('say what the key store is like', () => {
    const { said, host } = shown()
    sayKeyNotices(openAna(), host, [{ code: 'recovery-missing' }, { code: 'key-store-weak', backend: 'safe-storage:basic_text' }])
    expect(said).toHaveLength(1)
    expect(said[0]).toMatchObject({ route: '/settings' })
  })
})

describe('names and networks', () => {
  test('mapped names are dialled on loopback', () => {
    expect(
      addressMap({
        'mo.example': { address: '127.0.0.1', port: 4001 },
        'a.example': { address: '::1', port: 80 },
        'b.example': { address: '127.0.0.2', port: null },
      }),
    ).toEqual({
      'mo.example': '127.0.0.1:4001',
      'a.example': '[::1]:80',
      'b.example': { address: '127.0.0.2' },
    })
  })

  test('http is spoken to hosts of a private network alone', () => {
    const map = { 'mo.example': { address: '127.0.0.1', port: 1 } }
    for (const host of ['127.0.0.1:80', '[::1]:80', 'bo.localhost:3000', 'nas', 'mo.example'])
      expect([host, isPlainHost(host, map)]).toEqual([host, true])
    for (const host of ['tide.example', 'tide.example:8443', 'localhost.example', '1.example'])
      expect([host, isPlainHost(host, map)]).toEqual([host, false])
  })

  test('only addresses that lead outside count as a network', () => {
    const address = (address: string, internal = false) => ({
      address,
      internal,
      netmask: '',
      family: 'IPv4' as const,
      mac: '',
      cidr: null,
    })
    const found = outsideAddresses({
      lo: [address('127.0.0.1', true)],
      eth0: [address('192.168.1.7'), address('fe80::1'), address('169.254.3.4')],
      gone: undefined,
    })
    expect(found).toEqual(['192.168.1.7'])
  })
})

test('a picture that cannot be read becomes a sentence with a code', async () => {
  await expect(images.process(Buffer.from('not a picture'))).rejects.toMatchObject({
    name: 'AppError',
    code: 'invalid',
    reason: 'unsupported-type',
  })
})
