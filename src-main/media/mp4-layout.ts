import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

/**
 * The last step of an MP4: the index before the film, so that it plays while it still arrives, and no times of when it was made. Works on what our own muxer has
 * just written, a few boxes at the top level, and holds nothing but the index in memory.
 */

interface Box {
  name: string
  start: number
  /** Bytes of its head. */
  head: number
  size: number
}

/** Boxes that hold boxes, on the way to the ones that are changed. */
const HOLDERS = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl'])
const TIMED = new Set(['mvhd', 'tkhd', 'mdhd'])
const PIECE = 1024 * 1024

/** Writes the MP4 at `from`, whose index is at its end, to `into` with the index first. Throws for anything that is not laid out so. */
export async function putIndexFirst(from: string, into: string): Promise<void> {
  const source = await open(from, 'r')
  try {
    const boxes = await topLevel(source)
    const [ftyp, moov, mdat] = ['ftyp', 'moov', 'mdat'].map((name) => boxes.find((box) => box.name === name))
    if (!ftyp || !moov || !mdat || moov.start < mdat.start) throw new Error('unexpected layout of an MP4')
    const head = await part(source, ftyp)
    const index = await part(source, moov)
    const shift = head.length + index.length - mdat.start
    rewrite(index, 0, index.length, shift)
    const target = await open(into, 'wx', 0o600)
    try {
      await target.writeFile(Buffer.concat([head, index]))
      await copy(source, target, mdat)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function topLevel(file: FileHandle): Promise<Box[]> {
  const { size: end } = await file.stat()
  const boxes: Box[] = []
  const bytes = Buffer.alloc(16)
  for (let at = 0; at + 8 <= end && boxes.length < 16;) {
    await file.read(bytes, 0, 16, at)
    const short = bytes.readUInt32BE(0)
    const size = short === 1 ? Number(bytes.readBigUInt64BE(8)) : short === 0 ? end - at : short
    if (size < 8 || at + size > end) throw new Error('a box ends beyond its file')
    boxes.push({ name: bytes.toString('latin1', 4, 8), start: at, head: short === 1 ? 16 : 8, size })
    at += size
  }
  return boxes
}

async function part(file: FileHandle, box: Box): Promise<Buffer> {
  const bytes = Buffer.alloc(box.size)
  const { bytesRead } = await file.read(bytes, 0, box.size, box.start)
  if (bytesRead !== box.size) throw new Error('the file ended early')
  return bytes
}

async function copy(from: FileHandle, into: FileHandle, box: Box): Promise<void> {
  const piece = Buffer.alloc(PIECE)
  for (let done = 0; done < box.size;) {
    const { bytesRead } = await from.read(piece, 0, Math.min(PIECE, box.size - done), box.start + done)
    if (bytesRead === 0) throw new Error('the file ended early')
    await into.writeFile(piece.subarray(0, bytesRead))
    done += bytesRead
  }
}

/** Moves the chunk offsets and sets the times of making and changing to zero, which stands for unknown. */
function rewrite(bytes: Buffer, from: number, to: number, shift: number): void {
  for (let at = from; at + 8 <= to;) {
    const size = bytes.readUInt32BE(at)
    if (size < 8 || at + size > to) return
    const name = bytes.toString('latin1', at + 4, at + 8)
    if (HOLDERS.has(name)) rewrite(bytes, at + 8, at + size, shift)
    else if (TIMED.has(name)) bytes.fill(0, at + 12, at + 12 + (bytes[at + 8] === 1 ? 16 : 8))
    else if (name === 'stco') {
      const count = bytes.readUInt32BE(at + 12)
      for (let i = 0; i < count; i++) bytes.writeUInt32BE(bytes.readUInt32BE(at + 16 + i * 4) + shift, at + 16 + i * 4)
    } else if (name === 'co64') {
      const count = bytes.readUInt32BE(at + 12)
      for (let i = 0; i < count; i++) bytes.writeBigUInt64BE(bytes.readBigUInt64BE(at + 16 + i * 8) + BigInt(shift), at + 16 + i * 8)
    }
    at += size
  }
}
