import { createServer, request } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createNet } from '../../../src-main/net/index.ts'
import { suggestName } from '../../../src-main/owner-api/suggestion.ts'
import { openAddressCheck } from '../../../src-main/server/address-check.ts'
import { openHouse } from './house.ts'
import type { AddressInfo } from 'node:net'

const accounts = (house: Awaited<ReturnType<typeof openHouse>>) =>
  (house.domain.store.database.prepare('select count(*) as n from accounts').get() as { n: number }).n

describe('naming', () => {
  test('leads from the name to the address', async () => {
    const house = await openHouse({ name: null })
    expect((await house.call('GET', '/api/owner/state')).body).toMatchObject({ setup: 'name', owner: null })
    expect((await house.call('GET', '/api/owner/setup/name?name=%20Ana')).body).toEqual({
      name: 'ana',
      problem: null,
      suggestions: [],
    })
    expect((await house.call('GET', '/api/owner/setup/name?name=postmaster')).body.problem).toBe('name-reserved')
    const { body } = await house.call('POST', '/api/owner/setup/name', { name: 'Ana', displayName: 'Ana of the Tide' })
    expect(body).toMatchObject({ setup: 'address', suggestedName: null, owner: { username: 'ana', handle: null } })
    expect(body.connection).toMatchObject({ state: 'no-address', origin: null, tunnel: 'none' })
  })

  test('two clicks make one identity', async () => {
    const house = await openHouse({ name: null })
    const answers = await Promise.all(['ana', 'ana', 'bo'].map((name) => house.call('POST', '/api/owner/setup/name', { name })))
    expect(answers.map((answer) => answer.body.owner?.username)).toEqual(['ana', 'ana', 'ana'])
    expect(accounts(house)).toBe(1)
    const late = await house.call('POST', '/api/owner/setup/name', { name: 'bo' })
    expect([late.status, late.body.code]).toEqual([409, 'already-named'])
  })

  test('by a name that cannot be had is refused and leaves nothing behind', async () => {
    const house = await openHouse({ name: null })
    for (const [body, code] of [
      [{ name: 'admin' }, 'name-reserved'],
      [{ name: 'a b' }, 'name-invalid'],
      [{ name: '' }, 'name-invalid'],
      [{ name: 7 }, 'invalid-body'],
      [{}, 'invalid-body'],
      [{ name: 'ana', displayName: 7 }, 'invalid-body'],
    ] as const) {
      const answer = await house.call('POST', '/api/owner/setup/name', body)
      expect([body, answer.status, answer.body.code]).toEqual([body, 422, code])
    }
    expect(accounts(house)).toBe(0)
    expect((await house.call('POST', '/api/owner/setup/name', { name: 'ana' })).status).toBe(200)
  })

  test('a key never stands readable in the database', async () => {
    const house = await openHouse()
    const rows = house.domain.store.database.prepare('select name, sealed from secrets').all() as { name: string; sealed: string }[]
    expect(rows.map((row) => row.name).sort()).toEqual(['ed25519', 'rsa'])
    for (const { sealed } of rows) expect(sealed).not.toMatch(/PRIVATE KEY|LS0t/)
  })
})

test('names like one that cannot be had can be had', async () => {
  const house = await openHouse({ name: null })
  const like = async (name: string) =>
    (await house.call('GET', `/api/owner/setup/name?name=${encodeURIComponent(name)}`)).body.suggestions as string[]
  expect(await like('José Núñez')).toEqual(['jose_nunez', 'josenunez'])
  expect(await like('ada-l')).toEqual(['ada_l', 'adal'])
  expect(await like('_ada_')).toEqual(['ada', 'ada_writes'])
  expect(await like('admin')).toEqual(['admin_writes', 'admin_home'])
  expect(await like('紀子')).toEqual([])
  for (const typed of ['support team', 'www', 'a'.repeat(60), 'postmaster', 'in box!'])
    for (const name of await like(typed)) expect((await house.call('GET', `/api/owner/setup/name?name=${name}`)).body.problem).toBeNull()
})

