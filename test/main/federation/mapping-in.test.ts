/** What is read of other servers' documents, and what is not. Whole documents of every kind of server stand in peers.test.ts. */
import { describe, expect, test } from 'vitest'
import { toRemoteAccount } from '../../../src-main/federation/mapping/actor-in.ts'
import { reactionOf } from '../../../src-main/federation/mapping/emoji-in.ts'
import { toSentPost } from '../../../src-main/federation/mapping/post-in.ts'
import { withoutFallback } from '../../../src-main/federation/mapping/quote-in.ts'
import { dateOf, durationOf, hostOf, isHttp } from '../../../src-main/federation/mapping/read.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, HOUR, NOON } from './instance.ts'
import type { Reader } from '../../../src-main/federation/mapping/post-in.ts'

const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'
const BO = 'https://mo.example/users/bo'
const FOLLOWERS = `${BO}/followers`
const at = (ms: number) => new Date(ms).toISOString()
const post = (change: Record<string, unknown> = {}) => ({
  id: `${BO}/statuses/1`,
  type: 'Note',
  attributedTo: BO,
  content: '<p>Hello</p>',
  published: at(NOON - HOUR),
  to: [PUBLIC],
  cc: [FOLLOWERS],
  ...change,
})
const read = (change: Record<string, unknown> = {}, reader?: Reader) => toSentPost(post(change), FOLLOWERS, NOON, reader)

describe('polls', () => {
  const question = (change: Record<string, unknown>) => read({ type: 'Question', ...change })?.poll
  const option = (name: unknown, votes?: unknown) => ({ type: 'Note', name, replies: { type: 'Collection', totalItems: votes } })

  test('one choice or several, with what has been counted', () => {
    const ends = NOON + HOUR
    expect(question({ oneOf: [option('Left', 3), option('Right', 0)], votersCount: 3, endTime: at(ends) })).toEqual({
      multiple: false,
      options: [
        { title: 'Left', votes: 3 },
        { title: 'Right', votes: 0 },
      ],
      voters: 3,
      endsAt: ends,
      closedAt: null,
    })
    expect(question({ anyOf: [option('Left')] })).toMatchObject({ multiple: true, voters: null, endsAt: null })
  })

  test('closed: with a date, with true, by its end; Pleroma’s `closed` ahead is its end', () => {
    const options = { oneOf: [option('Left')] }
    expect(question({ ...options, closed: at(NOON - 5) })).toMatchObject({ closedAt: NOON - 5 })
    expect(question({ ...options, closed: true })).toMatchObject({ closedAt: NOON })
    expect(question({ ...options, endTime: at(NOON - 9) })).toMatchObject({ endsAt: NOON - 9, closedAt: NOON - 9 })
    expect(question({ ...options, closed: at(NOON + HOUR) })).toMatchObject({ endsAt: NOON + HOUR, closedAt: null })
  })

  test(`${rule(26)} at most 100 options of 500 characters, each once, as plain text`, () => {
    const many = Array.from({ length: 5_000 }, (_, n) => option(`Option ${n}`))
    expect(question({ oneOf: many })?.options).toHaveLength(100)
    const odd = [option('Same'), option('Same', 7), option('x'.repeat(900)), option('<b>bold</b>'), option(''), option(4), null, 'text']
    expect(question({ oneOf: odd })?.options.map(({ title }) => title)).toEqual(['Same', 'x'.repeat(500), 'bold'])
  })

  test(`${rule(34)} numbers that are none count nothing`, () => {
    const odd = [option('A', -1), option('B', 1.5), option('C', '9'), option('D', Number.MAX_SAFE_INTEGER)]
    expect(question({ oneOf: odd, votersCount: -3, endTime: 'tomorrow' })).toMatchObject({ voters: null, endsAt: null })
    expect(question({ oneOf: odd })?.options.map(({ votes }) => votes)).toEqual([0, 0, 0, 0])
  })

  test('nothing to choose from is no poll; a vote is no post', () => {
    expect(question({ oneOf: [] })).toBeNull()
    const inReplyTo = `${ANA}/statuses/1`
    expect(read({ name: 'Left', content: undefined, inReplyTo })).toBeNull()
    expect(read({ name: 'Left', content: null, inReplyTo })).toBeNull()
    expect(read({ name: 'Only a <title>', content: '' })?.content).toBe('<p>Only a &lt;title&gt;</p>')
    expect(read({ name: 'A title', content: '<p>and words</p>' })?.content).toBe('<p>and words</p>')
  })
})

