import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, inList, query, sql } from '../store/query.ts'
import { ensureOpen } from './closed.ts'
import { notify } from './notifications.ts'
import { findOwnerId, ownerId } from './rows.ts'
import { postRow, subject } from './stored-posts.ts'
import { canSee } from './visibility.ts'
import type { Selectable } from 'kysely'
import type { Schema } from '../store/schema.ts'
import type { Domain } from './domain.ts'
import type { PostRow } from './rows.ts'
import type { Poll } from './types.ts'

/** Polls: the owner's own, counted from the votes that come in, and others', whose numbers are their server's word. */

/** A poll as the owner writes it. */
export interface NewPoll {
  /** 2 to 8, distinct, at most 100 characters each. */
  options: readonly string[]
  multiple: boolean
  /** Milliseconds from publishing to the end: 5 minutes to 30 days. */
  expiresIn: number
  /** Nobody sees numbers before the end. */
  hideTotals?: boolean
}

/** A poll as its author's server tells it: titles plain text, numbers not negative, times in milliseconds. */
export interface RemotePoll {
  multiple: boolean
  options: { title: string; votes: number }[]
  voters: number | null
  endsAt: number | null
  closedAt: number | null
}

/** What an instance says of its polls (Mastodon allows 4 options of 50 characters; others show more). */
export const POLL_LIMITS = {
  leastOptions: 2,
  mostOptions: 8,
  optionLength: 100,
  leastMs: 5 * 60_000,
  mostMs: 30 * 24 * 3600_000,
} as const
/** Of others (rule 26). */
const MAX_REMOTE_OPTIONS = 100
const MAX_TITLE = 500
const MAX_COUNT = 2 ** 40
/** Polls closed in one transaction. */
const BATCH = 500

type Ids = { ids: number[] }
type PollRow = Selectable<Schema['polls']>
type Options = Poll['options']

