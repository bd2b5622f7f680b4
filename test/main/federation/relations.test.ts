/** Follows, answers to them, blocks and what takes them back: both ways, honest and not. */
import { describe, expect, test } from 'vitest'
import { block, follow } from '../../../src-main/domain/follows.ts'
import { relationship } from '../../../src-main/domain/relationships.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, eventsTaken, followedBy, following, knowing, MINUTE, openInstance } from './instance.ts'
import { PUBLIC, remoteServer } from './world.ts'

async function scene(options: { locked?: boolean } = {}) {
  const home = await openInstance(options)
  const mo = remoteServer('mo.example')
  return { home, mo, bo: mo.actor('bo'), eve: remoteServer('evil.example').actor('eve') }
}

describe('Follow', () => {
  test('of an open account: a follower, a notification, and one Accept that holds the whole Follow', async () => {
    const { home, bo } = await scene()
    const ask = bo.activity('Follow', ANA)
    await home.takes(bo, ask)
    expect(home.one('select followers_count as n from accounts where own = 1')).toEqual({ n: 1 })
    expect(home.one('select type from notifications')).toEqual({ type: 'follow' })
    expect(home.outbox.map((item) => item.kind)).toEqual(['accept'])
    expect(await home.leave()).toMatchObject({
      inboxes: [bo.inbox],
      activity: { type: 'Accept', actor: ANA, to: [bo.id], object: { id: ask.id, type: 'Follow', actor: bo.id, object: ANA } },
    })
  })

  test('of a locked account waits for the owner, and nothing is answered', async () => {
    const { home, bo } = await scene({ locked: true })
    await home.takes(bo, bo.activity('Follow', ANA))
    expect(home.one('select state from follows')).toEqual({ state: 'pending' })
    expect(home.one('select type from notifications')).toEqual({ type: 'follow-request' })
    expect(home.outbox).toEqual([])
  })

  test('Misskey: the same id again after an Undo is a new follow; a replayed request is not', async () => {
    const { home, bo } = await scene()
    const ask = bo.activity('Follow', ANA)
    const body = JSON.stringify(ask)
    const first = bo.signed('https://ana.example/inbox', body)
    await home.post('/inbox', body, first)
    await home.federation.settled()
    const undo = bo.activity('Undo', ask)
    home.clock.at += MINUTE
    await home.takes(bo, undo)
    expect(home.rows('follows')).toBe(0)
    expect((await home.post('/inbox', body, first)).status).toBe(202)
    await home.federation.settled()
    expect(home.rows('follows'), rule(15)).toBe(0)
    home.clock.at += MINUTE
    await home.takes(bo, ask)
    expect(home.rows('follows')).toBe(1)
    home.clock.at += MINUTE
    await home.takes(bo, undo)
    expect(home.rows('follows')).toBe(0)
  })

  test('somebody who asks again and again is answered once per delivery, not once per ask', async () => {
    const { home, bo } = await scene()
    for (let i = 0; i < 5; i++) {
      home.clock.at += MINUTE
      await home.takes(bo, bo.activity('Follow', ANA))
    }
    expect(home.rows('follows')).toBe(1)
    expect(home.outbox.map((item) => item.kind)).toEqual(['accept'])
  })

  test('a Follow and its Undo that come together end in that order', async () => {
    const { home, mo, bo } = await scene()
    const ask = bo.activity('Follow', ANA)
    const profile = Promise.withResolvers<boolean>()
    mo.answer((request) => request.path.startsWith('/.well-known') && profile.promise)
    expect((await home.deliver(bo, ask)).status).toBe(202)
    expect((await home.deliver(bo, bo.activity('Undo', ask))).status).toBe(202)
    expect(home.rows('inbound')).toBe(2)
    profile.resolve(false)
    await home.federation.settled()
    await home.pass(1)
    expect(home.rows('follows')).toBe(0)
    expect(home.rows('inbound')).toBe(0)
    expect(await home.leave().catch(() => 'nothing')).toSatisfy((left) => left === 'drop' || left === 'nothing')
  })

  test('of somebody else than the owner, of the instance or of a post: nothing', async () => {
    const { home, mo, bo } = await scene()
    const before = home.picture()
    for (const object of ['https://other.example/users/x', 'https://ana.example/actor', `${ANA}/statuses/1`, mo.origin]) {
      expect((await home.takes(bo, bo.activity('Follow', object))).status).toBe(202)
    }
    expect(home.picture()).toBe(before)
  })

  test(rule(16) + ' from somebody blocked: nothing, and nobody is told', async () => {
    const { home, bo } = await scene()
    block(home, await knowing(home, bo))
    await eventsTaken()
    home.outbox.splice(0)
    await home.takes(bo, bo.activity('Follow', ANA))
    expect(home.rows('follows')).toBe(0)
    expect(home.outbox).toEqual([])
  })

  test(rule(9) + ' from an actor whose handle leads to somebody else: nothing', async () => {
    const { home, mo, bo } = await scene()
    const liar = mo.actor('liar', { preferredUsername: 'bo' })
    await knowing(home, bo)
    await home.takes(liar, liar.activity('Follow', ANA))
    expect(home.rows('follows')).toBe(0)
    expect(home.rows('accounts', `uri = '${liar.id}'`)).toBe(0)
    expect(home.one('select uri from accounts where username = ?', 'bo')).toEqual({ uri: bo.id })
  })
})

