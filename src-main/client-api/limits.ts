import { AppError } from '../domain/errors.ts'
import type { FastifyReply } from 'fastify'
import type { Door } from '../domain/consents.ts'
import type { TokenInfo } from '../domain/grants.ts'

/**
 * How often one may ask, by token: behind a tunnel everybody has one address, and what is written in forwarded headers anybody can write
 * (mastodon-api.md 2.3; rule 50). Far above what an app asks for at its start: this is against loops and strangers, not against the owner.
 */

/** Requests in five minutes. */
export interface Allowances {
  /** With a token. */
  token: number
  /** Token requests of one app, and what it does in its own name. */
  app: number
  /** Everybody without a token together, on one listener. */
  none: number
  /** Apps that register: nobody needs many (rule 45). */
  registration: number
}

const ALLOWANCES: Allowances = { token: 9_000, app: 600, none: 6_000, registration: 120 }
const SPAN_MS = 5 * 60_000
/** Names that are remembered at a time; those whose time is over go first. */
const MOST_NAMES = 5_000

/** What it counts for: the name whose allowance a request uses, and how much that is. */
export interface Counted {
  name: string
  most: number
}

export interface Limits {
  /** Counts a request and says on the answer what is left. Throws 'rate-limited' when nothing is. */
  count(reply: FastifyReply, counted: Counted): void
  /** Whose allowance a request of this token uses; null: nobody counts. */
  of(grant: TokenInfo | null): Counted | null
  app(id: number): Counted
  /** Who shows nothing that is known here. */
  nobody(): Counted
  registration(): Counted
}

export function openLimits(listener: Door, now: () => number, allowances: Partial<Allowances> = {}): Limits {
  const most = { ...ALLOWANCES, ...allowances }
  const counts = new Map<string, { used: number; resetAt: number }>()

  const entry = (name: string) => {
    const at = now()
    const known = counts.get(name)
    if (known && known.resetAt > at) return known
    if (counts.size >= MOST_NAMES) for (const [old, { resetAt }] of counts) if (resetAt <= at) counts.delete(old)
    const fresh = { used: 0, resetAt: at + SPAN_MS }
    counts.set(name, fresh)
    return fresh
  }
  return {
    count(reply, counted) {
      const one = entry(counted.name)
      one.used++
      reply
        .header('X-RateLimit-Limit', String(counted.most))
        .header('X-RateLimit-Remaining', String(Math.max(0, counted.most - one.used)))
        .header('X-RateLimit-Reset', new Date(one.resetAt).toISOString())
      if (one.used <= counted.most) return
      reply.header('Retry-After', String(Math.max(1, Math.ceil((one.resetAt - now()) / 1000))))
      throw new AppError('rate-limited', 'Too many requests')
    },
    of(grant) {
      // On this computer only its own programs ask, the window first of all: nothing of theirs is counted but what apps do.
      if (listener === 'owner' && grant?.kind !== 'app' && grant?.kind !== 'client') return null
      if (!grant) return { name: 'none', most: most.none }
      if (grant.kind === 'client') return { name: `app ${grant.appId ?? 0}`, most: most.app }
      return { name: `token ${grant.id}`, most: most.token }
    },
    nobody: () => ({ name: 'none', most: most.none }),
    app: (id) => ({ name: `app ${id}`, most: most.app }),
    registration: () => ({ name: 'registration', most: most.registration }),
  }
}
