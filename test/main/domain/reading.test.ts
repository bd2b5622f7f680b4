import { describe, expect, it } from 'vitest'
import { block, follow, mute, note, receiveFollow } from '../../../src-main/domain/follows.ts'
import {
  appById,
  authenticateApp,
  createCode,
  createSignInCode,
  createToken,
  exchangeCode,
  parseScopes,
  registerApp,
  revokeToken,
  scopeAllows,
  spendSignInCode,
  tokenInfo,
  useSignInCode,
  WINDOW_SCOPES,
} from '../../../src-main/domain/grants.ts'
import { receiveFavourite } from '../../../src-main/domain/interactions.ts'
import { loadPosts } from '../../../src-main/domain/loading.ts'
import { groupedPage, notificationsPage, notify, unreadCount } from '../../../src-main/domain/notifications.ts'
import { markers, place, setMarker, setPlace } from '../../../src-main/domain/reading.ts'
import { knownHosts, relationship, relationships } from '../../../src-main/domain/relationships.ts'
import { hushedAmong, publicPage, threadOf } from '../../../src-main/domain/timelines.ts'
import { handleOf, mediaPath, parseId, parseOwn, uris } from '../../../src-main/domain/uris.ts'
import { canSee } from '../../../src-main/domain/visibility.ts'
import { postById, writePost } from '../../../src-main/domain/posts.ts'
import { settleQuote } from '../../../src-main/domain/quotes.ts'
import { react } from '../../../src-main/domain/reactions.ts'
import { followed, HOUR, MINUTE, openAna, ORIGIN, person, received, refused } from './home.ts'

describe('who may see a post', () => {
  const own = (visibility: 'public' | 'unlisted' | 'private' | 'direct', releasedAt: number | null = 1) => ({
    own: true,
    visibility,
    releasedAt,
  })
  const follower = { accountId: 1, follows: true, mentioned: false, blocked: false }
  const mentioned = { ...follower, follows: false, mentioned: true }
  const stranger = { ...follower, follows: false }

  it.each(['public', 'unlisted', 'private', 'direct'] as const)('%s', (visibility) => {
    const open = visibility === 'public' || visibility === 'unlisted'
    expect(
      ['owner', 'public', follower, mentioned, stranger, { ...follower, blocked: true }].map((viewer) =>
        canSee(own(visibility), viewer as 'public'),
      ),
    ).toEqual([true, open, visibility !== 'direct', true, open, false])
    // What has not left is seen by nobody else, whatever it will be.
    expect(['owner', 'public', follower, mentioned].map((viewer) => canSee(own(visibility, null), viewer as 'public'))).toEqual([
      true,
      false,
      false,
      false,
    ])
  })
})

describe('our addresses', () => {
  it('are read back as what they were built for', () => {
    const u = uris(ORIGIN, 'ana')
    const id = 3640600166400000
    const read = (address: string) => parseOwn(ORIGIN, 'ana', address)
    expect([u.actor, u.profile, u.mainKey, u.edKey].map(read)).toEqual(Array(4).fill({ kind: 'actor' }))
    expect([u.post(id), u.postPage(id)].map(read)).toEqual(Array(2).fill({ kind: 'post', id }))
    expect(read(u.postActivity(id))).toEqual({ kind: 'activity', id })
    expect([read(u.follow(id)), read(u.favourite(id)), read(u.followers), read(u.instanceActor), read(u.tag('été'))]).toEqual([
      { kind: 'follow', id },
      { kind: 'favourite', id },
      { kind: 'followers' },
      { kind: 'instance-actor' },
      { kind: 'tag', name: 'été' },
    ])
    expect([u.host, handleOf(ORIGIN, 'ana')]).toEqual(['ana.example', '@ana@ana.example'])
  })

  it.each([
    'https://ana.example.evil.example/users/ana',
    'http://ana.example/users/ana',
    'https://ana.example/users/bo',
    'https://ana.example/users/ana/statuses/1?x=1',
    'https://ana.example/users/ana/statuses/-1',
    'https://ana.example/users/ana/statuses/99999999999999999999',
    'https://ana.example/tags/%E0%A4%A',
    'https://ana.example/',
    'nonsense',
    '',
  ])('are not %s', (address) => expect(parseOwn(ORIGIN, 'ana', address)).toBeNull())

  it('carry decimal ids that fit, and nothing else', () => {
    expect(['1', '3640600166400000', '9007199254740991'].map(parseId)).toEqual([1, 3640600166400000, 9007199254740991])
    expect(['0', '-1', '1.5', '0x1', '9007199254740993', '12345678901234567', '', 'a', '１'].map(parseId)).toEqual(Array(9).fill(null))
    expect(mediaPath('token', 'small', 'image/webp')).toBe('/media/token/small.webp')
    expect(mediaPath('token', 'original', 'text/html')).toBe('/media/token/original')
  })
})

