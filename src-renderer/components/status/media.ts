import type { App } from '../../state/context.ts'
import type { MediaAttachment } from '../../state/entities.ts'
import { m } from '../../locales/generated/messages.js'

/** What a file is to the eye, and how it stands in a grid. */

const FILM = /\.(mp4|webm|mov|ogv)(\?|$)/i
const MAY_MOVE = /\.(gif|webp|avif)(\?|$)/i

/** How a file is shown. A GIF is a film without sound on other servers, a picture of many frames on this one. */
export function drawnAs(one: MediaAttachment): 'picture' | 'film' | 'sound' | 'file' {
  if (one.type === 'audio') return 'sound'
  if (one.type === 'video') return 'film'
  if (one.type === 'gifv') return FILM.test(one.url ?? '') ? 'film' : 'picture'
  return one.type === 'image' ? 'picture' : 'file'
}

/** A picture that may have many frames: the first is shown until it is pointed at. */
export const mayMove = (one: MediaAttachment): boolean => one.type === 'gifv' || MAY_MOVE.test(one.url ?? '')

/** The picture that stands for a film; null when there is none and the film itself would be fetched. */
export const posterOf = (one: MediaAttachment): string | null => (one.previewUrl && one.previewUrl !== one.url ? one.previewUrl : null)

export const kindOf = (one: MediaAttachment): string =>
  one.type === 'video'
    ? m.media_video()
    : one.type === 'gifv'
      ? m.media_gif()
      : one.type === 'audio'
        ? m.media_audio()
        : one.type === 'unknown'
          ? m.media_file()
          : m.media_picture()

type Meta = { original?: { width?: number; height?: number }; focus?: { x: number; y: number }; bytes?: number }
const metaOf = (one: MediaAttachment): Meta => (one.meta ?? {}) as Meta

/** Width by height, between 3:4 and 21:9; 3:2 when nobody said. */
export function ratioOf(one: MediaAttachment): number {
  const size = metaOf(one).original
  const value = size?.width && size.height ? size.width / size.height : 3 / 2
  return Math.min(21 / 9, Math.max(3 / 4, value))
}

/** Where the eye should land when a picture is cut, for `object-position`. */
export function focalOf(one: MediaAttachment): string | undefined {
  const focus = metaOf(one).focus
  return focus ? `${(focus.x + 1) * 50}% ${(1 - focus.y) * 50}%` : undefined
}

/** Bytes of the file, where they are known. */
export const bytesOf = (one: MediaAttachment): number | null => metaOf(one).bytes ?? null

const CALM = '(prefers-reduced-motion: reduce)'

/** Whether what moves may do so once it is pointed at. */
export const motionAllowed = (app: App): boolean => {
  const { animate, motion } = app.settings.current
  return animate === 'hover' && motion === 'system' && !matchMedia(CALM).matches
}
