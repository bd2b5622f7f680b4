import { loadPost } from '../../domain/loading.ts'
import { AppError } from '../../domain/errors.ts'
import { settings } from '../../domain/owner.ts'
import { deletePost, editPost, formerVersions, postSource, writePost } from '../../domain/posts.ts'
import { threadOf } from '../../domain/timelines.ts'
import { parseId } from '../../domain/uris.ts'
import { grantOf } from '../auth.ts'
import { toDeletedStatus, toStatus, toStatusEdit } from '../entities/status.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { contextFor, needs, open, postAt, statuses } from './answers.ts'
import { focusOf } from './media.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { PostChange } from '../../domain/posts.ts'
import type { LoadedPost, Visibility } from '../../domain/types.ts'
import type { Params } from '../params.ts'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** Posts: written, read, changed, deleted. */

const MOST_IDS = 20
const MAX_KEY = 255

export function registerStatuses(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  app.post('/api/v1/statuses', needs('write:statuses'), async (request) => {
    const params = paramsOf(request)
    refuseLater(params)
    const preferences = settings(d)
    const key = String(request.headers['idempotency-key'] ?? '').slice(0, MAX_KEY)
    const reply = params.word('in_reply_to_id')
    const inReplyToId = reply === undefined ? null : parseId(reply)
    if (reply !== undefined && inReplyToId === null) throw notFound()
    const { post } = writePost(d, {
      text: params.text('status') ?? '',
      warning: params.text('spoiler_text') ?? '',
      sensitive: params.flag('sensitive') ?? false,
      visibility: (params.word('visibility') ?? preferences.defaultVisibility) as Visibility,
      language: params.word('language') ?? (preferences.defaultLanguage || null),
      inReplyToId,
      mediaIds: mediaIds(params),
      draftId: params.word('draft_id') ?? null,
      idempotency: key === '' ? null : { tokenId: (grantOf(request) as { id: number }).id, key },
    })
    return shown(request, post.id)
  })

  app.get('/api/v1/statuses', open('read:statuses'), async (request) => {
    const ids = paramsOf(request).ids('id')
    if (ids.length > MOST_IDS) throw new AppError('invalid', `Validation failed: At most ${MOST_IDS} posts can be asked for at once`)
    return statuses(contextFor(request, options), ids)
  })

  app.get<ById>('/api/v1/statuses/:id', open('read:statuses'), async (request) => {
    const at = contextFor(request, options)
    return toStatus(at, postAt(at, request.params.id))
  })

  app.get<ById>('/api/v1/statuses/:id/context', open('read:statuses'), async (request) => {
    const at = contextFor(request, options)
    const post = postAt(at, request.params.id)
    const { ancestors, descendants } = threadOf(d, post.boostOf ?? post.id)
    return { ancestors: statuses(at, ancestors), descendants: statuses(at, descendants) }
  })

  const edit = async (request: FastifyRequest<ById>) => {
    const params = paramsOf(request)
    refuseLater(params)
    const old = ownPost(request)
    const source = postSource(d, old.id)
    const change: PostChange = {
      text: params.text('status') ?? source.text,
      warning: params.text('spoiler_text') ?? source.warning,
      sensitive: params.flag('sensitive') ?? old.sensitive,
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
    if (params.has('media_ids')) change.mediaIds = mediaIds(params)
    editPost(d, old.id, change)
    return shown(request, old.id)
  }
  app.put('/api/v1/statuses/:id', needs('write:statuses'), edit)
  app.patch('/api/v1/statuses/:id', needs('write:statuses'), edit)

  app.get<ById>('/api/v1/statuses/:id/source', needs('read:statuses'), async (request) => {
    const { id, text, warning } = postSource(d, ownPost(request).id)
    return { id: String(id), text, spoiler_text: warning }
  })

  app.get<ById>('/api/v1/statuses/:id/history', open('read:statuses'), async (request) => {
    const at = contextFor(request, options)
    const post = postAt(at, request.params.id)
    const now = {
      at: post.editedAt ?? post.createdAt,
      content: post.content,
      warning: post.warning,
      sensitive: post.sensitive,
      media: post.media,
    }
    return [...formerVersions(d, post.id), now].map((version) => toStatusEdit(at, post.account, version, post.emojis))
  })

  app.delete<ById>('/api/v1/statuses/:id', needs('write:statuses'), async (request) => {
    const at = contextFor(request, options)
    return toDeletedStatus(at, deletePost(d, ownPost(request).id))
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

function mediaIds(params: Params): number[] {
  return params.list('media_ids').map((text) => {
    const id = parseId(text)
    if (id === null) throw new AppError('invalid', 'Validation failed: One of the files is not there any more.', { reason: 'media-gone' })
    return id
  })
}

/** What would be published at once, or without its half, is refused instead. */
function refuseLater(params: Params): void {
  if (params.has('poll')) throw new AppError('invalid', 'Validation failed: Polls are not supported here')
  if (params.word('scheduled_at') !== undefined) throw new AppError('invalid', 'Validation failed: Scheduled posts are not supported here')
  if (params.word('quoted_status_id') !== undefined) throw new AppError('invalid', 'Validation failed: Quotes are not supported here')
}
