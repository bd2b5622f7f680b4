import type { Status } from '../api/mastodon.ts'

/** What the owner's filters ask of a post, and the titles of those that matched. The strictest wins; what is not known warns. */
export interface Filtered {
  action: 'hide' | 'warn' | 'blur'
  titles: string[]
}

const STRICT = ['blur', 'warn', 'hide'] as const

/** What becomes of a post, or of the post it boosts. Own posts are never filtered. Null: nothing matched. */
export function filteredOf(post: Pick<Status, 'filtered' | 'reblog' | 'account'>, isMe: (id: string) => boolean): Filtered | null {
  if (isMe((post.reblog ?? post).account.id)) return null
  const results = [...(post.filtered ?? []), ...(post.reblog?.filtered ?? [])]
  if (results.length === 0) return null
  const action = Math.max(
    ...results.map(({ filter }) => {
      const known = STRICT.indexOf(filter.filterAction as (typeof STRICT)[number])
      return known < 0 ? 1 : known
    }),
  )
  return { action: STRICT[action] ?? 'warn', titles: [...new Set(results.map(({ filter }) => filter.title))] }
}
