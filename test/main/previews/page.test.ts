import { describe, expect, it } from 'vitest'
import { creatorOf, factsOf } from '../../../src-main/previews/facts.ts'
import { pageOfField, pagesIn } from '../../../src-main/previews/links.ts'
import { openHeadReader } from '../../../src-main/previews/page.ts'
import type { Embed } from '../../../src-main/previews/facts.ts'

const URL = 'https://paper.example/a/b'

function head(html: string | Buffer, charset: string | null = null, whole = false, piece = 7) {
  const reader = openHeadReader(charset, whole)
  const bytes = typeof html === 'string' ? Buffer.from(html) : html
  for (let at = 0; at < bytes.length && !reader.done; at += piece) reader.write(bytes.subarray(at, at + piece))
  return reader.end()
}
const facts = (html: string, embed: Embed | null = null) => factsOf(URL, head(html), embed)

describe('what a page says of itself', () => {
  it('Open Graph first, then what Twitter reads, then plain HTML', () => {
    const full = facts(`<!doctype html><html lang="fr-CA"><head><title>Plain</title>
      <meta name="description" content="Plain words">
      <meta property="og:title" content="The &quot;keeper&quot; &amp; the lamp">
      <meta name="twitter:title" content="Other">
      <meta property="og:description" content="Forty
        winters">
      <meta property="og:image" content="/lamp.jpg"><meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">
      <meta property="og:image:alt" content="A lamp"><meta property="og:site_name" content="The Paper">
      <meta property="article:published_time" content="2026-04-01T10:00:00Z"><meta name="author" content="Ines Vale"></head>`)
    expect(full).toEqual({
      kind: 'link',
      title: 'The "keeper" & the lamp',
      description: 'Forty winters',
      language: 'fr',
      authorName: 'Ines Vale',
      authorUrl: '',
      providerName: 'The Paper',
      providerUrl: '',
      width: 1200,
      height: 630,
      publishedAt: Date.UTC(2026, 3, 1, 10),
      picture: { url: 'https://paper.example/lamp.jpg', width: 1200, height: 630, description: 'A lamp' },
    })
    expect(
      facts('<head><meta name="twitter:title" content="Tweeted"><meta name="twitter:image" content="https://cdn.example/i.png">'),
    ).toMatchObject({
      title: 'Tweeted',
      picture: { url: 'https://cdn.example/i.png' },
      providerName: 'paper.example',
    })
    expect(facts('<title>Only <b>this</b></title><meta name=description content="and that">')).toMatchObject({
      title: 'Only <b>this</b>',
      description: 'and that',
    })
  })

  it('nothing without a title, and nothing that is no address', () => {
    expect(facts('<meta property="og:image" content="https://x.example/i.jpg"><p>Words</p>')).toBeNull()
    expect(facts('')).toBeNull()
    expect(facts('{"json": true}')).toBeNull()
    expect(facts('<title> \n </title>')).toBeNull()
    for (const image of [
      'javascript:alert(1)',
      'data:image/png;base64,AA',
      'file:///etc/passwd',
      'https://user:pass@x.example/i',
      'http://[',
    ])
      expect(facts(`<title>t</title><meta property="og:image" content="${image}">`)?.picture, image).toBeNull()
    expect(
      facts('<title>t</title><meta property="og:image:width" content="1e9"><meta property="og:image" content="/i">')?.picture?.width ??
        null,
    ).toBeNull()
    expect(facts('<svg><title>drawn</title></svg><title>said</title>')?.title).toBe('said')
  })

  it('oEmbed gives facts, never markup', () => {
    const embed = {
      type: 'video',
      title: 'A film',
      author_name: 'Bo',
      author_url: 'https://films.example/bo',
      provider_name: 'Films',
      provider_url: 'javascript:alert(1)',
      html: '<script>alert(1)</script>',
      width: 640,
      height: '360',
      thumbnail_url: 'https://films.example/t.jpg',
      thumbnail_width: 480,
      thumbnail_height: 270,
    }
    const card = facts('<title>Film page</title>', embed)
    expect(card).toMatchObject({
      kind: 'video',
      title: 'A film',
      authorName: 'Bo',
      authorUrl: 'https://films.example/bo',
      providerName: 'Films',
    })
    expect(card).toMatchObject({
      providerUrl: '',
      width: 640,
      height: 360,
      picture: { url: 'https://films.example/t.jpg', width: 480, height: 270 },
    })
    expect(JSON.stringify(card)).not.toContain('<script')
    expect(facts('<title>x</title>', { type: 'photo', url: 'https://films.example/p.jpg' })).toMatchObject({
      kind: 'photo',
      picture: { url: 'https://films.example/p.jpg' },
    })
    for (const odd of [{ title: 5, author_name: {}, type: ['video'], width: 'wide' }, { __proto__: null }] as Embed[])
      expect(facts('<title>x</title>', odd)).toMatchObject({ kind: 'link', title: 'x', authorName: '' })
  })

  it('is cut where it is long, and shows no invisible characters', () => {
    const card = facts(`<title>${'🐈'.repeat(400)}\u202egnp</title><meta name=description content="${'d'.repeat(5_000)}">`)
    expect(card?.title.length).toBeLessThanOrEqual(301)
    expect(card?.title).toMatch(/^(🐈)+…$/u)
    expect(card?.description.length).toBeLessThanOrEqual(1_001)
    expect(facts('<title>a\u202eb\u0000c</title>')?.title).not.toMatch(/[\u202e\u0000]/)
  })

  it.each([
    [
      'the header',
      'windows-1251',
      Buffer.from([0x3c, 0x74, 0x69, 0x74, 0x6c, 0x65, 0x3e, 0xcc, 0xee, 0xf0, 0xe5, 0x3c, 0x2f, 0x74, 0x69, 0x74, 0x6c, 0x65, 0x3e]),
      'Море',
    ],
    [
      'the page',
      null,
      Buffer.concat([Buffer.from('<meta charset="shift_jis"><title>'), Buffer.from([0x8a, 0x43]), Buffer.from('</title>')]),
      '海',
    ],
    [
      'the page in the old form',
      null,
      Buffer.concat([
        Buffer.from('<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1"><title>caf'),
        Buffer.from([0xe9]),
        Buffer.from('</title>'),
      ]),
      'café',
    ],
    ['a byte order mark', 'iso-8859-1', Buffer.from('\ufeff<title>海</title>'), '海'],
    ['nobody', null, Buffer.from('<title>海</title>'), '海'],
    ['somebody who does not know', 'klingon', Buffer.from('<title>海</title>'), '海'],
  ])('letters as %s says', (_, charset, bytes, title) => {
    expect(head(bytes, charset, false, 3).title).toBe(title)
  })

  it('stops at the end of the head, and reads on where links are wanted', () => {
    const page =
      '<head><title>t</title></head><body><meta property="og:title" content="late"><a rel="nofollow me" href="https://mo.example/@bo">me</a>'
    const reader = openHeadReader('utf-8', false)
    reader.write(Buffer.from(page.padEnd(2_000)))
    expect(reader.done).toBe(true)
    expect(reader.end().metas.size).toBe(0)
    expect(head(page, null, true).me).toEqual(['https://mo.example/@bo'])
  })

  it('rule 36: is read no deeper than it has to be, also when it comes in one piece', () => {
    const reader = openHeadReader(null, true)
    const began = performance.now()
    reader.write(Buffer.from('<b>'.repeat(1_048_576 / 3)))
    expect(reader.end().me).toEqual([])
    // What grows with the square of the depth took more than a minute of everybody's time.
    expect([reader.done, performance.now() - began < 10_000]).toEqual([true, true])
  })

  it('takes a page made to hurt without hurting', () => {
    const began = performance.now()
    const evil = [
      '<'.repeat(200_000),
      '<a '.repeat(60_000),
      '<div>'.repeat(60_000),
      '<meta name=x content="'.repeat(20_000),
      '&'.repeat(300_000),
      '<!--'.repeat(50_000),
      '<svg>'.repeat(50_000),
      `<title>${'x<'.repeat(100_000)}`,
    ]
    for (const page of evil) head(page, null, true, 16_384)
    expect(performance.now() - began).toBeLessThan(8_000)
    expect(
      head(
        `<head>${'<meta name="n" content="c">'.repeat(10)}${Array.from({ length: 900 }, (_, i) => `<meta name="m${i}" content="c">`).join('')}`,
      ).metas.size,
    ).toBe(200)
  })

  it('who the page names as its author', () => {
    const named = (content: string) => creatorOf(head(`<head><meta name="fediverse:creator" content="${content}">`))
    expect([
      named('@bo@mo.example'),
      named('bo@mo.example'),
      named('@bo'),
      named('https://mo.example/@bo'),
      named('@bo@mo.example/x'),
    ]).toEqual(['bo@mo.example', 'bo@mo.example', null, null, null])
  })
})

