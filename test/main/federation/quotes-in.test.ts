/** Quotes with consent (FEP-044f): asked of us, answered to us, checked by us, taken back. */
import { describe, expect, test } from 'vitest'
import { block } from '../../../src-main/domain/follows.ts'
import { postByUri, writePost } from '../../../src-main/domain/posts.ts'
import { revokeQuote, setQuotePolicy } from '../../../src-main/domain/quotes.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, eventsTaken, following, HOUR, knowing, openInstance } from './instance.ts'
import { remoteServer } from './world.ts'
import type { Instance } from './instance.ts'
import type { RemoteActor, RemoteServer } from './world.ts'

async function scene() {
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  const other = remoteServer('other.example')
  const evil = remoteServer('evil.example')
  const bo = mo.actor('bo')
  await following(home, bo)
  for (const server of [mo, other, evil]) server.asked.splice(0)
  return { home, mo, other, evil, bo, al: other.actor('al'), eve: evil.actor('eve') }
}
type Scene = Awaited<ReturnType<typeof scene>>

async function released(home: Instance): Promise<{ id: number; uri: string }> {
  const { post } = writePost(home, { text: 'From Ana', visibility: 'public' })
  await home.leave()
  await eventsTaken()
  home.outbox.splice(0)
  return { id: post.id, uri: `${ANA}/statuses/${post.id}` }
}
const serve = (server: RemoteServer, document: { id: string }) => server.serve(new URL(document.id).pathname, document)
const stateOf = (home: Instance, uri: string) => postByUri(home, uri)?.quoteState

