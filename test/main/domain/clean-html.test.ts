import { describe, expect, it } from 'vitest'
import { recognise } from '../../../src-main/domain/clean-html.ts'
import { parseClean, sanitise } from '../../../src-main/domain/html.ts'
import { formatText, linkHtml } from '../../../src-main/domain/text.ts'

/** What servers write, from their public documentation, with invented people. */
const WRITTEN = {
  plain: 'Good morning',
  paragraph: '<p>Good morning &amp; good night &lt;3</p>',
  'two paragraphs and a break': '<p>One<br />two<br>three<br/>four</p><p>Five</p>',
  'quotation marks (Mastodon)': '<p>It&#39;s &quot;fine&quot;</p>',
  'a mention (Mastodon)':
    '<p><span class="h-card" translate="no"><a href="https://tide.example/@bo" class="u-url mention">@<span>bo</span></a></span> hi</p>',
  'a hashtag (Mastodon)': '<p><a href="https://tide.example/tags/herons" class="mention hashtag" rel="tag">#<span>herons</span></a></p>',
  'a link (Mastodon)':
    '<p><a href="https://birds.example/a?b=1&amp;c=2" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">birds.example/a?b=1&amp;c=2</span><span class="invisible"></span></a></p>',
  'a long link (Mastodon 4.2)':
    '<p><a href="https://birds.example/long" target="_blank" rel="nofollow noopener noreferrer" translate="no"><span class="invisible">https://</span><span class="ellipsis">birds.example/long</span><span class="invisible">er</span></a></p>',
  'a quote (Mastodon 4.5)':
    '<p class="quote-inline">RE: <a href="https://tide.example/@bo/1" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">https://</span><span class="">tide.example/@bo/1</span></a></p><p>So true</p>',
  'a mention (GoToSocial)':
    '<p><span class="h-card"><a href="https://rock.example/@cy" class="u-url mention" rel="nofollow noreferrer noopener" target="_blank">@<span>cy</span></a></span> hi</p>',
  'spans (Misskey)': '<p><a href="https://tide.example/@bo" class="u-url mention">@bo@tide.example</a><span> hi<br>there</span></p>',
  emphasis: '<p><strong>Bold</strong> <em>and <b>b</b> <i>i</i></em> <u>u</u> <del>gone</del> <code>x</code></p>',
}

describe('clean HTML', () => {
  it.each(Object.entries(WRITTEN))('is known without the parser: %s', (_name, html) => {
    const clean = recognise(html)
    expect(clean).not.toBe(null)
    expect(clean).toBe(parseClean(html))
    expect(recognise(clean as string)).toBe(clean)
  })

  it('comes back as it is, but for rel, target and breaks', () => {
    const html =
      '<p>Hi <span class="h-card"><a href="https://tide.example/@bo" rel="nofollow noopener" target="_blank">bo</a></span><br />x</p>'
    expect(recognise(html)).toBe(html)
    expect(recognise('<p>a<br>b</p>')).toBe('<p>a<br />b</p>')
    expect(recognise('<a href="https://tide.example/">x</a>')).toBe(
      '<a href="https://tide.example/" rel="nofollow noopener" target="_blank">x</a>',
    )
  })

  it('is what this program writes itself', () => {
    const mentions = new Map([['bo@tide.example', { url: 'https://tide.example/@bo', username: 'bo' }]])
    const text = 'Hi @bo@tide.example, "quotes" & <tags>\nit\'s #herons https://birds.example/a/very/long/address/indeed?x=1&y=2\n\nEnd'
    const html = formatText(text, { origin: 'https://ana.example', mentions })
    expect(recognise(html)).toBe(parseClean(html))
    expect(recognise(linkHtml('https://birds.example/'))).not.toBe(null)
  })
})

