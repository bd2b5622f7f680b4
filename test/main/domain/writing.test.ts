import { describe, expect, it } from 'vitest'
import { accountById } from '../../../src-main/domain/accounts.ts'
import { draft, listDrafts, removeDraft, saveDraft } from '../../../src-main/domain/drafts.ts'
import { loadPost } from '../../../src-main/domain/loading.ts'
import { mediaById, mediaByToken, mediaOf, removeUpload, sweepMedia } from '../../../src-main/domain/media.ts'
import { chooseOrigin, owner, setSetting } from '../../../src-main/domain/owner.ts'
import {
  deletePost,
  editPost,
  formerVersions,
  postById,
  postByUri,
  postSource,
  recipientsOf,
  releasePost,
  resolveMentions,
  tombstone,
  unresolvedMentions,
  writePost,
} from '../../../src-main/domain/posts.ts'
import { searchPosts } from '../../../src-main/domain/search.ts'
import { homePage } from '../../../src-main/domain/timelines.ts'
import { HOUR, MINUTE, NOON, openAna, openHome, ORIGIN, person, received, refused, upload } from './home.ts'
import type { DraftInput } from '../../../src-main/domain/drafts.ts'
import type { Home } from './home.ts'

const say = (home: Home, text: string, change: Partial<Parameters<typeof writePost>[1]> = {}) =>
  writePost(home, { text, visibility: 'public', ...change }).post

const found = (home: Home, typed: string) => searchPosts(home, typed, { limit: 10 })

const DRAFT: DraftInput = {
  text: 'half a thought',
  warning: '',
  sensitive: false,
  visibility: 'unlisted',
  language: 'en',
  inReplyToId: null,
  editOf: null,
  mediaIds: [],
  caret: 4,
}
const DRAFT_ID = '2d6f8e0a-1b1c-4a57-9a53-0d9b8f3f0c11'

