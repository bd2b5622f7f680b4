import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { ChildProcess } from 'node:child_process'

/** The program's own processes, run by Node from the sources; ended when the test ends. */

const root = join(import.meta.dirname, '../../..')
const running: ChildProcess[] = []
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
})

export interface Run {
  child: ChildProcess
  out: () => string
  err: () => string
  /** Exit code, or the signal's name. */
  ended: Promise<number | string>
  /** Resolves when stdout has this many lines. */
  lines: (count: number) => Promise<string[]>
}

export function run(
  entry: 'serve' | 'cli',
  argv: readonly string[],
  stdio: ('ignore' | 'pipe' | 'ipc')[] = ['ignore', 'pipe', 'pipe'],
): Run {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|BURROW_|NODE_OPTIONS|NODE_CHANNEL)/.test(name)))
  const child = spawn(process.execPath, [join(root, 'src-main', `${entry}.ts`), ...argv], { env, stdio })
  running.push(child)
  // A child whose message channel was let go of never says 'close'.
  const ending = stdio.includes('ipc') ? 'exit' : 'close'
  let out = ''
  let err = ''
  const waiting: (() => void)[] = []
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString()
    for (const look of [...waiting]) look()
  })
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const ended = new Promise<number | string>((resolve) =>
    child.once(ending, (code: number | null, signal: string | null) => resolve(code ?? signal ?? -1)),
  )
  return {
    child,
    out: () => out,
    err: () => err,
    ended,
    lines: (count) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const lines = out.split('\n').slice(0, -1)
          if (lines.length >= count) resolve(lines)
        }
        waiting.push(look)
        look()
        void ended.then((code) => reject(new Error(`ended with ${code}: ${err}`)))
      }),
  }
}

export interface Ready {
  event: string
  owner: string
  public: string
  origin: string | null
  signIn: string
}
export const readyOf = async (started: Run) => JSON.parse((await started.lines(1))[0] as string) as Ready
