import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../../src-main/domain/markdown.ts'
import { editPost, postById, postSource, resolveMentions, writePost } from '../../../src-main/domain/posts.ts'
import { openAna, person } from './home.ts'

describe('Markdown', () => {
  it('becomes the HTML that Mastodon lets through', () => {
    const home = openAna()
    const html = (text: string) => renderMarkdown(home, text).html
    expect(html('# Title\n\nOne *two* **three** ~~four~~ `a < b`')).toBe(
      '<p><strong>Title</strong></p><p>One <em>two</em> <strong>three</strong> <del>four</del> <code>a &lt; b</code></p>',
    )
    expect(html('one\ntwo')).toBe('<p>one<br />two</p>')
    expect(html('- a\n- b')).toBe('<ul><li>a</li><li>b</li></ul>')
    expect(html('3. a\n4. b')).toBe('<ol start="3"><li>a</li><li>b</li></ol>')
    expect(html('> said\n\nanswered')).toBe('<blockquote><p>said</p></blockquote><p>answered</p>')
    expect(html('```\n<b>#no</b>\n```')).toBe('<pre><code>&lt;b&gt;#no&lt;/b&gt;</code></pre>')
    expect(html('[there](https://tide.example/x)')).toBe(
      '<p><a href="https://tide.example/x" target="_blank" rel="nofollow noopener">there</a></p>',
    )
    expect(html('![a boat](https://tide.example/boat.jpg)')).toContain('href="https://tide.example/boat.jpg"')
  })

  it('lets nothing through that is markup or leads astray', () => {
    const home = openAna()
    const html = (text: string) => renderMarkdown(home, text).html
    expect(html('<script>alert(1)</script>\n\n<b onclick="x">y</b>')).not.toMatch(/<(script|b)\b/)
    for (const to of ['javascript:alert(1)', 'data:text/html,x', 'https://ana:secret@tide.example/', 'mailto:ana@ana.example']) {
      expect(html(`[x](${to})`)).not.toContain('<a ')
      expect(html(`![x](${to})`)).not.toContain('<a ')
    }
  })

  it('finds people, hashtags and addresses in text and not in code', () => {
    const home = openAna()
    const bo = person(home, 'bo_b')
    const { html, mentions, tags, hasLink } = renderMarkdown(
      home,
      'Hi @bo_b@tide.example, **see #Boats** at https://tide.example/_a_b_/c and `@cy@tide.example #code`',
    )
    expect(mentions).toEqual([{ acct: 'bo_b@tide.example', accountId: bo }])
    expect(tags).toEqual(['boats'])
    expect(hasLink).toBe(true)
    expect(html).toContain('class="u-url mention" rel="nofollow noopener" target="_blank">@<span>bo_b</span></a>')
    expect(html).toContain('<strong>see <a href="https://ana.example/tags/boats"')
    expect(html).toContain('href="https://tide.example/_a_b_/c"')
    expect(html).toContain('<code>@cy@tide.example #code</code>')
    expect(renderMarkdown(home, 'no address here').hasLink).toBe(false)
  })

  it('stays Markdown through edits and late introductions', () => {
    const home = openAna()
    const { post } = writePost(home, { text: '*Hello* @bo@tide.example', format: 'markdown', visibility: 'public' })
    expect(post.sourceType).toBe('text/markdown')
    expect(post.content).toContain('<em>Hello</em>')
    const bo = person(home, 'bo')
    resolveMentions(home, post.id, new Map([['bo@tide.example', bo]]))
    expect(postById(home, post.id)?.content).toContain('<em>Hello</em> <span class="h-card"')
    expect(editPost(home, post.id, { text: '**Hello**' }).content).toBe('<p><strong>Hello</strong></p>')
    expect(postSource(home, post.id)).toMatchObject({ text: '**Hello**', format: 'markdown' })
    expect(editPost(home, post.id, { text: '**Hello**', format: 'plain' }).content).toBe('<p>**Hello**</p>')
    expect(postSource(home, post.id).format).toBe('plain')
  })
})
