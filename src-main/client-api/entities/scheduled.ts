import { iso } from './context.ts'
import { toMediaAttachment } from './media.ts'
import type { QuotePolicy } from '../../domain/quotes.ts'
import type { Scheduled } from '../../domain/scheduled.ts'
import type { Entity } from '../schemas/entities.ts'
import type { Context } from './context.ts'

/** Mastodon's words for who may quote. */
export const QUOTE_POLICY = { public: 'public', followers: 'followers', nobody: 'nobody' } as const satisfies Record<QuotePolicy, string>

/** ScheduledStatus: the parameters as they will be used. */
export function toScheduledStatus(at: Context, { id, at: time, input, media }: Scheduled): Entity<'ScheduledStatus'> {
  const { poll } = input
  return {
    id: String(id),
    scheduled_at: iso(time),
    params: {
      text: input.text,
      spoiler_text: input.warning ?? '',
      sensitive: input.sensitive ?? false,
      visibility: input.visibility,
      language: input.language ?? null,
      in_reply_to_id: input.inReplyToId ? String(input.inReplyToId) : null,
      media_ids: input.mediaIds && input.mediaIds.length > 0 ? input.mediaIds.map(String) : null,
      poll: poll
        ? {
            options: [...poll.options],
            expires_in: Math.round(poll.expiresIn / 1_000),
            multiple: poll.multiple,
            hide_totals: poll.hideTotals ?? false,
          }
        : null,
      scheduled_at: null,
      idempotency: null,
      with_rate_limit: false,
      application_id: 0,
      quoted_status_id: input.quoteOf ? String(input.quoteOf) : null,
      quote_approval_policy: input.quotePolicy ? QUOTE_POLICY[input.quotePolicy] : null,
      content_type: input.format === 'markdown' ? 'text/markdown' : 'text/plain',
    },
    media_attachments: media.map((one) => toMediaAttachment(at, one)),
  }
}
