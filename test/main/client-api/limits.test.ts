import { describe, expect, it } from 'vitest'
import { createToken } from '../../../src-main/domain/grants.ts'
import { openApi } from './instance.ts'
import { OOB } from './letting-in.ts'

describe('limits', () => {
  it('are told on every answer of a token’s, and end with 429 until their time is over', async () => {
    const api = await openApi({ listener: 'public', allowances: { token: 3, none: 2, registration: 1 } })
    const home = () => api.get('/api/v1/timelines/home')
    const first = await home()
    const reset = new Date(api.home.clock.at + 300_000).toISOString()
    const told = ({ headers }: typeof first) => ['limit', 'remaining', 'reset'].map((name) => headers[`x-ratelimit-${name}`])
    expect(told(first)).toEqual(['3', '2', reset])
    await home()
    await home()
    const over = await home()
    expect([over.status, over.body, told(over)]).toEqual([429, { error: 'Too many requests' }, ['3', '0', reset]])
    expect([over.headers['access-control-allow-origin'], over.headers['retry-after']]).toEqual(['*', '300'])
    expect(over.headers['access-control-expose-headers']).toContain('X-RateLimit-Reset')
    // Another app has its own; strangers have one together.
    const { token } = createToken(api.home, 'app', ['read'])
    expect((await api.get('/api/v1/timelines/home', { token })).status).toBe(200)
    const strangers = async (bearer: string | null) => (await api.get('/api/v1/timelines/public', { token: bearer })).status
    expect([await strangers(null), await strangers('unknown'), await strangers(null)]).toEqual([401, 401, 429])
    const register = () => api.call('POST', '/api/v1/apps', { client_name: 'x', redirect_uris: OOB }, { token: null })
    expect([(await register()).status, (await register()).status]).toEqual([200, 429])
    api.home.clock.at += 300_000
    expect([(await home()).status, await strangers(null), (await register()).status]).toEqual([200, 401, 200])
  })

  it('leave the owner’s own programs alone, and let a burst at the start pass', async () => {
    const owner = await openApi({ allowances: { token: 1, none: 1 } })
    for (let times = 0; times < 5; times++) expect((await owner.get('/api/v1/timelines/home')).status).toBe(200)
    const { token } = createToken(owner.home, 'app', ['read'])
    const statuses = []
    for (let times = 0; times < 2; times++) statuses.push((await owner.get('/api/v1/timelines/home', { token })).status)
    expect(statuses).toEqual([200, 429])
    const api = await openApi({ listener: 'public' })
    const burst = await Promise.all(Array.from({ length: 400 }, () => api.get('/api/v1/preferences')))
    expect(new Set(burst.map(({ status }) => status))).toEqual(new Set([200]))
  })
})
