import { expect, test } from 'vitest'
import { parseRoute, pathOf, to, type Route } from '../../../src-renderer/state/router.svelte.ts'

test('every address leads back to itself', () => {
  const addresses = [
    to.home(),
    to.notifications(),
    to.notifications('requests'),
    to.bookmarks(),
    to.favourites(),
    to.outbox('drafts'),
    to.tag('gravure'),
    to.tag('été'),
    to.post('3676767495264402'),
    to.profile('bo@tide.example'),
    to.profile('bo@tide.example', 'followers'),
    to.profile('ada'),
    to.compose('0b2f'),
    to.settings('connection'),
    to.search('a b&c'),
  ]
  for (const address of addresses) {
    const url = new URL(address, 'http://127.0.0.1')
    expect(pathOf(parseRoute(url.pathname, url.search)), address).toBe(address)
  }
})

test('a profile is an address with an @, and its tabs', () => {
  expect(parseRoute('/app/@mirelle@atelier.example/media')).toEqual({
    name: 'profile',
    acct: 'mirelle@atelier.example',
    tab: 'media',
  } satisfies Route)
})

test('the bare window is home; anything unknown is said to be unknown', () => {
  expect(parseRoute('/app').name).toBe('home')
  expect(parseRoute('/app/').name).toBe('home')
  expect(parseRoute('/app/nowhere').name).toBe('not-found')
  expect(parseRoute('/app/post').name).toBe('not-found')
  expect(parseRoute('/app/%E0%A4%A').name).toBe('not-found')
})

test('the session code is read from the fragment alone', async () => {
  const { codeInFragment } = await import('../../../src-renderer/state/session.svelte.ts')
  expect(codeInFragment('#code=abc')).toBe('abc')
  expect(codeInFragment('')).toBeNull()
  expect(codeInFragment('#other=1')).toBeNull()
  expect(codeInFragment(`#code=${'x'.repeat(600)}`)).toBeNull()
})
