import { closedAt } from '../../domain/closing.ts'
import { findOwner, origin } from '../../domain/owner.ts'
import { uris } from '../../domain/uris.ts'
import { mediaPath } from '../../domain/uris.ts'
import type { Domain } from '../../domain/domain.ts'
import type { Uris } from '../../domain/uris.ts'

/** What every entity of one answer needs to know: the fixed base for links and media, our own addresses, who looks. */
export interface Context {
  d: Domain
  /** Of the listener the answer goes through, without a slash at the end. */
  base: string
  /** On the origin; on the base of this listener until an origin is chosen. Null before there is a name. */
  own: Uris | null
  ownerId: number | null
  viewer: 'owner' | 'public'
  /** The account is closed, and who looks is a stranger: of it there is nothing any more. */
  gone: boolean
}

export function contextOf(d: Domain, base: string, viewer: 'owner' | 'public'): Context {
  const me = findOwner(d)
  const gone = viewer === 'public' && closedAt(d) !== null
  return { d, base, own: me ? uris(origin(d) ?? base, me.username) : null, ownerId: me?.id ?? null, viewer, gone }
}

/** Three decimals and Z, always (Toot! and toot refuse other forms). */
export const iso = (time: number) => new Date(time).toISOString()

export function file(at: Context, token: string, variant: 'original' | 'small', mime: string | null): string {
  return at.base + mediaPath(token, variant, mime)
}

/** Hashtag pages are at `/tags/NAME`, which is what Elk looks for. */
export function tagUrl(at: Context, name: string): string {
  return at.own?.tag(name) ?? `${at.base}/tags/${encodeURIComponent(name)}`
}