describe('Accept and Reject', () => {
  async function asked() {
    const parts = await scene()
    const id = await knowing(parts.home, parts.bo)
    follow(parts.home, id)
    const left = await parts.home.leave()
    if (left === 'drop') throw new Error('the Follow was dropped')
    return { ...parts, id, ask: left.activity, left }
  }

  test('our Follow goes to their own inbox; their Accept makes us a follower', async () => {
    const { home, bo, id, ask, left } = await asked()
    expect(left.inboxes).toEqual([bo.inbox])
    expect(ask).toMatchObject({ type: 'Follow', actor: ANA, object: bo.id, to: [bo.id] })
    await home.takes(bo, bo.activity('Accept', ask))
    expect(relationship(home, id)).toMatchObject({ following: true, requested: false })
  })

  test.each([
    ['by the id of the Follow', (ask: Record<string, unknown>) => ask.id],
    [
      'by the Follow alone, as Pleroma sends it',
      (ask: Record<string, unknown>) => ({ type: 'Follow', actor: ask.actor, object: ask.object }),
    ],
    ['with another id in it', (ask: Record<string, unknown>) => ({ ...ask, id: 'https://mo.example/follows/1' })],
  ])('named %s', async (_name, object) => {
    const { home, bo, id, ask } = await asked()
    await home.takes(bo, bo.activity('Accept', object(ask)))
    expect(relationship(home, id).following).toBe(true)
  })

  test(rule(13) + ' from somebody we never asked: nothing', async () => {
    const { home, eve, bo, ask } = await asked()
    const eveId = await knowing(home, eve)
    for (const object of [ask, ask.id, { type: 'Follow', actor: ANA, object: eve.id }, { ...ask, object: eve.id }]) {
      await home.takes(eve, eve.activity('Accept', object))
    }
    expect(relationship(home, eveId).following).toBe(false)
    expect(home.rows('follows', "state = 'accepted'")).toBe(0)
    await home.takes(bo, bo.activity('Accept', { type: 'Follow', actor: eve.id, object: bo.id }))
    expect(home.rows('follows', "state = 'accepted'")).toBe(0)
  })

  test('Reject ends what was asked, and later what was', async () => {
    const { home, bo, id, ask } = await asked()
    await home.takes(bo, bo.activity('Reject', ask))
    expect(relationship(home, id)).toMatchObject({ following: false, requested: false })
    await following(home, bo)
    await home.takes(bo, bo.activity('Reject', { type: 'Follow', actor: ANA, object: bo.id }))
    expect(relationship(home, id).following).toBe(false)
  })

  test(rule(6) + ' somebody else cannot reject it', async () => {
    const { home, eve, bo } = await scene()
    await knowing(home, eve)
    const id = await following(home, bo)
    await home.takes(eve, eve.activity('Reject', { type: 'Follow', actor: ANA, object: bo.id }))
    expect(relationship(home, id).following).toBe(true)
  })
})

describe('Undo', () => {
  test('of a Follow, whatever id it gives it', async () => {
    const { home, bo } = await scene()
    await followedBy(home, bo)
    await home.takes(bo, bo.activity('Undo', { id: `${bo.id}#another`, type: 'Follow', actor: bo.id, object: ANA }))
    expect(home.rows('follows')).toBe(0)
    expect(home.one('select followers_count as n from accounts where own = 1')).toEqual({ n: 0 })
  })

  test('of a Follow by its id alone; any other id alone leaves the follower', async () => {
    const { home, bo } = await scene()
    await followedBy(home, bo)
    await home.takes(bo, bo.activity('Undo', `${bo.id}#likes/77`))
    expect(home.rows('follows')).toBe(1)
    await home.takes(bo, bo.activity('Undo', `${bo.id}#follows/1`))
    expect(home.rows('follows')).toBe(0)
  })

  test(rule(6) + ' of somebody else’s Follow: nothing', async () => {
    const { home, bo, eve } = await scene()
    await followedBy(home, bo)
    await followedBy(home, eve)
    await home.takes(eve, eve.activity('Undo', { id: `${bo.id}#follows/1`, type: 'Follow', actor: bo.id, object: ANA }))
    await home.takes(eve, eve.activity('Undo', { id: `${eve.id}#x`, type: 'Follow', actor: bo.id, object: ANA }))
    await home.takes(eve, eve.activity('Undo', `${bo.id}#follows/1`))
    expect(home.rows('follows')).toBe(2)
  })
})

