import { draft } from '../domain/drafts.ts'
import { heldById } from '../domain/held.ts'
import { settings } from '../domain/owner.ts'
import { appsOf } from './apps.ts'
import { closingOf } from './closing.ts'
import { toDraft } from './drafts.ts'
import { toHeldPost } from './held.ts'
import { toOutboxItem } from './outbox.ts'
import { toLabels } from './labels.ts'
import { searchesOf } from './searches.ts'
import { toWalk } from './posts.ts'
import { toAwayReport } from './servers.ts'
import { connectionOf } from './state.ts'
import type { WebSocket } from 'ws'
import type { CatchUp, Resolver } from '../domain/ports.ts'
import type { AppParts } from './apps.ts'
import type { People } from './people.ts'
import type { StateParts } from './state.ts'
import type * as contract from './contract.ts'

/** Frames of `WS events`: whatever changes is told to every window, after its commit. */

/** A socket that takes no frames for so long is closed; the window comes back by itself. */
const MAX_BUFFERED = 1024 * 1024
const PING_MS = 25_000

export function streamTo(
  socket: WebSocket,
  parts: StateParts & AppParts & { base: () => string; resolver: Resolver; catchUp: CatchUp; people: People; closed: () => void },
): void {
  const { domain: d, outbox, connectivity, resolver, catchUp } = parts
  const send = (event: contract.OwnerEvent) => {
    if (socket.bufferedAmount > MAX_BUFFERED) socket.close(1013, 'too slow')
    else socket.send(JSON.stringify(event))
  }
  const connection = () => send({ type: 'connection', connection: connectionOf(parts) })
  const apps = () => send({ type: 'apps', apps: appsOf(parts) })
  connection()
  const offs = [
    parts.consents.onChange(apps),
    ...(parts.onAddresses ? [parts.onAddresses(apps)] : []),
    connectivity.onChange(connection),
    outbox.onChange((id) => {
      const item = outbox.item(id)
      send(
        item
          ? { type: 'outbox', item: toOutboxItem(d, item), ...outbox.counts() }
          : { type: 'outbox-removed', id: String(id), ...outbox.counts() },
      )
      if (item?.kind === 'close') send({ type: 'closing', closing: closingOf(parts) })
    }),
    resolver.onWalk((walk) => send({ type: 'walk', walk: toWalk(walk) })),
    parts.people.onChange(() => {
      const people = parts.people.state()
      if (people) send({ type: 'people', people })
    }),
    catchUp.onChange((absence) => send({ type: 'away', report: toAwayReport(absence) })),
    d.events.listen((event) => {
      if (event.type === 'draft-saved') {
        const row = draft(d, event.data.draftId)
        if (row) send({ type: 'draft', draft: toDraft(row, parts.base()) })
      } else if (event.type === 'held-changed') {
        const held = heldById(d, event.data.heldId)
        const { heldId, postId } = event.data
        send(
          held
            ? { type: 'held', held: toHeldPost(held) }
            : { type: 'held-removed', id: String(heldId), postId: postId === null ? null : String(postId) },
        )
      } else if (event.type === 'draft-removed') send({ type: 'draft-removed', id: event.data.draftId })
      else if (event.type === 'account-closed') send({ type: 'closing', closing: closingOf(parts) })
      else if (event.type === 'conversation-changed') send({ type: 'conversation', id: String(event.data.conversationId) })
      else if (event.type === 'labels-changed') send({ type: 'labels', labels: toLabels(d) })
      else if (event.type === 'lists-changed') send({ type: 'lists' })
      else if (event.type === 'searches-changed') send({ type: 'searches', searches: searchesOf(d) })
      else if (event.type === 'apps-changed' || event.type === 'push-changed') apps()
      else if (event.type === 'settings-changed') {
        send({ type: 'settings', settings: settings(d) })
        // Where apps find this home depends on the switches.
        apps()
      } else if (event.type === 'profile-changed' || event.type === 'owner-named' || event.type === 'origin-chosen')
        send({ type: 'profile' })
    }),
  ]
  const ping = setInterval(() => socket.ping(), PING_MS)
  ping.unref()
  socket.on('close', () => {
    clearInterval(ping)
    parts.closed()
    for (const off of offs) off()
  })
}
