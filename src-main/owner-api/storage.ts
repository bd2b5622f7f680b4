import { isTrial } from '../domain/owner.ts'
import { countRows, measureRoom } from '../domain/storage.ts'
import { settings } from '../domain/settings.ts'
import { badBody, body, iso } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { StateParts } from './state.ts'
import type * as contract from './contract.ts'

/** The folder and its disk, and the log, as `server.ts` knows them. */
export interface Ground {
  /** Bytes left on the disk, bytes of the database's copies from before upgrades, and removing all of those but the newest. */
  free(): number
  copies(): number
  dropCopies(): void
  schema(): number
  log(): contract.LogLine[]
}

const PARTS = ['cache', 'copies'] as const

/** Room on the disk, and what helps whoever helps. Nothing here names anybody. */
export function storageRoutes(routes: FastifyInstance, parts: StateParts & { ground: Ground }): void {
  const { domain: d, ground } = parts

  const use = async (): Promise<contract.StorageUse> => {
    const { mediaBudget, keptBudget } = settings(d)
    return { ...(await measureRoom(d)), copies: ground.copies(), free: ground.free(), mediaBudget, keptBudget }
  }
  routes.get('/api/owner/storage', async () => use())
  routes.post('/api/owner/storage/free', async (request) => {
    const { part } = body<{ part: string }>(request)
    if (!PARTS.some((one) => one === part)) throw badBody()
    if (part === 'cache') await d.store.cache.clear()
    else ground.dropCopies()
    return use()
  })

  routes.get('/api/owner/diagnostics', async (): Promise<contract.Diagnostics> => {
    const { state, reason, since } = parts.connectivity.status()
    return {
      version: parts.version,
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      host: parts.host,
      schema: ground.schema(),
      upSeconds: Math.round(process.uptime()),
      memory: process.memoryUsage().rss,
      connection: { state, reason, tunnel: parts.tunnel(), trial: isTrial(d), since: iso(since) },
      outbox: parts.outbox.counts(),
      counts: await countRows(d),
      storage: await use(),
    }
  })
  routes.get('/api/owner/logs', async () => ground.log())
}
