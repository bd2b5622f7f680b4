import { describe, expect, it } from 'vitest'
import { settleCard, wantCard, dueCards } from '../../../src-main/domain/cards.ts'
import { bookmarkPost, favouritePost } from '../../../src-main/domain/interactions.ts'
import { ownerId, updateProfile } from '../../../src-main/domain/owner.ts'
import { boostPost, deletePost, receiveEdit, releasePost, writePost } from '../../../src-main/domain/posts.ts'
import { indexSome, isIndexed, startReindexing } from '../../../src-main/domain/reindexing.ts'
import { searchAccounts, searchPosts, searchTags } from '../../../src-main/domain/search.ts'
import { segment, termsOf } from '../../../src-main/domain/search-terms.ts'
import { block } from '../../../src-main/domain/blocks.ts'
import { followed, HOUR, MINUTE, NOON, openAna, openHome, person, received, remotePost } from './home.ts'
import type { CardFacts } from '../../../src-main/domain/cards.ts'
import type { Home } from './home.ts'

const found = (home: Home, typed: string) => searchPosts(home, typed, { limit: 50 })
const expression = (typed: string, ids: number[] = []) => termsOf(typed, () => ids)?.match ?? null
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

const FACTS: CardFacts = {
  kind: 'link',
  title: 'The keeper of Skerry Rock',
  description: 'Forty winters beside the lamp',
  language: 'en',
  authorName: '',
  authorUrl: '',
  authorId: null,
  providerName: 'The Paper',
  providerUrl: 'https://paper.example/',
  width: 0,
  height: 0,
  publishedAt: null,
  picture: null,
}

describe('words', () => {
  it.each([
    ['東京都', ' 東京 京都 都 '],
    ['ok 東京都 ok', 'ok  東京 京都 都  ok'],
    ['海', ' 海 '],
    ['plain text, café', 'plain text, café'],
    ['𠮷野家', ' 𠮷野 野家 家 '],
    ['ﾄｳｷｮｳ', ' トウ ウキ キョ ョウ ウ '],
  ])('cuts %s into pairs', (text, cut) => expect(segment(text)).toBe(cut))

  it.each([
    ['Latin with accents', 'Crème brûlée à Besançon', ['creme', 'BRÛLÉE', '"a besancon"']],
    ['Vietnamese', 'Tiếng Việt rất hay', ['tieng', 'việt']],
    ['German', 'Über den Dächern', ['uber', 'DÄCHERN']],
    ['Cyrillic', 'Ёлка стоит у моря', ['елка', 'ЁЛКА', 'моря']],
    ['Greek', 'Η Ελλάδα το καλοκαίρι', ['ελλαδα', 'ΕΛΛΆΔΑ', 'καλοκαιρι']],
    ['Arabic', 'السلام عليكم ورحمة الله مُحَمَّد', ['السلام', 'محمد', 'مُحَمَّد']],
    ['Hebrew', 'שָׁלוֹם לכם', ['שלום', 'לכם']],
    ['Hindi', 'हिन्दी में समुद्र', ['हिन्दी', 'समुद्र']],
    ['Tamil', 'கடல் அலைகள்', ['கடல்', 'அலைகள்']],
    ['Thai', 'วันนี้ทะเลสวยมาก', ['ทะเล', 'สวยมาก', 'ทะ']],
    ['Chinese', '我今天在海边散步', ['海边', '散步', '步', '"今天在海边"']],
    ['Japanese', '灯台のコーヒーはおいしい', ['灯台', 'コーヒー', '灯', 'い', 'ｺｰﾋｰ']],
    ['Korean', '바다가 보이는 등대', ['바다', '등대', '등']],
    ['full width', 'Ｈｅｌｌｏ　ｗｏｒｌｄ', ['hello', 'world']],
    ['emoji', 'Look 🐈‍⬛ and 👩🏽‍🚀 in 🇫🇷', ['🐈', '👩‍🚀', '🇫🇷', 'look 🐈']],
  ])('finds %s', async (_, content, typed) => {
    const home = openAna()
    const bo = person(home, 'bo')
    const id = received(home, bo, { content: `<p>${content}</p>` })
    received(home, bo, { content: '<p>Nothing of that: 猫 дом 12 🐕 लहर</p>' })
    for (const words of typed) expect([words, await found(home, words)]).toEqual([words, [id]])
  })

  it('does not take one word for another', async () => {
    const home = openAna()
    const bo = person(home, 'bo')
    received(home, bo, { content: '<p>दान दिन ขา ข่า 東北と京都 🐈</p>' })
    for (const words of ['दिनों', 'दीन', 'ข้า', '東京', '🐕']) expect([words, await found(home, words)]).toEqual([words, []])
  })
})

