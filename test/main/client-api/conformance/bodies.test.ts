import { describe, expect, it } from 'vitest'
import { followed, person, received } from '../../domain/home.ts'
import { openApi } from '../instance.ts'
import type { Api, Json } from '../instance.ts'

/** Write routes, in every encoding, with every spelling of lists and booleans, by PUT and PATCH: what was sent is what is kept. */

type Value = string | number | boolean | null | Value[] | { [name: string]: Value | undefined }
type Fields = Record<string, Value | undefined>
type Pairs = [string, string][]

/** How lists are spelled where there are only names and texts. */
const LISTS = { 'a[]': (name: string) => `${name}[]`, a: (name: string) => name, 'a[0]': (name: string, i: number) => `${name}[${i}]` }
const BOOLEANS = {
  words: (value: boolean) => String(value),
  numbers: (value: boolean) => (value ? '1' : '0'),
  switch: (value: boolean) => (value ? 'on' : 'off'),
}
type Spelling = { list: keyof typeof LISTS; boolean: keyof typeof BOOLEANS }

function pairsOf(fields: Fields, spelling: Spelling, prefix = ''): Pairs {
  const named = (name: string) => (prefix === '' ? name : `${prefix}[${name}]`)
  return Object.entries(fields).flatMap(([name, value]): Pairs => {
    if (value === null || value === undefined) return []
    if (typeof value === 'boolean') return [[named(name), BOOLEANS[spelling.boolean](value)]]
    if (Array.isArray(value)) {
      return value.flatMap((entry, i): Pairs => {
        // Things in lists need a number or brackets, or nobody knows where one ends.
        const at = LISTS[typeof entry === 'object' && spelling.list === 'a' ? 'a[]' : spelling.list](named(name), i)
        return typeof entry === 'object' && entry !== null ? pairsOf(entry as Fields, spelling, at) : [[at, String(entry)]]
      })
    }
    return typeof value === 'object' ? pairsOf(value, spelling, named(name)) : [[named(name), String(value)]]
  })
}

