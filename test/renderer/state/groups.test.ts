import { expect, test } from 'vitest'
import type { Notification } from '../../../src-renderer/state/entities.ts'
import { groupNotices } from '../../../src-renderer/state/groups.ts'
import { post, someone } from '../posts.ts'

const HOUR = 3_600_000
const notice = (id: number, type: string, by: string, hours: number, on?: string): Notification =>
  ({
    id: String(id),
    type,
    createdAt: new Date(1_000_000 * 3_600 - hours * HOUR).toISOString(),
    account: someone(by),
    ...(on ? { status: post(on) } : {}),
  }) as unknown as Notification

test('favourites of one post are one row, of another post another', () => {
  const groups = groupNotices([
    notice(5, 'favourite', 'bo', 1, '1'),
    notice(4, 'favourite', 'cy', 2, '1'),
    notice(3, 'favourite', 'bo', 3, '2'),
    notice(2, 'reblog', 'bo', 4, '1'),
  ])
  expect(groups.map((group) => [group.kind, group.postId, group.accounts.map((one) => one.username)])).toEqual([
    ['favourite', '1', ['bo', 'cy']],
    ['favourite', '2', ['bo']],
    ['boost', '1', ['bo']],
  ])
})

test('mentions and requests stand alone', () => {
  const groups = groupNotices([
    notice(4, 'mention', 'bo', 1, '1'),
    notice(3, 'mention', 'bo', 1, '2'),
    notice(2, 'follow_request', 'cy', 1),
    notice(1, 'follow_request', 'pia', 1),
  ])
  expect(groups).toHaveLength(4)
})

test('follows of one day are one row', () => {
  const groups = groupNotices([notice(3, 'follow', 'bo', 0), notice(2, 'follow', 'cy', 5), notice(1, 'follow', 'pia', 40)])
  expect(groups.map((group) => group.accounts.length)).toEqual([2, 1])
})

test('the key of a row stays while it grows at its head, and nobody is named twice', () => {
  const old = groupNotices([notice(1, 'favourite', 'bo', 2, '1')])
  const grown = groupNotices([
    notice(3, 'favourite', 'bo', 0, '1'),
    notice(2, 'favourite', 'cy', 1, '1'),
    notice(1, 'favourite', 'bo', 2, '1'),
  ])
  expect(grown[0]?.key).toBe(old[0]?.key)
  expect(grown[0]?.newestId).toBe('3')
  expect(grown[0]?.accounts).toHaveLength(2)
})

test('kinds that this window does not know are left out', () => {
  expect(groupNotices([notice(1, 'admin.sign_up', 'bo', 1)])).toEqual([])
})
