import { expect, it } from 'vitest'
import { dismissNotification, notify } from '../../../src-main/domain/notifications.ts'
import { receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { releasePost } from '../../../src-main/domain/posts.ts'
import { MINUTE, person } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api, Json } from './instance.ts'

/** What an app is told of notifications fits what it is shown of them. */

async function liked(api: Api, names: readonly string[]): Promise<void> {
  const { body } = await api.call('POST', '/api/v1/statuses', { status: 'Boats' })
  releasePost(api.home, Number(body.id), api.home.clock.at)
  for (const name of names) {
    api.home.clock.at += MINUTE
    receiveFavourite(api.home, { uri: null, accountId: person(api.home, name), postId: Number(body.id) })
  }
}
/** Somebody moves: a kind of our own, which apps are shown only when they ask for it by name. */
function moved(api: Api): number {
  api.home.clock.at += MINUTE
  const [from, to] = [person(api.home, 'dee'), person(api.home, 'dee', 'far.example')]
  return api.home.store.transaction(() => notify(api.home, 'move', from, null, to)) as number
}
const ids = async (api: Api): Promise<string[]> => (await api.get('/api/v1/notifications')).body.map((one: Json) => one.id)

it('the unread ones are those it can read', async () => {
  const api = await openApi({ listener: 'public' })
  await liked(api, ['bo', 'cy'])
  moved(api)
  expect((await ids(api)).length).toBe(2)
  const count = async (query = '') => (await api.get(`/api/v1/notifications/unread_count${query}`)).body.count as number
  expect([await count(), await count('?limit=1'), await count('?types[]=mention'), await count('?exclude_types[]=favourite')]).toEqual([
    2, 1, 0, 0,
  ])
  expect(await count('?types[]=move')).toBe(1)
})

it('the marker names one that it meets, as Elk reads on until it does', async () => {
  const api = await openApi({ listener: 'public' })
  await liked(api, ['bo', 'cy'])
  const [newest, older] = await ids(api)
  const marker = async () => (await api.get('/api/v1/markers?timeline[]=notifications')).body.notifications.last_read_id as string
  const hidden = moved(api)
  expect(await marker()).toBe(newest)
  await api.call('POST', '/api/v1/markers', { notifications: { last_read_id: String(hidden) } })
  expect(await marker()).toBe(newest)
  dismissNotification(api.home, Number(newest))
  expect(await marker()).toBe(older)
  dismissNotification(api.home, Number(older))
  expect(await marker()).toBe(String(hidden))
})

it('one by one they carry the key of their group', async () => {
  const api = await openApi({ listener: 'public' })
  await liked(api, ['bo', 'cy'])
  const single = (await api.get('/api/v1/notifications')).body as Json[]
  const [group] = (await api.get('/api/v2/notifications')).body.notification_groups
  expect(group.notifications_count).toBe(2)
  expect(single.map((one) => one.group_key)).toEqual([group.group_key, group.group_key])
})

it('faces alone are sent for all but the newest of a group, if it asks for no more', async () => {
  const api = await openApi({ listener: 'public' })
  await liked(api, ['bo', 'cy', 'di'])
  const { body } = await api.get('/api/v2/notifications?expand_accounts=partial_avatars')
  expect(body.accounts.map((one: Json) => one.username)).toEqual(['di'])
  expect(body.partial_accounts.map((one: Json) => one.acct)).toEqual(['cy@tide.example', 'bo@tide.example'])
  expect(body.notification_groups[0].sample_account_ids).toEqual([...body.accounts, ...body.partial_accounts].map((one: Json) => one.id))
  const whole = (await api.get('/api/v2/notifications?expand_accounts=full')).body
  expect([whole.accounts.length, 'partial_accounts' in whole]).toEqual([3, false])
})

it('ids are what Ice Cubes, Tusky and the official app can decode', async () => {
  const api = await openApi({ listener: 'public' })
  await liked(api, ['bo'])
  const [single] = await ids(api)
  const [group] = (await api.get('/api/v2/notifications')).body.notification_groups
  // Ice Cubes asks on with it as the cursor.
  expect([group.most_recent_notification_id, group.page_max_id]).toEqual([Number(single), single])
  const keys = {
    p256dh: 'BEm_a0bdPDhf0SOsrnB2-ategf1hHoCnpXgQsFj5JCkcoMrMt2WHoPfEYOYPzOIs9mZE8ZUaD7VA5vouy0kEkr8',
    auth: 'eH_C8rq2raXqlcBVDa1gLg',
  }
  const made = await api.call('POST', '/api/v1/push/subscription', { subscription: { endpoint: 'https://push.example/1', keys } })
  expect(made.status).toBe(200)
  // An `int` of 32 bits: more of it fails the sign-up for push altogether.
  expect(made.body.id).toMatch(/^[1-9][0-9]{0,9}$/)
  expect(Number(made.body.id)).toBeLessThan(2 ** 31)
  expect((await api.get('/api/v1/push/subscription')).body.id).toBe(made.body.id)
})
