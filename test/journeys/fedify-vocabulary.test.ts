import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startActorServer, type ActorServer } from '../rig/actors.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { startFedifyPeer, type FedifyPeer } from '../rig/fedify-peer/peer.ts'
import { request } from '../rig/http.ts'
import { until } from '../rig/process.ts'
import { followFrom, saying } from './conversation.ts'

/** Everything beyond posts and follows, with a server that reads and writes JSON-LD by a vocabulary of its own. */
let burrow: Burrow
let peer: FedifyPeer
let others: ActorServer
/** Id of `bo` here. */
let bo: string
const ana = (): string => `${burrow.origin}/users/ana`
const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'
const AS2 = 'https://www.w3.org/ns/activitystreams'
const GTS = {
  gts: 'https://gotosocial.org/ns#',
  interactingObject: { '@id': 'gts:interactingObject', '@type': '@id' },
  interactionTarget: { '@id': 'gts:interactionTarget', '@type': '@id' },
  QuoteRequest: 'https://w3id.org/fep/044f#QuoteRequest',
  QuoteAuthorization: 'https://w3id.org/fep/044f#QuoteAuthorization',
  quote: { '@id': 'https://w3id.org/fep/044f#quote', '@type': '@id' },
  quoteAuthorization: { '@id': 'https://w3id.org/fep/044f#quoteAuthorization', '@type': '@id' },
}
const noteOf = (activity: Record<string, unknown>) => activity.object as Record<string, unknown>
const AP = { headers: { accept: 'application/activity+json' } }

type Status = {
  id: string
  uri: string
  content: string
  pinned?: boolean
  poll: { id: string; votes_count: number; options: { votes_count: number | null }[]; voted: boolean } | null
  quote: { state: string; quoted_status: { uri: string } | null } | null
  emoji_reactions: { name: string; count: number }[]
}
const status = (id: string): Promise<Status> => burrow.ask('GET', `/api/v1/statuses/${id}`)
const write = (text: string, more: object = {}): Promise<Status> => burrow.ask('POST', '/api/v1/statuses', { status: text, ...more })
/** A post of theirs, once it is here. */
const arrived = (uri: string): Promise<Status> =>
  until(`${uri} is here`, async () => (await burrow.ask<Status[]>('GET', '/api/v1/timelines/home')).find((one) => one.uri === uri))
const told = (type: string) => async (): Promise<boolean> =>
  (await burrow.ask<unknown[]>('GET', `/api/v1/notifications?types[]=${type}`)).length > 0

beforeAll(async () => {
  ;[burrow, peer, others] = await Promise.all([startBurrow(), startFedifyPeer(), startActorServer('cem.localhost')])
  await burrow.online()
  await peer.follow({ who: burrow.handle })
  await peer.expect('Accept')
  bo = await followFrom(burrow, peer.handle)
})
afterAll(async () => {
  await Promise.all([burrow?.remove(), peer?.stop(), others?.close()])
})

test('our poll: a vote of theirs is counted once, and the numbers are no edit', async () => {
  const ours = await write('Which bank?', { poll: { options: ['Left', 'Right'], expires_in: 3_600 } })
  const create = await peer.expect('Create', saying('Which bank?'))
  expect(noteOf(create.activity)).toMatchObject({ type: 'Question', id: ours.uri })
  const vote = (n: number, name: string) =>
    peer.send({
      activity: {
        '@context': AS2,
        id: `$ME#votes/${n}/activity`,
        type: 'Create',
        actor: '$ME',
        to: ana(),
        object: { id: `$ME#votes/${n}`, type: 'Note', name, attributedTo: '$ME', to: ana(), inReplyTo: ours.uri },
      },
      to: [ana()],
    })
  await vote(1, 'Right')
  await until('it is counted', async () => (await status(ours.id)).poll?.votes_count === 1)
  // One choice, one vote.
  await vote(2, 'Left')
  expect((await status(ours.id)).poll?.options.map((one) => one.votes_count)).toEqual([0, 1])
  // Whoever looks sees the numbers at once; they are sent round every few minutes, and when the poll ends.
  const question = (await peer.fetch({ uri: ours.uri })) as Record<string, unknown>
  expect(question).toMatchObject({ type: 'Question', votersCount: 1 })
  expect(question.updated ?? null).toBeNull()
  const options = [question.oneOf].flat() as { name: string; replies: { totalItems: number } }[]
  expect(options.map(({ name, replies }) => [name, replies.totalItems])).toEqual([
    ['Left', 0],
    ['Right', 1],
  ])
})

