import { createHash, createPublicKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createToken } from '../../../src-main/domain/grants.ts'
import { aliases } from '../../../src-main/domain/moves.ts'
import { owner, ownerKeys, publicKeys } from '../../../src-main/domain/owner.ts'
import { boostPost, releasePost, writePost } from '../../../src-main/domain/posts.ts'
import { receiveReaction } from '../../../src-main/domain/reactions.ts'
import { answerRelay, relays } from '../../../src-main/domain/relays.ts'
import { receiveReport, report } from '../../../src-main/domain/reports.ts'
import { HOUR, NOON, ORIGIN, person, received } from '../domain/home.ts'
import { gif, jpeg, png, webp } from '../media/pictures.ts'
import { openDesk } from './desk.ts'

const soon = async (what: () => boolean) => {
  for (let turn = 0; turn < 500 && !what(); turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(what()).toBe(true)
}

test('without the owner’s token every route there is answers 401', async () => {
  const desk = await openDesk()
  const app = createToken(desk.home, 'app', ['read', 'write', 'follow', 'push']).token
  const guarded = desk.routes.filter(([, path]) => path.startsWith('/api/owner/') && !/\/(session|events)$/.test(path))
  expect(guarded.length).toBeGreaterThan(35)
  for (const [method, path] of guarded) {
    for (const token of [null, 'wrong', app]) {
      const answer = await desk.call(method, path.replace(/:\w+|\*/g, '1'), method === 'GET' ? undefined : {}, token)
      expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 401, 'unauthorized'])
    }
  }
})

describe('relays', () => {
  test('are looked at, added, answered, removed', async () => {
    const desk = await openDesk()
    desk.network.relays.set('https://relay.example/inbox', { flavour: 'mastodon', actorUri: null, inbox: 'https://relay.example/inbox' })
    expect((await desk.call('POST', '/api/owner/relays', { address: 'https://nothing.example' })).status).toBe(422)
    expect((await desk.call('GET', '/api/owner/relays')).body).toEqual([])
    const added = await desk.call('POST', '/api/owner/relays', { address: ' https://relay.example/inbox ' })
    expect(added.body).toMatchObject([{ address: 'https://relay.example/inbox', flavour: 'mastodon', state: 'pending' }])
    expect((await desk.call('POST', '/api/owner/relays', { address: 'https://relay.example/inbox' })).body.code).toBe('relay-known')
    answerRelay(desk.home, { relayId: Number(added.body[0].id), actorUri: 'https://relay.example/actor', yes: true })
    expect((await desk.call('GET', '/api/owner/relays')).body[0].state).toBe('accepted')
    expect((await desk.call('DELETE', `/api/owner/relays/${added.body[0].id}`)).body).toEqual([])
    expect((await desk.call('DELETE', `/api/owner/relays/${added.body[0].id}`)).status).toBe(404)
    for (const body of [{}, { address: 7 }, { address: '' }, [], { address: 'x'.repeat(3000) }]) {
      expect((await desk.call('POST', '/api/owner/relays', body)).status).toBe(422)
    }
    expect(relays(desk.home)).toEqual([])
  })
})

