import type { Visibility } from './types.ts'

/** Who asks. `owner` sees everything stored; `public` is anybody on the network; an account is a signed request of that account. */
export type Viewer = 'owner' | 'public' | { accountId: number; follows: boolean; mentioned: boolean; blocked: boolean }

/**
 * The one place that decides who may see a post (rule 18): pages, collections, feeds, media and signed fetches all ask here. An own post
 * that has not left is seen by nobody but the owner.
 */
export function canSee(post: { own: boolean; visibility: Visibility; releasedAt: number | null }, viewer: Viewer): boolean {
  if (viewer === 'owner') return true
  if (post.own && post.releasedAt === null) return false
  if (typeof viewer === 'object' && viewer.blocked) return false
  if (post.visibility === 'public' || post.visibility === 'unlisted') return true
  if (viewer === 'public') return false
  return viewer.mentioned || (post.visibility === 'private' && viewer.follows)
}
