/** The inbox answers as design 8 says, and a refusal leaves every row as it was. */
import { describe, expect, test } from 'vitest'
import { accountIdByUri } from '../../../src-main/domain/accounts.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, following, HOUR, MINUTE, openInstance, ORIGIN } from './instance.ts'
import { keyPair, PUBLIC, remoteServer } from './world.ts'
import type { Instance } from './instance.ts'
import type { RemoteActor, RemoteServer } from './world.ts'

const EVERYTHING = [
  ...['oneOf', 'anyOf', 'endTime', 'closed', 'votersCount', 'url', 'icon', 'image', 'duration', 'location', 'startTime', 'preview', 'name'],
  ...['quote', 'quoteUrl', 'quoteAuthorization', 'interactionPolicy', 'replies', 'likes', 'shares', 'context', 'audience', 'summaryMap'],
  ...['language', 'mediaType', 'directMessage', 'sensitive', 'updated', 'published', 'content', 'summary', 'tag', 'attachment'],
]

function changeKey(actor: RemoteActor, change: Record<string, string>): void {
  actor.document.publicKey = { ...(actor.document.publicKey as object), ...change }
}

async function scene() {
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  const bo = mo.actor('bo')
  await following(home, bo)
  mo.asked.splice(0)
  return { home, mo, bo }
}

describe('what is taken', () => {
  test('a post of somebody followed is in the database when the answer comes, without a request to anybody', async () => {
    const { home, mo, bo } = await scene()
    const answer = await home.deliver(bo, bo.create({ content: '<p>Hello from <b>Bo</b></p>' }))
    expect(answer).toMatchObject({ status: 202, text: '' })
    expect(home.one('select content, visibility, own from posts')).toEqual({
      content: '<p>Hello from <b>Bo</b></p>',
      visibility: 'public',
      own: 0,
    })
    expect(home.rows('home')).toBe(1)
    expect(mo.asked).toEqual([])
    expect(home.heard).toBe(1)
  })

  test.each(['cavage', 'rfc9421'] as const)('signed by %s, at the shared inbox and at the owner’s', async (scheme) => {
    const { home, bo } = await scene()
    expect((await home.deliver(bo, bo.create(), { scheme })).status).toBe(202)
    expect((await home.deliver(bo, bo.create(), { scheme, path: '/users/ana/inbox' })).status).toBe(202)
    expect(home.rows('posts')).toBe(2)
  })

  test.each([
    'application/activity+json',
    'application/activity+json; charset=utf-8',
    'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    'application/ld+json',
    'application/json',
  ])('as %s', async (type) => {
    const { home, bo } = await scene()
    expect((await home.deliver(bo, bo.create(), { headers: { 'content-type': type } })).status).toBe(202)
    expect(home.rows('posts')).toBe(1)
  })

  test(rule(15) + ' A repeat is 202, in the shared inbox and the own one, and changes nothing', async () => {
    const { home, bo } = await scene()
    const create = bo.create()
    await home.deliver(bo, create)
    const before = home.picture()
    expect((await home.deliver(bo, create)).status).toBe(202)
    expect((await home.deliver(bo, create, { path: '/users/ana/inbox' })).status).toBe(202)
    const body = JSON.stringify(create)
    const headers = bo.signed(`${ORIGIN}/inbox`, body, { date: home.clock.at - MINUTE })
    expect((await home.post('/inbox', body, headers)).status).toBe(202)
    expect((await home.post('/inbox', body, headers)).status).toBe(202)
    expect(home.picture()).toBe(before)
  })

  test('two copies at the same moment are one post', async () => {
    const { home, bo } = await scene()
    const create = bo.create()
    const answers = await Promise.all([home.deliver(bo, create), home.deliver(bo, create), home.deliver(bo, create)])
    expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202])
    expect(home.rows('posts')).toBe(1)
    expect(home.rows('home')).toBe(1)
  })

  test('a post and its edit in the same breath end as the edit', async () => {
    const { home, bo } = await scene()
    const create = bo.create({ content: '<p>first</p>' })
    const note = create.object as Record<string, unknown>
    home.clock.at += MINUTE
    const edited = { ...note, content: '<p>second</p>', updated: new Date(home.clock.at).toISOString() }
    await Promise.all([home.deliver(bo, create), home.deliver(bo, bo.activity('Update', edited))])
    expect(home.one('select content from posts')).toEqual({ content: '<p>second</p>' })
  })

  test('before there is an address, nobody is here', async () => {
    const { home: before, bo } = await scene()
    before.store.database.prepare("delete from settings where key = 'origin'").run()
    const home = await before.restart(0)
    expect((await home.deliver(bo, bo.create())).status).toBe(404)
    expect((await home.get('/users/ana')).status).toBe(404)
    expect(home.rows('posts')).toBe(0)
  })

  test('somebody else’s inbox is not here', async () => {
    const { home, bo } = await scene()
    expect((await home.deliver(bo, bo.create(), { path: '/users/eve/inbox' })).status).toBe(404)
  })
})

