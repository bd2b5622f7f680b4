import { accountByUri } from '../domain/accounts.ts'
import { loadAccounts } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { postById, postByUri, receivePost } from '../domain/posts.ts'
import { NetError } from '../net/index.ts'
import { budget } from './fetching.ts'
import { idOf } from './mapping/read.ts'
import { storable } from './posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log, Resolver } from '../domain/ports.ts'
import type { IdentityHolder } from './identity.ts'
import type { Remote } from './remote.ts'
import type { Threads } from './threads.ts'

const STALE_MS = 24 * 3600_000

/** What the owner types or follows a link to: handles and addresses, looked up here first, then where they live. */
export function openResolver(parts: { domain: Domain; identity: IdentityHolder; remote: Remote; threads: Threads; log: Log }): Resolver {
  const { domain: d, identity, remote, threads, log } = parts
  const refreshing = new Set<number>()

  /** Errors of the network in the words of a look-up: not there is null, not reachable is 'unavailable'. */
  async function looked<T>(look: () => Promise<T | null>): Promise<T | null> {
    try {
      return await look()
    } catch (error) {
      if (!(error instanceof NetError)) throw error
      if (!error.retryable && !error.ours) return null
      throw new AppError('unavailable', 'The other server did not answer.', { cause: error })
    }
  }

  return {
    async account(acct) {
      const me = identity.current()
      const owner = identity.owner()
      const asked = acct.replace(/^@/, '').toLowerCase()
      if (owner && (asked === owner.username || (me && asked === `${owner.username}@${me.uris.host}`))) return owner.id
      return looked(() => remote.acct(asked, budget()))
    },
    async url(url) {
      const me = identity.current()
      const own = me?.own(url)
      if (me && url.startsWith(`${me.uris.origin}/`)) {
        if (own?.kind === 'actor') return { kind: 'account', id: me.accountId }
        const post = own?.kind === 'post' || own?.kind === 'activity' ? postById(d, own.id) : null
        return post?.own ? { kind: 'post', id: post.id } : null
      }
      const stored = postByUri(d, url)
      if (stored) return { kind: 'post', id: stored.id }
      const person = accountByUri(d, url)
      if (person) return { kind: 'account', id: person.id }
      return looked(async () => {
        const spend = budget()
        const fetched = await remote.document(url, spend)
        const uri = typeof fetched === 'string' ? null : idOf(fetched.json)
        if (!me || typeof fetched === 'string' || !uri) return null
        const known = postByUri(d, uri)
        if (known) return { kind: 'post', id: known.id }
        const found = await remote.postIn(fetched.json, spend)
        if (!found) {
          const account = await remote.actor(uri, spend)
          return account === null ? null : { kind: 'account', id: account }
        }
        const { post, author } = found
        const result = await d.store.groupCommit(() => receivePost(d, storable(d, me, post, author.accountId)))
        if (result?.created && post.inReplyTo && !postByUri(d, post.inReplyTo)) threads.want(post.inReplyTo)
        return result ? { kind: 'post', id: result.id } : null
      })
    },
    refresh(accountId) {
      const account = loadAccounts(d, [accountId]).get(accountId)
      if (!account?.uri || account.own || account.fetchedAt > d.now() - STALE_MS || refreshing.has(accountId)) return
      refreshing.add(accountId)
      void remote
        .actor(account.uri, budget(), { fresh: true })
        .catch((error: unknown) => log.debug({ accountId, error: (error as Error).message }, 'an account could not be refreshed'))
        .finally(() => refreshing.delete(accountId))
    },
  }
}
