import { describe, expect, test } from 'vitest'
import { fieldTime, momentOf } from '../../../src-renderer/state/schedule.ts'

/** A Wednesday, ten past two in the afternoon, local time. */
const now = new Date(2026, 10, 18, 14, 10).getTime()
const said = (words: string) => {
  const at = momentOf(words, now)
  return at === null ? null : fieldTime(at)
}

describe('a time in words', () => {
  test.each([
    ['tomorrow 9', '2026-11-19T09:00'],
    ['Tomorrow at 9:30', '2026-11-19T09:30'],
    ['9am tomorrow', '2026-11-19T09:00'],
    ['tomorrow', '2026-11-19T09:00'],
    ['tomorrow evening', '2026-11-19T20:00'],
    ['tomorrow noon', '2026-11-19T12:00'],
    ['in 2 hours', '2026-11-18T16:10'],
    ['in an hour', '2026-11-18T15:10'],
    ['in half an hour', '2026-11-18T14:40'],
    ['in 45 minutes', '2026-11-18T14:55'],
    ['in 2 hours and 30 minutes', '2026-11-18T16:40'],
    ['in 3 days', '2026-11-21T14:10'],
    ['Friday 18:30', '2026-11-20T18:30'],
    ['next friday at 6:30 pm', '2026-11-20T18:30'],
    ['wednesday 18:00', '2026-11-18T18:00'],
    ['wednesday 9', '2026-11-25T09:00'],
    ['tonight', '2026-11-18T20:00'],
    ['tonight at 9', '2026-11-18T21:00'],
    ['18:30', '2026-11-18T18:30'],
    ['9', '2026-11-19T09:00'],
    ['today 23:15', '2026-11-18T23:15'],
    ['3 December at 8', '2026-12-03T08:00'],
    ['March 3', '2027-03-03T09:00'],
    ['2027-01-02 10:00', '2027-01-02T10:00'],
    ['day after tomorrow 7pm', '2026-11-20T19:00'],
    ['midnight', '2026-11-19T00:00'],
  ])('English: %s', (words, at) => expect(said(words)).toBe(at))

  test.each([
    ['demain 9h', '2026-11-19T09:00'],
    ['demain à 9h30', '2026-11-19T09:30'],
    ['demain soir', '2026-11-19T20:00'],
    ['demain matin', '2026-11-19T09:00'],
    ['après-demain à midi', '2026-11-20T12:00'],
    ['dans 2 heures', '2026-11-18T16:10'],
    ['dans une demi-heure', '2026-11-18T14:40'],
    ['dans trois jours', '2026-11-21T14:10'],
    ['vendredi 18h30', '2026-11-20T18:30'],
    ['vendredi prochain à 18 h', '2026-11-20T18:00'],
    ['ce soir', '2026-11-18T20:00'],
    ['ce soir à 21h', '2026-11-18T21:00'],
    ['aujourd’hui à 17h', '2026-11-18T17:00'],
    ['le 3 décembre à 8 heures', '2026-12-03T08:00'],
    ['1er janvier', '2027-01-01T09:00'],
    ['3/12 à 8h', '2026-12-03T08:00'],
    ['lundi', '2026-11-23T09:00'],
    ['minuit', '2026-11-19T00:00'],
  ])('French: %s', (words, at) => expect(said(words)).toBe(at))

  test.each(['', 'soon', 'when it rains', 'tomorrow 25:00', '31 February', 'in many hours', 'friday or monday', '13pm'])(
    'no time: %s',
    (words) => expect(said(words)).toBeNull(),
  )
})
