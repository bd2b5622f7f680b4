import { enableCompileCache } from 'node:module'
import { ConfigError, ownCodeCacheFolder, readConfig } from './config.ts'
import { connectParent } from './server/parent.ts'
import { openLogs } from './server/logs.ts'
import { programOf } from './server/program.ts'
import { isSentence } from './server/sentences.ts'
import type { RunningInstance } from './server.ts'
import type { Logs } from './server/logs.ts'

/**
 * The instance as a process, the same file under every host (design 1): by itself it prints one line of JSON on stdout when it is ready;
 * held by a parent it speaks `instance-protocol.ts` and prints nothing. Logs go to stderr. Exit code 2: it cannot start, and said why in
 * one sentence.
 */

/** The whole end takes at most 5 s, whatever hangs. */
const END_MS = 4_500

const parent = connectParent()
let instance: RunningInstance | null = null
let logs: Logs | null = null
let ending = false

function end(code: number): void {
  if (ending) return
  ending = true
  setTimeout(() => process.exit(code), END_MS).unref()
  const closed = instance ? instance.close() : Promise.resolve()
  void closed
    .catch((error: unknown) => logs?.fatal({ error: (error as Error).stack }, 'the end was not clean'))
    .then(() => parent?.say({ type: 'stopped' }))
    .finally(() => {
      logs?.flush()
      process.exit(code)
    })
}

function refuse(sentence: string): void {
  if (parent) parent.say({ type: 'failed', sentence })
  process.stderr.write(`${sentence}\n`, () => process.exit(2))
}

async function start(): Promise<void> {
  const argv = parent ? await parent.started : process.argv.slice(2)
  if (argv === null) return end(0)
  const config = readConfig(argv)
  logs = openLogs(config.logLevel)
  // Everything heavy is loaded below this line, so that its compiled code is kept from one start to the next.
  enableCompileCache(ownCodeCacheFolder())
  const { startInstance } = await import('./server.ts')
  const started = await startInstance(config, {
    program: programOf(import.meta.url),
    logs,
    now: Date.now,
    host: parent?.host ?? null,
    keyBackend: await parent?.keyBackend(),
    stop: () => end(0),
  })
  instance = started
  if (ending) return void (await started.close())
  const { owner, public: outside, origin } = started
  const ready = { owner, public: outside, origin, signIn: started.signIn() }
  if (parent) parent.say({ type: 'ready', ...ready, language: started.language() })
  else process.stdout.write(`${JSON.stringify({ event: 'ready', ...ready })}\n`)
  parent?.listen({
    woken: (why) => started.woken(why),
    signIn: () => parent.say({ type: 'sign-in', signIn: started.signIn() }),
    battery: (on) => started.battery(on),
  })
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => end(0))
void parent?.asked.then(() => end(0))
const wrong = (what: string) => (error: unknown) => {
  const text = error instanceof Error ? error.stack : String(error)
  if (logs) logs.fatal({ error: text }, what)
  else process.stderr.write(`${text}\n`)
}
// A promise that nobody waited for leaves the rest as it was; after an exception out of nowhere nothing is sure any more.
process.on('unhandledRejection', wrong('unhandled rejection'))
process.on('uncaughtException', (error) => {
  wrong('uncaught exception')(error)
  end(1)
})
start().catch((error: unknown) => {
  if (ending) return
  if (error instanceof ConfigError || isSentence(error)) return refuse(error.message)
  wrong('it did not start')(error)
  end(1)
})
