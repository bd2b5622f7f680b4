import { settings } from '../../domain/settings.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Domain } from '../../domain/domain.ts'
import type { Identity, IdentityHolder } from '../identity.ts'
import type { Document } from '../mapping/note.ts'
import type { Readers } from '../readers.ts'
import type { Held, Shelf } from './shelf.ts'

/** How documents are answered with: who is let in, and the headers that keep one reader's answer from another. */
export interface Sending {
  shelf: Shelf
  readers: Readers
  /** The owner's identity, if that is the name. */
  named(name: string): Identity | null
  missing(reply: FastifyReply): FastifyReply
  toPage(reply: FastifyReply, page: string): FastifyReply
  /** `open`: the same for everybody. Else nobody's cache keeps it. */
  send(reply: FastifyReply, document: Document, open?: boolean): FastifyReply
  /** Ready bytes, or nothing new. */
  sendHeld(request: FastifyRequest, reply: FastifyReply, held: Held, cache?: string): FastifyReply
  /**
   * Who may come in where secure mode closes the door (posts and collections). Answers the request itself and returns null if they may not:
   * 401 unsigned in secure mode, 404 for those whom the owner has blocked.
   */
  admit(request: FastifyRequest, reply: FastifyReply): Promise<{ reader: string | null } | null>
}

export const AP_TYPE = 'application/activity+json; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'
const PRIVATE = 'private, no-store'
const PUBLIC = 'public, max-age=180'

export function openSending(parts: { domain: Domain; identity: IdentityHolder; readers: Readers; shelf: Shelf }): Sending {
  const { domain: d, identity, readers, shelf } = parts
  const secure = () => settings(d).secureMode

  const refuse = (reply: FastifyReply, status: number, error: string) =>
    reply.status(status).type(JSON_TYPE).header('Vary', 'Accept, Signature').header('Cache-Control', PRIVATE).send({ error })
  const missing = (reply: FastifyReply) => refuse(reply, 404, 'Record not found')
  const headed = (reply: FastifyReply, cache: string) =>
    reply.header('Vary', 'Accept, Signature').header('Cache-Control', cache).header('Access-Control-Allow-Origin', '*')

  return {
    shelf,
    readers,
    missing,
    named(name) {
      const me = identity.current()
      return me && me.username.toLowerCase() === name.toLowerCase() ? me : null
    },
    toPage: (reply, page) => reply.header('Vary', 'Accept, Signature').redirect(page, 303),
    send: (reply, document, open = true) =>
      headed(reply, open && !secure() ? PUBLIC : PRIVATE)
        .type(AP_TYPE)
        .send(JSON.stringify(document)),
    sendHeld(request, reply, held, cache) {
      headed(reply, cache ?? (secure() ? PRIVATE : PUBLIC)).header('ETag', held.etag)
      return knows(request.headers['if-none-match'], held.etag) ? reply.status(304).send() : reply.type(held.type).send(held.bytes)
    },
    async admit(request, reply) {
      if (!secure()) {
        if (!readers.claimsBlocked(request)) return { reader: null }
        missing(reply)
        return null
      }
      const reader = await readers.signer(request)
      if (reader === null) refuse(reply, 401, 'Request not signed')
      else if (readers.isBlocked(reader)) missing(reply)
      else return { reader }
      return null
    },
  }
}

/** Whether whoever asks has it already (RFC 9110 13.1.2): weak comparison. */
function knows(given: string | string[] | undefined, etag: string): boolean {
  if (typeof given !== 'string' || given.length > 2_048) return false
  return given.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
}
