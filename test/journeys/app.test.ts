import { createHash, randomBytes } from 'node:crypto'
import dns from 'node:dns'
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from 'masto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { film } from '../main/media/films.ts'
import { png } from '../main/media/pictures.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { startTunnelServer, type TunnelServer } from '../rig/tunnel-server.ts'
import type { Apps } from '../../src-main/owner-api/contract.ts'

/**
 * A day of an app that lives elsewhere: everything it says goes through a real localtunnel server to the public listener; only the owner,
 * at the computer, says yes.
 */

let server: TunnelServer
let burrow: Burrow
const { lookup } = dns

beforeAll(async () => {
  // Names under localhost are this machine, also where the resolver does not know it.
  dns.lookup = ((name: string, options: unknown, done: unknown) =>
    (lookup as (...given: unknown[]) => void)(name.endsWith('.localhost') ? '127.0.0.1' : name, options, done)) as typeof lookup
  server = await startTunnelServer()
  const flags = ['--localtunnel-host', server.url, '--public-api']
  burrow = await startBurrow({ origin: server.originOf('anahome'), tunnel: 'localtunnel', flags })
  await burrow.online(40_000)
})
afterAll(async () => {
  dns.lookup = lookup
  await burrow?.remove()
  await server?.stop()
})

const REDIRECT = 'lantern://in'
const blob = async (bytes: Promise<Buffer>, type: string) => new Blob([new Uint8Array(await bytes)], { type })
const cookiesOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')

/** The way of a browser through the consent pages; the code the app gets. */
async function letIn(base: string, query: URLSearchParams): Promise<string> {
  const page = await fetch(`${base}/oauth/authorize?${query.toString()}`)
  const fields = new URLSearchParams()
  for (const [tag] of (await page.text()).matchAll(/<input[^>]*>/g)) {
    const field = /name="([^"]*)"/.exec(tag)?.[1]
    if (field) fields.set(field, (/value="([^"]*)"/.exec(tag)?.[1] ?? '').replaceAll('&amp;', '&'))
  }
  fields.set('decision', 'ask')
  const asked = await fetch(`${base}/oauth/authorize`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookiesOf(page), origin: base },
    body: fields,
  })
  expect(asked.status).toBe(303)
  const waiting = new URL(asked.headers.get('location') as string, base).href
  const headers = { cookie: cookiesOf(asked) }
  const shown = await (await fetch(waiting, { headers })).text()
  const code = /<p class="letters">([^<]+)<\/p>/.exec(shown)?.[1] as string
  const { requests } = await burrow.ask<Apps>('GET', '/api/owner/apps')
  expect(requests.map(({ name, from }) => [name, from])).toEqual([['Lantern', 'public']])
  // Nobody else's browser learns anything, and nothing is given before the owner has typed the code.
  expect((await fetch(waiting, { redirect: 'manual', headers })).status).toBe(200)
  await burrow.ask('POST', `/api/owner/apps/requests/${requests[0]?.id}/approve`, { code })
  expect((await fetch(waiting, { redirect: 'manual' })).headers.get('location')).toBeNull()
  const back = new URL((await fetch(waiting, { redirect: 'manual', headers })).headers.get('location') as string)
  expect([back.protocol, back.searchParams.get('state')]).toEqual(['lantern:', 'sea'])
  return back.searchParams.get('code') as string
}

test('an app registers, is let in, posts a picture and a film, sees them, edits, deletes and signs out', async () => {
  const base = burrow.origin
  const stranger = createRestAPIClient({ url: base })
  const app = await stranger.v1.apps.create({ clientName: 'Lantern', redirectUris: [REDIRECT], scopes: 'read write follow push' })
  const verifier = randomBytes(32).toString('base64url')
  await burrow.ask('POST', '/api/owner/apps/connect')
  const code = await letIn(
    base,
    new URLSearchParams({
      client_id: app.clientId as string,
      redirect_uri: REDIRECT,
      response_type: 'code',
      scope: 'read write follow push',
      state: 'sea',
      code_challenge_method: 'S256',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    }),
  )
  const client = { clientId: app.clientId as string, clientSecret: app.clientSecret as string }
  const oauth = createOAuthAPIClient({ url: base })
  const { accessToken } = await oauth.token.create({
    ...client,
    grantType: 'authorization_code',
    code,
    redirectUri: REDIRECT,
    codeVerifier: verifier,
  } as never)
  const masto = createRestAPIClient({ url: base, accessToken })
  expect((await masto.v1.accounts.verifyCredentials()).username).toBe('ana')

  const { configuration } = await masto.v2.instance.fetch()
  const streaming = createStreamingAPIClient({ streamingApiUrl: configuration.urls.streaming, accessToken, implementation: WebSocket })
  const heard: [string, string][] = []
  const events = streaming.user.subscribe()
  void (async () => {
    for await (const { event, payload } of events)
      heard.push([event, typeof payload === 'string' ? payload : (payload as { id: string }).id])
  })()
  await streaming.prepare()
  const until = async (event: string, id: string) => {
    await expect.poll(() => heard.some(([what, which]) => what === event && which === id), { timeout: 30_000 }).toBe(true)
  }
  // The subscription follows the socket: once a post of after that is heard, it is there.
  await expect
    .poll(
      async () => {
        await masto.v1.statuses.create({ status: 'Can you hear me?' })
        return heard.length > 0
      },
      { timeout: 30_000, interval: 500 },
    )
    .toBe(true)

  const picture = await masto.v2.media.create({ file: await blob(png(), 'image/png'), description: 'A boat' })
  const video = await masto.v2.media.create({ file: await blob(film('mp4'), 'video/mp4'), description: 'The harbour' })
  const post = await masto.v1.statuses.create({ status: 'Seen today', mediaIds: [picture.id, video.id], visibility: 'public' })
  expect(post.mediaAttachments.map(({ type, description }) => [type, description])).toEqual([
    ['image', 'A boat'],
    ['video', 'The harbour'],
  ])
  await until('update', post.id)
  for (const { url } of post.mediaAttachments) {
    const part = await fetch(url as string, { headers: { range: 'bytes=0-99' } })
    expect([new URL(url as string).origin, part.status, (await part.arrayBuffer()).byteLength]).toEqual([base, 206, 100])
  }
  const one = masto.v1.statuses.$select(post.id)
  await one.update({ status: 'Seen at noon', mediaIds: [picture.id, video.id] } as never)
  await until('status.update', post.id)
  expect((await one.history.list()).length).toBe(2)
  await one.remove()
  await until('delete', post.id)
  await expect(one.fetch()).rejects.toThrow('Record not found')

  events.unsubscribe()
  streaming.close()
  expect((await burrow.ask<Apps>('GET', '/api/owner/apps')).apps.map(({ name }) => name)).toEqual(['Lantern'])
  await oauth.revoke({ ...client, token: accessToken })
  await expect(masto.v1.accounts.verifyCredentials()).rejects.toThrow('The access token is invalid')
  expect((await fetch(`${base}/api/v1/timelines/home`, { headers: { authorization: `Bearer ${accessToken}` } })).status).toBe(401)
})
