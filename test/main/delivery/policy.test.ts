import { describe, expect, test } from 'vitest'
import { decide, PATIENCE_MS, type Before, type Decision, type Outcome } from '../../../src-main/delivery/policy.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOW = 1_000_000
const fresh: Before = { attempts: 0, error: null, waited: 0 }
const said = (status: number, retryAfter: number | null = null): Outcome => ({ status, code: null, ours: false, retryAfter })
const silent = (code: Outcome['code']): Outcome => ({ status: null, code, ours: false, retryAfter: null })

/** All that happens to a delivery whose inbox always answers so: the waits, and how it ends. */
function fate(outcome: Outcome, random = 0.5): { waits: number[]; end: Decision } {
  const waits: number[] = []
  let before = fresh
  for (;;) {
    const decision = decide(outcome, before, NOW, random)
    if (decision.kind !== 'again') return { waits, end: decision }
    const wait = decision.at - NOW
    waits.push(wait)
    before = { attempts: decision.attempts, error: decision.code, waited: before.waited + wait }
  }
}
const days = (waits: number[]): number => waits.reduce((sum, wait) => sum + wait, 0) / DAY

describe('the table of federation.md 3.1', () => {
  test.each([200, 201, 202, 204])('%i has arrived', (status) =>
    expect(decide(said(status), fresh, NOW, 0.5)).toEqual({ kind: 'delivered' }),
  )

  test.each([400, 402, 405, 406, 409, 411, 413, 414, 415, 422, 426, 431, 451, 501])('%i is dropped at once', (status) =>
    expect(fate(said(status))).toEqual({ waits: [], end: { kind: 'given-up', code: 'rejected', absent: false, moved: false } }),
  )

  test.each([
    [404, 'not-found'],
    [410, 'gone'],
  ])('%i is dropped at once, and says that nobody may be there', (status, code) =>
    expect(fate(said(status))).toEqual({ waits: [], end: { kind: 'given-up', code, absent: true, moved: false } }),
  )

  test.each([401, 403])('%i: three slow tries more, then it ends', (status) =>
    expect(fate(said(status))).toEqual({
      waits: [30 * MINUTE, HOUR, 2 * HOUR],
      end: { kind: 'given-up', code: 'unauthorized', absent: false, moved: false },
    }),
  )

  test.each([301, 302, 303, 307, 308])('%i: its people are looked up each time', (status) => {
    const first = decide(said(status), fresh, NOW, 0.5)
    expect(first).toMatchObject({ kind: 'again', at: NOW + 2 * MINUTE, moved: true, hostFailed: false })
    expect(fate(said(status))).toMatchObject({
      waits: [2 * MINUTE, 30 * MINUTE, HOUR],
      end: { kind: 'given-up', moved: true, absent: false },
    })
  })

  test.each([408, 421, 425, 429, 500, 502, 503, 504, 520, 599])('%i is tried again for over a week', (status) => {
    const { waits, end } = fate(said(status))
    expect(waits.slice(0, 5)).toEqual([1, 2, 4, 8, 16].map((minutes) => minutes * MINUTE))
    expect(Math.max(...waits)).toBe(12 * HOUR)
    expect(end).toMatchObject({ kind: 'given-up', absent: false })
    expect(decide(said(status), fresh, NOW, 0.5)).toMatchObject({ hostFailed: status >= 500 })
  })

  test.each(['no-answer', 'timeout', 'refused', 'tls', 'dns'] as const)('%s is tried again for over a week', (code) => {
    for (const random of [0, 0.5, 1]) {
      const { waits, end } = fate(silent(code), random)
      expect(days(waits)).toBeGreaterThanOrEqual(7)
      expect(days(waits)).toBeLessThan(8)
      expect(end).toMatchObject({ kind: 'given-up', code })
    }
  })

  test('what we cut off ourselves, and what is our own fault, counts for nothing', () => {
    expect(decide({ ...silent(null) }, fresh, NOW, 0.5)).toEqual({ kind: 'held' })
    expect(decide({ ...silent('refused'), ours: true }, fresh, NOW, 0.5)).toEqual({ kind: 'held' })
    expect(decide({ ...silent('dns'), ours: true }, { attempts: 30, error: 'dns', waited: PATIENCE_MS }, NOW, 0.5)).toEqual({
      kind: 'held',
    })
  })
})

describe('waits', () => {
  test('are spread by a fifth either way', () => {
    const at = (random: number) =>
      (decide(said(500), { attempts: 3, error: 'server-error', waited: 0 }, NOW, random) as { at: number }).at - NOW
    expect([at(0), at(0.5), at(1)]).toEqual([0.8 * 8 * MINUTE, 8 * MINUTE, 1.2 * 8 * MINUTE])
  })

  test('are as long as the server asks, up to a day, and never shorter than ours', () => {
    expect(decide(said(429, 3 * HOUR), fresh, NOW, 0.5)).toMatchObject({ at: NOW + 3 * HOUR, quietUntil: NOW + 3 * HOUR })
    expect(decide(said(503, 30 * DAY), fresh, NOW, 0.5)).toMatchObject({ at: NOW + DAY, quietUntil: NOW + DAY })
    expect(decide(said(503, 1_000), fresh, NOW, 0.5)).toMatchObject({ at: NOW + MINUTE, quietUntil: NOW + 1_000 })
    expect(decide(said(503, 0), fresh, NOW, 0.5)).toMatchObject({ at: NOW + MINUTE, quietUntil: null })
  })

  test('an outage is no refusal: each is counted for itself', () => {
    const afterOutage = decide(said(401), { attempts: 9, error: 'server-error', waited: 2 * DAY }, NOW, 0.5)
    expect(afterOutage).toMatchObject({ kind: 'again', attempts: 1, at: NOW + 30 * MINUTE })
    const afterRefusals = decide(said(503), { attempts: 3, error: 'unauthorized', waited: 0 }, NOW, 0.5)
    expect(afterRefusals).toMatchObject({ kind: 'again', attempts: 1, at: NOW + MINUTE })
  })
})
