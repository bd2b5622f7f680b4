/** What else goes out: polls and votes, quotes, reactions, pins, reports, blocks, moves, relays, keys; each as its readers expect it. */
import { describe, expect, test } from 'vitest'
import { block, unblock } from '../../../src-main/domain/follows.ts'
import { addMedia } from '../../../src-main/domain/media.ts'
import { featureTag, unfeatureTag } from '../../../src-main/domain/followed-tags.ts'
import { moveAway } from '../../../src-main/domain/moves.ts'
import { addEmoji } from '../../../src-main/domain/own-emojis.ts'
import { rotateKeys, updateProfile, updateSettings } from '../../../src-main/domain/owner.ts'
import { pin, unpin } from '../../../src-main/domain/pins.ts'
import { endPolls, vote } from '../../../src-main/domain/polls.ts'
import { deletePost, editPost, postById, postByUri, writePost } from '../../../src-main/domain/posts.ts'
import { revokeQuote, setQuotePolicy } from '../../../src-main/domain/quotes.ts'
import { react, unreact } from '../../../src-main/domain/reactions.ts'
import { addRelay, answerRelay, removeRelay } from '../../../src-main/domain/relays.ts'
import { report } from '../../../src-main/domain/reports.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, eventsTaken, followedBy, following, HOUR, knowing, MINUTE, openInstance, ORIGIN } from './instance.ts'
import { believed, wellMade } from './stranger.ts'
import { PUBLIC, remoteServer } from './world.ts'
import type { Instance } from './instance.ts'
import type { RemoteActor } from './world.ts'

const FOLLOWERS = `${ANA}/followers`
const uriOf = (id: number) => `${ANA}/statuses/${id}`

async function scene() {
  const home = await openInstance()
  const [mo, other] = [remoteServer('mo.example'), remoteServer('other.example')]
  const [bo, al] = [mo.actor('bo'), other.actor('al')]
  await followedBy(home, bo)
  return { home, mo, other, bo, al }
}

/** The oldest waiting item leaves, and is what everything we send has to be. */
async function gone(home: Instance) {
  const left = await home.leave()
  if (left === 'drop') throw new Error('it was dropped')
  await wellMade(left.activity)
  const open = JSON.stringify([left.activity.to, left.activity.cc]).includes(PUBLIC)
  expect('proof' in left.activity, 'a proof on what is public, and on nothing else').toBe(open)
  if (open) expect(await believed(left.activity)).toBe(true)
  return left
}
async function written(home: Instance, post: Parameters<typeof writePost>[1]) {
  const { id } = writePost(home, post).post
  await gone(home)
  return id
}
const kinds = async (home: Instance) => {
  await eventsTaken()
  return home.outbox.map((item) => item.kind)
}
/** A post of somebody else's that is here. */
async function said(home: Instance, by: RemoteActor, change: Record<string, unknown> = {}) {
  const create = by.create(change) as { object: { id: string } }
  await home.takes(by, create)
  const post = postByUri(home, create.object.id)
  if (!post) throw new Error('it was not kept')
  return post
}

