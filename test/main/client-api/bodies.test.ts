import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { fromForm, fromJson, Params } from '../../../src-main/client-api/params.ts'
import { sweepMedia } from '../../../src-main/domain/media.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

type Pairs = [string, string][]

/** A multipart body as browsers make it. */
function multipart(pairs: Pairs, file?: { name: string; bytes: Buffer }): { payload: Buffer; headers: Record<string, string> } {
  const edge = 'burrow-edge'
  const parts: Buffer[] = pairs.map(([name, value]) =>
    Buffer.from(`--${edge}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
  )
  if (file) {
    parts.push(
      Buffer.from(`--${edge}\r\nContent-Disposition: form-data; name="${file.name}"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n`),
      file.bytes,
      Buffer.from('\r\n'),
    )
  }
  parts.push(Buffer.from(`--${edge}--\r\n`))
  return { payload: Buffer.concat(parts), headers: { 'content-type': `multipart/form-data; boundary=${edge}` } }
}

const form = (pairs: Pairs) => ({
  payload: new URLSearchParams(pairs).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})

/** The same call in every way clients make it. */
const WAYS: Record<string, (api: Api, method: string, path: string, pairs: Pairs, json: unknown) => ReturnType<Api['call']>> = {
  JSON: (api, method, path, _pairs, json) => api.call(method, path, json),
  form: (api, method, path, pairs) => api.call(method, path, undefined, form(pairs)),
  multipart: (api, method, path, pairs) => api.call(method, path, undefined, multipart(pairs)),
  query: (api, method, path, pairs) => api.call(method, `${path}?${new URLSearchParams(pairs).toString()}`),
  'form without content type': (api, method, path, pairs) =>
    api.call(method, path, undefined, { payload: form(pairs).payload, headers: { 'content-type': 'text/plain' } }),
}

describe.each(Object.entries(WAYS))('as %s', (_name, send) => {
  it('a post is written with everything', async () => {
    const api = await openApi()
    const pairs: Pairs = [
      ['status', 'Dawn & tide'],
      ['spoiler_text', 'weather'],
      ['sensitive', 'true'],
      ['visibility', 'unlisted'],
      ['language', 'fr'],
      ['unknown', 'x'],
    ]
    const json = {
      status: 'Dawn & tide',
      spoiler_text: 'weather',
      sensitive: true,
      visibility: 'unlisted',
      language: 'fr',
      poll: null,
      media_ids: null,
      in_reply_to_id: null,
      scheduled_at: null,
    }
    const { status, body } = await send(api, 'POST', '/api/v1/statuses', pairs, json)
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({
        content: '<p>Dawn &amp; tide</p>',
        spoiler_text: 'weather',
        sensitive: true,
        visibility: 'unlisted',
        language: 'fr',
      }),
    ])
  })

  it.each(['PUT', 'PATCH'])('a profile is changed by %s, fields in either spelling', async (method) => {
    const api = await openApi()
    const pairs: Pairs = [
      ['display_name', 'Ana B.'],
      ['locked', 'on'],
      ['bot', '0'],
      ['fields_attributes[0][name]', 'Boat'],
      ['fields_attributes[0][value]', 'Yes'],
      ['fields_attributes[1][name]', 'Tea'],
      ['fields_attributes[1][value]', 'No'],
      ['source[privacy]', 'private'],
      ['source[language]', 'fr'],
    ]
    const json = {
      display_name: 'Ana B.',
      locked: 'on',
      bot: 0,
      fields_attributes: [
        { name: 'Boat', value: 'Yes' },
        { name: 'Tea', value: 'No' },
      ],
      source: { privacy: 'private', language: 'fr' },
    }
    const { body } = await send(api, method, '/api/v1/accounts/update_credentials', pairs, json)
    expect(body).toMatchObject({
      display_name: 'Ana B.',
      locked: true,
      bot: false,
      source: {
        privacy: 'private',
        language: 'fr',
        fields: [
          { name: 'Boat', value: 'Yes' },
          { name: 'Tea', value: 'No' },
        ],
      },
    })
    expect((await api.get('/api/v1/preferences')).body['posting:default:visibility']).toBe('private')
  })

  it('a marker is set', async () => {
    const api = await openApi()
    const { body } = await send(api, 'POST', '/api/v1/markers', [['home[last_read_id]', '123']], { home: { last_read_id: '123' } })
    expect(body).toMatchObject({ home: { last_read_id: '123', version: 1 } })
    expect('notifications' in body).toBe(false)
  })

  it('an app is registered', async () => {
    const api = await openApi()
    const pairs: Pairs = [
      ['client_name', 'Tides'],
      ['redirect_uris', 'icecubesapp://\nurn:ietf:wg:oauth:2.0:oob'],
      ['scopes', 'read write follow push'],
    ]
    const json = { client_name: 'Tides', redirect_uris: ['icecubesapp://', 'urn:ietf:wg:oauth:2.0:oob'], scopes: 'read write follow push' }
    const { status, body } = await send(api, 'POST', '/api/v1/apps', pairs, json)
    expect([status, body.redirect_uris, body.scopes]).toEqual([
      200,
      ['icecubesapp://', 'urn:ietf:wg:oauth:2.0:oob'],
      ['read', 'write', 'follow', 'push'],
    ])
  })
})

describe('lists', () => {
  it.each([
    ['a[]=1&a[]=2', ['1', '2']],
    ['a=1&a=2', ['1', '2']],
    ['a[0]=1&a[1]=2', ['1', '2']],
    ['a[1]=2&a[0]=1', ['1', '2']],
    ['a[10]=3&a[9]=2&a[0]=1', ['1', '2', '3']],
    ['a=1', ['1']],
    ['a[]=', []],
    ['b=1', []],
  ])('%s', (query, expected) => {
    expect(new Params(fromForm(query)).list('a')).toEqual(expected)
  })

  it('of objects: indexed, Rails-like, JSON', () => {
    const read = (params: Params) => params.objects('m').map((entry) => [entry.text('id'), entry.text('d')])
    const expected = [
      ['1', 'x'],
      ['2', 'y'],
    ]
    expect(read(new Params(fromForm('m[0][id]=1&m[0][d]=x&m[1][id]=2&m[1][d]=y')))).toEqual(expected)
    expect(read(new Params(fromForm('m[][id]=1&m[][d]=x&m[][id]=2&m[][d]=y')))).toEqual(expected)
    expect(
      read(
        new Params(
          fromJson({
            m: [
              { id: 1, d: 'x' },
              { id: '2', d: 'y' },
            ],
          }),
        ),
      ),
    ).toEqual(expected)
    expect(read(new Params(fromJson({ m: { 0: { id: 1, d: 'x' }, 1: { id: '2', d: 'y' } } })))).toEqual(expected)
  })

  it('relationships are asked for in every spelling; unknown ids are dropped, never an error', async () => {
    const api = await openApi()
    const { id } = (await api.get('/api/v1/accounts/lookup?acct=ana')).body
    for (const query of [`id[]=${id}`, `id=${id}`, `id[0]=${id}`, `id[]=${id}&id[]=${id}`, `id[]=${id}&id[]=99&id[]=x&id[]=-1`])
      expect(
        (await api.get(`/api/v1/accounts/relationships?${query}`)).body.map((r: { id: string }) => r.id),
        query,
      ).toEqual([id])
    expect((await api.get('/api/v1/accounts/relationships')).body).toEqual([])
  })
})

describe('values', () => {
  it.each([
    ['0', false],
    ['f', false],
    ['F', false],
    ['false', false],
    ['FALSE', false],
    ['off', false],
    ['OFF', false],
    ['', undefined],
    ['1', true],
    ['true', true],
    ['no', true],
  ])('a flag of %j is %j', (text, expected) => {
    expect(new Params(fromForm(`a=${text}`)).flag('a')).toBe(expected)
  })

  it('null is absent, at any depth', () => {
    const params = new Params(fromJson({ a: null, b: { c: null, d: 1 }, e: [null, 2] }))
    expect([params.has('a'), params.object('b').has('c'), params.object('b').integer('d'), params.list('e')]).toEqual([
      false,
      false,
      1,
      ['2'],
    ])
  })

  it('cannot reach a prototype, be endlessly deep or endlessly many', () => {
    const params = fromForm('__proto__[x]=1&constructor[prototype][x]=1&a[__proto__][x]=1&a[b][c][d][e][f][g]=1')
    expect([({} as { x?: string }).x, Object.keys(params)]).toEqual([undefined, []])
    expect(fromJson(JSON.parse('{"__proto__": {"x": 1}, "constructor": {"x": 1}}'))).toEqual({})
    expect(() => fromForm('a=1&'.repeat(3_000))).toThrow('too many')
    let deep: unknown = 1
    for (let i = 0; i < 100; i++) deep = { a: deep }
    expect(JSON.stringify(fromJson(deep)).length).toBeLessThan(100)
  })
})

describe('odd bodies', () => {
  it('nothing at all, with JSON as content type, is an empty body', async () => {
    const api = await openApi()
    const { body: post } = await api.call('POST', '/api/v1/statuses', { status: 'Hello' })
    const json = { 'content-type': 'application/json' }
    expect((await api.call('POST', `/api/v1/statuses/${post.id}/favourite`, '', { headers: json })).body.favourited).toBe(true)
    expect((await api.call('POST', `/api/v1/statuses/${post.id}/unfavourite`)).body.favourited).toBe(false)
  })

  it('broken JSON is 400, and a text of JSON that is no object is empty', async () => {
    const api = await openApi()
    const headers = { 'content-type': 'application/json' }
    const broken = await api.call('POST', '/api/v1/statuses', '{"status": "x', { headers })
    expect([broken.status, broken.body]).toEqual([400, { error: 'The body is not valid JSON.' }])
    expect((await api.call('POST', '/api/v1/statuses', '[1]', { headers })).status).toBe(422)
    expect(api.problems).toEqual([])
  })

  it('DELETE takes a JSON body', async () => {
    const api = await openApi()
    const { body: post } = await api.call('POST', '/api/v1/statuses', { status: 'Hello' })
    expect((await api.call('DELETE', `/api/v1/statuses/${post.id}`, { delete_media: true })).body).toMatchObject({
      id: post.id,
      text: 'Hello',
    })
  })
})

describe('uploads', () => {
  const upload = (api: Api, path: string, pairs: Pairs, bytes = Buffer.from('picture')) =>
    api.call('POST', path, undefined, multipart(pairs, { name: 'file', bytes }))

  it.each(['/api/v1/media', '/api/v2/media'])('%s is ready at once, with its words', async (path) => {
    const api = await openApi()
    const { status, body } = await upload(api, path, [
      ['description', 'A boat'],
      ['focus', '0.5,-0.25'],
    ])
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({
        type: 'image',
        description: 'A boat',
        meta: expect.objectContaining({
          focus: { x: 0.5, y: -0.25 },
          small: { width: 400, height: 300, size: '400x300', aspect: 4 / 3 },
        }) as unknown,
      }),
    ])
    expect(body.url).toMatch(/original\.jpg$/)
    expect(body.preview_url).toMatch(/small\.webp$/)
    expect((await api.get(`/api/v1/media/${body.id}`)).body).toEqual(body)
  })

  it('are described, thrown away, and refused with a sentence', async () => {
    const api = await openApi()
    const { body } = await upload(api, '/api/v2/media', [])
    expect((await api.call('PUT', `/api/v1/media/${body.id}`, { description: 'Two boats', focus: '1,1' })).body).toMatchObject({
      description: 'Two boats',
      meta: { focus: { x: 1, y: 1 } },
    })
    expect((await api.call('PUT', `/api/v1/media/${body.id}`, { focus: 'left' })).status).toBe(422)
    expect((await api.call('DELETE', `/api/v1/media/${body.id}`)).status).toBe(200)
    expect(sweepMedia(api.home).removed).toBe(1)
    expect((await api.get(`/api/v1/media/${body.id}`)).status).toBe(404)
    expect((await api.call('POST', '/api/v2/media', {})).body.error).toBe("Validation failed: File can't be blank")
  })

  it('over 16 MB are refused, and nothing is kept', async () => {
    const api = await openApi()
    const { status, body } = await upload(api, '/api/v2/media', [], Buffer.alloc(16 * 1024 * 1024 + 1))
    expect([status, body.error, api.pictures.bytes.length]).toEqual([422, 'Validation failed: A picture must be smaller than 16 MB', 0])
  })

  it('replace the picture of the profile, which is an address of ours', async () => {
    const api = await openApi()
    const sent = multipart([['display_name', 'Ana']], { name: 'avatar', bytes: Buffer.from('face') })
    const { body } = await api.call('PATCH', '/api/v1/accounts/update_credentials', undefined, sent)
    expect(body.avatar).toMatch(/^http:\/\/127\.0\.0\.1:4321\/media\/[\w-]+\/original\.webp$/)
    expect((await api.call('DELETE', '/api/v1/profile/avatar')).body.avatar).toBe(`${api.base}/avatars/original/missing.png`)
  })

  it('need a token before a byte is read', async () => {
    const api = await openApi()
    const sent = multipart([], { name: 'file', bytes: Buffer.from('picture') })
    expect((await api.call('POST', '/api/v2/media', undefined, { ...sent, token: null })).status).toBe(401)
    expect(api.pictures.bytes).toEqual([])
  })
})

describe('rule 37: what a stranger sends in parts', () => {
  const part = (name: string, more: string, bytes: number) =>
    `--burrow-edge\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${'x'.repeat(bytes)}\r\n`
  const sent = (api: Api, pieces: string[], path = '/api/v1/apps') =>
    api.call('POST', path, undefined, {
      token: null,
      payload: Readable.from([...pieces, '--burrow-edge--\r\n']),
      headers: { 'content-type': 'multipart/form-data; boundary=burrow-edge' },
    })

  it('is no longer than any other body, however many values it is cut into', async () => {
    const api = await openApi({ listener: 'public' })
    const values = Array.from({ length: 150 }, (_, n) => part(`a${n}`, '', 400_000))
    expect((await sent(api, values)).status).toBe(413)
    expect((await sent(api, values, '/oauth/token')).status).toBe(413)
    expect((await sent(api, values, '/api/v1/nowhere')).status).toBe(413)
  })

  it('is no longer either where files are thrown away', async () => {
    const api = await openApi({ listener: 'public' })
    expect((await sent(api, [part('a', '; filename="a.png"', 2_000_000)])).status).toBe(413)
    expect((await sent(api, [part('client_name', '', 3), part('redirect_uris', '', 0)])).status).toBe(422)
  })
})