describe('emojis', () => {
  test('are pictures with a name, cleaned of what cameras and editors leave', async () => {
    const desk = await openDesk()
    const path = '/api/owner/emojis'
    expect((await desk.upload(path, { shortcode: ':Wave:' }, await png())).body).toMatchObject([{ shortcode: 'wave' }])
    expect((await desk.upload(path, { shortcode: 'dance' }, await gif())).status).toBe(200)
    const all = (await desk.upload(path, { shortcode: 'blob' }, await webp())).body
    expect(all.map((one: { shortcode: string }) => one.shortcode)).toEqual(['blob', 'dance', 'wave'])
    expect(all[2].url).toMatch(/^http:\/\/127\.0\.0\.1:4321\/media\/[\w-]{16,}\/original\.png$/)
    expect((await desk.call('GET', path)).body).toEqual(all)
    expect((await desk.call('DELETE', `${path}/dance`)).body).toHaveLength(2)
    expect((await desk.call('DELETE', `${path}/dance`)).status).toBe(404)
  })

  test('that are none are refused, and nothing is kept', async () => {
    const desk = await openDesk()
    const path = '/api/owner/emojis'
    const code = async (fields: Record<string, string>, file: Buffer | null) => (await desk.upload(path, fields, file)).body.code
    expect(await code({ shortcode: 'wave' }, await jpeg())).toBe('unsupported-type')
    expect(await code({ shortcode: 'wave' }, Buffer.from('<svg onload="x"/>'))).toBe('unsupported-type')
    expect(await code({ shortcode: 'wave' }, Buffer.concat([await png(), Buffer.alloc(256 * 1024)]))).toBe('too-large')
    expect(await code({ shortcode: 'a b' }, await png())).toBe('shortcode-invalid')
    expect(await code({ shortcode: 'wave' }, null)).toBe('invalid-body')
    expect(await code({}, await png())).toBe('invalid-body')
    expect((await desk.call('POST', path, { shortcode: 'wave' })).body.code).toBe('invalid-body')
    expect([desk.home.rows('emojis'), desk.home.rows('media')]).toEqual([0, 0])
    await desk.upload(path, { shortcode: 'wave' }, await png())
    expect(await code({ shortcode: 'wave' }, await png())).toBe('shortcode-taken')
    expect([desk.home.rows('emojis'), desk.home.rows('media')]).toEqual([1, 1])
  })
})

describe('the identity', () => {
  test('shows its key, and a new one once a day', async () => {
    const desk = await openDesk()
    const first = (await desk.call('GET', '/api/owner/identity')).body
    expect(first).toMatchObject({ rotatedAt: null, aliases: [], movedTo: null, mayMoveAt: null })
    const [one, two] = await Promise.all([desk.call('POST', '/api/owner/identity/rotate'), desk.call('POST', '/api/owner/identity/rotate')])
    expect([one.status, one.body]).toEqual([two.status, two.body])
    const der = createPublicKey(publicKeys(desk.home).rsaPublicPem).export({ type: 'spki', format: 'der' })
    expect(one.body.fingerprint.replaceAll(' ', '')).toBe(createHash('sha256').update(der).digest('hex'))
    expect(one.body.fingerprint).toMatch(/^([0-9a-f]{4} ){15}[0-9a-f]{4}$/)
    expect([one.body.rotatedAt, desk.changes]).toEqual([new Date(NOON).toISOString(), 1])
    const keys = ownerKeys(desk.home, (sealed) => sealed.replace('sealed ', ''))
    expect(keys.previousRsaPrivatePem).toBe('rsa private')
    expect((await desk.call('POST', '/api/owner/identity/rotate')).body.code).toBe('rotated-recently')
    desk.home.clock.at += 24 * HOUR
    expect((await desk.call('POST', '/api/owner/identity/rotate')).status).toBe(200)
  })

  test('names other accounts by handle or address', async () => {
    const desk = await openDesk()
    const old = person(desk.home, 'ana', 'old.example')
    desk.network.accounts.set('ana@old.example', old).set('https://old.example/@ana', old)
    const added = await desk.call('POST', '/api/owner/identity/aliases', { acct: '@Ana@old.example' })
    expect(added.body.aliases).toEqual([{ uri: 'https://old.example/users/ana', acct: 'ana@old.example' }])
    expect((await desk.call('POST', '/api/owner/identity/aliases', { acct: 'https://old.example/@ana' })).body).toEqual(added.body)
    expect((await desk.call('POST', '/api/owner/identity/aliases', { acct: 'nobody@old.example' })).body.code).toBe('account-not-found')
    expect((await desk.call('DELETE', '/api/owner/identity/aliases', { uri: 'https://old.example/users/ana' })).body.aliases).toEqual([])
    expect((await desk.call('DELETE', '/api/owner/identity/aliases', { uri: 'https://old.example/users/ana' })).status).toBe(404)
    expect(aliases(desk.home)).toEqual([])
  })

  test('moves only where it is named, with the handle typed once more, once in thirty days', async () => {
    const desk = await openDesk()
    const there = person(desk.home, 'ana', 'new.example')
    const move = (body: object) => desk.call('POST', '/api/owner/identity/move', body)
    const acct = 'ana@new.example'
    expect((await move({ acct, confirm: acct })).body.code).toBe('account-not-found')
    desk.network.aliases.set(acct, { accountId: there, namesUs: false })
    expect((await move({ acct, confirm: acct })).body.code).toBe('alias-missing')
    desk.network.aliases.set(acct, { accountId: there, namesUs: true })
    expect((await move({ acct, confirm: 'ana' })).body.code).toBe('confirm-wrong')
    expect((await move({ acct })).body.code).toBe('invalid-body')
    expect(owner(desk.home).movedTo).toBeNull()
    const moved = await move({ acct: `@${acct}`, confirm: `@Ana@new.example` })
    expect(moved.body).toMatchObject({
      movedTo: { uri: 'https://new.example/users/ana', acct },
      mayMoveAt: new Date(NOON + 30 * 24 * HOUR).toISOString(),
    })
    const again = await move({ acct, confirm: acct })
    expect([again.status, again.body.code, again.body.params.at]).toEqual([409, 'moved-recently', NOON + 30 * 24 * HOUR])
    expect(desk.home.heard().map(([type]) => type)).toEqual(['account-changed', 'moved', 'profile-changed'].slice(1))
  })

  test('moves to an address that is another name of the account: what is confirmed is what was typed', async () => {
    const desk = await openDesk()
    const there = person(desk.home, 'ana', 'social.new.example')
    desk.network.aliases.set('ana@new.example', { accountId: there, namesUs: true })
    const moved = await desk.call('POST', '/api/owner/identity/move', { acct: 'ana@new.example', confirm: '@ana@new.example' })
    expect([moved.status, moved.body.movedTo?.acct]).toEqual([200, 'ana@social.new.example'])
  })
})