describe('polls', () => {
  const poll = { options: ['Ferry', 'Bridge'], multiple: false, expiresIn: HOUR }

  test('a poll is a Question that runs from when it leaves', async () => {
    const { home } = await scene()
    writePost(home, { text: 'Which?', visibility: 'public', poll })
    home.clock.at += 20 * HOUR
    const { activity } = await gone(home)
    const ends = new Date(home.clock.at + HOUR).toISOString().replace('.000', '')
    const option = (name: string) => ({ type: 'Note', name, replies: { type: 'Collection', totalItems: 0 } })
    expect(activity).toMatchObject({
      type: 'Create',
      object: { type: 'Question', oneOf: [option('Ferry'), option('Bridge')], endTime: ends, votersCount: 0 },
    })
    expect(activity.object).not.toHaveProperty('closed')
    const { id } = postById(home, Number((activity.object as { id: string }).id.split('/').pop())) as { id: number }
    expect((await home.get(`/users/ana/statuses/${id}`)).json()).toMatchObject({ type: 'Question', endTime: ends })
  })

  test('of several answers is anyOf', async () => {
    const { home } = await scene()
    writePost(home, { text: 'Which?', visibility: 'public', poll: { ...poll, multiple: true } })
    expect((await gone(home)).activity.object).toHaveProperty('anyOf')
  })

  test('its numbers go out every few minutes while votes come in, and at once when it ends: no edit', async () => {
    const { home, bo, al } = await scene()
    const id = await written(home, { text: 'Which?', visibility: 'public', poll })
    const ballot = (who: RemoteActor, name: string) =>
      who.activity('Create', { id: `${who.id}#votes/${name}`, type: 'Note', name, attributedTo: who.id, to: [ANA], inReplyTo: uriOf(id) })
    await home.takes(bo, ballot(bo, 'Ferry'))
    await home.takes(al, ballot(al, 'Bridge'))
    expect(await kinds(home)).toEqual([])
    await home.pass(3 * MINUTE)
    expect(await kinds(home)).toEqual(['tally'])
    const { activity, inboxes } = await gone(home)
    expect(activity).toMatchObject({
      type: 'Update',
      object: { id: uriOf(id), type: 'Question', oneOf: [{ replies: { totalItems: 1 } }, { replies: { totalItems: 1 } }], votersCount: 2 },
    })
    expect(activity.object).not.toHaveProperty('updated')
    // Whoever voted sees the numbers, follower or not.
    expect([...inboxes].sort()).toEqual(['https://mo.example/inbox', 'https://other.example/inbox'])
    home.clock.at += 2 * HOUR
    endPolls(home)
    const last = await gone(home)
    expect(last.activity.object).toMatchObject({ closed: expect.stringMatching(/Z$/) })
    expect(last.activity.id).not.toBe(activity.id)
  })

  test('numbers not told when the program ends are told by the next one', async () => {
    const { home, bo } = await scene()
    const id = await written(home, { text: 'Which?', visibility: 'public', poll })
    await home.takes(
      bo,
      bo.activity('Create', { id: `${bo.id}#v`, type: 'Note', name: 'Ferry', attributedTo: bo.id, to: [ANA], inReplyTo: uriOf(id) }),
    )
    await eventsTaken()
    await home.federation.stop()
    expect(home.outbox.map((item) => item.kind)).toEqual(['tally'])
  })

  test('a vote is a Note with a name, for the author of the poll alone', async () => {
    const { home, al } = await scene()
    await following(home, al)
    const asked = await said(home, al, {
      type: 'Question',
      anyOf: ['Ferry', 'Bridge', 'Swim'].map((name) => ({ type: 'Note', name, replies: { type: 'Collection', totalItems: 0 } })),
      endTime: new Date(home.clock.at + HOUR).toISOString(),
    })
    vote(home, asked.id, [0, 2])
    expect(await kinds(home)).toEqual(['vote', 'vote'])
    const [one, two] = [await gone(home), await gone(home)]
    expect([one, two].map(({ activity }) => (activity.object as { name: string }).name)).toEqual(['Ferry', 'Swim'])
    expect(one.inboxes).toEqual([al.inbox])
    const { activity } = one
    const object = activity.object as Record<string, unknown>
    expect(Object.keys(object).sort()).toEqual(['attributedTo', 'id', 'inReplyTo', 'name', 'to', 'type'])
    expect(object).toMatchObject({ type: 'Note', attributedTo: ANA, to: [al.id], inReplyTo: asked.uri })
    expect(Object.keys(activity).sort()).toEqual(['@context', 'actor', 'id', 'object', 'to', 'type'])
    expect(activity.id).toBe(`${String(object.id)}/activity`)
    expect(activity.id).not.toBe(two.activity.id)
  })
})

