import { loadAccounts } from '../domain/accounts.ts'
import { dropMissing, removeRemotePost } from '../domain/posts.ts'
import { typesOf } from './mapping/read.ts'
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
  return {
    remove,
    confirm(post, reach) {
      if (post.own || post.uri === null) return null
      if (!reach) return 'fetch'
      return remote.document(post.uri, reach).then((found) => {
        if (found === 'gone' || (typeof found === 'object' && typesOf(found.json).includes('Tombstone'))) return remove(post)
        return found === 'missing' ? done(() => dropMissing(d, post.id, d.now())) : null
      })
    },
  }
}
