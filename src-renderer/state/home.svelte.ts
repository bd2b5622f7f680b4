import type { Ground } from './ground.ts'
import type { Posts } from './posts.svelte.ts'
import { Timeline } from './timeline.svelte.ts'
import type { Settings } from '../../src-main/owner-api/contract.ts'

export type { Anchor } from './timeline.svelte.ts'

/** The home timeline: made once, and kept for as long as the window is open. */
export class Home extends Timeline {
  constructor(ground: Ground, posts: Posts, settings?: { readonly current: Settings }) {
    super(
      ground,
      posts,
      { view: 'home', list: (range) => ground.session.rest.v1.timelines.home.list(range), news: 'stream' },
      settings && (() => settings.current),
    )
  }
}