describe('quotes', () => {
  const policy = { interactionPolicy: { canQuote: { automaticApproval: [PUBLIC] } } }

  test('a quote leaves under every name it goes by, with words for those who know none, then asks', async () => {
    const { home, al } = await scene()
    await following(home, al)
    const quoted = await said(home, al, { ...policy, url: 'https://other.example/@al/1' })
    const { post } = writePost(home, { text: 'Look', visibility: 'public', quoteOf: quoted.id })
    expect(await kinds(home)).toEqual(['post', 'quote-request'])
    const { activity, inboxes } = await gone(home)
    const { uri } = quoted
    expect(activity.object).toMatchObject({ quote: uri, quoteUrl: uri, quoteUri: uri, _misskey_quote: uri })
    expect(activity.object).not.toHaveProperty('quoteAuthorization')
    expect((activity.object as { tag: unknown[] }).tag).toContainEqual({
      type: 'Link',
      mediaType: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
      rel: 'https://misskey-hub.net/ns#_misskey_quote',
      href: uri,
      name: `RE: ${uri}`,
    })
    expect((activity.object as { content: string }).content).toBe(
      '<p>Look<span class="quote-inline"><br/>RE: <a href="https://other.example/@al/1">https://other.example/@al/1</a></span></p>',
    )
    expect(inboxes).toContain('https://other.example/inbox')
    const asks = await gone(home)
    expect(asks.inboxes).toEqual([al.inbox])
    expect(asks.activity).toMatchObject({
      id: `${uriOf(post.id)}/quote`,
      type: 'QuoteRequest',
      actor: ANA,
      to: [al.id],
      object: uri,
      instrument: { id: uriOf(post.id), type: 'Note', quote: uri },
    })
    expect((await home.get(`/users/ana/statuses/${post.id}/quote`)).json()).toMatchObject({
      type: 'QuoteRequest',
      instrument: uriOf(post.id),
    })
  })

  test('the consent goes out as an Update that is no edit; so does its end', async () => {
    const { home, al, other } = await scene()
    await following(home, al)
    const quoted = await said(home, al, policy)
    const id = await written(home, { text: 'Look', visibility: 'public', quoteOf: quoted.id })
    const { activity: asked } = await gone(home)
    const stamp = `${al.id}/stamps/1`
    other.serve('/users/al/stamps/1', {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: stamp,
      type: 'QuoteAuthorization',
      attributedTo: al.id,
      interactingObject: uriOf(id),
      interactionTarget: quoted.uri,
    })
    await home.takes(
      al,
      al.activity(
        'Accept',
        { id: asked.id, type: 'QuoteRequest', actor: ANA, object: quoted.uri, instrument: uriOf(id) },
        { result: stamp },
      ),
    )
    expect(await kinds(home)).toEqual(['edit'])
    const { activity } = await gone(home)
    expect(activity).toMatchObject({ type: 'Update', object: { id: uriOf(id), quoteAuthorization: stamp } })
    expect(activity.object).not.toHaveProperty('updated')
    await home.takes(al, al.activity('Delete', stamp))
    const { activity: ended } = await gone(home)
    expect(ended.type).toBe('Update')
    expect(JSON.stringify(ended.object)).not.toMatch(/quoteUrl|quote-inline|_misskey_quote/)
  })

  test(rule(18) + ' what is for followers is named to the author of what it quotes, not shown', async () => {
    const { home, al } = await scene()
    await following(home, al)
    const quoted = await said(home, al, policy)
    const id = await written(home, { text: 'Between us', visibility: 'private', quoteOf: quoted.id })
    const asks = await gone(home)
    expect(asks.activity.instrument).toBe(uriOf(id))
    expect(JSON.stringify(asks.activity)).not.toContain('Between us')
  })

  test('deleted before it left, nobody is asked; answered meanwhile, neither', async () => {
    const { home, al } = await scene()
    await following(home, al)
    const quoted = await said(home, al, policy)
    const { post } = writePost(home, { text: 'Look', visibility: 'public', quoteOf: quoted.id })
    await eventsTaken()
    deletePost(home, post.id)
    expect(await kinds(home)).toEqual([])
  })

  const request = (who: RemoteActor, id: number, quoting: string, change: Record<string, unknown> = {}) =>
    who.activity('QuoteRequest', uriOf(id), { instrument: who.note({ id: quoting, quote: uriOf(id) }), ...change })

  test('somebody who may quote us gets a stamp that stands where it says; withdrawn, it is gone and told', async () => {
    const { home, bo, mo } = await scene()
    const id = await written(home, { text: 'Quote me', visibility: 'public' })
    const quoting = `${bo.id}/statuses/q1`
    const asked = request(bo, id, quoting) as { id: string }
    await home.takes(bo, asked)
    const { activity, inboxes } = await gone(home)
    expect(inboxes).toEqual([bo.inbox])
    expect(activity).toMatchObject({
      type: 'Accept',
      actor: ANA,
      to: [bo.id],
      object: { id: asked.id, type: 'QuoteRequest', actor: bo.id, object: uriOf(id), instrument: quoting },
      result: expect.stringMatching(new RegExp(`^${ANA}/quote_authorizations/[0-9]+$`)),
    })
    const path = String(activity.result).slice(ORIGIN.length)
    expect((await home.get(path)).json()).toMatchObject({
      id: activity.result,
      type: 'QuoteAuthorization',
      attributedTo: ANA,
      interactingObject: quoting,
      interactionTarget: uriOf(id),
    })
    await wellMade((await home.get(path)).json())

    const create = bo.create({ id: quoting, quote: uriOf(id), quoteAuthorization: activity.result, inReplyTo: uriOf(id) })
    await home.takes(bo, create)
    const quotingPost = postByUri(home, quoting)
    revokeQuote(home, id, quotingPost?.id ?? 0)
    const { activity: revoked, inboxes: told } = await gone(home)
    expect(told).toContain(`${mo.origin}/inbox`)
    expect(revoked).toMatchObject({ type: 'Delete', actor: ANA, object: { id: activity.result, type: 'QuoteAuthorization' } })
    expect((await home.get(path)).status).toBe(404)
    // Asked again: it stays withdrawn.
    await home.takes(bo, request(bo, id, quoting))
    expect((await gone(home)).activity.type).toBe('Reject')
  })

  test.each(['followers', 'nobody'] as const)('policy %s: said in the post, and in the answer', async (wish) => {
    const { home, bo, al } = await scene()
    const { id } = writePost(home, { text: 'Mine', visibility: 'public', quotePolicy: wish }).post
    const { activity } = await gone(home)
    const audience = wish === 'followers' ? FOLLOWERS : ANA
    expect(activity.object).toMatchObject({ interactionPolicy: { canQuote: { automaticApproval: [audience] } } })
    await home.takes(bo, request(bo, id, `${bo.id}/statuses/q`))
    expect((await gone(home)).activity).toMatchObject(
      wish === 'followers' ? { type: 'Accept' } : { type: 'Reject', object: { type: 'QuoteRequest', instrument: `${bo.id}/statuses/q` } },
    )
    await home.takes(al, request(al, id, `${al.id}/statuses/q`))
    const no = await gone(home)
    expect(no.activity.type).toBe('Reject')
    expect(no.activity).not.toHaveProperty('result')
  })

  test('another policy is told without an edit, each time under an id of its own', async () => {
    const { home } = await scene()
    const id = await written(home, { text: 'Mine', visibility: 'public' })
    setQuotePolicy(home, id, 'nobody')
    const one = await gone(home)
    setQuotePolicy(home, id, 'public')
    const two = await gone(home)
    expect(one.activity.object).toMatchObject({ interactionPolicy: { canQuote: { automaticApproval: [ANA] } } })
    expect(two.activity.object).not.toHaveProperty('updated')
    expect(one.activity.id).not.toBe(two.activity.id)
  })

  test('a private post may be quoted by nobody, whatever the setting', async () => {
    const { home } = await scene()
    updateSettings(home, { quotePolicy: 'public' })
    writePost(home, { text: 'Between us', visibility: 'private' })
    const left = await gone(home)
    expect(left.activity.object).toMatchObject({ interactionPolicy: { canQuote: { automaticApproval: [ANA] } } })
    expect(left.synchronize).toBe(true)
  })
})

