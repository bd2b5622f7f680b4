import { mediaPath } from '../domain/uris.ts'
import type { Markup } from './markup.ts'
import { markup } from './markup.ts'
import { excerptOf, nameOf } from './page-markup.ts'
import type { LoadedPost } from '../domain/types.ts'
import type { PageContext } from './page-markup.ts'

/** The Atom feed of the owner's public posts (RFC 4287). Content goes in as escaped HTML. */
export function atomFeed({ owner, uris, words }: PageContext, posts: readonly LoadedPost[]): string {
  const time = (ms: number) => new Date(ms).toISOString()
  const updated = Math.max(owner.createdAt, ...posts.map((post) => post.editedAt ?? post.createdAt))
  const entry = (post: LoadedPost): Markup => markup`<entry>
<id>${uris.post(post.id)}</id>
<title>${excerptOf(post) || words.day(post.createdAt)}</title>
<published>${time(post.createdAt)}</published>
<updated>${time(post.editedAt ?? post.createdAt)}</updated>
<link rel="alternate" type="text/html" href="${uris.postPage(post.id)}"/>
<link rel="alternate" type="application/activity+json" href="${uris.post(post.id)}"/>
${post.warning !== '' && markup`<summary xml:lang="${post.language ?? 'und'}">${post.warning}</summary>`}
<content type="html" xml:lang="${post.language ?? 'und'}">${post.content}</content>
${post.tags.map((tag) => markup`<category term="${tag}"/>`)}
${post.media
  .filter((file) => file.blob && file.mime)
  .map(
    (file) =>
      markup`<link rel="enclosure" type="${file.mime}" length="${file.bytes ?? 0}" href="${uris.origin}${mediaPath(file.token, 'original', file.mime)}" title="${file.description ?? ''}"/>`,
  )}
</entry>`
  const feed = markup`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>${uris.feed}</id>
<title>${nameOf(owner)}</title>
<updated>${time(updated)}</updated>
<link rel="self" type="application/atom+xml" href="${uris.feed}"/>
<link rel="alternate" type="text/html" href="${uris.profile}"/>
<author><name>${nameOf(owner)}</name><uri>${uris.profile}</uri></author>
<generator>Burrow</generator>
${posts.map(entry)}
</feed>
`
  return clean(feed.text)
}

/** Characters that XML 1.0 cannot carry at all would make the whole feed unreadable. */
// eslint-disable-next-line no-control-regex -- these are the characters in question
const clean = (text: string) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
