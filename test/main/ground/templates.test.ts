import { describe, expect, it } from 'vitest'
import { checkHouse } from '../../../.ci/house-check.ts'
import { isAllowed } from '../../../.ci/licences.ts'
import { checkTemplates } from '../../../.ci/template-check.ts'
import { plantTree } from './tree.ts'

const judge = async (text: string, file = 'src-renderer/ui/A.svelte'): Promise<string[]> =>
  (await checkTemplates(await plantTree({ [file]: text }))).map(({ line, message }) => `${line ?? ''} ${message}`)

describe('words in templates', () => {
  it.each([
    '<p>{m.hello()}</p>',
    '<p class="post open" id="main">{name} · {count}</p>',
    '<kbd>Enter</kbd><code>npm start</code>',
    '<p title={m.title()} data-state="waiting">{format(date, "long")}</p>',
    '{#if state === "ready"}<b>{n}</b>{/if}',
    '<p>Burrow</p>',
    '<p>{on ? m.on() : m.off()}</p>',
    '<!-- a remark -->',
  ])('are not found in %s', async (text) => {
    expect(await judge(text)).toEqual([])
  })

  it.each([
    '<p>Good morning</p>',
    '<p>{"Good morning"}</p>',
    '<p>{on ? "Yes" : m.no()}</p>',
    '<p>{name ?? "Nobody"}</p>',
    '<p>{`${n} posts`}</p>',
    '<img alt="A cat" src="x" />',
    '<input placeholder="Search" />',
    '<button aria-label={on ? "Close it" : m.open()}></button>',
    '<Dialog title="Are you sure" />',
    '{#each list as one}<li>Entry {one}</li>{:else}{m.none()}{/each}',
    '{#snippet foot()}<p>The end</p>{/snippet}',
    '<svg><title>Rocket</title></svg>',
  ])('are found in %s', async (text) => {
    expect((await judge(text)).join()).toContain('words in the template')
  })
})

describe('templates', () => {
  it('use {@html} in content only', async () => {
    expect(await judge('\n<p>{@html text}</p>')).toEqual([
      '2 {@html} outside src-renderer/content, the only place that renders remote HTML',
    ])
    expect(await judge('<p>{@html text}</p>', 'src-renderer/content/Html.svelte')).toEqual([])
  })

  it('use logical directions', async () => {
    const style = (css: string) => judge(`<p></p>\n\n<style>\n  p {\n    ${css};\n  }\n</style>\n`)
    expect(await style('margin-inline-start: 1px')).toEqual([])
    expect(await style('background-position: left')).toEqual([])
    expect(await style('/* left: 0; */ color: red')).toEqual([])
    for (const css of [
      'margin-left: 1px',
      'padding-right: 0',
      'left: 0',
      'border-top-left-radius: 2px',
      'text-align: right',
      'float: left',
    ])
      expect((await style(css)).join(), css).toMatch(/^5 physical direction/)
  })
})

describe('rules of the house', () => {
  it('know the top level, drawers and long files', async () => {
    const root = await plantTree({
      'package.json': '{}',
      'docs/a.md': '',
      'src-main/domain/helpers.ts': '',
      'src-main/domain/utils/text.ts': '',
      'src-main/domain/library.ts': '',
      'src-main/domain/long.ts': '//\n'.repeat(601),
      'src-main/domain/fits.ts': '//\n'.repeat(599),
    })
    expect((await checkHouse(root)).map(({ file }) => file)).toEqual([
      'docs',
      'src-main/domain/helpers.ts',
      'src-main/domain/utils/text.ts',
      'src-main/domain/long.ts',
    ])
  })
})

describe('licences', () => {
  it('read SPDX expressions', () => {
    expect(isAllowed('a', 'MIT')).toBe(true)
    expect(isAllowed('a', '(MPL-2.0 OR Apache-2.0)')).toBe(true)
    expect(isAllowed('a', '(MIT OR GPL-3.0-only)')).toBe(true)
    expect(isAllowed('a', '(MIT AND GPL-3.0-only)')).toBe(false)
    expect(isAllowed('a', 'AGPL-3.0-only')).toBe(false)
  })

  it('make one named exception: libvips', () => {
    expect(isAllowed('@img/sharp-libvips-linux-x64', 'LGPL-3.0-or-later')).toBe(true)
    expect(isAllowed('@img/sharp-win32-x64', 'Apache-2.0 AND LGPL-3.0-or-later')).toBe(true)
    expect(isAllowed('@img/sharp-libvips-linux-x64', 'GPL-3.0-only')).toBe(false)
    expect(isAllowed('other', 'LGPL-3.0-or-later')).toBe(false)
  })
})
