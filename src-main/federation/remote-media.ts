import { keptCopies } from '../domain/films.ts'
import { mediaById } from '../domain/media.ts'
import { NetError } from '../net/index.ts'
import { openRemoteFilms, PART_BYTES, partName } from './remote-films.ts'
import type { Domain } from '../domain/domain.ts'
import type { Log, RemoteMedia } from '../domain/ports.ts'
import type { Net } from '../net/index.ts'

/**
 * Others' pictures for the owner's eyes: fetched by `net`, sniffed, capped, kept as bytes in the cache, never decoded here (design 11).
 * Our address carries an id of ours; which URL it stands for is nobody's to choose.
 */

const MIB = 1024 * 1024
/** Rule 24. An emoji over 256 KiB is refused by Mastodon too. */
const MAX_BYTES = { avatar: 8 * MIB, header: 8 * MIB, emoji: MIB / 4, other: 40 * MIB }
const KEPT_PARTS = MAX_BYTES.other / PART_BYTES
/** What could not be had is not asked for again at once. */
const FAILED_MS = 10 * 60_000
const SNIFFED = 4_096

/** What the bytes are, by their first ones; null for what is never served. */
export type Sniff = (bytes: Uint8Array) => { mime: string; servable: boolean } | null

type Opened = { path: string; mime: string; bytes: number } | null

export function openRemoteMedia(parts: { domain: Domain; net: Net; sniff: Sniff; log: Log }): RemoteMedia {
  const { domain: d, net, sniff, log } = parts
  const { cache } = d.store
  const pending = new Map<number, Promise<Opened>>()
  const failed = new Map<number, number>()

  async function read(mediaId: number): Promise<Opened> {
    const file = mediaById(d, mediaId)
    if (!file || file.own || !file.remoteUrl) return null
    const name = `media:${file.id}`
    try {
      const held = await described(name)
      if (held) return held
      if (hasFailed(mediaId)) return null
      const maxBytes = file.kind === 'avatar' || file.kind === 'header' || file.kind === 'emoji' ? MAX_BYTES[file.kind] : MAX_BYTES.other
      const answer = await net.stream(file.remoteUrl, { maxBytes, redirects: 3 })
      await cache.put(name, answer.body)
      const fresh = await described(name)
      if (fresh) return fresh
      await cache.remove(name)
      remember(mediaId)
      return null
    } catch (error) {
      log.debug({ media: mediaId, error: (error as Error).message }, 'a remote file could not be had')
      if (error instanceof NetError && !error.ours) remember(mediaId)
      return null
    }
  }

  const hasFailed = (mediaId: number) => (failed.get(mediaId) ?? -FAILED_MS) > d.now() - FAILED_MS

  function remember(mediaId: number): void {
    if (failed.size > 5_000) failed.clear()
    failed.set(mediaId, d.now())
  }

  /** What is in the cache under a name, if it is something we serve: decided by its first bytes, never by what its server called it. */
  async function described(name: string): Promise<Opened> {
    const held = await cache.get(name)
    if (!held || held.size === 0) return null
    const head = await cache.get(name, { start: 0, end: SNIFFED - 1 })
    if (!head) return null
    const chunks: Buffer[] = []
    for await (const chunk of head.stream()) chunks.push(chunk as Buffer)
    const type = sniff(Buffer.concat(chunks))
    return type?.servable ? { path: head.path, mime: type.mime, bytes: head.size } : null
  }

  // What is bookmarked stays; of films as much as a copy may be.
  cache.keep(() =>
    keptCopies(d).flatMap(({ id, film }) => [
      `media:${id}`,
      ...(film ? Array.from({ length: KEPT_PARTS }, (_, n) => partName(id, n)) : []),
    ]),
  )
  const films = openRemoteFilms({ domain: d, net, log, described, hasFailed, remember })
  return {
    film: films.film,
    open(mediaId) {
      const running = pending.get(mediaId)
      if (running) return running
      const started = read(mediaId).finally(() => pending.delete(mediaId))
      pending.set(mediaId, started)
      return started
    },
  }
}
