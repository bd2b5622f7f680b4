import { accountById } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { followedAmong } from '../domain/profile-facts.ts'
import { postById, postByUri } from '../domain/posts.ts'
import { NetError } from '../net/index.ts'
import { collectionPages } from './collection-pages.ts'
import { askedBudget } from './fetching.ts'
import { hostOf, idOf, isObject } from './mapping/read.ts'
import type { Domain } from '../domain/domain.ts'
import type { Net } from '../net/index.ts'
import type { PageLimits } from './collection-pages.ts'
import type { Politeness } from './politeness.ts'
import type { Remote } from './remote.ts'
import type { LookAround } from '../domain/ports.ts'

/**
 * Looking around, by the owner's hand alone: what another server shows to everybody of its own people, and who of those the owner follows
 * follows somebody else. Of the first only addresses on that host are taken, and each post is fetched from there like any other.
 */

const PAGE = 20
/** Of one page so many are fetched at most; those that are here already cost nothing. */
const AT_ONCE = 4
const LIMITS: PageLimits = { pages: 6, items: 600, bytes: 4 * 1024 * 1024, time: 20_000 }
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?::\d{1,5})?$/

export function openAround(parts: {
  domain: Domain
  net: Net
  remote: Pick<Remote, 'page'>
  politeness: Politeness
  plainHttp: (host: string) => boolean
  /** Looks a post up by its address and stores it. */
  post: (uri: string) => Promise<number | null>
}): LookAround {
  const { domain: d, net, remote, politeness, plainHttp } = parts

  /** What the server lists: ids of its own for paging, and addresses on its host. */
  async function list(url: URL, before: string | null): Promise<{ last: string | null; uris: string[]; count: number }> {
    const { host } = url
    url.search = `?local=true&limit=${PAGE}`
    if (before !== null) url.searchParams.set('max_id', before)
    let json: unknown
    try {
      ;({ json } = await politeness.run(
        host,
        () => net.getJson(url.href, { accept: 'application/json', types: ['application/json'], redirects: 0 }),
        true,
      ))
    } catch (error) {
      if (!(error instanceof NetError)) throw error
      const { status } = error
      if (error.code === 'http-status' && (status === 401 || status === 403 || status === 422)) throw refusal(host, 'server-refuses')
      if (error.code === 'http-status' && (status === 404 || status === 410)) throw refusal(host, 'server-shows-none')
      if (error.code === 'type' || error.code === 'json') throw refusal(host, 'server-shows-none')
      throw new AppError('unavailable', 'The other server did not answer.', { cause: error })
    }
    if (!Array.isArray(json)) throw refusal(host, 'server-shows-none')
    const rows = json.slice(0, PAGE * 2).filter(isObject)
    const uris = rows.flatMap((row) => {
      const uri = row['uri']
      return typeof uri === 'string' && uri.length <= 2_000 && hostOf(uri) === host ? [uri] : []
    })
    const last = rows.at(-1)?.['id']
    return { last: typeof last === 'string' && /^[\w-]{1,64}$/.test(last) ? last : null, uris: [...new Set(uris)], count: rows.length }
  }

  const isOpen = (id: number): boolean => {
    const visibility = postById(d, id)?.visibility
    return visibility === 'public' || visibility === 'unlisted'
  }

  return {
    async posts(typed, before) {
      const name = typed.trim().toLowerCase()
      // What looks like a name may still be none: a port beyond all ports, half of an address.
      const url =
        name.length <= 253 && HOST.test(name) ? URL.parse(`${plainHttp(name) ? 'http' : 'https'}://${name}/api/v1/timelines/public`) : null
      if (!url) throw refusal(typed.slice(0, 100), 'server-unknown')
      const { host } = url
      const { last, uris, count } = await list(url, before)
      const found: (number | null)[] = []
      for (let at = 0; at < uris.length; at += AT_ONCE) {
        found.push(
          ...(await Promise.all(
            uris.slice(at, at + AT_ONCE).map(async (uri) => {
              const known = postByUri(d, uri)
              if (known) return known.id
              // One post that cannot be had takes none of the others away.
              return politeness.run(host, () => parts.post(uri), true).catch(() => null)
            }),
          )),
        )
      }
      // A server may name what it sent to the owner alone: that does not stand among what everybody sees.
      return { postIds: found.filter((id): id is number => id !== null && isOpen(id)), next: count < PAGE ? null : last }
    },

    async familiar(accountId) {
      const account = accountById(d, accountId)
      if (!account || account.own || !account.followersUri) return { accountIds: [], looked: 0, whole: false }
      const host = hostOf(account.followersUri)
      if (!host) return { accountIds: [], looked: 0, whole: false }
      const uris = new Set<string>()
      try {
        await politeness.run(
          host,
          async () => {
            const spend = askedBudget(LIMITS.pages + 6)
            const pages = collectionPages(account.followersUri, host, { remote, spend, now: d.now, limits: LIMITS })
            for await (const page of pages) {
              for (const item of page.items) {
                const uri = idOf(item)
                if (uri) uris.add(uri)
              }
            }
          },
          true,
        )
      } catch (error) {
        if (!(error instanceof NetError)) throw error
        if (error.retryable) throw new AppError('unavailable', 'The other server did not answer.', { cause: error })
      }
      const told = account.followersCount
      return { accountIds: followedAmong(d, [...uris]), looked: uris.size, whole: uris.size > 0 && uris.size >= told }
    },
  }
}

const refusal = (host: string, reason: string) =>
  new AppError('invalid', 'That server shows no posts to strangers.', { reason, params: { host } })
