import { postByUri, receivePost } from '../domain/posts.ts'
import { budget } from './fetching.ts'
import { storable } from './posts.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'
import type { IdentityHolder } from './identity.ts'
import type { Remote } from './remote.ts'

/** Parents of posts that came in without them, fetched in the background and adopted as they come (rule 28). */
export interface Threads {
  /** A post answers one that is not here. Returns at once; asking twice for the same one is asking once. */
  want(uri: string): void
  /** Resolves when nothing is being fetched any more. */
  settled(): Promise<void>
  stop(): void
}

/** Parents of one post are looked for so far up, with so many requests in all. */
const MAX_ANCESTORS = 20
const REQUESTS = 40
const AT_ONCE = 4
/** More threads than this at once is a flood: later ones are shown without what they answer. */
const MAX_WAITING = 500

export function openThreads(parts: { domain: Domain; remote: Remote; identity: IdentityHolder; log: Log }): Threads {
  const { domain: d, remote, identity, log } = parts
  const waiting = new Set<string>()
  const running = new Map<string, Promise<void>>()
  let stopped = false

  function next(): void {
    for (const uri of waiting) {
      if (stopped || running.size >= AT_ONCE) return
      waiting.delete(uri)
      const climbing = climb(uri)
        .catch((error: unknown) => log.debug({ uri, error: (error as Error).message }, 'a thread could not be followed upwards'))
        .finally(() => {
          running.delete(uri)
          next()
        })
      running.set(uri, climbing)
    }
  }

  async function climb(uri: string): Promise<void> {
    const spend = budget(REQUESTS)
    let wanted: string | null = uri
    for (let depth = 0; wanted && depth < MAX_ANCESTORS && !stopped; depth++) {
      const me = identity.current()
      if (!me || me.own(wanted) || postByUri(d, wanted)) return
      const found = await remote.post(wanted, spend)
      if (!found || found.post.visibility === 'direct' || found.author.blocking) return
      const { post, author } = found
      const stored = await d.store.groupCommit(() => receivePost(d, storable(d, me, post, author.accountId)))
      if (!stored?.created) return
      wanted = post.inReplyTo
    }
  }

  return {
    want(uri) {
      if (stopped || running.has(uri) || waiting.size >= MAX_WAITING) return
      waiting.add(uri)
      next()
    },
    async settled() {
      while (running.size > 0) await Promise.all(running.values())
    },
    stop() {
      stopped = true
      waiting.clear()
    },
  }
}
