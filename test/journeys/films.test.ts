import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { film, SECRETS } from '../main/media/films.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'

let burrow: Burrow
beforeAll(async () => {
  burrow = await startBurrow()
})
afterAll(() => burrow?.remove())

interface Attachment {
  id: string
  url: string | null
  meta: { original?: { duration?: number } }
}

/** Everything that stands in the media folder. */
const stored = () =>
  readdirSync(join(burrow.folder, 'media'), { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => readFileSync(join(one.parentPath, one.name)))

test('a film whose upload was answered is not lost by a kill -9, and keeps nothing of its maker', async () => {
  const body = new FormData()
  body.set('file', new Blob([new Uint8Array(await film('mov', { userData: true }))]), 'IMG_0001.MOV')
  const sent = await fetch(`${burrow.ready.owner}/api/v2/media`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${await burrow.token()}` },
  })
  const answer = (await sent.json()) as Attachment
  expect([sent.status, answer.url]).toEqual([202, null])
  await burrow.kill()
  // It stands there as it came, for nobody to see.
  expect(stored().some((bytes) => SECRETS.some((secret) => bytes.includes(secret)))).toBe(true)

  await burrow.start()
  const ready = await until('the film is ready', async () => {
    const asked = await burrow.api('GET', `/api/v1/media/${answer.id}`)
    expect([200, 206]).toContain(asked.status)
    return asked.status === 200 ? asked.json<Attachment>() : null
  })
  expect(ready.meta.original?.duration).toBeCloseTo(2, 1)
  const whole = Buffer.from(await (await fetch(ready.url ?? '')).arrayBuffer())
  const part = await fetch(ready.url ?? '', { headers: { range: 'bytes=0-99' } })
  expect([part.status, Buffer.from(await part.arrayBuffer())]).toEqual([206, whole.subarray(0, 100)])
  await until('the file as it came is gone', () => stored().length === 2)
  for (const bytes of [whole, ...stored()]) for (const secret of SECRETS) expect(bytes.includes(secret), secret).toBe(false)
})