describe('what is not taken changes nothing', () => {
  const cases: [string, number, (parts: { home: Instance; bo: RemoteActor; mo: RemoteServer }) => Promise<{ status: number }>][] = [
    [
      rule(2) + ' unsigned',
      401,
      ({ home, bo }) => home.post('/inbox', JSON.stringify(bo.create()), { 'content-type': 'application/activity+json' }),
    ],
    [
      rule(2) + ' signed with another key',
      401,
      ({ home, bo }) =>
        home.deliver(bo, bo.create(), { key: keyPair(2).privateKey === bo.key ? keyPair(1).privateKey : keyPair(2).privateKey }),
    ],
    [
      rule(15) + ' stale: more than an hour and five minutes old',
      401,
      ({ home, bo }) => home.deliver(bo, bo.create(), { date: home.clock.at - HOUR - 6 * MINUTE }),
    ],
    [rule(15) + ' from the future', 401, ({ home, bo }) => home.deliver(bo, bo.create(), { date: home.clock.at + HOUR + MINUTE })],
    ['another body than was signed', 401, ({ home, bo }) => home.deliver(bo, bo.create(), { about: '{"type":"Create"}' })],
    [
      rule(2) + ' a signature that does not cover the digest',
      401,
      ({ home, bo }) => {
        const body = JSON.stringify(bo.create())
        const headers = bo.signed(`${ORIGIN}/inbox`, body)
        return home.post('/inbox', body, { ...headers, signature: (headers.signature as string).replace(' digest"', '"') })
      },
    ],
    [
      rule(2) + ' made for another server',
      401,
      ({ home, bo }) => {
        const body = JSON.stringify(bo.create())
        return home.post('/inbox', body, { ...bo.signed('https://other.example/inbox', body), host: 'ana.example' })
      },
    ],
    [rule(2) + ' an acct: key id', 401, ({ home, bo }) => home.deliver(bo, bo.create(), { keyId: 'acct:bo@mo.example' })],
    [
      rule(1) + ' an activity of somebody on another host',
      401,
      ({ home, bo }) => home.deliver(bo, bo.create({}, { actor: 'https://other.example/users/eve', id: 'https://other.example/1' })),
    ],
    [
      rule(1) + ' an activity of a neighbour on the same host',
      401,
      ({ home, bo, mo }) => {
        const eve = mo.actor('eve')
        return home.deliver(bo, eve.create())
      },
    ],
    [rule(1) + ' an activity in our own name', 401, ({ home, bo }) => home.deliver(bo, bo.create({}, { actor: ANA }))],
    [
      rule(7) + ' a key id on our own host',
      401,
      ({ home, bo }) => home.deliver(bo, bo.create({}, { actor: `${ORIGIN}/users/eve`, id: `${ORIGIN}/1` }), { keyId: `${ANA}#main-key` }),
    ],
    ['an id on another host than the actor’s', 401, ({ home, bo }) => home.deliver(bo, bo.create({}, { id: 'https://other.example/1' }))],
    ['not JSON', 400, ({ home, bo }) => home.deliver(bo, '{"type":"Create",')],
    ['a list', 400, ({ home, bo }) => home.deliver(bo, '[]')],
    ['without an actor', 400, ({ home, bo }) => home.deliver(bo, '{"type":"Create","id":"https://mo.example/1"}')],
    ['without a type', 400, ({ home, bo }) => home.deliver(bo, `{"actor":"${bo.id}"}`)],
    [
      rule(26) + ' nested 100,000 levels deep',
      400,
      ({ home, bo }) => home.deliver(bo, `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
    ],
    [
      rule(26) + ' with a key that reaches into prototypes',
      400,
      ({ home, bo }) => home.deliver(bo, `{"type":"Create","actor":"${bo.id}","__proto__":{"x":1}}`),
    ],
    [rule(24) + ' over 1 MiB', 413, ({ home, bo }) => home.deliver(bo, `{"a":"${'x'.repeat(1024 * 1024)}"}`)],
    ['text', 415, ({ home, bo }) => home.deliver(bo, bo.create(), { headers: { 'content-type': 'text/plain' } })],
    ['a form', 415, ({ home, bo }) => home.deliver(bo, bo.create(), { headers: { 'content-type': 'application/x-www-form-urlencoded' } })],
    ['no content type', 415, ({ home, bo }) => home.deliver(bo, bo.create(), { headers: { 'content-type': '' } })],
  ]
  test.each(cases)('%s: %i', async (_name, status, send) => {
    const parts = await scene()
    const before = parts.home.picture()
    const answer = await send(parts)
    expect(answer.status).toBe(status)
    expect(parts.home.picture()).toBe(before)
    expect(parts.home.heard).toBe(0)
  })

  test(rule(52) + ' a refusal says a word to its sender, no more', async () => {
    const { home, bo } = await scene()
    const answer = await home.deliver(bo, bo.create(), { date: home.clock.at - 3 * HOUR })
    expect(answer.json()).toEqual({ error: 'The signature is not accepted: stale.' })
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  })
})

describe('an unknown key', () => {
  test(rule(7) + ' is fetched from its own address, then the activity counts', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    const answer = await home.takes(bo, bo.activity('Follow', ANA))
    expect(answer.status).toBe(202)
    expect(home.one('select state from follows')).toEqual({ state: 'accepted' })
    expect(mo.count('/users/bo')).toBe(1)
    expect(home.rows('inbound')).toBe(0)
  })

  test('GoToSocial: the key’s address shows a stub that names its actor', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    const key = { id: `${bo.id}/main-key`, owner: bo.id, publicKeyPem: (bo.document.publicKey as { publicKeyPem: string }).publicKeyPem }
    bo.document.publicKey = key
    mo.serve('/users/bo/main-key', { id: bo.id, type: 'Person', preferredUsername: 'bo', publicKey: key })
    expect((await home.takes(bo, bo.activity('Follow', ANA), { keyId: key.id })).status).toBe(202)
    expect(home.rows('follows')).toBe(1)
  })

  test.each([
    ['its server has no such actor', 401, (mo) => mo.serve('/users/bo', null)],
    ['its actor lists another key', 401, (_mo, bo) => changeKey(bo, { id: `${bo.id}#other` })],
    ['its key names another owner', 401, (mo, bo) => changeKey(bo, { owner: `${mo.origin}/users/eve` })],
    [
      rule(3) + ' its document says it is somewhere else',
      401,
      (_mo, bo) => void Object.assign(bo.document, { id: 'https://other.example/users/bo' }),
    ],
    [rule(4) + ' it comes as text/html', 401, (mo, bo) => mo.serve('/users/bo', bo.document, 'text/html')],
    [rule(4) + ' it comes as plain JSON', 401, (mo, bo) => mo.serve('/users/bo', bo.document, 'application/json')],
  ] satisfies [string, number, (mo: RemoteServer, bo: RemoteActor) => void][])(
    '%s: %i, asked for once, and nothing changed',
    async (_name, status, spoil) => {
      const home = await openInstance()
      const mo = remoteServer('mo.example')
      const bo = mo.actor('bo')
      spoil(mo, bo)
      const before = home.picture()
      expect((await home.takes(bo, bo.activity('Follow', ANA))).status).toBe(status)
      expect((await home.takes(bo, bo.activity('Follow', ANA))).status).toBe(status)
      expect(home.picture()).toBe(before)
      expect(mo.count('/users/bo'), rule(29)).toBe(1)
    },
  )

  test(rule(3) + ' an actor that sends its reader on to somebody else is not that somebody', async () => {
    const home = await openInstance()
    const evil = remoteServer('evil.example')
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    const eve = evil.actor('eve')
    let asked = 0
    evil.answer((request, response): boolean => {
      if (request.path !== '/users/eve' || asked++ === 0) return false
      response.writeHead(302, { location: bo.id }).end()
      return true
    })
    await home.takes(eve, eve.create({ to: [ANA] }))
    await home.takes(eve, eve.activity('Follow', ANA))
    expect(accountIdByUri(home, bo.id)).toBeNull()
    expect(
      home.one<{ n: number }>('select count(*) as n from posts p join accounts a on a.id = p.account_id where a.uri = ?', bo.id).n,
    ).toBe(0)
  })

  test('a server that is away: kept, answered 202, and judged when it is back, by the time it came in', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    let away = true
    mo.answer((_request, response): boolean => {
      if (away) response.writeHead(503).end()
      return away
    })
    expect((await home.takes(bo, bo.activity('Follow', ANA))).status).toBe(202)
    expect(home.rows('inbound', "state = 'parked'")).toBe(1)
    expect(home.rows('follows')).toBe(0)
    expect(home.heard).toBe(0)
    await home.pass(MINUTE)
    expect(home.rows('inbound', "state = 'parked'")).toBe(1)
    away = false
    await home.pass(3 * HOUR)
    await home.pass(1)
    expect(home.rows('inbound')).toBe(0)
    expect(home.one('select state from follows')).toEqual({ state: 'accepted' })
  })

  test('kept and found badly signed: dropped, nothing changed', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    let away = true
    mo.answer((_request, response): boolean => {
      if (away) response.writeHead(503).end()
      return away
    })
    const before = home.picture()
    const other = [keyPair(0), keyPair(1)].find((pair) => pair.privateKey !== bo.key) as { privateKey: typeof bo.key }
    expect((await home.takes(bo, bo.activity('Follow', ANA), { key: other.privateKey })).status).toBe(202)
    away = false
    await home.pass(MINUTE)
    expect(JSON.parse(home.picture()).map(([name, rows]: [string, unknown[]]) => [name, rows.length])).toEqual(
      JSON.parse(before).map(([name, rows]: [string, unknown[]]) => [name, rows.length]),
    )
  })

  test('kept requests survive a restart', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    let away = true
    mo.answer((_request, response): boolean => {
      if (away) response.writeHead(503).end()
      return away
    })
    await home.takes(bo, bo.activity('Follow', ANA))
    away = false
    const again = await home.restart(2 * HOUR)
    await again.pass(1)
    expect(again.rows('follows')).toBe(1)
    expect(again.rows('inbound')).toBe(0)
  })

  test('no more than 200 of one host are kept: then 503', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    mo.answer((_request, response): boolean => {
      response.writeHead(503).end()
      return true
    })
    const statuses: number[] = []
    for (let i = 0; i < 201; i++) statuses.push((await home.deliver(bo, bo.activity('Follow', ANA))).status)
    expect(statuses.slice(0, 200).every((status) => status === 202)).toBe(true)
    expect(statuses[200]).toBe(503)
    expect(home.rows('inbound')).toBe(200)
  })

  test(rule(29) + ' a dead host is not asked again for every request', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    mo.answer((_request, response): boolean => {
      response.writeHead(503).end()
      return true
    })
    for (let i = 0; i < 10; i++) await home.deliver(bo, bo.activity('Follow', ANA))
    expect(mo.asked.length).toBe(1)
  })
})

