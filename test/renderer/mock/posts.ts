import { art, people, type Person } from './people.ts'

export type Json = Record<string, unknown>

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Pictures by path below `/mock/`, as SVG text. */
export const pictures = new Map<string, string>()
for (const one of people) if (one.avatar) pictures.set(`avatar-${one.username}.svg`, one.avatar)
pictures.set('print-1.svg', art.print('#f0e5d2', '#34536a', '#c9603a', '#1f3247'))
pictures.set('print-2.svg', art.print('#f0e5d2', '#8b9b7a', '#e6bf65', '#4a5a44'))
pictures.set('print-3.svg', art.print('#f0e5d2', '#b98a80', '#f0e5d2', '#6a4460'))
pictures.set('print-4.svg', art.print('#fbf7ee', '#d8d3c4', '#b0412e', '#3f7f7a'))
pictures.set('cover.svg', art.print('#e6cf95', '#e0d6bf', '#c45b35', '#1f2a33'))
pictures.set(
  'blobcat.svg',
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M4 26C2 12 8 8 10 4l4 5h6l4-5c2 4 6 8 4 22z" fill="#e8a33d"/><circle cx="12" cy="17" r="2"/><circle cx="21" cy="17" r="2"/></svg>',
)

const emoji = (shortcode: string, origin: string): Json => ({
  shortcode,
  url: `${origin}/mock/${shortcode}.svg`,
  static_url: `${origin}/mock/${shortcode}.svg`,
  visible_in_picker: true,
})

export const account = (one: Person, origin: string): Json => {
  const host = one.host || 'ada.example'
  const avatar = one.avatar ? `${origin}/mock/avatar-${one.username}.svg` : ''
  const header = one.username === 'mirelle' ? `${origin}/mock/cover.svg` : ''
  return {
    id: one.id,
    username: one.username,
    acct: one.host ? `${one.username}@${one.host}` : one.username,
    display_name: one.name,
    locked: one.locked ?? false,
    bot: one.bot ?? false,
    group: false,
    discoverable: true,
    indexable: true,
    created_at: '2024-03-01T00:00:00.000Z',
    note: one.note,
    url: `https://${host}/@${one.username}`,
    uri: `https://${host}/users/${one.username}`,
    avatar,
    avatar_static: avatar,
    header,
    header_static: header,
    followers_count: one.followers,
    following_count: one.following,
    statuses_count: 34,
    last_status_at: '2026-11-20',
    emojis: (one.emojis ?? []).map((name) => emoji(name, origin)),
    fields: one.fields ?? [],
    roles: [],
  }
}

const person = (username: string): Person => {
  const found = people.find((one) => one.username === username)
  if (!found) throw new Error(`no person ${username}`)
  return found
}

export interface Sketch {
  by: string
  ago: number
  html: string
  language?: string
  reply?: string
  warning?: string
  sensitive?: boolean
  media?: { file: string; text: string | null; width?: number; height?: number }[]
  poll?: Json
  card?: Json
  quote?: string
  boostedBy?: string
  visibility?: string
  edited?: boolean
  replies?: number
  boosts?: number
  favourites?: number
  favourited?: boolean
  bookmarked?: boolean
  key?: string
}

const p = (...texts: string[]) => texts.map((text) => `<p>${text}</p>`).join('')

