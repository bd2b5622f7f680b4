import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { startFedifyPeer, type FedifyPeer } from '../rig/fedify-peer/peer.ts'
import { startTunnelServer, type TunnelServer } from '../rig/tunnel-server.ts'
import { openWindow, type Window } from '../rig/window.ts'
import { converse } from './conversation.ts'

let server: TunnelServer
let burrow: Burrow
let peer: FedifyPeer
let window: Window

beforeAll(async () => {
  server = await startTunnelServer()
  ;[burrow, peer] = await Promise.all([
    startBurrow({ origin: server.originOf('anahome'), tunnel: 'localtunnel', flags: ['--localtunnel-host', server.url] }),
    startFedifyPeer(),
  ])
  await burrow.online(40_000)
  window = await openWindow(burrow)
})
afterAll(async () => {
  await window?.close()
  await Promise.all([burrow?.remove(), peer?.stop()])
  await server?.stop()
})

test('the same conversation with everything coming in through a real localtunnel server', async () => {
  expect(await burrow.connection()).toMatchObject({ state: 'online', tunnel: 'localtunnel' })
  expect(await server.connections('anahome')).toBeGreaterThan(0)
  await converse(burrow, peer, window)
})