describe('what is typed', () => {
  it('is never syntax, and never an error', async () => {
    expect(expression('"')).toBeNull()
    expect(expression('')).toBeNull()
    expect(expression('-boats')).toBe('((facets : "xall")) NOT ((text : "boats"))')
    expect(expression('a" OR "b')).toBe('(text : "a$$") AND (text : "OR") AND (text : "$$b")'.replaceAll('$$', '""'))
    expect(expression('boats -sails from:bo', [7])).toBe('((text : "boats") AND (facets : ("xfrom7"))) NOT ((text : "sails"))')
    expect(expression('http://tide.example')).toContain('text : "http')
    // No operators, or values they know nothing of: words.
    expect(expression('note:this has:wings before:lunch')).toBe('(text : "note:this") AND (text : "has:wings") AND (text : "before:lunch")')
    const home = openAna()
    person(home, 'bo')
    for (const nonsense of [
      '(',
      ')',
      '*',
      'NEAR(a b)',
      'a AND',
      'text:',
      '^a',
      'a +',
      '{a b}:c',
      '\u0000',
      '"\u0000',
      "'; drop table posts",
      'from:""',
      'from:@',
      'to:@@@',
      'has:"',
      '-"',
      '--',
      '-from:',
      'in:',
      'before:9999-99-99',
      'during:0000',
      'after:2026-02-30',
      'lang:💥',
      '#',
      '##',
      '🏳️‍🌈"',
      'x'.repeat(3_000),
      '"'.repeat(501),
      '海'.repeat(600),
      'ที่'.repeat(300),
      '\ud800',
      '(('.repeat(200),
      '-a '.repeat(250),
    ]) {
      expect(Array.isArray(await found(home, nonsense)), nonsense).toBe(true)
      expect(Array.isArray(await searchAccounts(home, nonsense, { limit: 5 })), nonsense).toBe(true)
      expect(Array.isArray(await searchTags(home, nonsense, 5)), nonsense).toBe(true)
    }
  })
})

describe('whatever is typed', () => {
  it.each([1, 2, 3])('is answered with a list (seed %i)', async (seed) => {
    const home = openAna()
    received(home, person(home, 'bo'), { content: '<p>boats 海辺 ทะเล 🐈</p>' })
    const pieces = [
      '"',
      '(',
      ')',
      '*',
      '^',
      ':',
      '-',
      '+',
      'AND',
      'OR',
      'NOT',
      'NEAR',
      'from:',
      'to:',
      'has:',
      'in:home',
      'before:',
      '2026',
      ' ',
      ' ',
      '海',
      'ที่',
      '🐈',
      '\u0000',
      '\ud800',
      "'",
      ';',
      '{',
      '}',
      'boats',
      '#',
      '@',
      'me',
      '\u202e',
      '\\',
      '%',
      '_',
      'xall',
      'text',
      'facets',
      '\ue03f',
      '́',
    ]
    let state = seed
    const random = (below: number) => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below
    for (let round = 0; round < 150; round++) {
      const typed = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join('')
      expect(Array.isArray(await found(home, typed)), JSON.stringify(typed)).toBe(true)
      expect(Array.isArray(await searchAccounts(home, typed, { limit: 5 })), JSON.stringify(typed)).toBe(true)
      expect(Array.isArray(await searchTags(home, typed, 5)), JSON.stringify(typed)).toBe(true)
    }
  })
})