describe('reports', () => {
  test('say who reports: a person, or a server in the name of its own actor', async () => {
    const desk = await openDesk()
    const { home } = desk
    const bo = person(home, 'bo')
    const actor = person(home, 'tide.example', 'tide.example', { type: 'Application', uri: 'https://tide.example/actor' })
    const { post } = writePost(home, { text: 'mine', visibility: 'public' })
    const flag = {
      byHost: 'tide.example',
      aboutUri: `${ORIGIN}/users/ana`,
      comment: 'why',
      postUris: [`${ORIGIN}/users/ana/statuses/${post.id}`],
    }
    receiveReport(home, { ...flag, byId: actor, uri: 'https://tide.example/f/1' })
    receiveReport(home, { ...flag, byId: bo, uri: 'https://tide.example/f/2' })
    receiveReport(home, { ...flag, byId: null, uri: 'https://tide.example/f/3' })
    report(home, { accountId: bo, postIds: [received(home, bo)], comment: 'spam', category: 'spam', forward: true })
    const list = (await desk.call('GET', '/api/owner/reports')).body
    expect(list.map((one: { by: string; about: string | null; own: boolean }) => [one.own, one.by, one.about])).toEqual([
      [true, 'ana', 'bo@tide.example'],
      [false, 'tide.example', null],
      [false, 'bo@tide.example', null],
      [false, 'tide.example', null],
    ])
    expect(list[3]).toMatchObject({ comment: 'why', postIds: [String(post.id)], resolvedAt: null })
    const resolved = await desk.call('POST', `/api/owner/reports/${list[3].id}/resolve`)
    expect(resolved.body[3].resolvedAt).toBe(new Date(NOON).toISOString())
    expect((await desk.call('POST', '/api/owner/reports/5/resolve')).status).toBe(404)
  })
})

