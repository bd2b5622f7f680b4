import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, inList, query, sql } from '../store/query.ts'
import { notify, unnotify } from './notifications.ts'
import { pageOf } from './paging.ts'
import { findOwnerId, ownerId } from './rows.ts'
import { settings } from './settings.ts'
import { addToQuotes, isHome, ownPostRow, ownUris, postById, postRow, postRowByUri, sameHost } from './stored-posts.ts'
import { hushed } from './timelines.ts'
import { canSee } from './visibility.ts'
import type { Selectable } from 'kysely'
import type { Schema } from '../store/schema.ts'
import type { Domain } from './domain.ts'
import type { PostRow } from './rows.ts'
import type { Audience, InteractionPolicy, Page, Post, Quotable, QuoteState, Visibility } from './types.ts'

/**
 * Quotes with consent (FEP-044f): who may quote is the quoted author's word, and a quote is shown as one only with their stamp
 * (rule 14). Own posts quoted by others, others' posts quoted by the owner, and what third people do.
 */

export type QuotePolicy = 'public' | 'followers' | 'nobody'
export type StampState = 'accepted' | 'rejected' | 'revoked'

const stampRow = query<{ id: number }>()((p) => build.selectFrom('quote_stamps').selectAll().where('id', '=', p.id))
const stampOf = query<{ post_id: number; quoting_uri: string }>()((p) =>
  build.selectFrom('quote_stamps').selectAll().where('post_id', '=', p.post_id).where('quoting_uri', '=', p.quoting_uri),
)
const insertStamp = query<{
  id: number
  post_id: number
  account_id: number
  quoting_uri: string
  request_uri: string | null
  state: StampState
  at: number
}>()((p) =>
  build.insertInto('quote_stamps').values({
    id: p.id,
    post_id: p.post_id,
    account_id: p.account_id,
    quoting_uri: p.quoting_uri,
    request_uri: p.request_uri,
    state: p.state,
    created_at: p.at,
  }),
)
const setStamp = query<{ id: number; state: StampState; request_uri: string | null; revoked_at: number | null }>()((p) =>
  build.updateTable('quote_stamps').set({ state: p.state, request_uri: p.request_uri, revoked_at: p.revoked_at }).where('id', '=', p.id),
)
const setQuote = query<{ id: number; quote_of: number | null; state: QuoteState; stamp: string | null }>()((p) =>
  build.updateTable('posts').set({ quote_of: p.quote_of, quote_state: p.state, quote_stamp: p.stamp }).where('id', '=', p.id),
)
const replaceQuote = query<{ id: number } & QuoteParts>()((p) =>
  build
    .updateTable('posts')
    .set({ quote_of: p.quote_of, quote_uri: p.quote_uri, quote_state: p.quote_state, quote_stamp: p.quote_stamp })
    .where('id', '=', p.id),
)
const setPolicy = query<{ id: number; policy: string | null }>()((p) =>
  build.updateTable('posts').set({ policy: p.policy }).where('id', '=', p.id),
)
const stamped = query<{ stamp: string }>()((p) => build.selectFrom('posts').selectAll().where('quote_stamp', '=', p.stamp))
const waiting = query<{ uri: string }>()((p) =>
  build.selectFrom('posts').selectAll().where('quote_uri', '=', p.uri).where('quote_of', 'is', null).where('quote_uri', 'is not', null),
)
const quoting = query<{ post_id: number }>()((p) => build.selectFrom('posts').selectAll().where('quote_of', '=', p.post_id))
const ownQuote = query<{ post_id: number }>()((p) =>
  build
    .selectFrom('posts')
    .select('id')
    .where('quote_of', '=', p.post_id)
    .where('own', '=', 1)
    .where('quote_state', '=', 'accepted')
    .limit(1),
)
type Bounds = { post_id: number; max: number; min: number; limit: number; now: number }
const shown = (direction: 'asc' | 'desc') =>
  query<Bounds>()((p) =>
    build
      .selectFrom('posts')
      .select('id')
      .where('quote_of', '=', p.post_id)
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .where('quote_state', '=', 'accepted')
      .where('account_id', 'not in', hushed(p))
      .orderBy('id', direction)
      .limit(p.limit),
  )
