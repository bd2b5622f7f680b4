import type { FilmDetails, OutgoingKind, Visibility } from './types.ts'

/**
 * What one room of level 2 needs of another, of the rooms below domain, or of the host. Each port is implemented in one room and wired
 * in `server.ts`; nobody else knows both sides.
 */

/** Implemented by federation, used by client-api: explicit look-ups that may go to the network. Null: nothing there. Throws AppError 'unavailable'. */
export interface Resolver {
  /** `bo@tide.example` (no leading @) -> account id. */
  account(acct: string): Promise<number | null>
  /** Any http(s) URL of a profile or post. */
  url(url: string): Promise<{ kind: 'account' | 'post'; id: number } | null>
  /** Refreshes a stale remote account in the background; returns at once. */
  refresh(accountId: number): void
  /** A stale remote post is looked at again in the background (edits, tallies, whether it is still there); returns at once. */
  refreshPost(postId: number): void
  /**
   * Reads an account's recent posts from its origin: pinned first, then the newest 20; with `older`, the 20 before those that are here. `more`: the origin has
   * more. Polite: asked again too soon, it answers from memory. Throws AppError 'unavailable' when its server does not answer.
   */
  posts(accountId: number, options?: { older?: boolean }): Promise<{ added: number; more: boolean }>
  /** Walks the whole conversation of a post in the background (ancestors, `context`, `replies`); joins a walk that is under way. Null: nothing to walk. */
  conversation(postId: number): Walk | null
  /** A walk by its id, for half an hour after its end. */
  walk(id: string): Walk | null
  /** Hears of every walk as it goes on: each time posts were found, and at its end. Returns the way to stop. */
  onWalk(listen: (walk: Walk) => void): () => void
  /** Fetches the server's word on a relay and prepares the subscription. Throws AppError 'invalid' if there is no relay at that address. */
  relay(address: string): Promise<{ flavour: 'mastodon' | 'litepub'; actorUri: string | null; inbox: string }>
  around: LookAround
  /** The account `target` names us as its former or other self, or null if it does not exist. Fetched fresh. */
  aliasOf(acct: string): Promise<{ accountId: number; namesUs: boolean } | null>
}

/** Looking around by the owner's hand. Throws AppError 'invalid' (`server-unknown`, `server-refuses`, `server-shows-none`), 'unavailable'. */
export interface LookAround {
  /** What a server shows to everybody of its own people, the newest first; `before`: what `next` of the page above said. */
  posts(host: string, before: string | null): Promise<{ postIds: number[]; next: string | null }>
  /** Who of those the owner follows follows this account, as far as its server tells. `looked`: how many followers it told of; `whole`: all of them. */
  familiar(accountId: number): Promise<{ accountIds: number[]; looked: number; whole: boolean }>
}

export interface Walk {
  id: string
  postId: number
  state: 'running' | 'finished'
  /** Posts that were not here before. */
  found: number
}

/** Implemented by federation, used by owner-api: reading up after an absence (federation.md 3.4). */
export interface CatchUp {
  /** Reads up now, by the owner's hand. Does nothing while one is running. */
  run(): void
  /** Ends the running one; what it has found stays. */
  stop(): void
  /** Absences and what was read up after them, newest first; a running one with its numbers so far. */
  reports(): Absence[]
  /** Hears of a report that is new or has moved on. Returns the way to stop. */
  onChange(listen: (absence: Absence) => void): () => void
}