export const sketches: Sketch[] = [
  {
    key: 'wet',
    by: 'ada',
    ago: 12 * MINUTE,
    html: p(
      'Third evening of replacing the sash cords. The old ones were cotton, spliced by someone who clearly enjoyed splicing. I have kept a piece.',
    ),
  },
  {
    key: 'notebook',
    by: 'wren',
    ago: 14 * MINUTE,
    reply: 'habit',
    html: p(
      'I keep a repair notebook. Every fix gets one page: what broke, what I tried, what finally worked, and a drawing. Eleven years in, it is the most useful book in the house, and the only one nobody asks to borrow.',
    ),
    replies: 5,
    boosts: 14,
    favourites: 53,
    favourited: true,
  },
  {
    by: 'mirelle',
    ago: 38 * MINUTE,
    language: 'fr',
    html: p(
      'Trois épreuves du même bois, avant de choisir l’encre. La deuxième sèche mal, mais c’est elle que je regarde. <a href="https://atelier.example/tags/gravure" class="mention hashtag" rel="tag">#<span>gravure</span></a>',
    ),
    media: [
      { file: 'print-1', text: 'Woodblock print: a red sun over carved blue waves' },
      { file: 'print-2', text: 'Same block printed in sage with a pale yellow sun' },
      { file: 'print-3', text: 'Same block in rose and plum, the sun left as bare paper' },
    ],
    replies: 2,
    bookmarked: true,
  },
  {
    by: 'tomas',
    ago: 52 * MINUTE,
    boostedBy: 'cy',
    html: p(
      'A county archive has put 1,900 hand-drawn flood maps online, with the names of the people who paced them out. Look at the margins: that is where the weather reports are.',
    ),
    card: {
      url: 'https://archive.example/maps/flood',
      title: 'Flood maps of the lower estuary, 1790–1910',
      description: '',
      type: 'link',
      author_name: 'Ruth Adeyemi',
      author_url: '',
      provider_name: 'archive.example',
      provider_url: '',
      html: '',
      width: 0,
      height: 0,
      image: '/mock/print-4.svg',
      embed_url: '',
      blurhash: null,
      authors: [],
      language: 'en',
      published_at: null,
    },
    replies: 9,
  },
  {
    by: 'hikari',
    ago: 58 * MINUTE,
    language: 'ja',
    html: p('今朝、駅前の銀杏がいっせいに色づいていた。毎年この日だけは、一本早い電車に乗って、わざと遠回りをする。'),
    replies: 3,
    favourited: true,
  },
  { key: 'habit', by: 'oskar', ago: HOUR, html: p('What is the one habit you would pass on to a person just starting out?'), replies: 18 },
  {
    by: 'oskar',
    ago: HOUR + 9 * MINUTE,
    warning: 'Sea sickness, described at length',
    html: p('It began, as it does, with the horizon. '.repeat(30)),
    media: [
      { file: 'print-2', text: 'Grey sea' },
      { file: 'print-3', text: null },
    ],
    sensitive: true,
    replies: 1,
  },
  {
    key: 'rehearsal',
    by: 'ines',
    ago: 2 * HOUR,
    html: p('Choir rehearsal has to move, the hall is being painted. Which evening hurts least?'),
    poll: {
      id: '1',
      expires_at: new Date(Date.now() + 3 * HOUR).toISOString(),
      expired: false,
      multiple: false,
      votes_count: 128,
      voters_count: 128,
      voted: true,
      own_votes: [1],
      emojis: [],
      options: [
        { title: 'Tuesday', votes_count: 27 },
        { title: 'Wednesday', votes_count: 59 },
        { title: 'Thursday', votes_count: 31 },
        { title: 'None of them, I will come anyway', votes_count: 11 },
      ],
    },
    replies: 6,
  },
  {
    by: 'jun',
    ago: 2 * HOUR + 5 * MINUTE,
    html: p('Started mine today. Page one: the kettle. Page two: apologising to the kettle.'),
    quote: 'notebook',
    replies: 4,
  },
  {
    by: 'a_rather_long_username_that_goes_on',
    ago: 3 * HOUR,
    html: p(
      'A link with no mercy: <a href="https://a-server-with-quite-a-long-name.students.university.example/department/of/very/long/paths/and/queries?with=parameters&amp;and=more">https://a-server-with-quite-a-long-name.students.university.example/department/of/very/long/paths</a> and :blobcat: says hello to <a href="https://tide.example/@bo" class="u-url mention">@<span>bo</span></a>',
    ),
  },
  {
    by: 'noor',
    ago: 4 * HOUR,
    language: 'ar',
    html: p('زرعنا ثلاث نخلات على حافة الطريق القديم. الجيران يقولون إنها لن تثمر قبل سبع سنوات، وأنا لست مستعجلة.'),
    replies: 7,
  },
  {
    by: 'mirelle',
    ago: 4 * HOUR + 20 * MINUTE,
    language: 'fr',
    sensitive: true,
    html: p('La planche gravée, à vif.'),
    media: [{ file: 'print-4', text: 'Bois gravé sous une lumière rasante', width: 1600, height: 900 }],
  },
  {
    by: 'tomas',
    ago: 5 * HOUR,
    html: p(
      'Walked the parish boundary on Sunday, all nineteen kilometres, with the 1841 map in one hand. It holds up better than I do. Every gate is where it says it is, though two of them are now gates to nothing, standing in the middle of a wheat field like a thought somebody did not finish.',
      'The stream has moved. Not far, perhaps forty metres, but enough that three cottages have quietly changed parish without anyone filling in a form. I asked at the second one. They said they had always wondered about the post.',
      'What I like about these old surveys is how much they admit. Where the surveyor could not get through, he wrote “thicket” and drew a small, honest scribble. Where he was guessing, the line is dotted. Nobody dots a line any more. Our maps are sure of everything, all the time, and so you stop looking up.',
      'By the church the boundary runs along the top of a wall that is wide enough to walk on, so I did, arms out, in front of a wedding. The bride waved.',
    ),
    replies: 12,
  },
  {
    by: 'nighttrains',
    ago: 6 * HOUR,
    html: p(
      'The 22:47 sleeper to the coast leaves from platform 3 tonight, not 7. Two couchettes are left. Breakfast boards at the border.',
    ),
    visibility: 'unlisted',
  },
  {
    by: 'emeka',
    ago: 7 * HOUR,
    html: p('First firing in the rebuilt kiln. Nothing exploded, which after last spring counts as a style.'),
    media: [
      { file: 'print-1', text: 'Kiln, open' },
      { file: 'print-2', text: 'A bowl' },
      { file: 'print-3', text: null },
      { file: 'print-4', text: 'Shelf of cups' },
    ],
    boosts: 3,
  },
  {
    by: 'bo',
    ago: 9 * HOUR,
    edited: true,
    html: p(
      'Engine three purrs again. It was the gasket, as it always is, and as always I suspected everything else first. <a href="https://harbour.example/@cy" class="u-url mention">@<span>cy</span></a> owes me a coffee.',
    ),
    replies: 2,
  },
  {
    key: 'old-own',
    by: 'ada',
    ago: 20 * HOUR,
    html: p('Nine metres of waxed cotton later, the window opens.'),
    favourites: 7,
    boosts: 3,
    visibility: 'public',
  },
  { by: 'pia', ago: 26 * HOUR, html: p('Do you index it, or do you just know?'), reply: 'notebook' },
]

