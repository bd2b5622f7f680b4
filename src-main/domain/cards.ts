import { loadAccounts } from './accounts.ts'
import { addRemoteMedia } from './media.ts'
import { mediaFiles } from './rows.ts'
import { indexAgain } from './search-index.ts'
import { nextId } from '../store/ids.ts'
import { build, inList, query, sql } from '../store/query.ts'
import type { Selectable } from 'kysely'
import type { Schema } from '../store/schema.ts'
import type { Domain } from './domain.ts'
import type { Card } from './types.ts'

/**
 * Previews of the pages that posts link to: one row per address, however many posts name it. What fills them is `previews`; here is what is
 * kept and who gets it. A card that is looked at anew keeps what it said until there is something better.
 */

/** What a page says about itself: plain text, bounded. Addresses are http(s). */
export interface CardFacts {
  kind: Card['kind']
  title: string
  description: string
  language: string | null
  authorName: string
  authorUrl: string
  /** The account the page names as its author (`fediverse:creator`); shown only while its profile names the page's site in return. */
  authorId: number | null
  providerName: string
  providerUrl: string
  width: number
  height: number
  publishedAt: number | null
  picture: { url: string; width: number | null; height: number | null; description: string | null } | null
}

export interface DueCard {
  id: number
  url: string
  attempts: number
}

type CardRow = Selectable<Schema['cards']>
/** What a page said may have changed after so long: whoever names it again lets it be looked at again. */
const STALE_MS = 14 * 24 * 3600_000
/** What could not be had is worth another look after so long. */
const FAILED_MS = 24 * 3600_000
/** Cards that no post names are kept so long: the next post may. */
const UNUSED_MS = 7 * 24 * 3600_000
/** Longer addresses are nobody's page. */
const MAX_URL = 2_000

const ofPosts = query<{ ids: number[] }>()((p) =>
  build
    .selectFrom('post_cards')
    .innerJoin('cards', 'cards.id', 'post_cards.card_id')
    .select('post_cards.post_id')
    .selectAll('cards')
    .where('post_cards.post_id', 'in', inList(p.ids))
    .where('cards.fetched_at', 'is not', null)
    .where('cards.state', 'in', ['ready', 'waiting']),
)
const byUrl = query<{ url: string }>()((p) => build.selectFrom('cards').selectAll().where('url', '=', p.url))
const byId = query<{ id: number }>()((p) => build.selectFrom('cards').selectAll().where('id', '=', p.id))
const insert = query<{ id: number; url: string; next_at: number; at: number }>()((p) =>
  build.insertInto('cards').values({ id: p.id, url: p.url, next_at: p.next_at, created_at: p.at }),
)
const lookAgain = query<{ id: number; next_at: number }>()((p) =>
  build.updateTable('cards').set({ state: 'waiting', attempts: 0, next_at: p.next_at }).where('id', '=', p.id),
)
const sooner = query<{ id: number; next_at: number }>()((p) =>
  build
    .updateTable('cards')
    .set({ next_at: p.next_at })
    .where('id', '=', p.id)
    .where('state', '=', 'waiting')
    .where('attempts', '=', 0)
    .where('next_at', '>', p.next_at),
)
const cardOfPost = query<{ post_id: number }>()((p) => build.selectFrom('post_cards').select('card_id').where('post_id', '=', p.post_id))
const give = query<{ post_id: number; card_id: number }>()((p) =>
  build
    .insertInto('post_cards')
    .values({ post_id: p.post_id, card_id: p.card_id })
    .onConflict((c) => c.column('post_id').doUpdateSet({ card_id: p.card_id })),
)
const takeAway = query<{ post_id: number }>()((p) => build.deleteFrom('post_cards').where('post_id', '=', p.post_id))
const named = query<{ card_id: number }>()((p) => build.selectFrom('post_cards').select('post_id').where('card_id', '=', p.card_id))
// The state as a literal: a bound value would hide from SQLite that the partial index fits.
const waiting = sql<boolean>`state = 'waiting'`
const due = query<{ now: number; limit: number }>()((p) =>
  build
    .selectFrom('cards')
    .select(['id', 'url', 'attempts'])
    .where(waiting)
    .where('next_at', '<=', p.now)
    .orderBy('next_at')
    .limit(p.limit),
)
const nextOne = query()(() => build.selectFrom('cards').select('next_at').where(waiting).orderBy('next_at').limit(1))
type Settled = {
  id: number
  state: string
  kind: string
  title: string
  description: string
  language: string | null
  author_name: string
  author_url: string
  author_id: number | null
  provider_name: string
  provider_url: string
  width: number
  height: number
  published_at: number | null
  media_id: number | null
  fetched_at: number | null
}
const settle = query<Settled>()((p) =>
  build
    .updateTable('cards')
    .set({
      state: sql<'ready'>`${p.state}`,
      kind: sql<'link'>`${p.kind}`,
      title: p.title,
      description: p.description,
      language: p.language,
      author_name: p.author_name,
      author_url: p.author_url,
      author_id: p.author_id,
      provider_name: p.provider_name,
      provider_url: p.provider_url,
      width: p.width,
      height: p.height,
      published_at: p.published_at,
      media_id: p.media_id,
      fetched_at: p.fetched_at,
    })
    .where('id', '=', p.id),
)
const postpone = query<{ id: number; next_at: number; attempts: number }>()((p) =>
  build.updateTable('cards').set({ next_at: p.next_at, attempts: p.attempts }).where('id', '=', p.id),
)
const giveUp = query<{ id: number; state: string; next_at: number }>()((p) =>
  build
    .updateTable('cards')
    .set({ state: sql<'failed'>`${p.state}`, next_at: p.next_at })
    .where('id', '=', p.id),
)
const dropMedia = query<{ id: number }>()((p) => build.deleteFrom('media').where('id', '=', p.id).where('own', '=', 0))
const mediaUrl = query<{ id: number }>()((p) => build.selectFrom('media').select(['remote_url', 'description']).where('id', '=', p.id))
const unused = query<{ before: number; limit: number }>()((p) =>
  build
    .selectFrom('cards')
    .select(['id', 'media_id'])
    .where('created_at', '<', p.before)
    .where('id', 'not in', (e) => e.selectFrom('post_cards').select('card_id'))
    .limit(p.limit),
)
const drop = query<{ ids: number[] }>()((p) => build.deleteFrom('cards').where('id', 'in', inList(p.ids)))

