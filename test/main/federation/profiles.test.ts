/** Whole profiles: what somebody posted before we heard of them, read from their own outbox. */
import { describe, expect, test } from 'vitest'
import { pinnedIds } from '../../../src-main/domain/pins.ts'
import { postByUri } from '../../../src-main/domain/posts.ts'
import { follow } from '../../../src-main/domain/follows.ts'
import { block } from '../../../src-main/domain/follows.ts'
import { ANA, eventsTaken, following, HOUR, knowing, MINUTE, NOON, openInstance, ORIGIN } from './instance.ts'
import { PUBLIC, remoteServer } from './world.ts'
import type { RemoteActor, RemoteServer } from './world.ts'

const DAY = 24 * HOUR

/** An outbox of these activities, newest first, so many to a page. */
function outbox(server: RemoteServer, actor: RemoteActor, items: unknown[], perPage = 20): void {
  const path = new URL(`${actor.id}/outbox`).pathname
  server.serve(path, { id: `${actor.id}/outbox`, type: 'OrderedCollection', totalItems: items.length, first: `${actor.id}/outbox?page=1` })
  for (let page = 1; (page - 1) * perPage < Math.max(1, items.length); page++) {
    const shown = items.slice((page - 1) * perPage, page * perPage)
    server.serve(`${path}?page=${page}`, {
      id: `${actor.id}/outbox?page=${page}`,
      type: 'OrderedCollectionPage',
      orderedItems: shown,
      ...(page * perPage < items.length ? { next: `${actor.id}/outbox?page=${page + 1}` } : {}),
    })
  }
}

const ago = (ms: number) => new Date(NOON - ms).toISOString()

async function scene() {
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  const reef = remoteServer('reef.peers.test')
  return { home, mo, reef, bo: mo.actor('bo'), cy: reef.actor('cy'), resolver: home.federation.resolver }
}