describe('operators', () => {
  async function shelf() {
    const home = openAna()
    const bo = followed(home, 'bo')
    const cy = person(home, 'cy', 'reef.example')
    const me = ownerId(home)
    const picture = { kind: 'image' as const, url: 'https://tide.example/1.jpg', mime: 'image/jpeg', description: 'a heron' }
    const film = { kind: 'video' as const, url: 'https://tide.example/1.mp4', mime: 'video/mp4' }
    const posts = {
      plain: received(home, bo, { content: '<p>tide one</p>', published: Date.UTC(2024, 4, 3, 12), language: 'fr' }),
      toMe: received(home, bo, {
        content: '<p>tide two</p>',
        mentions: [{ acct: 'ana', accountId: me }],
        media: [picture],
        warning: 'fog',
      }),
      toCy: received(home, bo, {
        content: '<p>tide three</p>',
        mentions: [{ acct: 'cy@reef.example', accountId: cy }],
        visibility: 'direct',
        forOwner: true,
        sensitive: true,
      }),
      poll: received(home, cy, {
        content: '<p>tide four <a href="https://paper.example/a">paper</a></p>',
        published: Date.UTC(2025, 0, 20, 12),
        poll: { multiple: false, options: [{ title: 'high', votes: 0 }], voters: 0, endsAt: null, closedAt: null },
      }),
      film: received(home, cy, { content: '<p>tide five</p>', media: [film], published: Date.UTC(2025, 1, 1, 12) }),
    }
    const mine = writePost(home, { text: 'tide six', visibility: 'public', inReplyToId: posts.poll }).post.id
    releasePost(home, mine, home.now())
    return { home, bo, cy, posts: { ...posts, mine } }
  }

  it('from, to, has, is, in, lang, alone and together', async () => {
    const { home, posts } = await shelf()
    const names = new Map(Object.entries(posts).map(([name, id]) => [id, name]))
    const find = async (typed: string) => (await found(home, typed)).map((id) => names.get(id)).sort()
    const all = Object.keys(posts).sort()
    expect(await find('tide')).toEqual(all)
    expect(await find('from:bo')).toEqual(['plain', 'toCy', 'toMe'])
    expect(await find('from:@BO@tide.example has:image')).toEqual(['toMe'])
    expect(await find('from:bo has:images')).toEqual(['toMe'])
    expect(await find('-from:bo')).toEqual(['film', 'mine', 'poll'])
    expect(await find('from:me')).toEqual(['mine'])
    expect(await find('from:nobody')).toEqual([])
    expect(await find('from:bo@elsewhere.example')).toEqual([])
    expect(await find('to:me')).toEqual(['toMe'])
    expect(await find('to:cy')).toEqual(['mine', 'toCy'])
    expect(await find('has:video')).toEqual(['film'])
    expect(await find('has:media -has:video')).toEqual(['toMe'])
    expect(await find('has:poll has:link')).toEqual(['poll'])
    expect(await find('has:cw')).toEqual(['toMe'])
    expect(await find('is:reply')).toEqual(['mine'])
    expect(await find('is:sensitive')).toEqual(['toCy'])
    expect(await find('is:own')).toEqual(['mine'])
    expect(await find('is:direct')).toEqual(['toCy'])
    expect(await find('lang:fr')).toEqual(['plain'])
    expect(await find('language:FR tide')).toEqual(['plain'])
    expect(await find('in:home -from:me')).toEqual(['plain', 'toCy', 'toMe'])
    expect(await find('-in:home')).toEqual(['film', 'poll'])
    expect(await find('in:library')).toEqual(['mine', 'toMe'])
    expect(await find('in:public')).toEqual(['film', 'mine', 'plain', 'poll', 'toMe'])
    expect(await find('in:all')).toEqual(all)
    expect(await find('"tide five" in:all')).toEqual(['film'])
    expect(await find('heron')).toEqual(['toMe'])
    expect(await find('high')).toEqual(['poll'])
  })

  it('dates: a day, a month, a year, a moment', async () => {
    const { home, posts } = await shelf()
    expect(await found(home, 'before:2024-05-04')).toEqual([posts.plain])
    expect(await found(home, 'before:2024-05-03')).toEqual([])
    expect(await found(home, 'after:2024-05-03 before:2025-02-01 tide')).toEqual([posts.poll])
    expect(await found(home, 'after:2025-01-31 before:2026 tide')).toEqual([posts.film])
    expect(await found(home, 'during:2024')).toEqual([posts.plain])
    expect(await found(home, 'during:2025-01')).toEqual([posts.poll])
    expect(await found(home, 'during:2025 -during:2025-01')).toEqual([posts.film])
    expect(await found(home, 'during:2025-02-01 from:cy')).toEqual([posts.film])
    expect(await found(home, 'before:2024-05-03T12:00:01Z')).toEqual([posts.plain])
    expect(await found(home, 'before:2024-05-03T12:00:00Z')).toEqual([])
    expect(await found(home, '-before:2025 -after:2025-01')).toEqual([posts.poll])
  })

  it('what the owner keeps is found a moment later', async () => {
    const { home, posts } = await shelf()
    const stop = startReindexing(home, quiet, { set: () => null, clear: () => undefined })
    favouritePost(home, posts.plain)
    bookmarkPost(home, posts.film)
    boostPost(home, posts.poll)
    await Promise.resolve()
    expect(await found(home, 'is:favourited')).toEqual([posts.plain])
    expect(await found(home, 'is:bookmarked')).toEqual([posts.film])
    expect(await found(home, 'is:boosted')).toEqual([posts.poll])
    expect((await found(home, 'in:library')).sort()).toEqual([posts.plain, posts.film, posts.mine, posts.toMe].sort())
    stop()
  })
})