describe('relationships', () => {
  it('show every side at once, in the order asked, in a fixed number of reads', () => {
    const home = openAna()
    const [bo, cy, di] = [followed(home, 'bo'), person(home, 'cy'), person(home, 'di')]
    receiveFollow(home, { accountId: bo, uri: 'https://tide.example/f' })
    follow(home, cy)
    note(home, cy, 'From the harbour')
    mute(home, bo, { durationMs: HOUR, notifications: false })
    block(home, di)
    expect(
      relationships(home, [cy, di, bo]).map((r) => [
        r.accountId,
        r.following,
        r.requested,
        r.followedBy,
        r.muting,
        r.mutingNotifications,
        r.blocking,
        r.note,
      ]),
    ).toEqual([
      [cy, false, true, false, false, false, false, 'From the harbour'],
      [di, false, false, false, false, false, true, ''],
      [bo, true, false, true, true, false, false, ''],
    ])
    home.clock.at += HOUR
    expect(relationship(home, bo).muting).toBe(false)
    expect(relationships(home, [])).toEqual([])
    expect(knownHosts(home)).toBe(1)
    person(home, 'bo', 'reef.example')
    person(home, 'cy', 'reef.example')
    expect([knownHosts(home), knownHosts(openAna())]).toEqual([2, 0])
  })
})

describe('timelines', () => {
  it('the public one has no boosts, no answers to others, nobody blocked or muted', () => {
    const home = openAna()
    const [bo, rude] = [person(home, 'bo'), person(home, 'rude')]
    const mine = writePost(home, { text: 'Boats', visibility: 'public' }).post.id
    const answer = writePost(home, { text: 'and more', visibility: 'public', inReplyToId: mine }).post.id
    writePost(home, { text: 'quiet', visibility: 'unlisted' })
    const theirs = received(home, bo, { media: [{ kind: 'image', url: 'https://tide.example/1.jpg', mime: 'image/jpeg' }] })
    received(home, bo, { inReplyToUri: 'https://far.example/1' })
    received(home, rude)
    mute(home, rude)
    const page = (filter = {}) => publicPage(home, { limit: 20 }, filter)
    expect(page()).toEqual([answer, mine, theirs])
    expect([page({ local: true }), page({ remote: true }), page({ onlyMedia: true }), page({ local: true, onlyMedia: true })]).toEqual([
      [answer, mine],
      [theirs],
      [theirs],
      [],
    ])
    expect([...hushedAmong(home, [bo, rude])]).toEqual([rude])
  })

  it('a thread is bounded and ends, even where answers form a circle', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const first = received(home, bo, { uri: 'https://tide.example/1' })
    const second = received(home, bo, { uri: 'https://tide.example/2', inReplyToUri: 'https://tide.example/1' })
    home.store.database.prepare('update posts set in_reply_to_id = ? where id = ?').run(second, first)
    const thread = threadOf(home, first)
    expect(thread).toEqual({ ancestors: [second], descendants: [] })
  })

  it('posts are loaded in the order asked, in as many queries for forty as for one', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const poll = { multiple: false, options: [{ title: 'Yes', votes: 1 }], voters: 1, endsAt: null, closedAt: null }
    const ids = Array.from({ length: 40 }, (_, i) => {
      const quoted = received(home, person(home, `p${i}`))
      const id = received(home, bo, {
        type: 'Question',
        poll,
        tags: [`t${i}`],
        media: [{ kind: 'image', url: `https://tide.example/${i}`, mime: 'image/jpeg' }],
        quote: { uri: postById(home, quoted)?.uri as string, stamp: `https://tide.example/stamps/${i}` },
      })
      settleQuote(home, id, { state: 'accepted' })
      react(home, id, '🎉')
      return id
    })
    const count = (asked: number[]) => {
      let queries = 0
      const watched = new Proxy(home.store, {
        get(target, name, self) {
          if (name === 'database') queries++
          const value = Reflect.get(target, name, self === watched ? target : self) as unknown
          return typeof value === 'function' ? (value as () => unknown).bind(target) : value
        },
      })
      const posts = loadPosts({ ...home, store: watched }, asked)
      expect(posts.map((post) => post.id)).toEqual(asked)
      expect(posts.every((post) => post.poll && post.quote && post.reactions.length === 1)).toBe(true)
      return queries
    }
    // Once before counting: the first use of a query also prepares it.
    loadPosts(home, ids)
    const one = count(ids.slice(0, 1))
    expect(one).toBeGreaterThan(0)
    expect(count([...ids].reverse())).toBe(one)
    expect(loadPosts(home, [5, ids[0] as number, 7])).toHaveLength(1)
  })
})

