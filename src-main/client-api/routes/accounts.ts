import { accountByAcct } from '../../domain/accounts.ts'
import { peoplePage } from '../../domain/relationships.ts'
import { searchAccounts } from '../../domain/search.ts'
import { pinnedIds } from '../../domain/pins.ts'
import { accountPage as postsOfAccount } from '../../domain/timelines.ts'
import { normaliseTag } from '../../domain/text.ts'
import { movedTo, toAccount } from '../entities/account.ts'
import { limitFrom, pageOf } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { accountAt, accountPage, accounts, contextFor, known, needs, open, statuses, statusPage } from './answers.ts'
import type { FastifyInstance } from 'fastify'
import type { Page } from '../../domain/types.ts'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** People: one, several, by handle, their posts, whom they follow as far as known here. */

const POSTS = { default: 20, most: 40 }
const PEOPLE = { default: 40, most: 80 }
const MOST_IDS = 40

export function registerAccounts(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d, resolver, log } = options

  app.get('/api/v1/accounts', needs('read:accounts', 'Account[]'), async (request) =>
    accounts(contextFor(request, options), paramsOf(request).ids('id').slice(0, MOST_IDS)),
  )

  // Local knowledge only, as on Mastodon: looking up over the network is search with `resolve`.
  app.get('/api/v1/accounts/lookup', open('read:accounts', 'Account'), async (request) => {
    const at = contextFor(request, options)
    const account = accountByAcct(d, paramsOf(request).word('acct') ?? '')
    if (!account || !known(at, account)) throw notFound()
    return toAccount(at, account, movedTo(at, account))
  })

  app.get('/api/v1/accounts/search', needs('read:accounts', 'Account[]'), async (request) => {
    const params = paramsOf(request)
    const limit = limitFrom(params, PEOPLE)
    const typed = params.word('q') ?? ''
    const ids = await searchAccounts(d, typed, {
      limit,
      offset: Math.max(0, params.integer('offset') ?? 0),
      following: params.flag('following') ?? false,
    })
    if (params.flag('resolve') && /^@?[^\s@/]+@[^\s@/]+$/.test(typed) && !accountByAcct(d, typed)) {
      const found = await resolver.account(typed.replace(/^@/, ''))
      if (found !== null) ids.unshift(found)
    }
    return accounts(contextFor(request, options), [...new Set(ids)].slice(0, limit))
  })

  app.get<ById>('/api/v1/accounts/:id', open('read:accounts', 'Account'), async (request) => {
    const at = contextFor(request, options)
    const account = accountAt(at, request.params.id)
    if (!account.own && at.viewer === 'owner') resolver.refresh(account.id)
    return toAccount(at, account, movedTo(at, account))
  })

  app.get<ById>('/api/v1/accounts/:id/statuses', open('read:statuses', 'Status[]'), async (request, reply) => {
    const at = contextFor(request, options)
    const account = accountAt(at, request.params.id)
    const params = paramsOf(request)
    if (params.flag('pinned')) return statuses(at, pinnedIds(d, account.id))
    const tagged = params.word('tagged')
    const page = pageOf(request, POSTS)
    const ids = postsOfAccount(d, account.id, page, {
      onlyMedia: params.flag('only_media') ?? false,
      excludeReplies: params.flag('exclude_replies') ?? false,
      excludeBoosts: params.flag('exclude_reblogs') ?? false,
      publicOnly: at.viewer === 'public',
      ...(tagged === undefined ? {} : { tagged: normaliseTag(tagged) }),
    })
    if (!account.own && at.viewer === 'owner') readOn(account.id, page, ids.length)
    return statusPage(request, reply, at, ids)
  })

  /** What is at the origin comes in the background: at the top what is new, at the end what is older. */
  function readOn(accountId: number, page: Page, found: number): void {
    const top = page.maxId === undefined && page.minId === undefined && page.sinceId === undefined
    const end = page.maxId !== undefined && found < page.limit
    if (!top && !end) return
    resolver.posts(accountId, { older: end }).catch((error: unknown) => {
      log.debug({ accountId, error: (error as Error).message }, 'posts could not be read from their origin')
    })
  }

  for (const list of ['followers', 'following'] as const) {
    app.get<ById>(`/api/v1/accounts/:id/${list}`, needs('read:accounts', 'Account[]'), async (request, reply) => {
      const at = contextFor(request, options)
      return accountPage(request, reply, at, peoplePage(d, list, accountAt(at, request.params.id).id, pageOf(request, PEOPLE)))
    })
  }
}
