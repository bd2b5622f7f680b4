import { hostOf, idOf, isObject, list, text } from './mapping/read.ts'
import type { Asking, Budget } from './fetching.ts'
import type { Json } from './mapping/read.ts'
import type { Remote } from './remote.ts'

/**
 * Reading somebody's collection page by page. Whoever serves it can make it endless, circular or huge: no address is read twice, pages
 * stay on the host of the collection, a page that says nothing new ends it, and pages, items, bytes and time are bounded (rule 27).
 */

export interface PageLimits {
  pages: number
  items: number
  /** Of JSON, all pages together. */
  bytes: number
  /** Milliseconds from the first request. */
  time: number
}

export interface CollectionPage {
  /** The host that served it: what is embedded is believed only for this host (rule 5). */
  host: string
  items: unknown[]
  /** Address of the page after it, on the same host. */
  next: string | null
}

const ITEMS_PER_PAGE = 200

/**
 * The pages of a collection in its own order: an address, or a collection embedded in a document of `host`. Ends quietly where a limit is
 * reached or something is not there; errors of the network pass through.
 */
export async function* collectionPages(
  start: unknown,
  host: string,
  parts: { remote: Pick<Remote, 'page'>; spend: Budget; now: () => number; limits: PageLimits; as?: Asking },
): AsyncGenerator<CollectionPage, void, void> {
  const { remote, spend, now, limits, as = 'instance' } = parts
  const until = now() + limits.time
  const visited = new Set<string>()
  const seen = new Set<string>()
  let bytes = 0
  let pages = 0

  async function open(address: string): Promise<Json | null> {
    if (visited.has(address) || hostOf(address) !== host || pages >= limits.pages || now() > until || spend.left <= 0) return null
    visited.add(address)
    pages++
    const found = await remote.page(address, spend, as)
    if (!found || hostOf(found.url) !== host) return null
    bytes += JSON.stringify(found.json).length
    return bytes > limits.bytes ? null : found.json
  }

  let page: Json | null = isObject(start) ? start : idOf(start) ? await open(idOf(start) as string) : null
  if (page && items(page).length === 0 && page.first !== undefined) {
    page = isObject(page.first) ? page.first : idOf(page.first) ? await open(idOf(page.first) as string) : null
  }
  while (page) {
    const room = Math.max(0, limits.items - seen.size)
    const fresh = items(page)
      .slice(0, room)
      .filter((item) => isNew(item, seen))
    const next: string | null = text(idOf(page.next), 2_048)
    const onward = next !== null && hostOf(next) === host && !visited.has(next) ? next : null
    // Mastodon begins `replies` with an empty page that only leads on to the next one.
    const empty = items(page).length === 0
    if (fresh.length > 0 || empty) yield { host, items: fresh, next: onward }
    if (onward === null || seen.size >= limits.items || (fresh.length === 0 && (!empty || pages > 1))) return
    page = await open(onward)
  }
}

function items(page: Json): unknown[] {
  return list(page.orderedItems ?? page.items, ITEMS_PER_PAGE)
}

/** What has no address of its own (a boost in some outboxes) is told apart by what it speaks of. */
function isNew(item: unknown, seen: Set<string>): boolean {
  const id = idOf(item) ?? (isObject(item) ? idOf(list(item.object)[0]) : null)
  if (id === null || seen.has(id)) return false
  seen.add(id)
  return true
}