describe('an own domain that is looked at', () => {
  /** A public listener that is reached as whatever carries a domain would reach it. */
  const carried = async (passesHost: boolean) => {
    const house = await openHouse({ argv: ['--allow-private-network'] })
    const behind = new URL(await house.publicApp.listen({ host: '127.0.0.1', port: 0 }))
    if (passesHost) return { house, domain: `http://ana.localhost:${behind.port}` }
    const front = createServer((incoming, outgoing) => {
      const asked = request(
        { host: behind.hostname, port: behind.port, path: incoming.url, headers: { host: 'ana.internal' } },
        (answer) => void answer.pipe(outgoing.writeHead(answer.statusCode ?? 502, answer.headers)),
      )
      asked.end()
    })
    await new Promise<void>((done) => front.listen(0, '127.0.0.1', done))
    onTestFinished(() => void front.close())
    return { house, domain: `http://ana.localhost:${(front.address() as AddressInfo).port}` }
  }
  const look = async (house: Awaited<ReturnType<typeof openHouse>>, typed: string) =>
    (await house.call('POST', '/api/owner/setup/check', { origin: typed })).body

  test('leads here, or loses its name on the way, and nothing is chosen by that', async () => {
    const { house, domain } = await carried(true)
    expect(await look(house, domain)).toEqual({ host: new URL(domain).host, code: 'fine' })
    expect((await house.call('GET', '/api/owner/state')).body).toMatchObject({ setup: 'address', connection: { origin: null } })
    const lost = await carried(false)
    expect((await look(lost.house, lost.domain)).code).toBe('host')
  })

  test('is somebody else’s, also if that repeats what it was asked, or nobody’s', async () => {
    const house = await openHouse({ argv: ['--allow-private-network'] })
    let say = (path: string) => JSON.stringify({ proof: path.split('/').pop(), host: 'ana.localhost' })
    const other = createServer((incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end(say(incoming.url ?? ''))
    })
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const { port } = other.address() as AddressInfo
    expect((await look(house, `http://ana.localhost:${port}`)).code).toBe('not-us')
    say = () => 'null'
    expect((await look(house, `http://ana.localhost:${port}`)).code).toBe('not-us')
    expect((await look(house, `https://ana.localhost:${port}`)).code).toBe('tls')
    await new Promise((done) => other.close(done))
    expect((await look(house, `http://ana.localhost:${port}`)).code).toBe('no-answer')
    const answer = await house.call('POST', '/api/owner/setup/check', { origin: 'ana.example/path' })
    expect([answer.status, answer.body.code]).toEqual([422, 'origin-invalid'])
    expect((await house.call('POST', '/api/owner/setup/check', {})).status).toBe(422)
  })

  test('a private address is none that others reach, and whoever guesses is told nothing', async () => {
    const house = await openHouse()
    const check = openAddressCheck({
      net: createNet({
        allowPrivateNetwork: false,
        userAgent: 'test',
        now: Date.now,
        ownHosts: [],
        map: { 'ana.example': { address: '10.0.0.1' } },
      }),
      isOwn: () => false,
    })
    expect(await check.run('https://ana.example')).toBe('private')
    expect(check.answer('/.well-known/burrow-check/', 'ana.example')).toBeNull()
    const guessed = await house.publicApp.inject({ url: `/.well-known/burrow-check/${'0'.repeat(32)}`, headers: { host: 'ana.example' } })
    expect(guessed.statusCode).toBe(421)
  })
})

