import { openConnectivity } from './connectivity.ts'
import { openHosts } from './hosts.ts'
import { openLanes } from './lanes.ts'
import { startPump } from './pump.ts'
import { openQueue } from './queue.ts'
import { openRows } from './rows.ts'
import { startSender } from './sender.ts'
import { openSurvey } from './survey.ts'
import { openSuspects } from './suspects.ts'
import type { ConnectivityControl, ConnectivityOptions } from './connectivity.ts'
import type { Scheme } from './hosts.ts'
import type { Timers } from './pump.ts'
import type { Outgoing } from './queue.ts'
import type { Failure } from './rows.ts'
import type { SenderIdentity, SenderKey } from './sender.ts'
import type { HostView, PostView } from './survey.ts'
import type { Domain } from '../domain/domain.ts'
import type { InboxReports, Log, Outbox, Preparer } from '../domain/ports.ts'

export type { ConnectionReason, ConnectionState, ConnectionStatus, ConnectivityControl, SelfCheck, TunnelView } from './connectivity.ts'
export type { Outgoing } from './queue.ts'
export type { Failure } from './rows.ts'
export type { Timers } from './pump.ts'
export type { FailureCode } from './policy.ts'
export type { HostView, PostHost, PostView } from './survey.ts'
export type { SenderIdentity, SenderKey } from './sender.ts'

/** What the owner sees of the outbox: codes and numbers; words are made in the window. */
export interface OutboxView {
  /** Newest first: everything waiting, on its way or failed, and what was sent within a day. */
  list(): (Outgoing & { failures: Failure[]; nextAttemptAt: number | null })[]
  item(id: number): (Outgoing & { failures: Failure[]; nextAttemptAt: number | null }) | null
  counts(): { waiting: number; failed: number }
  /** Tries again now what has not arrived. False: there is no such item. */
  retry(id: number): boolean
  /** What has waited so long that it asks goes now. Returns how many there were. */
  approve(): number
  /** Lets go of an item that has failed or was sent: it is no longer shown. */
  dismiss(id: number): boolean
  /** Where a post (or boost) of the owner has arrived, server by server; null: it never left, or did so weeks ago. */
  post(postId: number): PostView | null
  /** Tries again now wherever it has not arrived. False: nothing of it is known. */
  retryPost(postId: number): boolean
  /** Servers that deliveries went to, those with trouble first; at most 1,000. */
  hosts(): HostView[]
  /** Null: nothing has ever gone there, or not for weeks. */
  host(host: string): HostView | null
  /** Tries now what waits for a server and what it did not take, however often it has failed. False: nothing is known of it. */
  retryHost(host: string): boolean
  /** Drops what waits for a server and what it did not take; nothing is held against it any more. False as above. */
  forgetHost(host: string): boolean
  /** `changed`: called for every item that moved (or went), after its commit; at most a few times a second while one is being delivered. */
  onChange(changed: (id: number) => void): () => void
}

export interface Delivery {
  readonly outbox: Outbox
  readonly view: OutboxView
  readonly connectivity: ConnectivityControl
  /** Wires federation in; nothing leaves before. */
  use(preparer: Preparer, reports: InboxReports): void
  setKey(key: SenderKey): void
  /** Our address has been chosen: nothing is delivered to ourselves, and others see who asks. */
  setIdentity(identity: SenderIdentity): void
  start(): void
  /** The network has changed or the machine has woken: names are looked up anew, the address is proven anew. */
  networkChanged(): void
  /**
   * Hears whether something is being prepared or sent for the first time right now: a computer that is to sleep after publishing stays awake for that.
   * Retries do not count. Called at once if it is so already. Returns the way to stop listening.
   */
  onBusy(listen: (busy: boolean) => void): () => void
  /** Ends within two seconds. What is under way is awaited for one, what has not left then stays in the queue. */
  stop(): Promise<void>
}

/** At once in one sending thread. */
const CONCURRENCY = 96
/** How often the progress of one activity is told. */
const PROGRESS_MS = 250