/** Rule 31: near misses and attacks. Each is left to the parser. */
const REFUSED = [
  '<script>alert(1)</script>',
  '<p><script>alert(1)</script></p>',
  '<p onclick="x">a</p>',
  '<p class="h-card">a</p>',
  '<p class="quote-inline x">a</p>',
  '<span style="x">a</span>',
  '<span class="invisible evil">a</span>',
  '<a href="javascript:alert(1)">a</a>',
  '<a href="JAVASCRIPT:alert(1)">a</a>',
  '<a href=" https://tide.example">a</a>',
  '<a href="https://tide.example/&quot; onclick=&quot;x">a</a>',
  '<a href="https://tide.example/&#34;x">a</a>',
  '<a href="https://tide.example/&x=1">a</a>',
  '<a href="https://tide.example/\tx">a</a>',
  '<a href="https://tide.example/ x">a</a>',
  '<a href="http://<script>">a</a>',
  '<a href="http://&x">a</a>',
  '<a href="//tide.example">a</a>',
  '<a href="/x">a</a>',
  '<a href="data:text/html,x">a</a>',
  "<a href='https://tide.example'>a</a>",
  '<a href=https://tide.example>a</a>',
  '<a  href="https://tide.example">a</a>',
  '<a\nhref="https://tide.example">a</a>',
  '<a href="https://tide.example" href="javascript:x">a</a>',
  '<a href="https://tide.example"class="mention">a</a>',
  '<a href="https://tide.example" >a</a>',
  '<a href="https://tide.example" target="_top">a</a>',
  '<a href="https://tide.example" rel="">a</a>',
  '<a href="https://tide.example" rel="a\tb">a</a>',
  '<a href="https://tide.example" download="x">a</a>',
  '<a href="https://tide.example"/>a</a>',
  '<a href="https://tide.example"><a href="https://rock.example">a</a></a>',
  '<A HREF="https://tide.example">a</A>',
  '<P>a</P>',
  '<p>a',
  'a</p>',
  '<p>a</p',
  '<p>a</p >',
  '<p>a</span>',
  '<p><span>a</p></span>',
  '<p>a<p>b</p></p>',
  '<span><p>a</p></span>',
  '<p>a</p></p>',
  '<p/>',
  '<br >',
  '</br>',
  '<br/ >',
  '<br clear="all">',
  '<!-- a -->',
  '<![CDATA[x]]>',
  '<?xml x?>',
  '<',
  '<p',
  '<p>a<',
  '< p>a</p>',
  'a > b',
  'a & b',
  '&amp',
  '&copy;',
  '&#60;script&#62;',
  '&#x3c;',
  '&lt',
  '&ampamp;',
  '\u0000',
  'a\u0000b',
  'a\rb',
  '<p\u0000>a</p>',
  '<spann>a</spann>',
  '<svg><a href="https://tide.example">x</a></svg>',
  '<img src="x">',
  '<h1>a</h1>',
  '<ul><li>a</li></ul>',
  `${'<span>'.repeat(17)}a${'</span>'.repeat(17)}`,
]

describe('what is not known to be clean', () => {
  it.each(REFUSED)('rule 31: %j is parsed', (html) => {
    expect(recognise(html)).toBe(null)
    expect(sanitise(html)).toBe(parseClean(html))
  })
})

