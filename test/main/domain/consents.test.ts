import { describe, expect, it } from 'vitest'
import { openConsents, OPEN_MS, REQUEST_MS } from '../../../src-main/domain/consents.ts'
import { appById, codeSpent, connectedApps, disconnectApp, exchangeCode, registerApp, tokenInfo } from '../../../src-main/domain/grants.ts'
import { openAna } from './home.ts'
import type { ConsentAsk, ConsentStatus, Consents } from '../../../src-main/domain/consents.ts'
import type { Home } from './home.ts'

const REDIRECT = 'https://elk.example/back'

function setUp() {
  const home = openAna()
  const consents = openConsents({ domain: home })
  const app = registerApp(home, { name: 'Elk', website: null, redirectUris: [REDIRECT], scopes: ['read', 'write'] })
  const ask = (browser: string, more: Partial<ConsentAsk> = {}) =>
    consents.ask({ app, redirectUri: REDIRECT, scopes: ['read'], state: null, challenge: null, from: 'public', browser, ...more })
  return { home, consents, app, ask }
}
const idOf = (asked: ReturnType<Consents['ask']>): string => {
  if (typeof asked === 'string') throw new Error(asked)
  return asked.id
}
const codeOf = (status: ConsentStatus): string => {
  if (status.is !== 'waiting') throw new Error(status.is)
  return status.code
}
const appears = (home: Home) => {
  let heard = 0
  home.events.listen((event) => (heard += event.type === 'apps-changed' ? 1 : 0))
  return () => heard
}

describe('asking to be let in', () => {
  it('rule 45: takes ten minutes after the owner pressed, three at a time, five minutes each', () => {
    const { home, consents, ask } = setUp()
    expect(ask('a')).toBe('closed')
    consents.open()
    const ids = ['a', 'b', 'c'].map((browser) => idOf(ask(browser)))
    expect(ask('d')).toBe('full')
    expect(consents.list().map(({ id }) => id)).toEqual(ids)
    expect(consents.deny(ids[1] as string)).toBe(true)
    idOf(ask('d'))
    home.clock.at += REQUEST_MS
    expect(consents.list()).toEqual([])
    expect(consents.statusFor(ids[0] as string, 'a').is).toBe('denied')
    expect(consents.approve(ids[0] as string, 'AAAAAA')).toBe('over')
    const last = idOf(ask('e'))
    home.clock.at += OPEN_MS - REQUEST_MS
    expect([consents.openUntil(), ask('f'), consents.statusFor(last, 'e').is]).toEqual([null, 'closed', 'denied'])
  })

  it('rule 45: closes the door on who asks again and again', () => {
    const { consents, ask } = setUp()
    consents.open()
    let answer = ask('x')
    for (let times = 0; times < 50 && typeof answer !== 'string'; times++) {
      consents.deny(answer.id)
      answer = ask('x')
    }
    expect([answer, consents.openUntil()]).toEqual(['closed', null])
  })

  it('is answered to the browser that asked, and to no other', () => {
    const { home, consents, ask } = setUp()
    consents.open()
    const id = idOf(ask('mine'))
    const code = codeOf(consents.statusFor(id, 'mine'))
    expect(code).toMatch(/^[A-Z0-9]{6}$/)
    expect([consents.statusFor(id, 'theirs').is, consents.statusFor(id, '').is, consents.statusFor('x', 'mine').is]).toEqual(
      Array(3).fill('over'),
    )
    expect(consents.approve(id, ` ${code.slice(0, 3).toLowerCase()}-${code.slice(3)} `)).toBe('ok')
    expect([consents.peek(id, 'theirs'), consents.statusFor(id, 'theirs').is, consents.peek(id, 'mine')]).toEqual([
      'over',
      'over',
      'approved',
    ])
    const approved = consents.statusFor(id, 'mine')
    expect(approved).toMatchObject({ is: 'approved', told: false, request: { app: { name: 'Elk' }, scopes: ['read'] } })
    if (approved.is !== 'approved') throw new Error(approved.is)
    // A page that is loaded again gets the same, while it is good; then a new one.
    expect(consents.statusFor(id, 'mine')).toMatchObject({ grant: approved.grant, told: true })
    home.clock.at += 61_000
    const again = consents.statusFor(id, 'mine')
    if (again.is !== 'approved') throw new Error(again.is)
    expect(again.grant).not.toBe(approved.grant)
    const taken = (code: string) => exchangeCode(home, { appId: again.request.app.id, code, redirectUri: REDIRECT, verifier: null })
    expect(taken(approved.grant)).toBe(null)
    expect(taken(again.grant)?.scopes).toEqual(['read'])
    expect(consents.statusFor(id, 'mine').is).toBe('connected')
  })

  it('rule 45: guesses of the code are three', () => {
    const { consents, ask } = setUp()
    consents.open()
    const id = idOf(ask('mine'))
    const code = codeOf(consents.statusFor(id, 'mine'))
    expect([consents.approve(id, 'XXXXXX'), consents.list()[0]?.tries]).toEqual([{ left: 2 }, 1])
    expect([consents.approve(id, ''), consents.approve(id, `${code}A`)]).toEqual([{ left: 1 }, { left: 0 }])
    expect([consents.approve(id, code), consents.statusFor(id, 'mine').is]).toEqual(['over', 'denied'])
  })

  it('rule 45: ends with the door, with the app and with a change of mind', () => {
    const { home, consents, ask, app } = setUp()
    consents.open()
    const [first, second] = [idOf(ask('a')), idOf(ask('b'))]
    consents.withdraw(first, 'b')
    expect(consents.statusFor(first, 'a').is).toBe('waiting')
    consents.withdraw(first, 'a')
    expect(consents.statusFor(first, 'a').is).toBe('denied')
    const code = codeOf(consents.statusFor(second, 'b'))
    consents.close()
    expect([consents.approve(second, code), consents.statusFor(second, 'b').is, ask('c')]).toEqual(['over', 'denied', 'closed'])
    consents.open()
    const third = idOf(ask('c'))
    const letters = codeOf(consents.statusFor(third, 'c'))
    home.store.database.prepare('delete from apps where id = ?').run(app.id)
    expect([appById(home, app.id), consents.approve(third, letters), consents.statusFor(third, 'c').is]).toEqual([null, 'over', 'denied'])
  })

  it('is told to the window, times that are up too', () => {
    const home = openAna()
    const set: { work: () => void; ms: number }[] = []
    const consents = openConsents({ domain: home, timers: { set: (work, ms) => set.push({ work, ms }), clear: () => undefined } })
    let heard = 0
    const off = consents.onChange(() => heard++)
    consents.open()
    expect([heard, set.at(-1)?.ms]).toEqual([1, OPEN_MS])
    home.clock.at += OPEN_MS
    set.at(-1)?.work()
    expect([heard, consents.openUntil()]).toEqual([2, null])
    off()
    consents.open()
    expect(heard).toBe(2)
  })
})

