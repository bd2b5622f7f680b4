import { describe, expect, test } from 'vitest'
import { boostPost, deletePost } from '../../../src-main/domain/posts.ts'
import { releasePost } from '../../../src-main/domain/posts.ts'
import { nameOwner, updateProfile } from '../../../src-main/domain/owner.ts'
import { rule } from '../../rig/attacks.ts'
import { KEYS, person, received, upload } from '../domain/home.ts'
import { HOST, openOutside, posted } from './house.ts'
import type { FastifyInstance } from 'fastify'

const get = (app: FastifyInstance, url: string, headers: Record<string, string> = {}) =>
  app.inject({ url, headers: { host: HOST, accept: 'text/html', ...headers } })

/** Every place where the public can read posts. */
const places = (id: number) => ['/@ana', '/@ana.atom', '/tags/tide', `/@ana/${id}`]

describe('what is not for everybody', () => {
  test.each([
    ['for followers', { visibility: 'private' as const }],
    ['for one person', { visibility: 'direct' as const }],
    ['not gone out yet', { wet: true }],
    ['not gone out yet and unlisted', { wet: true, visibility: 'unlisted' as const }],
  ])('a post %s stands nowhere', async (_what, change) => {
    const { home, app } = await openOutside()
    const id = posted(home, 'Nobody must read this secret #tide', { ...change, warning: '' })
    for (const place of places(id)) {
      const answer = await get(app, place)
      expect(answer.body, place).not.toContain('secret')
      if (place.endsWith(String(id))) expect(answer.statusCode).toBe(404)
    }
  })

  test('an unlisted post stands on the profile and its own page, not under its hashtag, not in the feed', async () => {
    const { home, app } = await openOutside()
    const id = posted(home, 'Quiet words #tide', { visibility: 'unlisted' })
    const seen = await Promise.all(places(id).map(async (place) => (await get(app, place)).body.includes('Quiet words')))
    expect(seen).toEqual([true, false, false, true])
    expect((await get(app, `/@ana/${id}`)).body).toContain('name="robots" content="noindex')
  })

  test('a public post stands everywhere', async () => {
    const { home, app } = await openOutside()
    const id = posted(home, 'High water #tide')
    for (const place of places(id)) expect((await get(app, place)).body, place).toContain('High water')
  })

  test('the parent of a reply is named only if everybody may see it', async () => {
    const { home, app } = await openOutside()
    const bo = person(home, 'bo')
    const hidden = received(home, bo, { visibility: 'private', content: '<p>psst</p>', forOwner: true })
    const open = received(home, bo, { content: '<p>hello</p>' })
    const answer = posted(home, 'to the quiet one', { inReplyToId: hidden })
    const other = posted(home, 'to the open one', { inReplyToId: open })
    expect((await get(app, `/@ana/${answer}`)).body).not.toMatch(/bo@tide\.example|psst/)
    expect((await get(app, `/@ana/${other}`)).body).toContain('In reply to @bo@tide.example')
  })

  test('posts of others have no page here, and neither have boosts', async () => {
    const { home, app } = await openOutside()
    const id = received(home, person(home, 'bo'))
    const boost = boostPost(home, id)
    releasePost(home, boost.id, home.clock.at)
    expect((await get(app, `/@ana/${id}`)).statusCode).toBe(404)
    expect((await get(app, `/@ana/${boost.id}`)).statusCode).toBe(404)
    expect((await get(app, '/@ana')).body).toContain('ana boosted'.replace('ana', 'Ana'))
  })
})

describe('what strangers wrote', () => {
  test('is escaped in names, warnings, descriptions and hashtags', async () => {
    const { home, app } = await openOutside()
    updateProfile(home, {
      displayName: '<script>x</script>',
      note: 'a "quote" & <b>',
      fields: [{ name: '<i>', value: 'https://a.example/?"><script>' }],
    })
    const media = upload(home, { description: '"><img src=x onerror=alert(1)>' })
    const id = posted(home, 'text <script>alert(1)</script>', { warning: '<svg onload=x>', mediaIds: [media] })
    for (const place of ['/@ana', `/@ana/${id}`, '/@ana.atom', '/tags/%3Cscript%3E']) {
      const { body } = await get(app, place)
      expect(body, place).not.toMatch(/<script|<svg|<img src=x|<i>|onerror=alert\(1\)>/)
    }
  })

  test('in boosted posts is cleaned once more', async () => {
    const { home, app } = await openOutside()
    const id = received(home, person(home, 'bo'), { content: '<p onclick="x()">Good <script>bad</script>day</p>' })
    releasePost(home, boostPost(home, id).id, home.clock.at)
    const { body } = await get(app, '/@ana')
    expect(body).toContain('day')
    expect(body).not.toMatch(/onclick|<script/)
  })
})

