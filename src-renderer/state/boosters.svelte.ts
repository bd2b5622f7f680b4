import { SvelteMap } from 'svelte/reactivity'
import type { Ground } from './ground.ts'
import type { Row } from './rows.ts'

/**
 * Everybody known here who boosted a post. The home timeline brings a boosted post once, by the first of them; the others are asked for when
 * its row is drawn.
 */
export class Boosters {
  #ground: Ground
  #known = new SvelteMap<string, Row['boosters']>()
  #asked = new Set<string>()

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** Those of the row first; `count` is what the post says of itself. */
  of(row: Row, count: number): Row['boosters'] {
    const known = this.#known.get(row.postId)
    if (!known && row.boosters.length > 0 && count > row.boosters.length) this.#ask(row.postId)
    if (!known) return row.boosters
    const others = known.filter((one) => !row.boosters.some(({ id }) => id === one.id))
    return others.length === 0 ? row.boosters : [...row.boosters, ...others]
  }

  #ask(postId: string): void {
    if (this.#asked.has(postId)) return
    this.#asked.add(postId)
    this.#ground.session.rest.v1.statuses
      .$select(postId)
      .rebloggedBy.list()
      .then(
        (accounts) => {
          const people = accounts.filter((account) => !this.#ground.session.isMe(account.id))
          this.#known.set(
            postId,
            people.map(({ id, acct, displayName, username, emojis }) => ({ id, acct, name: displayName || username, emojis })),
          )
        },
        () => this.#asked.delete(postId),
      )
  }
}
