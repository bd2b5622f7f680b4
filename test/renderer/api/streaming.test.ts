import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveSocket } from '../../../src-renderer/api/socket.ts'
import { fromWire, readFrame } from '../../../src-renderer/api/streaming.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('entities of the stream have the keys of the client', () => {
  expect(
    fromWire({
      in_reply_to_id: '1',
      account: { display_name: 'Bo', avatar_static: 'x' },
      emojis: [{ static_url: 'y' }],
      meta: { original: { frame_rate: null } },
    }),
  ).toEqual({
    inReplyToId: '1',
    account: { displayName: 'Bo', avatarStatic: 'x' },
    emojis: [{ staticUrl: 'y' }],
    meta: { original: { frameRate: null } },
  })
})

test('frames become events; what is unknown or broken is nothing', () => {
  expect(readFrame(JSON.stringify({ event: 'delete', payload: '42' }))).toEqual({ type: 'post-deleted', id: '42' })
  expect(readFrame(JSON.stringify({ event: 'update', payload: '{"id":"1","spoiler_text":""}' }))).toEqual({
    type: 'post',
    post: { id: '1', spoilerText: '' },
  })
  expect(readFrame(JSON.stringify({ event: 'filters_changed' }))).toBeNull()
  expect(readFrame('not json')).toBeNull()
  expect(readFrame(JSON.stringify({ event: 'update', payload: '{' }))).toBeNull()
})

class FakeSocket {
  static made: FakeSocket[] = []
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  closed = false
  constructor() {
    FakeSocket.made.push(this)
  }
  close() {
    this.closed = true
    this.onclose?.()
  }
}

test('a lost connection comes back, later each time, and says that it was lost', () => {
  FakeSocket.made = []
  const opened: boolean[] = []
  const protocols: string[] = []
  const live = new LiveSocket(
    'ws://127.0.0.1:1/x',
    'token',
    { onopen: (again) => opened.push(again), onframe: () => undefined },
    (_url, protocol) => {
      protocols.push(protocol)
      return new FakeSocket() as unknown as WebSocket
    },
  )
  const last = () => FakeSocket.made.at(-1)
  last()?.onopen?.()
  last()?.onclose?.()
  vi.advanceTimersByTime(499)
  expect(FakeSocket.made).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(FakeSocket.made).toHaveLength(2)
  last()?.onclose?.()
  vi.advanceTimersByTime(999)
  expect(FakeSocket.made).toHaveLength(2)
  live.nudge()
  expect(FakeSocket.made).toHaveLength(3)
  last()?.onopen?.()
  expect(opened).toEqual([false, true])
  expect(new Set(protocols)).toEqual(new Set(['token']))
  live.close()
  vi.advanceTimersByTime(60_000)
  expect(FakeSocket.made).toHaveLength(3)
})
