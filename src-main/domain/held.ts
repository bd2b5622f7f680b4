import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import { draft, saveDraft } from './drafts.ts'
import { checkPost, writePost } from './writing.ts'
import type { Selectable } from 'kysely'
import type { Schema } from '../store/schema.ts'
import type { Domain } from './domain.ts'
import type { Draft } from './drafts.ts'
import type { NewPost } from './writing.ts'

/**
 * Posts that wait for second thoughts: checked when they are written down, written when the seconds are over, whatever became of the
 * window meanwhile. Their draft stays until then. What cannot be written any more stays with its reason: the owner chooses.
 */

export type HeldInput = Omit<NewPost, 'draftId' | 'scheduledId' | 'idempotency'>
/** Why it did not go: what it answers or shows is gone; it is more than 12 hours late; anything else that writing refuses. */
export type HeldProblem = 'late' | 'parent-gone' | 'quote-gone' | 'media-gone' | 'refused'
export interface Held {
  id: number
  draftId: string
  /** Milliseconds. */
  until: number
  input: HeldInput
  problem: HeldProblem | null
}

/** What is later than this asks before it goes. */
export const LATE_MS = 12 * 3600_000
/** Nobody has more second thoughts at once. */
const MAX_HELD = 20
const LONGEST_MS = 30_000

type Row = Selectable<Schema['held']>
const byId = query<{ id: number }>()((p) => build.selectFrom('held').selectAll().where('id', '=', p.id))
const ofDraft = query<{ draft_id: string }>()((p) => build.selectFrom('held').selectAll().where('draft_id', '=', p.draft_id))
const every = query()(() => build.selectFrom('held').selectAll().orderBy('id'))
const insert = query<Row>()((p) =>
  build.insertInto('held').values({
    id: p.id,
    draft_id: p.draft_id,
    until: p.until,
    input: p.input,
    token_id: p.token_id,
    key: p.key,
    problem: null,
    created_at: p.created_at,
  }),
)
const remove = query<{ id: number }>()((p) => build.deleteFrom('held').where('id', '=', p.id))
const setProblem = query<{ id: number; problem: HeldProblem }>()((p) =>
  build.updateTable('held').set({ problem: p.problem }).where('id', '=', p.id),
)
// Nobody waits longer than the longest: whoever seems to has waited through a clock that was set back.
const due = query<{ now: number; furthest: number }>()((p) =>
  build
    .selectFrom('held')
    .selectAll()
    .where((e) => e.or([e('until', '<=', p.now), e('until', '>', p.furthest)]))
    .where('problem', 'is', null)
    .orderBy('id'),
)
const waiting = query()(() => build.selectFrom('held').select('until').where('problem', 'is', null))

/**
 * Holds a post for so long. The same key again returns what is held already. Throws 'not-found' (no such draft), 'invalid', and whatever
 * {@link writePost} would throw for it now: nothing is changed then. Event `held-changed`.
 */
export function hold(
  d: Domain,
  input: HeldInput,
  options: { draftId: string; ms: number; idempotency: { tokenId: number; key: string } },
): Held {
  return d.store.transaction(() => {
    const { draftId, ms, idempotency } = options
    const earlier = ofDraft.get(d.store, { draft_id: draftId })
    if (earlier && earlier.key === idempotency.key && earlier.problem === null) return toHeld(earlier)
    if (!draft(d, draftId)) throw new AppError('not-found', 'There is no such draft.')
    if (!(ms > 0 && ms <= LONGEST_MS)) throw new AppError('invalid', 'A post is held for up to 30 seconds.')
    if (waiting.all(d.store).length >= MAX_HELD) {
      throw new AppError('invalid', 'Too many posts are held.', { reason: 'too-many', params: { max: MAX_HELD } })
    }
    checkPost(d, input)
    if (earlier) remove.run(d.store, { id: earlier.id })
    const now = d.now()
    const id = nextId(now)
    insert.run(d.store, {
      id,
      draft_id: draftId,
      until: now + ms,
      input: JSON.stringify(input),
      token_id: idempotency.tokenId,
      key: idempotency.key,
      problem: null,
      created_at: now,
    })
    d.events.append('held-changed', { heldId: id, postId: null })
    return toHeld(byId.get(d.store, { id }) as Row)
  })
}

/** Oldest first. */
export function heldPosts(d: Domain): Held[] {
  return every.all(d.store).map(toHeld)
}

export function heldById(d: Domain, id: number): Held | null {
  const row = byId.get(d.store, { id })
  return row ? toHeld(row) : null
}

