import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { bookmarkPost } from '../../../src-main/domain/interactions.ts'
import { addRemoteMedia } from '../../../src-main/domain/media.ts'
import { keptCopies } from '../../../src-main/domain/films.ts'
import { writePost } from '../../../src-main/domain/posts.ts'
import { relationship } from '../../../src-main/domain/relationships.ts'
import { openLogs } from '../../../src-main/server/logs.ts'
import { watchBudget } from '../../../src-main/server/housekeeping.ts'
import { person, received } from '../domain/home.ts'
import { openDesk } from './desk.ts'
import type { PeopleImport } from '../../../src-main/owner-api/contract.ts'

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

describe('room on the disk', () => {
  test('what is kept is counted beside what may go, and freeing leaves it', async () => {
    const { home, call } = await openDesk()
    const { cache, blobs } = home.store
    cache.keep(() => keptCopies(home).map(({ id }) => `media:${id}`))
    const post = received(home, person(home, 'bo'))
    const { id } = addRemoteMedia(home, post, 0, { url: 'https://tide.example/a.jpg', kind: 'image', mime: 'image/jpeg' } as never)
    bookmarkPost(home, post)
    await cache.put(`media:${id}`, new Uint8Array(1_000))
    await cache.put('media:999', new Uint8Array(3_000))
    await blobs.put(new Uint8Array(700))
    const { body } = await call('GET', '/api/owner/storage')
    expect(body).toMatchObject({ kept: 1_000, cache: 3_000, media: 700, drafts: 0, free: 5_000_000_000, mediaBudget: 2_000_000_000 })
    expect(body.text).toBeGreaterThan(10_000)
    expect(body.search).toBeGreaterThan(1_000)
    expect((await call('POST', '/api/owner/storage/free', { part: 'media' })).status).toBe(422)
    expect((await call('POST', '/api/owner/storage/free', { part: 'cache' })).body).toMatchObject({ kept: 1_000, cache: 0, media: 700 })
    expect(await cache.get(`media:${id}`)).toBeDefined()
  })

  test('a smaller budget is obeyed at once, the oldest copies first, those of bookmarks never', async () => {
    const { home, call } = await openDesk()
    const { cache } = home.store
    cache.keep(() => ['media:kept'])
    const stop = watchBudget(home, log)
    for (const [at, name] of ['kept', 'old', 'middle', 'new'].entries()) {
      home.clock.at += at * 1_000
      await cache.put(`media:${name}`, new Uint8Array(60_000_000))
    }
    const least = (await call('PATCH', '/api/owner/settings', { mediaBudget: 100_000_000 })).status
    expect(least).toBe(200)
    await vi.waitFor(async () => expect(await cache.bytes()).toBe(120_000_000), { timeout: 5_000 })
    expect(
      await Promise.all(['kept', 'old', 'middle', 'new'].map(async (name) => (await cache.get(`media:${name}`)) !== undefined)),
    ).toEqual([true, false, false, true])
    stop()
  })
})

describe('what helps whoever helps', () => {
  test('diagnostics name nobody: no token, key, handle or text of a post is in them', async () => {
    const { home, call, token } = await openDesk()
    writePost(home, { text: 'The secret garden of Wilhelmina', visibility: 'public' })
    received(home, person(home, 'wilhelmina', 'harbour.example'))
    const { status, body } = await call('GET', '/api/owner/diagnostics')
    expect(status).toBe(200)
    const told = JSON.stringify(body)
    expect(body.counts.posts).toBe(2)
    for (const secret of ['Wilhelmina', 'wilhelmina', 'harbour', 'tide', 'secret', 'ana', 'PRIVATE', 'BEGIN', token, home.store.folder]) {
      expect(told).not.toContain(secret)
    }
  })

  test('log lines say when, where and what, but not about whom', () => {
    const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
    const logs = openLogs('fatal')
    const room = logs.child('federation')
    for (let n = 0; n < 400; n++) room.info({ actor: 'https://harbour.example/users/wilhelmina', token: 'abc' }, 'an account is gone')
    write.mockRestore()
    const lines = logs.recent()
    expect(lines).toHaveLength(300)
    expect(lines[0]).toMatchObject({ level: 'info', room: 'federation', text: 'an account is gone' })
    expect(JSON.stringify(lines)).not.toMatch(/wilhelmina|harbour|abc/)
  })

  test('what a line says is the same whoever it is about: no text is made of parts', () => {
    const root = new URL('../../../src-main/', import.meta.url)
    const files = readdirSync(root, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.ts'))
    expect(files.length).toBeGreaterThan(200)
    const made = files.filter((name) => /\blog\??\.(info|warn|error)\([^\n]*`[^`]*\$\{/.test(readFileSync(new URL(name, root), 'utf8')))
    expect(made).toEqual([])
  })
})

describe('following many at once', () => {
  test('looks each up while online, and tells how far it is', async () => {
    const { home, call, network } = await openDesk()
    const bo = person(home, 'bo')
    const cy = person(home, 'cy', 'harbour.example', { locked: true })
    network.accounts.set('bo@tide.example', bo).set('https://harbour.example/@cy', cy)
    const addresses = ['@Bo@tide.example', 'https://harbour.example/@cy', 'nobody@tide.example', 'not an address', 'bo@tide.example']
    const begun = (await call('POST', '/api/owner/people', { addresses })).body as PeopleImport
    expect(begun).toMatchObject({ state: 'running', total: 3, left: 3 })
    expect(network.asked).toEqual([])
    network.online = true
    await vi.waitFor(async () => expect((await call('GET', '/api/owner/people')).body.state).toBe('done'), { timeout: 5_000, interval: 50 })
    expect((await call('GET', '/api/owner/people')).body).toEqual({
      state: 'done',
      total: 3,
      followed: 1,
      asked: 1,
      notFound: ['nobody@tide.example'],
      failed: [],
      left: 0,
    })
    expect(relationship(home, bo).requested || relationship(home, bo).following).toBe(true)
    expect(network.asked).toContain(`posts ${bo}`)
    await call('DELETE', '/api/owner/people')
    expect((await call('GET', '/api/owner/people')).body).toBeNull()
  })

  test('takes no more than it can hold, and nothing that is no text', async () => {
    const { call } = await openDesk()
    expect((await call('POST', '/api/owner/people', { addresses: [1] })).status).toBe(422)
    expect((await call('POST', '/api/owner/people', { addresses: ['nobody'] })).status).toBe(422)
    expect(
      (await call('POST', '/api/owner/people', { addresses: Array.from({ length: 5_001 }, (_, n) => `a${n}@b.example`) })).status,
    ).toBe(422)
  })
})
