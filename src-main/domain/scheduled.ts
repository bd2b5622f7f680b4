import { randomUUID } from 'node:crypto'
import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, inList, query } from '../store/query.ts'
import { removeDraft, saveDraft } from './drafts.ts'
import { LATE_MS, leaveToOwner, problemOf } from './held.ts'
import { pageOf } from './paging.ts'
import { mediaFiles } from './rows.ts'
import { checkPost, writePost } from './writing.ts'
import type { Selectable } from 'kysely'
import type { Schema } from '../store/schema.ts'
import type { Domain } from './domain.ts'
import type { HeldProblem } from './held.ts'
import type { MediaFile, Page } from './types.ts'
import type { NewPost } from './writing.ts'

/**
 * Posts that wait for their time: checked when they are written down, written when it has come. The program may be asleep then: what is
 * overdue goes at the next look.
 */

export type ScheduledInput = Omit<NewPost, 'draftId' | 'scheduledId' | 'idempotency'>
export interface Scheduled {
  id: number
  /** Milliseconds. */
  at: number
  input: ScheduledInput
  /** The files of the input that are there, in order. */
  media: MediaFile[]
  createdAt: number
}

/** As on Mastodon: nothing can be scheduled for sooner than this. */
export const MIN_AHEAD_MS = 5 * 60_000
/** The owner's own window has no such rule: a minute is enough for second thoughts. */
export const WINDOW_AHEAD_MS = 60_000
/** Later than anybody's plans; beyond it dates are typing errors. */
const MAX_AHEAD_MS = 5 * 366 * 24 * 3600_000
/** As many as Mastodon allows. */
const MAX_SCHEDULED = 300

type Row = Selectable<Schema['scheduled']>
const byId = query<{ id: number }>()((p) => build.selectFrom('scheduled').selectAll().where('id', '=', p.id))
const insert = query<Row>()((p) => build.insertInto('scheduled').values({ id: p.id, at: p.at, input: p.input, created_at: p.created_at }))
const move = query<{ id: number; at: number }>()((p) => build.updateTable('scheduled').set({ at: p.at }).where('id', '=', p.id))
const remove = query<{ id: number }>()((p) => build.deleteFrom('scheduled').where('id', '=', p.id))
const count = query()(() => build.selectFrom('scheduled').select((e) => e.fn.countAll<number>().as('count')))
const due = query<{ now: number; limit: number }>()((p) =>
  build.selectFrom('scheduled').selectAll().where('at', '<=', p.now).orderBy('at').orderBy('id').limit(p.limit),
)
const next = query()(() => build.selectFrom('scheduled').select((e) => e.fn.min('at').as('at')))
type Bounds = { max: number; min: number; limit: number }
const rows = (direction: 'asc' | 'desc') =>
  query<Bounds>()((p) =>
    build.selectFrom('scheduled').selectAll().where('id', '<', p.max).where('id', '>', p.min).orderBy('id', direction).limit(p.limit),
  )
const down = rows('desc')
const up = rows('asc')
const hold = query<{ ids: number[]; scheduled_id: number }>()((p) =>
  build.updateTable('media').set({ scheduled_id: p.scheduled_id, draft_id: null }).where('id', 'in', inList(p.ids)).where('own', '=', 1),
)
const letGo = query<{ scheduled_id: number; at: number }>()((p) =>
  build.updateTable('media').set({ scheduled_id: null, created_at: p.at }).where('scheduled_id', '=', p.scheduled_id),
)
const keyed = query<{ token_id: number; key: string; after: number }>()((p) =>
  build
    .selectFrom('idempotency')
    .innerJoin('scheduled', 'scheduled.id', 'idempotency.post_id')
    .selectAll('scheduled')
    .where('idempotency.token_id', '=', p.token_id)
    .where('idempotency.key', '=', p.key)
    .where('idempotency.at', '>', p.after),
)
const rememberKey = query<{ token_id: number; key: string; id: number; at: number }>()((p) =>
  build
    .insertInto('idempotency')
    .values({ token_id: p.token_id, key: p.key, post_id: p.id, at: p.at })
    .onConflict((c) => c.columns(['token_id', 'key']).doUpdateSet({ post_id: p.id, at: p.at })),
)
const KEY_MS = 3600_000
/** Posts written in one go, each in a transaction of its own. */
const BATCH = 20

