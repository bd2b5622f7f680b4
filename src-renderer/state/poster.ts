/** Longest side of a poster, in pixels. */
const LONGEST = 1_280
/** A film that does not show a picture within this many milliseconds has none that this window can draw. */
const PATIENCE = 12_000

/**
 * The picture of a film near its beginning, as JPEG: what stands there until somebody presses play. Null when this window cannot decode
 * the film; the server then shows a neutral one.
 */
export async function drawPoster(film: string): Promise<Blob | null> {
  const video = document.createElement('video')
  video.muted = true
  video.preload = 'auto'
  video.src = film
  try {
    await told(video, 'loadeddata')
    // The very first picture of a film is often black.
    const at = Math.min(1, (Number.isFinite(video.duration) ? video.duration : 0) / 3)
    if (at > 0) {
      video.currentTime = at
      await told(video, 'seeked')
    }
    return await drawFrame(video)
  } catch {
    return null
  } finally {
    video.removeAttribute('src')
    video.load()
  }
}

/** What a film shows right now, as JPEG; null when there is nothing to draw. */
export function drawFrame(video: HTMLVideoElement): Promise<Blob | null> {
  const { videoWidth, videoHeight } = video
  if (videoWidth === 0 || videoHeight === 0) return Promise.resolve(null)
  const scale = Math.min(1, LONGEST / Math.max(videoWidth, videoHeight))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(videoWidth * scale))
  canvas.height = Math.max(1, Math.round(videoHeight * scale))
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85))
}

const told = (video: HTMLVideoElement, what: 'loadeddata' | 'seeked'): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The film shows nothing.')), PATIENCE)
    const done = (run: () => void) => () => {
      clearTimeout(timer)
      run()
    }
    video.addEventListener(what, done(resolve), { once: true })
    video.addEventListener(
      'error',
      done(() => reject(new Error('The film cannot be read.'))),
      { once: true },
    )
  })
