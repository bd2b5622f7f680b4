import { domainToASCII } from 'node:url'
import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, inList, query } from '../store/query.ts'
import { coveringNames, isDomainBlocked } from './blocked-domains.ts'
import { endOwnFollow, endTheirFollow } from './following.ts'
import { origin, ownerId } from './rows.ts'
import type { Domain } from './domain.ts'

export { blockedDomainsAmong, domainBlocksPage, isDomainBlocked } from './blocked-domains.ts'

/**
 * Whole servers the owner wants nothing of (Mastodon's domain blocks of a user): follows end both ways, what their people say is neither
 * taken in nor shown nor told, and they cannot follow. A name covers everything below it.
 */

const insert = query<{ id: number; domain: string; at: number }>()((p) =>
  build
    .insertInto('domain_blocks')
    .values({ id: p.id, domain: p.domain, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const remove = query<{ domain: string }>()((p) => build.deleteFrom('domain_blocks').where('domain', '=', p.domain))
const serversKnown = query()(() => build.selectFrom('accounts').select('domain').distinct().where('own', '=', 0))
type Servers = { domains: string[] }
const markAccounts = query<Servers>()((p) =>
  build.updateTable('accounts').set({ domain_blocked: 1 }).where('domain', 'in', inList(p.domains)).where('own', '=', 0),
)
const following = query<Servers & { owner: number }>()((p) =>
  build
    .selectFrom('follows')
    .innerJoin('accounts', 'accounts.id', 'follows.target_id')
    .select('accounts.id')
    .where('follows.account_id', '=', p.owner)
    .where('accounts.domain', 'in', inList(p.domains)),
)
const followers = query<Servers & { owner: number }>()((p) =>
  build
    .selectFrom('follows')
    .innerJoin('accounts', 'accounts.id', 'follows.account_id')
    .select('accounts.id')
    .where('follows.target_id', '=', p.owner)
    .where('accounts.domain', 'in', inList(p.domains)),
)
const forgetNotifications = query<Servers>()((p) =>
  build
    .deleteFrom('notifications')
    .where('account_id', 'in', build.selectFrom('accounts').select('id').where('own', '=', 0).where('domain', 'in', inList(p.domains))),
)
// By way of their posts: what stands at home may be a million rows.
const leaveHome = query<Servers>()((p) =>
  build
    .deleteFrom('home')
    .where(
      'post_id',
      'in',
      build
        .selectFrom('posts')
        .innerJoin('accounts', 'accounts.id', 'posts.account_id')
        .select('posts.id')
        .where('accounts.own', '=', 0)
        .where('accounts.domain', 'in', inList(p.domains)),
    ),
)

/**
 * The owner wants nothing of a server and of those below it. Again: nothing happens. Throws 'invalid' for what is no name of a server, and
 * for the owner's own. Events `domain-blocked`, `unfollowed`, `follow-rejected`.
 */
export function blockDomain(d: Domain, name: string): void {
  d.store.transaction(() => {
    const domain = serverName(d, name)
    if (domain === null) {
      throw new AppError('invalid', 'That is not the name of a server. Type it like "tide.example".', { reason: 'domain-invalid' })
    }
    if (note(d, domain)) shutOut(d, [domain])
  })
}

/** Event `domain-unblocked`, if it was blocked. What was refused meanwhile does not come back by itself. */
export function unblockDomain(d: Domain, name: string): void {
  d.store.transaction(() => {
    const domain = serverName(d, name) ?? name.trim().toLowerCase()
    if (remove.run(d.store, { domain }).changes > 0) d.events.append('domain-unblocked', { domain })
  })
}

/** Writes a name down; false if it stands there already. */
function note(d: Domain, domain: string): boolean {
  const at = d.now()
  return insert.run(d.store, { id: nextId(at), domain, at }).changes > 0
}

/** What blocking these servers ends: one look at the known servers, however long the list is. */
function shutOut(d: Domain, names: readonly string[]): void {
  const blocked = new Set(names)
  const domains = serversKnown
    .all(d.store)
    .flatMap((row) => (coveringNames(row.domain).some((name) => blocked.has(name)) ? [row.domain] : []))
  if (domains.length > 0) {
    const owner = ownerId(d)
    markAccounts.run(d.store, { domains })
    for (const { id } of following.all(d.store, { owner, domains })) endOwnFollow(d, id, true)
    for (const { id } of followers.all(d.store, { owner, domains })) endTheirFollow(d, id)
    forgetNotifications.run(d.store, { domains })
    leaveHome.run(d.store, { domains })
  }
  for (const domain of names) d.events.append('domain-blocked', { domain })
}

/** As servers are named here: lower case, punycode, a port if it has one. Null: no such name, or the owner's own. */
function serverName(d: Domain, text: string): string | null {
  const bare = text
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/^@/, '')
    .replace(/[/.]$/, '')
  if (bare.length > 253) return null
  const [host = '', port, ...more] = bare.split(':')
  if (more.length > 0 || (port !== undefined && !/^[0-9]{1,5}$/.test(port))) return null
  const ascii = domainToASCII(host.toLowerCase())
  if (!/^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(ascii)) return null
  const name = port === undefined ? ascii : `${ascii}:${port}`
  const own = origin(d)
  if (own === null) return name
  const home = new URL(own).host
  return home === name || home.endsWith(`.${name}`) ? null : name
}

/** As many servers as any public list has. */
const MAX_IMPORTED = 20_000
/** Lines that were refused are named up to here. */
const MAX_NAMED = 100

/**
 * Blocks every server of a list: Mastodon's CSV of domain blocks (`#domain,#severity,…`, of which only lines that do not say "noop" count)
 * or one name per line; lines that begin with `#` are comments. `refused`: lines that name no server, shortened, at most 100 of them. Throws
 * 'invalid' for an empty list or one of more than 20,000 lines: nothing is changed then. Events as {@link blockDomain}.
 */
export function importDomainBlocks(d: Domain, text: string): { added: number; known: number; refused: string[] } {
  const lines = text
    .replace(/^\u{feff}/u, '')
    .split(/\r\n?|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (lines.length > MAX_IMPORTED) {
    throw new AppError('invalid', `A list has at most ${MAX_IMPORTED} servers.`, { reason: 'too-many', params: { max: MAX_IMPORTED } })
  }
  const header = (lines[0] ?? '').toLowerCase().split(',').map(unquoted)
  const column = header.findIndex((title) => title === '#domain' || title === 'domain')
  const severity = header.findIndex((title) => title === '#severity' || title === 'severity')
  const body = column >= 0 ? lines.slice(1) : lines.filter((line) => !line.startsWith('#'))
  if (body.length === 0) throw new AppError('invalid', 'There is no server in this list.', { reason: 'empty' })
  return d.store.transaction(() => {
    const result = { known: 0, refused: [] as string[] }
    const fresh: string[] = []
    for (const line of body) {
      const cells = line.split(',').map(unquoted)
      if (severity >= 0 && cells[severity]?.toLowerCase() === 'noop') continue
      const domain = serverName(d, cells[Math.max(0, column)] ?? '')
      if (domain === null) {
        if (result.refused.length < MAX_NAMED) result.refused.push(line.slice(0, 100))
      } else if (isDomainBlocked(d, domain) || !note(d, domain)) result.known++
      else fresh.push(domain)
    }
    if (fresh.length > 0) shutOut(d, fresh)
    return { ...result, added: fresh.length }
  })
}

const unquoted = (cell: string) => cell.trim().replace(/^"(.*)"$/, '$1')