/** One absence and what was read up after it, as codes and numbers (federation.md 3.2 and 3.4). */
export interface Absence {
  id: number
  awaySince: number
  backAt: number
  state: 'running' | 'done' | 'stopped'
  finishedAt: number | null
  /** Posts that were not here before. */
  posts: number
  /** Servers asked, accounts and conversations read. */
  servers: number
  accounts: number
  threads: number
  /** Servers that did not answer. */
  silent: string[]
  gaps: AbsenceGap[]
  /** Things left to read. */
  remaining: number
  /** A running one that waits: for mains power, or for a network that does not cost by the byte. */
  heldBy: 'battery' | 'metered' | null
}
/** What may be missing for good, by the kind of server it would have come from. */
export interface AbsenceGap {
  /** NodeInfo name: mastodon, gotosocial, misskey … */
  software: string
  /** Known servers of that kind. */
  servers: number
  missing: 'mentions' | 'posts' | 'stopped'
  from: number
  to: number
}

/** Implemented by federation: what other servers run, as far as it has been heard. Never asks in the call. */
export interface Servers {
  /** NodeInfo name in lower case; null: not known (yet), and the host will be asked in the background. */
  softwareOf(host: string): string | null
}

/** Something of ours that has to reach other servers. `subject` is JSON that only federation reads. */
export interface OutgoingItem {
  kind: OutgoingKind
  /** Things that must keep their order and can take each other back: the uri or local key of the post, follow, boost … they speak of. */
  objectKey: string
  subject: Record<string, unknown>
  postId: number | null
  accountId: number | null
}

/** Implemented by delivery, used by federation's outbound consumer. Synchronous: runs inside the consumer's transaction. */
export interface Outbox {
  /** Adds one waiting item and returns its id. Nothing leaves before the commit. */
  enqueue(item: OutgoingItem): number
  /**
   * Takes back the still-waiting items of `objectKey` (of these kinds, or all). 'none': there was none; 'cancelled': none had left any
   * part of it; 'left': at least one has gone to some server, so the opposite must be sent.
   */
  takeBack(objectKey: string, kinds?: OutgoingKind[]): 'none' | 'cancelled' | 'left'
}

/** An activity ready to go: one body, one row per distinct inbox, signed by the owner's key at each attempt. */
export interface Prepared {
  uri: string
  /** The activity as sent, `@context` included. */
  body: string
  inboxes: string[]
  /** What must be true at the same commit (the post gets its release time); runs inside delivery's transaction. */
  commit?: () => void
  /** Whose key signs: the owner's, the owner's former one (right after a rotation), or the instance's. Default: the owner's. */
  signer?: 'owner' | 'previous' | 'instance'
  /** Followers synchronisation (FEP-8fcf) goes along: delivery asks `Preparer.synchronization` at each attempt and signs it. */
  synchronize?: boolean
  /** The first tries are spread evenly over so many milliseconds (an `Update` to every known server at wake). */
  spreadMs?: number
}

/**
 * Implemented by federation, used by delivery when we are online: resolves what has to be resolved over the network, then renders. 'drop': there is nothing to
 * send any more. Throws AppError; retryable ones are tried again later, others end as 'failed' with `error.reason`.
 */
export interface Preparer {
  prepare(item: OutgoingItem & { id: number; createdAt: number; attempts: number }): Promise<Prepared | 'drop'>
  /** Value of the `Collection-Synchronization` header for an inbox (FEP-8fcf): the followers on its scheme and authority, now. Null: none there. */
  synchronization?(inbox: string): string | null
}

/** Implemented by federation, used by delivery: what answers of an inbox mean for the people behind it. */
export interface InboxReports {
  /** 410 on an inbox, or 404 for days: look whether its accounts are gone. */
  inboxGone(inbox: string): void
  /** A redirect or a first 404: its accounts may have moved and are worth fetching anew; nobody is removed for it. */
  inboxDoubtful?(inbox: string): void
}

/** Implemented by delivery's connectivity, used by federation, owner-api and http. */
export interface Connectivity {
  readonly online: boolean
  /** A verified request has come in through the public address. */
  heard(): void
  onChange(listen: () => void): () => void
}

