/** Others' pictures: bytes from elsewhere that are shown under our own address. */
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { addRemoteMedia } from '../../../src-main/domain/media.ts'
import { rule } from '../../rig/attacks.ts'
import { openInstance } from './instance.ts'
import { remoteServer } from './world.ts'
import type { MediaKind } from '../../../src-main/domain/types.ts'
import type { Instance } from './instance.ts'

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
const MINUTE = 60_000

async function scene(bytes: Buffer | string, headers: Record<string, string> = { 'content-type': 'image/png' }, status = 200) {
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  const served = { bytes: Buffer.from(bytes), headers, status }
  mo.answer((request, response): boolean => {
    if (request.path !== '/file') return false
    response.writeHead(served.status, served.headers).end(served.bytes)
    return true
  })
  return {
    home,
    mo,
    served,
    file: (kind: MediaKind = 'image') => addRemoteMedia(home, null, 0, { kind, url: 'https://mo.example/file', mime: 'image/png' }).id,
  }
}
const kept = (home: Instance) =>
  readdirSync(home.store.cache.folder, { recursive: true }).filter((name) => /[0-9a-f]{64}$/.test(String(name))).length

test('a picture is fetched once, kept, and told by its bytes', async () => {
  const { home, mo, file } = await scene(PNG, { 'content-type': 'text/html' })
  const id = file()
  const [one, two] = await Promise.all([home.federation.remoteMedia.open(id), home.federation.remoteMedia.open(id)])
  expect(one).toMatchObject({ mime: 'image/png', bytes: PNG.length })
  expect(two).toEqual(one)
  expect(await readFile(one?.path ?? '')).toEqual(PNG)
  expect(await home.federation.remoteMedia.open(id)).toEqual(one)
  expect(mo.count('/file')).toBe(1)
  expect(mo.headers[0]).not.toHaveProperty('signature')
})

describe(rule(33), () => {
  test.each([
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['SVG behind an XML line', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['an ActivityPub document', '{"@context":"https://www.w3.org/ns/activitystreams","type":"Note"}'],
    ['a PDF', '%PDF-1.7\n'],
    ['nothing at all', ''],
    ['a few bytes', 'GIF'],
  ])('%s that calls itself a picture is not served, not kept, and not asked for again soon', async (_name, bytes) => {
    const { home, mo, file } = await scene(bytes)
    const id = file()
    expect(await home.federation.remoteMedia.open(id)).toBeNull()
    expect(await home.federation.remoteMedia.open(id)).toBeNull()
    expect(mo.count('/file')).toBe(1)
    expect(kept(home)).toBe(0)
  })
})

test('what was not there is asked for again after ten minutes', async () => {
  const { home, mo, served, file } = await scene(PNG, { 'content-type': 'image/png' }, 404)
  const id = file()
  expect(await home.federation.remoteMedia.open(id)).toBeNull()
  served.status = 200
  expect(await home.federation.remoteMedia.open(id)).toBeNull()
  home.clock.at += 11 * MINUTE
  expect(await home.federation.remoteMedia.open(id)).not.toBeNull()
  expect(mo.count('/file')).toBe(2)
})

describe(rule(24), () => {
  test.each(['emoji', 'avatar', 'header'] as const)('%s over its limit is not kept, said or not', async (kind) => {
    const big = Buffer.concat([PNG, Buffer.alloc(kind === 'emoji' ? 256 * 1024 : 8 * 1024 * 1024)])
    const { home, file } = await scene(big)
    expect(await home.federation.remoteMedia.open(file(kind))).toBeNull()
    expect(kept(home)).toBe(0)
  })

  test('an endless one ends at the limit', async () => {
    const { home, mo, file } = await scene(PNG)
    mo.answer(() => false)
    const endless = remoteServer('evil.example')
    endless.answer((_request, response): boolean => {
      response.writeHead(200, { 'content-type': 'image/png' })
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(64 * 1024), () => setImmediate(more))
      }
      response.write(PNG)
      more()
      return true
    })
    const id = addRemoteMedia(home, null, 0, { kind: 'emoji', url: 'https://evil.example/file', mime: null }).id
    expect(await home.federation.remoteMedia.open(id)).toBeNull()
    expect(kept(home)).toBe(0)
    expect(await home.federation.remoteMedia.open(file())).not.toBeNull()
  })
})

test(rule(21) + ' a redirect into a private network leads nowhere', async () => {
  const { home, file } = await scene('', { location: 'https://127.0.0.1/file' }, 302)
  expect(await home.federation.remoteMedia.open(file())).toBeNull()
})

test('own files and unknown ones are not others’ files', async () => {
  const { home, mo } = await scene(PNG)
  const own = addRemoteMedia(home, null, 0, { kind: 'image', url: 'https://ana.example/file', mime: null }).id
  expect(await home.federation.remoteMedia.open(own)).toBeNull()
  expect(await home.federation.remoteMedia.open(12345)).toBeNull()
  expect(mo.asked).toEqual([])
})
