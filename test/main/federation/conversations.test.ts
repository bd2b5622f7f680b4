/** Whole conversations: upwards, by `context`, by `replies`; and those who make them endless. */
import { describe, expect, test } from 'vitest'
import { postByUri } from '../../../src-main/domain/posts.ts'
import { block } from '../../../src-main/domain/follows.ts'
import { knowing, MINUTE, openInstance } from './instance.ts'
import { remoteServer, world } from './world.ts'
import type { Walk } from '../../../src-main/domain/ports.ts'
import type { Instance } from './instance.ts'
import type { RemoteActor, RemoteServer } from './world.ts'

interface Said {
  id: string
  path: string
  note: Record<string, unknown>
}

/** A note that its server serves. */
function says(server: RemoteServer, actor: RemoteActor, change: Record<string, unknown> = {}): Said {
  const note = actor.note(change)
  const path = note.id.slice(server.origin.length)
  const kept = { '@context': 'https://www.w3.org/ns/activitystreams', ...note }
  server.serve(path, kept)
  return { id: note.id, path, note: kept }
}

const replies = (server: RemoteServer, to: Said, items: unknown[], change: Record<string, unknown> = {}) => {
  const id = `${to.id}/replies`
  to.note.replies = id
  server.serve(`${to.path}/replies`, { id, type: 'Collection', first: { type: 'CollectionPage', partOf: id, items, ...change } })
}

async function scene() {
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  const reef = remoteServer('reef.peers.test')
  const bo = mo.actor('bo')
  const cy = reef.actor('cy')
  return { home, mo, reef, bo, cy }
}

/** The post is here, nothing else of its conversation. */
async function opened(home: Instance, said: Said): Promise<number> {
  const found = await home.federation.resolver.url(said.id)
  if (found?.kind !== 'post') throw new Error(`${said.id} could not be had`)
  await home.federation.settled()
  return found.id
}

async function walked(home: Instance, postId: number): Promise<Walk> {
  const begun = home.federation.resolver.conversation(postId)
  if (!begun) throw new Error('nothing was walked')
  await home.federation.settled()
  return home.federation.resolver.walk(begun.id) as Walk
}

