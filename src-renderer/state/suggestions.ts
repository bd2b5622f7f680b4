import { failureOf, type Account, type CustomEmoji } from '../api/mastodon.ts'
import type { Session } from './session.svelte.ts'

/** One thing that can stand for the beginning of a mention, hashtag or emoji. */
export type Suggestion =
  | { kind: 'person'; account: Account }
  /** Nobody known here: their server would have to be asked. */
  | { kind: 'lookup'; acct: string }
  | { kind: 'tag'; name: string; uses: number }
  | { kind: 'emoji'; character: string; name: string; url: string | null }

/** As many as fit under the caret (interface.md section 3). */
const MOST = 6
const WHOLE = /^[^\s@]+@[^\s@.]+\.[^\s@]*[^\s@.]$/

/** What a token may stand for, from what is known here; nobody else is asked. `near` are people of the conversation. */
export async function suggestionsFor(
  session: Session,
  { kind, query }: { kind: 'mention' | 'tag' | 'emoji'; query: string },
  near: readonly Account[],
  signal: AbortSignal,
): Promise<Suggestion[]> {
  try {
    if (kind === 'emoji') return await emojiFor(session, query)
    if (kind === 'tag') {
      const { tags } = await session.owner.suggestions('tags', query, signal)
      return tags.slice(0, MOST).map(({ name, own, known }) => ({ kind: 'tag', name, uses: own || known }))
    }
    const { people } = await session.owner.suggestions('people', query, signal)
    const accounts = people.length === 0 ? [] : await session.rest.v1.accounts.fetch({ id: people }, { requestInit: { signal } })
    return ordered(query, people, accounts, near)
  } catch (error) {
    if (signal.aborted || failureOf(error).kind !== 'unauthorized') return []
    throw error
  }
}

/** Followed first, then those of the conversation, then the others, as the server put them; at the end the way to ask elsewhere. */
function ordered(query: string, ids: readonly string[], accounts: readonly Account[], near: readonly Account[]): Suggestion[] {
  const typed = query.toLowerCase()
  const byId = new Map(accounts.map((account) => [account.id, account]))
  const begins = ({ acct, displayName }: Account) => acct.toLowerCase().startsWith(typed) || displayName.toLowerCase().startsWith(typed)
  const there = near.filter((account) => begins(account) && !byId.has(account.id))
  const known = [...ids.flatMap((id) => byId.get(id) ?? []), ...there]
  const found: Suggestion[] = known.slice(0, MOST).map((account) => ({ kind: 'person', account }))
  if (WHOLE.test(query) && !known.some((account) => account.acct.toLowerCase() === typed))
    return [...found.slice(0, MOST - 1), { kind: 'lookup', acct: query }]
  return found
}

let custom: { session: Session; emojis: Promise<CustomEmoji[]> } | null = null

/** The owner's own emoji: those of others can be seen here and not written. */
export function ownEmojis(session: Session): Promise<CustomEmoji[]> {
  if (custom?.session === session) return custom.emojis
  const emojis = Promise.resolve(session.rest.v1.customEmojis.list()).then((all) => [...all].filter((one) => one.visibleInPicker))
  custom = { session, emojis }
  emojis.catch(() => (custom = null))
  return emojis
}

async function emojiFor(session: Session, query: string): Promise<Suggestion[]> {
  const [own, { emojiLike }] = await Promise.all([ownEmojis(session).catch(() => []), import('./emoji.ts')])
  const typed = query.toLowerCase()
  const mine = own
    .filter((one) => one.shortcode.toLowerCase().includes(typed))
    .map((one): Suggestion => ({ kind: 'emoji', character: `:${one.shortcode}:`, name: one.shortcode, url: one.url }))
  const others = emojiLike(typed, MOST).map(({ character, name }): Suggestion => ({ kind: 'emoji', character, name, url: null }))
  return [...mine.slice(0, MOST), ...others].slice(0, MOST)
}

/** Asks the server of a whole handle who that is. Null when it does not say. */
export async function lookUp(session: Session, acct: string): Promise<Account | null> {
  try {
    const found = await session.rest.v1.accounts.search.list({ q: `@${acct}`, limit: 1, resolve: true })
    return found.find((account) => account.acct.toLowerCase() === acct.toLowerCase()) ?? null
  } catch {
    return null
  }
}
