import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startBurrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { number } from '../rig/rows.ts'
import { faults, integrity, newLedger, type Ledger } from './ledger.ts'
import { askAgain, dice, load, type Loading } from './load.ts'
import { followAll, judgeDeliveries, startPeers } from './peers.ts'

/** What was seen while the built `serve` was killed again and again. */
export interface Seen {
  rounds: number
  seed: number
  killedWhileServing: number
  killedWhileStarting: number
  /** Answers by kind of request. */
  answers: Ledger['answers']
  integrityChecks: number
  /** Milliseconds from start to the ready line after a kill, the longest. */
  slowestStart: number
  databaseBytes: number
  deliveries: { distinct: number; again: number }
  /** One sentence each; none is what is wanted. */
  faults: string[]
}

/**
 * `kill -9` of the process group at random moments, under load from both sides; every fourth time while it is starting. After each kill
 * the database is looked over before it is opened again; in the end everything promised must be there once, and every delivery at its
 * receivers once.
 */
export async function torture(options: { rounds: number; seed: number; say?: (line: string) => void }): Promise<Seen> {
  const { rounds, seed, say = () => undefined } = options
  const roll = dice(seed)
  const ledger = newLedger()
  const seen: Seen = {
    rounds,
    seed,
    killedWhileServing: 0,
    killedWhileStarting: 0,
    answers: ledger.answers,
    integrityChecks: 0,
    slowestStart: 0,
    databaseBytes: 0,
    deliveries: { distinct: 0, again: 0 },
    faults: [],
  }
  const [burrow, peers] = await Promise.all([startBurrow({ flags: ['--log-level', 'warn'] }), startPeers()])
  const at: Loading = { burrow, peers, ledger, token: await burrow.token(), roll }
  const lookOver = (): void => {
    seen.integrityChecks++
    seen.faults.push(...integrity(burrow.folder).map((fault) => `integrity: ${fault}`))
  }
  try {
    await burrow.online()
    await followAll(burrow, peers)
    for (let round = 1; round <= rounds && seen.faults.length === 0; round++) {
      let going = true
      const loading = load(at, () => going)
      await wait(100 + roll(1_400))
      await burrow.kill()
      seen.killedWhileServing++
      going = false
      await loading
      lookOver()
      if (roll(4) === 0) {
        const starting = burrow.start().catch(() => undefined)
        await wait(roll(500))
        await burrow.kill()
        seen.killedWhileStarting++
        await starting
        lookOver()
      }
      const before = performance.now()
      await burrow.start()
      seen.slowestStart = Math.max(seen.slowestStart, performance.now() - before)
      await askAgain(at)
      if (round % 10 === 0) say(`${round} rounds: ${JSON.stringify(ledger.answers)}`)
    }
    await until('the inbox is worked off', () => number(burrow.folder, 'select count(*) from inbound') === 0, 60_000)
    await burrow.online()
    await until('everything has left', async () => (await burrow.outbox()).waiting === 0, 120_000)
    const { distinct, again, faults: lost } = judgeDeliveries(peers, ledger)
    seen.deliveries = { distinct, again }
    seen.faults.push(...faults(burrow.folder, ledger), ...lost)
    await burrow.stop()
    lookOver()
    seen.databaseBytes = statSync(join(burrow.folder, 'burrow.db')).size
    return seen
  } finally {
    await burrow.remove()
    await peers.close()
  }
}
