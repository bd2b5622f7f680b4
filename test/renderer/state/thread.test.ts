import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { OwnerEvent, Status, Walk } from '../../../src-renderer/state/entities.ts'
import type { Ground } from '../../../src-renderer/state/ground.ts'
import { Posts } from '../../../src-renderer/state/posts.svelte.ts'
import { Thread } from '../../../src-renderer/state/thread.svelte.ts'
import { post, someone } from '../posts.ts'

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('addEventListener', () => undefined)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Post 1 with what answers it; `say` sends an event of the owner's. */
const open = (descendants: Status[], walk: () => Promise<Walk> = () => Promise.reject(new Error('silent'))) => {
  const handlers: ((event: OwnerEvent) => void)[] = []
  const root = post('1', { account: someone('wren') })
  const ground = {
    session: {
      isMe: () => false,
      owner: { walkConversation: walk },
      rest: {
        v1: {
          statuses: {
            $select: () => ({
              fetch: () => Promise.resolve(root),
              context: { fetch: () => Promise.resolve({ ancestors: [], descendants: [...descendants] }) },
            }),
          },
        },
      },
    },
    live: {
      onstream: () => () => undefined,
      onowner: (handler: (event: OwnerEvent) => void) => {
        handlers.push(handler)
        return () => undefined
      },
    },
    toasts: { show: () => 1 },
  } as unknown as Ground
  const thread = new Thread(ground, new Posts(ground), '1')
  return { thread, say: (event: OwnerEvent) => handlers.forEach((handler) => handler(event)) }
}
const walk = (state: Walk['state'], found: number): Walk => ({ id: 'w', postId: '1', state, found })

test('the search for more says how many were found while it runs, and shows them', async () => {
  const known = [post('2', { inReplyToId: '1' })]
  const { thread, say } = open(known, () => Promise.resolve(walk('running', 0)))
  await thread.open()
  expect(thread.known).toBe(1)
  await thread.lookForMore()
  expect([thread.walk?.state, thread.walk?.found, thread.walkAsked]).toEqual(['running', 0, true])
  known.push(post('3', { inReplyToId: '1' }), post('4', { inReplyToId: '3' }))
  say({ type: 'walk', walk: walk('running', 2) })
  expect(thread.walk?.found).toBe(2)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(thread.known).toBe(3)
  known.push(post('5', { inReplyToId: '4' }))
  say({ type: 'walk', walk: walk('finished', 3) })
  await vi.advanceTimersByTimeAsync(0)
  expect([thread.walk?.state, thread.known]).toEqual(['finished', 4])
})

test('an origin that does not answer is said, and what is known stays', async () => {
  const { thread } = open([post('2', { inReplyToId: '1' })])
  await thread.open()
  await thread.lookForMore()
  expect([thread.walkFailed, thread.known]).toEqual([true, 1])
})

test('an unrolled thread leaves its parts out of the answers', async () => {
  const wren = someone('wren')
  const { thread } = open([
    post('2', { inReplyToId: '1', account: wren }),
    post('3', { inReplyToId: '2' }),
    post('4', { inReplyToId: '2', account: wren }),
  ])
  await thread.open()
  expect(thread.parts.map((part) => part.id)).toEqual(['1', '2', '4'])
  expect(thread.branches.map((branch) => branch.id)).toEqual(['2'])
  thread.unrolled = true
  expect(thread.branches.map((branch) => branch.id)).toEqual(['3'])
})
