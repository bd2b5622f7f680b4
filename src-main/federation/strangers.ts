import { AppError } from '../domain/errors.ts'
import { hostOf } from './mapping/read.ts'

/**
 * How much strangers may make us ask and remember (rule 29): every host, and every domain with all its sub-domains together (a wildcard
 * makes a thousand hosts out of one), has a bucket of look-ups and a number of new people per day. It only delays: what is refused now
 * is kept and tried later. What the owner asks for is never counted.
 */
export interface Strangers {
  /** Before a look-up that something sent to us causes. @throws AppError 'unavailable' */
  ask(uri: string): void
  /** Before somebody new is stored because of it. @throws AppError 'unavailable' */
  meet(uri: string): void
}

interface Allowance {
  burst: number
  perSecond: number
  newPerDay: number
}
/** The largest server there is may greet us with some hundred people at once; a whole domain with a flood of 10,000 (design section 5). */
const HOST: Allowance = { burst: 600, perSecond: 5, newPerDay: 5_000 }
const DOMAIN: Allowance = { burst: 25_000, perSecond: 40, newPerDay: 20_000 }
const DAY_MS = 24 * 3600_000
const REMEMBERED = 20_000

interface Bucket {
  left: number
  at: number
  met: number
  day: number
}

export function openStrangers(now: () => number, limits: { host?: Allowance; domain?: Allowance } = {}): Strangers {
  const hosts = new Map<string, Bucket>()
  const domains = new Map<string, Bucket>()

  function bucket(map: Map<string, Bucket>, key: string, { burst, perSecond }: Allowance): Bucket {
    const at = now()
    const day = Math.floor(at / DAY_MS)
    let held = map.get(key)
    if (!held) {
      // The longest unheard of go first: theirs is full again, or nearly.
      if (map.size >= REMEMBERED) map.delete(map.keys().next().value as string)
      held = { left: burst, at, met: 0, day }
    } else map.delete(key)
    held.left = Math.min(burst, held.left + (Math.max(0, at - held.at) / 1_000) * perSecond)
    held.at = at
    if (held.day !== day) Object.assign(held, { day, met: 0 })
    map.set(key, held)
    return held
  }

  const both = (uri: string): [Bucket, Bucket, Allowance, Allowance] => {
    const host = hostOf(uri)
    const [ofHost, ofDomain] = [limits.host ?? HOST, limits.domain ?? DOMAIN]
    return [bucket(hosts, host, ofHost), bucket(domains, registrable(host), ofDomain), ofHost, ofDomain]
  }
  const tooMuch = () => new AppError('unavailable', 'Too much is asked for because of that server.', { reason: 'rule-29' })

  return {
    ask(uri) {
      const [host, domain] = both(uri)
      if (host.left < 1 || domain.left < 1) throw tooMuch()
      host.left--
      domain.left--
    },
    meet(uri) {
      const [host, domain, ofHost, ofDomain] = both(uri)
      if (host.met >= ofHost.newPerDay || domain.met >= ofDomain.newPerDay) throw tooMuch()
      host.met++
      domain.met++
    },
  }
}

/** The last two labels of a host: for `co.uk` and its like that is too large a domain, which only makes it share a large allowance. */
export function registrable(host: string): string {
  return host.split(':')[0]?.split('.').slice(-2).join('.') ?? host
}
