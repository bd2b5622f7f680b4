import { fileAt } from '../../state/files.ts'
import type { Status } from '../../state/entities.ts'

/** Files of a post on their way out of the window: to the disk, or to the clipboard. */

/** `wren-hedgerow.example-2.jpg`: whose it is and which of them. */
export function fileName(post: Status, index: number): string {
  const url = post.mediaAttachments[index]?.url ?? ''
  const ending = /\.[a-z0-9]{2,5}(?=$|\?)/i.exec(url)?.[0] ?? ''
  const name = `${post.account.acct.replace('@', '-')}-${post.id.slice(-6)}-${index + 1}`
  return name.replace(/[^\p{L}\p{N}._-]/gu, '_') + ending
}

/** Has the browser, or the desktop shell, keep a file where it keeps downloads. */
export function saveFile(url: string, name: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  ;(document.querySelector('dialog[open]') ?? document.body).append(link)
  link.click()
  link.remove()
}

/** A picture as a PNG, the one type that clipboards take. */
export async function bytesOfPicture(url: string): Promise<Blob> {
  const frame = await createImageBitmap(await fileAt(url))
  const canvas = document.createElement('canvas')
  canvas.width = frame.width
  canvas.height = frame.height
  canvas.getContext('2d')?.drawImage(frame, 0, 0)
  frame.close()
  return new Promise((resolve, reject) =>
    canvas.toBlob((png) => (png ? resolve(png) : reject(new Error('no picture came of it'))), 'image/png'),
  )
}