describe('a stamp', () => {
  /** al's post, which bo quotes with a stamp of al's. */
  async function quoting(parts: Scene, change: { stamp?: Record<string, unknown>; quote?: Record<string, unknown> } = {}) {
    const { home, other, bo, al } = parts
    const quoted = al.note({ content: '<p>Quote me</p>' })
    const note = bo.note({ quote: quoted.id, quoteAuthorization: `${al.id}/stamps/1` })
    const stamp = {
      id: `${al.id}/stamps/1`,
      type: 'QuoteAuthorization',
      attributedTo: al.id,
      interactingObject: note.id,
      interactionTarget: quoted.id,
      ...change.stamp,
    }
    serve(other, quoted)
    serve(other, { ...stamp, id: stamp.id })
    const send = () => home.takes(bo, bo.activity('Create', { ...note, ...change.quote }))
    return { quoted, note, stamp, send }
  }

  test('is fetched, and so is the quoted post: the quote is shown, and neither is news', async () => {
    const parts = await scene()
    const { quoted, note, send } = await quoting(parts)
    await send()
    expect(stateOf(parts.home, note.id)).toBe('accepted')
    expect(postByUri(parts.home, note.id)?.quoteOf).toBe(postByUri(parts.home, quoted.id)?.id)
    expect(parts.home.rows('home')).toBe(1)
    expect(parts.home.rows('notifications')).toBe(0)
  })

  const forged: [string, (parts: Scene) => Record<string, unknown>][] = [
    ['of another author', ({ bo }) => ({ attributedTo: bo.id })],
    ['for another post', ({ bo }) => ({ interactingObject: `${bo.id}/statuses/4711` })],
    ['about another post', ({ al }) => ({ interactionTarget: `${al.id}/statuses/4711` })],
    ['of another kind', () => ({ type: 'LikeAuthorization' })],
    ['of an author on another host', ({ eve }) => ({ attributedTo: eve.id })],
  ]
  test.each(forged)(`${rule(14)} %s allows nothing`, async (_what, change) => {
    const parts = await scene()
    const { note, send } = await quoting(parts, { stamp: change(parts) })
    await send()
    expect(stateOf(parts.home, note.id)).toBe('rejected')
  })

  test(`${rule(14)} on the quoting author’s own host allows nothing, and is not even asked for`, async () => {
    const parts = await scene()
    const { note, send } = await quoting(parts, { quote: { quoteAuthorization: 'https://mo.example/stamps/1' } })
    await send()
    expect(stateOf(parts.home, note.id)).toBe('unverified')
    expect(parts.mo.count('/stamps/1')).toBe(0)
  })

  test('that is gone was taken back', async () => {
    const parts = await scene()
    const { note, stamp, send } = await quoting(parts)
    parts.other.answer((request, response) => {
      if (request.path !== new URL(stamp.id).pathname) return false
      response.writeHead(410).end()
      return true
    })
    await send()
    expect(stateOf(parts.home, note.id)).toBe('revoked')
  })

  test('is looked at again when the post is, days later: gone, the quote is no longer shown', async () => {
    const parts = await scene()
    const { home, mo, other } = parts
    const { note, stamp, send } = await quoting(parts)
    serve(mo, note)
    await send()
    home.clock.at += 48 * HOUR
    home.federation.resolver.refreshPost(postByUri(home, note.id)?.id ?? 0)
    await home.pass(0)
    expect(stateOf(home, note.id)).toBe('accepted')
    other.serve(new URL(stamp.id).pathname, null)
    const look = async () => {
      home.clock.at += 48 * HOUR
      home.federation.resolver.refreshPost(postByUri(home, note.id)?.id ?? 0)
      await home.pass(0)
    }
    // Nothing answers there: a laptop sleeps behind its tunnel. That takes nothing back.
    await look()
    expect(stateOf(home, note.id)).toBe('accepted')
    const schema = 'http://nodeinfo.diaspora.software/ns/schema/2.0'
    other.serve('/.well-known/nodeinfo', { links: [{ rel: schema, href: `${other.origin}/nodeinfo/2.0` }] }, 'application/json')
    other.serve('/nodeinfo/2.0', { version: '2.0', software: { name: 'mastodon', version: '4.5.0' } }, 'application/json')
    await look()
    expect(stateOf(home, note.id)).toBe('revoked')
  })

  test('comes afterwards, by an Update', async () => {
    const parts = await scene()
    const { note, send } = await quoting(parts, { quote: { quoteAuthorization: undefined } })
    await send()
    expect(stateOf(parts.home, note.id)).toBe('unverified')
    await parts.home.takes(parts.bo, parts.bo.activity('Update', note))
    expect(stateOf(parts.home, note.id)).toBe('accepted')
  })

  test('is deleted by who gave it, and by nobody else', async () => {
    const parts = await scene()
    const { note, stamp, send } = await quoting(parts)
    await send()
    await knowing(parts.home, parts.eve)
    await parts.home.takes(parts.bo, parts.bo.activity('Delete', stamp.id))
    await parts.home.takes(parts.eve, parts.eve.activity('Delete', stamp))
    expect(stateOf(parts.home, note.id)).toBe('accepted')
    await parts.home.takes(parts.al, parts.al.activity('Delete', { ...stamp, type: 'QuoteAuthorization' }))
    expect(stateOf(parts.home, note.id)).toBe('revoked')
  })

  test('deleted, and passed on by the quoting server: its own server is asked', async () => {
    const parts = await scene()
    const { note, stamp, send } = await quoting(parts)
    await send()
    const forward = () => parts.home.takes(parts.bo, parts.al.activity('Delete', stamp))
    await forward()
    expect(stateOf(parts.home, note.id)).toBe('accepted')
    parts.other.serve(new URL(stamp.id).pathname, null)
    await forward()
    expect(stateOf(parts.home, note.id)).toBe('revoked')
  })
})