test('their poll: our vote reaches them, and their tally reaches us', async () => {
  const question = (first: number) => ({
    id: '$AT/polls/1',
    type: 'Question',
    attributedTo: '$ME',
    content: '<p>Oars?</p>',
    published: new Date().toISOString(),
    to: [PUBLIC],
    cc: ['$ME/followers'],
    endTime: new Date(Date.now() + 3_600_000).toISOString(),
    oneOf: [
      { type: 'Note', name: 'Spruce', replies: { type: 'Collection', totalItems: first } },
      { type: 'Note', name: 'Ash', replies: { type: 'Collection', totalItems: 0 } },
    ],
  })
  const { uri } = await peer.serve({ path: '/polls/1', document: { '@context': AS2, ...question(0) } })
  await peer.send({
    activity: { '@context': AS2, id: '$AT/polls/1#create', type: 'Create', actor: '$ME', to: [PUBLIC], object: question(0) },
    to: [ana()],
  })
  const here = await arrived(uri)
  await burrow.ask('POST', `/api/v1/polls/${here.poll?.id}/votes`, { choices: [0] })
  const vote = await peer.expect('Create', (activity) => noteOf(activity).name === 'Spruce')
  const ballot = noteOf(vote.activity)
  expect(ballot).toMatchObject({ type: 'Note', inReplyTo: uri, attributedTo: ana() })
  expect(ballot).not.toHaveProperty('content')
  expect(vote.activity).not.toHaveProperty('cc')
  await peer.send({
    activity: { '@context': AS2, id: '$AT/polls/1#update', type: 'Update', actor: '$ME', to: [PUBLIC], object: question(4) },
    to: [ana()],
  })
  await until('the tally is here', async () => (await status(here.id)).poll?.votes_count === 4)
  expect((await status(here.id)).poll?.voted).toBe(true)
})

test('they ask to quote us, get a stamp that can be fetched, and lose it when the owner changes her mind', async () => {
  const ours = await write('The upper gate leaks', { quote_approval_policy: 'public' })
  await peer.expect('Create', saying('The upper gate leaks'))
  const note = {
    id: '$AT/quotes/1',
    type: 'Note',
    attributedTo: '$ME',
    content: '<p>Somebody should look at it</p>',
    published: new Date().toISOString(),
    to: [PUBLIC],
    cc: ['$ME/followers'],
    quote: ours.uri,
  }
  const { uri } = await peer.serve({ path: '/quotes/1', document: { '@context': [AS2, GTS], ...note } })
  await peer.send({
    activity: {
      '@context': [AS2, GTS],
      id: '$AT/quotes/1#request',
      type: 'QuoteRequest',
      actor: '$ME',
      object: ours.uri,
      instrument: note,
      to: [ana()],
    },
    to: [ana()],
  })
  const accept = await peer.expect('Accept', (activity) => JSON.stringify(activity).includes('/quotes/1'))
  const stamp = String((accept.activity.result as { id?: string }).id ?? accept.activity.result)
  expect(await peer.fetch({ uri: stamp })).toMatchObject({
    type: 'QuoteAuthorization',
    attributedTo: ana(),
    interactingObject: uri,
    interactionTarget: ours.uri,
  })
  const stamped = { ...note, quoteAuthorization: stamp }
  await peer.serve({ path: '/quotes/1', document: { '@context': [AS2, GTS], ...stamped } })
  await peer.send({
    activity: { '@context': [AS2, GTS], id: '$AT/quotes/1#create', type: 'Create', actor: '$ME', to: [PUBLIC], object: stamped },
    to: [ana()],
  })
  const here = await arrived(uri)
  const quoting = await until('it stands as a quote', async () => {
    const now = await status(here.id)
    return now.quote?.state === 'accepted' && now
  })
  expect(quoting.quote?.quoted_status?.uri).toBe(ours.uri)
  await until('the owner is told', told('quote'))
  await burrow.ask('POST', `/api/v1/statuses/${ours.id}/quotes/${here.id}/revoke`)
  const end = await peer.expect('Delete', (activity) => JSON.stringify(activity.object).includes(stamp))
  expect(end.actor).toBe(ana())
  expect([404, 410]).toContain((await request(stamp, AP)).status)
  expect((await status(here.id)).quote?.state).toBe('revoked')
})

