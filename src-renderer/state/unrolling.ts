import type { Status } from '../api/mastodon.ts'

/**
 * The posts with which one author goes on with what they said: those before a post, the post, and those after it, first to last. Where
 * they answered themselves twice, the earlier answer goes on. Just the post when it stands alone.
 */
export function selfThread(post: Status, ancestors: readonly Status[], descendants: readonly Status[]): Status[] {
  const author = post.account.id
  const parts = [post]
  for (const before of ancestors.toReversed()) {
    const first = parts[0]
    if (before.account.id !== author || first?.inReplyToId !== before.id) break
    parts.unshift(before)
  }
  const seen = new Set(parts.map((part) => part.id))
  const next = (id: string): Status | undefined =>
    descendants
      .filter((one) => one.inReplyToId === id && one.account.id === author && !seen.has(one.id))
      .toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))[0]
  for (let on = next(post.id); on; on = next(on.id)) {
    seen.add(on.id)
    parts.push(on)
  }
  return parts
}

/** Answers to any part as answers to the whole, without the parts themselves. */
export function answersToAll(rootId: string, parts: ReadonlySet<string>, descendants: readonly Status[]): Status[] {
  return descendants
    .filter((one) => !parts.has(one.id))
    .map((one) => (one.inReplyToId && parts.has(one.inReplyToId) ? { ...one, inReplyToId: rootId } : one))
}
