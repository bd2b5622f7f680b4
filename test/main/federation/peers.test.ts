/** Golden documents of the implementations the network is made of, against what was written down by hand that the window shows of them. */
import { describe, expect, test } from 'vitest'
import { accountByUri } from '../../../src-main/domain/accounts.ts'
import { followBetween } from '../../../src-main/domain/follows.ts'
import { plainText } from '../../../src-main/domain/html.ts'
import { loadPost } from '../../../src-main/domain/loading.ts'
import { findOwner } from '../../../src-main/domain/owner.ts'
import { postByUri } from '../../../src-main/domain/posts.ts'
import { mayQuote } from '../../../src-main/domain/quotes.ts'
import { toSentPost } from '../../../src-main/federation/mapping/from-activity.ts'
import { akkoma } from '../../fixtures/peers/akkoma/expected.ts'
import { friendica } from '../../fixtures/peers/friendica/expected.ts'
import { ghost } from '../../fixtures/peers/ghost/expected.ts'
import { gotosocial } from '../../fixtures/peers/gotosocial/expected.ts'
import { hollo } from '../../fixtures/peers/hollo/expected.ts'
import { lemmy } from '../../fixtures/peers/lemmy/expected.ts'
import { mastodon } from '../../fixtures/peers/mastodon/expected.ts'
import { misskey } from '../../fixtures/peers/misskey/expected.ts'
import { peertube } from '../../fixtures/peers/peertube/expected.ts'
import { pixelfed } from '../../fixtures/peers/pixelfed/expected.ts'
import { pleroma } from '../../fixtures/peers/pleroma/expected.ts'
import { sharkey } from '../../fixtures/peers/sharkey/expected.ts'
import { snac } from '../../fixtures/peers/snac/expected.ts'
import { threads } from '../../fixtures/peers/threads/expected.ts'
import { wordpress } from '../../fixtures/peers/wordpress/expected.ts'
import { knowing } from './instance.ts'
import { filesOf, openScene, rawFile } from './peers.ts'
import type { Peer, Shown, ShownMedia, ShownPerson, Story } from '../../fixtures/peers/expectation.ts'
import type { LoadedPost, MediaFile } from '../../../src-main/domain/types.ts'
import type { SentPost } from '../../../src-main/federation/mapping/from-activity.ts'
import type { Instance } from './instance.ts'
import type { Json, Scene } from './peers.ts'
import type { RemoteActor } from './world.ts'

const peers: Peer[] = [
  mastodon,
  gotosocial,
  misskey,
  sharkey,
  pleroma,
  akkoma,
  pixelfed,
  peertube,
  lemmy,
  friendica,
  threads,
  wordpress,
  ghost,
  snac,
  hollo,
]

const unescape = (value: string) => plainText(value)
/** Links of the text that are neither mentions nor hashtags, in order. */
function linksOf(html: string): string[] {
  const found: string[] = []
  for (const [, attributes = ''] of html.matchAll(/<a ([^>]*)>/g)) {
    if (/class="[^"]*\b(mention|hashtag)\b/.test(attributes) || /rel="[^"]*\btag\b/.test(attributes)) continue
    found.push(unescape(/href="([^"]*)"/.exec(attributes)?.[1] ?? ''))
  }
  return found
}

const TITLE = /^<p><strong>([^<]*)<\/strong><\/p>/
/** A title is told from the text only where one is expected: a post may well begin with a strong line of its own. */
function words(html: string, titled: boolean): { title: string; text: string } {
  const title = titled ? TITLE.exec(html) : null
  const visible = (title ? html.slice(title[0].length) : html).replace(/>\s*\n\s*</g, '><')
  return { title: title ? plainText(title[1] as string) : '', text: plainText(visible) }
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())
const date = (text: string | null | undefined) => (text ? new Date(text).toISOString() : null)

function media(file: { kind: string; width?: number | null; height?: number | null } & Partial<MediaFile>, url: string | null) {
  return {
    kind: file.kind,
    url,
    alt: file.description ?? '',
    focus: file.focus ? [file.focus.x, file.focus.y] : null,
    blurhash: file.blurhash ?? null,
    width: file.width ?? null,
    height: file.height ?? null,
    duration: file.duration || null,
  }
}

