/** What the peer's control port takes: `POST /COMMAND` with the arguments as JSON; answers are JSON. Types only. */
export interface PeerCommands {
  /** Follows an actor: `@ana@host:port` (WebFinger over http) or its URL. Resolves when their inbox took it. */
  follow(input: { who: string }): { actor: string; activity: string }
  unfollow(input: { who: string }): { activity: string }
  /** A public post to bo's followers, those mentioned and the author answered. `mention` are actor URLs. */
  post(input: { text: string; mention?: string[]; inReplyTo?: string; picture?: { alt: string }; published?: string }): { uri: string }
  edit(input: { uri: string; text: string }): { activity: string }
  remove(input: { uri: string }): { activity: string }
  like(input: { uri: string }): { activity: string }
  unlike(input: { uri: string }): { activity: string }
  announce(input: { uri: string }): { activity: string }
  /** Everything a verified request has brought, oldest first, as it came over the wire. */
  received(input: { type?: string }): ReceivedActivity[]
  /** Answers of the inbox that were not 2xx. */
  refused(input: Record<string, never>): { status: number; path: string; said: string }[]
  followers(input: Record<string, never>): string[]
  /** Whom bo follows, once they have accepted. */
  following(input: Record<string, never>): string[]
  /** Fetches a document as bo, with a signed GET. */
  fetch(input: { uri: string }): unknown
  /**
   * Sends any activity of bo's, read by Fedify from JSON-LD and written by it. `sync`: to bo's followers, with their digest (FEP-8fcf).
   * `$ME` in the text stands for bo's address, `$AT` for the peer's origin.
   */
  send(input: { activity: Record<string, unknown>; to?: string[]; sync?: boolean }): { activity: string }
  /** Serves a document on a path; null takes it away. */
  serve(input: { path: string; document: Record<string, unknown> | null }): { uri: string }
  /** Every POST as it came over the wire, oldest first. */
  posts(input: Record<string, never>): WirePost[]
  /** Whether Fedify finds a valid proof (FEP-8b32) of the activity's own actor on this body. */
  proves(input: { body: string }): boolean
  /** From now on bo has moved to `bosse`, who names bo as a former self. */
  moved(input: Record<string, never>): { to: string }
  /** Bo forgets a follower without a word. */
  forget(input: { who: string }): { left: number }
}

export interface WirePost {
  path: string
  headers: Record<string, string>
  body: string
}

export interface ReceivedActivity {
  /** Milliseconds. */
  at: number
  type: string
  id: string
  actor: string
  activity: Record<string, unknown>
}
