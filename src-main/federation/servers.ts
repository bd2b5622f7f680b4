import { build, query } from '../store/query.ts'
import { knownInboxes } from '../domain/posts.ts'
import { jsonTypes } from '../net/index.ts'
import { hostOf, isObject, list, text } from './mapping/read.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log, Servers } from '../domain/ports.ts'
import type { Net } from '../net/index.ts'
import type { Timers } from './backlog.ts'
import type { Politeness } from './politeness.ts'

/**
 * What other servers run, by NodeInfo: asked for in the background, once a week at most, of hosts that somebody wants to know it of. It
 * decides nothing but what may be missing after an absence, and is shown beside a server's name: anybody may call themselves anything.
 */
export interface KnownServers extends Servers {
  /** Whether the server answers at all, now. */
  alive(host: string): Promise<boolean>
  start(): void
  settled(): Promise<void>
  stop(): void
}

const AGAIN_MS = 7 * 24 * 3600_000
/** A server that gave no NodeInfo may have one tomorrow. */
const FAILED_AGAIN_MS = 24 * 3600_000
const AT_ONCE = 2
const MAX_WAITING = 2_000
const LOOK_MS = 6 * 3600_000
const FIRST_LOOK_MS = 5 * 60_000
const MAX_BYTES = 64 * 1024

const row = query<{ host: string }>()((p) =>
  build.selectFrom('servers').select(['software', 'version', 'checked_at']).where('host', '=', p.host),
)
const put = query<{ host: string; software: string | null; version: string | null; at: number }>()((p) =>
  build
    .insertInto('servers')
    .values({ host: p.host, software: p.software, version: p.version, checked_at: p.at })
    .onConflict((c) => c.column('host').doUpdateSet({ software: p.software, version: p.version, checked_at: p.at })),
)

interface NodeInfo {
  software: string
  version: string | null
}

export function openServers(parts: {
  domain: Domain
  net: Net
  politeness: Politeness
  plainHttp: (host: string) => boolean
  timers: Timers
  log: Log
}): KnownServers {
  const { domain: d, net, politeness, plainHttp, timers, log } = parts
  const waiting = new Set<string>()
  const running = new Map<string, Promise<void>>()
  let timer: unknown = null
  let stopped = false
  let started = false

  function want(host: string): void {
    const known = row.get(d.store, { host })
    const again = known?.software ? AGAIN_MS : FAILED_AGAIN_MS
    if (known && known.checked_at > d.now() - again) return
    if (host === '' || running.has(host) || waiting.size >= MAX_WAITING) return
    waiting.add(host)
    if (started) next()
  }

  function next(): void {
    for (const host of waiting) {
      if (stopped || running.size >= AT_ONCE) return
      waiting.delete(host)
      running.set(
        host,
        ask(host)
          .catch((error: unknown) => {
            log.debug({ host, error: (error as Error).message }, 'a server did not say what it runs')
            const old = row.get(d.store, { host })
            put.run(d.store, { host, software: old?.software ?? null, version: old?.version ?? null, at: d.now() })
          })
          .finally(() => {
            running.delete(host)
            next()
          }),
      )
    }
  }

  async function ask(host: string): Promise<void> {
    const found = await politeness.run(host, () => nodeInfo(host))
    put.run(d.store, { host, software: found?.software ?? null, version: found?.version ?? null, at: d.now() })
  }

  /** Two requests: the index, then the newest version of it, on the same host. */
  async function nodeInfo(host: string): Promise<NodeInfo | null> {
    const origin = `${plainHttp(host) ? 'http' : 'https'}://${host}`
    const options = { accept: 'application/json', types: jsonTypes, maxBytes: MAX_BYTES }
    const index = (await net.getJson(`${origin}/.well-known/nodeinfo`, options)).json
    const links = isObject(index) ? list(index.links, 16).filter(isObject) : []
    const href = ['2.1', '2.0']
      .map((version) => links.find((link) => link.rel === `http://nodeinfo.diaspora.software/ns/schema/${version}`))
      .map((link) => text(link?.href, 2_048))
      .find((address) => address && hostOf(address) === host)
    if (!href) return null
    const document = (await net.getJson(href, options)).json
    const software = isObject(document) && isObject(document.software) ? document.software : null
    const name = text(software?.name, 64)?.toLowerCase() ?? ''
    if (!/^[a-z0-9_.-]+$/.test(name)) return null
    return { software: name, version: text(software?.version, 64) }
  }

  /** The hosts of everybody known, where they were asked a week ago. */
  const lookAround = () => {
    for (const { inbox } of knownInboxes(d)) want(hostOf(inbox))
  }

  function later(ms: number): void {
    timer = timers.set(() => {
      lookAround()
      later(LOOK_MS)
    }, ms)
  }

  return {
    softwareOf(host) {
      const known = row.get(d.store, { host })
      if (!stopped) want(host)
      return known?.software ?? null
    },
    async alive(host) {
      try {
        return (await politeness.run(host, () => nodeInfo(host))) !== null
      } catch {
        return false
      }
    },
    start() {
      started = true
      next()
      later(FIRST_LOOK_MS)
    },
    async settled() {
      while (running.size > 0) await Promise.all(running.values())
    },
    stop() {
      stopped = true
      timers.clear(timer)
      waiting.clear()
    },
  }
}
