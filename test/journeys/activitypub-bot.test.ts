import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBotPeer, type BotPeer } from '../rig/activitypub-bot/peer.ts'
import { startActorServer, type ActorServer } from '../rig/actors.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { followFrom } from './conversation.ts'

/** The second referee: a server that is strict about keys (a document of their own), clocks (five minutes) and JSON-LD, all of which we do by hand. */
let burrow: Burrow
let bot: BotPeer
let others: ActorServer
const ana = (): string => `${burrow.origin}/users/ana`

beforeAll(async () => {
  ;[burrow, bot, others] = await Promise.all([startBurrow(), startBotPeer(), startActorServer('cem.localhost')])
  await burrow.online()
})
afterAll(async () => {
  await Promise.all([burrow?.remove(), bot?.stop(), others?.close()])
})

test('activitypub-bot follows us and is followed', async () => {
  const mastodon = await burrow.mastodon()
  await bot.follow({ uri: ana() })
  await until('it follows us', async () => (await bot.standing({ uri: ana() })).following)
  const notices = await until('we are told', async () => {
    const list = await mastodon.v1.notifications.list({ types: ['follow'] })
    return list.length > 0 && list
  })
  expect(notices[0]?.account).toMatchObject({ acct: bot.handle.slice(1), displayName: 'Bo, by the bot', bot: true })
  await followFrom(burrow, bot.handle)
  expect(await bot.standing({ uri: ana() })).toEqual({ follower: true, following: true })
})

test('a post, its edit and its end reach activitypub-bot, which reads them as JSON-LD', async () => {
  const mastodon = await burrow.mastodon()
  const post = await mastodon.v1.statuses.create({
    status: `Low water at nine, ${bot.handle} #tides`,
    spoilerText: 'tides',
    language: 'en',
  })
  const create = await bot.expect('Create', (activity) => JSON.stringify(activity).includes('Low water at nine'))
  expect(create.actor).toBe(ana())
  const mention = await until('it knows that it was named', async () => (await bot.happened()).find(({ what }) => what === 'mention'))
  // What its JSON-LD processor made of ours, with the context that we sent: nothing dropped, nothing misread.
  const read = mention.activity.object as Record<string, unknown>
  expect(read).toMatchObject({ id: post.uri, type: 'Note', attributedTo: ana(), summary: 'tides', 'as:sensitive': true })
  expect([read.tag].flat()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'as:Hashtag', name: '#tides' }),
      expect.objectContaining({ type: 'Mention', href: bot.actor }),
    ]),
  )
  expect(await bot.fetch({ uri: post.uri })).toMatchObject({ id: post.uri, type: 'Note' })

  await mastodon.v1.statuses.$select(post.id).update({ status: `Low water at ten, ${bot.handle}` })
  const update = await bot.expect('Update', (activity) => JSON.stringify(activity).includes('Low water at ten'))
  expect((update.object as { id: string }).id).toBe(post.uri)
  await mastodon.v1.statuses.$select(post.id).remove()
  const end = await bot.expect('Delete')
  expect(JSON.stringify(end.object)).toContain(post.uri)
})

