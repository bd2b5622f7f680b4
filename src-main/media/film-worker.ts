/**
 * The thread in which one film or sound of the owner's is written anew. It ends with its work, or is ended: whatever a hostile file makes of it, the server goes
 * on. Built as `film.js`.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { MediaError } from './errors.ts'
import { remux } from './remux.ts'
import type { MediaErrorCode } from './errors.ts'
import type { Remuxed } from './remux.ts'

/** What the thread is started with: `mime` is what the first bytes said. */
export interface FilmJob {
  path: string
  mime: string
  into: string
}
export type FilmAnswer =
  { remuxed: Remuxed } | { code: MediaErrorCode; sentence: string; params: Record<string, string | number>; cause: string }

const { path, mime, into } = workerData as FilmJob
try {
  answer({ remuxed: await remux(path, mime, into) })
} catch (error) {
  const known =
    error instanceof MediaError
      ? error
      : new MediaError('damaged', 'This file is damaged or incomplete and cannot be read.', { cause: error })
  answer({ code: known.code, sentence: known.sentence, params: known.params, cause: String(known.cause ?? '') })
}

function answer(message: FilmAnswer): void {
  parentPort?.postMessage(message)
}
