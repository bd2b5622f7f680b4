import { existsSync } from 'node:fs'
import { openDomain } from '../domain/domain.ts'
import { findOwner, isTrial, origin, setSetting, setting } from '../domain/owner.ts'
import { openKeyRing } from '../store/keys.ts'
import { migrations } from '../store/migrations/list.ts'
import { build, query } from '../store/query.ts'
import { openBeside, StoreError } from '../store/store.ts'
import { freeBytes, inspectDatabase, latestVersion, listCopies } from '../store/upgrade.ts'
import { answers } from './commands.ts'
import { openIdentity } from './identity.ts'
import type { Config } from '../config.ts'
import type { ConnectionStatus } from '../delivery/delivery.ts'
import type { Domain } from '../domain/domain.ts'
import type { Program } from './program.ts'

interface NotedConnection {
  state: string
  reason: string | null
  at: number
  seenAt: number | null
}

const outbox = query()(() =>
  build
    .selectFrom('outgoing')
    .select((e) => ['state', e.fn.countAll<number>().as('count')])
    .groupBy('state'),
)

/** Less room than this and something will soon fail. */
const SHORT_BYTES = 200 * 1024 * 1024
const LEAST_NODE = 24

/** Keeps how the connection was when it last changed, for {@link examine}. */
export function noteConnection(d: Domain, status: ConnectionStatus): void {
  const { state, reason, since, seenAt } = status
  const old = setting(d, 'lastConnection') as NotedConnection | null
  if (old && old.state === state && old.reason === reason) return
  try {
    setSetting(d, 'lastConnection', { state, reason, at: since, seenAt } satisfies NotedConnection)
  } catch {
    // A full disk is one of the things this would note.
  }
}

/**
 * `burrow doctor`: looks at the folder, beside a running instance or without one, and changes nothing. One plain line for each thing
 * looked at. Returns the exit code: 0 if all is well, 1 if something is wrong.
 */
export async function examine(config: Config, program: Program, say: (line: string) => void): Promise<number> {
  let wrong = 0
  const good = (what: string, found: string) => say(`ok     ${what}: ${found}`)
  const bad = (what: string, found: string) => {
    wrong++
    say(`WRONG  ${what}: ${found}`)
  }
  const judge = (well: boolean, what: string, found: string) => (well ? good(what, found) : bad(what, found))

  good('program', `Burrow ${program.version}`)
  judge(Number(process.versions.node.split('.')[0]) >= LEAST_NODE, 'node', process.versions.node)
  judge(existsSync(config.data), 'folder', config.data)
  if (!existsSync(config.data)) return 1
  const free = freeBytes(config.data)
  judge(free >= SHORT_BYTES, 'room on the disk', `${Math.round(free / 1024 / 1024)} MB`)

  try {
    const found = inspectDatabase(config.data)
    const latest = latestVersion(migrations)
    if (!found) {
      bad('database', 'there is none yet')
      return 1
    }
    judge(found.version === latest, 'schema', `version ${found.version}, this program knows ${latest}`)
    if (found.version !== latest) return 1
    await examineDatabase()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    bad('database', error.message)
  }
  return wrong > 0 ? 1 : 0

  async function examineDatabase(): Promise<void> {
    const store = openBeside(config.data, { readerPath: program.reader })
    try {
      const d = openDomain({ store, now: Date.now })
      const checked = store.database.pragma('quick_check(1)', { simple: true })
      judge(checked === 'ok', 'integrity', String(checked))
      good('copies of earlier versions', String(listCopies(config.data).length))

      const owner = findOwner(d)
      const address = origin(d)
      good('name', owner?.username ?? 'none yet')
      good('address', address ? `${address}${isTrial(d) ? ' (a trial)' : ''}` : 'none yet')
      if (owner) await examineKeys(d)
      const states = new Map(outbox.all(store).map((row) => [row.state as string, row.count]))
      good('outbox', `${(states.get('waiting') ?? 0) + (states.get('sending') ?? 0)} waiting, ${states.get('failed') ?? 0} failed`)

      const port = setting(d, 'ownerPort')
      const running = typeof port === 'number' && (await answers(`http://127.0.0.1:${port}`))
      good('instance', running ? `runs, window at http://127.0.0.1:${port}/app/` : 'does not run')
      good('ports', `owner ${String(port ?? 'none yet')}, public ${String(setting(d, 'publicPort') ?? 'none yet')}`)
      const last = setting(d, 'lastConnection') as NotedConnection | null
      good(
        'last connection',
        last ? `${last.state}${last.reason ? ` (${last.reason})` : ''} since ${new Date(last.at).toISOString()}` : 'never',
      )
    } finally {
      store.close()
    }
  }

  async function examineKeys(d: Domain): Promise<void> {
    try {
      const ring = await openKeyRing({ folder: config.data, mayCreate: false, now: Date.now })
      openIdentity(d, ring).keys()
      good('keys', 'they can be opened')
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      bad('keys', error.message)
    }
  }
}