/** Implemented by media (server wires it), used by client-api. Throws AppError 'invalid' with the sentence and `reason`. */
export interface Images {
  process(bytes: Buffer): Promise<ProcessedImage>
  processProfile(bytes: Buffer, shape: 'avatar' | 'header'): Promise<{ bytes: Buffer; mime: string; width: number; height: number }>
}
export interface ProcessedImage {
  kind: 'image' | 'gifv'
  original: { bytes: Buffer; mime: string; width: number; height: number }
  preview: { bytes: Buffer; mime: string; width: number; height: number }
  blurhash: string
}

/**
 * Implemented by media (server wires it), used by client-api for own films and sounds: a file on the disk becomes one that is safe to send, without decoding
 * anything. Throws AppError 'invalid' with the sentence and `reason` (`unsupported-codec`, `unsupported-type`, `broken` …); nothing is left behind then.
 */
export interface Films {
  /**
   * Remuxes `path` into `into` (both absolute): tracks, timing and rotation kept; place, device, author and every other tag gone; index first (MP4). A film
   * without sound that is short enough stays 'video': what loops is a GIF or says so. Sizes in pixels, duration in seconds.
   */
  remux(path: string, into: string, options?: { signal?: AbortSignal }): Promise<RemuxedFilm>
}
/**
 * Implemented by server over {@link Films}, used by client-api: uploads that wait (`processing`) are made ready one after the other; what a kill interrupted is
 * begun anew at the next start.
 */
export interface FilmWork {
  /** Whether the first bytes of a file are those of a film or a sound; anything else is for {@link Images} to judge. */
  takes(path: string): Promise<boolean>
  /** Hears of a file that waits; returns at once. */
  want(mediaId: number): void
  /** Resolves when it is ready, has failed or is gone. */
  settled(mediaId: number): Promise<void>
}

export interface RemuxedFilm {
  kind: 'video' | 'audio'
  mime: string
  bytes: number
  width: number | null
  height: number | null
  duration: number
  details: FilmDetails
}

/** Implemented by previews, used by client-api and federation's door: never in the way of anything. */
export interface Previews {
  /** Looks for the pages a post links to, later and by itself. Posts that come in and are written are seen to without this. */
  want(postId: number): void
  /** Somebody's profile is being looked at: whether the pages it names link back is found out, at most weekly. Returns at once. */
  verify(accountId: number): void
}

/** Implemented by federation (net, cache), used by http's media route: bytes of others' media, type-sniffed and capped, from cache or origin. */
export interface RemoteMedia {
  /** A file in the cache and its sniffed type; null if it cannot be had. `variant` is a hint: small things have one form. */
  open(mediaId: number): Promise<{ path: string; mime: string; bytes: number } | null>
  /** A film or a sound that is shown while it arrives. Never throws. */
  film(mediaId: number): Promise<RemoteFilm>
}
/**
 * `whole`: ask for it as for a picture. `too-large`: its server gives it only whole, and it is larger than a copy may be. `none`: it cannot be had. Otherwise its
 * sniffed type and its size in bytes, and the part of it that a byte lies in: a file of the bytes from `start` to `end`, both included; null if that cannot be had.
 */
export type RemoteFilm =
  | 'whole'
  | 'too-large'
  | 'none'
  | { mime: string; size: number; part(at: number): Promise<{ path: string; start: number; end: number } | null> }

/** Whether large reading that nobody asked for may run now: at once, only when asked for, or later by itself; and what stands against it. */
export interface Thrift {
  mode: 'go' | 'ask' | 'wait'
  why: 'battery' | 'metered' | null
}
/** What the computer runs from and what its network costs. */
export interface Supply {
  thrift(): Thrift
  onChange(listen: () => void): () => void
}

/** The parent process, if there is one: the desktop implements it. */
export interface Host {
  notify(notification: { title: string; body: string; route: string }): void
  badge(count: number): void
  keepAwake(on: boolean): void
}

export interface Log {
  debug(data: object, text?: string): void
  info(data: object, text?: string): void
  warn(data: object, text?: string): void
  error(data: object, text?: string): void
}

export type { Visibility }
