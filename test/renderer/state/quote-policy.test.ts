import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Composer } from '../../../src-renderer/state/composer.svelte.ts'
import { Drafts } from '../../../src-renderer/state/drafts.svelte.ts'
import type { Draft, DraftInput } from '../../../src-main/owner-api/contract.ts'
import type { Ground } from '../../../src-renderer/state/ground.ts'

class MemoryStorage {
  entries = new Map<string, string>()
  get length() {
    return this.entries.size
  }
  key = (index: number) => [...this.entries.keys()][index] ?? null
  getItem = (key: string) => this.entries.get(key) ?? null
  setItem = (key: string, value: string) => void this.entries.set(key, value)
  removeItem = (key: string) => void this.entries.delete(key)
}

/** A page with its composer, over a server that outlives it. */
function page(storage: MemoryStorage, disk: Map<string, Draft>) {
  const published: Record<string, unknown>[] = []
  const session = {
    me: { acct: 'ada' },
    owner: {
      drafts: () => Promise.resolve([...disk.values()]),
      saveDraft: (id: string, input: DraftInput) => {
        const draft: Draft = { ...input, id, media: [], inReplyToAcct: null, createdAt: '', updatedAt: '' }
        disk.set(id, draft)
        return Promise.resolve(draft)
      },
      deleteDraft: (id: string) => Promise.resolve(disk.delete(id) ? {} : {}),
    },
    rest: {
      v1: {
        statuses: {
          create: (post: Record<string, unknown>) => {
            published.push(post)
            return Promise.resolve({ id: '9' })
          },
        },
      },
    },
  }
  const ground = {
    session,
    live: { onowner: () => () => undefined, onreconnected: () => () => undefined },
    toasts: { show: () => 1, dismiss: () => undefined },
    router: { route: { name: 'home' }, go: () => undefined, back: () => undefined },
  } as unknown as Ground
  const drafts = new Drafts(ground, storage)
  const composer = new Composer(ground, {
    drafts,
    settings: { current: { defaultVisibility: 'public', altReminder: 'off', quotePolicy: 'public' }, postLanguage: 'en' },
    posts: { put: () => undefined },
    home: { own: () => undefined },
    connection: { online: true },
  } as unknown as ConstructorParameters<typeof Composer>[1])
  return { drafts, composer, published }
}

beforeEach(() => {
  vi.stubGlobal('document', new EventTarget())
  vi.stubGlobal('addEventListener', () => undefined)
})
afterEach(() => vi.unstubAllGlobals())

test('who may quote is not forgotten by a draft that is closed, nor by a page that is loaded anew', async () => {
  const storage = new MemoryStorage()
  const disk = new Map<string, Draft>()
  const before = page(storage, disk)
  before.composer.write({ text: 'x' })
  const id = before.composer.current?.id as string
  if (before.composer.current) {
    before.composer.current.text = 'Not to be quoted'
    before.composer.current.quotePolicy = 'nobody'
  }
  before.composer.changed()
  await before.composer.close()
  await vi.waitFor(() => expect(disk.has(id)).toBe(true))

  const after = page(storage, disk)
  await after.drafts.load()
  expect(after.composer.resume(id)).toBe(true)
  expect(after.composer.current?.quotePolicy).toBe('nobody')
  expect(await after.composer.publish()).toBe(true)
  expect(after.published).toMatchObject([{ status: 'Not to be quoted', quoteApprovalPolicy: 'nobody' }])
  expect([...storage.entries.keys()]).toEqual([])
})
