import { describe, expect, it } from 'vitest'
import { block, mute, receiveBlock, receiveFollow } from '../../../src-main/domain/follows.ts'
import { loadPost } from '../../../src-main/domain/loading.ts'
import { notificationsPage } from '../../../src-main/domain/notifications.ts'
import {
  deletePost,
  editPost,
  postById,
  receiveEdit,
  receivePost,
  releasePost,
  removeRemotePost,
  writePost,
} from '../../../src-main/domain/posts.ts'
import {
  mayQuote,
  quotesOf,
  receiveQuoteRequest,
  revokeQuote,
  revokeStamp,
  setQuotePolicy,
  settleQuote,
  stampById,
} from '../../../src-main/domain/quotes.ts'
import { updateSettings } from '../../../src-main/domain/settings.ts'
import { followed, NOON, openAna, person, received, refused, remotePost } from './home.ts'
import type { InteractionPolicy, Post } from '../../../src-main/domain/types.ts'
import type { Home } from './home.ts'

const STAMP = 'https://tide.example/stamps/1'
const quote = (...audience: ('public' | 'followers' | 'following' | 'owner' | 'others' | 'author')[]): InteractionPolicy => ({
  quote: { automatic: audience, manual: [] },
})
const own = (home: Home, change: Partial<Parameters<typeof writePost>[1]> = {}): number => {
  const { post } = writePost(home, { text: 'Mine', visibility: 'public', ...change })
  releasePost(home, post.id, home.clock.at)
  return post.id
}
const state = (home: Home, id: number) => postById(home, id)?.quoteState
const types = (home: Home) => home.heard().map(([type]) => type)

