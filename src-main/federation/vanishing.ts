import { loadAccounts } from '../domain/accounts.ts'
import { dropMissing, removeRemotePost } from '../domain/posts.ts'
import { idOf, typesOf } from './mapping/read.ts'
import { done } from './plan.ts'
import type { Domain } from '../domain/domain.ts'
import type { Post } from '../domain/types.ts'
import type { Budget } from './fetching.ts'
import type { Change, Reaching } from './plan.ts'
import type { Remote } from './remote.ts'

/** Posts that somebody else than their author says are gone (rule 6). */
export interface Vanishing {
  remove(post: Post): Change | null
  /** Asks the post's own server: 410 or a Tombstone ends it; 404 has to be said again another day. */
  confirm(post: Post, reach: Budget | null): Reaching
}

export function openVanishing(d: Domain, remote: Remote): Vanishing {
  const remove = (post: Post): Change | null => {
    const author = loadAccounts(d, [post.accountId]).get(post.accountId)?.uri
    const { uri, own } = post
    return own || !uri || !author ? null : done(() => removeRemotePost(d, uri, author))
  }
  const knowsAuthor = async (post: Post, reach: Budget): Promise<boolean> => {
    const author = loadAccounts(d, [post.accountId]).get(post.accountId)?.uri
    const found = author ? await remote.document(author, reach) : 'absent'
    return typeof found === 'object' && idOf(found.json) === author
  }
  return {
    remove,
    confirm(post, reach) {
      if (post.own || post.uri === null) return null
      if (!reach) return 'fetch'
      const open = post.visibility === 'public' || post.visibility === 'unlisted'
      return remote.document(post.uri, reach, open ? 'instance' : 'owner').then(async (found) => {
        if (found === 'gone' || (typeof found === 'object' && typesOf(found.json).includes('Tombstone'))) return remove(post)
        // Whoever may not see it is told the same, and a server that is away may say it of everything, its people too.
        if (found !== 'missing' || !open || !(await knowsAuthor(post, reach))) return null
        return done(() => dropMissing(d, post.id, d.now()))
      })
    },
  }
}
