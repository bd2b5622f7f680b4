import { createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { detector, default as generator } from 'megalodon'
import { expect, it } from 'vitest'
import { receiveFollow } from '../../../../src-main/domain/follows.ts'
import { receiveFavourite } from '../../../../src-main/domain/interactions.ts'
import { findOwnerId } from '../../../../src-main/domain/owner.ts'
import { releasePost } from '../../../../src-main/domain/posts.ts'
import { followed, person, received } from '../../domain/home.ts'
import { png } from '../../media/pictures.ts'
import { openWhole } from './whole.ts'
import type { MegalodonInterface, WebSocketInterface } from 'megalodon'
import type { Whole } from './whole.ts'

/** `megalodon`, of Whalebird and Fedistar: form bodies, converters that throw on what is missing, the token in the query of its sockets. */

const HOUR = 3_600_000
const opened = async (): Promise<Whole & { client: MegalodonInterface }> => {
  const whole = await openWhole()
  return { ...whole, client: generator('mastodon', whole.base, whole.token) }
}
const ids = (list: { id: string }[]) => list.map((one) => one.id)
const mentioning = (home: Whole['home'], accountId: number, more: object = {}) =>
  received(home, accountId, {
    published: Date.now(),
    forOwner: true,
    content: '<p>@ana Look</p>',
    mentions: [{ acct: 'ana', accountId: findOwnerId(home) }],
    ...more,
  })

it('is taken for a server of the Mastodon API', async () => {
  const { base, client, complaints } = await opened()
  expect(await detector(base)).toBe('mastodon')
  const { data } = await client.getInstance()
  expect([
    data.version.startsWith('4.5.0 (compatible; Burrow '),
    data.registrations,
    data.configuration.statuses.max_media_attachments,
  ]).toEqual([true, false, 4])
  for (const empty of [
    client.getInstancePeers(),
    client.getInstanceActivity(),
    client.getInstanceTrends(),
    client.getInstanceDirectory(),
    client.getInstanceCustomEmojis(),
    client.getInstanceAnnouncements(),
    client.getSuggestions(),
  ]) {
    expect((await empty).data).toEqual([])
  }
  expect(complaints).toEqual([])
})

it('registers an app and may ask what it is', async () => {
  const { base, client } = await opened()
  const app = await generator('mastodon', base).registerApp('Whalebird', { scopes: ['read', 'write', 'follow'] })
  expect([app.client_id.length > 20, app.client_secret.length > 20, app.url?.startsWith(`${base}/oauth/authorize`)]).toEqual([
    true,
    true,
    true,
  ])
  expect((await client.verifyAppCredentials()).data.name).toBe('Burrow')
  const me = (await client.verifyAccountCredentials()).data
  expect([me.username, me.source?.privacy]).toEqual(['ana', 'public'])
  expect(
    (await client.updateCredentials({ display_name: 'Ana', note: 'Sails', fields_attributes: [{ name: 'Boat', value: 'Yes' }] })).data.note,
  ).toContain('Sails')
  expect(Object.keys((await client.getPreferences()).data)).toContain('posting:default:visibility')
})

it('writes, edits, asks and takes back, in forms', async () => {
  const { client, home } = await opened()
  const file = join(home.folder, 'boat.png')
  writeFileSync(file, await png())
  const picture = (await client.uploadMedia(createReadStream(file), { description: 'A boat' })).data
  expect((await client.getMedia(picture.id)).data.url).toMatch(/^http/)
  expect((await client.updateMedia(picture.id, { description: 'A ship' })).data.description).toBe('A ship')
  const { id } = (await client.postStatus('Boats', { media_ids: [picture.id], visibility: 'public', sensitive: false })).data as {
    id: string
  }
  expect((await client.editStatus(id, { status: 'Ships', media_ids: [picture.id] })).data.content).toContain('Ships')
  expect((await client.getStatusSource(id)).data.text).toBe('Ships')
  const answer = (await client.postStatus('Yes', { in_reply_to_id: id })).data as { id: string }
  expect(ids((await client.getStatusContext(id)).data.descendants)).toEqual([answer.id])
  expect((await client.favouriteStatus(id)).data.favourited).toBe(true)
  expect((await client.unfavouriteStatus(id)).data.favourited).toBe(false)
  expect((await client.reblogStatus(id)).data.reblog?.id).toBe(id)
  expect((await client.getStatusRebloggedBy(id)).data).toHaveLength(1)
  expect((await client.unreblogStatus(id)).data.reblogged).toBe(false)
  expect((await client.bookmarkStatus(id)).data.bookmarked).toBe(true)
  expect(ids((await client.getBookmarks()).data)).toEqual([id])
  expect((await client.unbookmarkStatus(id)).data.bookmarked).toBe(false)
  expect((await client.muteStatus(id)).data.muted).toBe(true)
  expect((await client.unmuteStatus(id)).data.muted).toBe(false)
  expect((await client.pinStatus(id)).data.pinned).toBe(true)
  expect((await client.unpinStatus(id)).data.pinned).toBe(false)
  const asked = (await client.postStatus('Which?', { poll: { options: ['A', 'B'], expires_in: 3600, multiple: true } })).data as {
    poll: { id: string }
  }
  expect((await client.getPoll(asked.poll.id)).data.options).toHaveLength(2)
  const later = (await client.postStatus('Later', { scheduled_at: new Date(Date.now() + HOUR).toISOString() })).data
  expect(ids((await client.getScheduledStatuses()).data)).toEqual([later.id])
  await client.scheduleStatus(later.id, new Date(Date.now() + 2 * HOUR).toISOString())
  await client.cancelScheduledStatus(later.id)
  await expect(client.getScheduledStatus(later.id)).rejects.toMatchObject({ response: { status: 404 } })
  await client.deleteStatus(id)
  await expect(client.getStatus(id)).rejects.toMatchObject({ response: { status: 404, data: { error: 'Record not found' } } })
})

it('knows people, servers and hashtags', async () => {
  const { client, home } = await opened()
  const bo = String(followed(home, 'bo'))
  const cy = String(person(home, 'cy'))
  receiveFollow(home, { accountId: person(home, 'dee'), uri: 'https://tide.example/follows/dee' })
  expect((await client.followAccount(cy, { reblog: false })).data.requested).toBe(true)
  expect((await client.unfollowAccount(cy)).data.requested).toBe(false)
  expect((await client.muteAccount(cy, true)).data.muting_notifications).toBe(true)
  expect(ids((await client.getMutes()).data)).toEqual([cy])
  expect((await client.unmuteAccount(cy)).data.muting).toBe(false)
  expect((await client.blockAccount(cy)).data.blocking).toBe(true)
  expect(ids((await client.getBlocks()).data)).toEqual([cy])
  expect((await client.unblockAccount(cy)).data.blocking).toBe(false)
  expect((await client.setAccountNote(cy, 'Pier')).data.note).toBe('Pier')
  expect((await client.pinAccount(bo)).data.endorsed).toBe(true)
  expect(ids((await client.getEndorsements()).data)).toEqual([bo])
  expect((await client.unpinAccount(bo)).data.endorsed).toBe(false)
  expect((await client.getRelationships([bo, cy])).data.map((one) => one.following)).toEqual([true, false])
  expect((await client.lookupAccount('bo@tide.example')).data.id).toBe(bo)
  expect(ids((await client.searchAccount('bo')).data)).toEqual([bo])
  expect((await client.getAccountLists(bo)).data).toEqual([])
  await client.blockDomain('noise.example')
  expect((await client.getDomainBlocks()).data).toEqual(['noise.example'])
  await client.unblockDomain('noise.example')
  expect((await client.followTag('tides')).data.following).toBe(true)
  expect((await client.getFollowedTags()).data.map((one) => one.name)).toEqual(['tides'])
  expect((await client.unfollowTag('tides')).data.following).toBe(false)
  const featured = (await client.createFeaturedTag('tides')).data
  expect((await client.getFeaturedTags()).data.map((one) => one.name)).toEqual(['tides'])
  await client.deleteFeaturedTag(featured.id)
  const asked = (await client.report(cy, { comment: 'Loud', category: 'spam' as never })).data
  expect(asked.id).toMatch(/^\d+$/)
})

it('keeps lists and filters of the first version', async () => {
  const { client, home } = await opened()
  const bo = String(followed(home, 'bo'))
  const list = (await client.createList('Crew')).data
  await client.addAccountsToList(list.id, [bo])
  expect(ids((await client.getAccountsInList(list.id)).data)).toEqual([bo])
  const heard = String(received(home, Number(bo), { published: Date.now() }))
  expect(ids((await client.getListTimeline(list.id)).data)).toEqual([heard])
  expect((await client.updateList(list.id, 'Old crew')).data.title).toBe('Old crew')
  await client.deleteAccountsFromList(list.id, [bo])
  await client.deleteList(list.id)
  expect((await client.getLists()).data).toEqual([])
  expect((await client.getFilters()).data).toEqual([])
})

it('is told what happened and how far it has read', async () => {
  const { client, home } = await opened()
  const bo = followed(home, 'bo')
  const { id } = (await client.postStatus('Boats')).data as { id: string }
  releasePost(home, Number(id), Date.now())
  receiveFavourite(home, { uri: null, accountId: bo, postId: Number(id) })
  mentioning(home, bo)
  mentioning(home, bo, { visibility: 'direct' })
  const told = (await client.getNotifications({ limit: 10 })).data
  expect(told.map((one) => one.type)).toEqual(['mention', 'mention', 'favourite'])
  expect((await client.getNotification(told[0]?.id as string)).data.account?.username).toBe('bo')
  await client.saveMarkers({ notifications: { last_read_id: told[0]?.id as string } })
  expect((await client.getMarkers(['notifications'])).data).toMatchObject({ notifications: { last_read_id: told[0]?.id } })
  const [talk] = (await client.getConversationTimeline()).data as unknown as { id: string; unread: boolean }[]
  expect((await client.readConversation(talk?.id as string)).data.unread).toBe(false)
  await client.deleteConversation(talk?.id as string)
  await client.dismissNotification(told[0]?.id as string)
  await client.dismissNotifications()
  expect((await client.getNotifications()).data).toEqual([])
  expect((await client.search('boats', { type: 'statuses' })).data.statuses).toHaveLength(1)
})

it('pages to the end by the ids it has seen', async () => {
  const { client, home } = await opened()
  const bo = followed(home, 'bo')
  for (let i = 0; i < 23; i++) received(home, bo, { published: Date.now() - i * 1000, tags: ['tides'] })
  for (const list of [
    (max: object) => client.getHomeTimeline({ limit: 10, ...max }),
    (max: object) => client.getPublicTimeline({ limit: 10, ...max }),
    (max: object) => client.getTagTimeline('tides', { limit: 10, ...max }),
    (max: object) => client.getAccountStatuses(String(bo), { limit: 10, ...max }),
  ]) {
    const seen: string[] = []
    for (let page = (await list({})).data; page.length > 0; page = (await list({ max_id: seen.at(-1) })).data) seen.push(...ids(page))
    expect([seen.length, new Set(seen).size]).toEqual([23, 23])
  }
})

it('subscribes to pushes', async () => {
  const { client } = await opened()
  await expect(client.getPushSubscription()).rejects.toMatchObject({ response: { status: 404 } })
  const keys = {
    p256dh: 'BEpPCn0cfs3P0E0fY-gyOuahx5dW5N8quUowlrPyfXlMa6tABLqqcSpOpMnC1-o_UB_s4R8NQsqMLbASjnqSbqw',
    auth: 'T5bhIIyre5TDC1LyX4mFAQ',
  }
  const { data } = await client.subscribePushNotification(
    { endpoint: 'https://push.example/2', keys },
    { alerts: { mention: true, poll: true } },
  )
  expect([data.endpoint, data.alerts.mention, data.alerts.poll]).toEqual(['https://push.example/2', true, true])
  expect((await client.updatePushSubscription({ alerts: { mention: false } })).data.alerts.mention).toBe(false)
  await client.deletePushSubscription()
  await expect(client.getPushSubscription()).rejects.toMatchObject({ response: { status: 404 } })
})

it('hears live, with the token in the query', { timeout: 60_000 }, async () => {
  const { client, home } = await opened()
  const bo = followed(home, 'bo')
  const list = (await client.createList('Crew')).data
  await client.addAccountsToList(list.id, [String(bo)])
  const heard = new Set<string>()
  const sockets: WebSocketInterface[] = []
  const open = async (name: string, opening: Promise<WebSocketInterface>) => {
    const socket = await opening
    sockets.push(socket)
    for (const event of ['update', 'notification', 'conversation', 'delete', 'status_update'])
      socket.on(event, () => heard.add(`${name} ${event}`))
    await new Promise<void>((resolve, reject) => {
      socket.on('connect', () => resolve())
      socket.on('error', reject)
    })
  }
  await open('user', client.userStreaming())
  await open('public', client.publicStreaming())
  await open('tag', client.tagStreaming('tides'))
  await open('list', client.listStreaming(list.id))
  await open('direct', client.directStreaming())
  const wanted = [
    'user update',
    'user notification',
    'public update',
    'tag update',
    'list update',
    'direct conversation',
    'user delete',
    'user status_update',
  ]
  for (let i = 0; i < 100 && !wanted.every((one) => heard.has(one)); i++) {
    mentioning(home, bo, { tags: ['tides'] })
    mentioning(home, bo, { visibility: 'direct' })
    const { id } = (await client.postStatus('Boats')).data as { id: string }
    await client.editStatus(id, { status: 'Ships' })
    await client.deleteStatus(id)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  for (const socket of sockets) socket.stop()
  expect([...heard].sort()).toEqual(expect.arrayContaining(wanted.sort()))
})
