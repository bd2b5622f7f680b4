import { describe, expect, it } from 'vitest'
import { listDrafts } from '../../../src-main/domain/drafts.ts'
import { sweepMedia } from '../../../src-main/domain/media.ts'
import { deletePost, postById, writePost } from '../../../src-main/domain/posts.ts'
import {
  backToDraft,
  cancelScheduled,
  nextDue,
  publishDue,
  publishNow,
  reschedule,
  schedule,
  scheduledById,
  scheduledPage,
} from '../../../src-main/domain/scheduled.ts'
import { homePage } from '../../../src-main/domain/timelines.ts'
import { watchSchedule } from '../../../src-main/server/schedule.ts'
import { HOUR, MINUTE, NOON, openAna, refused, upload } from './home.ts'
import type { Home } from './home.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const latest = (home: Home) => postById(home, homePage(home, { limit: 1 })[0] as number)

describe('a scheduled post', () => {
  it('is written at its time and not before, with its files', () => {
    const home = openAna()
    const file = upload(home)
    const { id } = schedule(home, { text: 'later', visibility: 'unlisted', mediaIds: [file] }, NOON + HOUR)
    expect(nextDue(home)).toBe(NOON + HOUR)
    home.clock.at = NOON + HOUR - 1
    expect(publishDue(home)).toBe(0)
    expect(home.rows('posts')).toBe(0)
    home.clock.at = NOON + HOUR
    expect(publishDue(home)).toBe(1)
    expect(latest(home)).toMatchObject({ source: 'later', visibility: 'unlisted', createdAt: NOON + HOUR })
    expect(home.rows('media', `post_id is not null and scheduled_id is null`)).toBe(1)
    expect(scheduledById(home, id)).toBeNull()
    expect(publishDue(home)).toBe(0)
    expect(home.rows('posts')).toBe(1)
  })

  it('goes now instead when told, with its files, and only once', () => {
    const home = openAna()
    const file = upload(home)
    const { id } = schedule(home, { text: 'sooner', visibility: 'public', mediaIds: [file] }, NOON + HOUR)
    expect(publishNow(home, id)).toBe(latest(home)?.id)
    expect(latest(home)).toMatchObject({ source: 'sooner', createdAt: NOON })
    expect(home.rows('media', 'post_id is not null and scheduled_id is null')).toBe(1)
    expect([nextDue(home), refused(() => publishNow(home, id)).code]).toEqual([null, 'not-found'])
    const answer = writePost(home, { text: 'x', visibility: 'public' }).post
    const reply = schedule(home, { text: 'reply', visibility: 'public', inReplyToId: answer.id }, NOON + HOUR)
    deletePost(home, answer.id)
    expect(refused(() => publishNow(home, reply.id)).reason).toBe('parent-gone')
    expect(scheduledById(home, reply.id)).not.toBeNull()
  })

  it('is a draft again when told, with its files, and goes at no time', () => {
    const home = openAna()
    const file = upload(home)
    const { id } = schedule(home, { text: 'not yet', warning: 'w', visibility: 'unlisted', mediaIds: [file] }, NOON + HOUR)
    const draftId = backToDraft(home, id)
    expect(listDrafts(home)).toMatchObject([{ id: draftId, text: 'not yet', warning: 'w', visibility: 'unlisted', mediaIds: [file] }])
    expect([nextDue(home), publishDue(home), home.rows('posts')]).toEqual([null, 0, 0])
    expect(refused(() => backToDraft(home, id)).code).toBe('not-found')
  })

  it('holds its files: they are swept by nobody and go into no other post', () => {
    const home = openAna()
    const file = upload(home)
    const { id } = schedule(home, { text: 'later', visibility: 'public', mediaIds: [file] }, NOON + 72 * HOUR)
    home.clock.at = NOON + 48 * HOUR
    expect(sweepMedia(home).removed).toBe(0)
    expect(refused(() => writePost(home, { text: 'x', visibility: 'public', mediaIds: [file] })).reason).toBe('media-taken')
    cancelScheduled(home, id)
    expect(sweepMedia(home).removed).toBe(0)
    expect(writePost(home, { text: 'x', visibility: 'public', mediaIds: [file] }).post.id).toBeGreaterThan(0)
    expect(refused(() => cancelScheduled(home, id)).code).toBe('not-found')
  })

  it('is refused for what writing would refuse, and for too soon: nothing is changed', () => {
    const home = openAna()
    const before = home.picture()
    expect(refused(() => schedule(home, { text: 'x', visibility: 'public' }, NOON + 5 * MINUTE - 1)).reason).toBe('too-soon')
    expect(refused(() => schedule(home, { text: 'x', visibility: 'public' }, NOON - HOUR)).reason).toBe('too-soon')
    expect(refused(() => schedule(home, { text: 'x', visibility: 'public' }, Number.NaN)).reason).toBe('too-soon')
    expect(refused(() => schedule(home, { text: '', visibility: 'public' }, NOON + HOUR)).reason).toBe('empty')
    expect(refused(() => schedule(home, { text: 'x', visibility: 'public', inReplyToId: 12 }, NOON + HOUR)).reason).toBe('parent-gone')
    expect(home.picture()).toBe(before)
  })

  it('becomes a draft when what it answers is gone: no text is lost', () => {
    const home = openAna()
    const parent = writePost(home, { text: 'first', visibility: 'public' }).post.id
    const file = upload(home)
    schedule(home, { text: 'answer', visibility: 'public', inReplyToId: parent, mediaIds: [file] }, NOON + HOUR)
    deletePost(home, parent)
    home.clock.at = NOON + HOUR
    expect(publishDue(home)).toBe(1)
    expect(listDrafts(home)).toMatchObject([{ text: 'answer', mediaIds: [file] }])
    expect(scheduledPage(home, { limit: 10 })).toEqual([])
  })

  it('waits alone where something goes wrong with it: the others are written at their time', () => {
    const home = openAna()
    for (const text of ['cursed', 'fine']) schedule(home, { text, visibility: 'public' }, NOON + HOUR)
    home.store.database.exec("create trigger curse before insert on posts when new.source = 'cursed' begin select raise(abort, 'x'); end")
    home.clock.at = NOON + HOUR
    expect(() => publishDue(home)).toThrow()
    expect([latest(home)?.source, home.rows('posts'), home.rows('scheduled'), home.rows('drafts')]).toEqual(['fine', 1, 1, 0])
    home.store.database.exec('drop trigger curse')
    expect([publishDue(home), latest(home)?.source]).toEqual([1, 'cursed'])
  })

  it('moves, and is listed newest first', () => {
    const home = openAna()
    const one = schedule(home, { text: 'one', visibility: 'public' }, NOON + HOUR)
    const two = schedule(home, { text: 'two', visibility: 'public' }, NOON + 2 * HOUR)
    expect(scheduledPage(home, { limit: 10 }).map((each) => each.id)).toEqual([two.id, one.id])
    expect(reschedule(home, one.id, NOON + 3 * HOUR).at).toBe(NOON + 3 * HOUR)
    expect(refused(() => reschedule(home, one.id, NOON + MINUTE)).reason).toBe('too-soon')
    expect(nextDue(home)).toBe(NOON + 2 * HOUR)
  })

  it('runs by the clock: also what came due while the program slept or was not running', () => {
    const home = openAna()
    const timers = new Map<number, () => void>()
    let last = 0
    const set = (work: () => void) => (timers.set(++last, work), last)
    const fire = () => {
      const [key, work] = [...timers][0] as [number, () => void]
      timers.delete(key)
      work()
    }
    const clear = (timer: unknown) => void timers.delete(timer as number)
    let stop = watchSchedule(home, silent, { set, clear })
    expect(timers.size).toBe(0)
    schedule(home, { text: 'asleep', visibility: 'public' }, NOON + HOUR)
    fire()
    expect(timers.size).toBe(1)
    expect(home.rows('posts')).toBe(0)
    home.clock.at = NOON + 8 * HOUR
    fire()
    expect(latest(home)?.source).toBe('asleep')
    fire()
    expect(timers.size).toBe(0)
    schedule(home, { text: 'off', visibility: 'public' }, NOON + 9 * HOUR)
    stop()
    expect(timers.size).toBe(0)
    home.clock.at = NOON + 20 * HOUR
    stop = watchSchedule(home, silent, { set, clear })
    expect(latest(home)?.source).toBe('off')
    stop()
  })
})
