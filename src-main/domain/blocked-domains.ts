import { build, inList, query } from '../store/query.ts'
import { pageOf } from './paging.ts'
import type { Domain } from './domain.ts'
import type { Page } from './types.ts'

/** Whole servers the owner wants nothing of: looking only. What blocking does stands in `domain-blocks`. */

const covering = query<{ names: string[] }>()((p) =>
  build.selectFrom('domain_blocks').select('id').where('domain', 'in', inList(p.names)).limit(1),
)
const amongNames = query<{ names: string[] }>()((p) =>
  build.selectFrom('domain_blocks').select('domain').where('domain', 'in', inList(p.names)),
)
const anything = query()(() => build.selectFrom('domain_blocks').select('id').limit(1))
type Bounds = { max: number; min: number; limit: number }
const rows = (direction: 'asc' | 'desc') =>
  query<Bounds>()((p) =>
    build
      .selectFrom('domain_blocks')
      .select(['id', 'domain'])
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .orderBy('id', direction)
      .limit(p.limit),
  )
const down = rows('desc')
const up = rows('asc')

/** More labels than a name of 253 characters is given by anybody honest. */
const LABELS = 24

/** `a.b.example` -> itself, `b.example`, `example`: a block of any of them covers it. A port belongs to the name of a server. */
export function coveringNames(domain: string): string[] {
  const labels = domain.toLowerCase().split('.')
  const from = Math.max(0, labels.length - LABELS)
  return labels.slice(from).map((_, at) => labels.slice(from + at).join('.'))
}

/** Whether the owner has blocked this server, or one that it stands below. '' is the owner's own: never. One indexed look, next to nothing without blocks. */
export function isDomainBlocked(d: Domain, domain: string): boolean {
  if (domain === '' || !anything.get(d.store)) return false
  return covering.get(d.store, { names: coveringNames(domain) }) !== undefined
}

/** Those of these servers that are blocked, in one query. */
export function blockedDomainsAmong(d: Domain, domains: readonly string[]): Set<string> {
  if (domains.length === 0 || !anything.get(d.store)) return new Set()
  const distinct = [...new Set(domains.filter((domain) => domain !== ''))]
  const found = new Set(amongNames.all(d.store, { names: [...new Set(distinct.flatMap(coveringNames))] }).map((row) => row.domain))
  return new Set(distinct.filter((domain) => coveringNames(domain).some((name) => found.has(name))))
}

/** Blocked servers, newest first; `id` is the cursor. */
export function domainBlocksPage(d: Domain, page: Page): { id: number; domain: string }[] {
  return pageOf(page, { down: (bounds) => down.all(d.store, bounds), up: (bounds) => up.all(d.store, bounds) })
}
