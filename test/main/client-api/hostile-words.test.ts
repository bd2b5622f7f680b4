import { describe, expect, it } from 'vitest'
import { createFilter } from '../../../src-main/domain/filters.ts'
import { setSetting } from '../../../src-main/domain/settings.ts'
import { person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'

/** What no person types: zeros, halves of characters, quotes of query languages, marks without end, numbers beyond numbers, wrong kinds. */
const WORDS: unknown[] = [
  'a\u0000b',
  '\u0000',
  '\ud800',
  'a\udfff\ud800b',
  '"',
  '"a" OR NEAR(',
  'x'.repeat(30_000),
  '>'.repeat(4_900),
  '- '.repeat(2_400),
  '['.repeat(4_900),
  '*'.repeat(4_900),
  `${'\u0301'.repeat(4_000)}`,
  '1e400',
  '-9007199254740993',
  '275760-09-14T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  1e308,
  -1,
  0.5,
  true,
  [[[['a']]]],
  { a: { b: { c: 'd' } } },
  [],
]

const PLACES: [method: string, path: string, body: (word: unknown) => unknown][] = [
  ['POST', '/api/v1/statuses', (w) => ({ status: w })],
  ['POST', '/api/v1/statuses', (w) => ({ status: w, content_type: 'text/markdown' })],
  ['POST', '/api/v1/statuses', (w) => ({ status: 'x', spoiler_text: w, language: w, visibility: w })],
  ['POST', '/api/v1/statuses', (w) => ({ status: 'x', scheduled_at: w })],
  ['POST', '/api/v1/statuses', (w) => ({ status: w, scheduled_at: '2026-12-24T10:00:00Z' })],
  ['POST', '/api/v1/statuses', (w) => ({ status: 'x', poll: { options: [w, 'b'], expires_in: w } })],
  ['POST', '/api/v1/statuses', (w) => ({ status: 'x', quoted_status_id: w, quote_approval_policy: w })],
  ['POST', '/api/v1/lists', (w) => ({ title: w, replies_policy: w, exclusive: w })],
  ['POST', '/api/v2/filters', (w) => ({ title: w, context: ['home'], keywords_attributes: [{ keyword: w }] })],
  ['POST', '/api/v2/filters', (w) => ({ title: 'x', context: w, filter_action: w, expires_in: w, keywords_attributes: w })],
  ['POST', '/api/v1/filters', (w) => ({ phrase: w, context: ['home'], expires_in: w })],
  ['POST', '/api/v1/domain_blocks', (w) => ({ domain: w })],
  ['DELETE', '/api/v1/domain_blocks', (w) => ({ domain: w })],
  ['PATCH', '/api/v1/accounts/update_credentials', (w) => ({ display_name: w, note: w, fields_attributes: w, source: w })],
  ['PATCH', '/api/v1/accounts/update_credentials', (w) => ({ fields_attributes: [{ name: w, value: w }], attribution_domains: [w] })],
  ['PUT', '/api/v1/push/subscription', (w) => ({ data: { alerts: w, policy: w } })],
  ['POST', '/api/v1/push/subscription', (w) => ({ subscription: { endpoint: w, keys: { p256dh: w, auth: w } } })],
  ['POST', '/api/v1/markers', (w) => ({ home: { last_read_id: w }, notifications: w })],
  ['POST', '/api/v1/apps', (w) => ({ client_name: w, redirect_uris: w, scopes: w, website: w })],
  ['POST', '/oauth/token', (w) => ({ grant_type: 'authorization_code', client_id: w, client_secret: w, code: w })],
  ['POST', '/oauth/revoke', (w) => ({ client_id: w, client_secret: w, token: w })],
  ['POST', '/api/v1/reports', (w) => ({ account_id: w, comment: w, category: w, status_ids: w, rule_ids: w })],
  ['PUT', '/api/v1/notifications/policy', (w) => ({ filter_not_following: w })],
  ['PATCH', '/api/v2/notifications/policy', (w) => ({ for_not_following: w })],
]
const ASKED: ((word: string) => string)[] = [
  (w) => `/api/v2/search?q=${w}`,
  (w) => `/api/v2/search?q=from:${w}&type=${w}&limit=${w}&resolve=false`,
  (w) => `/api/v2/search?q=before:${w}%20is:${w}%20lang:${w}`,
  (w) => `/api/v1/accounts/search?q=${w}&limit=${w}`,
  (w) => `/api/v1/accounts/lookup?acct=${w}`,
  (w) => `/api/v1/timelines/tag/a?any[]=${w}&none[]=${w}&limit=${w}`,
  (w) => `/api/v1/timelines/home?limit=${w}&max_id=${w}`,
  (w) => `/api/v2/notifications?types[]=${w}&grouped_types[]=${w}&limit=${w}`,
  (w) => `/api/v1/scheduled_statuses?min_id=${w}&limit=${w}`,
  (w) => `/api/v1/conversations?max_id=${w}&limit=${w}`,
  (w) => `/oauth/authorize?client_id=${w}&redirect_uri=${w}&response_type=code&state=${w}&lang=${w}`,
]

describe('hostile words', () => {
  it('in bodies and queries are taken or refused, never an error of ours', async () => {
    const api = await openApi()
    // As long as an owner may allow.
    setSetting(api.home, 'maxCharacters', 20_000)
    createFilter(api.home, {
      title: 'x',
      contexts: ['home'],
      action: 'warn',
      expiresAt: null,
      keywords: [{ keyword: 'x', wholeWord: true }],
    })
    received(api.home, person(api.home, 'bo'))
    const failed: string[] = []
    for (const word of WORDS) {
      const shown = JSON.stringify(word).slice(0, 30)
      for (const [method, path, body] of PLACES) {
        const { status } = await api.call(method, path, body(word))
        if (status >= 500) failed.push(`${method} ${path} ${JSON.stringify(body('W'))} ${shown}`)
      }
      if (typeof word !== 'string') continue
      const asked = [...word.toWellFormed()].slice(0, 4_000).join('')
      for (const path of ASKED) {
        const { status } = await api.call('GET', path(encodeURIComponent(asked).slice(0, 12_000).replace(/%.?$/, '')))
        if (status >= 500) failed.push(`GET ${path('W')} ${shown}`)
      }
    }
    expect(failed).toEqual([])
    expect(api.problems).toEqual([])
  }, 120_000)
})

it('a post nested deeper than anybody reads is refused, and one that is not is taken', async () => {
  const api = await openApi()
  setSetting(api.home, 'maxCharacters', 20_000)
  const send = async (status: string) => (await api.call('POST', '/api/v1/statuses', { status, content_type: 'text/markdown' })).status
  expect([await send(`${'>'.repeat(15_000)} a`), await send(`${'- '.repeat(5_000)} a`), await send(`${'>'.repeat(30)} a`)]).toEqual([
    422, 422, 200,
  ])
  expect(api.problems).toEqual([])
})