/** The previews of posts that have one, in one query, two more where pictures or authors are among them. */
export function cardsOf(d: Domain, postIds: readonly number[]): Map<number, Card> {
  const cards = new Map<number, Card>()
  if (postIds.length === 0) return cards
  const rows = ofPosts.all(d.store, { ids: [...postIds] })
  if (rows.length === 0) return cards
  const pictures = mediaFiles(
    d,
    rows.flatMap((row) => row.media_id ?? []),
  )
  const authors = loadAccounts(
    d,
    rows.flatMap((row) => row.author_id ?? []),
  )
  for (const row of rows) {
    const author = row.author_id === null ? undefined : authors.get(row.author_id)
    cards.set(row.post_id, {
      id: row.id,
      url: row.url,
      kind: row.kind,
      title: row.title,
      description: row.description,
      language: row.language,
      authorName: row.author_name,
      authorUrl: row.author_url,
      author: author && author.suspendedAt === null && writesFor(author.attributionDomains, row.url) ? author : null,
      providerName: row.provider_name,
      providerUrl: row.provider_url,
      width: row.width,
      height: row.height,
      publishedAt: row.published_at,
      picture: row.media_id === null ? null : (pictures.get(row.media_id) ?? null),
    })
  }
  return cards
}

const linkingRows = () =>
  build
    .selectFrom('posts')
    .leftJoin('posts as quoted', 'quoted.id', 'posts.quote_of')
    .leftJoin('home', 'home.post_id', 'posts.id')
    .select(['posts.id', 'posts.content', 'posts.own', 'posts.quote_uri', 'home.arrived'])
    .select(['quoted.uri as quoted_uri', 'quoted.url as quoted_url'])
    .where('posts.boost_of', 'is', null)
