/** Posts of others, their edits, their ends, boosts and favourites: who may say what about whose. */
import { describe, expect, test } from 'vitest'
import { block } from '../../../src-main/domain/follows.ts'
import { postByUri, writePost } from '../../../src-main/domain/posts.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, followedBy, following, knowing, MINUTE, openInstance, ORIGIN } from './instance.ts'
import { PUBLIC, remoteServer } from './world.ts'
import type { Visibility } from '../../../src-main/domain/types.ts'
import type { Instance } from './instance.ts'

async function scene() {
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  const other = remoteServer('other.example')
  const evil = remoteServer('evil.example')
  const bo = mo.actor('bo')
  await following(home, bo)
  for (const server of [mo, other, evil]) server.asked.splice(0)
  return { home, mo, other, evil, bo, al: other.actor('al'), eve: evil.actor('eve') }
}

/** A post of the owner that has left. */
async function released(home: Instance, visibility: Visibility = 'public'): Promise<{ id: number; uri: string }> {
  const { post } = writePost(home, { text: 'From Ana', visibility })
  await home.leave()
  return { id: post.id, uri: `${ANA}/statuses/${post.id}` }
}
const note = (uri: string, home: Instance) => postByUri(home, uri)

describe('Create', () => {
  test('everything of a rich post is kept', async () => {
    const { home, bo } = await scene()
    const sent = bo.create({
      summary: 'ferries',
      sensitive: true,
      content: `<p onclick="x()">Hi <a href="${ORIGIN}/@ana" class="u-url mention">@<span>ana</span></a><script>alert(1)</script></p>`,
      contentMap: { fr: '…' },
      cc: [bo.followers, ANA],
      tag: [
        { type: 'Mention', href: ANA, name: '@ana@ana.example' },
        { type: 'Hashtag', name: '#Ferries' },
        { type: 'Emoji', id: 'https://mo.example/emoji/boat', name: ':boat:', icon: { type: 'Image', url: 'https://mo.example/boat.png' } },
      ],
      attachment: [
        {
          type: 'Document',
          mediaType: 'image/jpeg',
          url: 'https://mo.example/1.jpg',
          name: 'A ferry',
          width: 800,
          height: 600,
          blurhash: 'UBL_:rOpGG-oBUNG,qRj2so|=eE1',
          focalPoint: [-0.5, 0.4],
        },
      ],
    })
    await home.takes(bo, sent)
    const post = home.one<{ id: number; content: string }>('select * from posts')
    expect(post).toMatchObject({ warning: 'ferries', sensitive: 1, language: 'fr', visibility: 'public', type: 'Note' })
    expect(post.content).not.toMatch(/script|onclick|alert/)
    expect(home.one('select acct, account_id = (select id from accounts where own = 1) as own from mentions')).toEqual({
      acct: 'ana@ana.example',
      own: 1,
    })
    expect(home.one('select name from tags')).toEqual({ name: 'ferries' })
    expect(home.one("select description, width, focus_x from media where kind = 'image'")).toEqual({
      description: 'A ferry',
      width: 800,
      focus_x: -0.5,
    })
    expect(home.one('select type from notifications')).toEqual({ type: 'mention' })
  })

  test.each([
    ['public', [PUBLIC], ['F']],
    ['public', ['as:Public'], []],
    ['public', ['Public'], []],
    ['unlisted', ['F'], [PUBLIC]],
    ['private', ['F'], [ANA]],
    ['private', [ANA], ['F']],
    ['direct', [ANA], []],
    ['direct', ['https://mo.example/users/bo/collections/friends', ANA], []],
  ])('is %s for to %j and cc %j', async (visibility, to, cc) => {
    const { home, bo } = await scene()
    const real = (list: string[]) => list.map((one) => (one === 'F' ? bo.followers : one))
    // What the activity says does not widen what the post says.
    await home.takes(bo, bo.create({ to: real(to), cc: real(cc) }, { to: [PUBLIC], cc: [] }))
    expect(home.one('select visibility from posts')).toEqual({ visibility })
  })

  test('a stranger’s post is kept if it is for the owner, with the stranger; any other leaves no trace', async () => {
    const { home, evil, eve } = await scene()
    const before = home.picture()
    await home.takes(eve, eve.create())
    expect(home.picture()).toBe(before)
    expect(evil.count('/users/eve')).toBe(1)
    await home.takes(eve, eve.create({ cc: [ANA], tag: [{ type: 'Mention', href: ANA, name: '@ana' }] }))
    expect(home.rows('posts')).toBe(1)
    expect(home.rows('home')).toBe(0)
    expect(home.rows('notifications')).toBe(1)
  })

  test('a stranger’s answer in a thread that is here is kept', async () => {
    const { home, eve } = await scene()
    const mine = await released(home)
    await home.takes(eve, eve.create({ inReplyTo: mine.uri }))
    expect(home.one('select replies_count as n from posts where id = ?', mine.id)).toEqual({ n: 1 })
  })

  test(rule(10) + ' a mention is who its address leads to, named by our own records', async () => {
    const { home, bo, al } = await scene()
    await knowing(home, al)
    await home.takes(
      bo,
      bo.create({
        tag: [
          { type: 'Mention', href: al.id, name: '@ana@ana.example' },
          { type: 'Mention', href: 'https://evil.example/users/x', name: '@ana@ana.example' },
        ],
      }),
    )
    expect(home.store.database.prepare('select acct from mentions order by acct').all()).toEqual([
      { acct: 'al@other.example' },
      { acct: 'ana@evil.example' },
    ])
    expect(home.rows('notifications')).toBe(0)
  })

  test(rule(5) + ' somebody else’s post in the body is fetched from its origin', async () => {
    const { home, other, bo, al } = await scene()
    const real = al.note({ content: '<p>What Al said</p>', cc: [ANA] })
    other.serve(new URL(real.id).pathname, real)
    await home.takes(bo, bo.activity('Create', { ...real, content: '<p>What Bo says Al said</p>' }))
    expect(home.one('select content from posts')).toEqual({ content: '<p>What Al said</p>' })
    expect(home.rows('inbound')).toBe(0)
  })

  test(rule(5) + ' a neighbour’s post in the body is fetched too', async () => {
    const { home, mo, bo } = await scene()
    const neighbour = mo.actor('cy')
    const invented = neighbour.note({ content: '<p>never said</p>', cc: [ANA] })
    await home.takes(bo, bo.activity('Create', invented))
    expect(home.rows('posts')).toBe(0)
  })

  test('by its address alone', async () => {
    const { home, mo, bo } = await scene()
    const said = bo.note()
    mo.serve(new URL(said.id).pathname, said)
    await home.takes(bo, bo.activity('Create', said.id))
    expect(home.rows('posts')).toBe(1)
    expect(home.rows('home')).toBe(1)
  })

  test(rule(28) + ' a stranger cannot make us fetch what is not addressed to the owner', async () => {
    const { home, other, eve, al } = await scene()
    const real = al.note()
    other.serve(new URL(real.id).pathname, real)
    await home.takes(eve, eve.activity('Create', real.id, { to: [PUBLIC] }))
    expect(other.asked).toEqual([])
  })

  test.each([
    ['its id is another', (real: Record<string, unknown>) => ({ ...real, id: 'https://evil.example/notes/1' })],
    ['its author lives elsewhere', (real: Record<string, unknown>) => ({ ...real, attributedTo: 'https://mo.example/users/bo' })],
    ['it is an actor', (real: Record<string, unknown>) => ({ ...real, type: 'Person' })],
    ['it is a vote', (real: Record<string, unknown>) => ({ ...real, content: undefined, name: 'yes', inReplyTo: ANA })],
  ])(rule(3) + ' a fetched post does not count when %s', async (_name, spoil) => {
    const { home, other, bo, al } = await scene()
    const real = al.note({ cc: [ANA] })
    other.serve(new URL(real.id).pathname, spoil(real))
    await home.takes(bo, bo.activity('Create', real.id))
    expect(home.rows('posts')).toBe(0)
  })

  test(rule(4) + ' nor when it comes as text/html', async () => {
    const { home, other, bo, al } = await scene()
    const real = al.note({ cc: [ANA] })
    other.serve(new URL(real.id).pathname, real, 'text/html')
    await home.takes(bo, bo.activity('Create', real.id))
    expect(home.rows('posts')).toBe(0)
    expect(home.rows('inbound')).toBe(0)
  })

  test('after its Delete it is not kept', async () => {
    const { home, bo } = await scene()
    const sent = bo.create()
    await home.takes(bo, bo.activity('Delete', (sent.object as { id: string }).id))
    await home.takes(bo, sent)
    expect(home.rows('posts')).toBe(0)
  })

  test('of a post of ours that never was: nothing', async () => {
    const { home, bo } = await scene()
    await home.takes(bo, bo.activity('Create', { type: 'Note', id: `${ANA}/statuses/1`, attributedTo: ANA, content: 'x', to: [PUBLIC] }))
    expect(home.rows('posts')).toBe(0)
  })

  test(rule(16) + ' of somebody blocked: nothing, even for the owner', async () => {
    const { home, bo } = await scene()
    block(home, await knowing(home, bo))
    await home.takes(bo, bo.create({ to: [ANA] }))
    expect(home.rows('posts')).toBe(0)
  })

  test('a fetch that fails is tried again later, across a restart', async () => {
    const { home, mo, bo } = await scene()
    const said = bo.note()
    let away = true
    mo.answer((_request, response): boolean => {
      if (away) response.writeHead(503).end()
      return away
    })
    mo.serve(new URL(said.id).pathname, said)
    await home.takes(bo, bo.activity('Create', said.id))
    expect(home.rows('inbound')).toBe(1)
    // Later posts do not wait for it.
    await home.takes(bo, bo.create())
    expect(home.rows('posts')).toBe(1)
    away = false
    const again = await home.restart(MINUTE)
    await again.pass(1)
    expect(again.rows('posts')).toBe(2)
    expect(again.rows('inbound')).toBe(0)
  })
})