describe('the address', () => {
  test('needs a name first', async () => {
    const house = await openHouse({ name: null })
    for (const body of [{ choice: 'later' }, { choice: 'own', origin: 'ana.example' }, { choice: 'trial' }]) {
      const answer = await house.call('POST', '/api/owner/setup/address', body)
      expect([answer.status, answer.body.code]).toEqual([409, 'name-first'])
    }
  })

  test('can wait: write first', async () => {
    const house = await openHouse()
    const { body } = await house.call('POST', '/api/owner/setup/address', { choice: 'later' })
    expect(body).toMatchObject({ setup: 'ready', connection: { state: 'no-address', origin: null } })
    expect((await house.call('POST', '/api/owner/setup/address', { choice: 'own', origin: 'ana.example' })).body).toMatchObject({
      setup: 'ready',
      owner: { handle: '@ana@ana.example' },
      connection: { origin: 'https://ana.example', trial: false, tunnel: 'none' },
    })
  })

  test('is chosen once and for ever', async () => {
    const house = await openHouse()
    await house.call('POST', '/api/owner/setup/address', { choice: 'own', origin: ' ana.example/ ' })
    expect((await house.call('POST', '/api/owner/setup/address', { choice: 'own', origin: 'https://ana.example' })).status).toBe(200)
    for (const body of [{ choice: 'own', origin: 'https://other.example' }, { choice: 'trial' }]) {
      const answer = await house.call('POST', '/api/owner/setup/address', body)
      expect([answer.status, answer.body.code, answer.body.params]).toEqual([409, 'origin-already-set', { origin: 'https://ana.example' }])
    }
    expect((await house.call('GET', '/api/owner/state')).body.connection.origin).toBe('https://ana.example')
  })

  test('must be a public name, and anything else is refused without a trace', async () => {
    const house = await openHouse()
    const wrong = [
      'http://ana.example',
      'https://ana.example:8443',
      'https://ana.example/path',
      'https://user:pw@ana.example',
      '127.0.0.1',
      'localhost',
      'ana',
      'https://ana.example?x',
      'javascript:alert(1)',
      '',
    ]
    for (const origin of wrong) {
      const answer = await house.call('POST', '/api/owner/setup/address', { choice: 'own', origin })
      expect([origin, answer.status, answer.body.code]).toEqual([origin, 422, 'origin-invalid'])
    }
    for (const body of [{ choice: 'own' }, { choice: 'both' }, {}, []]) {
      expect((await house.call('POST', '/api/owner/setup/address', body)).body.code).toBe('invalid-body')
    }
    expect((await house.call('GET', '/api/owner/state')).body).toMatchObject({ setup: 'address', connection: { origin: null } })
  })

  test('on trial is not had where no tunnel is allowed, and nothing is decided then', async () => {
    const house = await openHouse({ argv: ['--tunnel', 'none'] })
    const answer = await house.call('POST', '/api/owner/setup/address', { choice: 'trial' })
    expect([answer.status, answer.body.code]).toEqual([503, 'tunnel-unreachable'])
    expect((await house.call('GET', '/api/owner/state')).body).toMatchObject({
      setup: 'address',
      connection: { trial: false, tunnel: 'none' },
    })
  })

  test('of the command line waits for the name', async () => {
    const house = await openHouse({ name: null, argv: ['--origin', 'https://ana.example'] })
    const { body } = await house.call('POST', '/api/owner/setup/name', { name: 'ana' })
    expect(body).toMatchObject({ setup: 'ready', owner: { handle: '@ana@ana.example' } })
  })
})

test('a name is proposed only if it is a person’s', () => {
  const people = { ana: 'ana', 'José Núñez': 'jose', 'DESKTOP\\maria': null, sofia2: 'sofia2', 'li.wei': 'li', Mirelle_: 'mirelle' }
  for (const [system, name] of Object.entries(people)) expect([system, suggestName(system)]).toEqual([system, name])
  for (const system of [
    'root',
    'Administrator',
    'daemon',
    'user1',
    'www-data',
    'ubuntu',
    'runner',
    '1000',
    '',
    'admin',
    'u',
    'build',
    'пользователь',
    'x'.repeat(40),
  ])
    expect([system, suggestName(system)]).toEqual([system, null])
})
