import type { AppRequest, Apps } from '../../src-main/owner-api/contract.ts'
import type { Ground } from './ground.ts'

/** What is typed as a code: letters and digits, whatever stands between them. The alphabet has no small letters. */
export const codeTyped = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9]/g, '')
/** How many letters and digits the waiting page shows. */
export const CODE_LENGTH = 6

/** The apps that are let in and those that ask, kept up by the owner events. Every method rejects with OwnerApiError. */
export class ConnectedApps {
  current: Apps | null = $state.raw(null)
  /** Requests that were put aside: they wait in the settings and do not come up by themselves again. */
  #aside: ReadonlySet<string> = $state.raw(new Set())
  #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
    ground.live.onowner((event) => {
      if (event.type === 'apps') this.current = event.apps
    })
    ground.live.onreconnected(() => void this.load().catch(() => undefined))
  }

  /** The oldest request that has been neither answered nor put aside. */
  get asking(): AppRequest | null {
    return this.current?.requests.find((request) => !this.#aside.has(request.id)) ?? null
  }

  async load(): Promise<void> {
    this.current = await this.#owner.apps()
  }

  /** Takes requests for ten minutes. */
  async open(): Promise<void> {
    this.current = await this.#owner.connectApps()
  }

  async close(): Promise<void> {
    this.current = await this.#owner.stopConnecting()
  }

  async approve(id: string, code: string): Promise<void> {
    this.current = await this.#owner.approveApp(id, codeTyped(code))
  }

  async deny(id: string): Promise<void> {
    this.current = await this.#owner.denyApp(id)
  }

  async revoke(id: string): Promise<void> {
    this.current = await this.#owner.removeApp(id)
  }

  /** Leaves a request for later, without an answer. */
  putAside(id: string): void {
    this.#aside = new Set([...this.#aside, id])
  }

  /** Brings a request back that was put aside. */
  bringBack(id: string): void {
    this.#aside = new Set([...this.#aside].filter((one) => one !== id))
  }

  get #owner() {
    return this.#ground.session.owner
  }
}
