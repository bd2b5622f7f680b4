import { loadAccounts } from '../domain/accounts.ts'
import { postById, postByUri, receivePost } from '../domain/posts.ts'
import { settleQuote, stampById } from '../domain/quotes.ts'
import { budget } from './fetching.ts'
import { hostOf, idOf, typesOf } from './mapping/read.ts'
import { storable } from './posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'
import type { Post, QuoteState } from '../domain/types.ts'
import type { Budget } from './fetching.ts'
import type { Identity, IdentityHolder } from './identity.ts'
import type { Json } from './mapping/read.ts'
import type { Remote } from './remote.ts'

/** Whether quotes of others are allowed, looked into in the background (FEP-044f, rule 14). */
export interface Quotes {
  /**
   * A quoting post is stored, or has been told where its stamp is. Returns at once; asking twice for the same one is asking once. The
   * quoted post is fetched if it is not here, the stamp from its own address; what cannot be had now leaves the quote as it stands.
   */
  want(postId: number, stamp?: string | null): void
  /** The same of a quote that was allowed once: its consent may have been taken back without anybody telling us. */
  review(postId: number): void
  /** Resolves when nothing is being looked into any more. */
  settled(): Promise<void>
  stop(): void
}

const AT_ONCE = 4
/** More at once is a flood: later ones stay unverified. */
const MAX_WAITING = 500
/** Of one quote: the quoted post, its author, the stamp; each may take a second knock. */
const REQUESTS = 6
/** A quote in a quote is looked into, the quotes in that one are not. */
const MAX_DEPTH = 2

interface Wanted {
  stamp: string | null
  depth: number
  again?: boolean
}
interface Finding {
  state: QuoteState
  stamp?: string | null
  quoteOf?: number | null
}

export function openQuotes(parts: {
  domain: Domain
  remote: Remote
  identity: IdentityHolder
  /** Whether a server answers at all. */
  alive: (host: string) => Promise<boolean>
  log: Log
}): Quotes {
  const { domain: d, remote, identity, alive, log } = parts
  const waiting = new Map<number, Wanted>()
  const running = new Map<number, Promise<void>>()
  let stopped = false

  function enter(postId: number, wanted: Wanted): void {
    if (stopped || wanted.depth > MAX_DEPTH || (waiting.size >= MAX_WAITING && !waiting.has(postId))) return
    waiting.set(postId, { ...wanted, stamp: wanted.stamp ?? waiting.get(postId)?.stamp ?? null })
    next()
  }

  function next(): void {
    for (const [postId, wanted] of waiting) {
      if (stopped || running.size >= AT_ONCE) return
      if (running.has(postId)) continue
      waiting.delete(postId)
      const looking = look(postId, wanted)
        .catch((error: unknown) => log.debug({ postId, error: (error as Error).message }, 'a quote could not be looked into'))
        .finally(() => {
          running.delete(postId)
          next()
        })
      running.set(postId, looking)
    }
  }

  async function look(postId: number, { stamp, depth, again }: Wanted): Promise<void> {
    const me = identity.current()
    const post = postById(d, postId)
    if (!me || !post || post.own || post.uri === null || post.quoteUri === null) return
    const said = stamp ?? post.quoteStamp
    if (post.quoteState === 'accepted' && (said === null || (said === post.quoteStamp && !again))) return
    const finding = await judge(me, post as Quoting, said, budget(REQUESTS), depth)
    if (finding && !stopped) await d.store.groupCommit(() => void settleQuote(d, postId, finding))
  }

  async function judge(me: Identity, post: Quoting, stamp: string | null, spend: Budget, depth: number): Promise<Finding | null> {
    const quoted = postByUri(d, post.quoteUri) ?? (await fetchQuoted(me, post.quoteUri, spend, depth))
    if (quoted === 'gone') return { state: 'deleted' }
    // Not to be had, or not for everybody: it stays a link.
    if (!quoted || quoted.boostOf !== null) return { state: 'unverified' }
    const quoteOf = quoted.id
    if (quoted.accountId === post.accountId) return { state: 'accepted', quoteOf }
    // Of ours: what was answered is known here, whatever is said.
    if (quoted.own) return stamp === null ? null : { ...ownStamp(me, post, quoted, stamp), quoteOf }
    if (stamp === null) return { state: 'unverified', quoteOf }
    const author = loadAccounts(d, [quoted.accountId]).get(quoted.accountId)?.uri
    if (!author || hostOf(stamp) !== hostOf(author)) return { state: 'unverified', quoteOf }
    const found = await remote.document(stamp, spend)
    // A stamp that is no more was taken back; one that never was allows nothing. The 404 of a tunnel whose laptop sleeps takes nothing back.
    const missing = found === 'missing' && post.quoteState === 'accepted'
    if (missing && !(await alive(hostOf(stamp)))) return null
    const over = found === 'gone' || missing
    if (over || (typeof found === 'object' && typesOf(found.json).includes('Tombstone'))) return { state: 'revoked', quoteOf }
    if (typeof found === 'string') return { state: 'rejected', quoteOf }
    return allows(found.json, stamp, author, post.uri, post.quoteUri)
      ? { state: 'accepted', stamp, quoteOf }
      : { state: 'rejected', quoteOf }
  }

  function ownStamp(me: Identity, post: Quoting, quoted: Post, stamp: string): Omit<Finding, 'quoteOf'> {
    const named = me.own(stamp)
    const given = named?.kind === 'quote-stamp' ? stampById(d, named.id) : null
    const fits = given !== null && given.postId === quoted.id && given.quotingUri === post.uri
    return { state: fits ? given.state : 'rejected', stamp }
  }

  async function fetchQuoted(me: Identity, uri: string, spend: Budget, depth: number): Promise<Post | 'gone' | null> {
    if (me.own(uri) || depth >= MAX_DEPTH) return null
    const fetched = await remote.document(uri, spend)
    if (fetched === 'gone' || (typeof fetched === 'object' && typesOf(fetched.json).includes('Tombstone'))) return 'gone'
    const found = typeof fetched === 'string' ? null : await remote.postIn(fetched.json, spend)
    if (!found || found.post.uri !== uri || found.author.blocking || found.author.suspended) return null
    if (found.post.visibility !== 'public' && found.post.visibility !== 'unlisted') return null
    const { post, author } = found
    const stored = await d.store.groupCommit(() => receivePost(d, storable(d, me, post, author.accountId), { quietly: true }))
    if (stored?.created && post.quote) enter(stored.id, { stamp: post.quote.stamp, depth: depth + 1 })
    return stored ? postById(d, stored.id) : null
  }

  return {
    want: (postId, stamp = null) => enter(postId, { stamp, depth: 0 }),
    review: (postId) => enter(postId, { stamp: null, depth: 0, again: true }),
    async settled() {
      while (running.size > 0) await Promise.all(running.values())
    },
    stop() {
      stopped = true
      waiting.clear()
    },
  }
}

type Quoting = Post & { uri: string; quoteUri: string }

/** A QuoteAuthorization is its author's word about these two posts and no others, at its own address (federation.md 1.6). */
function allows(stamp: Json, id: string, author: string, quoting: string, quoted: string): boolean {
  return (
    typesOf(stamp).includes('QuoteAuthorization') &&
    idOf(stamp) === id &&
    idOf(stamp.attributedTo) === author &&
    hostOf(author) === hostOf(id) &&
    idOf(stamp.interactingObject) === quoting &&
    idOf(stamp.interactionTarget) === quoted
  )
}
