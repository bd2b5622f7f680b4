import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { openWindow, shown, type Window } from '../rig/window.ts'
import { followFrom } from './conversation.ts'

let ana: Burrow
let cem: Burrow
let window: Window

beforeAll(async () => {
  ;[ana, cem] = await Promise.all([startBurrow({ name: 'ana' }), startBurrow({ name: 'cem', flags: ['--signatures', 'rfc9421'] })])
  await Promise.all([ana.online(), cem.online()])
  window = await openWindow(ana)
})
afterAll(async () => {
  await window?.close()
  await Promise.all([ana?.remove(), cem?.remove()])
})

test('two Burrows follow each other and talk, one of them signing by RFC 9421 alone', async () => {
  const [here, there] = await Promise.all([ana.mastodon(), cem.mastodon()])
  await followFrom(cem, ana.handle)
  await window.go('/app/notifications')
  await shown(window.page.locator('main [data-kind="follow"]', { hasText: 'cem' }))
  await followFrom(ana, cem.handle)

  const hello = await here.v1.statuses.create({ status: `Are you there, ${cem.handle}?` })
  const arrived = await until('the question is at home with cem', async () =>
    (await there.v1.timelines.home.list({ limit: 5 })).find((one) => one.uri === hello.uri),
  )
  const notices = await there.v1.notifications.list({ types: ['mention'] })
  expect(notices[0]?.status?.uri).toBe(hello.uri)
  expect(arrived.account.acct).toBe(ana.handle.slice(1))

  const answer = await there.v1.statuses.create({ status: `${ana.handle} In the kitchen`, inReplyToId: arrived.id, visibility: 'direct' })
  await shown(window.text('In the kitchen'))
  const context = await until('the answer stands under the question', async () => {
    const { descendants } = await here.v1.statuses.$select(hello.id).context.fetch()
    return descendants.find((one) => one.uri === answer.uri)
  })
  expect(context).toMatchObject({ visibility: 'direct', inReplyToId: hello.id })
  await there.v1.statuses.$select(arrived.id).favourite()
  await shown(window.page.locator('main [data-kind="favourite"]', { hasText: 'cem' }))
  await there.v1.statuses.$select(arrived.id).reblog()
  await shown(window.page.locator('main [data-kind="boost"]', { hasText: 'cem' }))

  // Followers only: it reaches the follower and nobody's page.
  const quiet = await there.v1.statuses.create({ status: 'Only for those who follow', visibility: 'private' })
  await until('it is at home with ana', async () => (await here.v1.timelines.home.list({ limit: 5 })).some((one) => one.uri === quiet.uri))

  await there.v1.accounts.$select(arrived.account.id).unfollow()
  await until('cem has gone', async () => (await here.v1.accounts.verifyCredentials()).followersCount === 0)
  await window.notReloaded()
})
