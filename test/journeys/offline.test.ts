import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { startFedifyPeer, type FedifyPeer } from '../rig/fedify-peer/peer.ts'
import { until } from '../rig/process.ts'
import { startTunnelServer, type TunnelServer } from '../rig/tunnel-server.ts'
import { openWindow, shown, type Window } from '../rig/window.ts'
import { followFrom, noteOf } from './conversation.ts'

let server: TunnelServer
let burrow: Burrow
let peer: FedifyPeer
let other: FedifyPeer
let window: Window | null = null

beforeAll(async () => {
  server = await startTunnelServer()
  ;[burrow, peer, other] = await Promise.all([
    startBurrow({ origin: server.originOf('anatrain'), tunnel: 'localtunnel', flags: ['--localtunnel-host', server.url] }),
    startFedifyPeer(),
    startFedifyPeer({ host: 'other.localhost' }),
  ])
  await burrow.online(40_000)
})
afterAll(async () => {
  await window?.close()
  await Promise.all([burrow?.remove(), peer?.stop(), other?.stop()])
  await server?.stop()
})

const WORDS = ['Written in the tunnel', 'Written on the bridge', 'Written at the border']

test('what is written on a train waits, survives kill -9, and leaves in order, once, dated when it left', async () => {
  const mastodon = await burrow.mastodon()
  await peer.follow({ who: burrow.handle })
  await peer.expect('Accept')
  await followFrom(burrow, peer.handle)
  const theirs = await peer.post({ text: 'Something worth passing on' })
  const known = await until('their post is here', async () =>
    (await mastodon.v1.timelines.home.list({ limit: 5 })).find((one) => one.uri === theirs.uri),
  )
  // Looked up while there was a connection; the follow is a matter of the train.
  const stranger = (await mastodon.v2.search.list({ q: other.handle, type: 'accounts', resolve: true })).accounts[0]
  if (!stranger) throw new Error('The other peer was not found')

  await server.stop()
  await until('Burrow notices', async () => (await burrow.connection()).state !== 'online', 60_000)
  const offlineAt = Date.now()
  for (const status of WORDS) await mastodon.v1.statuses.create({ status })
  await mastodon.v1.statuses.$select(known.id).reblog()
  await mastodon.v1.accounts.$select(stranger.id).follow()

  // The owner sees what waits, and that it waits.
  window = await openWindow(burrow)
  await window.go('/app/outbox')
  for (const words of WORDS) await shown(window.words(words))
  await until('five things wait', async () => (await burrow.outbox()).waiting === 5)
  await window.go('/app/home')
  expect(await window.text(WORDS[0] ?? '').getAttribute('data-ink')).toBe('wet')
  await window.close()
  window = null

  await burrow.kill()
  await burrow.start()
  const kept = await burrow.outbox()
  expect(kept.waiting).toBe(5)
  expect(
    kept.items
      .filter((item) => item.state === 'waiting')
      .map((item) => item.kind)
      .sort(),
  ).toEqual(['boost', 'follow', 'post', 'post', 'post'])
  expect((await peer.received({ type: 'Create' })).length).toBe(0)

  window = await openWindow(burrow)
  await window.go('/app/outbox')
  for (const words of WORDS) await shown(window.words(words))
  const backAt = Date.now()
  await server.restart()
  await until(
    'Burrow is back',
    async () => {
      const connection = await burrow.connection()
      if (connection.state !== 'online') await burrow.ask('POST', '/api/owner/connection/retry')
      return connection.state === 'online'
    },
    60_000,
  )
  await until('everything has left', async () => (await burrow.outbox()).waiting === 0, 30_000)
  await peer.expect('Create', (activity) => noteOf(activity).content.includes(WORDS[2] ?? ''))
  await peer.expect('Announce')
  await other.expect('Follow')

  const creates = await peer.received({ type: 'Create' })
  expect(creates.map((one) => WORDS.find((words) => noteOf(one.activity).content.includes(words)))).toEqual(WORDS)
  for (const { activity } of creates) {
    const published = Date.parse(noteOf(activity).published ?? '')
    expect(published).toBeGreaterThanOrEqual(backAt - 1_000)
    expect(published).toBeGreaterThan(offlineAt)
    expect(published).toBeLessThanOrEqual(Date.now() + 1_000)
  }
  const announces = await peer.received({ type: 'Announce' })
  expect(announces.length).toBe(1)
  expect(Date.parse(String(announces[0]?.activity.published))).toBeGreaterThanOrEqual(backAt - 1_000)
  expect((await other.received({ type: 'Follow' })).length).toBe(1)
  expect([...(await peer.refused({})), ...(await other.refused({}))]).toEqual([])

  // The window, open all the while, shows that nothing waits any more.
  await window.go('/app/home')
  for (const words of WORDS) {
    const row = window.text(words)
    await shown(row)
    await until(`"${words}" is dry`, async () => (await row.getAttribute('data-ink')) === null)
  }
  await window.notReloaded()
})
