import {
  addListMembers,
  createList,
  listById,
  listMembers,
  listPage,
  lists,
  listsOf,
  removeList,
  removeListMembers,
  updateList,
} from '../../domain/lists.ts'
import { parseId } from '../../domain/uris.ts'
import { toList } from '../entities/list.ts'
import { pageOf } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { notFound } from '../problems.ts'
import { accountAt, accountPage, contextFor, needs, statusPage } from './answers.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { List, ListReplies } from '../../domain/lists.ts'
import type { Params } from '../params.ts'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** Lists, who is on them, and what they show. */

const POSTS = { default: 20, most: 40 }
const PEOPLE = { default: 40, most: 80 }

export function registerLists(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  app.get('/api/v1/lists', needs('read:lists', 'List[]'), async () => lists(d).map(toList))
  app.get<ById>('/api/v1/lists/:id', needs('read:lists', 'List'), async (request) => toList(listAt(request)))

  app.post('/api/v1/lists', needs('write:lists', 'List'), async (request) => {
    const params = paramsOf(request)
    return toList(createList(d, { ...wishes(params), title: params.text('title') ?? '' }))
  })

  const change = async (request: FastifyRequest<ById>) => toList(updateList(d, listAt(request).id, wishes(paramsOf(request))))
  app.put<ById>('/api/v1/lists/:id', needs('write:lists', 'List'), change)
  app.patch<ById>('/api/v1/lists/:id', needs('write:lists', 'List'), change)

  app.delete<ById>('/api/v1/lists/:id', needs('write:lists', 'Empty'), async (request) => {
    removeList(d, listAt(request).id)
    return {}
  })

  app.get<ById>('/api/v1/lists/:id/accounts', needs('read:lists', 'Account[]'), async (request, reply) => {
    const { id } = listAt(request)
    const page = pageOf(request, PEOPLE)
    // 0 means everybody, in one answer that has no next one.
    const all = paramsOf(request).integer('limit') === 0
    const rows = listMembers(d, id, all ? { ...page, limit: Number.MAX_SAFE_INTEGER } : page)
    const answer = accountPage(request, reply, contextFor(request, options), rows)
    if (all) reply.removeHeader('Link')
    return answer
  })
  app.post<ById>('/api/v1/lists/:id/accounts', needs('write:lists', 'Empty'), async (request) => {
    addListMembers(d, listAt(request).id, people(request))
    return {}
  })
  app.delete<ById>('/api/v1/lists/:id/accounts', needs('write:lists', 'Empty'), async (request) => {
    removeListMembers(d, listAt(request).id, paramsOf(request).ids('account_ids'))
    return {}
  })

  app.get<ById>('/api/v1/accounts/:id/lists', needs('read:lists', 'List[]'), async (request) =>
    listsOf(d, accountAt(contextFor(request, options), request.params.id).id).map(toList),
  )

  app.get<ById>('/api/v1/timelines/list/:id', needs('read:lists', 'Status[]'), async (request, reply) =>
    statusPage(request, reply, contextFor(request, options), listPage(d, listAt(request).id, pageOf(request, POSTS))),
  )

  function listAt(request: FastifyRequest<ById>): List {
    const id = parseId(request.params.id)
    const list = id === null ? null : listById(d, id)
    if (!list) throw notFound()
    return list
  }
}

/** The accounts named; one that cannot be is as unknown as one that is not there. */
function people(request: FastifyRequest): number[] {
  return paramsOf(request)
    .list('account_ids')
    .map((text) => {
      const id = parseId(text)
      if (id === null) throw notFound()
      return id
    })
}

function wishes(params: Params): { title?: string; replies?: ListReplies; exclusive?: boolean } {
  const title = params.text('title')
  const replies = params.word('replies_policy')
  const exclusive = params.flag('exclusive')
  return {
    ...(title === undefined ? {} : { title }),
    // Judged where lists are made.
    ...(replies === undefined ? {} : { replies: replies as ListReplies }),
    ...(exclusive === undefined ? {} : { exclusive }),
  }
}