describe('a key that has changed', () => {
  test('is fetched again once, then the activity counts; further bad signatures ask nobody for five minutes', async () => {
    const { home, mo, bo } = await scene()
    const fresh = [keyPair(0), keyPair(1)].find((pair) => pair.privateKey !== bo.key) as { privateKey: typeof bo.key; pem: string }
    bo.document.publicKey = { ...(bo.document.publicKey as object), publicKeyPem: fresh.pem }
    expect((await home.deliver(bo, bo.create(), { key: fresh.privateKey })).status).toBe(401)
    expect(mo.asked).toEqual([])
    home.clock.at += 6 * MINUTE
    expect((await home.deliver(bo, bo.create(), { key: fresh.privateKey })).status).toBe(202)
    expect(home.rows('posts')).toBe(1)
    expect((await home.deliver(bo, bo.create())).status).toBe(401)
    expect((await home.deliver(bo, bo.create())).status).toBe(401)
    expect(mo.count('/users/bo')).toBe(1)
  })

  test('after a profile update the old key no longer counts', async () => {
    const { home, bo } = await scene()
    await home.takes(bo, bo.create())
    const fresh = [keyPair(0), keyPair(1)].find((pair) => pair.privateKey !== bo.key) as { privateKey: typeof bo.key; pem: string }
    bo.document.publicKey = { ...(bo.document.publicKey as object), publicKeyPem: fresh.pem }
    await home.takes(bo, bo.activity('Update', bo.document))
    expect((await home.deliver(bo, bo.create())).status).toBe(401)
    expect((await home.deliver(bo, bo.create(), { key: fresh.privateKey })).status).toBe(202)
  })
})

