import { AppError } from './errors.ts'
import { firstIdAt, nextId } from '../store/ids.ts'
import { build, inList, query, sql } from '../store/query.ts'
import { pageOf } from './paging.ts'
import { findOwnerId, ownerId } from './rows.ts'
import { hushed } from './timelines.ts'
import { readsLanguage } from './languages.ts'
import type { Bounds } from './paging.ts'
import type { Domain } from './domain.ts'
import type { AccountRow } from './relationships.ts'
import type { Page, Post } from './types.ts'
import type { Slots } from '../store/query.ts'

/** Lists: some of the people the owner follows, read apart from the others. Those of exclusive lists stand there and not at home. */

/** Whose answers a list shows: to anybody followed, to its members, none; answers to oneself and to the owner always. */
export type ListReplies = 'followed' | 'list' | 'none'
export const LIST_REPLIES: readonly ListReplies[] = ['followed', 'list', 'none']

export interface List {
  id: number
  title: string
  replies: ListReplies
  exclusive: boolean
  /** Whether it shows what its members boost. */
  boosts: boolean
}

/** What can be told of a list. */
export interface ListWishes {
  title?: string
  replies?: ListReplies
  exclusive?: boolean
  boosts?: boolean
}

const MAX = { lists: 100, members: 5_000, title: 256 }

const rows = query()(() => build.selectFrom('lists').selectAll().orderBy('id'))
const row = query<{ id: number }>()((p) => build.selectFrom('lists').selectAll().where('id', '=', p.id))
const insert = query<{ id: number; title: string; replies: ListReplies; exclusive: number; boosts: number; at: number }>()((p) =>
  build
    .insertInto('lists')
    .values({ id: p.id, title: p.title, replies: p.replies, exclusive: p.exclusive, boosts: p.boosts, created_at: p.at }),
)
const update = query<{ id: number; title: string; replies: ListReplies; exclusive: number; boosts: number }>()((p) =>
  build.updateTable('lists').set({ title: p.title, replies: p.replies, exclusive: p.exclusive, boosts: p.boosts }).where('id', '=', p.id),
)
const remove = query<{ id: number }>()((p) => build.deleteFrom('lists').where('id', '=', p.id))
const ofAccount = query<{ account_id: number }>()((p) =>
  build
    .selectFrom('list_members')
    .innerJoin('lists', 'lists.id', 'list_members.list_id')
    .selectAll('lists')
    .where('list_members.account_id', '=', p.account_id)
    .orderBy('lists.id'),
)
const members = (direction: 'asc' | 'desc') =>
  query<Bounds & { list_id: number }>()((p) =>
    build
      .selectFrom('list_members')
      .select(['account_id as accountId', 'id as cursor'])
      .where('list_id', '=', p.list_id)
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .orderBy('id', direction)
      .limit(p.limit),
  )
const membersDown = members('desc')
const membersUp = members('asc')
const memberIds = query<{ list_id: number }>()((p) =>
  build.selectFrom('list_members').select('account_id').where('list_id', '=', p.list_id),
)
const insertMember = query<{ id: number; list_id: number; account_id: number }>()((p) =>
  build.insertInto('list_members').values({ id: p.id, list_id: p.list_id, account_id: p.account_id }),
)
const removeMembers = query<{ list_id: number; ids: number[] }>()((p) =>
  build.deleteFrom('list_members').where('list_id', '=', p.list_id).where('account_id', 'in', inList(p.ids)),
)
const leaveAll = query<{ account_id: number }>()((p) => build.deleteFrom('list_members').where('account_id', '=', p.account_id))
const mayJoin = query<{ owner: number; ids: number[] }>()((p) =>
  build
    .selectFrom('accounts')
    .select('accounts.id')
    .where('accounts.id', 'in', inList(p.ids))
    .where((e) =>
      e.or([
        e('accounts.id', '=', p.owner),
        e('accounts.id', 'in', e.selectFrom('follows').select('target_id').where('account_id', '=', p.owner)),
      ]),
    ),
)
const inExclusive = query<{ ids: number[] }>()((p) =>
  build
    .selectFrom('list_members')
    .innerJoin('lists', 'lists.id', 'list_members.list_id')
    .select('list_members.account_id as id')
    .where('list_members.account_id', 'in', inList(p.ids))
    .where('lists.exclusive', '=', 1),
)

const toList = (found: NonNullable<ReturnType<typeof row.get>>): List => ({
  id: found.id,
  title: found.title,
  replies: found.replies,
  exclusive: found.exclusive === 1,
  boosts: found.boosts === 1,
})

/** Every list, the oldest first. */
export function lists(d: Domain): List[] {
  return rows.all(d.store).map(toList)
}

export function listById(d: Domain, id: number): List | null {
  const found = row.get(d.store, { id })
  return found ? toList(found) : null
}

