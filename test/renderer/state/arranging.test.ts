import { expect, test } from 'vitest'
import { arrange, indexOfRow, type Arrangement, type Entry } from '../../../src-renderer/state/arranging.ts'
import { Find } from '../../../src-renderer/state/find.svelte.ts'
import { gapBetween, outsideGaps } from '../../../src-renderer/state/gaps.ts'
import { addRows, cutRows, insertRow } from '../../../src-renderer/state/rows.ts'
import type { Status } from '../../../src-renderer/state/entities.ts'
import { boost, post, someone } from '../posts.ts'

const plain: Arrangement = { boosts: 'shelf', fold: true, toggled: new Set(), gaps: [] }
const drawn = (statuses: Status[], how: Partial<Arrangement> = {}) => arrange(addRows([], statuses, 'end'), { ...plain, ...how })
const said = (entries: Entry[]) =>
  entries.map((entry) =>
    entry.kind === 'post' ? entry.row.id : entry.kind === 'gap' ? 'gap' : `${entry.kind}(${entry.rows.map((row) => row.id).join(' ')})`,
  )
const reply = (id: string, to: string, by = 'bo') => post(id, { account: someone(by), inReplyToId: to, inReplyToAccountId: 'a-bo' })
const numbered = (from: number, count: number) => Array.from({ length: count }, (_, index) => post(String(from - index)))

test('three boosts in a row stand on a shelf in the middle of their batch, never one or two', () => {
  const boosts = (count: number) => Array.from({ length: count }, (_, index) => boost(String(99 - index), 'cy', post(String(9 - index))))
  expect(said(drawn([...boosts(2), ...numbered(80, 6)]))).toEqual(['99', '98', '80', '79', '78', '77', '76', '75'])
  expect(said(drawn([...boosts(3), ...numbered(80, 13)]))).toEqual([
    ...['80', '79', '78', '77', '76', '75'],
    'shelf(99 98 97)',
    ...['74', '73', '72', '71', '70', '69', '68'],
  ])
})

test('more than a quarter of a batch goes on a shelf, more than three quarters to its end', () => {
  const mixed = numbered(200, 20).map((one, index) => (index % 3 === 0 ? boost(one.id, 'cy', post(String(50 - index))) : one))
  expect(said(drawn(mixed)).filter((one) => one.startsWith('shelf'))).toHaveLength(1)
  const most = numbered(200, 20).map((one, index) => (index < 16 ? boost(one.id, 'cy', post(String(50 - index))) : one))
  expect(said(drawn(most)).at(-1)).toMatch(/^shelf/)
})

test('boosts are in line, on a shelf or nowhere, as the owner wishes', () => {
  const statuses = [...numbered(200, 3).map((one, index) => boost(one.id, 'cy', post(String(50 - index)))), post('20'), post('19')]
  expect(said(drawn(statuses, { boosts: 'inline' }))).toEqual(['200', '199', '198', '20', '19'])
  expect(said(drawn(statuses, { boosts: 'hidden' }))).toEqual(['20', '19'])
})

test('a thread within a batch is its first, the count of what lies between, and its last; the badge says which of how many', () => {
  const thread = [
    reply('15', '14'),
    reply('14', '13'),
    post('20', { account: someone('cy') }),
    reply('13', '12'),
    reply('12', '11'),
    post('11'),
  ]
  const entries = drawn([post('30', { account: someone('pia') }), ...thread])
  expect(said(entries)).toEqual(['30', '11', 'more(12 13 14)', '15', '20'])
  expect(entries.map((entry) => (entry.kind === 'post' && entry.part ? `${entry.part.at}/${entry.part.of}` : ''))).toEqual([
    ...['', '1/5', '', '5/5', ''],
  ])
  expect(said(drawn(thread, { toggled: new Set(['11']) }))).toEqual(['11', '12', '13', '14', '15', '20'])
  expect(said(drawn(thread, { fold: false }))).toEqual(['15', '14', '20', '13', '12', '11'])
})

test('a conversation hangs together oldest first, where its newest stood, and nothing old is brought up from another batch', () => {
  const entries = drawn([
    post('30', { account: someone('pia') }),
    reply('25', '5', 'cy'),
    post('20', { account: someone('pia') }),
    post('5'),
  ])
  expect(said(entries)).toEqual(['30', '5', '25', '20'])
  const joints = entries.map((entry) => (entry.kind === 'post' && entry.joint ? `${entry.joint.above} ${entry.joint.below}` : ''))
  expect(joints).toEqual(['', 'false true', 'true false', ''])
  const far = [reply('99', '5', 'cy'), ...numbered(90, 25), post('5')]
  expect(said(drawn(far))).toEqual(far.map(({ id }) => id))
})

test('what is added at an end changes nothing that stands there', () => {
  const older = [reply('15', '14'), reply('14', '13'), reply('13', '12'), post('12'), ...numbered(10, 4)]
  const rows = addRows([], older, 'end')
  const before = said(arrange(rows, plain))
  const after = said(arrange(addRows(rows, [reply('40', '15'), ...numbered(39, 8)], 'start'), plain))
  expect(after.slice(-before.length)).toEqual(before)
  const late = said(arrange(insertRow(rows, post('9', { account: someone('cy') })), plain))
  expect(late).toEqual(before)
  expect(said(arrange(insertRow(rows, post('11')), plain))).toEqual([...before.slice(0, 3), '11', ...before.slice(3)])
})

test('rows are let go by whole batches', () => {
  const rows = addRows([], numbered(200, 60), 'end')
  expect(cutRows(rows, 50, 'end').map((row) => row.id)[0]).toBe('180')
  expect(cutRows(rows, 50, 'start').at(-1)?.id).toBe('161')
})

test('a gap stands between what it parts', () => {
  const gap = gapBetween(post('50'), post('20'))
  const rows = addRows(addRows([], [post('51'), post('50')], 'end'), [post('20'), post('19')], 'end')
  expect(said(arrange(rows, { ...plain, gaps: [gap] }))).toEqual(['51', '50', 'gap', '20', '19'])
  expect(outsideGaps([post('51'), post('50'), post('30'), post('20')], [gap]).map(({ id }) => id)).toEqual(['51', '50', '20'])
})

test('finding looks at every post of the list, in folds and on shelves too, without case and accents', () => {
  const statuses = [
    reply('15', '14'),
    post('14', { content: '<p>Une <b>Épreuve</b> &amp; demie</p>', inReplyToId: '13', inReplyToAccountId: 'a-bo' }),
    reply('13', '12'),
    post('12'),
    post('3', { spoilerText: 'epreuve' }),
  ]
  const byId = new Map(statuses.map((one) => [one.id, one]))
  const entries = drawn(statuses)
  const find = new Find()
  find.words = 'épreuve '
  find.look(entries, (id) => byId.get(id))
  expect(find.matches.map((match) => match.rowId)).toEqual(['14', '3'])
  expect(entries[indexOfRow(entries, '14')]?.kind).toBe('more')
  find.step(-1)
  expect(find.current?.rowId).toBe('3')
  find.words = 'epreuve & demie'
  find.look(entries, (id) => byId.get(id))
  expect([find.matches.length, find.current?.rowId]).toEqual([1, '14'])
})