describe('posts', () => {
  test('are reacted to, with what others answered beside it', async () => {
    const desk = await openDesk()
    const bo = person(desk.home, 'bo')
    const post = received(desk.home, bo)
    receiveReaction(desk.home, {
      postId: post,
      accountId: bo,
      emoji: 'crab',
      picture: { shortcode: 'crab', url: 'https://tide.example/crab.png' },
      uri: 'https://tide.example/r/1',
    })
    const path = `/api/owner/posts/${post}/reactions`
    const after = (await desk.call('POST', path, { emoji: '🎉' })).body
    expect(after).toMatchObject({ postId: String(post) })
    expect(after.reactions).toContainEqual({ emoji: '🎉', url: null, count: 1, mine: true })
    expect(after.reactions.find((one: { emoji: string }) => one.emoji === 'crab')).toMatchObject({
      count: 1,
      mine: false,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:4321\/media\//),
    })
    expect((await desk.call('DELETE', `${path}/${encodeURIComponent('🎉')}`)).body.reactions).toHaveLength(1)
    expect((await desk.call('POST', path, { emoji: 'no emoji' })).status).toBe(422)
    expect((await desk.call('POST', path, {})).body.code).toBe('invalid-body')
    expect((await desk.call('POST', '/api/owner/posts/5/reactions', { emoji: '🎉' })).status).toBe(404)
    // Under a boost it is the boosted post that is answered, and whose pictures are told.
    const boost = boostPost(desk.home, post).id
    const boosted = (await desk.call('POST', `/api/owner/posts/${boost}/reactions`, { emoji: '🎉' })).body
    expect([boosted.postId, boosted.reactions.length]).toEqual([String(post), 2])
    expect((await desk.call('DELETE', `/api/owner/posts/${boost}/reactions/crab`)).body.reactions).toHaveLength(2)
  })

  test('of somebody are read on where they live', async () => {
    const desk = await openDesk()
    const bo = person(desk.home, 'bo')
    desk.network.posts = { added: 20, more: true }
    expect((await desk.call('POST', `/api/owner/accounts/${bo}/posts`, { older: true })).body).toEqual({ added: 20, more: true })
    await desk.call('POST', `/api/owner/accounts/${bo}/posts`, {})
    expect(desk.network.asked).toEqual([`posts ${bo} older`, `posts ${bo}`])
    expect((await desk.call('POST', `/api/owner/accounts/${owner(desk.home).id}/posts`, {})).body).toEqual({ added: 0, more: false })
    expect((await desk.call('POST', '/api/owner/accounts/5/posts', {})).status).toBe(404)
    expect(desk.network.asked).toHaveLength(2)
  })

  test('are walked with their conversation, and every window hears how it goes', async () => {
    const desk = await openDesk()
    const post = received(desk.home, person(desk.home, 'bo'))
    const lonely = received(desk.home, person(desk.home, 'cy'))
    const walk = { id: '77', postId: post, state: 'running', found: 0 } as const
    desk.network.walks.set(post, walk)
    const frames = await desk.listen()
    expect((await desk.call('POST', `/api/owner/posts/${post}/conversation`)).body).toEqual({ ...walk, postId: String(post) })
    expect((await desk.call('GET', '/api/owner/walks/77')).body).toEqual({ ...walk, postId: String(post) })
    expect((await desk.call('GET', '/api/owner/walks/78')).status).toBe(404)
    expect((await desk.call('POST', `/api/owner/posts/${lonely}/conversation`)).body).toMatchObject({ state: 'finished', found: 0 })
    expect((await desk.call('POST', '/api/owner/posts/5/conversation')).status).toBe(404)
    desk.tell.walk({ ...walk, state: 'finished', found: 9 })
    await soon(() => frames.some((frame) => frame.type === 'walk'))
    expect(frames.find((frame) => frame.type === 'walk')).toEqual({
      type: 'walk',
      walk: { id: '77', postId: String(post), state: 'finished', found: 9 },
    })
  })

  test('tell where they have arrived, and try again where they have not', async () => {
    const desk = await openDesk()
    const { post } = writePost(desk.home, { text: 'mine', visibility: 'public' })
    releasePost(desk.home, post.id, NOON)
    const path = `/api/owner/posts/${post.id}/deliveries`
    expect((await desk.call('GET', path)).status).toBe(404)
    expect((await desk.call('POST', `${path}/retry`)).status).toBe(404)
    desk.sending.posts.set(post.id, {
      delivered: 1,
      total: 2,
      hosts: [
        { host: 'rock.example', state: 'waiting', code: 'timeout', status: null, attempts: 3, nextAttemptAt: NOON + HOUR },
        { host: 'tide.example', state: 'delivered', code: null, status: 202, attempts: 1, nextAttemptAt: null },
      ],
    })
    expect((await desk.call('GET', path)).body).toEqual({
      postId: String(post.id),
      delivered: 1,
      total: 2,
      hosts: [
        {
          host: 'rock.example',
          state: 'waiting',
          code: 'timeout',
          status: null,
          attempts: 3,
          nextAttemptAt: new Date(NOON + HOUR).toISOString(),
        },
        { host: 'tide.example', state: 'delivered', code: null, status: 202, attempts: 1, nextAttemptAt: null },
      ],
    })
    expect((await desk.call('POST', `${path}/retry`)).status).toBe(200)
    expect(desk.sending.retried.at(-1)).toBe(`post ${post.id}`)
  })
})