const down = shown('desc')
const up = shown('asc')
const between = query<{ owner: number; ids: number[] }>()((p) =>
  build
    .selectFrom('accounts')
    .select(['id', 'uri', 'suspended_at'])
    .select([
      sql<number>`exists (select 1 from follows where account_id = ${p.owner} and target_id = accounts.id and state = 'accepted')`.as(
        'following',
      ),
      sql<number>`exists (select 1 from follows where account_id = accounts.id and target_id = ${p.owner} and state = 'accepted')`.as(
        'followedBy',
      ),
      sql<number>`exists (select 1 from blocks where account_id = ${p.owner} and target_id = accounts.id)`.as('blocking'),
      sql<number>`exists (select 1 from blocks where account_id = accounts.id and target_id = ${p.owner})`.as('blockedBy'),
    ])
    .where('id', 'in', inList(p.ids)),
)
type Standing = ReturnType<typeof between.all>[number]

const mentions = query<{ post_id: number; account_id: number }>()((p) =>
  build.selectFrom('mentions').select('account_id').where('post_id', '=', p.post_id).where('account_id', '=', p.account_id).limit(1),
)

const standingOf = (d: Domain, accountId: number): Standing | undefined => between.get(d.store, { owner: ownerId(d), ids: [accountId] })

const isOpen = (visibility: Visibility) => visibility === 'public' || visibility === 'unlisted'

/** The policy that is kept and sent for a wish of the owner; what is not for everybody is quoted by nobody else (as on Mastodon). */
export function policyFor(wish: QuotePolicy, visibility: Visibility): InteractionPolicy {
  const effective = isOpen(visibility) ? wish : 'nobody'
  return { quote: { automatic: [effective === 'nobody' ? 'author' : effective], manual: [] } }
}

/** The owner's wish that the policy of an own post stands for; a post from before there were policies has the setting's. */
export function quotePolicyOf(d: Domain, post: Pick<Post, 'policy' | 'visibility'>): QuotePolicy {
  if (!isOpen(post.visibility)) return 'nobody'
  const open = post.policy?.quote?.automatic
  if (!open) return settings(d).quotePolicy
  return open.includes('public') ? 'public' : open.includes('followers') ? 'followers' : 'nobody'
}

/** Changes who may quote an own post from now on; stamps given stay. Throws 'not-found'. Event `post-edited` (no new version). */
export function setQuotePolicy(d: Domain, postId: number, wish: QuotePolicy): Post {
  return d.store.transaction(() => {
    const post = ownPostRow(d, postId)
    const old = JSON.parse(post.policy ?? '{}') as InteractionPolicy
    const policy = JSON.stringify({ ...old, ...policyFor(wish, post.visibility) })
    if (policy !== post.policy) {
      setPolicy.run(d.store, { id: post.id, policy })
      d.events.append('post-edited', { postId: post.id, own: true, home: isHome(d, post.id) })
    }
    return postById(d, post.id) as Post
  })
}

type Quoted = Pick<Post, 'own' | 'visibility' | 'policy' | 'accountId'>

/**
 * Whether the owner may quote a post: at once, after its author was asked (`manual`), not at all, or nobody said (`unknown`: servers
 * without quotes by consent).
 */
export function mayQuote(d: Domain, post: Quoted): Quotable {
  return judge(post, post.own ? undefined : standingOf(d, post.accountId))
}

/** The same for many posts, in the order given; one query. */
export function mayQuoteEach(d: Domain, posts: readonly Quoted[]): Quotable[] {
  const others = [...new Set(posts.flatMap((post) => (post.own || !isOpen(post.visibility) ? [] : [post.accountId])))]
  const standings = others.length === 0 ? [] : between.all(d.store, { owner: findOwnerId(d) ?? 0, ids: others })
  const by = new Map(standings.map((row) => [row.id, row]))
  return posts.map((post) => judge(post, by.get(post.accountId)))
}

function judge(post: Quoted, who: Standing | undefined): Quotable {
  if (post.own) return post.visibility === 'direct' ? 'denied' : 'automatic'
  if (!isOpen(post.visibility) || who?.blockedBy === 1) return 'denied'
  const said = post.policy?.quote
  if (!said) return 'unknown'
  const includesOwner = (audience: readonly Audience[]) =>
    audience.includes('public') ||
    audience.includes('owner') ||
    (audience.includes('followers') && who?.following === 1) ||
    (audience.includes('following') && who?.followedBy === 1)
  if (includesOwner(said.automatic)) return 'automatic'
  return includesOwner(said.manual) ? 'manual' : 'denied'
}

