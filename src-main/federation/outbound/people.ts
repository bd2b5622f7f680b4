import { AppError } from '../../domain/errors.ts'
import { followById } from '../../domain/follows.ts'
import { postById } from '../../domain/posts.ts'
import { relayById } from '../../domain/relays.ts'
import { reportById } from '../../domain/reports.ts'
import { isOpen } from '../mapping/note.ts'
import { activities, hashtag } from '../mapping/to-activity.ts'
import { picturesOf } from '../surroundings.ts'
import type { Domain } from '../../domain/domain.ts'
import type { Prepared } from '../../domain/ports.ts'
import type { IdentityHolder } from '../identity.ts'
import type { Document } from '../mapping/to-activity.ts'
import type { Addressing } from './addressing.ts'

/** What goes out about people: follows and their answers, blocks, reports, relays, and the owner's own profile, pins and move. */
export interface PeopleRenderers {
  follow(accountId: number | null, followId: number): Prepared | 'drop'
  unfollow(accountId: number | null, followId: number): Prepared | 'drop'
  /** `id`: of the item that goes out: every answer has an id of its own. `uri`: of their Follow. */
  accept(accountId: number | null, followId: number, id: number, uri: string | null): Prepared | 'drop'
  reject(accountId: number | null, id: number, uri: string | null): Prepared | 'drop'
  block(accountId: number | null, blockId: number): Prepared | 'drop'
  unblock(accountId: number | null, blockId: number): Prepared | 'drop'
  report(reportId: number): Prepared | 'drop'
  profile(id: number, how?: Pick<Prepared, 'signer' | 'spreadMs'>): Prepared | 'drop'
  move(targetId: number | null, id: number): Prepared | 'drop'
  close(): Prepared
  pin(postId: number, id: number): Prepared | 'drop'
  unpin(postId: number, id: number): Prepared | 'drop'
  featureTag(name: string, id: number, type: 'Add' | 'Remove'): Prepared | 'drop'
  relayFollow(relayId: number): Prepared | 'drop'
  relayUnfollow(relay: { followId: number; actorUri: string | null; inbox: string }): Prepared | 'drop'
}

export function peopleRenderers(parts: { domain: Domain; identity: IdentityHolder; addressing: Addressing }): PeopleRenderers {
  const { domain: d, identity, addressing } = parts
  const { me, toAccount, ready, inboxes } = addressing
  const follow = (followId: number) => (target: string) => activities.follow(followId, me().uris, target)
  const toFollowers = (activity: Document): Prepared => ready(activity, inboxes({ followers: true, accountIds: [] }))

  function featured(postId: number, id: number, type: 'Add' | 'Remove'): Prepared | 'drop' {
    const post = postById(d, postId)
    // A deleted post is out of every list already.
    if (!post?.own || post.visibility === 'direct') return 'drop'
    addressing.expectOutside(post)
    const { uris: u } = me()
    return toFollowers(activities.feature(id, type, u, u.post(postId), isOpen(post.visibility) ? 'public' : 'private'))
  }

  return {
    follow(accountId, followId) {
      if (!followById(d, followId)) return 'drop'
      // They have moved since the owner asked: where to is the owner's to see, and to follow there.
      if (addressing.account(accountId)?.movedTo)
        throw new AppError('conflict', 'This account has moved.', { reason: 'moved', retryable: false })
      return toAccount(accountId, follow(followId))
    },
    unfollow: (accountId, followId) =>
      toAccount(accountId, (target) => activities.undo(me().uris, follow(followId)(target), { to: [target] })),
    accept(accountId, followId, id, uri) {
      // Taken back meanwhile, by either side: nothing to say yes to.
      if (followById(d, followId)?.state !== 'accepted') return 'drop'
      return toAccount(accountId, (follower) => activities.accept(id, me().uris, follower, uri))
    },
    reject: (accountId, id, uri) => toAccount(accountId, (follower) => activities.reject(id, me().uris, follower, uri)),
    block: (accountId, blockId) => toAccount(accountId, (target) => activities.block(blockId, me().uris, target)),
    unblock: (accountId, blockId) =>
      toAccount(accountId, (target) => activities.undo(me().uris, activities.block(blockId, me().uris, target), { to: [target] })),

    report(reportId) {
      const report = reportById(d, reportId)
      const about = addressing.account(report?.aboutId ?? null)
      if (!report?.own || !report.forwarded || !about?.uri || about.own) return 'drop'
      const activity = activities.report(reportId, me().uris, { about: about.uri, posts: report.postUris, comment: report.comment })
      return ready(activity, inboxes({ followers: false, accountIds: [about.id] }), { signer: 'instance' })
    },
    profile(id, how = {}) {
      const account = identity.owner()
      if (!account) return 'drop'
      const { uris: u, keys } = me()
      return ready(activities.profile(account, u, keys, picturesOf(d, account.emojis), id), addressing.known(), how)
    },
    move(targetId, id) {
      const target = addressing.account(targetId)
      return target?.uri ? toFollowers(activities.move(id, me().uris, target.uri)) : 'drop'
    },
    close: () => ready(activities.close(me().uris), addressing.everybody()),
    pin(postId, id) {
      return postById(d, postId)?.pinnedAt == null ? 'drop' : featured(postId, id, 'Add')
    },
    unpin: (postId, id) => featured(postId, id, 'Remove'),
    featureTag: (name, id, type) => toFollowers(activities.feature(id, type, me().uris, hashtag(name, me().uris), 'public')),
    relayFollow(relayId) {
      const relay = relayById(d, relayId)
      if (!relay) return 'drop'
      return ready(activities.relayFollow(relay.id, me().uris, relay.flavour === 'litepub' ? relay.actorUri : null), [relay.inbox])
    },
    relayUnfollow({ followId, actorUri, inbox }) {
      const { uris: u } = me()
      return ready(activities.undo(u, activities.relayFollow(followId, u, actorUri), { to: actorUri ? [actorUri] : [] }), [inbox])
    },
  }
}
