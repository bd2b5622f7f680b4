import { describe, expect, test } from 'vitest'
import { bookmarkPost, unbookmarkPost } from '../../../src-main/domain/interactions.ts'
import { bookmarkPage, createLabel, labels, labelsOf, removeLabel, renameLabel, setLabels } from '../../../src-main/domain/labels.ts'
import { MINUTE, openAna, person, received, refused } from './home.ts'

const all = { label: null, words: '', max: null, limit: 20 }

describe('labels', () => {
  test('a post under a label is a bookmark, and leaves one without leaving the other', async () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const [first, second, third] = [received(home, bo), received(home, bo), received(home, bo)] as [number, number, number]
    const bread = createLabel(home, ' Bread  and salt ')
    const maps = createLabel(home, 'Maps')
    for (const id of [first, second]) {
      home.clock.at += MINUTE
      bookmarkPost(home, id)
    }
    home.clock.at += MINUTE
    home.heard()
    setLabels(home, third, [bread.id, maps.id])
    expect(home.heard().map(([type]) => type)).toEqual(['bookmarked', 'labels-changed'])
    setLabels(home, first, [bread.id])
    expect(labels(home)).toEqual([
      { id: bread.id, name: 'Bread and salt', posts: 2 },
      { id: maps.id, name: 'Maps', posts: 1 },
    ])
    expect((await bookmarkPage(home, all)).postIds).toEqual([third, second, first])
    expect((await bookmarkPage(home, { ...all, label: bread.id })).postIds).toEqual([third, first])
    setLabels(home, third, [])
    expect(labelsOf(home, third)).toEqual([])
    expect((await bookmarkPage(home, all)).postIds).toEqual([third, second, first])
    unbookmarkPost(home, first)
    expect(labels(home).map((one) => one.posts)).toEqual([0, 0])
    removeLabel(home, bread.id)
    expect(labels(home).map((one) => one.name)).toEqual(['Maps'])
    expect((await bookmarkPage(home, all)).postIds).toEqual([third, second])
  })

  test('names are kept once in any case, and nothing, too much and strangers are refused', () => {
    const home = openAna()
    const bread = createLabel(home, 'Bread')
    const maps = createLabel(home, 'Maps')
    expect(refused(() => createLabel(home, 'bread')).reason).toBe('label-taken')
    expect(refused(() => renameLabel(home, maps.id, 'BREAD')).reason).toBe('label-taken')
    renameLabel(home, bread.id, 'BREAD')
    expect(labels(home)[0]?.name).toBe('BREAD')
    for (const name of ['  ', 'x'.repeat(61)]) expect(refused(() => createLabel(home, name)).code).toBe('invalid')
    const post = received(home, person(home, 'bo'))
    const before = home.picture()
    expect(refused(() => setLabels(home, post, [bread.id, 12])).code).toBe('not-found')
    expect(refused(() => setLabels(home, 12, [bread.id])).code).toBe('not-found')
    expect(home.picture()).toBe(before)
    expect(refused(() => renameLabel(home, 12, 'x')).code).toBe('not-found')
    expect(refused(() => removeLabel(home, 12)).code).toBe('not-found')
  })

  test('words are found among bookmarks only, page by page', async () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const heron = createLabel(home, 'Herons')
    const kept: number[] = []
    for (let n = 0; n < 5; n++) {
      home.clock.at += MINUTE
      kept.push(received(home, bo, { content: `<p>The heron block, number ${n}</p>`, uri: `https://tide.example/heron/${n}` }))
      bookmarkPost(home, kept.at(-1) as number)
    }
    received(home, bo, { content: '<p>A heron that nobody kept</p>', uri: 'https://tide.example/heron/loose' })
    const other = received(home, bo, { content: '<p>Soup</p>', uri: 'https://tide.example/soup' })
    bookmarkPost(home, other)
    setLabels(home, kept[0] as number, [heron.id])
    const one = await bookmarkPage(home, { ...all, words: 'heron', limit: 3 })
    expect(one.postIds).toEqual(kept.toReversed().slice(0, 3))
    const two = await bookmarkPage(home, { ...all, words: 'heron', limit: 3, max: one.next })
    expect(two).toEqual({ postIds: kept.toReversed().slice(3), next: null })
    expect((await bookmarkPage(home, { ...all, words: 'heron', label: heron.id })).postIds).toEqual([kept[0]])
    expect((await bookmarkPage(home, { ...all, words: '"' })).postIds).toEqual([])
  })
})
