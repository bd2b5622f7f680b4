import { loadAccounts } from '../../domain/accounts.ts'
import { authorize, block, follow, mute, note, reject, removeFollower, unblock, unfollow, unmute } from '../../domain/follows.ts'
import { findOwnerId } from '../../domain/owner.ts'
import { mutesPage, peoplePage, relationship, relationships } from '../../domain/relationships.ts'
import { toMutedAccount, toRelationship } from '../entities/account.ts'
import { linkTo, pageOf } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { accountAt, accountPage, contextFor, needs } from './answers.ts'
import type { FastifyInstance } from 'fastify'
import type { Relationship } from '../../domain/types.ts'
import type { Params } from '../params.ts'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** How the owner and others stand to each other. Every verb answers with the Relationship as it is then. */

const PEOPLE = { default: 40, most: 80 }
const MOST_IDS = 200

export function registerRelations(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  app.get('/api/v1/accounts/relationships', needs('read:follows', 'Relationship[]'), async (request) => {
    const ids = paramsOf(request).ids('id').slice(0, MOST_IDS)
    const known = loadAccounts(d, ids)
    return relationships(
      d,
      ids.filter((id) => known.has(id)),
    ).map(toRelationship)
  })

  const verb = (name: string, scope: string, act: (id: number, params: Params) => Relationship) =>
    app.post<ById>(`/api/v1/accounts/:id/${name}`, needs(scope, 'Relationship'), async (request) => {
      const { id } = accountAt(contextFor(request, options), request.params.id)
      return toRelationship(act(id, paramsOf(request)))
    })
  verb('follow', 'write:follows', (id, params) => {
    const boosts = params.flag('reblogs')
    const notify = params.flag('notify')
    return follow(d, id, {
      ...(boosts === undefined ? {} : { boosts }),
      ...(notify === undefined ? {} : { notify }),
      ...(params.has('languages') ? { languages: params.list('languages') } : {}),
    })
  })
  verb('unfollow', 'write:follows', (id) => unfollow(d, id))
  verb('remove_from_followers', 'write:follows', (id) => removeFollower(d, id))
  verb('block', 'write:blocks', (id) => block(d, id))
  verb('unblock', 'write:blocks', (id) => unblock(d, id))
  verb('mute', 'write:mutes', (id, params) =>
    mute(d, id, { notifications: params.flag('notifications') ?? true, durationMs: Math.max(0, params.integer('duration') ?? 0) * 1000 }),
  )
  verb('unmute', 'write:mutes', (id) => unmute(d, id))
  verb('note', 'write:accounts', (id, params) => note(d, id, params.text('comment') ?? ''))

  app.get('/api/v1/follow_requests', needs('read:follows', 'Account[]'), async (request, reply) =>
    accountPage(request, reply, contextFor(request, options), peoplePage(d, 'requests', findOwnerId(d) ?? 0, pageOf(request, PEOPLE))),
  )
  for (const [name, answer] of [
    ['authorize', authorize],
    ['reject', reject],
  ] as const) {
    app.post<ById>(`/api/v1/follow_requests/:id/${name}`, needs('write:follows', 'Relationship'), async (request) => {
      const { id } = accountAt(contextFor(request, options), request.params.id)
      answer(d, id)
      return toRelationship(relationship(d, id))
    })
  }

  app.get('/api/v1/blocks', needs('read:blocks', 'Account[]'), async (request, reply) =>
    accountPage(request, reply, contextFor(request, options), peoplePage(d, 'blocks', findOwnerId(d) ?? 0, pageOf(request, PEOPLE))),
  )
  app.get('/api/v1/mutes', needs('read:mutes', 'MutedAccount[]'), async (request, reply) => {
    const at = contextFor(request, options)
    const rows = mutesPage(d, pageOf(request, PEOPLE))
    linkTo(
      request,
      reply,
      at.base,
      rows.map((row) => row.cursor),
    )
    const found = loadAccounts(
      d,
      rows.map((row) => row.accountId),
    )
    return rows.flatMap((row) => {
      const account = found.get(row.accountId)
      return account ? [toMutedAccount(at, account, row.expiresAt)] : []
    })
  })
}