/** Second thoughts: it does not go, and its draft is as it was. Throws 'not-found'. Event `held-changed`. */
export function takeBack(d: Domain, id: number): Draft {
  return d.store.transaction(() => {
    const row = byId.get(d.store, { id })
    const kept = row && draft(d, row.draft_id)
    if (!row || !kept) throw new AppError('not-found', 'This post is not held any more.')
    remove.run(d.store, { id })
    d.events.append('held-changed', { heldId: id, postId: null })
    return kept
  })
}

/**
 * Writes it now. `alone`: as a post of its own, without what it answers. Throws 'not-found' and as {@link writePost}. Events as there, and
 * `held-changed`.
 */
export function sendNow(d: Domain, id: number, options: { alone?: boolean } = {}): number {
  const row = byId.get(d.store, { id })
  if (!row) throw new AppError('not-found', 'This post is not held any more.')
  return write(d, row, options.alone ?? false)
}

function write(d: Domain, row: Row, alone: boolean): number {
  return d.store.transaction(() => {
    const input = JSON.parse(row.input) as HeldInput
    const stays = keepWrittenOn(d, row, input)
    const { post } = writePost(d, {
      ...input,
      ...(alone ? { inReplyToId: null } : {}),
      draftId: stays ? null : row.draft_id,
      idempotency: row.token_id === 0 ? null : { tokenId: row.token_id, key: row.key },
    })
    remove.run(d.store, { id: row.id })
    d.events.append('held-changed', { heldId: row.id, postId: post.id })
    // After it: a window takes a post that has gone for the end of its draft.
    if (stays) d.events.append('draft-saved', { draftId: row.draft_id })
    return post.id
  })
}

/** A draft that was written on since its post is held stays, but for the files that go with the post. True if it does. */
function keepWrittenOn(d: Domain, row: Row, input: HeldInput): boolean {
  const now = draft(d, row.draft_id)
  if (!now || now.updatedAt <= row.created_at || now.text === input.text) return false
  const gone = new Set(input.mediaIds)
  saveDraft(d, row.draft_id, { ...now, mediaIds: now.mediaIds.filter((id) => !gone.has(id)) })
  return true
}

/** A post that was to go at a time and did not: its draft is there, and the owner chooses. Inside a transaction. Event `held-changed`. */
export function leaveToOwner(d: Domain, draftId: string, input: HeldInput, problem: HeldProblem): void {
  const now = d.now()
  const id = nextId(now)
  const row = { id, draft_id: draftId, until: now, input: JSON.stringify(input), token_id: 0, key: `scheduled:${id}`, created_at: now }
  insert.run(d.store, { ...row, problem: null })
  setProblem.run(d.store, { id, problem })
  d.events.append('held-changed', { heldId: id, postId: null })
}

/** When the next one goes, or null. */
export function nextHeld(d: Domain): number | null {
  const now = d.now()
  const times = waiting.all(d.store).map(({ until }) => (until > now + LONGEST_MS ? now : until))
  return times.length === 0 ? null : Math.min(...times)
}

/**
 * Writes what has waited long enough, oldest first. What cannot be written any more, or is more than 12 hours late (the computer was off),
 * stays with its reason. What goes wrong with one keeps none of the others back: it is thrown at the end. Returns how many were due.
 */
export function publishHeld(d: Domain): number {
  const now = d.now()
  const ready = due.all(d.store, { now, furthest: now + LONGEST_MS })
  const failed: unknown[] = []
  for (const row of ready) {
    if (now - row.until > LATE_MS) {
      keep(d, row.id, 'late')
      continue
    }
    try {
      write(d, row, false)
    } catch (error) {
      // A disk that is full is nobody's mistake: the next look tries again.
      if (!(error instanceof AppError) || error.retryable || error.code === 'internal') failed.push(error)
      else keep(d, row.id, problemOf(error))
    }
  }
  if (failed.length > 0) throw failed[0]
  return ready.length
}

function keep(d: Domain, id: number, problem: HeldProblem): void {
  d.store.transaction(() => {
    setProblem.run(d.store, { id, problem })
    d.events.append('held-changed', { heldId: id, postId: null })
  })
}

export function problemOf(error: AppError): HeldProblem {
  switch (error.reason) {
    case 'parent-gone':
    case 'quote-gone':
    case 'media-gone':
      return error.reason
    default:
      return 'refused'
  }
}

const toHeld = (row: Row): Held => ({
  id: row.id,
  draftId: row.draft_id,
  until: row.until,
  input: JSON.parse(row.input) as HeldInput,
  problem: row.problem,
})
