import { describe, expect, test } from 'vitest'
import { createFilter } from '../../../src-main/domain/filters.ts'
import { filterTotals, previewFilter } from '../../../src-main/domain/filter-preview.ts'
import { writePost } from '../../../src-main/domain/posts.ts'
import { profileFacts } from '../../../src-main/domain/profile-facts.ts'
import { HOUR, NOON, openAna, person, received } from './home.ts'

const said = (content: string, daysAgo: number) => ({
  content: `<p>${content}</p>`,
  uri: `https://tide.example/${content.replaceAll(' ', '-')}-${daysAgo}`,
  published: NOON - daysAgo * 24 * HOUR,
})

describe('what a filter would have found', () => {
  test('is counted by day, newest examples first, own posts never', async () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const today = received(home, bo, said('the election again', 0))
    received(home, bo, said('electoral roll', 2))
    const old = received(home, bo, said('an election', 2))
    received(home, bo, said('an election long ago', 9))
    writePost(home, { text: 'my election', visibility: 'public', language: 'en' })
    const found = await previewFilter(home, [{ keyword: 'election', wholeWord: true }], 0)
    expect(found).toMatchObject({ found: 2, postIds: [today, old], whole: true, looked: 3 })
    expect(found.days.map((day) => day.posts)).toEqual([0, 0, 0, 0, 1, 0, 1])
    expect(new Date(found.days[6]?.at ?? 0).toISOString()).toBe('2026-05-01T00:00:00.000Z')
    expect((await previewFilter(home, [{ keyword: 'elect*', wholeWord: true }], 0)).found).toBe(3)
    expect((await previewFilter(home, [{ keyword: 'lection', wholeWord: true }], 0)).found).toBe(0)
    expect((await previewFilter(home, [{ keyword: '*', wholeWord: false }], 0)).found).toBe(0)
    expect((await previewFilter(home, [], 0)).found).toBe(0)
  })

  test('a star stands for the rest of a word, and no text makes it slow', async () => {
    const home = openAna()
    const bo = person(home, 'bo')
    received(home, bo, { ...said('x', 0), content: `<p>${'ab'.repeat(4000)}</p>` })
    const began = performance.now()
    expect((await previewFilter(home, [{ keyword: 'a*a*a*z', wholeWord: false }], 0)).found).toBe(0)
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  test('kept filters tell how much they found, each day', async () => {
    const home = openAna()
    const bo = person(home, 'bo')
    received(home, bo, said('rugby rugby', 0))
    received(home, bo, said('more rugby', 1))
    received(home, bo, said('soup', 1))
    const filter = createFilter(home, {
      title: 'Sport',
      contexts: ['home'],
      action: 'hide',
      expiresAt: null,
      keywords: [{ keyword: 'rugby', wholeWord: true }],
    })
    const told = await filterTotals(home, 120)
    expect(told.filters).toEqual([{ id: filter.id, counts: [0, 0, 0, 0, 0, 1, 1] }])
    expect(new Date(told.days[6] as number).toISOString()).toBe('2026-04-30T22:00:00.000Z')
  })
})

test('of somebody it is known how many posts are here and what they write about', () => {
  const home = openAna()
  const bo = person(home, 'bo')
  for (let n = 0; n < 3; n++) received(home, bo, { ...said(`print ${n}`, 0), tags: n < 2 ? ['gravure', 'papier'] : ['gravure'] })
  expect(profileFacts(home, bo)).toEqual({ posts: 3, tags: ['gravure', 'papier'] })
  expect(profileFacts(home, person(home, 'cy'))).toEqual({ posts: 0, tags: [] })
})

test('a word may hold any sign beside its star', async () => {
  const home = openAna()
  const post = received(home, person(home, 'bo'), { content: '<p>anti-boating (a+b)^2 [x] {y} $z | a/b \\ a-boats</p>' })
  for (const keyword of ['anti-*', '*-boats', '(a+b)^*', '[*]', '{*}', '$*', '|*', 'a/*', '\\*', '.*-*', '*?*', '&&*', '--*']) {
    for (const wholeWord of [true, false]) {
      const { looked } = await previewFilter(home, [{ keyword, wholeWord }], 0)
      expect(looked, keyword).toBe(1)
    }
  }
  expect((await previewFilter(home, [{ keyword: 'anti-*', wholeWord: true }], 0)).postIds).toEqual([post])
})

test('no text makes stars slow', async () => {
  const home = openAna()
  received(home, person(home, 'bo'), { content: `<p>${'s'.repeat(8_000)}</p>` })
  received(home, person(home, 'cy'), { content: '<p>what shoot</p>' })
  const began = performance.now()
  for (const keyword of ['s***t', 's*s*s*t', 's*s*t'])
    expect((await previewFilter(home, [{ keyword, wholeWord: false }], 0)).looked).toBe(2)
  expect(performance.now() - began).toBeLessThan(2_000)
  expect((await previewFilter(home, [{ keyword: 's***t', wholeWord: true }], 0)).found).toBe(1)
})
