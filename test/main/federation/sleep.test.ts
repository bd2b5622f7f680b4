/** A short version of `npm run sleep`: what is lost and what comes back after an absence, for every sender of federation.md 3.2. */
import { describe, expect, test } from 'vitest'
import { ABSENCES, expected } from '../../sleep/expectation.ts'
import { simulate } from '../../sleep/simulation.ts'
import { differences, dishonest, ritual } from '../../sleep/table.ts'
import type { Tunnel } from '../../sleep/expectation.ts'

const SHORT: [name: string, tunnel: Tunnel][] = [
  ['3 min', 404],
  ['10 min', 502],
  ['1 h', 'timeout'],
  ['4 d', 502],
  ['8 d', 502],
  ['2 d', 'other host'],
]

describe('a laptop that was away', () => {
  for (const [name, tunnel] of SHORT) {
    test(`for ${name}, its address answering ${tunnel}: what comes back, what is lost, and what the owner is told`, async () => {
      const index = ABSENCES.findIndex(([one]) => one === name)
      const run = await simulate((ABSENCES[index] as [string, number])[1], tunnel)
      expect(run.results.length).toBe(13)
      expect(run.results.flatMap((result) => differences(result, expected(result.software, index, tunnel)))).toEqual([])
      expect(dishonest(run)).toEqual([])
      expect(ritual(run)).toEqual([])
    }, 30_000)
  }
})
