import { build, query, sql } from '../store/query.ts'
import type { Store } from '../store/store.ts'
import type { Hosts } from './hosts.ts'
import type { FailureCode } from './policy.ts'
import type { Address } from './rows.ts'

/** Where a post has arrived and how each server is doing: read for the owner, never on the way of a delivery. */

export interface PostHost {
  host: string
  state: 'delivered' | 'waiting' | 'failed'
  code: FailureCode | null
  status: number | null
  attempts: number
  nextAttemptAt: number | null
}
export interface PostView {
  delivered: number
  total: number
  /** Every server it went to: those that failed first, then those that wait. */
  hosts: PostHost[]
}
export interface HostView {
  host: string
  /** `open`: thought to be down and only probed. `troubled`: failed lately, or something could not be delivered. */
  state: 'fine' | 'troubled' | 'open'
  waiting: number
  failed: number
  delivered: number
  lastSuccessAt: number | null
  lastFailureAt: number | null
  lastCode: FailureCode | null
  lastStatus: number | null
  nextAttemptAt: number | null
}

const SHOWN_HOSTS = 1_000
/** What has never been tried waits behind what has. */
const NEXT = sql<number | null>`coalesce(min(case when attempts > 0 then next_at end), min(next_at))`

const ofPost = query<{ post: number }>()((p) =>
  build
    .selectFrom('outgoing')
    .select(['id', 'kind', 'state', 'delivered', 'failed', 'total', 'hosts'])
    .where('post_id', '=', p.post)
    .where('kind', 'in', ['post', 'edit', 'boost'])
    .orderBy('id'),
)
const rowsOf = query<{ outgoing: number }>()((p) =>
  build
    .selectFrom('deliveries')
    .select(['host', 'error', 'status', 'attempts', 'failed_at', 'next_at'])
    .where('outgoing_id', '=', p.outgoing),
)
const waitingByHost = query()(() =>
  build
    .selectFrom('deliveries')
    .select((e) => ['host', e.fn.countAll<number>().as('count'), e.fn.max('attempts').as('attempts'), NEXT.as('next')])
    .where('failed_at', 'is', null)
    .groupBy('host'),
)
const failedByHost = query()(() =>
  build
    .selectFrom('deliveries')
    .select((e) => ['host', e.fn.countAll<number>().as('count')])
    .where('failed_at', 'is not', null)
    .groupBy('host'),
)
const waitingOf = query<{ host: string }>()((p) =>
  build
    .selectFrom('deliveries')
    .select((e) => [e.fn.countAll<number>().as('count'), e.fn.max('attempts').as('attempts'), NEXT.as('next')])
    .where('host', '=', p.host)
    .where('failed_at', 'is', null),
)
const failedOf = query<{ host: string }>()((p) =>
  build
    .selectFrom('deliveries')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('host', '=', p.host)
    .where('failed_at', 'is not', null),
)
const hostRows = query<{ limit: number }>()((p) => build.selectFrom('hosts').selectAll().orderBy('updated_at', 'desc').limit(p.limit))
const hostRow = query<{ host: string }>()((p) => build.selectFrom('hosts').selectAll().where('host', '=', p.host))

const failedAt = query<{ host: string }>()((p) =>
  build
    .selectFrom('deliveries')
    .select(['outgoing_id as outgoingId', (e) => e.fn.countAll<number>().as('count')])
    .where('host', '=', p.host)
    .where('failed_at', 'is not', null)
    .groupBy('outgoing_id'),
)
const waitingAt = query<{ host: string }>()((p) =>
  build
    .selectFrom('deliveries')
    .select(['outgoing_id as outgoingId', (e) => e.fn.countAll<number>().as('count')])
    .where('host', '=', p.host)
    .where('failed_at', 'is', null)
    .groupBy('outgoing_id'),
)
const inboxesAt = query<{ host: string }>()((p) =>
  build.selectFrom('deliveries').select(['inbox', 'host']).where('host', '=', p.host).where('failed_at', 'is', null).groupBy('inbox'),
)
const againWaiting = query<{ host: string; now: number }>()((p) =>
  build.updateTable('deliveries').set({ next_at: p.now, attempts: 0, waited: 0 }).where('host', '=', p.host).where('failed_at', 'is', null),
)
const againFailed = query<{ host: string; now: number }>()((p) =>
  build
    .updateTable('deliveries')
    .set({ failed_at: null, next_at: p.now, attempts: 0, waited: 0 })
    .where('host', '=', p.host)
    .where('failed_at', 'is not', null),
)
const reopen = query<{ id: number; failed: number }>()((p) =>
  build
    .updateTable('outgoing')
    .set((e) => ({ failed: e('failed', '-', p.failed), state: sql<'sending'>`'sending'`, sent_at: null }))
    .where('id', '=', p.id)
    .where('body', 'is not', null),
)
const dropWaiting = query<{ host: string }>()((p) =>
  build.deleteFrom('deliveries').where('host', '=', p.host).where('failed_at', 'is', null),
)
const dropFailed = query<{ host: string }>()((p) =>
  build.deleteFrom('deliveries').where('host', '=', p.host).where('failed_at', 'is not', null),
)
const countDown = query<{ id: number; waiting: number; failed: number }>()((p) =>
  build
    .updateTable('outgoing')
    .set((e) => ({ total: sql<number>`${e.ref('total')} - ${p.waiting} - ${p.failed}`, failed: e('failed', '-', p.failed) }))
    .where('id', '=', p.id),
)