describe('threads', () => {
  test(rule(28) + ' parents are fetched one after the other, up to twenty, and children find them', async () => {
    const { home, other, bo, al } = await scene()
    const chain = Array.from({ length: 25 }, () => al.note())
    chain.forEach((one, at) => other.serve(new URL(one.id).pathname, { ...one, inReplyTo: chain[at + 1]?.id }))
    await home.takes(bo, bo.create({ inReplyTo: chain[0]?.id }))
    expect(home.rows('posts')).toBe(21)
    expect(home.rows('posts', 'in_reply_to_uri is not null and in_reply_to_id is null')).toBe(1)
    expect(other.count('/users/al')).toBe(1)
  })

  test('a circle ends, and two answers to one post fetch it once', async () => {
    const { home, other, bo, al } = await scene()
    const [one, two] = [al.note(), al.note()]
    other.serve(new URL(one.id).pathname, { ...one, inReplyTo: two.id })
    other.serve(new URL(two.id).pathname, { ...two, inReplyTo: one.id })
    await Promise.all([home.deliver(bo, bo.create({ inReplyTo: one.id })), home.deliver(bo, bo.create({ inReplyTo: one.id }))])
    await home.federation.settled()
    await home.pass(1)
    expect(home.rows('posts')).toBe(4)
    expect(other.count(new URL(one.id).pathname)).toBe(1)
  })
})

