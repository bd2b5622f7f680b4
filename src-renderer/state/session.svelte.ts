import { OwnerApiError, OwnerClient } from '../api/owner.ts'
import { mastodonClient, type AccountCredentials, type Rest } from '../api/mastodon.ts'
import type { OwnerState } from '../../src-main/owner-api/contract.ts'

const TOKEN = 'burrow.token'

/**
 * Who is at the window. `signed-out`: no token, or it no longer holds (the page asks for a fresh link). `unreachable`: our
 * own server gives no answer. `name`: first run. `ready`: everything works.
 */
export type SessionPhase = 'starting' | 'signed-out' | 'unreachable' | 'name' | 'ready'

/** The code of a sign-in link, `#code=…`; null when the fragment is something else. */
export function codeInFragment(fragment: string): string | null {
  const code = new URLSearchParams(fragment.replace(/^#/, '')).get('code')
  return code && code.length <= 512 ? code : null
}

/** Token, owner and the two clients made with that token. */
export class Session {
  phase: SessionPhase = $state('starting')
  /** The sign-in link was used or is too old. */
  codeRefused = $state(false)
  state: OwnerState | null = $state.raw(null)
  /** The owner's own account as other people's servers see it; null until there is a name. */
  me: AccountCredentials | null = $state.raw(null)

  /** What else must be there before the window shows anything: it is waited for while the server is asked. */
  beside: Promise<unknown> = Promise.resolve()

  /** Called whenever the server has accepted the token; the caller loads what the token opens. */
  onready: (() => void) | null = null

  token: string | null
  owner: OwnerClient
  rest: Rest
  readonly origin: string
  #storage: Storage

  constructor(origin: string = location.origin, storage: Storage = localStorage) {
    this.origin = origin
    this.#storage = storage
    this.token = storage.getItem(TOKEN)
    this.owner = new OwnerClient(origin, this.token)
    this.rest = mastodonClient(origin, this.token ?? '')
  }

  /** Reads the fragment, trades its code, and asks the server where we are. The fragment leaves the address at once. */
  async start(): Promise<void> {
    const code = codeInFragment(location.hash)
    if (code) {
      history.replaceState(history.state, '', location.pathname + location.search)
      try {
        const { token } = await this.owner.session(code)
        this.#adopt(token)
      } catch (error) {
        if (error instanceof OwnerApiError && error.code === 'unreachable') {
          this.phase = 'unreachable'
          return
        }
        this.codeRefused = true
      }
    }
    await this.refresh()
  }

  /** Trades a code typed or pasted by hand. False when it is not accepted. */
  async signIn(code: string): Promise<boolean> {
    try {
      const { token } = await this.owner.session(code)
      this.#adopt(token)
    } catch {
      return false
    }
    await this.refresh()
    return true
  }

  /** Asks for the owner state again and moves the phase. Never rejects. */
  async refresh(): Promise<void> {
    if (!this.token) {
      this.phase = 'signed-out'
      return
    }
    try {
      const [state] = await Promise.all([this.owner.state(), this.beside])
      this.adopt(state)
    } catch (error) {
      if (error instanceof OwnerApiError && error.status === 401) this.signOut()
      else this.phase = 'unreachable'
    }
  }

  /** Takes over a state that another call answered (first run does this after each step). */
  adopt(state: OwnerState): void {
    this.state = state
    this.phase = state.setup === 'name' ? 'name' : 'ready'
    if (state.owner) void this.loadMe()
    this.onready?.()
  }

  /** True for the id of the owner's own account. */
  isMe(id: string): boolean {
    return id === (this.me?.id ?? this.state?.owner?.id)
  }

  /** Fetches the owner's own account; a failure leaves what was there. */
  async loadMe(): Promise<void> {
    try {
      this.me = await this.rest.v1.accounts.verifyCredentials()
    } catch {
      // The status chip says when the server is away; the old account stays.
    }
  }

  /** Forgets the token. */
  signOut(): void {
    this.#storage.removeItem(TOKEN)
    this.token = null
    this.phase = 'signed-out'
  }

  #adopt(token: string): void {
    this.#storage.setItem(TOKEN, token)
    this.token = token
    this.codeRefused = false
    this.owner = new OwnerClient(this.origin, token)
    this.rest = mastodonClient(this.origin, token)
  }
}
