/** Others' films: shown while they arrive, in parts, whatever their size. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { partName, PART_BYTES } from '../../../src-main/federation/remote-films.ts'
import { mediaFiles } from '../../../src-main/http/media.ts'
import { addRemoteMedia } from '../../../src-main/domain/media.ts'
import { rule } from '../../rig/attacks.ts'
import { openInside } from '../http/house.ts'
import { openInstance } from './instance.ts'
import { remoteServer } from './world.ts'
import type { MediaKind } from '../../../src-main/domain/types.ts'

const MIB = 1024 * 1024
const HEAD = Buffer.from('\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41', 'latin1')
/** The byte at a place of a film: a sequence that shows when parts are mixed up. */
const byteAt = (at: number) => (at < HEAD.length ? (HEAD[at] as number) : (at * 31 + (at >> 12)) & 0xff)
function piece(start: number, end: number): Buffer {
  const bytes = Buffer.alloc(end - start + 1)
  for (let i = 0; i < bytes.length; i++) bytes[i] = byteAt(start + i)
  return bytes
}

interface Manner {
  /** Answers ranges with parts; otherwise with the whole. */
  ranges: boolean
  size: number
  /** What it says of its size. */
  claims?: number
  text?: string
}

async function scene(given: Partial<Manner> = {}, kind: MediaKind = 'video') {
  const manner: Manner = { ranges: true, size: 300 * MIB, ...given }
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  const asked: (string | undefined)[] = []
  mo.answer((request, response): boolean => {
    if (request.path !== '/film') return false
    const range = mo.headers.at(-1)?.range
    asked.push(range)
    const bytes = (start: number, end: number) =>
      manner.text === undefined ? piece(start, end) : Buffer.alloc(end - start + 1, manner.text)
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
    if (!manner.ranges || from === undefined) {
      response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': manner.size })
      response.end(manner.size > 64 * MIB ? HEAD : bytes(0, manner.size - 1))
      return true
    }
    const end = Math.min(Number(to), manner.size - 1)
    response.writeHead(206, {
      'content-type': 'text/html',
      'content-range': `bytes ${from}-${end}/${manner.claims ?? manner.size}`,
      'content-length': end - Number(from) + 1,
    })
    response.end(bytes(Number(from), end))
    return true
  })
  const { id, token } = addRemoteMedia(home, null, 0, { kind, url: 'https://mo.example/film', mime: 'video/mp4' })
  const { app } = await openInside(4000, (own) =>
    own.register(mediaFiles({ domain: home, viewer: 'owner', remote: home.federation.remoteMedia, root: home.store.blobs.folder })),
  )
  const get = (headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ method, url: `/media/${token}/original.mp4`, headers: { host: '127.0.0.1:4000', ...headers } })
  return { home, mo, asked, id, get, manner }
}