describe('finding', () => {
  it('what was written, not what was deleted or changed away; pages in both directions', async () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const first = remotePost(bo, { content: '<p>Lighthouses &amp; <em>boats</em></p>', warning: 'fog', published: NOON - HOUR })
    const id = received(home, bo, first)
    expect([await found(home, 'LIGHTHOUSES boats'), await found(home, 'fog'), await found(home, 'em'), await found(home, 'light')]).toEqual(
      [[id], [id], [], []],
    )
    receiveEdit(home, {
      ...first,
      content: '<p>Lanterns</p>',
      edited: NOON - MINUTE,
      mentions: [{ acct: 'ana', accountId: ownerId(home) }],
    })
    expect([await found(home, 'boats'), await found(home, 'lanterns'), await found(home, 'to:me in:library')]).toEqual([[], [id], [id]])
    const mine = writePost(home, { text: 'lanterns of mine', visibility: 'public' }).post.id
    expect(await found(home, 'lanterns')).toEqual([mine, id])
    expect(await searchPosts(home, 'lanterns', { limit: 1, maxId: mine })).toEqual([id])
    expect(await searchPosts(home, 'lanterns', { limit: 1, minId: id })).toEqual([mine])
    expect(await searchPosts(home, 'lanterns', { limit: 5, minId: 0 })).toEqual([mine, id])
    expect(await searchPosts(home, 'lanterns', { limit: 5, sinceId: id })).toEqual([mine])
    expect(await searchPosts(home, 'lanterns', { limit: 1, offset: 1 })).toEqual([id])
    expect(await searchPosts(home, 'lanterns', { limit: 5, accountId: bo })).toEqual([id])
    deletePost(home, mine)
    expect(await found(home, 'lanterns')).toEqual([id])
    block(home, bo)
    expect(await found(home, 'lanterns')).toEqual([])
  })

  it('the words of the page a post links to, once they are here, and not after the link is another', async () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const post = remotePost(bo, { content: '<p><a href="https://paper.example/a">paper.example/a</a></p>' })
    const id = received(home, bo, post)
    wantCard(home, id, ['https://paper.example/a'])
    expect(await found(home, 'skerry')).toEqual([])
    settleCard(home, dueCards(home, 1)[0]?.id as number, FACTS, home.now())
    expect(await found(home, '"keeper of skerry"')).toEqual([id])
    expect(await found(home, 'winters has:card')).toEqual([id])
    // An edit of the post keeps them; another link takes them away.
    receiveEdit(home, { ...post, content: '<p>Read <a href="https://paper.example/a">this</a></p>', edited: NOON - 1_000 })
    expect(await found(home, 'read skerry')).toEqual([id])
    wantCard(home, id, ['https://paper.example/b'])
    expect(await found(home, 'skerry')).toEqual([])
  })

  it('people by any word of their names, exactly that name first, then followed ones', async () => {
    const home = openAna()
    const exact = person(home, 'mira', 'far.example')
    const prefix = followed(home, 'miranda')
    const byName = person(home, 'zz', 'tide.example', { displayName: 'Captain Mira 海野美空' })
    const stranger = person(home, 'mirabel', 'reef.example')
    const find = (typed: string, following = false) => searchAccounts(home, typed, { limit: 10, following })
    expect(await find('mira')).toEqual([exact, prefix, stranger, byName])
    expect(await find('mira', true)).toEqual([prefix])
    expect(await find('captain mira')).toEqual([byName])
    expect([await find('美空'), await find('野美'), await find('空'), await find('capt')]).toEqual([[byName], [byName], [byName], [byName]])
    expect(await find('mira@f')).toEqual([exact])
    expect(await find('@mirabel@reef.example')).toEqual([stranger])
    // Names that change.
    person(home, 'zz', 'tide.example', { displayName: 'Ola' })
    expect([await find('captain'), await find('ola')]).toEqual([[], [byName]])
    updateProfile(home, { displayName: 'Ana of the tower' })
    expect(await find('tower')).toEqual([ownerId(home)])
  })

  it('hashtags: that very one first, then the most used', async () => {
    const home = openAna()
    const bo = person(home, 'bo')
    received(home, bo, { tags: ['sea', 'seal', 'seaside'] })
    received(home, bo, { tags: ['seaside'] })
    expect([
      await searchTags(home, '#SE', 10),
      await searchTags(home, 'sea', 10),
      await searchTags(home, '', 10),
      await searchTags(home, 'se', 1, 1),
    ]).toEqual([['seaside', 'sea', 'seal'], ['sea', 'seaside', 'seal'], [], ['sea']])
  })
})

