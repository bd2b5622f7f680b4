import { hearsNotifications } from './access.ts'
import type { FastifyReply } from 'fastify'
import type { TokenInfo } from '../../domain/grants.ts'
import type { Hub, Listener } from './hub.ts'
import type { Stream } from './streams.ts'

/** One stream as server-sent events: a response that does not end (mastodon-api.md 1.7, 2.8). */

/** A line that takes no events for so long is closed; its client comes back and fetches. */
const MAX_BUFFERED = 1024 * 1024

export interface LineListener extends Listener {
  /** Keeps proxies from thinking that nothing comes any more. */
  thump(): void
}

/** Answers with the stream; the response is ours from here, past every hook that would wait for its end. */
export function listenByEvents(
  reply: FastifyReply,
  hub: Hub,
  stream: Stream,
  who: { token: string; grant: TokenInfo; base: () => string },
): LineListener {
  const { raw } = reply
  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'private, no-store, no-transform',
    'x-accel-buffering': 'no',
  })
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
  reply.hijack()
  raw.writeHead(200)
  const write = (text: string) => {
    if (raw.destroyed) return
    if (raw.writableLength > MAX_BUFFERED) raw.destroy()
    else raw.write(text)
  }
  const listener: LineListener = {
    token: who.token,
    window: who.grant.kind === 'window',
    notifications: hearsNotifications(who.grant),
    base: who.base,
    take: ({ asEvent }) => write(asEvent),
    drop: () => void raw.destroy(),
    thump: () => write(':thump\n\n'),
  }
  hub.join(listener)
  hub.subscribe(listener, stream.key, stream.key)
  raw.on('close', () => hub.leave(listener))
  raw.on('error', () => hub.leave(listener))
  raw.socket?.setNoDelay(true)
  // Something at once, so that whoever stands between passes the head on. Mastodon greets like this too.
  write(':)\n\n')
  return listener
}
