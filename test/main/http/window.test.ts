import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { languageOf, wordsIn } from '../../../src-main/http/words.ts'
import { windowPages } from '../../../src-main/http/window.ts'
import { openInside } from './house.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
const headers = { host: '127.0.0.1:4000' }

function built(): string {
  const folder = mkdtempSync(join(tmpdir(), 'burrow-window-'))
  folders.push(folder)
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>window</title>')
  writeFileSync(join(folder, 'assets', 'main-1.js'), 'let a')
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  return folder
}

test('the window stands under /app/ at every depth, with a policy that lets nothing in from elsewhere', async () => {
  const folder = built()
  const { app } = await openInside(4000, (own) => own.register(windowPages({ folder, port: () => 4000 })))
  for (const url of ['/app/', '/app/post/12', '/app/@bo@tide.example']) {
    const answer = await app.inject({ url, headers })
    expect([answer.statusCode, answer.body]).toEqual([200, '<!doctype html><title>window</title>'])
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['content-security-policy']).toMatch(
      /default-src 'none'.*script-src 'self';.*connect-src 'self' ws:\/\/127\.0\.0\.1:4000/,
    )
    expect(answer.headers['content-security-policy']).not.toContain('http')
  }
  expect((await app.inject({ url: '/', headers })).headers.location).toBe('/app/')
  const asset = await app.inject({ url: '/app/assets/main-1.js', headers })
  expect([asset.statusCode, asset.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
})

test('nothing but the window’s own files is served', async () => {
  const folder = built()
  const { app } = await openInside(4000, (own) => own.register(windowPages({ folder, port: () => 4000 })))
  for (const url of ['/app/assets/../secret.txt', '/app/assets/..%2fsecret.txt', '/app/assets/missing.js', '/secret.txt']) {
    const answer = await app.inject({ url, headers })
    expect(answer.body).not.toContain('secret')
  }
  expect((await app.inject({ url: '/app/assets/missing.js', headers })).statusCode).toBe(404)
})

test('a window that was never built says how to build it', async () => {
  const { app } = await openInside(4000, (own) => own.register(windowPages({ folder: '/nowhere', port: () => 4000 })))
  const answer = await app.inject({ url: '/app/', headers })
  expect([answer.statusCode, answer.body]).toEqual([503, 'The window has not been built. Run: npm run build\n'])
})

test('languages are chosen by weight, and unknown ones are English', () => {
  expect(['fr', 'fr-CA;q=0.9, en;q=0.8', 'de, fr;q=0.2', 'en;q=0.1, fr;q=0.2', 'de', '', undefined].map(languageOf)).toEqual([
    'fr',
    'fr',
    'fr',
    'fr',
    'en',
    'en',
    'en',
  ])
  expect(wordsIn('fr').say('public_followers', { count: 1 })).toBe('1 abonné·e')
  expect(wordsIn('en').say('public_followers', { count: 1200 })).toBe('1,200 followers')
})