describe('Block', () => {
  test('ends follows both ways, tells nobody, and can be undone', async () => {
    const { home, bo } = await scene()
    const id = await following(home, bo)
    await followedBy(home, bo)
    const theirs = bo.activity('Block', ANA)
    await home.takes(bo, theirs)
    expect(relationship(home, id)).toMatchObject({ following: false, followedBy: false, blockedBy: true })
    expect(home.outbox).toEqual([])
    await home.takes(bo, bo.activity('Undo', theirs))
    expect(relationship(home, id).blockedBy).toBe(false)
  })

  test('of somebody else is none of our business', async () => {
    const { home, bo, eve } = await scene()
    await following(home, bo)
    const before = home.picture()
    await home.takes(bo, bo.activity('Block', eve.id))
    expect(home.picture()).toBe(before)
  })
})

describe('an account', () => {
  test('Update: what it says of itself is fetched, not believed', async () => {
    const { home, mo, bo } = await scene()
    const id = await following(home, bo)
    mo.asked.splice(0)
    bo.document.name = 'Bo from its origin'
    await home.takes(bo, bo.activity('Update', { ...bo.document, name: 'Bo from the body', inbox: 'https://evil.example/inbox' }))
    expect(home.one('select display_name as name, inbox from accounts where id = ?', id)).toEqual({
      name: 'Bo from its origin',
      inbox: bo.inbox,
    })
    expect(mo.count('/users/bo')).toBe(1)
  })

  test(rule(6) + ' Update of somebody else: nothing, and nobody is asked', async () => {
    const { home, mo, bo } = await scene()
    const al = mo.actor('al')
    await knowing(home, al)
    await following(home, bo)
    mo.asked.splice(0)
    const before = home.picture()
    await home.takes(bo, bo.activity('Update', { ...al.document, name: 'Not Al' }))
    expect(home.picture()).toBe(before)
    expect(mo.asked).toEqual([])
  })

  test('Delete of itself takes it and all that was its', async () => {
    const { home, bo } = await scene()
    await following(home, bo)
    await followedBy(home, bo)
    await home.takes(bo, bo.create())
    await home.takes(bo, bo.activity('Delete', bo.id, { to: [PUBLIC] }))
    expect([home.rows('accounts', 'own = 0'), home.rows('posts'), home.rows('follows'), home.rows('keys')]).toEqual([0, 0, 0, 0])
    expect(home.one('select followers_count as n, following_count as m from accounts where own = 1')).toEqual({ n: 0, m: 0 })
  })

  test(rule(6) + ' Delete of somebody else: nothing', async () => {
    const { home, mo, bo, eve } = await scene()
    await following(home, bo)
    const al = mo.actor('al')
    await knowing(home, al)
    await knowing(home, eve)
    const before = home.rows('accounts')
    await home.takes(eve, eve.activity('Delete', bo.id))
    await home.takes(al, al.activity('Delete', bo.id))
    expect(home.rows('accounts')).toBe(before)
    expect(home.rows('follows')).toBe(1)
  })

  test('an inbox that says 410 takes a follower away only if their actor says so too', async () => {
    const { home, mo, bo } = await scene()
    await followedBy(home, bo)
    let status = 404
    mo.answer((request, response): boolean => {
      if (request.path !== '/users/bo' || status === 200) return false
      response.writeHead(status).end()
      return true
    })
    for (const harmless of [404, 500, 403]) {
      status = harmless
      home.clock.at += 2 * 3600_000
      home.federation.inboxReports.inboxGone(bo.inbox)
      await home.federation.settled()
      expect(home.rows('follows')).toBe(1)
    }
    status = 410
    home.clock.at += 2 * 3600_000
    home.federation.inboxReports.inboxDoubtful?.(`${mo.origin}/inbox`)
    await home.federation.settled()
    expect(home.rows('follows')).toBe(1)
    home.clock.at += 2 * 3600_000
    home.federation.inboxReports.inboxGone(`${mo.origin}/inbox`)
    await home.federation.settled()
    expect([home.rows('follows'), home.rows('accounts', 'own = 0')]).toEqual([0, 0])
  })

  test('an inbox that has moved is found where the actor says it is now', async () => {
    const { home, bo } = await scene()
    const id = await followedBy(home, bo)
    bo.document.inbox = 'https://mo.example/new/inbox'
    home.federation.inboxReports.inboxDoubtful?.(bo.inbox)
    await home.federation.settled()
    expect(home.one('select inbox from accounts where id = ?', id)).toEqual({ inbox: 'https://mo.example/new/inbox' })
  })
})
