import { describe, expect, it } from 'vitest'
import { closeAccount, closing } from '../../../src-main/domain/closing.ts'
import { mediaById, mediaByToken } from '../../../src-main/domain/media.ts'
import { follow } from '../../../src-main/domain/follows.ts'
import { boostPost, deletePost, editPost, postById, writePost } from '../../../src-main/domain/posts.ts'
import { schedule, scheduledPage } from '../../../src-main/domain/scheduled.ts'
import { homePage } from '../../../src-main/domain/timelines.ts'
import { refused, upload } from '../domain/home.ts'
import { ANA, eventsTaken, HOUR, knowing, NOON, ORIGIN } from './instance.ts'
import { gone, kinds, scene, written } from './leaving.ts'
import { PUBLIC } from './world.ts'
import type { MediaFile } from '../../../src-main/domain/types.ts'
import type { Home } from '../domain/home.ts'

const JSON_LD = { headers: { accept: 'application/activity+json' } }

describe('closing the account', () => {
  it('tells every known server once, and nothing else any more', async () => {
    const { home, al } = await scene()
    await knowing(home, al)
    writePost(home, { text: 'Not gone yet', visibility: 'public' })
    await eventsTaken()
    closeAccount(home, '@ana@ana.example')
    expect(await kinds(home)).toEqual(['post', 'close'])
    // What was waiting is dropped: it would bring the account back.
    expect(await home.leave()).toBe('drop')
    const { activity, inboxes } = await gone(home)
    expect(activity).toMatchObject({ type: 'Delete', actor: ANA, object: ANA, to: [PUBLIC] })
    expect(inboxes.sort()).toEqual(['https://mo.example/inbox', 'https://other.example/inbox'])
    expect(home.outbox).toEqual([])
  })

  it('is for ever: nothing can be written, what is here stays readable', async () => {
    const { home, al } = await scene()
    const theirs = await knowing(home, al)
    const mine = await written(home, { text: 'Boats', visibility: 'public' })
    schedule(home, { text: 'Later', visibility: 'public' }, NOON + HOUR)
    closeAccount(home, 'ana@ana.example')
    for (const write of [
      () => writePost(home, { text: 'x', visibility: 'public' }),
      () => editPost(home, mine, { text: 'x' }),
      () => deletePost(home, mine),
      () => boostPost(home, mine),
      () => follow(home, theirs),
      () => schedule(home, { text: 'x', visibility: 'public' }, NOON + 2 * HOUR),
      () => closeAccount(home, 'ana@ana.example'),
    ]) {
      expect(refused(write)).toMatchObject({ code: 'conflict', reason: 'closed' })
    }
    expect(scheduledPage(home, { limit: 10 })).toEqual([])
    expect(postById(home, mine)?.source).toBe('Boats')
    expect(homePage(home, { limit: 10 })).toEqual([mine])
  })

  it('wants the whole handle typed: anything else changes nothing', async () => {
    const { home } = await scene()
    const before = home.picture()
    for (const typed of ['', 'ana', '@ana', 'ana@other.example', 'bo@ana.example']) {
      expect(refused(() => closeAccount(home, typed)).reason).toBe('confirm-wrong')
    }
    expect(home.picture()).toBe(before)
    expect(closing(home, null).state).toBe('open')
  })

  it('answers 410 for everything about the person, and still shows whose name it is', async () => {
    const { home } = await scene()
    const mine = await written(home, { text: 'Boats', visibility: 'public' })
    const person = [
      '/users/ana',
      `/users/ana/statuses/${mine}`,
      `/users/ana/statuses/${mine}/activity`,
      '/users/ana/outbox',
      '/users/ana/followers',
      `/.well-known/webfinger?resource=acct:ana@ana.example`,
    ]
    for (const path of person) expect([path, (await home.get(path, JSON_LD)).status]).toEqual([path, 200])
    const file = mediaById(home, upload(home as unknown as Home)) as MediaFile
    writePost(home, { text: 'A picture', visibility: 'public', mediaIds: [file.id] })
    await gone(home)
    expect(mediaByToken(home, file.token, 'public')).not.toBeNull()
    closeAccount(home, 'ana@ana.example')
    expect(mediaByToken(home, file.token, 'public')).toBeNull()
    expect(mediaByToken(home, file.token, 'owner')).not.toBeNull()
    for (const path of person) {
      const answer = await home.get(path, JSON_LD)
      expect([path, answer.status]).toEqual([path, 410])
      expect(answer.text).not.toContain('Boats')
    }
    for (const path of [
      '/actor',
      '/.well-known/nodeinfo',
      '/nodeinfo/2.0',
      '/.well-known/webfinger?resource=acct:ana.example@ana.example',
    ]) {
      expect([path, (await home.get(path, JSON_LD)).status]).toEqual([path, 200])
    }
    expect((await home.get('/actor', JSON_LD)).json().publicKey).toMatchObject({ owner: `${ORIGIN}/actor` })
  })

  it('takes nothing in any more, without making anybody try again', async () => {
    const { home, bo } = await scene()
    closeAccount(home, 'ana@ana.example')
    await eventsTaken()
    const before = home.rows('posts')
    expect((await home.deliver(bo, bo.create({ content: '<p>Still there?</p>' }))).status).toBe(202)
    expect((await home.deliver(bo, bo.create({ content: '<p>Hello?</p>' }), { path: '/users/ana/inbox' })).status).toBe(410)
    expect(home.rows('posts')).toBe(before)
    expect(home.rows('inbound')).toBe(0)
  })

  it('keeps a receipt after the outbox has forgotten', async () => {
    const { home } = await scene()
    closeAccount(home, 'ana@ana.example')
    expect(closing(home, null)).toMatchObject({ state: 'leaving', at: NOON, total: 0 })
    expect(closing(home, { total: 3, delivered: 1, failed: 0, settled: false })).toMatchObject({ state: 'leaving', delivered: 1 })
    expect(closing(home, { total: 3, delivered: 2, failed: 1, settled: true }).state).toBe('closed')
    expect(closing(home, null)).toEqual({ state: 'closed', at: NOON, total: 3, delivered: 2, failed: 1 })
  })
})