describe('reactions', () => {
  test.each([
    ['misskey', 'EmojiReact'],
    ['pleroma', 'EmojiReact'],
    ['mastodon', 'Like'],
    [null, 'Like'],
  ])('for %s: %s, one and not both, to the author alone', async (software, type) => {
    const { home, al } = await scene()
    if (software)
      home.store.database
        .prepare('insert or replace into servers (host, software, checked_at) values (?, ?, ?)')
        .run('other.example', software, home.clock.at)
    await following(home, al)
    const post = await said(home, al)
    react(home, post.id, '🎉')
    expect(await kinds(home)).toEqual(['react'])
    const { activity, inboxes } = await gone(home)
    expect(activity).toMatchObject({ type, actor: ANA, object: post.uri, content: '🎉', to: [al.id] })
    expect(inboxes).toEqual([al.inbox])
    unreact(home, post.id, '🎉')
    expect((await gone(home)).activity).toMatchObject({ type: 'Undo', object: { id: activity.id, type, object: post.uri } })
  })

  test('taken back before it left: nothing', async () => {
    const { home, al } = await scene()
    await following(home, al)
    const post = await said(home, al)
    react(home, post.id, '🎉')
    await eventsTaken()
    unreact(home, post.id, '🎉')
    expect(await kinds(home)).toEqual([])
  })

  test('with a picture of our own: named and shown', async () => {
    const { home, al } = await scene()
    await following(home, al)
    const post = await said(home, al)
    const picture = emojiOf(home, 'blob')
    react(home, post.id, 'blob')
    expect((await gone(home)).activity).toMatchObject({
      content: ':blob:',
      tag: [
        {
          id: `${ORIGIN}/emoji/blob`,
          type: 'Emoji',
          name: ':blob:',
          icon: { type: 'Image', url: `${ORIGIN}/media/${picture.token}/original.png` },
        },
      ],
    })
  })
})

