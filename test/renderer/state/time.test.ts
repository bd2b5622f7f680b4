import { expect, test } from 'vitest'
import { languageName, listParts, shortTime } from '../../../src-renderer/state/time.ts'

const now = new Date(2026, 10, 22, 14, 2).getTime()
const ago = (minutes: number, locale = 'en') => shortTime(now - minutes * 60_000, now, locale, { now: 'now' })

test('English is as short as it can be', () => {
  expect(ago(0.5)).toBe('now')
  expect(ago(5)).toBe('5m')
  expect(ago(180)).toBe('3h')
  expect(ago(3 * 1440)).toBe('Thu 14:02')
  expect(ago(40 * 1440)).toBe('13 Oct')
  expect(ago(400 * 1440)).toBe('18 Oct 2025')
})

test('French keeps its narrow space', () => {
  expect(ago(14, 'fr')).toBe('14\u202fmin')
  expect(ago(60, 'fr')).toBe('1\u202fh')
  expect(ago(3 * 1440, 'fr')).toBe('jeu. 14:02')
})

test('a post from the future is new, not minus something', () => {
  expect(ago(-10)).toBe('now')
})

test('names are joined as the language does, without an Oxford comma', () => {
  const said = (locale: string) =>
    listParts(['Pia', 'Tomás', 'Oskar'], locale)
      .map((part) => part.value)
      .join('')
  expect(said('en')).toBe('Pia, Tomás and Oskar')
  expect(said('fr')).toBe('Pia, Tomás et Oskar')
})

test('a language that does not exist is shown as it is', () => {
  expect(languageName('fr', 'en')).toBe('French')
  expect(languageName('not a code', 'en')).toBe('not a code')
})