describe('writing', () => {
  it('keeps a post whole: text, picture, mention, tag, home, search, draft gone, one event', async () => {
    const home = openAna()
    const bo = person(home, 'Bo')
    const picture = upload(home, { description: 'a heron' })
    saveDraft(home, DRAFT_ID, { ...DRAFT, mediaIds: [picture] })
    home.heard()
    const post = say(home, 'Hi @bo@tide.example, see #Herons\n\nat https://birds.example/heron', {
      warning: 'birds',
      mediaIds: [picture],
      draftId: DRAFT_ID,
      language: 'en',
    })
    expect(post).toMatchObject({
      own: true,
      uri: null,
      releasedAt: null,
      writtenAt: NOON,
      createdAt: NOON,
      sensitive: true,
      warning: 'birds',
    })
    expect(post.content).toContain('<a href="https://tide.example/@Bo" class="u-url mention">@<span>Bo</span></a>')
    expect(post.content).toContain('<a href="https://ana.example/tags/herons" class="mention hashtag" rel="tag">#<span>Herons</span></a>')
    const loaded = loadPost(home, post.id)
    expect(loaded?.mentions.map((mention) => mention.accountId)).toEqual([bo])
    expect(loaded?.tags).toEqual(['herons'])
    expect(loaded?.media.map((file) => [file.id, file.description])).toEqual([[picture, 'a heron']])
    expect(draft(home, DRAFT_ID)).toBeNull()
    expect(homePage(home, { limit: 10 })).toEqual([post.id])
    expect(await found(home, 'heron has:image')).toEqual([post.id])
    expect(home.heard().map(([type]) => type)).toEqual(['draft-removed', 'post-written'])
    expect(owner(home).postsCount).toBe(1)
  })

  it('refuses what cannot be published with one clear sentence and changes nothing', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    received(home, bo)
    const taken = upload(home)
    say(home, 'mine', { mediaIds: [taken] })
    saveDraft(home, DRAFT_ID, DRAFT)
    const pictures = Array.from({ length: 17 }, () => upload(home))
    const before = home.picture()
    const cases: [Partial<Parameters<typeof writePost>[1]> & { text: string }, string, string][] = [
      [{ text: '   \n ' }, 'empty', 'An empty post cannot be published. Write something or add a picture.'],
      [{ text: '', warning: 'only a warning' }, 'empty', 'An empty post cannot be published. Write something or add a picture.'],
      [{ text: 'x'.repeat(501) }, 'too-long', 'A post has at most 500 characters; this one has 501.'],
      [{ text: 'x'.repeat(400), warning: 'y'.repeat(101) }, 'too-long', 'A post has at most 500 characters; this one has 501.'],
      [{ text: 'x', mediaIds: pictures }, 'too-many-media', 'A post can carry at most 16 files.'],
      [{ text: 'x', mediaIds: [999] }, 'media-gone', 'One of the files is not there any more. Add it again.'],
      [{ text: 'x', mediaIds: [taken] }, 'media-taken', 'One of the files belongs to another post already. Add it again.'],
      [{ text: 'x', inReplyToId: 12345 }, 'parent-gone', 'The post you are answering is not there any more.'],
      [{ text: 'x', language: 'not a code' }, 'language-invalid', 'The language must be a code such as "en" or "fr".'],
      [{ text: 'x', visibility: 'everyone' as never }, 'visibility-invalid', 'A post is public, unlisted, private or direct.'],
    ]
    for (const [input, reason, sentence] of cases) {
      const error = refused(() => writePost(home, { visibility: 'public', draftId: DRAFT_ID, ...input }))
      expect([error.reason, error.message]).toEqual([reason, sentence])
    }
    expect(home.picture()).toBe(before)
  })

  it('asks for a name first', () => {
    const home = openHome()
    expect(refused(() => say(home, 'hello')).reason).toBe('name-first')
    expect(home.rows('posts')).toBe(0)
  })

  it('counts as Mastodon counts, and as far as the owner allows', () => {
    const home = openAna()
    say(home, `${'x'.repeat(476)} https://a-very-long-host.example/${'y'.repeat(300)}`)
    setSetting(home, 'maxCharacters', 2_000)
    expect(say(home, 'x'.repeat(2_000)).id).toBeGreaterThan(0)
    expect(refused(() => say(home, 'x'.repeat(2_001))).params).toEqual({ max: 2_000, length: 2_001 })
  })

  it('returns the same post for the same idempotency key within the hour, per token', () => {
    const home = openAna()
    const key = { tokenId: 1, key: 'abc' }
    const first = writePost(home, { text: 'once', visibility: 'public', idempotency: key })
    home.heard()
    home.clock.at += 59 * MINUTE
    const again = writePost(home, { text: 'once', visibility: 'public', idempotency: key })
    expect(again).toEqual({ post: first.post, repeated: true })
    expect(home.heard()).toEqual([])
    expect(writePost(home, { text: 'once', visibility: 'public', idempotency: { tokenId: 2, key: 'abc' } }).repeated).toBe(false)
    home.clock.at += 2 * MINUTE
    expect(writePost(home, { text: 'once', visibility: 'public', idempotency: key }).repeated).toBe(false)
    expect(home.rows('posts')).toBe(3)
  })

  it('writes anew when the post of the key was deleted meanwhile', () => {
    const home = openAna()
    const idempotency = { tokenId: 1, key: 'abc' }
    const first = writePost(home, { text: 'once', visibility: 'public', idempotency }).post
    deletePost(home, first.id)
    const second = writePost(home, { text: 'once', visibility: 'public', idempotency })
    expect(second.repeated).toBe(false)
    expect(second.post.id).not.toBe(first.id)
  })

  it('answers posts, boosts meaning what they boost, and counts only answers that strangers may see', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const asked = received(home, bo, { uri: 'https://tide.example/notes/q' })
    const answer = say(home, 'yes', { inReplyToId: asked })
    say(home, 'psst', { inReplyToId: asked, visibility: 'direct' })
    expect(answer).toMatchObject({ inReplyToId: asked, inReplyToUri: 'https://tide.example/notes/q', inReplyToAccountId: bo })
    expect(postById(home, asked)?.repliesCount).toBe(1)
    expect(recipientsOf(home, answer.id)).toEqual({ followers: true, accountIds: [bo] })
    const own = say(home, 'and I add', { inReplyToId: answer.id })
    expect(own.inReplyToAccountId).toBe(owner(home).id)
    expect(recipientsOf(home, own.id).accountIds).toEqual([])
  })

  it('a private mention goes to the people it names and to nobody else', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const cy = person(home, 'cy')
    const asked = received(home, bo)
    const post = say(home, '@cy@tide.example look', { inReplyToId: asked, visibility: 'direct' })
    expect(recipientsOf(home, post.id)).toEqual({ followers: false, accountIds: [cy] })
    expect(accountById(home, owner(home).id)?.postsCount).toBe(0)
  })

  it('leaves no row and no event when anything throws on the way', () => {
    const home = openAna()
    saveDraft(home, DRAFT_ID, DRAFT)
    const before = home.picture()
    expect(() =>
      home.store.transaction(() => {
        say(home, 'Hello #there', { mediaIds: [upload(home)], draftId: DRAFT_ID })
        throw new Error('the power went')
      }),
    ).toThrow('the power went')
    expect(home.picture()).toBe(before)
  })

  it('on a full disk keeps the draft, says so, and goes on when there is room', () => {
    const home = openAna()
    saveDraft(home, DRAFT_ID, DRAFT)
    setSetting(home, 'maxCharacters', 20_000)
    const before = home.picture()
    const pages = home.store.database.pragma('page_count', { simple: true }) as number
    home.store.database.pragma(`max_page_count = ${pages}`)
    const long = Array.from({ length: 400 }, (_, i) => `word${i}`).join(' ')
    const error = (() => {
      try {
        say(home, long.repeat(5), { draftId: DRAFT_ID })
        return { code: 'there was room', retryable: false }
      } catch (thrown) {
        return thrown as { code: string; retryable: boolean }
      }
    })()
    expect([error.code, error.retryable]).toEqual(['disk-full', true])
    expect(home.picture()).toBe(before)
    home.store.database.pragma(`max_page_count = ${pages + 1000}`)
    expect(say(home, 'short', { draftId: DRAFT_ID }).id).toBeGreaterThan(0)
    expect(draft(home, DRAFT_ID)).toBeNull()
  })

  it('numbers own posts upwards whatever the clock does', () => {
    const home = openAna()
    const first = say(home, 'one')
    home.clock.at -= HOUR
    const second = say(home, 'two')
    expect(second.id).toBeGreaterThan(first.id)
  })
})