/** A stored post in the words of the expectation. */
function shown(home: Instance, post: LoadedPost, wanted: Shown) {
  return {
    uri: post.uri,
    by: `${post.account.username}@${post.account.domain}`,
    type: post.type,
    ...words(post.content, wanted.title !== undefined),
    warning: post.warning,
    sensitive: post.sensitive,
    page: post.url || post.uri,
    links: linksOf(post.content),
    media: post.media.map((file) => media(file, file.remoteUrl)),
    poll: post.poll && {
      multiple: post.poll.multiple,
      options: post.poll.options.map(({ title, votes }) => [title, votes]),
      voters: post.poll.voters,
      ends: iso(post.poll.endsAt),
      closed: post.poll.closedAt !== null,
    },
    quote: post.quoteState === null ? null : { uri: post.quoteUri ?? post.quote?.uri ?? null, state: post.quoteState },
    visibility: post.visibility,
    language: post.language,
    at: iso(post.createdAt),
    edited: iso(post.editedAt),
    mentions: post.mentions.map(({ acct }) => acct).toSorted(),
    tags: post.tags.toSorted(),
    emojis: post.emojis.map(({ shortcode }) => shortcode).toSorted(),
    replies: post.repliesCount,
    boosts: post.boostsCount,
    favourites: post.favouritesCount,
    answers: post.inReplyToUri,
    through: post.audienceUri,
    quotable: mayQuote(home, post),
    pinned: post.pinnedAt !== null,
    ...(wanted.context === undefined ? {} : { context: post.contextUri }),
    ...(wanted.answerable === undefined ? {} : { answerable: post.policy?.reply ?? null }),
  }
}

/** The expectation with everything it leaves out. `ownBoosts`: boosts that came in with the story itself. */
function whole(wanted: Shown, scene: Scene) {
  return {
    uri: wanted.uri,
    by: wanted.by,
    type: wanted.type ?? 'Note',
    title: wanted.title ?? '',
    text: wanted.text,
    warning: wanted.warning ?? '',
    sensitive: wanted.sensitive ?? false,
    page: wanted.page,
    links: wanted.links ?? [],
    media: (wanted.media ?? []).map((file) => media(asFile(file), file.url)),
    poll: wanted.poll ? { ...wanted.poll, ends: date(wanted.poll.ends), closed: wanted.poll.closed ?? false } : null,
    quote: wanted.quote ?? null,
    visibility: wanted.visibility ?? 'public',
    language: wanted.language ?? null,
    at: date(wanted.at),
    edited: date(wanted.edited),
    mentions: (wanted.mentions ?? []).toSorted(),
    tags: (wanted.tags ?? []).toSorted(),
    emojis: (wanted.emojis ?? []).toSorted(),
    replies: wanted.replies ?? 0,
    boosts: (wanted.boosts ?? 0) + boostsOf(scene.home, wanted.uri, wanted.boosts),
    favourites: wanted.favourites ?? 0,
    answers: answered(wanted.answers, scene),
    through: wanted.through ?? null,
    quotable: wanted.quotable ?? (wanted.visibility === 'private' || wanted.visibility === 'direct' ? 'denied' : 'unknown'),
    pinned: wanted.pinned ?? false,
    ...(wanted.context === undefined ? {} : { context: wanted.context }),
    ...(wanted.answerable === undefined ? {} : { answerable: wanted.answerable }),
  }
}

const asFile = (file: ShownMedia): Partial<MediaFile> & { kind: string } => ({
  kind: file.kind,
  description: file.alt ?? null,
  focus: file.focus ? { x: file.focus[0], y: file.focus[1] } : null,
  blurhash: file.blurhash ?? null,
  width: file.width ?? null,
  height: file.height ?? null,
  duration: file.duration || null,
})

/** Boosts that came in themselves are counted where the post's server counts none. */
function boostsOf(home: Instance, uri: string, counted: number | undefined): number {
  return counted === undefined ? home.rows('posts', `boost_of in (select id from posts where uri = '${uri}')`) : 0
}

function answered(uri: string | undefined, scene: Scene): string | null {
  const own = /^(https:\/\/ana\.example\/.*\/statuses\/)([123])$/.exec(uri ?? '')
  return own ? `${own[1]}${scene.own(Number(own[2]) as 1 | 2 | 3)}` : (uri ?? null)
}

