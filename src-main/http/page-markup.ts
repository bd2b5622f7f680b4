import { plainText, sanitise } from '../domain/html.ts'
import { handleOf, mediaPath } from '../domain/uris.ts'
import type { Markup } from './markup.ts'
import { markup, trusted } from './markup.ts'
import type { Account, LoadedPost, MediaFile } from '../domain/types.ts'
import type { Uris } from '../domain/uris.ts'
import type { Words } from './words.ts'

/** The public pages as markup: for people without a script, for screen readers, for previews of links. Everything is escaped in `markup`. */

export interface PageContext {
  owner: Account
  uris: Uris
  words: Words
}

interface Head {
  title: string
  description: string
  url: string
  type: 'profile' | 'article' | 'website'
  /** What servers read instead. */
  document: string | null
  image: { url: string; alt: string; large: boolean } | null
  /** Whether search engines are welcome. */
  indexed: boolean
}

const EXCERPT = 200

export const nameOf = (account: Account) => account.displayName || account.username

/** A page around its main part. */
export function page({ uris, words, owner }: PageContext, head: Head, main: Markup): string {
  const { title, description, image } = head
  return markup`<!doctype html>
<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<meta name="description" content="${description}">
${!head.indexed && markup`<meta name="robots" content="noindex, noarchive">`}
<link rel="stylesheet" href="/pages.css">
<link rel="canonical" href="${head.url}">
${head.document && markup`<link rel="alternate" type="application/activity+json" href="${head.document}">`}
<link rel="alternate" type="application/atom+xml" title="${words.say('public_feed')}" href="${uris.feed}">
<meta property="og:site_name" content="Burrow">
<meta property="og:type" content="${head.type}">
<meta property="og:title" content="${title}">
<meta property="og:description" content="${description}">
<meta property="og:url" content="${head.url}">
<meta property="og:locale" content="${words.language}">
${head.type === 'profile' && markup`<meta property="profile:username" content="${owner.username}">`}
${image && markup`<meta property="og:image" content="${image.url}"><meta property="og:image:alt" content="${image.alt}">`}
<meta name="twitter:card" content="${image?.large ? 'summary_large_image' : 'summary'}">
</head>
<body>
${main}
<footer><p>${words.say('public_made_with')}</p></footer>
</body>
</html>
`.text
}

export function profilePage(at: PageContext, posts: readonly LoadedPost[], paging: { older: string | null; first: boolean }): string {
  const { owner, uris, words } = at
  const name = nameOf(owner)
  const handle = handleOf(uris.origin, owner.username)
  const note = plainText(owner.note)
  const head: Head = {
    title: `${name} (${handle})`,
    description: note.slice(0, EXCERPT) || handle,
    url: uris.profile,
    type: 'profile',
    document: uris.actor,
    image: avatarOf(at),
    indexed: owner.indexable && paging.first,
  }
  const counts = [
    words.say('public_posts_count', { count: owner.postsCount }),
    words.say('public_followers', { count: owner.followersCount }),
    words.say('public_following', { count: owner.followingCount }),
  ]
  return page(
    at,
    head,
    markup`<main>
${owner.header?.blob && markup`<img class="banner" src="${fileOf(owner.header, 'original')}" alt="">`}
<div class="who">${owner.avatar?.blob && markup`<img src="${fileOf(owner.avatar, 'original')}" alt="">`}
<div><h1>${name}</h1><p class="handle">${handle}</p></div></div>
<div class="content">${trusted(owner.note)}</div>
${owner.fields.length > 0 && markup`<dl class="fields">${owner.fields.map((field) => fieldMarkup(field, words))}</dl>`}
<ul class="counts">${counts.map((count) => markup`<li>${count}</li>`)}</ul>
<p class="meta">${words.say('public_follow', { handle })}</p>
<h2>${words.say('public_posts')}</h2>
${posts.length === 0 ? markup`<p>${words.say('public_no_posts')}</p>` : posts.map((post) => postMarkup(at, post))}
${pager(words, uris.profile, paging)}
</main>`,
  )
}