describe('wet ink', () => {
  it('keeps its id and takes the time it left, once', () => {
    const home = openAna()
    const post = say(home, 'from the train')
    home.heard()
    releasePost(home, post.id, NOON + 3 * HOUR)
    releasePost(home, post.id, NOON + 5 * HOUR)
    expect(postById(home, post.id)).toMatchObject({ id: post.id, writtenAt: NOON, createdAt: NOON + 3 * HOUR, releasedAt: NOON + 3 * HOUR })
    expect(home.heard()).toEqual([['post-released', { postId: post.id }]])
  })

  it('is edited in place: no former version, no edit time', async () => {
    const home = openAna()
    const post = say(home, 'a tpyo #one')
    home.heard()
    home.clock.at += MINUTE
    const after = editPost(home, post.id, { text: 'a typo #two' })
    expect(after).toMatchObject({ id: post.id, source: 'a typo #two', editedAt: null, releasedAt: null })
    expect(formerVersions(home, post.id)).toEqual([])
    expect(loadPost(home, post.id)?.tags).toEqual(['two'])
    expect(await found(home, 'tpyo')).toEqual([])
    expect(await found(home, 'typo')).toEqual([post.id])
    expect(home.heard()).toEqual([['post-edited', { postId: post.id, own: true, home: true }]])
  })

  it('is deleted without a trace: nothing was said, nothing has to be taken back', async () => {
    const home = openAna()
    const post = say(home, 'never mind')
    home.heard()
    deletePost(home, post.id)
    const uri = `${ORIGIN}/users/ana/statuses/${post.id}`
    expect(home.heard()).toEqual([
      ['post-deleted', { postId: post.id, own: true, uri, released: false, visibility: 'public', mentioned: [], home: true }],
    ])
    expect(tombstone(home, uri)).toBeNull()
    expect(postById(home, post.id)).toBeNull()
    expect(await found(home, 'never')).toEqual([])
    expect(owner(home).postsCount).toBe(0)
  })

  it('written before there is an address, gets its links when one is chosen', () => {
    const home = openAna(null)
    const post = say(home, 'hello #world @bo@tide.example and myself, @ana@ana.example')
    expect(post.content).toBe('<p>hello #world @bo@tide.example and myself, @ana@ana.example</p>')
    chooseOrigin(home, ORIGIN, { trial: false })
    expect(unresolvedMentions(home, post.id)).toEqual(['bo@tide.example'])
    expect(postById(home, post.id)?.content).toContain('<a href="https://ana.example/@ana" class="u-url mention">@<span>ana</span></a>')
    expect(postById(home, post.id)?.content).toContain('https://ana.example/tags/world')
    expect(postByUri(home, `${ORIGIN}/users/ana/statuses/${post.id}`)?.id).toBe(post.id)
    expect(postByUri(home, `${ORIGIN}/@ana/${post.id}`)?.id).toBe(post.id)
  })

  it('names people nobody has looked up yet, until they are found', () => {
    const home = openAna()
    const post = say(home, 'hi @Bo@tide.example and @nobody and @ana')
    expect(unresolvedMentions(home, post.id)).toEqual(['Bo@tide.example'])
    expect(
      loadPost(home, post.id)
        ?.mentions.map((mention) => mention.acct)
        .sort(),
    ).toEqual(['Bo@tide.example', 'ana'])
    const bo = person(home, 'bo')
    resolveMentions(home, post.id, new Map([['Bo@tide.example', bo]]))
    expect(unresolvedMentions(home, post.id)).toEqual([])
    expect(postById(home, post.id)?.content).toContain('https://tide.example/@bo')
    expect(recipientsOf(home, post.id).accountIds).toEqual([bo])
  })

  it('keeps a person found by WebFinger under another name than their handle through an edit', () => {
    const home = openAna()
    const post = say(home, 'hi @bo@alias.example')
    const bo = person(home, 'bo')
    resolveMentions(home, post.id, new Map([['bo@alias.example', bo]]))
    editPost(home, post.id, { text: 'hello @bo@alias.example' })
    expect(recipientsOf(home, post.id).accountIds).toEqual([bo])
    expect(postById(home, post.id)?.content).toContain('https://tide.example/@bo')
  })
})

