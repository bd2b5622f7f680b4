import type { Domain } from '../domain/domain.ts'
import type { Images, Log, Resolver } from '../domain/ports.ts'

/** What the client API of one listener works with. */
export interface ClientApiOptions {
  domain: Domain
  /** Look-ups that may go to the network: only on the owner's explicit wish (search with `resolve`). */
  resolver: Resolver
  images: Images
  /** Of the program, as in package.json. */
  version: string
  /** The public listener answers other sites (CORS) and takes no word of the window's token. */
  listener: 'owner' | 'public'
  /** Fixed base of this listener for links and media, without a slash at the end: never the Host header. */
  base: () => string
  log: Log
}
