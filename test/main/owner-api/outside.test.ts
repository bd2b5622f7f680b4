import { expect, test } from 'vitest'
import { accountById, upsertAccount } from '../../../src-main/domain/accounts.ts'
import { moveAway } from '../../../src-main/domain/moves.ts'
import { receivePost } from '../../../src-main/domain/posts.ts'
import { remote, remotePost } from '../domain/home.ts'
import { png } from '../media/pictures.ts'
import { openHouse } from './house.ts'
import type { House, Json } from './house.ts'

/** What the owner does on the one listener, seen by others on the other. */

async function outside(house: House, path: string, accept = 'application/activity+json') {
  const answer = await house.publicApp.inject({ url: path, headers: { host: 'ana.example', accept } })
  const json = String(answer.headers['content-type']).includes('json')
  return {
    status: answer.statusCode,
    type: String(answer.headers['content-type']),
    body: json ? (answer.json() as Json) : answer.rawPayload,
  }
}
const home = () => openHouse({ argv: ['--origin', 'https://ana.example'] })

test('a new key stands in the actor at once, and the Update that tells of it waits', async () => {
  const house = await home()
  const before = (await outside(house, '/users/ana')).body.publicKey.publicKeyPem as string
  const { status, body } = await house.call('POST', '/api/owner/identity/rotate')
  expect([status, body.rotatedAt]).toEqual([200, new Date(house.clock.at).toISOString()])
  const after = (await outside(house, '/users/ana')).body.publicKey
  expect(after.publicKeyPem).toMatch(/^-----BEGIN PUBLIC KEY-----/)
  expect(after.publicKeyPem).not.toBe(before)
  expect((await outside(house, '/actor')).body.publicKey.publicKeyPem).toBe(after.publicKeyPem)
  const { items } = (await house.call('GET', '/api/owner/outbox')).body
  expect(items.map((item: { kind: string }) => item.kind)).toContain('profile')
})

test('other accounts and the move away stand in the actor', async () => {
  const house = await home()
  const d = house.domain
  const old = upsertAccount(d, remote('ana', 'old.example'))
  const uri = accountById(d, old)?.uri as string
  // Known already: nobody has to be asked.
  const added = await house.call('POST', '/api/owner/identity/aliases', { acct: 'ana@old.example' })
  expect([added.status, added.body.aliases]).toEqual([200, [{ uri, acct: 'ana@old.example' }]])
  expect((await outside(house, '/users/ana')).body.alsoKnownAs).toEqual([uri])
  await house.call('DELETE', '/api/owner/identity/aliases', { uri })
  expect((await outside(house, '/users/ana')).body.alsoKnownAs ?? []).toEqual([])
  expect((await outside(house, '/users/ana')).body.movedTo).toBeUndefined()
  moveAway(d, upsertAccount(d, remote('ana', 'new.example')))
  expect((await outside(house, '/users/ana')).body.movedTo).toBe('https://new.example/users/ana')
  const { items } = (await house.call('GET', '/api/owner/outbox')).body
  expect(items.map((item: { kind: string }) => item.kind)).toEqual(expect.arrayContaining(['move', 'profile']))
})

test('an emoji of the owner is a document and a picture for everybody, also while no post uses it', async () => {
  const house = await home()
  const form = new FormData()
  form.set('shortcode', 'wave')
  form.set('file', new Blob([new Uint8Array(await png())]), 'wave.png')
  const request = new Request('http://x/', { method: 'POST', body: form })
  const made = await house.ownerApp.inject({
    method: 'POST',
    url: '/api/owner/emojis',
    headers: { host: '127.0.0.1:0', authorization: `Bearer ${house.token}`, 'content-type': request.headers.get('content-type') as string },
    payload: Buffer.from(await request.arrayBuffer()),
  })
  expect(made.json()).toMatchObject([{ shortcode: 'wave' }])
  const emoji = await outside(house, '/emoji/wave')
  expect([emoji.status, emoji.body]).toMatchObject([200, { type: 'Emoji', id: 'https://ana.example/emoji/wave', name: ':wave:' }])
  const picture = await outside(house, new URL(emoji.body.icon.url).pathname, 'image/*')
  expect([picture.status, picture.type]).toEqual([200, 'image/png'])
  await house.call('DELETE', '/api/owner/emojis/wave')
  expect((await outside(house, '/emoji/wave')).status).toBe(404)
})

test('hashtags on the profile and reactions wait in the outbox until they can leave, and can be taken back there', async () => {
  const house = await home()
  const api = (method: string, path: string, body?: unknown) => house.call(method, path, body)
  const bo = upsertAccount(house.domain, remote('bo'))
  const theirs = receivePost(house.domain, remotePost(bo))?.id as number
  await api('POST', '/api/v1/featured_tags', { name: 'boats' })
  await api('POST', `/api/owner/posts/${theirs}/reactions`, { emoji: '🎉' })
  const waiting = async () => (await api('GET', '/api/owner/outbox')).body.items as { id: string; kind: string; cancellable: boolean }[]
  const before = (await waiting()).filter((item) => item.kind === 'feature-tag' || item.kind === 'react')
  expect(before.map((item) => [item.kind, item.cancellable]).sort()).toEqual([
    ['feature-tag', true],
    ['react', true],
  ])
  for (const { id } of before) expect((await api('DELETE', `/api/owner/outbox/${id}`)).status).toBe(200)
  expect((await waiting()).filter((item) => /react|feature/.test(item.kind))).toEqual([])
  expect((await api('GET', '/api/v1/featured_tags')).body).toEqual([])
  expect((await outside(house, '/users/ana/collections/tags')).body.totalItems).toBe(0)
})
