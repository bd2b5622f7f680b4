import { randomBytes } from 'node:crypto'
import { jsonTypes, NetError } from '../net/index.ts'
import type { Net } from '../net/index.ts'
import type { AddressCheckCode } from '../owner-api/contract.ts'

/** Whether an address leads here, found out by asking it before it is chosen. */
export interface AddressCheck {
  run(origin: string): Promise<AddressCheckCode>
  /** What the public listener says to a request of a check that is under way, whatever name it is addressed to; null to all others. */
  answer(target: string, host: string): { proof: string; host: string } | null
}

const PATH = '/.well-known/burrow-check/'
const LIMIT_MS = 15_000
/** Checks at a time: one press is one, and nobody presses more often. */
const AT_ONCE = 4

/**
 * What is asked for is known to whoever stands in between, what is answered is not: only this program can say it. `isOwn`: the address is
 * ours already, whatever it resolves to.
 */
export function openAddressCheck(parts: { net: Net; isOwn: (host: string) => boolean }): AddressCheck {
  const waiting = new Map<string, string>()
  return {
    answer(target, host) {
      const proof = target.startsWith(PATH) ? waiting.get(target.slice(PATH.length)) : undefined
      return proof === undefined ? null : { proof, host }
    },
    async run(origin) {
      if (waiting.size >= AT_ONCE) return 'offline'
      const asked = randomBytes(16).toString('hex')
      const proof = randomBytes(16).toString('hex')
      const { host } = new URL(origin)
      waiting.set(asked, proof)
      try {
        const told = await parts.net.getJson(`${origin}${PATH}${asked}`, {
          types: jsonTypes,
          redirects: 0,
          maxBytes: 4_096,
          totalMs: LIMIT_MS,
          ...(parts.isOwn(host) ? { self: true } : {}),
        })
        const said = told.json as { proof?: unknown; host?: unknown } | null
        if (said?.proof !== proof) return 'not-us'
        return said.host === host ? 'fine' : 'host'
      } catch (error) {
        return codeFor(error)
      } finally {
        waiting.delete(asked)
      }
    },
  }
}

function codeFor(error: unknown): AddressCheckCode {
  if (!(error instanceof NetError)) throw error
  if (error.ours) return 'offline'
  switch (error.code) {
    case 'dns':
      return 'no-name'
    case 'connect':
    case 'timeout':
      return 'no-answer'
    case 'tls':
      return 'tls'
    case 'refused-address':
      return 'private'
    default:
      return 'not-us'
  }
}
