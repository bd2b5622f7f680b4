/**
 * The only builder of our addresses (design section 3) and the only reader of them. `origin` is `https://host`, without a slash at the
 * end; `username` the owner's name. An id is a decimal number everywhere.
 */
export interface Uris {
  origin: string
  host: string
  actor: string
  mainKey: string
  edKey: string
  inbox: string
  outbox: string
  followers: string
  following: string
  featured: string
  featuredTags: string
  sharedInbox: string
  instanceActor: string
  instanceKey: string
  profile: string
  feed: string
  /** Followers of one server for Collection-Synchronization (FEP-8fcf). */
  synchronization: string
  /** "Follow me from your own server": a page, to which `?uri=` is added. */
  authorizeInteraction: string
  post(id: number): string
  /** The Create of a post, or the Announce of a boost. */
  postActivity(id: number): string
  postPage(id: number): string
  replies(id: number): string
  likes(id: number): string
  shares(id: number): string
  update(id: number, at: number): string
  remove(id: number): string
  profileUpdate(at: number): string
  follow(id: number): string
  favourite(id: number): string
  block(id: number): string
  accept(id: number): string
  reject(id: number): string
  undo(uri: string): string
  tag(name: string): string
  /** The conversation that begins with this post (FEP-7888). */
  context(id: number): string
  /** The QuoteAuthorization by which a post of ours may be quoted (FEP-044f), and its end. */
  quoteStamp(id: number): string
  quoteStampEnd(id: number): string
  /** The QuoteRequest of an own post that quotes. */
  quoteRequest(postId: number): string
  vote(id: number): string
  voteActivity(id: number): string
  reaction(id: number): string
  emoji(shortcode: string): string
  flag(id: number): string
  move(id: number): string
  /** Add to and Remove from the featured collections: `id` is new for each, since the same post may be pinned again. */
  add(id: number): string
  removal(id: number): string
}

export function uris(origin: string, username: string): Uris {
  const actor = `${origin}/users/${username}`
  const profile = `${origin}/@${username}`
  const post = (id: number) => `${actor}/statuses/${id}`
  return {
    origin,
    host: new URL(origin).host,
    actor,
    mainKey: `${actor}#main-key`,
    edKey: `${actor}#ed25519-key`,
    inbox: `${actor}/inbox`,
    outbox: `${actor}/outbox`,
    followers: `${actor}/followers`,
    following: `${actor}/following`,
    featured: `${actor}/collections/featured`,
    featuredTags: `${actor}/collections/tags`,
    sharedInbox: `${origin}/inbox`,
    instanceActor: `${origin}/actor`,
    instanceKey: `${origin}/actor#main-key`,
    profile,
    feed: `${profile}.atom`,
    synchronization: `${actor}/followers_synchronization`,
    authorizeInteraction: `${origin}/authorize_interaction`,
    post,
    postActivity: (id) => `${post(id)}/activity`,
    postPage: (id) => `${profile}/${id}`,
    replies: (id) => `${post(id)}/replies`,
    likes: (id) => `${post(id)}/likes`,
    shares: (id) => `${post(id)}/shares`,
    update: (id, at) => `${post(id)}#updates/${at}`,
    remove: (id) => `${post(id)}#delete`,
    profileUpdate: (at) => `${actor}#updates/${at}`,
    follow: (id) => `${actor}#follows/${id}`,
    favourite: (id) => `${actor}#likes/${id}`,
    block: (id) => `${actor}#blocks/${id}`,
    accept: (id) => `${actor}#accepts/${id}`,
    reject: (id) => `${actor}#rejects/${id}`,
    undo: (uri) => `${uri}${uri.includes('#') ? '/' : '#'}undo`,
    tag: (name) => `${origin}/tags/${encodeURIComponent(name)}`,
    context: (id) => `${origin}/contexts/${id}`,
    quoteStamp: (id) => `${actor}/quote_authorizations/${id}`,
    quoteStampEnd: (id) => `${actor}/quote_authorizations/${id}#delete`,
    quoteRequest: (postId) => `${post(postId)}/quote`,
    vote: (id) => `${actor}#votes/${id}`,
    voteActivity: (id) => `${actor}#votes/${id}/activity`,
    reaction: (id) => `${actor}#reactions/${id}`,
    emoji: (shortcode) => `${origin}/emoji/${shortcode}`,
    flag: (id) => `${origin}/flags/${id}`,
    move: (id) => `${actor}#moves/${id}`,
    add: (id) => `${actor}#adds/${id}`,
    removal: (id) => `${actor}#removals/${id}`,
  }
}

