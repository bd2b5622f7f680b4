import type { Notification, Status } from './mastodon.ts'
import { LiveSocket, socketUrl } from './socket.ts'

/** What the user stream of Mastodon's streaming API tells, in the shapes of the REST client (camelCase keys). */
export type StreamEvent =
  | { type: 'post'; post: Status }
  | { type: 'post-changed'; post: Status }
  | { type: 'post-deleted'; id: string }
  | { type: 'notification'; notification: Notification }
  /** Connected again after a loss: fetch what may have been missed. */
  | { type: 'reconnected' }

const camel = (key: string) => key.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** Keys of an entity from snake_case to camelCase, at every depth, as the REST client does it. */
export function fromWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromWire)
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [camel(key), fromWire(inner)]))
  return value
}

/** One frame of the stream as an event; null for what this window does not use and for anything broken. */
export function readFrame(text: string): StreamEvent | null {
  try {
    const frame = JSON.parse(text) as { event?: string; payload?: unknown }
    const payload: unknown = typeof frame.payload === 'string' && frame.event !== 'delete' ? JSON.parse(frame.payload) : frame.payload
    switch (frame.event) {
      case 'update':
        return { type: 'post', post: fromWire(payload) as Status }
      case 'status.update':
        return { type: 'post-changed', post: fromWire(payload) as Status }
      case 'delete':
        return { type: 'post-deleted', id: String(payload) }
      case 'notification':
        return { type: 'notification', notification: fromWire(payload) as Notification }
      default:
        return null
    }
  } catch {
    return null
  }
}

/** Opens the user stream. Returns it so that it can be nudged and closed. */
export function openUserStream(origin: string, token: string, onevent: (event: StreamEvent) => void): LiveSocket {
  return new LiveSocket(socketUrl(origin, '/api/v1/streaming?stream=user'), token, {
    onopen: (again) => {
      if (again) onevent({ type: 'reconnected' })
    },
    onframe: (text) => {
      const event = readFrame(text)
      if (event) onevent(event)
    },
  })
}