export interface Survey {
  /** Null: nothing of this post is known (any more). Something is for two weeks after it has arrived. */
  post(postId: number): PostView | null
  /** Activities of this post that have not arrived everywhere. */
  unfinished(postId: number): number[]
  /** Servers with trouble or mail first, newest first; at most 1,000. */
  hosts(): HostView[]
  host(host: string): HostView | null
  /** What waits for a server and what it did not take starts over; inside a transaction. */
  restartHost(host: string): { inboxes: Address[]; touched: number[] }
  /** What waits for a server and what it did not take is dropped; inside a transaction. Returns the activities concerned. */
  dropHost(host: string): number[]
}

export function openSurvey(store: Store, hosts: Hosts, now: () => number): Survey {
  type HostRow = NonNullable<ReturnType<typeof hostRow.get>>
  const view = (
    host: string,
    row: HostRow | undefined,
    waiting: { count: number; attempts: number | null; next: number | null } | undefined,
    failed: number,
  ): HostView => {
    const troubled = hosts.failing(host) || failed > 0 || (waiting?.attempts ?? 0) > 0
    return {
      host,
      state: hosts.probing(host) ? 'open' : troubled ? 'troubled' : 'fine',
      waiting: waiting?.count ?? 0,
      failed,
      delivered: row?.delivered ?? 0,
      lastSuccessAt: row?.last_success_at ?? null,
      lastFailureAt: row?.last_failure_at ?? null,
      lastCode: (row?.last_error ?? null) as FailureCode | null,
      lastStatus: row?.last_status ?? null,
      nextAttemptAt: waiting && waiting.count > 0 ? Math.max(waiting.next ?? 0, hosts.quietUntil(host), now()) : null,
    }
  }
  const rank = (one: HostView): number => (one.state === 'open' ? 0 : one.state === 'troubled' ? 1 : one.waiting > 0 ? 2 : 3)
  const WORST = { failed: 0, waiting: 1, delivered: 2 } as const

  return {
    post(postId) {
      const items = ofPost.all(store, { post: postId })
      const first = items.find((item) => item.kind !== 'edit') ?? items[0]
      if (!first) return null
      const byHost = new Map<string, PostHost>()
      for (const host of JSON.parse(first.hosts ?? '[]') as string[]) {
        byHost.set(host, { host, state: 'delivered', code: null, status: null, attempts: 1, nextAttemptAt: null })
      }
      for (const row of rowsOf.all(store, { outgoing: first.id })) {
        const { host, attempts, status } = row
        const code = row.error as FailureCode | null
        const one: PostHost =
          row.failed_at !== null
            ? { host, state: 'failed', code, status, attempts, nextAttemptAt: null }
            : { host, state: 'waiting', code, status, attempts, nextAttemptAt: Math.max(row.next_at, hosts.quietUntil(host)) }
        const before = byHost.get(host)
        if (!before || WORST[one.state] < WORST[before.state]) byHost.set(host, one)
      }
      const listed = [...byHost.values()].sort((a, b) => WORST[a.state] - WORST[b.state] || (a.host < b.host ? -1 : 1))
      return { delivered: first.delivered, total: first.total, hosts: listed }
    },
    unfinished: (postId) =>
      ofPost
        .all(store, { post: postId })
        .filter((item) => item.state === 'sending' || item.failed > 0)
        .map((item) => item.id),
    hosts() {
      const waiting = new Map(waitingByHost.all(store).map((row) => [row.host, row]))
      const failed = new Map(failedByHost.all(store).map((row) => [row.host, row.count]))
      const rows = new Map(hostRows.all(store, { limit: SHOWN_HOSTS }).map((row) => [row.host, row]))
      return [...new Set([...failed.keys(), ...waiting.keys(), ...rows.keys()])]
        .map((host) => view(host, rows.get(host) ?? hostRow.get(store, { host }), waiting.get(host), failed.get(host) ?? 0))
        .sort((a, b) => rank(a) - rank(b) || (b.lastSuccessAt ?? 0) - (a.lastSuccessAt ?? 0))
        .slice(0, SHOWN_HOSTS)
    },
    host(host) {
      const row = hostRow.get(store, { host })
      const waiting = waitingOf.get(store, { host })
      const failed = failedOf.get(store, { host })?.count ?? 0
      return row || failed > 0 || (waiting?.count ?? 0) > 0 ? view(host, row, waiting, failed) : null
    },
    restartHost(host) {
      const failed = failedAt.all(store, { host })
      const touched = [...failed, ...waitingAt.all(store, { host })].map((one) => one.outgoingId)
      for (const { outgoingId, count } of failed) reopen.run(store, { id: outgoingId, failed: count })
      againFailed.run(store, { host, now: now() })
      againWaiting.run(store, { host, now: now() })
      return { inboxes: inboxesAt.all(store, { host }), touched: [...new Set(touched)] }
    },
    dropHost(host) {
      const failed = failedAt.all(store, { host })
      const waiting = waitingAt.all(store, { host })
      for (const { outgoingId, count } of failed) countDown.run(store, { id: outgoingId, waiting: 0, failed: count })
      for (const { outgoingId, count } of waiting) countDown.run(store, { id: outgoingId, waiting: count, failed: 0 })
      dropFailed.run(store, { host })
      dropWaiting.run(store, { host })
      return [...new Set([...failed, ...waiting].map((one) => one.outgoingId))]
    },
  }
}
