import { describe, expect, it } from 'vitest'
import { receiveFollow, block } from '../../../src-main/domain/follows.ts'
import { loadPost } from '../../../src-main/domain/loading.ts'
import { notificationsPage } from '../../../src-main/domain/notifications.ts'
import { endPolls, nextPollEnd, pollOf, receiveTally, receiveVote, vote, voteById } from '../../../src-main/domain/polls.ts'
import { deletePost, editPost, markGone, receiveEdit, releasePost, writePost } from '../../../src-main/domain/posts.ts'
import { searchPosts } from '../../../src-main/domain/search.ts'
import { HOUR, MINUTE, NOON, openAna, person, received, refused, remotePost, upload } from './home.ts'
import type { NewPoll, RemotePoll } from '../../../src-main/domain/polls.ts'
import type { Home } from './home.ts'

const TEA: NewPoll = { options: ['Tea', 'Coffee'], multiple: false, expiresIn: HOUR }

/** An own poll that has left. */
function asked(home: Home, poll: Partial<NewPoll> = {}, visibility: 'public' | 'private' = 'public'): number {
  const { post } = writePost(home, { text: 'What?', visibility, poll: { ...TEA, ...poll } })
  releasePost(home, post.id, home.clock.at)
  home.heard()
  return post.id
}
const votes = (home: Home, postId: number) => pollOf(home, postId)?.options.map((option) => option.votes)
const cast = (home: Home, postId: number, accountId: number, name: string, at = home.clock.at) =>
  receiveVote(home, { postId, accountId, name, uri: null, at })

