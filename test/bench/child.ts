import { fork, type ChildProcess } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'

/** The other side of a benchmark in a process of its own, so that it costs the measured one nothing but its requests. One call at a time. */
export interface Child {
  call<T>(type: string, more?: object): Promise<T>
  stop(): Promise<void>
}

/** Runs the module at `url` with the argument `worker`. */
export function startChild(path: string): Child {
  const child: ChildProcess = fork(path, ['worker'], { execArgv: ['--no-warnings'], env: { ...process.env, UV_THREADPOOL_SIZE: '4' } })
  let waiting: PromiseWithResolvers<unknown> | null = null
  child.on('message', (answer) => waiting?.resolve(answer))
  child.on('exit', (code) => waiting?.reject(new Error(`${path} ended with ${String(code)}`)))
  return {
    call<T>(type: string, more: object = {}): Promise<T> {
      waiting = Promise.withResolvers()
      child.send({ type, ...more })
      return waiting.promise as Promise<T>
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

/** Answers the calls of {@link startChild}, if this process is the child. */
export function answerCalls(module: string, answers: Record<string, (ask: never) => unknown>): void {
  if (process.argv[1] !== module || process.argv[2] !== 'worker' || !process.send) return
  process.on('message', (message: { type: string }) => {
    void (async () => {
      try {
        process.send?.((await answers[message.type]?.(message as never)) ?? {})
      } catch (error) {
        process.stderr.write(`${(error as Error).stack ?? String(error)}\n`)
        process.exit(1)
      }
    })()
  })
  process.on('disconnect', () => process.exit(0))
}

/** One pair for all people of a child: what is measured is who verifies, not who signs. */
export function newKeys(): { privateKey: KeyObject; publicPem: string } {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { privateKey: createPrivateKey(pair.privateKey), publicPem: pair.publicKey }
}
