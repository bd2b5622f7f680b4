import { AppError } from './errors.ts'
import { nextId } from '../store/ids.ts'
import { build, query } from '../store/query.ts'
import { plainText } from './html.ts'
import type { Store } from '../store/store.ts'
import type { Domain } from './domain.ts'

/** Words the owner does not want to be bothered with by strangers: a post of somebody not followed that has them is not taken in at all. */

export interface DoorWord {
  id: number
  words: string
  wholeWord: boolean
  /** How many posts it kept out, and when last. */
  turnedAway: number
  lastAt: number | null
  createdAt: number
}

const MAX_WORDS = 500
const MAX_LENGTH = 200

const all = query()(() => build.selectFrom('door_words').selectAll().orderBy('id', 'desc'))
const insert = query<{ id: number; words: string; whole_word: number; at: number }>()((p) =>
  build
    .insertInto('door_words')
    .values({ id: p.id, words: p.words, whole_word: p.whole_word, created_at: p.at })
    .onConflict((c) => c.column('words').doUpdateSet({ whole_word: p.whole_word })),
)
const remove = query<{ id: number }>()((p) => build.deleteFrom('door_words').where('id', '=', p.id))
const count = query<{ id: number; at: number }>()((p) =>
  build
    .updateTable('door_words')
    .set((e) => ({ turned_away: e('turned_away', '+', 1), last_at: p.at }))
    .where('id', '=', p.id),
)

interface Guard {
  id: number
  folded: string
  wholeWord: boolean
}
/** What is looked for in every post of a stranger, by open database; empty again after each change. */
const guards = new WeakMap<Store, Guard[]>()

function guardsOf(d: Domain): Guard[] {
  const known = guards.get(d.store)
  if (known) return known
  const made = all.all(d.store).map((row) => ({ id: row.id, folded: fold(row.words), wholeWord: row.whole_word === 1 }))
  guards.set(d.store, made)
  return made
}

function changed(d: Domain): void {
  guards.delete(d.store)
  d.store.afterCommit(() => guards.delete(d.store))
}

/** Newest first. */
export function doorWords(d: Domain): DoorWord[] {
  return all.all(d.store).map((row) => ({
    id: row.id,
    words: row.words,
    wholeWord: row.whole_word === 1,
    turnedAway: row.turned_away,
    lastAt: row.last_at,
    createdAt: row.created_at,
  }))
}

/**
 * Posts of strangers with these words are not taken in any more. The same words again: only `wholeWord` changes. Throws 'invalid' (`empty`,
 * `too-long`, `too-many`).
 */
export function addDoorWord(d: Domain, wish: { words: string; wholeWord: boolean }): void {
  d.store.transaction(() => {
    const words = wish.words.normalize('NFC').replace(/\s+/gu, ' ').trim()
    if (fold(words) === '') throw new AppError('invalid', 'Type the words that posts of strangers must not have.', { reason: 'empty' })
    if (words.length > MAX_LENGTH) {
      throw new AppError('invalid', `At most ${MAX_LENGTH} characters.`, { reason: 'too-long', params: { max: MAX_LENGTH } })
    }
    const known = guardsOf(d)
    if (known.length >= MAX_WORDS && !known.some((guard) => guard.folded === fold(words))) {
      throw new AppError('invalid', `At most ${MAX_WORDS} entries.`, { reason: 'too-many', params: { max: MAX_WORDS } })
    }
    const at = d.now()
    const same = all.all(d.store).find((row) => fold(row.words) === fold(words))
    insert.run(d.store, { id: nextId(at), words: same?.words ?? words, whole_word: Number(wish.wholeWord), at })
    changed(d)
  })
}

/** Throws 'not-found'. */
export function removeDoorWord(d: Domain, id: number): void {
  d.store.transaction(() => {
    if (remove.run(d.store, { id }).changes === 0) throw new AppError('not-found', 'This entry is not there any more.')
    changed(d)
  })
}

/** Everything readable of a post that comes in. `content`: sanitised HTML. */
export interface Said {
  content: string
  title?: string | null
  warning: string
  /** Descriptions of files, titles of a poll. */
  others: readonly string[]
  tags: readonly string[]
}

/**
 * Whether a stranger's post has words the owner does not want: it is counted then, and must not be stored. Who the owner follows is not
 * asked. Inside the transaction that would store it; next to nothing without such words.
 */
export function turnedAway(d: Domain, said: Said): boolean {
  const known = guardsOf(d)
  if (known.length === 0) return false
  const text = fold(
    [said.title ?? '', said.warning, plainText(said.content), ...said.others, said.tags.map((tag) => `#${tag}`).join(' ')].join('\n'),
  )
  const found = known.find((guard) => contains(text, guard))
  if (!found) return false
  count.run(d.store, { id: found.id, at: d.now() })
  return true
}

/** As words are compared: one case, one form of each character, one space. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
}

const WORDLY = /[\p{L}\p{N}\p{M}_]/u

/** By `indexOf` alone: no expression runs over strangers' text. */
function contains(text: string, guard: Guard): boolean {
  for (let at = text.indexOf(guard.folded); at >= 0; at = text.indexOf(guard.folded, at + 1)) {
    if (!guard.wholeWord) return true
    const end = at + guard.folded.length
    if (!joined(before(text, at), first(guard.folded)) && !joined(last(guard.folded), first(text.slice(end, end + 2)))) return true
  }
  return false
}

const first = (text: string) => [...text.slice(0, 2)][0] ?? ''
const last = (text: string) => [...text.slice(-2)].at(-1) ?? ''
const before = (text: string, at: number) => last(text.slice(Math.max(0, at - 2), at))
/** Two characters that belong to one word. */
const joined = (a: string, b: string) => a !== '' && b !== '' && WORDLY.test(a) && WORDLY.test(b)
