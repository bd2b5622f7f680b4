/**
 * What encoders and cameras write into the streams themselves, beside the tags of the container: settings, dates, places, comments. These functions take it out
 * without touching a picture or a sound. They never throw: what they cannot read is for the decoder to refuse.
 */

const AVC_SEI = 6
/** "user_data_unregistered" (ITU-T H.264, D.1.7): x264's settings, and the place, date and camera of AVCHD and of drones. */
const UNREGISTERED = 5

/** A frame of H.264 (NAL units behind lengths of `lengthSize` bytes) without user data and without units of unspecified types. */
export function cleanAvcFrame(frame: Uint8Array, lengthSize: number): Uint8Array {
  const units: Uint8Array[] = []
  let changed = false
  for (let at = 0; at + lengthSize <= frame.length;) {
    let length = 0
    for (let i = 0; i < lengthSize; i++) length = length * 256 + (frame[at + i] ?? 0)
    const start = at + lengthSize
    if (start + length > frame.length) return frame
    const unit = frame.subarray(start, start + length)
    at = start + length
    const type = (unit[0] ?? 0) & 0x1f
    const kept = type === AVC_SEI ? cleanSei(unit) : type >= 24 ? null : unit
    if (kept !== unit) changed = true
    if (kept) units.push(kept)
  }
  if (!changed) return frame
  const size = units.reduce((sum, unit) => sum + lengthSize + unit.length, 0)
  const out = new Uint8Array(size)
  let at = 0
  for (const unit of units) {
    for (let i = 0; i < lengthSize; i++) out[at + i] = Math.floor(unit.length / 256 ** (lengthSize - 1 - i)) & 0xff
    out.set(unit, at + lengthSize)
    at += lengthSize + unit.length
  }
  return out
}

/** The unit itself if nothing has to go, null if nothing is left. */
function cleanSei(unit: Uint8Array): Uint8Array | null {
  const plain = unescape(unit.subarray(1))
  const kept: Uint8Array[] = []
  let dropped = false
  let at = 0
  // The last byte is the stop bit.
  while (at < plain.length - 1) {
    const start = at
    let type = 0
    while (plain[at] === 0xff) ((type += 255), at++)
    type += plain[at++] ?? 0
    let size = 0
    while (plain[at] === 0xff) ((size += 255), at++)
    size += plain[at++] ?? 0
    if (at + size > plain.length) return null
    if (type === UNREGISTERED) dropped = true
    else kept.push(plain.subarray(start, at + size))
    at += size
  }
  if (!dropped) return unit
  if (kept.length === 0) return null
  return escape(unit[0] ?? AVC_SEI, Buffer.concat([...kept, Buffer.of(0x80)]))
}

/** Takes out the bytes that keep a unit from looking like a start code (ITU-T H.264, 7.4.1.1). */
function unescape(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length)
  let length = 0
  let zeros = 0
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0
      continue
    }
    out[length++] = byte
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return out.subarray(0, length)
}

function escape(head: number, bytes: Uint8Array): Uint8Array {
  const out = [head]
  let zeros = 0
  for (const byte of bytes) {
    if (zeros >= 2 && byte <= 3) {
      out.push(3)
      zeros = 0
    }
    out.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return Uint8Array.from(out)
}

/** Bytes of the length before each unit, from an AVCDecoderConfigurationRecord (ISO/IEC 14496-15); null if it is none. */
export function avcLengthSize(description: Uint8Array): number | null {
  return description.length >= 7 && description[0] === 1 ? ((description[4] ?? 0) & 3) + 1 : null
}

const STREAM_INFO_END = 4 + 4 + 34

/** FLAC's description with its STREAMINFO alone: the blocks behind it are comments, pictures, cue sheets. Null if it is none. */
export function cleanFlacDescription(description: Uint8Array): Uint8Array | null {
  if (description.length < STREAM_INFO_END || Buffer.from(description.subarray(0, 4)).toString('latin1') !== 'fLaC') return null
  const clean = Uint8Array.from(description.subarray(0, STREAM_INFO_END))
  if (((clean[4] ?? 0) & 0x7f) !== 0) return null
  // The last block there is.
  clean[4] = 0x80
  return clean
}

const EMPTY_COMMENTS = Buffer.concat([Buffer.from('\x03vorbis', 'latin1'), Buffer.alloc(8), Buffer.of(1)])

/** Vorbis' three headers in Xiph lacing with an empty second one: that is where its comments are. Null if they are none. */
export function cleanVorbisDescription(description: Uint8Array): Uint8Array | null {
  if (description[0] !== 2) return null
  let at = 1
  const length = (): number => {
    let size = 0
    for (;;) {
      const byte = description[at++]
      if (byte === undefined) return Number.POSITIVE_INFINITY
      size += byte
      if (byte < 255) return size
    }
  }
  const first = length()
  const second = length()
  if (at + first + second >= description.length) return null
  const lace = (size: number) => Buffer.concat([Buffer.alloc(Math.floor(size / 255), 255), Buffer.of(size % 255)])
  return Buffer.concat([
    Buffer.of(2),
    lace(first),
    lace(EMPTY_COMMENTS.length),
    description.subarray(at, at + first),
    EMPTY_COMMENTS,
    description.subarray(at + first + second),
  ])
}
