/**
 * Animations are copied frame by frame as they are, without what else their files carry: writing the frames anew takes a second of CPU per megapixel for GIF and
 * spoils the colours. These functions look at the structure only; whether the frames can be decoded is tried by the caller.
 */

/** Netscape's loop counter, the one application extension that a GIF needs (https://www.w3.org/Graphics/GIF/spec-gif89a.txt, appendix of browsers). */
const LOOPS = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0'])

/**
 * A GIF with its frames, delays and loop only: no comments, text, application data (XMP), reserved bits, nor anything after its end. Null if its structure is
 * broken or ends too soon. `size` is that of the frames as decoded: the canvas a file claims may be up to 65,535 pixels wide and is not checked by libvips.
 */
export function cleanGif(bytes: Buffer, size: { width: number; height: number }): Buffer | null {
  const start = Buffer.from('GIF89a\0\0\0\0', 'latin1')
  start.writeUInt16LE(size.width, 6)
  start.writeUInt16LE(size.height, 8)
  const kept: Buffer[] = [start]
  let offset = 13
  if (bytes.length < offset) return null
  const packed = bytes[10] ?? 0
  if (packed & 0x80) offset += 3 << ((packed & 7) + 1)
  kept.push(bytes.subarray(10, offset))

  /** The end of the sub-blocks that begin there, or null. */
  const skip = (from: number): number | null => {
    for (let at = from; at < bytes.length;) {
      const size = bytes[at] ?? 0
      at += size + 1
      if (size === 0) return at
    }
    return null
  }

  let frames = 0
  while (offset < bytes.length) {
    const block = bytes[offset]
    if (block === 0x3b) break
    if (block === 0x2c) {
      if (offset + 10 >= bytes.length) return null
      const local = bytes[offset + 9] ?? 0
      const data = offset + 10 + (local & 0x80 ? 3 << ((local & 7) + 1) : 0) + 1
      const end = skip(data)
      if (end === null) return null
      kept.push(bytes.subarray(offset, end))
      frames++
      offset = end
    } else if (block === 0x21) {
      const end = skip(offset + 2)
      if (end === null) return null
      const label = bytes[offset + 1]
      if (label === 0xf9) {
        if (bytes[offset + 2] !== 4 || end !== offset + 8) return null
        const control = Buffer.from(bytes.subarray(offset, end))
        control[3] = (control[3] ?? 0) & 0x1f
        kept.push(control)
      } else if (
        label === 0xff &&
        LOOPS.has(bytes.toString('latin1', offset + 3, offset + 14)) &&
        bytes[offset + 14] === 3 &&
        bytes[offset + 15] === 1
      ) {
        kept.push(bytes.subarray(offset, offset + 18), Buffer.of(0))
      }
      offset = end
    } else return null
  }
  // A lost end mark alone is common and harmless.
  return frames > 0 ? Buffer.concat([...kept, Buffer.of(0x3b)]) : null
}

const ANIMATION_PARTS = new Set(['VP8X', 'ANIM', 'ANMF'])
const FRAME_PARTS = new Set(['ALPH', 'VP8 ', 'VP8L'])

/**
 * An animated WebP with its frames, delays and loop only: no EXIF, XMP, colour profile, unknown chunks, nor anything after its end. Null if its structure is broken
 * or ends too soon (https://developers.google.com/speed/webp/docs/riff_container).
 */
export function cleanWebp(bytes: Buffer): Buffer | null {
  if (bytes.length < 12) return null
  const end = bytes.readUInt32LE(4) + 8
  if (end > bytes.length) return null
  const parts = chunks(bytes.subarray(12, end))
  if (!parts || parts[0]?.name !== 'VP8X' || parts[0].data.length !== 10 || !parts.some((part) => part.name === 'ANMF')) return null
  const kept: Buffer[] = []
  for (const { name, data } of parts) {
    if (!ANIMATION_PARTS.has(name)) continue
    if (name === 'VP8X') {
      const header = Buffer.from(data)
      // Animation and alpha stay; profile, EXIF and XMP are no longer there.
      header.writeUInt32LE((header[0] ?? 0) & 0x12, 0)
      kept.push(chunk(name, header))
    } else if (name === 'ANMF') {
      const frame = data.length > 16 ? chunks(data.subarray(16)) : null
      if (!frame) return null
      const needed = frame.filter((part) => FRAME_PARTS.has(part.name)).map((part) => chunk(part.name, part.data))
      kept.push(chunk(name, Buffer.concat([data.subarray(0, 16), ...needed])))
    } else kept.push(chunk(name, data))
  }
  return chunk('RIFF', Buffer.concat([Buffer.from('WEBP', 'latin1'), ...kept]))
}

/** The chunks of a RIFF list, or null if one ends beyond it. */
function chunks(bytes: Buffer): { name: string; data: Buffer }[] | null {
  const found: { name: string; data: Buffer }[] = []
  for (let offset = 0; offset < bytes.length;) {
    if (offset + 8 > bytes.length) return null
    const size = bytes.readUInt32LE(offset + 4)
    if (offset + 8 + size > bytes.length) return null
    found.push({ name: bytes.toString('latin1', offset, offset + 4), data: bytes.subarray(offset + 8, offset + 8 + size) })
    offset += 8 + size + (size & 1)
  }
  return found
}

function chunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(name, 'latin1')
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat(data.length & 1 ? [head, data, Buffer.of(0)] : [head, data])
}