/** A generator that repeats itself: what fails can be looked at again. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const PIECES = [
  ...REFUSED,
  ...Object.values(WRITTEN),
  'text',
  ' ',
  '\n',
  '\t',
  '\u{a0}',
  '\u{2028}',
  '\u{200d}',
  '\u{1f389}',
  '\ud800',
  '\u007f',
  '\u0085',
  '日本',
  '"',
  "'",
  '&amp;',
  '&amp;lt;',
  '&lt;',
  '&gt;',
  '&quot;',
  '&#39;',
  '&apos;',
  '&nbsp;',
  '<p>',
  '</p>',
  '<p class="quote-inline">',
  '<br>',
  '<br/>',
  '<br />',
  '<span>',
  '<span class="">',
  '<span class="h-card" translate="no">',
  '<span translate="no" class="invisible">',
  '</span>',
  '<em>',
  '</em>',
  '<strong>',
  '</strong>',
  '<code>',
  '</code>',
  '<del>',
  '</del>',
  '<a>',
  '<a class="mention">',
  '<a href="https://tide.example/?a=1&amp;b=2#c">',
  '<a rel="tag" href="http://tide.example/é" class="mention hashtag">',
  '<a target="_blank" rel="noopener tag" href="https://tide.example/\\x`|">',
  '<a translate="no" href="https://" class="">',
  '</a>',
]

describe('rule 31: whatever is recognised is what the parser makes of it', () => {
  it('in well-formed trees', () => {
    const next = random(31)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
    const leaves = PIECES.filter((piece) => !piece.includes('<') || piece.startsWith('<br'))
    const opens = PIECES.filter((piece) => /^<(p|span|em|strong|code|del|a)[ >]/.test(piece) && !piece.includes('</'))
    const grow = (depth: number): string => {
      let out = ''
      for (let n = Math.floor(next() * 4); n >= 0; n--) {
        if (depth > 5 || next() < 0.5) out += pick(leaves)
        else {
          const start = pick(opens)
          out += `${start}${grow(depth + 1)}</${/^<(\w+)/.exec(start)?.[1]}>`
        }
      }
      return out
    }
    let known = 0
    for (let run = 0; run < 6_000; run++) {
      const html = grow(0)
      const clean = recognise(html)
      if (clean === null) continue
      known++
      if (clean !== parseClean(html)) expect(clean, JSON.stringify(html)).toBe(parseClean(html))
    }
    // The property says nothing if nothing is ever recognised.
    expect(known).toBeGreaterThan(600)
  })

  it('in pieces thrown together, and in clean HTML with something changed', () => {
    const next = random(30)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T
    const characters = [...'<>"\'&/= \n\t;#apbrs!-', '\u0000', '\r', '\f', '\u00ad', '\ufeff', '\ud83c']
    let known = 0
    for (let run = 0; run < 12_000; run++) {
      let html = ''
      if (run % 2 === 0) for (let n = 1 + Math.floor(next() * 6); n > 0; n--) html += pick(PIECES)
      else {
        html = pick(Object.values(WRITTEN))
        for (let n = 1 + Math.floor(next() * 2); n > 0; n--) {
          const at = Math.floor(next() * (html.length + 1))
          const cut = next() < 0.5 ? Math.floor(next() * 4) : 0
          html = html.slice(0, at) + (next() < 0.3 ? pick(PIECES) : pick(characters)) + html.slice(at + cut)
        }
      }
      const clean = recognise(html)
      if (clean === null) continue
      known++
      if (clean !== parseClean(html)) expect(clean, JSON.stringify(html)).toBe(parseClean(html))
    }
    expect(known).toBeGreaterThan(1_000)
  })

  it('with any character anywhere in an address or a text', () => {
    const next = random(32)
    const any = () => String.fromCharCode(next() < 0.7 ? 1 + Math.floor(next() * 127) : Math.floor(next() * 0xffff))
    let known = 0
    for (let run = 0; run < 8_000; run++) {
      const odd = Array.from({ length: Math.floor(next() * 4) }, any).join('')
      const html =
        run % 2 === 0
          ? `<a href="http${next() < 0.5 ? 's' : ''}://${odd}tide.example/" rel="nofollow noopener" target="_blank">x</a>`
          : `<p>${odd}<br />${any()}</p>${any()}`
      const clean = recognise(html)
      if (clean === null) continue
      known++
      if (clean !== parseClean(html)) expect(clean, JSON.stringify(html)).toBe(parseClean(html))
    }
    expect(known).toBeGreaterThan(2_000)
  })

  it('rule 30: in time that grows with the length and nothing else', () => {
    const time = (html: string) => {
      const start = process.hrtime.bigint()
      recognise(html)
      return Number(process.hrtime.bigint() - start) / 1e6
    }
    for (const piece of ['<', '&', '<a', '<a href="', '<a href="https://x"', '&amp;', '<br', '<p>', '<span>', '"', '<a '.repeat(3)]) {
      recognise(piece.repeat(1_000))
      expect(time(piece.repeat(Math.floor(200_000 / piece.length)))).toBeLessThan(150)
    }
  })
})
