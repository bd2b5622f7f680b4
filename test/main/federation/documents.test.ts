/** What others read of us, and what they do not. */
import { describe, expect, test } from 'vitest'
import { addMedia } from '../../../src-main/domain/media.ts'
import { updateProfile } from '../../../src-main/domain/owner.ts'
import { boostPost, deletePost, writePost } from '../../../src-main/domain/posts.ts'
import { wantsPage } from '../../../src-main/federation/negotiation.ts'
import { signCavage } from '../../../src-main/signatures/index.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, followedBy, following, knowing, openInstance, ORIGIN } from './instance.ts'
import { PUBLIC, remoteServer } from './world.ts'
import type { Visibility } from '../../../src-main/domain/types.ts'
import type { Instance } from './instance.ts'
import type { RemoteActor } from './world.ts'

const asks = (actor: RemoteActor, path: string, home: Instance) => ({
  headers: signCavage({
    method: 'GET',
    url: ORIGIN + path,
    keyId: actor.keyId,
    privateKey: actor.key,
    date: home.clock.at,
    headers: { accept: 'application/activity+json' },
  }),
})

async function written(home: Instance, visibility: Visibility, text = `A ${visibility} post`): Promise<{ id: number; path: string }> {
  const { post } = writePost(home, { text, visibility })
  await home.leave()
  return { id: post.id, path: `/users/ana/statuses/${post.id}` }
}

describe('WebFinger', () => {
  test.each([
    'acct:ana@ana.example',
    'ACCT:Ana@ANA.example',
    'acct:@ana@ana.example',
    'ana@ana.example',
    '@ana@ana.example',
    ANA,
    `${ORIGIN}/@ana`,
  ])('%s is the owner', async (resource) => {
    const home = await openInstance()
    const answer = await home.get(`/.well-known/webfinger?resource=${encodeURIComponent(resource)}`)
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/jrd+json; charset=utf-8', 'access-control-allow-origin': '*' },
    })
    expect(answer.json()).toMatchObject({
      subject: 'acct:ana@ana.example',
      aliases: [`${ORIGIN}/@ana`, ANA],
      links: [
        { rel: 'self', type: 'application/activity+json', href: ANA },
        { rel: 'http://webfinger.net/rel/profile-page' },
        { rel: 'http://ostatus.org/schema/1.0/subscribe', template: `${ORIGIN}/authorize_interaction?uri={uri}` },
      ],
    })
  })

  test('the instance has one too, and its actor leads back', async () => {
    const home = await openInstance()
    const answer = await home.get('/.well-known/webfinger?resource=acct:ana.example@ana.example')
    expect(answer.json<{ links: { href: string }[] }>().links[0]?.href).toBe(`${ORIGIN}/actor`)
    expect((await home.get('/actor')).json()).toMatchObject({ preferredUsername: 'ana.example' })
  })

  test.each([
    ['', 400],
    ['?resource=', 400],
    ['?resource=a&resource=b', 400],
    [`?resource=${'x'.repeat(3000)}`, 400],
    ['?resource=acct:eve@ana.example', 404],
    ['?resource=acct:ana@other.example', 404],
    ['?resource=https://ana.example/users/ana/statuses/1', 404],
  ])('%s: %i', async (query, status) => {
    const home = await openInstance()
    const answer = await home.get(`/.well-known/webfinger${query}`)
    expect(answer.status).toBe(status)
    expect(typeof answer.json().error).toBe('string')
  })
})

test('host-meta, in XML and JSON, names the WebFinger template', async () => {
  const home = await openInstance()
  const xml = await home.get('/.well-known/host-meta')
  expect(xml.headers['content-type']).toBe('application/xrd+xml; charset=utf-8')
  expect(xml.text).toContain('template="https://ana.example/.well-known/webfinger?resource={uri}"')
  expect((await home.get('/.well-known/host-meta.json')).json()).toMatchObject({ links: [{ rel: 'lrdd' }] })
})

test.each(['2.0', '2.1'])('NodeInfo %s is found and fits its schema', async (version) => {
  const home = await openInstance()
  await written(home, 'public')
  const { links } = (await home.get('/.well-known/nodeinfo')).json<{ links: { rel: string; href: string }[] }>()
  const link = links.find((one) => one.rel.endsWith(`/${version}`))
  const answer = await home.get(new URL(link?.href ?? '').pathname)
  expect(answer.headers['content-type']).toContain(`profile="http://nodeinfo.diaspora.software/ns/schema/${version}#"`)
  const info = answer.json<Record<string, never>>()
  // The required members of the schema, and nothing it does not know.
  expect(Object.keys(info).sort()).toEqual(['metadata', 'openRegistrations', 'protocols', 'services', 'software', 'usage', 'version'])
  expect(info).toMatchObject({
    version,
    software: { name: expect.stringMatching(/^[a-z0-9-]+$/), version: expect.any(String) },
    protocols: ['activitypub'],
    services: { inbound: [], outbound: [] },
    openRegistrations: false,
    usage: { users: { total: 1, activeMonth: 1, activeHalfyear: 1 }, localPosts: 1 },
    metadata: {},
  })
})

