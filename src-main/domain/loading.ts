import { loadAccounts } from './accounts.ts'
import { mutedAmong } from './muted-threads.ts'
import { cardsOf } from './cards.ts'
import { pollsOf } from './polls.ts'
import { mayQuoteEach } from './quotes.ts'
import { reactionsOf } from './reactions.ts'
import { findOwnerId, toMedia, toPost } from './rows.ts'
import { build, inList, query, sql } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { Account, Emoji, LoadedPost, MediaFile, Mention, Post, Quotable } from './types.ts'

/** Posts with everything a reader needs, in a fixed number of batched queries however many there are: no list of posts ever asks per post. */

type Ids = { ids: number[] }
const postRows = query<Ids>()((p) => build.selectFrom('posts').selectAll().where('id', 'in', inList(p.ids)))
const mediaRows = query<Ids>()((p) =>
  build.selectFrom('media').selectAll().where('post_id', 'in', inList(p.ids)).orderBy('post_id').orderBy('position'),
)
const mentionRows = query<Ids>()((p) =>
  build
    .selectFrom('mentions')
    .leftJoin('accounts', 'accounts.id', 'mentions.account_id')
    .select([
      'mentions.post_id',
      'mentions.acct',
      'mentions.account_id',
      'accounts.username',
      'accounts.domain',
      'accounts.url',
      'accounts.uri',
    ])
    .where('mentions.post_id', 'in', inList(p.ids)),
)
const tagRows = query<Ids>()((p) =>
  build
    .selectFrom('post_tags')
    .innerJoin('tags', 'tags.id', 'post_tags.tag_id')
    .select(['post_tags.post_id', 'tags.name'])
    .where('post_tags.post_id', 'in', inList(p.ids)),
)
const favouriteRows = query<Ids & { owner: number }>()((p) =>
  build.selectFrom('favourites').select('post_id').where('post_id', 'in', inList(p.ids)).where('account_id', '=', p.owner),
)
const boostRows = query<Ids & { owner: number }>()((p) =>
  build.selectFrom('posts').select('boost_of').where('boost_of', 'in', inList(p.ids)).where('account_id', '=', p.owner),
)
const bookmarkRows = query<Ids>()((p) => build.selectFrom('bookmarks').select('post_id').where('post_id', 'in', inList(p.ids)))

// A block stands after a mute, and counts more.
const silenced = query<Ids & { owner: number; now: number }>()((p) =>
  build
    .selectFrom('mutes')
    .select(['target_id as id', sql<'blocked' | 'muted'>`'muted'`.as('how')])
    .where('target_id', 'in', inList(p.ids))
    .where((e) => e.or([e('expires_at', 'is', null), e('expires_at', '>', p.now)]))
    .unionAll(
      build
        .selectFrom('blocks')
        .select(['target_id as id', sql<'blocked' | 'muted'>`'blocked'`.as('how')])
        .where('account_id', '=', p.owner)
        .where('target_id', 'in', inList(p.ids)),
    )
    .unionAll(
      build
        .selectFrom('accounts')
        .select(['id', sql<'blocked' | 'muted'>`'blocked'`.as('how')])
        .where('id', 'in', inList(p.ids))
        .where('domain_blocked', '=', 1),
    ),
)