describe('a page', () => {
  test('runs no script, loads nothing from elsewhere and may not be framed', async () => {
    const { home, app } = await openOutside()
    posted(home, 'High water https://tide.example/map')
    const { headers, body } = await get(app, '/@ana')
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    expect(body).not.toContain('<script')
    expect(body).not.toMatch(/(?:src|href)="(?:https?:)?\/\/(?!ana\.example|tide\.example\/map)/)
    expect((await get(app, '/pages.css')).headers['content-type']).toBe('text/css; charset=utf-8')
  })

  test('tells previews what it is: Open Graph, the picture and its description, the document for servers', async () => {
    const { home, app } = await openOutside()
    const media = upload(home, { description: 'A map of the tides' })
    const id = posted(home, 'High water at noon', { mediaIds: [media] })
    const { body } = await get(app, `/@ana/${id}`)
    for (const part of [
      'property="og:title" content="Ana (@ana@ana.example)"',
      'property="og:description" content="High water at noon"',
      `property="og:url" content="https://ana.example/@ana/${id}"`,
      'property="og:image" content="https://ana.example/media/',
      'property="og:image:alt" content="A map of the tides"',
      'name="twitter:card" content="summary_large_image"',
      `rel="alternate" type="application/activity+json" href="https://ana.example/users/ana/statuses/${id}"`,
      'alt="A map of the tides"',
    ])
      expect(body).toContain(part)
  })

  test('keeps what is under a warning folded, also in previews', async () => {
    const { home, app } = await openOutside()
    const media = upload(home, { description: 'The ending' })
    const id = posted(home, 'Everybody drowns', { warning: 'Spoiler', mediaIds: [media] })
    const { body } = await get(app, `/@ana/${id}`)
    const head = body.slice(0, body.indexOf('</head>'))
    expect(head).toContain('og:description" content="Spoiler"')
    expect(head).not.toMatch(/drowns|The ending|large_image/)
    expect(body).toMatch(/<details><summary>Spoiler<\/summary>[\s\S]*drowns[\s\S]*The ending[\s\S]*<\/details>/)
  })

  test('says that links of the profile are the same person', async () => {
    const { home, app } = await openOutside()
    updateProfile(home, { fields: [{ name: 'Web', value: 'https://ana-writes.example' }] })
    expect((await get(app, '/@ana')).body).toMatch(
      /<dt>Web<\/dt><dd><a href="https:\/\/ana-writes\.example" target="_blank" rel="me [^"]*"/,
    )
  })

  test('is in the reader’s language', async () => {
    const { app } = await openOutside()
    expect((await get(app, '/@ana', { 'accept-language': 'fr-CA,en;q=0.5' })).body).toMatch(/<html lang="fr">[\s\S]*<h2>Messages<\/h2>/)
    expect((await get(app, '/@ana', { 'accept-language': 'de, en;q=0.5' })).body).toContain('<html lang="en">')
    expect((await get(app, '/@ana')).headers.vary).toContain('Accept-Language')
  })

  test('asks search engines to stay away unless the owner wants to be found', async () => {
    const { home, app } = await openOutside()
    expect((await get(app, '/@ana')).body).toContain('noindex')
    updateProfile(home, { indexable: true })
    expect((await get(app, '/@ana')).body).not.toContain('noindex')
  })

  test('leads on to older posts and back', async () => {
    const { home, app } = await openOutside()
    for (let i = 1; i <= 25; i++) posted(home, `Tide ${i}.`)
    const first = (await get(app, '/@ana')).body
    expect(first).toContain('Tide 25.')
    expect(first).not.toContain('Tide 5.')
    const next = /rel="next" href="https:\/\/ana\.example([^"]+)"/.exec(first)?.[1] as string
    const second = (await get(app, next)).body
    expect(second).toContain('Tide 5.')
    expect(second).not.toContain('Tide 6.')
    expect(second).toContain('Newest posts')
  })

  test('answers HEAD alike', async () => {
    const { app } = await openOutside()
    const answer = await app.inject({ method: 'HEAD', url: '/@ana', headers: { host: HOST } })
    expect([answer.statusCode, answer.body]).toEqual([200, ''])
  })
})

