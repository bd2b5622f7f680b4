import { AppError } from '../domain/errors.ts'
import { MediaError, processImage, processProfileImage } from '../media/images.ts'
import type { Images } from '../domain/ports.ts'

/** The media room behind the port that the client API knows: its sentences and codes become AppErrors. */
export const images: Images = {
  process: (bytes) => asAppError(() => processImage(bytes)),
  processProfile: (bytes, shape) => asAppError(() => processProfileImage(bytes, shape)),
}

/** Runs work of the media room; its sentences and codes become AppErrors. */
export async function asAppError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof MediaError)) throw error
    const { code, sentence, params } = error
    throw new AppError(code === 'busy' ? 'unavailable' : 'invalid', sentence, { reason: code, params, cause: error })
  }
}
