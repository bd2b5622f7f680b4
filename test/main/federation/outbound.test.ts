/** What goes out: whose it is, for whom, when, in which shape. Fedify's own reader has to understand every byte of it. */
import * as vocab from '@fedify/vocab'
import { getDocumentLoader } from '@fedify/fedify'
import { describe, expect, test } from 'vitest'
import { block, follow, receiveUndoFollow, removeFollower, unfollow } from '../../../src-main/domain/follows.ts'
import { favouritePost, unfavouritePost } from '../../../src-main/domain/interactions.ts'
import { addMedia } from '../../../src-main/domain/media.ts'
import { updateProfile } from '../../../src-main/domain/owner.ts'
import { boostPost, deletePost, editPost, postById, postByUri, unboostPost, writePost } from '../../../src-main/domain/posts.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, eventsTaken, followedBy, following, knowing, MINUTE, NOON, openInstance, ORIGIN } from './instance.ts'
import { wellMade } from './stranger.ts'
import { PUBLIC, remoteServer } from './world.ts'
import type { Instance } from './instance.ts'

const FOLLOWERS = `${ANA}/followers`

async function scene() {
  const home = await openInstance()
  const [mo, other] = [remoteServer('mo.example'), remoteServer('other.example')]
  const [bo, al] = [mo.actor('bo'), other.actor('al')]
  await followedBy(home, bo)
  return { home, mo, other, bo, al }
}
async function gone(home: Instance) {
  const left = await home.leave()
  if (left === 'drop') throw new Error('it was dropped')
  await understood(left.activity)
  await wellMade(left.activity)
  return left
}

