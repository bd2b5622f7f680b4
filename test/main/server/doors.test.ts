import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createSignInCode, createToken, registerApp } from '../../../src-main/domain/grants.ts'
import { setting } from '../../../src-main/domain/owner.ts'
import { startInstance } from '../../../src-main/server.ts'
import { isNear } from '../../../src-main/server/lan.ts'
import { request } from '../../rig/http.ts'
import { configOf, openHouse, program, quiet, temporaryFolder } from '../owner-api/house.ts'
import type { Answer } from '../../rig/http.ts'

const ORIGIN = 'https://ana.example'

it('rule 46: the switch opens and shuts the client API on the public listener while it runs, and shut it is not there at all', async () => {
  const house = await openHouse({ argv: ['--origin', ORIGIN] })
  const ask = (method: string, url: string) =>
    house.publicApp.inject({ method: method as 'GET', url, headers: { host: 'ana.example', origin: 'https://elk.example' } })
  const paths = ['/api/v2/instance', '/api/v1/apps', '/oauth/authorize', '/oauth/token', '/api/v1/streaming', '/api/openapi.json']
  const shut = async () => {
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
        const [answer, absent] = [await ask(method, path), await ask(method, '/nowhere')]
        const { date: _one, ...headers } = answer.headers
        const { date: _other, ...expected } = absent.headers
        expect([method, path, answer.statusCode, answer.body, headers]).toEqual([method, path, 404, absent.body, expected])
      }
    }
  }
  await shut()
  await house.call('PATCH', '/api/owner/settings', { publicApi: true })
  const instance = await ask('GET', '/api/v2/instance')
  expect([instance.statusCode, instance.headers['access-control-allow-origin']]).toEqual([200, '*'])
  expect((await ask('OPTIONS', '/api/v1/statuses')).statusCode).toBe(204)
  expect((await house.call('GET', '/api/owner/apps')).body.addresses).toEqual([{ kind: 'public', url: ORIGIN, readable: null }])
  await house.call('PATCH', '/api/owner/settings', { publicApi: false })
  await shut()
  expect((await house.call('GET', '/api/owner/apps')).body.addresses).toEqual([])
})

it('says that a trial’s operator can read along', async () => {
  const house = await openHouse({ argv: ['--origin', ORIGIN, '--public-api', '--tunnel', 'localtunnel'] })
  expect((await house.call('GET', '/api/owner/apps')).body.addresses).toEqual([{ kind: 'public', url: ORIGIN, readable: 'tunnel' }])
})

it('CORS: everybody’s documents and the API may be read by scripts, found or not; the consent page by none', async () => {
  const house = await openHouse({ argv: ['--origin', ORIGIN, '--public-api'] })
  const headersOf = async (method: string, url: string) => {
    const { headers } = await house.publicApp.inject({
      method: method as 'GET',
      url,
      headers: { host: 'ana.example', origin: 'https://elk.example' },
    })
    return [headers['access-control-allow-origin'], headers['access-control-allow-credentials']]
  }
  for (const path of [
    '/@ana',
    '/users/ana',
    '/users/nobody',
    '/@ana/1',
    '/media/x/y.png',
    '/.well-known/webfinger',
    '/.well-known/nowhere',
    '/nodeinfo/2.0',
    '/api/v1/timelines/home',
    '/api/nowhere',
    '/oauth/token',
    '/oauth/userinfo',
  ])
    for (const method of ['GET', 'OPTIONS'])
      expect([method, path, ...(await headersOf(method, path))]).toEqual([method, path, '*', undefined])
  for (const path of ['/oauth/authorize', '/oauth/%61uthorize', '/oauth/authorize/AAAAAAAAAAAAAAAAAAAAAA', '/', '/inbox'])
    for (const method of ['GET', 'POST', 'OPTIONS'])
      expect([method, path, ...(await headersOf(method, path))]).toEqual([method, path, undefined, undefined])
  const own = await house.ownerApp.inject({ url: '/api/v2/instance', headers: { host: '127.0.0.1:0' } })
  expect([own.statusCode, own.headers['access-control-allow-origin']]).toEqual([200, undefined])
})

