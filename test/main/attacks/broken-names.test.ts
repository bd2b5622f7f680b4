import { expect, test } from 'vitest'
import { handleOf, openWebFinger } from '../../../src-main/federation/webfinger.ts'
import { rule } from '../../rig/attacks.ts'
import { fuzzedNetwork } from '../../fuzz/network.ts'

test(`a name with half a character in it is nobody's, and nothing is asked for it, ${rule(9)}`, async () => {
  const network = fuzzedNetwork(1, [])
  const webfinger = openWebFinger({ net: network.net, plainHttp: () => false })
  for (const preferredUsername of ['x\ud800', '\udfff', '\udfff\ud800']) {
    expect(await webfinger.prove({ id: 'https://mo.example/users/x', preferredUsername }, { left: 10 })).toBe(null)
    expect(handleOf(`${preferredUsername}@mo.example`)).toBe(null)
  }
  expect(network.asked).toEqual([])
})