describe('Update', () => {
  const edited = (object: unknown, at: number, change: Record<string, unknown> = {}) => ({
    ...(object as Record<string, unknown>),
    content: '<p>edited</p>',
    updated: new Date(at).toISOString(),
    ...change,
  })

  test(rule(15) + ' newer ones count, older ones and repeats do not', async () => {
    const { home, bo } = await scene()
    const sent = bo.create({ published: new Date(home.clock.at - 10 * MINUTE).toISOString() })
    await home.takes(bo, sent)
    await home.takes(bo, bo.activity('Update', edited(sent.object, home.clock.at - MINUTE)))
    expect(home.one('select content, edited_at as at from posts')).toEqual({ content: '<p>edited</p>', at: home.clock.at - MINUTE })
    const before = home.one('select * from posts')
    await home.takes(bo, bo.activity('Update', edited(sent.object, home.clock.at - 2 * MINUTE, { content: '<p>older</p>' })))
    await home.takes(bo, bo.activity('Update', edited(sent.object, home.clock.at - MINUTE, { content: '<p>same time</p>' })))
    expect(home.one('select * from posts')).toEqual(before)
    expect(home.rows('edits')).toBe(1)
  })

  test(rule(6) + ' of somebody else’s post: nothing', async () => {
    const { home, mo, bo, eve } = await scene()
    const sent = bo.create({ published: new Date(home.clock.at - 10 * MINUTE).toISOString() })
    await home.takes(bo, sent)
    await knowing(home, eve)
    const cy = mo.actor('cy')
    await knowing(home, cy)
    const before = home.one('select * from posts')
    for (const by of [eve, cy]) {
      await home.takes(by, by.activity('Update', edited(sent.object, home.clock.at)))
      await home.takes(by, by.activity('Update', edited(sent.object, home.clock.at, { attributedTo: by.id })))
    }
    expect(home.one('select * from posts')).toEqual(before)
  })

  test(rule(17) + ' a private post does not become public', async () => {
    const { home, bo } = await scene()
    const sent = bo.create({ to: [bo.followers], cc: [], published: new Date(home.clock.at - 10 * MINUTE).toISOString() })
    await home.takes(bo, sent)
    await home.takes(bo, bo.activity('Update', edited(sent.object, home.clock.at, { to: [PUBLIC] })))
    expect(home.one('select content, visibility from posts')).toEqual({ content: '<p>edited</p>', visibility: 'private' })
  })

  test('of a post that never came, from somebody followed: it is here now', async () => {
    const { home, bo } = await scene()
    await home.takes(bo, bo.activity('Update', edited(bo.note(), home.clock.at)))
    expect(home.rows('posts')).toBe(1)
  })
})

