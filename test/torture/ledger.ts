import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/**
 * What Burrow has promised, kept by the process that loads it, which is never killed. A promise is an answer: 202 to an activity, 200 to
 * the owner. What got no answer may have been done or not, but never twice.
 */

/** Our own post as the owner last asked for it. `asked` counts edits; the one answered last is `answered`. */
export interface OwnPost {
  key: string
  uri: string | null
  id: string | null
  texts: string[]
  /** The version that must be there at least, and the newest that may be. */
  answered: number
  deleted: 'no' | 'asked' | 'yes'
}
/** Somebody else's post. */
export interface TheirPost {
  uri: string
  texts: string[]
  /** The newest version answered with 202; -1: none was. */
  answered: number
  /** Times of the versions, for a clock that must move on. */
  deleted: 'no' | 'asked' | 'yes'
}

export interface Ledger {
  own: Map<string, OwnPost>
  theirs: Map<string, TheirPost>
  /** `actor post`, asked; true once answered. */
  likes: Map<string, boolean>
  /** Announce ids. */
  boosts: Map<string, boolean>
  /** Actor ids. */
  follows: Map<string, boolean>
  /** Answers by kind of request. */
  answers: Record<string, Record<string, number>>
}

export function newLedger(): Ledger {
  return { own: new Map(), theirs: new Map(), likes: new Map(), boosts: new Map(), follows: new Map(), answers: {} }
}

export function note(ledger: Ledger, kind: string, answer: number | null): void {
  const counts = (ledger.answers[kind] ??= {})
  const name = answer === null ? 'no answer' : String(answer)
  counts[name] = (counts[name] ?? 0) + 1
}

export function newOwnPost(ledger: Ledger, text: string): OwnPost {
  const post: OwnPost = { key: randomUUID(), uri: null, id: null, texts: [text], answered: -1, deleted: 'no' }
  ledger.own.set(post.key, post)
  return post
}

/** Everything wrong with the database, one sentence each, against the ledger. Burrow may be running. */
export function faults(folder: string, ledger: Ledger): string[] {
  const database = new Database(join(folder, 'burrow.db'), { readonly: true, timeout: 10_000 })
  const found: string[] = []
  const count = (sql: string, ...values: (string | number)[]): number =>
    database
      .prepare<(string | number)[], number>(sql)
      .pluck()
      .get(...values) ?? 0
  const expect = (what: string, seen: number, least: number, most: number): void => {
    if (seen < least || seen > most) found.push(`${what}: ${seen} instead of ${least === most ? least : `${least} or ${most}`}`)
  }
  try {
    for (const post of ledger.theirs.values()) {
      const promised = post.answered >= 0 && post.deleted === 'no' ? 1 : 0
      expect(post.uri, count('select count(*) from posts where uri = ?', post.uri), promised, post.deleted === 'yes' ? 0 : 1)
      // Of others' posts that name the owner, each is told once.
      const told = 'select count(*) from notifications n join posts p on p.id = n.post_id where p.uri = ? and n.type = ?'
      expect(`told of ${post.uri}`, count(told, post.uri, 'mention'), promised, post.deleted === 'yes' ? 0 : 1)
      if (promised === 0) continue
      const content = database.prepare<[string], string>('select content from posts where uri = ?').pluck().get(post.uri) ?? ''
      const version = post.texts.findIndex((text) => content.includes(text))
      if (version < post.answered) found.push(`${post.uri} is version ${version}, but version ${post.answered} was taken`)
    }
    for (const [pair, answered] of ledger.likes) {
      const [actor = '', id = ''] = pair.split(' ')
      const sql = 'select count(*) from favourites f join accounts a on a.id = f.account_id where a.uri = ? and f.post_id = ?'
      expect(`like ${pair}`, count(sql, actor, Number(id)), Number(answered), 1)
    }
    for (const [uri, answered] of ledger.boosts)
      expect(`boost ${uri}`, count('select count(*) from posts where uri = ?', uri), Number(answered), 1)
    for (const [actor, answered] of ledger.follows) {
      const sql = 'select count(*) from follows f join accounts a on a.id = f.account_id where a.uri = ?'
      expect(`follow of ${actor}`, count(sql, actor), Number(answered), 1)
    }
    for (const post of ledger.own.values()) {
      const stored = post.id === null ? 0 : count('select count(*) from posts where own = 1 and id = ?', Number(post.id))
      expect(`own post ${post.texts[0]}`, stored, Number(post.answered >= 0 && post.deleted === 'no'), post.deleted === 'yes' ? 0 : 1)
    }
    const kept = [...ledger.own.values()].filter(({ deleted }) => deleted !== 'yes').length
    expect('own posts', count('select count(*) from posts where own = 1 and boost_of is null'), kept, kept)
    // Counters are what they count.
    const wrong = `select count(*) from posts p where own = 1 and (
      favourites_count <> (select count(*) from favourites f where f.post_id = p.id) or
      boosts_count <> (select count(*) from posts b where b.boost_of = p.id))`
    expect('posts whose counters are wrong', count(wrong), 0, 0)
    return found
  } finally {
    database.close()
  }
}

/** `PRAGMA integrity_check` and `foreign_key_check` of a folder nobody has open; opening it brings in what the log still holds. */
export function integrity(folder: string): string[] {
  const database = new Database(join(folder, 'burrow.db'))
  try {
    const said = database.pragma('integrity_check') as { integrity_check: string }[]
    const broken = said.map(({ integrity_check }) => integrity_check).filter((line) => line !== 'ok')
    const loose = database.pragma('foreign_key_check') as { table: string }[]
    return [...broken, ...loose.map(({ table }) => `a row of ${table} points to nothing`)]
  } finally {
    database.close()
  }
}
