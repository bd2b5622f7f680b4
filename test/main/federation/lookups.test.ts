/** Looking people and posts up: signed, proven by WebFinger, believed only from their origin. */
import { describe, expect, test } from 'vitest'
import { accountById, accountByUri } from '../../../src-main/domain/accounts.ts'
import { parseSignature } from '../../../src-main/signatures/index.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, followedBy, HOUR, openInstance, ORIGIN } from './instance.ts'
import { remoteServer, world } from './world.ts'

async function scene() {
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  return { home, mo, bo: mo.actor('bo'), resolver: home.federation.resolver }
}
const handle = (home: Awaited<ReturnType<typeof scene>>['home'], id: number | null) => {
  const account = id === null ? null : accountById(home, id)
  return account && `${account.username}@${account.domain}`
}

describe('a handle', () => {
  test('leads to its actor by WebFinger; the second time nobody is asked', async () => {
    const { home, mo, bo, resolver } = await scene()
    const id = await resolver.account('Bo@MO.example')
    expect(accountById(home, id as number)).toMatchObject({ uri: bo.id, username: 'bo', domain: 'mo.example', displayName: 'Bo' })
    const asked = mo.asked.length
    expect(await resolver.account('bo@mo.example')).toBe(id)
    expect(mo.asked.length).toBe(asked)
  })

  test('of the owner, with and without the host, needs nobody', async () => {
    const { home, resolver } = await scene()
    const owner = home.one<{ id: number }>('select id from accounts where own = 1').id
    for (const name of ['ana', '@ana', 'ana@ana.example', 'ANA@Ana.Example']) expect(await resolver.account(name)).toBe(owner)
  })

  test('nobody has is null; a server that is away is said so', async () => {
    const { mo, resolver } = await scene()
    expect(await resolver.account('nobody@mo.example')).toBeNull()
    mo.answer((_request, response): boolean => {
      response.writeHead(500).end()
      return true
    })
    await expect(resolver.account('cy@mo.example')).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('somebody known stays known while their server is away', async () => {
    const { home, mo, resolver } = await scene()
    const id = await resolver.account('bo@mo.example')
    home.clock.at += 48 * HOUR
    mo.answer((_request, response): boolean => {
      response.writeHead(500).end()
      return true
    })
    expect(await resolver.account('bo@mo.example')).toBe(id)
  })

  test('on a domain of its own: both sides agree (split domains)', async () => {
    const { home, mo, bo, resolver } = await scene()
    const short = remoteServer('other.example')
    short.finger('bo@other.example', { self: bo.id })
    mo.finger('bo@mo.example', { subject: 'acct:bo@other.example', self: bo.id })
    expect(handle(home, await resolver.account('bo@other.example'))).toBe('bo@other.example')
    expect(handle(home, await resolver.account('bo@mo.example'))).toBe('bo@other.example')
  })

  test('known by no other host than the one the actor names (FEP-2c59)', async () => {
    const { home, mo, bo, resolver } = await scene()
    mo.finger('bo@mo.example', null)
    remoteServer('other.example').finger('bo@other.example', { self: bo.id })
    bo.document.webfinger = 'acct:bo@other.example'
    expect(handle(home, await resolver.account('bo@other.example'))).toBe('bo@other.example')
  })

  test(rule(9) + ' a domain that does not agree lends no name', async () => {
    const { home, mo, bo, resolver } = await scene()
    const victim = remoteServer('bob.example')
    victim.actor('bo')
    mo.finger('bo@mo.example', { subject: 'acct:bo@bob.example', self: bo.id })
    expect(handle(home, await resolver.account('bo@mo.example'))).toBe('bo@mo.example')
  })

  test(rule(9) + ' a host may not call somebody elsewhere its own', async () => {
    const { bo, home, resolver } = await scene()
    const evil = remoteServer('evil.example')
    evil.finger('friend@evil.example', { self: bo.id })
    expect(await resolver.account('friend@evil.example')).toBeNull()
    expect(accountByUri(home, bo.id)?.username).toBe('bo')
  })

  test(rule(9) + ' an actor whose handle leads elsewhere is not stored', async () => {
    const { home, mo, bo, resolver } = await scene()
    const liar = mo.actor('liar', { preferredUsername: 'bo' })
    expect(await resolver.url(liar.id)).toBeNull()
    expect(await resolver.url(bo.id)).not.toBeNull()
    expect(home.rows('accounts', 'own = 0')).toBe(1)
  })

  test(rule(9) + ' direction marks go from names, and names that are none are refused', async () => {
    const { home, mo, bo, resolver } = await scene()
    bo.document.name = '\u202eoB\u200b evil'
    expect(accountById(home, (await resolver.account('bo@mo.example')) as number)?.displayName).toBe('oB evil')
    const odd = mo.actor('odd', { preferredUsername: 'a\u202eb' })
    expect(await resolver.url(odd.id)).toBeNull()
  })
})

describe('an address', () => {
  test('of a profile, by its id and by its page', async () => {
    const { mo, bo, resolver } = await scene()
    mo.answer((request, response): boolean => {
      if (request.path !== '/@bo') return false
      response.writeHead(302, { location: '/users/bo' }).end()
      return true
    })
    const found = await resolver.url(`${mo.origin}/@bo`)
    expect(found?.kind).toBe('account')
    expect(await resolver.url(bo.id)).toEqual(found)
  })

  test('of a post, with its author and what it answers', async () => {
    const { home, mo, bo, resolver } = await scene()
    const parent = bo.note()
    const said = bo.note({ inReplyTo: parent.id })
    mo.serve(new URL(parent.id).pathname, parent)
    mo.serve(new URL(said.id).pathname, said)
    const found = await resolver.url(said.id)
    expect(found?.kind).toBe('post')
    await home.federation.settled()
    expect(home.rows('posts')).toBe(2)
    expect(home.rows('home')).toBe(0)
    expect(await resolver.url(said.id)).toEqual(found)
  })

  test('of ours needs nobody', async () => {
    const { home, resolver } = await scene()
    const owner = home.one<{ id: number }>('select id from accounts where own = 1').id
    for (const url of [ANA, `${ORIGIN}/@ana`]) expect(await resolver.url(url)).toEqual({ kind: 'account', id: owner })
    for (const url of [`${ANA}/statuses/12`, `${ORIGIN}/tags/%ZZ`, `${ORIGIN}/nothing`]) expect(await resolver.url(url)).toBeNull()
  })

  test('that is a page, or nothing, is null', async () => {
    const { mo, resolver } = await scene()
    mo.serve('/page', {}, 'text/html')
    expect(await resolver.url(`${mo.origin}/page`)).toBeNull()
    expect(await resolver.url(`${mo.origin}/nothing`)).toBeNull()
  })

  test(rule(3) + ' a document that says it lives elsewhere is asked for there, on the same host only', async () => {
    const { home, mo, resolver } = await scene()
    const evil = remoteServer('evil.example')
    const bo = accountByUri(home, 'none')
    expect(bo).toBeNull()
    evil.serve('/alias', mo.actor('cy').document)
    expect(await resolver.url('https://evil.example/alias')).toBeNull()
    mo.serve('/alias', mo.actor('cy').document)
    expect((await resolver.url('https://mo.example/alias'))?.kind).toBe('account')
    mo.serve('/circle', { ...mo.actor('dy').document, id: 'https://mo.example/elsewhere' })
    expect(await resolver.url('https://mo.example/circle')).toBeNull()
  })

  test(rule(21) + ' a redirect into a private network is not followed', async () => {
    const { mo, resolver } = await scene()
    mo.answer((request, response): boolean => {
      if (request.path !== '/go') return false
      response.writeHead(302, { location: 'https://127.0.0.1/users/bo' }).end()
      return true
    })
    expect(await resolver.url(`${mo.origin}/go`)).toBeNull()
  })
})

describe('asking signed', () => {
  test('as the instance, whose key is readable unsigned', async () => {
    const { home, mo, resolver } = await scene()
    await resolver.url('https://mo.example/users/bo')
    const headers = mo.headers[0] as Record<string, string>
    const parsed = parseSignature({
      method: 'GET',
      target: '/users/bo',
      headers,
      rawBody: Buffer.alloc(0),
      authority: 'mo.example',
      scheme: 'https',
    })
    expect(parsed).toMatchObject({ ok: true, scheme: 'cavage', keyId: `${ORIGIN}/actor#main-key` })
    expect(headers.accept).toBe('application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"')
    expect((await home.get('/actor')).json()).toMatchObject({
      id: `${ORIGIN}/actor`,
      type: 'Application',
      publicKey: { id: `${ORIGIN}/actor#main-key` },
    })
  })

  test('and refused: once more without the query, then by RFC 9421, then not again', async () => {
    const { mo, bo, resolver } = await scene()
    const kinds: string[] = []
    mo.answer((request, response): boolean => {
      if (!request.path.startsWith('/notes')) return false
      kinds.push(request.headers['signature-input'] ? 'rfc9421' : 'cavage')
      if (kinds.length < 3) response.writeHead(401).end()
      return kinds.length < 3
    })
    mo.serve('/notes?id=1', bo.note({ id: 'https://mo.example/notes?id=1' }))
    expect((await resolver.url('https://mo.example/notes?id=1'))?.kind).toBe('post')
    expect(kinds).toEqual(['cavage', 'cavage', 'rfc9421'])
    const never: string[] = []
    mo.answer((request, response): boolean => {
      if (!request.path.startsWith('/secret')) return false
      never.push(request.path)
      response.writeHead(401).end()
      return true
    })
    expect(await resolver.url('https://mo.example/secret?x=1')).toBeNull()
    expect(await resolver.url('https://mo.example/secret')).toBeNull()
    expect(never.length).toBe(5)
  })

  test(rule(28) + ' one look-up makes ten requests at most', async () => {
    const { mo, resolver } = await scene()
    mo.answer((request, response): boolean => {
      if (!request.path.startsWith('/deep')) return false
      response.writeHead(401).end()
      return true
    })
    await resolver.url('https://mo.example/deep?x').catch(() => null)
    expect(mo.asked.length).toBeLessThanOrEqual(10)
  })
})

describe('an actor’s document', () => {
  test(rule(41) + ' an inbox on somebody else’s host is not an inbox of theirs', async () => {
    const { resolver, mo } = await scene()
    const evil = remoteServer('evil.example')
    const eve = evil.actor('eve', { inbox: `${mo.origin}/users/bo/inbox` })
    expect(await resolver.url(eve.id)).toBeNull()
  })

  test(rule(41) + ' a shared inbox elsewhere is left out; on the same domain it is used', async () => {
    const { home, resolver } = await scene()
    const host = remoteServer('www.peers.example')
    const eve = host.actor('eve', { endpoints: { sharedInbox: 'https://mo.example/inbox' } })
    const cy = host.actor('cyn', { endpoints: { sharedInbox: 'https://ap.peers.example/inbox' } })
    await resolver.url(eve.id)
    await resolver.url(cy.id)
    expect(accountByUri(home, eve.id)?.sharedInbox).toBeNull()
    expect(accountByUri(home, cy.id)?.sharedInbox).toBe('https://ap.peers.example/inbox')
  })

  test('lists where single values are meant, and the other way round', async () => {
    const { home, mo, resolver } = await scene()
    const odd = mo.actor('odd', {
      type: ['Person'],
      publicKey: [mo.actor('odd').document.publicKey],
      icon: [{ type: 'Image', mediaType: 'image/png', url: [{ type: 'Link', href: 'https://mo.example/a.png' }] }],
      attachment: {
        type: 'PropertyValue',
        name: 'Site <b>x</b>',
        value: '<a href="javascript:alert(1)">x</a><a href="https://mo.example">y</a>',
      },
      summary: '<p>Hi<script>x</script></p>',
      url: [{ type: 'Link', mediaType: 'text/html', href: 'https://mo.example/@odd' }],
    })
    await resolver.url(odd.id)
    const account = accountByUri(home, odd.id)
    expect(account).toMatchObject({ note: '<p>Hi</p>', url: 'https://mo.example/@odd', avatar: { remoteUrl: 'https://mo.example/a.png' } })
    expect(account?.fields[0]).toMatchObject({ name: 'Site x' })
    expect(account?.fields[0]?.value).not.toContain('javascript')
    expect(home.rows('keys', `account_uri = '${odd.id}'`)).toBe(1)
  })

  test('is fetched anew in the background when it is old, once', async () => {
    const { home, mo, bo, resolver } = await scene()
    const id = await followedBy(home, bo)
    mo.asked.splice(0)
    resolver.refresh(id)
    expect(mo.asked).toEqual([])
    home.clock.at += 25 * HOUR
    bo.document.name = 'Bo, later'
    resolver.refresh(id)
    resolver.refresh(id)
    await expect.poll(() => accountById(home, id)?.displayName).toBe('Bo, later')
    expect(mo.count('/users/bo')).toBe(1)
    expect(world.now()).toBe(home.clock.at)
  })
})

describe('a relay', () => {
  async function withRelay(change: Record<string, unknown> = {}) {
    const { home, resolver } = await scene()
    const relay = remoteServer('other.example')
    const actor = relay.actor('relay', { type: 'Application', inbox: 'https://other.example/inbox', ...change })
    relay.serve('/actor', () => ({ ...actor.document, id: 'https://other.example/actor' }))
    return { home, resolver, relay }
  }
  const uri = 'https://other.example/actor'
  const inbox = 'https://other.example/inbox'

  test('is known by its inbox, by its actor, or by its host', async () => {
    const { resolver } = await withRelay()
    expect(await resolver.relay(inbox)).toEqual({ flavour: 'mastodon', actorUri: uri, inbox })
    expect(await resolver.relay(uri)).toEqual({ flavour: 'litepub', actorUri: uri, inbox })
    expect(await resolver.relay(' other.example ')).toEqual({ flavour: 'litepub', actorUri: uri, inbox })
  })

  test('that is none is invalid; one that is away is said so', async () => {
    const { resolver, relay } = await withRelay({ inbox: 'https://evil.example/inbox', endpoints: {} })
    // Its mail would go to somebody else: a subscription is no weapon (rule 41).
    for (const address of [
      'https://other.example/users/nobody',
      uri,
      inbox,
      'https://',
      'ftp://other.example/inbox',
      'https://a:b@other.example/inbox',
    ]) {
      await expect(resolver.relay(address)).rejects.toMatchObject({ code: 'invalid', reason: 'no-relay' })
    }
    relay.answer((_request, response): boolean => {
      response.writeHead(503).end()
      return true
    })
    await expect(resolver.relay(uri)).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('another self of the owner', () => {
  test('is one that names us, asked afresh', async () => {
    const { home, mo, bo, resolver } = await scene()
    const id = await resolver.account('bo@mo.example')
    expect(await resolver.aliasOf('@bo@mo.example')).toEqual({ accountId: id, namesUs: false })
    bo.document.alsoKnownAs = ['https://other.example/users/ana', ANA]
    expect(await resolver.aliasOf('bo@mo.example')).toEqual({ accountId: id, namesUs: true })
    expect(await resolver.aliasOf('nobody@mo.example')).toBeNull()
    expect(await resolver.aliasOf(`ana@${new URL(ORIGIN).host}`)).toBeNull()
    mo.answer((_request, response): boolean => {
      response.writeHead(500).end()
      return true
    })
    await expect(resolver.aliasOf('bo@mo.example')).rejects.toMatchObject({ code: 'unavailable' })
    expect(home.rows('accounts')).toBe(2)
  })
})

describe('with one way of signing alone (--signatures)', () => {
  for (const [signatures, header] of [
    ['cavage', 'signature'],
    ['rfc9421', 'signature-input'],
  ] as const) {
    test(`${signatures} is used, and nobody is asked twice`, async () => {
      const home = await openInstance({ signatures })
      const mo = remoteServer('mo.example')
      mo.actor('bo')
      mo.answer((request, response): boolean => {
        if (!request.path.startsWith('/users/')) return false
        response.writeHead(401, { 'accept-signature': 'sig1=("@method")' }).end()
        return true
      })
      expect(await home.federation.resolver.account('bo@mo.example')).toBeNull()
      const asked = mo.asked.flatMap((one, index) => (one.includes('/users/') ? [mo.headers[index]] : []))
      expect(asked.length).toBe(1)
      expect(asked[0]?.[header]).toBeDefined()
      expect(asked[0]?.['signature-input'] !== undefined).toBe(signatures === 'rfc9421')
    })
  }
})
