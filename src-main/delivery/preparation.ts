import { AppError } from '../domain/errors.ts'
import { backoff } from './policy.ts'
import type { FailureCode } from './policy.ts'
import type { Outgoing, Queue, Released } from './queue.ts'
import type { Log, Preparer } from '../domain/ports.ts'
import type { OutgoingKind } from '../domain/types.ts'
import type { Store } from '../store/store.ts'

/**
 * Turns waiting items into rows: oldest first, one after the other, so that what goes to an inbox goes there in the order it was written.
 * Answers to Follows are independent of each other and of everything else. A failure counts only once something shows that our own way
 * out was open.
 */

const FOLLOW_ANSWERS: readonly OutgoingKind[] = ['accept', 'reject']
const ANSWERS_AT_ONCE = 32
/** Tries of an item that cannot be prepared (a mentioned person's server is down): about three days. */
const MAX_PREPARATIONS = 12
/** What was not prepared for our own fault. */
const HELD_MS = 10_000

export interface Preparation {
  /** Starts what may be prepared now. */
  next(): void
  /** After a start: what was being spread when the program ended goes on. */
  resume(): void
  /** The way out has been proven anew. */
  released(): void
  readonly active: boolean
}

export interface PreparationParts {
  store: Store
  queue: Queue
  preparer: () => Preparer | null
  /** So many deliveries are about to come; 0: some. */
  expect: (deliveries: number) => void
  /** Rows on their way right now. */
  flying: () => number[]
  /** Something for these inboxes may go now. */
  wake: (inboxes: Released['inboxes']) => void
  provenSince: (since: number) => boolean
  proof: (since: number) => Promise<void>
  changed: (outgoingId: number) => void
  writable: () => void
  unwritable: (error: unknown, text: string) => void
  nudge: () => void
  wakeAt: (at: number) => void
  stopped: () => boolean
  now: () => number
  random: () => number
  log: Log
}

export function startPreparation(parts: PreparationParts): Preparation {
  const { store, queue, now, log } = parts
  const busy = { answers: false, others: false }
  /** Items whose inboxes have not all got their row yet: before anything else, for the order's sake. */
  const unspread = new Set<number>()
  let heldUntil = 0

  function hold(): void {
    heldUntil = now() + HELD_MS
  }

  function run(which: 'answers' | 'others', work: () => Promise<unknown>): void {
    busy[which] = true
    void work().finally(() => {
      busy[which] = false
      parts.nudge()
    })
  }

  function next(): void {
    const preparer = parts.preparer()
    if (!preparer) return
    if (now() < heldUntil) return parts.wakeAt(heldUntil)
    if (!busy.others) {
      const [first] = unspread
      if (first !== undefined) run('others', () => spread(first))
      else {
        const [item] = queue.waiting(1, { not: FOLLOW_ANSWERS })
        if (item) run('others', () => prepare(preparer, item))
      }
    }
    if (busy.answers) return
    const answers = queue.waiting(ANSWERS_AT_ONCE, { only: FOLLOW_ANSWERS })
    if (answers.length > 0) run('answers', () => Promise.all(answers.map((item) => prepare(preparer, item))))
  }

  async function prepare(preparer: Preparer, item: Outgoing): Promise<void> {
    const startedAt = now()
    parts.expect(0)
    let prepared: Awaited<ReturnType<Preparer['prepare']>>
    try {
      prepared = await preparer.prepare(item)
    } catch (error) {
      if (!parts.stopped()) await failed(item, error, startedAt)
      return
    }
    if (parts.stopped()) return
    if (prepared !== 'drop') parts.expect(prepared.inboxes.length)
    let refused: { error: unknown } | null = null
    try {
      const released = await store.groupCommit((): Released => {
        // The owner may have taken it back while it was being prepared.
        if (queue.get(item.id)?.state !== 'waiting') return { inboxes: [], moved: [], more: false }
        if (prepared === 'drop') {
          queue.remove(item.id)
          return { inboxes: [], moved: [], more: false }
        }
        try {
          prepared.commit?.()
        } catch (error) {
          refused = { error }
          throw error
        }
        return queue.release(item, prepared, parts.flying())
      })
      committed(item.id, released)
      if (released.more) await spread(item.id)
    } catch (error) {
      if (parts.stopped()) return
      if (refused) return failed(item, (refused as { error: unknown }).error, startedAt)
      parts.unwritable(error, 'the outbox cannot be written')
      hold()
    }
  }

  /** The rows of a post to thousands come in parts: the window is answered in between. */
  async function spread(id: number): Promise<void> {
    try {
      for (let more = true; more && !parts.stopped();) {
        const released = await store.groupCommit(() => queue.spread(id, parts.flying()))
        committed(id, released)
        more = released.more
      }
    } catch (error) {
      if (parts.stopped()) return
      parts.unwritable(error, 'the outbox cannot be written')
      hold()
    }
  }

  function committed(id: number, { inboxes, moved, more }: Released): void {
    if (more) unspread.add(id)
    else unspread.delete(id)
    parts.writable()
    parts.wake(inboxes)
    for (const earlier of moved) parts.changed(earlier)
    if (!more) parts.changed(id)
    parts.nudge()
  }

  async function failed(item: Outgoing, error: unknown, startedAt: number): Promise<void> {
    if ((error as { code?: unknown }).code === 'disk-full') return hold()
    const known = error instanceof AppError ? error : null
    const retryable = known?.retryable ?? true
    if (retryable) {
      await parts.proof(startedAt)
      if (parts.stopped()) return
      if (!parts.provenSince(startedAt)) return hold()
    }
    const code = failureOf(known)
    const final = !retryable || item.attempts + 1 >= MAX_PREPARATIONS
    log.warn({ item: item.id, kind: item.kind, code, final, error: (error as Error).message }, 'could not be prepared for sending')
    try {
      queue.postpone(item.id, now() + backoff(item.attempts, parts.random()), code, final)
      parts.changed(item.id)
    } catch (failure) {
      parts.unwritable(failure, 'the outbox cannot be written')
      hold()
    }
  }

  return {
    next,
    resume() {
      for (const id of queue.unspread()) unspread.add(id)
    },
    released() {
      heldUntil = 0
    },
    get active() {
      return busy.answers || busy.others
    },
  }
}

const REASONS: readonly FailureCode[] = [
  'no-answer',
  'timeout',
  'refused',
  'unauthorized',
  'gone',
  'not-found',
  'rejected',
  'rate-limited',
  'server-error',
  'tls',
  'dns',
  'address-not-allowed',
  'account-not-found',
  'moved',
  'poll-over',
]

/** The code for the owner: the preparer's own, or the nearest to what it threw. */
function failureOf(error: AppError | null): FailureCode {
  const reason = REASONS.find((code) => code === error?.reason)
  if (reason) return reason
  if (error?.code === 'not-found') return 'account-not-found'
  return error?.code === 'rate-limited' ? 'rate-limited' : 'no-answer'
}