const pollRows = query<Ids>()((p) =>
  build
    .selectFrom('polls')
    .innerJoin('posts', 'posts.id', 'polls.post_id')
    .selectAll('polls')
    .select('posts.own')
    .where('polls.post_id', 'in', inList(p.ids)),
)
const ownChoices = query<Ids & { owner: number }>()((p) =>
  build
    .selectFrom('votes')
    .select(['post_id', 'choice'])
    .where('post_id', 'in', inList(p.ids))
    .where('account_id', '=', p.owner)
    .orderBy('choice'),
)
const pollRow = query<{ post_id: number }>()((p) => build.selectFrom('polls').selectAll().where('post_id', '=', p.post_id))
const insertPoll = query<{
  post_id: number
  multiple: number
  hide_totals: number
  options: string
  voters: number | null
  ends_at: number | null
  closed_at: number | null
  checked_at: number
}>()((p) =>
  build.insertInto('polls').values({
    post_id: p.post_id,
    multiple: p.multiple,
    hide_totals: p.hide_totals,
    options: p.options,
    voters: p.voters,
    ends_at: p.ends_at,
    closed_at: p.closed_at,
    checked_at: p.checked_at,
  }),
)
const deletePoll = query<{ post_id: number }>()((p) => build.deleteFrom('polls').where('post_id', '=', p.post_id))
const setNumbers = query<{ post_id: number; options: string; voters: number | null }>()((p) =>
  build.updateTable('polls').set({ options: p.options, voters: p.voters }).where('post_id', '=', p.post_id),
)
const setTally = query<{
  post_id: number
  options: string
  voters: number | null
  ends_at: number | null
  closed_at: number | null
  checked_at: number
}>()((p) =>
  build
    .updateTable('polls')
    .set({ options: p.options, voters: p.voters, ends_at: p.ends_at, closed_at: p.closed_at, checked_at: p.checked_at })
    .where('post_id', '=', p.post_id),
)
const setEnd = query<{ post_id: number; ends_at: number | null; hide_totals: number }>()((p) =>
  build.updateTable('polls').set({ ends_at: p.ends_at, hide_totals: p.hide_totals }).where('post_id', '=', p.post_id),
)
const closePoll = query<{ post_id: number; at: number }>()((p) =>
  build.updateTable('polls').set({ closed_at: p.at }).where('post_id', '=', p.post_id),
)
const delayEnd = query<{ post_id: number; by: number }>()((p) =>
  build
    .updateTable('polls')
    .set((e) => ({ ends_at: e('ends_at', '+', p.by) }))
    .where('post_id', '=', p.post_id)
    .where('ends_at', 'is not', null),
)
const insertVote = query<{ id: number; post_id: number; account_id: number; choice: number; uri: string | null; at: number }>()((p) =>
  build
    .insertInto('votes')
    .values({ id: p.id, post_id: p.post_id, account_id: p.account_id, choice: p.choice, uri: p.uri, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const votesBy = query<{ post_id: number; account_id: number }>()((p) =>
  build.selectFrom('votes').select('choice').where('post_id', '=', p.post_id).where('account_id', '=', p.account_id),
)
const vote1 = query<{ id: number }>()((p) => build.selectFrom('votes').selectAll().where('id', '=', p.id))
const counted = query<{ post_id: number }>()((p) =>
  build
    .selectFrom('votes')
    .select(['choice', sql<number>`count(*)`.as('votes')])
    .where('post_id', '=', p.post_id)
    .groupBy('choice'),
)
const people = query<{ post_id: number }>()((p) =>
  build
    .selectFrom('votes')
    .select(sql<number>`count(distinct account_id)`.as('voters'))
    .where('post_id', '=', p.post_id),
)
const ownPollsVotedIn = query<{ account_id: number }>()((p) =>
  build
    .selectFrom('votes')
    .innerJoin('posts', 'posts.id', 'votes.post_id')
    .select('votes.post_id')
    .distinct()
    .where('votes.account_id', '=', p.account_id)
    .where('posts.own', '=', 1),
)
const voter = query<{ owner: number; account_id: number; post_id: number }>()((p) =>
  build
    .selectFrom('accounts')
    .select(['own', 'suspended_at'])
    .select((e) => [
      e.selectFrom('blocks').select('id').where('account_id', '=', p.owner).where('target_id', '=', p.account_id).as('blocked'),
      e
        .selectFrom('follows')
        .select('id')
        .where('account_id', '=', p.account_id)
        .where('target_id', '=', p.owner)
        .where('state', '=', 'accepted')
        .as('follows'),
      e
        .selectFrom('mentions')
        .select('account_id')
        .where('post_id', '=', p.post_id)
        .where('account_id', '=', p.account_id)
        .limit(1)
        .as('mentioned'),
    ])
    .where('id', '=', p.account_id),
)
// An own poll that has not left is asked of nobody yet: its time has not begun.
const ended = query<{ now: number; limit: number }>()((p) =>
  build
    .selectFrom('polls')
    .innerJoin('posts', 'posts.id', 'polls.post_id')
    .select(['polls.post_id', 'polls.ends_at', 'posts.own', 'posts.account_id'])
    .where('polls.closed_at', 'is', null)
    .where('polls.ends_at', 'is not', null)
    .where('polls.ends_at', '<=', p.now)
    .where((e) => e.or([e('posts.own', '=', 0), e('posts.released_at', 'is not', null)]))
    .orderBy('polls.ends_at')
    .limit(p.limit),
)
const firstEnd = query()(() =>
  build
    .selectFrom('polls')
    .innerJoin('posts', 'posts.id', 'polls.post_id')
    .select('polls.ends_at')
    .where('polls.closed_at', 'is', null)
    .where('polls.ends_at', 'is not', null)
    .where((e) => e.or([e('posts.own', '=', 0), e('posts.released_at', 'is not', null)]))
    .orderBy('polls.ends_at')
    .limit(1),
)

/** The polls of these posts, by post; two queries, none for an empty list. */
export function pollsOf(d: Domain, postIds: readonly number[]): Map<number, Poll> {
  if (postIds.length === 0) return new Map()
  const ids = [...postIds]
  const polls = new Map<number, Poll>()
  for (const row of pollRows.all(d.store, { ids })) {
    polls.set(row.post_id, {
      postId: row.post_id,
      multiple: row.multiple === 1,
      options: JSON.parse(row.options) as Options,
      voters: row.voters,
      endsAt: row.ends_at,
      closedAt: row.closed_at,
      ownVotes: [],
      own: row.own === 1,
      hideTotals: row.hide_totals === 1,
      checkedAt: row.own === 1 ? null : row.checked_at,
    })
  }
  if (polls.size === 0) return polls
  for (const row of ownChoices.all(d.store, { ids, owner: findOwnerId(d) ?? 0 })) polls.get(row.post_id)?.ownVotes.push(row.choice)
  return polls
}

/** The poll of a post, or null. */
export function pollOf(d: Domain, postId: number): Poll | null {
  return pollsOf(d, [postId]).get(postId) ?? null
}

/** Titles of the options, for the search index; empty without a poll. */
export function pollTitles(d: Domain, postId: number): string[] {
  const row = pollRow.get(d.store, { post_id: postId })
  return row ? (JSON.parse(row.options) as Options).map((option) => option.title) : []
}

/** A vote by its id, as its own address names it; `title` is the option's, which is what is sent. */
export function voteById(d: Domain, id: number): { id: number; postId: number; accountId: number; choice: number; title: string } | null {
  const row = vote1.get(d.store, { id })
  const poll = row && pollRow.get(d.store, { post_id: row.post_id })
  const title = poll && (JSON.parse(poll.options) as Options)[row.choice]?.title
  return row && title !== undefined ? { id: row.id, postId: row.post_id, accountId: row.account_id, choice: row.choice, title } : null
}

/** A poll as it may be published: options trimmed. Throws 'invalid' with what is wrong with it. */
export function checkPoll(poll: NewPoll): NewPoll {
  const { leastOptions, mostOptions, optionLength, leastMs, mostMs } = POLL_LIMITS
  const options = poll.options.map((option) => option.replace(/\s+/g, ' ').trim()).filter((option) => option !== '')
  const refuse = (text: string, reason: string, params: Record<string, number> = {}) => new AppError('invalid', text, { reason, params })
  if (options.length < leastOptions) throw refuse(`A poll needs at least ${leastOptions} answers.`, 'poll-too-few', { min: leastOptions })
  if (options.length > mostOptions) throw refuse(`A poll has at most ${mostOptions} answers.`, 'poll-too-many', { max: mostOptions })
  if (options.some((option) => [...option].length > optionLength)) {
    throw refuse(`An answer has at most ${optionLength} characters.`, 'poll-option-too-long', { max: optionLength })
  }
  // Votes name the answer by its words: two alike could not be told apart.
  if (new Set(options).size < options.length) throw refuse('Two answers of the poll are the same.', 'poll-duplicate')
  if (!(poll.expiresIn >= leastMs && poll.expiresIn <= mostMs)) {
    throw refuse('A poll runs for 5 minutes to 30 days.', 'poll-expiry', { min: leastMs / 1000, max: mostMs / 1000 })
  }
  return { ...poll, options, expiresIn: Math.floor(poll.expiresIn) }
}

/** Adds a checked poll to an own post, inside the transaction that writes it. Its end moves with the time the post leaves. */
export function addOwnPoll(d: Domain, postId: number, poll: NewPoll, from: number): void {
  insertPoll.run(d.store, {
    post_id: postId,
    multiple: Number(poll.multiple),
    hide_totals: Number(poll.hideTotals ?? false),
    options: JSON.stringify(poll.options.map((title) => ({ title, votes: 0 }))),
    voters: 0,
    ends_at: from + poll.expiresIn,
    closed_at: null,
    checked_at: 0,
  })
}

/**
 * Changes the poll of an own post (null: takes it away), inside the transaction that edits it; `poll` is checked. Other options, or
 * another kind of poll, begin anew: the votes go, as on Mastodon. Returns whether anything changed.
 */
export function changeOwnPoll(d: Domain, postId: number, poll: NewPoll | null, from: number): boolean {
  const old = pollRow.get(d.store, { post_id: postId })
  if (!poll) return old !== undefined && deletePoll.run(d.store, { post_id: postId }).changes > 0
  if (old && sameOptions(old, poll.multiple, poll.options)) {
    const length = old.ends_at === null ? null : old.ends_at - from
    const hide = Number(poll.hideTotals ?? old.hide_totals === 1)
    // The window sends back what it was given: only another length is a wish for another end.
    if (old.closed_at !== null || (length === poll.expiresIn && hide === old.hide_totals)) return false
    setEnd.run(d.store, { post_id: postId, ends_at: from + poll.expiresIn, hide_totals: hide })
    return true
  }
  if (old) deletePoll.run(d.store, { post_id: postId })
  addOwnPoll(d, postId, poll, from)
  return true
}

const sameOptions = (old: PollRow, multiple: boolean, titles: readonly string[]) =>
  old.multiple === Number(multiple) &&
  JSON.stringify((JSON.parse(old.options) as Options).map((option) => option.title)) === JSON.stringify(titles)

/** An own post leaves so much later than it was written: its poll ends so much later too. */
export function delayPoll(d: Domain, postId: number, by: number): void {
  delayEnd.run(d.store, { post_id: postId, by })
}

/** Keeps the poll of a received post, inside the transaction that stores it. False: it is no poll that could be shown. */
export function addRemotePoll(d: Domain, postId: number, poll: RemotePoll): boolean {
  const clean = bounded(poll)
  if (clean.options.length === 0) return false
  insertPoll.run(d.store, {
    post_id: postId,
    multiple: Number(clean.multiple),
    hide_totals: 0,
    options: JSON.stringify(clean.options),
    voters: clean.voters,
    ends_at: clean.endsAt,
    closed_at: closedOf(clean, d.now()),
    checked_at: d.now(),
  })
  return true
}

/** An edit's poll: other options begin anew and the owner's vote goes; else it is a tally. Returns whether options changed. */
export function changeRemotePoll(d: Domain, postId: number, poll: RemotePoll | null): boolean {
  const old = pollRow.get(d.store, { post_id: postId })
  const clean = poll === null ? null : bounded(poll)
  if (!clean || clean.options.length === 0) return old !== undefined && deletePoll.run(d.store, { post_id: postId }).changes > 0
  if (
    old &&
    sameOptions(
      old,
      clean.multiple,
      clean.options.map((option) => option.title),
    )
  ) {
    receiveTally(d, postId, clean)
    return false
  }
  if (old) deletePoll.run(d.store, { post_id: postId })
  return addRemotePoll(d, postId, clean)
}

function bounded(poll: RemotePoll): RemotePoll {
  const number = (value: number) => (Number.isFinite(value) ? Math.min(MAX_COUNT, Math.max(0, Math.floor(value))) : 0)
  return {
    multiple: poll.multiple,
    options: poll.options
      .slice(0, MAX_REMOTE_OPTIONS)
      .map(({ title, votes }) => ({ title: title.slice(0, MAX_TITLE), votes: number(votes) })),
    voters: poll.voters === null ? null : number(poll.voters),
    endsAt: poll.endsAt,
    closedAt: poll.closedAt,
  }
}

const closedOf = (poll: RemotePoll, now: number): number | null =>
  poll.closedAt !== null && poll.closedAt <= now ? poll.closedAt : poll.endsAt !== null && poll.endsAt <= now ? poll.endsAt : null

/**
 * The owner votes: kept, counted here at once, on its way to the poll's author. Throws 'not-found' (no poll there) or 'invalid' with
 * `poll-closed`, `own-poll`, `already-voted`, `choice-invalid`: nothing is changed. Event `voted`.
 */
export function vote(d: Domain, postId: number, choices: readonly number[]): Poll {
  return d.store.transaction(() => {
    ensureOpen(d)
    const post = subject(d, postId)
    const owner = ownerId(d)
    const poll = pollRow.get(d.store, { post_id: post.id })
    if (!poll) throw new AppError('not-found', 'There is no poll any more.')
    const now = d.now()
    if (poll.closed_at !== null || (poll.ends_at !== null && poll.ends_at <= now))
      throw new AppError('invalid', 'The poll has already ended', { reason: 'poll-closed' })
    if (post.own === 1) throw new AppError('invalid', 'You cannot vote in your own poll.', { reason: 'own-poll' })
    if (votesBy.get(d.store, { post_id: post.id, account_id: owner }))
      throw new AppError('invalid', 'You have already voted on this poll', { reason: 'already-voted' })
    const options = JSON.parse(poll.options) as Options
    const distinct = [...new Set(choices)]
    const fits = distinct.length > 0 && distinct.every((choice) => Number.isInteger(choice) && choice >= 0 && choice < options.length)
    if (!fits || (poll.multiple === 0 && distinct.length > 1))
      throw new AppError('invalid', 'The chosen vote option does not exist', { reason: 'choice-invalid' })
    const voteIds = distinct.map((choice) => {
      const id = nextId(now)
      insertVote.run(d.store, { id, post_id: post.id, account_id: owner, choice, uri: null, at: now })
      const option = options[choice] as Options[number]
      option.votes++
      return id
    })
    setNumbers.run(d.store, { post_id: post.id, options: JSON.stringify(options), voters: poll.voters === null ? null : poll.voters + 1 })
    d.events.append('voted', { postId: post.id, voteIds })
    return pollOf(d, post.id) as Poll
  })
}

/**
 * Somebody voted in a poll of the owner's (rule 12): the name is one of the answers, the poll was open when the vote came (`at`), one
 * vote for each person, or for each answer where several may be chosen; blocked people, and those who cannot see the post, have none.
 * False: not counted. Event `poll-changed`.
 */
export function receiveVote(d: Domain, v: { postId: number; accountId: number; name: string; uri: string | null; at: number }): boolean {
  return d.store.transaction(() => {
    const post = postRow(d, v.postId)
    const poll = post?.own === 1 ? pollRow.get(d.store, { post_id: post.id }) : undefined
    if (!post || !poll || post.released_at === null) return false
    if (poll.ends_at !== null && v.at >= poll.ends_at) return false
    if (poll.closed_at !== null && v.at >= poll.closed_at) return false
    if (!mayVote(d, post, v.accountId)) return false
    const options = JSON.parse(poll.options) as Options
    const choice = options.findIndex((option) => option.title === v.name)
    const option = options[choice]
    if (!option) return false
    const earlier = votesBy.all(d.store, { post_id: post.id, account_id: v.accountId })
    if (poll.multiple === 0 ? earlier.length > 0 : earlier.some((one) => one.choice === choice)) return false
    insertVote.run(d.store, { id: nextId(d.now()), post_id: post.id, account_id: v.accountId, choice, uri: v.uri, at: v.at })
    option.votes++
    const voters = (poll.voters ?? 0) + (earlier.length === 0 ? 1 : 0)
    setNumbers.run(d.store, { post_id: post.id, options: JSON.stringify(options), voters })
    d.events.append('poll-changed', { postId: post.id, own: true, ended: false })
    return true
  })
}

function mayVote(d: Domain, post: PostRow, accountId: number): boolean {
  const who = voter.get(d.store, { owner: post.account_id, account_id: accountId, post_id: post.id })
  if (!who || who.own === 1 || who.suspended_at !== null) return false
  return canSee(
    { own: true, visibility: post.visibility, releasedAt: post.released_at },
    { accountId, follows: who.follows !== null, mentioned: who.mentioned !== null, blocked: who.blocked !== null },
  )
}

/**
 * New numbers of somebody's poll, from its own server (rule 12). False: no such poll here, other options than those known (that would be
 * an edit), or nothing new. Events `poll-changed`, `notified` (it has ended and the owner voted in it).
 */
export function receiveTally(d: Domain, postId: number, tally: RemotePoll): boolean {
  return d.store.transaction(() => {
    const post = postRow(d, postId)
    const poll = post?.own === 0 ? pollRow.get(d.store, { post_id: postId }) : undefined
    if (!post || !poll) return false
    const clean = bounded(tally)
    const titles = clean.options.map((option) => option.title)
    if (!sameOptions(poll, clean.multiple, titles)) return false
    const now = d.now()
    const row = {
      post_id: postId,
      options: JSON.stringify(clean.options),
      voters: clean.voters,
      ends_at: clean.endsAt,
      // Ended is ended: a late copy from before does not open it again.
      closed_at: poll.closed_at ?? closedOf(clean, now),
      checked_at: now,
    }
    setTally.run(d.store, row)
    const ends = poll.closed_at === null && row.closed_at !== null
    const changed = ends || row.options !== poll.options || row.voters !== poll.voters || row.ends_at !== poll.ends_at
    if (!changed) return false
    if (ends) tellEnd(d, postId, post.account_id, false)
    d.events.append('poll-changed', { postId, own: false, ended: ends })
    return true
  })
}

/** The owner hears of the end of own polls and of those the owner voted in. */
function tellEnd(d: Domain, postId: number, authorId: number, own: boolean): void {
  const owner = findOwnerId(d)
  if (owner !== null && (own || votesBy.get(d.store, { post_id: postId, account_id: owner }))) notify(d, 'poll', authorId, postId)
}

/**
 * Closes the polls whose time is over and tells the owner of own ones and of those voted in; returns how many. Events `poll-changed`
 * with `ended`, `notified`. To be called at {@link nextPollEnd}.
 */
export function endPolls(d: Domain): number {
  return d.store.transaction(() => {
    const rows = ended.all(d.store, { now: d.now(), limit: BATCH })
    for (const row of rows) {
      closePoll.run(d.store, { post_id: row.post_id, at: row.ends_at as number })
      tellEnd(d, row.post_id, row.account_id, row.own === 1)
      d.events.append('poll-changed', { postId: row.post_id, own: row.own === 1, ended: true })
    }
    return rows.length
  })
}

/** When the next poll ends; null: none is running. May lie in the past. */
export function nextPollEnd(d: Domain): number | null {
  return firstEnd.get(d.store)?.ends_at ?? null
}

/** The owner's polls in which somebody voted, to be counted anew ({@link recount}) once that account is gone. */
export function pollsVotedIn(d: Domain, accountId: number): number[] {
  return ownPollsVotedIn.all(d.store, { account_id: accountId }).map((row) => row.post_id)
}

/** Counts an own poll anew from its votes. */
export function recount(d: Domain, postId: number): void {
  const poll = pollRow.get(d.store, { post_id: postId })
  if (!poll) return
  const votes = new Map(counted.all(d.store, { post_id: postId }).map((row) => [row.choice, row.votes]))
  const options = (JSON.parse(poll.options) as Options).map(({ title }, choice) => ({ title, votes: votes.get(choice) ?? 0 }))
  setNumbers.run(d.store, {
    post_id: postId,
    options: JSON.stringify(options),
    voters: people.get(d.store, { post_id: postId })?.voters ?? 0,
  })
}
