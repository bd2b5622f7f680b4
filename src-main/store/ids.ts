import { build, query, sql, type Connection } from './query.ts'

/**
 * Ids: `milliseconds * 2048 + tail`, 42 and 11 bits, which fit the 53 bits of a number until the year 2109. They sort by time, and for
 * posts by the time of writing, so a post fetched years later takes its place among the others. Numbers here, decimal strings on any wire.
 */
const TAILS = 2048

/** No post is older than the fediverse; a server that dates one to 1970 is wrong, not early. */
const EARLIEST = Date.UTC(2000, 0, 1)

/** The time inside an id, in milliseconds. */
export function idTime(id: number): number {
  return Math.floor(id / TAILS)
}

/** The smallest id of a millisecond: `id >= firstIdAt(t)` means "at t or later". */
export function firstIdAt(time: number): number {
  return Math.floor(time) * TAILS
}

const lastIdIn = query<{ from: number; to: number }>()((slot) =>
  build
    .selectFrom('posts')
    .select((expression) => expression.fn.max('id').as('id'))
    .where('id', '>=', slot.from)
    .where('id', '<', slot.to),
)

// Written so that both indexes serve it, accounts by (domain, username) and posts by (account_id, id): there may be a million of each.
const lastOwnId = query()(() =>
  build
    .selectFrom('accounts')
    .select(sql<number | null>`max((select max(posts.id) from posts where posts.account_id = accounts.id))`.as('id'))
    .where('domain', '=', '')
    .where('own', '=', 1),
)

/** The newest own id that each open database has seen, deleted posts included: their ids never come back while the program runs. */
const newestOwn = new WeakMap<Connection['database'], number>()

/**
 * A free id for a post. Call it in the transaction that inserts the row.
 *
 * @param published the time the post claims, in milliseconds; taken as it is between the year 2000 and `now`, else as the nearer of the two
 * @param now milliseconds
 * @param own own posts are numbered upwards: always above every earlier own post, whatever the clock does
 */
export function mintId(store: Connection, published: number, now: number, own: boolean): number {
  const time = Math.floor(Math.min(Math.max(Number.isFinite(published) ? published : now, EARLIEST), Math.max(now, EARLIEST)))
  let from = time * TAILS
  if (own) {
    const newest = newestOwn.get(store.database) ?? lastOwnId.get(store)?.id ?? 0
    from = Math.max(from, newest + 1)
  }
  // The next free tail in this millisecond; when it is full, in spans that double, so a flood with one timestamp costs few steps.
  let span = 1
  for (;;) {
    const to = (Math.floor(from / TAILS) + span) * TAILS
    const last = lastIdIn.get(store, { from, to })?.id ?? null
    const id = last === null ? from : last + 1
    if (id < to) {
      if (own) newestOwn.set(store.database, id)
      return id
    }
    from = to
    span *= 2
  }
}

let lastId = 0

/**
 * An id for any other table: above every id this process has given out, so within one process order of making is order of ids.
 * The tail starts at random, because the small commands make rows beside a running instance.
 */
export function nextId(now: number): number {
  const fresh = Math.floor(now) * TAILS + Math.floor(Math.random() * (TAILS / 2))
  lastId = fresh > lastId ? fresh : lastId + 1
  return lastId
}
