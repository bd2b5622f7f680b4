import { describe, expect, it } from 'vitest'
import {
  featuredTags,
  featuredTagSuggestions,
  featureTag,
  followedTags,
  followsAny,
  followTag,
  isFollowed,
  unfeatureTag,
  unfollowTag,
} from '../../../src-main/domain/followed-tags.ts'
import { intoHome } from '../../../src-main/domain/stored-posts.ts'
import { writePost } from '../../../src-main/domain/posts.ts'
import { followed, NOON, openAna, person, received, refused } from './home.ts'

describe('followed hashtags', () => {
  it('are the same with # and in any case, and told once', () => {
    const home = openAna()
    expect([followTag(home, '#Tides'), followTag(home, 'tides'), followTag(home, 'ｔｉｄｅｓ')]).toEqual(['tides', 'tides', 'tides'])
    expect(home.heard()).toEqual([['tag-followed', { tag: 'tides' }]])
    expect(isFollowed(home, ['boats', 'tides'])).toEqual(new Set(['tides']))
    expect([followsAny(home, ['boats']), followsAny(home, []), followsAny(home, ['x', 'tides'])]).toEqual([false, false, true])
    unfollowTag(home, '#TIDES')
    unfollowTag(home, 'tides')
    unfollowTag(home, 'never')
    expect(home.heard()).toEqual([['tag-unfollowed', { tag: 'tides' }]])
    expect(followedTags(home, { limit: 10 })).toEqual([])
  })

  it('come in pages, each once', () => {
    const home = openAna()
    for (const name of ['ant', 'bee', 'crow', 'dove', 'elk']) followTag(home, name)
    const first = followedTags(home, { limit: 2 })
    const second = followedTags(home, { limit: 2, maxId: first.at(-1)?.cursor ?? 0 })
    const third = followedTags(home, { limit: 2, maxId: second.at(-1)?.cursor ?? 0 })
    expect([first, second, third].map((page) => page.map((row) => row.name))).toEqual([['elk', 'dove'], ['crow', 'bee'], ['ant']])
    expect(followedTags(home, { limit: 2, minId: third[0]?.cursor ?? 0 }).map((row) => row.name)).toEqual(['crow', 'bee'])
  })

  it('refuse what is no hashtag, and change nothing', () => {
    const home = openAna()
    const before = home.picture()
    for (const name of ['', '#', 'two words', '2024', 'a/b', '<b>', 'x'.repeat(150)]) {
      expect(refused(() => followTag(home, name)).reason).toBe('tag-invalid')
    }
    expect(home.picture()).toBe(before)
  })

  it('take only those posts from home again that came for them alone', () => {
    const home = openAna()
    const [bo, cy] = [person(home, 'bo'), followed(home, 'cy')]
    followTag(home, 'tides')
    followTag(home, 'boats')
    const alone = received(home, bo, { tags: ['tides'] })
    const both = received(home, bo, { tags: ['tides', 'boats'] })
    const byFollowed = received(home, cy, { tags: ['tides'] })
    for (const id of [alone, both, byFollowed]) intoHome(home, id)
    unfollowTag(home, 'tides')
    expect([alone, both, byFollowed].map((id) => home.rows('home', `post_id = ${id}`))).toEqual([0, 1, 1])
  })
})

describe('hashtags on the profile', () => {
  it('count public posts of the owner, and say when the last was', () => {
    const home = openAna()
    const feature = featureTag(home, '#Boats')
    expect(featureTag(home, 'boats').id).toBe(feature.id)
    expect(home.heard()).toEqual([['tag-featured', { tag: 'boats' }]])
    expect(featuredTags(home)).toEqual([{ id: feature.id, name: 'boats', postsCount: 0, lastAt: null }])
    writePost(home, { text: 'One of my #boats, in the #harbour', visibility: 'public' })
    writePost(home, { text: 'Another of #boats', visibility: 'private' })
    received(home, person(home, 'bo'), { tags: ['boats'] })
    expect(featuredTags(home)).toEqual([{ id: feature.id, name: 'boats', postsCount: 1, lastAt: NOON }])
    expect(featuredTagSuggestions(home)).toEqual(['harbour'])
    home.heard()
    expect([unfeatureTag(home, 'boats'), unfeatureTag(home, 'boats')]).toEqual([true, false])
    expect(home.heard()).toEqual([['tag-unfeatured', { tag: 'boats' }]])
  })

  it('are ten at most', () => {
    const home = openAna()
    for (let i = 0; i < 10; i++) featureTag(home, `tag${i}`)
    expect(refused(() => featureTag(home, 'more')).reason).toBe('too-many')
  })
})
