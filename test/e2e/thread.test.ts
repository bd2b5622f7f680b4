import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { fillGallery, type Gallery } from '../rig/gallery.ts'
import { until } from '../rig/process.ts'
import { gone, openWindow, shown, type Window } from '../rig/window.ts'
import { fillWorld, type World } from '../rig/world.ts'
import { violations } from './surfaces.ts'

/** A post with its conversation: what it answers, what answers it, its author's thread as one text, its versions. All of it from what is stored. */
describe.runIf(findChromium() !== null)('a conversation, offline', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let gallery: Gallery
  let world: World
  let window: Window

  const open = async (name: keyof Gallery) => {
    await window.go(`/app/post/${gallery[name]}`)
    const post = window.page.locator(`.post-focus[data-post-id="${gallery[name]}"]:visible`)
    await shown(post)
    return post
  }
  const thread = () => window.page.locator('.thread:visible')
  const top = () => window.page.evaluate(() => document.querySelector('.post-focus')?.getBoundingClientRect().top ?? NaN)

  beforeAll(async () => {
    burrow = await startBurrow({
      name: 'ada',
      origin: 'https://ada.example',
      async prepare(folder) {
        world = await fillWorld(folder)
        gallery = await fillGallery(folder)
      },
    })
    window = await openWindow(burrow)
    await shown(window.page.getByRole('heading', { name: 'Home' }))
  })
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })

  test('what a post answers stands above it, and coming late it moves nothing', async () => {
    const { page } = window
    const post = await open('self')
    await shown(thread().getByText('One: how to keep a notebook.'))
    expect(await thread().locator('.ancestor').count()).toBe(2)
    expect(await thread().locator('.ancestor').last().isVisible()).toBe(true)
    expect(await post.evaluate((article) => article === document.activeElement)).toBe(true)

    let answer: () => void = () => undefined
    const held = new Promise<void>((resolve) => (answer = resolve))
    await page.route('**/context', async (route) => {
      await held
      await route.continue()
    })
    await open('deep')
    await shown(thread().getByText('Level 7'))
    const before = await top()
    answer()
    await shown(thread().getByText('Level 1'))
    expect(await thread().locator('.ancestor').count()).toBe(8)
    for (let frame = 0; frame < 5; frame++) {
      await page.evaluate(() => new Promise(requestAnimationFrame))
      expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1)
    }
    await page.unroute('**/context')
  })

  test('answers are nested four deep and go on elsewhere, the author’s are marked, and branches fold by press and by key', async () => {
    const { page } = window
    await open('question')
    await shown(thread().getByText('Does it hum?'))
    expect(await thread().locator('.thread-depth .thread-depth .thread-depth').count()).toBeGreaterThan(0)
    expect(await thread().locator('.thread-depth .thread-depth .thread-depth .thread-depth').count()).toBe(0)
    expect(await thread().getByText('Level 4').count()).toBe(0)
    await shown(thread().getByRole('link', { name: 'Continue: 4 more' }))
    const marked = thread().locator('article', { has: page.locator('[title="Author of the first post"]') })
    expect(await marked.count()).toBe(4)
    const branch = thread().locator('article', { hasText: 'Does it hum?' })
    await branch.focus()
    await page.keyboard.press('x')
    await gone(thread().getByText('Level 1'))
    await shown(
      thread()
        .getByRole('button', { name: /^Show 2 repl/ })
        .last(),
    )
    await branch.focus()
    await page.keyboard.press('x')
    await shown(thread().getByText('Level 1'))
    await thread().getByRole('button', { name: 'Fold these replies' }).last().press('Enter')
    await thread()
      .getByRole('button', { name: /^Show \d+ repl/ })
      .last()
      .click()
    await shown(thread().getByText('Level 1'))
    await thread().getByRole('link', { name: 'Continue: 4 more' }).click()
    await shown(thread().getByText('Level 7'))
  })

  test('the author’s own thread unrolls into one text, with the answers to any of its parts below', async () => {
    const { page } = window
    await open('self')
    await shown(thread().getByText('Part 3 of 4 by the same author'))
    await thread().getByRole('button', { name: 'Unroll as one text' }).click()
    const joined = thread().locator('.joined')
    await shown(joined)
    expect((await joined.locator('.post-text').allInnerTexts()).map((text) => text.trim())).toEqual([
      'One: how to keep a notebook.',
      'Two: one page per fix.',
      'Three: draw it, badly.',
      'Four: date everything.',
    ])
    expect(await thread().locator('.ancestor').count()).toBe(0)
    expect(await violations(window)).toEqual([])
    await joined.getByRole('link', { name: 'Part 2 of 4 by the same author' }).focus()
    await thread().getByRole('button', { name: 'Back to single posts' }).press('Enter')
    await shown(thread().locator(`.post-focus[data-post-id="${gallery.self}"]`))
    expect(await page.evaluate(() => document.activeElement?.classList.contains('post-focus'))).toBe(true)
  })

  test('the reader shows words and pictures alone, in the reading face', async () => {
    const { page } = window
    await open('question')
    const reader = page.getByRole('button', { name: 'Reader' })
    await reader.focus()
    await page.keyboard.press('Enter')
    await shown(thread().locator('.joined'))
    expect(await reader.getAttribute('aria-pressed')).toBe('true')
    expect(
      await thread()
        .getByRole('button', { name: /^(Reply|Favourite)/ })
        .count(),
    ).toBe(0)
    expect(await thread().getByText('Does it hum?').count()).toBe(0)
    const text = thread().locator('.joined .post-text').first()
    expect(await text.evaluate((words) => getComputedStyle(words).fontFamily)).toContain('Literata')
    expect(await violations(window)).toEqual([])
    await reader.click()
    await shown(thread().getByText('Does it hum?'))
  })

  test('how many answers are known is said, and more are looked for at the origin; that it is silent is said too', async () => {
    const post = await open('question')
    await shown(thread().getByText(/^\d+ replies (are )?known here$/))
    await shown(post)
    await thread().getByRole('button', { name: 'Look for more on hedgerow.example' }).click()
    await shown(thread().getByText(/^(Nothing more was found there\.|hedgerow\.example does not answer right now\.)$/), 30_000)
    await open('card')
    await shown(thread().getByText('No replies are known here'))
  })

  test('what an edit changed is shown word by word, from the post and from a list, or each version as it stood', async () => {
    const { page } = window
    const post = await open('edited')
    await post.getByRole('button', { name: /^Edited/ }).click()
    const history = page.getByRole('dialog', { name: 'Versions of this post' })
    await shown(history.locator('ins').first())
    const marks = async (kind: 'ins' | 'del') =>
      (await history.locator(kind).allInnerTexts()).map((text) => text.replace(/^(added|removed):\s*/, '').trim())
    expect(await marks('del')).toEqual(['two'])
    expect(await marks('ins')).toEqual([', which says something', ', dented', 'six'])
    expect(await violations(window)).toEqual([])
    await history.getByRole('radio', { name: 'As it stood' }).click()
    await shown(history.getByText('The kettle has two entries.'))
    expect(await history.locator('ins').count()).toBe(0)
    await page.keyboard.press('Escape')
    await gone(history)
    await window.go('/app/@wren@hedgerow.example')
    const row = window.post(gallery.edited)
    await until('it is in the list', async () => {
      if ((await row.count()) > 0) return true
      await page.evaluate(() => {
        const lists = [...document.querySelectorAll('main .pane-scroll')].filter((one) => one.checkVisibility({ visibilityProperty: true }))
        lists.at(-1)?.scrollBy({ top: 500, behavior: 'instant' })
      })
      return false
    })
    const edited = row.getByRole('button', { name: 'edited' })
    expect(await edited.getAttribute('title')).toMatch(/^Edited /)
    const order = await row.locator('.time').innerText()
    expect(order.trim()).toMatch(/edited$/)
    await edited.focus()
    await page.keyboard.press('Enter')
    await shown(history)
    await page.keyboard.press('Escape')
    await gone(history)
  })

  test('an edit that comes in changes the post in place, with a wash', async () => {
    const { page } = window
    const id = world.answered
    await window.go(`/app/post/${id}`)
    const post = page.locator(`.post-focus[data-post-id="${id}"]:visible`)
    await shown(post.getByText('Nine metres of waxed cotton'))
    await page.evaluate(() => {
      const seen: string[] = []
      Object.assign(globalThis, { seen })
      new MutationObserver((changes) => {
        for (const { target } of changes) if (target instanceof HTMLElement && 'washed' in target.dataset) seen.push('washed')
      }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-washed'] })
    })
    await burrow.ask('PUT', `/api/v1/statuses/${id}`, { status: 'Both sashes run again.' })
    await shown(post.getByText('Both sashes run again.'))
    await until('it was washed', () => page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen.includes('washed')))
    await until('the wash is over', async () => (await post.getAttribute('data-washed')) === null)
    expect(window.complaints).toEqual([])
  })
})