describe('other servers', () => {
  test('are listed with what they run, tried again, forgotten', async () => {
    const desk = await openDesk()
    const view = {
      waiting: 2,
      failed: 1,
      delivered: 9,
      lastSuccessAt: NOON - HOUR,
      lastFailureAt: NOON,
      lastStatus: 503,
      nextAttemptAt: null,
    }
    desk.sending.hosts.set('tide.example', { host: 'tide.example', state: 'open', lastCode: 'server-error', ...view })
    desk.network.software.set('tide.example', 'mastodon')
    const [host] = (await desk.call('GET', '/api/owner/hosts')).body
    expect(host).toEqual({
      ...view,
      host: 'tide.example',
      software: 'mastodon',
      state: 'open',
      lastCode: 'server-error',
      lastSuccessAt: new Date(NOON - HOUR).toISOString(),
      lastFailureAt: new Date(NOON).toISOString(),
    })
    expect((await desk.call('POST', '/api/owner/hosts/tide.example/retry')).body).toEqual(host)
    expect((await desk.call('DELETE', '/api/owner/hosts/tide.example')).body).toMatchObject({
      host: 'tide.example',
      state: 'fine',
      waiting: 0,
    })
    expect((await desk.call('DELETE', '/api/owner/hosts/tide.example')).status).toBe(404)
    expect((await desk.call('POST', '/api/owner/hosts/nobody.example/retry')).status).toBe(404)
  })

  test('and what was missed of them: read up now, stopped, told as it goes', async () => {
    const desk = await openDesk()
    const absence = {
      id: 4,
      awaySince: NOON - 3 * HOUR,
      backAt: NOON,
      state: 'running' as const,
      finishedAt: null,
      posts: 12,
      servers: 3,
      accounts: 5,
      threads: 1,
      silent: ['rock.example'],
      gaps: [{ software: 'gotosocial', servers: 2, missing: 'mentions' as const, from: NOON - 3 * HOUR, to: NOON }],
      remaining: 2,
      heldBy: null,
    }
    desk.network.away.push(absence)
    const frames = await desk.listen()
    const wire = {
      ...absence,
      id: '4',
      awaySince: new Date(NOON - 3 * HOUR).toISOString(),
      backAt: new Date(NOON).toISOString(),
      gaps: [{ ...absence.gaps[0], from: new Date(NOON - 3 * HOUR).toISOString(), to: new Date(NOON).toISOString() }],
    }
    expect((await desk.call('GET', '/api/owner/away')).body).toEqual([wire])
    expect((await desk.call('POST', '/api/owner/away')).body).toEqual([wire])
    expect((await desk.call('DELETE', '/api/owner/away')).body).toEqual([wire])
    expect(desk.network.asked).toEqual(['catch up', 'stop'])
    desk.tell.away({ ...absence, state: 'done', finishedAt: NOON })
    await soon(() => frames.some((frame) => frame.type === 'away'))
    expect(frames.find((frame) => frame.type === 'away')).toEqual({
      type: 'away',
      report: { ...wire, state: 'done', finishedAt: new Date(NOON).toISOString() },
    })
  })
})