function emojiOf(home: Instance, shortcode: string) {
  const file = addMedia(home, {
    kind: 'emoji',
    mime: 'image/png',
    bytes: 9,
    width: 64,
    height: 64,
    blob: 'aa/e',
    previewBlob: null,
    previewMime: null,
  })
  return addEmoji(home, { shortcode, mediaId: file.id })
}

describe('own emojis', () => {
  test('stand in the post that uses them and at their own address', async () => {
    const { home } = await scene()
    const picture = emojiOf(home, 'blob')
    writePost(home, { text: 'Hello :blob: :other:', visibility: 'public' })
    const { activity } = await gone(home)
    const tag = {
      id: `${ORIGIN}/emoji/blob`,
      type: 'Emoji',
      name: ':blob:',
      updated: expect.stringMatching(/Z$/),
      icon: { type: 'Image', mediaType: 'image/png', url: `${ORIGIN}/media/${picture.token}/original.png` },
    }
    expect((activity.object as { tag: unknown[] }).tag).toEqual([tag])
    const served = await home.get('/emoji/blob')
    expect(served.json()).toMatchObject(tag)
    await wellMade(served.json())
    expect((await home.get('/emoji/other')).status).toBe(404)
  })
})

describe('pins and featured hashtags', () => {
  test('are added and removed; both waiting, nobody hears of it', async () => {
    const { home } = await scene()
    const id = await written(home, { text: 'Read this first', visibility: 'public' })
    pin(home, id)
    await eventsTaken()
    unpin(home, id)
    expect(await kinds(home)).toEqual([])
    pin(home, id)
    const added = await gone(home)
    expect(added.activity).toMatchObject({
      type: 'Add',
      actor: ANA,
      object: uriOf(id),
      target: `${ANA}/collections/featured`,
      to: [PUBLIC],
    })
    expect(added.inboxes).toEqual(['https://mo.example/inbox'])
    unpin(home, id)
    const removed = await gone(home)
    expect(removed.activity).toMatchObject({ type: 'Remove', object: uriOf(id), target: `${ANA}/collections/featured` })
    pin(home, id)
    const again = await gone(home)
    expect(new Set([added, removed, again].map(({ activity }) => activity.id)).size).toBe(3)
  })

  test('a pin waits for its post', async () => {
    const { home } = await scene()
    const { post } = writePost(home, { text: 'Read this first', visibility: 'public' })
    pin(home, post.id)
    await eventsTaken()
    const [, waiting] = home.outbox
    await expect(home.federation.preparer.prepare(waiting as NonNullable<typeof waiting>)).rejects.toMatchObject({ retryable: true })
  })

  test(rule(18) + ' a pin that is for followers is told to nobody else', async () => {
    const { home } = await scene()
    const id = await written(home, { text: 'Between us', visibility: 'private' })
    pin(home, id)
    const { activity } = await gone(home)
    expect(activity).toMatchObject({ to: [FOLLOWERS], cc: [] })
    expect((await home.get('/users/ana/collections/featured')).json()).toMatchObject({ totalItems: 0, orderedItems: [] })
  })

  test('hashtags go where Mastodon looks for them', async () => {
    const { home } = await scene()
    featureTag(home, 'Ferries')
    const { activity } = await gone(home)
    expect(activity).toMatchObject({
      type: 'Add',
      object: { type: 'Hashtag', href: `${ORIGIN}/tags/ferries`, name: '#ferries' },
      target: `${ANA}/collections/featured`,
    })
    expect((await home.get('/users/ana/collections/tags')).json()).toMatchObject({
      type: 'Collection',
      totalItems: 1,
      items: [{ type: 'Hashtag', name: '#ferries' }],
    })
    unfeatureTag(home, 'ferries')
    expect((await gone(home)).activity).toMatchObject({ type: 'Remove', object: { type: 'Hashtag' } })
  })
})

