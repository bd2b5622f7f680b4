import { AppError } from '../../domain/errors.ts'
import { createFilter, filterById, keywordById, listFilters, removeFilter, removeKeyword, updateFilter } from '../../domain/filters.ts'
import { parseId } from '../../domain/uris.ts'
import { toV1Filter } from '../entities/filter.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { needs } from './answers.ts'
import { expiryFrom } from './filters.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { FilterKeyword } from '../../domain/filters.ts'
import type { Filter, FilterContext } from '../../domain/types.ts'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** Filters, version 1: every word of a filter is one of its own, as Mastodon shows them to apps that know no groups. */

export function registerFiltersV1(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  app.get('/api/v1/filters', needs('read:filters', 'V1Filter[]'), async () =>
    listFilters(d).flatMap((filter) => filter.keywords.map((word) => toV1Filter(filter, word))),
  )
  app.get<ById>('/api/v1/filters/:id', needs('read:filters', 'V1Filter'), async (request) => {
    const { filter, word } = wordAt(request)
    return toV1Filter(filter, word)
  })

  app.post('/api/v1/filters', needs('write:filters', 'V1Filter'), async (request) => {
    const params = paramsOf(request)
    const phrase = params.text('phrase') ?? ''
    const filter = createFilter(d, {
      title: phrase.slice(0, 256),
      contexts: params.list('context') as FilterContext[],
      action: params.flag('irreversible') ? 'hide' : 'warn',
      expiresAt: expiryFrom(params, d.now()) ?? null,
      keywords: [{ keyword: phrase, wholeWord: params.flag('whole_word') ?? false }],
    })
    return toV1Filter(filter, filter.keywords[0] as Filter['keywords'][number])
  })

  const change = async (request: FastifyRequest<ById>) => {
    const { filter, word } = wordAt(request)
    const params = paramsOf(request)
    const phrase = params.text('phrase')
    const wholeWord = params.flag('whole_word')
    const irreversible = params.flag('irreversible')
    const expiresAt = expiryFrom(params, d.now())
    const wishes = {
      ...(params.has('context') ? { contexts: params.list('context') as FilterContext[] } : {}),
      // A blur or a warning stays what it is: this version knows one word for both.
      ...(irreversible === undefined || irreversible === (filter.action === 'hide')
        ? {}
        : { action: irreversible ? ('hide' as const) : ('warn' as const) }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    }
    if (filter.keywords.length > 1 && changes(filter, wishes)) {
      throw new AppError(
        'invalid',
        'These parameters cannot be changed from this application because they apply to more than one filter keyword.',
        {
          reason: 'several-keywords',
        },
      )
    }
    const changed = updateFilter(d, filter.id, {
      ...wishes,
      keywords: [{ id: word.id, ...(phrase === undefined ? {} : { keyword: phrase }), ...(wholeWord === undefined ? {} : { wholeWord }) }],
    })
    return toV1Filter(changed, changed.keywords.find((one) => one.id === word.id) as Filter['keywords'][number])
  }
  app.put<ById>('/api/v1/filters/:id', needs('write:filters', 'V1Filter'), change)
  app.patch<ById>('/api/v1/filters/:id', needs('write:filters', 'V1Filter'), change)

  app.delete<ById>('/api/v1/filters/:id', needs('write:filters', 'Empty'), async (request) => {
    const { filter, word } = wordAt(request)
    // One that finds nothing more would stay where these apps cannot see it.
    if (filter.keywords.length === 1 && filter.posts.length === 0) removeFilter(d, filter.id)
    else removeKeyword(d, word.id)
    return {}
  })

  function wordAt(request: FastifyRequest<ById>): { filter: Filter; word: FilterKeyword } {
    const id = parseId(request.params.id)
    const word = id === null ? null : keywordById(d, id)
    const filter = word && filterById(d, word.filterId)
    if (!word || !filter) throw notFound()
    return { filter, word }
  }
}

function changes(filter: Filter, wishes: { contexts?: FilterContext[]; action?: string; expiresAt?: number | null }): boolean {
  const { contexts, action, expiresAt } = wishes
  return (
    action !== undefined ||
    (expiresAt !== undefined && expiresAt !== filter.expiresAt) ||
    (contexts !== undefined && [...contexts].sort().join() !== [...filter.contexts].sort().join())
  )
}
