import { expect, test } from 'vitest'
import type { Account, Tag } from '../../../src-renderer/state/entities.ts'
import { talksOf } from '../../../src-renderer/state/conversations.svelte.ts'
import { asTyped, mergeFound } from '../../../src-renderer/state/search.svelte.ts'
import { post, someone } from '../posts.ts'

test('a word that is being typed stands for all that begin so; operators, phrases and whole words stand for themselves', () => {
  expect(
    ['varn', 'ten varn', 'varn ', 'va', 'from:bob', '"ten varn', '"ten" varn', '#mend', '東京都市圏', 'has:media varn'].map(asTyped),
  ).toEqual(['varn*', 'ten varn*', 'varn', 'va', 'from:bob', '"ten varn', '"ten" varn*', '#mend', '東京都市圏', 'has:media varn*'])
})

test('people and tags are one list: the exact name first, tags first when a tag was typed', () => {
  const people = ['bo', 'bonnie'].map((name) => someone(name) as unknown as Account)
  const tags = ['bo', 'boats'].map((name) => ({ name }) as Tag)
  const names = (query: string) =>
    mergeFound(query, people, tags).map((one) => (one.kind === 'person' ? one.account.username : `#${one.tag.name}`))
  expect(names('bo')).toEqual(['bo', '#bo', 'bonnie', '#boats'])
  expect(names('#boats')).toEqual(['#boats', '#bo', 'bo', 'bonnie'])
})

test('threads with the same people are one conversation, unread if one of them is', () => {
  const [bo, cy] = [someone('bo'), someone('cy')]
  const thread = (id: string, accounts: object[], last: string | null, unread: boolean) =>
    ({ id, accounts, unread, lastStatus: last === null ? null : post(last) }) as unknown as Parameters<typeof talksOf>[0][number]
  const talks = talksOf([
    thread('1', [bo, cy], '30', false),
    thread('2', [bo], '20', true),
    thread('3', [cy, bo], '40', false),
    thread('4', [bo], '50', false),
    thread('5', [cy], null, true),
  ])
  expect(talks.map((talk) => [talk.id, talk.unread, talk.threads.map((one) => one.id)])).toEqual([
    ['4', true, ['4', '2']],
    ['3', false, ['3', '1']],
  ])
})