describe('which page', () => {
  it('a post is about: no mention, no hashtag, no quote, nothing of ours', () => {
    const html = `<p><span class="h-card"><a href="https://mo.example/@bo" class="u-url mention">@bo</a></span>
      <a href="https://mo.example/tags/sea" class="mention hashtag" rel="tag">#sea</a> <a href="https://mo.example/t/x" rel="tag nofollow">x</a>
      <a href="https://mo.example/@bo/1" rel="nofollow noopener">quote</a> <a href="https://ana.example/@ana/2">mine</a>
      <a href="ftp://files.example/">f</a> <a href="https://user:pw@files.example/">p</a>
      <a href="https://paper.example/a?x=1&amp;y=2" rel="nofollow noopener" target="_blank">one</a> <a href="http://other.example">two</a></p>`
    expect(pagesIn(html, new Set(['https://mo.example/@bo/1']), 'ana.example')).toEqual([
      'https://paper.example/a?x=1&y=2',
      'http://other.example/',
    ])
    expect(pagesIn('<p>No links</p>', new Set(), null)).toEqual([])
  })

  it('rule 10: a field of a profile is proved by: all of it, to be read, over https', () => {
    const link = (href: string, text: string) => `<a href="${href}" rel="me nofollow noopener">${text}</a>`
    expect(pageOfField(link('https://bo.example/', '<span class="invisible">https://</span><span>bo.example</span>'))).toBe(
      'https://bo.example/',
    )
    expect(pageOfField(link('https://bo.example/me', 'https://bo.example/me'))).toBe('https://bo.example/me')
    for (const [href, text] of [
      ['http://bo.example/', 'http://bo.example/'],
      ['https://evil.example/', 'https://bank.example/'],
      ['https://evil.example/?bank.example', 'bank.example'],
      ['https://u:p@bo.example/', 'bo.example'],
    ] as const) {
      expect(pageOfField(link(href, text)), href).toBeNull()
    }
    expect(pageOfField(`bank.example ${link('https://bo.example/', 'bo.example')}`)).toBeNull()
    expect(pageOfField(link('https://bo.example/', 'bo.example') + link('https://cy.example/', 'cy.example'))).toBeNull()
    expect(pageOfField('just words')).toBeNull()
  })
})
