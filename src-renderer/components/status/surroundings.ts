import type { Surroundings } from '../../content/sanitise.ts'
import type { Status } from '../../state/entities.ts'
import { to } from '../../state/router.svelte.ts'

/** What the links and emoji of a post are resolved with. */
export const surroundingsOf = (post: Status): Surroundings => ({
  emojis: post.emojis,
  mentions: post.mentions,
  tags: post.tags,
  profilePath: (acct) => to.profile(acct),
  tagPath: (tag) => to.tag(tag),
})
