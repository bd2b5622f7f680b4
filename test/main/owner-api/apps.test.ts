import { expect, it } from 'vitest'
import { createToken, registerApp } from '../../../src-main/domain/grants.ts'
import { openDesk } from './desk.ts'
import type { Desk } from './desk.ts'

function asking(desk: Desk, browser = 'a', redirectUri = 'https://elk.example/back') {
  const app = registerApp(desk.home, { name: 'Elk', website: 'https://elk.example', redirectUris: [redirectUri], scopes: ['read'] })
  const asked = desk.consents.ask({ app, redirectUri, scopes: ['read'], state: null, challenge: null, from: 'public', browser })
  if (typeof asked === 'string') throw new Error(asked)
  const status = desk.consents.statusFor(asked.id, browser)
  if (status.is !== 'waiting') throw new Error(status.is)
  return { id: asked.id, code: status.code, app }
}

it('apps ask only once the owner pressed, and are let in by the code they show', async () => {
  const desk = await openDesk()
  expect((await desk.call('GET', '/api/owner/apps')).body).toEqual({ openUntil: null, requests: [], apps: [], addresses: [] })
  const { body: open } = await desk.call('POST', '/api/owner/apps/connect')
  expect(Date.parse(open.openUntil) - desk.home.clock.at).toBe(600_000)
  const { id, code } = asking(desk)
  expect((await desk.call('GET', '/api/owner/apps')).body.requests).toEqual([
    {
      id,
      name: 'Elk',
      website: 'https://elk.example',
      redirectUri: 'https://elk.example/back',
      scopes: ['read'],
      from: 'public',
      askedAt: new Date(desk.home.clock.at).toISOString(),
      expiresAt: new Date(desk.home.clock.at + 300_000).toISOString(),
      tries: 0,
    },
  ])
  const approve = (typed: unknown) => desk.call('POST', `/api/owner/apps/requests/${id}/approve`, { code: typed })
  expect(await approve('nnnnnn')).toMatchObject({ status: 422, body: { code: 'code-wrong', params: { left: 2 } } })
  for (const wrong of [undefined, 5, '', 'x'.repeat(200)]) expect((await approve(wrong)).body.code).toBe('invalid-body')
  expect(await approve(code)).toMatchObject({ status: 200, body: { requests: [] } })
  expect(await approve(code)).toMatchObject({ status: 409, body: { code: 'request-over' } })
  expect(desk.consents.statusFor(id, 'a').is).toBe('approved')
})

it('the owner says no, or closes the door', async () => {
  const desk = await openDesk()
  await desk.call('POST', '/api/owner/apps/connect')
  const [one, two] = [asking(desk), asking(desk, 'b', 'urn:ietf:wg:oauth:2.0:oob')]
  expect((await desk.call('GET', '/api/owner/apps')).body.requests[1].redirectUri).toBe(null)
  expect((await desk.call('POST', `/api/owner/apps/requests/${one.id}/deny`)).body.requests).toHaveLength(1)
  expect((await desk.call('POST', `/api/owner/apps/requests/${one.id}/deny`)).body.code).toBe('request-over')
  expect((await desk.call('DELETE', '/api/owner/apps/connect')).body).toMatchObject({ openUntil: null, requests: [] })
  expect(desk.consents.statusFor(two.id, 'b').is).toBe('denied')
})

it('connected apps are listed and shown out; the window’s own token is no app', async () => {
  const desk = await openDesk()
  const { app } = (await desk.call('POST', '/api/owner/apps/connect'), asking(desk))
  const { id, token } = createToken(desk.home, 'app', ['read', 'push'], app.id)
  createToken(desk.home, 'client', ['read'], app.id)
  expect((await desk.call('GET', '/api/owner/apps')).body.apps).toEqual([
    {
      id: String(id),
      name: 'Elk',
      website: 'https://elk.example',
      scopes: ['read', 'push'],
      createdAt: new Date(desk.home.clock.at).toISOString(),
      lastUsedAt: null,
      push: false,
    },
  ])
  // An app's token opens none of this.
  expect((await desk.call('GET', '/api/owner/apps', undefined, token)).status).toBe(401)
  expect((await desk.call('POST', '/api/owner/apps/connect', undefined, token)).status).toBe(401)
  expect((await desk.call('DELETE', `/api/owner/apps/${id}`)).body.apps).toEqual([])
  for (const absent of [id, 0, -1, 'x', '9'.repeat(30)]) expect((await desk.call('DELETE', `/api/owner/apps/${absent}`)).status).toBe(404)
})

it('every change is told to the window', async () => {
  const desk = await openDesk()
  const frames = (await desk.listen()) as { type: string; apps?: { openUntil: string | null; requests: unknown[]; apps: unknown[] } }[]
  const last = () => frames.filter(({ type }) => type === 'apps').at(-1)?.apps
  await desk.call('POST', '/api/owner/apps/connect')
  await expect.poll(() => last()?.openUntil).toEqual(expect.any(String))
  const { id, app } = asking(desk)
  await expect.poll(() => last()?.requests.length).toBe(1)
  await desk.call('POST', `/api/owner/apps/requests/${id}/deny`)
  await expect.poll(() => last()?.requests.length).toBe(0)
  createToken(desk.home, 'app', ['read'], app.id)
  await expect.poll(() => last()?.apps.length).toBe(1)
})
