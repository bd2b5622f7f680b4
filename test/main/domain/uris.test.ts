import { describe, expect, it } from 'vitest'
import { parseOwn, uris } from '../../../src-main/domain/uris.ts'

const u = uris('https://ana.example', 'ana')
const read = (address: string) => parseOwn('https://ana.example', 'ana', address)

describe('our addresses', () => {
  it('are read back as what they were built for', () => {
    expect(
      [
        u.vote(7),
        u.voteActivity(7),
        u.reaction(8),
        u.quoteStamp(9),
        u.quoteRequest(10),
        u.context(11),
        u.emoji('blob'),
        u.follow(12),
        u.favourite(13),
      ].map(read),
    ).toEqual([
      { kind: 'vote', id: 7 },
      { kind: 'vote', id: 7 },
      { kind: 'reaction', id: 8 },
      { kind: 'quote-stamp', id: 9 },
      { kind: 'quote-request', id: 10 },
      { kind: 'context', id: 11 },
      { kind: 'emoji', shortcode: 'blob' },
      { kind: 'follow', id: 12 },
      { kind: 'favourite', id: 13 },
    ])
  })

  it('are not read from other places, nor with anything that is no number', () => {
    for (const address of [
      'https://evil.example/contexts/1',
      'https://ana.example/contexts/x',
      'https://ana.example/contexts/1/2',
      'https://ana.example/emoji/..%2f',
      'https://ana.example/users/eve/quote_authorizations/1',
      'https://ana.example/users/ana/quote_authorizations/-1',
      'https://ana.example/users/ana/statuses/1/other',
    ]) {
      expect(read(address), address).toBeNull()
    }
  })

  it('are all different, and all ours', () => {
    const all = [
      u.actor,
      u.inbox,
      u.outbox,
      u.followers,
      u.following,
      u.featured,
      u.featuredTags,
      u.sharedInbox,
      u.instanceActor,
      u.profile,
      u.feed,
      u.synchronization,
      u.authorizeInteraction,
      u.post(1),
      u.postActivity(1),
      u.replies(1),
      u.likes(1),
      u.shares(1),
      u.follow(1),
      u.favourite(1),
      u.block(1),
      u.accept(1),
      u.reject(1),
      u.vote(1),
      u.voteActivity(1),
      u.reaction(1),
      u.quoteStamp(1),
      u.quoteStampEnd(1),
      u.quoteRequest(1),
      u.context(1),
      u.emoji('x1'),
      u.flag(1),
      u.move(1),
      u.add(1),
      u.removal(1),
    ]
    expect(new Set(all).size).toBe(all.length)
    for (const address of all) expect(new URL(address).origin).toBe('https://ana.example')
  })
})
