import { mediaById } from '../domain/media.ts'
import { NetError } from '../net/index.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log, RemoteFilm } from '../domain/ports.ts'
import type { MediaFile } from '../domain/types.ts'
import type { Net } from '../net/index.ts'

/**
 * Others' films are large, and seldom seen to the end: they are fetched in parts of one size, each when somebody looks at it, and the parts are kept in the cache
 * like any other copy. No film is ever loaded whole to show its beginning.
 */

export const PART_BYTES = 4 * 1024 * 1024
/** A server that does not know about parts gives the whole film: then it is a copy like a picture, up to here. */
const MAX_WHOLE = 40 * 1024 * 1024
/** No camera makes a post of more. */
const MAX_FILM = 8 * 1024 ** 3
/** Facts are kept so many films long. */
const KNOWN = 1_000

const LARGE_MS = 3600_000

interface Facts {
  mime: string
  size: number
}
type Described = (name: string) => Promise<{ path: string; mime: string; bytes: number } | null>

export function openRemoteFilms(parts: {
  domain: Domain
  net: Net
  log: Log
  described: Described
  hasFailed: (mediaId: number) => boolean
  remember: (mediaId: number) => void
}): { film(mediaId: number): Promise<RemoteFilm> } {
  const { domain: d, net, log, described, hasFailed, remember } = parts
  const { cache } = d.store
  const known = new Map<number, Facts>()
  /** Until when it is known that they are too large. */
  const large = new Map<number, number>()
  const pending = new Map<string, Promise<unknown>>()

  /** Who asks for the same at the same time waits for the same. */
  function once<T>(name: string, work: () => Promise<T>): Promise<T> {
    const running = pending.get(name) as Promise<T> | undefined
    if (running) return running
    const started = work().finally(() => pending.delete(name))
    pending.set(name, started)
    return started
  }

  async function film(mediaId: number): Promise<RemoteFilm> {
    const file = mediaById(d, mediaId)
    if (!file || file.own || !file.remoteUrl) return 'none'
    if ((file.kind !== 'video' && file.kind !== 'audio') || (await cache.get(`media:${file.id}`))) return 'whole'
    if (hasFailed(mediaId)) return 'none'
    if ((large.get(mediaId) ?? 0) > d.now()) return 'too-large'
    try {
      const facts = known.get(mediaId) ?? (await once(`${mediaId}`, () => begin(file)))
      if (typeof facts === 'string') return facts
      return { ...facts, part: (start) => part(file, facts, start) }
    } catch (error) {
      log.debug({ media: mediaId, error: (error as Error).message }, 'a remote film could not be had')
      if (error instanceof NetError && error.code === 'too-large') {
        if (large.size >= KNOWN) large.clear()
        large.set(mediaId, d.now() + LARGE_MS)
        return 'too-large'
      }
      if (error instanceof NetError && !error.ours) remember(mediaId)
      return 'none'
    }
  }

  /** Fetches the first part, which says what the film is and how large. */
  async function begin(file: MediaFile): Promise<Facts | 'whole' | 'none'> {
    const answer = await ask(file, 0, MAX_WHOLE)
    const range = answer.status === 206 ? rangeOf(answer.headers['content-range']) : null
    // Not asked in parts, or all of it in one.
    const whole = answer.status !== 206 || (range?.start === 0 && range.end === range.size - 1)
    const name = whole ? `media:${file.id}` : partName(file.id, 0)
    const fitting = whole || (range?.start === 0 && range.end === PART_BYTES - 1 && range.size <= MAX_FILM)
    if (!fitting) {
      answer.body.destroy()
      throw new NetError('too-large', 'The parts of the film are not those that were asked for', { url: answer.url })
    }
    await cache.put(name, answer.body)
    const head = await described(name)
    if (!head || (range && head.bytes !== range.end + 1)) {
      await cache.remove(name)
      remember(file.id)
      return 'none'
    }
    if (whole || !range) return 'whole'
    const facts = { mime: head.mime, size: range.size }
    if (known.size >= KNOWN) known.delete(known.keys().next().value as number)
    known.set(file.id, facts)
    return facts
  }

  /** The part that a byte lies in, from the cache or its server; null if it cannot be had (any more). */
  async function part(file: MediaFile, facts: Facts, at: number): Promise<{ path: string; start: number; end: number } | null> {
    const number = Math.floor(at / PART_BYTES)
    const start = number * PART_BYTES
    const end = Math.min(facts.size, start + PART_BYTES) - 1
    const name = partName(file.id, number)
    return once(name, async () => {
      try {
        const held = await cache.get(name)
        if (held?.size === end - start + 1) return { path: held.path, start, end }
        const answer = await ask(file, number, PART_BYTES)
        const range = answer.status === 206 ? rangeOf(answer.headers['content-range']) : null
        if (range?.start !== start || range.end !== end || range.size !== facts.size) {
          // It is another film by now.
          answer.body.destroy()
          known.delete(file.id)
          return null
        }
        await cache.put(name, answer.body)
        const fresh = await cache.get(name)
        return fresh?.size === end - start + 1 ? { path: fresh.path, start, end } : null
      } catch (error) {
        log.debug({ media: file.id, error: (error as Error).message }, 'a part of a remote film could not be had')
        return null
      }
    })
  }

  const ask = (file: MediaFile, number: number, maxBytes: number) =>
    net.stream(file.remoteUrl as string, {
      headers: { range: `bytes=${number * PART_BYTES}-${(number + 1) * PART_BYTES - 1}` },
      maxBytes,
      redirects: 3,
    })

  return { film }
}

/** The name of a part in the cache. */
export const partName = (mediaId: number, number: number) => `media:${mediaId}:${number}`

/** `bytes 0-4194303/300000000` (RFC 9110, 14.4). */
function rangeOf(header: string | undefined): { start: number; end: number; size: number } | null {
  const [, start, end, size] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(header ?? '') ?? []
  return start === undefined ? null : { start: Number(start), end: Number(end), size: Number(size) }
}