test('we ask to quote them, and show the quote once they said yes', async () => {
  const theirs = await peer.post({ text: 'Slack water at noon' })
  const here = await arrived(theirs.uri)
  const ours = await write('Early today', { quoted_status_id: here.id })
  const asked = await peer.expect('QuoteRequest')
  expect(asked.activity).toMatchObject({ actor: ana(), object: theirs.uri })
  const instrument = asked.activity.instrument as { id?: string }
  expect(instrument.id ?? instrument).toBe(ours.uri)
  expect((await status(ours.id)).quote?.state).toBe('pending')
  const stamp = {
    id: '$AT/stamps/1',
    type: 'QuoteAuthorization',
    attributedTo: '$ME',
    interactingObject: ours.uri,
    interactionTarget: theirs.uri,
  }
  const { uri } = await peer.serve({ path: '/stamps/1', document: { '@context': [AS2, GTS], ...stamp } })
  await peer.send({
    activity: {
      '@context': [AS2, GTS],
      id: '$AT/stamps/1#accept',
      type: 'Accept',
      actor: '$ME',
      to: ana(),
      object: { id: asked.id, type: 'QuoteRequest', actor: ana(), object: theirs.uri, instrument: ours.uri },
      result: '$AT/stamps/1',
    },
    to: [ana()],
  })
  await until('the quote is accepted', async () => (await status(ours.id)).quote?.state === 'accepted')
  const update = await peer.expect('Update', (activity) => JSON.stringify(activity).includes(uri))
  expect(noteOf(update.activity)).toMatchObject({ id: ours.uri, quoteAuthorization: uri })
})

test('reactions go both ways', async () => {
  const ours = await write('Look, a seal')
  await peer.expect('Create', saying('Look, a seal'))
  await peer.send({
    activity: {
      '@context': [AS2, { EmojiReact: 'http://litepub.social/ns#EmojiReact' }],
      id: '$AT/reactions/1',
      type: 'EmojiReact',
      actor: '$ME',
      object: ours.uri,
      content: '🦭',
      to: ana(),
    },
    to: [ana()],
  })
  await until('their reaction is here', async () =>
    (await status(ours.id)).emoji_reactions.some(({ name, count }) => name === '🦭' && count === 1),
  )
  const theirs = await peer.post({ text: 'A second seal' })
  const here = await arrived(theirs.uri)
  await burrow.ask('POST', `/api/owner/posts/${here.id}/reactions`, { emoji: '🎉' })
  // To software that is not known to read an EmojiReact it is a like that says which (Mastodon drops the other).
  const react = await peer.expect('Like', (activity) => activity.object === theirs.uri)
  expect(react.activity).toMatchObject({ actor: ana(), content: '🎉', _misskey_reaction: '🎉' })
  await burrow.ask('DELETE', `/api/owner/posts/${here.id}/reactions/${encodeURIComponent('🎉')}`)
  await peer.expect('Undo', (activity) => JSON.stringify(activity.object).includes(react.id))
})

