import { describe, expect, test } from 'vitest'
import { endPolls, pollOf } from '../../../src-main/domain/polls.ts'
import { releasePost, writePost } from '../../../src-main/domain/posts.ts'
import { watchPolls } from '../../../src-main/server/housekeeping.ts'
import { HOUR, MINUTE, openAna } from '../domain/home.ts'
import type { Home } from '../domain/home.ts'

/** Timers on the clock of a home: nothing happens before it is moved. */
function timersOf(home: Home) {
  const waiting = new Map<number, { at: number; work: () => void }>()
  let serial = 0
  return {
    waiting,
    set(work: () => void, ms: number) {
      waiting.set(++serial, { at: home.clock.at + ms, work })
      return serial
    },
    clear: (timer: unknown) => void waiting.delete(timer as number),
    pass(ms: number) {
      const end = home.clock.at + ms
      for (;;) {
        const next = [...waiting].sort((a, b) => a[1].at - b[1].at)[0]
        if (!next || next[1].at > end) break
        waiting.delete(next[0])
        home.clock.at = Math.max(home.clock.at, next[1].at)
        next[1].work()
      }
      home.clock.at = end
    },
  }
}
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
/** A poll that has left: its time runs from then. */
function ask(home: Home, minutes: number): number {
  const poll = { options: ['yes', 'no'], multiple: false, expiresIn: minutes * MINUTE }
  const { post } = writePost(home, { text: 'Tea?', visibility: 'public', poll })
  releasePost(home, post.id, home.clock.at)
  return post.id
}

describe('polls', () => {
  test('end at their time, also those that were written later', () => {
    const home = openAna()
    const timers = timersOf(home)
    const first = ask(home, 90)
    const stop = watchPolls(home, log, timers)
    timers.pass(10 * MINUTE)
    const second = ask(home, 30)
    timers.pass(29 * MINUTE)
    expect([first, second].map((id) => pollOf(home, id)?.closedAt)).toEqual([null, null])
    timers.pass(2 * MINUTE)
    expect(pollOf(home, second)?.closedAt).not.toBeNull()
    expect(pollOf(home, first)?.closedAt).toBeNull()
    timers.pass(HOUR)
    expect(pollOf(home, first)?.closedAt).not.toBeNull()
    expect(home.rows('notifications', "type = 'poll'")).toBe(2)
    stop()
    expect(timers.waiting.size).toBe(0)
  })

  test('that ended while nobody looked end at the start, and the watch goes on', () => {
    const home = openAna()
    const timers = timersOf(home)
    const id = ask(home, 10)
    home.clock.at += HOUR
    const stop = watchPolls(home, log, timers)
    timers.pass(0)
    expect(pollOf(home, id)?.closedAt).not.toBeNull()
    expect(endPolls(home)).toBe(0)
    expect(timers.waiting.size).toBe(1)
    stop()
  })
})