describe('quotes without a stamp', () => {
  test('of one’s own post need none', async () => {
    const { home, bo } = await scene()
    const first = bo.create()
    await home.takes(bo, first)
    const quote = bo.note({ quoteUrl: (first.object as { id: string }).id })
    await home.takes(bo, bo.activity('Create', quote))
    expect(stateOf(home, quote.id)).toBe('accepted')
  })

  test('of others stay links, also of what is gone or private', async () => {
    const { home, other, bo, al } = await scene()
    const secret = al.note({ to: [al.followers], cc: [] })
    const open = al.note()
    serve(other, secret)
    serve(other, open)
    other.answer((request, response) => {
      if (request.path !== '/gone') return false
      response.writeHead(410).end()
      return true
    })
    const expected = {
      [open.id]: 'unverified',
      [secret.id]: 'unverified',
      'https://other.example/none': 'unverified',
      'https://other.example/gone': 'deleted',
    }
    for (const [quoteUri, state] of Object.entries(expected)) {
      const quote = bo.note({ quoteUri })
      await home.takes(bo, bo.activity('Create', quote))
      expect(stateOf(home, quote.id), quoteUri).toBe(state)
    }
    expect(postByUri(home, secret.id), rule(18)).toBeNull()
  })

  test(`${rule(14)} a chain of quotes is followed two posts deep, a circle once`, async () => {
    const { home, other, bo, al } = await scene()
    const chain = Array.from({ length: 6 }, (_, n) =>
      al.note({ id: `${al.id}/statuses/c${n}`, quoteUri: `${al.id}/statuses/c${(n + 1) % 6}` }),
    )
    for (const note of chain) serve(other, note)
    await home.takes(bo, bo.activity('Create', bo.note({ quoteUri: chain[0]?.id })))
    const asked = other.asked.filter((path) => path.includes('/statuses/'))
    expect(asked).toEqual(['GET /users/al/statuses/c0', 'GET /users/al/statuses/c1'])
  })
})

describe('a request to quote the owner', () => {
  async function asking(change: { instrument?: unknown; actor?: (parts: Scene) => RemoteActor } = {}) {
    const parts = await scene()
    const mine = await released(parts.home)
    const note = parts.al.note({ quote: mine.uri, content: '<p>How true</p>' })
    serve(parts.other, note)
    const request = parts.al.activity('QuoteRequest', mine.uri, { instrument: change.instrument ?? note })
    return { ...parts, mine, note, request }
  }
  const answers = (home: Instance) => home.outbox.map(({ kind }) => kind)

  test('is answered by the policy of the post: the quote is here, shown, and the owner told', async () => {
    const { home, al, note, request, mine } = await asking()
    await home.takes(al, request)
    await eventsTaken()
    expect(home.one('select state, post_id, quoting_uri from quote_stamps')).toEqual({
      state: 'accepted',
      post_id: mine.id,
      quoting_uri: note.id,
    })
    expect(stateOf(home, note.id)).toBe('accepted')
    expect(home.one('select type from notifications')).toEqual({ type: 'quote' })
    expect(answers(home)).toEqual(['quote-answer'])
  })

  test('is refused where nobody may, and to people blocked', async () => {
    const first = await asking()
    setQuotePolicy(first.home, first.mine.id, 'nobody')
    await first.home.takes(first.al, first.request)
    await eventsTaken()
    expect(first.home.one('select state from quote_stamps')).toEqual({ state: 'rejected' })
    expect(stateOf(first.home, first.note.id)).toBe('rejected')
    const second = await asking()
    block(second.home, await knowing(second.home, second.al))
    await second.home.takes(second.al, second.request)
    expect(second.home.rows('quote_stamps', "state = 'accepted'")).toBe(0)
  })

  test('with the address of the quoting post alone: it is looked up', async () => {
    const { home, al, note, mine } = await asking()
    await home.takes(al, al.activity('QuoteRequest', mine.uri, { instrument: note.id }))
    expect(stateOf(home, note.id)).toBe('accepted')
  })

  test(`${rule(14)} for somebody else’s post, or one that quotes something else: nothing`, async () => {
    const { home, other, bo, al, eve, mine, note } = await asking()
    const request = (actor: RemoteActor, instrument: unknown) => home.takes(actor, actor.activity('QuoteRequest', mine.uri, { instrument }))
    const cy = other.actor('cy')
    await request(cy, note)
    await request(cy, note.id)
    await request(eve, note)
    await request(eve, note.id)
    await request(al, al.note({ quote: `${ANA}/statuses/4711` }))
    await request(al, al.note())
    await request(al, 'https://other.example/none')
    await home.takes(bo, bo.activity('QuoteRequest', `${ANA}/statuses/4711`, { instrument: bo.note({ quote: `${ANA}/statuses/4711` }) }))
    expect(home.rows('quote_stamps')).toBe(0)
  })

  test('asked again is answered again, and a consent taken back stays taken back', async () => {
    const { home, al, note, request, mine } = await asking()
    await home.takes(al, request)
    revokeQuote(home, mine.id, postByUri(home, note.id)?.id ?? 0)
    await home.takes(al, { ...request, id: `${String(request.id)}-again` })
    expect(home.rows('quote_stamps')).toBe(1)
    expect(stateOf(home, note.id)).toBe('revoked')
  })

  test('our own stamp is known here: nobody is asked, and a made-up one allows nothing', async () => {
    const { home, bo, al, request, note, mine, other } = await asking()
    await home.takes(al, request)
    const { id } = home.one<{ id: number }>('select id from quote_stamps')
    const stamp = `${ANA}/quote_authorizations/${id}`
    other.asked.splice(0)
    await home.takes(al, al.activity('Update', { ...note, quoteAuthorization: stamp }))
    expect(stateOf(home, note.id)).toBe('accepted')
    const thief = bo.note({ quote: mine.uri, quoteAuthorization: stamp })
    await home.takes(bo, bo.activity('Create', thief))
    expect(stateOf(home, thief.id)).not.toBe('accepted')
    expect(other.asked).toEqual([])
  })
})

