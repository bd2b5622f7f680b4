import { beforeEach, expect, test } from 'vitest'
import { firstIdAt, idTime, mintId, nextId } from '../../../src-main/store/ids.ts'
import { build, query, sql } from '../../../src-main/store/query.ts'
import { openStore, type Store } from '../../../src-main/store/store.ts'
import { closing, NOON, temporaryFolder } from './folder.ts'

let store: Store
let owner: number
let stranger: number

function insert(table: string, row: Record<string, string | number | null>): void {
  const columns = store.database.pragma(`table_info(${table})`) as {
    name: string
    notnull: number
    dflt_value: unknown
    type: string
    pk: number
  }[]
  const full: Record<string, string | number | null> = { ...row }
  for (const column of columns) {
    if (column.notnull && column.dflt_value === null && !column.pk) full[column.name] ??= column.type === 'TEXT' ? 'x' : 0
  }
  const names = Object.keys(full)
  store.database.prepare(`insert into ${table} (${names.join()}) values (${names.map(() => '?').join()})`).run(...Object.values(full))
}

const again = query<{ id: number; own: number; account: number }>()((slot) =>
  build
    .insertInto('posts')
    .values({ id: slot.id, own: sql`${slot.own}`, account_id: slot.account, visibility: 'public', created_at: 0, received_at: 0 }),
)
const post = (id: number, own: boolean) => void again.run(store, { id, own: own ? 1 : 0, account: own ? owner : stranger })

beforeEach(() => {
  store = closing(openStore({ folder: temporaryFolder(), now: () => NOON }))
  owner = 1
  stranger = 2
  insert('accounts', { id: owner, own: 1, username: 'ana', domain: '' })
  insert('accounts', { id: stranger, own: 0, username: 'kofi', domain: 'pond.example', uri: 'https://pond.example/users/kofi' })
})

function mint(published: number, now: number, own: boolean): number {
  return store.transaction(() => {
    const id = mintId(store, published, now, own)
    post(id, own)
    return id
  })
}

test('an id holds its time to the millisecond and fits a number until 2109', () => {
  const id = mint(NOON - 5000, NOON, false)
  expect(idTime(id)).toBe(NOON - 5000)
  expect(id).toBe(firstIdAt(NOON - 5000))
  expect(Number.isSafeInteger(firstIdAt(Date.UTC(2109, 0, 1)))).toBe(true)
  expect(String(id)).toMatch(/^\d{16}$/)
})

test('any mix of times, repeats, lies and clock jumps gives ids that are free, safe, in place, and rising for the owner', () => {
  // A small generator with a seed: the same story at every run.
  let seed = 20260301
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed / 2 ** 31
  }
  const seen = new Set<number>()
  let now = NOON
  let newestOwn = 0
  store.transaction(() => {
    for (let round = 0; round < 4000; round += 1) {
      now += Math.floor(random() * 3) - (random() < 0.01 ? 600_000 : 0)
      const own = random() < 0.2
      const published = own
        ? now
        : ([now, now - Math.floor(random() * 1e9), now + 1e12, -5, 0, Number.NaN, NOON - 1, Date.UTC(1999, 0, 1)][
            Math.floor(random() * 8)
          ] as number)
      const id = mint(published, now, own)
      expect(Number.isSafeInteger(id)).toBe(true)
      expect(seen.has(id)).toBe(false)
      seen.add(id)
      expect(idTime(id)).toBeGreaterThanOrEqual(Date.UTC(2000, 0, 1))
      if (own) {
        expect(id).toBeGreaterThan(newestOwn)
        newestOwn = id
      } else {
        const wanted = Number.isNaN(published) ? now : Math.min(Math.max(published, Date.UTC(2000, 0, 1)), now)
        expect(idTime(id)).toBeGreaterThanOrEqual(wanted)
        expect(idTime(id)).toBeLessThanOrEqual(wanted + 2)
      }
    }
  })
})

test('a flood with one timestamp spills into the milliseconds after it and stays cheap', () => {
  const ids = new Set<number>()
  store.transaction(() => {
    for (let n = 0; n < 10_000; n += 1) ids.add(mint(NOON - 1000, NOON, false))
  })
  expect(ids.size).toBe(10_000)
  expect(Math.max(...[...ids].map(idTime))).toBeLessThanOrEqual(NOON - 1000 + 16)
  expect(idTime(mint(NOON - 2000, NOON, false))).toBe(NOON - 2000)
})

test('an own id is above every own one, also after a deletion, a restart and a clock set back, and never takes a stranger id', () => {
  const newest = mint(NOON, NOON, true)
  post(newest + 1, false)
  post(newest + 2, false)
  const next = mint(NOON - 3_600_000, NOON - 3_600_000, true)
  expect(next).toBe(newest + 3)
  store.database.prepare('delete from posts where id = ?').run(next)
  expect(mint(NOON - 3_600_000, NOON - 3_600_000, true)).toBe(newest + 4)
  const folder = store.folder
  store.close()
  store = closing(openStore({ folder, now: () => NOON }))
  expect(mint(NOON - 7_200_000, NOON - 7_200_000, true)).toBe(newest + 5)
})

test('the first own id of a start is found by an index, not by reading every post', () => {
  const plan = store.database
    .prepare(
      'explain query plan select max((select max(posts.id) from posts where posts.account_id = accounts.id)) from accounts where domain = ? and own = 1',
    )
    .all('') as { detail: string }[]
  expect(plan.map((step) => step.detail).join('\n')).not.toContain('SCAN')
})

test('ids of other tables rise within the process whatever the clock does', () => {
  let last = 0
  for (let n = 0; n < 5000; n += 1) {
    const id = nextId(NOON - (n % 50) * 1000)
    expect(id).toBeGreaterThan(last)
    expect(Number.isSafeInteger(id)).toBe(true)
    last = id
  }
  expect(idTime(nextId(NOON + 60_000))).toBe(NOON + 60_000)
})
