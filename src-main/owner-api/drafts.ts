import { draft, draftVersions, listDrafts, removeDraft, restoreDraft, saveDraft } from '../domain/drafts.ts'
import { heldPosts, takeBack } from '../domain/held.ts'
import { backToDraft, publishNow } from '../domain/scheduled.ts'
import { parseId } from '../domain/uris.ts'
import { badBody, body, idOf, iso, isoOrNull, notFound } from './bodies.ts'
import { toDraftMedia } from './media.ts'
import type { FastifyInstance } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { Draft } from '../domain/drafts.ts'
import type { ById } from './bodies.ts'
import type * as contract from './contract.ts'

/** What is being written. */

export function toDraft(row: Draft, base: string): contract.Draft {
  return {
    id: row.id,
    text: row.text,
    warning: row.warning,
    sensitive: row.sensitive,
    visibility: row.visibility,
    language: row.language,
    inReplyToId: row.inReplyToId === null ? null : String(row.inReplyToId),
    inReplyToAcct: row.inReplyToAcct,
    editOf: row.editOf === null ? null : String(row.editOf),
    mediaIds: row.mediaIds.map(String),
    media: row.media.map((file) => toDraftMedia(file, base)),
    caret: row.caret,
    poll: row.poll,
    quoteOf: row.quoteOf === null ? null : String(row.quoteOf),
    format: row.format,
    quotePolicy: row.quotePolicy,
    parts: row.parts && row.parts.map(({ text, warning, mediaIds }) => ({ text, warning, mediaIds: mediaIds.map(String) })),
    scheduledAt: isoOrNull(row.scheduledAt),
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  }
}

export function draftRoutes(routes: FastifyInstance, d: Domain, base: () => string): void {
  routes.get('/api/owner/drafts', async () => listDrafts(d).map((row) => toDraft(row, base())))
  routes.put<{ Params: { id: string } }>('/api/owner/drafts/:id', async (request) =>
    toDraft(saveDraft(d, request.params.id, draftInput(body(request) as unknown as contract.DraftInput)), base()),
  )
  routes.get<{ Params: { id: string } }>('/api/owner/drafts/:id/versions', async (request): Promise<contract.DraftVersion[]> =>
    draftVersions(d, request.params.id).map(({ id, savedAt, input }) => ({
      id: String(id),
      savedAt: iso(savedAt),
      input: toDraft(input, base()),
    })),
  )
  routes.post<{ Params: { id: string; version: string } }>('/api/owner/drafts/:id/versions/:version', async (request) => {
    const version = parseId(request.params.version)
    if (version === null) throw notFound()
    return toDraft(restoreDraft(d, request.params.id, version), base())
  })
  routes.delete<{ Params: { id: string } }>('/api/owner/drafts/:id', async (request) => {
    const { id } = request.params
    d.store.transaction(() => {
      for (const held of heldPosts(d)) if (held.draftId === id) takeBack(d, held.id)
      removeDraft(d, id)
    })
    return {}
  })
  routes.post<ById>('/api/owner/scheduled/:id/now', async (request): Promise<{ postId: string }> => ({
    postId: String(publishNow(d, idOf(request))),
  }))
  routes.post<ById>('/api/owner/scheduled/:id/draft', async (request) => {
    const kept = draft(d, backToDraft(d, idOf(request)))
    if (!kept) throw notFound()
    return toDraft(kept, base())
  })
}

const POLICIES = ['public', 'followers', 'nobody'] as const

/** The checked shape of a draft; ids become numbers, unknown ones are dropped. */
function draftInput(input: contract.DraftInput) {
  const { text, warning, sensitive, visibility, language, caret } = input
  const texts =
    typeof text === 'string' &&
    typeof warning === 'string' &&
    (language === null || (typeof language === 'string' && language.length <= 64))
  if (!texts || !['public', 'unlisted', 'private', 'direct'].includes(visibility) || !Array.isArray(input.mediaIds)) throw badBody()
  return {
    text,
    warning,
    sensitive: sensitive === true,
    visibility,
    language,
    inReplyToId: parseId(input.inReplyToId),
    editOf: parseId(input.editOf),
    mediaIds: input.mediaIds.flatMap((id) => parseId(String(id)) ?? []),
    caret: Number.isSafeInteger(caret) && caret >= 0 ? caret : 0,
    poll: pollInput(input.poll),
    quoteOf: parseId(input.quoteOf ?? null),
    format: input.format === 'plain' || input.format === 'markdown' ? input.format : null,
    quotePolicy: POLICIES.find((policy) => policy === input.quotePolicy) ?? null,
    parts: partsInput(input.parts),
    scheduledAt: typeof input.scheduledAt === 'string' ? timeOf(input.scheduledAt) : null,
  }
}

function timeOf(text: string): number | null {
  const at = Date.parse(text)
  return Number.isFinite(at) ? at : null
}

function partsInput(parts: unknown): { text: string; warning: string; mediaIds: number[] }[] | null {
  if (parts === null || parts === undefined) return null
  if (!Array.isArray(parts)) throw badBody()
  return parts.map((part: unknown) => {
    const { text, warning, mediaIds } = (part ?? {}) as Partial<contract.DraftPart>
    if (typeof text !== 'string' || typeof warning !== 'string' || !Array.isArray(mediaIds)) throw badBody()
    return { text, warning, mediaIds: mediaIds.flatMap((id) => parseId(String(id)) ?? []) }
  })
}

function pollInput(poll: unknown): contract.DraftPoll | null {
  if (poll === null || poll === undefined) return null
  const { options, multiple, expiresIn } = poll as Partial<contract.DraftPoll>
  if (!Array.isArray(options) || !options.every((option) => typeof option === 'string') || !Number.isSafeInteger(expiresIn)) throw badBody()
  return { options, multiple: multiple === true, expiresIn: expiresIn as number }
}
