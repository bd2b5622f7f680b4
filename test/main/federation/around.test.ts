import { describe, expect, test } from 'vitest'
import { openAround } from '../../../src-main/federation/around.ts'
import { upsertAccount } from '../../../src-main/domain/accounts.ts'
import { AppError } from '../../../src-main/domain/errors.ts'
import { NetError } from '../../../src-main/net/index.ts'
import { followed, openAna, person, received, remote } from '../domain/home.ts'
import type { Net } from '../../../src-main/net/index.ts'
import type { Json } from '../../../src-main/federation/mapping/read.ts'

/** Looking around, with a network that says what it is told to. */
function around(answer: unknown, pages: Record<string, Json> = {}) {
  const home = openAna()
  const asked: string[] = []
  const fetched: string[] = []
  const net = {
    getJson: async (url: string) => {
      asked.push(url)
      if (answer instanceof Error) throw answer
      return { json: answer, url, status: 200, headers: {}, contentType: 'application/json' }
    },
  } as unknown as Net
  const look = openAround({
    domain: home,
    net,
    remote: { page: async (url) => (pages[url] ? { url, json: pages[url] } : null) },
    politeness: { run: (_host, work) => work(), nextAt: () => 0 },
    plainHttp: () => false,
    post: async (uri) => {
      fetched.push(uri)
      if (uri.endsWith('/broken')) throw new AppError('unavailable', 'no')
      return received(home, person(home, 'bo'), { uri })
    },
  })
  return { home, look, asked, fetched }
}
const status = (code: number) => new NetError('http-status', 'no', { status: code })
const reasonOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof AppError ? (error.reason ?? error.code) : error),
  )

describe('another server’s public timeline', () => {
  test('only addresses on that host are taken, each once, and what is here is not fetched again', async () => {
    const rows = ['a', 'b', 'broken', 'a'].map((name, at) => ({ id: String(90 - at), uri: `https://tide.example/p/${name}` }))
    const { home, look, asked, fetched } = around([
      ...rows,
      { id: '50', uri: 'https://evil.example/p/x' },
      { id: '49', uri: 7 },
      'nonsense',
      { id: 'bad id!', uri: 'https://tide.example/p/c' },
    ])
    const known = received(home, person(home, 'cy'), { uri: 'https://tide.example/p/c' })
    const page = await look.posts(' TIDE.example ', '99')
    expect(asked).toEqual(['https://tide.example/api/v1/timelines/public?local=true&limit=20&max_id=99'])
    expect(fetched).toEqual(['a', 'b', 'broken'].map((name) => `https://tide.example/p/${name}`))
    expect(page.postIds).toHaveLength(3)
    expect(page.postIds.at(-1)).toBe(known)
    expect(page.next).toBeNull()
  })

  test('the usual port is the same server, and what is not for everybody does not stand among what is', async () => {
    const { home, look, asked } = around(['a', 'b'].map((name) => ({ id: '9', uri: `https://tide.example/p/${name}` })))
    received(home, person(home, 'cy'), { uri: 'https://tide.example/p/a', visibility: 'direct' })
    const open = received(home, person(home, 'cy'), { uri: 'https://tide.example/p/b' })
    expect((await look.posts('tide.example:443', null)).postIds).toEqual([open])
    expect(asked).toEqual(['https://tide.example/api/v1/timelines/public?local=true&limit=20'])
  })

  test('a server that refuses, has none, lies or is silent says which', async () => {
    expect(await reasonOf(around(status(401)).look.posts('tide.example', null))).toBe('server-refuses')
    expect(await reasonOf(around(status(422)).look.posts('tide.example', null))).toBe('server-refuses')
    expect(await reasonOf(around(status(404)).look.posts('tide.example', null))).toBe('server-shows-none')
    expect(await reasonOf(around({ error: 'no' }).look.posts('tide.example', null))).toBe('server-shows-none')
    expect(await reasonOf(around(new NetError('dns', 'no')).look.posts('tide.example', null))).toBe('unavailable')
    for (const name of ['', 'two words', 'a/../b', 'user@tide.example', 'x'.repeat(300), 'tide.example:99999', '1.2.3.4.5'])
      expect(await reasonOf(around([]).look.posts(name, null))).toBe('server-unknown')
  })
})

describe('followers the owner knows', () => {
  const list = (uris: string[]) => ({ type: 'OrderedCollection', orderedItems: uris }) as Json

  test('those the owner follows are found among what their server tells', async () => {
    const address = 'https://tide.example/users/mir/followers'
    const { home, look } = around([], { [address]: list(['https://tide.example/users/bo', 'https://tide.example/users/xy']) })
    const bo = followed(home, 'bo')
    const mir = upsertAccount(home, remote('mir', 'tide.example', { followersUri: address }))
    expect(await look.familiar(mir)).toMatchObject({ accountIds: [bo], looked: 2 })
  })

  test('a server that hides them leaves nothing known, which is not nobody', async () => {
    const { home, look } = around([])
    expect(await look.familiar(person(home, 'mir'))).toEqual({ accountIds: [], looked: 0, whole: false })
  })
})
