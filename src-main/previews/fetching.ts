import { openHeadReader } from './page.ts'
import { NetError, parseMediaType } from '../net/index.ts'
import type { Embed } from './facts.ts'
import type { PageHead } from './page.ts'
import type { Net } from '../net/index.ts'

/** Pages and their oEmbed descriptions, by `net` alone: no private address, three redirects, a time limit on everything (rules 19 to 25). */

const HTML = ['text/html', 'application/xhtml+xml']
const ACCEPT = 'text/html, application/xhtml+xml;q=0.9'
/** So much of a page is read; its head is near the beginning. */
const MAX_BYTES = 1_048_576
/** Larger answers than this are not opened at all. */
const MOST_BYTES = 64 * MAX_BYTES
const TOTAL_MS = 15_000

export interface FetchedPage {
  /** The address that answered. */
  url: string
  head: PageHead
}

/** Reads the head of a page, or with `whole` its links too. @throws NetError */
export async function readPage(net: Net, address: string, options: { whole?: boolean; signal: AbortSignal }): Promise<FetchedPage> {
  const whole = options.whole ?? false
  const given = { accept: ACCEPT, types: HTML, redirects: 3, totalMs: TOTAL_MS, signal: options.signal }
  try {
    const { url, headers, body } = await net.stream(address, { ...given, maxBytes: MOST_BYTES })
    const reader = openHeadReader(charsetOf(headers), whole)
    let read = 0
    // Leaving the loop ends the download.
    for await (const chunk of body as AsyncIterable<Buffer>) {
      reader.write(chunk.subarray(0, MAX_BYTES - read))
      read += chunk.length
      if (reader.done || read >= MAX_BYTES) break
    }
    return { url, head: reader.end() }
  } catch (error) {
    // Some servers compress although they were asked not to.
    if (!(error instanceof NetError) || error.code !== 'encoding') throw error
    const { url, headers, body, status } = await net.get(address, { ...given, maxBytes: MAX_BYTES })
    if (status < 200 || status > 299) throw new NetError('http-status', `The page answers ${status}`, { url, status })
    const reader = openHeadReader(charsetOf(headers), whole)
    reader.write(body)
    return { url, head: reader.end() }
  }
}

const charsetOf = (headers: Record<string, string>): string | null =>
  parseMediaType(headers['content-type'])?.parameters.get('charset')?.toLowerCase() ?? null

/** A page's description of itself; null if it cannot be had: the card does without. Its `html` is never looked at. */
export async function readEmbed(net: Net, page: FetchedPage, signal: AbortSignal): Promise<Embed | null> {
  const address = page.head.oembed === null ? null : URL.parse(page.head.oembed, page.url)
  if (address?.protocol !== 'https:' && address?.protocol !== 'http:') return null
  try {
    const { json } = await net.getJson(address.href, {
      accept: 'application/json',
      types: ['application/json', 'application/json+oembed', 'text/json'],
      maxBytes: 131_072,
      redirects: 3,
      totalMs: TOTAL_MS,
      signal,
    })
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Embed) : null
  } catch {
    return null
  }
}