describe('the answer to a request of ours', () => {
  async function asked() {
    const parts = await scene()
    const theirs = parts.bo.create()
    await parts.home.takes(parts.bo, theirs)
    const quoted = postByUri(parts.home, (theirs.object as { id: string }).id)
    const { post } = writePost(parts.home, { text: 'Look', visibility: 'public', quoteOf: quoted?.id ?? null })
    const request = {
      id: `${ANA}/statuses/${post.id}/quote`,
      type: 'QuoteRequest',
      actor: ANA,
      object: quoted?.uri,
      instrument: `${ANA}/statuses/${post.id}`,
    }
    const state = () =>
      parts.home.one<{ quote_state: string; quote_stamp: string | null }>(
        'select quote_state, quote_stamp from posts where id = ?',
        post.id,
      )
    return { ...parts, request, state, stamp: `${parts.bo.id}/stamps/7` }
  }

  test('Accept with the stamp, by the request’s address or its description', async () => {
    for (const named of [true, false]) {
      const { home, bo, request, state, stamp } = await asked()
      await home.takes(bo, bo.activity('Accept', named ? request.id : { ...request, id: undefined }, { result: stamp }))
      expect(state()).toEqual({ quote_state: 'accepted', quote_stamp: stamp })
    }
  })

  test('Reject', async () => {
    const { home, bo, request, state } = await asked()
    await home.takes(bo, bo.activity('Reject', request))
    expect(state().quote_state).toBe('rejected')
  })

  test(`${rule(14)} of somebody else, or with a stamp on another host: nothing`, async () => {
    const { home, mo, bo, eve, request, state, stamp } = await asked()
    const cy = mo.actor('cy')
    await following(home, cy)
    await home.takes(cy, cy.activity('Accept', request, { result: stamp }))
    await home.takes(eve, eve.activity('Accept', request, { result: 'https://evil.example/stamps/1' }))
    await home.takes(bo, bo.activity('Accept', request, { result: 'https://evil.example/stamps/1' }))
    await home.takes(bo, bo.activity('Accept', request))
    await home.takes(cy, cy.activity('Reject', request))
    expect(state()).toEqual({ quote_state: 'pending', quote_stamp: null })
  })
})
