import type { AwayReport, Connection } from '../../src-main/owner-api/contract.ts'
import type { Ground } from './ground.ts'

/** Others may have stopped trying after so long (Mastodon: about two days). */
const LONG_AWAY = 2 * 24 * 3600_000

/** A change for the worse that is over within this time is shown nowhere; the owner's own choices and good news are shown at once. */
export const FLAP = 10_000
const WORSE: readonly Connection['state'][] = ['connecting', 'unreachable', 'offline']

/** Whether others can reach us, kept up to date by the owner events. */
export class ConnectionWatch {
  #told: Connection | null = $state.raw(null)
  /** Events so far: an answer that was asked for before the newest event is older than it. */
  #events = 0
  /** Reading up after an absence of two days or more, while it goes on. */
  away: AwayReport | null = $state.raw(null)
  #reports = 0
  /** How it stood before a change for the worse that may be over in a moment. */
  #before: Connection | null = $state.raw(null)
  #flap: ReturnType<typeof setTimeout> | undefined
  #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
    ground.live.onowner((event) => {
      if (event.type === 'away') {
        this.#reports++
        this.#read(event.report)
        return
      }
      if (event.type === 'connection') {
        this.#events++
        this.#adopt(event.connection)
      } else if ((event.type === 'outbox' || event.type === 'outbox-removed') && this.current) {
        this.#told = { ...this.current, waiting: event.waiting, failed: event.failed }
      }
    })
    ground.live.onreconnected(() => void this.load())
  }

  /** The last known state; null until the server has told it. */
  get current(): Connection | null {
    return this.#told ?? this.#ground.session.state?.connection ?? null
  }

  /** As the status chip shows it: as it is, but for what may be over in a moment. */
  get shown(): Connection | null {
    const { current } = this
    return this.#before && current ? { ...this.#before, waiting: current.waiting, failed: current.failed } : current
  }

  /** Our public address answers: what is written now leaves now. */
  get online(): boolean {
    return this.current?.state === 'online'
  }

  /** Host of the address, once there is one. */
  get host(): string | null {
    const origin = this.current?.origin
    return origin ? new URL(origin).host : null
  }

  async load(): Promise<void> {
    const before = this.#events
    void this.#lookBack()
    try {
      const connection = await this.#ground.session.owner.connection()
      if (this.#events === before) this.#adopt(connection)
    } catch {
      // The socket tells the state again as soon as the server is back.
    }
  }

  /** A window that opens later than our server was back finds what it is catching up with. */
  async #lookBack(): Promise<void> {
    const before = this.#reports
    try {
      const reports = await this.#ground.session.owner.away()
      if (this.#reports === before) this.#read(reports.find((report) => report.state === 'running') ?? null)
    } catch {
      // As above.
    }
  }

  #read(report: AwayReport | null): void {
    const long = report !== null && Date.parse(report.backAt) - Date.parse(report.awaySince) >= LONG_AWAY
    this.away = long && report.state === 'running' ? report : null
  }

  /** Tries at once instead of at `nextAttemptAt`. */
  async retry(): Promise<void> {
    const before = this.#events
    try {
      const connection = await this.#ground.session.owner.retryConnection()
      if (this.#events === before) this.#adopt(connection)
    } catch {
      await this.#ground.session.refresh()
    }
  }

  /** Nothing leaves until then; null: it goes on. */
  async pause(until: Date | null): Promise<void> {
    try {
      this.#adopt(await this.#ground.session.owner.pause(until === null ? null : until.toISOString()))
    } catch {
      await this.#ground.session.refresh()
    }
  }

  #adopt(connection: Connection): void {
    const was = this.current
    this.#told = connection
    if (!WORSE.includes(connection.state)) {
      clearTimeout(this.#flap)
      this.#before = null
    } else if (was?.state === 'online') {
      this.#before = was
      clearTimeout(this.#flap)
      this.#flap = setTimeout(() => (this.#before = null), FLAP)
    }
    const { session } = this.#ground
    const { state } = session
    // The address has just been chosen: the owner is called by it from now on.
    if (state?.owner && state.owner.handle !== connection.handle)
      session.state = { ...state, connection, owner: { ...state.owner, handle: connection.handle } }
  }
}
