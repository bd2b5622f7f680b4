import { createRestAPIClient, createStreamingAPIClient, MastoHttpError } from 'masto'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { releasePost } from '../../../src-main/domain/posts.ts'
import { followed, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { Api } from './instance.ts'

/** A client we did not write, over a real socket: the same library the window and Phanpy use. */
async function live(): Promise<{ api: Api; base: string; client: ReturnType<typeof createRestAPIClient> }> {
  const api = await openApi()
  const base = await api.listen()
  return { api, base, client: createRestAPIClient({ url: base, accessToken: api.token }) }
}

it('signs in as an app does, and reads who it is', async () => {
  const { base } = await live()
  const anonymous = createRestAPIClient({ url: base })
  const app = await anonymous.v1.apps.create({ clientName: 'Test', redirectUris: 'urn:ietf:wg:oauth:2.0:oob', scopes: 'read write' })
  expect(app.clientId).toMatch(/^[\w-]{43}$/)
  const instance = await anonymous.v2.instance.fetch()
  expect([instance.domain, instance.configuration.urls.streaming]).toEqual(['ana.example', base.replace('http', 'ws')])
  expect((await anonymous.v1.instance.fetch()).uri).toBe('ana.example')
})

it('writes with a picture, edits, answers, acts and deletes', async () => {
  const { client } = await live()
  const media = await client.v2.media.create({ file: new Blob(['picture'], { type: 'image/png' }), description: 'A boat' })
  expect(media.url).toMatch(/\/media\/[\w-]+\/original\.jpg$/)
  const status = await client.v1.statuses.create({ status: 'Boats #tides', mediaIds: [media.id], visibility: 'public', spoilerText: '' })
  expect(status.mediaAttachments[0]?.description).toBe('A boat')
  const edited = await client.v1.statuses
    .$select(status.id)
    .update({ status: 'Ships #tides', mediaIds: [media.id], mediaAttributes: [{ id: media.id, description: 'A ship' }] } as never)
  expect([edited.content.includes('Ships'), edited.mediaAttachments[0]?.description]).toEqual([true, 'A ship'])
  const answer = await client.v1.statuses.create({ status: 'And more', inReplyToId: status.id })
  const context = await client.v1.statuses.$select(answer.id).context.fetch()
  expect(context.ancestors.map((one) => one.id)).toEqual([status.id])
  expect((await client.v1.statuses.$select(status.id).favourite()).favourited).toBe(true)
  expect((await client.v1.statuses.$select(status.id).reblog()).reblog?.id).toBe(status.id)
  expect((await client.v1.statuses.$select(status.id).bookmark()).bookmarked).toBe(true)
  expect((await client.v1.statuses.$select(status.id).source.fetch()).text).toBe('Ships #tides')
  expect((await client.v1.statuses.$select(answer.id).remove()).text).toBe('And more')
  await expect(client.v1.statuses.$select(answer.id).fetch()).rejects.toThrow(MastoHttpError)
  await expect(client.v1.statuses.$select(answer.id).fetch()).rejects.toThrow('Record not found')
})

it('pages to the end by itself', async () => {
  const { api, client } = await live()
  const bo = followed(api.home, 'bo')
  for (let i = 0; i < 25; i++) received(api.home, bo, { published: api.home.clock.at - i * 1000 })
  const seen: string[] = []
  for await (const page of client.v1.timelines.home.list({ limit: 10 })) seen.push(...page.map((one) => one.id))
  expect([seen.length, new Set(seen).size]).toEqual([25, 25])
})

it('reads and changes the rest of what the window uses', async () => {
  const { api, client } = await live()
  const bo = person(api.home, 'bo')
  expect((await client.v1.accounts.lookup({ acct: 'bo@tide.example' })).id).toBe(String(bo))
  expect((await client.v1.accounts.$select(String(bo)).follow({ reblogs: false })).requested).toBe(true)
  expect((await client.v1.accounts.relationships.fetch({ id: [String(bo)] })).map((one) => one.requested)).toEqual([true])
  const me = await client.v1.accounts.updateCredentials({
    displayName: 'Ana B.',
    avatar: new Blob(['face'], { type: 'image/png' }),
    fieldsAttributes: [{ name: 'Boat', value: 'Yes' }],
  })
  expect([me.displayName, me.source.fields?.[0]?.value, me.avatar.includes('/media/')]).toEqual(['Ana B.', 'Yes', true])
  const { id } = await client.v1.statuses.create({ status: 'Boats' })
  releasePost(api.home, Number(id), api.home.clock.at)
  receiveFavourite(api.home, { uri: null, accountId: bo, postId: Number(id) })
  const [told] = await client.v1.notifications.list({ limit: 40 })
  expect([told?.type, told?.account.acct]).toEqual(['favourite', 'bo@tide.example'])
  const marker = await client.v1.markers.create({ notifications: { lastReadId: told?.id as string } })
  expect(marker.notifications.lastReadId).toBe(told?.id)
  expect((await client.v1.markers.fetch({ timeline: ['notifications'] })).notifications.version).toBe(1)
  expect((await client.v2.notifications.list()).notificationGroups).toHaveLength(1)
  expect((await client.v2.search.list({ q: 'boats', resolve: false, limit: 20 })).statuses).toHaveLength(1)
  expect(await client.v1.followRequests.list()).toEqual([])
  expect(await client.v2.filters.list()).toEqual([])
  expect(await client.v1.lists.list()).toEqual([])
  expect(await client.v1.customEmojis.list()).toEqual([])
  expect((await client.v1.preferences.fetch())['posting:default:visibility']).toBe('public')
  await expect(client.v1.push.subscription.fetch()).rejects.toThrow(/not found/i)
  expect(api.problems).toEqual([])
})

it('hears of posts as they are written', async () => {
  const { api, base, client } = await live()
  const streaming = createStreamingAPIClient({
    streamingApiUrl: base.replace('http', 'ws'),
    accessToken: api.token,
    implementation: WebSocket,
  })
  const events = streaming.user.subscribe()
  const first = (async () => {
    for await (const event of events) return event
  })()
  await streaming.prepare()
  let written = await client.v1.statuses.create({ status: 'Live' })
  // The subscription goes out with the socket; a post written before it arrived is fetched, not streamed.
  const heard = await Promise.race([first, new Promise<null>((resolve) => setImmediate(() => setImmediate(() => resolve(null))))])
  if (!heard) written = await client.v1.statuses.create({ status: 'Live again' })
  const event = heard ?? (await first)
  expect([event?.event, (event?.payload as { id: string }).id]).toEqual(['update', event === heard ? written.id : expect.any(String)])
  events.unsubscribe()
  streaming.close()
})
