import { failureOf, type Account } from '../api/mastodon.ts'
import type { Session } from './session.svelte.ts'

/** One thing that can stand for the beginning of a mention or hashtag. */
export type Suggestion = { kind: 'person'; account: Account } | { kind: 'tag'; name: string; uses: number }

/** As many as fit under the caret (interface.md section 3). */
const MOST = 6

/** People and hashtags known here that begin like `query`; nobody else is asked. Empty when our own server does not answer. */
export async function suggestionsFor(session: Session, kind: 'mention' | 'tag', query: string, signal: AbortSignal): Promise<Suggestion[]> {
  try {
    if (kind === 'mention') {
      const people = await session.rest.v1.accounts.search.list({ q: query, limit: MOST, resolve: false }, { requestInit: { signal } })
      return people.slice(0, MOST).map((account) => ({ kind: 'person', account }))
    }
    const { hashtags } = await session.rest.v2.search.list({ q: query, type: 'hashtags', limit: MOST }, { requestInit: { signal } })
    return hashtags
      .slice(0, MOST)
      .map(({ name, history }) => ({ kind: 'tag', name, uses: (history ?? []).reduce((sum, day) => sum + Number(day.uses), 0) }))
  } catch (error) {
    if (signal.aborted || failureOf(error).kind !== 'unauthorized') return []
    throw error
  }
}
