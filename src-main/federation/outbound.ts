import { loadAccounts } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { followById } from '../domain/follows.ts'
import { favouriteById } from '../domain/interactions.ts'
import { loadPost } from '../domain/loading.ts'
import { followerInboxes, knownInboxes, postById, recipientsOf, releasePost, resolveMentions, unresolvedMentions } from '../domain/posts.ts'
import { NetError } from '../net/index.ts'
import { activities } from './mapping/to-activity.ts'
import { budget } from './fetching.ts'
import { surroundingsOf, uriOf } from './surroundings.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log, Prepared, Preparer } from '../domain/ports.ts'
import type { Account, LoadedPost, Post, Visibility } from '../domain/types.ts'
import type { Identity, IdentityHolder } from './identity.ts'
import type { Document } from './mapping/to-activity.ts'
import type { Remote } from './remote.ts'

/**
 * Waiting items made ready to go, when we are online: the people a post names are looked up, and it is rendered as it is then, with the
 * time it leaves (design 7).
 */

/** How often a post waits for the server of somebody it names before it goes without them: with the outbox's steps, a few minutes. */
const LOOK_UPS = 3
const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'

export function openPreparer(parts: { domain: Domain; identity: IdentityHolder; remote: Remote; log: Log }): Preparer {
  const { domain: d, identity, remote, log } = parts

  const me = (): Identity => {
    const current = identity.current()
    if (!current) throw new AppError('unavailable', 'There is no address yet.')
    return current
  }
  const accountOf = (id: number | null): Account | null => (id === null ? null : (loadAccounts(d, [id]).get(id) ?? null))

  /** Shared inbox where there is one, except for what is for one person; never our own host. */
  function inboxes(followers: boolean, accountIds: number[], personal: boolean): string[] {
    const { host } = me().uris
    const all = followers ? followerInboxes(d).map((one) => one.sharedInbox ?? one.inbox) : []
    for (const account of loadAccounts(d, accountIds).values()) {
      if (account.inbox && !account.own) all.push(personal ? account.inbox : (account.sharedInbox ?? account.inbox))
    }
    return [...new Set(all)].filter((inbox) => URL.parse(inbox) !== null && new URL(inbox).host !== host)
  }

  /** Looks up whom a post names; people who do not exist stay plain text, servers that do not answer hold the post for a while. */
  async function nameEverybody(postId: number, attempts: number): Promise<void> {
    const wanted = unresolvedMentions(d, postId).filter((acct) => acct.includes('@'))
    if (wanted.length === 0) return
    const found = new Map<string, number>()
    let unanswered: unknown = null
    await Promise.all(
      wanted.map(async (acct) => {
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
    // A private mention has nobody else to go to; everything else goes without them after a few tries.
    const nobody = postById(d, postId)?.visibility === 'direct' && recipientsOf(d, postId).accountIds.length === 0
    if (unanswered !== null && (attempts < LOOK_UPS - 1 || nobody)) {
      throw new AppError('unavailable', 'Somebody mentioned could not be looked up.', { reason: 'account-not-found', cause: unanswered })
    }
    if (nobody) {
      throw new AppError('not-found', 'Nobody this post is for could be found.', { reason: 'account-not-found', retryable: false })
    }
  }

  function prepared(activity: Document, to: string[], commit?: () => void): Prepared {
    return { uri: String(activity.id), body: JSON.stringify(activity), inboxes: to, ...(commit ? { commit } : {}) }
  }

  /** What a reader would see of a post: whether it has changed since it was rendered. */
  const looks = (post: LoadedPost | null) =>
    JSON.stringify(
      post && [post.source, post.content, post.warning, post.sensitive, post.language, post.editedAt, post.media, post.mentions],
    )

  /** An own post that is still held back (somebody it names could not be looked up) cannot be answered or boosted out there yet. */
  function expectOutside(other: Pick<Post, 'own' | 'releasedAt'>): void {
    if (other.own && other.releasedAt === null) throw new AppError('unavailable', 'What this speaks of has not left yet.')
  }

  async function post(postId: number, attempts: number): Promise<Prepared | 'drop'> {
    if (!postById(d, postId)) return 'drop'
    await nameEverybody(postId, attempts)
    const at = d.now()
    const loaded = loadPost(d, postId)
    if (!loaded) return 'drop'
    const parent = loaded.inReplyToId === null ? null : postById(d, loaded.inReplyToId)
    if (parent) expectOutside(parent)
    const first = loaded.releasedAt === null
    const leaving = first ? { ...loaded, createdAt: at, editedAt: null } : loaded
    const { uris: u } = me()
    const { followers, accountIds } = recipientsOf(d, postId)
    const rendered = looks(loaded)
    return prepared(
      activities.create(leaving, surroundingsOf(d, u, leaving)),
      inboxes(followers, accountIds, loaded.visibility === 'direct'),
      () => {
        if (!first) return
        // The owner changed it between the rendering and this commit: as it has not left, the change goes out with it.
        if (looks(loadPost(d, postId)) !== rendered) throw new AppError('unavailable', 'The post was changed as it was leaving.')
        releasePost(d, postId, at)
      },
    )
  }

  async function edit(postId: number, attempts: number): Promise<Prepared | 'drop'> {
    if (!postById(d, postId)) return 'drop'
    await nameEverybody(postId, attempts)
    const loaded = loadPost(d, postId)
    if (!loaded) return 'drop'
    const { followers, accountIds } = recipientsOf(d, postId)
    return prepared(
      activities.update(loaded, surroundingsOf(d, me().uris, loaded)),
      inboxes(followers, accountIds, loaded.visibility === 'direct'),
    )
  }

  function remove(postId: number, visibility: Visibility, mentioned: number[]): Prepared {
    const open = visibility === 'public' || visibility === 'unlisted'
    const uris = open ? [] : [...loadAccounts(d, mentioned).values()].flatMap((account) => account.uri ?? [])
    return prepared(
      activities.remove(postId, visibility, me().uris, uris),
      inboxes(visibility !== 'direct', mentioned, visibility === 'direct'),
    )
  }

  function boost(boostId: number): Prepared | 'drop' {
    const loaded = loadPost(d, boostId)
    if (!loaded?.boost) return 'drop'
    expectOutside(loaded.boost)
    const at = d.now()
    const { uris: u } = me()
    const leaving = loaded.releasedAt === null ? { ...loaded, createdAt: at } : loaded
    const author = loaded.boost.account.own ? u.actor : (loaded.boost.account.uri as string)
    const { followers, accountIds } = recipientsOf(d, boostId)
    return prepared(activities.announce(leaving, u, author, uriOf(u, loaded.boost)), inboxes(followers, accountIds, false), () => {
      if (loaded.releasedAt === null) releasePost(d, boostId, at)
    })
  }

  function unboost(boostId: number, postId: number, visibility: Visibility): Prepared {
    const target = postById(d, postId)
    const { uris: u } = me()
    const author = accountOf(target?.accountId ?? null)
    const announce: Document = {
      id: u.postActivity(boostId),
      type: 'Announce',
      actor: u.actor,
      ...(target ? { object: uriOf(u, target) } : {}),
    }
    const to = visibility === 'private' ? [u.followers] : [PUBLIC]
    const cc = visibility === 'private' ? [] : [u.followers]
    const undone = activities.undo(u, announce, { to, cc: author?.uri && !author.own ? [...cc, author.uri] : cc })
    return prepared(undone, inboxes(true, author && !author.own ? [author.id] : [], false))
  }

  function toAuthor(postId: number, make: (author: string, object: string) => Document): Prepared | 'drop' {
    const target = postById(d, postId)
    const author = accountOf(target?.accountId ?? null)
    if (!target || !author?.uri || author.own) return 'drop'
    return prepared(make(author.uri, uriOf(me().uris, target)), inboxes(false, [author.id], true))
  }

  function toAccount(accountId: number | null, make: (uri: string) => Document): Prepared | 'drop' {
    const account = accountOf(accountId)
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
      const { attempts, accountId } = outgoing
      const postId = outgoing.postId ?? 0
      const followId = subject.followId ?? 0
      const favouriteId = subject.favouriteId ?? 0
      const like = (author: string, object: string) => activities.like(favouriteId, u, author, object)
      const follow = (target: string) => activities.follow(followId, u, target)
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
          return favouriteById(d, favouriteId) ? toAuthor(postId, like) : 'drop'
        case 'unfavourite':
          return toAuthor(postId, (author, object) => activities.undo(u, like(author, object), { to: [author] }))
        case 'follow':
          return followById(d, followId) ? toAccount(accountId, follow) : 'drop'
        case 'unfollow':
          return toAccount(accountId, (target) => activities.undo(u, follow(target), { to: [target] }))
        case 'accept':
          // Taken back meanwhile, by either side: nothing to say yes to. Every answer has an id of its own.
          if (followById(d, followId)?.state !== 'accepted') return 'drop'
          return toAccount(accountId, (follower) => activities.accept(outgoing.id, u, follower, subject.uri ?? null))
        case 'reject':
          return toAccount(accountId, (follower) => activities.reject(outgoing.id, u, follower, subject.uri ?? null))
        case 'block':
        case 'unblock':
          // Blocks stay at home: telling would only invite (federation.md section 1.6).
          return 'drop'
        case 'profile': {
          const account = identity.owner()
          if (!account) return 'drop'
          const to = knownInboxes(d).map((one) => one.sharedInbox ?? one.inbox)
          return prepared(
            activities.profile(account, u, keys, outgoing.id),
            [...new Set(to)].filter((inbox) => URL.parse(inbox)?.host !== u.host),
          )
        }
      }
    },
  }
}