describe('Delete', () => {
  test('takes the post, as a Tombstone or by its id alone', async () => {
    const { home, bo } = await scene()
    const [one, two] = [bo.create(), bo.create()] as { object: { id: string } }[]
    await home.takes(bo, one)
    await home.takes(bo, two)
    await home.takes(bo, bo.activity('Delete', { id: one?.object.id, type: 'Tombstone' }))
    await home.takes(bo, bo.activity('Delete', two?.object.id))
    expect(home.rows('posts')).toBe(0)
    expect(home.rows('home')).toBe(0)
  })

  test(rule(6) + ' of somebody else’s post, or of ours: nothing', async () => {
    const { home, mo, bo, eve } = await scene()
    const sent = bo.create() as { object: { id: string } }
    await home.takes(bo, sent)
    const mine = await released(home)
    const cy = mo.actor('cy')
    await knowing(home, cy)
    await knowing(home, eve)
    for (const by of [eve, cy])
      for (const uri of [sent.object.id, mine.uri]) await home.takes(by, by.activity('Delete', { id: uri, type: 'Tombstone' }))
    expect(home.rows('posts')).toBe(2)
  })

  test('from a stranger leaves no row', async () => {
    const { home, eve } = await scene()
    await home.takes(eve, eve.create())
    const before = home.picture()
    await home.takes(eve, eve.activity('Delete', `${eve.id}/statuses/1`))
    expect(home.picture()).toBe(before)
  })
})