describe('the actor', () => {
  test('has everything that is read of one', async () => {
    const home = await openInstance()
    const picture = addMedia(home, {
      kind: 'avatar',
      mime: 'image/png',
      bytes: 1,
      width: 1,
      height: 1,
      blob: 'aa/x',
      previewBlob: null,
      previewMime: null,
    })
    updateProfile(home, {
      displayName: 'Ana & Co',
      note: 'I <3 ferries',
      fields: [{ name: 'Site', value: 'https://ana.example' }],
      avatarMediaId: picture.id,
      locked: true,
      attributionDomains: ['https://Blog.example/ana', 'not a site'],
    })
    const answer = await home.get('/users/ana')
    expect(answer.headers).toMatchObject({
      'content-type': 'application/activity+json; charset=utf-8',
      vary: 'Accept, Signature',
      'cache-control': 'public, max-age=180',
    })
    const actor = answer.json<Record<string, unknown>>()
    expect(actor['@context']).toEqual(expect.arrayContaining(['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1']))
    expect(actor).toMatchObject({
      id: ANA,
      type: 'Person',
      preferredUsername: 'ana',
      name: 'Ana & Co',
      summary: '<p>I &lt;3 ferries</p>',
      url: `${ORIGIN}/@ana`,
      inbox: `${ANA}/inbox`,
      outbox: `${ANA}/outbox`,
      followers: `${ANA}/followers`,
      following: `${ANA}/following`,
      featured: `${ANA}/collections/featured`,
      featuredTags: `${ANA}/collections/tags`,
      endpoints: { sharedInbox: `${ORIGIN}/inbox` },
      manuallyApprovesFollowers: true,
      discoverable: true,
      indexable: false,
      attributionDomains: ['blog.example'],
      webfinger: 'acct:ana@ana.example',
      icon: { type: 'Image', mediaType: 'image/png', url: `${ORIGIN}/media/${picture.token}/original.png` },
      attachment: [{ type: 'PropertyValue', name: 'Site', value: expect.stringContaining('href="https://ana.example"') }],
      publicKey: { id: `${ANA}#main-key`, owner: ANA, publicKeyPem: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----/) },
      assertionMethod: [{ id: `${ANA}#ed25519-key`, type: 'Multikey', controller: ANA }],
    })
    expect(answer.text).not.toContain('PRIVATE')
  })

  test.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
    ['text/html', true],
    ['text/html;q=0.8, application/activity+json;q=0.5', true],
    ['text/html, application/activity+json', true],
    ['application/activity+json, text/html', false],
    ['text/html;q=0.1, application/ld+json; profile="https://www.w3.org/ns/activitystreams"', false],
    ['application/activity+json, application/ld+json', false],
    ['application/json', false],
    ['*/*', false],
    ['', false],
    [undefined, false],
    ['text/html;q=0', false],
    ['text/html;q=nonsense', true],
  ])('%s wants the page: %s', (accept, page) => {
    expect(wantsPage(accept)).toBe(page)
  })

  test('browsers are sent to the page, programs never off the address', async () => {
    const home = await openInstance()
    const post = await written(home, 'public')
    const html = { headers: { accept: 'text/html' } }
    expect(await home.get('/users/ana', html)).toMatchObject({
      status: 303,
      headers: { location: `${ORIGIN}/@ana`, vary: 'Accept, Signature' },
    })
    expect(await home.get(post.path, html)).toMatchObject({ status: 303, headers: { location: `${ORIGIN}/@ana/${post.id}` } })
    expect((await home.get('/users/ana', { headers: {} })).status).toBe(200)
  })

  test('HEAD answers as GET does, without a body', async () => {
    const home = await openInstance()
    const post = await written(home, 'public')
    for (const path of ['/users/ana', '/actor', post.path, '/users/ana/outbox', '/.well-known/webfinger?resource=acct:ana@ana.example']) {
      const [head, get] = [await home.get(path, { method: 'HEAD', headers: { accept: 'application/activity+json' } }), await home.get(path)]
      expect(head).toMatchObject({ status: 200, text: '' })
      expect(head.headers['content-type']).toBe(get.headers['content-type'])
    }
  })

  test('there is no other', async () => {
    const home = await openInstance()
    for (const path of [
      '/users/eve',
      '/users/eve/outbox',
      '/users/eve/followers',
      '/users/eve/statuses/1',
      '/users/eve/collections/featured',
    ]) {
      expect((await home.get(path)).status).toBe(404)
    }
    expect((await home.get('/users/ana/inbox')).status).toBe(404)
  })
})

