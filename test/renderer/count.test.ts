import { describe, expect, it } from 'vitest'
import { entities, textLength } from '../../src-main/domain/text.ts'
import { countOf, entitiesIn, overflowAt } from '../../src-renderer/components/composer/count.ts'
import vectors from '../fixtures/text-vectors.json' with { type: 'json' }

const lengths: { text: string; warning?: string; length: number }[] = vectors.lengths
const written = (text: string, kind: string, found: { kind: string; start: number; end: number }[]) =>
  found.filter((entity) => entity.kind === kind).map((entity) => text.slice(entity.start, entity.end))

describe('counting what is written', () => {
  it.each(lengths)('$text counts $length in the composer and on the server', ({ text, warning, length }) => {
    expect(countOf(text, warning)).toBe(length)
    expect(textLength(text, warning)).toBe(length)
  })

  it.each([
    ...vectors.links.map(({ text, links }) => ({ text, kind: 'link', parts: links })),
    ...vectors.tags.map(({ text, tags }) => ({ text, kind: 'tag', parts: tags })),
    ...vectors.mentions.map(({ text, mentions }) => ({ text, kind: 'mention', parts: mentions })),
  ])('finds every $kind in $text, as the server does', ({ text, kind, parts }) => {
    expect(written(text, kind, entitiesIn(text))).toEqual(parts)
    expect(written(text, kind, entities(text))).toEqual(parts)
  })

  it('agrees with the server on texts made of every piece', () => {
    const pieces = [
      'https://a.io',
      '@bo@tide.example',
      '@bo',
      '#tag',
      ' ',
      '(',
      ')',
      '.',
      '\n',
      'é',
      'e\u0301',
      '👩‍👩‍👧‍👦',
      '»',
      'x',
      '/',
      '@',
      '#',
      'http://',
      '\u200d',
    ]
    let seed = 7
    const next = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below
    for (let round = 0; round < 400; round++) {
      const text = Array.from({ length: 1 + next(9) }, () => pieces[next(pieces.length)]).join('')
      expect({ text, length: countOf(text) }).toEqual({ text, length: textLength(text) })
    }
  })

  it('reads a hostile text of 20,000 characters in no time', () => {
    const started = performance.now()
    for (const piece of ['https://a.io/((((', '@a@a.', '#·', 'http://http://', 'https://a.io./', 'https://x@', '[[[[]]'])
      countOf(piece.repeat(Math.ceil(20_000 / piece.length)))
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('where a text is too long', () => {
  it('is at its end while it fits', () => {
    expect(overflowAt('five5', '', 5)).toBe(5)
    expect(overflowAt('', '', 5)).toBe(0)
  })

  it('is the first character that does not fit, whole emoji included', () => {
    expect(overflowAt('abcdef', '', 4)).toBe(4)
    expect(overflowAt('ab👩‍👩‍👧‍👦c', '', 3)).toBe('ab👩‍👩‍👧‍👦'.length)
  })

  it('counts the warning first', () => {
    expect(overflowAt('abc', 'xy', 3)).toBe(1)
  })

  it('is the beginning of a link that does not fit as a whole', () => {
    expect(overflowAt('ab https://a.io/long', '', 25)).toBe(3)
    expect(overflowAt('ab https://a.io/long', '', 26)).toBe('ab https://a.io/long'.length)
  })
})
