import { describe, expect, onTestFinished, test } from 'vitest'
import { beginPeople, nextPerson, peopleProgress } from '../../../src-main/domain/people-import.ts'
import { openPeople } from '../../../src-main/owner-api/people.ts'
import { openAna, person } from '../domain/home.ts'
import type { ConnectivityControl } from '../../../src-main/delivery/connectivity.ts'
import type { Resolver } from '../../../src-main/domain/ports.ts'

/** Following many at once, with a network that says what it is told to. */

const connectivity = { status: () => ({ state: 'online' }), onChange: () => () => undefined } as unknown as ConnectivityControl

describe('following many at once', () => {
  test('somebody at whom looking fails in a way nobody thought of keeps none of the others back', async () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const resolver = {
      account: async (acct: string) => (acct.startsWith('bo@') ? bo : null),
      url: async () => {
        throw new TypeError('Invalid URL')
      },
      posts: async () => ({ added: 0, more: false }),
    } as unknown as Resolver
    const people = openPeople({ domain: home, resolver, connectivity, pause: 0 })
    onTestFinished(people.stop)
    people.begin(['https://tide.example:99999/@cy', 'bo@tide.example', 'nobody@tide.example'])
    await expect.poll(() => people.state()?.state).toBe('done')
    expect(people.state()).toMatchObject({ total: 3, notFound: ['nobody@tide.example'], failed: ['https://tide.example:99999/@cy'] })
  })

  test('a list begun twice at once goes on in one line', async () => {
    const home = openAna()
    let at = 0
    let most = 0
    const resolver = {
      account: async () => {
        most = Math.max(most, ++at)
        await new Promise((resolve) => setTimeout(resolve, 1))
        at--
        return null
      },
      posts: async () => ({ added: 0, more: false }),
    } as unknown as Resolver
    const people = openPeople({ domain: home, resolver, connectivity, pause: 0 })
    onTestFinished(people.stop)
    people.begin(['a@tide.example', 'b@tide.example'])
    people.begin(['c@tide.example', 'd@tide.example'])
    await expect.poll(() => people.state()?.state).toBe('done')
    expect([most, people.state()?.notFound.length]).toEqual([1, 4])
  })

  test('what is too long for anybody to look up is none', () => {
    const home = openAna()
    beginPeople(home, [`https://tide.example/${'x'.repeat(2_000)}`, 'bo@tide.example'])
    expect([peopleProgress(home)?.total, nextPerson(home)]).toEqual([1, 'bo@tide.example'])
  })
})
