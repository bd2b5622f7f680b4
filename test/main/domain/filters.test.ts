import { describe, expect, it } from 'vitest'
import {
  addFilteredPost,
  addKeyword,
  createFilter,
  filterById,
  listFilters,
  matchFilters,
  removeFilter,
  updateFilter,
} from '../../../src-main/domain/filters.ts'
import { loadPost } from '../../../src-main/domain/loading.ts'
import { boostPost, deletePost, receiveBoost, writePost } from '../../../src-main/domain/posts.ts'
import { HOUR, NOON, openAna, person, received, refused } from './home.ts'
import type { FilterContext, LoadedPost } from '../../../src-main/domain/types.ts'
import type { RemotePost } from '../../../src-main/domain/posts.ts'
import type { Home } from './home.ts'

const make = (home: Home, words: string[], wholeWord = true, more: { contexts?: FilterContext[]; expiresAt?: number } = {}) =>
  createFilter(home, {
    title: 'A',
    contexts: more.contexts ?? ['home'],
    action: 'warn',
    expiresAt: more.expiresAt ?? null,
    keywords: words.map((keyword) => ({ keyword, wholeWord })),
  })

/** The words found in posts. */
const hits = (home: Home, ids: number[], context?: FilterContext) => {
  const found = matchFilters(
    home,
    ids.map((id) => loadPost(home, id) as LoadedPost),
    context,
  )
  return ids.map((id) => (found.get(id) ?? []).flatMap((match) => match.keywords))
}
const hit = (home: Home, id: number) => hits(home, [id])[0]

describe('a filter finds', () => {
  it('whole words in any case, or parts of words', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const texts = ['A GALE!', 'nightingales', 'gale_force', 'xgale', '<b>ga</b>le', 'gales', 'Gale', 'nothing']
    const ids = texts.map((text) => received(home, bo, { content: `<p>${text}</p>` }))
    const filter = make(home, ['gale'])
    expect(hits(home, ids).map((words) => words.length)).toEqual([1, 0, 0, 0, 1, 0, 1, 0])
    removeFilter(home, filter.id)
    make(home, ['gale'], false)
    expect(hits(home, ids).map((words) => words.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 0])
  })

  it('words in any script: where no spaces are written, no edges are asked for', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const say = (text: string) => received(home, bo, { content: `<p>${text}</p>` })
    make(home, ['台風', 'ураган', 'été', '𝔊ale', '#sea', 'c++', ':('])
    expect(hit(home, say('明日は台風が来る'))).toEqual(['台風'])
    expect(hit(home, say('УРАГАН!'))).toEqual(['ураган'])
    expect(hit(home, say('ураганы'))).toEqual([])
    expect(hit(home, say('l’e\u0301te\u0301 '))).toEqual(['été'])
    expect(hit(home, say('un 𝔊ale'))).toEqual(['𝔊ale'])
    expect(hit(home, say('a𝔊ale'))).toEqual([])
    expect(hit(home, say('at the #sea.'))).toEqual(['#sea'])
    expect(hit(home, say('some c++ code :('))).toEqual(['c++', ':('])
  })

  it('what stands in the warning, a poll, a description, a quoted or boosted post, and nothing of the owner', () => {
    const home = openAna()
    const [bo, cy] = [person(home, 'bo'), person(home, 'cy')]
    const media: RemotePost['media'] = [
      { kind: 'image', url: 'https://tide.example/a.jpg', mime: 'image/jpeg', description: 'a gale at sea' } as RemotePost['media'][number],
    ]
    const warned = received(home, bo, { warning: 'Gale' })
    const poll = received(home, bo, {
      type: 'Question',
      poll: {
        multiple: false,
        options: [
          { title: 'gale', votes: 0 },
          { title: 'calm', votes: 0 },
        ],
        voters: 0,
        endsAt: null,
        closedAt: null,
      },
    })
    const pictured = received(home, bo, { media })
    const theirs = received(home, cy, { uri: 'https://tide.example/theirs', content: '<p>gale</p>' })
    const boost = receiveBoost(home, {
      uri: 'https://tide.example/b1',
      accountId: bo,
      postId: theirs,
      published: NOON,
      visibility: 'public',
    })
    const { post: mine } = writePost(home, { text: 'My gale', visibility: 'public' } as Parameters<typeof writePost>[1])
    const ownBoost = boostPost(home, theirs)
    make(home, ['gale'])
    expect(hits(home, [warned, poll, pictured, theirs, boost?.id as number])).toEqual([['gale'], ['gale'], ['gale'], ['gale'], ['gale']])
    expect(hits(home, [mine.id, ownBoost.id])).toEqual([[], []])
  })

  it('a single post, however it is shown', () => {
    const home = openAna()
    const [bo, cy] = [person(home, 'bo'), person(home, 'cy')]
    const post = received(home, bo)
    const boost = receiveBoost(home, { uri: 'https://tide.example/b2', accountId: cy, postId: post, published: NOON, visibility: 'public' })
    const filter = make(home, [])
    home.heard()
    const one = addFilteredPost(home, filter.id, post)
    expect(addFilteredPost(home, filter.id, post)).toEqual(one)
    expect(home.heard().map(([type]) => type)).toEqual(['filters-changed'])
    const found = matchFilters(home, [loadPost(home, post) as LoadedPost, loadPost(home, boost?.id as number) as LoadedPost])
    expect([...found.values()].map(([match]) => match?.postIds)).toEqual([[post], [post]])
    expect(refused(() => addFilteredPost(home, filter.id, 12)).code).toBe('not-found')
  })

  it('only where it counts and while it lasts', () => {
    const home = openAna()
    const post = received(home, person(home, 'bo'), { content: '<p>gale</p>' })
    make(home, ['gale'], true, { contexts: ['notifications'], expiresAt: NOON + HOUR })
    expect(hits(home, [post], 'home')).toEqual([[]])
    expect(hits(home, [post], 'notifications')).toEqual([['gale']])
    expect(hits(home, [post])).toEqual([['gale']])
    home.clock.at = NOON + HOUR
    expect(hits(home, [post])).toEqual([[]])
  })
})

