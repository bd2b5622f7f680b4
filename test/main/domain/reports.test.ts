import { describe, expect, it } from 'vitest'
import { block } from '../../../src-main/domain/follows.ts'
import { notificationsPage } from '../../../src-main/domain/notifications.ts'
import { owner } from '../../../src-main/domain/owner.ts'
import { writePost } from '../../../src-main/domain/posts.ts'
import { receiveReport, report, reportById, reports, resolveReport } from '../../../src-main/domain/reports.ts'
import { HOUR, openAna, ORIGIN, person, received, refused } from './home.ts'

const ANA = `${ORIGIN}/users/ana`
const FLAG = { byId: null, byHost: 'tide.example', aboutUri: ANA, postUris: [], comment: 'why', uri: null }

describe('own reports', () => {
  it('name the posts of the one reported and no others, and say whether they are forwarded', () => {
    const home = openAna()
    const [bo, cy] = [person(home, 'bo'), person(home, 'cy')]
    const [theirs, others] = [received(home, bo, { uri: 'https://tide.example/notes/r1' }), received(home, cy)]
    const mine = writePost(home, { text: 'mine', visibility: 'public' }).post.id
    home.heard()
    const made = report(home, { accountId: bo, postIds: [theirs, others, mine, 99], comment: ' spam ', category: 'spam', forward: true })
    expect(made).toMatchObject({
      own: true,
      aboutId: bo,
      byId: owner(home).id,
      comment: 'spam',
      category: 'spam',
      forwarded: true,
      postUris: ['https://tide.example/notes/r1'],
      resolvedAt: null,
    })
    expect(home.heard()).toEqual([['reported', { reportId: made.id, own: true }]])
    expect(reportById(home, made.id)).toEqual(made)
    expect(notificationsPage(home, { limit: 5 })).toEqual([])
  })

  it('are refused with a reason, and nothing changes', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const ask = { accountId: bo, postIds: [], comment: '', category: 'other', forward: false }
    const before = home.picture()
    expect(refused(() => report(home, { ...ask, comment: 'x'.repeat(1001) })).reason).toBe('too-long')
    expect(refused(() => report(home, { ...ask, category: 'rude' })).reason).toBe('category-invalid')
    expect(refused(() => report(home, { ...ask, accountId: 7 })).code).toBe('not-found')
    expect(refused(() => report(home, { ...ask, accountId: owner(home).id })).reason).toBe('yourself')
    expect(home.picture()).toBe(before)
  })
})

describe('reports of other servers', () => {
  it('are told to the owner once', () => {
    const home = openAna()
    const { post } = writePost(home, { text: 'mine', visibility: 'public' })
    const actor = person(home, 'actor')
    home.heard()
    const flag = {
      ...FLAG,
      byId: actor,
      postUris: [`${ANA}/statuses/${post.id}`, 'https://tide.example/notes/1'],
      uri: 'https://tide.example/flags/1',
    }
    const got = receiveReport(home, flag)
    expect(got).toMatchObject({
      own: false,
      byId: actor,
      byHost: 'tide.example',
      aboutId: null,
      postUris: [`${ANA}/statuses/${post.id}`],
      comment: 'why',
    })
    expect(receiveReport(home, flag)).toBeNull()
    expect(notificationsPage(home, { limit: 5 })).toMatchObject([{ type: 'report', accountId: actor, subjectId: got?.id, postId: null }])
    expect(home.heard().map(([type]) => type)).toEqual(['reported', 'notified'])
    home.clock.at += HOUR
    expect(resolveReport(home, got?.id as number).resolvedAt).toBe(home.clock.at)
    const at = home.clock.at
    home.clock.at += HOUR
    expect(resolveReport(home, got?.id as number).resolvedAt).toBe(at)
    expect(refused(() => resolveReport(home, 5)).code).toBe('not-found')
  })

  it('about anybody else, or from somebody blocked, are not kept', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    block(home, bo)
    expect(receiveReport(home, { ...FLAG, aboutUri: 'https://tide.example/users/bo' })).toBeNull()
    expect(receiveReport(home, { ...FLAG, aboutUri: null, postUris: ['https://tide.example/notes/1'] })).toBeNull()
    expect(receiveReport(home, { ...FLAG, byId: bo })).toBeNull()
    expect(home.rows('reports')).toBe(0)
  })

  it('rule 39: of one server are twenty a day, and its flood does not hide the others', () => {
    const home = openAna()
    for (let i = 0; i < 30; i++) receiveReport(home, { ...FLAG, uri: `https://tide.example/flags/${i}`, comment: 'x'.repeat(5000) })
    expect(home.rows('reports')).toBe(20)
    expect(reports(home)[0]?.comment).toHaveLength(1000)
    expect(receiveReport(home, { ...FLAG, byHost: 'other.example', uri: 'https://other.example/flags/1' })).not.toBeNull()
    home.clock.at += 25 * HOUR
    expect(receiveReport(home, { ...FLAG, uri: 'https://tide.example/flags/late' })).not.toBeNull()
  })
})
