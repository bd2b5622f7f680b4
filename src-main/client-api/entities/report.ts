import { accountById } from '../../domain/accounts.ts'
import { owner } from '../../domain/owner.ts'
import { postByUri } from '../../domain/posts.ts'
import { toAccount } from './account.ts'
import { iso } from './context.ts'
import type { Report } from '../../domain/reports.ts'
import type { Entity } from '../schemas/entities.ts'
import type { Context } from './context.ts'

/** Report: own ones, and those of other servers about the owner. */
export function toReport(at: Context, report: Report): Entity<'Report'> {
  const target = accountById(at.d, report.aboutId ?? at.ownerId ?? 0) ?? owner(at.d)
  return {
    id: String(report.id),
    action_taken: report.resolvedAt !== null,
    action_taken_at: report.resolvedAt === null ? null : iso(report.resolvedAt),
    category: report.category,
    comment: report.comment,
    forwarded: report.forwarded,
    created_at: iso(report.createdAt),
    status_ids: report.postUris.flatMap((uri) => {
      const post = postByUri(at.d, uri)
      return post ? [String(post.id)] : []
    }),
    rule_ids: [],
    target_account: toAccount(at, target),
  }
}
