import { brotliCompressSync, gzipSync } from 'node:zlib'
import { PUBLIC } from '../rig/evil-peer/actor.ts'
import { expectEqual, expectThat } from '../rig/evil-peer/expect.ts'
import { INBOX, type Scene } from '../rig/evil-peer/scene.ts'
import { ANA, INSIDE, ORIGIN } from '../rig/evil-peer/target.ts'
import { Answers, HANDFUL, type Attempt } from './attempt.ts'
import type { Handler } from '../rig/evil-peer/peer.ts'

/** What we can be made to ask for: rules 19 to 29. The strict ones need an instance without `--allow-private-network`. */

const AP = 'application/activity+json'
/** So many keys that are not there are asked for before a domain is left alone. */
const MOST_KEYS = 700

/** Addresses nobody may make us fetch: by number, by name, by port, by scheme, by form. */
function forbidden(s: Scene): string[] {
  const { port } = s.peer.inside
  const numbers = [
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '0.0.0.0',
    'localhost',
    'a.localhost',
  ]
  return [
    ...numbers.flatMap((host) => [`http://${host}:${port}/x`, `https://${host}:${port}/x`]),
    ...Object.values(INSIDE).map((name) => `https://${name}/x`),
    `https://evil.example:${port}/x`,
    'http://evil.example/x',
    'https://user:password@evil.example/x',
    'https://evil.example./x',
    'https://intranet/x',
    'https://printer.local/x',
    'https://db.internal/x',
    'https://x.onion/x',
    'https://router.home.arpa/x',
    `https://evil.example/${'x'.repeat(2_100)}`,
    `${ORIGIN}/users/ana/outbox`,
    'ftp://evil.example/x',
    'file:///etc/passwd',
    'gopher://evil.example/x',
    'data:application/activity+json,{}',
  ]
}

/** The hosts that were really asked, since; none of them may be a forbidden one. */
function expectOnlyNames(s: Scene, since: number): void {
  for (const { host, path } of s.peer.asked.slice(since)) {
    expectThat(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host), `it asked ${host}`)
    expectThat(!Object.values(INSIDE).includes(host), `it asked ${host}`)
    expectThat(path.length <= 2_048, `it asked for an address of ${path.length} characters`)
  }
}

/** Tries each forbidden address in one place that fetches. */
function through(name: string, place: (s: Scene, url: string, index: number) => Promise<unknown>, options: Partial<Attempt> = {}): Attempt {
  return {
    rule: 23,
    name: `forbidden addresses, by ${name}`,
    strict: true,
    leaves: 'anything',
    requests: 400,
    ...options,
    async play(s) {
      const since = s.peer.asked.length
      const before = s.peer.ofItself.length
      const urls = forbidden(s)
      for (const [index, url] of urls.entries()) await place(s, url, index)
      await s.settled()
      expectOnlyNames(s, since)
      const own = s.peer.ofItself.slice(before).filter((path) => !/^\/(\.well-known\/webfinger|users\/ana$|actor$)/.test(path))
      expectEqual(own, [], 'what it asked of itself')
      return `${urls.length} addresses`
    },
  }
}

/** Somebody new on a host of their own, with whatever laid over their document. */
function newcomer(s: Scene, label: string, change: Record<string, unknown>) {
  return s.peer.host(`${label}.peers.test`).actor('x', change)
}

/** Serves a body on `evil.example` and has it fetched by look-up. */
async function lookedUp(s: Scene, path: string, handler: Handler): Promise<{ status: number; found: number; ms: number }> {
  s.hosts.evil.serve(path, handler)
  const startedAt = performance.now()
  const { status, accounts, statuses } = await s.search(`https://evil.example${path}`)
  return { status, found: accounts.length + statuses.length, ms: performance.now() - startedAt }
}

const answerWith =
  (headers: Record<string, string>, body: Buffer | string): Handler =>
  (_request, response) =>
    void response.writeHead(200, { 'content-type': AP, ...headers }).end(body)