test('pins go both ways', async () => {
  const ours = await write('Read this first')
  await peer.expect('Create', saying('Read this first'))
  await burrow.ask('POST', `/api/v1/statuses/${ours.id}/pin`)
  const add = await peer.expect('Add')
  expect(add.activity).toMatchObject({ object: ours.uri, target: `${ana()}/collections/featured` })
  expect(JSON.stringify(await peer.fetch({ uri: `${ana()}/collections/featured` }))).toContain(ours.uri)
  await burrow.ask('POST', `/api/v1/statuses/${ours.id}/unpin`)
  await peer.expect('Remove')

  const theirs = await peer.post({ text: 'Who I am' })
  await arrived(theirs.uri)
  const pin = (type: string) =>
    peer.send({
      activity: { '@context': AS2, id: `$AT/pins/${type}`, type, actor: '$ME', object: theirs.uri, target: '$ME/featured', to: [PUBLIC] },
      to: [ana()],
    })
  const pinned = async () => (await burrow.ask<Status[]>('GET', `/api/v1/accounts/${bo}/statuses?pinned=true`)).map(({ uri }) => uri)
  await pin('Add')
  await until('their pin is here', async () => (await pinned()).includes(theirs.uri))
  await pin('Remove')
  await until('and gone', async () => (await pinned()).length === 0)
})

test('reports go both ways', async () => {
  const ours = await write('The bridge is shut')
  await peer.send({
    activity: {
      '@context': AS2,
      id: '$AT/flags/1',
      type: 'Flag',
      actor: '$ME',
      object: [ana(), ours.uri],
      content: 'It is open',
      to: [ana()],
    },
    to: [ana()],
  })
  await until('the owner is told', told('admin.report'))
  const reports = await burrow.ask<{ comment?: string }[]>('GET', '/api/owner/reports')
  expect(JSON.stringify(reports)).toContain('It is open')

  const theirs = await peer.post({ text: 'Buy my oars' })
  const here = await arrived(theirs.uri)
  await burrow.ask('POST', '/api/v1/reports', { account_id: bo, status_ids: [here.id], comment: 'Spam', forward: true })
  const flag = await peer.expect('Flag')
  // Not in the owner's name: who reports stays unknown.
  expect(flag.actor).toBe(`${burrow.origin}/actor`)
  expect(flag.activity.content).toBe('Spam')
  expect([flag.activity.object].flat()).toEqual(expect.arrayContaining([peer.actor, theirs.uri]))
})

test('public activities carry a proof that Fedify accepts, private ones none (FEP-8b32)', async () => {
  await write('Signed and sealed')
  await write('Only for those who follow', { visibility: 'private' })
  await peer.expect('Create', saying('Signed and sealed'))
  await peer.expect('Create', saying('Only for those who follow'))
  const wire = await peer.posts({})
  const find = (text: string) => wire.find(({ body }) => body.includes(text) && body.includes('"Create"'))
  const open = find('Signed and sealed')
  expect(await peer.proves({ body: open?.body ?? '{}' })).toBe(true)
  const changed = (open?.body ?? '').replace('Signed and sealed', 'Signed and stealed')
  expect(await peer.proves({ body: changed })).toBe(false)
  const closed = find('Only for those who follow')
  expect(JSON.parse(closed?.body ?? '{}')).not.toHaveProperty('proof')

  // What goes to followers says who they are on that server (FEP-8fcf), under the signature.
  const header = closed?.headers['collection-synchronization'] ?? ''
  const said = Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]))
  expect(said.collectionId).toBe(`${ana()}/followers`)
  expect(said.digest).toBe(createHash('sha256').update(peer.actor).digest('hex'))
  expect(`${closed?.headers.signature ?? ''}${closed?.headers['signature-input'] ?? ''}`).toContain('collection-synchronization')
  expect(JSON.stringify(await peer.fetch({ uri: said.url ?? '' }))).toContain(peer.actor)
  expect([401, 403, 404]).toContain((await request(said.url ?? '', AP)).status)
})