/** In the order asked; ids that are not there (any more) are left out. */
export function loadPosts(d: Domain, ids: readonly number[]): LoadedPost[] {
  if (ids.length === 0) return []
  const rows = postRows.all(d.store, { ids: [...ids] })
  const wanted = new Set(rows.map((row) => row.id))
  const boosted = rows.flatMap((row) => (row.boost_of !== null && !wanted.has(row.boost_of) ? [row.boost_of] : []))
  if (boosted.length > 0) rows.push(...postRows.all(d.store, { ids: boosted }))
  const present = new Set(rows.map((row) => row.id))
  const quoting = rows.flatMap((row) => (row.quote_of !== null && row.quote_state === 'accepted' ? [row.id] : []))
  const quoted = [...new Set(rows.flatMap((row) => (row.quote_of !== null && row.quote_state === 'accepted' ? [row.quote_of] : [])))]
  const missing = quoted.filter((id) => !present.has(id))
  if (missing.length > 0) rows.push(...postRows.all(d.store, { ids: missing }))

  const all = rows.map((row) => row.id)
  const owner = findOwnerId(d) ?? 0
  const accounts = loadAccounts(d, [...new Set(rows.map((row) => row.account_id))])
  const media = new Map<number, MediaFile[]>()
  for (const row of mediaRows.all(d.store, { ids: all })) push(media, row.post_id as number, toMedia(row))
  const mentions = new Map<number, Mention[]>()
  for (const row of mentionRows.all(d.store, { ids: all })) {
    push(mentions, row.post_id, {
      acct: row.acct,
      accountId: row.account_id,
      username: row.username ?? (row.acct.split('@')[0] as string),
      url: row.url ?? row.uri,
      uri: row.uri,
    })
  }
  const tags = new Map<number, string[]>()
  for (const row of tagRows.all(d.store, { ids: all })) push(tags, row.post_id, row.name)
  const favourites = new Set(favouriteRows.all(d.store, { ids: all, owner }).map((row) => row.post_id))
  const boosts = new Set(boostRows.all(d.store, { ids: all, owner }).map((row) => row.boost_of))
  const bookmarks = new Set(bookmarkRows.all(d.store, { ids: all }).map((row) => row.post_id))
  const polls = pollsOf(
    d,
    rows.flatMap((row) => (row.type === 'Question' ? [row.id] : [])),
  )
  const reactions = reactionsOf(d, all)
  const cards = cardsOf(d, all)
  const muted = mutedAmong(d, rows)

  const posts = rows.map(toPost)
  const quotable = mayQuoteEach(d, posts)

  const loaded = new Map<number, LoadedPost>()
  rows.forEach((row, place) => {
    loaded.set(row.id, {
      ...(posts[place] as Post),
      account: accounts.get(row.account_id) as Account,
      media: media.get(row.id) ?? [],
      mentions: mentions.get(row.id) ?? [],
      tags: tags.get(row.id) ?? [],
      emojis: JSON.parse(row.emojis) as Emoji[],
      favourited: favourites.has(row.id),
      boosted: boosts.has(row.id),
      bookmarked: bookmarks.has(row.id),
      boost: null,
      poll: polls.get(row.id) ?? null,
      reactions: reactions.get(row.id) ?? [],
      quote: null,
      quotable: quotable[place] as Quotable,
      card: cards.get(row.id) ?? null,
      threadMuted: muted.has(row.id) || (row.boost_of !== null && muted.has(row.boost_of)),
    })
  })
  addQuotes(d, loaded, quoting, owner)
  for (const post of loaded.values()) if (post.boostOf !== null) post.boost = loaded.get(post.boostOf) ?? null
  return ids.flatMap((id) => loaded.get(id) ?? [])
}

/** Quotes are copies without a quote of their own: two posts that quote each other would never end. */
function addQuotes(d: Domain, loaded: Map<number, LoadedPost>, quoting: readonly number[], owner: number): void {
  if (quoting.length === 0) return
  const pairs = quoting.flatMap((id) => {
    const post = loaded.get(id) as LoadedPost
    const quote = loaded.get(post.quoteOf as number)
    return quote ? [{ post, quote: { ...quote, quote: null, boost: null } }] : []
  })
  const authors = [...new Set(pairs.map(({ quote }) => quote.accountId))]
  const unwanted = new Map(silenced.all(d.store, { ids: authors, owner, now: d.now() }).map((row) => [row.id, row.how]))
  for (const { post, quote } of pairs) {
    const hidden = unwanted.get(quote.accountId)
    if (hidden) post.quoteHidden = hidden
    else post.quote = quote
  }
}

export function loadPost(d: Domain, id: number): LoadedPost | null {
  return loadPosts(d, [id])[0] ?? null
}

function push<T>(into: Map<number, T[]>, key: number, value: T): void {
  const list = into.get(key)
  if (list) list.push(value)
  else into.set(key, [value])
}