describe('rows of an older version', () => {
  it('are written anew a few at a time, and go on after a restart', async () => {
    const home = openAna()
    const bo = person(home, 'bo')
    const ids = Array.from({ length: 7 }, (_, i) =>
      received(home, bo, { content: `<p>tern ${i}</p>`, published: NOON - (10 - i) * MINUTE }),
    )
    const { database } = home.store
    database.exec('delete from search; delete from search_people')
    for (const id of ids) database.prepare("insert into search (rowid, text, facets) values (?, 'tern', 'xfrom1')").run(id)
    database.exec("delete from settings where key = 'searchIndex'")
    expect([isIndexed(home), await found(home, 'from:bo'), await searchAccounts(home, 'bo', { limit: 5 })]).toEqual([false, [], []])
    let steps = 0
    for (let done = false; !done; steps++) {
      done = indexSome(home, 3)
      // The newest come first.
      if (steps === 1) expect(await found(home, 'from:bo')).toEqual([...ids].reverse().slice(0, 3))
    }
    expect(steps).toBe(4)
    expect([isIndexed(home), await found(home, 'from:bo tern'), await searchAccounts(home, 'bo', { limit: 5 })]).toEqual([
      true,
      [...ids].reverse(),
      [bo],
    ])
  })

  it('are none in a new home', () => expect(isIndexed(openHome())).toBe(true))

  it('a star stands for the rest of a word of three letters or more', async () => {
    const home = openAna()
    const bo = followed(home, 'bo')
    const maps = received(home, bo, { content: '<p>Maps of the estuary</p>' })
    const map = received(home, bo, { content: '<p>A map, once</p>' })
    expect(await found(home, 'map*')).toEqual([map, maps].toSorted((a, b) => b - a))
    expect(await found(home, 'map')).toEqual([map])
    expect(await found(home, 'estua* maps')).toEqual([maps])
    expect(await found(home, 'ma*')).toEqual([])
    expect(await found(home, '"map*"')).toEqual([map])
    expect(await found(home, '*')).toEqual([])
    expect(await searchAccounts(home, 'bo*', { limit: 5 })).toEqual([bo])
  })
})
