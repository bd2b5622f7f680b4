/** Reading up after an absence: when it begins, what it asks, what it stores, and what becomes of it when the program is killed. */
import { describe, expect, test } from 'vitest'
import { follow } from '../../../src-main/domain/follows.ts'
import { pinnedIds } from '../../../src-main/domain/pins.ts'
import { postByUri, releasePost, writePost } from '../../../src-main/domain/posts.ts'
import { setSetting, updateSettings } from '../../../src-main/domain/owner.ts'
import { openCatchUp } from '../../../src-main/federation/catch-up.ts'
import { gapsOf, patienceOf } from '../../../src-main/federation/patience.ts'
import { openWaking } from '../../../src-main/federation/waking.ts'
import { NetError } from '../../../src-main/net/index.ts'
import { ANA, eventsTaken, following, HOUR, knowing, MINUTE, openInstance } from './instance.ts'
import { PUBLIC, remoteServer, world } from './world.ts'
import type { Absence, Thrift } from '../../../src-main/domain/ports.ts'
import type { Conversations } from '../../../src-main/federation/conversations.ts'
import type { Profiles } from '../../../src-main/federation/profiles.ts'
import type { Instance } from './instance.ts'
import type { RemoteActor, RemoteServer } from './world.ts'

const DAY = 24 * HOUR

/** What somebody posts, in their outbox. */
function outbox(server: RemoteServer, actor: RemoteActor): { add(change?: Record<string, unknown>): string } {
  const items: Record<string, unknown>[] = []
  server.serve(new URL(`${actor.id}/outbox`).pathname, () => ({
    id: `${actor.id}/outbox`,
    type: 'OrderedCollection',
    orderedItems: [...items].reverse(),
  }))
  return {
    add(change = {}) {
      const activity = actor.create({ published: new Date(world.now()).toISOString(), ...change })
      items.push(activity)
      return (activity.object as { id: string }).id
    },
  }
}

async function scene() {
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  const bo = mo.actor('bo')
  const posts = outbox(mo, bo)
  await following(home, bo)
  await home.pass(5_000)
  await home.reachable(true)
  await home.pass(MINUTE)
  return { home, mo, bo, posts }
}

/** The laptop sleeps: nothing of ours runs, and others cannot reach us. */
async function sleeps(home: Instance, ms: number, meanwhile: () => void = () => undefined): Promise<void> {
  home.clock.at += ms / 2
  meanwhile()
  home.clock.at += ms / 2
}

const report = (home: Instance): Absence | undefined => home.federation.catchUp.reports()[0]

