import { expect, test } from 'vitest'
import { branchesOf, DEEPEST } from '../../../src-renderer/state/branches.ts'
import { post } from '../posts.ts'

const reply = (id: string, to: string) => post(id, { inReplyToId: to })

test('replies hang on what they answer, oldest first', () => {
  const tree = branchesOf('1', [reply('4', '1'), reply('3', '2'), reply('2', '1')])
  expect(tree.map((branch) => branch.id)).toEqual(['2', '4'])
  expect(tree[0]?.replies.map((branch) => branch.id)).toEqual(['3'])
})

test('a reply to something unknown here is not lost', () => {
  expect(branchesOf('1', [reply('3', '99')]).map((branch) => branch.id)).toEqual(['3'])
})

test('below the deepest level the rest is counted, not drawn', () => {
  const chain = Array.from({ length: 8 }, (_, index) => reply(String(index + 2), String(index + 1)))
  let branch = branchesOf('1', chain)[0]
  for (let depth = 1; depth < DEEPEST; depth++) branch = branch?.replies[0]
  expect(branch?.replies).toEqual([])
  expect(branch?.hidden).toBe(8 - DEEPEST)
})

test('a circle of replies ends', () => {
  const ids = (list: ReturnType<typeof branchesOf>): string[] => list.flatMap((branch) => [branch.id, ...ids(branch.replies)])
  expect(ids(branchesOf('1', [reply('2', '3'), reply('3', '2'), reply('1', '2')]))).toEqual([])
})