/** What the mapping alone says of a document, without a database: the part of the expectation that needs nothing else. */
function mapped(sent: SentPost, wanted: Shown) {
  return {
    uri: sent.uri,
    type: sent.type,
    ...words(sent.content, wanted.title !== undefined),
    warning: sent.warning,
    sensitive: sent.sensitive,
    page: sent.url ?? sent.uri,
    media: sent.media.map((file) => media(file as Partial<MediaFile> & { kind: string }, file.url)),
    poll: sent.poll && {
      multiple: sent.poll.multiple,
      options: sent.poll.options.map(({ title, votes }) => [title, votes]),
      voters: sent.poll.voters,
      ends: iso(sent.poll.endsAt),
      closed: sent.poll.closedAt !== null,
    },
    quote: sent.quote?.uri ?? null,
    visibility: sent.visibility,
    language: sent.language,
    at: iso(sent.published),
    tags: sent.tags.toSorted(),
    emojis: sent.emojis.map(({ shortcode }) => shortcode).toSorted(),
    mentions: sent.mentions.length,
    answers: sent.inReplyTo !== null,
    through: sent.audienceUri,
    boosts: sent.counts.boosts ?? 0,
    favourites: sent.counts.favourites ?? 0,
  }
}

function mappable(wanted: Shown, scene: Scene) {
  const {
    uri,
    type,
    title,
    text,
    warning,
    sensitive,
    page,
    media: files,
    poll,
    visibility,
    language,
    at,
    tags,
    emojis,
    through,
  } = whole(wanted, scene)
  const people = { mentions: (wanted.mentions ?? []).length, answers: wanted.answers !== undefined }
  const counts = { boosts: wanted.boosts ?? 0, favourites: wanted.favourites ?? 0 }
  const quote = wanted.quote?.uri ?? null
  return {
    uri,
    type,
    title,
    text,
    warning,
    sensitive,
    page,
    media: files,
    poll,
    quote,
    visibility,
    language,
    at,
    tags,
    emojis,
    ...people,
    through,
    ...counts,
  }
}

function followersOf(peer: Peer, author: unknown): string | null {
  for (const name of filesOf(peer.software)) {
    const document = rawFile(peer.software, name)
    if (document.id === author && typeof document.followers === 'string') return document.followers
  }
  return null
}

const authorOf = (document: Json): unknown => {
  const first: unknown = [document.attributedTo].flat()[0]
  return typeof first === 'object' && first !== null ? (first as Json).id : first
}

/** Posts of the home timeline, newest first; a boost as what it boosts, once. */
function homeOf(home: Instance): (string | null)[] {
  const rows = home.store.database
    .prepare('select coalesce(p.boost_of, p.id) as id from home join posts p on p.id = home.post_id order by p.id desc')
    .all() as { id: number }[]
  return [...new Set(rows.map(({ id }) => id))].map((id) => home.one<{ uri: string | null }>('select uri from posts where id = ?', id).uri)
}

function person(home: Instance, uri: string) {
  const account = accountByUri(home, uri)
  if (!account) return null
  return {
    handle: `${account.username}@${account.domain}`,
    name: account.displayName,
    note: plainText(account.note),
    page: account.url ?? account.uri,
    type: account.type,
    avatar: account.avatar?.remoteUrl ?? null,
    header: account.header?.remoteUrl ?? null,
    fields: account.fields.map(({ name, value }) => [name, plainText(value)]),
    emojis: account.emojis.map(({ shortcode }) => shortcode),
    locked: account.locked,
    discoverable: account.discoverable,
    indexable: account.indexable,
  }
}

const wholePerson = (wanted: ShownPerson) => ({
  note: '',
  type: 'Person',
  avatar: null,
  header: null,
  fields: [],
  emojis: [],
  locked: false,
  discoverable: null,
  indexable: false,
  ...wanted,
})

