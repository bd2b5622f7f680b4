import { MastoHttpError } from 'masto'
import { expect, test } from 'vitest'
import { failureOf } from '../../../src-renderer/api/mastodon.ts'

const of = (status: number) => failureOf(new MastoHttpError({ statusCode: status, message: 'no' })).kind

test('statuses are sorted by what the owner can do about them', () => {
  expect([401, 403, 404, 410, 422, 500, 503].map(of)).toEqual([
    'unauthorized',
    'unauthorized',
    'not-found',
    'not-found',
    'refused',
    'server',
    'server',
  ])
})

test('a full disk is told from a server that is merely not there', () => {
  const full = new MastoHttpError({ statusCode: 503, message: 'The disk is full. Nothing was changed; try again when there is room.' })
  expect(failureOf(full).kind).toBe('disk-full')
})

test('no answer is not the same as a broken one', () => {
  expect(failureOf(new TypeError('Failed to fetch')).kind).toBe('offline')
  expect(failureOf(new TypeError('x is not a function')).kind).toBe('server')
  expect(failureOf('odd')).toEqual({ kind: 'server', status: null, text: 'odd' })
})
