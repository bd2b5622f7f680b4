import { expect, test } from 'vitest'
import { updateSettings } from '../../../src-main/domain/owner.ts'
import { openSupply } from '../../../src-main/server/supply.ts'
import { openAna } from '../domain/home.ts'

test('what stands against reading: the battery and the network, as their owner wants, and the stricter of both', () => {
  const home = openAna()
  const supply = openSupply(home)
  let told = 0
  const off = supply.onChange(() => told++)
  expect(supply.thrift()).toEqual({ mode: 'go', why: null })
  supply.battery(true)
  // Out of the box a battery changes nothing.
  expect(supply.thrift()).toEqual({ mode: 'go', why: null })
  updateSettings(home, { onBattery: 'ask' })
  expect(supply.thrift()).toEqual({ mode: 'ask', why: 'battery' })
  updateSettings(home, { metered: true, onMetered: 'wait' })
  expect(supply.thrift()).toEqual({ mode: 'wait', why: 'metered' })
  updateSettings(home, { metered: false })
  supply.battery(false)
  supply.battery(false)
  expect(supply.thrift()).toEqual({ mode: 'go', why: null })
  expect(told).toBe(5)
  off()
  supply.stop()
})