describe('quotes', () => {
  const [first, second, third, fourth, fifth] = [1, 2, 3, 4, 5].map((n) => `https://other.example/notes/${n}`)
  const link = {
    type: 'Link',
    mediaType: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    rel: 'https://misskey-hub.net/ns#_misskey_quote',
    href: fifth,
  }

  test('the first of quote, quoteUri, quoteUrl, _misskey_quote and a Link', () => {
    const all: Record<string, unknown> = { quote: first, quoteUri: second, quoteUrl: third, _misskey_quote: fourth, tag: [link] }
    for (const [key, wanted] of [
      ['quote', first],
      ['quoteUri', second],
      ['quoteUrl', third],
      ['_misskey_quote', fourth],
      ['tag', fifth],
    ] as const) {
      expect(read(all)?.quote?.uri).toBe(wanted)
      all[key] = undefined
    }
    expect(read(all)?.quote).toBeNull()
  })

  test('with the stamp that is said to allow it', () => {
    const stamp = 'https://other.example/stamps/1'
    expect(read({ quote: { id: first, type: 'Note' }, quoteAuthorization: stamp })?.quote).toEqual({ uri: first, stamp })
  })

  test(`${rule(14)} addresses that are none, and the post itself, are not quoted`, () => {
    for (const quote of ['javascript:alert(1)', 'file:///etc/passwd', `${BO}/statuses/1`, 7, { id: 'at://x' }])
      expect(read({ quote })?.quote).toBeNull()
    expect(read({ tag: [{ ...link, mediaType: 'text/html' }] })?.quote).toBeNull()
  })

  test('what stands for the quote in the text is left out', () => {
    const fallback = '<span class="quote-inline"><br/>RE: <a href="https://other.example/1">https://other.example/1</a></span>'
    expect(read({ quote: first, content: `<p>Look${fallback}</p>` })?.content).toBe('<p>Look</p>')
    expect(
      read({ quote: first, content: `<p class="quote-inline">RE: <a href="https://other.example/1">x</a></p><p>Look</p>` })?.content,
    ).toBe('<p>Look</p>')
    expect(read({ content: `<p>Look${fallback}</p>` })?.content).toContain('RE:')
    expect(withoutFallback('<p>a <span class="quote-inline">b <span>c</span> d</span> e</p>')).toBe('<p>a  e</p>')
    expect(withoutFallback('<p><span class="quote-inline">never closed')).toBe('<p><span class="quote-inline">never closed')
  })
})

describe('what its author allows', () => {
  const policy = (interactionPolicy: unknown, reader?: Reader) => read({ interactionPolicy }, reader)?.policy

  test('Mastodon and GoToSocial, in the present and the former words', () => {
    expect(policy({ canQuote: { automaticApproval: [PUBLIC] } })).toEqual({ quote: { automatic: ['public'], manual: [] } })
    expect(
      policy(
        {
          canReply: { always: [BO, FOLLOWERS], approvalRequired: ['as:Public'] },
          canAnnounce: { automaticApproval: [], manualApproval: [`${BO}/following`, 'https://other.example/users/al', ANA] },
        },
        { language: () => null, actor: ANA },
      ),
    ).toEqual({
      reply: { automatic: ['author', 'followers'], manual: ['public'] },
      boost: { automatic: [], manual: ['following', 'others', 'owner'] },
    })
  })

  test('nothing said is nothing; nobody is nobody', () => {
    expect(policy(undefined)).toBeNull()
    expect(policy('all')).toBeNull()
    expect(policy({ canQuote: 'all' })).toBeNull()
    expect(policy({ canQuote: {} })).toEqual({ quote: { automatic: [], manual: [] } })
  })
})

