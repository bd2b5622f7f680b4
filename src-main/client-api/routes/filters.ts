import {
  addFilteredPost,
  addKeyword,
  createFilter,
  filterById,
  filteredPostById,
  keywordById,
  listFilters,
  removeFilter,
  removeFilteredPost,
  removeKeyword,
  updateFilter,
  updateKeyword,
} from '../../domain/filters.ts'
import { parseId } from '../../domain/uris.ts'
import { toFilter, toFilterKeyword, toFilterStatus } from '../entities/filter.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { contextFor, needs, postIdAt } from './answers.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { FilterWishes } from '../../domain/filters.ts'
import type { Filter, FilterContext } from '../../domain/types.ts'
import type { Params } from '../params.ts'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** Filters, version 2: groups of words and single posts. */

export function registerFilters(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options
  const at = <T>(request: FastifyRequest<ById>, find: (id: number) => T | null): T => {
    const id = parseId(request.params.id)
    const found = id === null ? null : find(id)
    if (found === null) throw notFound()
    return found
  }
  const filterAt = (request: FastifyRequest<ById>) => at(request, (id) => filterById(d, id))
  const keywordAt = (request: FastifyRequest<ById>) => at(request, (id) => keywordById(d, id))
  const filteredAt = (request: FastifyRequest<ById>) => at(request, (id) => filteredPostById(d, id))

  app.get('/api/v2/filters', needs('read:filters', 'Filter[]'), async () => listFilters(d).map(toFilter))
  app.post('/api/v2/filters', needs('write:filters', 'Filter'), async (request) => {
    const params = paramsOf(request)
    return toFilter(
      createFilter(d, {
        title: '',
        contexts: [],
        action: 'warn',
        expiresAt: null,
        ...filterWishes(params, d.now()),
        keywords: params.objects('keywords_attributes').flatMap((word) => (word.flag('_destroy') ? [] : [keywordFrom(word)])),
      }),
    )
  })
  app.get<ById>('/api/v2/filters/:id', needs('read:filters', 'Filter'), async (request) => toFilter(filterAt(request)))

  const change = async (request: FastifyRequest<ById>) => {
    const params = paramsOf(request)
    const keywords = params.objects('keywords_attributes').map((word) => {
      const id = word.word('id')
      const parsed = id === undefined ? undefined : parseId(id)
      if (parsed === null) throw notFound()
      return { ...keywordChange(word), ...(parsed === undefined ? {} : { id: parsed }), remove: word.flag('_destroy') ?? false }
    })
    return toFilter(updateFilter(d, filterAt(request).id, { ...filterWishes(params, d.now()), keywords }))
  }
  app.put<ById>('/api/v2/filters/:id', needs('write:filters', 'Filter'), change)
  app.patch<ById>('/api/v2/filters/:id', needs('write:filters', 'Filter'), change)
  app.delete<ById>('/api/v2/filters/:id', needs('write:filters', 'Empty'), async (request) => {
    removeFilter(d, filterAt(request).id)
    return {}
  })

  app.get<ById>('/api/v2/filters/:id/keywords', needs('read:filters', 'FilterKeyword[]'), async (request) =>
    filterAt(request).keywords.map(toFilterKeyword),
  )
  app.post<ById>('/api/v2/filters/:id/keywords', needs('write:filters', 'FilterKeyword'), async (request) =>
    toFilterKeyword(addKeyword(d, filterAt(request).id, keywordFrom(paramsOf(request)))),
  )
  app.get<ById>('/api/v2/filters/keywords/:id', needs('read:filters', 'FilterKeyword'), async (request) =>
    toFilterKeyword(keywordAt(request)),
  )
  const changeWord = async (request: FastifyRequest<ById>) =>
    toFilterKeyword(updateKeyword(d, keywordAt(request).id, keywordChange(paramsOf(request))))
  app.put<ById>('/api/v2/filters/keywords/:id', needs('write:filters', 'FilterKeyword'), changeWord)
  app.patch<ById>('/api/v2/filters/keywords/:id', needs('write:filters', 'FilterKeyword'), changeWord)
  app.delete<ById>('/api/v2/filters/keywords/:id', needs('write:filters', 'Empty'), async (request) => {
    removeKeyword(d, keywordAt(request).id)
    return {}
  })

  app.get<ById>('/api/v2/filters/:id/statuses', needs('read:filters', 'FilterStatus[]'), async (request) =>
    filterAt(request).posts.map(toFilterStatus),
  )
  app.post<ById>('/api/v2/filters/:id/statuses', needs('write:filters', 'FilterStatus'), async (request) => {
    const { id } = filterAt(request)
    return toFilterStatus(addFilteredPost(d, id, postIdAt(contextFor(request, options), paramsOf(request).word('status_id') ?? '')))
  })
  app.get<ById>('/api/v2/filters/statuses/:id', needs('read:filters', 'FilterStatus'), async (request) =>
    toFilterStatus(filteredAt(request)),
  )
  app.delete<ById>('/api/v2/filters/statuses/:id', needs('write:filters', 'Empty'), async (request) => {
    removeFilteredPost(d, filteredAt(request).id)
    return {}
  })
}

const keywordFrom = (params: Params) => ({ keyword: params.text('keyword') ?? '', wholeWord: params.flag('whole_word') ?? true })

function keywordChange(params: Params): { keyword?: string; wholeWord?: boolean } {
  const keyword = params.text('keyword')
  const wholeWord = params.flag('whole_word')
  return { ...(keyword === undefined ? {} : { keyword }), ...(wholeWord === undefined ? {} : { wholeWord }) }
}

/** Longer than anybody means; a time beyond it has no date. */
const MAX_SECONDS = 100 * 365 * 24 * 3600

/** When something that lasts `expires_in` seconds ends. Null: never (0, or nothing where a number stands). Undefined: nothing was said. */
export function expiryFrom(params: Params, now: number): number | null | undefined {
  const text = params.text('expires_in')
  if (text === undefined) return undefined
  const seconds = params.integer('expires_in') ?? 0
  return seconds <= 0 ? null : now + Math.min(seconds, MAX_SECONDS) * 1000
}

/** What a request says of a filter; what is bad is said where filters are made. */
function filterWishes(params: Params, now: number): Partial<FilterWishes> {
  const title = params.text('title')
  const action = params.word('filter_action')
  const expiresAt = expiryFrom(params, now)
  return {
    ...(title === undefined ? {} : { title }),
    ...(params.has('context') ? { contexts: params.list('context') as FilterContext[] } : {}),
    ...(action === undefined ? {} : { action: action as Filter['action'] }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}