/** The lists somebody is on. */
export function listsOf(d: Domain, accountId: number): List[] {
  return ofAccount.all(d.store, { account_id: accountId }).map(toList)
}

/** Throws 'invalid': no title, an unknown replies policy, too many lists. Event `lists-changed`. */
export function createList(d: Domain, wishes: ListWishes & { title: string }): List {
  return d.store.transaction(() => {
    if (rows.all(d.store).length >= MAX.lists) throw tooMany('lists', MAX.lists)
    const at = d.now()
    const list = { id: nextId(at), ...checked({ replies: 'list', exclusive: false, boosts: true, ...wishes }) }
    insert.run(d.store, { ...list, exclusive: Number(list.exclusive), boosts: Number(list.boosts), at })
    d.events.append('lists-changed', {})
    return list
  })
}

/** Changes what is named. Throws 'not-found', 'invalid'. Event `lists-changed`. */
export function updateList(d: Domain, id: number, change: ListWishes): List {
  return d.store.transaction(() => {
    const old = existing(d, id)
    const list = { id, ...checked({ ...old, ...change }) }
    update.run(d.store, { ...list, exclusive: Number(list.exclusive), boosts: Number(list.boosts) })
    if (old.exclusive !== list.exclusive) settleHome(d, idsOf(d, id))
    d.events.append('lists-changed', {})
    return list
  })
}

/** The list goes; the people stay followed. Throws 'not-found'. Event `lists-changed`. */
export function removeList(d: Domain, id: number): void {
  d.store.transaction(() => {
    const { exclusive } = existing(d, id)
    const people = idsOf(d, id)
    remove.run(d.store, { id })
    if (exclusive) settleHome(d, people)
    d.events.append('lists-changed', {})
  })
}

/** Who is on a list, newest member first. Throws 'not-found'. */
export function listMembers(d: Domain, id: number, page: Page): AccountRow[] {
  existing(d, id)
  return pageOf(page, {
    down: (bounds) => membersDown.all(d.store, { list_id: id, ...bounds }),
    up: (bounds) => membersUp.all(d.store, { list_id: id, ...bounds }),
  })
}

/**
 * Puts people on a list: all of them or, if one cannot be, none. Throws 'not-found' (the list, or somebody the owner neither follows nor asks
 * to), 'invalid' (`taken`: somebody is on it already; too many). Event `lists-changed`.
 */
export function addListMembers(d: Domain, id: number, accountIds: readonly number[]): void {
  d.store.transaction(() => {
    const list = existing(d, id)
    const wanted = [...new Set(accountIds)]
    if (wanted.length === 0) return
    if (mayJoin.all(d.store, { owner: ownerId(d), ids: wanted }).length < wanted.length) {
      throw new AppError('not-found', 'Only people you follow can be on a list.', { reason: 'not-followed' })
    }
    const there = new Set(idsOf(d, id))
    if (wanted.some((one) => there.has(one))) throw new AppError('invalid', 'Account has already been taken', { reason: 'taken' })
    if (there.size + wanted.length > MAX.members) throw tooMany('people on a list', MAX.members)
    for (const accountId of wanted) insertMember.run(d.store, { id: nextId(d.now()), list_id: id, account_id: accountId })
    if (list.exclusive) settleHome(d, wanted)
    d.events.append('lists-changed', {})
  })
}

/** Takes people off a list; who is not on it does not matter. Throws 'not-found' (the list). Event `lists-changed`. */
export function removeListMembers(d: Domain, id: number, accountIds: readonly number[]): void {
  d.store.transaction(() => {
    const list = existing(d, id)
    if (removeMembers.run(d.store, { list_id: id, ids: [...accountIds] }).changes === 0) return
    if (list.exclusive) settleHome(d, accountIds)
    d.events.append('lists-changed', {})
  })
}

/** Somebody is followed no more: they leave every list. Call it inside the transaction. Event `lists-changed`, if there was one. */
export function leaveLists(d: Domain, accountId: number): void {
  if (leaveAll.run(d.store, { account_id: accountId }).changes > 0) d.events.append('lists-changed', {})
}

/** Whether somebody is on an exclusive list: what they write and boost does not come home. One look in an index. */
export function isExclusive(d: Domain, accountId: number): boolean {
  return inExclusive.get(d.store, { ids: [accountId] }) !== undefined
}

function existing(d: Domain, id: number): List {
  const list = listById(d, id)
  if (!list) throw new AppError('not-found', 'This list is not there any more.')
  return list
}

const idsOf = (d: Domain, id: number) => memberIds.all(d.store, { list_id: id }).map((one) => one.account_id)