export type QuoteParts = {
  quote_of: number | null
  quote_uri: string | null
  quote_state: QuoteState | null
  quote_stamp: string | null
}

/** What the owner's quote of a post begins as. Throws 'not-found', 'invalid' (`quote-denied`). */
export function ownQuoteOf(d: Domain, postId: number): { post: PostRow; parts: QuoteParts; asks: boolean } {
  const found = postRow(d, postId)
  const row = found?.boost_of ? postRow(d, found.boost_of) : found
  const post = row && postById(d, row.id)
  if (!row || !post) throw new AppError('not-found', 'The post you are quoting is not there any more.', { reason: 'quoted-gone' })
  if (mayQuote(d, post) === 'denied') {
    throw new AppError('invalid', 'The author of this post does not want it to be quoted.', { reason: 'quote-denied' })
  }
  const own = row.own === 1
  const parts: QuoteParts = { quote_of: row.id, quote_uri: row.uri, quote_state: own ? 'accepted' : 'pending', quote_stamp: null }
  return { post: row, parts, asks: !own }
}

/** What a received quote begins as: accepted only where we know it ourselves; `pending` with a stamp to check, else `unverified`. */
export function receivedQuote(d: Domain, quote: { uri: string; stamp: string | null }, by: { uri: string; accountId: number }): QuoteParts {
  const found = postRowByUri(d, quote.uri)
  const quoted = found?.boost_of ? postRow(d, found.boost_of) : found
  const state: QuoteState = quote.stamp === null ? 'unverified' : 'pending'
  const parts = { quote_of: quoted?.id ?? null, quote_uri: quote.uri, quote_state: state, quote_stamp: quote.stamp }
  if (!quoted) return parts
  if (quoted.account_id === by.accountId) return { ...parts, quote_state: 'accepted' }
  if (quoted.own === 0) return parts
  // Of ours: we know what we answered, whatever the post says.
  const stamp = stampOf.get(d.store, { post_id: quoted.id, quoting_uri: by.uri })
  return { ...parts, quote_state: stamp?.account_id === by.accountId ? stamp.state : 'unverified' }
}

/** Counts and tells what a stored quote is, inside the transaction that stored it. */
export function quoteStored(d: Domain, postId: number, accountId: number, parts: QuoteParts, quietly: boolean): void {
  if (parts.quote_state !== 'accepted' || parts.quote_of === null) return
  addToQuotes(d, parts.quote_of, 1)
  if (!quietly && postRow(d, parts.quote_of)?.own === 1 && postRow(d, postId)?.own === 0) notify(d, 'quote', accountId, postId)
}

/** An edit's quote: the same with a new stamp, another, or none. Returns whether something changed. Event `quote-changed`. */
export function changeQuote(d: Domain, post: PostRow, quote: { uri: string; stamp: string | null } | null): boolean {
  if (quote === null && post.quote_uri === null) return false
  // The same quote, nothing new: what was found out about it stays.
  if (quote && quote.uri === post.quote_uri && (quote.stamp === null || quote.stamp === post.quote_stamp)) return false
  const parts: QuoteParts = quote
    ? receivedQuote(d, quote, { uri: post.uri as string, accountId: post.account_id })
    : { quote_of: null, quote_uri: null, quote_state: null, quote_stamp: null }
  // A stamp once checked holds until its author takes it back.
  if (quote?.uri === post.quote_uri && (post.quote_state === 'accepted' || post.quote_state === 'revoked')) return false
  if (post.quote_state === 'accepted') addToQuotes(d, post.quote_of, -1)
  replaceQuote.run(d.store, { id: post.id, ...parts })
  quoteStored(d, post.id, post.account_id, parts, false)
  d.events.append('quote-changed', { postId: post.id })
  return true
}

/** Posts that quote something that has come in just now find it. */
export function adoptQuotes(d: Domain, quoted: { id: number; uri: string; accountId: number }): void {
  for (const post of waiting.all(d.store, { uri: quoted.uri })) {
    if (post.id === quoted.id) continue
    const state = post.account_id === quoted.accountId ? 'accepted' : (post.quote_state as QuoteState)
    move(d, post, { quote_of: quoted.id, state, stamp: post.quote_stamp })
  }
}

