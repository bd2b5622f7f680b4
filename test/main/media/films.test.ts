import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { remuxFilm } from '../../../src-main/media/films.ts'
import { MediaError } from '../../../src-main/media/images.ts'
import { adts, box, film, flac, mp3, SECRETS, wav, withPhoneTags } from './films.ts'
import type { FilmLimits } from '../../../src-main/media/films.ts'

const folder = mkdtempSync(join(tmpdir(), 'burrow-films-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
async function cleaned(bytes: Buffer, limits: FilmLimits = {}) {
  const path = join(folder, `${++count}`)
  writeFileSync(path, bytes)
  try {
    const told = await remuxFilm(path, `${path}.clean`, limits)
    return { ...told, file: readFileSync(`${path}.clean`) }
  } finally {
    rmSync(`${path}.clean`, { force: true })
  }
}

async function refusal(bytes: Buffer, limits: FilmLimits = {}): Promise<MediaError> {
  try {
    await cleaned(bytes, limits)
  } catch (error) {
    expect(error).toBeInstanceOf(MediaError)
    // Neither the clean file nor its draft stays.
    expect(readdirSync(folder).filter((name) => name.startsWith(`${count}.`))).toEqual([])
    return error as MediaError
  }
  throw new Error('it was taken')
}

const left = (bytes: Buffer) => SECRETS.filter((secret) => bytes.includes(secret))

describe('an own film or sound is written anew', { timeout: 60_000 }, () => {
  const TAKEN: [string, () => Buffer | Promise<Buffer>, object][] = [
    [
      'H.264 and AAC in MP4',
      () => film('mp4', { userData: true }),
      { kind: 'video', mime: 'video/mp4', width: 64, height: 48, videoCodec: 'H.264', audioCodec: 'AAC', frameRate: 10 },
    ],
    [
      'a phone’s MOV, held upright',
      () => film('mov', { rotation: 90, userData: true }),
      { kind: 'video', mime: 'video/mp4', width: 48, height: 64, audioCodec: 'AAC' },
    ],
    [
      'VP9 and Opus in WebM',
      () => film('webm'),
      { kind: 'video', mime: 'video/webm', width: 64, height: 48, videoCodec: 'VP9', audioCodec: 'Opus' },
    ],
    ['VP8 in WebM', () => film('webm', { video: 'vp8' }), { kind: 'video', mime: 'video/webm', videoCodec: 'VP8' }],
    [
      'AV1 and Opus in MP4',
      () => film('mp4', { video: 'av1', audio: 'opus' }),
      { kind: 'video', mime: 'video/mp4', videoCodec: 'AV1', audioCodec: 'Opus' },
    ],
    ['AV1 in WebM', () => film('webm', { video: 'av1' }), { kind: 'video', mime: 'video/webm', videoCodec: 'AV1' }],
    ['H.264 in Matroska, which becomes MP4', () => film('mkv'), { kind: 'video', mime: 'video/mp4', videoCodec: 'H.264' }],
    ['a film without sound', () => film('mp4', { audio: null }), { kind: 'video', mime: 'video/mp4', audioCodec: null }],
    ['AAC in M4A', () => film('mp4', { video: null }), { kind: 'audio', mime: 'audio/mp4', width: null, audioCodec: 'AAC' }],
    ['Opus in Ogg', () => film('ogg'), { kind: 'audio', mime: 'audio/ogg', audioCodec: 'Opus' }],
    ['Opus in WebM, as browsers record', () => film('webm', { video: null }), { kind: 'audio', mime: 'audio/webm', audioCodec: 'Opus' }],
    ['MP3', () => mp3(), { kind: 'audio', mime: 'audio/mpeg', audioCodec: 'MP3' }],
    ['FLAC', () => flac(), { kind: 'audio', mime: 'audio/flac', audioCodec: 'FLAC' }],
    ['WAV', () => wav(), { kind: 'audio', mime: 'audio/wav', audioCodec: 'PCM' }],
    ['raw AAC, which becomes M4A', () => adts(), { kind: 'audio', mime: 'audio/mp4', audioCodec: 'AAC' }],
  ]
  test.each(TAKEN)('%s: nothing that tells of its maker is left in its bytes (rule 33)', async (name, make, facts) => {
    const bytes = await make()
    if (name !== 'raw AAC, which becomes M4A') expect(left(bytes).length).toBeGreaterThan(2)
    const { file, ...told } = await cleaned(bytes)
    expect(told).toMatchObject(facts)
    expect(left(file)).toEqual([])
    expect(file.length).toBe(told.bytes)
    expect(told.duration).toBeGreaterThan(1.9)
    expect(told.duration).toBeLessThan(2.2)
    expect(told.bitrate).toBeCloseTo((file.length * 8) / told.duration, -2)
  })

  test('an MP4 begins with its index, and says nothing of when it was made', async () => {
    const bytes = await film('mp4')
    expect(bytes.indexOf('moov')).toBeGreaterThan(bytes.indexOf('mdat'))
    const { file } = await cleaned(bytes)
    expect(file.indexOf('moov')).toBeLessThan(file.indexOf('mdat'))
    for (const name of ['mvhd', 'tkhd', 'mdhd']) {
      const at = file.indexOf(name)
      expect(file.readBigUInt64BE(at + 8), name).toBe(0n)
    }
    for (const name of ['udta', 'meta', 'uuid', 'ilst', 'loci', 'XMP_', '\xa9xyz', 'keys'])
      expect(file.includes(Buffer.from(name, 'latin1')), name).toBe(false)
    // The same film is the same file, whenever it is sent.
    expect((await cleaned(bytes)).file).toEqual(file)
  })

  test('every track is kept with its language, frame by frame', async () => {
    const { file } = await cleaned(await film('mp4', { sounds: 2 }))
    expect([...file.toString('latin1').matchAll(/trak/g)]).toHaveLength(3)
    const again = await cleaned(file)
    expect(again.file).toEqual(file)
    // English and French, packed into 15 bits each.
    const language = (word: string) => [...word].reduce((value, letter) => (value << 5) | (letter.charCodeAt(0) - 0x60), 0)
    for (const word of ['eng', 'fra']) {
      const bytes = Buffer.alloc(2)
      bytes.writeUInt16BE(language(word))
      expect(file.includes(bytes), word).toBe(true)
    }
  })

  test('a film that counts from the start of its camera begins at 0', async () => {
    const told = await cleaned(await film('mov', { start: 3_600 }))
    expect(told.duration).toBeLessThan(2.2)
  })

  test('user data among the frames goes, the frames stay', async () => {
    const plain = await cleaned(await film('mp4', { tags: false }))
    const dressed = await cleaned(await film('mp4', { userData: true }))
    expect(dressed.file).toEqual(plain.file)
  })
})

describe('what cannot be played everywhere is refused by its name', { timeout: 60_000 }, () => {
  /** The same film under another codec's name. */
  const renamed = async (from: string, to: string, kind: 'mp4' | 'webm' = 'mp4') => {
    const bytes = await film(kind, { tags: false, audio: kind === 'mp4' ? 'aac' : 'opus' })
    return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1')
  }
  test.each([
    ['HEVC (H.265)', () => renamed('avc1', 'hvc1')],
    ['mp4v', () => renamed('avc1', 'mp4v')],
    ['Dolby Digital (AC-3)', () => renamed('mp4a', 'ac-3')],
    ['V_XP9', () => renamed('V_VP9', 'V_XP9', 'webm')],
  ])('%s', async (name, make) => {
    const { code, sentence, params } = await refusal(await make())
    expect([code, params.codec]).toEqual(['unsupported-codec', name])
    expect(sentence).toContain(name)
  })

  test.each([
    ['a web page', Buffer.from('<!doctype html><title>film</title>')],
    ['a playlist', Buffer.from('#EXTM3U\n#EXTINF:10,\nhttps://tide.example/1.ts\n')],
    ['a picture', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')],
    ['nothing', Buffer.alloc(0)],
  ])('%s is no film', async (_name, bytes) => {
    expect((await refusal(bytes)).code).toBe('unsupported-type')
  })
})

describe('broken and hostile files end in a sentence, soon and in bounds (rule 33)', { timeout: 120_000 }, () => {
  test('a film that broke off', async () => {
    const first = (await cleaned(await film('mp4', { tags: false }))).file
    // With the index first it can be opened, but its frames are not there.
    expect((await refusal(first.subarray(0, first.indexOf('mdat') + 200))).code).toBe('damaged')
    const last = await film('mp4', { tags: false })
    expect((await refusal(last.subarray(0, last.indexOf('moov') - 10))).code).toBe('damaged')
    expect((await refusal((await film('webm')).subarray(0, 200))).code).toBe('damaged')
  })

  test('an index with its worst numbers, in one place after the other', async () => {
    const good = (await cleaned(await film('mp4', { tags: false }))).file
    const end = good.indexOf('mdat')
    const codes = new Set<string>()
    for (let at = 4; at < end; at += 173) {
      const bytes = Buffer.from(good)
      bytes.fill(0xff, at, Math.min(end, at + 4))
      const outcome = await cleaned(bytes, { deadlineMs: 20_000 }).then(
        ({ file }) => (expect(file.length).toBeLessThan(good.length * 3), 'taken'),
        (error: unknown) => (error as MediaError).code,
      )
      codes.add(outcome)
    }
    expect(
      [...codes].every((code) =>
        [
          'taken',
          'damaged',
          'unsupported-type',
          'unsupported-codec',
          'too-many-pixels',
          'too-many-frames',
          'too-many-tracks',
          'too-slow',
        ].includes(code),
      ),
    ).toBe(true)
  })

  /** Changes a table of an MP4: `name` is found, its content after version and flags is replaced. */
  const withTable = (bytes: Buffer, name: string, change: (table: Buffer) => void) => {
    const copy = Buffer.from(bytes)
    const at = copy.indexOf(name)
    change(copy.subarray(at + 8, at - 4 + copy.readUInt32BE(at - 4)))
    return copy
  }

  test('a table of four billion frames', async () => {
    const good = (await cleaned(await film('mp4', { tags: false }))).file
    const bytes = withTable(good, 'stsz', (table) => {
      table.writeUInt32BE(1, 0)
      table.writeUInt32BE(0xffffffff, 4)
    })
    const before = Date.now()
    const many = withTable(bytes, 'stts', (table) => table.writeUInt32BE(0xffffffff, 4))
    const { code } = await refusal(many, { deadlineMs: 20_000, heapMb: 128 })
    expect(['damaged', 'too-slow']).toContain(code)
    expect(Date.now() - before).toBeLessThan(60_000)
  })

  test('a table that names the same bytes again and again', async () => {
    // 5,000 chunks, all of them the same 100 kB of sound.
    const good = (await cleaned(await film('mp4', { video: null, tags: false }))).file
    const stco = good.indexOf('stco')
    const offset = good.readUInt32BE(stco + 12)
    const chunks = 5_000
    const table = Buffer.alloc(8 + chunks * 4)
    table.writeUInt32BE(chunks, 4)
    const grown = 16 + chunks * 4 - (good.readUInt32BE(stco - 4) - 0)
    for (let i = 0; i < chunks; i++) table.writeUInt32BE(offset + grown, 8 + i * 4)
    let bytes = Buffer.concat([good.subarray(0, stco - 4), box('stco', table), good.subarray(stco - 4 + good.readUInt32BE(stco - 4))])
    for (const name of ['moov', 'trak', 'mdia', 'minf', 'stbl']) {
      const at = bytes.indexOf(name)
      bytes = Buffer.from(bytes)
      bytes.writeUInt32BE(bytes.readUInt32BE(at - 4) + grown, at - 4)
    }
    bytes = withTable(bytes, 'stsz', (sizes) => {
      sizes.writeUInt32BE(900, 0)
      sizes.writeUInt32BE(100_000, 4)
    })
    bytes = withTable(bytes, 'stts', (times) => times.writeUInt32BE(100_000, 4))
    expect((await refusal(bytes, { deadlineMs: 30_000 })).code).toBe('damaged')
  })

  test('a hundred tracks', async () => {
    const { code, params } = await refusal(await film('mp4', { sounds: 100, tags: false }))
    expect([code, params]).toEqual(['too-many-tracks', { tracks: 101, max: 16 }])
  })

  test('boxes in boxes, without end', async () => {
    let nested = box('free', Buffer.alloc(8))
    for (let i = 0; i < 2_000; i++) nested = box('moov', nested)
    const head = (await film('mp4', { tags: false })).subarray(0, 32)
    expect((await refusal(Buffer.concat([head.subarray(0, head.readUInt32BE(0)), nested]))).code).toBe('damaged')
  })

  test('tags are not read, however large or broken', async () => {
    const huge = withPhoneTags(await film('mp4', { tags: false }))
    const at = huge.indexOf(Buffer.from('\xa9xyz', 'latin1'))
    huge.writeUInt32BE(0xffffffff, at - 4)
    const outcome = await cleaned(huge).then(
      ({ file }) => left(file),
      (error: unknown) => (error as MediaError).code,
    )
    expect([[], 'damaged']).toContainEqual(outcome)
  })

  test('the thread is ended at its time, and the server goes on meanwhile', async () => {
    // A thread that never answers stands for whatever a file can make of the reader.
    const stuck = join(folder, 'stuck.mjs')
    writeFileSync(stuck, 'for (;;);')
    const path = join(folder, 'any')
    writeFileSync(path, mp3())
    let turns = 0
    const turning = setInterval(() => turns++, 5)
    const worker = new URL(`file://${stuck}`)
    await expect(remuxFilm(path, `${path}.clean`, { worker, deadlineMs: 300 })).rejects.toMatchObject({ code: 'too-slow' })
    clearInterval(turning)
    expect(turns).toBeGreaterThan(5)
  })

  test('a thread that takes too much memory ends alone', async () => {
    const greedy = join(folder, 'greedy.mjs')
    writeFileSync(greedy, 'const all = []; for (;;) all.push(new Array(10_000).fill(Math.random()))')
    const path = join(folder, 'other')
    writeFileSync(path, mp3())
    await expect(remuxFilm(path, `${path}.clean`, { worker: new URL(`file://${greedy}`), heapMb: 32 })).rejects.toMatchObject({
      code: 'damaged',
    })
  })
})
