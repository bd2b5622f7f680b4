import { resolve } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium, openBrowser, type Browser } from '../../rig/browser.ts'

const root = resolve(import.meta.dirname, '../../..')

// Sanitising needs a real DOM with a real parser; an imitation would prove the imitation.
describe.runIf(findChromium() !== null)('remote HTML in a real document', () => {
  let browser: Browser

  beforeAll(async () => {
    const built = await build({
      root,
      configFile: false,
      logLevel: 'silent',
      build: {
        write: false,
        minify: false,
        lib: { entry: resolve(root, 'src-renderer/content/sanitise.ts'), formats: ['iife'], name: 'content' },
      },
    })
    const output = [built].flat()[0]
    const code = output && 'output' in output ? output.output[0].code : ''
    browser = await openBrowser()
    await browser.page.addScriptTag({ content: `${code};globalThis.content = content` })
  }, 60_000)
  afterAll(async () => {
    await browser.close()
  })

  /** The HTML that would be shown. */
  const shown = (html: string, around: object = {}) =>
    browser.page.evaluate(
      ([text, given]) => {
        const { sanitise } = (globalThis as unknown as { content: { sanitise: (html: string, around: object) => DocumentFragment } })
          .content
        const box = document.createElement('div')
        box.append(
          sanitise(text, { ...given, profilePath: (acct: string) => `/app/@${acct}`, tagPath: (tag: string) => `/app/tag/${tag}` }),
        )
        document.body.replaceChildren(box)
        return box.innerHTML
      },
      [html, around] as const,
    )

  test('nothing that runs, frames, styles or fetches survives', async () => {
    const hostile = [
      '<script>globalThis.pwned = 1</script>',
      '<img src=x onerror="globalThis.pwned = 1">',
      '<a href="javascript:globalThis.pwned=1">a</a>',
      '<a href="data:text/html,x">b</a>',
      '<p style="position:fixed;inset:0" onclick="globalThis.pwned=1" id="app" class="post skip">c</p>',
      '<iframe src="https://evil.example"></iframe><object data="x"></object><form action="https://evil.example"><input name="q"></form>',
      '<svg><style><img src=x onerror="globalThis.pwned=1"></style></svg>',
      '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=globalThis.pwned=1&gt;">',
      '<video src="https://evil.example/v.mp4"></video><link rel="stylesheet" href="https://evil.example/x.css">',
    ]
    for (const html of hostile) {
      const out = await shown(html)
      expect(out, html).not.toMatch(
        /<(script|img|iframe|object|form|input|svg|style|math|video|link)|on\w+=|javascript:|data:|style=|id=|class=/i,
      )
    }
    expect(await browser.page.evaluate(() => (globalThis as { pwned?: number }).pwned)).toBeUndefined()
    expect(browser.requests.filter((url) => url.includes('evil'))).toEqual([])
  })

  test('what Mastodon allows stays, each paragraph with a direction of its own', async () => {
    expect(await shown('<p>a<br><strong>b</strong></p><blockquote>c</blockquote><ul><li>d</li></ul><pre><code>e</code></pre>')).toBe(
      '<p dir="auto">a<br><strong>b</strong></p><blockquote dir="auto">c</blockquote><ul><li dir="auto">d</li></ul><pre dir="auto"><code>e</code></pre>',
    )
  })

  test('a mention leads to the profile in the window, by its link or by its address', async () => {
    const mentions = [{ url: 'https://tide.example/@bo', acct: 'bo@tide.example', username: 'bo' }]
    const html = '<p><a href="https://tide.example/@bo/" class="u-url mention">@<span>bo</span></a></p>'
    const out = await shown(html, { mentions })
    expect(out).toContain('href="/app/@bo@tide.example"')
    expect(out).toContain('<bdi dir="ltr">@bo</bdi>')
    expect(out).not.toContain('_blank')
    expect(await shown(html, { mentions: [] })).toContain('target="_blank"')
  })

  test('a hashtag leads to the tag in the window', async () => {
    const out = await shown(
      '<p><a href="https://atelier.example/tags/Gravure" class="mention hashtag" rel="tag">#<span>Gravure</span></a></p>',
      {
        tags: [{ name: 'gravure', url: 'https://atelier.example/tags/gravure' }],
      },
    )
    expect(out).toBe('<p dir="auto"><a href="/app/tag/gravure" class="" rel="tag">#Gravure</a></p>')
  })

  test('other links open outside, say so to the page they lead to as little as can be, and are shown short', async () => {
    const out = await shown(
      '<p><a href="https://www.archive.example/maps/of/the/lower/estuary?page=2">https://www.archive.example/maps/of/the/lower/estuary?page=2</a></p>',
    )
    expect(out).toContain('rel="noopener noreferrer nofollow"')
    expect(out).toContain('target="_blank"')
    expect(out).toContain('>archive.example/maps/of/the/l…<')
    expect(out).toContain('title="https://www.archive.example/maps/of/the/lower/estuary?page=2"')
  })

  test('a link whose words are words keeps them', async () => {
    expect(await shown('<p><a href="https://archive.example/">the maps</a></p>')).toContain('>the maps</a>')
  })

  test('custom emoji are pictures with their name, but not in code', async () => {
    const emojis = [{ shortcode: 'blobcat', url: '/x.png', staticUrl: '/still.png' }]
    const out = await shown('<p>hi :blobcat: :unknown:</p><pre><code>:blobcat:</code></pre>', { emojis })
    expect(out).toMatch(/<img src="\/still\.png"[^>]* alt=":blobcat:"/)
    expect(out).toContain('data-moving="/x.png"')
    expect(out).toContain(':unknown:')
    expect(out).toContain('<code>:blobcat:</code>')
  })

  test('many hashtags alone at the end are marked; a few, or with words, or all there is, are not', async () => {
    const tags = (count: number) =>
      Array.from(
        { length: count },
        (_, at) => `<a href="https://x.example/tags/t${at}" class="mention hashtag" rel="tag">#t${at}</a>`,
      ).join(' ')
    expect(await shown(`<p>Fog.</p><p>${tags(4)}</p>`)).toContain('<p dir="auto" class="stuffing">')
    for (const html of [`<p>Fog.</p><p>${tags(3)}</p>`, `<p>Fog.</p><p>${tags(4)} and words</p>`, `<p>${tags(6)}</p>`])
      expect(await shown(html)).not.toContain('stuffing')
  })

  test('a name keeps so many emoji and says with an ellipsis that there were more', async () => {
    const short = (text: string, most: number) =>
      browser.page.evaluate(
        ([name, count]) =>
          (
            globalThis as unknown as { content: { fewerEmojis: (text: string, emojis: object[], most: number) => string } }
          ).content.fewerEmojis(name, [{ shortcode: 'cat' }], count),
        [text, most] as const,
      )
    expect(await short('Sol 🌻🦑🐙🌈 Reyes', 3)).toBe('Sol 🌻🦑🐙 Reyes…')
    expect(await short('Sol :cat: 👩‍👩‍👧‍👦 :cat: :cat: :dog:', 3)).toBe('Sol :cat: 👩‍👩‍👧‍👦 :cat: :dog:…')
    expect(await short('Sol 🌻🦑🐙', 3)).toBe('Sol 🌻🦑🐙')
    expect(await short('12:30:45 and #1', 0)).toBe('12:30:45 and #1')
  })
})