describe('the owner quotes', () => {
  it('somebody: their author is asked, and it is shown once they agree', () => {
    const home = openAna()
    const theirs = received(home, person(home, 'bo'), { policy: quote('public') })
    home.heard()
    const { post } = writePost(home, { text: 'Look', visibility: 'public', quoteOf: theirs })
    expect(types(home)).toEqual(['post-written', 'quote-asked'])
    expect(post).toMatchObject({ quoteOf: theirs, quoteState: 'pending', quoteStamp: null })
    expect([loadPost(home, post.id)?.quote, postById(home, theirs)?.quotesCount]).toEqual([null, 0])
    expect(settleQuote(home, post.id, { state: 'accepted', stamp: STAMP })).toBe(true)
    expect(settleQuote(home, post.id, { state: 'accepted', stamp: STAMP })).toBe(false)
    expect(types(home)).toEqual(['quote-changed'])
    expect(loadPost(home, post.id)).toMatchObject({ quoteStamp: STAMP, quote: { id: theirs, quote: null } })
    expect(postById(home, theirs)?.quotesCount).toBe(1)
    expect(quotesOf(home, theirs, { limit: 5 })).toEqual([post.id])
    deletePost(home, post.id)
    expect(postById(home, theirs)?.quotesCount).toBe(0)
  })

  it('own posts at once, without asking; what is for followers stays so', () => {
    const home = openAna()
    const mine = own(home, { visibility: 'private' })
    home.heard()
    const { post } = writePost(home, { text: '', visibility: 'public', quoteOf: mine })
    expect(types(home)).toEqual(['post-written'])
    expect(post).toMatchObject({ quoteState: 'accepted', visibility: 'private' })
    expect(loadPost(home, post.id)?.quote?.id).toBe(mine)
    expect(refused(() => writePost(home, { text: 'x', visibility: 'public', quoteOf: own(home, { visibility: 'direct' }) })).reason).toBe(
      'quote-denied',
    )
  })

  it.each<[string, InteractionPolicy | null, 'automatic' | 'manual' | 'denied' | 'unknown']>([
    ['everybody', quote('public'), 'automatic'],
    ['nobody', quote('author'), 'denied'],
    ['followers, of whom the owner is none', quote('followers'), 'denied'],
    ['people followed, of whom the owner is none', quote('following'), 'denied'],
    ['the owner by name', quote('owner'), 'automatic'],
    ['others by name', quote('others'), 'denied'],
    ['everybody after asking', { quote: { automatic: [], manual: ['public'] } }, 'manual'],
    ['nobody, since the list is empty', { quote: { automatic: [], manual: [] } }, 'denied'],
    ['whom its author does not say', null, 'unknown'],
  ])('a post open to %s: as far as it goes', (_name, policy, expected) => {
    const home = openAna()
    const id = received(home, person(home, 'bo'), { policy })
    expect(mayQuote(home, postById(home, id) as Post)).toBe(expected)
    expect(loadPost(home, id)?.quotable).toBe(expected)
    const before = home.picture()
    const write = () => writePost(home, { text: 'x', visibility: 'public', quoteOf: id })
    if (expected === 'denied') {
      expect(refused(write).reason).toBe('quote-denied')
      expect(home.picture()).toBe(before)
    } else expect(write().post.quoteState).toBe('pending')
  })

  it('as a follower, as one followed, and not where blocked', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const cy = person(home, 'cy')
    const [one, two] = [received(home, bo, { policy: quote('followers') }), received(home, cy, { policy: quote('following') })]
    receiveFollow(home, { accountId: cy, uri: 'https://tide.example/f/1' })
    expect([loadPost(home, one)?.quotable, loadPost(home, two)?.quotable]).toEqual(['automatic', 'automatic'])
    receiveBlock(home, { accountId: cy, uri: null })
    expect(loadPost(home, received(home, cy, { policy: quote('public') }))?.quotable).toBe('denied')
  })

  it('never what was not written for everybody', () => {
    const home = openAna()
    const id = received(home, followed(home, 'bo'), { visibility: 'private', policy: quote('public') })
    expect(refused(() => writePost(home, { text: 'x', visibility: 'private', quoteOf: id })).reason).toBe('quote-denied')
  })

  it('in a private mention only those it mentions', () => {
    const home = openAna()
    const theirs = received(home, person(home, 'bo'), { policy: quote('public') })
    const write = (text: string) => writePost(home, { text, visibility: 'direct', quoteOf: theirs })
    expect(refused(() => write('@cy@tide.example look')).reason).toBe('quote-unmentioned')
    expect(write('@bo@tide.example look').post.quoteState).toBe('pending')
  })

  it('and hears when what was quoted is edited; when it is deleted, the quote is gone', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const theirs = received(home, bo, { uri: 'https://tide.example/n/1', policy: quote('public') })
    const mine = own(home, { quoteOf: theirs })
    settleQuote(home, mine, { state: 'accepted', stamp: STAMP })
    receiveEdit(home, remotePost(bo, { uri: 'https://tide.example/n/1', content: '<p>New</p>', edited: NOON }))
    expect(notificationsPage(home, { limit: 5 })).toMatchObject([{ type: 'quote-edit', postId: theirs }])
    home.heard()
    removeRemotePost(home, 'https://tide.example/n/1', 'https://tide.example/users/bo')
    expect(postById(home, mine)).toMatchObject({ quoteState: 'deleted', quoteOf: null })
    expect(types(home)).toContain('quote-changed')
  })
})

