/** Who may read what, in the open and in secure mode; collections page by page; what stands ready in memory and when it goes. */
import { describe, expect, test } from 'vitest'
import { block } from '../../../src-main/domain/follows.ts'
import { favouritePost } from '../../../src-main/domain/interactions.ts'
import { updateProfile, updateSettings } from '../../../src-main/domain/owner.ts'
import { pin } from '../../../src-main/domain/pins.ts'
import { deletePost, editPost, postByUri, writePost } from '../../../src-main/domain/posts.ts'
import { openShelf } from '../../../src-main/federation/documents/shelf.ts'
import { followersDigest } from '../../../src-main/federation/followers-digest.ts'
import { signCavage } from '../../../src-main/signatures/index.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, followedBy, following, knowing, MINUTE, openInstance, ORIGIN } from './instance.ts'
import { expanded } from './stranger.ts'
import { PUBLIC, remoteServer } from './world.ts'
import type { Visibility } from '../../../src-main/domain/types.ts'
import type { Answer, Instance } from './instance.ts'
import type { RemoteActor } from './world.ts'

/** GET with a signature. */
const signedGet = (home: Instance, reader: RemoteActor, path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  home.get(path, {
    headers: signCavage({
      method: 'GET',
      url: ORIGIN + path,
      keyId: reader.keyId,
      privateKey: reader.key,
      date: home.clock.at,
      headers: { accept: 'application/activity+json', ...headers },
    }),
  })
async function written(home: Instance, text: string, visibility: Visibility = 'public', inReplyToId: number | null = null) {
  home.clock.at += 1_000
  const { post } = writePost(home, { text, visibility, inReplyToId })
  await home.leave()
  home.outbox.splice(0)
  return { id: post.id, path: `/users/ana/statuses/${post.id}`, uri: `${ANA}/statuses/${post.id}` }
}
async function answered(home: Instance, by: RemoteActor, uri: string, change: Record<string, unknown> = {}): Promise<string> {
  home.clock.at += 1_000
  const create = by.create({ inReplyTo: uri, published: new Date(home.clock.at).toISOString(), ...change }) as { object: { id: string } }
  await home.takes(by, create)
  return create.object.id
}
const at = (url: string) => url.slice(ORIGIN.length)
/** Follows a collection to its end. */
async function pagesOf(home: Instance, first: string): Promise<{ items: unknown[]; ids: string[] }> {
  const items: unknown[] = []
  const ids: string[] = []
  for (let url: string | undefined = first; url;) {
    if (ids.length > 20) throw new Error('the pages do not end')
    const page: { id: string; next?: string; items?: unknown[]; orderedItems?: unknown[] } = (await home.get(at(url))).json()
    expect(page.id).toBe(url)
    await expanded(page)
    ids.push(page.id)
    items.push(...(page.items ?? page.orderedItems ?? []))
    url = page.next
  }
  return { items, ids }
}

describe('a conversation that began here', () => {
  test('is a collection of ours, by time, the first post first, others’ posts by their address', async () => {
    const home = await openInstance()
    const bo = remoteServer('mo.example').actor('bo')
    await following(home, bo)
    const root = await written(home, 'Who is on the ferry?')
    const one = await answered(home, bo, root.uri)
    const mine = await written(home, 'Me too', 'public', postByUri(home, one)?.id ?? 0)
    const two = await answered(home, bo, mine.uri)
    const context = `${ORIGIN}/contexts/${root.id}`
    const collection = (await home.get(at(context))).json<{ first: string }>()
    expect(collection).toMatchObject({
      id: context,
      type: 'OrderedCollection',
      attributedTo: ANA,
      totalItems: 4,
      first: `${context}?page=true`,
    })
    await expanded(collection)
    const { items } = await pagesOf(home, collection.first)
    expect(items.map((item) => (typeof item === 'string' ? item : (item as { id: string }).id))).toEqual([root.uri, one, mine.uri, two])
    expect(items.map((item) => typeof item)).toEqual(['object', 'string', 'object', 'string'])
    // Every post of ours in it says which conversation it belongs to.
    for (const { path } of [root, mine]) expect((await home.get(path)).json()).toMatchObject({ context, conversation: context })
  })

  test('has pages that meet, and stay where they are when answers come in', async () => {
    const home = await openInstance()
    const bo = remoteServer('mo.example').actor('bo')
    await following(home, bo)
    const root = await written(home, 'Who is on the ferry?')
    const uris = [root.uri]
    for (let i = 0; i < 44; i++) uris.push(await answered(home, bo, root.uri))
    const first = `${ORIGIN}/contexts/${root.id}?page=true`
    const before = await pagesOf(home, first)
    const ids = before.items.map((item) => (typeof item === 'string' ? item : (item as { id: string }).id))
    expect(ids).toEqual(uris)
    expect(before.ids).toHaveLength(3)
    await answered(home, bo, root.uri)
    expect((await pagesOf(home, first)).ids).toEqual(before.ids)
  })

  test(rule(18) + ' names nothing that is not for everybody, and is not there for a post that is not', async () => {
    const home = await openInstance()
    const bo = remoteServer('mo.example').actor('bo')
    await following(home, bo)
    const root = await written(home, 'Open')
    const hidden = await written(home, 'psst', 'private', root.id)
    const whispered = await answered(home, bo, root.uri, { to: [ANA], cc: [] })
    const { text } = await home.get(`/contexts/${root.id}?page=true`)
    expect(text).not.toContain('psst')
    expect(text).not.toContain(hidden.uri)
    expect(text).not.toContain(whispered)
    const quiet = await written(home, 'psst', 'private')
    const [there, absent] = [await home.get(`/contexts/${quiet.id}`), await home.get('/contexts/1')]
    expect([there.status, there.text]).toEqual([absent.status, absent.text])
    expect(there.status).toBe(404)
    // An answer began no conversation.
    expect((await home.get(`/contexts/${hidden.id}`)).status).toBe(404)
  })

  test('an answer in somebody else’s conversation says which it is', async () => {
    const home = await openInstance()
    const bo = remoteServer('mo.example').actor('bo')
    await following(home, bo)
    const theirs = await answered(home, bo, 'https://other.example/notes/1', {
      inReplyTo: undefined,
      context: 'https://mo.example/contexts/7',
    })
    const mine = await written(home, 'Yes', 'public', postByUri(home, theirs)?.id ?? 0)
    expect((await home.get(mine.path)).json()).toMatchObject({ inReplyTo: theirs, context: 'https://mo.example/contexts/7' })
  })
})

describe('answers to a post', () => {
  test('the author’s own first, then everybody else’s, in pages that stay', async () => {
    const home = await openInstance()
    const bo = remoteServer('mo.example').actor('bo')
    await following(home, bo)
    const post = await written(home, 'A long story')
    const own: string[] = []
    for (let i = 0; i < 7; i++) own.push((await written(home, `Part ${i}`, 'public', post.id)).uri)
    await written(home, 'psst', 'private', post.id)
    const others: string[] = []
    for (let i = 0; i < 25; i++) others.push(await answered(home, bo, post.uri))
    const { replies } = (await home.get(post.path)).json<{ replies: { id: string; first: { items: string[]; next: string } } }>()
    expect(replies.first.items).toEqual(own.slice(0, 5))
    const rest = await pagesOf(home, replies.first.next)
    expect([...replies.first.items, ...rest.items]).toEqual([...own, ...others])
    expect((await home.get(at(replies.id))).json()).toMatchObject({ id: replies.id, type: 'Collection', first: replies.first })
    expect((await pagesOf(home, `${replies.id}?page=true`)).items).toEqual([...own, ...others])
  })

  test(rule(16) + ' somebody the owner has blocked is not among them', async () => {
    const home = await openInstance()
    const bo = remoteServer('mo.example').actor('bo')
    const id = await following(home, bo)
    const post = await written(home, 'A long story')
    const theirs = await answered(home, bo, post.uri)
    const list = `${post.uri}/replies?only_other_accounts=true&page=true`
    expect((await pagesOf(home, list)).items).toEqual([theirs])
    block(home, id)
    expect((await pagesOf(home, list)).items).toEqual([])
  })
})

describe('the owner’s lists', () => {
  test('the outbox counts what it lists, and nothing else', async () => {
    const home = await openInstance()
    for (const visibility of ['public', 'unlisted', 'private', 'direct'] as const) {
      writePost(home, { text: visibility, visibility })
      if (visibility === 'public' || visibility === 'unlisted') await home.leave()
      home.outbox.splice(0)
    }
    writePost(home, { text: 'wet', visibility: 'public' })
    const { totalItems, first } = (await home.get('/users/ana/outbox')).json<{ totalItems: number; first: string }>()
    expect(totalItems).toBe(2)
    expect((await pagesOf(home, first)).items).toHaveLength(2)
  })

  test('pinned posts stand there whole, the latest pin first', async () => {
    const home = await openInstance()
    const [one, two] = [await written(home, 'First'), await written(home, 'Second', 'unlisted')]
    pin(home, two.id)
    home.clock.at += MINUTE
    pin(home, one.id)
    const featured = (await home.get('/users/ana/collections/featured')).json<{ orderedItems: { id: string }[] }>()
    expect(featured).toMatchObject({
      type: 'OrderedCollection',
      totalItems: 2,
      orderedItems: [{ id: one.uri, type: 'Note' }, { id: two.uri }],
    })
    await expanded(featured)
    deletePost(home, one.id)
    expect((await home.get('/users/ana/collections/featured')).json()).toMatchObject({ totalItems: 1, orderedItems: [{ id: two.uri }] })
  })

  test('the actors and what finds them are whole for readers of JSON-LD', async () => {
    const home = await openInstance()
    for (const path of ['/users/ana', '/actor', '/actor/outbox', '/users/ana/followers', '/users/ana/collections/tags']) {
      await expanded((await home.get(path)).json())
    }
  })
})

describe('followers synchronisation (FEP-8fcf)', () => {
  test('a server that signs hears of its own people alone; nobody else hears anything', async () => {
    const home = await openInstance()
    const [mo, other] = [remoteServer('mo.example'), remoteServer('other.example')]
    const [bo, cyn, al] = [mo.actor('bo'), mo.actor('cyn'), other.actor('al')]
    for (const one of [bo, cyn, al]) await followedBy(home, one)
    await knowing(home, mo.actor('dan'))
    const path = '/users/ana/followers_synchronization'
    expect((await home.get(path)).status).toBe(401)
    const answer = await signedGet(home, bo, path)
    expect(answer.headers['cache-control']).toBe('private, no-store')
    expect(answer.json()).toMatchObject({ id: ORIGIN + path, type: 'OrderedCollection', orderedItems: [bo.id, cyn.id] })
    await expanded(answer.json())
    expect((await signedGet(home, al, path)).json()).toMatchObject({ orderedItems: [al.id] })
    // A host whose name begins with that of another is another.
    expect((await signedGet(home, remoteServer('evil.example').actor('eve'), path)).json()).toMatchObject({ orderedItems: [] })
  })

  test('the digest is that of the FEP: the order does not matter, nobody is zero, the example of the text', () => {
    expect(followersDigest([])).toBe('0'.repeat(64))
    expect(followersDigest(['b', 'a'])).toBe(followersDigest(['a', 'b', 'a']))
    // FEP-8fcf, "Partial follower collection digest".
    expect(followersDigest(['https://testing.example.org/users/1', 'https://testing.example.org/users/2'])).toBe(
      'c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f',
    )
  })
})

describe('secure mode', () => {
  const lists = [
    '/users/ana/outbox',
    '/users/ana/outbox?page=true',
    '/users/ana/followers',
    '/users/ana/following',
    '/users/ana/collections/featured',
    '/users/ana/collections/tags',
  ]
  async function secured() {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const [bo, cyn] = [mo.actor('bo'), mo.actor('cyn')]
    await followedBy(home, bo)
    await knowing(home, cyn)
    const post = await written(home, 'For whoever says who they are')
    const hidden = await written(home, 'For followers', 'private')
    updateSettings(home, { secureMode: true })
    const posts = [
      post.path,
      ...['/activity', '/replies', '/replies?page=true', '/likes', '/shares'].map((tail) => post.path + tail),
      `/contexts/${post.id}`,
    ]
    return { home, mo, bo, cyn, post, hidden, guarded: [...lists, ...posts] }
  }

  test('who does not sign is told to, the same whether there is something or not', async () => {
    const { home, guarded, hidden } = await secured()
    const answers = await Promise.all([...guarded, hidden.path, '/users/ana/statuses/1', '/contexts/1'].map((path) => home.get(path)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  })

  test('the actors, WebFinger, NodeInfo and host-meta stay open: else nobody could check a signature', async () => {
    const { home } = await secured()
    for (const path of [
      '/users/ana',
      '/actor',
      '/.well-known/webfinger?resource=acct:ana@ana.example',
      '/.well-known/nodeinfo',
      '/nodeinfo/2.1',
      '/.well-known/host-meta',
      '/.well-known/host-meta.json',
    ]) {
      expect((await home.get(path)).status, path).toBe(200)
    }
  })

  test(rule(18) + ' who signs reads it, and no cache keeps it', async () => {
    const { home, guarded, bo, cyn, hidden } = await secured()
    for (const path of guarded) {
      const answer = await signedGet(home, cyn, path)
      expect(answer.status, path).toBe(200)
      expect(answer.headers).toMatchObject({ 'cache-control': 'private, no-store', vary: 'Accept, Signature' })
    }
    expect((await signedGet(home, bo, hidden.path)).status).toBe(200)
    expect((await signedGet(home, cyn, hidden.path)).status).toBe(404)
  })

  test(rule(16) + ' somebody blocked finds nothing, even right after somebody else has read it', async () => {
    const { home, guarded, bo, cyn } = await secured()
    for (const path of guarded) expect((await signedGet(home, bo, path)).status).toBe(200)
    block(home, await knowing(home, cyn))
    for (const path of guarded) expect((await signedGet(home, cyn, path)).status, path).toBe(404)
    expect((await signedGet(home, cyn, '/users/ana')).status).toBe(200)
  })

  test('a signature that is wrong is none', async () => {
    const { home, bo, mo, post } = await secured()
    expect((await signedGet(home, { ...bo, key: mo.actor('longername').key } as RemoteActor, post.path)).status).toBe(401)
  })

  test('people with a browser are sent to the page as ever', async () => {
    const { home, post, hidden } = await secured()
    const html = { headers: { accept: 'text/html' } }
    expect((await home.get(post.path, html)).status).toBe(303)
    expect((await home.get(hidden.path, html)).status).toBe(401)
  })
})

describe(rule(16) + ' in the open too', () => {
  test('who says to be somebody blocked finds no posts and no lists; everybody else does, without a look-up of their key', async () => {
    const home = await openInstance()
    const [mo, other] = [remoteServer('mo.example'), remoteServer('other.example')]
    const [bo, al] = [mo.actor('bo'), other.actor('al')]
    const post = await written(home, 'Hello')
    block(home, await knowing(home, bo))
    for (const path of [post.path, `${post.path}/activity`, '/users/ana/outbox', '/users/ana/collections/featured']) {
      expect((await signedGet(home, bo, path)).status, path).toBe(404)
      expect((await signedGet(home, al, path)).status, path).toBe(200)
    }
    expect(other.count('/users/al')).toBe(0)
  })
})

describe(rule(18) + ' what is not for everybody', () => {
  test('stands in nothing that can be read, whatever is asked for', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const [bo, cyn] = [mo.actor('bo'), mo.actor('cyn')]
    await followedBy(home, bo)
    await knowing(home, cyn)
    const root = await written(home, 'Open ground #tide')
    const secret = 'Nobody must read this #tide'
    const hidden = [
      await written(home, secret, 'private'),
      await written(home, `${secret} @bo@mo.example`, 'direct'),
      await written(home, secret, 'private', root.id),
    ]
    pin(home, (hidden[0] as { id: number }).id)
    const wet = writePost(home, { text: secret, visibility: 'public', inReplyToId: root.id }).post
    const ids = [...hidden.map((post) => post.id), wet.id]
    const paths = ['/users/ana', '/actor', '/users/ana/outbox', '/users/ana/outbox?page=true', '/users/ana/outbox?page=true&min_id=1']
    paths.push('/users/ana/followers?page=true', '/users/ana/collections/featured', '/users/ana/collections/tags', '/nodeinfo/2.1')
    for (const id of [root.id, ...ids]) {
      paths.push(`/contexts/${id}`, `/contexts/${id}?page=true`)
      for (const tail of ['', '/activity', '/replies', '/replies?page=true', '/replies?only_other_accounts=true&page=true']) {
        paths.push(`/users/ana/statuses/${id}${tail}`)
      }
      for (const tail of ['/likes', '/shares', '/quote']) paths.push(`/users/ana/statuses/${id}${tail}`)
    }
    for (const path of paths) {
      for (const answer of [await home.get(path), await signedGet(home, cyn, path)]) {
        expect(answer.text, path).not.toContain('Nobody must')
        for (const id of ids) if (!path.includes(String(id))) expect(answer.text, path).not.toContain(String(id))
      }
    }
    // A follower read one of them a moment ago: nothing of it stays for the next one who asks.
    const first = hidden[0] as { path: string }
    expect((await signedGet(home, bo, first.path)).text).toContain('Nobody must')
    expect((await home.get(first.path)).status).toBe(404)
    expect((await signedGet(home, cyn, first.path)).status).toBe(404)
  })
})

describe('documents that stand ready', () => {
  test('have a tag; who has them already gets nothing again', async () => {
    const home = await openInstance()
    const post = await written(home, 'Hello')
    for (const path of ['/users/ana', '/actor', post.path, `${post.path}/activity`, '/nodeinfo/2.1', '/users/ana/outbox']) {
      const { headers } = await home.get(path)
      const etag = headers.etag as string
      expect(etag, path).toMatch(/^"[\w-]{22}"$/)
      const asked = (value: string) => home.get(path, { headers: { accept: 'application/activity+json', 'if-none-match': value } })
      expect(await asked(etag)).toMatchObject({ status: 304, text: '' })
      expect(await asked(`"other", W/${etag}`)).toMatchObject({ status: 304 })
      expect((await asked('"other"')).status).toBe(200)
    }
  })

  test('an edit, a deletion, a new profile are seen at once; numbers within a minute', async () => {
    const home = await openInstance()
    const post = await written(home, 'first')
    const read = async () => (await home.get(post.path)).json<{ content: string; likes: { totalItems: number } }>()
    expect((await read()).content).toBe('<p>first</p>')
    favouritePost(home, post.id)
    expect((await read()).likes.totalItems).toBe(0)
    home.clock.at += MINUTE
    expect((await read()).likes.totalItems).toBe(1)
    editPost(home, post.id, { text: 'second' })
    expect((await read()).content).toBe('<p>second</p>')
    expect((await home.get('/users/ana')).json()).toMatchObject({ name: 'Ana' })
    updateProfile(home, { displayName: 'Ana of the ferry' })
    expect((await home.get('/users/ana')).json()).toMatchObject({ name: 'Ana of the ferry' })
    deletePost(home, post.id)
    expect((await home.get(post.path)).status).toBe(410)
    expect((await home.get(`${post.path}/activity`)).status).not.toBe(200)
  })

  test('a post that has not left yet is not there, and then it is', async () => {
    const home = await openInstance()
    const { post } = writePost(home, { text: 'soon', visibility: 'public' })
    const path = `/users/ana/statuses/${post.id}`
    expect((await home.get(path)).status).toBe(404)
    await home.leave()
    expect((await home.get(path)).json()).toMatchObject({ content: '<p>soon</p>', to: [PUBLIC] })
  })

  test('are so many and no more; the oldest go first', async () => {
    const home = await openInstance()
    const shelf = openShelf(home)
    let made = 0
    const take = (n: number) => shelf.take(`post:${n}`, () => (made++, { document: 'x'.repeat(10_000), type: 'text/plain' }))
    for (let n = 1; n <= 2_000; n++) take(n)
    made = 0
    for (let n = 2_000; n > 1_900; n--) take(n)
    expect(made).toBe(0)
    take(1)
    expect(made).toBe(1)
    // Eight megabytes of large ones push the small ones out.
    for (let n = 1; n <= 40; n++) shelf.take(`large:${n}`, () => ({ document: 'x'.repeat(400_000), type: 'text/plain' }))
    made = 0
    take(2_000)
    expect(made).toBe(1)
    shelf.close()
  })
})
