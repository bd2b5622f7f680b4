import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { WebSocketServer, type WebSocket } from 'ws'
import { people } from './mock/people.ts'
import { account, pictures, World, type Json } from './mock/posts.ts'

/**
 * A stand-in for the instance, for developing and looking at the window: serves a built window under `/app/` with the real content
 * security policy, and answers the Mastodon and owner routes it uses with invented people. `node test/renderer/mock-server.ts --port 4620`.
 */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self' ws://127.0.0.1:*; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export interface MockOptions {
  /** The folder with the built window. */
  window: string
  port?: number
  language?: 'system' | 'en' | 'fr'
  theme?: 'system' | 'light' | 'dark'
  setup?: 'name' | 'address' | 'ready'
  connection?: 'online' | 'offline' | 'no-address' | 'unreachable'
  /** How many of the newest posts are held back until `deliver` is called. */
  holdBack?: number
}

export interface Mock {
  origin: string
  world: World
  /** Sends a frame of the user stream. */
  stream(event: string, payload: unknown): void
  /** Sends an owner event. */
  owner(event: Json): void
  /** Every request path, in order. */
  readonly requests: string[]
  close(): Promise<void>
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

export async function startMock(options: MockOptions): Promise<Mock> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ error: String(error) }))
    })
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const world = new World(origin)
  const requests: string[] = []
  const sockets = { user: new Set<WebSocket>(), owner: new Set<WebSocket>() }
  const places = new Map<string, Json>()
  const relations = new Map<string, Json>()
  const drafts = new Map<string, Json>()
  const ada = people[0]
  let setup = options.setup ?? 'ready'
  let settings: Json = {
    language: options.language ?? 'system',
    theme: options.theme ?? 'system',
    density: 'calm',
    defaultVisibility: 'public',
    defaultLanguage: 'en',
    altReminder: 'remind',
    notifications: true,
    closeToTray: true,
    quotePolicy: 'public',
    secureMode: false,
    sendBlocks: false,
    catchUp: true,
    publicApi: false,
    lanApi: false,
    defaultSensitive: false,
    defaultFormat: 'plain',
    maxCharacters: 500,
    expandMedia: 'default',
    expandWarnings: false,
    textSize: 15,
    postFont: 'atkinson',
    accent: 'tide',
    motion: 'system',
    direction: 'newest',
    liveAtTop: false,
    boosts: 'shelf',
    foldThreads: true,
    showNoAlt: false,
    animate: 'hover',
    reducedData: false,
    collapseNameEmoji: true,
    openWarnings: [],
    everythingReceived: false,
    announceNew: 'off',
    undoSeconds: 0,
    threadVisibility: 'unlisted',
    detectLanguage: true,
    warningPresets: [],
    spellcheck: false,
    shortcutMode: 'on',
    shortcutPreset: 'burrow',
    shortcuts: {},
    pinned: [],
    deck: false,
    deckColumns: [],
    mediaBudget: 2_000_000_000,
    keptBudget: 10_000_000_000,
    onMetered: 'ask',
    onBattery: 'go',
    setupDone: [],
  }
  const state = options.connection ?? 'offline'
  const connection = (): Json => ({
    state,
    reason: state === 'offline' ? 'no-network' : state === 'unreachable' ? 'tunnel-closed' : null,
    since: new Date().toISOString(),
    origin: state === 'no-address' ? null : 'https://ada.example',
    handle: state === 'no-address' ? null : '@ada@ada.example',
    tunnel: 'none',
    trial: false,
    seenAt: state === 'online' ? new Date(Date.now() - 120_000).toISOString() : null,
    nextAttemptAt: null,
    waiting: state === 'online' ? 0 : 2,
    failed: 0,
  })
  const ownerState = (): Json => ({
    version: '0.1.0',
    setup,
    suggestedName: 'ada',
    owner: setup === 'name' ? null : { id: ada?.id, username: 'ada', handle: connection()['handle'] },
    connection: connection(),
    settings,
    host: 'headless',
  })
  const item = (id: string, kind: string, key: string): Json => ({
    id,
    kind,
    state: 'waiting',
    postId: world.keys.get(key)?.['id'] ?? null,
    accountId: null,
    excerpt: 'Third evening of replacing the sash cords.',
    acct: null,
    createdAt: new Date(Date.now() - 720_000).toISOString(),
    sentAt: null,
    delivered: 0,
    total: 0,
    nextAttemptAt: null,
    cancellable: true,
    failures: [],
  })
  const outbox = (): Json =>
    state === 'online'
      ? { items: [], waiting: 0, failed: 0 }
      : { items: [item('1', 'post', 'wet'), item('2', 'favourite', 'notebook')], waiting: 2, failed: 0 }
  const me = (): Json => ({
    ...account(ada ?? people[0]!, origin),
    source: { privacy: 'public', sensitive: false, language: 'en', note: 'Repairs windows.', fields: [], follow_requests_count: 1 },
  })

  const notification = (id: number, type: string, by: string, minutes: number, status?: Json): Json => {
    const person = people.find((one) => one.username === by)
    return {
      id: String(id),
      type,
      created_at: new Date(Date.now() - minutes * 60_000).toISOString(),
      group_key: `ungrouped-${id}`,
      account: person ? account(person, origin) : null,
      ...(status ? { status } : {}),
    }
  }
  const own = world.keys.get('old-own')
  const mention = world.statuses.find((one) => (one['account'] as Json)['username'] === 'wren' && one['in_reply_to_id'])
  const notifications: Json[] = [
    notification(900, 'mention', 'wren', 9, mention),
    ...['bo', 'cy', 'noor', 'pia', 'mirelle', 'jun', 'ines'].map((by, index) =>
      notification(890 - index, 'favourite', by, 22 + index, own),
    ),
    notification(880, 'follow', 'emeka', 60),
    notification(879, 'follow', 'a_rather_long_username_that_goes_on', 64),
    ...['pia', 'tomas', 'oskar'].map((by, index) => notification(870 - index, 'reblog', by, 180 + index, own)),
    notification(860, 'follow_request', 'noor', 300),
  ]
  /** Favourites, boosts and follows of the same thing as one. */
  const grouped = (): Json[] =>
    [
      ...Map.groupBy(notifications, (one) => {
        const status = (one['status'] as Json | undefined)?.['id']
        return ['favourite', 'reblog', 'follow'].includes(String(one['type']))
          ? `${String(one['type'])}-${String(status)}`
          : String(one['id'])
      }),
    ].map(([key, all]) => ({
      group_key: key,
      notifications_count: all.length,
      type: all[0]?.['type'],
      most_recent_notification_id: Number(all[0]?.['id']),
      page_max_id: all[0]?.['id'],
      latest_page_notification_at: all[0]?.['created_at'],
      sample_account_ids: all.slice(0, 8).map((one) => (one['account'] as Json)['id']),
      ...(all[0]?.['status'] ? { status_id: (all[0]['status'] as Json)['id'] } : {}),
    }))
  let requestsToFollow = ['noor']
  let read = '881'
  let uploads = 0

  const relation = (id: string): Json =>
    relations.get(id) ?? {
      id,
      following: Number(id) % 2 === 0,
      showing_reblogs: true,
      notifying: false,
      followed_by: Number(id) % 3 === 0,
      blocking: false,
      blocked_by: false,
      muting: false,
      muting_notifications: false,
      requested: false,
      requested_by: false,
      domain_blocking: false,
      endorsed: false,
      note: '',
      languages: null,
    }

  const page = (list: Json[], query: URLSearchParams): Json[] => {
    const limit = Number(query.get('limit') ?? 20)
    const number = (name: string) => (query.get(name) ? BigInt(query.get(name) ?? 0) : null)
    const [max, min, since] = [number('max_id'), number('min_id'), number('since_id')]
    const within = list.filter((one) => {
      const id = BigInt(String(one['id']))
      return (max === null || id < max) && (min === null || id > min) && (since === null || id > since)
    })
    return min === null ? within.slice(0, limit) : within.slice(-limit)
  }
  const marks: Record<string, [string, boolean]> = {
    favourite: ['favourited', true],
    unfavourite: ['favourited', false],
    reblog: ['reblogged', true],
    unreblog: ['reblogged', false],
    bookmark: ['bookmarked', true],
    unbookmark: ['bookmarked', false],
    mute: ['muted', true],
    unmute: ['muted', false],
    pin: ['pinned', true],
    unpin: ['pinned', false],
  }
  const held = new Set(world.home.slice(0, options.holdBack ?? 0).map((one) => one['id']))

  function route(method: string, path: string, query: URLSearchParams, body: Json): unknown {
    const parts = path.split('/').filter(Boolean)
    if (path.startsWith('/api/owner/')) {
      const [, , area, id] = parts
      if (area === 'session') return { token: 'mock-token' }
      if (area === 'state') return ownerState()
      if (area === 'setup' && id === 'name' && method === 'GET')
        return { name: (query.get('name') ?? '').toLowerCase().trim(), problem: null }
      if (area === 'setup') {
        setup = id === 'name' ? 'address' : 'ready'
        return ownerState()
      }
      if (area === 'connection') return connection()
      if (area === 'outbox') return outbox()
      if (area === 'drafts' && method === 'GET') return [...drafts.values()]
      if (area === 'drafts' && method === 'PUT') {
        const draft = {
          ...body,
          id,
          media: [],
          inReplyToAcct: null,
          createdAt: new Date().toISOString(),
          updatedAt: new Date().toISOString(),
        }
        drafts.set(String(id), draft)
        return draft
      }
      if (area === 'drafts') return drafts.delete(String(id)) && {}
      if (area === 'apps') return { openUntil: null, requests: [], apps: [], addresses: [] }
      if (area === 'searches') return { saved: [], recent: [] }
      if (area === 'settings') return (settings = { ...settings, ...body })
      if (area === 'places' && method === 'PUT') return places.set(String(id), body) && body
      if (area === 'places') return places.get(String(id)) ?? null
      return {}
    }
    const [, , area, id, action, sub] = parts
    if (path === '/api/v1/accounts/verify_credentials' || path === '/api/v1/accounts/update_credentials') return me()
    if (path === '/api/v1/timelines/home')
      return page(
        world.home.filter((one) => !held.has(one['id'])),
        query,
      )
    if (path.startsWith('/api/v1/timelines/tag/'))
      return page(
        world.statuses.filter((one) => String(one['content']).includes('gravure')),
        query,
      )
    if (path === '/api/v1/notifications') return page(notifications, query)
    if (path === '/api/v2/notifications/unread_count')
      return { count: grouped().filter((one) => Number(one['page_max_id']) > Number(read)).length }
    if (path === '/api/v2/notifications') {
      const before = Number(query.get('max_id') ?? Number.MAX_SAFE_INTEGER)
      return {
        accounts: notifications.flatMap((one) => (one['account'] ? [one['account'] as Json] : [])),
        statuses: notifications.flatMap((one) => (one['status'] ? [one['status'] as Json] : [])),
        notification_groups: grouped().filter((one) => Number(one['page_max_id']) < before),
      }
    }
    if (path === '/api/v1/markers') {
      if (method === 'POST')
        read = String((body['notifications'] as Json | undefined)?.['last_read_id'] ?? body['notifications[last_read_id]'] ?? read)
      return { notifications: { last_read_id: read, version: 1, updated_at: new Date().toISOString() } }
    }
    if (area === 'follow_requests') {
      if (method === 'POST') {
        requestsToFollow = []
        return { ...relation(String(id)), followed_by: action === 'authorize' }
      }
      return requestsToFollow.map((name) =>
        account(
          people.find((one) => one.username === name)!,
          origin,
        ),
      )
    }
    if (path === '/api/v1/bookmarks') return query.get('max_id') ? [] : world.statuses.filter((one) => one['bookmarked'])
    if (path === '/api/v1/favourites') return query.get('max_id') ? [] : world.statuses.filter((one) => one['favourited'])
    if (path === '/api/v2/search') {
      const q = (query.get('q') ?? '').toLowerCase().replace(/^@/, '')
      const resolving = query.get('resolve') === 'true'
      return {
        accounts: people
          .filter(
            (one) =>
              `${one.username}@${one.host} ${one.name}`.toLowerCase().includes(q) || (resolving && q === `${one.username}@${one.host}`),
          )
          .map((one) => account(one, origin)),
        statuses: world.statuses
          .filter((one) => String(one['content']).toLowerCase().includes(q) || one['url'] === query.get('q'))
          .slice(0, 20),
        hashtags: 'gravure'.includes(q) ? [{ name: 'gravure', url: `${origin}/tags/gravure`, history: [] }] : [],
      }
    }
    if (path === '/api/v1/accounts/lookup') {
      const found = people.find((one) => (one.host ? `${one.username}@${one.host}` : one.username) === query.get('acct'))
      return found ? account(found, origin) : undefined
    }
    if (path === '/api/v1/accounts/search') {
      const q = (query.get('q') ?? '').toLowerCase().replace(/^@/, '')
      return people
        .filter((one) => `${one.username}@${one.host} ${one.name}`.toLowerCase().includes(q))
        .slice(0, 6)
        .map((one) => account(one, origin))
    }
    if (area === 'media') {
      const media = {
        id: id ?? String(7_000 + uploads++),
        type: 'image',
        url: `${origin}/mock/print-1.svg`,
        preview_url: `${origin}/mock/print-1.svg`,
        remote_url: null,
        meta: {},
        description: body['description'] ?? null,
        blurhash: null,
      }
      return media
    }
    if (path === '/api/v1/accounts/relationships') return query.getAll('id[]').map(relation)
    if (area === 'accounts' && id) {
      const person = people.find((one) => one.id === id)
      if (!person) return undefined
      if (action === 'statuses') {
        const list = world.statuses.filter(
          (one) =>
            (one['account'] as Json)['id'] === id &&
            (query.get('only_media') !== 'true' || (one['media_attachments'] as Json[]).length > 0) &&
            (query.get('exclude_replies') !== 'true' || !one['in_reply_to_id']),
        )
        return page(list, query)
      }
      if (action === 'followers' || action === 'following')
        return query.get('max_id') ? [] : people.slice(1, 9).map((one) => account(one, origin))
      if (method === 'POST') {
        const change: Record<string, Json> = {
          follow: person.locked ? { requested: true } : { following: true },
          unfollow: { following: false, requested: false },
          block: { blocking: true, following: false },
          unblock: { blocking: false },
          mute: { muting: true },
          unmute: { muting: false },
        }
        const next = { ...relation(id), ...change[String(action)] }
        relations.set(id, next)
        return next
      }
      return account(person, origin)
    }
    if (area === 'statuses' && !id && method === 'POST') {
      const status = world.make(
        { by: 'ada', ago: 0, html: `<p>${String(body['status'] ?? '')}</p>`, visibility: String(body['visibility'] ?? 'public') },
        Date.now(),
      )
      if (body['in_reply_to_id']) status['in_reply_to_id'] = body['in_reply_to_id']
      world.statuses.unshift(status)
      world.home.unshift(status)
      stream('update', status)
      return status
    }
    if (area === 'statuses' && id) {
      const status = world.find(id)
      if (!status) return undefined
      if (action === 'context') return world.context(id)
      if (action === 'history')
        return [
          { ...status, content: '<p>Engine three purrs.</p>' },
          { ...status, created_at: status['edited_at'] ?? status['created_at'] },
        ]
      if (action === 'source') return { id, text: String(status['content']).replace(/<[^>]+>/g, ''), spoiler_text: status['spoiler_text'] }
      if (method === 'DELETE') {
        world.statuses.splice(world.statuses.indexOf(status), 1)
        return status
      }
      const mark = action ? marks[action] : undefined
      if (mark) status[mark[0]] = mark[1]
      return status
    }
    if (path === '/api/v1/custom_emojis') return []
    if (path === '/api/v2/instance')
      return {
        configuration: {
          statuses: { max_characters: 500, max_media_attachments: 4, characters_reserved_per_url: 23 },
          media_attachments: { description_limit: 1500 },
        },
      }
    return sub === undefined ? [] : {}
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    requests.push(`${request.method ?? 'GET'} ${url.pathname}`)
    if (url.pathname.startsWith('/mock/')) {
      const text = pictures.get(url.pathname.slice(6))
      response.writeHead(text ? 200 : 404, { 'Content-Type': 'image/svg+xml' })
      response.end(text ?? '')
      return
    }
    if (url.pathname.startsWith('/api/')) {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString('utf8')
      const body: Json = text.startsWith('{')
        ? (JSON.parse(text) as Json)
        : Object.fromEntries([...text.matchAll(/name="([^"]+)"\r\n\r\n([\s\S]*?)\r\n--/g)].map((found) => [found[1], found[2]]))
      const found = route(request.method ?? 'GET', url.pathname, url.searchParams, body)
      response.writeHead(found === undefined ? 404 : 200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(found === undefined ? { error: 'Record not found' } : found))
      return
    }
    const path = url.pathname.startsWith('/app/assets/') ? normalize(url.pathname.slice('/app/'.length)) : 'index.html'
    const file = join(options.window, path)
    const content = await readFile(file).catch(() => null)
    response.writeHead(content ? 200 : 404, {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      'Content-Security-Policy': POLICY,
      'Cache-Control': 'no-store',
    })
    response.end(content ?? '')
  }

  const live = new WebSocketServer({ noServer: true, handleProtocols: (protocols) => [...protocols][0] ?? false })
  server.on('upgrade', (request, socket, head) => {
    live.handleUpgrade(request, socket, head, (ws) => {
      const set = request.url?.startsWith('/api/owner/') ? sockets.owner : sockets.user
      set.add(ws)
      ws.on('close', () => set.delete(ws))
    })
  })
  const stream = (event: string, payload: unknown) => {
    for (const socket of sockets.user)
      socket.send(JSON.stringify({ stream: ['user'], event, payload: typeof payload === 'string' ? payload : JSON.stringify(payload) }))
  }
  return {
    origin,
    world,
    requests,
    stream,
    owner: (event) => {
      for (const socket of sockets.owner) socket.send(JSON.stringify(event))
    },
    close: () =>
      new Promise((resolve) => {
        for (const client of live.clients) client.terminate()
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

const flag = (name: string) => {
  const at = process.argv.indexOf(name)
  return at > 0 ? process.argv[at + 1] : undefined
}
if (process.argv[1] && import.meta.filename === process.argv[1]) {
  const mock = await startMock({
    window: flag('--window') ?? join(import.meta.dirname, '../../out/renderer'),
    port: Number(flag('--port') ?? 4620),
  })
  console.log(`${mock.origin}/app/#code=mock`)
}