const linkingRow = query<{ id: number }>()((p) => linkingRows().where('posts.id', '=', p.id))
/** Posts that came in, were written or changed between two events, as far as there is anything to look at. */
const newRows = query<{ after: number; to: number }>()((p) =>
  linkingRows()
    .innerJoin('events', (join) => join.on(sql<boolean>`posts.id = json_extract(events.data, '$.postId')`))
    .select('events.type')
    .where('events.seq', '>', p.after)
    .where('events.seq', '<=', p.to)
    .where('events.type', 'in', ['post-received', 'post-written', 'post-edited'])
    .where((e) => e.or([e('events.type', '=', 'post-edited'), sql<boolean>`instr(posts.content, '<a ') > 0`]))
    .orderBy('events.seq'),
)
const cursor = query<{ consumer: string }>()((p) => build.selectFrom('cursors').select('seq').where('consumer', '=', p.consumer))
const setCursor = query<{ consumer: string; seq: number }>()((p) =>
  build
    .insertInto('cursors')
    .values({ consumer: p.consumer, seq: p.seq })
    .onConflict((c) => c.column('consumer').doUpdateSet({ seq: p.seq })),
)
const lastEvent = query()(() => build.selectFrom('events').select((e) => e.fn.max('seq').as('seq')))
const mentionedAt = query<{ id: number }>()((p) =>
  build
    .selectFrom('mentions')
    .innerJoin('accounts', 'accounts.id', 'mentions.account_id')
    .select(['accounts.uri', 'accounts.url'])
    .where('mentions.post_id', '=', p.id),
)

/** What is needed to see which page a post links to. */
export interface LinkingPost {
  id: number
  /** HTML, sanitised. */
  content: string
  own: boolean
  home: boolean
  /** It has been changed: the card it has may not be its any more. */
  edited: boolean
  /** Addresses that are no pages of their own: what it quotes, whom it mentions. */
  others(): ReadonlySet<string>
}

function toLinkingPost(d: Domain, row: NonNullable<ReturnType<typeof linkingRow.get>>, edited: boolean): LinkingPost {
  return {
    id: row.id,
    content: row.content,
    own: row.own === 1,
    home: row.arrived !== null,
    edited,
    others() {
      const mentioned = mentionedAt.all(d.store, { id: row.id }).flatMap(({ uri, url }) => [uri, url])
      return new Set([row.quote_uri, row.quoted_uri, row.quoted_url, ...mentioned].filter((address) => address !== null))
    },
  }
}

/** Null for boosts and what is gone. */
export function linkingPost(d: Domain, postId: number): LinkingPost | null {
  const row = linkingRow.get(d.store, { id: postId })
  return row ? toLinkingPost(d, row, true) : null
}

const CONSUMER = 'previews'

/**
 * Hands every post with a link that came in, was written or changed since the last call to `look`, a few hundred events at most, in the
 * transaction that also notes how far it came. Many at once, because one by one they cost the inbox half as much again. True: there may be
 * more. Whoever was never there before begins at the end.
 */
export function takeLinks(d: Domain, look: (post: LinkingPost) => void, limit = 300): boolean {
  const last = lastEvent.get(d.store)?.seq ?? 0
  const known = cursor.get(d.store, { consumer: CONSUMER })?.seq
  if (known !== undefined && (known >= last || limit === 0)) return known < last
  const to = known === undefined ? last : Math.min(last, known + limit)
  d.store.transaction(() => {
    for (const row of known === undefined ? [] : newRows.all(d.store, { after: known, to })) {
      look(toLinkingPost(d, row, row.type === 'post-edited'))
    }
    setCursor.run(d.store, { consumer: CONSUMER, seq: to })
  })
  return to < last
}

/** Whether one of these sites, or one above it, is where an address lies. */
export function writesFor(domains: readonly string[], url: string): boolean {
  const host = URL.parse(url)?.hostname ?? ''
  return host !== '' && domains.some((domain) => host === domain || host.endsWith(`.${domain}`))
}

/**
 * The post shows the first of these pages from now on; none: no card (any more). A page nobody named before waits to be fetched, `delay`
 * milliseconds from now; one that is known already is there at once. Call inside a transaction or not. Event `card-ready` where the post
 * got a card that is there, or lost one.
 */
