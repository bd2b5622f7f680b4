/** Votes, reactions, reports, moves, pins and tallies coming in: who may say what about whose. */
import { describe, expect, test } from 'vitest'
import { block, followBetween } from '../../../src-main/domain/follows.ts'
import { pollOf } from '../../../src-main/domain/polls.ts'
import { postByUri, writePost } from '../../../src-main/domain/posts.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, eventsTaken, followedBy, following, HOUR, knowing, MINUTE, openInstance } from './instance.ts'
import { PUBLIC, remoteServer } from './world.ts'
import type { Instance } from './instance.ts'
import type { RemoteActor } from './world.ts'

async function scene() {
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  const other = remoteServer('other.example')
  const evil = remoteServer('evil.example')
  const bo = mo.actor('bo')
  const id = await following(home, bo)
  for (const server of [mo, other, evil]) server.asked.splice(0)
  return { home, mo, other, evil, bo, boId: id, al: other.actor('al'), eve: evil.actor('eve') }
}

async function released(home: Instance, poll?: { options: string[]; multiple: boolean }): Promise<{ id: number; uri: string }> {
  const { post } = writePost(home, { text: 'From Ana', visibility: 'public', ...(poll ? { poll: { ...poll, expiresIn: 24 * HOUR } } : {}) })
  await home.leave()
  await eventsTaken()
  home.outbox.splice(0)
  return { id: post.id, uri: `${ANA}/statuses/${post.id}` }
}

const ballot = (voter: RemoteActor, inReplyTo: string, name: string, change: Record<string, unknown> = {}) => ({
  id: `${voter.id}#votes/${Math.random()}`,
  type: 'Note',
  attributedTo: voter.id,
  name,
  inReplyTo,
  to: [ANA],
  ...change,
})
const votes = (home: Instance, postId: number) => pollOf(home, postId)?.options.map((option) => option.votes)
const told = (home: Instance) =>
  (home.store.database.prepare('select type from notifications order by id').all() as { type: string }[]).map(({ type }) => type)

describe('votes in our polls', () => {
  test('count once per person, or per answer where several may be chosen; also in one list', async () => {
    const { home, bo, al } = await scene()
    const one = await released(home, { options: ['Left', 'Right'], multiple: false })
    const many = await released(home, { options: ['Left', 'Right', 'Up'], multiple: true })
    const vote = (actor: RemoteActor, uri: string, name: string) => home.takes(actor, actor.activity('Create', ballot(actor, uri, name)))
    await vote(bo, one.uri, 'Right')
    await vote(bo, one.uri, 'Left')
    await vote(al, one.uri, 'Right')
    expect(votes(home, one.id)).toEqual([0, 2])
    await home.takes(bo, bo.activity('Create', [ballot(bo, many.uri, 'Left'), ballot(bo, many.uri, 'Up'), ballot(bo, many.uri, 'Up')]))
    expect(votes(home, many.id)).toEqual([1, 0, 1])
    expect(pollOf(home, many.id)).toMatchObject({ voters: 1 })
    expect(home.rows('posts', 'own = 0')).toBe(0)
  })

  test(`${rule(12)} names that are no answer, others’ votes and late ones count nothing`, async () => {
    const { home, evil, bo, eve } = await scene()
    const poll = await released(home, { options: ['Left', 'Right'], multiple: false })
    await home.takes(bo, bo.activity('Create', ballot(bo, poll.uri, 'left')))
    await home.takes(bo, bo.activity('Create', ballot(bo, poll.uri, 'Left', { attributedTo: eve.id })))
    await home.takes(bo, bo.activity('Create', ballot(bo, poll.uri, 'Left', { id: 'https://evil.example/votes/1' })))
    await home.takes(bo, bo.activity('Create', ballot(bo, `${ANA}/statuses/4711`, 'Left')))
    expect(votes(home, poll.id)).toEqual([0, 0])
    home.clock.at += 25 * HOUR
    await home.takes(eve, eve.activity('Create', ballot(eve, poll.uri, 'Left')))
    expect(votes(home, poll.id)).toEqual([0, 0])
    expect(evil.count('/users/eve')).toBeLessThanOrEqual(1)
    expect(home.rows('posts', 'own = 0')).toBe(0)
  })

  test(`${rule(12)} a vote counts as of when it came, not of when its voter could be fetched`, async () => {
    const { home, other, al } = await scene()
    const poll = await released(home, { options: ['Left', 'Right'], multiple: false })
    let away = false
    other.answer((request, response) => {
      if (!away || !request.path.startsWith('/.well-known')) return false
      response.writeHead(503).end()
      return true
    })
    home.clock.at += 23.9 * HOUR
    away = true
    await home.takes(al, al.activity('Create', ballot(al, poll.uri, 'Right')))
    expect(votes(home, poll.id)).toEqual([0, 0])
    away = false
    await home.pass(HOUR)
    expect(votes(home, poll.id)).toEqual([0, 1])
  })
})

