/**
 * Pictures that move, held still until somebody points at them. Whether a file moves is read from its first bytes; its first frame is drawn
 * once for all places it stands in.
 */

/** So many stills are kept; one that was let go of is drawn again. */
const MOST = 400
/** Enough of a file to tell. */
const HEAD = 65_536

/** Where bytes come from: given by main.ts, since this room fetches nothing. */
let bytesOf: (url: string) => Promise<Blob> = () => Promise.reject(new Error('nothing to fetch with'))
export const fetchStillsWith = (fetcher: typeof bytesOf): void => {
  bytesOf = fetcher
}

const known = new Map<string, string>()
const asked = new Map<string, Promise<string>>()

const has = (bytes: Uint8Array, text: string, from = 0, to = bytes.length): boolean => {
  const first = text.charCodeAt(0)
  for (let at = from; at <= Math.min(to, bytes.length) - text.length; at++) {
    if (bytes[at] !== first) continue
    let same = 1
    while (same < text.length && bytes[at + same] === text.charCodeAt(same)) same++
    if (same === text.length) return true
  }
  return false
}

/** Whether a GIF, PNG, WebP or AVIF has more than one frame, by its first bytes. */
export function moves(head: Uint8Array): boolean {
  if (has(head, 'GIF8', 0, 4)) return has(head, 'NETSCAPE2.0') || has(head, 'ANIMEXTS1.0')
  if (has(head, 'PNG', 1, 4)) return has(head, 'acTL')
  if (has(head, 'RIFF', 0, 4) && has(head, 'WEBP', 8, 12)) return has(head, 'VP8X', 12, 16) && ((head[20] ?? 0) & 2) === 2
  return has(head, 'ftypavis', 4, 12)
}

const draw = async (url: string): Promise<string> => {
  const file = await bytesOf(url)
  if (!moves(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()))) return url
  const frame = await createImageBitmap(file)
  const canvas = document.createElement('canvas')
  canvas.width = frame.width
  canvas.height = frame.height
  canvas.getContext('2d')?.drawImage(frame, 0, 0)
  frame.close()
  const still = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve))
  return still ? URL.createObjectURL(still) : url
}

/** The address of a picture's first frame; its own address if it does not move, or cannot be had. */
export function stillOf(url: string): Promise<string> {
  const waiting = asked.get(url)
  if (waiting) return waiting
  const still = draw(url)
    .catch(() => url)
    .then((address) => {
      known.set(url, address)
      if (known.size > MOST) {
        const [oldest, drawn] = known.entries().next().value ?? ['', '']
        known.delete(oldest)
        asked.delete(oldest)
        if (drawn !== oldest) URL.revokeObjectURL(drawn)
      }
      return address
    })
  asked.set(url, still)
  return still
}

/** Shows a picture as its first frame. `stir` sets it moving, `settle` holds it again. */
export function hold(image: HTMLImageElement, url: string): void {
  const show = (still: string) => {
    image.src = still
    if (still === url) return
    image.dataset['still'] = still
    image.dataset['moving'] = url
  }
  const still = known.get(url)
  if (still === undefined) void stillOf(url).then(show)
  else show(still)
}

const each = (root: ParentNode, part: 'still' | 'moving') => {
  for (const image of root.querySelectorAll<HTMLImageElement>('img[data-moving]')) image.src = image.dataset[part] ?? image.src
}

/** Sets in motion what is held still below `root`. */
export const stir = (root: ParentNode): void => each(root, 'moving')
/** Holds it still again. */
export const settle = (root: ParentNode): void => each(root, 'still')