/** Reads it with the vocabulary of a stranger: nothing may be lost on the way in and out. */
async function understood(document: Record<string, unknown>): Promise<vocab.Object> {
  const loader = getDocumentLoader()
  const offline = async (url: string) => {
    if (!/^https:\/\/(www\.w3\.org|w3id\.org|gotosocial\.org)\//.test(url)) throw new Error(`${url} was asked for`)
    return loader(url)
  }
  const read = await vocab.Object.fromJsonLd(document, { documentLoader: offline, contextLoader: offline })
  // Without what it keeps of the source, so that it has to write what it understood.
  const again = (await read.toJsonLd({ format: 'compact', contextLoader: offline, context: document['@context'] as string[] })) as Record<
    string,
    unknown
  >
  for (const key of Object.keys(document)) {
    if (key === '@context' || UNKNOWN.has(key)) continue
    const empty = Array.isArray(document[key]) && (document[key] as unknown[]).length === 0
    if (!empty) expect(again, `${key} of ${document.type}`).toHaveProperty([key])
  }
  return read
}
/** Not of that vocabulary, or written in another form by it. */
const UNKNOWN = new Set(
  'webfinger indexable discoverable featuredTags contentMap summaryMap manuallyApprovesFollowers conversation context interactionPolicy'.split(
    ' ',
  ),
)

describe('a post leaves', () => {
  test('as one Create with everything in it, to one shared inbox per server, dated when it leaves', async () => {
    const { home, mo, bo, al } = await scene()
    await followedBy(home, mo.actor('cyn'))
    await followedBy(home, al)
    const file = addMedia(home, {
      kind: 'image',
      mime: 'image/jpeg',
      bytes: 9,
      width: 1200,
      height: 800,
      blob: 'aa/1',
      previewBlob: null,
      previewMime: null,
      description: 'A ferry',
      focus: { x: -0.5, y: 0.4 },
      blurhash: 'UBL_:rOpGG-oBUNG,qRj2so|=eE1',
    })
    const { post } = writePost(home, {
      text: 'Late again, @bo@mo.example #Ferries',
      warning: 'ferries',
      visibility: 'public',
      language: 'en',
      mediaIds: [file.id],
    })
    home.clock.at += 90 * MINUTE
    const { activity, inboxes, uri } = await gone(home)
    const id = `${ANA}/statuses/${post.id}`
    const left = new Date(home.clock.at).toISOString().replace('.000', '')
    expect(inboxes.sort()).toEqual(['https://mo.example/inbox', 'https://other.example/inbox'])
    expect(uri).toBe(`${id}/activity`)
    expect(activity).toMatchObject({
      id: `${id}/activity`,
      type: 'Create',
      actor: ANA,
      published: left,
      to: [PUBLIC],
      cc: [FOLLOWERS, bo.id],
    })
    expect(activity.object).toEqual({
      id,
      type: 'Note',
      attributedTo: ANA,
      to: [PUBLIC],
      cc: [FOLLOWERS, bo.id],
      published: left,
      url: `${ORIGIN}/@ana/${post.id}`,
      context: `${ORIGIN}/contexts/${post.id}`,
      conversation: `${ORIGIN}/contexts/${post.id}`,
      summary: 'ferries',
      summaryMap: { en: 'ferries' },
      interactionPolicy: { canQuote: { automaticApproval: [PUBLIC] } },
      sensitive: true,
      content: expect.stringContaining(`<a href="https://mo.example/@bo" class="u-url mention">@<span>bo</span></a>`),
      contentMap: { en: expect.stringContaining('Late again') },
      source: { content: 'Late again, @bo@mo.example #Ferries', mediaType: 'text/plain' },
      tag: [
        { type: 'Mention', href: bo.id, name: '@bo@mo.example' },
        { type: 'Hashtag', href: `${ORIGIN}/tags/ferries`, name: '#ferries' },
      ],
      attachment: [
        {
          type: 'Image',
          mediaType: 'image/jpeg',
          url: `${ORIGIN}/media/${file.token}/original.jpg`,
          name: 'A ferry',
          summary: 'A ferry',
          width: 1200,
          height: 800,
          blurhash: 'UBL_:rOpGG-oBUNG,qRj2so|=eE1',
          focalPoint: [-0.5, 0.4],
        },
      ],
      replies: expect.objectContaining({ id: `${id}/replies`, type: 'Collection' }),
      likes: { id: `${id}/likes`, type: 'Collection', totalItems: 0 },
      shares: { id: `${id}/shares`, type: 'Collection', totalItems: 0 },
    })
    expect(postById(home, post.id)).toMatchObject({ releasedAt: home.clock.at, createdAt: home.clock.at, writtenAt: NOON })
    expect(await understood((await home.get(id.slice(ORIGIN.length))).json())).toBeInstanceOf(vocab.Note)
  })

  test.each([
    ['public', [PUBLIC], [FOLLOWERS, 'AL'], ['https://mo.example/inbox', 'https://other.example/inbox']],
    ['unlisted', [FOLLOWERS], [PUBLIC, 'AL'], ['https://mo.example/inbox', 'https://other.example/inbox']],
    ['private', [FOLLOWERS], ['AL'], ['https://mo.example/inbox', 'https://other.example/inbox']],
    ['direct', ['AL'], [], ['https://other.example/users/al/inbox']],
  ] as const)('%s: to %j, cc %j', async (visibility, to, cc, inboxes) => {
    const { home, al } = await scene()
    writePost(home, { text: 'Hi @al@other.example', visibility })
    const { activity, inboxes: reached } = await gone(home)
    const real = (list: readonly string[]) => list.map((one) => (one === 'AL' ? al.id : one))
    for (const one of [activity, activity.object as Record<string, unknown>]) {
      expect(one).toMatchObject({ to: real(to), cc: real(cc) })
      expect(JSON.stringify(one)).not.toMatch(/"b(to|cc)"/)
    }
    expect([...reached].sort()).toEqual([...inboxes].sort())
  })

  test('an answer names its parent and reaches its author', async () => {
    const { home, al, other } = await scene()
    await following(home, al)
    const said = al.create() as { object: { id: string } }
    await home.takes(al, said)
    writePost(home, { text: 'Yes', visibility: 'public', inReplyToId: postByUri(home, said.object.id)?.id ?? 0 })
    const { activity, inboxes } = await gone(home)
    expect(activity.object).toMatchObject({ inReplyTo: said.object.id })
    expect(inboxes).toContain(`${other.origin}/inbox`)
  })

  test('with what was changed before it left, and as one Create', async () => {
    const { home } = await scene()
    const { post } = writePost(home, { text: 'first', visibility: 'public' })
    await eventsTaken()
    editPost(home, post.id, { text: 'second' })
    await eventsTaken()
    expect(home.outbox.map((item) => item.kind)).toEqual(['post'])
    const { activity } = await gone(home)
    expect(activity.object).toMatchObject({ content: '<p>second</p>' })
    expect(activity.object).not.toHaveProperty('updated')
  })

  test('not as it was, if it is changed in the very moment it leaves', async () => {
    const { home } = await scene()
    const { post } = writePost(home, { text: 'first', visibility: 'public' })
    await eventsTaken()
    const item = home.outbox[0] as (typeof home.outbox)[0]
    const prepared = await home.federation.preparer.prepare(item)
    editPost(home, post.id, { text: 'second' })
    if (prepared === 'drop') throw new Error('dropped')
    expect(() => home.store.transaction(() => prepared.commit?.())).toThrow(
      expect.objectContaining({ code: 'unavailable', retryable: true }),
    )
    expect(postById(home, post.id)?.releasedAt).toBeNull()
    expect((await gone(home)).activity.object).toMatchObject({ content: '<p>second</p>' })
  })

  test('not before what it answers or boosts, if that is ours and held back', async () => {
    const { home } = await scene()
    const { post } = writePost(home, { text: 'first', visibility: 'public' })
    writePost(home, { text: 'second', visibility: 'public', inReplyToId: post.id })
    boostPost(home, post.id)
    await eventsTaken()
    const [held, answer, boost] = home.outbox
    for (const item of [answer, boost]) {
      await expect(home.federation.preparer.prepare(item as NonNullable<typeof item>)).rejects.toMatchObject({ retryable: true })
    }
    expect(held?.kind).toBe('post')
    await gone(home)
    expect((await gone(home)).activity.object).toMatchObject({ inReplyTo: `${ANA}/statuses/${post.id}` })
    expect((await gone(home)).activity).toMatchObject({ type: 'Announce', object: `${ANA}/statuses/${post.id}` })
  })

  test('not at all, if it is deleted before', async () => {
    const { home } = await scene()
    const { post } = writePost(home, { text: 'never mind', visibility: 'public' })
    await eventsTaken()
    deletePost(home, post.id)
    await eventsTaken()
    expect(home.outbox).toEqual([])
  })

  test('nor are others told of its end, if it was made ready and tried nowhere', async () => {
    const { home } = await scene()
    const { post } = writePost(home, { text: 'never mind', visibility: 'public' })
    await eventsTaken()
    const item = home.outbox[0] as (typeof home.outbox)[0]
    const ready = await home.federation.preparer.prepare(item)
    if (ready === 'drop') throw new Error('it was dropped')
    // Its rows are made and its time is set; no server has been asked yet, so delivery can take it back.
    home.store.transaction(() => ready.commit?.())
    expect(postById(home, post.id)?.releasedAt).not.toBeNull()
    deletePost(home, post.id)
    await eventsTaken()
    expect(home.outbox).toEqual([])
  })

  test('the same after a crash between preparing and committing', async () => {
    const { home } = await scene()
    writePost(home, { text: 'once', visibility: 'public' })
    await eventsTaken()
    const item = home.outbox[0] as (typeof home.outbox)[0]
    const [one, two] = [await home.federation.preparer.prepare(item), await home.federation.preparer.prepare(item)]
    expect(one).not.toBe('drop')
    expect((one as { uri: string }).uri).toBe((two as { uri: string }).uri)
  })
})

describe('people it names', () => {
  test('are looked up as it leaves', async () => {
    const { home, al } = await scene()
    writePost(home, { text: 'Hi @al@other.example', visibility: 'public' })
    const { activity } = await gone(home)
    expect((activity.object as { tag: unknown[] }).tag).toEqual([{ type: 'Mention', href: al.id, name: '@al@other.example' }])
    expect((activity.object as { content: string }).content).toContain('class="u-url mention"')
  })

  test('and do not exist stay text', async () => {
    const { home } = await scene()
    writePost(home, { text: 'Hi @nobody@other.example', visibility: 'public' })
    const { activity } = await gone(home)
    expect(activity.object).toMatchObject({ content: '<p>Hi @nobody@other.example</p>', tag: [] })
  })

  test('on a server that is away: it waits a few tries, then goes without them', async () => {
    const { home, other } = await scene()
    other.answer((_request, response): boolean => {
      response.writeHead(503).end()
      return true
    })
    writePost(home, { text: 'Hi @al@other.example', visibility: 'public' })
    await eventsTaken()
    const item = home.outbox[0] as (typeof home.outbox)[0]
    for (const attempts of [0, 1]) {
      await expect(home.federation.preparer.prepare({ ...item, attempts })).rejects.toMatchObject({
        retryable: true,
        reason: 'account-not-found',
      })
    }
    const prepared = await home.federation.preparer.prepare({ ...item, attempts: 2 })
    expect(prepared).toMatchObject({ inboxes: ['https://mo.example/inbox'] })
  })

  test('alone, and are not there: a private mention fails visibly instead of going to nobody', async () => {
    const { home, other } = await scene()
    writePost(home, { text: 'Hi @nobody@other.example', visibility: 'direct' })
    await expect(home.leave()).rejects.toMatchObject({ retryable: false, reason: 'account-not-found' })
    home.outbox.splice(0)
    other.answer((_request, response): boolean => {
      response.writeHead(503).end()
      return true
    })
    writePost(home, { text: 'Hi @al@other.example', visibility: 'direct' })
    await eventsTaken()
    await expect(home.federation.preparer.prepare({ ...(home.outbox[0] as (typeof home.outbox)[0]), attempts: 9 })).rejects.toMatchObject({
      retryable: true,
    })
  })
})

describe('afterwards', () => {
  test('an edit is an Update with a newer time; two that wait are one', async () => {
    const { home, bo } = await scene()
    const { post } = writePost(home, { text: 'first', visibility: 'public' })
    await gone(home)
    home.clock.at += MINUTE
    editPost(home, post.id, { text: 'second' })
    await eventsTaken()
    home.clock.at += MINUTE
    editPost(home, post.id, { text: 'third @bo@mo.example' })
    await eventsTaken()
    expect(home.outbox.map((item) => item.kind)).toEqual(['edit'])
    const { activity } = await gone(home)
    const at = new Date(home.clock.at).toISOString().replace('.000', '')
    expect(activity).toMatchObject({
      type: 'Update',
      id: expect.stringMatching(new RegExp(`^${ANA}/statuses/${post.id}#updates/[0-9]+$`)),
      object: { type: 'Note', updated: at, cc: [FOLLOWERS, bo.id] },
    })
  })

  test('a deletion is a Tombstone for everybody who may hold a copy', async () => {
    const { home, al } = await scene()
    await following(home, al)
    const { post } = writePost(home, { text: 'soon gone', visibility: 'public' })
    await gone(home)
    await home.takes(al, al.activity('Like', `${ANA}/statuses/${post.id}`))
    deletePost(home, post.id)
    const { activity, inboxes } = await gone(home)
    expect(activity).toMatchObject({
      type: 'Delete',
      actor: ANA,
      to: [PUBLIC],
      object: { id: `${ANA}/statuses/${post.id}`, type: 'Tombstone' },
    })
    expect(inboxes.sort()).toEqual(['https://mo.example/inbox', 'https://other.example/inbox'])
  })

  test(rule(18) + ' the end of a private mention is told to the person it was for, and nobody else', async () => {
    const { home, al } = await scene()
    const { post } = writePost(home, { text: 'Hi @al@other.example', visibility: 'direct' })
    await gone(home)
    deletePost(home, post.id)
    const { activity, inboxes } = await gone(home)
    expect(activity).toMatchObject({ to: [al.id], cc: [] })
    expect(inboxes).toEqual([al.inbox])
  })
})

describe('boosts and favourites', () => {
  async function withPost() {
    const parts = await scene()
    await following(parts.home, parts.al)
    const said = parts.al.create() as { object: { id: string } }
    await parts.home.takes(parts.al, said)
    return { ...parts, uri: said.object.id, id: postByUri(parts.home, said.object.id)?.id ?? 0 }
  }

  test('an Announce, dated when it leaves, for followers and the author; its Undo names it whole', async () => {
    const { home, al, uri, id } = await withPost()
    const boost = boostPost(home, id)
    home.clock.at += 10 * MINUTE
    const { activity, inboxes } = await gone(home)
    const announce = { id: `${ANA}/statuses/${boost.id}/activity`, type: 'Announce', actor: ANA, object: uri }
    expect(activity).toMatchObject({
      ...announce,
      to: [PUBLIC],
      cc: [FOLLOWERS, al.id],
      published: new Date(home.clock.at).toISOString().replace('.000', ''),
    })
    expect(inboxes.sort()).toEqual(['https://mo.example/inbox', 'https://other.example/inbox'])
    unboostPost(home, id)
    const undone = await gone(home)
    expect(undone.activity).toMatchObject({ id: `${announce.id}#undo`, type: 'Undo', actor: ANA, object: announce })
    expect(undone.inboxes.sort()).toEqual(inboxes.sort())
  })

  test('a Like to its author alone; taken back before it left, nothing goes; afterwards an Undo', async () => {
    const { home, al, uri, id } = await withPost()
    favouritePost(home, id)
    await eventsTaken()
    unfavouritePost(home, id)
    await eventsTaken()
    expect(home.outbox).toEqual([])
    favouritePost(home, id)
    const { activity, inboxes } = await gone(home)
    expect(activity).toMatchObject({ type: 'Like', actor: ANA, object: uri, to: [al.id] })
    expect(inboxes).toEqual([al.inbox])
    unfavouritePost(home, id)
    expect((await gone(home)).activity).toMatchObject({ type: 'Undo', object: { id: activity.id, type: 'Like', object: uri } })
  })

  test('a boost taken back before it left, or of a post that is gone: nothing', async () => {
    const { home, al, uri, id } = await withPost()
    boostPost(home, id)
    await eventsTaken()
    unboostPost(home, id)
    await eventsTaken()
    expect(home.outbox).toEqual([])
    boostPost(home, id)
    await eventsTaken()
    await home.takes(al, al.activity('Delete', uri))
    expect(await home.leave()).toBe('drop')
  })
})

describe('follows', () => {
  test('Follow, its Undo, and nothing when both wait', async () => {
    const { home, al } = await scene()
    const id = await knowing(home, al)
    follow(home, id)
    await eventsTaken()
    unfollow(home, id)
    await eventsTaken()
    expect(home.outbox).toEqual([])
    follow(home, id)
    const asked = await gone(home)
    unfollow(home, id)
    const undone = await gone(home)
    expect(undone.activity).toMatchObject({
      type: 'Undo',
      to: [al.id],
      object: { id: asked.activity.id, type: 'Follow', actor: ANA, object: al.id },
    })
    expect(undone.inboxes).toEqual([al.inbox])
  })

  test('a follower who is shown out hears a Reject of their own Follow; one who left first hears nothing', async () => {
    const { home, bo, al } = await scene()
    removeFollower(home, await knowing(home, bo))
    expect((await gone(home)).activity).toMatchObject({
      type: 'Reject',
      to: [bo.id],
      object: { id: `${bo.id}#follows/1`, type: 'Follow', actor: bo.id, object: ANA },
    })
    const ask = al.activity('Follow', ANA)
    await home.takes(al, ask)
    await eventsTaken()
    receiveUndoFollow(home, { accountId: await knowing(home, al) })
    expect(await home.leave()).toBe('drop')
  })

  test('a block is told to nobody, but ends what was', async () => {
    const { home, bo } = await scene()
    block(home, await knowing(home, bo))
    expect((await gone(home)).activity).toMatchObject({ type: 'Reject' })
    await eventsTaken()
    expect(home.outbox).toEqual([])
  })
})

test('a new profile goes to everybody known, once, with the whole actor', async () => {
  const { home, al } = await scene()
  await following(home, al)
  updateProfile(home, { displayName: 'Ana the First' })
  await eventsTaken()
  updateProfile(home, { displayName: 'Ana', note: 'ferries' })
  await eventsTaken()
  expect(home.outbox.map((item) => item.kind)).toEqual(['profile'])
  const { activity, inboxes } = await gone(home)
  expect(activity).toMatchObject({
    type: 'Update',
    actor: ANA,
    to: [PUBLIC],
    cc: [FOLLOWERS],
    object: { id: ANA, type: 'Person', name: 'Ana', summary: '<p>ferries</p>', publicKey: { owner: ANA } },
  })
  expect(inboxes.sort()).toEqual(['https://mo.example/inbox', 'https://other.example/inbox'])
})

test('the actor, the instance actor, the outbox and the collections are understood by a stranger', async () => {
  const { home } = await scene()
  writePost(home, { text: 'Hello #world', visibility: 'public' })
  await home.leave()
  const at = async (path: string) => understood((await home.get(path)).json())
  const actor = (await at('/users/ana')) as vocab.Person
  expect(actor).toBeInstanceOf(vocab.Person)
  expect([actor.inboxId?.href, actor.followersId?.href, actor.endpoints?.sharedInbox?.href, actor.preferredUsername]).toEqual([
    `${ANA}/inbox`,
    FOLLOWERS,
    `${ORIGIN}/inbox`,
    'ana',
  ])
  expect((await actor.getPublicKey())?.ownerId?.href).toBe(ANA)
  expect(await at('/actor')).toBeInstanceOf(vocab.Application)
  for (const path of ['/users/ana/outbox', '/users/ana/followers', '/users/ana/following', '/users/ana/collections/featured']) {
    expect(await at(path)).toBeInstanceOf(vocab.OrderedCollection)
  }
  expect(await at('/users/ana/outbox?page=true')).toBeInstanceOf(vocab.OrderedCollectionPage)
})