describe('opening a profile', () => {
  test('brings its newest twenty, pinned first, each at its time and without a word', async () => {
    const { home, mo, bo, resolver } = await scene()
    const notes = Array.from({ length: 30 }, (_, n) => bo.create({ published: ago((n + 1) * DAY) }))
    const pin = bo.note({ published: ago(400 * DAY), content: '<p>Who I am.</p>' })
    bo.document.featured = `${bo.id}/featured`
    mo.serve('/users/bo/featured', { id: `${bo.id}/featured`, type: 'OrderedCollection', orderedItems: [pin] })
    outbox(mo, bo, notes)
    const id = await knowing(home, bo)
    expect(await resolver.posts(id)).toEqual({ added: 21, more: true })
    expect(pinnedIds(home, id)).toEqual([postByUri(home, pin.id)?.id])
    const first = notes[0]?.object as { id: string }
    expect(postByUri(home, first.id)?.createdAt).toBe(NOON - DAY)
    expect(home.rows('home')).toBe(0)
    expect(home.rows('notifications')).toBe(0)
    expect(mo.asked.filter((one) => one.includes('/statuses/'))).toEqual([])
  })

  test('older ones come page by page, to the end', async () => {
    const { home, mo, bo, resolver } = await scene()
    outbox(
      mo,
      bo,
      Array.from({ length: 45 }, (_, n) => bo.create({ published: ago((n + 1) * DAY) })),
    )
    const id = await knowing(home, bo)
    expect(await resolver.posts(id)).toEqual({ added: 20, more: true })
    expect(await resolver.posts(id, { older: true })).toEqual({ added: 20, more: true })
    // A new program goes on where the old one was.
    const again = await home.restart(MINUTE)
    expect(await again.federation.resolver.posts(id, { older: true })).toEqual({ added: 5, more: false })
    const asked = mo.asked.length
    expect(await again.federation.resolver.posts(id, { older: true })).toEqual({ added: 0, more: false })
    expect(mo.asked.length).toBe(asked)
    expect(again.rows('posts')).toBe(45)
  })

  test('again too soon, it answers from memory', async () => {
    const { home, mo, bo, resolver } = await scene()
    outbox(mo, bo, [bo.create()])
    const id = await knowing(home, bo)
    expect(await resolver.posts(id)).toEqual({ added: 1, more: false })
    const asked = mo.asked.length
    home.clock.at += 14 * MINUTE
    expect(await resolver.posts(id)).toEqual({ added: 0, more: false })
    expect(mo.asked.length).toBe(asked)
    home.clock.at += 2 * MINUTE
    outbox(mo, bo, [bo.create({ published: ago(0) }), bo.create()])
    expect((await resolver.posts(id)).added).toBe(2)
  })

  test('asked by two at once, its server is asked once', async () => {
    const { home, mo, bo, resolver } = await scene()
    outbox(mo, bo, [bo.create()])
    const id = await knowing(home, bo)
    await Promise.all([resolver.posts(id), resolver.posts(id)])
    expect(mo.count('/users/bo/outbox')).toBe(1)
  })

  test('reads outboxes that only name posts (GoToSocial), that name activities, and bare posts', async () => {
    const { home, mo, bo, resolver } = await scene()
    const [one, two, three] = [bo.note(), bo.note(), bo.note()]
    mo.serve(new URL(one.id).pathname, one)
    const activity = bo.create({ id: two.id })
    mo.serve(new URL(`${two.id}/activity`).pathname, activity)
    outbox(mo, bo, [bo.activity('Create', one.id, { to: [PUBLIC] }), activity.id, three])
    expect((await resolver.posts(await knowing(home, bo))).added).toBe(3)
    for (const note of [one, two, three]) expect(postByUri(home, note.id)).not.toBeNull()
  })

  test('boosts bring what they boost, from where it lives', async () => {
    const { home, mo, reef, bo, cy, resolver } = await scene()
    const note = cy.note({ content: '<p>What I said.</p>' })
    reef.serve(new URL(note.id).pathname, note)
    outbox(mo, bo, [bo.activity('Announce', note.id, { to: [PUBLIC], published: ago(HOUR) })])
    const id = await knowing(home, bo)
    expect((await resolver.posts(id)).added).toBe(1)
    const boosted = postByUri(home, note.id)
    expect(boosted?.content).toBe('<p>What I said.</p>')
    expect(home.rows('posts', `account_id = ${id} and boost_of = ${boosted?.id}`)).toBe(1)
  })

  test('a community’s outbox brings the posts that others wrote in it (FEP-1b12)', async () => {
    const { home, mo, reef, cy, resolver } = await scene()
    const group = mo.actor('birds', { type: 'Group' })
    const page = cy.note({ type: 'Page', name: 'A heron', audience: group.id })
    reef.serve(new URL(page.id).pathname, page)
    outbox(mo, group, [group.activity('Announce', cy.create(page), { to: [PUBLIC], published: ago(HOUR) })])
    const id = await knowing(home, group)
    expect((await resolver.posts(id)).added).toBe(1)
    expect(home.rows('posts', `account_id = ${id} and boost_of = ${postByUri(home, page.id)?.id}`)).toBe(1)
  })

  test('is signed as the instance, and as the owner where the owner follows: followers-only posts too', async () => {
    const { home, mo, bo, resolver } = await scene()
    const secret = bo.note({ to: [bo.followers], cc: [] })
    mo.answer((request, response): boolean => {
      if (!request.path.startsWith('/users/bo/outbox')) return false
      const signature = String(request.headers.signature)
      const asOwner = signature.includes(`keyId="${ANA}#main-key"`)
      expect(asOwner || signature.includes(`keyId="${ORIGIN}/actor#main-key"`)).toBe(true)
      const items = [bo.create({ id: `${bo.id}/open` }), ...(asOwner ? [{ ...bo.create(), object: secret, to: secret.to, cc: [] }] : [])]
      response
        .writeHead(200, { 'content-type': 'application/activity+json' })
        .end(JSON.stringify({ id: `https://mo.example${request.path}`, type: 'OrderedCollection', orderedItems: items }))
      return true
    })
    const id = await knowing(home, bo)
    expect((await resolver.posts(id)).added).toBe(1)
    await following(home, bo)
    home.clock.at += HOUR
    expect((await resolver.posts(id)).added).toBe(1)
    expect(postByUri(home, secret.id)?.visibility).toBe('private')
  })

  test('a server that is away is said so, and left alone for a while', async () => {
    const { home, mo, bo, resolver } = await scene()
    const id = await knowing(home, bo)
    mo.answer((_request, response): boolean => {
      response.writeHead(503).end()
      return true
    })
    await expect(resolver.posts(id)).rejects.toMatchObject({ code: 'unavailable' })
    const asked = mo.asked.length
    await expect(resolver.posts(id)).rejects.toMatchObject({ code: 'unavailable' })
    expect(mo.asked.length).toBe(asked)
    expect(home.rows('posts')).toBe(0)
  })
})