test('what activitypub-bot posts, answers, likes and boosts is here, and goes when it is taken back', async () => {
  const mastodon = await burrow.mastodon()
  const ours = await mastodon.v1.statuses.create({ status: `Anybody for tea, ${bot.handle}?` })
  await bot.expect('Create', (activity) => JSON.stringify(activity).includes('Anybody for tea'))
  const theirs = await bot.post({ text: 'The kettle is on' })
  const home = await until('its post is at home', async () =>
    (await mastodon.v1.timelines.home.list({ limit: 10 })).find(({ uri }) => uri === theirs.id),
  )
  expect(home).toMatchObject({ visibility: 'public', account: { acct: bot.handle.slice(1) } })
  expect(home.content).toContain('The kettle is on')

  const reply = await bot.reply({ text: 'With milk', uri: ours.uri })
  await bot.like({ uri: ours.uri })
  await bot.announce({ uri: ours.uri })
  const status = await until('the answer, the like and the boost are counted', async () => {
    const now = await mastodon.v1.statuses.$select(ours.id).fetch()
    return now.repliesCount === 1 && now.favouritesCount === 1 && now.reblogsCount === 1 && now
  })
  expect(status.id).toBe(ours.id)
  const { descendants } = await mastodon.v1.statuses.$select(ours.id).context.fetch()
  expect(descendants.map(({ uri }) => uri)).toEqual([reply.id])

  await bot.edit({ text: 'The kettle has boiled', uri: theirs.id })
  await until('its edit is here', async () => (await mastodon.v1.statuses.$select(home.id).fetch()).content.includes('has boiled'))
  await bot.unlike({ uri: ours.uri })
  await bot.unannounce({ uri: ours.uri })
  await bot.remove({ uri: reply.id })
  await until('all of it is taken back', async () => {
    const now = await mastodon.v1.statuses.$select(ours.id).fetch()
    return now.repliesCount === 0 && now.favouritesCount === 0 && now.reblogsCount === 0
  })
  await bot.remove({ uri: theirs.id })
  await until('its post is gone', async () => (await mastodon.v1.timelines.home.list({ limit: 10 })).every(({ uri }) => uri !== theirs.id))
})

test('our likes and boosts reach it, and so does what we take back', async () => {
  const mastodon = await burrow.mastodon()
  const theirs = await bot.post({ text: 'Biscuits' })
  const here = await until('its post is at home', async () =>
    (await mastodon.v1.timelines.home.list({ limit: 10 })).find(({ uri }) => uri === theirs.id),
  )
  await mastodon.v1.statuses.$select(here.id).favourite()
  await mastodon.v1.statuses.$select(here.id).reblog()
  const like = await bot.expect('Like', (activity) => activity.object === theirs.id)
  const announce = await bot.expect('Announce', (activity) => activity.object === theirs.id)
  const told = async (what: string): Promise<boolean> => (await bot.happened()).some((one) => one.what === what)
  await until('the bot is told of both', async () => (await told('like')) && (await told('announce')))
  await mastodon.v1.statuses.$select(here.id).unfavourite()
  await mastodon.v1.statuses.$select(here.id).unreblog()
  for (const undone of [like, announce]) {
    await bot.expect('Undo', (activity) => (activity.object as { id: string }).id === undone.id)
  }
})

test('it is strict about clocks, and nothing of ours was ever refused', async () => {
  // The reference for "strict": its own door, knocked at by somebody whose clock is wrong.
  const cem = others.actor('cem')
  const note = { to: [bot.actor] }
  const inbox = `${bot.origin}/user/bo/inbox`
  expect((await cem.post(inbox, cem.create(note), { date: Date.now() - 6 * 60_000 })).status).toBe(401)
  expect((await cem.post(inbox, cem.create(note), { date: Date.now() - 4 * 60_000 })).status).toBeLessThan(300)
  const refused = bot.answers.filter(({ activity, status }) => activity.actor === ana() && status >= 300)
  expect(refused.map(({ activity, status, said }) => `${String(activity.type)} ${status}: ${said}`)).toEqual([])
  // Nothing is sent twice.
  const ids = bot.answers.filter(({ activity }) => activity.actor === ana()).map(({ activity }) => String(activity.id))
  expect(new Set(ids).size).toBe(ids.length)
  expect(burrow.log()).not.toContain('"level":50')
})

test('unfollowing is told both ways', async () => {
  const mastodon = await burrow.mastodon()
  await bot.unfollow({ uri: ana() })
  await until('it has gone', async () => (await mastodon.v1.accounts.verifyCredentials()).followersCount === 0)
  const [account] = (await mastodon.v2.search.list({ q: bot.handle, type: 'accounts' })).accounts
  await mastodon.v1.accounts.$select(account?.id ?? '').unfollow()
  await until('it knows', async () => !(await bot.standing({ uri: ana() })).follower)
})
