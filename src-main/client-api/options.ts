import type { IncomingMessage } from 'node:http'
import type { Consents, Door } from '../domain/consents.ts'
import type { Domain } from '../domain/domain.ts'
import type { FilmWork, Images, Log, Resolver } from '../domain/ports.ts'
import type { Allowances } from './limits.ts'

/** What the client API of one listener works with. */
export interface ClientApiOptions {
  domain: Domain
  /** Look-ups that may go to the network: only on the owner's explicit wish (search with `resolve`). */
  resolver: Resolver
  images: Images
  /** Own films and sounds, made ready in the background. */
  films: FilmWork
  /** Of the program, as in package.json. */
  version: string
  /** The public listener and that of the local network answer other sites (CORS) and take no word of the window's token. */
  listener: Door
  /** Whether this API is there at all: the owner switches it on and off while the program runs. Off: everything answers as if absent. */
  enabled: () => boolean
  /** Who asks to be let in: the same for all listeners, answered in the window. */
  consents: Consents
  /** How often one may ask; absent: far more than anybody needs. */
  allowances?: Partial<Allowances>
  /** Fixed base of this listener for links and media, without a slash at the end: never the Host header. */
  base: () => string
  log: Log
  /** The public key of this home's pushes: an uncompressed point of P-256, URL-safe base64 without padding; the same for ever. */
  vapidKey: () => string
  push: {
    /** Closes an app's token for the database. */
    sealToken: (token: string) => string
    /** Push services may be spoken to over http: private networks only. */
    plainAllowed: boolean
  }
  /** A request has shown a token of the owner's: its body may take its time, which a stranger's may not. */
  patient?: (request: IncomingMessage) => void
  /** Hears that the machine has woken from sleep. Returns the way to stop. */
  onWoken?: (listen: () => void) => () => void
}
