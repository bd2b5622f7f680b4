import { plainText, sanitise } from '../../domain/html.ts'
import { dateOf, integer, isObject, list, translated, typesOf } from './read.ts'
import type { RemotePoll } from '../../domain/polls.ts'
import type { Json } from './read.ts'

const MAX = { options: 100, title: 500, count: 1_000_000_000 }

/**
 * The poll of a Question: `oneOf` (one choice) or `anyOf` (several), with what its own server has counted. Options said twice are one
 * (rule 26 bounds their number and length). Null: not a poll, or one with nothing to choose.
 */
export function pollOf(object: Json, now: number): RemotePoll | null {
  if (!typesOf(object).includes('Question')) return null
  const multiple = Array.isArray(object.anyOf) && object.anyOf.length > 0
  const options = new Map<string, number>()
  for (const one of list(multiple ? object.anyOf : object.oneOf, MAX.options)) {
    if (!isObject(one)) continue
    const title = plainText(sanitise(translated(one.name, one.nameMap, MAX.title, null).text ?? '')).trim()
    if (title !== '' && !options.has(title)) options.set(title, totalOf(one.replies) ?? 0)
  }
  if (options.size === 0) return null
  const closed = object.closed === true ? now : dateOf(object.closed, now)
  // Pleroma writes the end into `closed` before it is reached.
  const endsAt = dateOf(object.endTime, now) ?? closed
  const end = closed !== null && closed <= now ? closed : endsAt !== null && endsAt <= now ? endsAt : null
  return {
    multiple,
    options: [...options].map(([title, votes]) => ({ title, votes })),
    voters: integer(object.votersCount, 0, MAX.count),
    endsAt,
    closedAt: end,
  }
}

/** How many things a collection says it holds; null when it does not say. */
export function totalOf(collection: unknown): number | null {
  return isObject(collection) ? integer(collection.totalItems, 0, MAX.count) : null
}