describe('posts', () => {
  test('public and unlisted ones are there for everybody, with their Create', async () => {
    const home = await openInstance()
    for (const visibility of ['public', 'unlisted'] as const) {
      const post = await written(home, visibility)
      const answer = await home.get(post.path)
      expect(answer).toMatchObject({
        status: 200,
        headers: { 'content-type': 'application/activity+json; charset=utf-8', 'cache-control': 'public, max-age=180' },
      })
      expect(answer.json()).toMatchObject({
        id: ORIGIN + post.path,
        type: 'Note',
        attributedTo: ANA,
        content: `<p>A ${visibility} post</p>`,
      })
      expect((await home.get(`${post.path}/activity`)).json()).toMatchObject({
        id: `${ORIGIN}${post.path}/activity`,
        type: 'Create',
        object: { id: ORIGIN + post.path },
      })
    }
  })

  test(rule(18) + ' hidden, wet and absent ones look exactly the same', async () => {
    const home = await openInstance()
    const hidden = [await written(home, 'private'), await written(home, 'direct')]
    const wet = writePost(home, { text: 'wet', visibility: 'public' }).post
    const paths = [
      ...hidden.map((post) => post.path),
      `/users/ana/statuses/${wet.id}`,
      '/users/ana/statuses/1',
      '/users/ana/statuses/x',
      '/users/ana/statuses/99999999999999999999',
    ]
    for (const tail of ['', '/activity', '/replies', '/likes', '/shares']) {
      const answers = await Promise.all(paths.map((path) => home.get(path + tail)))
      const seen = answers.map(({ status, text, headers: { date: _date, ...headers } }) => JSON.stringify({ status, text, headers }))
      expect(new Set(seen).size, tail).toBe(1)
      expect(answers[0]?.status).toBe(404)
    }
  })

  test(rule(18) + ' nor does a fetch of the reader’s key tell them apart', async () => {
    const home = await openInstance()
    const evil = remoteServer('evil.example')
    const hidden = await written(home, 'private')
    for (const [name, path] of [
      ['one', hidden.path],
      ['two', '/users/ana/statuses/1'],
    ] as const) {
      const reader = evil.actor(name)
      expect((await home.get(path, asks(reader, path, home))).status).toBe(404)
      expect(evil.count(`/users/${name}`)).toBe(1)
    }
  })

  test('for followers: a follower who signs gets it, nobody’s cache does', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const [bo, cy] = [mo.actor('bo'), mo.actor('cyn')]
    await followedBy(home, bo)
    await following(home, cy)
    const post = await written(home, 'private')
    expect(await home.get(post.path, asks(bo, post.path, home))).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'private, no-store' },
    })
    expect((await home.get(`${post.path}/activity`, asks(bo, `${post.path}/activity`, home))).status).toBe(200)
    expect((await home.get(post.path, asks(cy, post.path, home))).status).toBe(404)
    const direct = await written(home, 'direct', 'for nobody')
    expect((await home.get(direct.path, asks(bo, direct.path, home))).status).toBe(404)
    // A signature for another path, and one with another key, are none.
    expect((await home.get(post.path, asks(bo, '/users/ana', home))).status).toBe(404)
    expect(
      (
        await home.get(
          post.path,
          asks({ ...bo, key: cy.key === bo.key ? mo.actor('another').key : cy.key } as RemoteActor, post.path, home),
        )
      ).status,
    ).toBe(404)
  })

  test('for one person: that person may read it', async () => {
    const home = await openInstance()
    const bo = remoteServer('mo.example').actor('bo')
    await knowing(home, bo)
    const direct = await written(home, 'direct', 'for @bo@mo.example')
    expect((await home.get(direct.path, asks(bo, direct.path, home))).json()).toMatchObject({ to: [bo.id], cc: [] })
  })

  test('deleted ones are a Tombstone', async () => {
    const home = await openInstance()
    const post = await written(home, 'public')
    deletePost(home, post.id)
    const answer = await home.get(post.path)
    expect(answer.status).toBe(410)
    expect(answer.json()).toMatchObject({
      id: ORIGIN + post.path,
      type: 'Tombstone',
      formerType: 'Note',
      deleted: expect.stringMatching(/Z$/),
    })
  })

  test(rule(18) + ' deleted ones that were not for everybody are as if they had never been', async () => {
    const home = await openInstance()
    const post = await written(home, 'private')
    deletePost(home, post.id)
    const [dead, absent] = [await home.get(post.path), await home.get('/users/ana/statuses/1')]
    expect([dead.status, dead.text]).toEqual([absent.status, absent.text])
  })

  test('likes and shares are numbers; replies are addresses of what everybody may see', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    await following(home, bo)
    const post = await written(home, 'public')
    const uri = ORIGIN + post.path
    await home.takes(bo, bo.activity('Like', uri))
    await home.takes(bo, bo.activity('Announce', uri, { to: [PUBLIC] }))
    const open = bo.create({ inReplyTo: uri })
    await home.takes(bo, open)
    await home.takes(bo, bo.create({ inReplyTo: uri, to: [ANA], cc: [] }))
    expect((await home.get(`${post.path}/likes`)).json()).toMatchObject({ id: `${uri}/likes`, type: 'Collection', totalItems: 1 })
    expect((await home.get(`${post.path}/shares`)).json()).toMatchObject({ totalItems: 1 })
    const { first } = (await home.get(`${post.path}/replies`)).json<{ first: { next: string } }>()
    expect((await home.get(new URL(first.next).pathname + new URL(first.next).search)).json()).toMatchObject({
      id: first.next,
      partOf: `${uri}/replies`,
      items: [(open.object as { id: string }).id],
    })
  })
})