describe('Announce', () => {
  test('of ours, by anybody: counted and told', async () => {
    const { home, eve } = await scene()
    const mine = await released(home)
    const boost = eve.activity('Announce', mine.uri, { to: [PUBLIC], cc: [eve.followers, ANA] })
    await home.takes(eve, boost)
    expect(home.one('select boosts_count as n from posts where id = ?', mine.id)).toEqual({ n: 1 })
    expect(home.one('select type from notifications')).toEqual({ type: 'boost' })
    await home.takes(eve, eve.activity('Undo', boost))
    expect(home.one('select boosts_count as n from posts where id = ?', mine.id)).toEqual({ n: 0 })
    home.clock.at += MINUTE
    await home.takes(eve, { ...boost, published: undefined })
    expect(home.one('select boosts_count as n from posts where id = ?', mine.id), rule(15)).toEqual({ n: 0 })
  })

  test(rule(5) + ' of something not here, by somebody followed: fetched from its origin, never from the body', async () => {
    const { home, other, bo, al } = await scene()
    const real = al.note({ content: '<p>real</p>' })
    other.serve(new URL(real.id).pathname, real)
    await home.takes(bo, bo.activity('Announce', { ...real, content: '<p>made up</p>' }, { to: [PUBLIC], cc: [bo.followers] }))
    expect(note(real.id, home)?.content).toBe('<p>real</p>')
    expect(home.rows('home')).toBe(1)
    expect(home.rows('posts', 'boost_of is not null')).toBe(1)
  })

  test('of something not here, by a stranger: nobody is asked', async () => {
    const { home, other, eve, al } = await scene()
    const real = al.note()
    other.serve(new URL(real.id).pathname, real)
    await home.takes(eve, eve.activity('Announce', real.id, { to: [PUBLIC] }))
    await knowing(home, eve)
    home.clock.at += MINUTE
    await home.takes(eve, eve.activity('Announce', real.id, { to: [PUBLIC] }))
    expect(other.asked).toEqual([])
    expect(home.rows('posts')).toBe(0)
  })

  test(rule(17) + ' of what is not for everybody, by others: nothing', async () => {
    const { home, other, bo, al } = await scene()
    const mine = await released(home, 'private')
    await home.takes(bo, bo.activity('Announce', mine.uri, { to: [PUBLIC] }))
    const hidden = al.note({ to: [al.followers], cc: [ANA] })
    other.serve(new URL(hidden.id).pathname, hidden)
    await home.takes(bo, bo.activity('Announce', hidden.id, { to: [PUBLIC] }))
    expect(home.rows('posts', 'boost_of is not null')).toBe(0)
    expect(note(hidden.id, home)).toBeNull()
  })

  test('of a post of ours that has not left, or never was: nothing', async () => {
    const { home, bo } = await scene()
    const { post } = writePost(home, { text: 'wet', visibility: 'public' })
    for (const id of [post.id, 12345]) await home.takes(bo, bo.activity('Announce', `${ANA}/statuses/${id}`, { to: [PUBLIC] }))
    expect(home.rows('posts')).toBe(1)
  })

  test(rule(16) + ' of a post by somebody blocked: nothing', async () => {
    const { home, other, bo, al } = await scene()
    block(home, await knowing(home, al))
    const real = al.note()
    other.serve(new URL(real.id).pathname, real)
    await home.takes(bo, bo.activity('Announce', real.id, { to: [PUBLIC] }))
    expect(home.rows('posts')).toBe(0)
  })
})

describe('Like and EmojiReact', () => {
  test.each(['Like', 'EmojiReact'])('%s of ours counts once per person and can be taken back', async (type) => {
    const { home, eve } = await scene()
    const mine = await released(home)
    const like = eve.activity(type, mine.uri)
    await home.takes(eve, like)
    home.clock.at += MINUTE
    await home.takes(eve, eve.activity(type, mine.uri))
    expect(home.one('select favourites_count as n from posts where id = ?', mine.id)).toEqual({ n: 1 })
    expect(home.one('select type from notifications')).toEqual({ type: 'favourite' })
    await home.takes(eve, eve.activity('Undo', like))
    expect(home.one('select favourites_count as n from posts where id = ?', mine.id)).toEqual({ n: 0 })
  })

  test('of what is not here: nothing, and nobody is asked', async () => {
    const { home, evil, eve, bo } = await scene()
    const before = home.picture()
    await home.takes(bo, bo.activity('Like', 'https://other.example/notes/1'))
    await home.takes(bo, bo.activity('Like', `${ANA}/statuses/4711`))
    expect(home.picture()).toBe(before)
    await home.takes(eve, eve.activity('Like', 'https://other.example/notes/1'))
    expect(evil.asked).toEqual(['GET /users/eve'])
  })

  test(rule(6) + ' nobody takes back another’s', async () => {
    const { home, mo, bo, eve } = await scene()
    const mine = await released(home)
    const like = bo.activity('Like', mine.uri)
    await home.takes(bo, like)
    const cy = mo.actor('cy')
    await followedBy(home, cy)
    await followedBy(home, eve)
    for (const by of [cy, eve]) {
      await home.takes(by, by.activity('Undo', like))
      await home.takes(by, by.activity('Undo', like.id))
      await home.takes(by, by.activity('Undo', { type: 'Like', object: mine.uri }))
    }
    expect(home.one('select favourites_count as n from posts where id = ?', mine.id)).toEqual({ n: 1 })
  })
})
