import sharp from 'sharp'
import { accountById } from '../../src-main/domain/accounts.ts'
import { follow, receiveAccept, receiveFollow } from '../../src-main/domain/follows.ts'
import { bookmarkPost, favouritePost, receiveFavourite } from '../../src-main/domain/interactions.ts'
import { addMedia, mediaOf } from '../../src-main/domain/media.ts'
import { ownerId, updateProfile, updateSettings } from '../../src-main/domain/owner.ts'
import { receiveBoost, receivePost, releasePost, writePost } from '../../src-main/domain/posts.ts'
import { settleQuote } from '../../src-main/domain/quotes.ts'
import { pin } from '../../src-main/domain/pins.ts'
import { receiveReaction } from '../../src-main/domain/reactions.ts'
import { upsertAccount } from '../../src-main/domain/accounts.ts'
import { plainText } from '../../src-main/domain/html.ts'
import { openDomain, type Domain } from '../../src-main/domain/domain.ts'
import { openStore, type Store } from '../../src-main/store/store.ts'
import { people, type Person } from '../renderer/mock/people.ts'
import { pictures, sketches, type Sketch } from '../renderer/mock/posts.ts'
import type { RemotePoll } from '../../src-main/domain/polls.ts'
import type { MediaFile } from '../../src-main/domain/types.ts'

/**
 * A lived-in home on a real folder: the invented people and posts of the window's mock, stored through the domain, their pictures in the
 * cache as if they had been fetched. Nothing of it needs a network, so what is seen is what is seen offline.
 */
export interface World {
  /** Ids of posts worth opening. */
  notebook: string
  answered: string
  poll: string
  person: string
}

export async function fillWorld(folder: string): Promise<World> {
  const end = Date.now()
  let clock = end - 400 * 3600_000
  const store = openStore({ folder, now: () => clock })
  try {
    return await fill(store, openDomain({ store, now: () => clock }), end, (at) => {
      clock = at
    })
  } finally {
    store.close()
  }
}

