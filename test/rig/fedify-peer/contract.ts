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
}

export interface ReceivedActivity {
  /** Milliseconds. */
  at: number
  type: string
  id: string
  actor: string
  activity: Record<string, unknown>
}
