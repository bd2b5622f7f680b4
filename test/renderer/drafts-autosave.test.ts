import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Draft, DraftInput } from '../../src-main/owner-api/contract.ts'
import { Autosave, SAVE_AT_LEAST, type SaveState } from '../../src-renderer/state/autosave.ts'

class MemoryStorage {
  entries = new Map<string, string>()
  full = false
  get length() {
    return this.entries.size
  }
  key(index: number) {
    return [...this.entries.keys()][index] ?? null
  }
  getItem(key: string) {
    return this.entries.get(key) ?? null
  }
  setItem(key: string, value: string) {
    if (this.full) throw new DOMException('full', 'QuotaExceededError')
    this.entries.set(key, value)
  }
  removeItem(key: string) {
    this.entries.delete(key)
  }
}

const input = (text: string): DraftInput => ({
  text,
  warning: '',
  sensitive: false,
  visibility: 'public',
  language: 'en',
  inReplyToId: null,
  editOf: null,
  mediaIds: [],
  caret: text.length,
})
const draft = (id: string, one: DraftInput): Draft => ({ ...one, id, media: [], inReplyToAcct: null, createdAt: '', updatedAt: '' })

/** A server whose disk is a map, with a line that can be cut and answers that can be held back. */
function rig() {
  const storage = new MemoryStorage()
  const disk = new Map<string, string>()
  const states: SaveState[] = []
  const sent: { id: string; text: string; keepalive: boolean }[] = []
  const held: (() => void)[] = []
  const line = { cut: false, slow: false }
  const autosave = new Autosave({
    storage,
    now: () => Date.now(),
    onsaved: () => undefined,
    onstate: (_id, state) => states.push(state),
    save: async (id, one, keepalive) => {
      sent.push({ id, text: one.text, keepalive })
      if (line.slow) await new Promise<void>((resolve) => held.push(resolve))
      if (line.cut) throw new Error('no answer')
      disk.set(id, one.text)
      return draft(id, one)
    },
  })
  return { autosave, storage, disk, states, sent, held, line }
}

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }))
afterEach(() => vi.useRealTimers())

describe('saving what is being written', () => {
  it('is on disk within a second of the last key, once', async () => {
    const { autosave, disk, sent, states } = rig()
    for (const text of ['h', 'he', 'hel', 'hell', 'hello']) {
      autosave.change('draft-1', input(text))
      await vi.advanceTimersByTimeAsync(120)
    }
    expect(disk.size).toBe(0)
    await vi.advanceTimersByTimeAsync(880)
    expect(disk.get('draft-1')).toBe('hello')
    expect(sent).toHaveLength(1)
    expect(states.at(-1)).toBe('kept')
  })

  it('saves now and then while the keys never rest', async () => {
    const { autosave, disk } = rig()
    for (let at = 0; at < SAVE_AT_LEAST + 400; at += 200) {
      autosave.change('draft-1', input(`text ${at}`))
      await vi.advanceTimersByTimeAsync(200)
    }
    expect(disk.get('draft-1')).toMatch(/^text \d+$/)
  })

  it('keeps the text in the browser until the server has confirmed it', async () => {
    const { autosave, storage, line, disk, states } = rig()
    line.cut = true
    autosave.change('draft-1', input('precious'))
    expect(autosave.journalled()).toEqual([{ id: 'draft-1', input: input('precious'), at: 1_000_000 }])
    await vi.advanceTimersByTimeAsync(500)
    expect(states.at(-1)).toBe('local')
    expect(storage.length).toBe(1)
    line.cut = false
    await vi.advanceTimersByTimeAsync(2_000)
    expect(disk.get('draft-1')).toBe('precious')
    expect(storage.length).toBe(0)
  })

  it('tries again for as long as it takes', async () => {
    const { autosave, line, disk, sent } = rig()
    line.cut = true
    autosave.change('draft-1', input('patience'))
    await vi.advanceTimersByTimeAsync(10 * 60_000)
    expect(sent.length).toBeGreaterThan(15)
    line.cut = false
    await vi.advanceTimersByTimeAsync(31_000)
    expect(disk.get('draft-1')).toBe('patience')
  })

  it('saves what was typed while a save was under way, and never an older text after a newer one', async () => {
    const { autosave, line, held, disk, storage, sent } = rig()
    line.slow = true
    autosave.change('draft-1', input('one'))
    await vi.advanceTimersByTimeAsync(500)
    autosave.change('draft-1', input('one two'))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(sent.map((one) => one.text)).toEqual(['one'])
    line.slow = false
    held.shift()?.()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(sent.map((one) => one.text)).toEqual(['one', 'one two'])
    expect(disk.get('draft-1')).toBe('one two')
    expect(storage.length).toBe(0)
  })

  it('sends everything unsaved with a request that outlives the page', async () => {
    const { autosave, disk, sent } = rig()
    autosave.change('draft-1', input('on the way out'))
    autosave.change('draft-2', input('me too'))
    autosave.leave()
    await vi.advanceTimersByTimeAsync(0)
    expect(sent.every((one) => one.keepalive)).toBe(true)
    expect([...disk.values()]).toEqual(['on the way out', 'me too'])
  })

  it('does not bring a draft back that is being published', async () => {
    const { autosave, line, held, disk, sent, storage } = rig()
    line.slow = true
    autosave.change('draft-1', input('a post'))
    await vi.advanceTimersByTimeAsync(500)
    let free = false
    const holding = autosave.hold('draft-1').then(() => (free = true))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(free).toBe(false)
    held.shift()?.()
    await holding
    disk.delete('draft-1')
    autosave.forget('draft-1')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sent).toHaveLength(1)
    expect(disk.size).toBe(0)
    expect(storage.length).toBe(0)
  })

  it('goes on saving when publishing failed', async () => {
    const { autosave, disk } = rig()
    autosave.change('draft-1', input('a post'))
    await autosave.hold('draft-1')
    autosave.change('draft-1', input('a post, mended'))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(disk.size).toBe(0)
    autosave.resume('draft-1')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(disk.get('draft-1')).toBe('a post, mended')
  })

  it('works with a browser store that is full, and leaves strange entries alone', async () => {
    const { autosave, storage, disk } = rig()
    storage.entries.set('burrow.draft.broken', '{"input":')
    storage.entries.set('other', 'x')
    storage.full = true
    autosave.change('draft-1', input('no room here'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(disk.get('draft-1')).toBe('no room here')
    expect(autosave.journalled()).toEqual([])
  })
})