async function fill(store: Store, d: Domain, end: number, at: (time: number) => void): Promise<World> {
  const drawn = new Map<string, Buffer>()
  const draw = async (name: string): Promise<Buffer> => {
    const known = drawn.get(name)
    if (known) return known
    const png = await sharp(Buffer.from(pictures.get(`${name}.svg`) as string), { density: 200 })
      .png()
      .toBuffer()
    drawn.set(name, png)
    return png
  }
  const keep = async (file: MediaFile | null, name: string): Promise<void> => {
    if (file) await store.cache.put(`media:${file.id}`, await draw(name))
  }

  const [owner, ...others] = people as [Person, ...Person[]]
  const avatar = await sharp(await draw(`avatar-${owner.username}`))
    .resize(400, 400)
    .png()
    .toBuffer()
  const blob = await store.blobs.put(avatar)
  const own = addMedia(d, {
    kind: 'avatar',
    mime: 'image/png',
    bytes: avatar.length,
    width: 400,
    height: 400,
    blob,
    previewBlob: null,
    previewMime: null,
  })
  updateProfile(d, {
    displayName: owner.name,
    note: plainText(owner.note),
    fields: (owner.fields ?? []).map((field) => ({ name: field.name, value: plainText(field.value) })),
    avatarMediaId: own.id,
  })
  // What is published in a test is published at once.
  updateSettings(d, { defaultLanguage: 'en', undoSeconds: 0 })

  const ids = new Map<string, number>()
  for (const one of others) {
    const uri = `https://${one.host}/users/${one.username}`
    const id = upsertAccount(d, {
      uri,
      username: one.username,
      domain: one.host,
      type: one.bot ? 'Service' : 'Person',
      displayName: one.name,
      note: one.note,
      url: `https://${one.host}/@${one.username}`,
      avatarUrl: one.avatar ? `https://${one.host}/avatar.png` : null,
      headerUrl: one.username === 'mirelle' ? `https://${one.host}/cover.png` : null,
      fields: (one.fields ?? []).map((field) => ({ name: field.name, value: field.value, verifiedAt: null })),
      emojis: [],
      locked: one.locked ?? false,
      discoverable: true,
      indexable: true,
      inbox: `${uri}/inbox`,
      sharedInbox: null,
      outbox: null,
      followersUri: `${uri}/followers`,
      followingUri: null,
      featuredUri: null,
      alsoKnownAs: [],
      movedTo: null,
      createdAt: Date.parse('2024-03-01T00:00:00Z'),
      keys: [],
      counts: { posts: 34, followers: one.followers, following: one.following },
    })
    ids.set(one.username, id)
    const account = accountById(d, id)
    await keep(account?.avatar ?? null, `avatar-${one.username}`)
    await keep(account?.header ?? null, 'cover')
    follow(d, id)
    receiveAccept(d, { accountId: id })
  }

  const posts = new Map<string, number>()
  const taken = new Set<Sketch>()
  const take = async (sketch: Sketch): Promise<void> => {
    if (taken.has(sketch) || sketch.key === 'wet') return
    taken.add(sketch)
    // What is quoted must be here first.
    const quoted = sketch.quote ? sketches.find((one) => one.key === sketch.quote) : undefined
    if (quoted) await take(quoted)
    at(end - sketch.ago)
    const id = sketch.by === owner.username ? write(d, sketch) : await receive(d, sketch)
    if (sketch.key) posts.set(sketch.key, id)
    if (sketch.favourited) favouritePost(d, id)
    if (sketch.bookmarked) bookmarkPost(d, id)
    if (sketch.boostedBy) {
      const accountId = ids.get(sketch.boostedBy) as number
      receiveBoost(d, {
        uri: `https://boost.example/${id}`,
        accountId,
        postId: id,
        published: end - sketch.ago + 30_000,
        visibility: 'public',
      })
    }
  }
  for (const sketch of sketches.toReversed()) await take(sketch)
  at(end - 60_000)
  const answered = posts.get('old-own') as number
  for (const name of ['bo', 'pia', 'oskar', 'wren', 'mirelle']) {
    receiveFavourite(d, { uri: `https://likes.example/${name}`, accountId: ids.get(name) as number, postId: answered })
  }
  for (const [index, name] of ['noor', 'sol', 'jun'].entries()) {
    receiveReaction(d, {
      postId: answered,
      accountId: ids.get(name) ?? (ids.get('bo') as number),
      emoji: index < 2 ? '🎉' : '👀',
      picture: null,
      uri: `https://reactions.example/${name}`,
    })
  }
  pin(d, answered)
  receiveBoost(d, {
    uri: 'https://boost.example/own',
    accountId: ids.get('hikari') as number,
    postId: answered,
    published: end - 120_000,
    visibility: 'public',
  })
  receivePost(d, {
    uri: 'https://loom.test/users/pia/statuses/answer',
    url: 'https://loom.test/@pia/answer',
    accountId: ids.get('pia') as number,
    type: 'Note',
    published: end - 180_000,
    edited: null,
    content: '<p>Nine metres! Did it hum when the wind came round?</p>',
    warning: '',
    sensitive: false,
    language: 'en',
    visibility: 'public',
    inReplyToUri: `https://ada.example/users/ada/statuses/${answered}`,
    mentions: [{ acct: 'ada@ada.example', accountId: ownerId(d) }],
    tags: [],
    media: [],
    emojis: [],
    forOwner: true,
  })
  for (const name of ['emeka', 'ines']) receiveFollow(d, { accountId: ids.get(name) as number, uri: `https://follows.example/${name}` })
  return {
    notebook: String(posts.get('notebook')),
    answered: String(answered),
    poll: String(posts.get('rehearsal')),
    person: '@mirelle@atelier.example',
  }

  function write(domain: Domain, sketch: Sketch): number {
    const { post } = writePost(domain, { text: plainText(sketch.html), visibility: 'public', language: 'en' })
    releasePost(domain, post.id, domain.now())
    return post.id
  }

  async function receive(domain: Domain, sketch: Sketch): Promise<number> {
    const author = ids.get(sketch.by) as number
    const account = accountById(domain, author)
    const name = `${domain.now()}`
    const uri = `${account?.uri}/statuses/${name}`
    const parent = sketch.reply ? posts.get(sketch.reply) : undefined
    const parentUri = parent === undefined ? null : (uriOf.get(parent) ?? null)
    const stored = receivePost(domain, {
      uri,
      url: `${account?.url}/${name}`,
      accountId: author,
      type: 'Note',
      published: domain.now(),
      edited: null,
      content: sketch.html,
      warning: sketch.warning ?? '',
      sensitive: sketch.sensitive ?? false,
      language: sketch.language ?? 'en',
      visibility: sketch.visibility === 'unlisted' ? 'unlisted' : 'public',
      inReplyToUri: parentUri,
      mentions: [],
      tags: [...sketch.html.matchAll(/tags\/([a-z]+)/g)].map((match) => match[1] as string),
      media: (sketch.media ?? []).map((file) => ({
        kind: 'image',
        url: `https://${account?.domain}/${file.file}.png`,
        mime: 'image/png',
        description: file.text,
        width: file.width ?? 960,
        height: file.height ?? 720,
        blurhash: 'UBL_:rOpGG-oBUNG,qRj2so|=eE1',
      })),
      emojis: [],
      forOwner: false,
      ...(sketch.poll ? { type: 'Question', poll: pollOf(sketch.poll, domain.now()) } : {}),
      ...(sketch.quote ? { quote: { uri: uriOf.get(posts.get(sketch.quote) as number) as string, stamp: null } } : {}),
    })
    const id = stored?.id as number
    // As if its author's consent had been looked up.
    if (sketch.quote) settleQuote(domain, id, { state: 'accepted', quoteOf: posts.get(sketch.quote) as number })
    uriOf.set(id, uri)
    for (const [index, file] of mediaOf(domain, id).entries()) await keep(file, sketch.media?.[index]?.file as string)
    return id
  }
}

const uriOf = new Map<number, string>()

type SketchedPoll = { options: { title: string; votes_count: number }[]; multiple: boolean; voters_count: number }
/** A poll that is open for two more days, with the numbers of the sketch. */
function pollOf(sketched: Sketch['poll'], now: number): RemotePoll {
  const { options, multiple, voters_count: voters } = sketched as unknown as SketchedPoll
  return {
    multiple,
    voters,
    options: options.map(({ title, votes_count: votes }) => ({ title, votes })),
    endsAt: now + 48 * 3600_000,
    closedAt: null,
  }
}