describe('editing what has left', () => {
  it('keeps the former version and a time that only grows', () => {
    const home = openAna()
    const picture = upload(home, { description: 'a heron' })
    const post = say(home, 'first', { mediaIds: [picture] })
    releasePost(home, post.id, NOON + HOUR)
    home.clock.at = NOON + 2 * HOUR
    const second = editPost(home, post.id, { text: 'second', mediaAttributes: [{ id: picture, description: 'two herons' }] })
    expect(second.editedAt).toBe(NOON + 2 * HOUR)
    home.clock.at = NOON
    const third = editPost(home, post.id, { text: 'third' })
    expect(third.editedAt).toBeGreaterThan(second.editedAt as number)
    expect(third.createdAt).toBe(NOON + HOUR)
    expect(formerVersions(home, post.id).map((version) => [version.at, version.content, version.media[0]?.description])).toEqual([
      [NOON + HOUR, '<p>first</p>', 'a heron'],
      [NOON + 2 * HOUR, '<p>second</p>', 'two herons'],
    ])
    expect(mediaById(home, picture)?.description).toBe('two herons')
  })

  it('takes and gives files, and what changes nothing is no edit', () => {
    const home = openAna()
    const [one, two] = [upload(home), upload(home, { blob: 'bb/two' })]
    const post = say(home, 'pictures', { mediaIds: [one] })
    releasePost(home, post.id, NOON)
    home.heard()
    expect(editPost(home, post.id, { text: 'pictures' }).editedAt).toBeNull()
    expect(home.heard()).toEqual([])
    editPost(home, post.id, { text: 'pictures', mediaIds: [two, one] })
    expect(mediaOf(home, post.id).map((file) => file.id)).toEqual([two, one])
    editPost(home, post.id, { text: 'pictures', mediaIds: [two] })
    expect(mediaOf(home, post.id).map((file) => file.id)).toEqual([two])
    expect(home.heard().map(([type]) => type)).toEqual(['post-edited', 'post-edited'])
  })

  it('refuses what writing refuses, keeps everything, and never touches the posts of others', () => {
    const home = openAna()
    const post = say(home, 'mine')
    const theirs = received(home, person(home, 'bo'))
    const before = home.picture()
    expect(refused(() => editPost(home, post.id, { text: '' })).reason).toBe('empty')
    expect(refused(() => editPost(home, post.id, { text: 'x'.repeat(600) })).reason).toBe('too-long')
    expect(refused(() => editPost(home, theirs, { text: 'theirs' })).code).toBe('not-found')
    expect(refused(() => deletePost(home, theirs)).code).toBe('not-found')
    expect(refused(() => postSource(home, theirs)).code).toBe('not-found')
    expect(home.picture()).toBe(before)
    expect(postSource(home, post.id)).toEqual({ id: post.id, text: 'mine', warning: '', format: 'plain' })
  })
})

