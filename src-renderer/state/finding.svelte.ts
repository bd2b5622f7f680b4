import { m } from '../locales/generated/messages.js'
import { OwnerApiError } from '../api/owner.ts'
import type { PeopleImport } from '../../src-main/owner-api/contract.ts'
import type { Ground } from './ground.ts'

/** As many as the server takes at once. */
export const MOST_PEOPLE = 5_000
const ACCT = /@?[\w.-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?/i
const LINK = /https?:\/\/[^\s/,;"<>]+\/[^\s,;"<>]+/i

/** Addresses and links in whatever was pasted: a list, a letter, Mastodon's CSV. One of each, in order. */
export function readPeople(pasted: string): string[] {
  const found = new Set<string>()
  for (const piece of pasted.split(/[\s,;"<>()]+/)) {
    // Nobody's address is that long, and our server would refuse the whole list for it.
    if (piece.length > 1_000) continue
    const link = LINK.exec(piece)
    if (link) found.add(link[0])
    else if (ACCT.test(piece)) found.add((ACCT.exec(piece) as RegExpExecArray)[0].replace(/^@/, '').toLowerCase())
  }
  return [...found]
}

/** Following many at once: the server does it in the background, this shows how far it is. */
export class Finding {
  progress: PeopleImport | null = $state.raw(null)
  busy = $state(false)
  #ground: Ground
  #stop: () => void

  constructor(ground: Ground) {
    this.#ground = ground
    this.#stop = ground.live.onowner((event) => {
      if (event.type === 'people') this.progress = event.people
    })
  }

  async load(): Promise<void> {
    this.progress = await this.#ground.session.owner.people().catch(() => null)
  }

  /** True if it has begun. */
  async follow(addresses: readonly string[]): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    try {
      this.progress = await this.#ground.session.owner.followPeople(addresses)
      return true
    } catch (error) {
      const many = error instanceof OwnerApiError && error.code === 'too-many'
      this.#ground.toasts.show({ text: many ? m.people_too_many({ max: MOST_PEOPLE }) : m.failure_unreachable(), tone: 'assertive' })
      return false
    } finally {
      this.busy = false
    }
  }

  async forget(): Promise<void> {
    await this.#ground.session.owner.forgetPeople().catch(() => undefined)
    this.progress = null
  }

  close(): void {
    this.#stop()
  }
}