describe('codes and tokens', () => {
  const CODE = { redirectUri: REDIRECT, verifier: null }

  function granted() {
    const { home, consents, ask, app } = setUp()
    consents.open()
    const id = idOf(ask('a'))
    consents.approve(id, codeOf(consents.statusFor(id, 'a')))
    const status = consents.statusFor(id, 'a')
    if (status.is !== 'approved') throw new Error(status.is)
    return { home, app, code: status.grant }
  }

  it('rule 45: a code that is shown again ends the token made from it', () => {
    const { home, app, code } = granted()
    const heard = appears(home)
    const made = exchangeCode(home, { appId: app.id, code, ...CODE })
    if (!made) throw new Error('no token')
    expect([tokenInfo(home, made.token)?.scopes, heard()]).toEqual([['read'], 1])
    expect(exchangeCode(home, { appId: app.id, code, ...CODE })).toBe(null)
    expect([tokenInfo(home, made.token), heard()]).toEqual([null, 2])
    expect(exchangeCode(home, { appId: app.id, code, ...CODE })).toBe(null)
  })

  it('an answer that never arrived is taken back, and the code is good again; not once the token has been used', () => {
    const { home, app, code } = granted()
    const lost = exchangeCode(home, { appId: app.id, code, ...CODE })
    lost?.takeBack()
    expect([tokenInfo(home, lost?.token ?? ''), codeSpent(home, code)]).toEqual([null, false])
    const made = exchangeCode(home, { appId: app.id, code, ...CODE })
    expect(tokenInfo(home, made?.token ?? '')).not.toBe(null)
    made?.takeBack()
    expect([tokenInfo(home, made?.token ?? '') === null, codeSpent(home, code)]).toEqual([false, true])
  })

  it('an app that is shown out is out, and its number goes to nobody else', () => {
    const { home, app, code } = granted()
    const made = exchangeCode(home, { appId: app.id, code, ...CODE })
    const [connected] = connectedApps(home)
    expect(connected).toMatchObject({ name: 'Elk', scopes: ['read'], lastUsedAt: null, push: false })
    tokenInfo(home, made?.token ?? '')
    expect(connectedApps(home)[0]?.lastUsedAt).toBe(home.clock.at)
    disconnectApp(home, connected?.id ?? 0)
    expect([connectedApps(home), tokenInfo(home, made?.token ?? '')]).toEqual([[], null])
    expect(() => disconnectApp(home, connected?.id ?? 0)).toThrow('no such app')
  })
})
