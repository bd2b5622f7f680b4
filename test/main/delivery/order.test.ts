import { describe, expect, test } from 'vitest'
import { HOUR, MINUTE, NOON, openRig, rowsOf, until } from './rig.ts'

const TIDE = 'http://tide.test/inbox'
const MOOR = 'http://moor.test/inbox'
const post = (n: number): string => `http://ana.test/${n}`

describe('order', () => {
  test('what was made offline leaves once, in the order it was made, when we are back', async () => {
    const rig = await openRig({ self: 'no-network' })
    await until(() => rig.delivery.connectivity.status().state === 'offline')
    const ids = [
      rig.send(post(1), [TIDE, MOOR]),
      rig.send(post(2), [TIDE, MOOR]),
      rig.send('http://ana.test/boost', [MOOR, TIDE], { kind: 'boost' }),
      rig.send('http://ana.test/follow', [TIDE], { kind: 'follow' }),
      rig.send(post(3), [TIDE, MOOR]),
    ]
    rig.clock.advance(5 * HOUR)
    expect(rig.fediverse.received).toEqual([])
    expect(rig.delivery.view.counts()).toEqual({ waiting: 5, failed: 0 })
    rig.self.answer = 'ours'
    rig.delivery.connectivity.retry()
    await until(() => ids.every((id) => rig.state(id) === 'sent'))
    expect(rig.fediverse.urisAt(TIDE)).toEqual([post(1), post(2), 'http://ana.test/boost', 'http://ana.test/follow', post(3)])
    expect(rig.fediverse.urisAt(MOOR)).toEqual([post(1), post(2), 'http://ana.test/boost', post(3)])
  })

  test('a short outage of an inbox changes no order in it, and delays no other', async () => {
    const rig = await openRig()
    let down = true
    rig.fediverse.answer = ({ inbox }) => (inbox === TIDE && down ? 503 : 202)
    rig.send(post(1), [TIDE, MOOR])
    await until(() => rowsOf(rig)[0]?.attempts === 1)
    rig.send(post(2), [TIDE, MOOR])
    rig.send(post(3), [TIDE, MOOR])
    await until(() => rig.fediverse.urisAt(MOOR).length === 3)
    expect(rig.fediverse.urisAt(TIDE)).toEqual([post(1)])
    down = false
    rig.clock.advance(2 * MINUTE)
    await until(() => rowsOf(rig).length === 0)
    expect(rig.fediverse.urisAt(TIDE)).toEqual([post(1), post(1), post(2), post(3)])
    expect(rig.fediverse.urisAt(MOOR)).toEqual([post(1), post(2), post(3)])
  })

  test('one that a server cannot digest holds the others back for minutes, not days; its own edits wait for it', async () => {
    const rig = await openRig()
    rig.fediverse.answer = ({ uri }) => (uri.startsWith('http://ana.test/bad') ? 500 : 202)
    rig.send('http://ana.test/bad', [TIDE], { key: 'bad' })
    rig.send('http://ana.test/bad#edit', [TIDE], { kind: 'edit', key: 'bad' })
    const good = rig.send(post(2), [TIDE])
    for (let attempts = 1; attempts < 4; attempts++) {
      await until(() => rowsOf(rig)[0]?.attempts === attempts)
      expect(rig.fediverse.urisAt(TIDE)).not.toContain(post(2))
      rig.clock.advance(2 ** (attempts - 1) * MINUTE)
    }
    await until(() => rig.state(good) === 'sent')
    expect(rig.clock.time - NOON).toBeLessThan(10 * MINUTE)
    rig.clock.advance(5 * HOUR)
    await until(() => rowsOf(rig)[0]!.attempts >= 5)
    expect(rig.fediverse.urisAt(TIDE)).not.toContain('http://ana.test/bad#edit')
  })

  test('two things never go to one inbox at the same time', async () => {
    const rig = await openRig()
    let inside = 0
    let most = 0
    rig.fediverse.answer = async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
      return 202
    }
    const ids = Array.from({ length: 20 }, (_, n) => rig.send(post(n), [TIDE]))
    await until(() => ids.every((id) => rig.state(id) === 'sent'))
    expect(most).toBe(1)
    expect(rig.fediverse.urisAt(TIDE)).toEqual(ids.map((_, n) => post(n)))
  })

  test('a server gets at most four at once', async () => {
    const rig = await openRig()
    rig.fediverse.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return 202
    }
    const id = rig.send(post(1), [...Array.from({ length: 40 }, (_, n) => `http://tide.test/users/${n}/inbox`), MOOR])
    await until(() => rig.state(id) === 'sent')
    expect(rig.fediverse.most.get('tide.test')).toBe(4)
  })
})

