/** What comes under another's signature, through relays and through communities; and how much of it at once. */
import { createHash, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { block } from '../../../src-main/domain/follows.ts'
import { postByUri, writePost } from '../../../src-main/domain/posts.ts'
import { addRelay, relays } from '../../../src-main/domain/relays.ts'
import { KEPT_BYTES } from '../../../src-main/federation/backlog.ts'
import { domainOf, openBuckets } from '../../../src-main/federation/buckets.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, following, HOUR, knowing, MINUTE, NOON, openInstance, ORIGIN } from './instance.ts'
import { PUBLIC, remoteServer } from './world.ts'
import type { Instance } from './instance.ts'
import type { RemoteActor, RemoteServer } from './world.ts'

async function scene() {
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  const other = remoteServer('other.example')
  const evil = remoteServer('evil.example')
  const bo = mo.actor('bo')
  const boId = await following(home, bo)
  const al = other.actor('al')
  for (const server of [mo, other, evil]) server.asked.splice(0)
  return { home, mo, other, evil, bo, boId, al, eve: evil.actor('eve') }
}
type Scene = Awaited<ReturnType<typeof scene>>

const serve = (server: RemoteServer, document: Record<string, unknown> & { id: string }) =>
  server.serve(new URL(document.id).pathname, document)
const content = (home: Instance, uri: string) => postByUri(home, uri)?.content ?? null

/** A post of bo's that is here, and al's answer to it, which is not. */
async function thread({ home, other, bo, al }: Scene) {
  const create = bo.create()
  await home.takes(bo, create)
  const answer = al.note({ inReplyTo: (create.object as { id: string }).id, content: '<p>true</p>' })
  serve(other, answer)
  return { answer, forwarded: al.activity('Create', { ...answer, content: '<p>forged</p>' }) }
}

describe('forwarded', () => {
  test(`${rule(8)} an answer passed on by the server of the post it answers is looked up; the body counts for nothing`, async () => {
    const parts = await scene()
    const { answer, forwarded } = await thread(parts)
    const signed = { ...forwarded, signature: { type: 'RsaSignature2017', creator: parts.al.keyId, signatureValue: 'bm8=' } }
    expect((await parts.home.takes(parts.bo, signed)).status).toBe(202)
    expect(content(parts.home, answer.id)).toBe('<p>true</p>')
  })

  test(`${rule(15)} does not make its author’s own delivery look like a repeat`, async () => {
    const parts = await scene()
    const { answer } = await thread(parts)
    const create = parts.al.activity('Create', { ...answer, to: [ANA, PUBLIC] })
    parts.other.serve(new URL(answer.id).pathname, null)
    await parts.home.takes(parts.bo, create)
    expect(content(parts.home, answer.id)).toBeNull()
    await parts.home.takes(parts.al, create)
    expect(content(parts.home, answer.id)).toBe('<p>true</p>')
  })

  test(`${rule(8)} an edit is what its own server says now`, async () => {
    const parts = await scene()
    const { answer, forwarded } = await thread(parts)
    await parts.home.takes(parts.bo, forwarded)
    parts.home.clock.at += MINUTE
    const updated = new Date(parts.home.clock.at).toISOString()
    const edit = parts.al.activity('Update', { ...answer, content: '<p>forged</p>', updated })
    await parts.home.takes(parts.bo, edit)
    expect(content(parts.home, answer.id)).toBe('<p>true</p>')
    serve(parts.other, { ...answer, content: '<p>edited</p>', updated })
    await parts.home.takes(parts.bo, { ...edit, id: `${String(edit.id)}-2` })
    expect(content(parts.home, answer.id)).toBe('<p>edited</p>')
  })

  test(`${rule(6)} a Delete counts when its own server says so: 410 at once, 404 twice, a day apart`, async () => {
    const parts = await scene()
    const { home, bo, al, other } = parts
    const { answer, forwarded } = await thread(parts)
    await home.takes(bo, forwarded)
    const remove = () => al.activity('Delete', { id: answer.id, type: 'Tombstone' })
    await home.takes(bo, remove())
    expect(content(home, answer.id)).toBe('<p>true</p>')
    other.serve(new URL(answer.id).pathname, null)
    await home.takes(bo, remove())
    expect(content(home, answer.id)).toBe('<p>true</p>')
    home.clock.at += 25 * HOUR
    await home.takes(bo, remove())
    expect(content(home, answer.id)).toBeNull()
  })

  test(`${rule(6)} a post for followers, which its server shows nobody else, is not gone because of that`, async () => {
    const { home, mo, bo, eve } = await scene()
    const note = bo.note({ to: [`${bo.id}/followers`], cc: [] })
    await home.takes(bo, bo.activity('Create', note))
    expect(content(home, note.id)).not.toBeNull()
    mo.serve(new URL(note.id).pathname, null)
    for (let day = 0; day < 3; day++) {
      await home.takes(eve, bo.activity('Delete', { id: note.id, type: 'Tombstone' }))
      home.clock.at += 25 * HOUR
    }
    expect(content(home, note.id)).not.toBeNull()
  })

  test(`${rule(6)} a server that knows nobody just now, not even the author, has deleted nothing`, async () => {
    const parts = await scene()
    const { home, bo, al, other } = parts
    const { answer, forwarded } = await thread(parts)
    await home.takes(bo, forwarded)
    other.serve(new URL(answer.id).pathname, null)
    other.serve(new URL(al.id).pathname, null)
    for (let day = 0; day < 3; day++) {
      await home.takes(bo, al.activity('Delete', { id: answer.id, type: 'Tombstone' }))
      home.clock.at += 25 * HOUR
    }
    expect(content(home, answer.id)).toBe('<p>true</p>')
  })

  test('a Tombstone at its address is its server’s word', async () => {
    const parts = await scene()
    const { answer, forwarded } = await thread(parts)
    await parts.home.takes(parts.bo, forwarded)
    serve(parts.other, { id: answer.id, type: 'Tombstone' })
    await parts.home.takes(parts.bo, parts.al.activity('Delete', answer.id))
    expect(content(parts.home, answer.id)).toBeNull()
  })

  test(`${rule(28)} what is nothing to the owner is not looked up, whoever passes it on`, async () => {
    const { home, other, evil, al, eve, bo } = await scene()
    serve(other, al.note({ id: `${al.id}/statuses/stray` }))
    const stray = () => al.activity('Create', al.note({ id: `${al.id}/statuses/stray` }))
    expect((await home.takes(eve, stray())).status).toBe(202)
    await home.takes(eve, al.activity('Delete', `${al.id}/statuses/stray`))
    await home.takes(eve, al.activity('Update', al.note({ id: `${al.id}/statuses/stray` })))
    expect(other.asked).toEqual([])
    expect(evil.asked).toEqual(['GET /users/eve'])
    expect(home.rows('posts')).toBe(0)
    // Somebody followed may make us ask, but what is found must concern the owner all the same.
    await home.takes(bo, stray())
    expect(home.rows('posts')).toBe(0)
  })

  test.each(['Follow', 'Like', 'Undo', 'Accept', 'Block', 'Move', 'Announce', 'Add', 'Flag'])(
    `${rule(1)} a %s under another’s signature is refused`,
    async (type) => {
      const { home, bo, al } = await scene()
      const { post } = writePost(home, { text: 'Mine', visibility: 'public' })
      await home.leave()
      const before = home.picture()
      expect((await home.deliver(bo, al.activity(type, `${ANA}/statuses/${post.id}`))).status).toBe(401)
      expect(home.picture()).toBe(before)
    },
  )

  test(`${rule(16)} by or of somebody blocked: nothing`, async () => {
    const parts = await scene()
    const { answer, forwarded } = await thread(parts)
    block(parts.home, await knowing(parts.home, parts.al))
    await parts.home.takes(parts.bo, forwarded)
    expect(content(parts.home, answer.id)).toBeNull()
    const second = await scene()
    const again = await thread(second)
    block(second.home, second.boId)
    await second.home.takes(second.bo, again.forwarded)
    expect(content(second.home, again.answer.id)).toBeNull()
  })

  test('kept while the signer’s server is away, and judged when it is back', async () => {
    const { home, mo, other, al } = await scene()
    const cy = mo.actor('cy')
    let away = true
    mo.answer((_request, response) => {
      if (away) response.writeHead(503).end()
      return away
    })
    const { post } = writePost(home, { text: 'Mine', visibility: 'public' })
    await home.leave()
    const answer = al.note({ inReplyTo: `${ANA}/statuses/${post.id}` })
    serve(other, answer)
    expect((await home.takes(cy, al.activity('Create', answer))).status).toBe(202)
    expect(content(home, answer.id)).toBeNull()
    away = false
    await home.pass(2 * MINUTE)
    expect(content(home, answer.id)).not.toBeNull()
  })
})

describe('relays', () => {
  async function relayed(flavour: 'mastodon' | 'litepub' = 'mastodon') {
    const parts = await scene()
    const host = remoteServer('relay.peers.example')
    const relay = host.actor('relay', { type: 'Application' })
    const { id } = addRelay(parts.home, {
      address: relay.inbox,
      flavour,
      actorUri: flavour === 'litepub' ? relay.id : null,
      inbox: relay.inbox,
    })
    const follow = { id: `${ANA}#follows/${id}`, type: 'Follow', actor: `${ORIGIN}/actor`, object: PUBLIC }
    const accept = (yes = true) => relay.activity(yes ? 'Accept' : 'Reject', follow)
    const note = parts.al.note({ content: '<p>far away</p>', tag: [{ type: 'Hashtag', name: '#tides' }] })
    serve(parts.other, note)
    return { ...parts, relay, follow, accept, note, state: () => relays(parts.home)[0]?.state }
  }

  test.each(['mastodon', 'litepub'] as const)(
    '%s: accepted, it passes on posts, which nobody boosted and which are not at home',
    async (flavour) => {
      const { home, relay, accept, note, state } = await relayed(flavour)
      await home.takes(relay, accept())
      expect(state()).toBe('accepted')
      await home.takes(relay, relay.activity('Announce', note.id))
      expect(content(home, note.id)).toBe('<p>far away</p>')
      expect(home.rows('posts')).toBe(1)
      expect(home.rows('home')).toBe(0)
    },
  )

  test('posts of people followed are at home', async () => {
    const { home, mo, bo, relay, accept } = await relayed()
    await home.takes(relay, accept())
    const theirs = bo.note()
    serve(mo, theirs)
    await home.takes(relay, relay.activity('Announce', theirs.id))
    expect(home.rows('home')).toBe(1)
  })

  test('whole activities passed on are looked up', async () => {
    const { home, al, relay, accept, note } = await relayed()
    await home.takes(relay, accept())
    await home.takes(relay, al.activity('Create', { ...note, content: '<p>forged</p>' }))
    expect(content(home, note.id)).toBe('<p>far away</p>')
  })

  test('before its answer, and after its refusal, a relay is a stranger', async () => {
    const { home, relay, accept, note, state } = await relayed()
    await home.takes(relay, relay.activity('Announce', note.id))
    expect(home.rows('posts')).toBe(0)
    await home.takes(relay, accept(false))
    expect(state()).toBe('rejected')
    await home.takes(relay, relay.activity('Announce', note.id))
    expect(home.rows('posts')).toBe(0)
  })

  test(`${rule(13)} another server’s Accept is not the relay’s`, async () => {
    const { home, eve, follow, state } = await relayed()
    await home.takes(eve, eve.activity('Accept', follow))
    expect(state()).toBe('pending')
  })

  test(`${rule(17)} what is not for everybody is not kept`, async () => {
    const { home, other, al, relay, accept } = await relayed()
    await home.takes(relay, accept())
    const secret = al.note({ to: [al.followers], cc: [] })
    serve(other, secret)
    await home.takes(relay, relay.activity('Announce', secret.id))
    expect(home.rows('posts')).toBe(0)
  })
})

describe('communities (FEP-1b12)', () => {
  async function joined() {
    const parts = await scene()
    const lemmy = remoteServer('lemmy.peers.example')
    const group = lemmy.actor('boats', { type: 'Group' })
    await following(parts.home, group)
    const page = parts.al.note({ type: 'Page', name: 'Larch', audience: group.id, to: [group.id, PUBLIC], cc: [] })
    serve(parts.other, page)
    const announce = (inner: unknown) => parts.home.takes(group, group.activity('Announce', inner, { to: [PUBLIC] }))
    return { ...parts, lemmy, group, page, announce }
  }

  test(`${rule(5)} a member’s post is looked up where it lives, and stands at home as what the community recommends`, async () => {
    const { home, al, page, announce } = await joined()
    await announce(al.activity('Create', { ...page, name: 'forged' }))
    expect(content(home, page.id)).toContain('Larch')
    expect(postByUri(home, page.id)?.audienceUri).toBe('https://lemmy.peers.example/users/boats')
    expect(home.rows('home')).toBe(1)
    await announce(page.id)
    expect(home.rows('home')).toBe(1)
  })

  test('comments on what is here are kept, others are not asked for', async () => {
    const { home, other, al, page, announce } = await joined()
    await announce(al.activity('Create', page))
    const near = al.note({ inReplyTo: page.id })
    const far = al.note({ inReplyTo: 'https://other.example/notes/far' })
    serve(other, near)
    serve(other, far)
    await announce(al.activity('Create', near))
    await announce(al.activity('Create', far))
    expect(content(home, near.id)).not.toBeNull()
    expect(other.count(new URL(far.id).pathname)).toBe(0)
    expect(home.rows('home')).toBe(1)
  })

  test(`${rule(6)} its moderators remove what was written for it, and nothing else`, async () => {
    const { home, other, lemmy, al, page, announce } = await joined()
    const mod = lemmy.actor('mod')
    await announce(al.activity('Create', page))
    const elsewhere = al.note({ type: 'Page', name: 'Elsewhere', audience: 'https://lemmy.peers.example/users/trains' })
    serve(other, elsewhere)
    await announce(elsewhere.id)
    await announce(mod.activity('Delete', elsewhere.id, { summary: 'off topic' }))
    expect(content(home, elsewhere.id)).not.toBeNull()
    await announce(mod.activity('Delete', page.id, { summary: 'off topic' }))
    expect(content(home, page.id)).toBeNull()
  })

  test(`${rule(28)} a community nobody joined makes us ask for nothing`, async () => {
    const { home, other, eve, al, page } = await joined()
    other.asked.splice(0)
    await home.takes(eve, eve.activity('Announce', al.activity('Create', page)))
    await home.takes(eve, eve.activity('Announce', al.activity('Delete', page.id)))
    expect(other.asked).toEqual([])
    expect(home.rows('posts')).toBe(0)
  })

  test('a like of ours, passed on, is believed from its own address', async () => {
    const { home, other, al, announce } = await joined()
    const { post } = writePost(home, { text: 'Mine', visibility: 'public' })
    await home.leave()
    const mine = `${ANA}/statuses/${post.id}`
    const like = { ...al.activity('Like', mine), id: 'https://other.example/activities/like/1' }
    await announce(like)
    expect(home.one('select favourites_count as n from posts where id = ?', post.id)).toEqual({ n: 0 })
    serve(other, like)
    await announce(like)
    expect(home.one('select favourites_count as n from posts where id = ?', post.id)).toEqual({ n: 1 })
  })

  test(`${rule(16)} a like by somebody blocked, passed on, counts for nothing`, async () => {
    const { home, other, al, announce } = await joined()
    block(home, await knowing(home, al))
    const { post } = writePost(home, { text: 'Mine', visibility: 'public' })
    await home.leave()
    const like = { ...al.activity('Like', `${ANA}/statuses/${post.id}`), id: 'https://other.example/activities/like/1' }
    serve(other, like)
    await announce(like)
    expect(home.one('select favourites_count as n from posts where id = ?', post.id)).toEqual({ n: 0 })
  })
})

describe('Collection-Synchronization (FEP-8fcf)', () => {
  /** A delivery whose signature covers one header more. */
  function signed(actor: RemoteActor, body: string, header: string, at: number): Record<string, string> {
    const headers: Record<string, string> = {
      host: 'ana.example',
      date: new Date(at).toUTCString(),
      digest: `SHA-256=${createHash('sha256').update(body).digest('base64')}`,
      'collection-synchronization': header,
    }
    const lines = ['(request-target): post /inbox', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)]
    const signature = sign('sha256', Buffer.from(lines.join('\n')), actor.key).toString('base64')
    const covered = ['(request-target)', ...Object.keys(headers)].join(' ')
    return {
      ...headers,
      'content-type': 'application/activity+json',
      signature: `keyId="${actor.keyId}",algorithm="rsa-sha256",headers="${covered}",signature="${signature}"`,
    }
  }

  test('is heard when the signature covers it, and only then', async () => {
    const { home, mo, bo } = await scene()
    const list = `${bo.id}/followers_synchronization`
    const header = `collectionId="${bo.followers}", url="${list}", digest="${'0'.repeat(64)}"`
    const path = `GET ${new URL(list).pathname}`
    await home.takes(bo, bo.create(), { headers: { 'collection-synchronization': header } })
    expect(mo.asked).not.toContain(path)
    const body = JSON.stringify(bo.create())
    expect((await home.post('/inbox', body, signed(bo, body, header, home.clock.at))).status).toBe(202)
    await home.pass(0)
    expect(mo.asked).toContain(path)
  })
})

