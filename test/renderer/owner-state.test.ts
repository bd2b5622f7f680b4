import { flushSync } from 'svelte'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Connection, OutboxItem, OwnerEvent } from '../../src-main/owner-api/contract.ts'
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
  const ask = () => new Promise((resolve) => answers.push(resolve))
  const session = {
    state: { owner: { id: '1', username: 'ada', handle: null as string | null } },
    owner: { connection: ask, retryConnection: ask, outbox: ask },
  }
  const ground = {
    session,
    live: { onowner: (handler: (event: OwnerEvent) => void) => handlers.add(handler), onreconnected: () => undefined },
    toasts: { show: () => 1 },
  } as unknown as Ground
  return {
    ground,
    session,
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