/**
 * Keeps a post for later; its files are held for it. The same idempotency key within an hour returns the first one. Throws 'invalid'
 * (`too-soon`, `too-late`, `too-many`) and whatever {@link writePost} would throw for it now: nothing is changed then. Event
 * `scheduled-changed`.
 */
export function schedule(
  d: Domain,
  input: ScheduledInput,
  at: number,
  options: { draftId?: string | null; idempotency?: { tokenId: number; key: string } | null; ahead?: number } = {},
): Scheduled {
  return d.store.transaction(() => {
    const now = d.now()
    const { idempotency, draftId } = options
    if (idempotency) {
      const earlier = keyed.get(d.store, { token_id: idempotency.tokenId, key: idempotency.key, after: now - KEY_MS })
      if (earlier) return toScheduled(d, [earlier])[0] as Scheduled
    }
    checkTime(at, now, options.ahead)
    if ((count.get(d.store)?.count ?? 0) >= MAX_SCHEDULED) {
      throw new AppError('invalid', `At most ${MAX_SCHEDULED} posts can be scheduled.`, {
        reason: 'too-many',
        params: { max: MAX_SCHEDULED },
      })
    }
    checkPost(d, input)
    const id = nextId(now)
    insert.run(d.store, { id, at, input: JSON.stringify(input), created_at: now })
    // Before the draft goes: its files are no longer its own then.
    hold.run(d.store, { ids: [...(input.mediaIds ?? [])], scheduled_id: id })
    if (draftId) removeDraft(d, draftId)
    if (idempotency) rememberKey.run(d.store, { token_id: idempotency.tokenId, key: idempotency.key, id, at: now })
    d.events.append('scheduled-changed', {})
    return scheduledById(d, id) as Scheduled
  })
}

function checkTime(at: number, now: number, ahead = MIN_AHEAD_MS): void {
  if (!Number.isFinite(at) || at < now + ahead) {
    throw new AppError('invalid', 'Scheduled at The scheduled date must be in the future: at least 5 minutes from now', {
      reason: 'too-soon',
    })
  }
  if (at > now + MAX_AHEAD_MS) throw new AppError('invalid', 'Scheduled at The scheduled date is too far away', { reason: 'too-late' })
}

export function scheduledById(d: Domain, id: number): Scheduled | null {
  const row = byId.get(d.store, { id })
  return row ? (toScheduled(d, [row])[0] as Scheduled) : null
}

/** Newest first, by id. */
export function scheduledPage(d: Domain, page: Page): Scheduled[] {
  return toScheduled(d, pageOf(page, { down: (bounds) => down.all(d.store, bounds), up: (bounds) => up.all(d.store, bounds) }))
}

/** Another time. Throws 'not-found', 'invalid' as {@link schedule}. Event `scheduled-changed`. */
export function reschedule(d: Domain, id: number, at: number, ahead?: number): Scheduled {
  return d.store.transaction(() => {
    if (!byId.get(d.store, { id })) throw gone()
    checkTime(at, d.now(), ahead)
    move.run(d.store, { id, at })
    d.events.append('scheduled-changed', {})
    return scheduledById(d, id) as Scheduled
  })
}

/** It will not be published; its files wait a day for another post. Throws 'not-found'. Event `scheduled-changed`. */
export function cancelScheduled(d: Domain, id: number): void {
  d.store.transaction(() => {
    if (!byId.get(d.store, { id })) throw gone()
    letGo.run(d.store, { scheduled_id: id, at: d.now() })
    remove.run(d.store, { id })
    d.events.append('scheduled-changed', {})
  })
}

const gone = () => new AppError('not-found', 'This scheduled post is not there any more.')

