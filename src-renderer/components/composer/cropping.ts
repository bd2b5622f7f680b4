/** A part of a picture, in shares of it, from its top left. */
export interface Frame {
  x: number
  y: number
  width: number
  height: number
}

/** The frame inside the picture, with that ratio of its sides if there is one (in shares of the picture, not in pixels). */
export function fitted(frame: Frame, ratio: number | null): Frame {
  let { x, y, width, height } = frame
  if (ratio !== null) {
    if (width / height > ratio) width = height * ratio
    else height = width / ratio
  }
  const scale = Math.min(1, 1 / width, 1 / height)
  width *= scale
  height *= scale
  x = Math.max(0, Math.min(1 - width, x))
  y = Math.max(0, Math.min(1 - height, y))
  return { x, y, width, height }
}

/** The picture cut to the frame, as a file of the same kind; null when this window cannot draw it. */
export async function cut(image: HTMLImageElement, frame: Frame, file: File): Promise<File | null> {
  const { naturalWidth, naturalHeight } = image
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(naturalWidth * frame.width))
  canvas.height = Math.max(1, Math.round(naturalHeight * frame.height))
  const context = canvas.getContext('2d')
  if (!context || naturalWidth === 0) return null
  context.drawImage(image, -Math.round(naturalWidth * frame.x), -Math.round(naturalHeight * frame.y))
  const type = file.type === 'image/png' || file.type === 'image/webp' ? file.type : 'image/jpeg'
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, 0.92))
  return blob && new File([blob], file.name, { type: blob.type })
}
