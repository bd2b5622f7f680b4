import { normaliseTag } from '../../domain/text.ts'
import { parseId } from '../../domain/uris.ts'
import type { FilterContext } from '../../domain/types.ts'

/** The streams there are (mastodon-api.md 1.7): their names, the scope each needs, and where what stands in them belongs. */

/** A stream somebody asked for. `key` is its name and parameter as one text: `["hashtag","tides"]`, as frames of a socket name it. */
export interface Stream {
  key: string
  needs: string
  listId: number | null
}

interface Kind {
  needs: string
  param?: 'tag' | 'list'
  /** What is filtered out of such places is not sent. */
  place: FilterContext
}

const KINDS: Record<string, Kind> = {
  user: { needs: 'read:statuses', place: 'home' },
  'user:notification': { needs: 'read:notifications', place: 'notifications' },
  public: { needs: 'read:statuses', place: 'public' },
  'public:media': { needs: 'read:statuses', place: 'public' },
  'public:local': { needs: 'read:statuses', place: 'public' },
  'public:local:media': { needs: 'read:statuses', place: 'public' },
  'public:remote': { needs: 'read:statuses', place: 'public' },
  'public:remote:media': { needs: 'read:statuses', place: 'public' },
  hashtag: { needs: 'read:statuses', param: 'tag', place: 'public' },
  'hashtag:local': { needs: 'read:statuses', param: 'tag', place: 'public' },
  list: { needs: 'read:lists', param: 'list', place: 'home' },
  direct: { needs: 'read:statuses', place: 'notifications' },
}

/** Longer names are no hashtags of anybody's. */
const MAX_TAG = 200

export const keyOf = (...stream: string[]): string => JSON.stringify(stream)
export const USER = keyOf('user')
export const NOTIFICATIONS = keyOf('user:notification')
export const DIRECT = keyOf('direct')
export const listKey = (id: number): string => keyOf('list', String(id))

/** The name a key begins with. */
export const nameOf = (key: string): string => (JSON.parse(key) as string[])[0] as string
/** What belongs where the posts of a stream stand. */
export const placeOf = (key: string): FilterContext => (KINDS[nameOf(key)] as Kind).place

/** The stream of a name and its parameter; null if there is none of that name, or the parameter is missing or no hashtag or id. */
export function streamOf(name: string, named: string | undefined): Stream | null {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
  if (!kind) return null
  if (!kind.param) return { key: keyOf(name), needs: kind.needs, listId: null }
  if (kind.param === 'tag') {
    const tag = (named ?? '').length > MAX_TAG ? '' : normaliseTag(named ?? '')
    return tag === '' ? null : { key: keyOf(name, tag), needs: kind.needs, listId: null }
  }
  const listId = parseId(named ?? '')
  return listId === null ? null : { key: listKey(listId), needs: kind.needs, listId }
}

/** Streams by the paths of server-sent events, under `/api/v1/streaming/`. */
export const CHANNELS: Record<string, string> = {
  user: 'user',
  'user/notification': 'user:notification',
  public: 'public',
  'public/local': 'public:local',
  'public/remote': 'public:remote',
  hashtag: 'hashtag',
  'hashtag/local': 'hashtag:local',
  list: 'list',
  direct: 'direct',
}