/** When the next one is due, or null. */
export function nextDue(d: Domain): number | null {
  return next.get(d.store)?.at ?? null
}

/**
 * Writes what is due, oldest first. What cannot be written any more (what it answers is gone, the account is closed …), or is more than 12
 * hours late, becomes a draft that asks the owner, so that no text is lost. Returns how many were due. What goes wrong with one of them keeps none of the others back: it is thrown at the end.
 * Events `post-written` or `draft-saved`, `scheduled-changed`.
 */
export function publishDue(d: Domain): number {
  const waiting = due.all(d.store, { now: d.now(), limit: BATCH })
  const failed: unknown[] = []
  for (const row of waiting) {
    const input = JSON.parse(row.input) as ScheduledInput
    if (d.now() - row.at > LATE_MS) {
      leave(d, row.id, input, 'late')
      continue
    }
    try {
      d.store.transaction(() => {
        writePost(d, { ...input, scheduledId: row.id })
        settle(d, row.id)
      })
    } catch (error) {
      // A disk that is full is nobody's mistake: the next look tries again.
      if (!(error instanceof AppError) || error.retryable || error.code === 'internal') {
        failed.push(error)
        continue
      }
      leave(d, row.id, input, problemOf(error))
    }
  }
  if (failed.length > 0) throw failed[0]
  return waiting.length
}

/** Writes it now instead of at its time. Throws 'not-found' and as {@link writePost}; it stays scheduled then. Events as {@link publishDue}. */
export function publishNow(d: Domain, id: number): number {
  return d.store.transaction(() => {
    const row = byId.get(d.store, { id })
    if (!row) throw gone()
    const { post } = writePost(d, { ...(JSON.parse(row.input) as ScheduledInput), scheduledId: id })
    settle(d, id)
    return post.id
  })
}

/** It is a draft again, with its files, and goes at no time. Returns the draft's id. Throws 'not-found'. Events as {@link publishDue}. */
export function backToDraft(d: Domain, id: number): string {
  return d.store.transaction(() => {
    const row = byId.get(d.store, { id })
    if (!row) throw gone()
    settle(d, id)
    return keepAsDraft(d, JSON.parse(row.input) as ScheduledInput)
  })
}

/** It does not go by itself any more: a draft again, and the owner is asked. */
function leave(d: Domain, id: number, input: ScheduledInput, problem: HeldProblem): void {
  d.store.transaction(() => {
    settle(d, id)
    leaveToOwner(d, keepAsDraft(d, input), input, problem)
  })
}

function settle(d: Domain, id: number): void {
  letGo.run(d.store, { scheduled_id: id, at: d.now() })
  remove.run(d.store, { id })
  d.events.append('scheduled-changed', {})
}

function keepAsDraft(d: Domain, input: ScheduledInput): string {
  const id = randomUUID()
  saveDraft(d, id, {
    text: input.text,
    warning: input.warning ?? '',
    sensitive: input.sensitive ?? false,
    visibility: input.visibility,
    language: input.language ?? null,
    inReplyToId: input.inReplyToId ?? null,
    editOf: null,
    mediaIds: [...(input.mediaIds ?? [])],
    caret: input.text.length,
    poll: input.poll
      ? { options: [...input.poll.options], multiple: input.poll.multiple, expiresIn: Math.floor(input.poll.expiresIn / 1_000) }
      : null,
    quoteOf: input.quoteOf ?? null,
    format: input.format ?? null,
    quotePolicy: input.quotePolicy ?? null,
  })
  return id
}

function toScheduled(d: Domain, found: readonly Row[]): Scheduled[] {
  const inputs = found.map((row) => JSON.parse(row.input) as ScheduledInput)
  const files = mediaFiles(
    d,
    inputs.flatMap((input) => [...(input.mediaIds ?? [])]),
  )
  return found.map((row, place) => {
    const input = inputs[place] as ScheduledInput
    return {
      id: row.id,
      at: row.at,
      input,
      media: (input.mediaIds ?? []).flatMap((id) => files.get(id) ?? []),
      createdAt: row.created_at,
    }
  })
}