describe('a quote that comes in', () => {
  const quoting = (home: Home, by: number, uri: string, stamp: string | null = null, change = {}) =>
    received(home, by, { uri: `https://tide.example/quoting/${by}`, quote: { uri, stamp }, ...change })

  it('rule 14: is shown only once its stamp was checked', () => {
    const home = openAna()
    const theirs = received(home, person(home, 'cy', 'rock.example'), { uri: 'https://rock.example/n/1' })
    const id = quoting(home, person(home, 'bo'), 'https://rock.example/n/1', STAMP)
    expect(loadPost(home, id)).toMatchObject({ quoteOf: theirs, quoteState: 'pending', quote: null })
    settleQuote(home, id, { state: 'accepted' })
    expect(loadPost(home, id)?.quote?.id).toBe(theirs)
    const without = received(home, person(home, 'di'), { quote: { uri: 'https://rock.example/n/1', stamp: null } })
    expect(loadPost(home, without)).toMatchObject({ quoteState: 'unverified', quote: null })
  })

  it('of its author’s own needs no stamp, whichever comes first', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const id = quoting(home, bo, 'https://tide.example/n/9')
    expect(state(home, id)).toBe('unverified')
    const theirs = received(home, bo, { uri: 'https://tide.example/n/9' })
    expect(loadPost(home, id)).toMatchObject({ quoteState: 'accepted', quoteOf: theirs, quote: { id: theirs } })
    expect(postById(home, theirs)?.quotesCount).toBe(1)
  })

  it('rule 14: two posts that quote each other, and one that quotes itself, are read to an end', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const [a, b] = ['https://tide.example/n/a', 'https://tide.example/n/b']
    const one = received(home, bo, { uri: a, quote: { uri: b, stamp: null } })
    const two = received(home, bo, { uri: b, quote: { uri: a, stamp: null } })
    expect(loadPost(home, one)).toMatchObject({ quote: { id: two, quote: null } })
    expect(loadPost(home, two)).toMatchObject({ quote: { id: one, quote: null } })
    const self = received(home, bo, { uri: 'https://tide.example/n/c', quote: { uri: 'https://tide.example/n/c', stamp: STAMP } })
    expect(loadPost(home, self)).toMatchObject({ quoteOf: null, quoteState: null, quote: null })
    expect(settleQuote(home, self, { state: 'accepted', quoteOf: self })).toBe(false)
  })

  it('rule 17: never shows what was written for followers in somebody else’s post, stamp or not', () => {
    const home = openAna()
    const secret = received(home, followed(home, 'cy', 'rock.example'), { uri: 'https://rock.example/n/1', visibility: 'private' })
    const id = quoting(home, person(home, 'bo'), 'https://rock.example/n/1', STAMP)
    expect(
      settleQuote(home, received(home, person(home, 'di'), { quote: { uri: 'https://rock.example/n/2', stamp: STAMP } }), {
        state: 'accepted',
      }),
    ).toBe(false)
    settleQuote(home, id, { state: 'accepted', quoteOf: secret })
    expect(loadPost(home, id)).toMatchObject({ quoteState: 'rejected', quote: null })
  })

  it('rule 16: of somebody blocked or muted is kept back, and says why', () => {
    const home = openAna()
    const cy = person(home, 'cy', 'rock.example')
    received(home, cy, { uri: 'https://rock.example/n/1' })
    const id = quoting(home, person(home, 'bo'), 'https://rock.example/n/1', STAMP)
    settleQuote(home, id, { state: 'accepted' })
    mute(home, cy)
    expect(loadPost(home, id)).toMatchObject({ quote: null, quoteHidden: 'muted' })
    block(home, cy)
    expect(loadPost(home, id)).toMatchObject({ quote: null, quoteHidden: 'blocked' })
  })

  it('gets its stamp by an Update that is no edit, and loses it by an edit without a quote', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    received(home, person(home, 'cy', 'rock.example'), { uri: 'https://rock.example/n/1' })
    const id = quoting(home, bo, 'https://rock.example/n/1')
    const again = (stamp: string | null, change = {}) =>
      receiveEdit(
        home,
        remotePost(bo, { uri: `https://tide.example/quoting/${bo}`, quote: { uri: 'https://rock.example/n/1', stamp }, ...change }),
      )
    expect(again(STAMP)).toBe(true)
    expect([state(home, id), home.rows('edits')]).toEqual(['pending', 0])
    settleQuote(home, id, { state: 'accepted' })
    // What was checked stays checked, whatever the same post says next.
    expect(again('https://tide.example/stamps/2')).toBe(false)
    expect(again(null)).toBe(false)
    expect(state(home, id)).toBe('accepted')
    again(null, { quote: null, edited: NOON, content: '<p>Plain</p>' })
    expect(postById(home, id)).toMatchObject({ quoteState: null, quoteOf: null, quoteUri: null })
  })

  it('rule 6: loses its stamp by the word of the quoted author only', () => {
    const home = openAna()
    const [bo, cy] = [person(home, 'bo'), person(home, 'cy', 'rock.example')]
    const theirs = received(home, cy, { uri: 'https://rock.example/n/1' })
    const stamp = 'https://rock.example/stamps/1'
    const id = quoting(home, bo, 'https://rock.example/n/1', stamp)
    settleQuote(home, id, { state: 'accepted' })
    expect([revokeStamp(home, stamp, bo), state(home, id)]).toEqual([0, 'accepted'])
    expect([revokeStamp(home, stamp, cy), state(home, id)]).toEqual([1, 'revoked'])
    expect(postById(home, theirs)?.quotesCount).toBe(0)
    expect([revokeStamp(home, 'https://rock.example/stamps/2', cy), revokeStamp(home, stamp, cy)]).toEqual([0, 1])
  })
})