describe('following somebody', () => {
  test('brings what they have posted lately, a moment later', async () => {
    const { home, mo, bo } = await scene()
    outbox(mo, bo, [bo.create(), bo.create()])
    const id = await knowing(home, bo)
    follow(home, id)
    await eventsTaken()
    expect(mo.count('/users/bo/outbox')).toBe(0)
    await home.pass(5_000)
    expect(home.rows('posts')).toBe(2)
  })
})

describe('a hostile profile', () => {
  test('rule 5: what it embeds of others is fetched from them, what it claims of others is not kept', async () => {
    const { home, mo, reef, bo, cy, resolver } = await scene()
    const note = cy.note({ content: '<p>What I said.</p>' })
    const neighbour = mo.actor('di')
    const forged = neighbour.note({ content: '<p>Never said.</p>' })
    reef.serve(new URL(note.id).pathname, note)
    outbox(mo, bo, [
      bo.activity('Create', { ...note, content: '<p>What I never said.</p>' }),
      bo.activity('Create', forged),
      bo.activity('Announce', { ...note, content: '<p>What I never said.</p>' }, { to: [PUBLIC] }),
    ])
    const id = await knowing(home, bo)
    await resolver.posts(id)
    expect(postByUri(home, note.id)?.content).toBe('<p>What I said.</p>')
    // A neighbour's post in this outbox: not the profile's.
    expect(postByUri(home, forged.id)).toBeNull()
    expect(home.rows('posts', `account_id = ${id} and boost_of is null`)).toBe(0)
  })

  test('rule 16: of somebody blocked nothing is fetched', async () => {
    const { home, mo, bo, resolver } = await scene()
    outbox(mo, bo, [bo.create()])
    const id = await knowing(home, bo)
    block(home, id)
    const asked = mo.asked.length
    expect(await resolver.posts(id)).toEqual({ added: 0, more: false })
    expect(mo.asked.length).toBe(asked)
  })

  test('rule 27: pages that lead nowhere new and pages elsewhere end it', async () => {
    const { home, mo, reef, bo, cy, resolver } = await scene()
    const note = bo.create()
    reef.serve('/outbox', { type: 'OrderedCollectionPage', orderedItems: [cy.create()] })
    mo.serve('/users/bo/outbox', { type: 'OrderedCollection', first: `${bo.id}/outbox?page=1` })
    mo.serve('/users/bo/outbox?page=1', { type: 'OrderedCollectionPage', orderedItems: [note], next: `${bo.id}/outbox?page=1` })
    const id = await knowing(home, bo)
    expect(await resolver.posts(id)).toEqual({ added: 1, more: false })
    home.clock.at += HOUR
    mo.serve('/users/bo/outbox?page=1', { type: 'OrderedCollectionPage', orderedItems: [note], next: 'https://reef.peers.test/outbox' })
    await resolver.posts(id)
    await resolver.posts(id, { older: true })
    expect(reef.asked).toEqual([])
  })

  test('rule 28: a page full of other people’s addresses costs a bounded number of requests', async () => {
    const { home, mo, reef, bo, resolver } = await scene()
    outbox(
      mo,
      bo,
      Array.from({ length: 200 }, (_, n) => bo.activity('Announce', `https://reef.peers.test/n/${n}`, { to: [PUBLIC] })),
      200,
    )
    await resolver.posts(await knowing(home, bo))
    expect(reef.asked.length).toBeLessThanOrEqual(20)
  })
})