describe('what later things make pointless', () => {
  const stuck = async () => {
    const rig = await openRig()
    let down = true
    rig.fediverse.answer = ({ inbox }) => (inbox === TIDE && down ? 503 : 202)
    return { rig, repair: () => (down = false) }
  }

  test('of several edits only the last is still sent to a server that was down', async () => {
    const { rig, repair } = await stuck()
    rig.send(post(1), [TIDE, MOOR], { key: 'one' })
    await until(() => rowsOf(rig).length === 1 && rowsOf(rig)[0]?.attempts === 1)
    const edits: number[] = []
    for (const n of ['#1', '#2', '#3']) {
      edits.push(rig.send(post(1) + n, [TIDE, MOOR], { kind: 'edit', key: 'one' }))
      await until(() => rig.fediverse.urisAt(MOOR).includes(post(1) + n))
    }
    repair()
    rig.clock.advance(2 * MINUTE)
    await until(() => edits.every((id) => rig.state(id) === 'sent') && rowsOf(rig).length === 0)
    expect(rig.fediverse.urisAt(TIDE)).toEqual([post(1), post(1), `${post(1)}#3`])
    expect(rig.delivery.view.item(edits[0]!)).toMatchObject({ total: 1, delivered: 1 })
  })

  test('a deleted post is no longer published to who has not got it; its Delete goes all the same', async () => {
    const { rig, repair } = await stuck()
    const id = rig.send(post(1), [TIDE, MOOR], { key: 'one' })
    await until(() => rowsOf(rig).length === 1 && rowsOf(rig)[0]?.attempts === 1)
    const gone = rig.send(`${post(1)}#delete`, [TIDE, MOOR], { kind: 'delete', key: 'one' })
    await until(() => rig.state(id) === 'sent')
    repair()
    // The Delete may have been refused once more just before the repair: time goes on until its next try is due.
    let looks = 0
    await until(() => {
      if (looks++ % 200 === 0) rig.clock.advance(2 * MINUTE)
      return rig.state(gone) === 'sent'
    })
    // What was refused just before is asked for again: the same id, so once for who takes it.
    expect([...new Set(rig.fediverse.urisAt(TIDE))]).toEqual([post(1), `${post(1)}#delete`])
  })

  test('taking back: nothing left, some left, never there', async () => {
    const rig = await openRig({ self: 'no-network' })
    const { outbox } = rig.delivery
    const takeBack = (key: string) => rig.store.transaction(() => outbox.takeBack(key))
    rig.send(post(1), [TIDE], { key: 'one' })
    expect(takeBack('one')).toBe('cancelled')
    expect(takeBack('one')).toBe('none')
    const id = rig.send(post(2), [TIDE], { key: 'two' })
    rig.send(`${post(2)}#edit`, [TIDE], { key: 'two', kind: 'edit' })
    expect(rig.store.transaction(() => outbox.takeBack('two', ['edit']))).toBe('cancelled')
    rig.self.answer = 'ours'
    rig.delivery.connectivity.retry()
    await until(() => rig.state(id) === 'sent')
    expect(takeBack('two')).toBe('left')
    expect(rig.fediverse.urisAt(TIDE)).toEqual([post(2)])
  })
})

