import { accountById, loadAccounts } from '../../domain/accounts.ts'
import { loadPost, loadPosts } from '../../domain/loading.ts'
import { parseId } from '../../domain/uris.ts'
import { canSee } from '../../domain/visibility.ts'
import { viewerOf } from '../auth.ts'
import { toAccount } from '../entities/account.ts'
import { contextOf } from '../entities/context.ts'
import { toStatus } from '../entities/status.ts'
import { linkTo } from '../paging.ts'
import { notFound } from '../problems.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Account, LoadedPost } from '../../domain/types.ts'
import type { Context } from '../entities/context.ts'
import type { ClientApiOptions } from '../options.ts'
import type { AnswerName } from '../schemas/answers.ts'

/** What routes have in common: the thing an id names, as far as the asker may see it, and lists with their Link header. */

/** Route config: these need the scope; `open` ones also answer strangers with what anybody may see. `answers` names the schema. */
export const needs = (scope: string, answers?: AnswerName) => ({ config: { needs: scope, ...(answers ? { answers } : {}) } })
export const open = (scope: string, answers?: AnswerName) => ({ config: { needs: scope, open: true, ...(answers ? { answers } : {}) } })
/** What ends in `:id`. */
export interface ById {
  Params: { id: string }
}

export const contextFor = (request: FastifyRequest, options: ClientApiOptions): Context =>
  contextOf(options.domain, options.base(), viewerOf(request))

/** Strangers see the owner's own posts that have left, until the account is closed; what others wrote is kept for the owner, not served on. */
export function visible(at: Context, post: LoadedPost): boolean {
  return at.viewer === 'owner' || (!at.gone && post.own && (post.boost === null || canSee(post.boost, 'public')) && canSee(post, 'public'))
}

/** The post of an id, or 'not-found': absent, not visible and no id at all are the same answer. */
export function postAt(at: Context, text: string): LoadedPost {
  const id = parseId(text)
  const post = id === null ? null : loadPost(at.d, id)
  if (!post || !visible(at, post)) throw notFound()
  return post
}

/** The id of such a post. */
export const postIdAt = (at: Context, text: string): number => postAt(at, text).id

/** Strangers see the owner's account alone, until it is closed. */
export const known = (at: Context, account: Account): boolean => at.viewer === 'owner' || (account.own && !at.gone)

export function accountAt(at: Context, text: string): Account {
  const id = parseId(text)
  const account = id === null ? null : accountById(at.d, id)
  if (!account || !known(at, account)) throw notFound()
  return account
}

export const statuses = (at: Context, ids: readonly number[]) =>
  loadPosts(at.d, ids)
    .filter((post) => visible(at, post))
    .map((post) => toStatus(at, post))

/** A page of posts; `cursors` where they are not the ids. `next` is sent for a short page too: only an empty one is the end. */
export function statusPage(
  request: FastifyRequest,
  reply: FastifyReply,
  at: Context,
  ids: readonly number[],
  cursors: readonly number[] = ids,
) {
  linkTo(request, reply, at.base, cursors)
  return statuses(at, ids)
}

/** A page of people, by row ids that only the Link header tells. */
export function accountPage(
  request: FastifyRequest,
  reply: FastifyReply,
  at: Context,
  rows: readonly { accountId: number; cursor: number }[],
) {
  linkTo(
    request,
    reply,
    at.base,
    rows.map((row) => row.cursor),
  )
  return accounts(
    at,
    rows.map((row) => row.accountId),
  )
}

/** In the order asked; unknown ones are left out. */
export function accounts(at: Context, ids: readonly number[]) {
  const found = loadAccounts(at.d, ids)
  return ids.flatMap((id) => {
    const account = found.get(id)
    return account ? [toAccount(at, account)] : []
  })
}
