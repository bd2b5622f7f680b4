import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { openQueue } from '../../../src-main/delivery/queue.ts'
import { openRows } from '../../../src-main/delivery/rows.ts'
import { AppError } from '../../../src-main/domain/errors.ts'
import { openStore } from '../../../src-main/store/store.ts'
import { atEnd, Clock, HOUR, keyId, keys, MINUTE, openFediverse, openRig, rowsOf, senderPath, temporaryFolder, until } from './rig.ts'

const TIDE = 'http://tide.test/inbox'
const post = (n: number): string => `http://ana.test/${n}`
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9/inbox'

describe('our own faults', () => {
  test('a failure counts only once our own way out is proven to be open', async () => {
    const rig = await openRig()
    await until(() => rig.delivery.connectivity.online)
    rig.self.answer = 'no-network'
    rig.clock.advance(MINUTE)
    const looks = rig.self.looks
    const id = rig.send(post(1), [NOWHERE])
    await until(() => rig.self.looks > looks)
    // The network is gone: looked for twice, then said; nothing is held against anybody.
    rig.clock.advance(10_000)
    await until(() => rig.delivery.connectivity.status().state === 'offline')
    rig.clock.advance(9 * HOUR)
    expect(rowsOf(rig)[0]).toMatchObject({ attempts: 0, error: null })
    rig.self.answer = 'ours'
    rig.delivery.connectivity.retry()
    await until(() => rig.delivery.connectivity.online)
    rig.clock.advance(5 * MINUTE)
    await until(() => rowsOf(rig)[0]!.attempts === 1)
    expect(rig.delivery.view.item(id)?.failures).toMatchObject([{ code: 'refused', final: false }])
  })

  test('what cannot be prepared while we are cut off is not held against it either', async () => {
    const rig = await openRig()
    await until(() => rig.delivery.connectivity.online)
    rig.clock.advance(MINUTE)
    rig.self.answer = 'not-answering'
    let asked = 0
    rig.prepare.with = async () => {
      asked++
      throw new AppError('unavailable', 'tide.test does not answer', { reason: 'dns' })
    }
    const id = rig.send(post(1), [TIDE])
    await until(() => asked === 1 && rig.self.looks === 2)
    rig.clock.advance(MINUTE)
    await until(() => rig.delivery.connectivity.status().state === 'unreachable')
    expect(rig.delivery.view.item(id)).toMatchObject({ state: 'waiting', attempts: 0 })
    rig.self.answer = 'ours'
    rig.delivery.connectivity.retry()
    await until(() => rig.delivery.view.item(id)?.attempts === 1)
    expect(rig.delivery.view.item(id)).toMatchObject({ state: 'waiting', error: 'dns' })
    rig.prepare.with = null
    rig.clock.advance(2 * MINUTE)
    await until(() => rig.state(id) === 'sent')
  })

  test('what will never be prepared fails with its reason, and holds nothing up', async () => {
    const rig = await openRig()
    rig.prepare.with = async (item) => {
      const { uri, inboxes } = item.subject as { uri: string; inboxes: string[] }
      if (uri === post(1)) throw new AppError('not-found', 'nobody of that name', { reason: 'account-not-found' })
      if (uri === post(2)) return 'drop'
      return { uri, inboxes, body: JSON.stringify({ id: uri }) }
    }
    const [one, two, three] = [1, 2, 3].map((n) => rig.send(post(n), [TIDE]))
    await until(() => rig.state(three!) === 'sent')
    expect(rig.delivery.view.item(one!)).toMatchObject({ state: 'failed', error: 'account-not-found' })
    expect(rig.delivery.view.item(two!)).toBeNull()
    // Deleted afterwards: it never left, so nothing needs to be said.
    expect(rig.store.transaction(() => rig.delivery.outbox.takeBack(post(1)))).toBe('cancelled')
    expect(rig.delivery.view.counts()).toEqual({ waiting: 0, failed: 0 })
  })

  test('an answer given again under the same id goes out again', async () => {
    const rig = await openRig()
    const first = rig.send('http://ana.test/accept/1', [TIDE], { kind: 'accept', key: 'follow/1' })
    await until(() => rig.state(first) === 'sent')
    const second = rig.send('http://ana.test/accept/1', [TIDE], { kind: 'accept', key: 'follow/1' })
    await until(() => rig.state(second) === 'sent')
    expect(rig.fediverse.urisAt(TIDE)).toEqual(['http://ana.test/accept/1', 'http://ana.test/accept/1'])
  })

  test('answers to follows do not wait for a post that takes long to prepare', async () => {
    const rig = await openRig()
    let release = (): void => undefined
    rig.prepare.with = async (item) => {
      const { uri, inboxes } = item.subject as { uri: string; inboxes: string[] }
      if (item.kind === 'post') await new Promise<void>((resolve) => (release = resolve))
      return { uri, inboxes, body: JSON.stringify({ id: uri }) }
    }
    const slow = rig.send(post(1), [TIDE])
    const accepts = Array.from({ length: 50 }, (_, n) =>
      rig.send(`http://ana.test/accept/${n}`, [`http://tide.test/users/${n}/inbox`], { kind: 'accept' }),
    )
    await until(() => accepts.every((id) => rig.state(id) === 'sent'))
    expect(rig.state(slow)).toBe('waiting')
    release()
    await until(() => rig.state(slow) === 'sent')
  })

  test('results that a full disk did not take are kept, nothing more is sent, and nothing goes twice', async () => {
    const rig = await openRig()
    // The first answer comes when nothing can be written any more.
    rig.fediverse.answer = () => {
      rig.store.database.exec("create temp trigger if not exists full before delete on deliveries begin select raise(abort, 'full'); end")
      return 202
    }
    const id = rig.send(post(1), [TIDE, 'http://moor.test/inbox'])
    await until(() => rig.errors.some((text) => text.includes('results could not be written')))
    const next = rig.send(post(2), [TIDE])
    rig.clock.advance(4_000)
    expect(rig.state(id)).toBe('sending')
    rig.fediverse.answer = () => 202
    rig.store.database.exec('drop trigger full')
    rig.clock.advance(60_000)
    await until(() => rig.state(id) === 'sent')
    await until(() => rig.state(next) === 'sent')
    expect(rig.delivery.view.item(id)).toMatchObject({ delivered: 2, total: 2, failed: 0 })
    expect(rig.fediverse.urisAt(TIDE)).toEqual([post(1), post(2)])
  })

  test('a full disk is said, and goes on when there is room', async () => {
    const rig = await openRig()
    await until(() => rig.delivery.connectivity.online)
    const { database } = rig.store
    const pages = database.pragma('page_count', { simple: true }) as number
    rig.prepare.with = async (item) => {
      const { uri, inboxes } = item.subject as { uri: string; inboxes: string[] }
      return { uri, inboxes, body: JSON.stringify({ id: uri, content: 'x'.repeat(400_000) }) }
    }
    database.pragma(`max_page_count = ${pages + 4}`)
    const id = rig.send(post(1), [TIDE])
    await until(() => rig.delivery.connectivity.status().reason === 'disk-full')
    expect(rig.delivery.connectivity.online).toBe(false)
    expect(rig.state(id)).toBe('waiting')
    database.pragma(`max_page_count = ${pages + 10_000}`)
    rig.clock.advance(MINUTE)
    await until(() => rig.delivery.connectivity.online)
    rig.clock.advance(MINUTE)
    await until(() => rig.state(id) === 'sent')
    expect(rig.fediverse.urisAt(TIDE)).toEqual([post(1)])
  })

  test('a row dated to the far future by a wrong clock is not put to sleep for years', async () => {
    const rig = await openRig({ self: 'no-network' })
    const id = rig.send(post(1), [TIDE])
    rig.store.database.exec(`update outgoing set next_at = ${rig.clock.time + 400 * 24 * HOUR}`)
    rig.self.answer = 'ours'
    rig.delivery.connectivity.retry()
    await until(() => rig.state(id) === 'sent')
  })

  test('a thread that dies is started again, and what it held goes out', async () => {
    const folder = temporaryFolder()
    const flag = join(folder, 'died')
    const worker = join(folder, 'worker.mjs')
    // Dies at the first jobs it gets, once.
    writeFileSync(
      worker,
      `import { existsSync, writeFileSync } from 'node:fs'
       import { parentPort } from 'node:worker_threads'
       if (existsSync(${JSON.stringify(flag)})) await import(${JSON.stringify(senderPath.href)})
       else parentPort.on('message', (message) => { if (message.type === 'jobs') { writeFileSync(${JSON.stringify(flag)}, ''); throw new Error('dead') } })`,
    )
    const rig = await openRig({ path: pathToFileURL(worker) })
    const id = rig.send(post(1), [TIDE])
    await until(() => rig.errors.some((text) => text.includes('the sending thread failed')))
    await until(() => {
      rig.clock.advance(5_000)
      return rig.state(id) === 'sent'
    })
    expect(rig.fediverse.urisAt(TIDE)).toEqual([post(1)])
  })
})