describe('deleting what has left', () => {
  it('leaves a tombstone, tells whom it has to reach, counts the parent down, and keeps the picture for a day', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const asked = received(home, bo)
    const picture = upload(home)
    const post = say(home, 'look @bo@tide.example', { inReplyToId: asked, mediaIds: [picture] })
    releasePost(home, post.id, NOON)
    home.heard()
    const token = mediaById(home, picture)?.token as string
    expect(mediaByToken(home, token, 'public')?.id).toBe(picture)
    const snapshot = deletePost(home, post.id)
    expect(snapshot).toMatchObject({ source: 'look @bo@tide.example', media: [{ id: picture }] })
    const uri = `${ORIGIN}/users/ana/statuses/${post.id}`
    expect(home.heard()).toEqual([
      ['post-deleted', { postId: post.id, own: true, uri, released: true, visibility: 'public', mentioned: [bo], home: true }],
    ])
    expect(tombstone(home, uri)).toEqual({ formerType: 'Note', at: NOON, own: true })
    expect(postById(home, asked)?.repliesCount).toBe(0)
    // Deleted for the world at once, there for "write anew" until tomorrow.
    expect(mediaByToken(home, token, 'public')).toBeNull()
    expect(sweepMedia(home)).toEqual({ removed: 0, blobs: [] })
    const anew = say(home, 'look again', { mediaIds: [picture] })
    deletePost(home, anew.id)
    home.clock.at += 25 * HOUR
    expect(sweepMedia(home)).toEqual({ removed: 1, blobs: ['aa/one', 'aa/small'] })
  })
})