describe('people', () => {
  test('a report comes from the instance, without the name of who reports', async () => {
    const { home, al } = await scene()
    const id = await knowing(home, al)
    await following(home, al)
    const post = await said(home, al)
    report(home, { accountId: id, postIds: [post.id], comment: 'Sells ferries', category: 'spam', forward: false })
    expect(await home.leave()).toBe('drop')
    report(home, { accountId: id, postIds: [post.id], comment: 'Sells ferries', category: 'spam', forward: true })
    const left = await gone(home)
    expect(left.activity).toMatchObject({
      type: 'Flag',
      actor: `${ORIGIN}/actor`,
      object: [al.id, post.uri],
      content: 'Sells ferries',
      to: [al.id],
    })
    expect(left.signer).toBe('instance')
    expect(JSON.stringify(left.activity)).not.toContain('ana/')
    expect(left.inboxes).toEqual(['https://other.example/inbox'])
  })

  test('a block stays at home unless the owner asks', async () => {
    const { home, al } = await scene()
    const id = await knowing(home, al)
    block(home, id)
    expect(await kinds(home)).toEqual([])
    unblock(home, id)
    expect(await kinds(home)).toEqual([])
    updateSettings(home, { sendBlocks: true })
    block(home, id)
    await eventsTaken()
    unblock(home, id)
    expect(await kinds(home)).toEqual([])
    block(home, id)
    const { activity } = await gone(home)
    expect(activity).toMatchObject({ type: 'Block', actor: ANA, object: al.id, to: [al.id] })
    // Told once, told of the end too, whatever the setting is now.
    updateSettings(home, { sendBlocks: false })
    unblock(home, id)
    expect((await gone(home)).activity).toMatchObject({ type: 'Undo', object: { id: activity.id, type: 'Block', object: al.id } })
  })

  test('a move is told to the followers, and stands in the profile', async () => {
    const { home } = await scene()
    const other = remoteServer('bob.example')
    const target = await knowing(home, other.actor('ana', { alsoKnownAs: [ANA] }))
    moveAway(home, target)
    const all = await kinds(home)
    while (home.outbox[0] && home.outbox[0].kind !== 'move') await gone(home)
    expect(all).toContain('move')
    const { activity, inboxes } = await gone(home)
    expect(activity).toMatchObject({ type: 'Move', actor: ANA, object: ANA, target: 'https://bob.example/users/ana', to: [FOLLOWERS] })
    expect(inboxes).toEqual(['https://mo.example/inbox'])
    expect((await home.get('/users/ana')).json()).toMatchObject({ movedTo: 'https://bob.example/users/ana' })
  })
})

