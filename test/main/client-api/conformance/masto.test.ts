import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from 'masto'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { receiveFavourite } from '../../../../src-main/domain/interactions.ts'
import { receiveFollow } from '../../../../src-main/domain/follows.ts'
import { findOwnerId } from '../../../../src-main/domain/owner.ts'
import { releasePost } from '../../../../src-main/domain/posts.ts'
import { followed, person, received } from '../../domain/home.ts'
import { film } from '../../media/films.ts'
import { png } from '../../media/pictures.ts'
import { openWhole } from './whole.ts'
import type { RemotePost } from '../../../../src-main/domain/posts.ts'
import type { Whole } from './whole.ts'

/** `masto`, the library of the window, of Elk and of Phanpy, over the whole surface of a real instance. */

const MINUTE = 60_000
const blob = async (bytes: Promise<Buffer>, type: string) => new Blob([new Uint8Array(await bytes)], { type })
/** masto's own, and what it has no word for. */
const withMasto = async () => {
  const home = await openWhole()
  return { ...home, masto: createRestAPIClient({ url: home.base, accessToken: home.token }) }
}
/** A post of somebody, just now, that names the owner; its id. */
const mentioning = (home: Whole['home'], accountId: number, base: string, more: Partial<RemotePost> = {}) =>
  received(home, accountId, {
    published: Date.now(),
    forOwner: true,
    content: `<p><a href="${base}/@ana" class="u-url mention">@ana</a> Look</p>`,
    mentions: [{ acct: 'ana', accountId: findOwnerId(home) }],
    ...more,
  })

