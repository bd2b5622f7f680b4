import { postById } from '../domain/posts.ts'
import { openAbsences } from './absences.ts'
import { openActivities } from './activities.ts'
import { openAround } from './around.ts'
import { openBackfill } from './backfill.ts'
import { openCatchUp } from './catch-up.ts'
import { openConversations } from './conversations.ts'
import { openDocuments } from './documents.ts'
import { openFetching } from './fetching.ts'
import { identityHolder } from './identity.ts'
import { openInbox } from './inbox.ts'
import { openKeys } from './keys.ts'
import { openPreparer } from './outbound.ts'
import { consumeOwnEvents } from './own-events.ts'
import { openPoliteness } from './politeness.ts'
import { openQuotes } from './quotes.ts'
import { openProfiles } from './profiles.ts'
import { openRefreshing } from './refreshing.ts'
import { openRemote } from './remote.ts'
import { openRemoteMedia } from './remote-media.ts'
import { openResolver } from './resolver.ts'
import { openServers } from './servers.ts'
import { openSynchronisation } from './synchronisation.ts'
import { openTallies } from './tallies.ts'
import { openWaking } from './waking.ts'
import { openWebFinger } from './webfinger.ts'
import type { FastifyPluginAsync } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { OwnerKeys } from '../domain/owner.ts'
import type { CatchUp, Connectivity, InboxReports, Log, Outbox, Preparer, RemoteMedia, Resolver, Servers, Supply } from '../domain/ports.ts'
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
  readonly catchUp: CatchUp
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
  /** Whether others can reach us: what was missed is read up when they can again. */
  connectivity?: Pick<Connectivity, 'online' | 'onChange'>
  /** Our address says 404 while we are away (localtunnel): what is sent meanwhile is lost at once. */
  lostWhileAway?: () => boolean
  /** Battery and metered networks: what was missed waits or is left until asked for. */
  supply?: Supply
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
  const quotes = openQuotes({ domain: d, remote, identity, alive: servers.alive, log })
  // Called for every post that somebody else wrote and we went and fetched.
  const stored = (postId: number): void => {
    if (postById(d, postId)?.quoteUri) quotes.want(postId)
  }
  const backfill = openBackfill({ domain: d, remote, identity, stored })
  const conversations = openConversations({ domain: d, remote, identity, backfill, politeness, log })
  const profiles = openProfiles({ domain: d, remote, identity, backfill, politeness, timers, log })
  const forgetActor = (uri: string) => keys.forget(uri)
  const reviewed = (postId: number): void => {
    if (postById(d, postId)?.quoteUri) quotes.review(postId)
  }
  const refreshing = openRefreshing({
    domain: d,
    remote,
    identity,
    politeness,
    forgetActor,
    alive: servers.alive,
    stored: reviewed,
    log,
  })
  const activities = openActivities({ domain: d, remote, identity, forgetActor, quoting: quotes.want })
  const synchronisation = openSynchronisation({ domain: d, remote, identity, politeness, outbox: parts.outbox, timers, log })
  const inbox = openInbox({
    domain: d,
    keys,
    activities,
    identity,
    heard: parts.heard,
    orphan: conversations.want,
    synchronisation: synchronisation.heard,
    timers,
    log,
  })
  const absences = openAbsences({ domain: d, remote, forgetActor, alive: servers.alive, log })
  const documents = openDocuments({ domain: d, identity, keys, inbox, version })
  const tallies = openTallies({ domain: d, outbox: parts.outbox, timers, log })
  const connectivity = parts.connectivity ?? { online: false, onChange: () => () => undefined }
  const lost = parts.lostWhileAway ?? (() => false)
  const reading = { domain: d, profiles, conversations, politeness, servers, outbox: parts.outbox, connectivity }
  const catchUp = openCatchUp({ ...reading, lost, supply: parts.supply ?? null, timers, log })
  const waking = openWaking({ domain: d, connectivity, outbox: parts.outbox, back: catchUp.begin, timers, log })
  const stopConsuming = consumeOwnEvents({ domain: d, outbox: parts.outbox, tallies, log })

  return {
    publicRoutes: documents.routes,
    resolver: openResolver({
      domain: d,
      identity,
      remote,
      conversations,
      profiles,
      around: (post) => openAround({ domain: d, net, remote, politeness, plainHttp: parts.plainHttp, post }),
      refreshing,
      stored,
    }),
    servers,
    catchUp,
    preparer: openPreparer({ domain: d, identity, remote, servers, log }),
    inboxReports: absences,
    remoteMedia: openRemoteMedia({ domain: d, net, sniff: parts.sniff, log }),
    identityChanged() {
      identity.changed()
      documents.changed()
    },
    start() {
      inbox.start()
      servers.start()
      catchUp.start()
      waking.start()
    },
    async settled() {
      await inbox.settled()
      await conversations.settled()
      await quotes.settled()
      await catchUp.settled()
      await profiles.settled()
      await refreshing.settled()
      await synchronisation.settled()
      await servers.settled()
      await absences.settled()
    },
    async stop() {
      stopConsuming()
      tallies.stop()
      documents.stop()
      conversations.stop()
      quotes.stop()
      waking.stop()
      catchUp.end()
      profiles.stop()
      refreshing.stop()
      synchronisation.stop()
      servers.stop()
      absences.stop()
      await inbox.stop()
    },
  }
}