describe('relays', () => {
  test('Mastodon’s are asked for everything public, and given it; private things never', async () => {
    const { home } = await scene()
    const relay = addRelay(home, {
      address: 'https://relay.example/inbox',
      flavour: 'mastodon',
      actorUri: null,
      inbox: 'https://relay.example/inbox',
    })
    const { activity, inboxes } = await gone(home)
    expect(activity).toMatchObject({ type: 'Follow', actor: ANA, object: PUBLIC })
    expect(inboxes).toEqual(['https://relay.example/inbox'])
    const { id: early } = writePost(home, { text: 'Too early', visibility: 'public' }).post
    expect((await gone(home)).inboxes).not.toContain('https://relay.example/inbox')
    answerRelay(home, { relayId: relay.id, yes: true })
    for (const [visibility, reaches] of [
      ['public', true],
      ['unlisted', false],
      ['private', false],
    ] as const) {
      writePost(home, { text: visibility, visibility })
      expect((await gone(home)).inboxes.includes('https://relay.example/inbox'), visibility).toBe(reaches)
    }
    editPost(home, early, { text: 'Not too late' })
    expect((await gone(home)).inboxes).toContain('https://relay.example/inbox')
    deletePost(home, early)
    expect((await gone(home)).inboxes).toContain('https://relay.example/inbox')
    removeRelay(home, relay.id)
    const end = await gone(home)
    expect(end.inboxes).toEqual(['https://relay.example/inbox'])
    expect(end.activity).toMatchObject({ type: 'Undo', object: { id: activity.id, type: 'Follow', object: PUBLIC } })
  })

  test('LitePub’s are followed', async () => {
    const { home } = await scene()
    const actorUri = 'https://relay.example/relay'
    const relay = addRelay(home, { address: actorUri, flavour: 'litepub', actorUri, inbox: 'https://relay.example/inbox' })
    expect((await gone(home)).activity).toMatchObject({ type: 'Follow', object: actorUri, to: [actorUri] })
    removeRelay(home, relay.id)
    expect((await gone(home)).activity).toMatchObject({ type: 'Undo', object: { type: 'Follow', object: actorUri }, to: [actorUri] })
  })
})

describe('our own name and keys', () => {
  test('a new key is told by the old one, then by itself', async () => {
    const { home } = await scene()
    rotateKeys(home, { rsaPrivatePem: 'new private', rsaPublicPem: 'new public' }, (plain) => plain)
    expect(await kinds(home)).toEqual(['profile', 'wake'])
    updateProfile(home, { note: 'And a new bio' })
    expect(await kinds(home)).toEqual(['profile', 'wake', 'profile'])
    const first = await gone(home)
    expect(first).toMatchObject({ signer: 'previous', activity: { type: 'Update', object: { id: ANA } } })
    const second = await gone(home)
    expect(second.signer).toBeUndefined()
    expect(second.spreadMs).toBe(5 * MINUTE)
    expect(second.activity.id).not.toBe(first.activity.id)
  })
})

describe('followers synchronisation (FEP-8fcf)', () => {
  test('says of each server who of it follows, and nothing to others', async () => {
    const { home, mo, bo } = await scene()
    const cyn = mo.actor('cyn')
    await followedBy(home, cyn)
    await followedBy(home, remoteServer('other.example').actor('al'))
    const say = (inbox: string) => home.federation.preparer.synchronization?.(inbox)
    const { createHash } = await import('node:crypto')
    const [one, two] = [bo.id, cyn.id].map((uri) => createHash('sha256').update(uri).digest())
    const digest = Buffer.from((one as Buffer).map((byte, at) => byte ^ ((two as Buffer)[at] as number))).toString('hex')
    expect(say('https://mo.example/inbox')).toBe(
      `collectionId="${ANA}/followers", url="${ANA}/followers_synchronization", digest="${digest}"`,
    )
    expect(say('https://nobody.example/inbox')).toBeNull()
    expect(say('not an address')).toBeNull()
  })
})