describe('polls of others', () => {
  const question = (actor: RemoteActor, counted: [number, number], change: Record<string, unknown> = {}) =>
    actor.note({
      id: `${actor.id}/statuses/poll`,
      type: 'Question',
      oneOf: ['Left', 'Right'].map((name, n) => ({ type: 'Note', name, replies: { type: 'Collection', totalItems: counted[n] } })),
      votersCount: counted[0] + counted[1],
      endTime: '2026-05-03T12:00:00Z',
      ...change,
    })

  test('new numbers come by an Update without `updated`, and with the one of the last edit', async () => {
    const { home, bo } = await scene()
    await home.takes(bo, bo.activity('Create', question(bo, [1, 0])))
    const id = postByUri(home, `${bo.id}/statuses/poll`)?.id ?? 0
    await home.takes(bo, bo.activity('Update', question(bo, [3, 2])))
    expect(votes(home, id)).toEqual([3, 2])
    const updated = new Date(home.clock.at - MINUTE).toISOString()
    await home.takes(bo, bo.activity('Update', question(bo, [4, 4], { updated })))
    expect(votes(home, id)).toEqual([4, 4])
  })

  test(`${rule(12)} numbers come from its own author alone`, async () => {
    const { home, mo, bo, eve } = await scene()
    await home.takes(bo, bo.activity('Create', question(bo, [1, 0])))
    const id = postByUri(home, `${bo.id}/statuses/poll`)?.id ?? 0
    const cy = mo.actor('cy')
    await followedBy(home, cy)
    await home.takes(cy, cy.activity('Update', question(bo, [9, 9])))
    await home.takes(cy, cy.activity('Update', question(bo, [9, 9], { attributedTo: cy.id })))
    await home.takes(eve, eve.activity('Update', question(bo, [9, 9])))
    expect(votes(home, id)).toEqual([1, 0])
  })
})

describe('reactions', () => {
  const blob = {
    type: 'Emoji',
    id: 'https://mo.example/emoji/blob',
    name: ':blob:',
    icon: { type: 'Image', url: 'https://mo.example/blob.png' },
  }

  test.each(['EmojiReact', 'Like'])('a %s with a picture is kept, shown, and taken back', async (type) => {
    const { home, bo } = await scene()
    const mine = await released(home)
    const react = bo.activity(type, mine.uri, { content: ':blob:', tag: [blob] })
    await home.takes(bo, react)
    expect(home.one('select emoji from reactions')).toEqual({ emoji: 'blob' })
    expect(told(home)).toEqual(['reaction'])
    expect(home.one('select favourites_count as n from posts where id = ?', mine.id)).toEqual({ n: 0 })
    await home.takes(bo, bo.activity('Undo', react))
    expect(home.rows('reactions')).toBe(0)
    home.clock.at += MINUTE
    await home.takes(bo, { ...react, published: '2026-01-01T00:00:00Z' })
    expect(home.rows('reactions'), rule(15)).toBe(0)
  })

  test('taken back by its address alone', async () => {
    const { home, bo } = await scene()
    const mine = await released(home)
    const react = bo.activity('EmojiReact', mine.uri, { content: '🎉' })
    await home.takes(bo, react)
    await home.takes(bo, bo.activity('Undo', react.id))
    expect(home.rows('reactions')).toBe(0)
  })

  test(`${rule(6)} nobody takes back another’s; ${rule(16)} who is blocked adds none`, async () => {
    const { home, bo, eve, boId } = await scene()
    const mine = await released(home)
    const react = bo.activity('EmojiReact', mine.uri, { content: '🎉' })
    await home.takes(bo, react)
    await followedBy(home, eve)
    await home.takes(eve, eve.activity('Undo', { ...react, actor: eve.id }))
    await home.takes(eve, eve.activity('Undo', react.id))
    expect(home.rows('reactions')).toBe(1)
    block(home, boId)
    await home.takes(bo, bo.activity('EmojiReact', mine.uri, { content: '🐦' }))
    expect(home.rows('reactions')).toBe(1)
  })

  test(`${rule(11)} a picture of another host is no reaction, only a like`, async () => {
    const { home, bo } = await scene()
    const mine = await released(home)
    const foreign = { ...blob, id: 'https://other.example/emoji/blob' }
    await home.takes(bo, bo.activity('EmojiReact', mine.uri, { content: ':blob:', tag: [foreign] }))
    expect(home.rows('reactions')).toBe(0)
    expect(home.rows('emojis')).toBe(0)
    expect(told(home)).toEqual(['favourite'])
  })
})

