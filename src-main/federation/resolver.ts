import { accountByUri } from '../domain/accounts.ts'
import { loadAccounts } from '../domain/accounts.ts'
import { AppError } from '../domain/errors.ts'
import { postById, postByUri, receivePost } from '../domain/posts.ts'
import { NetError } from '../net/index.ts'
import { askedBudget } from './fetching.ts'
import { hostOf, idOf } from './mapping/read.ts'
import { isActor } from './remote.ts'
import { storable } from './posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { LookAround, Resolver } from '../domain/ports.ts'
import type { IdentityHolder } from './identity.ts'
import type { Remote } from './remote.ts'
import type { Conversations } from './conversations.ts'
import type { Json } from './mapping/read.ts'
import type { Profiles } from './profiles.ts'
import type { Refreshing } from './refreshing.ts'

/** What the owner types, opens or follows a link to: looked up here first, then where it lives. */
export function openResolver(parts: {
  domain: Domain
  identity: IdentityHolder
  remote: Remote
  conversations: Conversations
  profiles: Pick<Profiles, 'posts'>
  /** Given the way a post is looked up. */
  around: (post: (uri: string) => Promise<number | null>) => LookAround
  refreshing: Pick<Refreshing, 'post' | 'account'>
  /** A post was stored. */
  stored: (postId: number) => void
}): Resolver {
  const { domain: d, identity, remote, conversations, profiles, refreshing } = parts

  /** Errors of the network in the words of a look-up: not there is null, not reachable is 'unavailable'. */
  async function looked<T>(look: () => Promise<T | null>): Promise<T | null> {
    try {
      return await look()
    } catch (error) {
      if (!(error instanceof NetError)) throw error
      if (!error.retryable && !error.ours) return null
      throw new AppError('unavailable', 'The other server did not answer.', { cause: error })
    }
  }

  const resolver: Omit<Resolver, 'around'> = {
    async account(acct) {
      const me = identity.current()
      const owner = identity.owner()
      const asked = acct.replace(/^@/, '').toLowerCase()
      if (owner && (asked === owner.username || (me && asked === `${owner.username}@${me.uris.host}`))) return owner.id
      return looked(() => remote.acct(asked, askedBudget()))
    },
    async url(url) {
      const me = identity.current()
      const own = me?.own(url)
      if (me && url.startsWith(`${me.uris.origin}/`)) {
        if (own?.kind === 'actor') return { kind: 'account', id: me.accountId }
        const post = own?.kind === 'post' || own?.kind === 'activity' ? postById(d, own.id) : null
        return post?.own ? { kind: 'post', id: post.id } : null
      }
      const stored = postByUri(d, url)
      if (stored) return { kind: 'post', id: stored.id }
      const person = accountByUri(d, url)
      if (person) return { kind: 'account', id: person.id }
      return looked(async () => {
        const spend = askedBudget()
        const fetched = await remote.document(url, spend)
        const uri = typeof fetched === 'string' ? null : idOf(fetched.json)
        if (!me || typeof fetched === 'string' || !uri) return null
        const known = postByUri(d, uri)
        if (known) return { kind: 'post', id: known.id }
        const found = await remote.postIn(fetched.json, spend)
        if (!found) {
          const account = await remote.actor(uri, spend)
          return account === null ? null : { kind: 'account', id: account }
        }
        const { post, author } = found
        const result = await d.store.groupCommit(() => receivePost(d, storable(d, me, post, author.accountId)))
        if (result?.created) {
          parts.stored(result.id)
          if (post.inReplyTo && !postByUri(d, post.inReplyTo)) conversations.want(post.inReplyTo)
        }
        return result ? { kind: 'post', id: result.id } : null
      })
    },
    refresh: (accountId) => refreshing.account(accountId),
    refreshPost: (postId) => refreshing.post(postId),
    posts: (accountId, options) => profiles.posts(accountId, options),
    conversation: (postId) => conversations.walk(postId),
    walk: (id) => conversations.find(id),
    onWalk: (listen) => conversations.onWalk(listen),
    async relay(address) {
      const none = () =>
        new AppError('invalid', 'There is no relay at that address.', { reason: 'no-relay', params: { address: address.slice(0, 200) } })
      const typed = address.trim()
      const url = URL.parse(typed.includes('://') ? typed : `https://${typed}`)
      if (!url || url.username !== '' || url.href.length > 2_000) throw none()
      const { origin } = url
      // A relay is known by its inbox (Mastodon's flavour) or by its actor (LitePub's); with only a host, its actor is where relays put it.
      const asInbox = url.pathname.endsWith('/inbox')
      const places = asInbox || url.pathname === '/' ? [`${origin}/actor`, `${origin}/relay`] : [url.href]
      const found = await looked(async () => {
        const spend = askedBudget(6)
        for (const place of places) {
          const fetched = await remote.document(place, spend).catch((error: unknown) => {
            if (error instanceof NetError && !error.retryable) return 'absent' as const
            throw error
          })
          const actor = typeof fetched === 'object' && isActor(fetched.json) ? fetched.json : null
          const inboxes = actor ? inboxesOf(actor) : []
          if (actor && inboxes[0] && (!asInbox || inboxes.includes(url.href))) return { uri: idOf(actor) as string, inbox: inboxes[0] }
        }
        return null
      })
      if (!found) throw none()
      return asInbox
        ? { flavour: 'mastodon', actorUri: found.uri, inbox: url.href }
        : { flavour: 'litepub', actorUri: found.uri, inbox: found.inbox }
    },
    async aliasOf(acct) {
      const me = identity.current()
      if (!me) return null
      return looked(async () => {
        const spend = askedBudget()
        const id = await remote.acct(acct.replace(/^@/, '').toLowerCase(), spend)
        const uri = id === null ? null : loadAccounts(d, [id]).get(id)?.uri
        if (!id || !uri || id === me.accountId || (await remote.actor(uri, spend, { fresh: true })) !== id) return null
        return { accountId: id, namesUs: loadAccounts(d, [id]).get(id)?.alsoKnownAs.includes(me.uris.actor) === true }
      })
    },
  }
  const around = parts.around(async (uri) => {
    const found = await resolver.url(uri)
    return found?.kind === 'post' ? found.id : null
  })
  return { ...resolver, around }
}

/** Where an actor takes its mail, its own inbox first; on its own host only. */
function inboxesOf(actor: Json): string[] {
  const uri = idOf(actor) ?? ''
  const shared = typeof actor.endpoints === 'object' && actor.endpoints !== null ? (actor.endpoints as Json).sharedInbox : null
  return [idOf(actor.inbox), idOf(shared)].filter((inbox): inbox is string => inbox !== null && hostOf(inbox) === hostOf(uri))
}
