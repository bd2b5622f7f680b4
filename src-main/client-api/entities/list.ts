import type { List } from '../../domain/lists.ts'

/** List. */

export const toList = (list: List) => ({
  id: String(list.id),
  title: list.title,
  replies_policy: list.replies,
  exclusive: list.exclusive,
})
