import { expect, test } from 'vitest'
import { answersToAll, selfThread } from '../../../src-renderer/state/unrolling.ts'
import { post, someone } from '../posts.ts'

const wren = someone('wren')
const by = (id: string, to: string | null, account = wren) => post(id, { account, inReplyToId: to })
const ids = (posts: { id: string }[]) => posts.map((one) => one.id)

test('the parts of a thread are found from its middle', () => {
  const all = [by('1', null), by('2', '1'), by('3', '2'), by('4', '3')]
  expect(ids(selfThread(all[2] as (typeof all)[number], all.slice(0, 2), all.slice(3)))).toEqual(['1', '2', '3', '4'])
})

test('somebody between them ends it', () => {
  const other = by('2', '1', someone('pia'))
  expect(ids(selfThread(by('3', '2'), [by('1', null), other], [by('4', '3', someone('bo'))]))).toEqual(['3'])
})

test('of two answers to oneself the earlier goes on, and a circle ends', () => {
  expect(ids(selfThread(by('1', '3'), [], [by('3', '1'), by('2', '1'), by('4', '2')]))).toEqual(['1', '2', '4'])
  expect(ids(selfThread(by('1', '2'), [], [by('2', '1'), by('1', '2')]))).toEqual(['1', '2'])
})

test('answers to any part are answers to the whole', () => {
  const answers = answersToAll('1', new Set(['1', '2']), [by('2', '1'), by('5', '2', someone('bo')), by('6', '5', someone('pia'))])
  expect(answers.map((one) => [one.id, one.inReplyToId])).toEqual([
    ['5', '1'],
    ['6', '5'],
  ])
})