export function postPage(at: PageContext, post: LoadedPost, parent: LoadedPost | null, thread: readonly LoadedPost[]): string {
  const { owner, uris, words } = at
  const title = `${nameOf(owner)} (${handleOf(uris.origin, owner.username)})`
  const covered = post.warning !== '' || post.sensitive
  const picture = covered ? undefined : post.media.find((file) => file.blob)
  const head: Head = {
    title,
    description: excerptOf(post),
    url: uris.postPage(post.id),
    type: 'article',
    document: uris.post(post.id),
    image: picture ? { url: uris.origin + fileOf(picture, 'original'), alt: picture.description ?? '', large: true } : avatarOf(at),
    indexed: owner.indexable && post.visibility === 'public',
  }
  return page(
    at,
    head,
    markup`<header>${bylineLink(at)}</header>
<main>
<h1>${words.say('public_post', { name: nameOf(owner) })}</h1>
${postMarkup(at, post, parent)}
${thread.length > 0 && markup`<h2>${words.say('public_thread')}</h2>${thread.map((reply) => postMarkup(at, reply))}`}
</main>`,
  )
}

export function tagPageMarkup(
  at: PageContext,
  tag: string,
  posts: readonly LoadedPost[],
  paging: { older: string | null; first: boolean },
): string {
  const { owner, uris, words } = at
  const url = uris.tag(tag)
  const description = words.say('public_tag_posts', { name: nameOf(owner) })
  const head: Head = { title: `#${tag}`, description, url, type: 'website', document: null, image: null, indexed: false }
  return page(
    at,
    head,
    markup`<header>${bylineLink(at)}</header>
<main>
<h1>#${tag}</h1>
<p class="handle">${description}</p>
${posts.length === 0 ? markup`<p>${words.say('public_tag_none')}</p>` : posts.map((post) => postMarkup(at, post))}
${pager(words, url, paging)}
</main>`,
  )
}

/** For addresses that lead nowhere, or lead nowhere any more. */
export function absentPage(at: PageContext, why: 'missing' | 'gone', url: string): string {
  const { words, uris } = at
  const title = words.say(why === 'gone' ? 'public_gone' : 'public_missing')
  const description = words.say(why === 'gone' ? 'public_gone_detail' : 'public_missing_detail')
  const head: Head = { title, description, url, type: 'website', document: null, image: null, indexed: false }
  return page(
    at,
    head,
    markup`<main><h1>${title}</h1><p>${description}</p><p><a href="${uris.profile}">${words.say('public_home')}</a></p></main>`,
  )
}

/** Where other servers' "follow" and "answer" buttons lead: nothing is done here, the owner opens it in the program (rule 44). `wanted`: what to open. */
export function interactionPage(at: PageContext, wanted: string): string {
  const { words, uris, owner } = at
  const title = words.say('public_open')
  const description = words.say('public_open_detail', { name: owner.displayName || owner.username })
  const head: Head = { title, description, url: uris.authorizeInteraction, type: 'website', document: null, image: null, indexed: false }
  return page(
    at,
    head,
    markup`<main><h1>${title}</h1><p>${description}</p><p><code>${wanted}</code></p><p><a href="${uris.profile}">${words.say('public_home')}</a></p></main>`,
  )
}

/** The first words of a post as plain text; under a warning only the warning. */
export function excerptOf(post: LoadedPost): string {
  const text = post.warning || plainText(post.content)
  return text.length > EXCERPT ? `${text.slice(0, EXCERPT - 1)}…` : text
}

const fileOf = (file: MediaFile, variant: 'original' | 'small') =>
  mediaPath(file.token, variant, variant === 'small' && file.previewBlob ? file.previewMime : file.mime)

function avatarOf({ owner, uris }: PageContext): Head['image'] {
  return owner.avatar?.blob ? { url: uris.origin + fileOf(owner.avatar, 'original'), alt: '', large: false } : null
}

const bylineLink = ({ owner, uris }: PageContext) =>
  markup`<a href="${uris.profile}">${nameOf(owner)}</a> <span class="meta">${handleOf(uris.origin, owner.username)}</span>`

