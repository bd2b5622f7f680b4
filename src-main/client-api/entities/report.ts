import { accountById } from '../../domain/accounts.ts'
import { postByUri } from '../../domain/posts.ts'
import { toAccount } from './account.ts'
import { iso } from './context.ts'
import type { Report } from '../../domain/reports.ts'
import type { Context } from './context.ts'

/** Report: own ones, and those of other servers about the owner. */
export function toReport(at: Context, report: Report): Record<string, unknown> {
  const target = accountById(at.d, report.aboutId ?? at.ownerId ?? 0)
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
    ...(target ? { target_account: toAccount(at, target) } : {}),
  }
}
