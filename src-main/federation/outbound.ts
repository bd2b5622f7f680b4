import { accountById } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { followById } from '../domain/follows.ts'
import { favouriteById } from '../domain/interactions.ts'
import { loadPost } from '../domain/loading.ts'
import { followerInboxes, knownInboxes, postById, recipientsOf, releasePost, resolveMentions, unresolvedMentions } from '../domain/posts.ts'
import { NetError } from '../net/index.ts'
import { activities } from './mapping/to-activity.ts'
import { budget } from './remote.ts'
import type { Domain } from '../domain/domain.ts'
import type { DomainEvent } from '../domain/events.ts'
import type { Log, Outbox, OutgoingItem, Prepared, Preparer } from '../domain/ports.ts'
import type { LoadedPost, Post, Visibility } from '../domain/types.ts'
import type { Identity, IdentityHolder } from './identity.ts'
import type { Document, Person, PostSurroundings } from './mapping/to-activity.ts'
import type { Remote } from './remote.ts'

/**
 * What the owner does, on its way out. The consumer turns events into waiting items of the outbox, in the transaction that moves its
 * cursor; a thing and its opposite that have both not left take each other back. When we are online each item is prepared: the people
 * it names are looked up, and it is rendered as it is then, with the time it leaves (design 7).
 */

const CONSUMED = [
  'origin-chosen',
  'profile-changed',
  'post-written',
  'post-edited',
  'post-deleted',
  'boosted',
  'unboosted',
  'favourited',
  'unfavourited',
  'follow-asked',
  'follow-accepted',
  'follow-rejected',
  'unfollowed',
] as const

export function consumeOwnEvents(d: Domain, outbox: Outbox, log: Log): () => void {
  return d.events.consume(
    'outbound',
    CONSUMED,
    (event) => route(d, outbox, event),
    (error, event) =>
      log.error({ seq: event.seq, type: event.type, error: (error as Error).stack }, 'an event could not be turned into an activity'),
  )
}

type Consumed = Extract<DomainEvent, { type: (typeof CONSUMED)[number] }>
const item = (
  kind: OutgoingItem['kind'],
  objectKey: string,
  subject: Record<string, unknown>,
  about: { postId?: number; accountId?: number },
) => ({
  kind,
  objectKey,
  subject,
  postId: about.postId ?? null,
  accountId: about.accountId ?? null,
})

function route(d: Domain, outbox: Outbox, event: Consumed): void {
  switch (event.type) {
    case 'profile-changed':
      outbox.takeBack('profile', ['profile'])
      outbox.enqueue(item('profile', 'profile', {}, {}))
      return
    case 'origin-chosen':
      return
    case 'post-written': {
      const { postId } = event.data
      outbox.enqueue(item('post', `post:${postId}`, {}, { postId }))
      return
    }
    case 'post-edited': {
      const { postId, own } = event.data
      // An edit of what has not left yet goes out with it.
      if (!own || postById(d, postId)?.releasedAt === null) return
      outbox.takeBack(`post:${postId}`, ['edit'])
      outbox.enqueue(item('edit', `post:${postId}`, {}, { postId }))
      return
    }
    case 'post-deleted': {
      const { postId, own, released, visibility, mentioned } = event.data
      if (!own) return
      const taken = outbox.takeBack(`post:${postId}`)
      if (!released && taken !== 'left') return
      outbox.enqueue(item('delete', `post:${postId}`, { visibility, mentioned }, { postId }))
      return
    }
    case 'boosted': {
      const { boostId, postId, own } = event.data
      if (own) outbox.enqueue(item('boost', `boost:${boostId}`, { boostId }, { postId }))
      return
    }
    case 'unboosted': {
      const { boostId, postId, own, released, visibility } = event.data
      if (!own || (outbox.takeBack(`boost:${boostId}`) !== 'left' && !released)) return
      outbox.enqueue(item('unboost', `boost:${boostId}`, { boostId, visibility }, { postId }))
      return
    }
    case 'favourited': {
      const { favouriteId, postId, own } = event.data
      if (own) outbox.enqueue(item('favourite', `favourite:${favouriteId}`, { favouriteId }, { postId }))
      return
    }
    case 'unfavourited': {
      const { favouriteId, postId, own } = event.data
      if (!own || outbox.takeBack(`favourite:${favouriteId}`) === 'cancelled') return
      outbox.enqueue(item('unfavourite', `favourite:${favouriteId}`, { favouriteId }, { postId }))
      return
    }
    case 'follow-asked': {
      const { followId, targetId, own } = event.data
      if (own) outbox.enqueue(item('follow', `follow:${followId}`, { followId }, { accountId: targetId }))
      return
    }
    case 'unfollowed': {
      const { followId, targetId, own } = event.data
      if (!own || outbox.takeBack(`follow:${followId}`) === 'cancelled') return
      outbox.enqueue(item('unfollow', `follow:${followId}`, { followId }, { accountId: targetId }))
      return
    }
    case 'follow-accepted': {
      const { followId, accountId, own, uri } = event.data
      if (own) outbox.enqueue(item('accept', `follower:${followId}`, { followId, uri }, { accountId }))
      return
    }
    case 'follow-rejected': {
      const { followId, accountId, own, uri } = event.data
      if (own) outbox.enqueue(item('reject', `follower:${followId}`, { followId, uri }, { accountId }))
      return
    }
  }
}