/** Links of profile fields say that they are the same person's (rel=me), which other places verify. */
function fieldMarkup(field: Account['fields'][number], words: Words): Markup {
  const value = trusted(field.value.replaceAll(' rel="', ' rel="me '))
  const verified = field.verifiedAt !== null && markup` <span class="verified">${words.say('public_verified')}</span>`
  return markup`<div><dt>${field.name}</dt><dd>${value}${verified}</dd></div>`
}

function pager(words: Words, first: string, paging: { older: string | null; first: boolean }): Markup | false {
  if (!paging.older && paging.first) return false
  return markup`<nav aria-label="${words.say('public_posts')}">
${!paging.first && markup`<a href="${first}">${words.say('public_newest')}</a>`}
${paging.older && markup`<a rel="next" href="${paging.older}">${words.say('public_older')}</a>`}
</nav>`
}

function postMarkup(at: PageContext, shown: LoadedPost, parent: LoadedPost | null = null): Markup {
  const { uris, words } = at
  const post = shown.boost ?? shown
  const { account } = post
  const own = post.own
  const address = own ? uris.postPage(post.id) : (post.url ?? post.uri)
  const author = own ? uris.profile : (account.url ?? account.uri)
  const counts = [
    post.repliesCount > 0 && words.say('public_replies', { count: post.repliesCount }),
    post.boostsCount > 0 && words.say('public_boosts', { count: post.boostsCount }),
    post.favouritesCount > 0 && words.say('public_favourites', { count: post.favouritesCount }),
    post.editedAt !== null && words.say('public_edited', { day: words.day(post.editedAt) }),
  ].filter((count) => count !== false)
  const content = markup`<div class="content" lang="${post.language ?? words.language}">${trusted(own ? post.content : sanitise(post.content))}</div>`
  const media = mediaMarkup(at, post, address)
  const body =
    post.warning !== ''
      ? markup`<details><summary>${post.warning}</summary>${content}${media}</details>`
      : post.sensitive && media
        ? markup`${content}<details><summary>${words.say('public_sensitive')}</summary>${media}</details>`
        : markup`${content}${media}`
  return markup`<article>
<header>
${shown.boost && markup`<span class="relation boost">${words.say('public_boosted', { name: nameOf(at.owner) })}</span>`}
<a class="name" href="${author}" dir="auto">${nameOf(account)}</a>
<span class="meta">@${account.username}@${own ? uris.host : account.domain}</span>
<a class="meta" href="${address}"><time datetime="${new Date(post.createdAt).toISOString()}">${words.day(post.createdAt)}</time></a>
${parent && markup`<span class="relation reply">${replyLink(at, parent)}</span>`}
</header>
${body}
${counts.length > 0 && markup`<ul class="counts">${counts.map((count) => markup`<li>${count}</li>`)}</ul>`}
</article>`
}

function replyLink({ uris, words }: PageContext, parent: LoadedPost): Markup {
  const name = words.say('public_reply', {
    name: parent.own ? nameOf(parent.account) : `@${parent.account.username}@${parent.account.domain}`,
  })
  const address = parent.own ? uris.postPage(parent.id) : (parent.url ?? parent.uri)
  return address ? markup`<a href="${address}">${name}</a>` : markup`${name}`
}

/** Own pictures; those of others stay where they are, and a link leads there. */
function mediaMarkup({ words }: PageContext, post: LoadedPost, address: string | null): Markup | false {
  if (post.media.length === 0) return false
  if (!post.own) {
    const params = { count: post.media.length, host: post.account.domain }
    return address ? markup`<p class="meta"><a href="${address}">${words.say('public_pictures_elsewhere', params)}</a></p>` : false
  }
  const items = post.media
    .filter((file) => file.blob)
    .map((file) => {
      const alt = file.description ?? words.say('public_no_description')
      const moving = file.kind === 'gifv' ? 'original' : 'small'
      const size = file.width && file.height ? markup` width="${file.width}" height="${file.height}"` : ''
      return markup`<li><a href="${fileOf(file, 'original')}"><img src="${fileOf(file, moving)}" alt="${alt}"${size} loading="lazy"></a></li>`
    })
  return markup`<ul class="media${items.length > 1 && ' many'}">${items}</ul>`
}
