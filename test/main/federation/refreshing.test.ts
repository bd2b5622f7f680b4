/** Old copies looked at again: edits, tallies, and what is not there any more. */
import { describe, expect, test } from 'vitest'
import { accountById } from '../../../src-main/domain/accounts.ts'
import { pollOf } from '../../../src-main/domain/polls.ts'
import { postById, postByUri, tombstone } from '../../../src-main/domain/posts.ts'
import { followedBy, HOUR, knowing, MINUTE, openInstance } from './instance.ts'
import { PUBLIC, remoteServer, world } from './world.ts'
import type { Instance } from './instance.ts'
import type { RemoteActor, RemoteServer } from './world.ts'

const DAY = 24 * HOUR

async function scene(change: (bo: RemoteActor) => Record<string, unknown> = () => ({})) {
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  const bo = mo.actor('bo')
  const note = { ...bo.note(), ...change(bo) } as Record<string, unknown> & { id: string }
  const path = new URL(note.id).pathname
  mo.serve(path, () => note)
  const found = await home.federation.resolver.url(note.id)
  return { home, mo, bo, note, path, id: found?.id as number }
}

/** Somebody opens the post, so much later. */
async function looked(home: Instance, id: number, ms: number): Promise<void> {
  home.clock.at += ms
  home.federation.resolver.refreshPost(id)
  await home.federation.settled()
}

const status = (server: RemoteServer, path: string, code: number) =>
  server.answer((request, response): boolean => {
    if (request.path !== path) return false
    response.writeHead(code, { 'content-type': 'text/html' }).end('<h1>no</h1>')
    return true
  })

describe('a post seen again after a day', () => {
  test('is compared with its origin once: an edit shows', async () => {
    const { home, mo, note, path, id } = await scene()
    await looked(home, id, 23 * HOUR)
    expect(mo.count(path)).toBe(1)
    note.content = '<p>The ferry is late again.</p>'
    home.clock.at += 2 * HOUR
    note.updated = new Date(world.now()).toISOString()
    home.federation.resolver.refreshPost(id)
    home.federation.resolver.refreshPost(id)
    await home.federation.settled()
    expect(mo.count(path)).toBe(2)
    expect(postById(home, id)).toMatchObject({ content: '<p>The ferry is late again.</p>', editedAt: home.clock.at })
    await looked(home, id, HOUR)
    expect(mo.count(path)).toBe(2)
  })

  test('a poll shows its numbers', async () => {
    const option = (name: string, votes: number) => ({ type: 'Note', name, replies: { type: 'Collection', totalItems: votes } })
    const { home, note, id } = await scene(() => ({
      type: 'Question',
      oneOf: [option('Tea', 1), option('Coffee', 0)],
      endTime: new Date(world.now() + 9 * DAY).toISOString(),
    }))
    note.oneOf = [option('Tea', 5), option('Coffee', 7)]
    note.votersCount = 12
    await looked(home, id, 25 * HOUR)
    expect(pollOf(home, id)).toMatchObject({ options: [{ votes: 5 }, { votes: 7 }], voters: 12 })
  })

  test('own posts and fresh ones cost nothing', async () => {
    const { home, mo, id } = await scene()
    const asked = mo.asked.length
    await looked(home, id, MINUTE)
    expect(mo.asked.length).toBe(asked)
  })
})