describe('Flag', () => {
  test('of an instance, about the owner and a post: kept and shown, and nobody is asked or answered', async () => {
    const { home, other } = await scene()
    const mine = await released(home)
    const instance = other.actor('other.example', { type: 'Application' })
    const flag = instance.activity('Flag', [ANA, mine.uri, 'https://mo.example/notes/1'], { content: '<p>Too <b>loud</b></p>' })
    other.asked.splice(0)
    await home.takes(instance, flag)
    expect(home.one('select by_host, comment, post_uris from reports')).toEqual({
      by_host: 'other.example',
      comment: 'Too loud',
      post_uris: JSON.stringify([mine.uri]),
    })
    expect(told(home)).toEqual(['report'])
    expect(other.asked).toEqual(['GET /users/other.example'])
    expect(home.outbox).toEqual([])
  })

  test('about others is nothing to us, and a server has 20 a day', async () => {
    const { home, bo } = await scene()
    await home.takes(bo, bo.activity('Flag', ['https://other.example/users/al']))
    expect(home.rows('reports')).toBe(0)
    for (let n = 0; n < 25; n++) await home.takes(bo, bo.activity('Flag', [ANA], { content: `${n}` }))
    expect(home.rows('reports')).toBe(20)
  })
})

describe('Move', () => {
  async function moving() {
    const parts = await scene()
    const { bo, other } = parts
    const there = other.actor('bo', { alsoKnownAs: [bo.id] })
    const move = (change: Record<string, unknown> = {}) => bo.activity('Move', bo.id, { target: there.id, ...change })
    return { ...parts, there, move }
  }

  test('the owner’s follow goes along, and the owner hears of it', async () => {
    const { home, bo, there, boId, move } = await moving()
    await home.takes(bo, move())
    await eventsTaken()
    const owner = home.one<{ id: number }>('select id from accounts where own = 1').id
    const to = home.one<{ id: number }>('select id from accounts where uri = ?', there.id).id
    expect(followBetween(home, owner, boId)).toBeNull()
    expect(followBetween(home, owner, to)?.state).toBe('pending')
    expect(told(home)).toEqual(['move'])
    expect(home.outbox.map(({ kind }) => kind).toSorted()).toEqual(['follow', 'unfollow'])
  })

  test('the new account is asked anew, not remembered', async () => {
    const { home, bo, there, boId, move } = await moving()
    await knowing(home, there)
    there.document.alsoKnownAs = []
    await home.takes(bo, move())
    expect(home.one('select moved_to from accounts where id = ?', boId)).toEqual({ moved_to: null })
  })

  const forged: [string, (parts: Awaited<ReturnType<typeof moving>>) => Promise<unknown>][] = [
    [
      'to an account that does not name the old one',
      ({ home, bo, there, move }) => {
        there.document.alsoKnownAs = ['https://mo.example/users/cy']
        return home.takes(bo, move())
      },
    ],
    ['of somebody else', ({ home, mo, bo, move }) => home.takes(bo, move({ object: mo.actor('cy').id }))],
    ['signed by the new account', ({ home, bo, there }) => home.takes(there, there.activity('Move', bo.id, { target: there.id }))],
    ['to itself', ({ home, bo, move }) => home.takes(bo, move({ target: bo.id }))],
    ['to us', ({ home, bo, move }) => home.takes(bo, move({ target: ANA }))],
    ['to nobody', ({ home, bo, move }) => home.takes(bo, move({ target: 'https://other.example/users/nobody' }))],
  ]
  test.each(forged)('%s: nothing', async (_what, send) => {
    const parts = await moving()
    await send(parts)
    expect(parts.home.rows('accounts', 'moved_to is not null')).toBe(0)
    expect(parts.home.rows('follows', `target_id = ${parts.boId} and state = 'accepted'`)).toBe(1)
  })

  test('a second move elsewhere: nothing', async () => {
    const { home, bo, there, boId, other, move } = await moving()
    await home.takes(bo, move())
    const third = other.actor('third', { alsoKnownAs: [bo.id] })
    await home.takes(bo, move({ target: third.id }))
    expect(home.one('select moved_to from accounts where id = ?', boId)).toEqual({ moved_to: there.id })
  })

  test(`${rule(28)} of somebody who is nothing to the owner: nobody is asked`, async () => {
    const { home, other, eve } = await scene()
    await knowing(home, eve)
    const victim = other.actor('victim', { alsoKnownAs: [eve.id] })
    other.asked.splice(0)
    await home.takes(eve, eve.activity('Move', eve.id, { target: victim.id }))
    expect(other.asked).toEqual([])
  })
})

