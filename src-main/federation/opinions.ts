import { plainText, sanitise } from '../domain/html.ts'
import { receiveFavourite, removeFavourite } from '../domain/interactions.ts'
import { receiveReaction, removeReaction } from '../domain/reactions.ts'
import { receiveReport } from '../domain/reports.ts'
import { reactionOf } from './mapping/emoji-in.ts'
import { hostOf, idOf, list, text } from './mapping/read.ts'
import { done } from './plan.ts'
import type { Ground } from './ground.ts'
import type { Json } from './mapping/read.ts'
import type { Change, Incoming, Plan, Reaching } from './plan.ts'

/** What others think of posts, or of the owner: likes, reactions, reports. */
export interface Opinions {
  /** Like and EmojiReact; Misskey's Like carries a reaction. */
  like(incoming: Incoming): Reaching
  undoLike(accountId: number, like: Json, actorUri: string): Change
  /** Flag: about the owner or the owner's posts; nobody is fetched for it, whoever signs. */
  flag(incoming: Incoming): Plan
}

const MAX = { subjects: 100, comment: 4_000 }

export function openOpinions(ground: Ground): Opinions {
  const { domain: d, own } = ground

  return {
    like(incoming) {
      const { activity, actorUri, sender } = incoming
      const objectUri = idOf(list(activity.object, 1)[0])
      const post = objectUri ? ground.post(objectUri) : null
      if (!post || (!sender && !own(objectUri))) return null
      const reaction = reactionOf(activity, actorUri)
      return ground.withSender(incoming, ({ accountId }) =>
        done(() => {
          const uri = idOf(activity)
          if (reaction) receiveReaction(d, { ...reaction, postId: post.id, accountId, uri })
          else receiveFavourite(d, { uri, accountId, postId: post.id })
        }),
      )
    },

    undoLike(accountId, like, actorUri) {
      const uri = idOf(like)
      const target = idOf(list(like.object, 1)[0])
      const reaction = reactionOf(like, actorUri)
      return done(() => {
        const postId = target ? (ground.post(target)?.id ?? null) : null
        const named = { uri, accountId, ...(postId === null ? {} : { postId }), ...(reaction ? { emoji: reaction.emoji } : {}) }
        if (!removeReaction(d, named)) removeFavourite(d, { uri, accountId, postId })
      })
    },

    flag({ activity, actorUri, sender }) {
      const subjects = list(activity.object, MAX.subjects).flatMap((one) => idOf(one) ?? [])
      const about = subjects.find((uri) => own(uri)?.kind === 'actor')
      const posts = subjects.filter((uri) => own(uri)?.kind === 'post')
      if (about === undefined && posts.length === 0) return null
      const comment = plainText(sanitise(text(activity.content, MAX.comment) ?? ''))
      return done(() =>
        receiveReport(d, {
          byId: sender?.accountId ?? null,
          byHost: hostOf(actorUri),
          aboutUri: ground.identity.current()?.uris.actor ?? null,
          postUris: posts,
          comment,
          uri: idOf(activity),
        }),
      )
    },
  }
}
