import { describe, expect, test } from 'vitest'
import { HOUR, MINUTE, NOON, openRig, rowsOf, until } from './rig.ts'

const TIDE = 'http://tide.test/inbox'
const MOOR = 'http://moor.test/inbox'
const FEN = 'http://fen.test/inbox'
const post = (n: number): string => `http://ana.test/${n}`

describe('where a post has arrived', () => {
  test('is said server by server, those that need a look first, and still is when it is all over', async () => {
    const rig = await openRig()
    let answers: Record<string, number> = { 'tide.test': 503, 'fen.test': 422 }
    rig.fediverse.answer = ({ host }) => answers[host] ?? 202
    expect(rig.delivery.view.post(7)).toBeNull()
    const id = rig.send(post(1), [TIDE, MOOR, FEN, 'http://moor.test/users/bo/inbox'], { postId: 7 })
    await until(() => rowsOf(rig).length === 2 && rowsOf(rig).every((row) => row.attempts === 1))
    expect(rig.delivery.view.post(7)).toEqual({
      delivered: 2,
      total: 4,
      hosts: [
        { host: 'fen.test', state: 'failed', code: 'rejected', status: 422, attempts: 1, nextAttemptAt: null },
        { host: 'tide.test', state: 'waiting', code: 'server-error', status: 503, attempts: 1, nextAttemptAt: NOON + MINUTE },
        { host: 'moor.test', state: 'delivered', code: null, status: null, attempts: 1, nextAttemptAt: null },
      ],
    })
    answers = {}
    expect(rig.delivery.view.retryPost(7)).toBe(true)
    await until(() => rig.state(id) === 'sent')
    rig.clock.advance(3 * 24 * HOUR)
    await until(() => rig.delivery.connectivity.online)
    expect(rig.delivery.view.post(7)).toMatchObject({ delivered: 4, total: 4 })
    expect(rig.delivery.view.post(7)?.hosts.map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered'])
    // The outbox itself shows it for a day.
    expect(rig.delivery.view.list()).toEqual([])
    expect(rig.delivery.view.retryPost(8)).toBe(false)
  })
})

describe('how a server is doing', () => {
  test('is counted, and what it said last is kept over a restart', async () => {
    const rig = await openRig()
    rig.fediverse.answer = ({ host, uri }) => (host === 'tide.test' && uri === post(2) ? 500 : 202)
    for (const n of [1, 2, 3]) rig.send(post(n), [TIDE, MOOR])
    await until(() => rowsOf(rig).length === 2 && rowsOf(rig)[0]?.attempts === 1)
    expect(rig.delivery.view.hosts()).toMatchObject([
      {
        host: 'tide.test',
        state: 'troubled',
        waiting: 2,
        failed: 0,
        delivered: 1,
        lastCode: 'server-error',
        lastStatus: 500,
        lastFailureAt: NOON,
      },
      { host: 'moor.test', state: 'fine', waiting: 0, failed: 0, delivered: 3, lastSuccessAt: NOON, lastCode: null, nextAttemptAt: null },
    ])
    const { folder } = rig.store
    await rig.delivery.stop()
    rig.store.close()
    const next = await openRig({ folder, fediverse: rig.fediverse, clock: rig.clock, start: false })
    expect(next.delivery.view.host('tide.test')).toMatchObject({ delivered: 1, waiting: 2, lastStatus: 500, nextAttemptAt: NOON + MINUTE })
    expect(next.delivery.view.host('nowhere.test')).toBeNull()
  })

  test('five failures open its breaker; the owner may try at once, and then everything goes', async () => {
    const rig = await openRig()
    let down = true
    rig.fediverse.answer = ({ host }) => (host === 'tide.test' && down ? 500 : 202)
    const id = rig.send(
      post(1),
      Array.from({ length: 9 }, (_, n) => `http://tide.test/users/${n}/inbox`),
    )
    await until(() => rig.delivery.view.host('tide.test')?.state === 'open' && (rig.fediverse.busy.get('tide.test') ?? 0) === 0)
    await until(() => rowsOf(rig).reduce((sum, row) => sum + row.attempts, 0) === rig.fediverse.received.length)
    expect(rig.delivery.view.host('tide.test')).toMatchObject({ waiting: 9, delivered: 0 })
    expect(rig.delivery.view.host('tide.test')?.nextAttemptAt).toBeGreaterThanOrEqual(NOON + 29 * MINUTE)
    down = false
    expect(rig.delivery.view.retryHost('tide.test')).toBe(true)
    await until(() => rig.state(id) === 'sent')
    expect(rig.delivery.view.host('tide.test')).toMatchObject({ state: 'fine', waiting: 0, delivered: 9 })
    expect(rig.delivery.view.retryHost('nowhere.test')).toBe(false)
  })

  test('what it refused for good goes again when the owner says so', async () => {
    const rig = await openRig()
    let refusing = true
    rig.fediverse.answer = ({ host }) => (host === 'tide.test' && refusing ? 422 : 202)
    const [one, two] = [rig.send(post(1), [TIDE, MOOR], { postId: 7 }), rig.send(post(2), [TIDE])]
    await until(() => rig.state(one) === 'sent' && rig.state(two) === 'failed')
    expect(rig.delivery.view.host('tide.test')).toMatchObject({ state: 'troubled', failed: 2, lastCode: 'rejected' })
    refusing = false
    rig.delivery.view.retryHost('tide.test')
    await until(() => rig.state(one) === 'sent' && rig.state(two) === 'sent')
    expect(rig.fediverse.urisAt(TIDE)).toEqual([post(1), post(2), post(1), post(2)])
    expect(rig.fediverse.urisAt(MOOR)).toEqual([post(1)])
    expect(rig.delivery.view.item(one)).toMatchObject({ delivered: 2, failed: 0, total: 2 })
  })

  test('forgetting it drops what waits and what it did not take; the rest of each post is untouched', async () => {
    const rig = await openRig()
    rig.fediverse.answer = ({ host, uri }) => (host !== 'tide.test' ? 202 : uri === post(2) ? 422 : 500)
    const ids = [1, 2, 3].map((n) => rig.send(post(n), [TIDE, MOOR], { key: `post:${n}` }))
    await until(() => rig.fediverse.urisAt(MOOR).length === 3 && rowsOf(rig)[0]?.attempts === 1)
    expect(rig.delivery.view.forgetHost('tide.test')).toBe(true)
    await until(() => ids.every((id) => rig.state(id) === 'sent'))
    expect(rowsOf(rig)).toEqual([])
    for (const id of ids) expect(rig.delivery.view.item(id)).toMatchObject({ delivered: 1, total: 1, failed: 0 })
    expect(rig.delivery.view.host('tide.test')).toMatchObject({ state: 'fine', waiting: 0, failed: 0 })
    expect(rig.delivery.view.forgetHost('nowhere.test')).toBe(false)
    // It is not banned: what is written next goes there.
    const sent = rig.fediverse.urisAt(TIDE).length
    rig.send(post(4), [TIDE])
    await until(() => rig.fediverse.urisAt(TIDE).length === sent + 1)
  })
})