function multipart(pairs: Pairs) {
  const edge = 'burrow-matrix'
  const parts = pairs.map(([name, value]) => `--${edge}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
  return { payload: Buffer.from(`${parts.join('')}--${edge}--\r\n`), headers: { 'content-type': `multipart/form-data; boundary=${edge}` } }
}

const ENCODINGS: Record<string, (api: Api, method: string, path: string, fields: Fields, spelling: Spelling) => ReturnType<Api['call']>> = {
  JSON: (api, method, path, fields) => api.call(method, path, fields),
  'JSON of texts': (api, method, path, fields, { boolean }) => api.call(method, path, texts(fields, boolean)),
  urlencoded: (api, method, path, fields, spelling) =>
    api.call(method, path, undefined, {
      payload: new URLSearchParams(pairsOf(fields, spelling)).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  multipart: (api, method, path, fields, spelling) => api.call(method, path, undefined, multipart(pairsOf(fields, spelling))),
  query: (api, method, path, fields, spelling) => api.call(method, `${path}?${new URLSearchParams(pairsOf(fields, spelling)).toString()}`),
}

/** Apps that put every number and boolean into quotes. */
function texts(value: Value, boolean: Spelling['boolean']): Json {
  if (Array.isArray(value)) return value.map((entry) => texts(entry, boolean))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, texts(entry ?? null, boolean)]))
  return typeof value === 'boolean' ? BOOLEANS[boolean](value) : typeof value === 'number' ? String(value) : value
}

const spellings: Spelling[] = [
  { list: 'a[]', boolean: 'words' },
  { list: 'a', boolean: 'numbers' },
  { list: 'a[0]', boolean: 'switch' },
]

/** A route, what is sent, and what of it must be in the answer then. */
interface Write {
  name: string
  verbs: readonly string[]
  make: (api: Api) => Promise<{ path: string; fields: Fields; expected: Json; read?: string }>
}
const id = async (api: Api, path: string, body: object) => (await api.call('POST', path, body)).body.id as string

const UPDATE = ['PUT', 'PATCH'] as const
const WRITES: Write[] = [
  {
    name: 'a post with a poll',
    verbs: ['POST'],
    make: async () => ({
      path: '/api/v1/statuses',
      fields: {
        status: 'Which & why?',
        spoiler_text: 'sea',
        sensitive: true,
        visibility: 'unlisted',
        language: 'fr',
        in_reply_to_id: null,
        media_ids: null,
        poll: { options: ['Reef', 'Jib'], expires_in: 3600, multiple: true, hide_totals: false },
      },
      expected: {
        spoiler_text: 'sea',
        sensitive: true,
        visibility: 'unlisted',
        language: 'fr',
        poll: { multiple: true, options: [{ title: 'Reef' }, { title: 'Jib' }] },
      },
    }),
  },
  {
    name: 'a post with files, edited',
    verbs: UPDATE,
    make: async (api) => {
      const upload = async () => {
        const edge = 'e'
        const head = `--${edge}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\npicture\r\n--${edge}--\r\n`
        const answer = await api.call('POST', '/api/v1/media', undefined, {
          payload: head,
          headers: { 'content-type': `multipart/form-data; boundary=${edge}` },
        })
        return answer.body.id as string
      }
      const [one, two] = [await upload(), await upload()]
      const post = await id(api, '/api/v1/statuses', { status: 'Boats', media_ids: [one, two] })
      return {
        path: `/api/v1/statuses/${post}`,
        fields: {
          status: 'Ships',
          sensitive: false,
          media_ids: [two, one],
          media_attributes: [
            { id: two, description: 'Second first' },
            { id: one, description: 'First second', focus: '0.5,-0.5' },
          ],
        },
        expected: {
          sensitive: false,
          media_attachments: [
            { id: two, description: 'Second first' },
            { id: one, description: 'First second', meta: { focus: { x: 0.5, y: -0.5 } } },
          ],
        },
      }
    },
  },
  {
    name: 'who may quote',
    verbs: UPDATE,
    make: async (api) => ({
      path: `/api/v1/statuses/${await id(api, '/api/v1/statuses', { status: 'Boats' })}/interaction_policy`,
      fields: { quote_approval_policy: 'followers' },
      expected: { quote_approval: { automatic: ['followers'] } },
    }),
  },
  {
    name: 'the profile',
    verbs: UPDATE,
    make: async () => ({
      path: '/api/v1/accounts/update_credentials',
      fields: {
        display_name: 'Ana B.',
        note: 'Sails',
        locked: true,
        bot: false,
        discoverable: true,
        fields_attributes: [
          { name: 'Boat', value: 'Yes' },
          { name: 'Port', value: 'Ana' },
        ],
        source: { privacy: 'private', language: 'fr', sensitive: true },
      },
      expected: {
        display_name: 'Ana B.',
        locked: true,
        bot: false,
        discoverable: true,
        source: {
          note: 'Sails',
          privacy: 'private',
          language: 'fr',
          sensitive: true,
          fields: [
            { name: 'Boat', value: 'Yes' },
            { name: 'Port', value: 'Ana' },
          ],
        },
      },
    }),
  },
  {
    name: 'a list',
    verbs: ['POST'],
    make: async () => ({
      path: '/api/v1/lists',
      fields: { title: 'Crew', replies_policy: 'followed', exclusive: true },
      expected: { title: 'Crew', replies_policy: 'followed', exclusive: true },
    }),
  },
  {
    name: 'a list, changed',
    verbs: UPDATE,
    make: async (api) => ({
      path: `/api/v1/lists/${await id(api, '/api/v1/lists', { title: 'Crew', exclusive: true })}`,
      fields: { title: 'Old crew', replies_policy: 'none', exclusive: false },
      expected: { title: 'Old crew', replies_policy: 'none', exclusive: false },
    }),
  },
  {
    name: 'who is in a list',
    verbs: ['POST'],
    make: async (api) => {
      const people = [followed(api.home, 'bo'), followed(api.home, 'cy')].map(String)
      const list = await id(api, '/api/v1/lists', { title: 'Crew' })
      return {
        path: `/api/v1/lists/${list}/accounts`,
        fields: { account_ids: people },
        read: `/api/v1/lists/${list}/accounts`,
        expected: [...people].reverse().map((one) => ({ id: one })),
      }
    },
  },
  {
    name: 'who leaves a list',
    verbs: ['DELETE'],
    make: async (api) => {
      const people = [followed(api.home, 'bo'), followed(api.home, 'cy')].map(String)
      const list = await id(api, '/api/v1/lists', { title: 'Crew' })
      await api.call('POST', `/api/v1/lists/${list}/accounts`, { account_ids: people })
      return {
        path: `/api/v1/lists/${list}/accounts`,
        fields: { account_ids: people },
        read: `/api/v1/lists/${list}/accounts`,
        expected: [],
      }
    },
  },
  {
    name: 'a filter',
    verbs: ['POST'],
    make: async () => ({
      path: '/api/v2/filters',
      fields: {
        title: 'Fish',
        context: ['home', 'thread'],
        filter_action: 'hide',
        expires_in: 3600,
        keywords_attributes: [
          { keyword: 'herring', whole_word: true },
          { keyword: 'cod', whole_word: false },
        ],
      },
      expected: {
        title: 'Fish',
        context: ['home', 'thread'],
        filter_action: 'hide',
        keywords: [
          { keyword: 'herring', whole_word: true },
          { keyword: 'cod', whole_word: false },
        ],
      },
    }),
  },
  {
    name: 'a filter, changed',
    verbs: UPDATE,
    make: async (api) => {
      const { body } = await api.call('POST', '/api/v2/filters', {
        title: 'Fish',
        context: ['home'],
        keywords_attributes: [{ keyword: 'herring' }, { keyword: 'cod' }],
      })
      return {
        path: `/api/v2/filters/${body.id}`,
        fields: {
          title: 'Fishes',
          context: ['public'],
          filter_action: 'blur',
          keywords_attributes: [
            { id: body.keywords[0].id, keyword: 'herrings', whole_word: true },
            { id: body.keywords[1].id, _destroy: true },
          ],
        },
        expected: { title: 'Fishes', context: ['public'], filter_action: 'blur', keywords: [{ keyword: 'herrings', whole_word: true }] },
      }
    },
  },
  {
    name: 'markers',
    verbs: ['POST'],
    make: async (api) => {
      const post = String(received(api.home, followed(api.home, 'bo')))
      return { path: '/api/v1/markers', fields: { home: { last_read_id: post } }, expected: { home: { last_read_id: post } } }
    },
  },
  {
    name: 'a follow',
    verbs: ['POST'],
    make: async (api) => ({
      path: `/api/v1/accounts/${person(api.home, 'bo')}/follow`,
      fields: { reblogs: false, notify: true, languages: ['en', 'fr'] },
      expected: { requested: true, showing_reblogs: false, notifying: true, languages: ['en', 'fr'] },
    }),
  },
  {
    name: 'a mute',
    verbs: ['POST'],
    make: async (api) => ({
      path: `/api/v1/accounts/${person(api.home, 'bo')}/mute`,
      fields: { notifications: false, duration: 3600 },
      expected: { muting: true, muting_notifications: false },
    }),
  },
  {
    name: 'a note',
    verbs: ['POST'],
    make: async (api) => ({
      path: `/api/v1/accounts/${person(api.home, 'bo')}/note`,
      fields: { comment: 'Pier & quay' },
      expected: { note: 'Pier & quay' },
    }),
  },
  {
    name: 'a report',
    verbs: ['POST'],
    make: async (api) => {
      const bo = person(api.home, 'bo')
      const posts = [received(api.home, bo), received(api.home, bo)].map(String)
      return {
        path: '/api/v1/reports',
        fields: { account_id: String(bo), status_ids: posts, comment: 'Loud', category: 'spam', forward: false },
        expected: { status_ids: posts, comment: 'Loud', category: 'spam', forwarded: false },
      }
    },
  },
  {
    name: 'a vote',
    verbs: ['POST'],
    make: async (api) => {
      const post = received(api.home, followed(api.home, 'bo'), {
        type: 'Question',
        poll: {
          multiple: true,
          options: ['A', 'B', 'C'].map((title) => ({ title, votes: 0 })),
          voters: 0,
          endsAt: api.home.clock.at + 3_600_000,
          closedAt: null,
        },
      })
      return { path: `/api/v1/polls/${post}/votes`, fields: { choices: [0, 2] }, expected: { voted: true, own_votes: [0, 2] } }
    },
  },
  {
    name: 'a blocked server',
    verbs: ['POST'],
    make: async () => ({
      path: '/api/v1/domain_blocks',
      fields: { domain: 'noise.example' },
      read: '/api/v1/domain_blocks',
      expected: ['noise.example'],
    }),
  },
  {
    name: 'a server that is let in again',
    verbs: ['DELETE'],
    make: async (api) => {
      await api.call('POST', '/api/v1/domain_blocks', { domain: 'noise.example' })
      return { path: '/api/v1/domain_blocks', fields: { domain: 'noise.example' }, read: '/api/v1/domain_blocks', expected: [] }
    },
  },
  {
    name: 'a scheduled post, moved',
    verbs: UPDATE,
    make: async (api) => {
      const at = (hours: number) => new Date(api.home.clock.at + hours * 3_600_000).toISOString()
      const later = await id(api, '/api/v1/statuses', { status: 'Later', scheduled_at: at(1) })
      return {
        path: `/api/v1/scheduled_statuses/${later}`,
        fields: { scheduled_at: at(2).replace('.000Z', '+00:00') },
        expected: { scheduled_at: at(2) },
      }
    },
  },
  {
    name: 'an app',
    verbs: ['POST'],
    make: async () => ({
      path: '/api/v1/apps',
      fields: {
        client_name: 'Lantern',
        redirect_uris: ['lantern://in', 'https://lantern.example/in'],
        scopes: 'read write',
        website: 'https://lantern.example',
      },
      expected: { name: 'Lantern', redirect_uris: ['lantern://in', 'https://lantern.example/in'], scopes: ['read', 'write'] },
    }),
  },
]

describe.each(WRITES)('$name', ({ verbs, make }) => {
  for (const verb of verbs) {
    for (const [turn, [encoding, send]] of Object.entries(ENCODINGS).entries()) {
      it(`${verb} as ${encoding}`, async () => {
        // Every spelling in forms; the others take turns, which is enough for the one normaliser behind them.
        const rows = encoding === 'urlencoded' ? spellings : [spellings[turn % spellings.length] as Spelling]
        for (const spelling of rows) {
          const api = await openApi()
          const { path, fields, expected, read } = await make(api)
          const answer = await send(api, verb, path, fields, spelling)
          const kept = read === undefined ? answer.body : (await api.get(read)).body
          expect([answer.status, kept], JSON.stringify(spelling)).toEqual([
            200,
            Array.isArray(expected) ? matching(expected) : expect.objectContaining(nested(expected)),
          ])
          expect(api.problems).toEqual([])
        }
      })
    }
  }
})

/** Lists of things as long as said, each with at least these members. */
const matching = (list: Json[]): Json =>
  list.map((one) => (typeof one === 'object' && one !== null ? expect.objectContaining(nested(one)) : one) as Json)
function nested(expected: Json): Json {
  return Object.fromEntries(
    Object.entries(expected).map(([name, value]) => [
      name,
      Array.isArray(value) ? matching(value) : typeof value === 'object' && value !== null ? expect.objectContaining(nested(value)) : value,
    ]),
  )
}
