import { describe, expect, test } from 'vitest'
import { suggestName } from '../../../src-main/owner-api/suggestion.ts'
import { openHouse } from './house.ts'

const accounts = (house: Awaited<ReturnType<typeof openHouse>>) =>
  (house.domain.store.database.prepare('select count(*) as n from accounts').get() as { n: number }).n

describe('naming', () => {
  test('leads from the name to the address', async () => {
    const house = await openHouse({ name: null })
    expect((await house.call('GET', '/api/owner/state')).body).toMatchObject({ setup: 'name', owner: null })
    expect((await house.call('GET', '/api/owner/setup/name?name=%20Ana')).body).toEqual({ name: 'ana', problem: null })
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