describe('notifications', () => {
  it('are told once, and not at all from people blocked or muted', () => {
    const home = openAna()
    const [bo, rude, quiet] = [person(home, 'bo'), person(home, 'rude'), person(home, 'quiet')]
    block(home, rude)
    mute(home, quiet, { durationMs: HOUR })
    const tell = (id: number) => home.store.transaction(() => notify(home, 'follow', id, null))
    expect([tell(bo), tell(bo), tell(rude), tell(quiet)].map((id) => id !== null)).toEqual([true, false, false, false])
    home.clock.at += HOUR
    expect(tell(quiet)).not.toBeNull()
    expect(notificationsPage(home, { limit: 10 }).map((one) => one.accountId)).toEqual([quiet, bo])
    expect([unreadCount(home, 0), unreadCount(home, 0, 1)]).toEqual([2, 1])
  })

  it('a group that grows between two pages is on neither twice', () => {
    const home = openAna()
    const posts = [0, 1, 2].map((i) => {
      const { id } = writePost(home, { text: `post ${i}`, visibility: 'public' }).post
      home.store.database.prepare('update posts set released_at = created_at where id = ?').run(id)
      return id
    })
    const like = (name: string, i: number) => {
      home.clock.at += MINUTE
      receiveFavourite(home, { uri: null, accountId: person(home, name), postId: posts[i] as number })
    }
    like('a', 0)
    like('b', 1)
    like('c', 2)
    const first = groupedPage(home, { limit: 2 }, {})
    expect(first.map((group) => group.postId)).toEqual([posts[2], posts[1]])
    like('d', 1)
    const rest = groupedPage(home, { limit: 5, maxId: first[1]?.newestId as number }, {})
    expect(rest.map((group) => group.postId)).toEqual([posts[0]])
    // The grown group moved up: whoever looks again from the top meets it there, whole.
    expect(groupedPage(home, { limit: 5, sinceId: first[0]?.newestId as number }, {}).map((group) => [group.postId, group.count])).toEqual([
      [posts[1], 2],
    ])
  })
})

describe('places and markers', () => {
  it('a marker moves forward only; a place is small JSON', () => {
    const home = openAna()
    expect([setMarker(home, 'home', 5).version, setMarker(home, 'home', 9).version, setMarker(home, 'home', 7).lastReadId]).toEqual([
      1, 2, 9,
    ])
    expect(markers(home)).toEqual([{ timeline: 'home', lastReadId: 9, version: 2, updatedAt: home.clock.at }])
    setPlace(home, 'home', { anchorId: '1' })
    expect([place(home, 'home'), place(home, 'other')]).toEqual([{ anchorId: '1' }, null])
    expect(refused(() => setPlace(home, 'home', 'x'.repeat(5_000))).code).toBe('invalid')
    expect(place(home, 'home')).toEqual({ anchorId: '1' })
  })
})