export function openPreparer(parts: { domain: Domain; identity: IdentityHolder; remote: Remote; log: Log }): Preparer {
  const { domain: d, identity, remote, log } = parts

  const me = (): Identity => {
    const current = identity.current()
    if (!current) throw new AppError('unavailable', 'There is no address yet.')
    return current
  }
  const uriOf = (post: Post): string => (post.own ? me().uris.post(post.id) : (post.uri as string))

  /** Shared inbox where there is one, except for private mentions; never our own host. */
  function inboxes(followers: boolean, accountIds: number[], personal: boolean): string[] {
    const u = me().uris
    const all = followers ? followerInboxes(d).map((one) => one.sharedInbox ?? one.inbox) : []
    for (const id of accountIds) {
      const account = accountById(d, id)
      if (account?.inbox) all.push(personal ? account.inbox : (account.sharedInbox ?? account.inbox))
    }
    return [...new Set(all)].filter((inbox) => new URL(inbox).host !== u.host)
  }

  function surroundings(post: LoadedPost): PostSurroundings {
    const parent = post.inReplyToId === null ? null : postById(d, post.inReplyToId)
    const mentioned = post.mentions.flatMap((mention): Person[] => (mention.uri ? [{ uri: mention.uri, acct: mention.acct }] : []))
    return { uris: me().uris, inReplyTo: parent ? uriOf(parent) : post.inReplyToUri, mentioned }
  }

  /** Looks up whom a post names; people who do not exist stay plain text, servers that do not answer hold the post for a while. */
  async function nameEverybody(postId: number, attempts: number): Promise<void> {
    const wanted = unresolvedMentions(d, postId)
    const found = new Map<string, number>()
    let unanswered: unknown = null
    await Promise.all(
      wanted.map(async (acct) => {
        if (!acct.includes('@')) return
        try {
          const id = await remote.acct(acct, budget())
          if (id !== null) found.set(acct, id)
        } catch (error) {
          log.info({ acct, error: (error as Error).message }, 'somebody who is mentioned could not be looked up')
          if (!(error instanceof NetError) || error.retryable || error.ours) unanswered = error
        }
      }),
    )
    if (found.size > 0) resolveMentions(d, postId, found)
    // A public post goes without them after a few tries; a private mention has nobody else to go to.
    const onlyForThem = postById(d, postId)?.visibility === 'direct' && found.size === 0
    if (unanswered && (attempts < 2 || onlyForThem)) {
      throw new AppError('unavailable', 'Somebody mentioned could not be looked up.', { reason: 'account-not-found', cause: unanswered })
    }
  }

  function prepared(activity: Document, to: string[], commit?: () => void): Prepared {
    return { uri: String(activity.id), body: JSON.stringify(activity), inboxes: to, ...(commit ? { commit } : {}) }
  }

  async function post(postId: number, attempts: number): Promise<Prepared | 'drop'> {
    if (!postById(d, postId)) return 'drop'
    await nameEverybody(postId, attempts)
    const at = d.now()
    const loaded = loadPost(d, postId)
    if (!loaded) return 'drop'
    const leaving = loaded.releasedAt === null ? { ...loaded, createdAt: at, editedAt: null } : loaded
    const activity = activities.create(leaving, surroundings(leaving))
    const { followers, accountIds } = recipientsOf(d, postId)
    return prepared(activity, inboxes(followers, accountIds, loaded.visibility === 'direct'), () => {
      if (loaded.releasedAt === null) releasePost(d, postId, at)
    })
  }

  async function edit(postId: number, attempts: number): Promise<Prepared | 'drop'> {
    if (!postById(d, postId)) return 'drop'
    await nameEverybody(postId, attempts)
    const loaded = loadPost(d, postId)
    if (!loaded) return 'drop'
    const { followers, accountIds } = recipientsOf(d, postId)
    return prepared(activities.update(loaded, surroundings(loaded)), inboxes(followers, accountIds, loaded.visibility === 'direct'))
  }

  function remove(postId: number, visibility: Visibility, mentioned: number[]): Prepared {
    const uris = mentioned.flatMap((id) => accountById(d, id)?.uri ?? [])
    return prepared(
      activities.remove(postId, visibility, me().uris, visibility === 'public' || visibility === 'unlisted' ? [] : uris),
      inboxes(visibility !== 'direct', mentioned, visibility === 'direct'),
    )
  }

  function boost(boostId: number): Prepared | 'drop' {
    const loaded = loadPost(d, boostId)
    if (!loaded?.boost) return 'drop'
    const at = d.now()
    const leaving = loaded.releasedAt === null ? { ...loaded, createdAt: at } : loaded
    const author = loaded.boost.account.own ? me().uris.actor : (loaded.boost.account.uri as string)
    const { followers, accountIds } = recipientsOf(d, boostId)
    return prepared(activities.announce(leaving, me().uris, author, uriOf(loaded.boost)), inboxes(followers, accountIds, false), () => {
      if (loaded.releasedAt === null) releasePost(d, boostId, at)
    })
  }

  function unboost(boostId: number, postId: number, visibility: Visibility): Prepared | 'drop' {
    const target = postById(d, postId)
    const u = me().uris
    const author = target ? accountById(d, target.accountId) : null
    const announce: Document = {
      id: u.postActivity(boostId),
      type: 'Announce',
      actor: u.actor,
      ...(target ? { object: uriOf(target) } : {}),
    }
    const to = visibility === 'private' ? [u.followers] : ['https://www.w3.org/ns/activitystreams#Public']
    const ids = author && !author.own ? [author.id] : []
    return prepared(activities.undo(u, announce, { to, cc: [u.followers] }), inboxes(true, ids, false))
  }

  function toAuthor(postId: number, make: (author: string, object: string) => Document): Prepared | 'drop' {
    const target = postById(d, postId)
    const author = target && accountById(d, target.accountId)
    if (!target || !author?.uri || author.own) return 'drop'
    return prepared(make(author.uri, uriOf(target)), inboxes(false, [author.id], true))
  }

  function toAccount(accountId: number | null, make: (uri: string) => Document): Prepared | 'drop' {
    const account = accountId === null ? null : accountById(d, accountId)
    if (!account?.uri || account.own) return 'drop'
    return prepared(make(account.uri), inboxes(false, [account.id], true))
  }

  return {
    async prepare(outgoing) {
      const { uris: u, keys } = me()
      const subject = outgoing.subject as {
        boostId?: number
        favouriteId?: number
        followId?: number
        uri?: string | null
        visibility?: Visibility
        mentioned?: number[]
      }
      const { attempts } = outgoing
      const postId = outgoing.postId ?? 0
      switch (outgoing.kind) {
        case 'post':
          return post(postId, attempts)
        case 'edit':
          return edit(postId, attempts)
        case 'delete':
          return remove(postId, subject.visibility ?? 'direct', subject.mentioned ?? [])
        case 'boost':
          return boost(subject.boostId ?? 0)
        case 'unboost':
          return unboost(subject.boostId ?? 0, postId, subject.visibility ?? 'public')
        case 'favourite':
          if (!favouriteById(d, subject.favouriteId ?? 0)) return 'drop'
          return toAuthor(postId, (author, object) => activities.like(subject.favouriteId ?? 0, u, author, object))
        case 'unfavourite':
          return toAuthor(postId, (author, object) =>
            activities.undo(u, activities.like(subject.favouriteId ?? 0, u, author, object), { to: [author] }),
          )
        case 'follow':
          if (!followById(d, subject.followId ?? 0)) return 'drop'
          return toAccount(outgoing.accountId, (target) => activities.follow(subject.followId ?? 0, u, target))
        case 'unfollow':
          return toAccount(outgoing.accountId, (target) =>
            activities.undo(u, activities.follow(subject.followId ?? 0, u, target), { to: [target] }),
          )
        case 'accept':
          // Every answer needs an id of its own: the same follow may be accepted again.
          return toAccount(outgoing.accountId, (follower) => activities.accept(outgoing.id, u, follower, subject.uri ?? null))
        case 'reject':
          return toAccount(outgoing.accountId, (follower) => activities.reject(outgoing.id, u, follower, subject.uri ?? null))
        case 'block':
        case 'unblock':
          // Blocks stay at home: telling would only invite (federation.md section 1.6).
          return 'drop'
        case 'profile': {
          const account = identity.owner()
          if (!account) return 'drop'
          const to = knownInboxes(d).map((one) => one.sharedInbox ?? one.inbox)
          return prepared(activities.profile(account, u, keys, outgoing.id), [...new Set(to)])
        }
      }
    },
  }
}