describe('a post that is not there any more', () => {
  test('goes after two 404, a day apart, from a server that still knows its author', async () => {
    const { home, mo, note, path, id } = await scene()
    mo.serve(path, null)
    await looked(home, id, 25 * HOUR)
    expect(postById(home, id)).not.toBeNull()
    await looked(home, id, 25 * HOUR)
    expect(postById(home, id)).toBeNull()
    expect(tombstone(home, note.id)).not.toBeNull()
  })

  test('stays if it is there again in between', async () => {
    const { home, mo, note, path, id } = await scene()
    mo.serve(path, null)
    await looked(home, id, 25 * HOUR)
    mo.serve(path, note)
    await looked(home, id, 25 * HOUR)
    mo.serve(path, null)
    await looked(home, id, 25 * HOUR)
    expect(postById(home, id)).not.toBeNull()
  })

  test('stays while its server says 404 to everything: the laptop behind that tunnel sleeps', async () => {
    const { home, mo, id } = await scene()
    mo.answer((_request, response): boolean => {
      response.writeHead(404).end('404')
      return true
    })
    for (let day = 0; day < 4; day++) await looked(home, id, 25 * HOUR)
    expect(postById(home, id)).not.toBeNull()
  })

  test('stays when its server fails, shows a page instead, or serves another post there', async () => {
    const { home, mo, bo, path, id } = await scene()
    for (const code of [500, 200]) {
      status(mo, path, code)
      await looked(home, id, 25 * HOUR)
      await looked(home, id, 25 * HOUR)
      expect(postById(home, id)).not.toBeNull()
    }
    const { home: second, mo: other, path: at, id: kept } = await scene()
    other.serve(at, bo.note({ content: '<p>Another.</p>' }))
    await looked(second, kept, 25 * HOUR)
    await looked(second, kept, 25 * HOUR)
    expect(postById(second, kept)?.content).toBe('<p>The ferry is late.</p>')
  })

  test('goes for two 410, and for a Tombstone at its address', async () => {
    const gone = await scene()
    status(gone.mo, gone.path, 410)
    await looked(gone.home, gone.id, 25 * HOUR)
    await looked(gone.home, gone.id, 25 * HOUR)
    expect(postById(gone.home, gone.id)).toBeNull()
    const dead = await scene()
    dead.mo.serve(dead.path, { id: dead.note.id, type: 'Tombstone' })
    await looked(dead.home, dead.id, 25 * HOUR)
    await looked(dead.home, dead.id, 25 * HOUR)
    expect(postById(dead.home, dead.id)).toBeNull()
  })

  test('rule 6: another author at its address changes nothing', async () => {
    const { home, mo, note, path, id } = await scene()
    const di = mo.actor('di')
    mo.serve(path, {
      ...note,
      attributedTo: di.id,
      content: '<p>Mine now.</p>',
      updated: new Date(world.now() + DAY).toISOString(),
      to: [PUBLIC],
    })
    await looked(home, id, 49 * HOUR)
    expect(postByUri(home, note.id)).toMatchObject({ content: '<p>The ferry is late.</p>', id })
  })
})

describe('an account seen again after a day', () => {
  async function person() {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    const id = await knowing(home, bo)
    const look = async (ms: number) => {
      home.clock.at += ms
      home.federation.resolver.refresh(id)
      await home.federation.settled()
    }
    return { home, mo, bo, id, look }
  }
  const nodeInfo = (server: RemoteServer) => {
    server.serve(
      '/.well-known/nodeinfo',
      { links: [{ rel: 'http://nodeinfo.diaspora.software/ns/schema/2.0', href: `${server.origin}/nodeinfo/2.0` }] },
      'application/json',
    )
    server.serve('/nodeinfo/2.0', { version: '2.0', software: { name: 'Mastodon', version: '4.5.0' } }, 'application/json; charset=utf-8')
  }

  test('410 ends it; two 404 of a server that answers otherwise do too', async () => {
    const gone = await person()
    status(gone.mo, '/users/bo', 410)
    await gone.look(25 * HOUR)
    expect(accountById(gone.home, gone.id)).toBeNull()
    const missing = await person()
    nodeInfo(missing.mo)
    status(missing.mo, '/users/bo', 404)
    await missing.look(25 * HOUR)
    expect(accountById(missing.home, missing.id)).toMatchObject({ suspendedAt: null })
    await missing.look(25 * HOUR)
    expect(accountById(missing.home, missing.id)).toBeNull()
  })

  test('404 of a server that answers nothing else ends nobody', async () => {
    const { home, mo, id, look } = await person()
    mo.answer((_request, response): boolean => {
      response.writeHead(404).end()
      return true
    })
    for (let day = 0; day < 4; day++) await look(25 * HOUR)
    expect(accountById(home, id)).toMatchObject({ suspendedAt: null, username: 'bo' })
  })
})

describe('people behind an inbox that has said 404 for days', () => {
  async function person() {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    const id = await followedBy(home, bo)
    const reported = async (ms: number) => {
      home.clock.at += ms
      home.federation.inboxReports.inboxGone(bo.inbox)
      await home.federation.settled()
    }
    return { home, mo, id, reported }
  }

  test('go when their actor says 404 too, twice, a day apart, and their server is there', async () => {
    const { home, mo, reported } = await person()
    mo.serve(
      '/.well-known/nodeinfo',
      { links: [{ rel: 'http://nodeinfo.diaspora.software/ns/schema/2.0', href: `${mo.origin}/nodeinfo/2.0` }] },
      'application/json',
    )
    mo.serve('/nodeinfo/2.0', { version: '2.0', software: { name: 'mastodon', version: '4.5.0' } }, 'application/json')
    status(mo, '/users/bo', 404)
    await reported(HOUR)
    expect(home.rows('follows')).toBe(1)
    await reported(25 * HOUR)
    expect(home.rows('follows')).toBe(0)
  })

  test('stay while the whole server says it, and while their actor answers', async () => {
    const { home, mo, reported } = await person()
    await reported(HOUR)
    await reported(25 * HOUR)
    expect(home.rows('follows')).toBe(1)
    mo.answer((_request, response): boolean => {
      response.writeHead(404).end()
      return true
    })
    for (let day = 0; day < 3; day++) await reported(25 * HOUR)
    expect(home.rows('follows')).toBe(1)
  })
})
