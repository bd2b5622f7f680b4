import { blurhashOf, loadSharp, PREVIEW_AREA, write } from './images.ts'
import type { ImageFile } from './images.ts'

/** The night blue and the lamp of the window (look/tokens.css). */
const ABOVE = [44, 58, 74] as const
const BELOW = [24, 32, 43] as const
const SIGN = [238, 241, 245] as const
/** Of the shorter side. */
const RADIUS = 0.17

/**
 * A picture for a film of which none is known: a sign to play it, in the film's shape, at most 640 × 360 pixels. It is drawn here and tells nothing of the film:
 * films are never decoded by us.
 */
export async function drawPoster(shape: { width: number; height: number }): Promise<ImageFile & { blurhash: string }> {
  const sharp = await loadSharp()
  const scale = Math.min(1, Math.sqrt(PREVIEW_AREA / (shape.width * shape.height)))
  const width = Math.max(16, Math.round(shape.width * scale))
  const height = Math.max(16, Math.round(shape.height * scale))
  const pixels = Buffer.alloc(width * height * 3)
  const radius = Math.min(width, height) * RADIUS
  for (let y = 0; y < height; y++) {
    const depth = y / height
    for (let x = 0; x < width; x++) {
      const sign = signAt(x + 0.5 - width / 2, y + 0.5 - height / 2, radius)
      for (let part = 0; part < 3; part++) {
        const ground = (ABOVE[part] ?? 0) * (1 - depth) + (BELOW[part] ?? 0) * depth
        pixels[(y * width + x) * 3 + part] = Math.round(ground * (1 - sign) + (SIGN[part] ?? 0) * sign)
      }
    }
  }
  const picture = await write(sharp(pixels, { raw: { width, height, channels: 3 } }).webp({ quality: 82 }))
  return { ...picture, blurhash: await blurhashOf(sharp, picture) }
}

/** How much of a pixel the sign covers, from 0 to 1: a ring, and a triangle in it. `x` and `y` from the middle. */
function signAt(x: number, y: number, radius: number): number {
  const far = Math.hypot(x, y)
  const ring = covered(radius - far) * covered(far - radius * 0.88)
  // Its tip points to where reading goes on in every player: to the right.
  const side = radius * 0.42
  const triangle = Math.min(covered(x + side * 0.72), covered(side * 1.15 - x - Math.abs(y) * 1.732 + side * 0.05))
  return Math.max(ring, triangle)
}

/** Soft over one pixel. */
const covered = (inside: number) => Math.min(1, Math.max(0, inside + 0.5))
