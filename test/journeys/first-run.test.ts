import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { request } from '../rig/http.ts'
import { until } from '../rig/process.ts'
import { startTunnelServer, type TunnelServer } from '../rig/tunnel-server.ts'
import { enterWindow, shown, type Window } from '../rig/window.ts'

/** Machine time, without the seconds in which a person reads and types. */
const LIMIT_MS = 20_000
let server: TunnelServer
let burrow: Burrow | null = null
let window: Window | null = null

beforeAll(async () => {
  server = await startTunnelServer()
})
afterAll(async () => {
  await window?.close()
  await burrow?.remove()
  await server?.stop()
})

test('from an empty folder to a post that others can read, in the window alone', async () => {
  const began = performance.now()
  burrow = await startBurrow({
    name: null,
    origin: null,
    tunnel: null,
    flags: ['--localtunnel-host', server.url],
  })
  const readyAt = performance.now()
  expect(burrow.ready.origin).toBeNull()
  window = await enterWindow(burrow.ready.signIn)
  const { page } = window
  await shown(page.getByRole('heading', { level: 1, name: 'Your own place on the fediverse.' }))
  // Nobody is contacted before the owner says so.
  expect((await request(`${server.url}/api/status`)).json()).toMatchObject({ tunnels: 0 })
  await page.getByRole('textbox', { name: 'Choose your name' }).fill('mirelle')
  await page.getByRole('radio', { name: 'Try it now' }).check()
  await page.getByRole('button', { name: 'Create my address' }).click()

  const composer = page.getByRole('textbox', { name: /text/i }).first()
  await shown(composer)
  const composingAt = performance.now()
  await composer.fill('Hello from my own laptop.')
  await composer.press('ControlOrMeta+Enter')
  await shown(page.getByRole('heading', { name: 'Your address answers.' }), LIMIT_MS)
  await shown(window.words('Hello from my own laptop.'))

  // It can be read where it says it can, through the tunnel.
  const [post] = await burrow.ask<{ uri: string; content: string }[]>('GET', '/api/v1/timelines/home')
  const uri = new URL(post?.uri ?? '')
  expect(uri.host).toMatch(new RegExp(`\\.localhost:${server.port}$`))
  const note = await until('the post has left', async () => {
    const answer = await request(uri.href, { headers: { accept: 'application/activity+json' } })
    return answer.status === 200 ? answer.json<{ id: string; content: string }>() : null
  })
  const took = performance.now() - began
  expect(note).toMatchObject({ id: uri.href, content: '<p>Hello from my own laptop.</p>' })
  expect(took).toBeLessThan(LIMIT_MS)
  process.stderr.write(
    `first run: ${Math.round(took)} ms of machine time (ready ${Math.round(readyAt - began)}, address ${Math.round(composingAt - readyAt)}, published ${Math.round(performance.now() - composingAt)})\n`,
  )

  await page.getByRole('button', { name: /home/i }).first().click()
  await shown(window.text('Hello from my own laptop.'))
  expect(await burrow.connection()).toMatchObject({ state: 'online', trial: true, tunnel: 'localtunnel' })
  await window.notReloaded()
  const strangers = window.requests.filter((asked) => !asked.startsWith(burrow?.ready.owner ?? '?') && !/^(data|blob):/.test(asked))
  expect(strangers).toEqual([])
  expect(window.complaints).toEqual([])
})
