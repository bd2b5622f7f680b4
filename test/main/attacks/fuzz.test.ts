import { expect, test } from 'vitest'
import { chanceOf } from '../../fuzz/chance.ts'
import { fuzz } from '../../fuzz/run.ts'
import { recognise } from '../../../src-main/domain/clean-html.ts'
import { parseClean, sanitise } from '../../../src-main/domain/html.ts'
import { html } from '../../fuzz/words.ts'
import { rule } from '../../rig/attacks.ts'
import { htmlProblem } from '../../rig/evil-peer/strict-html.ts'

test(`two thousand documents made from a seed break nothing, ${rule(26)}, ${rule(28)}`, { timeout: 90_000 }, async () => {
  const report = await fuzz({ runs: 2_000, seed: 20_260_501 })
  expect(report.findings).toEqual([])
  expect(report.runs).toBe(2_000)
  // They get past the door, are stored, and make us look things up: else nothing would have been tried.
  expect(report.statuses['inbox 202']).toBeGreaterThan(300)
  expect(report.rows.posts).toBeGreaterThan(30)
  expect(report.requests).toBeGreaterThan(100)
})

test('what breaks is found, made small, and found again by its seed', { timeout: 60_000 }, async () => {
  const breakable = {
    name: 'breakable',
    weight: 1,
    make: (chance: ReturnType<typeof chanceOf>) => ({ a: chance.number(3), b: { c: ['x', { d: 'boom', e: html(chance) }] } }),
    feed: (_s: unknown, document: unknown) => (JSON.stringify(document).includes('boom') ? 'it went off' : null),
  }
  const [one, again] = [await fuzz({ runs: 3, seed: 7, from: [breakable] }), await fuzz({ runs: 3, seed: 7, from: [breakable] })]
  expect(one.findings).toHaveLength(3)
  expect(one.findings[0]).toMatchObject({ seed: 7, run: 0, target: 'breakable', problem: 'it went off', shrunk: true })
  expect(JSON.stringify(one.findings[0]?.document).length).toBeLessThan(40)
  expect(again.findings).toEqual(one.findings)
})

test(`cleaned HTML passes a reader of its own, and what is recognised is what the parser makes of it, ${rule(31)}`, () => {
  const chance = chanceOf(31)
  let recognised = 0
  for (let i = 0; i < 5_000; i++) {
    const dirty = html(chance, 20)
    expect(htmlProblem(sanitise(dirty)), dirty).toBe(null)
    const known = recognise(dirty)
    if (known === null) continue
    recognised++
    expect(known, dirty).toBe(parseClean(dirty))
  }
  expect(recognised).toBeGreaterThan(200)
})

test('the reader finds what must not be there', () => {
  for (const bad of [
    '<script>x</script>',
    '<p onclick="x">x</p>',
    '<a href="javascript:x" rel="nofollow noopener">x</a>',
    '<a href="java&#115;cript:x" rel="nofollow noopener">x</a>',
    '<a href="//x" rel="nofollow noopener">x</a>',
    '<a href="https://x">x</a>',
    '<span class="modal">x</span>',
    '<img src="x">',
    '<p <b>x</p>',
    '<P>x</P>',
    '</p x>',
    '<!-- x -->',
  ]) {
    expect(htmlProblem(bad), bad).not.toBe(null)
  }
  expect(htmlProblem('<p>x <a href="https://x" class="u-url mention" rel="nofollow noopener" target="_blank">@x</a><br /></p>')).toBe(null)
})
