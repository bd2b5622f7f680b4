import type { Component } from 'svelte'
import IconPoll from '~icons/ph/chart-bar-horizontal'
import IconFlag from '~icons/ph/flag'
import IconHash from '~icons/ph/hash'
import IconRelay from '~icons/ph/broadcast'
import IconPin from '~icons/ph/push-pin'
import IconQuotes from '~icons/ph/quotes'
import IconSmiley from '~icons/ph/smiley'
import IconChat from '~icons/ph/note-pencil'
import IconEdit from '~icons/ph/pencil-simple'
import IconHeart from '~icons/ph/heart'
import IconHeartBreak from '~icons/ph/heart-break'
import IconProhibit from '~icons/ph/prohibit'
import IconRocket from '~icons/ph/rocket'
import IconTrash from '~icons/ph/trash'
import IconUser from '~icons/ph/user-circle'
import IconUserCheck from '~icons/ph/user-check'
import IconUserMinus from '~icons/ph/user-minus'
import IconUserPlus from '~icons/ph/user-plus'
import { m } from '../../locales/generated/messages.js'
import type { Connection, DeliveryFailureCode, HeldProblem, OutboxItem, OutboxKind } from '../../state/entities.ts'

/** Icon and noun of everything that can wait in the outbox. */
export const kinds: Record<OutboxKind, { icon: Component; name: () => string }> = {
  post: { icon: IconChat, name: m.outbox_kind_post },
  edit: { icon: IconEdit, name: m.outbox_kind_edit },
  delete: { icon: IconTrash, name: m.outbox_kind_delete },
  boost: { icon: IconRocket, name: m.outbox_kind_boost },
  unboost: { icon: IconRocket, name: m.outbox_kind_unboost },
  favourite: { icon: IconHeart, name: m.outbox_kind_favourite },
  unfavourite: { icon: IconHeartBreak, name: m.outbox_kind_unfavourite },
  follow: { icon: IconUserPlus, name: m.outbox_kind_follow },
  unfollow: { icon: IconUserMinus, name: m.outbox_kind_unfollow },
  accept: { icon: IconUserCheck, name: m.outbox_kind_accept },
  reject: { icon: IconUserMinus, name: m.outbox_kind_reject },
  block: { icon: IconProhibit, name: m.outbox_kind_block },
  unblock: { icon: IconProhibit, name: m.outbox_kind_unblock },
  profile: { icon: IconUser, name: m.outbox_kind_profile },
  vote: { icon: IconPoll, name: m.outbox_kind_vote },
  tally: { icon: IconPoll, name: m.outbox_kind_tally },
  pin: { icon: IconPin, name: m.outbox_kind_pin },
  unpin: { icon: IconPin, name: m.outbox_kind_unpin },
  'feature-tag': { icon: IconHash, name: m.outbox_kind_feature_tag },
  'unfeature-tag': { icon: IconHash, name: m.outbox_kind_unfeature_tag },
  react: { icon: IconSmiley, name: m.outbox_kind_react },
  unreact: { icon: IconSmiley, name: m.outbox_kind_unreact },
  report: { icon: IconFlag, name: m.outbox_kind_report },
  move: { icon: IconUser, name: m.outbox_kind_move },
  'quote-request': { icon: IconQuotes, name: m.outbox_kind_quote_request },
  'quote-answer': { icon: IconQuotes, name: m.outbox_kind_quote_answer },
  'quote-revoke': { icon: IconQuotes, name: m.outbox_kind_quote_revoke },
  'relay-follow': { icon: IconRelay, name: m.outbox_kind_relay_follow },
  'relay-unfollow': { icon: IconRelay, name: m.outbox_kind_relay_unfollow },
  wake: { icon: IconRelay, name: m.outbox_kind_wake },
  close: { icon: IconProhibit, name: m.outbox_kind_close },
}

