import { describe, expect, test } from 'vitest'
import { parseJson } from '../../../src-main/net/index.ts'
import { rule } from '../../rig/attacks.ts'

const parse = (text: string | Uint8Array, limits?: Parameters<typeof parseJson>[1]): unknown =>
  parseJson(typeof text === 'string' ? Buffer.from(text) : text, limits)
const refusal = (code: string) => expect.objectContaining({ code, retryable: false })

describe(rule(26), () => {
  test('ordinary JSON is read, with or without a byte order mark', () => {
    expect(parse('{"a":[1,{"b":"ü\\u00fc☕"}],"c":null}')).toEqual({ a: [1, { b: 'üü☕' }], c: null })
    expect(parse('\ufeff{"a":1}')).toEqual({ a: 1 })
    expect(parse(new Uint8Array(Buffer.from('xx[1]yy')).subarray(2, 5))).toEqual([1])
  })

  test('nesting: 32 levels pass, 33 do not, and a hundred thousand cost nothing', () => {
    expect(() => parse('['.repeat(32) + ']'.repeat(32))).not.toThrow()
    expect(() => parse('['.repeat(33) + ']'.repeat(33))).toThrow(refusal('too-deep'))
    expect(() => parse('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000))).toThrow(refusal('too-deep'))
    expect(() => parse('['.repeat(200_000))).toThrow(refusal('too-deep'))
  })

  test('brackets, colons and quotes inside strings do not count', () => {
    const text = `{"a":"${'[{:,'.repeat(30_000)}","b":"\\"[[[[\\\\"}`
    expect(parse(text)).toMatchObject({ b: '"[[[[\\' })
  })

  test('members and items are counted over the whole document', () => {
    const members = (count: number) => `{${Array.from({ length: count }, (_, at) => `"k${at}":1`).join(',')}}`
    expect(() => parse(members(10_000))).not.toThrow()
    expect(() => parse(members(10_001))).toThrow(refusal('too-deep'))
    expect(() => parse(`[${'1,'.repeat(25_001)}1]`)).toThrow(refusal('too-deep'))
  })

  test('the slowest mebibyte these limits let through holds the loop for a moment only', () => {
    const times = (count: number, one: (at: number) => string): string => Array.from({ length: count }, (_, at) => one(at)).join(',')
    const worst: Record<string, string> = {
      'many short strings': `[${times(24_000, (at) => `"é${at}"`)}]`,
      'many objects': `[${times(9_990, (at) => `{"u${at}":"\\u0001${'x'.repeat(60)}"}`)}]`,
      'many members': `{${times(9_990, (at) => `"k${at}${'x'.repeat(90)}":[[1]]`)}}`,
      'numbers without end': `[${times(10, () => '9'.repeat(100_000))}]`,
      'one string of escapes': `["${'\\u0041'.repeat(170_000)}"]`,
      'a walk for forbidden names': `[${times(9_990, (at) => `{"constructor${at}":[1]}`)}]`,
    }
    for (const [what, text] of Object.entries(worst)) {
      const bytes = Buffer.from(text)
      expect(bytes.length).toBeLessThanOrEqual(1_048_576)
      // Its own time on the processor, the best of a few: not what else this machine is doing.
      let best = Infinity
      for (let round = 0; round < 6; round++) {
        const before = process.threadCpuUsage()
        parse(bytes)
        const { user, system } = process.threadCpuUsage(before)
        best = Math.min(best, (user + system) / 1000)
      }
      expect.soft(best, what).toBeLessThan(50)
    }
  })

  test.each(['__proto__', 'constructor', 'prototype'])('a member named %s is refused at any depth and in any spelling', (name) => {
    const escaped = [...name].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
    for (const spelling of [name, escaped, `${escaped.slice(0, 6)}${name.slice(1)}`]) {
      expect(() => parse(`{"${spelling}":{"polluted":true}}`)).toThrow(refusal('forbidden-key'))
      expect(() => parse(`{"a":[1,{"b":{"${spelling}":1}}]}`)).toThrow(refusal('forbidden-key'))
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('the same words as text are fine', () => {
    expect(parse('{"content":"a prototype with __proto__ and a constructor","u":"\\u0041"}')).toMatchObject({ u: 'A' })
  })

  test('limits can be set: bytes, string, depth', () => {
    expect(() => parse('{"a":1}', { maxBytes: 6 })).toThrow(refusal('too-large'))
    expect(() => parse('{"a":"12345"}', { maxString: 4 })).toThrow(refusal('too-deep'))
    expect(parse('{"a":"1234"}', { maxString: 4 })).toEqual({ a: '1234' })
    expect(() => parse('[[1]]', { maxDepth: 1 })).toThrow(refusal('too-deep'))
    expect(() => parse(Buffer.alloc(1_048_577, 0x20))).toThrow(refusal('too-large'))
  })

  test.each(['', '{', '{"a":1', '"open', '"open\\', '{a:1}', '[1,]', 'NaN', 'undefined', '{"a":1}x', ']]]]'])('%s is not JSON', (text) =>
    expect(() => parse(text)).toThrow(refusal('json')),
  )

  test('bytes that are not UTF-8 are refused', () => {
    expect(() => parse(Uint8Array.from([0x22, 0xff, 0xfe, 0x22]))).toThrow(refusal('json'))
    expect(() => parse(Uint8Array.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toThrow(refusal('json'))
  })
})