describe('filters', () => {
  it('count from the moment they are changed', () => {
    const home = openAna()
    const post = received(home, person(home, 'bo'), { content: '<p>gale storm</p>' })
    expect(hit(home, post)).toEqual([])
    const filter = make(home, ['gale'])
    expect(hit(home, post)).toEqual(['gale'])
    addKeyword(home, filter.id, { keyword: 'storm', wholeWord: true })
    expect(hit(home, post)).toEqual(['gale', 'storm'])
    updateFilter(home, filter.id, { keywords: filter.keywords.map(({ id }) => ({ id, remove: true })) })
    expect(hit(home, post)).toEqual(['storm'])
    removeFilter(home, filter.id)
    expect(hit(home, post)).toEqual([])
  })

  it('are as before when a change is refused, also in memory', () => {
    const home = openAna()
    const post = received(home, person(home, 'bo'), { content: '<p>gale storm</p>' })
    const filter = make(home, ['gale'])
    const before = home.picture()
    const change = { title: 'B', keywords: [{ keyword: 'storm' }, { keyword: ' ' }] }
    expect(refused(() => updateFilter(home, filter.id, change)).reason).toBe('keyword-missing')
    expect(() =>
      home.store.transaction(() => {
        addKeyword(home, filter.id, { keyword: 'storm', wholeWord: true })
        expect(hit(home, post)).toEqual(['gale', 'storm'])
        throw new Error('undone')
      }),
    ).toThrow('undone')
    expect(home.picture()).toBe(before)
    expect(hit(home, post)).toEqual(['gale'])
  })

  it('are bounded', () => {
    const home = openAna()
    for (let i = 0; i < 200; i++) make(home, [])
    expect(refused(() => make(home, [])).reason).toBe('too-many')
    expect(listFilters(home)).toHaveLength(200)
  })

  it('lose a post that is deleted', () => {
    const home = openAna()
    const { post } = writePost(home, { text: 'Here', visibility: 'public' } as Parameters<typeof writePost>[1])
    const filter = make(home, [])
    addFilteredPost(home, filter.id, post.id)
    deletePost(home, post.id)
    expect(filterById(home, filter.id)?.posts).toEqual([])
  })
})
