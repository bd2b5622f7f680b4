import { loadPost } from '../../domain/loading.ts'
import { AppError } from '../../domain/errors.ts'
import { removeUpload } from '../../domain/media.ts'
import { settings } from '../../domain/owner.ts'
import { deletePost, editPost, formerVersions, postSource, writePost } from '../../domain/posts.ts'
import { schedule } from '../../domain/scheduled.ts'
import { threadOf } from '../../domain/timelines.ts'
import { parseId } from '../../domain/uris.ts'
import { grantOf } from '../auth.ts'
import { toScheduledStatus } from '../entities/scheduled.ts'
import { toDeletedStatus, toStatus, toStatusEdit } from '../entities/status.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { contextFor, needs, open, postAt, statuses } from './answers.ts'
import { focusOf } from './media.ts'
import { quotePolicy } from './quotes.ts'
import { aheadFor, scheduledAt } from './scheduled.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Domain } from '../../domain/domain.ts'
import type { NewPoll } from '../../domain/polls.ts'
import type { Walk } from '../../domain/ports.ts'
import type { Format, PostChange } from '../../domain/posts.ts'
import type { ScheduledInput } from '../../domain/scheduled.ts'
import type { LoadedPost, Visibility } from '../../domain/types.ts'
import type { Params } from '../params.ts'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** Posts: written, read, changed, deleted. */

const MOST_IDS = 20
const MAX_KEY = 255

export function registerStatuses(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d, resolver } = options

  app.post('/api/v1/statuses', needs('write:statuses', 'Status|ScheduledStatus'), async (request) => {
    const params = paramsOf(request)
    const key = String(request.headers['idempotency-key'] ?? '').slice(0, MAX_KEY)
    const input = newPostFrom(d, params)
    const more = {
      draftId: params.word('draft_id') ?? null,
      idempotency: key === '' ? null : { tokenId: (grantOf(request) as { id: number }).id, key },
    }
    const at = scheduledAt(params)
    if (at !== undefined)
      return toScheduledStatus(contextFor(request, options), schedule(d, input, at, { ...more, ...aheadFor(grantOf(request)) }))
    return shown(request, writePost(d, { ...input, ...more }).post.id)
  })

  app.get('/api/v1/statuses', open('read:statuses', 'Status[]'), async (request) => {
    const ids = paramsOf(request).ids('id')
    if (ids.length > MOST_IDS) throw new AppError('invalid', `Validation failed: At most ${MOST_IDS} posts can be asked for at once`)
    return statuses(contextFor(request, options), ids)
  })

  app.get<ById>('/api/v1/statuses/:id', open('read:statuses', 'Status'), async (request) => {
    const at = contextFor(request, options)
    const post = postAt(at, request.params.id)
    // For the next time: whoever looks at a post wants it as it is, but not to wait for its server.
    const seen = post.boost ?? post
    if (at.viewer === 'owner' && !seen.own) resolver.refreshPost(seen.id)
    return toStatus(at, post)
  })

  app.get<ById>('/api/v1/statuses/:id/context', open('read:statuses', 'Context'), async (request, reply) => {
    const at = contextFor(request, options)
    const post = postAt(at, request.params.id)
    const seen = post.boost ?? post
    if (at.viewer === 'owner' && !seen.own) announce(reply, resolver.conversation(seen.id))
    const { ancestors, descendants } = threadOf(d, seen.id)
    return { ancestors: statuses(at, ancestors), descendants: statuses(at, descendants) }
  })

  app.get<ById>('/api/v1_alpha/async_refreshes/:id', needs('read:statuses', 'AsyncRefresh'), async (request) => {
    const walk = resolver.walk(request.params.id)
    if (!walk) throw notFound()
    return { async_refresh: { id: walk.id, status: walk.state, result_count: walk.found } }
  })

  const edit = async (request: FastifyRequest<ById>) => {
    const params = paramsOf(request)
    const old = ownPost(request)
    const source = postSource(d, old.id)
    // Apps say the whole post, as Mastodon's edits want it: what they leave out is taken away. Its own Android app drops a warning, the last
    // picture and a poll that way. The window names what changes.
    const named = grantOf(request)?.kind === 'window'
    const change: PostChange = {
      text: params.text('status') ?? source.text,
      ...formatFrom(params),
      warning: params.text('spoiler_text') ?? (named ? source.warning : ''),
      sensitive: params.flag('sensitive') ?? (named && old.sensitive),
      ...quotePolicy(params),
      draftId: params.word('draft_id') ?? null,
      mediaAttributes: params.objects('media_attributes').flatMap((entry) => {
        const id = parseId(entry.word('id'))
        if (id === null) return []
        const description = entry.text('description')
        const focus = entry.word('focus')
        return [{ id, ...(description === undefined ? {} : { description }), ...(focus === undefined ? {} : { focus: focusOf(focus) }) }]
      }),
    }
    const language = params.word('language')
    if (language !== undefined) change.language = language
    if (!named || params.has('media_ids')) change.mediaIds = mediaIds(params)
    const poll = pollFrom(params)
    if (!named || poll !== undefined) change.poll = poll ?? null
    editPost(d, old.id, change)
    return shown(request, old.id)
  }
  app.put('/api/v1/statuses/:id', needs('write:statuses', 'Status'), edit)
  app.patch('/api/v1/statuses/:id', needs('write:statuses', 'Status'), edit)

  app.get<ById>('/api/v1/statuses/:id/source', needs('read:statuses', 'StatusSource'), async (request) => {
    const { id, text, warning, format } = postSource(d, ownPost(request).id)
    return { id: String(id), text, spoiler_text: warning, content_type: CONTENT_TYPE[format] }
  })

  app.get<ById>('/api/v1/statuses/:id/history', open('read:statuses', 'StatusEdit[]'), async (request) => {
    const at = contextFor(request, options)
    const post = postAt(at, request.params.id)
    const now = {
      at: post.editedAt ?? post.createdAt,
      content: post.content,
      warning: post.warning,
      sensitive: post.sensitive,
      media: post.media,
      poll: post.poll?.options.map(({ title }) => title) ?? null,
    }
    return [...formerVersions(d, post.id), now].map((version) => toStatusEdit(at, post.account, version, post.emojis, version.poll))
  })

  app.delete<ById>('/api/v1/statuses/:id', needs('write:statuses', 'Status'), async (request) => {
    const at = contextFor(request, options)
    const thrownAway = paramsOf(request).flag('delete_media') ?? false
    const { id } = ownPost(request)
    return d.store.transaction(() => {
      const post = deletePost(d, id)
      // Else they wait a day: whoever writes the post anew attaches them again by their ids.
      if (thrownAway) for (const file of post.media) removeUpload(d, file.id)
      return toDeletedStatus(at, post)
    })
  })

  function shown(request: FastifyRequest, id: number) {
    return toStatus(contextFor(request, options), loadPost(d, id) as LoadedPost)
  }

  function ownPost(request: FastifyRequest<ById>): LoadedPost {
    const post = postAt(contextFor(request, options), request.params.id)
    if (!post.own) throw notFound()
    return post
  }
}

