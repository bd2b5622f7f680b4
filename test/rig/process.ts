import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** A program in a process group of its own, so that it can be ended together with everything it started. */
export interface Program {
  readonly child: ChildProcess
  readonly pid: number
  /** What it said on stderr so far. */
  stderr(): string
  /** The first line on stdout. Rejects with the program's last words when it ends before. */
  readonly firstLine: Promise<string>
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string>
  readonly running: boolean
  /** SIGTERM to the program itself, SIGKILL to the group after `limit` milliseconds. */
  stop(limit?: number): Promise<number | string>
  /** SIGKILL to the whole group, at once. */
  kill(): Promise<void>
}

const KEPT = 2_000_000

/** A test runner that is killed takes nobody along, so what it started looks after that itself: alone, the whole group ends. */
const notAlone = `data:text/javascript,${encodeURIComponent(
  'const parent = process.ppid; setInterval(() => process.ppid !== parent && process.kill(-process.pid, "SIGKILL"), 1000).unref()',
)}`

/** Starts `node` with these arguments. The group dies with this process. */
export function startNode(argv: readonly string[], options: { env?: Record<string, string | undefined>; cwd?: string } = {}): Program {
  const env: Record<string, string | undefined> = { ...process.env, NODE_OPTIONS: '', ...options.env }
  for (const name of Object.keys(env)) if (/^(VITEST|BURROW_)/.test(name) && options.env?.[name] === undefined) delete env[name]
  // Not where start and memory are measured.
  const watched = process.env.VITEST === undefined ? argv : ['--import', notAlone, ...argv]
  const child = spawn(process.execPath, watched, { cwd: options.cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const pid = child.pid
  if (pid === undefined) throw new Error(`${argv.join(' ')} could not be started`)
  let said = ''
  let printed = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-KEPT)))
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? -1))
    child.once('error', () => resolve(-1))
  })
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(0, 100_000)
      const end = printed.indexOf('\n')
      if (end >= 0) resolve(printed.slice(0, end))
    })
    void ended.then((how) => reject(new Error(`${argv.slice(0, 3).join(' ')} … ended with ${how}: ${said.slice(-2_000)}`)))
  })
  firstLine.catch(() => undefined)
  const killGroup = () => {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // Nobody of the group is left.
    }
  }
  process.once('exit', killGroup)
  void ended.then(() => process.removeListener('exit', killGroup))
  const running = () => child.exitCode === null && child.signalCode === null
  return {
    child,
    pid,
    stderr: () => said,
    firstLine,
    ended,
    get running() {
      return running()
    },
    async stop(limit = 5_000) {
      if (running()) child.kill('SIGTERM')
      const late = setTimeout(killGroup, limit)
      const how = await ended
      clearTimeout(late)
      killGroup()
      return how
    },
    async kill() {
      killGroup()
      await ended
    },
  }
}

/** A port of 127.0.0.1 that nobody has at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/**
 * Asks again and again until the answer is neither null, undefined nor false, for what other processes do in their own time.
 * @throws with `what` and the last error after `limit` milliseconds
 */
export async function until<T>(what: string, ask: () => T | Promise<T>, limit = 20_000): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + limit
  let problem = ''
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== null && answer !== undefined && answer !== false) return answer as NonNullable<Exclude<T, false>>
      problem = ''
    } catch (error) {
      problem = `: ${error instanceof Error ? error.message : String(error)}`
    }
    if (performance.now() > deadline) throw new Error(`After ${limit / 1000} s still not: ${what}${problem}`)
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
}

/** Processor time of a process and all its threads so far, in milliseconds, and its memory in bytes (Linux; null elsewhere or when it is gone). */
export async function usage(pid: number): Promise<{ cpuMs: number; rss: number; peakRss: number } | null> {
  const { readFile } = await import('node:fs/promises')
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
    // Clock ticks are hundredths of a second on every Linux that Node runs on.
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, rss: kilobytes('VmRSS'), peakRss: kilobytes('VmHWM') }
  } catch {
    return null
  }
}