function checked(list: Omit<List, 'id'>): Omit<List, 'id'> {
  const title = list.title.trim()
  if (title === '') throw new AppError('invalid', "Title can't be blank", { reason: 'title-missing' })
  if (title.length > MAX.title) {
    throw new AppError('invalid', `Title is too long (maximum is ${MAX.title} characters)`, { reason: 'title-too-long' })
  }
  if (!LIST_REPLIES.includes(list.replies)) {
    throw new AppError('invalid', 'Replies policy is not one of followed, list and none', { reason: 'replies-invalid' })
  }
  return { title, replies: list.replies, exclusive: list.exclusive, boosts: list.boosts }
}

const tooMany = (what: string, max: number) =>
  new AppError('invalid', `There are ${max} ${what} already, which is the most.`, { reason: 'too-many', params: { max } })

// Home ----------------------------------------------------------------------------------------------------------------------------------

// What stands at home for a followed hashtag stays there, whoever wrote it.
const leaveHome = query<{ ids: number[] }>()((p) =>
  build.deleteFrom('home').where(
    'post_id',
    'in',
    build
      .selectFrom('posts')
      .select('posts.id')
      .where('posts.account_id', 'in', inList(p.ids))
      .where(
        sql<boolean>`not (posts.visibility = 'public' and exists (select 1 from post_tags
          inner join followed_tags on followed_tags.tag_id = post_tags.tag_id where post_tags.post_id = posts.id))`,
      ),
  ),
)
/** What receiving and boosts decide at arrival, asked of the rows of one account. */
const comeHome = query<{ account_id: number; owner: number; since: number; limit: number }>()((p) =>
  build
    .insertInto('home')
    .columns(['post_id'])
    .expression(
      build
        .selectFrom(
          build
            .selectFrom('posts')
            .innerJoin('follows', (join) => join.onRef('follows.target_id', '=', 'posts.account_id').on('follows.account_id', '=', p.owner))
            .select('posts.id')
            .where('posts.account_id', '=', p.account_id)
            .where('posts.id', '>', p.since)
            .where('follows.state', '=', 'accepted')
            .where(sql<boolean>`(posts.boost_of is null or follows.boosts = 1)`)
            .where(
              sql<boolean>`(posts.visibility <> 'direct'
                or exists (select 1 from mentions where mentions.post_id = posts.id and mentions.account_id = ${p.owner}))`,
            )
            .where(
              sql<boolean>`((posts.in_reply_to_uri is null and posts.in_reply_to_id is null)
              or posts.in_reply_to_account_id in (posts.account_id, ${p.owner})
              or exists (select 1 from follows as others where others.account_id = ${p.owner}
                and others.target_id = posts.in_reply_to_account_id and others.state = 'accepted'))`,
            )
            .orderBy('posts.id', 'desc')
            .limit(p.limit)
            .as('latest'),
        )
        .select('latest.id')
        // An upsert that reads from a select needs a where, or SQLite takes "on" for a join.
        .where(sql<boolean>`true`)
        .orderBy('latest.id'),
    )
    .onConflict((c) => c.doNothing()),
)

/** As much of what somebody wrote meanwhile comes back home. */
const BACK = { ms: 30 * 24 * 3600_000, posts: 200 }

/** After a change of exclusive lists: these people's posts leave home, or the latest come back. */
function settleHome(d: Domain, accountIds: readonly number[]): void {
  const owner = ownerId(d)
  const people = accountIds.filter((id) => id !== owner)
  const away = new Set(inExclusive.all(d.store, { ids: people }).map((one) => one.id))
  if (away.size > 0) leaveHome.run(d.store, { ids: [...away] })
  const since = firstIdAt(d.now() - BACK.ms)
  for (const id of people) if (!away.has(id)) comeHome.run(d.store, { account_id: id, owner, since, limit: BACK.posts })
}

// The timeline of a list ----------------------------------------------------------------------------------------------------------------

type Reading = Bounds & { list: number; replies: string; boosts: number; owner: number; now: number }

/** What a list shows of `q`, a post of the member `m`, whom the owner follows by `f`. */
const shown = (p: Slots<Reading>) => sql<boolean>`q.id < ${p.max} and q.id > ${p.min} and q.visibility <> 'direct'
  and (q.boost_of is null or (${p.boosts} = 1 and coalesce(f.boosts, 1) = 1 and (select account_id from posts as boosted where boosted.id = q.boost_of) not in ${hushed(p)}))
  and ((q.in_reply_to_uri is null and q.in_reply_to_id is null) or q.in_reply_to_account_id in (q.account_id, ${p.owner})
    or (${p.replies} = 'followed' and exists (select 1 from follows as others
      where others.account_id = ${p.owner} and others.target_id = q.in_reply_to_account_id and others.state = 'accepted'))
    or (${p.replies} = 'list' and exists (select 1 from list_members as others
      where others.list_id = ${p.list} and others.account_id = q.in_reply_to_account_id)))
  and (f.languages is null or q.language is null
    or exists (select 1 from json_each(f.languages) as wish where q.language = wish.value or q.language like wish.value || '-%'))`

