import { accountByAcct } from '../../domain/accounts.ts'
import { findOwner, origin } from '../../domain/owner.ts'
import { postByUri } from '../../domain/posts.ts'
import { searchAccounts, searchPosts, searchTags } from '../../domain/search.ts'
import { parseId, parseOwn } from '../../domain/uris.ts'
import { toTags } from '../entities/tag.ts'
import { limitFrom } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { accounts, contextFor, needs, statuses } from './answers.ts'
import type { FastifyInstance } from 'fastify'
import type { PostSearch } from '../../domain/search.ts'
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

  app.get('/api/v2/search', needs('read:search', 'Search'), async (request) => {
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

    const address = /^https?:\/\/\S+$/i.test(typed)
    if (address) {
      const thing = offset > 0 ? null : await named(typed, params.flag('resolve') ?? false)
      if (thing?.kind === 'account' && wants('accounts')) found.accounts.push(thing.id)
      if (thing?.kind === 'post' && wants('statuses')) found.statuses.push(thing.id)
      if (thing?.kind === 'tag' && wants('hashtags')) found.hashtags.push(thing.name)
      if (thing) return found
    }
    if (wants('accounts') && !address && !typed.startsWith('#')) found.accounts = await people(typed, params, limit, offset)
    if (wants('hashtags') && !address && !typed.includes('@')) {
      found.hashtags = await searchTags(d, typed.split(/\s+/)[0] as string, limit, offset)
    }
    // An address that is nobody's here: the posts that link to it.
    if (wants('statuses') && !HANDLE.test(typed)) {
      found.statuses = await searchPosts(d, address ? `"${typed.replaceAll('"', '')}"` : typed, {
        limit,
        offset,
        ...bounds(params),
      })
    }
    return found
  }

  function bounds(params: Params): Partial<PostSearch> {
    const ids = { maxId: 'max_id', minId: 'min_id', sinceId: 'since_id', accountId: 'account_id' } as const
    return Object.fromEntries(
      Object.entries(ids).flatMap(([key, name]) => {
        const id = parseId(params.word(name))
        return id === null ? [] : [[key, id]]
      }),
    )
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
