import { describe, expect, test } from 'vitest'
import { owner } from '../../../src-main/domain/owner.ts'
import { receiveEdit, receivePost } from '../../../src-main/domain/posts.ts'
import { domainBlocksPage } from '../../../src-main/domain/domain-blocks.ts'
import { addDoorWord, turnedAway } from '../../../src-main/domain/door.ts'
import { followed, HOUR, NOON, openAna, person, received, remotePost } from '../domain/home.ts'
import { openDesk } from './desk.ts'

describe('the door', () => {
  test('words are added, counted and taken away', async () => {
    const desk = await openDesk()
    const added = await desk.call('POST', '/api/owner/door', { words: ' Buy  coins ', wholeWord: true })
    expect(added.body).toEqual([{ id: added.body[0].id, words: 'Buy coins', wholeWord: true, turnedAway: 0, lastAt: null }])
    const bo = person(desk.home, 'bo')
    expect(receivePost(desk.home, remotePost(bo, { content: '<p>Now <b>buy</b> coins!</p>' }))).toBeNull()
    expect(receivePost(desk.home, remotePost(bo, { content: '<p>Rebuy coins</p>' }))?.created).toBe(true)
    const listed = (await desk.call('GET', '/api/owner/door')).body
    expect(listed).toMatchObject([{ words: 'Buy coins', turnedAway: 1, lastAt: new Date(NOON).toISOString() }])
    expect((await desk.call('DELETE', `/api/owner/door/${listed[0].id}`)).body).toEqual([])
    expect((await desk.call('DELETE', `/api/owner/door/${listed[0].id}`)).status).toBe(404)
    expect(receivePost(desk.home, remotePost(bo, { content: '<p>buy coins</p>' }))?.created).toBe(true)
    for (const body of [
      {},
      { words: '' },
      { words: '   ' },
      { words: 7 },
      { words: 'x'.repeat(300) },
      { words: 'a', wholeWord: 'b' },
      [],
    ]) {
      expect((await desk.call('POST', '/api/owner/door', body)).status).toBe(422)
    }
    expect((await desk.call('GET', '/api/owner/door')).body).toEqual([])
  })

  test('it reads everything a stranger says, and lets pass whom the owner follows', () => {
    const home = openAna()
    addDoorWord(home, { words: 'coins', wholeWord: false })
    const bo = person(home, 'bo')
    const friend = followed(home, 'cy')
    const mention = { mentions: [{ acct: 'ana', accountId: owner(home).id }], forOwner: true }
    for (const change of [
      { content: '<p>bitCOINS</p>' },
      { content: '<p>co<span>ins</span></p>' },
      { content: '<p>&#99;oins</p>' },
      { content: '<p>ｃｏｉｎｓ</p>' },
      { warning: 'coins' },
      { title: 'Coins' },
      { tags: ['Coins'] },
      { media: [{ kind: 'image' as const, url: 'https://tide.example/1.png', mime: null, description: 'some coins' }] },
      { poll: { multiple: false, options: [{ title: 'coins', votes: 0 }], voters: null, endsAt: NOON + HOUR, closedAt: null } },
    ]) {
      expect([change, receivePost(home, remotePost(bo, { ...mention, ...change }))]).toEqual([change, null])
    }
    expect(home.rows('notifications')).toBe(0)
    expect(receivePost(home, remotePost(friend, { content: '<p>coins</p>' }))?.created).toBe(true)
  })

  test('an edit does not bring in what was turned away', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    addDoorWord(home, { words: 'coins', wholeWord: true })
    const uri = 'https://tide.example/notes/edited'
    received(home, bo, { uri })
    expect(receiveEdit(home, remotePost(bo, { uri, content: '<p>coins</p>', edited: NOON }))).toBe(false)
    expect(receiveEdit(home, remotePost(bo, { uri, content: '<p>boats</p>', edited: NOON }))).toBe(true)
  })

  test('whole words end where words end, in any script', () => {
    const home = openAna()
    addDoorWord(home, { words: '#été', wholeWord: true })
    const away = (content: string) => turnedAway(home, { content, warning: '', others: [], tags: [] })
    expect([away('#Été!'), away('(#été)'), away('#étés'), away('l #été'), away('𝒳#été')]).toEqual([true, true, false, true, true])
    addDoorWord(home, { words: 'ship', wholeWord: true })
    expect([away('starship'), away('a ship'), away('ship_a'), away('ship, ahoy')]).toEqual([false, true, false, true])
  })

  test('rule 25: it costs one pass, whatever strangers send', () => {
    const home = openAna()
    addDoorWord(home, { words: `${'a'.repeat(150)}b`, wholeWord: true })
    const said = { content: 'a'.repeat(200_000), warning: '', others: [], tags: [] }
    const start = performance.now()
    expect(turnedAway(home, said)).toBe(false)
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})

describe('lists of servers to block', () => {
  test('are taken in Mastodon’s form', async () => {
    const desk = await openDesk()
    const list = [
      '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate',
      'bad.example,suspend,true,true,"said, twice",false',
      'loud.example,silence,false,false,,false',
      'fine.example,noop,false,false,,false',
      'BAD.example,suspend,false,false,,false',
      'sub.bad.example,suspend,false,false,,false',
      '***.example,suspend,false,false,,true',
    ].join('\r\n')
    const { body } = await desk.call('POST', '/api/owner/domain-blocks/import', { list })
    expect(body).toEqual({ added: 2, known: 2, refused: ['***.example,suspend,false,false,,true'] })
    expect(domainBlocksPage(desk.home, { limit: 10 }).map((one) => one.domain)).toEqual(['loud.example', 'bad.example'])
  })

  test('or one name per line, with comments; their people are gone at once', async () => {
    const desk = await openDesk()
    const bo = followed(desk.home, 'bo')
    received(desk.home, bo)
    const list = '\u{feff}# from a friend\n\ntide.example\nhttps://far.example/\nmünster.example\nana.example\nno name here\n'
    const { body } = await desk.call('POST', '/api/owner/domain-blocks/import', { list })
    expect(body).toEqual({ added: 3, known: 0, refused: ['ana.example', 'no name here'] })
    expect(desk.home.rows('follows')).toBe(0)
    expect(desk.home.rows('home')).toBe(0)
    expect((await desk.call('POST', '/api/owner/domain-blocks/import', { list })).body).toMatchObject({ added: 0, known: 3 })
    expect(domainBlocksPage(desk.home, { limit: 10 }).map((one) => one.domain)).toContain('xn--mnster-3ya.example')
  })

  test('that are none change nothing', async () => {
    const desk = await openDesk()
    // The first call writes down that the token was used.
    await desk.call('GET', '/api/owner/door')
    const before = desk.home.picture()
    for (const body of [{}, { list: 7 }, { list: '' }, { list: '# nothing\n' }, { list: 'a.example\n'.repeat(20_001) }, []]) {
      expect((await desk.call('POST', '/api/owner/domain-blocks/import', body)).status).toBe(422)
    }
    expect(desk.home.picture()).toBe(before)
  })
})

describe('closing the account', () => {
  test('wants the handle typed, and then says how far it is', async () => {
    const desk = await openDesk()
    const frames = await desk.listen()
    expect((await desk.call('GET', '/api/owner/closing')).body).toEqual({ state: 'open', at: null, total: 0, delivered: 0, failed: 0 })
    for (const confirm of ['', 'ana', '@ana@other.example']) {
      expect((await desk.call('POST', '/api/owner/closing', { confirm })).status).toBe(422)
    }
    expect((await desk.call('POST', '/api/owner/closing', { confirm: '@bo@ana.example' })).body.code).toBe('confirm-wrong')
    const closed = await desk.call('POST', '/api/owner/closing', { confirm: '@ana@ana.example' })
    expect(closed.body).toEqual({ state: 'leaving', at: new Date(NOON).toISOString(), total: 0, delivered: 0, failed: 0 })
    const again = await desk.call('POST', '/api/owner/closing', { confirm: '@ana@ana.example' })
    expect([again.status, again.body.code]).toEqual([409, 'closed'])
    for (let turn = 0; turn < 500 && !frames.some((frame) => frame.type === 'closing'); turn++) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(frames.filter((frame) => frame.type === 'closing')).toMatchObject([{ closing: { state: 'leaving' } }])
  })
})