describe('how much at once', () => {
  test(`${rule(37)} a bucket delays and never lies about when`, () => {
    const buckets = openBuckets({ capacity: 3, perSecond: 2 })
    expect([1, 2, 3].map(() => buckets.take('mo.example', NOON))).toEqual([0, 0, 0])
    expect(buckets.take('mo.example', NOON)).toBe(500)
    expect(buckets.take('other.example', NOON)).toBe(0)
    expect(buckets.take('mo.example', NOON + 499)).toBeGreaterThan(0)
    expect(buckets.take('mo.example', NOON + 500)).toBe(0)
    // A clock that is put back fills nothing and breaks nothing.
    expect(buckets.take('mo.example', NOON - HOUR)).toBe(500)
  })

  test(`${rule(40)} what is remembered is bounded, and who floods just now stays known`, () => {
    const buckets = openBuckets({ capacity: 1, perSecond: 1, remembered: 100 })
    for (let n = 0; n < 10_000; n++) {
      buckets.take(`s${n}.example`, NOON + n)
      buckets.take('flood.example', NOON + n)
    }
    expect(buckets.take('flood.example', NOON + 9_999)).toBeGreaterThan(0)
  })

  test('names under one wildcard are one domain', () => {
    expect(domainOf('a.b.evil.example')).toBe('evil.example')
    expect(domainOf('evil.example:8443')).toBe('evil.example')
    expect(domainOf('bo.home.co.uk')).toBe('home.co.uk')
    expect(domainOf('localhost')).toBe('localhost')
  })

  test(`${rule(37)} a host that sends too much is told when to come again, and nothing of it is lost`, async () => {
    const { home, eve } = await scene()
    await knowing(home, eve)
    const body = (n: number) => JSON.stringify({ id: `${eve.id}#views/${n}`, type: 'View', actor: eve.id, object: ANA })
    const send = (n: number) => home.post('/inbox', body(n), eve.signed(`${ORIGIN}/inbox`, body(n)))
    const statuses = new Map<number, number>()
    let last: Awaited<ReturnType<typeof send>> | undefined
    for (let n = 0; n < 3_050; n += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, k) => send(n + k)))
      for (const answer of answers) statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      last = answers.at(-1)
    }
    expect(Object.fromEntries(statuses)).toEqual({ 202: 3_000, 429: 50 })
    expect(Number(last?.headers['retry-after'])).toBeGreaterThan(0)
    home.clock.at += 2_000
    expect((await send(9_999)).status).toBe(202)
  }, 60_000)

  test(`${rule(40)} what waits to be handled is bounded in bytes: then 503, while what needs nothing goes on`, async () => {
    const { home, bo, al } = await scene()
    home.store.database
      .prepare(
        "insert into inbound (state, host, actor, body, next_at, received_at) values ('verified', 'x.example', 'https://x.example/x', zeroblob(?), ?, 0)",
      )
      .run(KEPT_BYTES - 100, NOON * 2)
    const again = await home.restart(0)
    const answer = await again.deliver(al, al.activity('Follow', ANA))
    expect(answer.status).toBe(503)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect((await again.deliver(bo, bo.create())).status).toBe(202)
    expect(again.rows('posts')).toBe(1)
    expect(again.rows('inbound')).toBe(1)
  })

  test(`${rule(29)} sub-domains of one domain share what they may make us ask for`, async () => {
    const { home } = await scene()
    const statuses: number[] = []
    for (let n = 0; n < 640; n++) {
      const server = remoteServer(`s${n}.peers.test`)
      const nobody = server.actor('x')
      server.serve('/users/x', null)
      statuses.push((await home.deliver(nobody, nobody.create())).status)
    }
    expect(statuses.slice(0, 500).every((status) => status === 401)).toBe(true)
    expect(statuses.at(-1)).toBe(429)
  }, 60_000)
})
