import { scopeAllows } from '../../domain/grants.ts'
import { hearsNotifications } from './access.ts'
import { keyOf, streamOf } from './streams.ts'
import type { WebSocket } from 'ws'
import type { TokenInfo } from '../../domain/grants.ts'
import type { Params } from '../params.ts'
import type { Hub, Listener } from './hub.ts'

/** One WebSocket with many streams, which its client orders and cancels by frames (mastodon-api.md 2.8). */

/** A socket that takes no frames for so long is closed; its client comes back and fetches. */
const MAX_BUFFERED = 1024 * 1024

export interface SocketListener extends Listener {
  /** Asks whether anybody is still there. False: nobody answered the last time. */
  ping(): boolean
}

export function listenBySocket(
  socket: WebSocket,
  hub: Hub,
  who: { token: string; grant: TokenInfo; base: () => string; query: Params; listKnown: (id: number) => boolean },
): SocketListener {
  let alive = true
  const send = (text: string) => {
    if (socket.bufferedAmount > MAX_BUFFERED) socket.terminate()
    else socket.send(text)
  }
  const listener: SocketListener = {
    token: who.token,
    window: who.grant.kind === 'window',
    notifications: hearsNotifications(who.grant),
    base: who.base,
    take({ streams, asFrame }) {
      for (const stream of streams) send(asFrame(stream))
    },
    drop: () => socket.terminate(),
    ping() {
      if (!alive) return false
      alive = false
      socket.ping()
      return true
    },
  }
  hub.join(listener)
  socket.on('close', () => hub.leave(listener))
  socket.on('error', () => hub.leave(listener))
  socket.on('pong', () => (alive = true))
  socket.on('message', (data) => order(String(data)))
  const first = who.query.word('stream')
  if (first !== undefined) change('subscribe', first, who.query.word('tag') ?? who.query.word('list'))
  return listener

  /** A frame of the client. Anything that is no order is answered with an error; the socket stays. */
  function order(text: string): void {
    let frame: Record<string, unknown> = {}
    try {
      const parsed: unknown = JSON.parse(text)
      if (typeof parsed === 'object' && parsed !== null) frame = parsed as Record<string, unknown>
    } catch {
      // Falls through to the error below.
    }
    const { type, stream } = frame
    const named = frame.tag ?? frame.list
    if ((type !== 'subscribe' && type !== 'unsubscribe') || typeof stream !== 'string') return complain('Unknown message type', 400)
    change(type, stream, typeof named === 'string' || typeof named === 'number' ? String(named) : undefined)
  }

  function change(type: 'subscribe' | 'unsubscribe', name: string, named: string | undefined): void {
    const stream = streamOf(name, named)
    if (!stream) return complain('Unknown stream type', 400)
    // A stream without a parameter is called by its name alone, whatever came with it.
    const spelled = stream.key === keyOf(name) ? stream.key : keyOf(name, named as string)
    if (type === 'unsubscribe') return hub.unsubscribe(listener, stream.key, spelled)
    if (!scopeAllows(who.grant.scopes, stream.needs)) return complain('Access token does not have the required scopes', 401)
    if (stream.listId !== null && !who.listKnown(stream.listId)) return complain('Record not found', 404)
    if (!hub.subscribe(listener, stream.key, spelled)) complain('Too many streams', 429)
  }

  function complain(error: string, status: number): void {
    send(JSON.stringify({ error, status }))
  }
}
