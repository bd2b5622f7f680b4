import { build, inList, query } from '../store/query.ts'
import { addRemoteMedia } from './media.ts'
import type { Domain } from './domain.ts'
import type { Emoji } from './types.ts'

/** A custom emoji of the host that sent it (rule 11: kept by host and shortcode). */
export interface RemoteEmoji {
  /** Without colons. */
  shortcode: string
  url: string
  mime?: string | null
  uri?: string | null
}

/** More than this in one post or name is a flood. */
const MAX = 64

const known = query<{ domain: string; shortcodes: string[] }>()((p) =>
  build
    .selectFrom('emojis')
    .innerJoin('media', 'media.id', 'emojis.media_id')
    .select(['emojis.shortcode', 'media.id as mediaId', 'media.token', 'media.remote_url as url'])
    .where('emojis.domain', '=', p.domain)
    .where('emojis.shortcode', 'in', inList(p.shortcodes)),
)
const put = query<{ domain: string; shortcode: string; uri: string | null; media_id: number; at: number }>()((p) =>
  build
    .insertInto('emojis')
    .values({ domain: p.domain, shortcode: p.shortcode, uri: p.uri, media_id: p.media_id, updated_at: p.at })
    .onConflict((c) => c.columns(['domain', 'shortcode']).doUpdateSet({ uri: p.uri, media_id: p.media_id, updated_at: p.at })),
)
const all = query()(() =>
  build
    .selectFrom('emojis')
    .innerJoin('media', 'media.id', 'emojis.media_id')
    .select(['emojis.shortcode', 'emojis.domain', 'media.id as mediaId', 'media.token'])
    .orderBy('emojis.shortcode'),
)

/** The stored emojis for these, new ones added; a changed picture gets a new file, so that older posts keep theirs. */
export function emojisFor(d: Domain, domain: string, emojis: readonly RemoteEmoji[]): Emoji[] {
  if (emojis.length === 0) return []
  const wanted = new Map(emojis.slice(0, MAX).map((emoji) => [emoji.shortcode, emoji]))
  const rows = new Map(known.all(d.store, { domain, shortcodes: [...wanted.keys()] }).map((row) => [row.shortcode, row]))
  return [...wanted.values()].map((emoji) => {
    const row = rows.get(emoji.shortcode)
    if (row && row.url === emoji.url) return { shortcode: row.shortcode, mediaId: row.mediaId, token: row.token }
    const file = addRemoteMedia(d, null, 0, { kind: 'emoji', url: emoji.url, mime: emoji.mime ?? null })
    put.run(d.store, { domain, shortcode: emoji.shortcode, uri: emoji.uri ?? null, media_id: file.id, at: d.now() })
    return { shortcode: emoji.shortcode, mediaId: file.id, token: file.token }
  })
}

/** Every custom emoji seen, with its host. */
export function knownEmojis(d: Domain): (Emoji & { domain: string })[] {
  return all.all(d.store)
}
