/** What else goes out: reactions, pins, reports, blocks, moves, relays, keys; each as its readers expect it. */
import { describe, expect, test } from 'vitest'
import { block, follow, unblock } from '../../../src-main/domain/follows.ts'
import { addMedia } from '../../../src-main/domain/media.ts'
import { featureTag, unfeatureTag } from '../../../src-main/domain/followed-tags.ts'
import { moveAway } from '../../../src-main/domain/moves.ts'
import { addEmoji } from '../../../src-main/domain/own-emojis.ts'
import { rotateKeys, updateProfile, updateSettings } from '../../../src-main/domain/owner.ts'
import { pin, unpin } from '../../../src-main/domain/pins.ts'
import { deletePost, editPost, writePost } from '../../../src-main/domain/posts.ts'
import { react, unreact } from '../../../src-main/domain/reactions.ts'
import { addRelay, answerRelay, removeRelay } from '../../../src-main/domain/relays.ts'
import { report } from '../../../src-main/domain/reports.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, eventsTaken, followedBy, following, knowing, MINUTE, ORIGIN } from './instance.ts'
import { FOLLOWERS, uriOf, scene, gone, written, kinds, said } from './leaving.ts'
import { wellMade } from './stranger.ts'
import { PUBLIC, remoteServer } from './world.ts'
import type { Instance } from './instance.ts'

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

  test('stand in the profile that uses them', async () => {
    const { home } = await scene()
    emojiOf(home, 'blob')
    updateProfile(home, { displayName: 'Ana :blob:', note: 'No :other:' })
    const { activity } = await gone(home)
    expect(activity.object).toMatchObject({ name: 'Ana :blob:', tag: [{ id: `${ORIGIN}/emoji/blob`, type: 'Emoji', name: ':blob:' }] })
    updateProfile(home, { displayName: 'Ana' })
    expect((await gone(home)).activity.object).toMatchObject({ tag: [] })
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

  test('of somebody else keeps a follow that waits: its owner is told where they are', async () => {
    const { home, al } = await scene()
    const id = await knowing(home, al)
    follow(home, id)
    await eventsTaken()
    home.store.database.prepare('update accounts set moved_to = ? where id = ?').run('https://bob.example/users/al', id)
    await expect(home.leave()).rejects.toMatchObject({ reason: 'moved', retryable: false })
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
