import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { request } from '../rig/http.ts'
import { until } from '../rig/process.ts'
import { followFrom } from './conversation.ts'
import type { Closing } from '../../src-main/owner-api/contract.ts'

let ana: Burrow
let cem: Burrow

beforeAll(async () => {
  ;[ana, cem] = await Promise.all([startBurrow({ name: 'ana' }), startBurrow({ name: 'cem' })])
  await Promise.all([ana.online(), cem.online()])
})
afterAll(async () => {
  await Promise.all([ana?.remove(), cem?.remove()])
})

test('a closed account is gone with its followers, who have checked the signature, and the owner has a receipt', async () => {
  await followFrom(cem, ana.handle)
  const [here, there] = await Promise.all([ana.mastodon(), cem.mastodon()])
  const post = await here.v1.statuses.create({ status: 'The last boat' })
  const arrived = await until('the post is at home with cem', async () =>
    (await there.v1.timelines.home.list({ limit: 5 })).find((one) => one.uri === post.uri),
  )

  const wrong = await ana.api('POST', '/api/owner/closing', { confirm: cem.handle })
  expect(wrong.status).toBe(422)
  expect(await ana.ask<Closing>('POST', '/api/owner/closing', { confirm: ana.handle })).toMatchObject({ state: 'leaving' })

  await until('cem knows ana no more', async () => (await cem.api('GET', `/api/v1/accounts/${arrived.account.id}`)).status === 404)
  expect((await cem.api('GET', `/api/v1/statuses/${arrived.id}`)).status).toBe(404)
  expect((await there.v1.accounts.verifyCredentials()).followingCount).toBe(0)
  const receipt = await until('the receipt is complete', async () => {
    const told = await ana.ask<Closing>('GET', '/api/owner/closing')
    return told.state === 'closed' ? told : undefined
  })
  expect(receipt).toMatchObject({ total: 1, delivered: 1, failed: 0 })

  // Gone in public; at home everything can still be read, and nothing can be written.
  const accept = { accept: 'application/activity+json' }
  for (const path of ['/users/ana', `/users/ana/statuses/${post.id}`]) {
    const answer = await request(`http://127.0.0.1:${ana.publicPort}${path}`, { headers: { ...accept, host: new URL(ana.origin).host } })
    expect([path, answer.status]).toEqual([path, 410])
  }
  expect((await here.v1.statuses.$select(post.id).fetch()).content).toContain('The last boat')
  expect((await ana.api('POST', '/api/v1/statuses', { status: 'One more' })).status).toBe(409)

  // It stays so.
  await ana.stop()
  await ana.start()
  expect(await ana.ask<Closing>('GET', '/api/owner/closing')).toEqual(receipt)
})