describe('collections', () => {
  const pageAt = async (home: Instance, url: string) =>
    (await home.get(url.slice(ORIGIN.length))).json<{
      id: string
      orderedItems: { id: string; type: string; object: unknown }[]
      next?: string
      prev?: string
      partOf: string
    }>()

  test(rule(18) + ' the outbox holds what everybody may see and has left, in pages that meet', async () => {
    const home = await openInstance()
    const bo = remoteServer('mo.example').actor('bo')
    await following(home, bo)
    await home.takes(bo, bo.create())
    const ids: number[] = []
    for (let i = 0; i < 45; i++) {
      home.clock.at += 1000
      const post = await written(home, i % 2 ? 'public' : 'unlisted', `Number ${i}`)
      ids.unshift(post.id)
      if (i % 15 === 0) await written(home, i % 2 ? 'private' : 'direct', 'hidden')
    }
    boostPost(home, home.one<{ id: number }>('select id from posts where own = 0').id)
    await home.leave()
    writePost(home, { text: 'wet', visibility: 'public' })
    const outbox = (await home.get('/users/ana/outbox')).json<{ type: string; totalItems: number; first: string }>()
    expect(outbox.type).toBe('OrderedCollection')
    const seen: string[] = []
    let url: string | undefined = outbox.first
    let pages = 0
    while (url) {
      const page: Awaited<ReturnType<typeof pageAt>> = await pageAt(home, url)
      expect(page.id).toBe(url)
      expect(page.partOf).toBe(`${ANA}/outbox`)
      seen.push(...page.orderedItems.map((item) => (item.type === 'Announce' ? 'boost' : item.id)))
      url = page.next
      if (++pages > 10) throw new Error('the pages do not end')
    }
    expect(seen).toEqual(['boost', ...ids.map((id) => `${ANA}/statuses/${id}/activity`)])
    const second = await pageAt(home, (await pageAt(home, outbox.first)).next as string)
    expect((await pageAt(home, second.prev as string)).orderedItems.at(-1)?.id).toBe(seen[19] === 'boost' ? undefined : seen[19])
  })

  test('followers and following: counts, then pages of addresses; pinned and tags are empty', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const people = Array.from({ length: 23 }, (_, i) => mo.actor(`p${i}`))
    for (const one of people) await followedBy(home, one)
    await following(home, people[0] as RemoteActor)
    const followers = (await home.get('/users/ana/followers')).json<{ totalItems: number; first: string; orderedItems?: unknown }>()
    expect(followers).toMatchObject({ totalItems: 23, first: `${ANA}/followers?page=true` })
    const first = await pageAt(home, followers.first)
    const second = await pageAt(home, first.next as string)
    expect([...first.orderedItems, ...second.orderedItems].sort()).toEqual(people.map((one) => one.id).sort())
    expect(second.next).toBeUndefined()
    expect((await home.get('/users/ana/following')).json()).toMatchObject({ totalItems: 1 })
    expect((await home.get('/users/ana/collections/featured')).json()).toMatchObject({
      id: `${ANA}/collections/featured`,
      totalItems: 0,
      orderedItems: [],
    })
    expect((await home.get('/users/ana/collections/tags')).json()).toMatchObject({ totalItems: 0, items: [] })
  })

  test('cursors that are none are left out', async () => {
    const home = await openInstance()
    for (const query of ['?page=true&max_id=x', '?page=true&max_id=1&max_id=2', '?page=true&min_id=-1']) {
      expect((await home.get(`/users/ana/outbox${query}`)).json()).toMatchObject({ id: `${ANA}/outbox?page=true`, orderedItems: [] })
    }
  })
})