type Head = { accountId: number; head: number | null }
/**
 * Two steps that read no more than is shown, however much its members wrote: the newest post of each of them, of which the first `limit` tell
 * who can be on this page and how far down it goes; then the posts of those people down to there.
 */
const steps = (direction: 'asc' | 'desc') => ({
  heads: query<Reading>()((p) =>
    build
      .selectFrom('list_members as m')
      .leftJoin('follows as f', (join) => join.onRef('f.target_id', '=', 'm.account_id').on('f.account_id', '=', p.owner))
      .select('m.account_id as accountId')
      .select(
        sql<number | null>`(select q.id from posts as q indexed by posts_account where q.account_id = m.account_id and ${shown(p)}
          order by q.id ${sql.raw(direction)} limit 1)`.as('head'),
      )
      .where('m.list_id', '=', p.list)
      .where('m.account_id', 'not in', hushed(p))
      .orderBy('head', (order) => (direction === 'asc' ? order.asc().nullsLast() : order.desc().nullsLast()))
      .limit(p.limit),
  ),
  posts: query<Reading & { people: number[] }>()((p) =>
    build
      .selectFrom(
        sql<{ id: number }>`(select found.id as id from list_members as m
        left join follows as f on f.target_id = m.account_id and f.account_id = ${p.owner}
        cross join posts as found on found.id in (select q.id from posts as q indexed by posts_account where q.account_id = m.account_id and ${shown(p)}
          order by q.id ${sql.raw(direction)} limit ${p.limit})
        where m.list_id = ${p.list} and m.account_id in (select value from json_each(${p.people})))`.as('page'),
      )
      .select('page.id as id')
      .orderBy('page.id', direction)
      .limit(p.limit),
  ),
})
const DOWN = steps('desc')
const UP = steps('asc')

/** What the people on a list wrote and boosted, by its replies policy; nothing for a list that is not there. */
export function listPage(d: Domain, listId: number, page: Page): number[] {
  const list = listById(d, listId)
  if (!list) return []
  const asked = { list: listId, replies: list.replies, boosts: Number(list.boosts), owner: findOwnerId(d) ?? 0, now: d.now() }
  const read = (by: typeof DOWN, bounds: Bounds, narrow: (last: number) => Partial<Bounds>) => {
    const heads = by.heads.all(d.store, { ...asked, ...bounds }).filter((one): one is Head & { head: number } => one.head !== null)
    if (heads.length === 0) return []
    const end = heads.length === bounds.limit ? narrow(heads.at(-1)?.head as number) : {}
    return by.posts.all(d.store, { ...asked, ...bounds, ...end, people: heads.map((one) => one.accountId) })
  }
  return pageOf(page, {
    down: (bounds) => read(DOWN, bounds, (last) => ({ min: last - 1 })),
    up: (bounds) => read(UP, bounds, (last) => ({ max: last + 1 })),
  }).map((post) => post.id)
}

const standing = query<{ owner: number; target_id: number }>()((p) =>
  build
    .selectFrom('follows')
    .select(['state', 'boosts', 'languages'])
    .where('account_id', '=', p.owner)
    .where('target_id', '=', p.target_id),
)
const member = query<{ list_id: number; account_id: number }>()((p) =>
  build.selectFrom('list_members').select('id').where('list_id', '=', p.list_id).where('account_id', '=', p.account_id),
)

/** The lists whose timelines show a post, as {@link listPage} does, but for blocks and mutes: for streams. */
export function listsWith(
  d: Domain,
  post: Pick<Post, 'accountId' | 'visibility' | 'boostOf' | 'inReplyToId' | 'inReplyToUri' | 'inReplyToAccountId' | 'language'>,
): number[] {
  const found = listsOf(d, post.accountId)
  if (found.length === 0 || post.visibility === 'direct') return []
  const owner = findOwnerId(d) ?? 0
  const follow = standing.get(d.store, { owner, target_id: post.accountId })
  if (post.boostOf !== null && follow?.boosts === 0) return []
  if (!readsLanguage(follow?.languages ?? null, post.language)) return []
  const to = post.inReplyToAccountId
  const answers = (post.inReplyToId !== null || post.inReplyToUri !== null) && to !== post.accountId && to !== owner
  return found.flatMap((list) => {
    if (post.boostOf !== null && !list.boosts) return []
    if (!answers) return [list.id]
    if (to === null || list.replies === 'none') return []
    const near =
      list.replies === 'list'
        ? member.get(d.store, { list_id: list.id, account_id: to }) !== undefined
        : standing.get(d.store, { owner, target_id: to })?.state === 'accepted'
    return near ? [list.id] : []
  })
}
