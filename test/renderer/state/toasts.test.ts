import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ToastQueue } from '../../../src-renderer/state/toasts.svelte.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())
const texts = (queue: ToastQueue) => queue.toasts.map((toast) => toast.text)

test('a toast goes after its time, later with something to undo', () => {
  const queue = new ToastQueue(() => Date.now())
  queue.show({ text: 'plain' })
  queue.show({ text: 'undo', action: { label: 'Undo', run: () => undefined } })
  vi.advanceTimersByTime(6_001)
  expect(texts(queue)).toEqual(['undo'])
  vi.advanceTimersByTime(4_000)
  expect(texts(queue)).toEqual([])
})

test('nothing goes away under the hand', () => {
  const queue = new ToastQueue(() => Date.now())
  queue.show({ text: 'one' })
  vi.advanceTimersByTime(5_500)
  queue.hold()
  queue.show({ text: 'two' })
  vi.advanceTimersByTime(60_000)
  expect(texts(queue)).toEqual(['one', 'two'])
  queue.release()
  vi.advanceTimersByTime(1_900)
  expect(texts(queue)).toEqual(['one', 'two'])
  vi.advanceTimersByTime(200)
  expect(texts(queue)).toEqual(['two'])
})

test('three at most; the newest button is the one that the key presses, once', () => {
  const queue = new ToastQueue(() => Date.now())
  const undone: string[] = []
  for (const name of ['a', 'b', 'c', 'd']) queue.show({ text: name, action: { label: 'Undo', run: () => undone.push(name) } })
  expect(texts(queue)).toEqual(['b', 'c', 'd'])
  expect(queue.actNewest()).toBe(true)
  expect(undone).toEqual(['d'])
  expect(texts(queue)).toEqual(['b', 'c'])
  queue.act(999)
  expect(undone).toEqual(['d'])
})