export const network: Attempt[] = [
  through('the owner’s look-up', (s, url) => s.search(url), { rule: 22 }),
  through('a boost', (s, url) => s.deliver(s.mo, s.mo.activity('Announce', url, { to: [PUBLIC] }))),
  through('the parent of a reply', (s, url) => s.deliver(s.mo, s.mo.create({ inReplyTo: url }))),
  through('a mention, an emoji, a picture, a quote, a context', async (s, url) => {
    await s.deliver(
      s.mo,
      s.mo.create({
        tag: [
          { type: 'Mention', href: url, name: '@x' },
          { type: 'Emoji', id: url, name: ':x:', icon: { type: 'Image', url } },
          { type: 'Link', mediaType: `${AP}`, rel: 'https://misskey-hub.net/ns#_misskey_quote', href: url },
        ],
        attachment: [{ type: 'Image', mediaType: 'image/png', url }],
        quote: url,
        quoteAuthorization: url,
        context: url,
        replies: url,
        likes: url,
      }),
    )
  }),
  through('the key of a request', async (s, url) => {
    if (!url.startsWith('http')) return
    const body = JSON.stringify({ ...s.mallory.create(), id: `${url}#a`, actor: url })
    const answer = await s.send(body, s.mallory.signed(INBOX, body, { keyId: `${url}#main-key` }))
    expectThat([202, 400, 401, 503].includes(answer.status), `a key at ${url}: ${answer.status}`)
  }),
  through('WebFinger', async (s, url) => {
    const host = URL.parse(url)?.host ?? ''
    await s.search(`@x@${host}`)
    s.hosts.evil.finger('away@evil.example', { subject: 'acct:away@evil.example', self: url })
    await s.search('@away@evil.example')
  }),
  through('everything an actor names', async (s, url, index) => {
    const actor = newcomer(s, `named${index}`, {
      icon: { type: 'Image', url },
      image: { type: 'Image', url },
      outbox: url,
      followers: url,
      following: url,
      featured: url,
      featuredTags: url,
      url,
      movedTo: url,
      alsoKnownAs: [url],
    })
    await s.search(actor.id)
    await s.deliver(actor, actor.activity('Follow', ANA))
    await s.deliver(actor, actor.activity('Move', actor.id, { target: url }))
    const id = s.count('select id from accounts where uri = ?', actor.id)
    if (!Number.isNaN(id)) await s.target.api('POST', `/api/owner/accounts/${id}/posts`, { older: false })
  }),
  through('a conversation and a stamp', async (s, url, index) => {
    const quoted = s.bob.note()
    s.hosts.bob.serve(new URL(quoted.id).pathname, { '@context': 'https://www.w3.org/ns/activitystreams', ...quoted })
    const more = { context: url, replies: url, conversation: url, quote: quoted.id, quoteAuthorization: url }
    const note = s.mallory.note({ id: `https://evil.example/talks/${index}`, ...more })
    s.hosts.evil.serve(`/talks/${index}`, { '@context': 'https://www.w3.org/ns/activitystreams', ...note })
    const { statuses } = await s.search(note.id)
    if (statuses[0]) await s.target.api('POST', `/api/owner/posts/${statuses[0].id}/conversation`)
  }),
  through('NodeInfo', async (s, url, index) => {
    const rel = 'http://nodeinfo.diaspora.software/ns/schema/2.1'
    const host = s.peer.host(`info${index}.peers.test`)
    host.serve('/.well-known/nodeinfo', { links: [{ rel, href: index % 2 ? url : `${host.origin}/away` }] }, 'application/json')
    host.serve('/away', (_request, response) => void response.writeHead(302, { location: encodeURI(url) }).end())
    const actor = host.actor('x')
    await s.takes(actor, actor.activity('Follow', ANA))
    await s.target.api('GET', '/api/owner/hosts')
  }),
  through('inboxes that our answers go to', async (s, url, index) => {
    const actor = newcomer(s, `boxed${index}`, { inbox: url, endpoints: { sharedInbox: url } })
    await s.deliver(actor, actor.activity('Follow', ANA))
    const shared = newcomer(s, `shared${index}`, { endpoints: { sharedInbox: url } })
    await s.deliver(shared, shared.activity('Follow', ANA))
  }),
  through(
    'a redirect',
    async (s, url, index) => {
      s.hosts.evil.serve(`/away/${index}`, (_request, response) => void response.writeHead(302, { location: encodeURI(url) }).end())
      const found = await s.search(`https://evil.example/away/${index}`)
      expectEqual([found.accounts.length, found.statuses.length], [0, 0], `what is found at ${url}`)
      await s.deliver(s.mo, s.mo.activity('Announce', `https://evil.example/away/${index}`, { to: [PUBLIC] }))
    },
    { rule: 21 },
  ),
  through(
    'pictures that redirect',
    async (s, url, index) => {
      s.hosts.mo.serve(`/pic/${index}.png`, (_request, response) => void response.writeHead(302, { location: encodeURI(url) }).end())
      const create = s.mo.create({ attachment: [{ type: 'Image', mediaType: 'image/png', url: `https://mo.example/pic/${index}.png` }] })
      await s.takes(s.mo, create)
      const id = s.storedId((create.object as { id: string }).id)
      const status = id === null ? null : await s.status(id)
      const picture = status?.media_attachments[0]?.url
      if (picture?.startsWith('http://127.0.0.1'))
        expectEqual((await s.target.api('GET', new URL(picture).pathname)).status, 404, `a picture at ${url}`)
    },
    { rule: 21 },
  ),
  {
    rule: 19,
    name: 'names that lead inside',
    strict: true,
    async play(s) {
      for (const name of Object.values(INSIDE)) {
        const { status, accounts } = await s.search(`https://${name}/users/x`)
        expectEqual(accounts, [], name)
        expectThat(status < 500 || status === 503, `${name}: ${status}`)
        const { status: finger } = await s.search(`@x@${name}`)
        expectThat(finger < 500 || finger === 503, `${name}: ${finger}`)
      }
      return 'nothing found'
    },
  },
  {
    rule: 21,
    name: 'redirects in circles and without end',
    requests: 20,
    async play(s) {
      const { evil } = s.hosts
      evil.serve('/circle/a', (_request, response) => void response.writeHead(301, { location: '/circle/b' }).end())
      evil.serve('/circle/b', (_request, response) => void response.writeHead(302, { location: '/circle/a' }).end())
      evil.serveRest((request, response) => {
        const steps = /^\/on\/(\d+)$/.exec(request.path)?.[1]
        if (steps === undefined) return void response.writeHead(404).end()
        response.writeHead(307, { location: `/on/${Number(steps) + 1}` }).end()
      })
      for (const path of ['/circle/a', '/on/1']) {
        const before = evil.count()
        const found = await s.search(`https://evil.example${path}`)
        expectEqual(found.accounts.length + found.statuses.length, 0, 'found')
        expectThat(evil.count() - before <= 6, `${evil.count() - before} requests for ${path}`)
      }
      evil.serveRest((_request, response) => void response.writeHead(404).end())
      return 'given up'
    },
  },
  {
    rule: 24,
    name: 'bodies that unpack to far too much, or never end',
    requests: 30,
    async play(s) {
      const zeros = Buffer.alloc(64 * 1024 * 1024, 0x20)
      const twice = gzipSync(gzipSync(zeros))
      const bodies: [string, Handler][] = [
        ['/bomb/gzip', answerWith({ 'content-encoding': 'gzip' }, gzipSync(zeros))],
        ['/bomb/br', answerWith({ 'content-encoding': 'br' }, brotliCompressSync(zeros))],
        ['/bomb/twice', answerWith({ 'content-encoding': 'gzip, gzip' }, twice)],
        ['/bomb/lie', answerWith({ 'content-encoding': 'gzip' }, '{"id":"https://evil.example/bomb/lie"}')],
        ['/bomb/length', answerWith({ 'content-length': '1073741824' }, '{}')],
        ['/bomb/long', answerWith({}, `{"id":"https://evil.example/bomb/long","type":"Note","content":"${'x'.repeat(2_000_000)}"}`)],
        [
          '/bomb/endless',
          (_request, response) => {
            response.writeHead(200, { 'content-type': AP })
            const piece = Buffer.alloc(65_536, 0x20)
            const more = (): void => {
              while (!response.destroyed && response.write(piece));
              if (!response.destroyed) response.once('drain', more)
            }
            more()
          },
        ],
      ]
      for (const [path, handler] of bodies) {
        const { found, ms } = await lookedUp(s, path, handler)
        expectEqual(found, 0, path)
        expectThat(ms < 14_000, `${path} took ${Math.round(ms)} ms`)
      }
      return `${bodies.length} kinds`
    },
  },
  {
    rule: 25,
    name: 'answers that drip, hang or never begin',
    slow: true,
    requests: 20,
    async play(s) {
      const startedAt = performance.now()
      const drip: Handler = (_request, response) => {
        s.peer.hold(response)
        response.writeHead(200, { 'content-type': AP })
        const timer = setInterval(() => response.write(' '), 100)
        response.on('close', () => clearInterval(timer))
      }
      const mute: Handler = (_request, response) => s.peer.hold(response)
      const found = await Promise.all([lookedUp(s, '/drip', drip), lookedUp(s, '/mute', mute)])
      const took = performance.now() - startedAt
      expectThat(took < 25_000, `it took ${Math.round(took)} ms`)
      expectEqual(
        found.map((one) => one.found),
        [0, 0],
        'found',
      )
      return `given up after ${Math.round(took / 1000)} s`
    },
  },
  {
    rule: 26,
    name: 'nested, huge and poisoned JSON in an activity',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
      const create = JSON.stringify(s.mo.create())
      const laid = (more: string) => create.replace('"type":"Note"', `"type":"Note",${more}`)
      const bodies = [
        laid(`"x":${deep}`),
        laid(`"x":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`),
        laid('"__proto__":{"admin":true}'),
        laid('"\\u005f_proto__":{"admin":true}'),
        laid('"x":{"constructor":{"prototype":{"admin":true}}}'),
        laid(`"x":{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join()}}`),
        laid(`"x":[${Array.from({ length: 150_000 }, () => 1).join()}]`),
        '{"type":"Create",',
        '[]',
        '"Create"',
        'null',
        '\u0000',
        `${create}${create}`,
      ]
      for (const body of bodies) answers.add(await s.deliver(s.mo, body), [400], body.slice(0, 60))
      answers.add(await s.send(Buffer.from([0x7b, 0xff, 0xfe]), s.mo.signed(INBOX, '{\ufffd')), [400, 401], 'not UTF-8')
      return String(answers)
    },
  },
  {
    rule: 26,
    name: 'the same in what we fetch',
    requests: 40,
    async play(s) {
      const note = (path: string, more: string) =>
        JSON.stringify({ ...s.mallory.note(), id: `https://evil.example${path}`, to: [PUBLIC] }).replace('{', `{${more},`)
      const bodies = [
        `"x":${'['.repeat(100_000)}${']'.repeat(100_000)}`,
        '"__proto__":{"type":"Person"}',
        '"x":{"constructor":1}',
        `"x":{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join()}}`,
      ]
      for (const [index, more] of bodies.entries()) {
        const path = `/deep/${index}`
        const { found } = await lookedUp(s, path, answerWith({}, note(path, more)))
        expectEqual(found, 0, more.slice(0, 40))
      }
      return 'refused'
    },
  },
  {
    rule: 26,
    name: 'a million tags, mentions, options, pictures and addressees',
    leaves: 'anything',
    requests: 60,
    async play(s) {
      const many = <T>(length: number, make: (i: number) => T): T[] => Array.from({ length }, (_, i) => make(i))
      const answers = new Answers()
      for (const note of [
        { tag: many(2_000, (i) => ({ type: 'Mention', href: `https://h${i}.peers.test/u`, name: `@u${i}` })) },
        { tag: many(2_000, (i) => ({ type: 'Hashtag', name: `#t${i}` })) },
        {
          tag: many(1_500, (i) => ({
            type: 'Emoji',
            name: `:e${i}:`,
            id: `https://mo.example/e/${i}`,
            icon: { url: `https://mo.example/e/${i}.png` },
          })),
        },
        { attachment: many(1_500, (i) => ({ type: 'Image', mediaType: 'image/png', url: `https://mo.example/${i}.png` })) },
        { to: many(9_000, (i) => `https://h${i}.peers.test/u`), cc: [PUBLIC] },
        { type: 'Question', oneOf: many(2_000, (i) => ({ type: 'Note', name: `o${i}`, replies: { totalItems: i } })) },
        { attributedTo: [s.mo.id, ...many(5_000, (i) => `https://h${i}.peers.test/u`)] },
        { inReplyTo: many(5_000, (i) => `https://h${i}.peers.test/n`) },
      ]) {
        answers.add(await s.takes(s.mo, s.mo.create(note)), [202], Object.keys(note).join())
      }
      const most = (query: string) => s.count(query)
      expectThat(most('select max(n) from (select count(*) n from post_tags group by post_id)') <= 256, 'too many hashtags of a post')
      expectThat(!(most('select max(n) from (select count(*) n from mentions group by post_id)') > 50), 'too many mentions of a post')
      expectThat(
        most('select max(n) from (select count(*) n from media where post_id is not null group by post_id)') <= 16,
        'too many files of a post',
      )
      expectThat(most('select max(json_array_length(emojis)) from posts') <= 256, 'too many emoji of a post')
      return String(answers)
    },
  },
  {
    rule: 27,
    name: 'collections without end, in circles, of a million, elsewhere',
    leaves: 'anything',
    requests: 300,
    async play(s) {
      const results: string[] = []
      for (const kind of ['endless', 'circle', 'huge', 'elsewhere', 'same', 'empty'] as const) {
        const host = s.peer.host(`${kind}.peers.test`)
        const actor = host.actor('x', { featured: `https://${kind}.peers.test/endless?n=0` })
        const at = (n: number) => `https://${kind}.peers.test/endless?n=${n}`
        const item = (n: number) => ({
          ...actor.note(),
          id: `${actor.id}/n/${n}`,
          published: new Date(Date.now() - n * 60_000).toISOString(),
        })
        host.serve('/users/x/outbox', { id: actor.document.outbox, type: 'OrderedCollection', totalItems: 1e9, first: at(0) })
        host.serveRest((request, response) => {
          const n = Number(new URL(request.path, host.origin).searchParams.get('n') ?? NaN)
          if (Number.isNaN(n)) return void response.writeHead(404).end()
          const items = {
            endless: [item(n)],
            circle: [item(n % 3)],
            huge: Array.from({ length: 5_000 }, (_, i) => `${actor.id}/n/${i}`),
            elsewhere: [item(n)],
            same: [item(1)],
            empty: [],
          }[kind]
          const next =
            kind === 'circle' ? at((n + 1) % 3) : kind === 'elsewhere' ? `https://other-page.peers.test/endless?n=${n + 1}` : at(n + 1)
          response
            .writeHead(200, { 'content-type': AP })
            .end(JSON.stringify({ id: at(n), type: 'OrderedCollectionPage', next, orderedItems: items }))
        })
        await s.search(actor.id)
        const id = s.count('select id from accounts where uri = ?', actor.id)
        const before = s.peer.asked.length
        for (const older of [false, true, true]) {
          const answer = await s.target.api('POST', `/api/owner/accounts/${id}/posts`, { older })
          expectThat([200, 503].includes(answer.status), `${kind}: ${answer.status} ${answer.text.slice(0, 100)}`)
        }
        await s.settled()
        const requests = s.peer.asked.length - before
        expectThat(requests <= 130, `${kind}: ${requests} requests`)
        expectEqual(s.peer.host('other-page.peers.test').count(), 0, 'pages of another host')
        expectThat(s.count('select count(*) from posts where account_id = ?', id) <= 80, `${kind}: too many posts`)
        results.push(`${kind} ${requests}`)
      }
      return results.join(', ')
    },
  },
  {
    rule: 27,
    name: 'conversations without end',
    leaves: 'anything',
    requests: 400,
    slow: true,
    async play(s) {
      const host = s.peer.host('talk.peers.test')
      const actor = host.actor('x')
      const note = (n: number) => ({
        ...actor.note(),
        id: `${host.origin}/n/${n}`,
        inReplyTo: n === 0 ? null : `${host.origin}/n/${n - 1}`,
        context: `${host.origin}/context`,
        replies: `${host.origin}/replies/${n}?page=0`,
      })
      host.serveRest((request, response) => {
        const send = (document: object) => void response.writeHead(200, { 'content-type': AP }).end(JSON.stringify(document))
        const n = Number(/^\/(?:n|replies)\/(\d+)/.exec(request.path)?.[1] ?? NaN)
        const page = Number(new URL(request.path, host.origin).searchParams.get('page') ?? 0)
        if (request.path.startsWith('/n/')) return send(note(n))
        if (request.path.startsWith('/replies/')) {
          const items = Array.from({ length: 50 }, (_, i) => `${host.origin}/n/${n * 1_000 + page * 50 + i + 1}`)
          return send({
            id: `${host.origin}${request.path}`,
            type: 'CollectionPage',
            items,
            next: `${host.origin}/replies/${n}?page=${page + 1}`,
          })
        }
        response.writeHead(404).end()
      })
      const { statuses } = await s.search(`${host.origin}/n/7`)
      const before = s.peer.asked.length
      const answer = await s.target.api('POST', `/api/owner/posts/${statuses[0]?.id}/conversation`)
      expectThat([200, 202].includes(answer.status), `the walk: ${answer.status}`)
      await s.settled(120_000)
      const requests = s.peer.asked.length - before
      expectThat(requests <= 1_100, `${requests} requests`)
      return `${requests} requests, ${s.count("select count(*) from posts where uri like 'https://talk.%'")} posts`
    },
  },
  {
    rule: 28,
    name: 'one activity that names a hundred things to fetch',
    leaves: 'anything',
    requests: 30,
    async play(s) {
      const far = (i: number) => s.peer.host(`far${i}.peers.test`).actor('x')
      const people = Array.from({ length: 50 }, (_, i) => far(i))
      const before = s.peer.asked.length
      const create = s.mo.create({
        tag: people.map((one) => ({ type: 'Mention', href: one.id, name: `@x@${new URL(one.id).host}` })),
        attachment: people.slice(0, 16).map((one) => ({ type: 'Image', mediaType: 'image/png', url: `${one.origin}/p.png` })),
        to: [PUBLIC, ...people.map((one) => one.id)],
        replies: { type: 'Collection', first: { type: 'CollectionPage', items: people.map((one) => `${one.id}/n`) } },
      })
      const startedAt = performance.now()
      const answer = await s.deliver(s.mo, create)
      expectThat(performance.now() - startedAt < 6_000, 'it was waited for in the request')
      await s.settled()
      expectThat(s.peer.asked.length - before <= HANDFUL, `${s.peer.asked.length - before} requests`)
      return answer.status
    },
  },
  {
    rule: 28,
    name: 'a thread a thousand posts deep',
    leaves: 'anything',
    requests: 60,
    async play(s) {
      const host = s.peer.host('deep.peers.test')
      const actor = host.actor('x')
      host.serveRest((request, response) => {
        const n = Number(/^\/n\/(\d+)$/.exec(request.path)?.[1] ?? NaN)
        if (Number.isNaN(n)) return void response.writeHead(404).end()
        const note = { ...actor.note(), id: `${host.origin}/n/${n}`, inReplyTo: `${host.origin}/n/${n + 1}` }
        response
          .writeHead(200, { 'content-type': AP })
          .end(JSON.stringify({ '@context': 'https://www.w3.org/ns/activitystreams', ...note }))
      })
      const before = s.peer.asked.length
      const answer = await s.takes(s.mo, s.mo.create({ inReplyTo: `${host.origin}/n/0` }))
      const requests = s.peer.asked.length - before
      expectThat(requests <= 30, `${requests} requests`)
      return `${answer.status}, ${requests} parents`
    },
  },
  {
    rule: 29,
    name: 'the same unknown key, again and again',
    requests: 3,
    async play(s) {
      const answers = new Answers()
      for (let i = 0; i < 60; i++) {
        const body = JSON.stringify(s.mallory.create())
        const keyId = `https://evil.example/users/nobody#main-key`
        answers.add(await s.send(body, s.mallory.signed(INBOX, body, { keyId })), [401], 'an unknown key')
      }
      return String(answers)
    },
  },
  {
    rule: 29,
    name: 'two thousand keys on sub-domains of one domain',
    leaves: ['inbound'],
    requests: MOST_KEYS,
    async play(s) {
      const answers = new Answers()
      const before = s.peer.asked.length
      const tasks = Array.from({ length: 2_000 }, (_, i) => async () => {
        const id = `https://flood${i}.peers.example/users/x`
        const body = JSON.stringify({ ...s.mallory.create(), id: `${id}#1`, actor: id })
        answers.add(await s.send(body, s.mallory.signed(INBOX, body, { keyId: `${id}#main-key` })), [202, 401, 429, 503], id)
      })
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          for (let task = tasks.pop(); task; task = tasks.pop()) await task()
        }),
      )
      await s.settled()
      const requests = s.peer.asked.length - before
      expectThat(requests <= MOST_KEYS, `${requests} requests for keys of one domain`)
      return String(answers)
    },
  },
]