describe('pins', () => {
  async function pinning() {
    const parts = await scene()
    const featured = `${parts.bo.id}/collections/featured`
    parts.bo.document.featured = featured
    await parts.home.takes(parts.bo, parts.bo.activity('Update', parts.bo.document))
    const create = parts.bo.create()
    await parts.home.takes(parts.bo, create)
    const uri = (create.object as { id: string }).id
    return { ...parts, featured, uri, pinned: () => parts.home.rows('posts', 'pinned_at is not null') }
  }

  test('Add and Remove to and from one’s own featured collection', async () => {
    const { home, bo, featured, uri, pinned } = await pinning()
    await home.takes(bo, bo.activity('Add', uri, { target: featured }))
    expect(pinned()).toBe(1)
    await home.takes(bo, bo.activity('Remove', uri, { target: featured }))
    expect(pinned()).toBe(0)
  })

  test('of a post that is not here: fetched, and no news', async () => {
    const { home, mo, bo, featured, pinned } = await pinning()
    const old = bo.note({ content: '<p>old</p>' })
    mo.serve(new URL(old.id).pathname, old)
    await home.takes(bo, bo.activity('Add', old.id, { target: featured }))
    expect(pinned()).toBe(1)
    expect(home.rows('home')).toBe(1)
  })

  test(`${rule(6)} not into another collection, not of others’ posts`, async () => {
    const { home, mo, bo, eve, featured, uri, pinned } = await pinning()
    const cy = mo.actor('cy')
    await following(home, cy)
    await home.takes(bo, bo.activity('Add', uri, { target: `${bo.id}/collections/tags` }))
    await home.takes(cy, cy.activity('Add', uri, { target: featured }))
    await home.takes(eve, eve.activity('Add', uri, { target: featured }))
    const theirs = cy.create()
    await home.takes(cy, theirs)
    await home.takes(bo, bo.activity('Add', (theirs.object as { id: string }).id, { target: featured }))
    expect(pinned()).toBe(0)
  })
})

describe('what is taken and does nothing', () => {
  test.each(['Dislike', 'View', 'Listen', 'Read', 'Arrive', 'TentativeAccept', 'Question', 'Invented'])('%s', async (type) => {
    const { home, bo } = await scene()
    const mine = await released(home)
    const before = home.picture()
    expect((await home.takes(bo, bo.activity(type, mine.uri))).status).toBe(202)
    expect(home.picture()).toBe(before)
  })

  test('GoToSocial’s consent to a reply', async () => {
    const { home, bo } = await scene()
    const mine = await released(home)
    const before = home.picture()
    await home.takes(bo, bo.activity('Accept', mine.uri, { result: `${bo.id}/authorizations/1`, to: [ANA] }))
    await home.takes(
      bo,
      bo.activity(
        'Accept',
        { type: 'ReplyRequest', actor: ANA, object: `${bo.id}/statuses/1`, instrument: mine.uri },
        { result: `${bo.id}/a/2` },
      ),
    )
    expect(home.picture()).toBe(before)
  })

  test('an Accept that is taken back ends the follow', async () => {
    const { home, bo, boId } = await scene()
    const owner = home.one<{ id: number }>('select id from accounts where own = 1').id
    const follow = followBetween(home, owner, boId)
    const accept = bo.activity('Accept', { id: `${ANA}#follows/${follow?.id}`, type: 'Follow', actor: ANA, object: bo.id })
    await home.takes(bo, bo.activity('Undo', accept))
    expect(followBetween(home, owner, boId)?.state ?? 'rejected').not.toBe('accepted')
  })

  test('a Create that names its post only is looked up', async () => {
    const { home, mo, bo } = await scene()
    const note = bo.note({ to: [PUBLIC] })
    mo.serve(new URL(note.id).pathname, note)
    await home.takes(bo, bo.activity('Create', note.id))
    expect(postByUri(home, note.id)).not.toBeNull()
  })
})
