import { describe, expect, test } from 'vitest'
import { draft, saveDraft } from '../../../src-main/domain/drafts.ts'
import { heldPosts, hold, leaveToOwner, nextHeld, publishHeld } from '../../../src-main/domain/held.ts'
import { schedule } from '../../../src-main/domain/scheduled.ts'
import { watchSchedule } from '../../../src-main/server/schedule.ts'
import { HOUR, openAna } from './home.ts'
import type { Home } from './home.ts'

const DRAFT = '22222222-2222-4222-8222-222222222222'
const input = (text: string) => ({ text, visibility: 'public' as const })
const words = (text: string) => ({
  text,
  warning: '',
  sensitive: false,
  visibility: 'public' as const,
  language: null,
  inReplyToId: null,
  editOf: null,
  mediaIds: [],
  caret: 0,
})

function held(home: Home, text: string, id = DRAFT) {
  saveDraft(home, id, words(text))
  return hold(home, input(text), { draftId: id, ms: 10_000, idempotency: { tokenId: 1, key: `key-${id}` } })
}
const own = (home: Home) => home.rows('posts', 'own = 1')

describe('what is held', () => {
  test('a draft that was written on since stays: only what was held goes', () => {
    const home = openAna()
    held(home, 'The boat')
    home.clock.at += 5_000
    saveDraft(home, DRAFT, words('The boat, and what was thought of later'))
    home.clock.at += 5_000
    publishHeld(home)
    expect([own(home), heldPosts(home)]).toEqual([1, []])
    expect(draft(home, DRAFT)?.text).toBe('The boat, and what was thought of later')
  })

  test('goes although the clock was set back meanwhile', () => {
    const home = openAna()
    held(home, 'The boat')
    home.clock.at -= 24 * HOUR
    expect(nextHeld(home)).toBeLessThanOrEqual(home.clock.at)
    publishHeld(home)
    expect([own(home), heldPosts(home)]).toEqual([1, []])
  })

  test('is not kept from waiting by posts that ask the owner', () => {
    const home = openAna()
    for (let n = 0; n < 25; n++) {
      const id = `33333333-3333-4333-8333-3333333333${n + 10}`
      saveDraft(home, id, words(`Late ${n}`))
      home.store.transaction(() => leaveToOwner(home, id, input(`Late ${n}`), 'late'))
    }
    expect(held(home, 'The boat').problem).toBeNull()
  })

  test('goes although a scheduled post cannot be written for now', () => {
    const home = openAna()
    schedule(home, input('Later'), home.clock.at + HOUR)
    home.clock.at += HOUR
    held(home, 'The boat')
    home.clock.at += 10_000
    home.store.database.exec(
      `create temp trigger no_room before insert on posts when new.source = 'Later' begin select raise(abort, 'no room'); end`,
    )
    const lines: string[] = []
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: (_data: object, text: string) => lines.push(text),
      error: () => undefined,
    }
    const stop = watchSchedule(home, log, { set: () => null, clear: () => undefined })
    stop()
    expect([own(home), heldPosts(home), home.rows('scheduled')]).toEqual([1, [], 1])
    expect(lines).toEqual(['a scheduled post could not be published'])
  })
})