async function play(peer: Peer, story: Story): Promise<Scene> {
  const scene = await openScene(peer, story)
  const { home } = scene
  const takes = story.takes ?? []
  for (const [index, name] of takes.entries()) {
    if (index === takes.length - 1) for (const lost of story.gone ?? []) await scene.vanish(lost)
    expect(await scene.take(name), `${name} is taken`).toBe(202)
  }
  if (story.visits) {
    const id = await knowing(home, { id: scene.actorUri(story.visits) } as RemoteActor)
    await home.federation.resolver.posts(id)
    await home.pass(0)
  }
  if (story.opens) {
    const id = postByUri(home, story.opens)?.id
    expect(home.federation.resolver.conversation(id ?? 0)).not.toBeNull()
    await home.pass(0)
  }
  return scene
}

describe.each(peers.map((peer) => [peer.software, peer] as const))('%s', (software, peer) => {
  test.each(Object.entries(peer.people))(`${software}: %s, looked up`, async (file, wanted) => {
    const scene = await openScene(peer, { following: [] })
    await knowing(scene.home, { id: scene.actorUri(file) } as RemoteActor)
    expect(person(scene.home, scene.actorUri(file))).toEqual(wholePerson(wanted))
  })

  test.each(peer.stories.map((story) => [story.what, story] as const))(`${software}: %s`, async (_what, story) => {
    const scene = await play(peer, story)
    const { home } = scene
    for (const wanted of story.shows ?? []) {
      const id = postByUri(home, wanted.uri)?.id
      const post = id === undefined ? null : loadPost(home, id)
      expect(post && shown(home, post, wanted), wanted.uri).toEqual(whole(wanted, scene))
      const document = scene.told.get(wanted.uri)
      const followers = followersOf(peer, document && authorOf(document))
      const sent = document ? toSentPost(document, followers, home.now()) : null
      expect(sent && mapped(sent, wanted), `${wanted.uri}, mapped alone`).toEqual(mappable(wanted, scene))
    }
    for (const uri of story.absent ?? []) expect(postByUri(home, uri), uri).toBeNull()
    if (story.home) expect(homeOf(home)).toEqual(story.home)
    if (story.told) {
      const rows = home.store.database.prepare('select type from notifications order by type').all() as { type: string }[]
      expect(rows.map(({ type }) => type)).toEqual(story.told.toSorted())
    }
    if (story.sends) expect(home.outbox.map(({ kind }) => kind).toSorted()).toEqual(story.sends.toSorted())
    if (story.own) expectOwn(scene, story.own)
    for (const [file, wanted] of Object.entries(story.people ?? {})) {
      const uri = scene.actorUri(file)
      const { following, blockedBy, gone, ...rest } = wanted
      const id = accountByUri(home, uri)?.id ?? 0
      const owner = findOwner(home)?.id ?? 0
      expect(person(home, uri)).toMatchObject(rest)
      if (following !== undefined) expect(followBetween(home, owner, id)?.state === 'accepted').toBe(following)
      if (blockedBy !== undefined) expect(home.rows('blocks', `account_id = ${id} and target_id = ${owner}`)).toBe(Number(blockedBy))
      if (gone !== undefined) expect(accountByUri(home, uri)?.suspendedAt !== null).toBe(gone)
    }
  })
})

function expectOwn(scene: Scene, wanted: NonNullable<Story['own']>): void {
  const { home } = scene
  const post = (n: 1 | 2 | 3) => {
    const id = scene.own(n)
    return id === null ? null : loadPost(home, id)
  }
  const mine = post(1)
  if (wanted.favourites !== undefined) expect(mine?.favouritesCount ?? 0).toBe(wanted.favourites)
  if (wanted.boosts !== undefined) expect(mine?.boostsCount ?? 0).toBe(wanted.boosts)
  if (wanted.replies !== undefined) expect(mine?.repliesCount ?? 0).toBe(wanted.replies)
  if (wanted.quotes !== undefined) expect(mine?.quotesCount ?? 0).toBe(wanted.quotes)
  if (wanted.reactions)
    expect(Object.fromEntries((mine?.reactions ?? []).map(({ emoji, count }) => [emoji, count]))).toEqual(wanted.reactions)
  if (wanted.votes) expect(post(2)?.poll?.options.map(({ votes }) => votes)).toEqual(wanted.votes)
  if (wanted.quote) expect(post(3)?.quoteState).toBe(wanted.quote)
}
