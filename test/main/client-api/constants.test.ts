import { describe, expect, it } from 'vitest'
import { HOUR, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'

describe('what a home of one person has nothing to say to', () => {
  it('is answered as the clients that ask need it', async () => {
    const api = await openApi()
    const constants: [path: string, answer: unknown][] = [
      ['/api/v1/instance/rules', []],
      ['/api/v1/instance/peers', []],
      ['/api/v1/instance/activity', []],
      ['/api/v1/instance/domain_blocks', []],
      ['/api/v1/instance/translation_languages', {}],
      ['/api/v1/announcements', []],
      ['/api/v1/directory', []],
      ['/api/v1/suggestions', []],
      ['/api/v2/suggestions', []],
      ['/api/v1/trends', []],
      ['/api/v1/trends/tags', []],
      ['/api/v1/trends/statuses', []],
      ['/api/v1/trends/links', []],
      ['/api/v1/accounts/1/identity_proofs', []],
      ['/api/v1/accounts/familiar_followers?id[]=7', [{ id: '7', accounts: [] }]],
      ['/api/v1/annual_reports', { annual_reports: [], accounts: [], statuses: [] }],
      ['/api/v1/annual_reports/2025/state', { state: 'ineligible' }],
    ]
    for (const [path, answer] of constants) {
      const { status, body } = await api.get(path)
      expect([path, status, body]).toEqual([path, 200, answer])
    }
    expect((await api.call('DELETE', '/api/v1/suggestions/7')).body).toEqual({})
  })

  it.each([
    ['GET', '/api/v1/instance/terms_of_service', 404],
    ['GET', '/api/v1/search?q=x', 404],
    ['GET', '/api/v1/notifications/policy', 404],
    ['GET', '/api/v2_alpha/notifications', 404],
    ['GET', '/api/v1/accounts/1/collections', 404],
    ['POST', '/api/v1/collections', 404],
    ['POST', '/api/v1/statuses/1/translate', 404],
    ['GET', '/api/v1/statuses/1/card', 404],
    ['POST', '/api/v1/announcements/1/dismiss', 404],
    ['GET', '/oauth/authorized_applications', 404],
    ['GET', '/api/oembed', 404],
    ['POST', '/api/v1/accounts', 403],
    ['POST', '/api/v1/emails/confirmations', 403],
    ['GET', '/api/v1/admin/accounts', 403],
    ['GET', '/api/v2/admin/accounts', 403],
    ['GET', '/api/proofs', 403],
  ])('%s %s is %i, in JSON', async (method, path, status) => {
    const api = await openApi()
    const answer = await api.call(method, path, method === 'POST' ? {} : undefined)
    expect([answer.status, Object.keys(answer.body)]).toEqual([status, ['error']])
  })
})

describe('a mute for a while', () => {
  it('says until when, hides meanwhile, and ends by itself', async () => {
    const api = await openApi()
    const bo = person(api.home, 'bo')
    const post = String(received(api.home, bo))
    const shown = async () => (await api.get('/api/v1/timelines/public')).body.map((one: { id: string }) => one.id)
    const { body } = await api.call('POST', `/api/v1/accounts/${bo}/mute`, { duration: 3600 })
    expect(body).toMatchObject({ muting: true, muting_notifications: true })
    const until = new Date(api.home.clock.at + HOUR).toISOString()
    expect((await api.get('/api/v1/mutes')).body).toMatchObject([{ id: String(bo), mute_expires_at: until }])
    expect(await shown()).toEqual([])
    api.home.clock.at += HOUR
    expect((await api.get('/api/v1/mutes')).body).toEqual([])
    expect((await api.get(`/api/v1/accounts/relationships?id[]=${bo}`)).body[0].muting).toBe(false)
    expect(await shown()).toEqual([post])
    // As long as anybody types.
    expect((await api.call('POST', `/api/v1/accounts/${bo}/mute`, { duration: '999999999999999999' })).body.muting).toBe(true)
    expect((await api.get('/api/v1/mutes')).status).toBe(200)
    await api.call('POST', `/api/v1/accounts/${bo}/mute`, { duration: 0 })
    expect((await api.get('/api/v1/mutes')).body[0].mute_expires_at).toBeNull()
  })
})
