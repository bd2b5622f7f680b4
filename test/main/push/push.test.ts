import { describe, expect, it, vi } from 'vitest'
import { createFilter } from '../../../src-main/domain/filters.ts'
import { createToken, revokeToken } from '../../../src-main/domain/grants.ts'
import { receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { clearNotifications } from '../../../src-main/domain/notifications.ts'
import { findOwnerId } from '../../../src-main/domain/owner.ts'
import { releasePost, writePost } from '../../../src-main/domain/posts.ts'
import { subscribe, subscriptionOf } from '../../../src-main/domain/push.ts'
import { openPush } from '../../../src-main/push/push.ts'
import { describePush } from '../../../src-main/server/notices.ts'
import { openVapid } from '../../../src-main/server/vapid.ts'
import { updateSettings } from '../../../src-main/domain/settings.ts'
import { followed, HOUR, NOON, openAna, ORIGIN, person, received, refused } from '../domain/home.ts'
import { startNet, stopLater } from '../net/peers.ts'
import { claimsOf, openPhone, startService } from './service.ts'
import type { Log } from '../../../src-main/domain/ports.ts'
import type { Alert, PushPolicy } from '../../../src-main/domain/push.ts'
import type { Home } from '../domain/home.ts'
import type { Phone, Service } from './service.ts'

const ENDPOINT = 'https://mo.example/push/abc'
const DAY = 24 * HOUR
const EVERYTHING = { mention: true, favourite: true, follow: true, update: true } as const

interface Bench {
  home: Home
  service: Service
  phone: Phone
  token: string
  tokenId: number
  vapid: ReturnType<typeof openVapid>
  connection: { online: boolean; say(online: boolean): void }
  /** Runs what waits for its time, after moving the clock. */
  pass(ms: number): void
  /** Lines of the log. */
  lines: unknown[]
  subscribe(change?: { standard?: boolean; alerts?: Partial<Record<Alert, boolean>>; policy?: PushPolicy; endpoint?: string }): void
  /** Somebody favourites a post of the owner's: the plainest thing to be told of. */
  favourite(by: number): void
  waiting(): number
}

async function openBench(online = true): Promise<Bench> {
  const home = openAna()
  const service = await startService()
  const phone = openPhone()
  const { id: tokenId, token } = createToken(home, 'app', ['read', 'push'])
  const vapid = openVapid(home, {
    seal: (plain, context) => `${context}|${String(plain)}`,
    unseal: (sealed, context) => Buffer.from(sealed.slice(context.length + 1)),
  })
  const listeners = new Set<() => void>()
  const connection = {
    online,
    say(now: boolean) {
      connection.online = now
      for (const listen of listeners) listen()
    },
  }
  const timers = new Map<number, () => void>()
  let serial = 0
  const lines: unknown[] = []
  const note = (data: object, text?: string) => void lines.push([data, text])
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const net = startNet({ map: { 'mo.example': service.dial, 'evil.example': '127.0.0.1:1' }, times: { total: 10_000, headers: 10_000 } })
  const push = openPush({
    domain: home,
    net,
    vapid,
    connectivity: {
      get online() {
        return connection.online
      },
      heard: () => undefined,
      onChange: (listen) => {
        listeners.add(listen)
        return () => listeners.delete(listen)
      },
    },
    timers: {
      set(work) {
        timers.set(++serial, work)
        return serial
      },
      clear: (timer) => void timers.delete(timer as number),
    },
    log,
    describe: describePush(home, () => ORIGIN),
    contact: () => ORIGIN,
    random: () => 0.5,
  })
  push.start()
  stopLater(() => push.stop())
  return {
    home,
    service,
    phone,
    token,
    tokenId,
    vapid,
    connection,
    lines,
    pass(ms) {
      home.clock.at += ms
      const due = [...timers.values()]
      timers.clear()
      for (const work of due) work()
    },
    subscribe(change = {}) {
      subscribe(home, tokenId, {
        endpoint: ENDPOINT,
        p256dh: phone.p256dh,
        auth: phone.auth,
        access: vapid.sealToken(token),
        standard: true,
        alerts: EVERYTHING,
        policy: 'all',
        ...change,
      })
    },
    favourite(by) {
      const { post } = writePost(home, { text: 'Boats', visibility: 'public' })
      releasePost(home, post.id, home.clock.at)
      receiveFavourite(home, { uri: null, accountId: by, postId: post.id })
    },
    waiting: () => home.rows('pushes'),
  }
}

const me = (bench: Bench) => ({ acct: 'ana@ana.example', accountId: findOwnerId(bench.home) })
const arrived = (bench: Bench, count: number) =>
  vi.waitFor(
    () => {
      expect(bench.service.posted).toHaveLength(count)
      expect(bench.waiting()).toBe(0)
    },
    { timeout: 10_000 },
  )
const until = (what: () => boolean) => vi.waitFor(() => expect(what()).toBe(true), { timeout: 10_000 })

describe.each([
  [true, 'aes128gcm'],
  [false, 'aesgcm'],
])('with standard=%s', (standard, coding) => {
  it(`the app reads what ${coding} closed, and the service knows who sent it`, async () => {
    const bench = await openBench()
    bench.subscribe({ standard })
    bench.favourite(person(bench.home, 'bo'))
    await arrived(bench, 1)
    const [push] = bench.service.posted as [(typeof bench.service.posted)[0]]
    expect(push.path).toBe('/push/abc')
    expect(push.headers).toMatchObject({ 'content-encoding': coding, ttl: String(2 * 24 * 3600), urgency: 'normal' })
    const { id } = bench.home.store.database.prepare('select id from notifications').get() as { id: number }
    expect(bench.phone.read(push)).toEqual({
      access_token: bench.token,
      preferred_locale: 'en',
      notification_id: id,
      notification_type: 'favourite',
      icon: `${ORIGIN}/avatars/original/missing.png`,
      title: 'bo favourited your post',
      body: 'Boats',
    })
    const { claims, key } = claimsOf(push)
    expect(key).toBe(bench.vapid.publicKey())
    expect(claims).toMatchObject({ aud: 'https://mo.example', sub: ORIGIN })
    const seconds = Number(claims.exp) - NOON / 1000
    expect(seconds).toBeGreaterThan(3600)
    expect(seconds).toBeLessThanOrEqual(24 * 3600)
    // What the service sees beside the envelope says nothing of the owner's business.
    const seen = JSON.stringify(push.headers) + push.body.toString('latin1')
    for (const word of ['Boats', 'favourited', bench.token]) expect(seen).not.toContain(word)
  })
})

it('is signed and encrypted anew every time, by a key that stays the same', async () => {
  const bench = await openBench()
  bench.subscribe()
  bench.favourite(person(bench.home, 'bo'))
  bench.favourite(person(bench.home, 'cy'))
  await arrived(bench, 2)
  const [one, two] = bench.service.posted
  expect(one?.body.subarray(0, 16)).not.toEqual(two?.body.subarray(0, 16))
  expect(one?.body.subarray(21, 86)).not.toEqual(two?.body.subarray(21, 86))
  const again = openVapid(bench.home, {
    seal: () => {
      throw new Error('made twice')
    },
    unseal: (sealed, context) => Buffer.from(sealed.slice(context.length + 1)),
  })
  expect(again.publicKey()).toBe(bench.vapid.publicKey())
  expect(Buffer.from(again.publicKey(), 'base64url')).toHaveLength(65)
})

it('speaks the language of the owner', async () => {
  const bench = await openBench()
  updateSettings(bench.home, { language: 'fr' })
  bench.subscribe()
  bench.favourite(person(bench.home, 'bo'))
  await arrived(bench, 1)
  expect(bench.phone.read(bench.service.posted[0]!)).toMatchObject({
    preferred_locale: 'fr',
    title: 'bo a ajouté votre message à ses favoris',
  })
})

it('of a post behind a warning tells the warning', async () => {
  const bench = await openBench()
  bench.subscribe()
  received(bench.home, followed(bench.home, 'bo'), {
    content: '<p>secret of the ending</p>',
    warning: 'A film',
    visibility: 'direct',
    forOwner: true,
    mentions: [me(bench)],
  })
  await arrived(bench, 1)
  expect(bench.phone.read(bench.service.posted[0]!)).toMatchObject({ notification_type: 'mention', body: 'A film' })
})

describe('who is told', () => {
  it.each<[PushPolicy, number]>([
    ['all', 2],
    ['followed', 1],
    ['follower', 0],
    ['none', 0],
  ])('with the policy "%s"', async (policy, count) => {
    const bench = await openBench(false)
    bench.subscribe({ policy })
    bench.favourite(followed(bench.home, 'bo'))
    bench.favourite(person(bench.home, 'cy'))
    await until(() => bench.home.rows('cursors', "consumer = 'push' and seq = (select max(seq) from events where type = 'notified')") === 1)
    expect(bench.waiting()).toBe(count)
  })

  it('only of what was switched on, and once', async () => {
    const bench = await openBench(false)
    bench.subscribe({ alerts: { mention: true } })
    bench.favourite(person(bench.home, 'bo'))
    received(bench.home, followed(bench.home, 'cy'), { forOwner: true, mentions: [me(bench)] })
    await until(() => bench.waiting() > 0)
    expect(bench.waiting()).toBe(1)
    bench.connection.say(true)
    await arrived(bench, 1)
    expect(bench.phone.read(bench.service.posted[0]!)).toMatchObject({ notification_type: 'mention' })
  })

  it('not of what a filter of the owner hides', async () => {
    const bench = await openBench()
    createFilter(bench.home, {
      title: 'Storms',
      contexts: ['notifications'],
      action: 'hide',
      expiresAt: null,
      keywords: [{ keyword: 'storm', wholeWord: true }],
    })
    bench.subscribe()
    const bo = followed(bench.home, 'bo')
    received(bench.home, bo, { content: '<p>a storm</p>', forOwner: true, mentions: [me(bench)] })
    received(bench.home, bo, { content: '<p>calm sea</p>', forOwner: true, mentions: [me(bench)] })
    await arrived(bench, 1)
    expect(bench.phone.read(bench.service.posted[0]!)).toMatchObject({ body: 'calm sea' })
  })
})

describe('the queue', () => {
  it('waits while we are offline, and goes in order once we are back', async () => {
    const bench = await openBench(false)
    bench.subscribe()
    bench.favourite(person(bench.home, 'bo'))
    bench.favourite(person(bench.home, 'cy'))
    await until(() => bench.waiting() === 2)
    bench.pass(HOUR)
    expect(bench.service.posted).toEqual([])
    bench.connection.say(true)
    await arrived(bench, 2)
    expect(bench.service.posted.map((push) => bench.phone.read(push).title)).toEqual(['bo favourited your post', 'cy favourited your post'])
    // The service is told how long it is still worth anything.
    expect(Number(bench.service.posted[0]?.headers.ttl)).toBe((2 * DAY - HOUR) / 1000)
  })

  it('forgets what is older than two days', async () => {
    const bench = await openBench(false)
    bench.subscribe()
    bench.favourite(person(bench.home, 'bo'))
    await until(() => bench.waiting() === 1)
    bench.home.clock.at += 2 * DAY + 1
    bench.favourite(person(bench.home, 'cy'))
    await until(() => bench.waiting() === 1)
    bench.connection.say(true)
    await arrived(bench, 1)
    expect(bench.phone.read(bench.service.posted[0]!).title).toBe('cy favourited your post')
  })

  it.each([404, 410])('%i takes the subscription away', async (status) => {
    const bench = await openBench()
    bench.service.answers.push({ status })
    bench.subscribe()
    bench.favourite(person(bench.home, 'bo'))
    await until(() => subscriptionOf(bench.home, bench.tokenId) === null)
    expect(bench.waiting()).toBe(0)
    bench.favourite(person(bench.home, 'cy'))
    expect(bench.service.posted).toHaveLength(1)
  })

  it.each([
    [503, {}, 30_000],
    [429, { 'retry-after': '600' }, 600_000],
  ])('%i is tried again, later', async (status, headers, wait) => {
    const bench = await openBench()
    bench.service.answers.push({ status, headers: headers as Record<string, string> })
    bench.subscribe()
    bench.favourite(person(bench.home, 'bo'))
    await until(() => bench.home.rows('pushes', 'attempts = 1') === 1)
    bench.favourite(person(bench.home, 'cy'))
    await until(() => bench.waiting() === 2)
    bench.pass(wait - 1_000)
    // What came after it waits behind it: the service is in trouble for all of them.
    expect(bench.service.posted).toHaveLength(1)
    bench.pass(1_000)
    await arrived(bench, 3)
    expect(bench.service.posted.map((push) => bench.phone.read(push).title)[1]).toBe('bo favourited your post')
  })

  it('a service that is not there at all is tried again', async () => {
    const bench = await openBench()
    bench.subscribe({ endpoint: 'https://evil.example/push' })
    bench.favourite(person(bench.home, 'bo'))
    await until(() => bench.home.rows('pushes', 'attempts = 1') === 1)
    bench.pass(30_000)
    await until(() => bench.home.rows('pushes', 'attempts = 2') === 1)
    expect(bench.home.rows('push_subscriptions', 'failures = 0')).toBe(1)
  })

  it('a disk that is full does not make one push out of many', async () => {
    const bench = await openBench()
    bench.subscribe()
    bench.home.store.database.exec(`create trigger full_delete before delete on pushes begin select raise(abort, 'full'); end;
      create trigger full_update before update on pushes begin select raise(abort, 'full'); end`)
    bench.favourite(person(bench.home, 'bo'))
    await until(() => bench.service.posted.length === 1)
    await until(() => bench.lines.length > 0)
    for (let looks = 0; looks < 20; looks++) {
      bench.pass(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(bench.service.posted.length).toBe(1)
    bench.home.store.database.exec('drop trigger full_delete; drop trigger full_update')
    bench.pass(3_600_000)
    await until(() => bench.waiting() === 0)
  })

  it('one that keeps refusing loses the subscription', async () => {
    const bench = await openBench()
    bench.subscribe()
    const bo = person(bench.home, 'bo')
    for (let refusal = 1; refusal <= 5; refusal++) {
      expect(subscriptionOf(bench.home, bench.tokenId)).not.toBeNull()
      bench.service.answers.push({ status: 403 })
      bench.favourite(bo)
      await arrived(bench, refusal)
    }
    expect(subscriptionOf(bench.home, bench.tokenId)).toBeNull()
  })

  it('goes with the token, with the notification and with the next subscription', async () => {
    const bench = await openBench(false)
    const bo = person(bench.home, 'bo')
    bench.subscribe()
    bench.favourite(bo)
    await until(() => bench.waiting() === 1)
    clearNotifications(bench.home)
    expect(bench.waiting()).toBe(0)
    bench.favourite(bo)
    await until(() => bench.waiting() === 1)
    bench.subscribe()
    expect(bench.waiting()).toBe(0)
    bench.favourite(bo)
    await until(() => bench.waiting() === 1)
    revokeToken(bench.home, bench.token)
    expect(bench.home.rows('push_subscriptions')).toBe(0)
    expect(bench.waiting()).toBe(0)
  })
})

describe('rule 19: the address of a subscription is a stranger’s choice', () => {
  it.each([
    ['plain http', 'http://mo.example/push'],
    ['another scheme', 'file:///etc/passwd'],
    ['with a password', 'https://a:b@mo.example/'],
    ['no address', 'push'],
    ['far too long', `https://mo.example/${'x'.repeat(3_000)}`],
  ])('%s is refused', async (_what, endpoint) => {
    const bench = await openBench()
    expect(refused(() => bench.subscribe({ endpoint })).code).toBe('invalid')
    expect(bench.home.rows('push_subscriptions')).toBe(0)
  })

  it.each([
    'https://127.0.0.1/push',
    'https://[::1]/push',
    'https://10.0.0.8/x',
    'https://mo.example:22/x',
    'https://ana.example/x',
    'https://router/x',
  ])('nothing is posted to %s', async (endpoint) => {
    const bench = await openBench()
    bench.subscribe({ endpoint })
    bench.favourite(person(bench.home, 'bo'))
    await until(() => bench.waiting() === 0 || bench.home.rows('pushes', 'attempts > 0') === 1)
    expect(bench.service.posted).toEqual([])
  })

  it.each([
    ['p256dh', 'AAAA'],
    ['p256dh', Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]).toString('base64url')],
    ['p256dh', '"><script>'],
    ['auth', 'AAAA'],
  ])('a broken %s is refused', async (name, value) => {
    const bench = await openBench()
    const wish = {
      endpoint: ENDPOINT,
      p256dh: bench.phone.p256dh,
      auth: bench.phone.auth,
      access: '',
      standard: true,
      alerts: {},
      policy: 'all',
    } as const
    expect(refused(() => subscribe(bench.home, bench.tokenId, { ...wish, [name]: value })).code).toBe('invalid')
  })

  it('and it stands in no log', async () => {
    const bench = await openBench()
    bench.service.answers.push({ status: 403 }, { status: 410 })
    bench.subscribe()
    bench.favourite(person(bench.home, 'bo'))
    bench.favourite(person(bench.home, 'cy'))
    await until(() => bench.home.rows('push_subscriptions') === 0)
    expect(bench.lines.length).toBeGreaterThan(0)
    expect(JSON.stringify(bench.lines)).not.toMatch(/push\/abc|Boats/)
  })
})
