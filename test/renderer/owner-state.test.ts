import { flushSync } from 'svelte'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AwayReport, Connection, OutboxItem, OwnerEvent } from '../../src-main/owner-api/contract.ts'
import { ConnectionWatch } from '../../src-renderer/state/connection.svelte.ts'
import type { Ground } from '../../src-renderer/state/ground.ts'
import { Outbox } from '../../src-renderer/state/outbox.svelte.ts'

const connection = (state: Connection['state']): Connection => ({
  state,
  reason: null,
  since: '',
  origin: 'https://ada.example',
  handle: '@ada@ada.example',
  tunnel: 'none',
  trial: false,
  seenAt: null,
  nextAttemptAt: null,
  waiting: 0,
  failed: 0,
})
const item = (id: string, state: OutboxItem['state'], more: Partial<OutboxItem> = {}): OutboxItem => ({
  id,
  kind: 'post',
  state,
  postId: `post-${id}`,
  accountId: null,
  excerpt: 'x',
  acct: null,
  createdAt: `2026-11-22T00:00:0${id}.000Z`,
  sentAt: null,
  delivered: 0,
  total: 2,
  nextAttemptAt: null,
  cancellable: true,
  asks: false,
  writtenAt: null,
  failures: [],
  ...more,
})

/** A ground whose answers are given by hand, so that they can be overtaken by events. */
function rig() {
  const handlers = new Set<(event: OwnerEvent) => void>()
  const answers: ((value: unknown) => void)[] = []
  const reports: AwayReport[] = []
  const said: string[] = []
  const ask = () => new Promise((resolve) => answers.push(resolve))
  const session = {
    state: { owner: { id: '1', username: 'ada', handle: null as string | null } },
    owner: { connection: ask, retryConnection: ask, outbox: ask, held: async () => [], away: async () => reports },
  }
  const ground = {
    session,
    live: { onowner: (handler: (event: OwnerEvent) => void) => handlers.add(handler), onreconnected: () => undefined },
    toasts: { show: ({ text }: { text: string }) => said.push(text) },
  } as unknown as Ground
  return {
    ground,
    session,
    reports,
    said,
    answer: (value: unknown) => answers.shift()?.(value),
    tell: (event: OwnerEvent) => handlers.forEach((handler) => handler(event)),
  }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('the connection as the window knows it', () => {
  it('is the newest thing told, even when an older answer arrives later', async () => {
    const { ground, answer, tell } = rig()
    const watch = new ConnectionWatch(ground)
    const loading = watch.load()
    tell({ type: 'connection', connection: connection('online') })
    answer(connection('connecting'))
    await loading
    expect(watch.online).toBe(true)
  })

  it('follows the counts of the outbox and gives the owner their handle', async () => {
    const { ground, session, answer, tell } = rig()
    const watch = new ConnectionWatch(ground)
    const loading = watch.load()
    answer(connection('offline'))
    await loading
    tell({ type: 'outbox', item: item('1', 'waiting'), waiting: 3, failed: 1 })
    expect(watch.current).toMatchObject({ state: 'offline', waiting: 3, failed: 1 })
    expect(session.state.owner.handle).toBe('@ada@ada.example')
    expect(watch.host).toBe('ada.example')
  })
})

const DAY = 24 * 3600_000
const report = (state: AwayReport['state'], days: number): AwayReport => ({
  id: '1',
  awaySince: new Date(0).toISOString(),
  backAt: new Date(days * DAY).toISOString(),
  state,
  finishedAt: null,
  posts: 0,
  servers: 41,
  accounts: 26,
  threads: 0,
  silent: [],
  gaps: [],
  remaining: 15,
  heldBy: null,
})

describe('what the status chip shows', () => {
  it('is nothing of a connection that fails for less than ten seconds', () => {
    const { ground, tell } = rig()
    const watch = new ConnectionWatch(ground)
    const now = (state: Connection['state']) => tell({ type: 'connection', connection: connection(state) })
    now('online')
    now('unreachable')
    vi.advanceTimersByTime(4_000)
    now('connecting')
    vi.advanceTimersByTime(5_000)
    tell({ type: 'outbox', item: item('1', 'waiting'), waiting: 1, failed: 0 })
    expect([watch.shown, watch.online]).toMatchObject([{ state: 'online', waiting: 1 }, false])
    now('online')
    vi.advanceTimersByTime(20_000)
    expect(watch.shown?.state).toBe('online')
    now('offline')
    vi.advanceTimersByTime(9_999)
    expect(watch.shown?.state).toBe('online')
    vi.advanceTimersByTime(1)
    expect(watch.shown?.state).toBe('offline')
  })

  it('is at once what the owner chose, what needs the owner, and good news', () => {
    const { ground, tell } = rig()
    const watch = new ConnectionWatch(ground)
    for (const state of ['online', 'paused', 'online', 'action-needed', 'connecting', 'online'] as const) {
      tell({ type: 'connection', connection: connection(state) })
      expect(watch.shown?.state).toBe(state)
    }
  })

  it('is a long absence that is being caught up with, also in a window that opens later', async () => {
    const { ground, answer, reports, tell } = rig()
    const watch = new ConnectionWatch(ground)
    const load = async () => {
      const loading = watch.load()
      answer(connection('online'))
      await loading
      await vi.advanceTimersByTimeAsync(0)
    }
    reports.push(report('running', 1))
    await load()
    expect(watch.away).toBeNull()
    reports[0] = report('running', 3)
    await load()
    expect(watch.away).toMatchObject({ accounts: 26, remaining: 15 })
    tell({ type: 'away', report: report('done', 3) })
    expect(watch.away).toBeNull()
  })
})

describe('what waited', () => {
  const online = (tell: (event: OwnerEvent) => void, state: Connection['state']) =>
    tell({ type: 'connection', connection: connection(state) })
  const put = (tell: (event: OwnerEvent) => void, one: OutboxItem) => tell({ type: 'outbox', item: one, waiting: 0, failed: 0 })

  it('is told in one toast when it has left after a reconnection', async () => {
    const { ground, answer, said, tell } = rig()
    new Outbox(ground)
    online(tell, 'offline')
    const items = [
      ...['1', '2', '3'].map((id) => item(id, 'waiting')),
      ...['4', '5', '6', '7', '8'].map((id) => item(id, 'waiting', { kind: 'favourite' })),
      item('9', 'waiting', { asks: true }),
    ]
    for (const one of items) put(tell, one)
    online(tell, 'online')
    answer({ items, waiting: 9, failed: 0 })
    await vi.advanceTimersByTimeAsync(0)
    expect(said).toEqual([])
    for (const one of items.filter(({ asks }) => !asks)) put(tell, { ...one, state: 'sent' })
    await vi.waitFor(() => expect(said).toEqual(['3 posts and 5 likes sent']))
    put(tell, { ...(items[0] as OutboxItem), id: '77', state: 'sent' })
    await vi.advanceTimersByTimeAsync(100)
    expect(said).toHaveLength(1)
  })

  it('stands on its control until it leaves or is taken back', () => {
    const { ground, tell } = rig()
    const outbox = new Outbox(ground)
    put(tell, item('1', 'waiting', { kind: 'favourite', postId: 'p' }))
    expect([outbox.wetOf('p', 'favourite'), outbox.wetOf('p', 'boost'), outbox.wetOf('q', 'favourite')]).toEqual([true, false, false])
    tell({ type: 'outbox-removed', id: '1', waiting: 0, failed: 0 })
    expect(outbox.wetOf('p', 'favourite')).toBe(false)
    put(tell, item('2', 'waiting', { kind: 'boost', postId: 'p' }))
    put(tell, item('2', 'sending', { kind: 'boost', postId: 'p' }))
    expect(outbox.wetOf('p', 'boost')).toBe(false)
  })

  it('for over twelve hours asks, oldest first', () => {
    const { ground, tell } = rig()
    const outbox = new Outbox(ground)
    put(tell, item('2', 'waiting', { asks: true }))
    put(tell, item('1', 'waiting', { asks: true }))
    put(tell, item('3', 'waiting'))
    expect(outbox.asking.map(({ id }) => id)).toEqual(['1', '2'])
  })
})

describe('ink', () => {
  it('is wet until the post leaves, then dries', () => {
    const { ground, tell } = rig()
    const outbox = new Outbox(ground)
    const now = (state: OutboxItem['state'], more: Partial<OutboxItem> = {}) => {
      tell({ type: 'outbox', item: item('1', state, more), waiting: 0, failed: 0 })
      flushSync()
      return outbox.inkOf('post-1')
    }
    expect(outbox.inkOf('post-1')).toBeNull()
    expect(now('waiting')).toBe('wet')
    expect(outbox.waitingActions('post-1')).toEqual(new Set(['post']))
    expect(now('sending', { delivered: 1 })).toBe('sending')
    expect(now('sent', { delivered: 2 })).toBe('dry')
    vi.advanceTimersByTime(1_000)
    expect(outbox.inkOf('post-1')).toBeNull()
  })

  it('stays wet when nobody took the post, and not when somebody did', () => {
    const { ground, tell } = rig()
    const outbox = new Outbox(ground)
    tell({ type: 'outbox', item: item('1', 'failed'), waiting: 0, failed: 1 })
    tell({ type: 'outbox', item: item('2', 'failed', { delivered: 1 }), waiting: 0, failed: 2 })
    expect(outbox.inkOf('post-1')).toBe('wet')
    expect(outbox.inkOf('post-2')).toBeNull()
    expect(outbox.failed.map((one) => one.id)).toEqual(['1', '2'])
  })

  it('is not dried again by a list that is older than the last event', async () => {
    const { ground, answer, tell } = rig()
    const outbox = new Outbox(ground)
    const loading = outbox.load()
    tell({ type: 'outbox', item: item('1', 'sent'), waiting: 0, failed: 0 })
    answer({ items: [item('1', 'waiting')], waiting: 1, failed: 0 })
    await loading
    expect(outbox.waiting).toEqual([])
    await vi.advanceTimersByTimeAsync(300)
    answer({ items: [], waiting: 0, failed: 0 })
    await vi.advanceTimersByTimeAsync(0)
    expect(outbox.items).toEqual([])
  })
})
