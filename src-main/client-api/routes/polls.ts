import { vote } from '../../domain/polls.ts'
import { toPoll } from '../entities/status.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { contextFor, needs, open, postAt } from './answers.ts'
import type { FastifyInstance } from 'fastify'
import type { LoadedPost, Poll } from '../../domain/types.ts'
import type { ClientApiOptions } from '../options.ts'
import type { Context } from '../entities/context.ts'
import type { ById } from './answers.ts'

/** Polls. A poll's id is that of its post. */

export function registerPolls(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d, resolver } = options

  app.get<ById>('/api/v1/polls/:id', open('read:statuses', 'Poll'), async (request) => {
    const at = contextFor(request, options)
    const { post, poll } = pollAt(at, request.params.id)
    // Clients ask for a poll to see newer numbers: those are at its own server.
    if (at.viewer === 'owner' && !poll.own) resolver.refreshPost(post.id)
    return toPoll(at, poll, post.emojis)
  })

  app.post<ById>('/api/v1/polls/:id/votes', needs('write:statuses', 'Poll'), async (request) => {
    const at = contextFor(request, options)
    const { post } = pollAt(at, request.params.id)
    const choices = paramsOf(request)
      .list('choices')
      .map((choice) => (/^[0-9]{1,4}$/.test(choice) ? Number(choice) : -1))
    return toPoll(at, vote(d, post.id, choices), post.emojis)
  })
}

function pollAt(at: Context, id: string): { post: LoadedPost; poll: Poll } {
  const post = postAt(at, id)
  if (!post.poll) throw notFound()
  return { post, poll: post.poll }
}
