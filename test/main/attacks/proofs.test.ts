import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { attempts, gaps } from '../../attacks/list.ts'
import { attacks } from '../../rig/attacks.ts'

test('every rule has an attack, a test or a reason, and every attack a rule', () => {
  expect(gaps()).toEqual([])
  expect(attacks.map(({ rule }) => rule)).toEqual(Array.from({ length: 56 }, (_, i) => i + 1))
})

test('a missing rule, a missing attack and one that nobody counts on are noticed', () => {
  const [first] = attempts
  expect(gaps([{ rule: 99, sentence: '', proof: {} }], [])).toEqual(['rule 99 has no attack'])
  expect(gaps([{ rule: 99, sentence: '', proof: { attacks: ['nothing'] } }], [])).toHaveLength(1)
  expect(gaps([], first ? [first] : [])).toHaveLength(1)
})

test('the tests that prove a rule are there', () => {
  const files = attacks.flatMap(({ proof }) => (proof.tests ?? []).map(({ file }) => file))
  expect(files.filter((file) => !existsSync(resolve(import.meta.dirname, '../../..', file)))).toEqual([])
})
