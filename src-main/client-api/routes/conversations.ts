import { loadAccounts } from '../../domain/accounts.ts'
import { conversationsPage, directPosts, readConversation, removeConversation } from '../../domain/conversations.ts'
import { loadPosts } from '../../domain/loading.ts'
import { parseId } from '../../domain/uris.ts'
import { toConversation } from '../entities/conversation.ts'
import { linkTo, pageOf } from '../paging.ts'
import { notFound } from '../problems.ts'
import { contextFor, needs, statusPage } from './answers.ts'
import type { FastifyInstance } from 'fastify'
import type { Conversation } from '../../domain/conversations.ts'
import type { Context } from '../entities/context.ts'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** Private mentions: as conversations, and one by one. */

const PAGE = { default: 20, most: 40 }

export function registerConversations(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  app.get('/api/v1/conversations', needs('read:statuses', 'Conversation[]'), async (request, reply) => {
    const at = contextFor(request, options)
    const page = conversationsPage(d, pageOf(request, PAGE))
    linkTo(
      request,
      reply,
      at.base,
      page.map((one) => one.lastPostId),
    )
    return conversations(at, page)
  })

  app.delete<ById>('/api/v1/conversations/:id', needs('write:conversations', 'Empty'), async (request) => {
    removeConversation(d, idOf(request.params.id))
    return {}
  })

  for (const [verb, unread] of [
    ['read', false],
    ['unread', true],
  ] as const) {
    app.post<ById>(`/api/v1/conversations/:id/${verb}`, needs('write:conversations', 'Conversation'), async (request) => {
      const [shown] = conversations(contextFor(request, options), [readConversation(d, idOf(request.params.id), unread)])
      if (!shown) throw notFound()
      return shown
    })
  }

  // Deprecated for conversations, and still asked by older apps.
  app.get('/api/v1/timelines/direct', needs('read:statuses', 'Status[]'), async (request, reply) =>
    statusPage(request, reply, contextFor(request, options), directPosts(d, pageOf(request, PAGE))),
  )
}

function idOf(text: string): number {
  const id = parseId(text)
  if (id === null) throw notFound()
  return id
}

/** Conversations as they are sent, also in streams. */
export function conversations(at: Context, page: readonly Conversation[]) {
  const people = page.flatMap((one) => (one.accountIds.length > 0 ? one.accountIds : at.ownerId === null ? [] : [at.ownerId]))
  const accounts = loadAccounts(at.d, [...new Set(people)])
  const posts = new Map(
    loadPosts(
      at.d,
      page.map((one) => one.lastPostId),
    ).map((post) => [post.id, post]),
  )
  return page.map((one) => toConversation(at, one, accounts, posts))
}
