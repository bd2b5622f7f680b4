import { pipeline, Transform, type Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { NetError } from './error.ts'

/** From this size on, a body that grew more than {@link bombRatio} times when it was unpacked is refused. JSON shrinks 5 to 20 times. */
const bombFloor = 131_072
const bombRatio = 100

/**
 * Reads a response body to its end, unpacked (gzip, br), with a hard cut at `maxBytes` after unpacking and a guard against bombs
 * (rule 24). The source is destroyed on every error.
 * @throws {NetError} `too-large`, `encoding`; stream errors as they come
 */
export async function readBody(source: Readable, contentEncoding: string | undefined, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    const decoder = decoderFor(contentEncoding)
    const wire = capped(maxBytes)
    const unpacked = decoder ? pipeline([source, wire.stream, decoder], () => undefined) : pipeline([source, wire.stream], () => undefined)
    for await (const chunk of unpacked as unknown as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw new NetError('too-large', `The response is larger than ${maxBytes} bytes`)
      if (decoder && size > bombFloor && size > wire.bytes() * bombRatio)
        throw new NetError('too-large', 'The response unpacks to far too much')
      chunks.push(chunk)
    }
  } finally {
    source.destroy()
  }
  return Buffer.concat(chunks, size)
}

/** A stream that passes on at most `maxBytes` and then ends with `too-large`. */
export function capped(maxBytes: number): { stream: Transform; bytes: () => number } {
  let size = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size > maxBytes) done(new NetError('too-large', `The response is larger than ${maxBytes} bytes`))
      else done(null, chunk)
    },
  })
  return { stream, bytes: () => size }
}

function decoderFor(contentEncoding: string | undefined): Transform | null {
  switch (contentEncoding?.trim().toLowerCase() ?? '') {
    case '':
    case 'identity':
      return null
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'br':
      return createBrotliDecompress()
    default:
      throw new NetError('encoding', 'The response is compressed in a way that was not asked for')
  }
}