describe('an absence', () => {
  test('is over when others can reach us again: what people followed posted comes home in its place', async () => {
    const { home, posts } = await scene()
    const before = home.rows('notifications')
    let id = ''
    let at = 0
    await sleeps(home, 2 * HOUR, () => {
      at = home.clock.at
      id = posts.add()
    })
    const told: Absence[] = []
    home.federation.catchUp.onChange((absence) => told.push(absence))
    await home.reachable(true)
    expect(postByUri(home, id)?.createdAt).toBe(at)
    expect(home.rows('home')).toBe(1)
    expect(home.rows('notifications')).toBe(before)
    expect(report(home)).toMatchObject({
      state: 'done',
      posts: 1,
      servers: 1,
      accounts: 1,
      silent: [],
      remaining: 0,
      finishedAt: home.clock.at,
    })
    expect(report(home)?.backAt).toBe(home.clock.at)
    expect((report(home) as Absence).awaySince).toBeGreaterThanOrEqual(home.clock.at - 2 * HOUR - MINUTE)
    expect(told[0]).toMatchObject({ state: 'running' })
    expect(told.at(-1)).toMatchObject({ state: 'done', posts: 1 })
  })

  test('a mention in it notifies, a post of somebody whose every post notifies does not', async () => {
    const { home, bo, posts } = await scene()
    const id = await knowing(home, bo)
    follow(home, id, { notify: true })
    await sleeps(home, HOUR, () => {
      posts.add()
      posts.add({ tag: [{ type: 'Mention', href: ANA }] })
    })
    await home.reachable(true)
    expect(home.rows('home')).toBe(2)
    expect(home.rows('notifications')).toBe(1)
    expect(home.rows('notifications', "type = 'mention'")).toBe(1)
  })

  test('boosts come home too, without a notification', async () => {
    const { home, mo, bo } = await scene()
    const { post } = writePost(home, { text: 'Mine.', visibility: 'public', language: 'en' })
    releasePost(home, post.id, home.clock.at)
    const mine = `${ANA}/statuses/${post.id}`
    await sleeps(home, 2 * HOUR)
    const boost = bo.activity('Announce', mine, { to: [PUBLIC], published: new Date(home.clock.at - HOUR).toISOString() })
    mo.serve('/users/bo/outbox', { id: `${bo.id}/outbox`, type: 'OrderedCollection', orderedItems: [boost] })
    await home.reachable(true)
    expect(home.rows('posts', `boost_of = ${post.id}`)).toBe(1)
    expect(home.rows('notifications')).toBe(0)
  })

  test('of two minutes is none; of five it is read up without a word to the others', async () => {
    const { home } = await scene()
    home.outbox.splice(0)
    await sleeps(home, 2 * MINUTE)
    await home.reachable(true)
    expect(report(home)).toBeUndefined()
    await sleeps(home, 5 * MINUTE)
    await home.reachable(true)
    expect(report(home)).toMatchObject({ state: 'done' })
    expect(home.outbox).toEqual([])
  })

  test('of ten is told to every server known, once an hour at most', async () => {
    const { home } = await scene()
    home.outbox.splice(0)
    await sleeps(home, 11 * MINUTE)
    await home.reachable(true)
    expect(home.outbox.map(({ kind }) => kind)).toEqual(['wake'])
    const sent = await home.leave()
    expect(sent !== 'drop' && sent.activity).toMatchObject({ type: 'Update', actor: ANA, object: { id: ANA } })
    expect(sent !== 'drop' && sent).toMatchObject({ inboxes: ['https://mo.example/inbox'], spreadMs: 5 * MINUTE })
    await sleeps(home, 11 * MINUTE)
    await home.reachable(true)
    expect(home.outbox).toEqual([])
    await sleeps(home, 50 * MINUTE)
    await home.reachable(true)
    expect(home.outbox.map(({ kind }) => kind)).toEqual(['wake'])
  })

  test('is noticed whatever it was: a program that was killed, too', async () => {
    const { home, posts } = await scene()
    const first = home.clock.at
    const again = await home.restart(3 * HOUR)
    const id = posts.add({ published: new Date(again.clock.at - HOUR).toISOString() })
    expect(report(again)).toBeUndefined()
    await again.reachable(true)
    expect(postByUri(again, id)).not.toBeNull()
    expect(report(again)).toMatchObject({ state: 'done', awaySince: first, backAt: first + 3 * HOUR })
  })

  test('is not forgotten when the program dies before it is written down', async () => {
    const home = await openInstance({ start: false })
    const from = home.clock.at
    setSetting(home, 'lastOnline', from)
    home.clock.at += 3 * HOUR
    const absences: unknown[] = []
    const wakes = (back: (absence: unknown) => void) => {
      const waking = openWaking({
        domain: home,
        connectivity: { online: true, onChange: () => () => undefined },
        outbox: { enqueue: () => 1, takeBack: () => 'none' },
        back,
        timers: { set: () => null, clear: () => undefined },
        log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      })
      waking.start()
      waking.stop()
    }
    expect(() =>
      wakes(() => {
        throw new Error('killed')
      }),
    ).toThrow('killed')
    wakes((absence) => absences.push(absence))
    wakes((absence) => absences.push(absence))
    expect(absences).toEqual([{ from, to: from + 3 * HOUR }])
  })

  test('rule 55: the first thing after sleep is no heartbeat: what was online was so before', async () => {
    const { home, posts } = await scene()
    home.clock.at += 3 * HOUR
    const id = posts.add({ published: new Date(home.clock.at - HOUR).toISOString() })
    // Timers fire all at once before anything has been looked at.
    await home.pass(0)
    expect(report(home)).toBeUndefined()
    await home.reachable(true)
    expect(report(home)).toMatchObject({ state: 'done', posts: 1 })
    expect(postByUri(home, id)).not.toBeNull()
  })

  test('with reading up switched off is only noted, and read up by hand', async () => {
    const { home, mo, posts } = await scene()
    updateSettings(home, { catchUp: false })
    let id = ''
    await sleeps(home, DAY, () => (id = posts.add()))
    const asked = mo.asked.length
    await home.reachable(true)
    expect(mo.asked.filter((one) => one.includes('outbox')).length).toBe(
      mo.asked.slice(0, asked).filter((one) => one.includes('outbox')).length,
    )
    expect(report(home)).toMatchObject({ state: 'stopped', posts: 0 })
    home.federation.catchUp.run()
    await home.pass(0)
    expect(postByUri(home, id)).not.toBeNull()
    expect(report(home)).toMatchObject({ state: 'done', posts: 1 })
  })
})

