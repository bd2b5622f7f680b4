import { expect, test } from 'vitest'
import { newLedger, newOwnPost } from '../torture/ledger.ts'
import { judgeDeliveries, startPeers } from '../torture/peers.ts'
import { torture } from '../torture/torture.ts'

/** Rounds of the torture; BURROW_TEST_KILLS asks for more, `npm run torture -- --rounds N` for many. */
const ROUNDS = Number(process.env.BURROW_TEST_KILLS ?? 4)

test('killed at random moments under load, it keeps every promise once and delivers every post once, in order', async () => {
  const seed = Date.now() % 2 ** 31
  const seen = await torture({ rounds: ROUNDS, seed })
  expect(seen.faults, `with seed ${seed}`).toEqual([])
  expect(seen.killedWhileServing).toBe(ROUNDS)
  expect(seen.integrityChecks).toBeGreaterThan(ROUNDS)
  // It was loaded from both sides while it died.
  expect(seen.answers.Create?.['202'] ?? 0).toBeGreaterThan(ROUNDS)
  expect(seen.answers['own post']?.['200'] ?? 0).toBeGreaterThan(ROUNDS)
  expect(seen.deliveries.distinct).toBeGreaterThan(ROUNDS)
  expect(Object.values(seen.answers).flatMap((counts) => Object.keys(counts))).not.toContain('500')
})

test('a post that never comes, comes as two, or comes late is a broken promise', async () => {
  const peers = await startPeers()
  const ledger = newLedger()
  const mine = (n: number) =>
    Object.assign(newOwnPost(ledger, `own ${n} v0.`), { id: String(n), uri: `https://ana.example/users/ana/statuses/${n}`, answered: 0 })
  const arrives = (id: string, n: number) => {
    const object = { id: `https://ana.example/users/ana/statuses/${n}`, content: `own ${n} v0.` }
    for (const server of peers.servers) server.received.push({ path: '/inbox', headers: {}, activity: { id, type: 'Create', object } })
  }
  mine(1)
  expect(judgeDeliveries(peers, ledger).faults).toContain('own 1 v0. at mo.localhost never came')
  arrives('one', 1)
  arrives('one', 1)
  expect(judgeDeliveries(peers, ledger)).toMatchObject({ distinct: 3, again: 3, faults: [] })
  mine(2)
  mine(3)
  arrives('three', 3)
  arrives('two', 2)
  arrives('two again', 2)
  expect(judgeDeliveries(peers, ledger).faults.filter((fault) => fault.includes('statuses/2') || fault.includes('own 2'))).toEqual(
    expect.arrayContaining([
      'https://ana.example/users/ana/statuses/2 came after a later one',
      'own 2 v0. at mo.localhost came as 2 activities',
    ]),
  )
  await peers.close()
})