/** The quoted post goes; its quotes stay as posts without it. Inside the transaction that removes it. Event `quote-changed`. */
export function quotedRemoved(d: Domain, row: PostRow): void {
  for (const post of quoting.all(d.store, { post_id: row.id })) {
    setQuote.run(d.store, { id: post.id, quote_of: null, state: 'deleted', stamp: post.quote_stamp })
    d.events.append('quote-changed', { postId: post.id })
  }
  if (row.quote_state === 'accepted') addToQuotes(d, row.quote_of, -1)
}

/** Whether the owner has quoted this post, with consent. */
export const quotedByOwner = (d: Domain, postId: number): boolean => ownQuote.get(d.store, { post_id: postId }) !== undefined

function move(d: Domain, post: PostRow, to: { quote_of: number | null; state: QuoteState; stamp: string | null }): void {
  if (post.quote_of === to.quote_of && post.quote_state === to.state && post.quote_stamp === to.stamp) return
  setQuote.run(d.store, { id: post.id, ...to })
  const was = post.quote_state === 'accepted' ? post.quote_of : null
  const is = to.state === 'accepted' ? to.quote_of : null
  if (was !== is) {
    if (was !== null) addToQuotes(d, was, -1)
    if (is !== null) addToQuotes(d, is, 1)
    if (is !== null && post.own === 0 && postRow(d, is)?.own === 1) notify(d, 'quote', post.account_id, post.id)
    if (is === null && post.own === 0) unnotify(d, 'quote', post.account_id, post.id)
  }
  d.events.append('quote-changed', { postId: post.id })
}

/**
 * What became of a quote: an own one after its author answered, a received one after its stamp was checked (`stamp`: whose address;
 * `quoteOf`: the quoted post, now that it is here). What is not for everybody is never shown in somebody else's post, whatever the
 * stamp says. False: nothing changed, or that post quotes nothing. Events `quote-changed`, `notified` (the owner was quoted).
 */
export function settleQuote(d: Domain, postId: number, s: { state: QuoteState; stamp?: string | null; quoteOf?: number | null }): boolean {
  return d.store.transaction(() => {
    const post = postRow(d, postId)
    if (!post || (post.quote_uri === null && post.quote_of === null) || post.quote_state === null) return false
    const quoteOf = s.quoteOf === undefined || s.quoteOf === post.id ? post.quote_of : s.quoteOf
    const quoted = quoteOf === null ? undefined : postRow(d, quoteOf)
    const shareable = !quoted || quoted.account_id === post.account_id || isOpen(quoted.visibility)
    // What is not here cannot be judged yet.
    const state = s.state !== 'accepted' ? s.state : !quoted ? 'pending' : shareable ? 'accepted' : 'rejected'
    const stamp = s.stamp === undefined ? post.quote_stamp : s.stamp
    if (post.quote_of === quoteOf && post.quote_state === state && post.quote_stamp === stamp) return false
    move(d, post, { quote_of: quoteOf, state, stamp })
    return true
  })
}

/**
 * Somebody wants to quote a post of the owner's. Answered by the policy of the post; once for each quoting post, whose address is on the
 * asker's host (rule 14): a repeat is answered again, a consent withdrawn stays withdrawn. Null: no such post that they could see, or
 * not their quote. Event `quote-answered`.
 */