describe('what is read up', () => {
  test('pins, and conversations the owner wrote in', async () => {
    const { home, mo, bo } = await scene()
    const other = remoteServer('other.example')
    const cy = other.actor('cy')
    const pin = bo.note({ content: '<p>Who I am.</p>' })
    bo.document.featured = `${bo.id}/featured`
    mo.serve('/users/bo/featured', { id: `${bo.id}/featured`, type: 'OrderedCollection', orderedItems: [pin] })
    const root = bo.note()
    root.replies = `${root.id}/replies`
    mo.serve(new URL(root.id).pathname, root)
    await home.takes(bo, bo.create(root))
    const rootId = postByUri(home, root.id)?.id as number
    const { post } = writePost(home, { text: 'So do I.', visibility: 'public', language: 'en', inReplyToId: rootId })
    releasePost(home, post.id, home.clock.at)
    await eventsTaken()
    const answer = cy.note({ inReplyTo: root.id })
    other.serve(new URL(answer.id).pathname, answer)
    mo.serve(`${new URL(root.id).pathname}/replies`, { id: root.replies, type: 'Collection', items: [answer.id] })
    await home.federation.resolver.account('bo@mo.example')
    home.clock.at += 25 * HOUR
    home.federation.resolver.refresh(await knowing(home, bo))
    await home.federation.settled()
    await home.reachable(true)
    expect(postByUri(home, answer.id)).toMatchObject({ inReplyToId: rootId })
    expect(pinnedIds(home, await knowing(home, bo)).length).toBe(1)
    expect(report(home)).toMatchObject({ state: 'done', threads: 1 })
  })

  test('a Follow that nobody answered goes again with the same id', async () => {
    const { home } = await scene()
    const cy = remoteServer('other.example').actor('cy')
    const id = await knowing(home, cy)
    follow(home, id)
    await eventsTaken()
    const first = home.outbox.find(({ kind }) => kind === 'follow')
    home.outbox.splice(0)
    await sleeps(home, DAY)
    await home.reachable(true)
    expect(home.outbox.filter(({ kind }) => kind === 'follow')).toMatchObject([{ subject: first?.subject, accountId: id }])
  })

  test('a server that does not answer is asked three times and named', async () => {
    const { home, mo } = await scene()
    let up = false
    mo.answer((_request, response): boolean => {
      if (up) return false
      response.writeHead(503).end()
      return true
    })
    await sleeps(home, DAY)
    const asked = mo.asked.length
    await home.reachable(true)
    expect(report(home)).toMatchObject({ state: 'running', remaining: 1 })
    for (let i = 0; i < 20; i++) await home.pass(MINUTE)
    expect(report(home)).toMatchObject({ state: 'done', silent: ['mo.example'], remaining: 0 })
    expect(mo.asked.slice(asked).filter((one) => one.includes('/outbox')).length).toBeLessThanOrEqual(3)
    up = true
  })

  test('of our own network’s failures none is held against a server', async () => {
    const home = await openInstance({ start: false })
    await following(home, remoteServer('mo.example').actor('bo'))
    let asked = 0
    let timer: { at: number; work: () => void } | null = null
    const since = () => {
      asked++
      return Promise.reject(asked <= 3 ? new NetError('aborted', 'cut off', { ours: true }) : new NetError('timeout', 'no answer'))
    }
    const catchUp = openCatchUp({
      domain: home,
      profiles: { since, pins: () => Promise.resolve(0) } as unknown as Profiles,
      conversations: { walkThrough: () => Promise.resolve(0) } as unknown as Conversations,
      politeness: { nextAt: () => 0, run: (_host, work) => work() },
      servers: { softwareOf: () => null },
      outbox: { enqueue: () => 1, takeBack: () => 'none' },
      connectivity: { online: true, onChange: () => () => undefined },
      lost: () => false,
      supply: null,
      timers: { set: (work, ms) => (timer = { at: home.clock.at + ms, work }), clear: () => (timer = null) },
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    })
    catchUp.start()
    catchUp.begin({ from: home.clock.at - DAY, to: home.clock.at })
    for (let i = 0; i < 10; i++) {
      await catchUp.settled()
      const due = timer as { at: number; work: () => void } | null
      if (!due) break
      home.clock.at = due.at
      due.work()
    }
    expect(catchUp.reports()[0]).toMatchObject({ state: 'done', silent: ['mo.example'] })
    expect(asked).toBe(6)
    catchUp.end()
  })

  test('waits for mains power if its owner wants that, but not when they ask for it by hand', async () => {
    const home = await openInstance({ start: false })
    await following(home, remoteServer('mo.example').actor('bo'))
    let asked = 0
    let thrift: Thrift = { mode: 'wait', why: 'battery' }
    const told = new Set<() => void>()
    const catchUp = openCatchUp({
      domain: home,
      profiles: { since: () => Promise.resolve(++asked), pins: () => Promise.resolve(0) } as unknown as Profiles,
      conversations: { walkThrough: () => Promise.resolve(0) } as unknown as Conversations,
      politeness: { nextAt: () => 0, run: (_host, work) => work() },
      servers: { softwareOf: () => null },
      outbox: { enqueue: () => 1, takeBack: () => 'none' },
      connectivity: { online: true, onChange: () => () => undefined },
      lost: () => false,
      supply: {
        thrift: () => thrift,
        onChange(listen) {
          told.add(listen)
          return () => told.delete(listen)
        },
      },
      timers: { set: () => null, clear: () => undefined },
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    })
    const away = () => catchUp.begin({ from: home.clock.at - DAY, to: home.clock.at })
    catchUp.start()
    away()
    await catchUp.settled()
    expect(asked).toBe(0)
    expect(catchUp.reports()[0]).toMatchObject({ state: 'running', heldBy: 'battery' })
    // Plugged in: it goes on by itself.
    thrift = { mode: 'go', why: null }
    for (const listen of told) listen()
    await catchUp.settled()
    expect(asked).toBe(1)
    expect(catchUp.reports()[0]).toMatchObject({ state: 'done', heldBy: null })

    thrift = { mode: 'wait', why: 'metered' }
    home.clock.at += DAY
    away()
    await catchUp.settled()
    expect(asked).toBe(1)
    catchUp.run()
    await catchUp.settled()
    expect(asked).toBe(2)

    // Only when asked for: nothing is begun.
    thrift = { mode: 'ask', why: 'battery' }
    home.clock.at += DAY
    away()
    expect(catchUp.reports()[0]).toMatchObject({ state: 'stopped' })
    expect(asked).toBe(2)
    catchUp.end()
  })

  test('goes on where it was when the program is killed in the middle', async () => {
    const home = await openInstance()
    const servers = Array.from({ length: 30 }, (_, n) => remoteServer(`s${n}.peers.test`))
    const people = servers.map((server) => ({ server, actor: server.actor('bo') }))
    const posted = people.map(({ server, actor }) => outbox(server, actor))
    for (const { actor } of people) await following(home, actor)
    await home.pass(5_000)
    await home.reachable(true)
    await home.pass(MINUTE)
    home.clock.at += 2 * HOUR
    const ids = posted.map((one) => one.add({ published: new Date(home.clock.at - HOUR).toISOString() }))
    // From the sixth outbox on nothing comes to an end: the program dies with five read.
    let read = 0
    let stuck = true
    for (const { server } of people) server.answer((request) => stuck && request.path.includes('/outbox') && ++read > 5)
    void home.reachable(true)
    await expect.poll(() => home.rows('catchup_tasks', "state = 'done'"), { timeout: 10_000 }).toBe(5)
    stuck = false
    const again = await home.restart(MINUTE)
    expect(again.rows('catchup_tasks', "state = 'done'")).toBeGreaterThan(0)
    const before = people.map(({ server }) => server.asked.filter((one) => one.includes('/outbox')).length)
    const done = again.rows('catchup_tasks', "state = 'done'")
    await again.reachable(true)
    for (let i = 0; i < 10; i++) await again.pass(MINUTE)
    expect(ids.filter((id) => postByUri(again, id) === null)).toEqual([])
    expect(again.federation.catchUp.reports().length).toBe(1)
    expect(report(again)).toMatchObject({ state: 'done', accounts: 30, servers: 30 })
    // What was stored in the very moment of the end is here and counted with nobody: eight are read at once.
    expect((report(again) as Absence).posts).toBeGreaterThanOrEqual(30 - 8)
    // What was done is not done again.
    const after = people.map(({ server }) => server.asked.filter((one) => one.includes('/outbox')).length)
    expect(after.filter((count, index) => count === before[index]).length).toBeGreaterThanOrEqual(done)
  }, 30_000)

  test('stops at the owner’s word; what it has found stays', async () => {
    const { home, mo } = await scene()
    mo.answer((_request, response): boolean => {
      response.writeHead(503).end()
      return true
    })
    await sleeps(home, DAY)
    await home.reachable(true)
    home.federation.catchUp.stop()
    expect(report(home)).toMatchObject({ state: 'stopped', remaining: 0 })
    expect(home.rows('catchup_tasks', "state = 'waiting'")).toBe(0)
  })

  test('rule 27: an outbox without end costs a bounded number of pages', async () => {
    const { home, mo, bo } = await scene()
    let pages = 0
    mo.answer((request, response): boolean => {
      if (!request.path.startsWith('/users/bo/outbox')) return false
      pages++
      const items = Array.from({ length: 20 }, () => bo.create({ published: new Date(world.now()).toISOString(), to: [PUBLIC] }))
      response
        .writeHead(200, { 'content-type': 'application/activity+json' })
        .end(JSON.stringify({ type: 'OrderedCollectionPage', orderedItems: items, next: `${bo.id}/outbox?page=${pages}` }))
      return true
    })
    await sleeps(home, DAY)
    await home.reachable(true)
    expect(pages).toBeLessThanOrEqual(25)
    expect(home.rows('posts')).toBeLessThanOrEqual(400)
    expect(report(home)).toMatchObject({ state: 'done' })
  })
})