const older = [
  'The tide table was wrong again.',
  'Found a bench with shade at four in the afternoon.',
  'Bread, third attempt: edible.',
  'The archive smells of apples.',
  'A heron stood in the car park for an hour.',
  'Every drawer in this house sticks in November.',
  'Rain on the skylight, two radiators on.',
  'Letters sorted by handwriting, not by name.',
]
for (let index = 0; index < 140; index++) {
  const by = people[(index * 7) % people.length]?.username ?? 'bo'
  sketches.push({
    by,
    ago: (28 + index * 1.3) * HOUR,
    html: p(`${older[index % older.length]} ${'It took longer than planned, and was worth it. '.repeat(index % 4)}`),
    ...(index % 9 === 0 ? { media: [{ file: `print-${(index % 4) + 1}`, text: 'A print' }] } : {}),
  })
}

/** A time as an id of the scheme of decision 7: milliseconds in the high bits. */
const idOf = (time: number, tail: number) => String(BigInt(time) * 2048n + BigInt(tail))

export class World {
  readonly origin: string
  readonly statuses: Json[] = []
  readonly home: Json[] = []
  readonly keys = new Map<string, Json>()
  #tail = 1

  constructor(origin: string, now = Date.now()) {
    this.origin = origin
    const made: { sketch: Sketch; status: Json }[] = []
    for (const sketch of sketches.toReversed()) {
      const status = this.make(sketch, now - sketch.ago)
      made.unshift({ sketch, status })
      if (sketch.key) this.keys.set(sketch.key, status)
      this.statuses.unshift(status)
    }
    for (const { sketch, status } of made) {
      const parent = sketch.reply ? this.keys.get(sketch.reply) : undefined
      if (parent) Object.assign(status, { in_reply_to_id: parent['id'], in_reply_to_account_id: (parent['account'] as Json)['id'] })
      const quoted = sketch.quote ? this.keys.get(sketch.quote) : undefined
      if (quoted) status['quote'] = { state: 'accepted', quoted_status: quoted }
      if (sketch.boostedBy) {
        const boost = this.make({ by: sketch.boostedBy, ago: 0, html: '' }, now - sketch.ago + 30_000)
        this.home.push({ ...boost, content: status['content'], reblog: status })
      } else this.home.push(status)
    }
    this.#reply('notebook', 'pia', 'Do you index it, or do you just know?', now - 11 * MINUTE, 'first')
    this.#reply(
      'first',
      'wren',
      'Badly. The last four pages, by object. “Kettle” has six entries, which says something about the kettle.',
      now - 9 * MINUTE,
      'second',
    )
    this.#reply('second', 'jun', 'The kettle is the story.', now - 8 * MINUTE)
    this.#reply(
      'notebook',
      'bo',
      'My grandmother kept one for the boat. It ends with a drawing of the boat, from the shore, and no further notes.',
      now - 6 * MINUTE,
    )
  }

  find(id: string): Json | undefined {
    return this.statuses.find((one) => one['id'] === id) ?? this.home.find((one) => one['id'] === id)
  }

  context(id: string): { ancestors: Json[]; descendants: Json[] } {
    const ancestors: Json[] = []
    let at = this.find(id)
    while (at?.['in_reply_to_id']) {
      at = this.find(String(at['in_reply_to_id']))
      if (at) ancestors.unshift(at)
    }
    const below = (parent: string): Json[] =>
      this.statuses.filter((one) => one['in_reply_to_id'] === parent).flatMap((one) => [one, ...below(String(one['id']))])
    return { ancestors, descendants: below(id) }
  }

  make(sketch: Sketch, time: number): Json {
    const by = person(sketch.by)
    const host = by.host || 'ada.example'
    const id = idOf(time, this.#tail++ % 2048)
    const mentions = ['bo', 'cy']
      .filter((name) => sketch.html.includes(`/@${name}`))
      .map((name) => {
        const one = person(name)
        return { id: one.id, username: one.username, acct: `${one.username}@${one.host}`, url: `https://${one.host}/@${one.username}` }
      })
    return {
      id,
      created_at: new Date(time).toISOString(),
      edited_at: sketch.edited ? new Date(time + MINUTE).toISOString() : null,
      in_reply_to_id: null,
      in_reply_to_account_id: null,
      sensitive: sketch.sensitive ?? false,
      spoiler_text: sketch.warning ?? '',
      visibility: sketch.visibility ?? 'public',
      language: sketch.language ?? 'en',
      uri: `https://${host}/users/${by.username}/statuses/${id}`,
      url: `https://${host}/@${by.username}/${id}`,
      replies_count: sketch.replies ?? 0,
      reblogs_count: sketch.boosts ?? 0,
      favourites_count: sketch.favourites ?? 0,
      quotes_count: 0,
      favourited: sketch.favourited ?? false,
      reblogged: false,
      muted: false,
      bookmarked: sketch.bookmarked ?? false,
      pinned: false,
      content: sketch.html,
      reblog: null,
      application: null,
      account: account(by, this.origin),
      media_attachments: (sketch.media ?? []).map((one, index) => ({
        id: `${id}${index}`,
        type: 'image',
        url: `${this.origin}/mock/${one.file}.svg`,
        preview_url: `${this.origin}/mock/${one.file}.svg`,
        remote_url: null,
        meta: {
          original: { width: one.width ?? 480, height: one.height ?? 360, size: '480x360', aspect: 1.33 },
          focus: { x: 0.2, y: 0.1 },
        },
        description: one.text,
        blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
      })),
      mentions,
      tags: [...sketch.html.matchAll(/tags\/(\w+)/g)].map((found) => ({ name: found[1], url: `https://${host}/tags/${found[1]}` })),
      emojis: sketch.html.includes(':blobcat:') ? [emoji('blobcat', this.origin)] : [],
      card: sketch.card ? { ...sketch.card, image: sketch.card['image'] ? `${this.origin}${String(sketch.card['image'])}` : null } : null,
      poll: sketch.poll ?? null,
      filtered: [],
    }
  }

  #reply(to: string, by: string, text: string, time: number, key?: string): void {
    const parent = this.keys.get(to)
    if (!parent) return
    const status = this.make({ by, ago: 0, html: p(text) }, time)
    Object.assign(status, { in_reply_to_id: parent['id'], in_reply_to_account_id: (parent['account'] as Json)['id'] })
    this.statuses.unshift(status)
    if (key) this.keys.set(key, status)
  }
}
