import { pollOf, receiveVote } from '../domain/polls.ts'
import { authorOf } from './mapping/post-in.ts'
import { hostOf, idOf, idsOf, text } from './mapping/read.ts'
import { done } from './plan.ts'
import type { Ground } from './ground.ts'
import type { Json } from './mapping/read.ts'
import type { Incoming, Reaching } from './plan.ts'

const MAX_NAME = 500

/**
 * Votes in the owner's polls: Notes with a name and no content, several in one Create where several answers were chosen (GoToSocial). Rule
 * 12: the voter is the verified actor, whoever else the Note names; nobody is fetched for a vote in a poll that is not open.
 */
export function castVotes(ground: Ground, incoming: Incoming, notes: readonly Json[]): Reaching {
  const { domain: d, own } = ground
  const { actorUri, at } = incoming
  const ballots = notes.flatMap((note) => {
    const [author, uri] = [authorOf(note), idOf(note)]
    const target = own(idsOf(note.inReplyTo)[0] ?? null)
    const name = text(note.name, MAX_NAME)
    if ((author ?? actorUri) !== actorUri || (uri && hostOf(uri) !== hostOf(actorUri)) || target?.kind !== 'post' || name === null)
      return []
    const poll = pollOf(d, target.id)
    return poll?.own && poll.closedAt === null ? [{ postId: target.id, name, uri }] : []
  })
  if (ballots.length === 0) return null
  return ground.withSender(incoming, ({ accountId }) =>
    done(() => {
      for (const ballot of ballots) receiveVote(d, { ...ballot, accountId, at })
    }),
  )
}