describe('drafts', () => {
  it('are saved again and again under one id; only a change is an event', () => {
    const home = openAna()
    const asked = received(home, person(home, 'bo'))
    const saved = saveDraft(home, DRAFT_ID, { ...DRAFT, inReplyToId: asked })
    expect(saved).toMatchObject({ text: 'half a thought', inReplyToAcct: 'bo@tide.example', caret: 4, createdAt: NOON, updatedAt: NOON })
    home.heard()
    home.clock.at += MINUTE
    expect(saveDraft(home, DRAFT_ID, { ...DRAFT, inReplyToId: asked, caret: 9 })).toMatchObject({ caret: 9, updatedAt: NOON })
    expect(home.heard()).toEqual([])
    saveDraft(home, DRAFT_ID, { ...DRAFT, text: 'a whole thought' })
    expect(home.heard()).toEqual([['draft-saved', { draftId: DRAFT_ID }]])
    expect(listDrafts(home).map((one) => [one.text, one.createdAt, one.updatedAt])).toEqual([['a whole thought', NOON, NOON + MINUTE]])
    expect(removeDraft(home, DRAFT_ID)).toBe(true)
    expect(removeDraft(home, DRAFT_ID)).toBe(false)
    expect(home.heard()).toEqual([['draft-removed', { draftId: DRAFT_ID }]])
  })

  it('hold their pictures; others are swept after a day with the blobs nobody names', () => {
    const home = openAna()
    const [kept, dropped] = [upload(home), upload(home, { blob: 'bb/two' })]
    saveDraft(home, DRAFT_ID, { ...DRAFT, mediaIds: [kept, dropped, 4711] })
    expect(draft(home, DRAFT_ID)?.media.map((file) => file.id)).toEqual([kept, dropped])
    home.clock.at += 48 * HOUR
    expect(sweepMedia(home).removed).toBe(0)
    saveDraft(home, DRAFT_ID, { ...DRAFT, mediaIds: [kept] })
    home.clock.at += 25 * HOUR
    // The preview is shared with the file that stays.
    expect(sweepMedia(home)).toEqual({ removed: 1, blobs: ['bb/two'] })
    removeDraft(home, DRAFT_ID)
    home.clock.at += 25 * HOUR
    expect(sweepMedia(home)).toEqual({ removed: 1, blobs: ['aa/one', 'aa/small'] })
  })

  it('go with the post even when an edit takes them', () => {
    const home = openAna()
    const post = say(home, 'first')
    saveDraft(home, DRAFT_ID, { ...DRAFT, editOf: post.id })
    editPost(home, post.id, { text: 'second', draftId: DRAFT_ID })
    expect(listDrafts(home)).toEqual([])
  })

  it('refuse an id that no window makes', () => {
    const home = openAna()
    expect(refused(() => saveDraft(home, '../x', DRAFT)).code).toBe('invalid')
    expect(home.rows('drafts')).toBe(0)
  })
})

describe('pictures on the way', () => {
  it('can be given up before a post holds them', () => {
    const home = openAna()
    const [one, two] = [upload(home), upload(home, { blob: 'bb/two' })]
    say(home, 'keeps one', { mediaIds: [one] })
    saveDraft(home, DRAFT_ID, { ...DRAFT, mediaIds: [two] })
    expect(refused(() => removeUpload(home, one)).reason).toBe('media-taken')
    removeUpload(home, two)
    expect(sweepMedia(home)).toEqual({ removed: 1, blobs: ['bb/two'] })
    expect(draft(home, DRAFT_ID)?.media).toEqual([])
    expect(refused(() => removeUpload(home, two)).code).toBe('not-found')
  })

  it('are not to be had by others while drafted or wet', () => {
    const home = openAna()
    const picture = upload(home)
    const token = mediaById(home, picture)?.token as string
    expect(mediaByToken(home, token, 'public')).toBeNull()
    expect(mediaByToken(home, token, 'owner')?.id).toBe(picture)
    const post = say(home, 'for followers', { visibility: 'private', mediaIds: [picture] })
    expect(mediaByToken(home, token, 'public')).toBeNull()
    releasePost(home, post.id, NOON)
    // A follower's server fetches without a signature: the token is the capability.
    expect(mediaByToken(home, token, 'public')?.id).toBe(picture)
    expect(mediaByToken(home, 'no such token', 'owner')).toBeNull()
  })

  it('are shown for an hour where the owner’s apps connect, and no more once their post is gone', () => {
    const home = openAna()
    const [one, two] = [upload(home), upload(home)]
    const shown = (id: number) => mediaByToken(home, mediaById(home, id)?.token ?? '', 'public', true) !== null
    expect(shown(one)).toBe(true)
    home.clock.at += 10 * MINUTE
    const post = say(home, 'with a picture', { mediaIds: [one] })
    expect(shown(one)).toBe(true)
    deletePost(home, post.id)
    expect(shown(one)).toBe(false)
    expect(shown(two)).toBe(true)
    home.clock.at += HOUR
    expect(shown(two)).toBe(false)
  })
})