export type OwnAddress =
  | { kind: 'actor' }
  | { kind: 'instance-actor' }
  | { kind: 'followers' }
  | { kind: 'post'; id: number }
  | { kind: 'activity'; id: number }
  | { kind: 'follow'; id: number }
  | { kind: 'favourite'; id: number }
  | { kind: 'vote'; id: number }
  | { kind: 'reaction'; id: number }
  | { kind: 'quote-stamp'; id: number }
  /** Named by the post that quotes. */
  | { kind: 'quote-request'; id: number }
  | { kind: 'context'; id: number }
  | { kind: 'emoji'; shortcode: string }
  | { kind: 'tag'; name: string }

/** What an address on our origin speaks of (profile page and actor are the same thing, so are a post's page and its object); null for others. */
export function parseOwn(origin: string, username: string, address: string): OwnAddress | null {
  let url: URL
  try {
    url = new URL(address)
  } catch {
    return null
  }
  if (url.origin !== origin || url.search !== '') return null
  const parts = url.pathname.split('/').slice(1)
  const isOwner = (name: string | undefined) => name?.toLowerCase() === username.toLowerCase()
  if (parts[0] === 'actor' && parts.length === 1) return { kind: 'instance-actor' }
  if (parts[0] === 'tags' && parts[1] && parts.length === 2) {
    const name = decoded(parts[1])
    return name === null ? null : { kind: 'tag', name }
  }
  if (parts[0] === 'contexts' && parts.length === 2) {
    const id = parseId(parts[1])
    return id === null ? null : { kind: 'context', id }
  }
  if (parts[0] === 'emoji' && parts.length === 2) {
    return /^[a-z0-9_]{2,30}$/.test(parts[1] ?? '') ? { kind: 'emoji', shortcode: parts[1] as string } : null
  }
  if (parts[0]?.startsWith('@') && isOwner(parts[0].slice(1))) {
    if (parts.length === 1) return { kind: 'actor' }
    const id = parseId(parts[1])
    return id !== null && parts.length === 2 ? { kind: 'post', id } : null
  }
  if (parts[0] !== 'users' || !isOwner(parts[1])) return null
  if (parts.length === 2) {
    const [kind, number] = url.hash.slice(1).split('/')
    const id = parseId(number)
    if (kind === 'follows' && id !== null) return { kind: 'follow', id }
    if (kind === 'likes' && id !== null) return { kind: 'favourite', id }
    if (kind === 'votes' && id !== null) return { kind: 'vote', id }
    if (kind === 'reactions' && id !== null) return { kind: 'reaction', id }
    return { kind: 'actor' }
  }
  if (parts[2] === 'followers' && parts.length === 3) return { kind: 'followers' }
  if (parts[2] === 'quote_authorizations' && parts.length === 4) {
    const id = parseId(parts[3])
    return id === null ? null : { kind: 'quote-stamp', id }
  }
  if (parts[2] !== 'statuses') return null
  const id = parseId(parts[3])
  if (id === null) return null
  if (parts.length === 4) return { kind: 'post', id }
  if (parts[4] === 'quote' && parts.length === 5) return { kind: 'quote-request', id }
  return parts[4] === 'activity' && parts.length === 5 ? { kind: 'activity', id } : null
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}

/** A decimal id that fits 53 bits, or null: absent, negative, enormous and foreign ones are all "not found". */
export function parseId(text: string | undefined | null): number | null {
  if (!text || !/^[0-9]{1,16}$/.test(text)) return null
  const id = Number(text)
  return Number.isSafeInteger(id) && id > 0 ? id : null
}

const EXTENSIONS: Record<string, string> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/webp': '.webp',
  'image/gif': '.gif',
  'image/avif': '.avif',
  'video/mp4': '.mp4',
  'video/webm': '.webm',
  'audio/mpeg': '.mp3',
  'audio/ogg': '.ogg',
  'audio/mp4': '.m4a',
}

/** Path of a file on either listener: the token is the capability, the ending only a courtesy to readers. */
export function mediaPath(token: string, variant: 'original' | 'small', mime: string | null): string {
  return `/media/${token}/${variant}${(mime && EXTENSIONS[mime]) ?? ''}`
}

/** `@ana@ana.example`, the host as people write it. */
export function handleOf(origin: string, username: string): string {
  return `@${username}@${new URL(origin).host}`
}
