import { openConnectivity } from './connectivity.ts'
import { openHosts } from './hosts.ts'
import { startPump } from './pump.ts'
import { openQueue } from './queue.ts'
import { startSender } from './sender.ts'
import type { ConnectivityControl, ConnectivityOptions } from './connectivity.ts'
import type { Scheme } from './hosts.ts'
import type { Timers } from './pump.ts'
import type { Failure, Outgoing } from './queue.ts'
import type { SenderKey } from './sender.ts'
import type { Domain } from '../domain/domain.ts'
import type { InboxReports, Log, Outbox, Preparer } from '../domain/ports.ts'

export type { ConnectionReason, ConnectionState, ConnectionStatus, TunnelView } from './connectivity.ts'
export type { Failure, Outgoing } from './queue.ts'
export type { FailureCode } from './policy.ts'

/** What the owner sees of the outbox: codes and numbers; words are made in the window. */
export interface OutboxView {
  /** Newest first: everything waiting, on its way or failed, and what was sent within a day. */
  list(): (Outgoing & { failures: Failure[]; nextAttemptAt: number | null })[]
  item(id: number): (Outgoing & { failures: Failure[]; nextAttemptAt: number | null }) | null
  counts(): { waiting: number; failed: number }
  /** Tries again now. False: there is no such item. */
  retry(id: number): boolean
  /** Lets go of an item that has failed or was sent: it is no longer shown. */
  dismiss(id: number): boolean
  /** `changed`: called for every item that moved (or went), after its commit. */
  onChange(changed: (id: number) => void): () => void
}

export interface Delivery {
  readonly outbox: Outbox
  readonly view: OutboxView
  readonly connectivity: ConnectivityControl
  /** Wires federation in; nothing leaves before. */
  use(preparer: Preparer, reports: InboxReports): void
  setKey(key: SenderKey): void
  start(): void
  /** The network has changed or the machine has woken: names are looked up anew, the address is proven anew. */
  networkChanged(): void
  stop(): Promise<void>
}

const CONCURRENCY = 64

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
  const preferred = options.preferred ?? 'cavage'
  const queue = openQueue(domain.store, now)
  const hosts = openHosts(domain.store, now, preferred)
  const listeners = new Set<(id: number) => void>()
  const changed = (id: number) => {
    for (const listen of listeners) listen(id)
  }
  let preparer: Preparer | null = null
  let reports: InboxReports | null = null

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
    store: domain.store,
    queue,
    hosts,
    sender,
    preparer: () => preparer,
    reports: () => reports,
    online: () => connectivity.online,
    troubled: () => connectivity.retry(),
    changed,
    now,
    random: options.random ?? Math.random,
    timers,
    log,
  })
  const unlisten = connectivity.onChange(() => {
    if (connectivity.online) pump.nudge()
  })
  const withDetails = (item: Outgoing) => ({
    ...item,
    failures: queue.failuresOf(item.id),
    nextAttemptAt: item.state === 'waiting' || item.state === 'sending' ? queue.nextAttemptOf(item.id) : null,
  })

  return {
    connectivity,
    outbox: {
      enqueue(item) {
        const id = queue.add(item)
        domain.store.afterCommit(() => {
          changed(id)
          pump.nudge()
        })
        return id
      },
      takeBack(objectKey, kinds) {
        const { result, removed } = queue.takeBack(objectKey, kinds)
        if (removed.length > 0) domain.store.afterCommit(() => removed.forEach(changed))
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
      retry(id) {
        if (!queue.get(id)) return false
        queue.restart(id)
        changed(id)
        pump.nudge()
        return true
      },
      dismiss(id) {
        const item = queue.get(id)
        if (!item || item.state === 'waiting' || item.state === 'sending') return false
        queue.remove(id)
        changed(id)
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
    start() {
      connectivity.start()
      pump.nudge()
    },
    networkChanged() {
      sender.networkChanged()
      connectivity.retry()
    },
    async stop() {
      unlisten()
      pump.stop()
      connectivity.stop()
      await sender.stop()
    },
  }
}
