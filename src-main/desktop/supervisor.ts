import type { HostMessage, InstanceMessage } from '../instance-protocol.ts'

/** A running instance, whichever kind of process carries it. */
export type InstanceProcess = {
  post: (message: HostMessage) => void
  /** Ends it without a farewell. */
  kill: () => void
  onMessage: (heard: (message: InstanceMessage) => void) => void
  onExit: (gone: (code: number | null) => void) => void
}

export type SupervisorInput = {
  fork: () => InstanceProcess
  /** Flags of the instance. */
  argv: readonly string[]
  /** Milliseconds since the epoch. */
  now: () => number
  /** Runs something after so many milliseconds; returns the way to call that off. */
  later: (run: () => void, ms: number) => () => void
  heard: (message: InstanceMessage) => void
  /** It will not be started again by itself: it said why, or it ended too often. */
  gaveUp: (sentence: string | null) => void
}

const window = 10 * 60_000
const mostRestarts = 5
/** Under the five seconds in which the whole program has to be gone. */
const farewell = 4_000

/**
 * Keeps one instance running: started again when it ends by itself, after 1, 2, 4, 8, 16 s and at most five times in ten minutes. Not when
 * it says that it cannot start (`failed`, exit code 2), and not when it is asked to stop.
 */
export class Supervisor {
  readonly #input: SupervisorInput
  #child: InstanceProcess | null = null
  #callOff: (() => void) | null = null
  #ends: number[] = []
  #sentence: string | null = null
  #stopping: Promise<void> | null = null
  #gone: (() => void) | null = null

  constructor(input: SupervisorInput) {
    this.#input = input
  }

  start(): void {
    if (this.#child || this.#stopping) return
    this.#sentence = null
    const child = this.#input.fork()
    this.#child = child
    child.onMessage((message) => {
      if (message.type === 'failed') this.#sentence = message.sentence
      if (this.#child === child) this.#input.heard(message)
    })
    child.onExit((code) => this.#ended(child, code))
    child.post({ type: 'start', argv: [...this.#input.argv], keyStore: true })
  }

  /** Start after `gaveUp`, with a clean slate. */
  startAgain(): void {
    this.#ends = []
    this.start()
  }

  /** Nothing happens while no instance runs: what a suspend or a badge says is stale by the time it does. */
  post(message: HostMessage): void {
    this.#child?.post(message)
  }

  /** Asks the instance to stop, ends it after four seconds, and resolves when it is gone. Calling it again waits for the same end. */
  stop(): Promise<void> {
    this.#stopping ??= new Promise<void>((done) => {
      this.#callOff?.()
      const child = this.#child
      if (!child) return done()
      const callOff = this.#input.later(() => {
        child.kill()
        // An exit that is never reported must not keep the program open.
        this.#input.later(done, 500)
      }, farewell)
      this.#gone = () => {
        callOff()
        done()
      }
      child.post({ type: 'stop' })
    })
    return this.#stopping
  }

  #ended(child: InstanceProcess, code: number | null): void {
    if (this.#child !== child) return
    this.#child = null
    if (this.#stopping) return this.#gone?.()
    const now = this.#input.now()
    this.#ends = [...this.#ends.filter((end) => now - end < window), now]
    if (this.#sentence !== null || code === 2 || this.#ends.length > mostRestarts) return this.#input.gaveUp(this.#sentence)
    this.#callOff = this.#input.later(() => this.start(), 1_000 * 2 ** (this.#ends.length - 1))
  }
}
