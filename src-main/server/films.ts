import { AppError } from '../domain/errors.ts'
import { beginFilm, filmFailed, filmReady, postponeFilm, waitingFilms } from '../domain/films.ts'
import { mediaById, unusedBlobs } from '../domain/media.ts'
import { remuxFilm, sniffFile } from '../media/films.ts'
import { drawPoster } from '../media/poster.ts'
import { asAppError } from './images.ts'
import type { Domain } from '../domain/domain.ts'
import type { Poster } from '../domain/films.ts'
import type { Films, FilmWork, Log } from '../domain/ports.ts'

/** The media room behind the port. */
export const films: Films = {
  remux: (path, into, options) =>
    asAppError(async () => {
      const { kind, mime, bytes, width, height, duration, ...details } = await remuxFilm(path, into, options)
      return { kind, mime, bytes, width, height, duration, details }
    }),
}

export interface FilmQueue extends FilmWork {
  /** Takes up what a former run left. */
  start(): void
  /** No new one is begun; resolves when the running one has let go. */
  stop(): Promise<void>
}

/**
 * Makes waiting films ready, one after the other: each is written anew beside the store, then its row says so, then the file as it came is removed. A kill in
 * between leaves the row waiting and the file in its place; the next start begins it anew.
 */
export function openFilmQueue(parts: { domain: Domain; films?: Films; log: Log }): FilmQueue {
  const { domain: d, log } = parts
  const { blobs } = d.store
  const remux = (parts.films ?? films).remux
  const queue: number[] = []
  const settling = new Map<number, (() => void)[]>()
  let running: Promise<void> | null = null
  let stopped = false
  const ending = new AbortController()

  async function work(): Promise<void> {
    for (let id = queue.shift(); id !== undefined && !stopped; id = queue.shift()) {
      await make(id).catch((error: unknown) => log.error({ media: id, error: (error as Error).message }, 'a film was left waiting'))
      for (const done of settling.get(id) ?? []) done()
      settling.delete(id)
    }
    running = null
  }

  async function make(id: number): Promise<void> {
    const source = mediaById(d, id)?.blob ?? null
    const failing = (code: string) => filmFailed(d, id, code)
    try {
      if (!beginFilm(d, id)) return
      if (source === null || !(await blobs.has(source))) return failing('interrupted')
      const into = await blobs.temporary()
      ending.signal.throwIfAborted()
      const film = await remux(blobs.path(source), into, { signal: ending.signal })
      const blob = await blobs.keep(into)
      // A film may be shown before anybody has drawn its first picture.
      const poster = film.kind === 'video' && film.width && film.height ? await neutral(film.width, film.height) : null
      const { kind, mime, bytes, width, height, duration, details } = film
      filmReady(d, id, { kind, mime, bytes, width, height, duration, details, blob, poster })
      await removeUnused([blob, ...(poster ? [poster.blob] : [])])
    } catch (error) {
      // While the program ends, nothing is decided: the next start begins it anew.
      if (stopped) return postponeFilm(d, id)
      failing(codeOf(error))
      if (!(error instanceof AppError)) log.warn({ media: id, error: (error as Error).message }, 'a film could not be made ready')
    } finally {
      if (source !== null) await removeUnused([source])
    }
  }

  async function neutral(width: number, height: number): Promise<Poster> {
    const { bytes, ...picture } = await drawPoster({ width, height })
    return { ...picture, blob: await blobs.put(bytes) }
  }

  async function removeUnused(keys: string[]): Promise<void> {
    for (const key of unusedBlobs(d, keys)) await blobs.remove(key)
  }

  const begin = () => {
    if (!stopped && queue.length > 0) running ??= work()
  }
  return {
    async takes(path) {
      const kind = (await sniffFile(path))?.kind
      return kind === 'video' || kind === 'audio'
    },
    want(id) {
      if (!queue.includes(id)) queue.push(id)
      begin()
    },
    settled(id) {
      if (stopped || mediaById(d, id)?.state !== 'processing') return Promise.resolve()
      return new Promise((resolve) => settling.set(id, [...(settling.get(id) ?? []), resolve]))
    },
    start() {
      queue.push(...waitingFilms(d).filter((id) => !queue.includes(id)))
      begin()
    },
    async stop() {
      stopped = true
      queue.length = 0
      ending.abort()
      await running
      for (const waiting of settling.values()) for (const done of waiting) done()
      settling.clear()
    },
  }
}

/** A code for the row; what the sentence names goes along. */
function codeOf(error: unknown): string {
  const { code, reason, params } =
    error instanceof AppError ? error : { code: (error as { code?: unknown }).code, reason: null, params: {} }
  if (code === 'disk-full') return 'disk-full'
  const { codec } = params as { codec?: unknown }
  return `${reason ?? 'damaged'}${typeof codec === 'string' ? `:${codec}` : ''}`
}
