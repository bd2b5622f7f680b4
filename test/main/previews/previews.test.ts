import { mkdtempSync, rmSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { accountById, upsertAccount } from '../../../src-main/domain/accounts.ts'
import { openDomain } from '../../../src-main/domain/domain.ts'
import { loadPost } from '../../../src-main/domain/loading.ts'
import { mediaById } from '../../../src-main/domain/media.ts'
import { chooseOrigin, findOwner, nameOwner, updateProfile } from '../../../src-main/domain/owner.ts'
import { editPost, receiveEdit, receivePost, writePost } from '../../../src-main/domain/posts.ts'
import { searchPosts } from '../../../src-main/domain/search.ts'
import { contextOf } from '../../../src-main/client-api/entities/context.ts'
import { toCard } from '../../../src-main/client-api/entities/card.ts'
import { createNet } from '../../../src-main/net/index.ts'
import { openPreviews } from '../../../src-main/previews/previews.ts'
import { openStore } from '../../../src-main/store/store.ts'
import { KEYS, remote, remotePost } from '../domain/home.ts'
import { ca, remoteServer, world } from '../federation/world.ts'
import type { RemoteAccount } from '../../../src-main/domain/accounts.ts'
import type { Card } from '../../../src-main/domain/types.ts'
import type { RemoteServer } from '../federation/world.ts'

/** The room on a real database and a real `net`, among servers on loopback; its clock and timers move only when told. */

const NOON = Date.UTC(2026, 4, 1, 12)
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function open(options: { accounts?: Map<string, number> } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'burrow-previews-'))
  const clock = { at: NOON }
  const now = () => clock.at
  const store = openStore({ folder, now })
  const d = openDomain({ store, now })
  nameOwner(d, { name: 'ana', displayName: 'Ana', keys: KEYS, seal: (plain) => plain })
  chooseOrigin(d, 'https://ana.example', { trial: false })
  const net = createNet({
    allowPrivateNetwork: false,
    userAgent: 'Burrow/test',
    now,
    ownHosts: ['ana.example'],
    ca,
    map: { 'evil.example': { address: '10.0.0.7', dial: world.dial }, '*.example': world.dial, '*.test': world.dial },
    lookup: () => Promise.reject(new Error('no test may ask a real name server')),
    times: { connect: 5_000, headers: 5_000, total: 5_000, stream: 5_000 },
  })
  const timers: { at: number; work: () => void }[] = []
  const listeners = new Set<() => void>()
  const connectivity = {
    online: true,
    onChange: (listen: () => void) => (listeners.add(listen), () => void listeners.delete(listen)),
  }
  const asked: string[] = []
  const problems: unknown[] = []
  const silent = () => undefined
  const previews = openPreviews({
    domain: d,
    net,
    resolver: { account: async (acct) => (asked.push(acct), options.accounts?.get(acct) ?? null) },
    connectivity,
    timers: {
      set: (work, ms) => {
        const timer = { at: clock.at + ms, work }
        timers.push(timer)
        return timer
      },
      clear: (timer) => {
        const at = timers.indexOf(timer as (typeof timers)[0])
        if (at >= 0) timers.splice(at, 1)
      },
    },
    log: { debug: silent, info: silent, warn: (data) => problems.push(data), error: (data) => problems.push(data) },
    random: () => 0.5,
  })
  previews.start()
  closers.push(async () => {
    await previews.stop()
    await net.close()
    store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Moves the clock, runs what is due, and waits for what that began. */
  async function pass(ms: number): Promise<void> {
    const until = clock.at + ms
    await Promise.resolve()
    for (;;) {
      await previews.settled()
      const due = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      timers.splice(timers.indexOf(due), 1)
      clock.at = Math.max(clock.at, due.at)
      due.work()
    }
    clock.at = until
  }
  const bo = upsertAccount(d, remote('bo', 'mo.example'))
  const linking = (...links: string[]) =>
    `<p>Look: ${links.map((link) => `<a href="${link}" rel="nofollow noopener">${link}</a>`).join(' ')}</p>`
  return {
    d,
    clock,
    previews,
    pass,
    asked,
    problems,
    bo,
    linking,
    online(on: boolean) {
      connectivity.online = on
      for (const listen of listeners) listen()
    },
    post: (...links: string[]) => receivePost(d, remotePost(bo, { content: linking(...links), published: clock.at - 1 }))?.id as number,
    card: (postId: number): Card | null => loadPost(d, postId)?.card ?? null,
    events: (type: string) =>
      (store.database.prepare('select data from events where type = ? order by seq').all(type) as { data: string }[]).map(
        (row) => JSON.parse(row.data) as Record<string, unknown>,
      ),
  }
}

/** Serves HTML at a path. */
function page(server: RemoteServer, path: string, html: string | Buffer, headers: Record<string, string> = {}, status = 200): void {
  server.answer((request, response) => {
    if (request.path !== path) return false
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(html)
    return true
  })
}
const HTML = `<!doctype html><html lang="en"><head><title>x</title><meta property="og:title" content="The keeper of Skerry Rock">
  <meta property="og:description" content="Forty winters"><meta property="og:image" content="/lamp.jpg">
  <meta property="og:site_name" content="The Paper"></head><body><script>alert(1)</script>`

describe('a link in a post', () => {
  it('rule 36: becomes a card a while later: its words to be found, its picture behind our own address', async () => {
    const home = open()
    const paper = remoteServer('paper.peers.example')
    page(paper, '/a', HTML)
    const id = home.post('https://paper.peers.example/a')
    await home.pass(10_000)
    expect([paper.asked, home.card(id)]).toEqual([[], null])
    await home.pass(10 * MINUTE)
    expect(paper.asked).toEqual(['GET /a'])
    expect(home.card(id)).toMatchObject({
      url: 'https://paper.peers.example/a',
      title: 'The keeper of Skerry Rock',
      providerName: 'The Paper',
    })
    expect(home.events('card-ready')).toEqual([{ cardId: home.card(id)?.id, postIds: [id] }])
    expect(await searchPosts(home.d, 'skerry winters', { limit: 5 })).toEqual([id])
    const entity = toCard(contextOf(home.d, 'http://127.0.0.1:4321', 'owner'), home.card(id) as Card)
    expect(entity).toMatchObject({
      type: 'link',
      html: '',
      embed_url: '',
      language: 'en',
      authors: [],
      author_name: '',
      published_at: null,
    })
    expect(entity.image).toMatch(/^http:\/\/127\.0\.0\.1:4321\/media\//)
    const { url: _, ...rest } = entity
    // The picture's own address is for the proxy alone; it has not been asked for.
    expect(JSON.stringify(rest)).not.toContain('paper.peers.example')
    expect(mediaById(home.d, home.card(id)?.picture?.id as number)?.remoteUrl).toBe('https://paper.peers.example/lamp.jpg')
    expect(home.problems).toEqual([])
  })

  it('rule 36: is fetched once for many posts, by one visitor at a time, with a rest between', async () => {
    const home = open()
    const paper = remoteServer('paper.peers.example')
    let visitors = 0
    let most = 0
    paper.answer(async (request, response) => {
      most = Math.max(most, ++visitors)
      await new Promise(setImmediate)
      visitors--
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<title>${request.path}</title>`)
      return true
    })
    const posts = [1, 2, 3].map(() => home.post('https://paper.peers.example/same'))
    for (let i = 0; i < 5; i++) home.post(`https://paper.peers.example/${i}`)
    await home.pass(30 * MINUTE)
    expect([paper.count('/same'), paper.asked.length, most]).toEqual([1, 6, 1])
    expect(posts.map((id) => home.card(id)?.title)).toEqual(['/same', '/same', '/same'])
    // Known already: there in a moment.
    const later = home.post('https://paper.peers.example/same')
    await home.pass(2_000)
    expect([home.card(later)?.title, paper.count('/same')]).toEqual(['/same', 1])
    // What a page says is looked at anew when it is named again much later.
    home.clock.at += 15 * DAY
    const again = home.post('https://paper.peers.example/same')
    expect(home.card(posts[0] as number)?.title).toBe('/same')
    await home.pass(30 * MINUTE)
    expect([paper.count('/same'), home.card(again)?.title]).toEqual([2, '/same'])
  })

  it('asks nobody while offline, and goes on when we are back', async () => {
    const home = open()
    const paper = remoteServer('paper.peers.example')
    page(paper, '/a', HTML)
    home.online(false)
    const id = home.post('https://paper.peers.example/a')
    await home.pass(DAY / 4)
    expect(paper.asked).toEqual([])
    home.online(true)
    await home.pass(MINUTE)
    expect(home.card(id)?.title).toBe('The keeper of Skerry Rock')
  })

  it('of the owner too; another link after an edit is another card, none is none', async () => {
    const home = open()
    const paper = remoteServer('paper.peers.example')
    page(paper, '/a', HTML)
    page(paper, '/b', '<title>The second page</title>')
    const { post } = writePost(home.d, { text: 'See https://paper.peers.example/a', visibility: 'public' })
    await home.pass(MINUTE)
    expect(home.card(post.id)?.title).toBe('The keeper of Skerry Rock')
    editPost(home.d, post.id, { text: 'See https://paper.peers.example/b' })
    await home.pass(MINUTE)
    expect(home.card(post.id)?.title).toBe('The second page')
    expect(await searchPosts(home.d, 'skerry', { limit: 5 })).toEqual([])
    editPost(home.d, post.id, { text: 'See nothing' })
    await home.pass(MINUTE)
    expect(home.card(post.id)).toBeNull()
    const theirs = remotePost(home.bo, { content: home.linking('https://paper.peers.example/b'), published: home.clock.at - 1 })
    const id = receivePost(home.d, theirs)?.id as number
    await home.pass(2_000)
    expect(home.card(id)?.title).toBe('The second page')
    receiveEdit(home.d, { ...theirs, content: home.linking('https://paper.peers.example/a'), edited: home.clock.at })
    await home.pass(2_000)
    expect(home.card(id)?.title).toBe('The keeper of Skerry Rock')
  })

  it('makes no card of what it quotes, whom it mentions, and what is ours', async () => {
    const home = open()
    const mo = remoteServer('mo.example')
    const quoted = 'https://mo.example/users/bo/statuses/1'
    const id = receivePost(
      home.d,
      remotePost(home.bo, {
        content: home.linking(quoted, 'https://mo.example/@bo', 'https://ana.example/@ana'),
        quote: { uri: quoted, stamp: null },
        mentions: [{ acct: 'bo@mo.example', accountId: home.bo }],
      }),
    )?.id as number
    await home.pass(DAY)
    expect([home.card(id), mo.asked]).toEqual([null, []])
  })
})

describe('a page', () => {
  it('that does not answer is asked again a few times, one that is gone is not', async () => {
    const home = open()
    const busy = remoteServer('busy.peers.example')
    page(busy, '/a', 'no', { 'retry-after': '7200' }, 503)
    const gone = remoteServer('gone.peers.example')
    const slow = home.post('https://busy.peers.example/a')
    const lost = home.post('https://gone.peers.example/a')
    await home.pass(20 * MINUTE)
    expect([busy.asked.length, gone.asked.length]).toEqual([1, 1])
    await home.pass(2 * 60 * MINUTE)
    expect(busy.asked.length).toBe(2)
    await home.pass(60 * DAY)
    expect([busy.asked.length, gone.asked.length, home.card(slow), home.card(lost)]).toEqual([4, 1, null, null])
  })

  it('rule 19: on a private address is never asked, nor by a redirect', async () => {
    const home = open()
    const evil = remoteServer('evil.example')
    page(evil, '/a', HTML)
    const paper = remoteServer('paper.peers.example')
    page(paper, '/to-evil', '', { location: 'https://evil.example/a' }, 302)
    page(paper, '/to-number', '', { location: 'https://169.254.169.254/latest' }, 302)
    page(paper, '/to-us', '', { location: 'https://ana.example/@ana' }, 302)
    const posts = [
      'https://evil.example/a',
      'https://127.0.0.1/a',
      'https://localhost/a',
      'https://paper.peers.example/to-evil',
      'https://paper.peers.example/to-number',
      'https://paper.peers.example/to-us',
    ].map((link) => home.post(link))
    await home.pass(DAY * 3)
    expect([evil.asked, posts.map((id) => home.card(id))]).toEqual([[], posts.map(() => null)])
  })

  it('rule 24: is read as far as its head, whatever comes after, and only if it is a page', async () => {
    const home = open()
    const paper = remoteServer('paper.peers.example')
    let sent = 0
    paper.answer((request, response) => {
      if (request.path !== '/endless') return false
      response.writeHead(200, { 'content-type': 'text/html' })
      response.write(HTML)
      const more = () => {
        while (!response.destroyed && sent < 40_000_000) {
          sent += 65_536
          if (!response.write(Buffer.alloc(65_536, 'x'))) return void response.once('drain', more)
        }
        response.end()
      }
      more()
      return true
    })
    page(paper, '/titleless', `<head>${'<!-- no title here -->'.repeat(100_000)}`)
    page(paper, '/packed', gzipSync(HTML), { 'content-encoding': 'gzip' })
    page(paper, '/picture', 'GIF89a', { 'content-type': 'image/gif' })
    page(paper, '/old', Buffer.concat([Buffer.from('<title>caf'), Buffer.from([0xe9]), Buffer.from('</title>')]), {
      'content-type': 'text/html; charset=iso-8859-1',
    })
    const [endless, titleless, packed, picture, old] = ['endless', 'titleless', 'packed', 'picture', 'old'].map((name) =>
      home.post(`https://paper.peers.example/${name}`),
    ) as [number, number, number, number, number]
    await home.pass(DAY)
    expect([home.card(endless)?.title, home.card(packed)?.title, home.card(old)?.title]).toEqual([
      'The keeper of Skerry Rock',
      'The keeper of Skerry Rock',
      'café',
    ])
    expect([home.card(titleless), home.card(picture)]).toEqual([null, null])
    expect(sent).toBeLessThan(40_000_000)
    expect(home.problems).toEqual([])
  })

  it('rule 31: of a film is described by its oEmbed, whose markup goes nowhere', async () => {
    const home = open()
    const films = remoteServer('films.peers.example')
    page(films, '/f', '<head><title>f</title><link rel="alternate" type="application/json+oembed" href="/oembed?f"></head>')
    films.serve(
      '/oembed?f',
      {
        type: 'video',
        title: 'A film',
        author_name: 'Bo',
        html: '<iframe src="https://evil.example">',
        width: 640,
        height: 360,
        thumbnail_url: 'https://films.peers.example/t.jpg',
      },
      'application/json',
    )
    const id = home.post('https://films.peers.example/f')
    await home.pass(DAY)
    const card = home.card(id) as Card
    expect(card).toMatchObject({ kind: 'video', title: 'A film', authorName: 'Bo', width: 640 })
    const entity = toCard(contextOf(home.d, 'http://127.0.0.1:4321', 'owner'), card)
    expect(entity).toMatchObject({
      type: 'link',
      html: '',
      embed_url: '',
      author_name: 'Bo',
      authors: [{ name: 'Bo', url: '', account: null }],
    })
    expect(
      home.d.store.database
        .prepare('select * from cards')
        .all()
        .map((row) => JSON.stringify(row))
        .join(),
    ).not.toContain('iframe')
    expect(await searchPosts(home.d, 'has:embed', { limit: 5 })).toEqual([id])
  })
})

describe('an author', () => {
  const named = '<title>Essay</title><meta name="fediverse:creator" content="@cy@mo.example">'
  const cy = (change: Partial<RemoteAccount> = {}) => remote('cy', 'mo.example', { displayName: 'Cy', ...change })

  it('is shown when page and profile name each other, and no longer when one stops', async () => {
    const home = open()
    const paper = remoteServer('paper.peers.example')
    page(paper, '/essay', named)
    const id = upsertAccount(home.d, cy())
    const post = home.post('https://paper.peers.example/essay')
    await home.pass(DAY)
    // The page alone says so: anybody can.
    expect(home.card(post)?.author).toBeNull()
    upsertAccount(home.d, cy({ attributionDomains: ['other.example', 'HTTPS://*.Peers.example/'] }))
    expect(home.card(post)?.author?.id).toBe(id)
    const entity = toCard(contextOf(home.d, 'http://127.0.0.1:4321', 'owner'), home.card(post) as Card)
    expect(entity).toMatchObject({
      author_name: 'Cy',
      authors: [{ name: 'Cy', url: 'https://mo.example/@cy', account: { id: String(id) } }],
    })
    upsertAccount(home.d, cy({ attributionDomains: ['xpeers.example', 'example'] }))
    expect(home.card(post)?.author).toBeNull()
    expect(home.asked).toEqual([])
  })

  it('who is not known here is looked up; the owner may be one', async () => {
    const accounts = new Map<string, number>()
    const home = open({ accounts })
    accounts.set('cy@mo.example', upsertAccount(home.d, remote('nn', 'far.example', { attributionDomains: ['paper.peers.example'] })))
    const paper = remoteServer('paper.peers.example')
    page(paper, '/essay', named)
    page(paper, '/mine', '<title>Mine</title><meta name="fediverse:creator" content="ana@ana.example">')
    updateProfile(home.d, { attributionDomains: ['paper.peers.example', 'not a site'] })
    expect(findOwner(home.d)?.attributionDomains).toEqual(['paper.peers.example'])
    const [theirs, mine] = [home.post('https://paper.peers.example/essay'), home.post('https://paper.peers.example/mine')]
    await home.pass(DAY)
    expect([home.asked, home.card(theirs)?.author?.id, home.card(mine)?.author?.own]).toEqual([
      ['cy@mo.example'],
      accounts.get('cy@mo.example'),
      true,
    ])
  })
})

describe('a profile', () => {
  const field = (url: string) => ({ name: 'Site', value: `<a href="${url}" rel="me nofollow noopener">${url}</a>`, verifiedAt: null })
  const back = '<body><p>Find me <a rel="noopener me" href="https://MO.example/@bo">there</a>'

  it('of somebody else: its links are proved when it is looked at, weekly at most', async () => {
    const home = open()
    const site = remoteServer('site.peers.example')
    let answer: [number, string] = [200, back]
    site.answer((_, response) => (response.writeHead(answer[0], { 'content-type': 'text/html' }).end(answer[1]), true))
    const fields = [
      field('https://site.peers.example/me'),
      field('http://plain.peers.example/'),
      { name: 'Words', value: 'words', verifiedAt: null },
    ]
    upsertAccount(home.d, remote('bo', 'mo.example', { fields }))
    const verified = () => accountById(home.d, home.bo)?.fields.map((one) => one.verifiedAt !== null)
    home.previews.verify(home.bo)
    home.previews.verify(home.bo)
    await home.pass(MINUTE)
    expect([verified(), site.asked]).toEqual([[true, false, false], ['GET /me']])
    expect(home.events('account-changed')).toHaveLength(2)
    // Fetched anew by federation: the proof stays with the field.
    upsertAccount(home.d, remote('bo', 'mo.example', { fields }))
    expect(verified()).toEqual([true, false, false])
    home.previews.verify(home.bo)
    await home.pass(DAY)
    expect(site.asked).toHaveLength(1)
    // Cannot be read: stays. Read, and no link any more: ends.
    answer = [503, '']
    home.clock.at += 8 * DAY
    home.previews.verify(home.bo)
    await home.pass(DAY)
    expect([verified(), site.asked.length]).toEqual([[true, false, false], 2])
    answer = [200, '<a rel="me" href="https://mo.example/@somebody-else">x</a> <a href="https://mo.example/@bo">bo</a>']
    home.clock.at += 8 * DAY
    home.previews.verify(home.bo)
    await home.pass(DAY)
    expect([verified(), site.asked.length]).toEqual([[false, false, false], 3])
    // Another address in the field is looked at at once.
    answer = [200, back]
    upsertAccount(home.d, remote('bo', 'mo.example', { fields: [field('https://site.peers.example/other')] }))
    home.previews.verify(home.bo)
    await home.pass(DAY)
    expect(verified()).toEqual([true])
  })

  it('of the owner: when it changes, and weekly', async () => {
    const home = open()
    const site = remoteServer('site.peers.example')
    let html = '<link rel="me" href="https://ana.example/@ana/">'
    site.answer((_, response) => (response.writeHead(200, { 'content-type': 'text/html' }).end(html), true))
    updateProfile(home.d, { fields: [{ name: 'Site', value: 'https://site.peers.example' }] })
    await home.pass(MINUTE)
    expect(findOwner(home.d)?.fields[0]?.verifiedAt).toBeGreaterThan(NOON)
    html = ''
    await home.pass(9 * DAY)
    expect([findOwner(home.d)?.fields[0]?.verifiedAt, site.asked.length]).toEqual([null, 2])
  })
})
