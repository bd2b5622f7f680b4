import { toAccount } from './account.ts'
import { toStatus } from './status.ts'
import type { Account, LoadedPost } from '../../domain/types.ts'
import type { Conversation } from '../../domain/conversations.ts'
import type { Entity } from '../schemas/entities.ts'
import type { Context } from './context.ts'

/** Conversation. The owner is not among its people, unless there is nobody else: apps show the first of them. */
export function toConversation(
  at: Context,
  conversation: Conversation,
  accounts: ReadonlyMap<number, Account>,
  posts: ReadonlyMap<number, LoadedPost>,
): Entity<'Conversation'> {
  const last = posts.get(conversation.lastPostId)
  const ids = conversation.accountIds.length > 0 ? conversation.accountIds : at.ownerId === null ? [] : [at.ownerId]
  return {
    id: String(conversation.id),
    unread: conversation.unread,
    accounts: ids.flatMap((id) => {
      const account = accounts.get(id)
      return account ? [toAccount(at, account)] : []
    }),
    last_status: last ? toStatus(at, last) : null,
  }
}