/** What `POST statuses` says of a new post; what it leaves out is as the owner's settings say. Throws 'not-found' and 'invalid'. */
export function newPostFrom(d: Domain, params: Params): ScheduledInput {
  const preferences = settings(d)
  const reply = params.word('in_reply_to_id')
  const inReplyToId = reply === undefined ? null : parseId(reply)
  if (reply !== undefined && inReplyToId === null) throw notFound()
  const quoted = params.word('quoted_status_id')
  const quoteOf = quoted === undefined ? null : parseId(quoted)
  if (quoted !== undefined && quoteOf === null) throw notFound()
  return {
    ...wordsFrom(params, preferences.defaultSensitive),
    ...formatFrom(params),
    visibility: (params.word('visibility') ?? preferences.defaultVisibility) as Visibility,
    language: params.word('language') ?? (preferences.defaultLanguage || null),
    inReplyToId,
    mediaIds: mediaIds(params),
    poll: pollFrom(params) ?? null,
    quoteOf,
    ...quotePolicy(params),
  }
}

/** The words of a new post. A warning that would stand before nothing is its text, and hides it, as on Mastodon. */
function wordsFrom(params: Params, sensitive: boolean): Pick<ScheduledInput, 'text' | 'warning' | 'sensitive'> {
  const text = params.text('status') ?? ''
  const warning = params.text('spoiler_text') ?? ''
  const before = params.list('media_ids').length > 0 || params.has('quoted_status_id')
  if (text.trim() === '' && warning.trim() !== '' && !before) return { text: warning, warning: '', sensitive: true }
  return { text, warning, sensitive: params.flag('sensitive') ?? sensitive }
}

function mediaIds(params: Params): number[] {
  return params.list('media_ids').map((text) => {
    const id = parseId(text)
    if (id === null) throw new AppError('invalid', 'Validation failed: One of the files is not there any more.', { reason: 'media-gone' })
    return id
  })
}

const CONTENT_TYPE: Record<Format, 'text/plain' | 'text/markdown'> = { plain: 'text/plain', markdown: 'text/markdown' }

/** `content_type`, as Pleroma's and GoToSocial's apps send it; absent: plain, or as it was. */
function formatFrom(params: Params): { format?: Format } {
  const type = params.word('content_type')
  if (type === undefined) return {}
  if (type === 'text/plain') return { format: 'plain' }
  if (type === 'text/markdown') return { format: 'markdown' }
  throw new AppError('invalid', 'Validation failed: Content type must be text/plain or text/markdown')
}

/** Absent: undefined; a poll without any answers: null, none. `expires_in` is in seconds. */
function pollFrom(params: Params): NewPoll | null | undefined {
  if (!params.has('poll')) return undefined
  const poll = params.object('poll')
  const options = poll.list('options')
  if (options.length === 0) return null
  return {
    options,
    multiple: poll.flag('multiple') ?? false,
    expiresIn: (poll.integer('expires_in') ?? 0) * 1_000,
    hideTotals: poll.flag('hide_totals') ?? false,
  }
}

/** Tells a client that more is being fetched, and where to ask how far it is (Mastodon 4.5). */
function announce(reply: FastifyReply, walk: Walk | null): void {
  if (walk?.state !== 'running') return
  void reply.header('Mastodon-Async-Refresh', `id="${walk.id}", retry=3, result_count=${walk.found}`)
}