describe('a film of 300 MB', { timeout: 60_000 }, () => {
  test('begins at once: only what is looked at is fetched, and kept', async () => {
    const { home, asked, id, get } = await scene()
    const first = await get({ range: 'bytes=0-' })
    expect([first.statusCode, first.headers['content-type'], first.headers['content-range']]).toEqual([
      206,
      // By its bytes: its server calls it a page.
      'video/mp4',
      `bytes 0-${PART_BYTES - 1}/${300 * MIB}`,
    ])
    expect(first.rawPayload.equals(piece(0, PART_BYTES - 1))).toBe(true)
    const jumped = await get({ range: `bytes=${250 * MIB + 7}-${250 * MIB + 17}` })
    expect([jumped.statusCode, jumped.headers['content-range']]).toEqual([206, `bytes ${250 * MIB + 7}-${250 * MIB + 17}/${300 * MIB}`])
    expect(jumped.rawPayload.equals(piece(250 * MIB + 7, 250 * MIB + 17))).toBe(true)
    const last = await get({ range: 'bytes=-10' })
    expect([last.statusCode, last.rawPayload.equals(piece(300 * MIB - 10, 300 * MIB - 1))]).toEqual([206, true])
    expect(asked).toHaveLength(3)
    // Again, from the cache.
    await get({ range: 'bytes=100-200' })
    expect((await get({ range: `bytes=${250 * MIB}-` })).statusCode).toBe(206)
    expect(asked).toHaveLength(3)
    expect(await home.store.cache.get(partName(id, 0))).toBeDefined()
    expect(await home.store.cache.bytes()).toBe(3 * PART_BYTES)
  })

  test('answers what it cannot give as HTTP says', async () => {
    const { get } = await scene()
    expect((await get({ range: `bytes=${300 * MIB}-` })).statusCode).toBe(416)
    const head = await get({}, 'HEAD')
    expect([head.statusCode, head.headers['content-length'], head.headers['accept-ranges']]).toEqual([200, String(300 * MIB), 'bytes'])
    const tag = String(head.headers.etag)
    expect((await get({ 'if-none-match': tag })).statusCode).toBe(304)
    const part = await get({ range: 'bytes=0-9', 'if-range': tag })
    expect([part.statusCode, part.rawPayload.length]).toEqual([206, 10])
  })

  test('whose server knows no parts is refused with a sentence, at once', async () => {
    const { get, asked } = await scene({ ranges: false })
    const before = performance.now()
    const answer = await get({ range: 'bytes=0-' })
    expect([answer.statusCode, answer.json()]).toEqual([413, { error: expect.stringContaining('too large') as unknown }])
    expect(performance.now() - before).toBeLessThan(15_000)
    await get()
    expect(asked).toHaveLength(1)
  })
})

test('a film is given whole to who asks so, part by part', { timeout: 60_000 }, async () => {
  const size = 2 * PART_BYTES + 1_000
  const { get, asked } = await scene({ size })
  const answer = await get()
  expect([answer.statusCode, answer.headers['content-length'], answer.rawPayload.equals(piece(0, size - 1))]).toEqual([
    200,
    String(size),
    true,
  ])
  expect(asked).toEqual([0, 1, 2].map((n) => `bytes=${n * PART_BYTES}-${(n + 1) * PART_BYTES - 1}`))
})

test('a small one, and one whose server knows no parts, are kept whole', { timeout: 60_000 }, async () => {
  for (const given of [{ size: 100_000 }, { size: 6 * MIB, ranges: false }]) {
    const { home, id, get, asked } = await scene(given)
    const answer = await get({ range: 'bytes=5-9' })
    expect([answer.statusCode, answer.rawPayload.equals(piece(5, 9))]).toEqual([206, true])
    expect((await home.store.cache.get(`media:${id}`))?.size).toBe(given.size)
    await get()
    expect(asked).toHaveLength(1)
  }
})

describe(rule(33), () => {
  test('a page that calls itself a film is not served, not kept, and not asked for again soon', async () => {
    const { home, get, asked } = await scene({ text: '<!doctype html><script>alert(1)</script>' })
    expect((await get({ range: 'bytes=0-' })).statusCode).toBe(404)
    expect((await get()).statusCode).toBe(404)
    expect(asked).toHaveLength(1)
    expect(readdirSync(home.store.cache.folder, { recursive: true }).filter((name) => /[0-9a-f]{64}$/.test(String(name)))).toEqual([])
  })

  test('a film that turns into another one is not sewn together', async () => {
    const { get, manner } = await scene()
    expect((await get({ range: 'bytes=0-' })).statusCode).toBe(206)
    manner.claims = 200 * MIB
    const next = await get({ range: `bytes=${PART_BYTES}-` })
    expect([next.statusCode, next.headers['cache-control']]).toEqual([503, 'no-store'])
  })

  test('one of impossible size is refused', async () => {
    const { get } = await scene({ claims: 1024 ** 5 })
    expect((await get({ range: 'bytes=0-' })).statusCode).toBe(413)
  })
})
