import { existsSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { MediaError } from './errors.ts'
import { sniff, SNIFF_BYTES } from './sniff.ts'
import type { FilmAnswer, FilmJob } from './film-worker.ts'
import type { Remuxed } from './remux.ts'

export type { Remuxed } from './remux.ts'

/** How long one film may take. 99 MB from a slow disk take some ten seconds. */
const DEADLINE_MS = 120_000
/** The tables of the longest film allowed fit in; what a hostile one makes of its claims does not, and the thread ends. */
const HEAP_MB = 320

export interface FilmLimits {
  deadlineMs?: number
  heapMb?: number
  /** Ends it before its time: it rejects with `too-slow`. */
  signal?: AbortSignal
  /** The file of the thread, where it is not beside this one. */
  worker?: URL
}

/** The file of the thread: beside the sources, or `film.js` of the build, which stands beside or above the chunk that asks. */
export function findFilmWorker(here: string): URL {
  if (here.endsWith('.ts')) {
    // Not a literal inside `new URL`: Vite would take it for an asset and move it.
    const source = './film-worker.ts'
    return new URL(source, here)
  }
  const url = ['./film.js', '../film.js'].map((place) => new URL(place, here)).find((place) => existsSync(fileURLToPath(place)))
  if (!url) throw new Error(`The program is incomplete: film.js is not beside ${fileURLToPath(here)}.`)
  return url
}

/** The type of a file on the disk, by its first bytes. Null: nothing that is known. */
export async function sniffFile(path: string): Promise<ReturnType<typeof sniff>> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(SNIFF_BYTES)
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    return sniff(head.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

/**
 * Writes the film or sound at `path` anew to `into`, without its tags and without decoding anything, in a thread of its own that is ended after its time or when
 * it takes too much memory. @throws MediaError whatever the bytes are; nothing is left at `into` then
 */
export async function remuxFilm(path: string, into: string, limits: FilmLimits = {}): Promise<Remuxed> {
  const mime = (await sniffFile(path))?.mime ?? 'unknown'
  try {
    return await inThread({ path, mime, into }, limits)
  } catch (error) {
    await Promise.all([rm(into, { force: true }), rm(`${into}.draft`, { force: true })])
    throw error
  }
}

function inThread(job: FilmJob, limits: FilmLimits): Promise<Remuxed> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(limits.worker ?? findFilmWorker(import.meta.url), {
      workerData: job,
      name: 'film',
      // The library warns of odd files on the console.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMb ?? HEAP_MB, maxYoungGenerationSizeMb: 16 },
    })
    const late = () => end(() => reject(new MediaError('too-slow', 'This file took too long to read.')))
    const deadline = setTimeout(late, limits.deadlineMs ?? DEADLINE_MS)
    let ended = false
    const end = (say: () => void) => {
      if (ended) return
      ended = true
      clearTimeout(deadline)
      limits.signal?.removeEventListener('abort', late)
      // The thread has let go of its files when this resolves.
      void worker.terminate().then(say, say)
    }
    if (limits.signal?.aborted) late()
    else limits.signal?.addEventListener('abort', late, { once: true })
    worker.stdout.resume()
    worker.stderr.resume()
    worker.once('message', (answer: FilmAnswer) =>
      end(() => {
        if ('remuxed' in answer) resolve(answer.remuxed)
        else reject(new MediaError(answer.code, answer.sentence, { params: answer.params, cause: answer.cause }))
      }),
    )
    const lost = (cause: unknown) =>
      end(() => reject(new MediaError('damaged', 'This file is damaged or incomplete and cannot be read.', { cause })))
    worker.once('error', lost)
    worker.once('exit', (code) => lost(new Error(`the thread ended with code ${code}`)))
  })
}
