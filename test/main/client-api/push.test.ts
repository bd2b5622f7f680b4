import { describe, expect, it } from 'vitest'
import { createToken, revokeToken } from '../../../src-main/domain/grants.ts'
import { allSubscriptions, subscriptionOf } from '../../../src-main/domain/push.ts'
import { openPhone } from '../push/service.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

const PATH = '/api/v1/push/subscription'
const ENDPOINT = 'https://push.example/send/abc?x=1'
const { p256dh, auth } = openPhone()
const OFF = {
  mention: false,
  status: false,
  reblog: false,
  follow: false,
  follow_request: false,
  favourite: false,
  poll: false,
  update: false,
  quote: false,
  quoted_update: false,
  'admin.sign_up': false,
  'admin.report': false,
}
const wish = (data: unknown = { alerts: { mention: true } }, more: object = {}) => ({
  subscription: { endpoint: ENDPOINT, keys: { p256dh, auth }, ...more },
  data,
})

const open = () => openApi({ listener: 'public' })
const form = (pairs: [string, string][]) => new URLSearchParams(pairs).toString()
const FORM = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }

describe('a subscription', () => {
  it('is not found before it is made: Phanpy reads these words', async () => {
    const api = await open()
    for (const method of ['GET', 'PUT', 'PATCH']) {
      expect(await api.call(method, PATH, method === 'GET' ? undefined : wish())).toMatchObject({
        status: 404,
        body: { error: 'Record not found' },
      })
    }
    expect(await api.call('DELETE', PATH)).toMatchObject({ status: 200, body: {} })
  })

  it('is made, read, changed, replaced and taken away', async () => {
    const api = await open()
    const made = await api.call(
      'POST',
      PATH,
      wish({ alerts: { mention: true, favourite: 'false' }, policy: 'followed' }, { standard: true }),
    )
    expect(made).toMatchObject({
      status: 200,
      body: {
        endpoint: ENDPOINT,
        standard: true,
        alerts: { ...OFF, mention: true },
        policy: 'followed',
        server_key: api.vapid.publicKey(),
      },
    })
    expect((await api.get(PATH)).body).toEqual(made.body)

    // Other keys and addresses are no business of a change.
    const changed = await api.call('PUT', PATH, {
      data: { alerts: { follow: true }, policy: 'all' },
      subscription: { endpoint: 'https://x.example/' },
    })
    expect(changed.body).toEqual({ ...made.body, alerts: { ...OFF, follow: true }, policy: 'all' })
    const onlyPolicy = await api.call('PATCH', PATH, { data: { policy: 'none' } })
    expect(onlyPolicy.body).toEqual({ ...changed.body, policy: 'none' })

    const again = await api.call('POST', PATH, wish({ alerts: { poll: true } }))
    expect(again.body).toMatchObject({ standard: false, alerts: { ...OFF, poll: true }, policy: 'all' })
    expect((await api.get(PATH)).body).toEqual(again.body)
    expect(allSubscriptions(api.home)).toHaveLength(1)

    expect(await api.call('DELETE', PATH)).toMatchObject({ status: 200, body: {} })
    expect((await api.get(PATH)).status).toBe(404)
  })

  it('is spelled as a form, as JSON or in the query', async () => {
    const api = await open()
    const pairs: [string, string][] = [
      ['subscription[endpoint]', ENDPOINT],
      ['subscription[keys][p256dh]', `${p256dh}=`],
      ['subscription[keys][auth]', auth.replaceAll('-', '+').replaceAll('_', '/')],
      ['subscription[standard]', 'true'],
      ['data[alerts][mention]', '1'],
      ['data[alerts][reblog]', 'on'],
      ['data[alerts][poll]', '0'],
      ['data[alerts][admin.report]', 'true'],
      ['data[policy]', 'follower'],
    ]
    const expected = { standard: true, policy: 'follower', alerts: { ...OFF, mention: true, reblog: true, 'admin.report': true } }
    expect((await api.call('POST', PATH, form(pairs), FORM)).body).toMatchObject(expected)
    await api.call('DELETE', PATH)
    expect((await api.call('POST', `${PATH}?${form(pairs)}`)).body).toMatchObject(expected)
    expect((await api.call('PUT', PATH, form([['data[alerts][status]', 'true']]), FORM)).body.alerts).toEqual({ ...OFF, status: true })
    // The documentation has the policy beside `data`, too.
    expect((await api.call('PUT', PATH, { policy: 'followed' })).body).toMatchObject({ policy: 'followed', alerts: { status: true } })
  })

  it('belongs to its token alone', async () => {
    const api = await open()
    const other = createToken(api.home, 'app', ['push']).token
    await api.call('POST', PATH, wish())
    expect((await api.get(PATH, { token: other })).status).toBe(404)
    await api.call('POST', PATH, wish({ alerts: { poll: true } }), { token: other })
    expect((await api.get(PATH)).body.alerts).toEqual({ ...OFF, mention: true })
    expect(allSubscriptions(api.home)).toHaveLength(2)
    revokeToken(api.home, other)
    expect(allSubscriptions(api.home)).toHaveLength(1)
  })

  it.each<[string, (api: Api) => unknown]>([
    ['nothing', () => ({})],
    ['no keys', () => ({ subscription: { endpoint: ENDPOINT }, data: {} })],
    ['an address that is not https', () => wish({}, { endpoint: 'http://push.example/' })],
    ['an address that is none', () => wish({}, { endpoint: 'push' })],
    ['a key that is no point', () => wish({}, { keys: { p256dh: 'AAAA', auth } })],
    ['a secret that is too short', () => wish({}, { keys: { p256dh, auth: 'AAAA' } })],
    ['a policy that is none', () => wish({ policy: 'everybody' })],
  ])('of %s is refused and changes nothing', async (_what, body) => {
    const api = await open()
    const kept = (await api.call('POST', PATH, wish())).body
    const refused = await api.call('POST', PATH, body(api))
    expect(refused.status).toBe(422)
    expect(refused.body.error).toMatch(/^Validation failed: /)
    expect((await api.get(PATH)).body).toEqual(kept)
  })

  it('needs the scope', async () => {
    const api = await open()
    const { token } = createToken(api.home, 'app', ['read', 'write'])
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      expect((await api.call(method, PATH, method === 'GET' ? undefined : wish(), { token })).status).toBe(403)
      expect((await api.call(method, PATH, method === 'GET' ? undefined : wish(), { token: null })).status).toBe(401)
    }
    expect(allSubscriptions(api.home)).toHaveLength(0)
  })
})

it('the token it will carry is kept sealed, nowhere plain', async () => {
  const api = await open()
  await api.call('POST', PATH, wish())
  const { id } = api.home.store.database.prepare('select token_id as id from push_subscriptions').get() as { id: number }
  const { access } = subscriptionOf(api.home, id) as { access: string }
  expect(access).toBe(api.vapid.sealToken(api.token))
  expect(api.vapid.unsealToken(access)).toBe(api.token)
})

it('the key is the same wherever apps look for it: Phanpy throws if not', async () => {
  const api = await open()
  const key = (await api.get('/api/v2/instance', { token: null })).body.configuration.vapid.public_key
  const app = await api.call(
    'POST',
    '/api/v1/apps',
    { client_name: 'Otter', redirect_uris: 'urn:ietf:wg:oauth:2.0:oob', scopes: 'push' },
    { token: null },
  )
  expect(Buffer.from(key, 'base64url')).toHaveLength(65)
  expect(key).toMatch(/^[A-Za-z0-9_-]{87}$/)
  expect(app.body.vapid_key).toBe(key)
  expect((await api.get('/api/v1/apps/verify_credentials')).body.vapid_key).toBe(key)
  expect((await api.call('POST', PATH, wish())).body.server_key).toBe(key)
})
