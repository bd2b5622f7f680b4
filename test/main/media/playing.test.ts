import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { remuxFilm } from '../../../src-main/media/films.ts'
import { findChromium, openBrowser } from '../../rig/browser.ts'
import { film, flac, mp3, wav } from './films.ts'
import type { Browser } from '../../rig/browser.ts'

/** A browser is the judge of what was written anew: it plays every kind to its end. */

const there = findChromium() !== null
if (!there) console.log('Skipped: there is no Chromium here to play films in; BURROW_TEST_CHROMIUM may name one.')

const folder = mkdtempSync(join(tmpdir(), 'burrow-playing-'))
let browser: Promise<Browser> | null = null
afterAll(async () => {
  await (await browser)?.close()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

interface Played {
  problem: string | null
  width: number
  height: number
  duration: number
  reached: number
}

async function play(bytes: Buffer, mime: string): Promise<Played> {
  const { page } = await (browser ??= openBrowser())
  return page.evaluate(
    async ({ data, type }) => {
      const blob = new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], { type })
      const video = document.createElement('video')
      video.muted = true
      video.playbackRate = 4
      video.src = URL.createObjectURL(blob)
      document.body.append(video)
      const problem = await new Promise<string | null>((resolve) => {
        video.addEventListener('ended', () => resolve(null))
        video.addEventListener('error', () => resolve(video.error?.message ?? 'unknown'))
        video.play().catch((error: unknown) => resolve(String(error)))
      })
      const told = { problem, width: video.videoWidth, height: video.videoHeight, duration: video.duration, reached: video.currentTime }
      video.remove()
      return told
    },
    { data: bytes.toString('base64'), type: mime },
  )
}

const KINDS: [string, () => Buffer | Promise<Buffer>, { width: number; height: number }][] = [
  ['H.264 and AAC', () => film('mp4', { userData: true }), { width: 64, height: 48 }],
  ['a MOV held upright, which starts late', () => film('mov', { rotation: 90, start: 30 }), { width: 48, height: 64 }],
  ['VP9 and Opus in WebM', () => film('webm'), { width: 64, height: 48 }],
  ['VP8 in WebM', () => film('webm', { video: 'vp8' }), { width: 64, height: 48 }],
  ['AV1 and Opus in MP4', () => film('mp4', { video: 'av1', audio: 'opus' }), { width: 64, height: 48 }],
  ['H.264 from Matroska', () => film('mkv'), { width: 64, height: 48 }],
  ['AAC alone', () => film('mp4', { video: null }), { width: 0, height: 0 }],
  ['Opus in Ogg', () => film('ogg'), { width: 0, height: 0 }],
  ['MP3', () => mp3(), { width: 0, height: 0 }],
  ['FLAC', () => flac(), { width: 0, height: 0 }],
  ['WAV', () => wav(), { width: 0, height: 0 }],
]

test.skipIf(!there).each(KINDS)('%s plays to its end', { timeout: 90_000 }, async (name, make, size) => {
  const path = join(folder, name.replaceAll(/\W/g, '-'))
  writeFileSync(path, await make())
  const told = await remuxFilm(path, `${path}.clean`)
  const played = await play(readFileSync(`${path}.clean`), told.mime)
  expect(played).toMatchObject({ problem: null, ...size })
  expect([told.width ?? 0, told.height ?? 0]).toEqual([size.width, size.height])
  expect(Math.abs(played.duration - told.duration)).toBeLessThan(0.15)
  expect(played.reached).toBeGreaterThan(1.8)
})
