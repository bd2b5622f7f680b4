import { conversationById } from '../../domain/conversations.ts'
import { matchPost } from '../../domain/filters.ts'
import { listsWith } from '../../domain/lists.ts'
import { loadPost } from '../../domain/loading.ts'
import { notificationById } from '../../domain/notifications.ts'
import { hushedAmong, inHome } from '../../domain/timelines.ts'
import { contextOf } from '../entities/context.ts'
import { toStatus } from '../entities/status.ts'
import { conversations } from '../routes/conversations.ts'
import { notifications } from '../routes/notifications.ts'
import { DIRECT, keyOf, listKey, NOTIFICATIONS, placeOf, USER } from './streams.ts'
import type { Domain } from '../../domain/domain.ts'
import type { DomainEvent } from '../../domain/events.ts'
import type { LoadedPost } from '../../domain/types.ts'
import type { Frame, Hub } from './hub.ts'

/**
 * What the events of the domain mean to those who listen (mastodon-api.md 2.8). Nothing is loaded for streams that nobody listens to, and
 * what the owner does not want to see is not sent.
 */

/** A link preview that many posts share: so many of them are told anew. */
const MOST_BY_CARD = 20

export function framesOf(d: Domain, hub: Hub, event: DomainEvent): Frame[] {
  switch (event.type) {
    case 'post-written':
      return posted(d, hub, 'update', event.data.postId, true)
    case 'post-received':
      return posted(d, hub, 'update', event.data.postId, event.data.home)
    case 'boosted':
      return posted(d, hub, 'update', event.data.boostId, event.data.home)
    case 'post-edited':
      return posted(d, hub, 'status.update', event.data.postId, event.data.home)
    case 'post-released':
      return posted(d, hub, 'status.update', event.data.postId, true)
    case 'voted':
    case 'poll-changed':
    case 'quote-changed':
    case 'reacted':
    case 'unreacted':
      return posted(d, hub, 'status.update', event.data.postId, null)
    case 'card-ready':
      // Mastodon tells nobody: apps see a preview when they fetch the post again.
      return [...event.data.postIds]
        .sort((a, b) => b - a)
        .slice(0, MOST_BY_CARD)
        .flatMap((postId) => posted(d, hub, 'status.update', postId, null, true))
    case 'post-deleted':
      return deleted(hub, event.data.postId, event.data.visibility === 'public')
    case 'unboosted':
      return deleted(hub, event.data.boostId, false)
    case 'notified':
      return notified(d, hub, event.data.notificationId)
    case 'conversation-changed':
      // One that is gone has no word in Mastodon's streams.
      return event.data.gone ? [] : conversed(d, hub, event.data.conversationId)
    case 'filters-changed':
      return wordless(hub, 'filters_changed', [USER])
    case 'requests-accepted':
      return wordless(hub, 'notifications_merged', [USER, NOTIFICATIONS])
    default:
      return []
  }
}

/** `home`: whether it stands in the home timeline; null: to be looked up. */
function posted(d: Domain, hub: Hub, event: 'update' | 'status.update', postId: number, home: boolean | null, windowOnly = false): Frame[] {
  const atHome = hub.wanted(USER, windowOnly) && (home ?? inHome(d, [postId]).size > 0)
  const inPublic = PUBLIC.some((name) => hub.wantedByName(name))
  const inLists = hub.wantedByName('list')
  if (!atHome && !inPublic && !inLists) return []
  const post = loadPost(d, postId)
  if (!post) return []
  const stands = [...(atHome ? [USER] : []), ...(inLists ? listsWith(d, post).map(listKey) : []), ...(inPublic ? publicKeys(post) : [])]
  const keys = shownIn(
    d,
    post,
    stands.filter((key) => hub.wanted(key, windowOnly)),
  )
  if (keys.length === 0 || hushedAmong(d, [post.accountId, post.boost?.accountId ?? post.accountId]).size > 0) return []
  const payload = (base: string) => JSON.stringify(toStatus(contextOf(d, base, 'owner'), post))
  return [{ event, keys, payload, windowOnly }]
}

/** Those of the streams from which no filter of the owner's hides the post. */
function shownIn(d: Domain, post: LoadedPost, keys: string[]): string[] {
  const hides = matchPost(d, post).filter(({ filter }) => filter.action === 'hide')
  return hides.length === 0 ? keys : keys.filter((key) => !hides.some(({ filter }) => filter.contexts.includes(placeOf(key))))
}

const PUBLIC = [
  'public',
  'public:media',
  'public:local',
  'public:local:media',
  'public:remote',
  'public:remote:media',
  'hashtag',
  'hashtag:local',
]

/** Where else a public post shows up, as in the timelines of the same names. */
function publicKeys(post: LoadedPost): string[] {
  if (post.visibility !== 'public' || post.boost) return []
  const where = post.own ? 'local' : 'remote'
  const answer = post.inReplyToId !== null || post.inReplyToUri !== null
  const names = answer && post.inReplyToAccountId !== post.accountId ? [] : ['public', `public:${where}`]
  return [
    ...names.flatMap((name) => [keyOf(name), ...(post.media.length > 0 ? [keyOf(`${name}:media`)] : [])]),
    ...post.tags.flatMap((tag) => [keyOf('hashtag', tag), ...(post.own ? [keyOf('hashtag:local', tag)] : [])]),
  ]
}

/** Also to those who never saw it: which lists it stood in nobody knows any more, and an id they do not know does no harm. */
function deleted(hub: Hub, postId: number, everywhere: boolean): Frame[] {
  const keys = hub.keys().filter((key) => {
    if (key === NOTIFICATIONS || key === DIRECT) return false
    return everywhere || key === USER || key.startsWith('["list"')
  })
  return keys.length === 0 ? [] : [{ event: 'delete', keys, payload: () => String(postId) }]
}

function notified(d: Domain, hub: Hub, id: number): Frame[] {
  const keys = [USER, NOTIFICATIONS].filter((key) => hub.wanted(key))
  const found = keys.length === 0 ? null : notificationById(d, id)
  if (!found) return []
  const post = found.postId === null ? null : loadPost(d, found.postId)
  if (post && shownIn(d, post, [NOTIFICATIONS]).length === 0) return []
  const payload = (base: string) => {
    const [shown] = notifications(contextOf(d, base, 'owner'), [found])
    return shown ? JSON.stringify(shown) : null
  }
  return [{ event: 'notification', keys, payload, windowOnly: found.type === 'move' }]
}

function conversed(d: Domain, hub: Hub, id: number): Frame[] {
  const found = hub.wanted(DIRECT) ? conversationById(d, id) : null
  const last = found && loadPost(d, found.lastPostId)
  if (!last || hushedAmong(d, [last.accountId]).size > 0) return []
  const payload = (base: string) => JSON.stringify(conversations(contextOf(d, base, 'owner'), [found])[0])
  return [{ event: 'conversation', keys: [DIRECT], payload }]
}

const wordless = (hub: Hub, event: Frame['event'], keys: readonly string[]): Frame[] => [
  { event, keys: keys.filter((key) => hub.wanted(key)), payload: () => undefined },
]