describe('languages', () => {
  const reader = (language: string): Reader => ({ language: () => language, actor: null })

  test('the language of the twin of the content, not of the first', () => {
    expect(read({ content: '<p>Salut</p>', contentMap: { en: '<p>Hi</p>', fr: '<p>Salut</p>' } })).toMatchObject({
      content: '<p>Salut</p>',
      language: 'fr',
    })
  })
  test('without a content of its own the reader’s language, else the first', () => {
    const map = { de: '<p>Hallo</p>', 'en-GB': '<p>Hi</p>' }
    expect(read({ content: undefined, contentMap: map }, reader('en'))).toMatchObject({ content: '<p>Hi</p>', language: 'en-GB' })
    expect(read({ content: undefined, contentMap: map }, reader('pt'))).toMatchObject({ content: '<p>Hallo</p>', language: 'de' })
    expect(read({ content: undefined, contentMap: map, summaryMap: { en: 'boats' } })).toMatchObject({ warning: 'boats', sensitive: true })
  })
  test('what is no language is none', () => {
    for (const code of ['und', 'x'.repeat(50), '<b>', '']) expect(read({ contentMap: { [code]: '<p>Hello</p>' } })?.language).toBeNull()
  })
})

describe('visibility', () => {
  test(`${rule(17)} Pleroma’s marks narrow it, whatever the addresses say`, () => {
    expect(read({ directMessage: true })?.visibility).toBe('direct')
    expect(read({ listMessage: `${BO}/lists/1` })?.visibility).toBe('direct')
    expect(read({ listMessage: null })?.visibility).toBe('public')
    expect(read({ directMessage: false })?.visibility).toBe('public')
  })
  test('addresses that are not understood make it private', () => {
    expect(read({ to: ['https://mo.example/everybody'], cc: [] })?.visibility).toBe('direct')
    expect(read({ to: undefined, cc: undefined })?.visibility).toBe('direct')
    expect(read({ to: ['https://evil.example/users/bo/followers'], cc: [] })?.visibility).toBe('direct')
  })
  test('a ChatMessage is between its two people', () => {
    const chat = read({ type: 'ChatMessage', attributedTo: undefined, actor: BO, to: [ANA, PUBLIC], cc: [] })
    expect(chat).toMatchObject({
      author: BO,
      visibility: 'direct',
      mentions: [{ uri: ANA, name: null }],
    })
  })
})

