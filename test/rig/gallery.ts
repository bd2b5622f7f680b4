import sharp from 'sharp'
import { accountIdByUri, linksChecked, upsertAccount } from '../../src-main/domain/accounts.ts'
import { dueCards, settleCard, wantCard } from '../../src-main/domain/cards.ts'
import { openDomain, type Domain } from '../../src-main/domain/domain.ts'
import { follow, receiveAccept } from '../../src-main/domain/follows.ts'
import { mediaOf } from '../../src-main/domain/media.ts'
import { receiveEdit, receivePost } from '../../src-main/domain/posts.ts'
import { settleQuote } from '../../src-main/domain/quotes.ts'
import { openStore, type Store } from '../../src-main/store/store.ts'
import { pictures } from '../renderer/mock/posts.ts'
import { loadPosts } from '../../src-main/domain/loading.ts'
import type { RemotePost } from '../../src-main/domain/receiving.ts'
import type { RemoteMediaFile } from '../../src-main/domain/media.ts'

/** Posts of every kind that a post can be of, in a folder that `fillWorld` has filled: their ids by a word. */
export type Gallery = Record<
  | 'gif'
  | 'noAlt'
  | 'many'
  | 'wide'
  | 'tall'
  | 'sensitive'
  | 'warned'
  | 'stuffed'
  | 'long'
  | 'tallText'
  | 'poll'
  | 'several'
  | 'over'
  | 'card'
  | 'quote'
  | 'quoteOfQuote'
  | 'pending'
  | 'removed'
  | 'quoteGone'
  | 'edited'
  | 'mixed'
  | 'emoji'
  | 'film'
  | 'question'
  | 'self'
  | 'deep',
  string
>

const MINUTE = 60_000
const PEOPLE = {
  wren: 'https://hedgerow.example/users/wren',
  mirelle: 'https://atelier.example/users/mirelle',
  bo: 'https://tide.example/users/bo',
  pia: 'https://loom.test/users/pia',
  noor: 'https://nakhla.example/users/noor',
  sol: 'https://plaza.example/users/sol',
  lighthouse: 'https://coast.example/users/lighthouse',
} as const
type Somebody = keyof typeof PEOPLE

export async function fillGallery(folder: string): Promise<Gallery> {
  const end = Date.now()
  let clock = end - 40 * MINUTE
  const store = openStore({ folder, now: () => clock })
  try {
    return await fill(store, openDomain({ store, now: () => clock }), end, (at) => {
      clock = at
    })
  } finally {
    store.close()
  }
}

/** Two frames, one red, one blue. */
async function film(): Promise<Buffer> {
  const frame = (background: string) =>
    sharp({ create: { width: 96, height: 72, channels: 3, background } })
      .png()
      .toBuffer()
  return sharp([await frame('#b0412e'), await frame('#2f5d8a')], { join: { animated: true } })
    .gif({ delay: [80, 80], loop: 0 })
    .toBuffer()
}

