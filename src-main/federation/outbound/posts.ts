import { loadAccounts } from '../../domain/accounts.ts'
import { AppError } from '../../domain/errors.ts'
import { loadPost } from '../../domain/loading.ts'
import { postById, recipientsOf, releasePost, resolveMentions, unresolvedMentions } from '../../domain/posts.ts'
import { NetError } from '../../net/index.ts'
import { budget } from '../fetching.ts'
import { PUBLIC } from '../mapping/context.ts'
import { isOpen } from '../mapping/note.ts'
import { activities } from '../mapping/to-activity.ts'
import { surroundingsOf, uriOf } from '../surroundings.ts'
import type { Domain } from '../../domain/domain.ts'
import type { Log, Prepared } from '../../domain/ports.ts'
import type { LoadedPost, Visibility } from '../../domain/types.ts'
import type { Document } from '../mapping/to-activity.ts'
import type { Remote } from '../remote.ts'
import type { Addressing } from './addressing.ts'

/** The owner's posts and boosts on their way out: as they are then, with the time they leave (design 7). */
export interface PostRenderers {
  post(postId: number, attempts: number): Promise<Prepared | 'drop'>
  /** `id`: of the item that goes out. */
  edit(postId: number, id: number, attempts: number): Promise<Prepared | 'drop'>
  /** The numbers of the owner's poll. */
  tally(postId: number, id: number): Prepared | 'drop'
  remove(postId: number, visibility: Visibility, mentioned: number[]): Prepared
  boost(boostId: number): Prepared | 'drop'
  unboost(boostId: number, postId: number, visibility: Visibility): Prepared
}

/** How often a post waits for the server of somebody it names before it goes without them: with the outbox's steps, a few minutes. */
const LOOK_UPS = 3

export function postRenderers(parts: { domain: Domain; addressing: Addressing; remote: Remote; log: Log }): PostRenderers {
  const { domain: d, addressing, remote, log } = parts
  const { me, inboxes, ready, expectOutside } = addressing

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

  /** What a reader would see of a post: whether it has changed since it was rendered. */
  const looks = (post: LoadedPost | null) =>
    JSON.stringify(
      post && [
        [post.source, post.content, post.warning, post.sensitive, post.language, post.editedAt, post.media, post.mentions],
        [post.poll, post.quoteOf, post.quoteState, post.policy, post.emojis],
      ],
    )

  /** A poll runs from the time it can be voted in, as `releasePost` will have it. */
  const delayed = ({ poll, createdAt }: LoadedPost, at: number): LoadedPost['poll'] =>
    poll && { ...poll, endsAt: poll.endsAt === null ? null : poll.endsAt + Math.max(0, at - createdAt) }

  const reach = (post: LoadedPost): string[] => {
    const { followers, accountIds } = recipientsOf(d, post.id)
    return inboxes({ followers, accountIds, personal: post.visibility === 'direct', relays: post.visibility === 'public' })
  }
  /** What is for followers alone takes the word along who they are, so that both sides agree (FEP-8fcf). */
  const together = (visibility: string) => (visibility === 'private' ? { synchronize: true } : {})

  function unboosted(boostId: number, postId: number, visibility: Visibility): Prepared {
    const target = postById(d, postId)
    const { uris: u } = me()
    const author = addressing.account(target?.accountId ?? null)
    const announce: Document = {
      id: u.postActivity(boostId),
      type: 'Announce',
      actor: u.actor,
      ...(target ? { object: uriOf(u, target) } : {}),
    }
    const to = visibility === 'private' ? [u.followers] : [PUBLIC]
    const cc = visibility === 'private' ? [] : [u.followers]
    const undone = activities.undo(u, announce, { to, cc: author?.uri && !author.own ? [...cc, author.uri] : cc })
    return ready(undone, inboxes({ followers: true, accountIds: author && !author.own ? [author.id] : [] }))
  }

  return {
    async post(postId, attempts) {
      if (!postById(d, postId)) return 'drop'
      await nameEverybody(postId, attempts)
      const at = d.now()
      const loaded = loadPost(d, postId)
      if (!loaded) return 'drop'
      for (const other of [loaded.inReplyToId, loaded.quoteOf]) {
        const spokenOf = other === null ? null : postById(d, other)
        if (spokenOf) expectOutside(spokenOf)
      }
      const first = loaded.releasedAt === null
      const leaving = first ? { ...loaded, createdAt: at, editedAt: null, poll: delayed(loaded, at) } : loaded
      const rendered = looks(loaded)
      return ready(activities.create(leaving, surroundingsOf(d, me().uris, leaving)), reach(loaded), {
        ...together(loaded.visibility),
        commit() {
          if (!first) return
          // The owner changed it between the rendering and this commit: as it has not left, the change goes out with it.
          if (looks(loadPost(d, postId)) !== rendered) throw new AppError('unavailable', 'The post was changed as it was leaving.')
          releasePost(d, postId, at)
        },
      })
    },
    async edit(postId, id, attempts) {
      if (!postById(d, postId)) return 'drop'
      await nameEverybody(postId, attempts)
      const loaded = loadPost(d, postId)
      if (!loaded) return 'drop'
      return ready(activities.update(id, loaded, surroundingsOf(d, me().uris, loaded)), reach(loaded), together(loaded.visibility))
    },
    tally(postId, id) {
      const loaded = loadPost(d, postId)
      if (!loaded?.own || !loaded.poll || loaded.releasedAt === null) return 'drop'
      const activity = activities.update(id, loaded, surroundingsOf(d, me().uris, loaded), { tally: true })
      return ready(activity, reach(loaded), together(loaded.visibility))
    },
    remove(postId, visibility, mentioned) {
      const { uris: u } = me()
      const named = isOpen(visibility) ? [] : [...loadAccounts(d, mentioned).values()].flatMap((account) => account.uri ?? [])
      return ready(
        activities.remove(postId, visibility, u, named),
        inboxes({
          followers: visibility !== 'direct',
          accountIds: mentioned,
          personal: visibility === 'direct',
          relays: visibility === 'public',
        }),
      )
    },
    boost(boostId) {
      const loaded = loadPost(d, boostId)
      if (!loaded?.boost) return 'drop'
      expectOutside(loaded.boost)
      const at = d.now()
      const { uris: u } = me()
      const leaving = loaded.releasedAt === null ? { ...loaded, createdAt: at } : loaded
      const author = loaded.boost.account.own ? u.actor : (loaded.boost.account.uri as string)
      const { followers, accountIds } = recipientsOf(d, boostId)
      return ready(activities.announce(leaving, u, author, uriOf(u, loaded.boost)), inboxes({ followers, accountIds }), {
        ...together(loaded.visibility),
        commit() {
          if (loaded.releasedAt === null) releasePost(d, boostId, at)
        },
      })
    },
    unboost: unboosted,
  }
}