describe('the end', () => {
  test('stopping waits for what is under way, writes it down, and keeps the rest', async () => {
    const rig = await openRig()
    let inside = 0
    rig.fediverse.answer = async ({ host }) => {
      inside++
      if (host === 'slow.test') await new Promise((resolve) => setTimeout(resolve, 200))
      return host === 'dead.test' ? 'hang' : 202
    }
    const id = rig.send(post(1), ['http://slow.test/inbox', 'http://dead.test/inbox'])
    await until(() => inside === 2)
    const started = performance.now()
    await rig.delivery.stop()
    expect(performance.now() - started).toBeLessThan(2_000)
    const { clock, fediverse } = rig
    const { folder } = rig.store
    expect(rowsOf(rig)).toMatchObject([{ inbox: 'http://dead.test/inbox' }])
    rig.store.close()
    fediverse.answer = () => 202
    const next = await openRig({ folder, clock, fediverse })
    clock.advance(2 * MINUTE)
    await until(() => next.state(id) === 'sent')
    expect(next.delivery.view.item(id)).toMatchObject({ delivered: 2, total: 2 })
    expect(fediverse.urisAt('http://slow.test/inbox')).toEqual([post(1)])
  })

  test('busy while something goes out, and only then', async () => {
    const rig = await openRig()
    const heard: boolean[] = []
    let release = (): void => undefined
    rig.fediverse.answer = async ({ host }) => {
      if (host === 'slow.test') await new Promise<void>((resolve) => (release = resolve))
      return host === 'bad.test' ? 500 : 202
    }
    rig.delivery.onBusy((busy) => heard.push(busy))
    rig.send(post(1), ['http://slow.test/inbox', 'http://bad.test/inbox'])
    await until(() => rowsOf(rig).some((row) => row.attempts === 1) && rig.fediverse.busy.get('slow.test') === 1)
    expect(heard).toEqual([true])
    release()
    await until(() => heard.length === 2)
    // A retry in a minute keeps nobody awake.
    expect(heard).toEqual([true, false])
    expect(rowsOf(rig)).toHaveLength(1)
  })

  test('the progress of a large delivery is told a few times, its end at once', async () => {
    const rig = await openRig()
    const id = rig.send(
      post(1),
      Array.from({ length: 300 }, (_, n) => `http://host${n}.test/inbox`),
    )
    let told = 0
    rig.delivery.view.onChange(() => told++)
    await until(() => rig.state(id) === 'sent')
    rig.clock.advance(1_000)
    expect(told).toBeGreaterThan(0)
    expect(told).toBeLessThan(10)
  })
})

