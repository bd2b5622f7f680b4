import { OwnerApiError } from '../api/owner.ts'
import { m } from '../locales/generated/messages.js'
import type { AwayReport, HostDelivery } from '../../src-main/owner-api/contract.ts'
import type { Ground } from './ground.ts'

/** How deliveries to every server go, and what was read up after the last absences. Made for one view; `close` ends its updates. */
export class Health {
  phase: 'loading' | 'ready' | 'failed' = $state('loading')
  hosts: HostDelivery[] = $state.raw([])
  away: AwayReport[] = $state.raw([])
  /** The server that is being tried or let go of. */
  busy: string | null = $state(null)
  #ground: Ground
  #stop: () => void

  constructor(ground: Ground) {
    this.#ground = ground
    this.#stop = ground.live.onowner((event) => {
      if (event.type === 'away') this.#took(event.report)
    })
  }

  /** Those that need a look first. */
  get troubled(): HostDelivery[] {
    return this.hosts.filter((host) => host.state !== 'fine' || host.waiting > 0 || host.failed > 0)
  }

  get running(): AwayReport | null {
    return this.away.find((report) => report.state === 'running') ?? null
  }

  async load(): Promise<void> {
    const { owner } = this.#ground.session
    try {
      const [hosts, away] = await Promise.all([owner.hosts(), owner.away()])
      this.hosts = hosts
      this.away = away
      this.phase = 'ready'
    } catch {
      if (this.phase !== 'ready') this.phase = 'failed'
    }
  }

  retry(host: string): Promise<void> {
    return this.#change(host, (owner) => owner.retryHost(host))
  }

  forget(host: string): Promise<void> {
    return this.#change(host, (owner) => owner.forgetHost(host))
  }

  catchUp(): Promise<void> {
    return this.#read((owner) => owner.catchUp())
  }

  stopCatchUp(): Promise<void> {
    return this.#read((owner) => owner.stopCatchUp())
  }

  close(): void {
    this.#stop()
  }

  async #change(host: string, run: (owner: Ground['session']['owner']) => Promise<HostDelivery>): Promise<void> {
    if (this.busy) return
    this.busy = host
    await this.#try(async () => {
      const told = await run(this.#ground.session.owner)
      this.hosts = this.hosts.map((one) => (one.host === host ? told : one))
    })
    this.busy = null
  }

  #read(run: (owner: Ground['session']['owner']) => Promise<AwayReport[]>): Promise<void> {
    return this.#try(async () => {
      this.away = await run(this.#ground.session.owner)
    })
  }

  async #try(run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      if (error instanceof OwnerApiError && error.code === 'not-found') {
        // What waited there has gone meanwhile.
        await this.load()
        return
      }
      const offline = error instanceof OwnerApiError && error.code === 'unavailable'
      this.#ground.toasts.show({ text: offline ? m.health_offline() : m.failure_unreachable(), tone: 'assertive' })
    }
  }

  #took(report: AwayReport): void {
    const known = this.away.some((one) => one.id === report.id)
    this.away = known ? this.away.map((one) => (one.id === report.id ? report : one)) : [report, ...this.away]
  }
}
