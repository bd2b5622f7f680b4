import { activityAccept, activityTypes, jrdTypes, NetError } from '../net/index.ts'
import type { Net } from '../net/index.ts'
import type { SelfCheck } from './connectivity.ts'

/** Our own clock may be wrong by so much before others refuse our signatures (federation.md section 2.1). */
const MAX_SKEW_MS = 5 * 60_000

/**
 * Fetches our own WebFinger and actor through the public address, as a receiver of our deliveries does, and looks for our key. Whoever
 * else answers under our name is found out here. The one fetch of our own origin that `net` lets through (design 10).
 */
export async function checkSelf(
  net: Net,
  own: { origin: string; actor: string; account: string; publicPem: string },
  now: () => number,
): Promise<SelfCheck> {
  try {
    const resource = encodeURIComponent(`acct:${own.account}`)
    const finger = await net.getJson(`${own.origin}/.well-known/webfinger?resource=${resource}`, { types: jrdTypes, self: true })
    const links = (finger.json as { links?: { rel?: string; href?: string }[] }).links
    if (!Array.isArray(links) || !links.some((link) => link.rel === 'self' && link.href === own.actor)) return 'wrong-key'
    const actor = await net.getJson(own.actor, { accept: activityAccept, types: activityTypes, self: true })
    const found = (actor.json as { publicKey?: { publicKeyPem?: unknown } }).publicKey?.publicKeyPem
    if (typeof found !== 'string' || bare(found) !== bare(own.publicPem)) return 'wrong-key'
    const date = Date.parse(actor.headers.date ?? '')
    // Our own listener writes this date too, unless something in between does: only a foreign clock can contradict ours.
    return Number.isFinite(date) && Math.abs(date - now()) > MAX_SKEW_MS ? 'clock-skew' : 'ours'
  } catch (error) {
    if (error instanceof NetError && (error.code === 'aborted' || error.code === 'busy')) return 'interrupted'
    if (error instanceof NetError && error.ours) return 'no-network'
    return 'not-answering'
  }
}

const bare = (pem: string) => pem.replace(/\s+/g, '')
