import { m } from '../locales/generated/messages.js'

export type Mark = 'favourite' | 'boost' | 'bookmark'
export type PersonAction = 'follow' | 'unfollow' | 'block' | 'unblock' | 'mute' | 'unmute'

/** What is said once something has been done. Nothing says these before there is a hand at the window, so they are fetched then. */

export const marked = (mark: Mark, on: boolean): string =>
  ({
    favourite: on ? m.toast_favourited : m.toast_unfavourited,
    boost: on ? m.toast_boosted : m.toast_unboosted,
    bookmark: on ? m.toast_bookmarked : m.toast_unbookmarked,
  })[mark]()

export const pinned = (on: boolean): string => (on ? m.toast_pinned() : m.toast_unpinned())

export const threadMuted = (on: boolean): string => (on ? m.toast_thread_muted() : m.toast_thread_unmuted())

export const quotesAllowed = (): string => m.toast_quote_policy()

export const quoteRevoked = (): string => m.toast_quote_revoked()

/** `locked`: the person lets followers in one by one. */
export const acted = (action: PersonAction, name: string, locked: boolean): string =>
  ({
    follow: locked ? m.toast_follow_requested : m.toast_followed,
    unfollow: m.toast_unfollowed,
    block: m.toast_blocked,
    unblock: m.toast_unblocked,
    mute: m.toast_muted,
    unmute: m.toast_unmuted,
  })[action]({ name })

/** `time`: for how long; null when it has no end. */
export const muted = (name: string, time: string | null): string =>
  time === null ? m.toast_muted({ name }) : m.toast_muted_for({ name, time })

export const serverBlocked = (host: string, on: boolean): string =>
  on ? m.toast_server_blocked({ host }) : m.toast_server_unblocked({ host })

export const endorsed = (name: string, on: boolean): string => (on ? m.toast_endorsed({ name }) : m.toast_unendorsed({ name }))

export const tuned = (name: string, wish: { reblogs?: boolean; notify?: boolean }): string => {
  if (wish.notify !== undefined) return wish.notify ? m.toast_notify_on({ name }) : m.toast_notify_off({ name })
  return wish.reblogs ? m.toast_boosts_shown({ name }) : m.toast_boosts_hidden({ name })
}

/** What has left since the connection came back, each with its number. */
export const left = (counts: { posts: number; likes: number; others: number }): string[] => [
  ...(counts.posts > 0 ? [m.outbox_sent_posts({ count: counts.posts })] : []),
  ...(counts.likes > 0 ? [m.outbox_sent_likes({ count: counts.likes })] : []),
  ...(counts.others > 0 ? [m.outbox_sent_others({ count: counts.others })] : []),
]

export const allLeft = (what: string): string => m.outbox_sent_toast({ what })
