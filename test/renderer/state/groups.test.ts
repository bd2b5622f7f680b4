import { expect, test } from 'vitest'
import type { GroupedNotifications } from '../../../src-renderer/api/mastodon.ts'
import { mergeNotices, noticesOf } from '../../../src-renderer/state/groups.ts'
import { someone } from '../posts.ts'

const people = ['bo', 'cy', 'pia', 'wren'].map((name) => someone(name))
const idOf = (name: string) => people.find((one) => one.username === name)?.id
const group = (id: number, type: string, by: string[], more: object = {}) => ({
  groupKey: `${type}-${id}`,
  notificationsCount: by.length,
  type,
  // A number on the wire.
  mostRecentNotificationId: id,
  latestPageNotificationAt: '2026-11-22T00:00:00.000Z',
  sampleAccountIds: by.map(idOf),
  ...more,
})
const page = (...groups: object[]) => ({ accounts: people, statuses: [], notificationGroups: groups }) as unknown as GroupedNotifications

test('a group has its people, newest first, and how many there are in all', () => {
  const [row] = noticesOf(page(group(5, 'favourite', ['bo', 'cy'], { statusId: '1', notificationsCount: 40 })))
  expect(row).toMatchObject({ kind: 'favourite', key: 'favourite-5', newestId: '5', count: 40, postId: '1' })
  expect(row?.accounts.map((one) => one.username)).toEqual(['bo', 'cy'])
})

test('kinds that stand alone keep their own rows', () => {
  const kinds = ['mention', 'quote', 'poll', 'update', 'quoted_update', 'follow_request', 'status', 'move']
  const rows = noticesOf(page(...kinds.map((type, index) => group(20 - index, type, ['bo'], { statusId: '1' }))))
  expect(rows.map((row) => row.kind)).toEqual(['mention', 'quote', 'poll', 'edit', 'quote-edit', 'request', 'post', 'move'])
  expect(new Set(rows.map((row) => row.key)).size).toBe(kinds.length)
})

test('a favourite with a picture is a reaction, and what this window does not know is left out', () => {
  const rows = noticesOf(
    page(group(3, 'favourite', ['bo'], { statusId: '1', emoji: '🌱', emojiUrl: null }), group(2, 'admin.sign_up', ['cy'])),
  )
  expect(rows.map((row) => [row.kind, row.emoji])).toEqual([['reaction', { name: '🌱', url: null }]])
})

test('a group that has grown moves up and stands nowhere twice; what is older stays', () => {
  const known = noticesOf(page(group(9, 'mention', ['bo'], { statusId: '2' }), group(5, 'favourite', ['bo'], { statusId: '1' })))
  const old = noticesOf(page(group(2, 'follow', ['pia'])))
  const grown = { ...group(12, 'favourite', ['wren', 'bo'], { statusId: '1' }), groupKey: 'favourite-5' }
  const merged = mergeNotices([...known, ...old], noticesOf(page(grown, group(9, 'mention', ['bo'], { statusId: '2' }))), false)
  expect(merged.map((row) => [row.key, row.newestId])).toEqual([
    ['favourite-5', '12'],
    ['mention-9', '9'],
    ['follow-2', '2'],
  ])
  expect(mergeNotices(merged, old, true).map((row) => row.key)).toEqual(['follow-2'])
})
