import { expect, test } from 'vitest'
import { emojiRefusal, identityRefusal, relayRefusal } from '../../../src-renderer/components/settings/refusals.ts'
import { failureOf, OwnerApiError, type OwnerErrorCode } from '../../../src-renderer/state/entities.ts'

const refused = (code: OwnerErrorCode | 'unreachable', status: number | null = 422, params = {}) =>
  new OwnerApiError(code, status, 'no', params)

test('what the server refuses about another address is told by the reason it gave', () => {
  const said = (code: OwnerErrorCode) => identityRefusal(refused(code), '@ada@ada.example')
  expect(said('alias-missing')).toContain('@ada@ada.example')
  expect(said('account-not-found')).toBe('There is nobody at that address.')
  expect(said('moved-recently')).toBe('It is too soon after the last move.')
  expect(said('rotated-recently')).toBe('The key was changed less than a day ago.')
  expect(said('confirm-wrong')).toBe('The two addresses are not the same.')
  expect(said('moved-itself')).toBe('That account has moved on itself.')
  expect(said('alias-invalid')).toBe('That address cannot be used.')
  expect(said('unavailable')).toBe('Its server does not answer right now.')
})

test('a relay that is there already is not said to be no relay', () => {
  expect(relayRefusal(refused('relay-known'))).toBe('This relay is in the list already.')
  expect(relayRefusal(refused('too-many', 422, { max: 20 }))).toBe('No more than 20 of these.')
  expect(relayRefusal(refused('no-relay'))).toBe('There is no relay at that address.')
})

test('a name that is taken is not blamed on the picture', () => {
  expect(emojiRefusal(refused('shortcode-taken'))).toBe('There is an emoji of that name already.')
  expect(emojiRefusal(refused('too-large'))).toBe('That picture cannot be used as an emoji.')
})

test('what is not about the thing asked for is told everywhere alike', () => {
  for (const words of [(error: unknown) => identityRefusal(error, ''), relayRefusal, emojiRefusal]) {
    expect(words(refused('disk-full', 503))).toContain('disk is full')
    expect(words(refused('unreachable', null))).toContain('no answer')
    expect(words(refused('internal', 500))).toContain('went wrong')
  }
})

test('the owner API fails in the same words as the other one', () => {
  expect(failureOf(refused('unreachable', null)).kind).toBe('offline')
  expect(failureOf(refused('not-found', 404)).kind).toBe('not-found')
  expect(failureOf(refused('emoji-invalid', 422)).kind).toBe('refused')
  expect(failureOf(refused('disk-full', 503)).kind).toBe('disk-full')
  expect(failureOf(refused('internal', 500)).kind).toBe('server')
})
