import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConnectionReason, DeliveryFailureCode, OutboxItem, OutboxKind, OutboxState } from '../../src-main/owner-api/contract.ts'
import { connectionSentence } from '../../src-renderer/components/shell/connection.ts'
import { failureWords, firstLine, kinds, stateWords } from '../../src-renderer/components/outbox/words.ts'
import { overwriteGetLocale } from '../../src-renderer/locales/generated/runtime.js'

const failureCodes = {
  'no-answer': 1,
  timeout: 1,
  refused: 1,
  unauthorized: 1,
  gone: 1,
  'not-found': 1,
  rejected: 1,
  'rate-limited': 1,
  'server-error': 1,
  tls: 1,
  dns: 1,
  'address-not-allowed': 1,
  'account-not-found': 1,
  moved: 1,
  'poll-over': 1,
} satisfies Record<DeliveryFailureCode, 1>
const reasons = {
  'no-network': 1,
  'tunnel-unreachable': 1,
  'tunnel-closed': 1,
  'name-taken': 1,
  'not-answering': 1,
  'wrong-key': 1,
  'clock-skew': 1,
  'disk-full': 1,
} satisfies Record<ConnectionReason, 1>

const item = (more: Partial<OutboxItem>): OutboxItem => ({
  id: '1',
  kind: 'post',
  state: 'waiting',
  postId: '1',
  accountId: null,
  excerpt: 'Third evening',
  acct: 'bo@tide.example',
  createdAt: '',
  sentAt: null,
  delivered: 0,
  total: 214,
  nextAttemptAt: null,
  cancellable: true,
  asks: false,
  writtenAt: null,
  failures: [],
  ...more,
})
let language: 'en' | 'fr' = 'en'
beforeEach(() => overwriteGetLocale(() => language))
afterEach(() => (language = 'en'))

describe.each(['en', 'fr'] as const)('words of the outbox in %s', (locale) => {
  beforeEach(() => (language = locale))

  it('say of every failure what happened, each differently, and where', () => {
    const said = Object.keys(failureCodes).map((code) =>
      failureWords({ host: 'tide.example', code: code as DeliveryFailureCode, status: null, at: '', final: true }, 'bo@tide.example'),
    )
    expect(new Set(said).size).toBe(said.length)
    for (const sentence of said) expect(sentence).toMatch(/tide\.example.*\.$|\.$/)
    expect(said.every((sentence) => sentence.includes('tide.example'))).toBe(true)
  })

  it('say every reason of the connection, each differently', () => {
    const connection = {
      since: '',
      origin: 'https://ada.example',
      handle: '',
      tunnel: 'none',
      trial: false,
      seenAt: null,
      nextAttemptAt: null,
      waiting: 0,
      failed: 0,
    } as const
    const said = Object.keys(reasons).map((reason) =>
      connectionSentence({ ...connection, state: 'unreachable', reason: reason as ConnectionReason }, 0, locale),
    )
    expect(new Set(said).size).toBe(said.length)
    for (const sentence of said) expect(sentence).toMatch(/\.$/)
  })

  it('begin every kind of row with something to read', () => {
    for (const kind of Object.keys(kinds) as OutboxKind[])
      expect(firstLine(item({ kind, excerpt: null })).trim().length, kind).toBeGreaterThan(3)
  })

  it('tell waiting, leaving, partly and not at all apart', () => {
    const words = (state: OutboxState, more: Partial<OutboxItem> = {}, connection: 'online' | 'offline' | 'no-address' = 'offline') =>
      stateWords(item({ state, ...more }), { state: connection }, { sent: null })
    const said = [
      words('waiting'),
      words('waiting', {}, 'online'),
      words('waiting', {}, 'no-address'),
      words('sending', { delivered: 12 }),
      words('failed'),
      words('failed', { delivered: 3 }),
    ]
    expect(new Set(said).size).toBe(said.length)
    expect(words('sending', { delivered: 12 })).toContain('12')
    expect(words('sending', { delivered: 12 })).toContain('214')
  })
})

describe('a failure', () => {
  it('names the answer of the server, and the account that is not there', () => {
    const failure = { host: 'tide.example', code: 'rejected' as const, status: 403, at: '', final: true }
    expect(failureWords(failure, null)).toContain('403')
    expect(failureWords({ ...failure, code: 'account-not-found', status: null }, 'nobody@tide.example')).toBe(
      'There is nobody at @nobody@tide.example.',
    )
    expect(failureWords({ ...failure, host: '', status: null }, null)).toMatch(/^The other server/)
  })
})
