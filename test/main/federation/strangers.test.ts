/** What strangers may make us ask and remember (rule 29), and what other servers say they run. */
import { describe, expect, test } from 'vitest'
import { openStrangers, registrable } from '../../../src-main/federation/strangers.ts'
import { rule } from '../../rig/attacks.ts'
import { followedBy, HOUR, knowing, openInstance } from './instance.ts'
import { remoteServer, world } from './world.ts'

const DAY = 24 * HOUR

describe(rule(29), () => {
  const small = { host: { burst: 3, perSecond: 1, newPerDay: 2 }, domain: { burst: 5, perSecond: 2, newPerDay: 3 } }
  const asks = (strangers: ReturnType<typeof openStrangers>, ...hosts: string[]) =>
    hosts.map((host) => {
      try {
        strangers.ask(`https://${host}/users/bo`)
        return true
      } catch (error) {
        expect(error).toMatchObject({ code: 'unavailable', retryable: true })
        return false
      }
    })

  test('a host has a bucket that fills again', () => {
    let now = 0
    const strangers = openStrangers(() => now, small)
    expect(asks(strangers, 'a.example', 'a.example', 'a.example', 'a.example', 'b.example')).toEqual([true, true, true, false, true])
    now += 2_000
    expect(asks(strangers, 'a.example', 'a.example', 'a.example')).toEqual([true, true, false])
    // A clock that is set back fills nothing and breaks nothing.
    now -= HOUR
    expect(asks(strangers, 'a.example')).toEqual([false])
  })

  test('a thousand sub-domains are one domain', () => {
    const strangers = openStrangers(() => 0, small)
    const answers = asks(strangers, ...Array.from({ length: 1_000 }, (_, n) => `h${n}.evil.example`))
    expect(answers.filter(Boolean).length).toBe(5)
    expect(asks(strangers, 'good.example')).toEqual([true])
  })

  test('new people are counted per day', () => {
    let now = DAY
    const strangers = openStrangers(() => now, small)
    const meets = (host: string) => {
      try {
        strangers.meet(`https://${host}/users/bo`)
        return true
      } catch {
        return false
      }
    }
    expect(['a', 'a', 'a', 'b', 'c'].map((one) => meets(`${one}.evil.example`))).toEqual([true, true, false, true, false])
    now += DAY
    expect(meets('a.evil.example')).toBe(true)
  })

  test('domains are told by their last two labels', () => {
    expect(registrable('a.b.evil.example:8443')).toBe('evil.example')
    expect(registrable('localhost')).toBe('localhost')
  })

  test('a flood of keys nobody has heard of is looked up six hundred times, and refused or kept after that', async () => {
    const home = await openInstance()
    const evil = remoteServer('evil.example')
    const bo = evil.actor('bo')
    const body = JSON.stringify(bo.create())
    const statuses = new Map<number, number>()
    for (let batch = 0; batch < 19; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          home.post('/inbox', body, bo.signed('https://ana.example/inbox', body, { keyId: `https://evil.example/keys/${batch * 50 + n}` })),
        ),
      )
      for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    expect(evil.asked.length).toBeLessThanOrEqual(600)
    expect([...statuses.keys()].every((status) => [202, 401, 429, 503].includes(status))).toBe(true)
    expect(home.rows('posts')).toBe(0)
    expect(home.rows('inbound')).toBeLessThanOrEqual(200)
    // Somebody else is heard as ever.
    const mo = remoteServer('mo.example')
    const di = mo.actor('di')
    await followedBy(home, di)
    expect(home.rows('follows')).toBe(1)
  }, 30_000)
})

describe('what a server runs', () => {
  async function scene() {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    const info = (name: unknown, href = `${mo.origin}/nodeinfo/2.1`) => {
      mo.serve('/.well-known/nodeinfo', { links: [{ rel: 'http://nodeinfo.diaspora.software/ns/schema/2.1', href }] }, 'application/json')
      mo.serve(
        '/nodeinfo/2.1',
        { version: '2.1', software: { name, version: '4.5.2' } },
        'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#"',
      )
    }
    return { home, mo, bo, info, servers: home.federation.servers }
  }

  test('is asked in the background, once a week', async () => {
    const { home, mo, info, servers } = await scene()
    info('Mastodon')
    expect(servers.softwareOf('mo.example')).toBeNull()
    expect(mo.asked).toEqual([])
    await home.federation.settled()
    expect(servers.softwareOf('mo.example')).toBe('mastodon')
    expect(home.one('select software, version from servers')).toEqual({ software: 'mastodon', version: '4.5.2' })
    home.clock.at += 6 * DAY
    expect(servers.softwareOf('mo.example')).toBe('mastodon')
    await home.federation.settled()
    expect(mo.count('/.well-known/nodeinfo')).toBe(1)
    home.clock.at += 2 * DAY
    servers.softwareOf('mo.example')
    await home.federation.settled()
    expect(mo.count('/.well-known/nodeinfo')).toBe(2)
  })

  test('of everybody known is asked some minutes after the start', async () => {
    const { home, mo, bo, info } = await scene()
    info('gotosocial')
    await followedBy(home, bo)
    await home.pass(6 * 60_000)
    await home.federation.settled()
    expect(mo.count('/nodeinfo/2.1')).toBe(1)
    expect(home.federation.servers.softwareOf('mo.example')).toBe('gotosocial')
  })

  test('is not believed from elsewhere, and names are checked', async () => {
    const evil = remoteServer('evil.example')
    for (const [name, href] of [
      ['mastodon', 'https://evil.example/nodeinfo'],
      ['<b>mastodon</b>', undefined],
      [{ toString: 'x' }, undefined],
      ['x'.repeat(10_000), undefined],
    ] as [unknown, string | undefined][]) {
      const { home, info, servers } = await scene()
      info(name, href)
      servers.softwareOf('mo.example')
      await home.federation.settled()
      const found = servers.softwareOf('mo.example')
      expect(found === null || /^[a-z0-9_.-]{1,64}$/.test(found)).toBe(true)
      if (href) expect(found).toBeNull()
    }
    expect(evil.asked).toEqual([])
  })

  test('a server that has none is asked again tomorrow, not now', async () => {
    const { home, mo, bo, servers } = await scene()
    await knowing(home, bo)
    servers.softwareOf('mo.example')
    await home.federation.settled()
    servers.softwareOf('mo.example')
    await home.federation.settled()
    expect(mo.count('/.well-known/nodeinfo')).toBe(1)
    expect(world.now()).toBe(home.clock.at)
  })
})