describe('grants', () => {
  const app = (home: ReturnType<typeof openAna>) =>
    registerApp(home, { name: 'App', website: null, redirectUris: ['app://x'], scopes: ['read'] })

  it('nothing secret stands in the database', () => {
    const home = openAna()
    const { clientSecret, id } = app(home)
    const code = createCode(home, { appId: id, redirectUri: 'app://x', scopes: ['read'], challenge: null })
    const { token } = createToken(home, 'window', WINDOW_SCOPES)
    const signIn = createSignInCode(home)
    const picture = home.picture()
    for (const secret of [clientSecret, code, token, signIn]) {
      expect(secret).toMatch(/^[\w-]{43}$/)
      expect(picture).not.toContain(secret)
    }
  })

  it('a code is spent by its first use, right or wrong', () => {
    const home = openAna()
    const { id } = app(home)
    const make = () => createCode(home, { appId: id, redirectUri: 'app://x', scopes: ['read'], challenge: null })
    const code = make()
    expect(exchangeCode(home, { appId: id, code, redirectUri: 'app://y', verifier: null })).toBeNull()
    expect(exchangeCode(home, { appId: id, code, redirectUri: 'app://x', verifier: null })).toBeNull()
    expect(exchangeCode(home, { appId: id, code: make(), redirectUri: 'app://x', verifier: null })?.scopes).toEqual(['read'])
  })

  it('a sign-in code is good once, for ten minutes, for a token or for a consent', () => {
    const home = openAna()
    const code = createSignInCode(home)
    expect([useSignInCode(home, code) !== null, useSignInCode(home, code), spendSignInCode(home, code)]).toEqual([true, null, false])
    const second = createSignInCode(home)
    expect([spendSignInCode(home, second), useSignInCode(home, second)]).toEqual([true, null])
    const late = createSignInCode(home)
    home.clock.at += 10 * MINUTE + 1
    expect([useSignInCode(home, late), spendSignInCode(home, 'unknown')]).toEqual([null, false])
  })

  it('tokens are known until they are revoked; secrets belong to their app', () => {
    const home = openAna()
    const one = app(home)
    expect([
      authenticateApp(home, one.clientId, one.clientSecret)?.id,
      authenticateApp(home, one.clientId, 'x'),
      authenticateApp(home, 'x', one.clientSecret),
    ]).toEqual([one.id, null, null])
    const { token } = createToken(home, 'app', ['read'], one.id)
    expect(tokenInfo(home, token)).toMatchObject({ kind: 'app', scopes: ['read'], appId: one.id })
    expect([revokeToken(home, token), revokeToken(home, token), tokenInfo(home, token)]).toEqual([true, false, null])
  })

  it('apps nobody used go after two months, those with a token stay', () => {
    const home = openAna()
    const [unused, used] = [app(home), app(home)]
    createToken(home, 'app', ['read'], used.id)
    home.clock.at += 61 * 24 * HOUR
    const fresh = app(home)
    expect([appById(home, unused.id), appById(home, used.id)?.id, appById(home, fresh.id)?.id]).toEqual([null, used.id, fresh.id])
  })

  it('a flood of apps pushes out only apps that wait, the oldest first', () => {
    const home = openAna()
    const used = app(home)
    createToken(home, 'app', ['read'], used.id)
    const first = app(home)
    home.store.transaction(() => {
      for (let i = 0; i < 1_000; i++) app(home)
    })
    const kept = home.rows('apps')
    expect([appById(home, used.id)?.id, appById(home, first.id), kept]).toEqual([used.id, null, 1_001])
    for (const change of [{ website: 'x'.repeat(3_000) }, { name: 'x'.repeat(200) }])
      expect(
        refused(() => registerApp(home, { name: 'App', website: null, redirectUris: ['app://x'], scopes: ['read'], ...change })).code,
      ).toBe('invalid')
    expect(refused(() => parseScopes(Array.from({ length: 100 }, (_, i) => `read:${'a'.repeat(i + 1)}`).join(' '))).reason).toBe(
      'invalid_scope',
    )
    expect(home.rows('apps')).toBe(kept)
  })

  it('a disk without room does not keep a token from reading', () => {
    const home = openAna()
    const { token } = createToken(home, 'app', ['read'], null)
    const { database } = home.store
    database.pragma('query_only = on')
    expect(tokenInfo(home, token)?.scopes).toEqual(['read'])
    database.pragma('query_only = off')
  })

  it.each([
    [['read'], 'read:statuses', true],
    [['read:statuses'], 'read', false],
    [['read:statuses'], 'read:accounts', false],
    [['follow'], 'write:follows', true],
    [['follow'], 'read:mutes', true],
    [['follow'], 'write:statuses', false],
    [['write'], 'read:statuses', false],
    [['profile'], 'profile', true],
    [['read'], 'profile', true],
    [['write'], 'profile', false],
    [WINDOW_SCOPES, 'write:notifications', true],
  ])('%j and %s: %s', (granted, needed, allowed) => expect(scopeAllows(granted, needed)).toBe(allowed))

  it('scopes are words that exist; nobody registers for what is the owner’s alone', () => {
    expect([parseScopes('read write:statuses'), parseScopes('read,follow'), parseScopes('')]).toEqual([
      ['read', 'write:statuses'],
      ['read', 'follow'],
      ['read'],
    ])
    for (const text of ['owner', 'read owner', 'everything', 'read:']) expect(refused(() => parseScopes(text)).reason).toBe('invalid_scope')
  })
})
