import { build, query, sql } from '../store/query.ts'

/** The rows of reading up: one per absence, one per thing to read. What is done is done when the program is killed. */

export type TaskKind = 'outbox' | 'pins' | 'thread' | 'follow'

export const insertCatchup = query<{
  id: number
  away_since: number
  back_at: number
  state: 'running' | 'done' | 'stopped'
  report: string
}>()((p) =>
  build.insertInto('catchups').values({
    id: p.id,
    away_since: p.away_since,
    back_at: p.back_at,
    state: p.state,
    report: p.report,
  }),
)
export const insertTask = query<{ catchup_id: number; kind: TaskKind; subject: number; host: string }>()((p) =>
  build.insertInto('catchup_tasks').values({ catchup_id: p.catchup_id, kind: p.kind, subject: p.subject, host: p.host }),
)
export const runningCatchup = query()(() =>
  build.selectFrom('catchups').selectAll().where('state', '=', 'running').orderBy('id', 'desc').limit(1),
)
export const newestCatchups = query<{ limit: number }>()((p) =>
  build.selectFrom('catchups').selectAll().orderBy('id', 'desc').limit(p.limit),
)
export const catchupById = query<{ id: number }>()((p) => build.selectFrom('catchups').selectAll().where('id', '=', p.id))
export const endCatchup = query<{ id: number; state: 'done' | 'stopped'; at: number; report: string }>()((p) =>
  build.updateTable('catchups').set({ state: p.state, finished_at: p.at, report: p.report }).where('id', '=', p.id),
)
export const addPosts = query<{ id: number; by: number }>()((p) =>
  build
    .updateTable('catchups')
    .set((e) => ({ posts: e('posts', '+', p.by) }))
    .where('id', '=', p.id),
)
export const dueTasks = query<{ catchup_id: number; now: number; limit: number }>()((p) =>
  build
    .selectFrom('catchup_tasks')
    .selectAll()
    .where('catchup_id', '=', p.catchup_id)
    .where('state', '=', 'waiting')
    .where('next_at', '<=', p.now)
    .orderBy('id')
    .limit(p.limit),
)
export const nextDue = query<{ catchup_id: number }>()((p) =>
  build
    .selectFrom('catchup_tasks')
    .select((e) => [e.fn.min('next_at').as('at'), e.fn.countAll<number>().as('count')])
    .where('catchup_id', '=', p.catchup_id)
    .where('state', '=', 'waiting'),
)
export const settleTask = query<{ id: number; state: 'done' | 'failed'; found: number; error: string | null }>()((p) =>
  build
    .updateTable('catchup_tasks')
    .set((e) => ({ state: p.state, found: p.found, error: p.error, attempts: e('attempts', '+', 1) }))
    .where('id', '=', p.id),
)
/** `tries`: how many of its server's tries that took, 0 or 1. */
export const putOffTask = query<{ id: number; at: number; error: string; tries: number }>()((p) =>
  build
    .updateTable('catchup_tasks')
    .set((e) => ({ next_at: p.at, error: p.error, attempts: e('attempts', '+', p.tries) }))
    .where('id', '=', p.id),
)
export const dropTasks = query<{ catchup_id: number }>()((p) =>
  build.deleteFrom('catchup_tasks').where('catchup_id', '=', p.catchup_id).where('state', '=', 'waiting'),
)
export const hostsOf = query<{ catchup_id: number }>()((p) =>
  build
    .selectFrom('catchup_tasks')
    .select(['host', 'kind', 'state'])
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('catchup_id', '=', p.catchup_id)
    .where('host', '<>', '')
    .groupBy(['host', 'kind', 'state']),
)
/** Old absences go; the newest ones are the owner's to look at. */
export const forgetCatchups = query<{ kept: number }>()((p) =>
  build
    .deleteFrom('catchups')
    .where('state', '<>', 'running')
    .where(
      'id',
      'not in',
      build
        .selectFrom('catchups as newest')
        .select('newest.id')
        .orderBy('newest.id', 'desc')
        .limit(sql<number>`${p.kept}`),
    ),
)
