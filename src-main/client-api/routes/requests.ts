import { loadAccounts } from '../../domain/accounts.ts'
import { loadPosts } from '../../domain/loading.ts'
import { acceptRequests, dismissRequests, policy, requestOf, requestsPage, setPolicy, waitingRequests } from '../../domain/requests.ts'
import { parseId } from '../../domain/uris.ts'
import { toAccount } from '../entities/account.ts'
import { iso } from '../entities/context.ts'
import { toStatus } from '../entities/status.ts'
import { linkTo, pageOf } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { contextFor, needs } from './answers.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { MentionRequest, Policy, Rule } from '../../domain/requests.ts'
import type { Context } from '../entities/context.ts'
import type { Entity } from '../schemas/entities.ts'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** What waits for the owner's look, and the rules by which it does. A request's id is that of its account. */

const PAGE = { default: 40, most: 80 }
const MOST_IDS = 200

/** Mastodon's names for the classes of people. */
const CLASSES = {
  for_not_following: 'notFollowing',
  for_not_followers: 'notFollowers',
  for_new_accounts: 'newAccounts',
  for_private_mentions: 'privateMentions',
  for_limited_accounts: 'limitedAccounts',
  for_bots: 'bots',
} as const satisfies Record<string, keyof Policy>
type Class = keyof typeof CLASSES

export function registerRequests(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  app.get('/api/v1/notifications/requests', needs('read:notifications', 'NotificationRequest[]'), async (request, reply) => {
    const at = contextFor(request, options)
    const page = requestsPage(d, pageOf(request, PAGE))
    linkTo(
      request,
      reply,
      at.base,
      page.map((one) => one.newestId),
    )
    return entities(at, page)
  })
  // Accepting is done when its answer comes: there is never anything left to merge.
  app.get('/api/v1/notifications/requests/merged', needs('read:notifications', 'NotificationsMerged'), async () => ({ merged: true }))
  app.get<ById>('/api/v1/notifications/requests/:id', needs('read:notifications', 'NotificationRequest'), async (request) => {
    const id = parseId(request.params.id)
    const found = id === null ? null : requestOf(d, id)
    const [shown] = found ? entities(contextFor(request, options), [found]) : []
    if (!shown) throw notFound()
    return shown
  })
  for (const [verb, act] of [
    ['accept', acceptRequests],
    ['dismiss', dismissRequests],
  ] as const) {
    app.post<ById>(`/api/v1/notifications/requests/:id/${verb}`, needs('write:notifications', 'Empty'), async (request) => {
      const id = parseId(request.params.id)
      if (id === null || !requestOf(d, id)) throw notFound()
      act(d, [id])
      return {}
    })
    app.post(`/api/v1/notifications/requests/${verb}`, needs('write:notifications', 'Empty'), async (request) => {
      const ids = paramsOf(request).ids('id').slice(0, MOST_IDS)
      if (ids.some((id) => !requestOf(d, id))) throw notFound()
      act(d, ids)
      return {}
    })
  }

  const shown = (rules: Policy): Entity<'NotificationPolicy'> => {
    const waiting = waitingRequests(d)
    return {
      for_not_following: rules.notFollowing,
      for_not_followers: rules.notFollowers,
      for_new_accounts: rules.newAccounts,
      for_private_mentions: rules.privateMentions,
      for_limited_accounts: rules.limitedAccounts,
      for_bots: rules.bots,
      summary: { pending_requests_count: waiting.requests, pending_notifications_count: waiting.notifications },
    }
  }
  app.get('/api/v2/notifications/policy', needs('read:notifications', 'NotificationPolicy'), async () => shown(policy(d)))
  const change = async (request: FastifyRequest) => {
    const params = paramsOf(request)
    const wishes: Partial<Policy> = {}
    for (const name of Object.keys(CLASSES) as Class[]) {
      const rule = params.word(name)
      if (rule !== undefined) wishes[CLASSES[name]] = rule as Rule
    }
    return shown(setPolicy(d, wishes))
  }
  // masto.js sends PUT where the documentation says PATCH.
  app.patch('/api/v2/notifications/policy', needs('write:notifications', 'NotificationPolicy'), change)
  app.put('/api/v2/notifications/policy', needs('write:notifications', 'NotificationPolicy'), change)

  function entities(at: Context, page: readonly MentionRequest[]): Entity<'NotificationRequest'>[] {
    const people = loadAccounts(
      d,
      page.map((one) => one.accountId),
    )
    const posts = new Map(
      loadPosts(
        d,
        page.flatMap((one) => one.lastPostId ?? []),
      ).map((post) => [post.id, post]),
    )
    return page.flatMap((one) => {
      const account = people.get(one.accountId)
      const post = posts.get(one.lastPostId ?? 0)
      if (!account) return []
      return [
        {
          id: String(one.accountId),
          created_at: iso(one.createdAt),
          updated_at: iso(one.updatedAt),
          // A text, as Mastodon sends it.
          notifications_count: String(one.count),
          account: toAccount(at, account),
          ...(post ? { last_status: toStatus(at, post) } : {}),
        },
      ]
    })
  }
}