it('rule 42, rule 43: the local network gets the client API alone, by an address of this machine, while the owner wants it', async () => {
  const logs = quiet()
  const config = configOf(temporaryFolder())
  const instance = await startInstance(config, { program, logs, now: Date.now, host: null, stop: () => undefined })
  try {
    const owner = async (method: string, path: string, body?: unknown, token = ''): Promise<Answer> =>
      request(`${instance.owner}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    const { token } = (await owner('POST', '/api/owner/session', { code: createSignInCode(instance.domain) })).json<{ token: string }>()
    await owner('POST', '/api/owner/setup/name', { name: 'ana' }, token)
    expect(setting(instance.domain, 'lanPort')).toBe(null)
    await owner('PATCH', '/api/owner/settings', { lanApi: true }, token)
    await expect.poll(() => setting(instance.domain, 'lanPort'), { timeout: 10_000 }).toEqual(expect.any(Number))
    const port = setting(instance.domain, 'lanPort') as number
    const ask = (path: string, headers: Record<string, string> = {}) =>
      request(`http://127.0.0.1:${port}${path}`, { method: 'GET', headers })

    const app = createToken(instance.domain, 'app', ['read']).token
    const me = await ask('/api/v1/accounts/verify_credentials', { authorization: `Bearer ${app}`, origin: 'https://elk.example' })
    expect([me.status, me.headers['access-control-allow-origin']]).toEqual([200, '*'])
    expect(me.json<{ avatar: string }>().avatar).toContain(`http://127.0.0.1:${port}/`)
    expect((await ask('/.well-known/nodeinfo')).text).toContain(`http://127.0.0.1:${port}/nodeinfo/2.0`)
    expect((await ask('/api/v1/accounts/verify_credentials', { authorization: `Bearer ${token}` })).status).toBe(401)
    for (const path of ['/api/owner/state', '/api/owner/apps', '/app/', '/users/ana', '/inbox', '/@ana', '/.well-known/webfinger', '/'])
      expect([path, (await ask(path, { authorization: `Bearer ${token}` })).status]).toEqual([path, 404])
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      `localhost:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port + 1}`,
      `127.0.0.1.evil.example:${port}`,
    ])
      expect([host, (await ask('/api/v2/instance', { host })).status]).toEqual([host, 421])
    const { addresses } = (await owner('GET', '/api/owner/apps', undefined, token)).json<{
      addresses: { kind: string; url: string; readable: string }[]
    }>()
    for (const { kind, url, readable } of addresses) expect([kind, new URL(url).port, readable]).toEqual(['lan', String(port), 'network'])

    await owner('PATCH', '/api/owner/settings', { lanApi: false }, token)
    await expect
      .poll(
        () =>
          ask('/api/v2/instance').then(
            () => 'open',
            () => 'shut',
          ),
        { timeout: 10_000 },
      )
      .toBe('shut')
    // The same port again: what apps have stored stays good.
    await owner('PATCH', '/api/owner/settings', { lanApi: true }, token)
    await expect
      .poll(
        () =>
          ask('/api/v2/instance').then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .toBe(200)
  } finally {
    await instance.close()
  }
}, 60_000)

it('rule 46: an app that is shown out, and every app once the switch is off, hears nothing more', async () => {
  const house = await openHouse({ argv: ['--origin', ORIGIN] })
  await house.call('PATCH', '/api/owner/settings', { publicApi: true })
  const elk = registerApp(house.domain, { name: 'Elk', website: null, redirectUris: ['https://elk.example/'], scopes: ['read'] })
  const [first, second] = ['one', 'two'].map(() => createToken(house.domain, 'app', ['read'], elk.id))
  await house.publicApp.listen({ host: '127.0.0.1', port: 0 })
  const { port } = house.publicApp.server.address() as { port: number }
  const listen = (token = '') => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/streaming?stream=user`, token, { headers: { host: 'ana.example' } })
    const heard = { open: false, closed: false }
    socket
      .on('open', () => (heard.open = true))
      .on('close', () => (heard.closed = true))
      .on('error', () => undefined)
    return heard
  }
  const [one, two] = [listen(first?.token), listen(second?.token)]
  await expect.poll(() => one.open && two.open).toBe(true)
  await house.call('DELETE', `/api/owner/apps/${first?.id}`)
  await expect.poll(() => one.closed).toBe(true)
  expect(two.closed).toBe(false)
  await house.call('PATCH', '/api/owner/settings', { publicApi: false })
  await expect.poll(() => two.closed).toBe(true)
  const late = listen(second?.token)
  await expect.poll(() => late.closed).toBe(true)
  expect(late.open).toBe(false)
})

it('rule 43: strangers of the outside get no word from the listener of the local network', () => {
  const networks = [
    { address: '203.0.113.20', netmask: '255.255.255.240' },
    { address: '192.168.1.4', netmask: '255.255.255.0' },
  ]
  for (const near of ['192.168.1.9', '::ffff:10.1.2.3', '127.0.0.1', '172.31.0.1', '100.100.0.1', '203.0.113.30'])
    expect([near, isNear(near, networks)]).toEqual([near, true])
  for (const far of ['203.0.113.33', '8.8.8.8', '172.32.0.1', '100.128.0.1', '::1', '2001:db8::1', '', '1.2.3', '999.1.1.1'])
    expect([far, isNear(far, networks)]).toEqual([far, false])
})
