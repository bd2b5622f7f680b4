import { MastoHttpError } from 'masto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Notices } from '../../../src-renderer/state/notices.svelte.ts'
import type { Ground } from '../../../src-renderer/state/ground.ts'
import type { StreamEvent } from '../../../src-renderer/state/live.svelte.ts'
import type { Posts } from '../../../src-renderer/state/posts.svelte.ts'

beforeEach(() => vi.stubGlobal('document', { hasFocus: () => false }))
afterEach(() => vi.unstubAllGlobals())

const stranger = (id: string) => ({ id, account: { id, acct: `p${id}@crowd.example` } })

/** Notifications over a server where strangers wait; what reaches the system's notifications is kept. */
async function open(waiting: string[]) {
  const said: string[] = []
  const toasts: string[] = []
  let tell: (event: StreamEvent) => void = () => undefined
  const requests = {
    list: () => Promise.resolve(waiting.map(stranger)),
    $select: (id: string) => ({
      accept: () => Promise.resolve(),
      dismiss: () => {
        if (!waiting.includes(id)) return Promise.reject(new MastoHttpError({ statusCode: 404, message: 'Record not found' }))
        waiting.splice(waiting.indexOf(id), 1)
        return Promise.resolve()
      },
    }),
  }
  const ground = {
    live: { onstream: (handler: typeof tell) => (tell = handler) },
    toasts: { show: ({ text }: { text: string }) => toasts.push(text) },
    desktop: { setBadge: () => Promise.resolve(), notify: ({ title }: { title: string }) => (said.push(title), Promise.resolve()) },
    session: {
      rest: {
        v1: {
          notifications: { list: () => Promise.resolve([]), requests },
          followRequests: { list: () => Promise.resolve([]) },
          markers: { fetch: () => Promise.resolve({}) },
        },
        v2: {
          notifications: {
            list: () => Promise.resolve({ accounts: [], statuses: [], notificationGroups: [] }),
            unreadCount: { fetch: () => Promise.resolve({ count: 0 }) },
          },
        },
      },
    },
  } as unknown as Ground
  const posts = { putAll: () => undefined, gone: new Set() } as unknown as Posts
  const notices = new Notices(ground, posts)
  await notices.open()
  return { notices, waiting, toasts, said, tell: (event: StreamEvent) => tell(event) }
}

test('strangers who came after the first look are there at the next', async () => {
  const { notices, waiting } = await open([])
  expect(notices.strangers).toEqual([])
  waiting.push('7')
  await notices.lookForStrangers()
  expect(notices.strangers.map((one) => one.id)).toEqual(['7'])
})

test('a stranger who was put away twice leaves the list without an alarm', async () => {
  const { notices, toasts } = await open(['7', '8'])
  const [first] = notices.strangers
  if (first) await Promise.all([notices.letIn(first, false), notices.letIn(first, false)])
  expect(notices.strangers.map((one) => one.id)).toEqual(['8'])
  expect(toasts).toEqual([])
})

test('the system says that somebody reacted, and that somebody quoted', async () => {
  const { tell, said } = await open([])
  const notification = (id: string, more: object) =>
    ({
      type: 'notification',
      notification: {
        id,
        createdAt: '2026-11-22T00:00:00.000Z',
        account: { id: '2', acct: 'bo@tide.example', displayName: 'Bo' },
        ...more,
      },
    }) as unknown as StreamEvent
  tell(notification('3', { type: 'favourite', emoji: '🌱', emojiUrl: null }))
  tell(notification('4', { type: 'favourite', emoji: 'fern', emojiUrl: 'https://ada.example/fern' }))
  tell(notification('5', { type: 'favourite' }))
  tell(notification('6', { type: 'quote' }))
  await expect.poll(() => said).toEqual(['Bo reacted with 🌱', 'Bo reacted with :fern:', 'Bo favourited your post', 'Bo quoted you'])
})
