import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { startFedifyPeer, type FedifyPeer } from '../rig/fedify-peer/peer.ts'
import { openWindow, type Window } from '../rig/window.ts'
import { converse } from './conversation.ts'

let burrow: Burrow
let peer: FedifyPeer
let window: Window

beforeAll(async () => {
  ;[burrow, peer] = await Promise.all([startBurrow(), startFedifyPeer()])
  await burrow.online()
  window = await openWindow(burrow)
})
afterAll(async () => {
  await window?.close()
  await Promise.all([burrow?.remove(), peer?.stop()])
})

test('a Fedify server follows us, receives, answers, likes and boosts, and everything appears live in the window', async () => {
  await converse(burrow, peer, window)
  expect(burrow.log()).not.toContain('"level":50')
})
