import { bookmarkPage, createLabel, labels, labelsOf, removeLabel, renameLabel, setLabels } from '../domain/labels.ts'
import { parseId } from '../domain/uris.ts'
import { badBody, body, idOf, text } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { ById } from './bodies.ts'
import type * as contract from './contract.ts'

/** Folders for bookmarks, and looking for words in them. */

const PAGE = 20

export const toLabels = (d: Domain): contract.Label[] => labels(d).map((one) => ({ ...one, id: String(one.id) }))

export function labelRoutes(routes: FastifyInstance, d: Domain): void {
  routes.get('/api/owner/labels', async () => toLabels(d))
  routes.post('/api/owner/labels', async (request): Promise<contract.Label> => {
    const made = createLabel(d, text(body<{ name: string }>(request).name, 200))
    return { ...made, id: String(made.id) }
  })
  routes.patch<ById>('/api/owner/labels/:id', async (request) => {
    renameLabel(d, idOf(request), text(body<{ name: string }>(request).name, 200))
    return toLabels(d)
  })
  routes.delete<ById>('/api/owner/labels/:id', async (request) => {
    removeLabel(d, idOf(request))
    return toLabels(d)
  })

  const ofPost = (postId: number): contract.PostLabels => ({ postId: String(postId), labelIds: labelsOf(d, postId).map(String) })
  routes.get<ById>('/api/owner/posts/:id/labels', async (request) => ofPost(idOf(request)))
  routes.put<ById>('/api/owner/posts/:id/labels', async (request) => {
    const postId = idOf(request)
    const { labelIds } = body<{ labelIds: string[] }>(request)
    if (!Array.isArray(labelIds) || labelIds.length > 200) throw badBody()
    setLabels(
      d,
      postId,
      labelIds.map((one) => known(one)),
    )
    return ofPost(postId)
  })

  routes.get<{ Querystring: Record<'label' | 'q' | 'before', string | undefined> }>(
    '/api/owner/bookmarks',
    async (request): Promise<contract.BookmarkPage> => {
      const { label, q, before } = request.query
      if (typeof q === 'string' && q.length > 500) throw badBody()
      const found = await bookmarkPage(d, {
        label: label === undefined ? null : known(label),
        words: typeof q === 'string' ? q : '',
        max: before === undefined ? null : known(before),
        limit: PAGE,
      })
      return { postIds: found.postIds.map(String), next: found.next === null ? null : String(found.next) }
    },
  )
}

function known(value: unknown): number {
  const id = typeof value === 'string' ? parseId(value) : null
  if (id === null) throw badBody()
  return id
}