test('the whole of a conversation is read where it lives', async () => {
  const start = await peer.post({ text: 'Who has the key of the shed?' })
  const here = await arrived(start.uri)
  // Answers of somebody we never heard of, which nobody sends us.
  const cem = others.actor('cem')
  const answer = (n: number, inReplyTo: string, text: string) => {
    const note = cem.create({ id: `${cem.id}/statuses/shed${n}`, inReplyTo, content: `<p>${text}</p>` }).object as { id: string }
    others.serve(new URL(note.id).pathname, { body: JSON.stringify({ '@context': AS2, ...note }) })
    return note.id
  }
  const first = answer(1, start.uri, 'Not me')
  const second = answer(2, first, 'Try the harbour master')
  const collection = { '@context': AS2, id: '$AT/contexts/shed', type: 'OrderedCollection', attributedTo: '$ME', totalItems: 3 }
  await peer.serve({ path: '/contexts/shed', document: { ...collection, orderedItems: [start.uri, first, second] } })
  const original = (await peer.fetch({ uri: start.uri })) as Record<string, unknown>
  await peer.serve({ path: new URL(start.uri).pathname, document: { ...original, context: '$AT/contexts/shed' } })
  const walk = await burrow.ask<{ id: string }>('POST', `/api/owner/posts/${here.id}/conversation`)
  await until(
    'the walk has ended',
    async () => (await burrow.ask<{ state: string }>('GET', `/api/owner/walks/${walk.id}`)).state === 'finished',
  )
  const { descendants } = await burrow.ask<{ descendants: Status[] }>('GET', `/api/v1/statuses/${here.id}/context`)
  expect(descendants.map(({ uri }) => uri)).toEqual([first, second])
})

test('what somebody passes on is fetched from where it lives', async () => {
  const cem = others.actor('cem')
  const dora = others.actor('dora', cem)
  const elsewhere = await startActorServer('eli.localhost')
  try {
    const eli = elsewhere.actor('eli')
    const ours = await write('Any news?')
    const create = dora.create({ inReplyTo: ours.uri, content: '<p>As passed on</p>' })
    const note = create.object as { id: string }
    others.serve(new URL(note.id).pathname, { body: JSON.stringify({ '@context': AS2, ...note, content: '<p>As it is at home</p>' }) })
    // Eli's key, Dora's words: the body proves nothing.
    const answer = await eli.post(`${burrow.origin}/inbox`, create)
    expect(answer.status).toBe(202)
    const context = await until('it is here', async () => {
      const found = await burrow.ask<{ descendants: Status[] }>('GET', `/api/v1/statuses/${ours.id}/context`)
      return found.descendants.length > 0 && found
    })
    expect(context.descendants[0]?.content).toContain('As it is at home')
  } finally {
    await elsewhere.close()
  }
})