describe('a poll of the owner', () => {
  it('is a Question whose end counts from when it leaves, and can be found by its answers', async () => {
    const home = openAna()
    const { post } = writePost(home, { text: 'What?', visibility: 'public', poll: TEA })
    expect(post.type).toBe('Question')
    expect(pollOf(home, post.id)).toMatchObject({ endsAt: NOON + HOUR, own: true, voters: 0, multiple: false, ownVotes: [] })
    home.clock.at += 3 * HOUR
    // Wet ink runs out of no time.
    expect([endPolls(home), nextPollEnd(home)]).toEqual([0, null])
    releasePost(home, post.id, home.clock.at)
    expect(pollOf(home, post.id)?.endsAt).toBe(NOON + 4 * HOUR)
    expect(nextPollEnd(home)).toBe(NOON + 4 * HOUR)
    expect(await searchPosts(home, 'coffee has:poll', { limit: 5 })).toEqual([post.id])
  })

  it.each<[string, Partial<NewPoll>]>([
    ['poll-too-few', { options: ['one', '  '] }],
    ['poll-too-many', { options: [...'abcdefghi'] }],
    ['poll-option-too-long', { options: ['a', 'x'.repeat(101)] }],
    ['poll-duplicate', { options: ['Tea', ' Tea '] }],
    ['poll-expiry', { expiresIn: 4 * MINUTE }],
    ['poll-expiry', { expiresIn: 31 * 24 * HOUR }],
    ['poll-expiry', { expiresIn: Number.NaN }],
  ])('is refused as %s and nothing is written', (reason, change) => {
    const home = openAna()
    const before = home.picture()
    expect(refused(() => writePost(home, { text: 'What?', visibility: 'public', poll: { ...TEA, ...change } })).reason).toBe(reason)
    expect(home.picture()).toBe(before)
  })

  it('goes without pictures', () => {
    const home = openAna()
    const mediaIds = [upload(home)]
    expect(refused(() => writePost(home, { text: 'What?', visibility: 'public', poll: TEA, mediaIds })).reason).toBe('poll-with-media')
    const { post } = writePost(home, { text: 'What?', visibility: 'public', poll: TEA })
    expect(refused(() => editPost(home, post.id, { text: 'What?', mediaIds })).reason).toBe('poll-with-media')
  })

  it('rule 12: counts one vote for each person, for answers there are, while it is open', () => {
    const home = openAna()
    const id = asked(home)
    const [bo, cy] = [person(home, 'bo'), person(home, 'cy')]
    expect(cast(home, id, bo, 'Tea')).toBe(true)
    expect(home.heard()).toEqual([['poll-changed', { postId: id, own: true, ended: false }]])
    const other = received(home, bo)
    const before = home.picture()
    expect(cast(home, id, bo, 'Tea')).toBe(false)
    expect(cast(home, id, bo, 'Coffee')).toBe(false)
    expect(cast(home, id, cy, 'Milk')).toBe(false)
    expect(cast(home, id, cy, 'tea')).toBe(false)
    expect(cast(home, id, cy, 'Tea', NOON + HOUR)).toBe(false)
    expect(cast(home, other, cy, 'Tea')).toBe(false)
    expect(home.picture()).toBe(before)
    expect(pollOf(home, id)).toMatchObject({ options: [{ votes: 1 }, { votes: 0 }], voters: 1 })
    // Judged by when it came, not by when it is looked at.
    home.clock.at += 2 * HOUR
    endPolls(home)
    expect(cast(home, id, cy, 'Coffee', NOON + MINUTE)).toBe(true)
    expect(pollOf(home, id)).toMatchObject({ options: [{ votes: 1 }, { votes: 1 }], voters: 2 })
  })

  it('rule 12: of several answers counts each once, and the person once', () => {
    const home = openAna()
    const id = asked(home, { multiple: true })
    const bo = person(home, 'bo')
    expect([cast(home, id, bo, 'Tea'), cast(home, id, bo, 'Coffee'), cast(home, id, bo, 'Tea')]).toEqual([true, true, false])
    expect(pollOf(home, id)).toMatchObject({ options: [{ votes: 1 }, { votes: 1 }], voters: 1 })
  })

  it('rule 12: has no votes of the owner, of blocked people, of those who cannot see it, and none before it has left', () => {
    const home = openAna()
    const id = asked(home, {}, 'private')
    const [bo, cy] = [person(home, 'bo'), person(home, 'cy')]
    expect(cast(home, id, bo, 'Tea')).toBe(false)
    receiveFollow(home, { accountId: bo, uri: 'https://tide.example/f/1' })
    expect(cast(home, id, bo, 'Tea')).toBe(true)
    const open = asked(home)
    block(home, cy)
    expect(cast(home, open, cy, 'Tea')).toBe(false)
    const owner = loadPost(home, id)?.accountId as number
    expect(cast(home, open, owner, 'Tea')).toBe(false)
    expect(refused(() => vote(home, open, [0])).reason).toBe('own-poll')
    const { post: wet } = writePost(home, { text: 'What?', visibility: 'public', poll: TEA })
    expect(cast(home, wet.id, bo, 'Tea')).toBe(false)
  })

  it('ends once, at its time, and the owner is told', () => {
    const home = openAna()
    const id = asked(home)
    home.clock.at += HOUR - 1
    expect(endPolls(home)).toBe(0)
    home.clock.at += 1
    expect([endPolls(home), endPolls(home)]).toEqual([1, 0])
    expect(pollOf(home, id)?.closedAt).toBe(NOON + HOUR)
    expect(home.heard().find(([type]) => type === 'poll-changed')).toEqual(['poll-changed', { postId: id, own: true, ended: true }])
    expect(notificationsPage(home, { limit: 5 })).toMatchObject([{ type: 'poll', postId: id }])
    expect(nextPollEnd(home)).toBe(null)
  })

  it('begins anew with other answers, keeps its votes with the same ones, and can be taken out', () => {
    const home = openAna()
    const id = asked(home)
    cast(home, id, person(home, 'bo'), 'Tea')
    editPost(home, id, { text: 'What then?', poll: TEA })
    expect(votes(home, id)).toEqual([1, 0])
    home.clock.at += MINUTE
    expect(editPost(home, id, { text: 'What then?', poll: { ...TEA, options: ['Tea', 'Cocoa'] } }).editedAt).toBe(home.clock.at)
    expect(votes(home, id)).toEqual([0, 0])
    expect(home.rows('votes')).toBe(0)
    expect(editPost(home, id, { text: 'Well', poll: null }).type).toBe('Note')
    expect(pollOf(home, id)).toBe(null)
  })

  it('is counted anew when a voter is gone, and goes with its post', () => {
    const home = openAna()
    const id = asked(home)
    cast(home, id, person(home, 'bo'), 'Tea')
    cast(home, id, person(home, 'cy'), 'Tea')
    markGone(home, 'https://tide.example/users/bo')
    expect(pollOf(home, id)).toMatchObject({ options: [{ votes: 1 }, { votes: 0 }], voters: 1 })
    deletePost(home, id)
    expect([home.rows('polls'), home.rows('votes')]).toEqual([0, 0])
  })
})