describe('a server that is down', () => {
  test('after five failures one delivery each half hour looks whether it is back; then everything goes at once', async () => {
    const rig = await openRig()
    let down = true
    rig.fediverse.answer = ({ host }) => (host === 'tide.test' && down ? 500 : 202)
    const inboxes = Array.from({ length: 30 }, (_, n) => `http://tide.test/users/${n}/inbox`)
    const id = rig.send(post(1), inboxes)
    await until(() => rig.fediverse.received.length >= 5 && (rig.fediverse.busy.get('tide.test') ?? 0) === 0)
    await until(() => rowsOf(rig).reduce((sum, row) => sum + row.attempts, 0) === rig.fediverse.received.length)
    const first = rig.fediverse.received.length
    expect(first).toBeLessThanOrEqual(8)
    expect(rig.delivery.view.item(id)?.nextAttemptAt).toBeGreaterThanOrEqual(NOON + 30 * MINUTE)
    for (let probe = 1; probe <= 3; probe++) {
      rig.clock.advance(31 * MINUTE)
      await until(() => rowsOf(rig).reduce((sum, row) => sum + row.attempts, 0) === first + probe)
      expect(rig.fediverse.received.length).toBe(first + probe)
    }
    // What is written meanwhile waits with the others.
    rig.send(post(2), ['http://tide.test/users/0/inbox', MOOR])
    await until(() => rig.fediverse.urisAt(MOOR).length === 1)
    expect(rig.fediverse.received.length).toBe(first + 4)
    down = false
    rig.clock.advance(31 * MINUTE)
    await until(() => rowsOf(rig).length === 0)
    expect(rig.fediverse.urisAt('http://tide.test/users/0/inbox').slice(-2)).toEqual([post(1), post(2)])
  })

  test('a restart does not forget who is down', async () => {
    const rig = await openRig()
    rig.fediverse.answer = ({ host }) => (host === 'tide.test' ? 500 : 202)
    rig.send(
      post(1),
      Array.from({ length: 9 }, (_, n) => `http://tide.test/users/${n}/inbox`),
    )
    await until(() => rowsOf(rig).reduce((sum, row) => sum + row.attempts, 0) >= 5 && (rig.fediverse.busy.get('tide.test') ?? 0) === 0)
    await until(() => rowsOf(rig).reduce((sum, row) => sum + row.attempts, 0) === rig.fediverse.received.length)
    const { fediverse, clock } = rig
    const folder = rig.store.folder
    await rig.delivery.stop()
    rig.store.close()
    const count = fediverse.received.length
    clock.advance(5 * MINUTE)
    const next = await openRig({ folder, fediverse, clock })
    const ping = next.send('http://ana.test/ping', [MOOR])
    await until(() => next.state(ping) === 'sent')
    expect(fediverse.received.length).toBe(count + 1)
  })

  test('its many inboxes do not keep the others waiting', async () => {
    const rig = await openRig()
    rig.fediverse.answer = ({ host }) => (host === 'tide.test' ? 'hang' : 202)
    const dead = Array.from({ length: 600 }, (_, n) => `http://tide.test/users/${n}/inbox`)
    const living = Array.from({ length: 50 }, (_, n) => `http://host${n}.test/inbox`)
    rig.send(post(1), [...dead, ...living])
    await until(() => rig.fediverse.received.filter((one) => one.host !== 'tide.test').length === 50)
    expect(rig.fediverse.received.filter((one) => one.host === 'tide.test').length).toBeLessThanOrEqual(8)
  })

  test('the owner may try at once', async () => {
    const rig = await openRig()
    let down = true
    rig.fediverse.answer = ({ host }) => (host === 'tide.test' && down ? 500 : 202)
    const id = rig.send(
      post(1),
      Array.from({ length: 9 }, (_, n) => `http://tide.test/users/${n}/inbox`),
    )
    await until(() => rowsOf(rig).reduce((sum, row) => sum + row.attempts, 0) >= 5 && (rig.fediverse.busy.get('tide.test') ?? 0) === 0)
    await until(() => rowsOf(rig).reduce((sum, row) => sum + row.attempts, 0) === rig.fediverse.received.length)
    down = false
    expect(rig.delivery.view.retry(id)).toBe(true)
    await until(() => rig.state(id) === 'sent')
    expect(rig.delivery.view.item(id)).toMatchObject({ delivered: 9, total: 9, failed: 0 })
    expect(rig.delivery.view.retry(12345)).toBe(false)
  })

  test('after a week of being online it ends, and the owner is told once', async () => {
    const rig = await openRig()
    rig.fediverse.answer = () => 500
    const id = rig.send(post(1), [TIDE])
    for (let tries = 1; rig.state(id) !== 'failed'; tries++) {
      await until(() => rowsOf(rig)[0]?.attempts === tries || rig.state(id) === 'failed')
      rig.clock.advance(Math.min(2 ** (tries - 1) * MINUTE, 12 * HOUR) + 31 * MINUTE)
    }
    await until(() => rig.state(id) === 'failed')
    expect((rig.clock.time - NOON) / (24 * HOUR)).toBeGreaterThan(7)
    expect(rig.delivery.view.item(id)?.failures).toMatchObject([{ host: 'tide.test', code: 'server-error', status: 500, final: true }])
    expect(rig.delivery.view.dismiss(id)).toBe(true)
    expect(rig.delivery.view.list()).toEqual([])
    expect(rowsOf(rig)).toEqual([])
  })

  test('the end of the account drops whatever has not arrived: nothing comes after it', async () => {
    const rig = await openRig()
    let down = true
    rig.fediverse.answer = ({ inbox }) => (inbox === MOOR && down ? 503 : 202)
    const first = rig.send(post(1), [TIDE, MOOR])
    await until(() => rowsOf(rig)[0]?.attempts === 1)
    const gone = rig.send('http://ana.test/actor#delete', [TIDE, MOOR], { kind: 'close', key: 'close' })
    expect(rig.delivery.view.list().map((item) => item.id)).toEqual([gone])
    down = false
    let looks = 0
    await until(() => {
      if (looks++ % 200 === 0) rig.clock.advance(2 * MINUTE)
      return rig.state(gone) === 'sent'
    })
    expect(rig.delivery.view.item(gone)).toMatchObject({ total: 2, delivered: 2, failed: 0 })
    expect(rig.delivery.view.item(first)).toBeNull()
    rig.clock.advance(HOUR)
    expect(rig.fediverse.urisAt(TIDE)).toEqual([post(1), 'http://ana.test/actor#delete'])
    expect(rig.fediverse.urisAt(MOOR)).toEqual([post(1), 'http://ana.test/actor#delete'])
  })

  test('what waits is dropped by it as well', async () => {
    const rig = await openRig({ self: 'no-network' })
    rig.send(post(1), [TIDE])
    const gone = rig.send('http://ana.test/actor#delete', [TIDE], { kind: 'close', key: 'close' })
    expect(rig.delivery.view.list().map((item) => item.id)).toEqual([gone])
    rig.self.answer = 'ours'
    rig.delivery.connectivity.retry()
    await until(() => rig.state(gone) === 'sent')
    expect(rig.fediverse.urisAt(TIDE)).toEqual(['http://ana.test/actor#delete'])
  })
})