describe('a conversation is walked', () => {
  test('by the replies of every post in it, over all servers, and shown as it comes', async () => {
    const { home, mo, reef, bo, cy } = await scene()
    const root = says(mo, bo)
    const one = says(reef, cy, { inReplyTo: root.id })
    const two = says(mo, bo, { inReplyTo: one.id })
    const three = says(reef, cy, { inReplyTo: two.id })
    replies(mo, root, [one.id])
    replies(reef, one, [two.id])
    // Embedded where it lives.
    replies(mo, two, [], { next: `${two.id}/replies?page=1` })
    mo.serve(`${two.path}/replies?page=1`, { id: `${two.id}/replies?page=1`, type: 'CollectionPage', items: [three.id] })
    const id = await opened(home, root)
    const heard: Walk[] = []
    home.federation.resolver.onWalk((walk) => heard.push(walk))
    const walk = await walked(home, id)
    expect(walk).toMatchObject({ postId: id, state: 'finished', found: 3 })
    expect(heard.map(({ state, found }) => [state, found])).toEqual([
      ['running', 1],
      ['running', 2],
      ['running', 3],
      ['finished', 3],
    ])
    expect(postByUri(home, three.id)).toMatchObject({ inReplyToUri: two.id, inReplyToId: postByUri(home, two.id)?.id })
    expect(home.rows('home')).toBe(0)
    expect(home.rows('notifications')).toBe(0)
  })

  test('by its context collection, where it has one: replies are not asked for', async () => {
    const { home, mo, reef, bo, cy } = await scene()
    const root = says(mo, bo, { context: 'https://mo.example/contexts/1' })
    const one = says(reef, cy, { inReplyTo: root.id })
    const two = says(mo, bo, { inReplyTo: one.id })
    replies(mo, root, [one.id])
    mo.serve('/contexts/1', { id: 'https://mo.example/contexts/1', type: 'OrderedCollection', orderedItems: [root.id, one.id, two.note] })
    const walk = await walked(home, await opened(home, root))
    expect(walk.found).toBe(2)
    expect(mo.count(`${root.path}/replies`)).toBe(0)
    expect(mo.count(two.path)).toBe(0)
  })

  test('by replies after all when the context is no collection', async () => {
    const { home, mo, reef, bo, cy } = await scene()
    const root = says(mo, bo, { context: 'https://mo.example/contexts/1' })
    const one = says(reef, cy, { inReplyTo: root.id })
    replies(mo, root, [one.id])
    mo.serve('/contexts/1', { hello: 'there' }, 'text/html')
    expect((await walked(home, await opened(home, root))).found).toBe(1)
  })

  test('upwards too, from an answer', async () => {
    const { home, mo, reef, bo, cy } = await scene()
    const root = says(mo, bo)
    const other = says(reef, cy, { inReplyTo: root.id })
    replies(mo, root, [other.id])
    const leaf = says(mo, bo, { inReplyTo: root.id })
    mo.serve(root.path, null)
    const id = await opened(home, leaf)
    expect(postByUri(home, root.id)).toBeNull()
    mo.serve(root.path, root.note)
    expect((await walked(home, id)).found).toBe(2)
    expect(postByUri(home, leaf.id)?.inReplyToId).toBe(postByUri(home, root.id)?.id)
  })

  test('once at a time and not again within a quarter of an hour, whichever of its posts is opened', async () => {
    const { home, mo, reef, bo, cy } = await scene()
    const root = says(mo, bo)
    const one = says(reef, cy, { inReplyTo: root.id })
    replies(mo, root, [one.id])
    const id = await opened(home, root)
    const { resolver } = home.federation
    const first = resolver.conversation(id)
    expect(resolver.conversation(id)?.id).toBe(first?.id)
    await home.federation.settled()
    const asked = mo.asked.length
    const answer = postByUri(home, one.id)?.id as number
    expect(resolver.conversation(answer)).toMatchObject({ id: first?.id, state: 'finished' })
    const later = await home.restart(MINUTE)
    expect(later.federation.resolver.conversation(id)).toBeNull()
    await later.federation.settled()
    expect(mo.asked.length).toBe(asked)
    later.clock.at += 15 * MINUTE
    expect(later.federation.resolver.conversation(id)).not.toBeNull()
    await later.federation.settled()
    expect(mo.asked.length).toBeGreaterThan(asked)
    later.clock.at += 31 * MINUTE
    expect(later.federation.resolver.walk(first?.id as string)).toBeNull()
  })

  test('not for a private word', async () => {
    const { home, mo, bo } = await scene()
    await knowing(home, bo)
    const note = bo.note({ to: ['https://ana.example/users/ana'], cc: [] })
    await home.takes(bo, bo.create({ ...note }))
    const id = postByUri(home, note.id)?.id as number
    expect(id).toBeGreaterThan(0)
    expect(home.federation.resolver.conversation(id)).toBeNull()
    expect(mo.count(note.id.slice(mo.origin.length))).toBe(0)
  })
})