export function wantCard(d: Domain, postId: number, urls: readonly string[], delay = 0): void {
  d.store.transaction(() => {
    const now = d.now()
    const url = urls.find((one) => one.length <= MAX_URL)
    const before = cardOfPost.get(d.store, { post_id: postId })?.card_id ?? null
    if (url === undefined) {
      if (before === null) return
      takeAway.run(d.store, { post_id: postId })
      shown(d, before, [postId])
      return
    }
    const row = byUrl.get(d.store, { url })
    const cardId = row?.id ?? nextId(now)
    if (!row) insert.run(d.store, { id: cardId, url, next_at: now + delay, at: now })
    else if (row.state === 'waiting') sooner.run(d.store, { id: row.id, next_at: now + delay })
    else if ((row.fetched_at ?? row.next_at) < now - (row.state === 'ready' ? STALE_MS : FAILED_MS)) {
      lookAgain.run(d.store, { id: row.id, next_at: now + delay })
    }
    if (before === cardId) return
    give.run(d.store, { post_id: postId, card_id: cardId })
    if (before !== null || (row && isShown(row))) shown(d, cardId, [postId])
  })
}

const isShown = (row: CardRow) => row.fetched_at !== null && (row.state === 'ready' || row.state === 'waiting')

/** These posts show a card, or another one: search knows its words too, streams hear of it. */
function shown(d: Domain, cardId: number, postIds: readonly number[]): void {
  if (postIds.length === 0) return
  indexAgain(d, postIds)
  d.events.append('card-ready', { cardId, postIds: [...postIds] })
}

/** Cards that may be fetched now, those that have waited longest first. */
export function dueCards(d: Domain, limit: number): DueCard[] {
  return due.all(d.store, { now: d.now(), limit })
}

/** When the next card may be fetched; null: none waits. */
export function nextCardAt(d: Domain): number | null {
  return nextOne.get(d.store)?.next_at ?? null
}

/**
 * What came of a look at a page: its facts, or null where there is nothing to show (no page, no title). The posts that name it are found by
 * its words from now on. Event `card-ready` when something is to be shown, or no longer.
 */
export function settleCard(d: Domain, cardId: number, facts: CardFacts | null, now: number): void {
  d.store.transaction(() => {
    const old = byId.get(d.store, { id: cardId })
    if (!old) return
    const posts = () => named.all(d.store, { card_id: cardId }).map((row) => row.post_id)
    if (facts === null) {
      giveUp.run(d.store, { id: cardId, state: 'none', next_at: now })
      if (isShown(old)) shown(d, cardId, posts())
      return
    }
    settle.run(d.store, {
      id: cardId,
      state: 'ready',
      kind: facts.kind,
      title: facts.title,
      description: facts.description,
      language: facts.language,
      author_name: facts.authorName,
      author_url: facts.authorUrl,
      author_id: facts.authorId,
      provider_name: facts.providerName,
      provider_url: facts.providerUrl,
      width: facts.width,
      height: facts.height,
      published_at: facts.publishedAt,
      media_id: pictureOf(d, old.media_id, facts.picture),
      fetched_at: now,
    })
    shown(d, cardId, posts())
  })
}

/** The row of a picture: the one that is there if its address stays (its cached bytes hang on it), else a new one. */
function pictureOf(d: Domain, oldId: number | null, picture: CardFacts['picture']): number | null {
  const old = oldId === null ? undefined : mediaUrl.get(d.store, { id: oldId })
  if (old && picture && old.remote_url === picture.url && old.description === picture.description) return oldId
  if (old && oldId !== null) dropMedia.run(d.store, { id: oldId })
  return picture === null ? null : addRemoteMedia(d, null, 0, { kind: 'image', mime: null, ...picture }).id
}

/** A look that failed: again at `nextAt`; null: not any more (what the card said before stays). `counted`: it was the site's doing. */
export function cardFailed(d: Domain, cardId: number, nextAt: number | null, counted: boolean): void {
  d.store.transaction(() => {
    const row = byId.get(d.store, { id: cardId })
    if (!row) return
    if (nextAt !== null) postpone.run(d.store, { id: cardId, next_at: nextAt, attempts: row.attempts + Number(counted) })
    else giveUp.run(d.store, { id: cardId, state: row.fetched_at === null ? 'failed' : 'ready', next_at: d.now() })
  })
}

/** Removes cards that no post names any more. Returns how many. */
export function sweepCards(d: Domain, limit = 500): number {
  return d.store.transaction(() => {
    const rows = unused.all(d.store, { before: d.now() - UNUSED_MS, limit })
    if (rows.length === 0) return 0
    drop.run(d.store, { ids: rows.map((row) => row.id) })
    for (const row of rows) if (row.media_id !== null) dropMedia.run(d.store, { id: row.media_id })
    return rows.length
  })
}
