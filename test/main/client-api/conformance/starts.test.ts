import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { receiveFavourite } from '../../../../src-main/domain/interactions.ts'
import { findOwnerId } from '../../../../src-main/domain/owner.ts'
import { releasePost } from '../../../../src-main/domain/posts.ts'
import { followed, received } from '../../domain/home.ts'
import { openWhole } from './whole.ts'
import type { Json } from '../instance.ts'
import type { Whole } from './whole.ts'

/** What Elk, Phanpy and Ivory ask at their start, in their order and their spelling, and what they read in the answers. */

interface Seeded extends Whole {
  json: (path: string, status?: number) => Promise<Json>
  newest: string
}

async function seeded(): Promise<Seeded> {
  const whole = await openWhole()
  const { home, ask } = whole
  const bo = followed(home, 'bo')
  const mentions = [{ acct: 'ana', accountId: findOwnerId(home) }]
  for (let i = 0; i < 12; i++) received(home, bo, { published: Date.now() - i * 1000, ...(i < 4 ? { forOwner: true, mentions } : {}) })
  const { id } = (await (await ask('POST', '/api/v1/statuses', { status: 'Boats' })).json()) as { id: string }
  releasePost(home, Number(id), Date.now())
  receiveFavourite(home, { uri: null, accountId: bo, postId: Number(id) })
  const json = async (path: string, status = 200) => {
    const answer = await ask('GET', path, undefined, { origin: 'https://client.example' })
    expect([path, answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([path, status, '*'])
    return (await answer.json()) as Json
  }
  return { ...whole, json, newest: id }
}
const hear = (url: string, protocol: string | undefined, frames: object[], wanted: number) =>
  new Promise<Json[]>((resolve, reject) => {
    const socket = new WebSocket(url, protocol)
    const heard: Json[] = []
    socket.on('open', () => {
      for (const frame of frames) socket.send(JSON.stringify(frame))
      if (wanted === 0) socket.close()
    })
    socket.on('message', (data: Buffer) => {
      heard.push(JSON.parse(data.toString('utf8')))
      if (heard.length >= wanted) socket.close()
    })
    socket.on('close', () => resolve([{ protocol: socket.protocol }, ...heard]))
    socket.on('error', reject)
  })

it('Elk: instance, who it is, home, markers, notifications until the marker, live', async () => {
  const { base, token, json, ask, complaints } = await seeded()
  const app = (await (
    await fetch(`${base}/api/v1/apps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Elk',
        website: 'https://elk.example',
        redirect_uris: 'https://elk.example/api/ana.example/oauth/https%3A%2F%2Felk.example',
        scopes: 'read write follow push',
      }),
    })
  ).json()) as Json
  expect([typeof app.client_id, typeof app.client_secret, app.client_secret_expires_at]).toEqual(['string', 'string', 0])
  const query = new URLSearchParams({
    client_id: app.client_id as string,
    force_login: 'false',
    scope: 'read write follow push',
    response_type: 'code',
    lang: 'en',
    redirect_uri: app.redirect_uri as string,
  })
  const page = await fetch(`${base}/oauth/authorize?${query.toString()}`)
  expect([page.status < 500, page.headers.get('content-type')?.startsWith('text/html')]).toEqual([true, true])
  const wrong = await ask('POST', '/oauth/token', {
    client_id: app.client_id,
    client_secret: app.client_secret,
    redirect_uri: app.redirect_uri,
    grant_type: 'authorization_code',
    code: 'wrong',
    scope: 'read write follow push',
  })
  expect([wrong.status, ((await wrong.json()) as Json).error]).toEqual([400, 'invalid_grant'])

  const instance = await json('/api/v2/instance')
  // Unguarded in Elk: without these it never stores the instance.
  expect([typeof instance.configuration.urls.streaming, typeof instance.configuration.media_attachments.image_size_limit]).toEqual([
    'string',
    'number',
  ])
  expect((await json('/nodeinfo/2.0')).metadata.upstream.name).toBe('mastodon')
  const me = await json('/api/v1/accounts/verify_credentials')
  expect([me.acct, me.header.endsWith('/headers/original/missing.png'), me.source.privacy]).toEqual(['ana', true, 'public'])
  await json('/api/v1/preferences')
  expect((await json('/api/v1/push/subscription', 404)).error).toMatch(/not found/i)
  expect(await json('/api/v1/followed_tags')).toEqual([])
  expect((await json('/api/v1/timelines/home?limit=30')).length).toBe(13)
  const markers = await json('/api/v1/markers?timeline[]=notifications')
  // It reads page after page until it meets this very id.
  const first = await json('/api/v1/notifications?limit=30')
  expect(first.map((one: Json) => one.id)).toContain(markers.notifications.last_read_id)
  expect((await json('/api/v1/notifications?limit=30&types[]=mention')).every((one: Json) => one.type === 'mention')).toBe(true)
  expect(await json('/api/v1/custom_emojis')).toEqual([])
  const about = first.find((one: Json) => one.status)?.account.id as string
  expect((await json(`/api/v1/accounts/relationships?id[]=${about}`))[0].following).toBe(true)
  expect((await json(`/api/v1/accounts/lookup?acct=${first[0].account.acct}`)).id).toBe(first[0].account.id)
  const [opened] = await hear(
    `${instance.configuration.urls.streaming}/api/v1/streaming`,
    token,
    [{ type: 'subscribe', stream: 'user' }],
    0,
  )
  expect(opened).toEqual({ protocol: token })
  expect(complaints).toEqual([])
})

it('Phanpy: host-meta, app, metadata, instance, nodeinfo, home, groups, new posts by polling', async () => {
  const { base, token, json, ask, home, complaints } = await seeded()
  const meta = await (await fetch(`${base}/.well-known/host-meta`)).text()
  expect(/<Link[^>]*template="([^"]+)"/.exec(meta)?.[1]).toBe(`${base}/.well-known/webfinger?resource={uri}`)
  const form = new URLSearchParams({
    client_name: 'Phanpy',
    redirect_uris: 'https://phanpy.example/',
    scopes: 'read write follow push',
    website: 'https://phanpy.example',
  })
  const app = (await (await fetch(`${base}/api/v1/apps`, { method: 'POST', body: form })).json()) as Json
  expect([app.client_id.length > 0, app.client_secret.length > 0]).toEqual([true, true])
  expect((await json('/.well-known/oauth-authorization-server')).code_challenge_methods_supported).toContain('S256')
  const instance = await json('/api/v2/instance')
  expect([instance.version.match(/^\d+\.\d+(\.\d+)?/)?.[0], instance.api_versions.mastodon]).toEqual(['4.5.0', 7])
  // It throws when these two differ.
  expect(app.vapid_key).toBe(instance.configuration.vapid.public_key)
  const { links } = await json('/.well-known/nodeinfo')
  const chosen = links.find((link: Json) => link.rel.endsWith('/2.0')).href as string
  expect((await json(chosen.slice(base.length))).software.name).toBe('burrow')
  await json('/api/v1/preferences')
  await json('/api/v1/accounts/verify_credentials')
  const [newest] = await json('/api/v1/timelines/home?limit=20')
  expect(await json('/api/v1/followed_tags?limit=200')).toEqual([])
  expect(await json('/api/v1/lists')).toEqual([])
  expect((await json(`/api/v1/statuses?id[]=${newest.id}`))[0].id).toBe(newest.id)
  expect(await json(`/api/v1/timelines/home?limit=5&since_id=${newest.id}`)).toEqual([])
  const later = received(home, followed(home, 'cy'), { published: Date.now() + 1000 })
  expect((await json(`/api/v1/timelines/home?limit=5&since_id=${newest.id}`)).map((one: Json) => one.id)).toEqual([String(later)])
  const grouped = await json('/api/v2/notifications?limit=20')
  const known = { accounts: grouped.accounts.map((one: Json) => one.id), statuses: grouped.statuses.map((one: Json) => one.id) }
  for (const group of grouped.notification_groups) {
    expect(known.accounts).toEqual(expect.arrayContaining(group.sample_account_ids))
    if (group.status_id) expect(known.statuses).toContain(group.status_id)
  }
  // The same events as the first version tells, or its badge never goes out.
  const single = await json('/api/v1/notifications?limit=40')
  expect(grouped.notification_groups.reduce((sum: number, one: Json) => sum + one.notifications_count, 0)).toBe(single.length)
  const read = await ask('POST', '/api/v1/markers', { notifications: { last_read_id: single[0].id } })
  expect(((await read.json()) as Json).notifications.last_read_id).toBe(single[0].id)
  expect(await json(`/api/v1/notifications?limit=1&since_id=${single[0].id}`)).toEqual([])
  expect(await json('/api/v1/follow_requests?limit=1')).toEqual([])
  expect(await json('/api/v1/announcements')).toEqual([])
  expect((await json('/api/v2/notifications/policy')).summary.pending_requests_count).toBe(0)
  expect(await json('/api/v1/notifications/requests')).toEqual([])
  const key = { 'idempotency-key': 'once' }
  const twice = [
    await ask('POST', '/api/v1/statuses', { status: 'Once' }, key),
    await ask('POST', '/api/v1/statuses', { status: 'Once' }, key),
  ]
  const [one, other] = (await Promise.all(twice.map((answer) => answer.json()))) as Json[]
  expect(one.id).toBe(other.id)
  const frames = [
    { type: 'subscribe', stream: 'user' },
    { type: 'subscribe', stream: 'user:notification' },
    { type: 'subscribe', stream: 'nonsense' },
  ]
  const [, refused] = await hear(`${instance.configuration.urls.streaming}/api/v1/streaming`, token, frames, 1)
  expect(refused).toMatchObject({ error: 'Unknown stream type', status: 400 })
  expect(complaints).toEqual([])
})

it('Ivory: resumes where it was, upwards, and asks for both kinds of notifications', async () => {
  const { json, newest, complaints } = await seeded()
  const all = await json('/api/v1/timelines/home?limit=40')
  const ids = all.map((one: Json) => one.id) as string[]
  const last = ids.at(-1) as string
  // Right above what it has seen, newest first.
  expect((await json(`/api/v1/timelines/home?limit=40&min_id=${last}`)).map((one: Json) => one.id)).toEqual(ids.slice(0, -1))
  expect((await json(`/api/v1/timelines/home?limit=3&min_id=${last}`)).map((one: Json) => one.id)).toEqual(ids.slice(-4, -1))
  await json('/api/v1/preferences')
  expect((await json('/api/v2/instance')).configuration.statuses.max_characters).toBeGreaterThan(499)
  expect(await json('/api/v1/lists')).toEqual([])
  expect((await json('/api/v1/notifications?limit=80&min_id=1&types[]=mention')).length).toBe(4)
  const types = ['mention', 'favourite', 'reblog', 'follow', 'poll', 'status', 'update', 'quote'].map((type) => `types[]=${type}`).join('&')
  expect((await json(`/api/v1/notifications?limit=80&min_id=1&${types}`)).length).toBe(5)
  const { id } = await json('/api/v1/accounts/verify_credentials')
  const own = await json(`/api/v1/accounts/${id}/statuses?exclude_reblogs=1&limit=40`)
  expect(own.map((one: Json) => one.id)).toEqual([newest])
  expect(await json(`/api/v1/accounts/${id}/statuses?exclude_reblogs=1&limit=40&max_id=${newest}`)).toEqual([])
  expect(complaints).toEqual([])
})
