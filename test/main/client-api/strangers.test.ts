import { expect, it } from 'vitest'
import { mute } from '../../../src-main/domain/blocks.ts'
import { closeAccount } from '../../../src-main/domain/closing.ts'
import { block } from '../../../src-main/domain/follows.ts'
import { releasePost } from '../../../src-main/domain/posts.ts'
import { settleQuote } from '../../../src-main/domain/quotes.ts'
import { person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

/** What somebody without a token must not learn from the owner's posts. */

const said = async (api: Api, status: string, more: object = {}) => {
  const { body } = await api.call('POST', '/api/v1/statuses', { status, ...more })
  releasePost(api.home, Number(body.id), api.home.clock.at)
  return body.id as string
}

it.each([
  ['blocked', block],
  ['muted', mute],
] as const)('rule 18: nobody learns whom the owner has %s from what the owner quoted before', async (word, act) => {
  const api = await openApi({ listener: 'public' })
  const bo = person(api.home, 'bo')
  const theirs = received(api.home, bo, { policy: { quote: { automatic: ['public'], manual: [] } } })
  const id = await said(api, 'Look', { quoted_status_id: String(theirs) })
  settleQuote(api.home, Number(id), { state: 'accepted', stamp: 'https://tide.example/stamps/1' })
  const quote = async (token: string | null) => (await api.get(`/api/v1/statuses/${id}`, { token })).body.quote
  const before = await quote(null)
  expect(before).toEqual({ state: 'unauthorized', quoted_status: null })
  act(api.home, bo)
  expect(await quote(null)).toEqual(before)
  expect(await quote(api.token)).toEqual({ state: `${word}_account`, quoted_status: null })
})

it('once the account is closed strangers find nothing of it, while the owner reads on', async () => {
  const api = await openApi({ listener: 'public' })
  const id = await said(api, 'Tide')
  const me = (await api.get('/api/v1/accounts/verify_credentials')).body.id as string
  const paths = [
    `/api/v1/statuses/${id}`,
    `/api/v1/statuses/${id}/context`,
    `/api/v1/statuses/${id}/history`,
    `/api/v1/accounts/${me}`,
    `/api/v1/accounts/${me}/statuses`,
    '/api/v1/accounts/lookup?acct=ana',
  ]
  const seen = async (token: string | null) => Promise.all(paths.map(async (path) => (await api.get(path, { token })).status))
  expect(await seen(null)).toEqual(paths.map(() => 200))
  closeAccount(api.home, '@ana@ana.example')
  expect(await seen(null)).toEqual(paths.map(() => 404))
  expect((await api.get(`/api/v1/statuses?id[]=${id}`, { token: null })).body).toEqual([])
  expect((await api.get('/api/v2/instance', { token: null })).body.contact.account).toBeNull()
  expect((await api.get('/api/v1/instance', { token: null })).body.contact_account).toBeNull()
  expect(await seen(api.token)).toEqual(paths.map(() => 200))
})
