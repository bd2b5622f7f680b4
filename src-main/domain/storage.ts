import { build, query, sql } from '../store/query.ts'
import type { Domain } from './domain.ts'

/** What takes how much room in the folder. */

/** Bytes, part by part; `text` is the database without its search index. */
export interface Room {
  text: number
  search: number
  media: number
  drafts: number
  kept: number
  cache: number
}

const pages = query()(() =>
  build
    .selectFrom(sql<{ name: string; pgsize: number; aggregate: number }>`dbstat`.as('stat'))
    .select(['stat.name', 'stat.pgsize as bytes'])
    .where('stat.aggregate', '=', 1),
)
const draftFiles = query()(() =>
  build.selectFrom('media').select(['blob', 'preview_blob']).where('own', '=', 1).where('draft_id', 'is not', null),
)
const counting = {
  posts: query()(() => build.selectFrom('posts').select((e) => e.fn.countAll<number>().as('count'))),
  accounts: query()(() => build.selectFrom('accounts').select((e) => e.fn.countAll<number>().as('count'))),
  follows: query()(() => build.selectFrom('follows').select((e) => e.fn.countAll<number>().as('count'))),
}

/** Looks at every page of the database in the reader's thread, and at every file: seconds for a large folder. */
export async function measureRoom(d: Domain): Promise<Room> {
  const { blobs, cache, reader } = d.store
  const room: Room = { text: 0, search: 0, media: 0, drafts: 0, kept: 0, cache: 0 }
  for (const { name, bytes } of await reader.all(pages)) room[/^search(_|$)/.test(name) ? 'search' : 'text'] += bytes
  const drafts = new Set(draftFiles.all(d.store).flatMap((row) => [row.blob, row.preview_blob]))
  for await (const key of blobs.keys()) room[drafts.has(key) ? 'drafts' : 'media'] += (await blobs.size(key)) ?? 0
  room.kept = await cache.keptBytes()
  room.cache = Math.max(0, (await cache.bytes()) - room.kept)
  return room
}

/** How many there are, counted in the reader's thread. */
export async function countRows(d: Domain): Promise<{ posts: number; accounts: number; follows: number }> {
  const { reader } = d.store
  const one = async (name: keyof typeof counting) => (await reader.get(counting[name]))?.count ?? 0
  return { posts: await one('posts'), accounts: await one('accounts'), follows: await one('follows') }
}
