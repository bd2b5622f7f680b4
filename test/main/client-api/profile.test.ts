import { describe, expect, it } from 'vitest'
import { jpeg } from '../media/pictures.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

const preferences = async (api: Api) => (await api.get('/api/v1/preferences')).body

describe('preferences', () => {
  it('are what update_credentials wrote', async () => {
    const api = await openApi()
    expect(await preferences(api)).toMatchObject({
      'posting:default:visibility': 'public',
      'posting:default:sensitive': false,
      'posting:default:language': null,
      'posting:default:quote_policy': 'public',
    })
    const source = { privacy: 'unlisted', sensitive: true, language: 'fr', quote_policy: 'followers' }
    const { body } = await api.call('PATCH', '/api/v1/accounts/update_credentials', { source })
    expect(body.source).toMatchObject(source)
    expect(await preferences(api)).toMatchObject({
      'posting:default:visibility': 'unlisted',
      'posting:default:sensitive': true,
      'posting:default:language': 'fr',
      'posting:default:quote_policy': 'followers',
    })
    const { body: post } = await api.call('POST', '/api/v1/statuses', { status: 'x' })
    expect(post).toMatchObject({ visibility: 'unlisted', sensitive: true, language: 'fr' })
    expect((await api.call('POST', '/api/v1/statuses', { status: 'x', sensitive: false })).body.sensitive).toBe(false)
    expect((await api.call('PATCH', '/api/v1/accounts/update_credentials', { source: { privacy: 'all' } })).status).toBe(422)
    expect((await preferences(api))['posting:default:visibility']).toBe('unlisted')
  })
})

describe('/api/v1/profile', () => {
  it('is written by PATCH and PUT, and shows the texts as they were typed', async () => {
    const api = await openApi()
    const change = {
      display_name: 'Ana B.',
      note: 'I write & sail',
      locked: true,
      bot: false,
      discoverable: false,
      indexable: true,
      attribution_domains: ['https://sea.example/blog', 'ana.example'],
      fields_attributes: [{ name: 'Boat', value: 'https://boat.example/' }],
    }
    const { status, body } = await api.call('PATCH', '/api/v1/profile', change)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      display_name: 'Ana B.',
      note: 'I write & sail',
      locked: true,
      discoverable: false,
      indexable: true,
      avatar: null,
      header: null,
      attribution_domains: ['sea.example', 'ana.example'],
      fields: [{ name: 'Boat', value: 'https://boat.example/' }],
    })
    expect((await api.get('/api/v1/profile')).body).toEqual(body)
    expect((await api.call('PUT', '/api/v1/profile', { display_name: 'Ana' })).body).toEqual({ ...body, display_name: 'Ana' })
    expect((await api.get('/api/v1/accounts/verify_credentials')).body).toMatchObject({
      display_name: 'Ana',
      source: { attribution_domains: ['sea.example', 'ana.example'] },
    })
    expect((await api.call('PATCH', '/api/v1/profile', { display_name: 'x'.repeat(500) })).status).toBe(422)
    expect((await api.get('/api/v1/profile')).body.display_name).toBe('Ana')
  })

  it('takes pictures with words, and lets them go', async () => {
    const api = await openApi()
    const form = new FormData()
    for (const shape of ['avatar', 'header']) {
      form.set(shape, new Blob([new Uint8Array(await jpeg())]), 'x.jpg')
      form.set(`${shape}_description`, `My ${shape}`)
    }
    const request = new Request('http://x/', { method: 'POST', body: form })
    const { body } = await api.call('PATCH', '/api/v1/profile', undefined, {
      payload: Buffer.from(await request.arrayBuffer()),
      headers: { 'content-type': request.headers.get('content-type') as string },
    })
    expect(body).toMatchObject({ avatar_description: 'My avatar', header_description: 'My header' })
    expect([body.avatar, body.header].every((url) => url.startsWith('http'))).toBe(true)
    for (const shape of ['avatar', 'header']) {
      const account = (await api.call('DELETE', `/api/v1/profile/${shape}`)).body
      expect(account[shape]).toMatch(/missing\.png$/)
      expect((await api.get('/api/v1/profile')).body[shape]).toBeNull()
    }
  })

  it('is nobody else’s business', async () => {
    const api = await openApi()
    for (const [verb, path] of [
      ['GET', '/api/v1/profile'],
      ['PATCH', '/api/v1/profile'],
      ['DELETE', '/api/v1/profile/avatar'],
    ] as const) {
      expect((await api.call(verb, path, verb === 'PATCH' ? {} : undefined, { token: null })).status).toBe(401)
    }
  })
})