describe('other kinds of things', () => {
  test('an event says when and where', () => {
    const event = {
      type: 'Event',
      name: 'Sail bending',
      content: '<p>Bring gloves.</p>',
      startTime: '2026-06-03T18:00:00Z',
      endTime: '2026-06-03T20:00:00Z',
    }
    const place = { type: 'Place', name: 'Old Mill', address: { streetAddress: 'Weir Lane 2', addressLocality: 'Tidewater' } }
    expect(read({ ...event, location: place })?.content).toBe(
      '<p><strong>Sail bending</strong></p><p>2026-06-03 18:00 UTC – 20:00 UTC · Old Mill, Weir Lane 2, Tidewater</p><p>Bring gloves.</p>' +
        `<p><a href="${BO}/statuses/1" rel="nofollow noopener" target="_blank">${BO}/statuses/1</a></p>`,
    )
    expect(read({ ...event, startTime: 'soon', endTime: undefined, location: '<script>' })?.content).not.toContain('<script>')
  })

  test('an article without words of its own shows its preview, then its summary', () => {
    const article = { type: 'Article', name: 'Tides', content: undefined, summary: 'About tides' }
    expect(read({ ...article, preview: { type: 'Note', content: '<p>Twice a day.</p>' } })?.content).toContain('<p>Twice a day.</p>')
    expect(read(article)).toMatchObject({ warning: '', sensitive: false, content: expect.stringContaining('About tides') as string })
    expect(read({ ...article, sensitive: true })).toMatchObject({ warning: 'About tides', sensitive: true })
  })

  test('a video plays the largest file that fits a screen, also out of a playlist', () => {
    const file = (height: number) => ({
      type: 'Link',
      mediaType: 'video/mp4',
      href: `https://mo.example/${height}.mp4`,
      height,
      width: height * 2,
    })
    const playlist = { type: 'Link', mediaType: 'application/x-mpegURL', href: 'https://mo.example/all.m3u8', tag: [file(2160), file(480)] }
    const page = { type: 'Link', mediaType: 'text/html', href: 'https://mo.example/w/1' }
    const video = (url: unknown) =>
      read({ type: 'Video', name: 'Tide', content: '**slowly**', mediaType: 'text/markdown', duration: 'PT1M5S', url })
    expect(video([page, file(240), file(1080), file(2160)])).toMatchObject({
      url: 'https://mo.example/w/1',
      media: [{ kind: 'video', url: 'https://mo.example/1080.mp4', height: 1080, duration: 65 }],
    })
    expect(video([page, playlist])?.media.map(({ url }) => url)).toEqual(['https://mo.example/480.mp4'])
    expect(video([page, { ...file(2160) }])?.media.map(({ url }) => url)).toEqual(['https://mo.example/2160.mp4'])
    expect(video([page])?.media).toEqual([])
    expect(video([page])?.content).toContain('<p>**slowly**</p>')
  })

  test('a video belongs to its person, not to its channel', () => {
    const channel = 'https://mo.example/channels/tides'
    const attributedTo = [
      { type: 'Group', id: channel },
      { type: 'Person', id: BO },
    ]
    expect(read({ type: 'Video', name: 'Tide', attributedTo })).toMatchObject({ author: BO, audienceUri: channel })
  })

  test('counts, conversation and answers, where they are said on its own host', () => {
    const counts = { likes: { totalItems: 4 }, shares: { totalItems: 2 }, replies: { id: `${BO}/statuses/1/replies`, totalItems: 7 } }
    expect(read({ ...counts, context: 'https://mo.example/contexts/1', conversation: 'tag:mo.example,2026:1' })).toMatchObject({
      counts: { favourites: 4, boosts: 2, replies: 7 },
      contextUri: 'https://mo.example/contexts/1',
      repliesUri: `${BO}/statuses/1/replies`,
    })
    expect(read({ likes: { totalItems: -1 }, replies: 'https://evil.example/all', conversation: 'tag:x' })).toMatchObject({
      counts: {},
      contextUri: null,
      repliesUri: null,
    })
  })

  test(`${rule(26)} at most 16 files`, () => {
    const attachment = Array.from({ length: 60 }, (_, n) => ({
      type: 'Document',
      mediaType: 'image/png',
      url: `https://mo.example/${n}.png`,
    }))
    expect(read({ attachment })?.media).toHaveLength(16)
  })
})

describe('reactions', () => {
  const like = (change: Record<string, unknown>) => reactionOf({ type: 'Like', ...change }, BO)
  const picture = (host: string) => ({
    type: 'Emoji',
    id: `https://${host}/emoji/blob`,
    name: ':blob:',
    icon: { type: 'Image', url: `https://${host}/blob.png` },
  })

  test('a character, or a shortcode with its picture', () => {
    expect(like({ content: '🎉' })).toEqual({ emoji: '🎉', picture: null })
    expect(like({ _misskey_reaction: '👨‍👩‍👧' })).toEqual({ emoji: '👨‍👩‍👧', picture: null })
    expect(like({ content: ':blob:', tag: [picture('mo.example')] })).toMatchObject({
      emoji: 'blob',
      picture: { url: 'https://mo.example/blob.png' },
    })
  })
  test(`${rule(11)} of another host’s picture the reactor has no say`, () => {
    expect(like({ content: ':blob:', tag: [picture('other.example')] })).toBeNull()
    expect(like({ content: ':blob:' })).toBeNull()
  })
  test('a heart in a Like is a like; words and markup are nothing', () => {
    for (const content of ['❤', '❤️', 'nice', '<b>🎉</b>', '🎉'.repeat(100), '', 7]) expect(like({ content }), String(content)).toBeNull()
    expect(reactionOf({ type: 'EmojiReact', content: '❤️' }, BO)).toEqual({ emoji: '❤️', picture: null })
  })
})

