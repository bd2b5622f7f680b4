import { join } from 'node:path'
import type * as E from 'electron'
import { isOurs } from './guards.ts'

/** A name that every file system takes: no folders, no control or reserved characters, no leading dot, at most 120 characters. */
export function fileName(given: string): string {
  const bare = given
    // eslint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u001f\u007f-\u009f<>:"/\\|?*\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '_')
    .replaceAll(/^[.\s]+|[.\s]+$/g, '')
  if (bare === '') return 'file'
  const dot = bare.lastIndexOf('.')
  const ending = dot > 0 && bare.length - dot <= 12 ? bare.slice(dot) : ''
  const stem = (ending ? bare.slice(0, dot) : bare).slice(0, 119 - ending.length)
  // Windows looks at what stands before the first dot; half of a letter is none.
  const safe = /^(con|prn|aux|nul|com\d|lpt\d)\s*(\.|$)/i.test(stem) ? `_${stem}` : stem
  return safe.toWellFormed().replaceAll('\ufffd', '_') + ending.toWellFormed().replaceAll('\ufffd', '_')
}

/**
 * Files that the person saves: always asked where to, never opened, seen as progress on the icon. Only what our own listener serves or the
 * page made itself may be saved.
 */
export function watchDownloads(parts: {
  session: Pick<E.Session, 'on'>
  folder: () => string
  origin: () => string | null
  progress: (share: number) => void
}): void {
  const running = new Map<E.DownloadItem, number>()
  const tell = () => {
    const shares = [...running.values()]
    // -1 takes the bar away.
    parts.progress(shares.length === 0 ? -1 : shares.reduce((sum, share) => sum + share, 0) / shares.length)
  }
  parts.session.on('will-download', (event, item) => {
    const url = item.getURL()
    if (!isOurs(url.startsWith('blob:') ? url.slice(5) : url, parts.origin())) {
      event.preventDefault()
      return
    }
    item.setSaveDialogOptions({ defaultPath: join(parts.folder(), fileName(item.getFilename())) })
    running.set(item, 0)
    item.on('updated', () => {
      const all = item.getTotalBytes()
      running.set(item, all > 0 ? item.getReceivedBytes() / all : 0)
      tell()
    })
    item.once('done', () => {
      running.delete(item)
      tell()
    })
  })
}
