import { openStore } from '../../src-main/store/store.ts'
import type { Burrow } from '../rig/burrow.ts'
import type { Load } from './load.ts'

export interface Durability {
  /** `PRAGMA synchronous` of the store that instances open: 2 is FULL. */
  synchronous: number
  /** Answered with 202 before the kill. */
  acknowledged: number
  /** Of these, how many the database does not have. */
  missing: number
  /** How often the database has one of them more than once. */
  repeated: number
  integrity: string
}

/**
 * Kills an instance with `kill -9` in the middle of a burst and holds the ledger of the load process against the database: whatever was
 * answered with 202 must be there, so its COMMIT came before its answer. What a kill cannot show, that a COMMIT waits for the disk, is
 * what `PRAGMA synchronous` says of the very store an instance opens.
 */
export async function measureDurability(burrow: Burrow, load: Load, inbox: string, count: number): Promise<Durability> {
  await load.sign({ inbox, count, connections: 32 })
  const sending = load.send()
  await new Promise((resolve) => setTimeout(resolve, 400))
  await burrow.kill()
  const { acknowledged } = await sending
  const store = openStore({ folder: burrow.folder, now: Date.now })
  try {
    const synchronous = store.database.pragma('synchronous', { simple: true }) as number
    const integrity = store.database.pragma('integrity_check', { simple: true }) as string
    const here = store.database.prepare<[string], { count: number }>('select count(*) as count from posts where uri = ?')
    const counts = acknowledged.map((uri) => here.get(uri)?.count ?? 0)
    return {
      synchronous,
      integrity,
      acknowledged: acknowledged.length,
      missing: counts.filter((found) => found === 0).length,
      repeated: counts.filter((found) => found > 1).length,
    }
  } finally {
    store.close()
  }
}
