import { joinEarlier } from '../domain/conversations.ts'
import { sweepMedia } from '../domain/media.ts'
import { sweepNotifications } from '../domain/notifications.ts'
import { endPolls, nextPollEnd } from '../domain/polls.ts'
import { sweepTombstones } from '../domain/posts.ts'
import { settings } from '../domain/settings.ts'
import { watchSchedule } from './schedule.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'

const DAY_MS = 24 * 3600_000
/** Starting is for whoever waits for the window; sweeping can wait. */
const FIRST_MS = 60_000
/** A timer does not run while the machine sleeps: the clock is looked at this often anyway. */
const POLLS_MS = 3600_000
/** Polls come in with posts, dozens a second: one look for all of them. */
const SOON_MS = 5_000

interface Timers {
  set(work: () => void, ms: number): unknown
  clear(timer: unknown): void
}

/** Once after the start and then daily: uploads that nothing holds, copies over the budget, what others deleted long ago; polls end when they
 * end, and scheduled posts are published at their time. Returns the way to stop. */
export function startHousekeeping(d: Domain, log: Log, timers: Timers): () => void {
  const sweep = async () => {
    try {
      const { removed, blobs } = sweepMedia(d)
      for (const blob of blobs) await d.store.blobs.remove(blob)
      const freed = await d.store.cache.trim(settings(d).mediaBudget)
      const forgotten = sweepTombstones(d) + sweepNotifications(d)
      if (removed > 0 || freed > 0 || forgotten > 0) log.info({ removed, freed, forgotten }, 'swept')
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'sweeping failed')
    }
    sweeping = timers.set(() => void sweep(), DAY_MS)
  }
  let sweeping = timers.set(() => void sweep(), FIRST_MS)
  const stopBudget = watchBudget(d, log)
  const stopPolls = watchPolls(d, log, timers)
  const stopSchedule = watchSchedule(d, log, timers)
  const stopJoining = joinConversations(d, log, timers)
  return () => {
    timers.clear(sweeping)
    stopBudget()
    stopPolls()
    stopSchedule()
    stopJoining()
  }
}

/** The cache obeys the owner's budget from the start, and a smaller one at once. Copies of what is bookmarked are beside it. Returns the way to stop. */
export function watchBudget(d: Domain, log: Log): () => void {
  let budget = 0
  const look = () => {
    const wanted = settings(d).mediaBudget
    if (wanted === budget) return
    budget = wanted
    d.store.cache.trim(wanted).then(
      (freed) => freed > 0 && log.info({ freed }, 'the cache was brought under its budget'),
      (error: unknown) => log.warn({ error: (error as Error).message }, 'the cache could not be brought under its budget'),
    )
  }
  look()
  return d.events.listen((event) => {
    if (event.type === 'settings-changed') look()
  })
}

/** Between two steps others get their turn. */
const JOIN_MS = 100

/** Once in the life of a folder: private mentions of before find their conversations, step by step. Returns the way to stop. */
function joinConversations(d: Domain, log: Log, timers: Timers): () => void {
  const step = () => {
    try {
      if (joinEarlier(d)) timer = timers.set(step, JOIN_MS)
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'private mentions could not be put into conversations')
      timer = timers.set(step, POLLS_MS)
    }
  }
  let timer = timers.set(step, SOON_MS)
  return () => timers.clear(timer)
}

/** Ends polls at their time, and those that ended while nobody looked at once. Returns the way to stop. */
export function watchPolls(d: Domain, log: Log, timers: Timers): () => void {
  let timer: unknown = null
  let due = Number.POSITIVE_INFINITY
  let stopped = false

  const within = (ms: number) => {
    const at = d.now() + ms
    if (stopped || at >= due) return
    timers.clear(timer)
    due = at
    timer = timers.set(look, ms)
  }
  const look = () => {
    due = Number.POSITIVE_INFINITY
    if (stopped) return
    try {
      while (endPolls(d) > 0);
      const next = nextPollEnd(d)
      within(next === null ? POLLS_MS : Math.min(POLLS_MS, Math.max(0, next - d.now())))
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'polls could not be ended')
      within(POLLS_MS)
    }
  }
  const off = d.events.listen((event) => {
    if (['post-released', 'post-received', 'post-edited', 'poll-changed', 'voted'].includes(event.type)) within(SOON_MS)
  })
  within(0)
  return () => {
    stopped = true
    off()
    timers.clear(timer)
  }
}
