import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, inList, query } from '../store/query.ts'
import { pageOf } from './paging.ts'
import { ownerId } from './rows.ts'
import type { Bounds } from './paging.ts'
import type { Domain } from './domain.ts'
import type { Page } from './types.ts'

/** People the owner recommends on their profile: some of those they follow. */

/** More than a profile can show. */
const MAX_ENDORSED = 200

const followed = query<{ owner: number; account_id: number }>()((p) =>
  build
    .selectFrom('follows')
    .select('id')
    .where('account_id', '=', p.owner)
    .where('target_id', '=', p.account_id)
    .where('state', '=', 'accepted'),
)
const counted = query()(() => build.selectFrom('endorsements').select((e) => e.fn.countAll<number>().as('n')))
const insert = query<{ id: number; account_id: number; at: number }>()((p) =>
  build
    .insertInto('endorsements')
    .values({ id: p.id, account_id: p.account_id, created_at: p.at })
    .onConflict((c) => c.doNothing()),
)
const remove = query<{ account_id: number }>()((p) => build.deleteFrom('endorsements').where('account_id', '=', p.account_id))
const among = query<{ ids: number[] }>()((p) =>
  build.selectFrom('endorsements').select('account_id').where('account_id', 'in', inList(p.ids)),
)
const endorsed = (direction: 'asc' | 'desc') =>
  query<Bounds>()((p) =>
    build
      .selectFrom('endorsements')
      .select(['account_id as accountId', 'id as cursor'])
      .where('id', '<', p.max)
      .where('id', '>', p.min)
      .orderBy('id', direction)
      .limit(p.limit),
  )
const down = endorsed('desc')
const up = endorsed('asc')

/** The owner recommends somebody they follow. Again: nothing happens. Throws 'invalid' (not followed, too many). Event `endorsed`. */
export function endorse(d: Domain, accountId: number): void {
  d.store.transaction(() => {
    if (!followed.get(d.store, { owner: ownerId(d), account_id: accountId })) {
      throw new AppError('invalid', 'You must be already following the person you want to endorse', { reason: 'not-followed' })
    }
    if (endorsedAmong(d, [accountId]).size > 0) return
    if ((counted.get(d.store)?.n ?? 0) >= MAX_ENDORSED) {
      throw new AppError('invalid', `You recommend ${MAX_ENDORSED} people already, which is the most.`, {
        reason: 'too-many',
        params: { max: MAX_ENDORSED },
      })
    }
    const at = d.now()
    insert.run(d.store, { id: nextId(at), account_id: accountId, at })
    d.events.append('endorsed', { accountId })
  })
}

/** And no more; without a recommendation nothing happens. Event `unendorsed`. */
export function unendorse(d: Domain, accountId: number): void {
  d.store.transaction(() => {
    if (remove.run(d.store, { account_id: accountId }).changes > 0) d.events.append('unendorsed', { accountId })
  })
}

/** Whom the owner recommends, newest first; `cursor` to page by. */
export function endorsedPage(d: Domain, page: Page): { accountId: number; cursor: number }[] {
  return pageOf(page, { down: (bounds) => down.all(d.store, bounds), up: (bounds) => up.all(d.store, bounds) })
}

/** Which of these accounts the owner recommends. */
export function endorsedAmong(d: Domain, ids: readonly number[]): Set<number> {
  return new Set(among.all(d.store, { ids: [...ids] }).map((row) => row.account_id))
}
