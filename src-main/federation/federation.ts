import { openAbsences } from './absences.ts'
import { openActivities } from './activities.ts'
import { openBackfill } from './backfill.ts'
import { openConversations } from './conversations.ts'
import { publicRoutes } from './documents.ts'
import { openFetching } from './fetching.ts'
import { identityHolder } from './identity.ts'
import { openInbox } from './inbox.ts'
import { openKeys } from './keys.ts'
import { openPreparer } from './outbound.ts'
import { consumeOwnEvents } from './own-events.ts'
import { openPoliteness } from './politeness.ts'
import { openRemote } from './remote.ts'
import { openRemoteMedia } from './remote-media.ts'
import { openResolver } from './resolver.ts'
import { openServers } from './servers.ts'
import { openWebFinger } from './webfinger.ts'
import type { FastifyPluginAsync } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { OwnerKeys } from '../domain/owner.ts'
import type { InboxReports, Log, Outbox, Preparer, RemoteMedia, Resolver, Servers } from '../domain/ports.ts'
import type { Net } from '../net/index.ts'
import type { Timers } from './backlog.ts'
import type { Sniff } from './remote-media.ts'

/** The room that speaks ActivityPub: what comes in, what goes out, what others may read. */
export interface Federation {
  /** Mounted on the public listener alone. */
  readonly publicRoutes: FastifyPluginAsync
  readonly resolver: Resolver
  readonly preparer: Preparer
  readonly inboxReports: InboxReports
  readonly remoteMedia: RemoteMedia
  readonly servers: Servers
  /** Name, address or keys are new. */
  identityChanged(): void
  start(): void
  /** Resolves when nothing is being fetched or handled in the background. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** Opens the room; nothing is fetched or handled before `start`. */
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
  /** Test key: this way of signing alone; null: the order of federation.md 2.2. */
  signatures?: 'cavage' | 'rfc9421' | null
  timers: Timers
  log: Log
}): Federation {
  const { domain: d, net, log, timers, version } = parts
  const identity = identityHolder(d, parts.keys)
  const fetching = openFetching({ net, identity, signatures: parts.signatures ?? null })
  const webfinger = openWebFinger({ net, plainHttp: parts.plainHttp })
  const remote = openRemote({ domain: d, fetching, webfinger, identity })
  const keys = openKeys({ domain: d, remote, log })
  const politeness = openPoliteness(d)
  const servers = openServers({ domain: d, net, politeness, plainHttp: parts.plainHttp, timers, log })
  // Called for every post that somebody else wrote and we went and fetched.
  const stored = (_postId: number): void => undefined
  const backfill = openBackfill({ domain: d, remote, identity, stored })
  const conversations = openConversations({ domain: d, remote, identity, backfill, politeness, log })
  const forgetActor = (uri: string) => keys.forget(uri)
  const activities = openActivities({ domain: d, remote, identity, forgetActor })
  const inbox = openInbox({ domain: d, keys, activities, identity, heard: parts.heard, orphan: conversations.want, timers, log })
  const absences = openAbsences({ domain: d, remote, forgetActor, log })
  const stopConsuming = consumeOwnEvents(d, parts.outbox, log)

  return {
    publicRoutes: publicRoutes({ domain: d, identity, keys, inbox, version }),
    resolver: openResolver({
      domain: d,
      identity,
      remote,
      conversations,
      profiles: { posts: () => Promise.resolve({ added: 0, more: false }) },
      refreshing: { post: () => undefined, account: () => undefined },
      stored,
    }),
    servers,
    preparer: openPreparer({ domain: d, identity, remote, servers, log }),
    inboxReports: absences,
    remoteMedia: openRemoteMedia({ domain: d, net, sniff: parts.sniff, log }),
    identityChanged: () => identity.changed(),
    start() {
      inbox.start()
      servers.start()
    },
    async settled() {
      await inbox.settled()
      await conversations.settled()
      await servers.settled()
      await absences.settled()
    },
    async stop() {
      stopConsuming()
      conversations.stop()
      servers.stop()
      absences.stop()
      await inbox.stop()
    },
  }
}