describe('addresses', () => {
  test('send servers to the document and people to the page', async () => {
    const { home, app } = await openOutside()
    const id = posted(home, 'High water')
    const server = { accept: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"' }
    expect((await get(app, '/@ana', server)).headers.location).toBe('https://ana.example/users/ana')
    const answer = await get(app, `/@ana/${id}`, server)
    expect([answer.statusCode, answer.headers.location]).toEqual([303, `https://ana.example/users/ana/statuses/${id}`])
    expect((await get(app, '/@ana', { accept: 'text/html,application/activity+json;q=0.9' })).statusCode).toBe(200)
    expect((await get(app, '/@ana', { accept: '*/*' })).headers['content-type']).toBe('text/html; charset=utf-8')
    expect((await get(app, '/')).headers.location).toBe('https://ana.example/@ana')
  })

  test('do not tell servers of posts that are not for everybody', async () => {
    const { home, app } = await openOutside()
    const id = posted(home, 'secret', { visibility: 'private' })
    expect((await get(app, `/@ana/${id}`, { accept: 'application/activity+json' })).statusCode).toBe(404)
  })

  test('that lead nowhere are a plain 404, of deleted posts 410', async () => {
    const { home, app } = await openOutside()
    const id = posted(home, 'High water')
    deletePost(home, id)
    const gone = await get(app, `/@ana/${id}`)
    expect([gone.statusCode, gone.body.includes('This post is gone')]).toEqual([410, true])
    for (const url of ['/@bo', '/@ana/1', '/@ana/99999999999999999999', '/@ana/x', '/@bo.atom', '/@ana/-1']) {
      const answer = await get(app, url)
      expect([url, answer.statusCode]).toEqual([url, 404])
    }
  })

  test('that nobody knows are a page for people and JSON for programs', async () => {
    const { app } = await openOutside()
    const page = await get(app, '/wp-login.php')
    expect([page.statusCode, page.headers['content-type'], page.body.includes('There is nothing here')]).toEqual([
      404,
      'text/html; charset=utf-8',
      true,
    ])
    const answer = await get(app, '/api/v1/instance', { accept: '*/*' })
    expect([answer.statusCode, answer.json()]).toEqual([404, { error: 'Record not found' }])
    expect((await app.inject({ method: 'POST', url: '/wp-login.php', headers: { host: HOST } })).statusCode).toBe(404)
  })

  test('exist before the first post', async () => {
    const { home, app } = await openOutside({ address: null })
    nameOwner(home, { name: 'ana', keys: KEYS, seal: (plain) => plain })
    expect((await get(app, '/@ana')).statusCode).toBe(421)
    const ready = await openOutside()
    expect((await get(ready.app, '/@ana')).body).toContain('No public posts yet.')
    expect((await get(ready.app, '/tags/tide')).body).toContain('No public posts with this hashtag.')
  })
})

describe('the feed', () => {
  test('is well-formed, dated and complete', async () => {
    const { home, app } = await openOutside()
    const media = upload(home, { description: 'A <map>', bytes: 1234 })
    const id = posted(home, 'High & dry #tide \u0001', { mediaIds: [media] })
    posted(home, 'a reply', { inReplyToId: received(home, person(home, 'bo')) })
    const { headers, body } = await get(app, '/@ana.atom')
    expect(headers['content-type']).toBe('application/atom+xml; charset=utf-8')
    expect(body).toContain(`<id>https://ana.example/users/ana/statuses/${id}</id>`)
    expect(body).toContain('&lt;p&gt;High &amp;amp; dry')
    expect(body).toContain('<category term="tide"/>')
    expect(body).toMatch(
      /<link rel="enclosure" type="image\/jpeg" length="1234" href="https:\/\/ana\.example\/media\/[^"]+" title="A &lt;map&gt;"\/>/,
    )
    expect(body).not.toContain('a reply')
    // eslint-disable-next-line no-control-regex -- no reader of XML takes these
    expect(body).not.toMatch(/[\u0000-\u0008]/)
  })
})

describe('where "follow me" buttons of other servers lead', () => {
  test(rule(44) + ' the page says what to open in the program, and does nothing', async () => {
    const { home, app } = await openOutside()
    const before = home.store.database.prepare('select count(*) as n from events').get()
    const answer = await get(app, `/authorize_interaction?uri=${encodeURIComponent('https://mo.example/@bo/1?a=1&b=2')}`)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-security-policy']).toContain("form-action 'none'")
    expect(answer.body).toContain('<code>https://mo.example/@bo/1?a=1&amp;b=2</code>')
    expect(answer.body).not.toMatch(/<form|<script/)
    expect((await get(app, '/authorize_interaction?uri=acct:bo@mo.example')).body).toContain('<code>@bo@mo.example</code>')
    expect((await get(app, '/authorize_interaction?uri=bo%40mo.example', { 'accept-language': 'fr' })).body).toContain('Burrow et collez')
    expect(home.store.database.prepare('select count(*) as n from events').get()).toEqual(before)
  })

  test.each(['', '?uri=', '?uri=javascript:alert(1)', '?uri=a&uri=b', '?uri=<script>', '?uri=https://bo:pw@mo.example/'])(
    '%s is nothing to open',
    async (query) => {
      const { app } = await openOutside()
      const answer = await get(app, `/authorize_interaction${query}`)
      expect(answer.statusCode).toBe(404)
      expect(answer.body).not.toContain('alert')
    },
  )
})
