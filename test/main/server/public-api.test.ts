import { expect, test } from 'vitest'
import { createToken } from '../../../src-main/domain/grants.ts'
import { openHouse } from '../owner-api/house.ts'
import type { House } from '../owner-api/house.ts'

const ORIGIN = 'https://ana.example'
const outside = (house: House, url: string, headers: Record<string, string> = {}) =>
  house.publicApp.inject({ url, headers: { host: 'ana.example', ...headers } })

test('apps connect from outside only if the owner opened the client API', async () => {
  const closed = await openHouse({ argv: ['--origin', ORIGIN] })
  for (const url of ['/api/v2/instance', '/api/v1/timelines/home', '/oauth/authorize', '/api/v1/streaming', '/api/owner/state', '/app/'])
    expect([url, (await outside(closed, url)).statusCode]).toEqual([url, 404])
  await closed.close()

  const open = await openHouse({ folder: closed.config.data, argv: ['--origin', ORIGIN, '--public-api'] })
  const instance = await outside(open, '/api/v2/instance')
  expect([instance.statusCode, instance.headers['access-control-allow-origin'], instance.json().domain]).toEqual([200, '*', 'ana.example'])
  expect((await outside(open, '/api/v2/instance', { host: 'evil.example' })).statusCode).toBe(421)

  // The owner API and the window are not there at all, whatever token is shown.
  const app = createToken(open.domain, 'app', ['read'], null).token
  const home = (token: string) => outside(open, '/api/v1/timelines/home', { authorization: `Bearer ${token}` })
  expect((await home('wrong')).statusCode).toBe(401)
  expect((await home(app)).statusCode).toBe(200)
  for (const url of ['/api/owner/state', '/api/owner/session', '/api/owner/events', '/app/'])
    expect([url, (await outside(open, url, { authorization: `Bearer ${open.token}` })).statusCode]).toEqual([url, 404])
})
