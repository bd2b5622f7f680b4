import type { Status } from '../api/mastodon.ts'

/** A reply and what answers it. */
export interface Branch {
  id: string
  replies: Branch[]
  /** Replies below the deepest level that is indented; they are reached by opening this post. */
  hidden: number
}

/** Replies are indented this many levels deep; then "Continue". */
export const DEEPEST = 4

const count = (branch: Branch): number => branch.replies.reduce((sum, reply) => sum + 1 + reply.hidden + count(reply), 0)

/**
 * Nests the descendants of a post. Order is by time within a branch; a post whose parent is not known here hangs on the root,
 * so nothing is lost. Loops cannot form: a post is placed once.
 */
export function branchesOf(rootId: string, descendants: readonly Status[]): Branch[] {
  const children = new Map<string, Status[]>()
  const known = new Set([rootId, ...descendants.map((post) => post.id)])
  for (const post of descendants.toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))) {
    if (post.id === rootId) continue
    const parent = post.inReplyToId && known.has(post.inReplyToId) ? post.inReplyToId : rootId
    children.set(parent, [...(children.get(parent) ?? []), post])
  }
  const placed = new Set([rootId])
  const grow = (id: string, depth: number): Branch[] =>
    (children.get(id) ?? []).flatMap((post) => {
      if (placed.has(post.id)) return []
      placed.add(post.id)
      const branch: Branch = { id: post.id, replies: grow(post.id, depth + 1), hidden: 0 }
      if (depth < DEEPEST) return [branch]
      return [{ ...branch, hidden: count(branch), replies: [] }]
    })
  return grow(rootId, 1)
}
