import { accountById, accountByUri } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { postByUri, receivePost } from '../domain/posts.ts'
import { parseOwn } from '../domain/uris.ts'
import { NetError } from '../net/index.ts'
import { openActivities } from './activities.ts'
import { publicRoutes } from './documents.ts'
import { identityHolder } from './identity.ts'
import { openInbox } from './inbox.ts'
import { openKeys } from './keys.ts'
import { consumeOwnEvents, openPreparer } from './outbound.ts'
import { fetchAncestors, storable } from './posts.ts'
import { budget, openRemote } from './remote.ts'
import { openRemoteMedia } from './remote-media.ts'
import type { FastifyPluginAsync } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { OwnerKeys } from '../domain/owner.ts'
import type { InboxReports, Log, Outbox, Preparer, RemoteMedia, Resolver } from '../domain/ports.ts'
import type { Net } from '../net/index.ts'
import type { Timers } from './inbox.ts'
import type { Sniff } from './remote-media.ts'

/** The room that speaks ActivityPub: what comes in, what goes out, what others may read. */
export interface Federation {
  /** Mounted on the public listener alone. */
  readonly publicRoutes: FastifyPluginAsync
  readonly resolver: Resolver
  readonly preparer: Preparer
  readonly inboxReports: InboxReports
  readonly remoteMedia: RemoteMedia
  /** Name, address or keys are new. */
  identityChanged(): void
  start(): void
  stop(): Promise<void>
}

const STALE_MS = 24 * 3600_000

export function openFederation(parts: {
  domain: Domain
  net: Net
  /** The owner's keys, unsealed; null before there is a name. */
  keys: () => OwnerKeys | null
  outbox: Outbox
  /** A verified request came in through the public address. */
  heard: () => void
  /** Hosts of a private network, which speak http (`--allow-private-network`). */
  plainHttp: (host: string) => boolean
  sniff: Sniff
  version: string
  timers: Timers
  log: Log
}): Federation {
  const { domain: d, net, log } = parts
  const identity = identityHolder(d, parts.keys)
  const remote = openRemote({ domain: d, net, identity, plainHttp: parts.plainHttp, log })
  const keys = openKeys({ domain: d, remote, log })
  const activities = openActivities({ domain: d, remote, identity, log })
  const thread = { domain: d, remote, identity, log }
  const inbox = openInbox({
    domain: d,
    keys,
    activities,
    identity,
    heard: parts.heard,
    orphan: (uri) => void fetchAncestors(thread, uri),
    timers: parts.timers,
    log,
  })
  const stopConsuming = consumeOwnEvents(d, parts.outbox, log)
  const refreshing = new Set<number>()

  const resolver: Resolver = {
    async account(acct) {
      const owner = identity.owner()
      const me = identity.current()
      const asked = acct.toLowerCase()
      if (owner && (asked === owner.username || asked === `${owner.username}@${me?.uris.host}`)) return owner.id
      return looked(() => remote.acct(acct, budget()))
    },
    async url(url) {
      const owner = identity.owner()
      const me = identity.current()
      const own = me && owner ? parseOwn(me.uris.origin, owner.username, url) : null
      if (own) {
        if (own.kind === 'actor' && owner) return { kind: 'account', id: owner.id }
        return own.kind === 'post' ? { kind: 'post', id: own.id } : null
      }
      const stored = postByUri(d, url)
      if (stored) return { kind: 'post', id: stored.id }
      const person = accountByUri(d, url)
      if (person) return { kind: 'account', id: person.id }
      return looked(async () => {
        const spend = budget()
        const document = await remote.document(url, spend)
        const uri = document && typeof document.id === 'string' ? document.id : null
        if (!uri) return null
        const known = postByUri(d, uri)
        if (known) return { kind: 'post', id: known.id }
        const post = await remote.post(uri, spend)
        if (post) {
          const authorId = await remote.actor(post.author, spend)
          const result = authorId === null ? null : receivePost(d, storable(d, identity, post, authorId))
          if (result && post.inReplyTo) void fetchAncestors(thread, post.inReplyTo)
          return result ? { kind: 'post', id: result.id } : null
        }
        const account = await remote.actor(uri, spend)
        return account === null ? null : { kind: 'account', id: account }
      })
    },
    refresh(accountId) {
      const account = accountById(d, accountId)
      if (!account?.uri || account.own || account.fetchedAt > d.now() - STALE_MS || refreshing.has(accountId)) return
      refreshing.add(accountId)
      void remote
        .actor(account.uri, budget(), { fresh: true })
        .catch((error: unknown) => log.debug({ accountId, error: (error as Error).message }, 'an account could not be refreshed'))
        .finally(() => refreshing.delete(accountId))
    },
  }

  /** Errors of the network in the words of a look-up: not there is null, not reachable is 'unavailable'. */
  async function looked<T>(look: () => Promise<T | null>): Promise<T | null> {
    try {
      return await look()
    } catch (error) {
      if (!(error instanceof NetError)) throw error
      if (!error.retryable && !error.ours && error.code !== 'http-status') return null
      if (error.code === 'http-status' && error.status !== null && error.status < 500) return null
      throw new AppError('unavailable', 'The other server did not answer.', { cause: error })
    }
  }

  return {
    publicRoutes: publicRoutes({ domain: d, identity, keys, inbox, version: parts.version }),
    resolver,
    preparer: openPreparer({ domain: d, identity, remote, log }),
    inboxReports: {
      inboxGone(inbox) {
        log.info({ inbox }, 'an inbox is gone')
      },
    },
    remoteMedia: openRemoteMedia({ domain: d, net, sniff: parts.sniff, log }),
    identityChanged: () => identity.changed(),
    start: () => inbox.start(),
    async stop() {
      stopConsuming()
      await inbox.stop()
    },
  }
}
