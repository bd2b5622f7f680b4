import { loadAccounts } from './accounts.ts'
import { findOwnerId, toMedia, toPost } from './rows.ts'
import { build, inList, query } from '../store/query.ts'
import type { Domain } from './domain.ts'
import type { Account, Emoji, LoadedPost, MediaFile, Mention } from './types.ts'

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

/** In the order asked; ids that are not there (any more) are left out. */
export function loadPosts(d: Domain, ids: readonly number[]): LoadedPost[] {
  if (ids.length === 0) return []
  const rows = postRows.all(d.store, { ids: [...ids] })
  const wanted = new Set(rows.map((row) => row.id))
  const boosted = rows.flatMap((row) => (row.boost_of !== null && !wanted.has(row.boost_of) ? [row.boost_of] : []))
  if (boosted.length > 0) rows.push(...postRows.all(d.store, { ids: boosted }))

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

  const loaded = new Map<number, LoadedPost>()
  for (const row of rows) {
    loaded.set(row.id, {
      ...toPost(row),
      account: accounts.get(row.account_id) as Account,
      media: media.get(row.id) ?? [],
      mentions: mentions.get(row.id) ?? [],
      tags: tags.get(row.id) ?? [],
      emojis: JSON.parse(row.emojis) as Emoji[],
      favourited: favourites.has(row.id),
      boosted: boosts.has(row.id),
      bookmarked: bookmarks.has(row.id),
      boost: null,
    })
  }
  for (const post of loaded.values()) if (post.boostOf !== null) post.boost = loaded.get(post.boostOf) ?? null
  return ids.flatMap((id) => loaded.get(id) ?? [])
}

export function loadPost(d: Domain, id: number): LoadedPost | null {
  return loadPosts(d, [id])[0] ?? null
}

function push<T>(into: Map<number, T[]>, key: number, value: T): void {
  const list = into.get(key)
  if (list) list.push(value)
  else into.set(key, [value])
}
