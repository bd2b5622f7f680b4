import { expect, it } from 'vitest'
import { blockDomain, importDomainBlocks, unblockDomain } from '../../../src-main/domain/domain-blocks.ts'
import { openAna, person } from './home.ts'
import type { Home } from './home.ts'

const blocked = (home: Home) =>
  home.store.database.prepare('select domain from accounts where domain_blocked = 1 order by domain').pluck().all() as string[]

it('who is let in again: the people of that name, unless another name covers them still', () => {
  const home = openAna()
  for (const host of ['tide.example', 'deep.tide.example', 'ebbtide.example', 'rock.example']) person(home, 'bo', host)
  for (const name of ['tide.example', 'deep.tide.example', 'ebbtide.example']) blockDomain(home, name)
  expect(blocked(home)).toEqual(['deep.tide.example', 'ebbtide.example', 'tide.example'])
  unblockDomain(home, 'tide.example')
  expect(blocked(home)).toEqual(['deep.tide.example', 'ebbtide.example'])
  unblockDomain(home, 'deep.tide.example')
  expect(blocked(home)).toEqual(['ebbtide.example'])
})

it('letting one server in again asks nothing of thousands of others', () => {
  const home = openAna()
  const { database } = home.store
  const bo = person(home, 'bo')
  const columns = database.prepare('select name from pragma_table_info(?)').pluck().all('accounts') as string[]
  const like = columns.map((name) =>
    name === 'id' ? 'value' : ['domain', 'uri', 'username'].includes(name) ? `'h' || value` : `a.${name}`,
  )
  database.exec(
    `with recursive n(value) as (select 1000 union all select value + 1 from n where value < 3000)
     insert into accounts (${columns.join()}) select ${like.join()} from accounts a, n where a.id = ${bo}`,
  )
  importDomainBlocks(home, Array.from({ length: 20_000 }, (_, n) => `h${n}`).join('\n'))
  expect(blocked(home)).toHaveLength(2_001)
  const began = performance.now()
  unblockDomain(home, 'h2000')
  // It took seconds, and everybody waited.
  expect(performance.now() - began).toBeLessThan(1_000)
  expect(blocked(home)).toHaveLength(2_000)
})
