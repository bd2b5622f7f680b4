import { expect, test } from 'vitest'
import { rememberTombstone, sweepTombstones, tombstone } from '../../../src-main/domain/posts.ts'
import { rule } from '../../rig/attacks.ts'
import { openAna } from '../domain/home.ts'

const DAY = 24 * 3600_000

test(`what others deleted is forgotten after ninety days, what is ours never, ${rule(40)}`, () => {
  const home = openAna('https://ana.example')
  const [theirs, ours] = ['https://mo.example/n/1', 'https://ana.example/users/ana/statuses/1']
  rememberTombstone(home, theirs)
  home.store.database.prepare("insert into tombstones (uri, own, former_type, at) values (?, 1, 'Note', ?)").run(ours, home.now())
  home.clock.at += 89 * DAY
  expect(sweepTombstones(home)).toBe(0)
  home.clock.at += 2 * DAY
  expect(sweepTombstones(home)).toBe(1)
  expect([tombstone(home, theirs), tombstone(home, ours)?.own]).toEqual([null, true])
})
