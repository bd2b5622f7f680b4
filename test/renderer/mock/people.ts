/** Invented people, drawn and written for development of the window: long names, no picture, other scripts, a bot. */

export const art = {
  hills: (sky: string, sun: string, near: string, far: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><rect width="96" height="96" fill="${sky}"/><circle cx="66" cy="32" r="13" fill="${sun}"/><path d="M0 62C22 40 40 40 56 56s28 10 40 2v38H0z" fill="${far}"/><path d="M0 78c20-10 42-8 60 0s28 4 36 0v18H0z" fill="${near}"/></svg>`,
  rings: (ground: string, line: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><rect width="96" height="96" fill="${ground}"/><g fill="none" stroke="${line}" stroke-width="5"><circle cx="48" cy="48" r="10"/><circle cx="48" cy="48" r="22"/><circle cx="48" cy="48" r="34"/></g></svg>`,
  leaf: (ground: string, leaf: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><rect width="96" height="96" fill="${ground}"/><path d="M24 72C20 40 44 22 74 22c2 30-16 54-46 50z" fill="${leaf}"/><path d="M20 78 66 30" stroke="${ground}" stroke-width="4"/></svg>`,
  print: (paper: string, sky: string, sun: string, sea: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 360"><rect width="480" height="360" fill="${paper}"/><rect x="14" y="14" width="452" height="332" fill="${sky}"/><circle cx="300" cy="140" r="72" fill="${sun}"/><path d="M14 230c80-40 140 10 220-10s120-40 232 0v126H14z" fill="${sea}"/><g stroke="${paper}" stroke-width="5" fill="none"><path d="M14 262q57-20 113 0t113 0 113 0 113 0M14 292q57-20 113 0t113 0 113 0 113 0M14 322q57-20 113 0t113 0 113 0 113 0"/></g></svg>`,
}

export interface Person {
  id: string
  username: string
  host: string
  name: string
  note: string
  avatar: string | null
  bot?: boolean
  locked?: boolean
  followers: number
  following: number
  fields?: { name: string; value: string; verified_at: string | null }[]
  emojis?: string[]
}

const person = (
  id: number,
  username: string,
  host: string,
  name: string,
  note: string,
  avatar: string | null,
  rest: Partial<Person> = {},
): Person => ({
  id: String(7_000_000 + id),
  username,
  host,
  name,
  note: note ? `<p>${note}</p>` : '',
  avatar,
  followers: 40 + id * 97,
  following: 20 + id * 13,
  ...rest,
})

export const people: Person[] = [
  person(
    1,
    'ada',
    '',
    'Ada Marsh',
    'Repairs windows, reads maps, writes letters. <a href="https://ada.example/tags/mending" class="mention hashtag">#mending</a>',
    art.hills('#3f7f7a', '#e2a33d', '#173d3a', '#2c6460'),
    {
      fields: [
        { name: 'Workshop', value: '<a href="https://marsh.example/bench">https://marsh.example/bench</a>', verified_at: null },
        { name: 'Pronouns', value: 'she', verified_at: null },
      ],
    },
  ),
  person(2, 'wren', 'hedgerow.example', 'Wren Abbott', 'Keeps a repair notebook. Eleven years in.', art.leaf('#66733a', '#efe7cf')),
  person(
    3,
    'mirelle',
    'atelier.example',
    'Mirelle Faure',
    'Graveuse sur bois, taille d’épargne surtout. J’imprime à la main, lentement, et je montre aussi les ratés.',
    art.hills('#f0e5d2', '#c45b35', '#1f2a33', '#1f2a33'),
    {
      fields: [
        {
          name: 'Atelier',
          value: '<a href="https://atelier.example">https://atelier.example</a>',
          verified_at: '2026-01-02T00:00:00.000Z',
        },
        { name: 'Pronoms', value: 'elle', verified_at: null },
      ],
      followers: 1840,
      following: 312,
    },
  ),
  person(4, 'oskar', 'fjord.test', 'Oskar Vik', 'Asks questions in the morning.', art.hills('#7d8e93', '#e8e4dc', '#1d2f3a', '#e8e4dc')),
  person(5, 'hikari', 'hato.example', '水野ひかり', '銀杏と電車。', art.rings('#f1e4e0', '#b0412e')),
  person(6, 'noor', 'nakhla.example', 'نور حداد', 'نخيل وطرق قديمة.', art.rings('#20252b', '#d0a23c')),
  person(7, 'tomas', 'cartas.test', 'Tomás Ibarra', 'Walks boundaries with old maps.', art.rings('#9fb6c9', '#2d4d66')),
  person(8, 'pia', 'loom.test', 'Pia Nowak', 'Weaves.', art.rings('#7e4655', '#e9c7b0')),
  person(9, 'cy', 'harbour.example', 'Cy Okafor', 'Engines, mostly the third.', art.leaf('#2f5d8a', '#f0d37a')),
  person(10, 'nighttrains', 'rails.example', 'Night Trains', 'Departures after dark.', art.rings('#14171c', '#6e90b8'), { bot: true }),
  person(11, 'bo', 'tide.example', 'Bo Lindqvist', '', null),
  person(
    12,
    'a_rather_long_username_that_goes_on',
    'a-server-with-quite-a-long-name.students.university.example',
    'Professor Emerita Wilhelmina-Charlotte von Hohenstein-Featherstonehaugh :blobcat: (she/her, slow to answer)',
    'Long names happen.',
    null,
    { emojis: ['blobcat'], locked: true },
  ),
  person(13, 'ines', 'salina.example', 'Inês Duarte', 'Choir, salt, bicycles.', art.rings('#e6cf95', '#b7622c')),
  person(14, 'jun', 'slowweb.test', 'Jun Park', 'Slow web.', art.leaf('#d7d7d2', '#2f7b78')),
  person(15, 'emeka', 'kiln.example', 'Emeka Obi', 'Clay.', art.rings('#3f7f7a', '#f0e5d2')),
]
