import { describe, expect, it } from 'vitest'
import vectors from '../../fixtures/text-vectors.json' with { type: 'json' }
import { plainText, sanitise } from '../../../src-main/domain/html.ts'
import { entities, formatText, linkHtml, linksIn, mentionsIn, normaliseTag, tagsIn, textLength } from '../../../src-main/domain/text.ts'

const plain = {
  origin: 'https://ana.example',
  mentions: new Map([['bo@tide.example', { url: 'https://tide.example/@bo', username: 'bo' }]]),
}

describe('the vectors shared with the composer', () => {
  it.each(vectors.lengths)('$text', ({ text, length, ...more }) => {
    expect(textLength(text, 'warning' in more ? more.warning : '')).toBe(length)
  })
  it.each(vectors.links)('links: $text', ({ text, links }) => expect(linksIn(text)).toEqual(links))
  const written = (text: string, kind: string) => entities(text).flatMap((e) => (e.kind === kind ? [text.slice(e.start, e.end)] : []))
  it.each(vectors.tags)('tags: $text', ({ text, tags }) => expect(written(text, 'tag')).toEqual(tags))
  it.each(vectors.mentions)('mentions: $text', ({ text, mentions }) => expect(written(text, 'mention')).toEqual(mentions))
})

describe('text as HTML', () => {
  it.each([
    ['', ''],
    ['Hello', '<p>Hello</p>'],
    ['one\ntwo\n\n\nthree', '<p>one<br />two</p><p>three</p>'],
    ['a < b & "c" \'d\'', '<p>a &lt; b &amp; &quot;c&quot; &#39;d&#39;</p>'],
    ['<script>alert(1)</script>', '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>'],
    ['#Tides', '<p><a href="https://ana.example/tags/tides" class="mention hashtag" rel="tag">#<span>Tides</span></a></p>'],
    [
      'hi @bo@tide.example!',
      '<p>hi <span class="h-card" translate="no"><a href="https://tide.example/@bo" class="u-url mention">@<span>bo</span></a></span>!</p>',
    ],
    ['hi @nobody@far.example', '<p>hi @nobody@far.example</p>'],
  ])('%j', (text, html) => expect(formatText(text, plain)).toBe(html))

  it('shortens links as Mastodon does: everything stays in the text, what is hidden is marked', () => {
    expect(linkHtml('https://www.tide.example/a-long-way/to/the/sea?x=1&y=2')).toBe(
      '<a href="https://www.tide.example/a-long-way/to/the/sea?x=1&amp;y=2" target="_blank" rel="nofollow noopener" translate="no">' +
        '<span class="invisible">https://www.</span><span class="ellipsis">tide.example/a-long-way/to/the</span>' +
        '<span class="invisible">/sea?x=1&amp;y=2</span></a>',
    )
  })

  it('makes no hashtag links before there is an address', () => {
    expect(formatText('#tides', { origin: null, mentions: new Map() })).toBe('<p>#tides</p>')
  })

  it('says in plain words what it says in HTML', () => {
    for (const text of ['one\ntwo', 'a < b & c', 'see https://tide.example/x and #tides', '👩‍👩‍👧‍👦 «é»'])
      expect(plainText(formatText(text, plain))).toBe(text)
  })

  it('takes time in proportion to the text, whatever the text', () => {
    const nasty = [
      '@',
      '#',
      'http://',
      '@a@',
      'https://a.b/(',
      '((((',
      '@a.',
      '#·',
      '\u200d',
      'a@b@c@',
      'https://x.example/)))))',
      'http://a.1/',
      'http://a.b:x/',
      'https://@',
    ]
    for (const piece of nasty) {
      const short = piece.repeat(2_000)
      const before = performance.now()
      entities(short)
      textLength(short)
      formatText(short, plain)
      // Far above what a linear scan takes here, far below what a quadratic one would.
      expect(performance.now() - before, piece).toBeLessThan(2_000)
    }
  })

  it('lists each name and hashtag once, as they are stored', () => {
    expect(mentionsIn('@Bo@Tide.Example and @bo@tide.example, @cy')).toEqual(['Bo@tide.example', 'cy'])
    expect(tagsIn('#Sea #SEA #été')).toEqual(['sea', 'été'])
  })

  it('finds a link right behind what is none', () => {
    expect(linksIn('http://http://tide.example/x')).toEqual(['http://tide.example/x'])
    expect(linksIn('https://tide.example?')).toEqual(['https://tide.example'])
    expect(linksIn('https://tide.example:99999/ https://bo@tide.example/')).toEqual([])
  })

  it('normalises hashtags so that one tag is one tag', () => {
    expect(['#Été', 'ｔｉｄｅ', 'TIDES'].map(normaliseTag)).toEqual(['été', 'tide', 'tides'])
  })
})

describe('HTML from strangers', () => {
  it.each([
    ['<p>Hello</p>', '<p>Hello</p>'],
    ['<p onclick="x()">a<script>alert(1)</script></p>', '<p>a</p>'],
    ['<img src=x onerror=alert(1)>', ''],
    ['<a href="javascript:alert(1)">x</a>', '<a rel="nofollow noopener" target="_blank">x</a>'],
    ['<a href="JaVaScRiPt:alert(1)">x</a>', '<a rel="nofollow noopener" target="_blank">x</a>'],
    ['<a href="data:text/html,x">x</a>', '<a rel="nofollow noopener" target="_blank">x</a>'],
    ['<a href="//evil.example">x</a>', '<a rel="nofollow noopener" target="_blank">x</a>'],
    [
      '<a href="https://tide.example" class="mention evil u-url" style="x">x</a>',
      '<a href="https://tide.example" class="mention u-url" rel="nofollow noopener" target="_blank">x</a>',
    ],
    ['<h1>Big</h1>', '<strong>Big</strong>'],
    ['<svg><style>*{}</style></svg>ok', 'ok'],
    ['<iframe src="https://evil.example"></iframe>', ''],
    ['<p class="quote-inline other">RE</p>', '<p class="quote-inline">RE</p>'],
    ['<ol start="3" reversed><li value="2">x</li></ol>', '<ol start="3" reversed><li value="2">x</li></ol>'],
  ])('%s', (dirty, clean) => expect(sanitise(dirty)).toBe(clean))

  it('is cut before it is read when it is too long, and nesting ends somewhere', () => {
    expect(sanitise(`<p>${'x'.repeat(300_000)}</p>`).length).toBeLessThan(200_100)
    const deep = sanitise('<blockquote>'.repeat(500) + 'x' + '</blockquote>'.repeat(500))
    expect(deep.split('<blockquote>').length).toBeLessThan(40)
  })

  it('becomes plain text without losing letters', () => {
    expect(plainText('<p>a &amp; b</p><p>c<br>d &lt;e&gt; &#233; &#x1F600; &bogus; &</p>')).toBe('a & b\nc\nd <e> é 😀 &bogus; &')
  })
})