export function openDelivery(options: {
  domain: Domain
  /** Options of `createNet` for the sending thread; must survive structured cloning. */
  net: Record<string, unknown>
  connectivity: Omit<ConnectivityOptions, 'now' | 'timers' | 'log'>
  now: () => number
  timers: Timers
  log: Log
  /** The built `sender.js`, or `sender-worker.ts` from the sources. */
  senderPath: URL
  preferred?: Scheme
  onlyPreferred?: boolean
  random?: () => number
}): Delivery {
  const { domain, now, timers, log } = options
  const { store } = domain
  const preferred = options.preferred ?? 'cavage'
  const rows = openRows(store, now)
  const queue = openQueue(store, rows, now)
  const hosts = openHosts(store, now, preferred)
  const suspects = openSuspects(domain, now)
  const survey = openSurvey(store, hosts, now)
  const lanes = openLanes(hosts, now)
  const listeners = new Set<(id: number) => void>()
  const busyListeners = new Set<(busy: boolean) => void>()
  let busy = false
  let preparer: Preparer | null = null
  let reports: InboxReports | null = null
  let answeredAt = Number.NEGATIVE_INFINITY

  const tell = <T>(to: Set<(what: T) => void>, what: T): void => {
    for (const listen of [...to]) {
      try {
        listen(what)
      } catch (error) {
        log.error({ error: (error as Error).message }, 'a listener of the outbox failed')
      }
    }
  }
  const moved = new Set<number>()
  let progress: unknown = null
  const changed = (id: number): void => {
    moved.delete(id)
    tell(listeners, id)
  }
  const tellProgress = (): void => {
    progress = null
    const ids = [...moved]
    moved.clear()
    for (const id of ids) tell(listeners, id)
  }

  const connectivity = openConnectivity({ ...options.connectivity, now, timers, log })
  const sender = startSender({
    path: options.senderPath,
    net: options.net,
    preferred,
    onlyPreferred: options.onlyPreferred ?? false,
    concurrency: CONCURRENCY,
    results: (results) => pump.results(results),
    log,
  })
  const pump = startPump({
    store,
    queue,
    rows,
    hosts,
    suspects,
    lanes,
    sender,
    preparer: () => preparer,
    reports: () => reports,
    online: () => connectivity.online,
    provenSince: (since) => answeredAt >= since || connectivity.provenSince(since),
    prove: () => connectivity.prove(),
    answered(host, skewMs) {
      answeredAt = now()
      if (skewMs !== null) connectivity.clockSeen(host, skewMs)
    },
    diskFull: (full) => connectivity.noRoom(full),
    changed,
    progressed(id) {
      moved.add(id)
      progress ??= timers.set(tellProgress, PROGRESS_MS)
    },
    busy: (next) => tell(busyListeners, (busy = next)),
    now,
    random: options.random ?? Math.random,
    timers,
    log,
  })
  // Somebody is writing: a thread takes a third of a second to start, and their words should not wait for it.
  const unhear = domain.events.listen((event) => {
    if (event.type === 'draft-saved' && connectivity.online) sender.expect(0)
  })
  let wasOnline = false
  const unlisten = connectivity.onChange(() => {
    if (connectivity.online === wasOnline) return
    wasOnline = connectivity.online
    if (wasOnline) pump.released()
    else pump.nudge()
  })
  const withDetails = (item: Outgoing) => {
    const hasRows = item.state === 'sending' || item.failed > 0
    return {
      ...item,
      failures: hasRows ? rows.failuresOf(item.id) : [],
      nextAttemptAt:
        item.state === 'sending' ? rows.nextAttemptOf(item.id) : item.state === 'waiting' && item.nextAt > 0 ? item.nextAt : null,
    }
  }

  const restart = (id: number): boolean => {
    if (!queue.get(id)) return false
    const inboxes = queue.restart(id)
    if (inboxes === null) return true
    changed(id)
    pump.retryNow(inboxes)
    return true
  }

  return {
    connectivity,
    outbox: {
      enqueue(item) {
        // Whoever is told that an account is gone must not hear of it again: a post that arrives later would bring it back.
        const dropped = item.kind === 'close' ? queue.removeUnsent() : []
        const id = queue.add(item)
        store.afterCommit(() => {
          dropped.forEach(changed)
          changed(id)
          pump.nudge()
        })
        return id
      },
      takeBack(objectKey, kinds) {
        const { result, removed } = queue.takeBack(objectKey, kinds, pump.isFlying)
        if (removed.length > 0) store.afterCommit(() => removed.forEach(changed))
        return result
      },
    },
    view: {
      list: () => queue.list(500).map(withDetails),
      item(id) {
        const item = queue.get(id)
        return item ? withDetails(item) : null
      },
      counts: () => queue.counts(),
      retry: restart,
      approve() {
        const asking = queue.asking()
        for (const id of asking) restart(id)
        return asking.length
      },
      dismiss(id) {
        const item = queue.get(id)
        if (!item || item.state === 'waiting' || item.state === 'sending') return false
        queue.remove(id)
        changed(id)
        return true
      },
      post: (postId) => survey.post(postId),
      retryPost(postId) {
        for (const id of survey.unfinished(postId)) restart(id)
        return survey.post(postId) !== null
      },
      hosts: () => survey.hosts(),
      host: (host) => survey.host(host),
      retryHost(host) {
        const { inboxes, touched } = store.transaction(() => survey.restartHost(host))
        touched.forEach(changed)
        pump.retryNow(inboxes)
        return survey.host(host) !== null
      },
      forgetHost(host) {
        if (survey.host(host) === null) return false
        const touched = store.transaction(() => {
          const items = survey.dropHost(host)
          for (const id of items) queue.settle(id)
          hosts.forget(host)
          hosts.save()
          return items
        })
        touched.forEach(changed)
        pump.nudge()
        return true
      },
      onChange(listen) {
        listeners.add(listen)
        return () => listeners.delete(listen)
      },
    },
    use(nextPreparer, nextReports) {
      preparer = nextPreparer
      reports = nextReports
      pump.nudge()
    },
    setKey: (key) => sender.setKey(key),
    setIdentity: (identity) => sender.setIdentity(identity),
    start() {
      connectivity.start()
      pump.nudge()
    },
    networkChanged() {
      sender.networkChanged()
      connectivity.doubt()
    },
    onBusy(listen) {
      busyListeners.add(listen)
      if (busy) listen(true)
      return () => busyListeners.delete(listen)
    },
    async stop() {
      unlisten()
      unhear()
      pump.pause()
      await sender.stop()
      await pump.finish()
      connectivity.stop()
      timers.clear(progress)
    },
  }
}
