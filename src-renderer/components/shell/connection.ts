import { m } from '../../locales/generated/messages.js'
import type { Connection } from '../../state/entities.ts'
import { dayTime, shortTime } from '../../state/time.ts'

/** What the connection means for the owner, in one sentence. `null`: the server has not told yet. `now` in milliseconds. */
export function connectionSentence(connection: Connection | null, now: number, locale: string): string {
  if (!connection) return m.status_sentence_starting()
  const host = connection.origin ? new URL(connection.origin).host : ''
  switch (connection.state) {
    case 'online': {
      const seen = connection.seenAt ? shortTime(Date.parse(connection.seenAt), now, locale, { now: m.time_now() }) : null
      return seen ? m.status_sentence_online_seen({ host, seen }) : m.status_sentence_online({ host })
    }
    case 'connecting':
      return m.status_sentence_connecting()
    case 'paused':
      return m.status_sentence_paused({ until: connection.nextAttemptAt ? dayTime(Date.parse(connection.nextAttemptAt), now, locale) : '' })
    case 'no-address':
      return m.status_sentence_no_address()
    default:
      break
  }
  switch (connection.reason) {
    case 'no-network':
      return m.status_reason_no_network()
    case 'tunnel-unreachable':
      return m.status_reason_tunnel_unreachable()
    case 'tunnel-closed':
      return m.status_reason_tunnel_closed()
    case 'name-taken':
      return m.status_reason_name_taken({ host })
    case 'not-answering':
      return m.status_reason_not_answering({ host })
    case 'wrong-key':
      return m.status_reason_wrong_key({ host })
    case 'clock-skew':
      return m.status_reason_clock_skew()
    case 'disk-full':
      return m.status_reason_disk_full()
    case null:
      return connection.state === 'offline' ? m.status_reason_no_network() : m.status_reason_not_answering({ host })
  }
}