test('a profile is filled from its origin, pinned first', async () => {
  const server = await startActorServer('fay.localhost')
  try {
    const fay = server.actor('fay')
    const notes = Array.from({ length: 25 }, (_, n) => {
      const published = new Date(Date.now() - (n + 1) * 3_600_000).toISOString()
      return fay.create({ id: `${fay.id}/statuses/old${n}`, content: `<p>Old ${n}</p>`, published }, { published })
    })
    const serve = (path: string, body: unknown) => server.serve(path, { body: JSON.stringify(body) })
    const page = `${fay.id}/outbox`
    serve('/users/fay/outbox', { '@context': AS2, id: page, type: 'OrderedCollection', totalItems: 25, first: `${page}?page=1` })
    for (const [n, from] of [0, 20].entries()) {
      const id = `${page}?page=${n + 1}`
      const more = n === 0 ? { next: `${page}?page=2` } : {}
      serve(`/users/fay/outbox?page=${n + 1}`, {
        '@context': AS2,
        id,
        type: 'OrderedCollectionPage',
        partOf: page,
        orderedItems: notes.slice(from, from + 20),
        ...more,
      })
    }
    const pin = fay.create({ id: `${fay.id}/statuses/pin`, content: '<p>Pinned</p>', published: '2024-01-01T00:00:00Z' }).object
    serve('/users/fay/featured', {
      '@context': AS2,
      id: `${fay.id}/featured`,
      type: 'OrderedCollection',
      totalItems: 1,
      orderedItems: [pin],
    })
    serve('/users/fay', { ...fay.document(), featured: `${fay.id}/featured` })
    const { accounts } = await burrow.ask<{ accounts: { id: string }[] }>(
      'GET',
      `/api/v2/search?resolve=true&type=accounts&q=fay@${new URL(server.origin).host}`,
    )
    const id = accounts[0]?.id ?? ''
    const read = await burrow.ask<{ added: number; more: boolean }>('POST', `/api/owner/accounts/${id}/posts`, {})
    expect(read.more).toBe(true)
    const list = await burrow.ask<Status[]>('GET', `/api/v1/accounts/${id}/statuses?limit=40`)
    expect(list.filter(({ uri }) => uri.includes('/old')).map(({ content }) => content)).toEqual(
      Array.from({ length: 20 }, (_, n) => `<p>Old ${n}</p>`),
    )
    const pinned = await burrow.ask<Status[]>('GET', `/api/v1/accounts/${id}/statuses?pinned=true`)
    expect(pinned.map(({ content }) => content)).toEqual(['<p>Pinned</p>'])
    await burrow.ask('POST', `/api/owner/accounts/${id}/posts`, { older: true })
    const whole = await burrow.ask<Status[]>('GET', `/api/v1/accounts/${id}/statuses?limit=40`)
    expect(whole.filter(({ uri }) => uri.includes('/old'))).toHaveLength(25)
    // Nothing of it is news.
    expect(await burrow.ask<Status[]>('GET', '/api/v1/timelines/home')).not.toContainEqual(
      expect.objectContaining({ content: '<p>Old 0</p>' }),
    )
  } finally {
    await server.close()
  }
})

test('in secure mode only signed requests read posts; who we are stays open', async () => {
  const ours = await write('Behind a curtain')
  await peer.expect('Create', saying('Behind a curtain'))
  await burrow.ask('PATCH', '/api/owner/settings', { secureMode: true })
  expect((await request(ours.uri, AP)).status).toBe(401)
  expect((await request(`${ana()}/outbox`, AP)).status).toBe(401)
  for (const open of [ana(), `${burrow.origin}/actor`, `${burrow.origin}/.well-known/nodeinfo`])
    expect((await request(open, AP)).status).toBe(200)
  expect(await peer.fetch({ uri: ours.uri })).toMatchObject({ id: ours.uri })
  await burrow.ask('PATCH', '/api/owner/settings', { secureMode: false })
  expect((await request(ours.uri, AP)).status).toBe(200)
})

test('somebody followed moves, and the follow with them', async () => {
  const { to } = await peer.moved({})
  await peer.send({
    activity: { '@context': AS2, id: '$AT/moves/1', type: 'Move', actor: '$ME', object: '$ME', target: to, to: ['$ME/followers'] },
    to: [ana()],
  })
  const follow = await peer.expect('Follow', (activity) => activity.object === to || (activity.object as { id?: string }).id === to)
  expect(follow.actor).toBe(ana())
  await peer.expect('Undo', (activity) => JSON.stringify(activity.object).includes('"Follow"'))
  const [relationship] = await burrow.ask<{ following: boolean }[]>('GET', `/api/v1/accounts/relationships?id[]=${bo}`)
  expect(relationship?.following).toBe(false)
  expect(await peer.refused({})).toEqual([])
  expect(burrow.log()).not.toContain('"level":50')
})