describe('reading', () => {
  test('hosts of addresses, however they are written', () => {
    const odd: [string, string][] = [
      ['https://mo.example/users/bo', 'mo.example'],
      ['https://MO.example:443/x', 'mo.example'],
      ['https://mo.example:8443', 'mo.example:8443'],
      ['https://mo.example?x=https://evil.example', 'mo.example'],
      ['https://mo.example#@evil.example', 'mo.example'],
      ['https://mo.example@evil.example/', 'evil.example'],
      ['https://mo.example\\@evil.example/', 'mo.example'],
      ['https://bücher.example/', 'xn--bcher-kva.example'],
      ['https://0x7f.1/', '127.0.0.1'],
      ['https:///mo.example/', 'mo.example'],
      ['nothing', ''],
      ['https://', ''],
      ['https://mo example/', ''],
    ]
    for (const [address, host] of odd) {
      // The second time from memory.
      expect(hostOf(address), address).toBe(host)
      expect(hostOf(address), address).toBe(host)
    }
    expect(isHttp('https://user:pass@mo.example/')).toBe(false)
    expect(isHttp('ftp://mo.example/')).toBe(false)
    expect(isHttp(`https://mo.example/${'x'.repeat(2_048)}`)).toBe(false)
    expect(isHttp('https://mo.example/')).toBe(true)
  })

  test(`${rule(34)} dates and durations out of all bounds are none`, () => {
    expect(dateOf('9999-01-01T00:00:00Z', NOON)).toBeNull()
    expect(dateOf('1969-01-01T00:00:00Z', NOON)).toBeNull()
    expect(dateOf('x'.repeat(100_000), NOON)).toBeNull()
    for (const odd of ['PT', 'P1Y', '1:30', 'PT99999999S', '', 5, `PT${'1'.repeat(40)}S`]) expect(durationOf(odd)).toBeNull()
    expect(durationOf('PT1H2M3.5S')).toBe(3_723_000)
  })

  test('an actor: the largest picture, featured hashtags on its own host', () => {
    const actor = (change: Record<string, unknown>) =>
      toRemoteAccount({ id: BO, type: 'Person', preferredUsername: 'bo', inbox: `${BO}/inbox`, ...change }, 'mo.example', NOON)
    const icon = [
      { type: 'Image', url: 'https://mo.example/48.png', width: 48 },
      { type: 'Image', url: 'https://mo.example/120.png', width: 120 },
    ]
    expect(actor({ icon, featuredTags: `${BO}/collections/tags` })).toMatchObject({
      avatarUrl: 'https://mo.example/120.png',
      featuredTagsUri: `${BO}/collections/tags`,
    })
    expect(actor({ featuredTags: 'https://evil.example/tags' })?.featuredTagsUri).toBeNull()
    // The sites it writes for: texts, and not more than anybody has.
    expect(actor({ attributionDomains: ['blog.example', { no: 'text' }, 7] })?.attributionDomains).toEqual(['blog.example'])
    expect(actor({ attributionDomains: 'blog.example' })?.attributionDomains).toEqual(['blog.example'])
    expect(actor({ attributionDomains: Array.from({ length: 5_000 }, (_, i) => `s${i}.example`) })?.attributionDomains).toHaveLength(100)
    expect(actor({})?.attributionDomains).toEqual([])
  })
})