export function receiveQuoteRequest(
  d: Domain,
  q: { postId: number; accountId: number; quotingUri: string; requestUri: string | null },
): { stampId: number; accepted: boolean } | null {
  return d.store.transaction(() => {
    const row = postRow(d, q.postId)
    if (row?.own !== 1 || row.boost_of !== null || row.released_at === null) return null
    const who = standingOf(d, q.accountId)
    if (!who?.uri || who.suspended_at !== null || !sameHost(who.uri, q.quotingUri)) return null
    const follows = who.followedBy === 1
    const mentioned = mentions.get(d.store, { post_id: row.id, account_id: q.accountId }) !== undefined
    const viewer = { accountId: q.accountId, follows, mentioned, blocked: false }
    // A no would tell that there is such a post (rule 18).
    if (!canSee({ own: true, visibility: row.visibility, releasedAt: row.released_at }, viewer)) return null
    const old = stampOf.get(d.store, { post_id: row.id, quoting_uri: q.quotingUri })
    if (old && old.account_id !== q.accountId) return null
    const wish = quotePolicyOf(d, postById(d, row.id) as Post)
    const allowed = who.blocking === 0 && (wish === 'public' || (wish === 'followers' && who.followedBy === 1))
    const state: StampState = old && old.state !== 'rejected' ? old.state : allowed ? 'accepted' : 'rejected'
    const id = old?.id ?? nextId(d.now())
    if (old) setStamp.run(d.store, { id, state, request_uri: q.requestUri ?? old.request_uri, revoked_at: old.revoked_at })
    else {
      insertStamp.run(d.store, {
        id,
        post_id: row.id,
        account_id: q.accountId,
        quoting_uri: q.quotingUri,
        request_uri: q.requestUri,
        state,
        at: d.now(),
      })
    }
    const accepted = state === 'accepted'
    d.events.append('quote-answered', { stampId: id, postId: row.id, accountId: q.accountId, accepted })
    const quotes = postRowByUri(d, q.quotingUri)
    if (quotes?.quote_of === row.id && quotes.account_id === q.accountId) {
      settleQuote(d, quotes.id, { state, ...(accepted ? { stamp: ownUris(d)?.quoteStamp(id) ?? null } : {}) })
    }
    return { stampId: id, accepted }
  })
}

/** What was asked of the owner and answered, by the stamp's id. */
export function stampById(
  d: Domain,
  id: number,
): { id: number; postId: number; accountId: number; quotingUri: string; requestUri: string | null; state: StampState } | null {
  const row = stampRow.get(d.store, { id })
  return row ? toStamp(row) : null
}

const toStamp = (row: Selectable<Schema['quote_stamps']>) => ({
  id: row.id,
  postId: row.post_id,
  accountId: row.account_id,
  quotingUri: row.quoting_uri,
  requestUri: row.request_uri,
  state: row.state,
})

/** A consent was taken back by its author, who wrote what is quoted: posts here that quote with it show it no more. Returns how many. */
export function revokeStamp(d: Domain, stampUri: string, byAccountId: number): number {
  return d.store.transaction(() => {
    const by = standingOf(d, byAccountId)?.uri
    if (!by) return 0
    const theirs = stamped
      .all(d.store, { stamp: stampUri })
      .filter((post) => (post.quote_of === null ? sameHost(by, stampUri) : postRow(d, post.quote_of)?.account_id === byAccountId))
    for (const post of theirs) move(d, post, { quote_of: post.quote_of, state: 'revoked', stamp: stampUri })
    return theirs.length
  })
}

/**
 * The owner takes consent back: that post stays, but quotes no more, here and wherever the withdrawal is honoured. Throws 'not-found' if
 * it does not quote an own post. Events `quote-changed`, `quote-revoked` (a stamp was given).
 */
export function revokeQuote(d: Domain, postId: number, quotingPostId: number): Post {
  return d.store.transaction(() => {
    const row = ownPostRow(d, postId)
    const quotes = postRow(d, quotingPostId)
    if (!quotes || quotes.quote_of !== row.id) throw new AppError('not-found', 'This post does not quote yours any more.')
    const uri = quotes.own === 1 ? (ownUris(d)?.post(quotes.id) ?? null) : quotes.uri
    const stamp = uri === null ? undefined : stampOf.get(d.store, { post_id: row.id, quoting_uri: uri })
    if (stamp?.state === 'accepted') {
      setStamp.run(d.store, { id: stamp.id, state: 'revoked', request_uri: stamp.request_uri, revoked_at: d.now() })
      d.events.append('quote-revoked', { stampId: stamp.id, postId: row.id, accountId: stamp.account_id })
    }
    move(d, quotes, { quote_of: row.id, state: 'revoked', stamp: quotes.quote_stamp })
    return postById(d, quotes.id) as Post
  })
}

/** Posts that quote this one with consent, newest first; without those of blocked and muted people. */
export function quotesOf(d: Domain, postId: number, page: Page): number[] {
  return pageOf(page, {
    down: (bounds) => down.all(d.store, { ...bounds, post_id: postId, now: d.now() }),
    up: (bounds) => up.all(d.store, { ...bounds, post_id: postId, now: d.now() }),
  }).map((row) => row.id)
}
