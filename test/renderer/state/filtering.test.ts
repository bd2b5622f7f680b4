import { expect, test } from 'vitest'
import { filteredOf } from '../../../src-renderer/state/filtering.ts'
import type { Status } from '../../../src-renderer/state/entities.ts'
import { boost, post } from '../posts.ts'

const result = (title: string, filterAction: string) =>
  ({
    filter: { id: title, title, context: ['home'], filterAction, keywords: [], statuses: [] },
    keywordMatches: [title],
    statusMatches: null,
  }) as unknown as NonNullable<Status['filtered']>[number]
const nobody = () => false

test('what no filter matched is left alone', () => {
  expect(filteredOf(post('1'), nobody)).toBeNull()
  expect(filteredOf(post('1', { filtered: [] }), nobody)).toBeNull()
})

test('the strictest of several wins, and every title is named once', () => {
  const many = post('1', { filtered: [result('Choirs', 'blur'), result('Kettles', 'warn'), result('Choirs', 'warn')] })
  expect(filteredOf(many, nobody)).toEqual({ action: 'warn', titles: ['Choirs', 'Kettles'] })
  const worst = post('1', { filtered: [result('Choirs', 'warn'), result('Kettles', 'hide')] })
  expect(filteredOf(worst, nobody)?.action).toBe('hide')
})

test('a way to filter that is not known warns rather than lets through', () => {
  expect(filteredOf(post('1', { filtered: [result('Choirs', 'explode')] }), nobody)?.action).toBe('warn')
})

test('a boost is filtered by what it boosts, and what the owner wrote is never filtered', () => {
  const original = post('1', { filtered: [result('Choirs', 'hide')] })
  expect(filteredOf(boost('2', 'cy', original), nobody)?.action).toBe('hide')
  expect(filteredOf(original, (id) => id === original.account.id)).toBeNull()
  expect(filteredOf(boost('2', 'cy', original), (id) => id === original.account.id)).toBeNull()
})
