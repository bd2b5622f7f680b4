import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import { ensureOpen } from './closed.ts'
import { other } from './following.ts'
import { notify } from './notifications.ts'
import { relationship } from './relationships.ts'
import { ownerId } from './rows.ts'
import { ownUris, postByUri, postRow } from './stored-posts.ts'
import type { Domain } from './domain.ts'

/** Reports: made here about somebody, and received from other servers about the owner. */

export type ReportCategory = 'other' | 'spam' | 'legal' | 'violation'
export const REPORT_CATEGORIES: readonly ReportCategory[] = ['other', 'spam', 'legal', 'violation']

export interface Report {
  id: number
  own: boolean
  /** Who reports: an account, or null for a server's own actor that is not stored. */
  byId: number | null
  /** The server it came from; '' for own ones. */
  byHost: string
  /** Whom it is about; null: the owner. */
  aboutId: number | null
  postUris: string[]
  comment: string
  category: ReportCategory
  /** Own ones: whether their server is told. */
  forwarded: boolean
  /** Of the Flag it came with. */
  uri: string | null
  createdAt: number
  resolvedAt: number | null
}

/** As Mastodon limits a report's words; a received one is cut. */
export const MAX_COMMENT = 1_000
const MAX_POSTS = 50
/** Reports are cheap to send: one server's flood hides the others'. */
const PER_HOST = 20
const DAY_MS = 24 * 3600_000

type Written = {
  id: number
  own: number
  by_id: number | null
  by_host: string
  about_id: number | null
  post_uris: string
  comment: string
  category: string
  forwarded: number
  uri: string | null
  at: number
}
const insert = query<Written>()((p) =>
  build.insertInto('reports').values({
    id: p.id,
    own: p.own,
    by_id: p.by_id,
    by_host: p.by_host,
    about_id: p.about_id,
    post_uris: p.post_uris,
    comment: p.comment,
    category: p.category,
    forwarded: p.forwarded,
    uri: p.uri,
    created_at: p.at,
    resolved_at: null,
  }),
)
const byId = query<{ id: number }>()((p) => build.selectFrom('reports').selectAll().where('id', '=', p.id))
const byUri = query<{ uri: string }>()((p) => build.selectFrom('reports').select('id').where('uri', '=', p.uri))
const newest = query<{ limit: number }>()((p) => build.selectFrom('reports').selectAll().orderBy('id', 'desc').limit(p.limit))
const fromHost = query<{ by_host: string; since: number }>()((p) =>
  build
    .selectFrom('reports')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('own', '=', 0)
    .where('by_host', '=', p.by_host)
    .where('created_at', '>', p.since),
)
const resolve = query<{ id: number; at: number }>()((p) =>
  build.updateTable('reports').set({ resolved_at: p.at }).where('id', '=', p.id).where('resolved_at', 'is', null),
)

type Row = NonNullable<ReturnType<typeof byId.get>>
const toReport = (row: Row): Report => ({
  id: row.id,
  own: row.own === 1,
  byId: row.by_id,
  byHost: row.by_host,
  aboutId: row.about_id,
  postUris: JSON.parse(row.post_uris) as string[],
  comment: row.comment,
  category: row.category as ReportCategory,
  forwarded: row.forwarded === 1,
  uri: row.uri,
  createdAt: row.created_at,
  resolvedAt: row.resolved_at,
})

/**
 * The owner reports somebody. Their server is told only if `forward`: in a home of one there is no moderator besides. Posts that are not
 * theirs are left out. Throws 'not-found', 'invalid' (oneself, `too-long`, category). Event `reported`.
 */
export function report(
  d: Domain,
  ask: { accountId: number; postIds: number[]; comment: string; category: string; forward: boolean },
): Report {
  ensureOpen(d)
  const comment = ask.comment.trim()
  if (comment.length > MAX_COMMENT) {
    throw new AppError('invalid', `A report is at most ${MAX_COMMENT} characters.`, { reason: 'too-long', params: { max: MAX_COMMENT } })
  }
  const category = REPORT_CATEGORIES.find((one) => one === ask.category)
  if (!category) throw new AppError('invalid', 'There is no such category of reports.', { reason: 'category-invalid' })
  return d.store.transaction(() => {
    const owner = ownerId(d)
    other(d, ask.accountId)
    const at = d.now()
    const id = nextId(at)
    const uris = ask.postIds.slice(0, MAX_POSTS).flatMap((postId) => {
      const row = postRow(d, postId)
      return row?.account_id === ask.accountId && row.boost_of === null && row.uri !== null ? [row.uri] : []
    })
    insert.run(d.store, {
      id,
      own: 1,
      by_id: owner,
      by_host: '',
      about_id: ask.accountId,
      post_uris: JSON.stringify(uris),
      comment,
      category,
      forwarded: Number(ask.forward),
      uri: null,
      at,
    })
    d.events.append('reported', { reportId: id, own: true })
    return reportById(d, id) as Report
  })
}

/**
 * Another server's report about the owner: the owner's account, or posts of the owner's. Null, and nothing is kept, for one about anybody
 * else, a repeat, one from somebody the owner blocked, and beyond 20 a day of one server. It is shown and never sent on or answered:
 * who reports must not learn more by it. Events `reported`, `notified`.
 */
export function receiveReport(
  d: Domain,
  flag: { byId: number | null; byHost: string; aboutUri: string | null; postUris: string[]; comment: string; uri: string | null },
): Report | null {
  return d.store.transaction(() => {
    const owner = ownerId(d)
    const own = flag.postUris.slice(0, MAX_POSTS).filter((uri) => postByUri(d, uri)?.own === true)
    if (flag.aboutUri !== ownUris(d)?.actor && own.length === 0) return null
    if (flag.uri !== null && byUri.get(d.store, { uri: flag.uri })) return null
    if (flag.byId !== null && (flag.byId === owner || relationship(d, flag.byId).blocking)) return null
    const at = d.now()
    if ((fromHost.get(d.store, { by_host: flag.byHost, since: at - DAY_MS })?.count ?? 0) >= PER_HOST) return null
    const id = nextId(at)
    insert.run(d.store, {
      id,
      own: 0,
      by_id: flag.byId,
      by_host: flag.byHost,
      about_id: null,
      post_uris: JSON.stringify([...new Set(own)]),
      comment: flag.comment.trim().slice(0, MAX_COMMENT),
      category: 'other',
      forwarded: 0,
      uri: flag.uri,
      at,
    })
    d.events.append('reported', { reportId: id, own: false })
    notify(d, 'report', flag.byId ?? owner, null, id)
    return reportById(d, id) as Report
  })
}

/** Own and received, newest first. */
export function reports(d: Domain, limit = 200): Report[] {
  return newest.all(d.store, { limit }).map(toReport)
}

export function reportById(d: Domain, id: number): Report | null {
  const row = byId.get(d.store, { id })
  return row ? toReport(row) : null
}

/** The owner has dealt with it. Again: nothing happens. Throws 'not-found'. */
export function resolveReport(d: Domain, id: number): Report {
  return d.store.transaction(() => {
    if (!reportById(d, id)) throw new AppError('not-found', 'There is no such report.')
    resolve.run(d.store, { id, at: d.now() })
    return reportById(d, id) as Report
  })
}