it('registers an app, and reads what the server says of itself', async () => {
  const { base, masto } = await withMasto()
  const stranger = createRestAPIClient({ url: base })
  const app = await stranger.v1.apps.create({
    clientName: 'Lantern',
    redirectUris: ['lantern://in', 'urn:ietf:wg:oauth:2.0:oob'],
    scopes: 'read write',
  })
  expect([app.redirectUris?.length, app.clientSecretExpiresAt]).toEqual([2, 0])
  const token = await createOAuthAPIClient({ url: base }).token.create({
    grantType: 'client_credentials',
    clientId: app.clientId as string,
    clientSecret: app.clientSecret as string,
    scope: 'read',
  } as never)
  const itself = createRestAPIClient({ url: base, accessToken: token.accessToken })
  expect((await itself.v1.apps.verifyCredentials()).name).toBe('Lantern')
  const instance = await stranger.v2.instance.fetch()
  expect(instance.version).toMatch(/^4\.5\.0 \(compatible; Burrow /)
  expect((await stranger.v1.instance.fetch()).uri).toBe(instance.domain)
  expect(instance.configuration.vapid.publicKey).toBe(app.vapidKey)
  expect(await stranger.v1.customEmojis.list()).toEqual([])
  for (const empty of [
    await stranger.v1.instance.peers.list(),
    await stranger.v1.instance.activity.list(),
    await stranger.v1.trends.tags.list(),
    await stranger.v1.trends.statuses.list(),
    await stranger.v1.trends.links.list(),
    await masto.v1.announcements.list(),
    await masto.v2.suggestions.list(),
  ]) {
    expect(empty).toEqual([])
  }
})

it('writes, answers, edits, pins, boosts, keeps, mutes and deletes', async () => {
  const { masto } = await withMasto()
  const { id } = await masto.v1.statuses.create({ status: 'Boats #tides', visibility: 'public', language: 'en' })
  const post = masto.v1.statuses.$select(id)
  const reply = await masto.v1.statuses.create({ status: 'And ships', inReplyToId: id, visibility: 'unlisted', spoilerText: 'long' })
  expect((await post.context.fetch()).descendants.map((one) => one.id)).toEqual([reply.id])
  await post.update({ status: 'Boats and more #tides', spoilerText: 'sea' })
  expect((await post.source.fetch()).text).toBe('Boats and more #tides')
  expect((await post.history.list()).map((one) => one.spoilerText)).toEqual(['', 'sea'])
  expect((await post.favourite()).favourited).toBe(true)
  expect((await post.favouritedBy.list()).length).toBe(1)
  expect((await post.reblog()).reblog?.id).toBe(id)
  expect((await post.rebloggedBy.list()).length).toBe(1)
  expect((await post.bookmark()).bookmarked).toBe(true)
  expect((await masto.v1.bookmarks.list()).map((one) => one.id)).toEqual([id])
  expect((await masto.v1.favourites.list()).map((one) => one.id)).toEqual([id])
  expect((await post.pin()).pinned).toBe(true)
  const me = await masto.v1.accounts.verifyCredentials()
  expect((await masto.v1.accounts.$select(me.id).statuses.list({ pinned: true })).map((one) => one.id)).toEqual([id])
  expect((await post.mute()).muted).toBe(true)
  expect((await post.fetch()).muted).toBe(true)
  expect((await post.unmute()).muted).toBe(false)
  expect((await post.unpin()).pinned).toBe(false)
  expect((await post.unbookmark()).bookmarked).toBe(false)
  expect((await post.unfavourite()).favourited).toBe(false)
  expect((await post.unreblog()).reblogged).toBe(false)
  expect((await masto.v1.statuses.fetch({ id: [id, reply.id] })).length).toBe(2)
  expect((await masto.v2.search.list({ q: 'boats' })).statuses.map((one) => one.id)).toEqual([id])
  expect((await masto.v1.statuses.$select(reply.id).remove()).text).toBe('And ships')
  await expect(masto.v1.statuses.$select(reply.id).fetch()).rejects.toThrow('Record not found')
})

it('asks, votes, quotes, and says who may', async () => {
  const { masto, home, ask } = await withMasto()
  const asked = await masto.v1.statuses.create({ status: 'Which?', poll: { options: ['Reef', 'Jib'], expiresIn: 3600, multiple: false } })
  expect((await masto.v1.polls.$select(asked.poll?.id as string).fetch()).options.map((one) => one.title)).toEqual(['Reef', 'Jib'])
  const bo = followed(home, 'bo')
  const theirs = received(home, bo, {
    published: Date.now(),
    type: 'Question',
    poll: {
      options: [
        { title: 'A', votes: 0 },
        { title: 'B', votes: 2 },
      ],
      multiple: false,
      endsAt: Date.now() + 60 * MINUTE,
      closedAt: null,
      voters: 2,
    },
  })
  const shown = await masto.v1.statuses.$select(String(theirs)).fetch()
  expect((await masto.v1.polls.$select(shown.poll?.id as string).votes.create({ choices: [1] })).ownVotes).toEqual([1])
  const quotable = await masto.v1.statuses.create({ status: 'Quote me', quoteApprovalPolicy: 'public' } as never)
  const quoting = await masto.v1.statuses.create({ status: 'So be it', quotedStatusId: quotable.id } as never)
  expect(quoting.quote?.state).toBe('accepted')
  expect((await masto.v1.statuses.$select(quotable.id).quotes.list()).map((one) => one.id)).toEqual([quoting.id])
  const closed = await ask('PUT', `/api/v1/statuses/${quotable.id}/interaction_policy`, { quote_approval_policy: 'nobody' })
  expect(await closed.json()).toMatchObject({ quote_approval: { automatic: [] } })
  const revoked = await ask('POST', `/api/v1/statuses/${quotable.id}/quotes/${quoting.id}/revoke`)
  expect(await revoked.json()).toMatchObject({ quote: { state: 'revoked' } })
})

it('writes for later', async () => {
  const { masto } = await withMasto()
  const at = new Date(Date.now() + 60 * MINUTE).toISOString()
  const later = (await masto.v1.statuses.create({ status: 'Tomorrow', scheduledAt: at } as never)) as unknown as {
    id: string
    scheduledAt: string
  }
  expect(later.scheduledAt).toBe(at)
  expect((await masto.v1.scheduledStatuses.list()).map((one) => one.params.text)).toEqual(['Tomorrow'])
  const one = masto.v1.scheduledStatuses.$select(later.id)
  const moved = new Date(Date.now() + 120 * MINUTE).toISOString()
  expect((await one.update({ scheduledAt: moved })).scheduledAt).toBe(moved)
  expect((await one.fetch()).scheduledAt).toBe(moved)
  await expect(one.update({ scheduledAt: new Date(Date.now() + MINUTE).toISOString() })).rejects.toThrow(/^Validation failed/)
  await one.remove()
  expect(await masto.v1.scheduledStatuses.list()).toEqual([])
  expect((await masto.v1.timelines.home.list()).length).toBe(0)
})

it('uploads pictures, films and sounds, and posts them', async () => {
  const { masto, base, ask } = await withMasto()
  const picture = await masto.v2.media.create({ file: await blob(png(), 'image/png'), description: 'A boat', focus: '0.5,-0.5' })
  expect([picture.type, picture.description]).toEqual(['image', 'A boat'])
  const video = await masto.v2.media.create({ file: await blob(film('mp4'), 'video/mp4') })
  const sound = await masto.v2.media.create({ file: await blob(film('ogg'), 'audio/ogg') })
  expect([video.type, sound.type]).toEqual(['video', 'audio'])
  const described = await masto.v1.media.$select(video.id).update({ description: 'The harbour' })
  expect(described.description).toBe('The harbour')
  const status = await masto.v1.statuses.create({ status: 'Seen', mediaIds: [picture.id, video.id, sound.id] })
  expect(status.mediaAttachments.map((one) => one.type)).toEqual(['image', 'video', 'audio'])
  for (const one of status.mediaAttachments) {
    const part = await fetch(one.url as string, { headers: { range: 'bytes=0-9' } })
    expect([one.url?.startsWith(base), part.status, (await part.arrayBuffer()).byteLength]).toEqual([true, 206, 10])
  }
  const spare = await masto.v1.media.create({ file: await blob(png(), 'image/png') } as never)
  const { id } = spare as { id: string }
  expect((await ask('DELETE', `/api/v1/media/${id}`)).status).toBe(200)
  expect((await ask('GET', `/api/v1/media/${id}`)).status).toBe(404)
}, 60_000)

it('knows people: follows, notes, mutes, blocks, recommends', async () => {
  const { masto, home } = await withMasto()
  const bo = String(followed(home, 'bo'))
  const cy = String(person(home, 'cy'))
  const person_ = masto.v1.accounts.$select(cy)
  expect((await masto.v1.accounts.lookup({ acct: 'cy@tide.example' })).id).toBe(cy)
  expect((await masto.v1.accounts.fetch({ id: [bo, cy] })).length).toBe(2)
  expect((await person_.follow({ reblogs: false, notify: true, languages: ['en'] })).requested).toBe(true)
  expect((await masto.v1.accounts.relationships.fetch({ id: [cy, bo, '5'] })).map((one) => one.id)).toEqual([cy, bo])
  expect((await person_.unfollow()).requested).toBe(false)
  expect((await person_.note.create({ comment: 'Met at the pier' })).note).toBe('Met at the pier')
  expect((await person_.mute({ duration: 3600, notifications: false })).muting).toBe(true)
  expect((await masto.v1.mutes.list()).map((one) => (one as { muteExpiresAt?: string }).muteExpiresAt !== null)).toEqual([true])
  expect((await person_.unmute()).muting).toBe(false)
  expect((await person_.block()).blocking).toBe(true)
  expect((await masto.v1.blocks.list()).map((one) => one.id)).toEqual([cy])
  expect((await person_.unblock()).blocking).toBe(false)
  expect((await masto.v1.accounts.$select(bo).endorse()).endorsed).toBe(true)
  expect((await masto.v1.endorsements.list()).map((one) => one.id)).toEqual([bo])
  expect((await masto.v1.accounts.$select(bo).unendorse()).endorsed).toBe(false)
  const me = await masto.v1.accounts.verifyCredentials()
  expect((await masto.v1.accounts.$select(me.id).following.list()).map((one) => one.id)).toEqual([bo])
  expect(await masto.v1.accounts.$select(me.id).followers.list()).toEqual([])
  expect(await masto.v1.accounts.$select(bo).identityProofs.list()).toEqual([])
  expect((await masto.v1.accounts.search.list({ q: 'bo' })).map((one) => one.id)).toEqual([bo])
  await masto.v1.domainBlocks.create({ domain: 'noise.example' })
  expect(await masto.v1.domainBlocks.list()).toEqual(['noise.example'])
  await masto.v1.domainBlocks.remove({ domain: 'noise.example' })
  expect(await masto.v1.domainBlocks.list()).toEqual([])
  const report = await masto.v1.reports.create({ accountId: cy, comment: 'Loud', category: 'spam' } as never)
  expect([report.category, report.targetAccount.id]).toEqual(['spam', cy])
})

it('takes and refuses those who ask to follow', async () => {
  const { masto, home, base } = await withMasto()
  await masto.v1.accounts.updateCredentials({ locked: true })
  for (const name of ['dee', 'eve']) receiveFollow(home, { accountId: person(home, name), uri: `https://tide.example/follows/${name}` })
  const asking = await masto.v1.followRequests.list({ limit: 80 })
  expect(asking.map((one) => one.username).sort()).toEqual(['dee', 'eve'])
  const [dee, eve] = ['dee', 'eve'].map((name) => asking.find((one) => one.username === name)?.id as string) as [string, string]
  expect((await masto.v1.followRequests.$select(dee).authorize()).followedBy).toBe(true)
  expect((await masto.v1.followRequests.$select(eve).reject()).followedBy).toBe(false)
  expect((await masto.v1.accounts.$select(dee).removeFromFollowers()) as unknown).toMatchObject({ followedBy: false })
  expect(base).toMatch(/^http/)
})

it('sorts by lists, filters and hashtags', async () => {
  const { masto, home } = await withMasto()
  const bo = String(followed(home, 'bo'))
  const list = await masto.v1.lists.create({ title: 'Crew', repliesPolicy: 'list', exclusive: true } as never)
  const one = masto.v1.lists.$select(list.id)
  await one.accounts.create({ accountIds: [bo] })
  expect((await one.accounts.list()).map((account) => account.id)).toEqual([bo])
  const heard = String(received(home, Number(bo), { published: Date.now(), content: '<p>A quiet herring</p>' }))
  expect((await masto.v1.timelines.list.$select(list.id).list()).map((post) => post.id)).toEqual([heard])
  expect(await masto.v1.timelines.home.list()).toEqual([])
  expect((await masto.v1.accounts.$select(bo).lists.list()).map((each) => each.title)).toEqual(['Crew'])
  expect((await one.update({ title: 'Old crew', exclusive: false } as never)).title).toBe('Old crew')
  const filter = await masto.v2.filters.create({
    title: 'Fish',
    context: ['home', 'public'],
    filterAction: 'warn',
    keywordsAttributes: [{ keyword: 'herring', wholeWord: true }],
  } as never)
  expect((await masto.v1.timelines.list.$select(list.id).list())[0]?.filtered?.[0]?.keywordMatches).toEqual(['herring'])
  const kept = masto.v2.filters.$select(filter.id)
  const keyword = await kept.keywords.create({ keyword: 'cod', wholeWord: false } as never)
  expect((await kept.keywords.list()).map((each) => each.keyword)).toEqual(['herring', 'cod'])
  expect((await masto.v2.filters.keywords.$select(keyword.id).update({ keyword: 'codfish' } as never)).keyword).toBe('codfish')
  const marked = await kept.statuses.create({ statusId: heard })
  expect((await masto.v2.filters.statuses.$select(marked.id).fetch()).statusId).toBe(heard)
  expect((await kept.update({ title: 'Fishes', filterAction: 'hide' } as never)).filterAction).toBe('hide')
  expect((await masto.v1.filters.list()).map((each) => each.phrase).sort()).toEqual(['codfish', 'herring'])
  await masto.v2.filters.statuses.$select(marked.id).remove()
  await masto.v2.filters.keywords.$select(keyword.id).remove()
  await kept.remove()
  expect(await masto.v2.filters.list()).toEqual([])
  await one.accounts.remove({ accountIds: [bo] })
  expect(await one.accounts.list()).toEqual([])
  await one.remove()
  expect(await masto.v1.lists.list()).toEqual([])
  expect((await masto.v1.tags.$select('Tides').follow()).following).toBe(true)
  expect((await masto.v1.followedTags.list()).map((tag) => tag.name.toLowerCase())).toEqual(['tides'])
  expect((await masto.v1.tags.$select('tides').unfollow()).following).toBe(false)
  const featured = await masto.v1.featuredTags.create({ name: 'tides' })
  expect((await masto.v1.featuredTags.list()).map((tag) => tag.id)).toEqual([featured.id])
  await masto.v1.featuredTags.$select(featured.id).remove()
  expect(await masto.v1.featuredTags.list()).toEqual([])
})

it('is told what happened, one by one and in groups, and forgets it again', async () => {
  const { masto, home, base } = await withMasto()
  const { id } = await masto.v1.statuses.create({ status: 'Boats' })
  releasePost(home, Number(id), Date.now())
  const people = ['bo', 'cy', 'dee'].map((name) => followed(home, name))
  for (const accountId of people) receiveFavourite(home, { uri: null, accountId, postId: Number(id) })
  mentioning(home, people[0] as number, base)
  const single = await masto.v1.notifications.list()
  expect(single.map((one) => one.type)).toEqual(['mention', 'favourite', 'favourite', 'favourite'])
  expect((await masto.v1.notifications.list({ types: ['mention', 'reaction'] as never })).length).toBe(1)
  const grouped = await masto.v2.notifications.list()
  expect(grouped.notificationGroups.map((group) => [group.type, group.notificationsCount])).toEqual([
    ['mention', 1],
    ['favourite', 3],
  ])
  const key = grouped.notificationGroups[1]?.groupKey as string
  expect((await masto.v2.notifications.$select(key).accounts.fetch()).length).toBe(3)
  expect((await masto.v2.notifications.unreadCount.fetch()).count).toBe(2)
  const newest = single[0]?.id as string
  expect((await masto.v1.notifications.$select(newest).fetch()).status?.content).toContain('Look')
  expect((await masto.v1.markers.create({ notifications: { lastReadId: newest } })).notifications.lastReadId).toBe(newest)
  expect((await masto.v1.notifications.unreadCount.fetch()).count).toBe(0)
  await masto.v2.notifications.$select(key).dismiss()
  await masto.v1.notifications.$select(newest).dismiss()
  expect(await masto.v1.notifications.list()).toEqual([])
  await masto.v1.notifications.clear()
  const policy = await masto.v2.notifications.policy.update({ forNewAccounts: 'filter' } as never)
  expect([policy.forNewAccounts, (await masto.v2.notifications.policy.fetch()).forNewAccounts]).toEqual(['filter', 'filter'])
  expect(await masto.v1.notifications.requests.list()).toEqual([])
})

it('talks in private', async () => {
  const { masto, home, base } = await withMasto()
  const bo = followed(home, 'bo')
  const first = mentioning(home, bo, base, { visibility: 'direct' })
  const [talk] = await masto.v1.conversations.list()
  expect([talk?.unread, talk?.accounts.map((one) => one.username), talk?.lastStatus?.id]).toEqual([true, ['bo'], String(first)])
  expect((await masto.v1.conversations.$select(talk?.id as string).read()).unread).toBe(false)
  const answer = await masto.v1.statuses.create({ status: '@bo@tide.example Yes', visibility: 'direct', inReplyToId: String(first) })
  expect((await masto.v1.conversations.list()).map((one) => one.lastStatus?.id)).toEqual([answer.id])
  await masto.v1.conversations.$select(talk?.id as string).remove()
  expect(await masto.v1.conversations.list()).toEqual([])
})

it('keeps its profile and preferences', async () => {
  const { masto } = await withMasto()
  const face = await blob(png(), 'image/png')
  const me = await masto.v1.accounts.updateCredentials({
    displayName: 'Ana B.',
    note: 'Sails',
    avatar: face,
    header: face,
    bot: true,
    fieldsAttributes: [{ name: 'Boat', value: 'Yes' }],
    source: { privacy: 'unlisted', language: 'fr', sensitive: true },
  } as never)
  expect([me.displayName, me.source.note, me.source.privacy, me.source.language, me.bot]).toEqual([
    'Ana B.',
    'Sails',
    'unlisted',
    'fr',
    true,
  ])
  const preferences = await masto.v1.preferences.fetch()
  expect([preferences['posting:default:visibility'], preferences['posting:default:sensitive']]).toEqual(['unlisted', true])
  const profile = await masto.v1.profile.fetch()
  expect(profile.displayName).toBe('Ana B.')
  expect((await masto.v1.profile.update({ displayName: 'Ana C.' } as never)).displayName).toBe('Ana C.')
  expect((await masto.v1.profile.avatar.remove()).avatar).toMatch(/\/avatars\/original\/missing\.png$/)
  expect((await masto.v1.profile.header.remove()).header).toMatch(/\/headers\/original\/missing\.png$/)
})

it('subscribes to pushes', async () => {
  const { masto } = await withMasto()
  await expect(masto.v1.push.subscription.fetch()).rejects.toThrow(/not found/i)
  const keys = {
    p256dh: 'BEpPCn0cfs3P0E0fY-gyOuahx5dW5N8quUowlrPyfXlMa6tABLqqcSpOpMnC1-o_UB_s4R8NQsqMLbASjnqSbqw',
    auth: 'T5bhIIyre5TDC1LyX4mFAQ',
  }
  const made = await masto.v1.push.subscription.create({
    subscription: { endpoint: 'https://push.example/1', keys },
    data: { alerts: { mention: true }, policy: 'all' },
  } as never)
  expect([made.endpoint, made.alerts.mention, made.serverKey]).toEqual([
    'https://push.example/1',
    true,
    (await masto.v2.instance.fetch()).configuration.vapid.publicKey,
  ])
  const changed = await masto.v1.push.subscription.update({ data: { alerts: { mention: false, favourite: true } } } as never)
  expect([changed.alerts.mention, changed.alerts.favourite]).toEqual([false, true])
  await masto.v1.push.subscription.remove()
  await expect(masto.v1.push.subscription.fetch()).rejects.toThrow(/not found/i)
})

it('pages every list to its end', async () => {
  const { masto, home, base } = await withMasto()
  const bo = followed(home, 'bo')
  const people = Array.from({ length: 23 }, (_, i) => followed(home, `friend${i}`))
  for (let i = 0; i < 23; i++) {
    const id = mentioning(home, bo, base, { published: Date.now() - i * 1000, tags: ['tides'] })
    await masto.v1.statuses.$select(String(id)).favourite()
    await masto.v1.statuses.$select(String(id)).bookmark()
  }
  const list = await masto.v1.lists.create({ title: 'All' })
  await masto.v1.lists.$select(list.id).accounts.create({ accountIds: people.map(String) })
  const me = await masto.v1.accounts.verifyCredentials()
  const whole = async (pages: AsyncIterable<{ id: string }[]>) => {
    const seen: string[] = []
    let turned = 0
    for await (const page of pages) {
      seen.push(...page.map((one) => one.id))
      if (++turned > 60) throw new Error('it does not end')
    }
    return [seen.length, new Set(seen).size]
  }
  const limit = 5
  expect(await whole(masto.v1.timelines.home.list({ limit }))).toEqual([23, 23])
  expect(await whole(masto.v1.timelines.public.list({ limit }))).toEqual([23, 23])
  expect(await whole(masto.v1.timelines.tag.$select('tides').list({ limit }))).toEqual([23, 23])
  expect(await whole(masto.v1.accounts.$select(String(bo)).statuses.list({ limit }))).toEqual([23, 23])
  expect(await whole(masto.v1.favourites.list({ limit }))).toEqual([23, 23])
  expect(await whole(masto.v1.bookmarks.list({ limit }))).toEqual([23, 23])
  expect(await whole(masto.v1.notifications.list({ limit }))).toEqual([23, 23])
  expect(await whole(masto.v1.accounts.$select(me.id).following.list({ limit }))).toEqual([24, 24])
  expect(await whole(masto.v1.lists.$select(list.id).accounts.list({ limit }))).toEqual([23, 23])
}, 60_000)

it('hears live of its home, its notifications, a hashtag, a list and what is private', async () => {
  const { masto, home, base, token } = await withMasto()
  const bo = followed(home, 'bo')
  const list = await masto.v1.lists.create({ title: 'Crew' })
  await masto.v1.lists.$select(list.id).accounts.create({ accountIds: [String(bo)] })
  const streaming = createStreamingAPIClient({
    streamingApiUrl: (await masto.v2.instance.fetch()).configuration.urls.streaming,
    accessToken: token,
    implementation: WebSocket,
  })
  const streams = {
    user: streaming.user.subscribe(),
    'user:notification': streaming.user.notification.subscribe(),
    hashtag: streaming.hashtag.subscribe({ tag: 'tides' }),
    list: streaming.list.subscribe({ list: list.id }),
    direct: streaming.direct.subscribe(),
    public: streaming.public.subscribe(),
  }
  const heard: string[] = []
  for (const [name, stream] of Object.entries(streams)) {
    void (async () => {
      for await (const event of stream) heard.push(`${name} ${event.event}`)
    })()
  }
  await streaming.prepare()
  const until = async (...wanted: string[]) => {
    // A subscription goes out with the socket: what was said before it arrived is said again, until it is heard.
    for (let i = 0; i < 200 && !wanted.every((one) => heard.includes(one)); i++) await new Promise((resolve) => setTimeout(resolve, 25))
    expect(heard).toEqual(expect.arrayContaining(wanted))
  }
  for (let i = 0; i < 200 && !heard.includes('hashtag update'); i++) {
    mentioning(home, bo, base, { tags: ['tides'] })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await until('user update', 'user notification', 'user:notification notification', 'hashtag update', 'list update', 'public update')
  mentioning(home, bo, base, { visibility: 'direct' })
  await until('direct conversation')
  const { id } = await masto.v1.statuses.create({ status: 'Boats' })
  await masto.v1.statuses.$select(id).update({ status: 'Ships' })
  await masto.v1.statuses.$select(id).remove()
  await until('user status.update', 'user delete')
  await masto.v2.filters.create({ title: 'Fish', context: ['home'], keywordsAttributes: [{ keyword: 'herring' }] } as never)
  await until('user filters_changed')
  for (const stream of Object.values(streams)) stream.unsubscribe()
  streaming.close()
}, 60_000)