async function fill(store: Store, d: Domain, end: number, at: (time: number) => void): Promise<Gallery> {
  const drawn = new Map<string, Buffer>()
  const draw = async (name: string) => {
    const known =
      drawn.get(name) ??
      (await sharp(Buffer.from(pictures.get(`${name}.svg`) ?? ''), { density: 120 })
        .png()
        .toBuffer())
    drawn.set(name, known)
    return known
  }
  const moving = await film()

  const account = (username: string, host: string, name: string, rest: { fields?: { name: string; value: string }[]; emoji?: boolean }) => {
    const uri = `https://${host}/users/${username}`
    const id = upsertAccount(d, {
      uri,
      username,
      domain: host,
      type: 'Person',
      displayName: name,
      note: '',
      url: `https://${host}/@${username}`,
      avatarUrl: null,
      headerUrl: null,
      fields: (rest.fields ?? []).map((field) => ({ ...field, verifiedAt: null })),
      emojis: rest.emoji ? [{ shortcode: 'blobcat', url: `https://${host}/blobcat.png` }] : [],
      locked: false,
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
      counts: { posts: 3, followers: 12, following: 9 },
    })
    follow(d, id)
    receiveAccept(d, { accountId: id })
    return id
  }
  const SITE = '<a href="https://plaza.example">https://plaza.example</a>'
  const sol = account('sol', 'plaza.example', 'Sol 🌻🦑🐙🌈 Reyes', { fields: [{ name: 'Site', value: SITE }] })
  linksChecked(d, sol, new Map([[SITE, true]]), end - 30 * MINUTE)
  account('lighthouse', 'coast.example', 'Lighthouse', {})

  const uris = new Map<string, string>()
  const remote = (by: Somebody, name: string, ago: number, content: string, rest: Partial<RemotePost> = {}): RemotePost => ({
    uri: `${PEOPLE[by]}/statuses/${name}`,
    url: `${PEOPLE[by].replace('/users/', '/@')}/${name}`,
    accountId: accountIdByUri(d, PEOPLE[by]) as number,
    type: 'Note',
    published: end - ago,
    edited: null,
    content,
    warning: '',
    sensitive: false,
    language: 'en',
    visibility: 'public',
    inReplyToUri: null,
    mentions: [],
    tags: [...content.matchAll(/tags\/([a-z]+)/g)].map((match) => match[1] as string),
    media: [],
    emojis: [],
    forOwner: false,
    ...rest,
  })
  const keep = async (id: number, files: readonly string[]) => {
    for (const [index, file] of mediaOf(d, id).entries()) {
      const name = files[index] ?? 'print-1'
      await store.cache.put(`media:${file.id}`, name === 'moving' ? moving : await draw(name))
    }
  }
  let minutes = 0
  const take = async (by: Somebody, name: string, content: string, rest: Partial<RemotePost> = {}, files: string[] = []) => {
    // The first is the newest.
    const ago = 20_000 + minutes++ * 20_000
    at(end - ago)
    const post = remote(by, name, ago, content, rest)
    uris.set(name, post.uri)
    const id = receivePost(d, post)?.id as number
    await keep(id, files)
    return id
  }
  const picture = (host: string, file: string, rest: Partial<RemoteMediaFile> = {}): RemoteMediaFile => ({
    kind: 'image',
    url: `https://${host}/${file}`,
    mime: file.endsWith('.gif') ? 'image/gif' : 'image/png',
    description: `Print ${file}`,
    width: 960,
    height: 720,
    blurhash: 'UBL_:rOpGG-oBUNG,qRj2so|=eE1',
    ...rest,
  })
  const tag = (name: string) => `<a href="https://tide.example/tags/${name}" class="mention hashtag" rel="tag">#<span>${name}</span></a>`
  const words = (count: number, seed: string) => Array.from({ length: count }, (_, index) => `${seed} ${index + 1}`).join(', ')
  const question = (options: [string, number][], rest: { multiple?: boolean; endsAt?: number | null; closedAt?: number | null } = {}) => ({
    type: 'Question',
    poll: {
      multiple: rest.multiple ?? false,
      voters: options.reduce((sum, [, votes]) => sum + votes, 0),
      options: options.map(([title, votes]) => ({ title, votes })),
      endsAt: rest.endsAt === undefined ? end + 3 * 3600_000 : rest.endsAt,
      closedAt: rest.closedAt ?? null,
    },
  })

  const ids = {
    gif: await take(
      'bo',
      'gif',
      '<p>The gasket, turning.</p>',
      { media: [picture('tide.example', 'moving.gif', { description: 'A gasket, first red, then blue', width: 96, height: 72 })] },
      ['moving'],
    ),
    noAlt: await take('bo', 'no-alt', '<p>No words for this one.</p>', {
      media: [picture('tide.example', 'x.png', { description: null, width: 1600, height: 900, focus: { x: -0.6, y: 0.4 } })],
    }),
    many: await take(
      'mirelle',
      'many',
      '<p>Sept états.</p>',
      { language: 'fr', media: [1, 2, 3, 4, 5, 6, 7].map((n) => picture('atelier.example', `${n}.png`)) },
      ['print-1', 'print-2', 'print-3', 'print-4', 'print-1', 'print-2', 'print-3'],
    ),
    wide: await take('mirelle', 'wide', '<p>Panorama.</p>', {
      media: [picture('atelier.example', 'wide.png', { width: 4000, height: 800 })],
    }),
    tall: await take('mirelle', 'tall', '<p>Colonne.</p>', {
      media: [picture('atelier.example', 'tall.png', { width: 500, height: 2000 })],
    }),
    sensitive: await take('noor', 'sensitive', '<p>جرح قديم</p>', {
      language: 'ar',
      sensitive: true,
      media: [picture('nakhla.example', 'scar.png', { description: 'A healed scar on a palm' })],
    }),
    warned: await take('pia', 'warned', `<p>${words(60, 'tooth')}</p>`, {
      warning: 'Teeth, at length',
      sensitive: true,
      media: [picture('loom.test', 'tooth.png'), picture('loom.test', 'tooth2.png')],
    }),
    stuffed: await take(
      'bo',
      'stuffed',
      `<p>Fog on the sound this morning.</p><p>${['fog', 'sound', 'harbour', 'morning', 'boats', 'quiet'].map(tag).join(' ')}</p>`,
    ),
    long: await take('wren', 'long', `<p>${words(220, 'page')}.</p><p>The last line of the long one.</p>`),
    tallText: await take('wren', 'tall-text', `${Array.from({ length: 20 }, (_, n) => `<p>Line ${n + 1}</p>`).join('')}`),
    poll: await take(
      'pia',
      'poll',
      '<p>Warp or weft?</p>',
      question([
        ['Warp', 12],
        ['Weft', 30],
      ]),
    ),
    several: await take(
      'pia',
      'several',
      '<p>Which dyes?</p>',
      question(
        [
          ['Madder', 4],
          ['Weld', 2],
          ['Woad', 6],
        ],
        { multiple: true },
      ),
    ),
    over: await take(
      'pia',
      'over',
      '<p>Was it worth it?</p>',
      question(
        [
          ['Yes', 9],
          ['No', 1],
        ],
        { endsAt: end - 3600_000, closedAt: end - 3600_000 },
      ),
    ),
    card: await take('sol', 'card', '<p>Read this: <a href="https://archive.example/benches">archive.example/benches</a></p>'),
    film: await take('lighthouse', 'film', '<p>The lamp at dusk: <a href="https://films.example/lamp">films.example/lamp</a></p>'),
    mixed: await take('noor', 'mixed', '<p>العدد 42 ثم a Latin word.</p><p>And then English، مع فاصلة.</p>', { language: 'ar' }),
    emoji: await take('bo', 'emoji', '<p>It hums :turning: quietly</p>', {
      emojis: [{ shortcode: 'turning', url: 'https://tide.example/turning.gif' }],
    }),
  }
  for (const { emojis } of loadPosts(d, [ids.emoji]).values())
    for (const emoji of emojis) await store.cache.put(`media:${emoji.mediaId}`, moving)
  for (const [id, url, kind, title] of [
    [ids.card, 'https://archive.example/benches', 'link', 'Every public bench, ranked by shade'],
    [ids.film, 'https://films.example/lamp', 'video', 'The lamp, turning, for an hour'],
  ] as const) {
    wantCard(d, id, [url])
    const card = dueCards(d, 100).find((one) => one.url === url)
    if (card)
      settleCard(
        d,
        card.id,
        {
          kind,
          title,
          description: '',
          language: 'en',
          authorName: 'Sol Reyes',
          authorUrl: 'https://plaza.example/@sol',
          authorId: sol,
          providerName: 'The archive',
          providerUrl: 'https://archive.example',
          width: 0,
          height: 0,
          publishedAt: null,
          picture: kind === 'video' ? { url: 'https://films.example/lamp.png', width: 960, height: 720, description: null } : null,
        },
        end,
      )
    const shown = loadPosts(d, [id])[0]?.card?.picture
    if (shown) await store.cache.put(`media:${shown.id}`, await draw('print-4'))
  }

  const quoting = async (name: string, quoted: string, state: 'accepted' | 'pending' | 'revoked' | 'deleted', quoteOf: number) => {
    const id = await take('noor', name, '<p>See this.</p>', { quote: { uri: uris.get(quoted) as string, stamp: null } })
    settleQuote(d, id, { state, quoteOf })
    return id
  }
  const quote = await quoting('quote', 'many', 'accepted', ids.many)
  const quoteOfQuote = await quoting('quote-of-quote', 'quote', 'accepted', quote)
  const pending = await quoting('pending', 'long', 'pending', ids.long)
  const removed = await quoting('removed', 'long', 'revoked', ids.long)
  const quoteGone = await quoting('quote-gone', 'long', 'deleted', ids.long)

  const edited = await take('wren', 'edited', '<p>The kettle has two entries.</p>', {
    media: [picture('hedgerow.example', 'kettle.png', { description: 'A kettle' })],
  })
  const first = remote('wren', 'edited', 20_000 + (minutes - 1) * 20_000, '')
  for (const [after, content, description] of [
    [3_000, '<p>The kettle has six entries.</p>', 'A kettle'],
    [6_000, '<p>The kettle has six entries, which says something.</p>', 'A kettle, dented'],
  ] as const) {
    const published = first.published as number
    at(published + after)
    receiveEdit(d, {
      ...first,
      content,
      edited: published + after,
      media: [picture('hedgerow.example', 'kettle.png', { description })],
    })
  }

  // A question with a thread of its author's own below it, and answers by others that go deep.
  const root = await take('wren', 'q', '<p>One: how to keep a notebook.</p>')
  const answer = async (by: Somebody, name: string, to: string, content: string) => {
    const parent = uris.get(to) as string
    const ago = 19_000 - uris.size * 100
    at(end - ago)
    const post = remote(by, name, ago, content, { inReplyToUri: parent })
    uris.set(name, post.uri)
    return receivePost(d, post)?.id as number
  }
  const parts = [await answer('wren', 'q2', 'q', '<p>Two: one page per fix.</p>')]
  parts.push(await answer('wren', 'q3', 'q2', '<p>Three: draw it, badly.</p>'))
  parts.push(await answer('wren', 'q4', 'q3', '<p>Four: date everything.</p>'))
  await answer('bo', 'b1', 'q', '<p>Does it hum?</p>')
  let last = 'b1'
  let deep = 0
  for (let level = 1; level <= 7; level++) {
    deep = await answer(level % 2 === 0 ? 'bo' : 'pia', `d${level}`, last, `<p>Level ${level}</p>`)
    last = `d${level}`
  }
  await answer('wren', 'op', 'b1', '<p>Only on Sundays.</p>')

  return Object.fromEntries(
    Object.entries({
      ...ids,
      quote,
      quoteOfQuote,
      pending,
      removed,
      quoteGone,
      edited,
      question: root,
      self: parts[1],
      deep,
    }).map(([name, id]) => [name, String(id)]),
  ) as Gallery
}
