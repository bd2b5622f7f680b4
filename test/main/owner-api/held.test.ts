import { describe, expect, test } from 'vitest'
import { publishHeld } from '../../../src-main/domain/held.ts'
import { openHouse, temporaryFolder } from './house.ts'
import type { House } from './house.ts'

const DRAFT = '11111111-1111-4111-8111-111111111111'
const HOUR = 3600_000
const words = (text: string) => ({
  text,
  warning: '',
  sensitive: false,
  visibility: 'public',
  language: 'en',
  inReplyToId: null,
  editOf: null,
  mediaIds: [],
  caret: 5,
})

async function held(house: House, more: Record<string, unknown> = {}) {
  await house.call('PUT', `/api/owner/drafts/${DRAFT}`, words('Second thoughts'))
  const status = { status: 'Second thoughts', visibility: 'unlisted', draft_id: DRAFT, idempotency_key: 'k1', ...more }
  return house.call('POST', '/api/owner/held', { seconds: 10, status })
}
const home = async (house: House) => (await house.call('GET', '/api/v1/timelines/home')).body as { id: string; content: string }[]
const drafts = async (house: House) => (await house.call('GET', '/api/owner/drafts')).body as { id: string; caret: number }[]

describe('a held post', () => {
  test('waits its seconds with its draft, then goes, and the draft with it', async () => {
    const house = await openHouse()
    const answer = await held(house)
    expect(answer).toMatchObject({ status: 200, body: { draftId: DRAFT, excerpt: 'Second thoughts', editOf: null, problem: null } })
    expect(Date.parse(answer.body.until)).toBe(house.clock.at + 10_000)
    expect((await held(house)).body.id).toBe(answer.body.id)
    expect(publishHeld(house.domain)).toBe(0)
    expect([await home(house), await drafts(house)]).toMatchObject([[], [{ id: DRAFT }]])
    house.clock.at += 10_000
    expect(publishHeld(house.domain)).toBe(1)
    expect(await home(house)).toMatchObject([{ content: '<p>Second thoughts</p>', visibility: 'unlisted' }])
    expect([await drafts(house), (await house.call('GET', '/api/owner/held')).body]).toEqual([[], []])
  })

  test('comes back with its draft and its caret, and does not go', async () => {
    const house = await openHouse()
    const { id } = (await held(house)).body
    const undone = await house.call('DELETE', `/api/owner/held/${id}`)
    expect(undone.body.draft).toMatchObject({ id: DRAFT, text: 'Second thoughts', caret: 5 })
    house.clock.at += HOUR
    expect(publishHeld(house.domain)).toBe(0)
    expect(await home(house)).toEqual([])
    expect((await house.call('DELETE', `/api/owner/held/${id}`)).status).toBe(404)
  })

  test('goes at once when told', async () => {
    const house = await openHouse()
    const { id } = (await held(house)).body
    expect((await house.call('POST', `/api/owner/held/${id}/now`)).status).toBe(200)
    expect(await home(house)).toHaveLength(1)
    expect((await house.call('POST', `/api/owner/held/${id}/now`)).status).toBe(404)
  })

  test('outlives the end of the instance, and goes after the next start unless it is 12 hours late', async () => {
    const folder = temporaryFolder()
    for (const late of [11 * HOUR, 13 * HOUR]) {
      const first = await openHouse({ folder, name: late === 11 * HOUR ? 'ana' : null })
      await held(first, { idempotency_key: `k${late}` })
      const before = (await home(first)).length
      await first.close()
      const second = await openHouse({ folder, name: null })
      second.clock.at += late
      publishHeld(second.domain)
      const left = (await second.call('GET', '/api/owner/held')).body
      if (late === 11 * HOUR) expect([(await home(second)).length, left]).toEqual([before + 1, []])
      else expect([(await home(second)).length, left]).toMatchObject([before, [{ draftId: DRAFT, problem: 'late' }]])
      await second.close()
    }
  })

  test('whose answered post is gone stays with its reason; it can go as a post of its own', async () => {
    const house = await openHouse()
    const parent = (await house.call('POST', '/api/v1/statuses', { status: 'The first' })).body
    const { id } = (await held(house, { in_reply_to_id: parent.id })).body
    await house.call('DELETE', `/api/v1/statuses/${parent.id}`)
    house.clock.at += 10_000
    publishHeld(house.domain)
    expect((await house.call('GET', '/api/owner/held')).body).toMatchObject([{ id, problem: 'parent-gone' }])
    expect(publishHeld(house.domain)).toBe(0)
    expect((await house.call('POST', `/api/owner/held/${id}/now`, { alone: true })).status).toBe(200)
    expect(await home(house)).toMatchObject([{ content: '<p>Second thoughts</p>', in_reply_to_id: null }])
  })

  test('is refused like any post, and without a draft: nothing is held', async () => {
    const house = await openHouse()
    expect((await held(house, { status: '' })).status).toBe(422)
    expect((await held(house, { draft_id: 'not-a-draft' })).status).toBe(404)
    const status = { status: 'x', draft_id: DRAFT, idempotency_key: 'k' }
    expect((await house.call('POST', '/api/owner/held', { seconds: 7, status })).body.code).toBe('invalid-body')
    expect((await house.call('GET', '/api/owner/held')).body).toEqual([])
  })
})

describe('a draft of a held post that is thrown away', () => {
  test('takes the post back, and the window hears of it', async () => {
    const house = await openHouse()
    const { id } = (await held(house)).body
    const heard: unknown[] = []
    house.domain.events.listen((event) => event.type === 'held-changed' && heard.push(event.data))
    expect((await house.call('DELETE', `/api/owner/drafts/${DRAFT}`)).status).toBe(200)
    expect([await drafts(house), (await house.call('GET', '/api/owner/held')).body]).toEqual([[], []])
    expect(heard).toEqual([{ heldId: Number(id), postId: null }])
    house.clock.at += 10_000
    publishHeld(house.domain)
    expect(await home(house)).toEqual([])
  })
})
