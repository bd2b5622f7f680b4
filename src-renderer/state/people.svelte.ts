import { untrack } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import { m } from '../locales/generated/messages.js'
import { failureOf, type Account, type Relationship } from '../api/mastodon.ts'
import type { Ground } from './ground.ts'
import { locale } from './locale.svelte.ts'
import { wordsFor } from './posts.svelte.ts'
import { durationName } from './time.ts'
import type { PersonAction } from './said.ts'

const said = () => import('./said.ts')

/** Something the owner can do about a person. */
export type { PersonAction } from './said.ts'

const ANSWER_CHECKS = [1_000, 3_000, 8_000, 20_000, 60_000]

/** Accounts by id, how we stand to them, and what can be done. Relationships asked for in one tick are fetched together. */
export class People {
  #accounts = new SvelteMap<string, Account>()
  #relations = new SvelteMap<string, Relationship>()
  #wanted = new Set<string>()
  #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
    ground.live.onowner((event) => {
      if (event.type === 'outbox' && event.item.accountId && /follow|block/.test(event.item.kind)) this.want([event.item.accountId], true)
    })
    ground.live.onstream((event) => {
      if (event.type === 'notification' && event.notification.type.startsWith('follow')) this.want([event.notification.account.id], true)
    })
  }

  get(id: string): Account | undefined {
    return this.#accounts.get(id)
  }

  put(account: Account): void {
    this.#accounts.set(account.id, account)
  }

  /** True for the owner's own account. */
  isMe(id: string): boolean {
    return this.#ground.session.isMe(id)
  }

  /** How we stand to a person; undefined until it is known. Call `want` to have it fetched. */
  relation(id: string): Relationship | undefined {
    return this.#relations.get(id)
  }

  /** Has relationships fetched, 40 at a time. */
  want(ids: readonly string[], fresh = false): void {
    untrack(() => {
      for (const id of ids) if (!this.isMe(id) && (fresh || !this.#relations.has(id))) this.#wanted.add(id)
    })
    if (this.#wanted.size > 0) queueMicrotask(() => void this.#fetchRelations())
  }

  /** Finds a person by `user`, `user@host`; the full remote lookup is `resolve`. Null when unknown here. */
  async lookup(acct: string): Promise<Account | null> {
    const rest = this.#ground.session.rest
    try {
      const account = await rest.v1.accounts.lookup({ acct })
      this.put(account)
      return account
    } catch (error) {
      if (failureOf(error).kind === 'not-found') return null
      throw error
    }
  }

  /** Asks the person's server (WebFinger). Null when there is nobody. */
  async resolve(acct: string): Promise<Account | null> {
    const found = await this.#ground.session.rest.v2.search.list({
      q: `@${acct.replace(/^@/, '')}`,
      type: 'accounts',
      resolve: true,
      limit: 1,
    })
    const account = found.accounts[0] ?? null
    if (account) this.put(account)
    return account
  }

  /** Does it, shows it at once, says it, and offers to take it back. */
  async act(account: Account, action: PersonAction): Promise<void> {
    if (!(await this.#send(account.id, action))) return
    const back: Record<PersonAction, PersonAction> = {
      follow: 'unfollow',
      unfollow: 'follow',
      block: 'unblock',
      unblock: 'block',
      mute: 'unmute',
      unmute: 'mute',
    }
    const text = (await said()).acted(action, `@${account.acct}`, account.locked)
    this.#ground.toasts.show({ text, action: { label: m.ui_undo(), run: () => void this.#send(account.id, back[action]) } })
  }

  /** Mutes somebody for a while: `seconds` 0 is until it is taken back. With `notifications`, those are silent too. */
  async mute(account: Account, seconds: number, notifications: boolean): Promise<void> {
    const name = `@${account.acct}`
    const done = await this.#try(async () => {
      const muted = await this.#ground.session.rest.v1.accounts.$select(account.id).mute({ notifications, duration: seconds })
      this.#relations.set(account.id, muted)
    })
    if (!done) return
    const text = (await said()).muted(name, seconds > 0 ? durationName(seconds, locale()) : null)
    this.#ground.toasts.show({ text, action: { label: m.ui_undo(), run: () => void this.#send(account.id, 'unmute') } })
  }

  /** Turns a whole server away. `seen`: people of it whose relation is on screen. */
  async blockServer(host: string, seen: readonly string[] = []): Promise<boolean> {
    const done = await this.#try(() => this.#ground.session.rest.v1.domainBlocks.create({ domain: host }))
    if (done) {
      this.want(seen, true)
      const action = { label: m.ui_undo(), run: () => void this.unblockServer(host, seen) }
      this.#ground.toasts.show({ text: (await said()).serverBlocked(host, true), action })
    }
    return done
  }

  async unblockServer(host: string, seen: readonly string[] = []): Promise<boolean> {
    const done = await this.#try(() => this.#ground.session.rest.v1.domainBlocks.remove({ domain: host }))
    if (done) {
      this.want(seen, true)
      this.#ground.toasts.show({ text: (await said()).serverBlocked(host, false) })
    }
    return done
  }

  /** Shows somebody who is followed on the owner's own profile, or no longer. */
  async endorse(account: Account, on: boolean): Promise<void> {
    const name = `@${account.acct}`
    const done = await this.#try(async () => {
      const person = this.#ground.session.rest.v1.accounts.$select(account.id)
      this.#relations.set(account.id, await (on ? person.endorse() : person.unendorse()))
    })
    if (done) this.#ground.toasts.show({ text: (await said()).endorsed(name, on), lasts: 4_000 })
  }

  /** Of somebody who is followed: whether what they boost is shown, and whether each of their posts is told of. */
  async tune(account: Account, wish: { reblogs?: boolean; notify?: boolean }): Promise<void> {
    const name = `@${account.acct}`
    const done = await this.#try(async () => {
      this.#relations.set(account.id, await this.#ground.session.rest.v1.accounts.$select(account.id).follow(wish))
    })
    if (!done) return
    this.#ground.toasts.show({ text: (await said()).tuned(name, wish), lasts: 4_000 })
  }

  /** Keeps what the owner wants to remember of somebody. False when it could not be kept. */
  async note(id: string, comment: string): Promise<boolean> {
    return this.#try(async () => {
      this.#relations.set(id, await this.#ground.session.rest.v1.accounts.$select(id).note.create({ comment }))
    })
  }

  async #try(run: () => Promise<unknown>): Promise<boolean> {
    try {
      await run()
      return true
    } catch (error) {
      this.#ground.toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
      return false
    }
  }

  /** Answers a follow request. False when it could not be done. */
  async answerRequest(accountId: string, accept: boolean): Promise<boolean> {
    const request = this.#ground.session.rest.v1.followRequests.$select(accountId)
    try {
      const relation = accept ? await request.authorize() : await request.reject()
      this.#relations.set(accountId, relation)
      return true
    } catch (error) {
      this.#ground.toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
      return false
    }
  }

  async #send(id: string, action: PersonAction): Promise<boolean> {
    const before = this.#relations.get(id)
    if (before) {
      const shown: Partial<Relationship> = {
        follow: { requested: true },
        unfollow: { following: false, requested: false },
        block: { blocking: true, following: false, requested: false, followedBy: false },
        unblock: { blocking: false },
        mute: { muting: true },
        unmute: { muting: false },
      }[action]
      this.#relations.set(id, { ...before, ...shown })
    }
    try {
      const account = this.#ground.session.rest.v1.accounts.$select(id)
      const relation = await account[action]()
      this.#relations.set(id, relation)
      if (relation.requested) this.#awaitAnswer(id)
      return true
    } catch (error) {
      if (before) this.#relations.set(id, before)
      this.#ground.toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
      return false
    }
  }

  /** Mastodon's streams say nothing of an accepted follow, so it is asked for, ever less often, for a minute. */
  #awaitAnswer(id: string): void {
    for (const wait of ANSWER_CHECKS) setTimeout(() => this.relation(id)?.requested && this.want([id], true), wait)
  }

  async #fetchRelations(): Promise<void> {
    const ids = [...this.#wanted].slice(0, 40)
    for (const id of ids) this.#wanted.delete(id)
    if (ids.length === 0) return
    try {
      for (const relation of await this.#ground.session.rest.v1.accounts.relationships.fetch({ id: ids }))
        this.#relations.set(relation.id, relation)
    } catch {
      // Buttons that need the relationship stay away until the next time it is asked for.
    }
    if (this.#wanted.size > 0) await this.#fetchRelations()
  }
}
