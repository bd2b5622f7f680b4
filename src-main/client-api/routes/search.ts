import { accountByAcct, accountIdByAcct } from '../../domain/accounts.ts'
import { findOwner, origin, ownerId } from '../../domain/owner.ts'
import { postByUri } from '../../domain/posts.ts'
import { searchAccounts, searchPosts, searchTags } from '../../domain/search.ts'
import { parseId, parseOwn } from '../../domain/uris.ts'
import { toTags } from '../entities/tag.ts'
import { limitFrom } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { accounts, contextFor, needs, statuses } from './answers.ts'
import type { FastifyInstance } from 'fastify'
import type { Params } from '../params.ts'
import type { ClientApiOptions } from '../options.ts'

/** Search: people, posts, hashtags, and with `resolve` whatever an address on the network names. Always all three lists. */

const LIMIT = { default: 20, most: 40 }
const HANDLE = /^@?([^\s@/:]+@[^\s@/]+)$/

type Kind = 'accounts' | 'statuses' | 'hashtags'
interface Found {
  accounts: number[]
  statuses: number[]
  hashtags: string[]
}

export function registerSearch(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d, resolver, base } = options

  app.get('/api/v2/search', needs('read:search'), async (request) => {
    const params = paramsOf(request)
    const found = await search(params)
    const at = contextFor(request, options)
    return {
      accounts: accounts(at, found.accounts),
      statuses: statuses(at, found.statuses),
      hashtags: toTags(at, found.hashtags),
    }
  })

  async function search(params: Params): Promise<Found> {
    const typed = (params.word('q') ?? '').slice(0, 500)
    const found: Found = { accounts: [], statuses: [], hashtags: [] }
    const type = params.word('type')
    const wants = (kind: Kind) => type === undefined || type === kind
    const limit = limitFrom(params, LIMIT)
    const offset = Math.max(0, params.integer('offset') ?? 0)
    if (typed === '') return found

    if (/^https?:\/\/\S+$/i.test(typed)) {
      const thing = await named(typed, params.flag('resolve') ?? false)
      if (offset > 0) return found
      if (thing?.kind === 'account' && wants('accounts')) found.accounts.push(thing.id)
      if (thing?.kind === 'post' && wants('statuses')) found.statuses.push(thing.id)
      if (thing?.kind === 'tag' && wants('hashtags')) found.hashtags.push(thing.name)
      return found
    }
    if (wants('accounts') && !typed.startsWith('#')) found.accounts = await people(typed, params, limit, offset)
    if (wants('hashtags') && !typed.includes('@')) {
      found.hashtags = searchTags(d, typed.split(/\s+/)[0] as string, limit, offset)
    }
    if (wants('statuses') && !HANDLE.test(typed)) {
      const from = parseId(params.word('account_id'))
      const maxId = parseId(params.word('max_id'))
      found.statuses = await searchPosts(d, typed, {
        limit,
        offset,
        ...(maxId === null ? {} : { maxId }),
        ...(from === null ? {} : { accountId: from }),
        accountOf: (acct) => (acct === 'me' ? ownerId(d) : (accountIdByAcct(d, acct) ?? 0)),
      })
    }
    return found
  }

  async function people(typed: string, params: Params, limit: number, offset: number): Promise<number[]> {
    const following = params.flag('following') ?? false
    const ids = await searchAccounts(d, typed, { limit, offset, following })
    const handle = HANDLE.exec(typed)?.[1]
    if (handle && offset === 0) {
      const known = accountByAcct(d, handle)?.id ?? (params.flag('resolve') ? await resolver.account(handle) : null)
      if (known !== null) return [known, ...ids.filter((id) => id !== known)].slice(0, limit)
    }
    return ids
  }

  /** What an address speaks of: ours and known ones without a question to anybody. */
  async function named(
    url: string,
    resolve: boolean,
  ): Promise<{ kind: 'account' | 'post'; id: number } | { kind: 'tag'; name: string } | null> {
    const me = findOwner(d)
    if (me) {
      for (const place of [origin(d), base()]) {
        const own = place === null ? null : parseOwn(place, me.username, url)
        if (own?.kind === 'actor') return { kind: 'account', id: me.id }
        if (own?.kind === 'tag') return { kind: 'tag', name: own.name.toLowerCase() }
        if (own?.kind === 'post' || own?.kind === 'activity') return { kind: 'post', id: own.id }
      }
    }
    const post = postByUri(d, url)
    if (post) return { kind: 'post', id: post.id }
    return resolve ? resolver.url(url) : null
  }
}
