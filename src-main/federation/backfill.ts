import { postByUri, receiveBoost, receivePost } from '../domain/posts.ts'
import { recipientsOf, visibilityOf } from './mapping/from-activity.ts'
import { hostOf, idOf, isObject, list, timeOf, typesOf } from './mapping/read.ts'
import { storable } from './posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { Sender } from '../domain/senders.ts'
import type { Asking, Budget } from './fetching.ts'
import type { IdentityHolder } from './identity.ts'
import type { SentPost } from './mapping/from-activity.ts'
import type { Json } from './mapping/read.ts'
import type { Remote } from './remote.ts'

/** Posts we went and looked for ourselves: from their origin, or from a page of it, stored without a word to the owner unless told otherwise. */

export interface Keeping {
  /** What was published since then is taken as if it had been delivered: home in its place. Default: nothing is. */
  homeSince?: number
  /** Which posts are wanted; default: what everybody may see. */
  wanted?: (post: SentPost, author: Sender) => boolean
  /** Who asks, where something has to be fetched. */
  as?: Asking
}

export interface Kept {
  id: number
  created: boolean
  /** The document it came from; null if the post was here already. */
  json: Json | null
  post: SentPost | null
}

export interface Backfill {
  /** A post by its address: the one that is here, or the one its origin gives. Null: not to be had, or not wanted. Throws NetError. */
  fetch(uri: string, spend: Budget, keeping?: Keeping): Promise<Kept | null>
  /** The same for an item of a page: embedded it is believed where its host is the page's, else only its address is used (rule 5). */
  item(item: unknown, host: string, spend: Budget, keeping?: Keeping): Promise<Kept | null>
  /** A boost in its booster's own outbox; what it boosts is fetched from where it lives. Null as above. */
  boost(activity: Json, booster: Sender, boosterUri: string, spend: Budget, keeping?: Keeping): Promise<{ created: boolean } | null>
}

export const forEverybody = (post: SentPost): boolean => post.visibility === 'public' || post.visibility === 'unlisted'

export function openBackfill(parts: {
  domain: Domain
  remote: Remote
  identity: IdentityHolder
  /** A post was stored: whatever has to be found out about it (the stamp of a quote) can begin. */
  stored: (postId: number) => void
}): Backfill {
  const { domain: d, remote, identity, stored } = parts

  async function keep(json: Json, spend: Budget, { homeSince = Infinity, wanted = forEverybody }: Keeping): Promise<Kept | null> {
    const me = identity.current()
    const found = me && (await remote.postIn(json, spend))
    if (!me || !found || found.author.blocking || found.author.suspended || !wanted(found.post, found.author)) return null
    const { post, author } = found
    const quiet = (post.published ?? 0) < homeSince
    const result = await d.store.groupCommit(() =>
      receivePost(d, storable(d, me, post, author.accountId), quiet ? { quietly: true } : { caughtUp: true }),
    )
    if (result?.created) stored(result.id)
    return result && { ...result, json, post }
  }

  function here(uri: string): Kept | null {
    const known = postByUri(d, uri)
    return known && { id: known.id, created: false, json: null, post: null }
  }

  const backfill: Backfill = {
    async fetch(uri, spend, keeping = {}) {
      const known = here(uri)
      if (known || identity.current()?.own(uri)) return known
      const fetched = await remote.document(uri, spend, keeping.as)
      return typeof fetched === 'string' ? null : keep(fetched.json, spend, keeping)
    },
    async item(item, host, spend, keeping = {}) {
      const uri = idOf(item)
      if (!uri) return null
      const known = here(uri)
      if (known) return known
      const whole = isObject(item) && hostOf(uri) === host && item.attributedTo !== undefined
      return whole ? keep(item, spend, keeping) : backfill.fetch(uri, spend, keeping)
    },
    async boost(activity, booster, boosterUri, spend, keeping = {}) {
      const uri = idOf(activity)
      const boosted = list(activity.object)[0]
      // A community announces what others did in it (FEP-1b12): the post is inside.
      const inner = isObject(boosted) && typesOf(boosted).some((type) => type === 'Create' || type === 'Update') ? boosted.object : boosted
      const objectUri = idOf(list(inner)[0])
      if (!uri || !objectUri || hostOf(uri) !== hostOf(boosterUri)) return null
      const post = await backfill.fetch(objectUri, spend)
      if (!post) return null
      const seen = visibilityOf(recipientsOf(activity.to), recipientsOf(activity.cc), booster.followersUri)
      const published = timeOf(activity.published, d.now())
      const boosting = {
        uri,
        accountId: booster.accountId,
        postId: post.id,
        published,
        visibility: seen === 'direct' ? 'private' : seen,
      } as const
      const quiet = (published ?? 0) < (keeping.homeSince ?? Infinity)
      const result = await d.store.groupCommit(() => receiveBoost(d, boosting, quiet ? { quietly: true } : { caughtUp: true }))
      return result && { created: result.created }
    },
  }
  return backfill
}
