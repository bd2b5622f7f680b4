import { failureOf, type Account, type List } from '../api/mastodon.ts'
import { m } from '../locales/generated/messages.js'
import type { Ground } from './ground.ts'
import { wordsFor } from './posts.svelte.ts'

export interface ShownList extends List {
  boosts: boolean
}
export type ListReplies = 'followed' | 'list' | 'none'

/** The owner's lists, with what apps do not know of them. Other windows and apps change them too. */
export class Lists {
  all: ShownList[] | null = $state.raw(null)
  problem: string | null = $state(null)
  #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
    ground.live.onowner((event) => {
      if (event.type === 'lists') void this.load()
    })
    void this.load()
  }

  async load(): Promise<void> {
    const { rest, owner } = this.#ground.session
    await this.#try(async () => {
      const [lists, boosts] = await Promise.all([rest.v1.lists.list(), owner.listBoosts()])
      const shown = new Map(boosts.map((one) => [one.id, one.boosts]))
      this.all = lists.map((list) => ({ ...list, boosts: shown.get(list.id) ?? true }))
    })
  }

  get(id: string): ShownList | undefined {
    return this.all?.find((list) => list.id === id)
  }

  /** Null when it could not be made. */
  async create(title: string): Promise<List | null> {
    let made: List | null = null
    await this.#try(async () => {
      made = await this.#ground.session.rest.v1.lists.create({ title })
    })
    await this.load()
    return made
  }

  async change(
    list: ShownList,
    wish: { title?: string; repliesPolicy?: ListReplies; exclusive?: boolean; boosts?: boolean },
  ): Promise<void> {
    const { rest, owner } = this.#ground.session
    const { boosts, ...other } = wish
    await this.#try(async () => {
      if (boosts !== undefined) await owner.setListBoosts(list.id, boosts)
      if (Object.keys(other).length > 0) {
        const { title, repliesPolicy, exclusive } = { ...list, ...other }
        // The client's types know nothing of whose replies a list shows.
        const change = { title, repliesPolicy, exclusive }
        await rest.v1.lists.$select(list.id).update(change)
      }
    })
    await this.load()
  }

  async remove(list: List): Promise<boolean> {
    const done = await this.#try(() => this.#ground.session.rest.v1.lists.$select(list.id).remove())
    if (done) this.#ground.toasts.show({ text: m.list_deleted({ title: list.title }) })
    await this.load()
    return done
  }

  /** Everybody on a list, at most eighty. */
  async members(id: string): Promise<Account[]> {
    return await this.#ground.session.rest.v1.lists.$select(id).accounts.list({ limit: 80 })
  }

  /** People the owner follows, by the beginning of a name. */
  async search(typed: string): Promise<Account[]> {
    return await this.#ground.session.rest.v1.accounts.search.list({ q: typed, following: true, limit: 10 })
  }

  async put(id: string, account: Account, on: boolean): Promise<boolean> {
    const members = this.#ground.session.rest.v1.lists.$select(id).accounts
    const people = { accountIds: [account.id] }
    return this.#try(() => (on ? members.create(people) : members.remove(people)))
  }

  async #try(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      this.problem = null
      return true
    } catch (error) {
      this.problem = wordsFor(failureOf(error))
      return false
    }
  }
}

const made = new WeakMap<object, Lists>()

/** The lists of this window: one for all who ask. */
export function listsOf(ground: Ground): Lists {
  const known = made.get(ground.session)
  if (known) return known
  const lists = new Lists(ground)
  made.set(ground.session, lists)
  return lists
}