describe('the owner is quoted', () => {
  const ask = (home: Home, postId: number, accountId: number, quotingUri = `https://tide.example/quoting/${accountId}`) =>
    receiveQuoteRequest(home, { postId, accountId, quotingUri, requestUri: `${quotingUri}/request` })
  const arrives = (home: Home, by: number, postId: number, stamp: string | null = null) =>
    received(home, by, {
      uri: `https://tide.example/quoting/${by}`,
      quote: { uri: `https://ana.example/users/ana/statuses/${postId}`, stamp },
    })

  it('with consent: asked, answered, shown, told once', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const id = own(home)
    home.heard()
    const answer = ask(home, id, bo)
    expect(answer).toMatchObject({ accepted: true })
    expect(home.heard()).toEqual([['quote-answered', { stampId: answer?.stampId, postId: id, accountId: bo, accepted: true }]])
    const quotes = arrives(home, bo, id, `https://ana.example/users/ana/quote_authorizations/${answer?.stampId}`)
    expect(loadPost(home, quotes)).toMatchObject({ quoteState: 'accepted', quote: { id } })
    expect(notificationsPage(home, { limit: 5 })).toMatchObject([{ type: 'quote', accountId: bo, postId: quotes }])
    expect(postById(home, id)?.quotesCount).toBe(1)
    expect(quotesOf(home, id, { limit: 5 })).toEqual([quotes])
    mute(home, bo)
    expect(quotesOf(home, id, { limit: 5 })).toEqual([])
    // A repeat is answered again, by the same stamp.
    expect(ask(home, id, bo)).toEqual(answer)
    expect(home.rows('quote_stamps')).toBe(1)
  })

  it('by a post that was here before it asked', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const id = own(home)
    const quotes = arrives(home, bo, id)
    expect([state(home, quotes), notificationsPage(home, { limit: 5 })]).toEqual(['unverified', []])
    const stampId = ask(home, id, bo)?.stampId
    expect(postById(home, quotes)).toMatchObject({
      quoteState: 'accepted',
      quoteStamp: `https://ana.example/users/ana/quote_authorizations/${stampId}`,
    })
    expect(notificationsPage(home, { limit: 5 })).toMatchObject([{ type: 'quote', postId: quotes }])
  })

  it('by the policy of the post, which follows the setting', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    updateSettings(home, { quotePolicy: 'nobody' })
    const id = own(home)
    expect(postById(home, id)?.policy).toEqual({ quote: { automatic: ['author'], manual: [] } })
    expect(ask(home, id, bo)?.accepted).toBe(false)
    home.heard()
    expect(setQuotePolicy(home, id, 'followers').editedAt).toBe(null)
    expect(home.heard()).toEqual([['post-edited', { postId: id, own: true, home: true }]])
    expect(ask(home, id, bo)?.accepted).toBe(false)
    receiveFollow(home, { accountId: bo, uri: 'https://tide.example/f/1' })
    expect(ask(home, id, bo)?.accepted).toBe(true)
    expect(ask(home, own(home, { visibility: 'private', quotePolicy: 'public' }), bo)?.accepted).toBe(false)
    editPost(home, id, { text: 'Mine', quotePolicy: 'public' })
    expect(postById(home, id)?.policy?.quote?.automatic).toEqual(['public'])
    expect(home.rows('edits')).toBe(0)
  })

  it('rule 14: not by a post on another host, in another’s name, by somebody blocked, nor before it has left', () => {
    const home = openAna()
    const [bo, cy] = [person(home, 'bo'), person(home, 'cy')]
    const id = own(home)
    expect(ask(home, id, bo, 'https://rock.example/n/1')).toBe(null)
    ask(home, id, bo, 'https://tide.example/n/1')
    expect(ask(home, id, cy, 'https://tide.example/n/1')).toBe(null)
    block(home, cy)
    expect(ask(home, id, cy)?.accepted).toBe(false)
    expect(ask(home, writePost(home, { text: 'Wet', visibility: 'public' }).post.id, bo)).toBe(null)
    expect(ask(home, received(home, bo), cy)).toBe(null)
    // A stamp of ours that was never given is no consent.
    expect(state(home, arrives(home, person(home, 'di'), id, 'https://ana.example/users/ana/quote_authorizations/1'))).toBe('unverified')
  })

  it('rule 18: whoever may not see a post hears nothing of it, not even a no', () => {
    const home = openAna()
    const [bo, cy] = [person(home, 'bo'), person(home, 'cy')]
    receiveFollow(home, { accountId: bo, uri: 'https://tide.example/f/1' })
    const [few, one] = [own(home, { visibility: 'private' }), own(home, { visibility: 'direct', text: 'For @bo@tide.example' })]
    home.heard()
    expect([ask(home, few, cy), ask(home, one, cy)]).toEqual([null, null])
    expect([home.heard(), home.rows('quote_stamps')]).toEqual([[], 0])
    // The follower, and the person it is for, may know.
    expect([ask(home, few, bo)?.accepted, ask(home, one, bo, 'https://tide.example/n/2')?.accepted]).toEqual([false, false])
  })

  it('until consent is taken back, for ever', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const id = own(home)
    const stampId = ask(home, id, bo)?.stampId as number
    const quotes = arrives(home, bo, id)
    home.heard()
    expect(revokeQuote(home, id, quotes).quoteState).toBe('revoked')
    expect(home.heard()).toEqual([
      ['quote-revoked', { stampId, postId: id, accountId: bo }],
      ['quote-changed', { postId: quotes }],
    ])
    expect(stampById(home, stampId)?.state).toBe('revoked')
    expect([postById(home, id)?.quotesCount, notificationsPage(home, { limit: 5 })]).toEqual([0, []])
    expect(ask(home, id, bo)?.accepted).toBe(false)
    expect(state(home, quotes)).toBe('revoked')
    expect(refused(() => revokeQuote(home, id, own(home))).code).toBe('not-found')
  })

  it('quietly in what is read up later', () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const id = own(home)
    ask(home, id, bo)
    const result = receivePost(
      home,
      remotePost(bo, {
        uri: `https://tide.example/quoting/${bo}`,
        quote: { uri: `https://ana.example/users/ana/statuses/${id}`, stamp: null },
        mentions: [{ acct: 'ana@ana.example', accountId: postById(home, id)?.accountId as number }],
      }),
      { quietly: true },
    )
    expect(notificationsPage(home, { limit: 5 })).toEqual([])
    expect(home.rows('home', `post_id = ${result?.id}`)).toBe(0)
    expect(postById(home, id)?.quotesCount).toBe(1)
  })
})
