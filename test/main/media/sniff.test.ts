import { describe, expect, it } from 'vitest'
import { sniff, SNIFF_BYTES } from '../../../src-main/media/sniff.ts'
import { animatedWebp, avif, gif, halves, jpeg, png, webp } from './pictures.ts'

const latin = (text: string) => Buffer.from(text, 'latin1')
const box = (brands: string) => latin(`\0\0\0${String.fromCharCode(8 + brands.length)}ftyp${brands}`)
const oggPage = (codec: string) => latin(`OggS\0\x02${'\0'.repeat(20)}\x01\x1e${codec}`)
/** Two frames of MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes each. */
const mp3 = Buffer.alloc(900)
for (const offset of [0, 417]) mp3.set([0xff, 0xfb, 0x90, 0x00], offset)
const aac = Buffer.alloc(300)
for (const offset of [0, 100]) aac.set([0xff, 0xf1, 0x50, 0x80, 0x0c, 0x9f], offset)

describe('the type of a file by its bytes', () => {
  it.each([
    ['image/jpeg', jpeg],
    ['image/png', png],
    ['image/gif', gif],
    ['image/webp', webp],
    ['image/webp', animatedWebp],
    ['image/avif', avif],
  ])('%s as encoders write it', async (mime, make) => {
    expect(sniff(await make())).toEqual({ kind: 'image', mime, servable: true })
  })

  it.each([
    ['video/mp4', box('isom\0\0\x02\0isomiso2avc1mp41')],
    ['video/mp4', box('mp42\0\0\0\0mp42isom')],
    ['audio/mp4', box('M4A \0\0\0\0M4A mp42isom')],
    ['video/quicktime', box('qt  \0\0\x02\0qt  ')],
    ['video/3gpp', box('3gp4\0\0\0\0isom3gp4')],
    ['image/avif', box('avis\0\0\0\0avifavismsf1')],
    ['video/webm', latin('\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87\x81\x04')],
    ['audio/ogg', oggPage('OpusHead\x01\x02')],
    ['audio/ogg', oggPage('\x01vorbis\0\0')],
    ['video/ogg', oggPage('\x80theora\x03\x02')],
    ['audio/mpeg', latin('ID3\x04\0\0\0\0\x02\x01')],
    ['audio/mpeg', mp3],
    ['audio/aac', aac],
    ['audio/wav', latin('RIFF\x24\0\0\0WAVEfmt ')],
    ['audio/flac', latin('fLaC\0\0\0\x22')],
  ])('%s, which may be served', (mime, bytes) => {
    expect(sniff(bytes)).toEqual({ kind: mime.split('/')[0], mime, servable: true })
  })

  it.each([
    ['image/heic', box('heic\0\0\0\0mif1heic')],
    ['image/heic', box('mif1\0\0\0\0mif1heix')],
    ['image/bmp', latin('BM\x36\0\0\0\0\0\0\0\x36\0\0\0')],
    ['image/jxl', latin('\xff\x0a\x7f\0')],
    ['video/x-matroska', latin('\x1a\x45\xdf\xa3\x93B\x82\x88matroskaB\x87\x81\x04')],
  ])('%s, which is known and not served', (mime, bytes) => {
    expect(sniff(bytes)).toMatchObject({ mime, servable: false })
  })

  it('tiff is known and not served', async () => {
    expect(sniff(await halves(4, 4).tiff().toBuffer())).toMatchObject({ mime: 'image/tiff', servable: false })
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.of(0xff)],
    ['HTML', latin('<!doctype html><script>alert(1)</script>')],
    ['SVG', latin('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    ['PDF', latin('%PDF-1.7')],
    ['an archive', latin('PK\x03\x04')],
    ['a program', latin('MZ\x90\0')],
    ['JSON', latin('{"@context":"https://www.w3.org/ns/activitystreams"}')],
    ['UTF-16 HTML, whose first bits are those of MP3', Buffer.from('\ufeff<html><script>alert(1)</script></html>'.repeat(40), 'utf16le')],
    ['a mail that begins with BM', latin('BMW drivers, read this')],
    ['AVI', latin('RIFF\x24\0\0\0AVI LIST')],
    ['an unknown Ogg', oggPage('text/htm')],
    ['Matroska without a type', latin('\x1a\x45\xdf\xa3\x93\0\0\0\0\0')],
    ['an MP4 box without end', latin('\xff\xff\xff\xffftypisom\0\0\0\0')],
    ['half an MP3 frame', mp3.subarray(0, 400)],
  ])('%s is nothing', (_, bytes) => {
    expect(sniff(bytes)).toBeNull()
  })

  it('looks at its share of the bytes only, and never throws', async () => {
    const whole = await gif()
    for (let length = 0; length < 64; length++)
      for (const bytes of [whole, mp3, aac, box('isom\0\0\0\0isom')]) sniff(bytes.subarray(0, length))
    const long = Buffer.concat([Buffer.alloc(SNIFF_BYTES, 0x20), latin('GIF89a')])
    expect(sniff(long)).toBeNull()
    let seed = 1
    for (let round = 0; round < 2_000; round++) {
      const bytes = Buffer.alloc(48)
      for (let i = 0; i < bytes.length; i++) bytes[i] = (seed = (seed * 48_271) % 2_147_483_647) & 0xff
      if (round % 2) bytes.write('ftyp', 4)
      expect(() => sniff(bytes)).not.toThrow()
    }
  })
})
