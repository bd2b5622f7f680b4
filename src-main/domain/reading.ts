import { AppError } from './errors.ts'
import { ownerId } from './owner.ts'
import { build, query } from '../store/query.ts'
import type { Domain } from './domain.ts'

/** How far the owner has read: Mastodon's markers for every client, and the exact places of the window. */

export interface Marker {
  timeline: string
  lastReadId: number
  version: number
  updatedAt: number
}

const allMarkers = query()(() => build.selectFrom('markers').selectAll())
const oneMarker = query<{ timeline: string }>()((p) => build.selectFrom('markers').selectAll().where('timeline', '=', p.timeline))
const putMarker = query<{ timeline: string; id: number; version: number; at: number }>()((p) =>
  build
    .insertInto('markers')
    .values({ timeline: p.timeline, last_read_id: p.id, version: p.version, updated_at: p.at })
    .onConflict((c) => c.column('timeline').doUpdateSet({ last_read_id: p.id, version: p.version, updated_at: p.at })),
)
const onePlace = query<{ view: string }>()((p) => build.selectFrom('places').select('place').where('view', '=', p.view))
const putPlace = query<{ view: string; place: string; at: number }>()((p) =>
  build
    .insertInto('places')
    .values({ view: p.view, place: p.place, updated_at: p.at })
    .onConflict((c) => c.column('view').doUpdateSet({ place: p.place, updated_at: p.at })),
)

export function markers(d: Domain): Marker[] {
  return allMarkers
    .all(d.store)
    .map((row) => ({ timeline: row.timeline, lastReadId: row.last_read_id, version: row.version, updatedAt: row.updated_at }))
}

/** Moves a marker; it never goes back, so that an old client cannot make read things unread. */
export function setMarker(d: Domain, timeline: 'home' | 'notifications', lastReadId: number): Marker {
  return d.store.transaction(() => {
    const old = oneMarker.get(d.store, { timeline })
    const at = d.now()
    if (old && old.last_read_id >= lastReadId) {
      return { timeline, lastReadId: old.last_read_id, version: old.version, updatedAt: old.updated_at }
    }
    const version = (old?.version ?? 0) + 1
    putMarker.run(d.store, { timeline, id: lastReadId, version, at })
    return { timeline, lastReadId, version, updatedAt: at }
  })
}

/** Where the window was in a view; opaque JSON of at most 4 kB. */
export function place(d: Domain, view: string): unknown {
  const row = onePlace.get(d.store, { view })
  return row ? JSON.parse(row.place) : null
}

export function setPlace(d: Domain, view: string, value: unknown): void {
  const json = JSON.stringify(value)
  if (view.length > 200 || json.length > 4_096)
    throw new AppError('invalid', 'A place is at most 4 kB of JSON under a name of at most 200 letters.')
  putPlace.run(d.store, { view, place: json, at: d.now() })
}

const oldestFollow = query<{ owner: number }>()((p) =>
  build
    .selectFrom('follows')
    .select('created_at')
    .where('account_id', '=', p.owner)
    .where('state', '=', 'accepted')
    .orderBy('created_at')
    .limit(1),
)

/** When the owner followed the first of those they follow; null while they follow nobody. */
export function firstFollowAt(d: Domain): number | null {
  return oldestFollow.get(d.store, { owner: ownerId(d) })?.created_at ?? null
}