describe('what may be missing', () => {
  const kind = (software: string) => ({ software, servers: 2, followed: false, silent: false })
  const from = Date.UTC(2026, 4, 1)

  test('is told by how long each kind of server tries', () => {
    const to = from + 3 * HOUR
    expect(gapsOf([kind('gotosocial'), kind('mastodon')], { from, to, lost: false })).toEqual([
      { software: 'gotosocial', servers: 2, missing: 'mentions', from, to },
    ])
    expect(gapsOf([kind('mastodon')], { from, to, lost: true })).toEqual([
      { software: 'mastodon', servers: 2, missing: 'mentions', from, to },
    ])
    expect(gapsOf([kind('mastodon')], { from, to: from + 8 * DAY, lost: false }).map(({ missing }) => missing)).toEqual([
      'mentions',
      'stopped',
    ])
    expect(gapsOf([{ ...kind('mastodon'), followed: true, silent: true }], { from, to: from + 3 * DAY, lost: false })).toMatchObject([
      { missing: 'mentions' },
      { missing: 'posts' },
    ])
  })

  test('of software nobody knows everything may be; names out of nowhere are no trouble', () => {
    expect(patienceOf('constructor')).toEqual(patienceOf('unknown'))
    expect(patienceOf('__proto__').window).toBe(0)
  })
})