describe('kill -9', () => {
  test('while the rows of a large post were being made: every inbox gets it once, and before the next post', async () => {
    const folder = temporaryFolder()
    const clock = new Clock()
    const inboxes = Array.from({ length: 450 }, (_, n) => `http://host${n}.test/inbox`)
    const store = openStore({ folder, now: clock.now, timers: clock.timers })
    const queue = openQueue(store, openRows(store, clock.now), clock.now)
    const item = (n: number) =>
      ({ kind: 'post', objectKey: post(n), subject: { uri: post(n), inboxes }, postId: null, accountId: null }) as const
    const [first, second] = store.transaction(() => [queue.add(item(1)), queue.add(item(2))])
    const released = store.transaction(() =>
      queue.release(queue.get(first!)!, { uri: post(1), body: JSON.stringify({ id: post(1) }), inboxes }, []),
    )
    expect(released.more).toBe(true)
    store.close()
    const rig = await openRig({ folder, clock })
    await until(() => rig.state(first!) === 'sent' && rig.state(second!) === 'sent')
    for (const inbox of inboxes) expect(rig.fediverse.urisAt(inbox)).toEqual([post(1), post(2)])
    expect(rig.delivery.view.item(first!)).toMatchObject({ delivered: 450, total: 450, failed: 0 })
  }, 30_000)

  test('at any point: nothing is lost, nothing counted twice, no more repeated than what was under way', async () => {
    const folder = temporaryFolder()
    const fediverse = await openFediverse()
    const program = join(folder, 'program.mjs')
    const room = (path: string): string => JSON.stringify(new URL(`../../../src-main/${path}`, import.meta.url).href)
    writeFileSync(
      program,
      `import { openStore } from ${room('store/store.ts')}
       import { openDomain } from ${room('domain/domain.ts')}
       import { openDelivery } from ${room('delivery/delivery.ts')}
       const now = Date.now
       const store = openStore({ folder: ${JSON.stringify(join(folder, 'data'))}, now })
       const domain = openDomain({ store, now })
       const none = () => undefined
       const delivery = openDelivery({
         domain, net: ${JSON.stringify(fediverse.net)}, now,
         connectivity: { origin: () => 'http://ana.test', tunnel: () => null, check: async () => 'ours' },
         timers: { set: (work, ms) => setTimeout(work, ms), clear: (timer) => clearTimeout(timer) },
         log: { debug: none, info: none, warn: none, error: none },
         senderPath: new URL(${JSON.stringify(senderPath.href)}),
       })
       delivery.setKey(${JSON.stringify({ keyId, privatePem: keys.rsa.privatePem })})
       delivery.use({ prepare: async ({ subject: { uri, inboxes } }) => ({ uri, inboxes, body: JSON.stringify({ id: uri }) }) }, { inboxGone: none })
       if (process.argv[2] === 'first') store.transaction(() => {
         for (let n = 0; n < 12; n++) delivery.outbox.enqueue({
           kind: 'post', objectKey: 'post/' + n, postId: null, accountId: null,
           subject: { uri: 'http://ana.test/' + n, inboxes: Array.from({ length: 40 }, (_, h) => 'http://host' + h + '.test/inbox') },
         })
       })
       process.send('ready')
       delivery.start()
       delivery.onBusy((busy) => { if (!busy && delivery.view.counts().waiting === 0) process.send('done') })`,
    )
    const start = (how: string): ChildProcess => {
      const child = fork(program, [how], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
      atEnd(() => child.kill('SIGKILL'))
      return child
    }
    let kills = 0
    let more = true
    while (more) {
      const child = start(kills === 0 ? 'first' : 'again')
      const done = new Promise<'done'>((resolve) => child.on('message', (message) => message === 'done' && resolve('done')))
      const enough = fediverse.received.length + 70
      const killed = new Promise<'killed'>((resolve) => {
        if (kills < 5) fediverse.answer = () => (fediverse.received.length >= enough && resolve('killed'), 202)
      })
      const exited = once(child, 'exit')
      more = (await Promise.race([done, killed])) === 'killed'
      kills++
      child.kill('SIGKILL')
      await exited
    }
    expect(kills).toBeGreaterThanOrEqual(5)
    const expected = Array.from({ length: 12 }, (_, n) => `http://ana.test/${n}`)
    for (let h = 0; h < 40; h++) {
      const uris = fediverse.urisAt(`http://host${h}.test/inbox`)
      expect([...new Set(uris)]).toEqual(expected)
    }
    // One delivery per inbox is under way at a time: no kill repeats more than that one.
    expect(fediverse.received.length - 12 * 40).toBeLessThanOrEqual((kills - 1) * 40)
    const store = openStore({ folder: join(folder, 'data'), now: Date.now })
    const rows = store.database.prepare('select state, delivered, failed, total from outgoing').all()
    expect(store.database.prepare('select count(*) as n from deliveries').get()).toEqual({ n: 0 })
    store.close()
    expect(rows).toEqual(expected.map(() => ({ state: 'sent', delivered: 40, failed: 0, total: 40 })))
  }, 60_000)
})