describe('a poll of somebody', () => {
  const poll = (change: Partial<RemotePoll> = {}): RemotePoll => ({
    multiple: false,
    options: [
      { title: 'Gulls', votes: 3 },
      { title: 'Terns', votes: 1 },
    ],
    voters: 4,
    endsAt: NOON + HOUR,
    closedAt: null,
    ...change,
  })
  const question = (home: Home, change: Partial<RemotePoll> = {}) =>
    received(home, person(home, 'bo'), { type: 'Question', uri: 'https://tide.example/q/1', poll: poll(change) })

  it('is kept with its numbers, and the owner’s vote raises them until the next tally', async () => {
    const home = openAna()
    const id = question(home)
    home.heard()
    expect(vote(home, id, [1])).toMatchObject({ ownVotes: [1], voters: 5, options: [{ votes: 3 }, { votes: 2 }] })
    const [[type, data]] = home.heard() as [[string, { voteIds: number[] }]]
    expect(type).toBe('voted')
    expect(voteById(home, data.voteIds[0] as number)).toMatchObject({ postId: id, choice: 1, title: 'Terns' })
    expect(
      receiveTally(
        home,
        id,
        poll({
          options: [
            { title: 'Gulls', votes: 5 },
            { title: 'Terns', votes: 3 },
          ],
          voters: 8,
        }),
      ),
    ).toBe(true)
    expect(pollOf(home, id)).toMatchObject({ ownVotes: [1], voters: 8, options: [{ votes: 5 }, { votes: 3 }] })
    expect(await searchPosts(home, 'terns', { limit: 5 })).toEqual([id])
  })

  it('takes one vote of the owner, for answers it has, while it is open', () => {
    const home = openAna()
    const id = question(home)
    for (const choices of [[], [2], [-1], [0.5], [0, 1], [Number.NaN]]) {
      expect(refused(() => vote(home, id, choices)).reason).toBe('choice-invalid')
    }
    vote(home, id, [0])
    expect(refused(() => vote(home, id, [1])).reason).toBe('already-voted')
    expect(votes(home, id)).toEqual([4, 1])
    expect(refused(() => vote(home, received(home, person(home, 'bo')), [0])).code).toBe('not-found')
    const many = received(home, person(home, 'bo'), { type: 'Question', poll: poll({ multiple: true }) })
    expect(vote(home, many, [1, 0, 1])).toMatchObject({ ownVotes: [0, 1], voters: 5 })
    home.clock.at += HOUR
    const late = received(home, person(home, 'bo'), { type: 'Question', poll: poll() })
    expect(refused(() => vote(home, late, [0])).reason).toBe('poll-closed')
  })

  it('rule 12: a tally with other answers is none, a number out of reason is bounded, and ended stays ended', () => {
    const home = openAna()
    const id = question(home)
    expect(receiveTally(home, id, poll({ options: [{ title: 'Gulls', votes: 9 }] }))).toBe(false)
    expect(receiveTally(home, id, poll({ multiple: true }))).toBe(false)
    expect(receiveTally(home, id, poll())).toBe(false)
    expect(receiveTally(home, asked(home), poll())).toBe(false)
    receiveTally(
      home,
      id,
      poll({
        options: [
          { title: 'Gulls', votes: -5 },
          { title: 'Terns', votes: Number.POSITIVE_INFINITY },
        ],
      }),
    )
    expect(votes(home, id)).toEqual([0, 0])
    receiveTally(home, id, poll({ closedAt: NOON - MINUTE }))
    receiveTally(home, id, poll())
    expect(pollOf(home, id)?.closedAt).toBe(NOON - MINUTE)
  })

  it('tells the owner of its end only after a vote', () => {
    const home = openAna()
    const [voted, watched] = [question(home), received(home, person(home, 'bo'), { type: 'Question', poll: poll() })]
    vote(home, voted, [0])
    home.clock.at += HOUR
    expect(endPolls(home)).toBe(2)
    expect(notificationsPage(home, { limit: 5 })).toMatchObject([{ type: 'poll', postId: voted }])
    expect(pollOf(home, watched)?.closedAt).toBe(NOON + HOUR)
  })

  it('an Update without a time is a tally; one with a time and other answers is an edit that takes the vote back', () => {
    const home = openAna()
    const id = question(home)
    const bo = person(home, 'bo')
    vote(home, id, [0])
    const update = (change: Partial<RemotePoll>, edited: number | null) =>
      receiveEdit(home, remotePost(bo, { type: 'Question', uri: 'https://tide.example/q/1', poll: poll(change), edited }))
    expect(update({ voters: 9 }, null)).toBe(true)
    expect(pollOf(home, id)).toMatchObject({ voters: 9, ownVotes: [0] })
    expect(home.rows('edits')).toBe(0)
    expect(
      update(
        {
          options: [
            { title: 'Gulls', votes: 0 },
            { title: 'Auks', votes: 0 },
          ],
          voters: 0,
        },
        NOON,
      ),
    ).toBe(true)
    expect(pollOf(home, id)).toMatchObject({ ownVotes: [], options: [{ title: 'Gulls' }, { title: 'Auks' }] })
    expect(home.rows('edits')).toBe(1)
  })

  it('rule 26: has at most a hundred answers', () => {
    const home = openAna()
    const options = Array.from({ length: 300 }, (_, i) => ({ title: `${i}${'x'.repeat(600)}`, votes: 0 }))
    const id = question(home, { options })
    expect(pollOf(home, id)?.options.length).toBe(100)
    expect(pollOf(home, id)?.options[99]?.title.length).toBe(500)
  })
})
