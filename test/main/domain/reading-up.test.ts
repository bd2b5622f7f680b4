import { describe, expect, it } from 'vitest'
import { followTag } from '../../../src-main/domain/followed-tags.ts'
import { block } from '../../../src-main/domain/follows.ts'
import { loadPost } from '../../../src-main/domain/loading.ts'
import { notificationsPage } from '../../../src-main/domain/notifications.ts'
import { addEmoji, removeEmoji } from '../../../src-main/domain/own-emojis.ts'
import { owner } from '../../../src-main/domain/owner.ts'
import {
  dropMissing,
  editPost,
  postById,
  receiveEdit,
  receivePost,
  seenAgain,
  tombstone,
  writePost,
} from '../../../src-main/domain/posts.ts'
import { followed, HOUR, MINUTE, NOON, openAna, person, received, remotePost, upload } from './home.ts'

describe('what is read up later', () => {
  it('is kept quietly: at its time, not at home, and nobody is told', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    home.heard()
    const mentions = [{ acct: 'ana@ana.example', accountId: owner(home).id }]
    const result = receivePost(home, remotePost(bo, { published: NOON - 900 * HOUR, mentions }), { quietly: true })
    expect(home.heard()).toEqual([['post-received', { postId: result?.id, home: false }]])
    expect([home.rows('home'), notificationsPage(home, { limit: 5 })]).toEqual([0, []])
    expect(postById(home, result?.id as number)?.createdAt).toBe(NOON - 900 * HOUR)
  })

  it('carries where the rest is, what its server counts, and says so again without an edit', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const uri = 'https://tide.example/n/1'
    const id = received(home, bo, {
      uri,
      contextUri: 'https://tide.example/c/1',
      repliesUri: `${uri}/replies`,
      audienceUri: 'https://reef.example/c/birds',
      counts: { replies: 7, favourites: 30 },
    })
    expect(postById(home, id)).toMatchObject({
      contextUri: 'https://tide.example/c/1',
      repliesUri: `${uri}/replies`,
      audienceUri: 'https://reef.example/c/birds',
      repliesCount: 7,
      boostsCount: 0,
      favouritesCount: 30,
    })
    const policy = { quote: { automatic: ['public' as const], manual: [] } }
    expect(receiveEdit(home, remotePost(bo, { uri, counts: { favourites: 31 }, policy }))).toBe(true)
    expect(postById(home, id)).toMatchObject({ favouritesCount: 31, repliesCount: 7, policy, editedAt: null })
    expect(receiveEdit(home, remotePost(bo, { uri, counts: { favourites: 31 }, policy }))).toBe(false)
    // Rule 15: an older version has nothing to say.
    receiveEdit(
      home,
      remotePost(bo, { uri, edited: NOON, content: '<p>New</p>', policy: { quote: { automatic: ['author'], manual: [] } } }),
    )
    expect(receiveEdit(home, remotePost(bo, { uri, policy }))).toBe(false)
    expect(receiveEdit(home, remotePost(bo, { uri, edited: NOON - 30_000, policy }))).toBe(false)
    expect(postById(home, id)?.policy?.quote?.automatic).toEqual(['author'])
  })
})

describe('a followed hashtag', () => {
  it('brings public posts of anybody home, without a notification', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    followTag(home, 'Herons')
    const id = received(home, bo, { tags: ['#herons'] })
    received(home, bo, { tags: ['gulls'] })
    received(home, bo, { tags: ['herons'], visibility: 'unlisted' })
    const blocked = person(home, 'cy')
    block(home, blocked)
    received(home, blocked, { tags: ['herons'] })
    expect(home.rows('home')).toBe(1)
    expect(home.rows('home', `post_id = ${id}`)).toBe(1)
    expect(notificationsPage(home, { limit: 5 })).toEqual([])
    receivePost(home, remotePost(bo, { tags: ['herons'] }), { quietly: true })
    expect(home.rows('home')).toBe(1)
  })
})

describe('a post whose server does not have it any more', () => {
  it('goes when that is said twice, a day apart, and never comes back', () => {
    const home = openAna()
    const uri = 'https://tide.example/n/1'
    const id = received(home, person(home, 'bo'), { uri })
    expect(dropMissing(home, id, NOON)).toBe(false)
    expect(dropMissing(home, id, NOON + 23 * HOUR)).toBe(false)
    expect(loadPost(home, id)).not.toBe(null)
    home.heard()
    expect(dropMissing(home, id, NOON + 25 * HOUR)).toBe(true)
    expect(home.heard()).toMatchObject([['post-deleted', { postId: id, own: false }]])
    expect([loadPost(home, id), tombstone(home, uri)?.own]).toEqual([null, false])
    expect(receivePost(home, remotePost(person(home, 'bo'), { uri }))).toBe(null)
    expect(dropMissing(home, id, NOON)).toBe(false)
  })

  it('stays when it is seen in between; goes at the second word at once if that is "gone"; ours never', () => {
    const home = openAna()
    const id = received(home, person(home, 'bo'))
    dropMissing(home, id, NOON)
    seenAgain(home, id)
    expect(dropMissing(home, id, NOON + 30 * HOUR)).toBe(false)
    expect(dropMissing(home, id, NOON + 30 * HOUR + MINUTE, true)).toBe(true)
    const mine = writePost(home, { text: 'Mine', visibility: 'public' }).post.id
    dropMissing(home, mine, NOON)
    expect(dropMissing(home, mine, NOON + 30 * HOUR, true)).toBe(false)
    expect(loadPost(home, mine)).not.toBe(null)
  })
})

describe('own custom emojis', () => {
  it('stand in the posts that use them, answers of a poll included, and stay there', () => {
    const home = openAna()
    addEmoji(home, { shortcode: 'tea', mediaId: upload(home, { kind: 'emoji', mime: 'image/png' }) })
    const names = (id: number) => loadPost(home, id)?.emojis.map((emoji) => emoji.shortcode)
    const { post } = writePost(home, { text: 'Tea :tea: or :milk:', visibility: 'public' })
    expect(names(post.id)).toEqual(['tea'])
    const poll = { options: [':tea:', 'no'], multiple: false, expiresIn: HOUR }
    expect(names(writePost(home, { text: 'Which?', visibility: 'public', poll }).post.id)).toEqual(['tea'])
    expect(names(editPost(home, post.id, { text: 'none' }).id)).toEqual([])
    const kept = writePost(home, { text: ':tea:', visibility: 'public' }).post.id
    removeEmoji(home, 'tea')
    expect(names(kept)).toEqual(['tea'])
  })
})