describe('a hostile conversation', () => {
  test('rule 5: an answer embedded by another server is fetched from its own', async () => {
    const { home, mo, reef, bo, cy } = await scene()
    const root = says(mo, bo)
    const one = says(reef, cy, { inReplyTo: root.id, content: '<p>What I said.</p>' })
    replies(mo, root, [{ ...one.note, content: '<p>What I never said.</p>' }])
    await walked(home, await opened(home, root))
    expect(postByUri(home, one.id)?.content).toBe('<p>What I said.</p>')
  })

  test('rule 16: somebody blocked does not come in by it', async () => {
    const { home, mo, reef, bo, cy } = await scene()
    block(home, await knowing(home, cy))
    const root = says(mo, bo)
    const one = says(reef, cy, { inReplyTo: root.id })
    replies(mo, root, [one.id])
    expect((await walked(home, await opened(home, root))).found).toBe(0)
    expect(postByUri(home, one.id)).toBeNull()
  })

  test('rule 17: what is not for everybody is not kept', async () => {
    const { home, mo, bo } = await scene()
    const root = says(mo, bo)
    const secret = says(mo, bo, { inReplyTo: root.id, to: [bo.followers], cc: [] })
    replies(mo, root, [secret.note])
    await walked(home, await opened(home, root))
    expect(postByUri(home, secret.id)).toBeNull()
  })

  test('rule 27: pages without end, each with something new, stop at the bound', async () => {
    const { home, mo, bo } = await scene()
    const root = says(mo, bo)
    let pages = 0
    root.note.replies = `${root.id}/replies?page=0`
    mo.answer((request, response): boolean => {
      const page = /replies\?page=(\d+)$/.exec(request.path)?.[1]
      if (page === undefined) return false
      pages++
      const n = Number(page)
      response.writeHead(200, { 'content-type': 'application/activity+json' }).end(
        JSON.stringify({
          type: 'CollectionPage',
          items: [`https://mo.example/nothing/${n}`],
          next: `${root.id}/replies?page=${n + 1}`,
        }),
      )
      return true
    })
    const walk = await walked(home, await opened(home, root))
    expect(walk.found).toBe(0)
    // Ten useless answers in a row and the server is left alone, long before the fifty pages one collection may have.
    expect(pages).toBeLessThanOrEqual(50)
    expect(mo.asked.length).toBeLessThan(120)
  })

  test('rule 27: a circle of pages ends, a page that repeats itself too', async () => {
    const { home, mo, reef, bo, cy } = await scene()
    const root = says(mo, bo)
    const one = says(reef, cy, { inReplyTo: root.id })
    const at = (page: number) => `${root.path}/replies?page=${page}`
    root.note.replies = `${mo.origin}${at(1)}`
    mo.serve(at(1), { type: 'CollectionPage', items: [one.id], next: `${mo.origin}${at(2)}` })
    mo.serve(at(2), { type: 'CollectionPage', items: [one.id], next: `${mo.origin}${at(3)}` })
    mo.serve(at(3), { type: 'CollectionPage', items: [one.id], next: `${mo.origin}${at(1)}` })
    expect((await walked(home, await opened(home, root))).found).toBe(1)
    expect(mo.count(at(1))).toBe(1)
    expect(mo.count(at(3))).toBe(0)
  })

  test('rule 27: a page on another server is not turned to', async () => {
    const { home, mo, reef, bo, cy } = await scene()
    const root = says(mo, bo)
    const one = says(reef, cy, { inReplyTo: root.id })
    reef.serve('/more', { type: 'CollectionPage', items: [one.id] })
    replies(mo, root, ['https://mo.example/nothing/1'], { next: 'https://reef.peers.test/more' })
    expect((await walked(home, await opened(home, root))).found).toBe(0)
    expect(reef.asked).toEqual([])
  })

  test('rule 27: a huge page is read to its bound, one beyond all measure not at all', async () => {
    const { home, mo, bo } = await scene()
    const root = says(mo, bo)
    const many = (count: number) =>
      Array.from({ length: count }, (_, n) => bo.note({ inReplyTo: root.id, id: `https://mo.example/n/${n}` }))
    replies(mo, root, many(400))
    expect((await walked(home, await opened(home, root))).found).toBe(200)
    const second = says(mo, bo)
    replies(mo, second, many(6_000))
    expect((await walked(home, await opened(home, second))).found).toBe(0)
  })

  test('rule 28: a list of addresses at a third server is no weapon: ten useless answers end it', async () => {
    const { home, mo, bo } = await scene()
    const victim = remoteServer('victim.peers.test')
    const root = says(mo, bo)
    replies(
      mo,
      root,
      Array.from({ length: 150 }, (_, n) => `https://victim.peers.test/burden/${n}`),
    )
    await walked(home, await opened(home, root))
    // Four are under way at once.
    expect(victim.asked.length).toBeLessThanOrEqual(14)
  })

  test('rule 28: a conversation that answers itself without end upwards is given up', async () => {
    const { home, mo, bo } = await scene()
    mo.answer((request, response): boolean => {
      const n = /^\/up\/(\d+)$/.exec(request.path)?.[1]
      if (n === undefined) return false
      const note = bo.note({ id: `https://mo.example/up/${n}`, inReplyTo: `https://mo.example/up/${Number(n) + 1}` })
      response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(note))
      return true
    })
    const found = await home.federation.resolver.url('https://mo.example/up/0')
    await home.federation.settled()
    const up = () => mo.asked.filter((one) => one.includes('/up/')).length
    // The post and twenty above it, by themselves.
    expect(up()).toBe(21)
    await walked(home, found?.id as number)
    expect(up()).toBeLessThanOrEqual(21 + 100 + 1 + 1)
    expect(home.rows('posts')).toBeLessThanOrEqual(122)
  })

  test('rule 25: a server that never finishes its answer costs one wait and is left alone', async () => {
    const { home, mo, reef, bo, cy } = await scene()
    const root = says(mo, bo)
    const slow = Array.from({ length: 20 }, () => says(reef, cy, { inReplyTo: root.id }).id)
    replies(mo, root, slow)
    reef.answer((_request, response): boolean => {
      response.writeHead(200, { 'content-type': 'application/activity+json' }).write('{"id":"')
      return true
    })
    const walk = await walked(home, await opened(home, root))
    expect(walk).toMatchObject({ state: 'finished', found: 0 })
    expect(reef.asked.length).toBeLessThanOrEqual(4)
    expect(home.one<{ failures: number }>("select failures from servers where host = 'reef.peers.test'").failures).toBeGreaterThan(0)
    expect(world.now()).toBe(home.clock.at)
  }, 15_000)
})
