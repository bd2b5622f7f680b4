import type { Status } from '../api/mastodon.ts'
import type { Ground } from './ground.ts'

/** A page of ids as our own server tells them, and how to ask for the one below it. */
export interface IdPage {
  postIds: readonly string[]
  next: string | null
}

/** Posts of a list that is told as ids, page by page. A page whose posts are all gone is passed over. */
export async function* postPages(
  ground: Pick<Ground, 'session'>,
  ask: (before: string | null) => Promise<IdPage>,
): AsyncGenerator<Status[]> {
  let before: string | null = null
  do {
    const page: IdPage = await ask(before)
    const found = page.postIds.length === 0 ? [] : await ground.session.rest.v1.statuses.fetch({ id: [...page.postIds] })
    const byId = new Map(found.map((post) => [post.id, post]))
    const posts = page.postIds.flatMap((id) => byId.get(id) ?? [])
    if (posts.length > 0) yield posts
    before = page.next
  } while (before !== null)
}