describe('floods', () => {
  test(rule(38) + ' Deletes and new profiles of people never heard of are 202, without a request and without a row', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const before = home.picture()
    for (let i = 0; i < 20; i++) {
      const gone = mo.actor(`gone${i}`)
      mo.serve(`/users/gone${i}`, null)
      expect((await home.deliver(gone, gone.activity('Delete', gone.id, { to: [PUBLIC] }))).status).toBe(202)
      expect((await home.deliver(gone, gone.activity('Update', gone.document, { to: [PUBLIC] }))).status).toBe(202)
    }
    expect(mo.asked).toEqual([])
    expect(home.picture()).toBe(before)
  })

  test(rule(40) + ' posts of strangers that are not for us leave nothing behind', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const eve = mo.actor('eve')
    const before = home.picture()
    for (let i = 0; i < 5; i++) expect((await home.takes(eve, eve.create())).status).toBe(202)
    expect(home.picture()).toBe(before)
    expect(mo.asked).toEqual(['GET /users/eve'])
  })

  test('whatever JSON comes, it is answered', async () => {
    const { home, bo } = await scene()
    const strange = [
      null,
      0,
      '',
      [],
      {},
      [[]],
      'https://ana.example/tags/%ZZ',
      `${ANA}/statuses/999`,
      'not a url',
      { id: 5 },
      { id: ANA },
      true,
      1e300,
    ]
    for (const type of [
      'Create',
      'Update',
      'Delete',
      'Announce',
      'Like',
      'Follow',
      'Accept',
      'Reject',
      'Undo',
      'Block',
      'Move',
      'Flag',
      'Add',
      'Remove',
      'EmojiReact',
      'QuoteRequest',
      'Nonsense',
    ]) {
      for (const object of [
        ...strange,
        {
          type: 'Note',
          id: `${bo.id}/1`,
          attributedTo: bo.id,
          tag: strange,
          attachment: strange,
          to: strange,
          inReplyTo: 'https://ana.example/tags/%ZZ',
          contentMap: strange,
        },
        ...['Question', 'Video', 'Event', 'Article', 'ChatMessage', 'QuoteAuthorization'].map((kind) => ({
          type: kind,
          id: `${bo.id}/${kind}`,
          attributedTo: strange,
          actor: bo.id,
          to: [ANA],
          ...Object.fromEntries(EVERYTHING.map((key) => [key, strange])),
        })),
        { type: 'Create', id: `${bo.id}/inner`, actor: strange, object: strange },
        { type: 'Delete', id: `${bo.id}/inner`, actor: bo.id, object: { type: strange, id: `${bo.id}/1` } },
      ]) {
        const more = { target: object, instrument: object, result: object, content: object }
        const answer = await home.takes(bo, bo.activity(type, object, { to: strange, cc: object, ...more }))
        expect(answer.status, `${type} of ${JSON.stringify(object)}`).toBe(202)
      }
    }
  })
})

