import { createHash } from 'node:crypto'
import type { Domain } from '../../domain/domain.ts'
import type { DomainEvent } from '../../domain/events.ts'

/**
 * Documents as ready bytes, in memory: after a post has gone out, thousands of servers ask for the same actor and the same post at once.
 * Only what anybody may read stands here, the same for every reader. What is told by an event is dropped with it; numbers lag a minute.
 */
export interface Shelf {
  /** What stands there, made when it does not; null is not kept. */
  take(key: string, make: () => { document: unknown; type: string } | null): Held | null
  clear(): void
  close(): void
}
export interface Held {
  bytes: Buffer
  type: string
  /** With its quotes. */
  etag: string
}

const KEPT_MS = 60_000
const MOST = 600
const MOST_BYTES = 8 * 1024 * 1024

/** Which keys speak of a post. */
export const postKeys = (id: number) => [`post:${id}`, `activity:${id}`]

export function openShelf(d: Domain): Shelf {
  const held = new Map<string, Held & { at: number }>()
  let bytes = 0

  function drop(key: string): void {
    bytes -= held.get(key)?.bytes.length ?? 0
    held.delete(key)
  }
  function clear(): void {
    held.clear()
    bytes = 0
  }
  /** What may have changed by this: one post, everything about the owner, or nothing that is not a number. */
  function changed({ type, data }: DomainEvent): void {
    if (POSTS.has(type)) {
      for (const key of [...postKeys((data as { postId: number }).postId), 'featured', 'outbox']) drop(key)
    } else if (OWNER.has(type)) clear()
  }
  const stop = d.events.listen(changed)

  return {
    take(key, make) {
      const found = held.get(key)
      const age = found ? d.now() - found.at : 0
      if (found && age >= 0 && age < KEPT_MS) return found
      if (found) drop(key)
      const made = make()
      if (!made) return null
      const body = Buffer.from(typeof made.document === 'string' ? made.document : JSON.stringify(made.document))
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
      const kept = { bytes: body, type: made.type, etag, at: d.now() }
      // Oldest first: a map keeps the order in which things were put there.
      for (const oldest of held.keys()) {
        if (held.size < MOST && bytes + body.length <= MOST_BYTES) break
        drop(oldest)
      }
      held.set(key, kept)
      bytes += body.length
      return kept
    },
    clear,
    close: stop,
  }
}

const POSTS = new Set<DomainEvent['type']>([
  'post-released',
  'post-edited',
  'post-deleted',
  'pinned',
  'unpinned',
  'poll-changed',
  'quote-changed',
])
const OWNER = new Set<DomainEvent['type']>([
  'owner-named',
  'origin-chosen',
  'account-closed',
  'profile-changed',
  'settings-changed',
  'emojis-changed',
  'keys-rotated',
  'moved',
  'tag-featured',
  'tag-unfeatured',
])