/** The first line of a row: the words of the post, or what is done to whom. */
export function firstLine(item: OutboxItem): string {
  const name = item.acct ? `@${item.acct}` : ''
  switch (item.kind) {
    case 'post':
    case 'edit':
      return item.excerpt || m.outbox_line_plain()
    case 'delete':
      return item.excerpt ? m.outbox_quote({ text: item.excerpt }) : m.outbox_line_delete()
    case 'boost':
    case 'unboost':
    case 'favourite':
    case 'unfavourite':
    case 'vote':
    case 'tally':
    case 'pin':
    case 'unpin':
    case 'react':
    case 'unreact':
    case 'quote-request':
    case 'quote-revoke':
      return m.outbox_quote({ text: item.excerpt || m.outbox_line_plain() })
    case 'follow':
      return m.outbox_line_follow({ name })
    case 'unfollow':
      return m.outbox_line_unfollow({ name })
    case 'accept':
      return m.outbox_line_accept({ name })
    case 'reject':
      return m.outbox_line_reject({ name })
    case 'block':
      return m.outbox_line_block({ name })
    case 'unblock':
      return m.outbox_line_unblock({ name })
    case 'profile':
      return m.outbox_line_profile()
    case 'feature-tag':
    case 'unfeature-tag':
      return m.outbox_line_tag()
    case 'report':
      return m.outbox_line_report({ name })
    case 'move':
      return m.outbox_line_move()
    case 'quote-answer':
      return m.outbox_line_quote_answer({ name })
    case 'relay-follow':
    case 'relay-unfollow':
      return m.outbox_line_relay()
    case 'wake':
      return m.outbox_line_wake()
    case 'close':
      return m.outbox_line_close()
  }
}

/** Why a post that was to go did not, as one sentence. */
export const heldProblems: Record<HeldProblem, () => string> = {
  late: m.outbox_held_late,
  'parent-gone': m.outbox_held_parent_gone,
  'quote-gone': m.outbox_held_quote_gone,
  'media-gone': m.outbox_held_media_gone,
  refused: m.outbox_held_refused,
}

/** The state of a row in words. Times come in as words already: they follow the clock and the language of the window. */
export function stateWords(item: OutboxItem, connection: Pick<Connection, 'state'> | null, at: { sent: string | null }): string {
  const servers = () => m.outbox_state_servers({ delivered: item.delivered, count: item.total })
  switch (item.state) {
    case 'waiting':
      if (item.asks) return m.outbox_state_asks()
      if (connection?.state === 'paused') return m.outbox_state_paused()
      if (connection?.state === 'no-address') return m.outbox_state_no_address()
      return connection?.state === 'online' ? m.outbox_state_leaving() : m.outbox_state_waiting()
    case 'sending':
      return servers()
    case 'failed':
      return item.delivered > 0 ? m.outbox_state_partly() : m.outbox_state_failed()
    case 'sent':
      return at.sent ? m.outbox_state_sent({ at: at.sent }) : servers()
  }
}

const failures: Record<DeliveryFailureCode, (inputs: { host: string; who: string }) => string> = {
  'no-answer': m.outbox_failure_no_answer,
  timeout: m.outbox_failure_timeout,
  refused: m.outbox_failure_refused,
  unauthorized: m.outbox_failure_unauthorized,
  gone: m.outbox_failure_gone,
  'not-found': m.outbox_failure_not_found,
  rejected: m.outbox_failure_rejected,
  'rate-limited': m.outbox_failure_rate_limited,
  'server-error': m.outbox_failure_server_error,
  tls: m.outbox_failure_tls,
  dns: m.outbox_failure_dns,
  'address-not-allowed': m.outbox_failure_address_not_allowed,
  'account-not-found': m.outbox_failure_account_not_found,
  moved: m.outbox_failure_moved,
  'poll-over': m.outbox_poll_over,
}

/** Why a server did not take it, as one sentence. `acct` is whom it goes to. */
export function failureWords(failure: OutboxItem['failures'][number], acct: string | null): string {
  const host = failure.host || m.outbox_some_host()
  const who = acct ? `@${acct}` : host
  const sentence = failures[failure.code]({ host, who })
  return failure.status && failure.status >= 400 ? m.outbox_failure_status({ sentence, status: failure.status }) : sentence
}