describe('a 202 means durable', () => {
  test('the answer waits for the commit', async () => {
    const { home, bo } = await scene()
    const original = home.store.groupCommit.bind(home.store)
    let committed = false
    home.store.groupCommit = async (work) => {
      const result = await original(work)
      await new Promise((resolve) => setTimeout(resolve, 50))
      committed = true
      return result
    }
    expect((await home.deliver(bo, bo.create())).status).toBe(202)
    expect(committed).toBe(true)
  })

  test('a commit that fails is no 202', async () => {
    const { home, bo } = await scene()
    const exec = home.store.database.exec.bind(home.store.database)
    const before = home.picture()
    home.store.database.exec = (text: string) => {
      if (text === 'commit') throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
      return exec(text)
    }
    expect((await home.deliver(bo, bo.create())).status).toBe(503)
    home.store.database.exec = exec
    expect(home.picture()).toBe(before)
    expect((await home.deliver(bo, bo.create())).status).toBe(202)
  })

  test(rule(40) + ' a full disk is 503, nothing changes, and everything goes on when there is room', async () => {
    const { home, bo } = await scene()
    const pages = home.store.database.pragma('page_count', { simple: true }) as number
    home.store.database.pragma(`max_page_count = ${pages}`)
    const big = { content: `<p>${'ferry '.repeat(20_000)}</p>` }
    const before = home.picture()
    const answer = await home.deliver(bo, bo.create(big))
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('30')
    expect(home.picture()).toBe(before)
    home.store.database.pragma('max_page_count = 1000000')
    expect((await home.deliver(bo, bo.create(big))).status).toBe(202)
    expect(home.rows('posts')).toBe(1)
  })
})
