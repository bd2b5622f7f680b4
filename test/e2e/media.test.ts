import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Settings } from '../../src-main/owner-api/contract.ts'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { fillGallery, type Gallery } from '../rig/gallery.ts'
import { until } from '../rig/process.ts'
import { gone, openWindow, shown, type Window } from '../rig/window.ts'
import { fillWorld, type World } from '../rig/world.ts'
import { violations } from './surfaces.ts'

/** How one post is drawn and used, of every kind there is. Nobody else can be reached from here: all of it is what a train shows. */
describe.runIf(findChromium() !== null)('posts of every kind, offline', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let world: World
  let gallery: Gallery
  let window: Window

  const set = async (change: Partial<Settings>) => {
    await burrow.ask('PATCH', '/api/owner/settings', change)
  }
  /** The post alone, as the view is about it. */
  const open = async (name: keyof Gallery) => {
    await window.go(`/app/post/${gallery[name]}`)
    const post = window.page.locator(`.post-focus[data-post-id="${gallery[name]}"]:visible`)
    await shown(post)
    return post
  }
  /** The post as it stands in a list: on its author's page. */
  const listed = async (name: keyof Gallery, acct: string) => {
    await window.go(`/app/@${acct}`)
    const post = window.post(gallery[name])
    await until(`${name} is in the list`, async () => {
      if ((await post.count()) > 0) return true
      await window.page.evaluate(() => {
        const lists = [...document.querySelectorAll('main .pane-scroll')].filter((one) => one.checkVisibility({ visibilityProperty: true }))
        lists.at(-1)?.scrollBy({ top: 500, behavior: 'instant' })
      })
      return false
    })
    await post.scrollIntoViewIfNeeded()
    return post
  }
  const BO = 'bo@tide.example'
  const MIRELLE = 'mirelle@atelier.example'
  const PIA = 'pia@loom.test'
  const NOOR = 'noor@nakhla.example'
  const WREN = 'wren@hedgerow.example'

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
    await window.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await shown(window.page.getByRole('heading', { name: 'Home' }))
  })
  // One that fails leaves nothing behind for the others.
  beforeEach(() =>
    set({
      animate: 'hover',
      reducedData: false,
      showNoAlt: false,
      openWarnings: [],
      expandWarnings: false,
      collapseNameEmoji: true,
      density: 'calm',
    }),
  )
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })

  test('one picture keeps its shape within bounds, four make a grid, more stand behind a number until the post is opened', async () => {
    const shape = async (name: keyof Gallery) => {
      const post = await listed(name, MIRELLE)
      const box = await post.locator('.media').boundingBox()
      return { width: box?.width ?? 0, height: box?.height ?? 0, items: await post.locator('.media .item').count() }
    }
    const wide = await shape('wide')
    expect(wide.width / wide.height).toBeCloseTo(21 / 9, 1)
    const tall = await shape('tall')
    expect(tall.width / tall.height).toBeCloseTo(3 / 4, 1)
    expect(tall.height).toBeLessThanOrEqual(511)
    expect((await shape('many')).items).toBe(4)
    await shown(window.post(gallery.many).getByRole('button', { name: /\+3 more$/ }))
    expect(await (await open('many')).locator('.media .item').count()).toBe(7)
  })

  test('the point that its author chose stays in sight, and its colours stand there before it', async () => {
    const post = await listed('noAlt', BO)
    expect(await post.locator('.media img').evaluate((image) => getComputedStyle(image).objectPosition)).toBe('20% 30%')
    expect(await post.locator('.media canvas').evaluate((canvas: HTMLCanvasElement) => [canvas.width, canvas.height])).toEqual([32, 32])
  })

  test('what moves stands still until it is pointed at, and never where motion is not wanted', async () => {
    const { page } = window
    await page.emulateMedia({ reducedMotion: 'no-preference' })
    const post = await listed('gif', BO)
    const image = post.locator('.media img')
    const source = () => image.evaluate((one: HTMLImageElement) => new URL(one.src).protocol)
    await until('its first frame stands there', async () => (await source()) === 'blob:')
    await shown(post.getByText('GIF', { exact: true }))
    await until('it moves', async () => {
      await page.mouse.move(2, 2)
      await post.locator('.media .open').hover()
      return (await source()) === 'http:'
    })
    await page.mouse.move(2, 2)
    await until('it rests', async () => (await source()) === 'blob:')
    await post.locator('.media .open').focus()
    await until('it moves for the keyboard too', async () => (await source()) === 'http:')
    await page.locator('h1:visible').first().focus()
    const emoji = (await listed('emoji', BO)).locator('img.emoji')
    const still = () => emoji.evaluate((one: HTMLImageElement) => new URL(one.src).protocol)
    expect(await emoji.getAttribute('alt')).toBe(':turning:')
    await until('the emoji stands still', async () => (await still()) === 'blob:')
    await until('it moves with its post', async () => {
      await page.mouse.move(2, 2)
      await window.post(gallery.emoji).hover()
      return (await still()) === 'http:'
    })
    await page.mouse.move(2, 2)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await window.post(gallery.emoji).hover()
    expect(await still()).toBe('blob:')
    await page.emulateMedia({ reducedMotion: 'no-preference' })
    await set({ animate: 'never' })
    await page.mouse.move(2, 2)
    await until('the window knows', async () => {
      await window.post(gallery.emoji).hover()
      const rests = (await still()) === 'blob:'
      await page.mouse.move(2, 2)
      return rests
    })
    await page.emulateMedia({ reducedMotion: 'reduce' })
  })

  test('with little to be fetched a picture is a card with its description until it is asked for', async () => {
    await set({ reducedData: true })
    const { page } = window
    await page.reload()
    const post = await listed('wide', MIRELLE)
    await shown(post.getByText('Print wide.png'))
    expect(await post.locator('.media img').count()).toBe(0)
    await post.getByRole('button', { name: 'Show picture' }).click()
    await shown(post.locator('.media img'))
  })

  test('a description is read from its badge, and one that is missing is said to who wants to know', async () => {
    const { page } = window
    const post = await listed('tall', MIRELLE)
    const badge = post.getByRole('button', { name: 'ALT: read the description' })
    const box = await badge.boundingBox()
    expect([(box?.width ?? 0) >= 24, (box?.height ?? 0) >= 24]).toEqual([true, true])
    await badge.click()
    const sheet = page.getByRole('dialog', { name: 'Description' })
    expect(await sheet.innerText()).toContain('Print tall.png')
    expect(await sheet.locator('p').evaluate((text) => getComputedStyle(text).userSelect)).toBe('text')
    await page.keyboard.press('Escape')
    await gone(sheet)
    const silent = await listed('noAlt', BO)
    expect(await silent.getByText('No ALT').count()).toBe(0)
    await set({ showNoAlt: true })
    await shown(silent.getByText('No ALT'))
  })

  test('a warning says how much is behind it, opens by press and by key, and stays as it was left', async () => {
    const { page } = window
    const post = await listed('warned', PIA)
    await shown(post.getByText('Teeth, at length'))
    await shown(post.getByText('120 words, 2 pictures'))
    expect(await post.getByText('tooth 1, tooth 2').count()).toBe(0)
    expect(await post.locator('.cw-line').evaluate((line) => getComputedStyle(line).fontWeight)).toBe('400')
    await post.focus()
    await page.keyboard.press('x')
    await shown(post.getByText('tooth 1, tooth 2'))
    await window.go('/app/notifications')
    await listed('warned', PIA)
    await shown(window.post(gallery.warned).getByText('tooth 1, tooth 2'))
    await window.post(gallery.warned).getByRole('button', { name: 'Hide', exact: true }).click()
    await gone(window.post(gallery.warned).getByText('tooth 1, tooth 2'))
    await set({ openWarnings: ['TEETH'] })
    await shown(window.post(gallery.warned).getByText('tooth 1, tooth 2'))
    await set({ openWarnings: [] })
    await gone(window.post(gallery.warned).getByText('tooth 1, tooth 2'))
    await set({ expandWarnings: true })
    await shown(window.post(gallery.warned).getByText('tooth 1, tooth 2'))
  })

  test('a sensitive picture is one colour and its words until it is shown, by press or by key', async () => {
    const { page } = window
    const post = await listed('sensitive', NOOR)
    await shown(post.getByText('Sensitive picture'))
    await shown(post.getByText('A healed scar on a palm'))
    expect(await post.locator('.media img').count()).toBe(0)
    const colours = await post.locator('.media canvas').evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, 32, 32) ?? { data: [] }
      return new Set(Array.from({ length: data.length / 4 }, (_, at) => `${data[at * 4]},${data[at * 4 + 1]},${data[at * 4 + 2]}`)).size
    })
    expect(colours).toBe(1)
    await post.focus()
    await page.keyboard.press('h')
    await shown(post.locator('.media img'))
    await post.getByRole('button', { name: 'Cover again' }).click()
    await shown(post.getByText('Sensitive picture'))
    await post.getByRole('button', { name: 'Show', exact: true }).click()
    await shown(post.locator('.media img'))
  })

  test('a poll is voted in by keyboard, shows the own choice, and says how old its numbers are', async () => {
    const { page } = window
    const post = await open('poll')
    await shown(post.getByText('42 people'))
    await shown(post.getByText(/^ends in \d/))
    await shown(post.getByText(/^as of /))
    expect(
      await post
        .locator('.option')
        .first()
        .evaluate((bar) => bar.getBoundingClientRect().height),
    ).toBe(32)
    const vote = post.getByRole('button', { name: 'Vote', exact: true })
    expect(await vote.getAttribute('aria-disabled')).toBe('true')
    await post.getByRole('radio', { name: 'Warp' }).focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowDown')
    expect(await post.getByRole('radio', { name: 'Weft' }).isChecked()).toBe(true)
    await vote.focus()
    await page.keyboard.press('Enter')
    await shown(post.getByText('Your choice'))
    await shown(post.getByText('your vote waits to be sent'))
    expect(await post.locator('li[data-lead]').innerText()).toContain('Weft')
    expect(await post.getByRole('radio').count()).toBe(0)
    const several = await open('several')
    await several.getByRole('checkbox', { name: 'Madder' }).check()
    await several.getByRole('checkbox', { name: 'Woad' }).check()
    await several.getByRole('button', { name: 'Look at the votes' }).click()
    expect(await several.locator('li').count()).toBe(3)
    const over = await open('over')
    await shown(over.getByText('ended'))
    expect([await over.getByRole('button', { name: 'Vote', exact: true }).count(), await over.getByText(/^as of/).count()]).toEqual([0, 0])
  })

  test('a link stands there as a card with its author, a film’s too, and nothing is asked of its site', async () => {
    const post = await listed('card', 'sol@plaza.example')
    const card = post.locator('.card')
    await shown(card.getByRole('link', { name: 'Every public bench, ranked by shade' }))
    expect(await card.innerText()).toContain('archive.example')
    expect((await card.locator('.picture').boundingBox())?.width).toBeCloseTo(72, 0)
    await card.getByRole('link', { name: 'by Sol Reyes' }).or(card.getByText('by Sol')).first().waitFor()
    expect(await card.evaluate((box) => Math.round(box.getBoundingClientRect().height))).toBeLessThan(90)
    const film = (await open('film')).locator('.card')
    const large = await film.locator('.picture').boundingBox()
    expect((large?.width ?? 0) / (large?.height ?? 1)).toBeCloseTo(1.91, 1)
    await shown(film.getByText('Video'))
    expect(await (await open('many')).locator('.card').count()).toBe(0)
    expect(window.requests.filter((url) => !/^(http|ws)s?:\/\/(127\.0\.0\.1|localhost)|^(blob|data|about):/.test(url))).toEqual([])
  })

  test('a quote stands there one level deep, and each reason why it does not has its sentence', async () => {
    const { page } = window
    const post = await open('quote')
    await shown(post.locator('.quoted').getByText('Sept états.'))
    expect(await post.locator('.quoted img[alt^="Print"]').count()).toBe(4)
    await post.locator('.quoted').hover()
    await post.locator('.quoted a.name').click()
    await page.waitForURL((url) => url.pathname === `/app/post/${gallery.many}`)
    const nested = await open('quoteOfQuote')
    await shown(nested.getByText('Quotes a post by @mirelle'))
    expect(await nested.locator('.quoted .quoted').count()).toBe(0)
    await shown((await open('pending')).getByText('Waiting for the author to allow this quote.'))
    await shown((await open('removed')).getByText('The author removed this quote.'))
    await shown((await open('quoteGone')).getByText('The quoted post was deleted.'))
    const { id } = await burrow.ask<{ id: string }>('POST', '/api/v2/filters', {
      title: 'Prints',
      context: ['home', 'public', 'thread', 'account', 'notifications'],
      filter_action: 'warn',
      keywords_attributes: [{ keyword: 'états', whole_word: false }],
    })
    await page.reload()
    const folded = await open('quote')
    await shown(folded.getByText('Quoted post filtered: Prints'))
    await folded.locator('.quoted').getByRole('button', { name: 'Show' }).click()
    await shown(folded.locator('.quoted').getByText('Sept états.'))
    await burrow.ask('DELETE', `/api/v2/filters/${id}`)
    const [mirelle] = await burrow.ask<{ id: string }[]>('GET', '/api/v1/accounts/search?q=mirelle&limit=1')
    await burrow.ask('POST', `/api/v1/accounts/${mirelle?.id}/block`)
    await page.reload()
    await shown((await open('quote')).getByText('Quotes somebody you block.'))
    await burrow.ask('POST', `/api/v1/accounts/${mirelle?.id}/unblock`)
    await burrow.ask('POST', `/api/v1/accounts/${mirelle?.id}/follow`)
    await page.reload()
  })

  test('many hashtags at the end are one quiet line in a list, and all of them in the post', async () => {
    const lines = (post: Awaited<ReturnType<typeof open>>) =>
      post.locator('.stuffing').evaluate((tags) => [getComputedStyle(tags).whiteSpace, getComputedStyle(tags).textOverflow])
    expect(await lines(await listed('stuffed', BO))).toEqual(['nowrap', 'ellipsis'])
    expect((await lines(await open('stuffed')))[0]).toBe('normal')
    expect(await window.page.locator('.post-focus:visible .stuffing a').count()).toBe(6)
  })

  test('a long post is cut after fourteen lines and read on in place; the owner’s own and the one opened never are', async () => {
    const { page } = window
    const post = await listed('long', WREN)
    const seen = await post
      .locator('.post-text')
      .evaluate((text) => [text.clientHeight, Number.parseFloat(getComputedStyle(text).lineHeight)])
    expect((seen[0] ?? 0) / (seen[1] ?? 1)).toBeLessThanOrEqual(14.5)
    await post.getByRole('button', { name: /^Read on about \d+ more words$/ }).click()
    await shown(post.getByText('The last line of the long one.'))
    expect(page.url()).toContain('@wren')
    await shown((await listed('tallText', WREN)).getByRole('button', { name: /^Read on/ }))
    expect(await (await open('tallText')).getByRole('button', { name: /^Read on/ }).count()).toBe(0)
    await burrow.ask('POST', '/api/v1/statuses', { status: Array.from({ length: 22 }, (_, n) => `Own line ${n + 1}`).join('\n') })
    await window.go('/app/@ada')
    await shown(window.words('Own line 22'))
    expect(
      await window
        .text('Own line 22')
        .getByRole('button', { name: /^Read on/ })
        .count(),
    ).toBe(0)
  })

  test('every paragraph has a direction of its own, every post its language, every link a short name', async () => {
    const post = await open('mixed')
    expect(await post.locator('.rich').getAttribute('lang')).toBe('ar')
    const paragraphs = await post
      .locator('.rich p')
      .evaluateAll((all) => all.map((one) => [one.getAttribute('dir'), getComputedStyle(one).direction, getComputedStyle(one).unicodeBidi]))
    expect(paragraphs).toEqual([
      ['auto', 'rtl', 'plaintext'],
      ['auto', 'ltr', 'plaintext'],
    ])
    expect(await post.locator('.name bdi').first().count()).toBe(1)
    const link = (await open('card')).locator('.rich a').last()
    expect(await link.getAttribute('title')).toBe('https://archive.example/benches')
    expect(((await link.textContent()) ?? '').length).toBeLessThanOrEqual(30)
  })

  test('a name says the whole address to who listens, once, with its verified link and few emoji', async () => {
    const bo = await listed('gif', BO)
    await shown(bo.getByRole('link', { name: 'Bo Lindqvist @bo@tide.example' }))
    expect(await bo.locator('.head').innerText()).toContain('@bo · tide.example'.replace(' · ', '\u00a0·\u00a0'))
    const alike = await listed('film', 'lighthouse@coast.example')
    expect(await alike.locator('.head').innerText()).not.toContain('@lighthouse')
    expect(await alike.locator('.head').innerText()).toContain('coast.example')
    const sol = await listed('card', 'sol@plaza.example')
    expect(await sol.locator('a.name').innerText()).toBe('Sol 🌻🦑🐙 Reyes…')
    await shown(sol.locator('[title="Verified link: https://plaza.example"]'))
    await set({ collapseNameEmoji: false })
    await until('all of them are shown', async () => (await sol.locator('a.name').innerText()).includes('🌈'))
  })

  test('actions take no room when they appear; a boost asks which of two, with Shift or b it is done at once', async () => {
    const { page } = window
    await page.mouse.move(2, 2)
    const post = await listed('mixed', NOOR)
    const height = () => post.evaluate((row) => row.getBoundingClientRect().height)
    const before = await height()
    const boost = post.getByRole('button', { name: /^Boost/ })
    expect(await boost.evaluate((button) => getComputedStyle(button).opacity)).toBe('0')
    await post.hover()
    await until('they appear', async () => (await boost.evaluate((button) => getComputedStyle(button).opacity)) === '1')
    expect(await height()).toBe(before)
    const boosted = async () => (await burrow.ask<{ reblogged: boolean }>('GET', `/api/v1/statuses/${gallery.mixed}`)).reblogged
    await boost.click()
    await shown(page.getByRole('menuitem', { name: 'Quote' }))
    await page.getByRole('menuitem', { name: 'Boost' }).click()
    await until('it is boosted', boosted)
    await shown(post.getByRole('button', { name: 'Boost, waiting to send' }))
    await boost.click()
    await until('it is taken back', async () => !(await boosted()))
    await boost.click({ modifiers: ['Shift'] })
    await until('it is boosted at once', boosted)
    await post.focus()
    await page.keyboard.press('b')
    await until('it is taken back by key', async () => !(await boosted()))
    expect(await post.getByRole('button', { name: /^Favourite/ }).innerText()).toBe('')
    await boost.click()
    await page.getByRole('menuitem', { name: 'Quote' }).click()
    await shown(page.getByRole('textbox', { name: 'Text of the post' }))
    await page.keyboard.press('Escape')
    await gone(page.getByRole('textbox', { name: 'Text of the post' }))
  })

  test('pictures are looked at large: by keys, by wheel, by hand; saved and copied; and the focus comes back', async () => {
    const { page } = window
    const post = await open('many')
    const second = post.locator('.media .open').nth(1)
    await second.focus()
    await page.keyboard.press('Enter')
    const box = page.getByRole('dialog', { name: 'Pictures' })
    await shown(box)
    await shown(box.getByText('2 of 7'))
    await shown(box.getByText('Print 2.png'))
    expect(await violations(window)).toEqual([])
    await page.keyboard.press('ArrowRight')
    await shown(box.getByText('3 of 7'))
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('a')
    await gone(box.getByText('Print 2.png'))
    await page.keyboard.press('a')
    await shown(box.getByText('Print 2.png'))
    const image = box.locator('img')
    const scale = async () => Number.parseFloat(await image.evaluate((one) => getComputedStyle(one).scale))
    await page.keyboard.press('+')
    await page.keyboard.press('+')
    expect(await scale()).toBeCloseTo(2.25)
    await shown(box.getByRole('button', { name: '225%, fit to the window' }))
    await page.keyboard.press('-')
    expect(await scale()).toBeCloseTo(1.5)
    await page.keyboard.press('0')
    expect(Number.isNaN(await scale()) || (await scale()) === 1).toBe(true)
    await image.hover()
    await page.mouse.wheel(0, -600)
    await until('the wheel magnifies', async () => (await scale()) > 2)
    const moved = () => image.evaluate((one) => getComputedStyle(one).translate)
    const place = await moved()
    await page.mouse.down()
    await page.mouse.move(500, 300, { steps: 4 })
    await page.mouse.up()
    expect(await moved()).not.toBe(place)
    const dragged = await moved()
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Shift+ArrowLeft')
    expect(await moved()).not.toBe(dragged)
    await image.dblclick()
    await until('a double press fits it again', async () => !((await scale()) > 1))
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Control+s')])
    expect(download.suggestedFilename()).toMatch(/^mirelle-atelier\.example-\d{6}-2\.png$/)
    await page.keyboard.press('Control+c')
    await shown(box.getByText('Picture copied.'))
    expect(await page.evaluate(async () => (await navigator.clipboard.read())[0]?.types)).toEqual(['image/png'])
    await page.keyboard.press('Escape')
    await gone(box)
    expect(await second.evaluate((button) => button === document.activeElement)).toBe(true)
    await window.post(gallery.many).or(page.locator('.post-focus:visible')).first().focus()
    await page.keyboard.press('e')
    await shown(box.getByText('1 of 7'))
    await until('it has a step of its own', () => Promise.resolve(page.url().includes('m=media')))
    await page.goBack()
    await gone(box)
    expect(page.url()).toContain(`/app/post/${gallery.many}`)
    await page.locator('.post-focus:visible').focus()
    await page.keyboard.press('e')
    await shown(box.getByText('1 of 7'))
    await box.getByRole('button', { name: 'Next' }).click()
    await box.getByRole('button', { name: 'Zoom in' }).click()
    await box.getByRole('button', { name: 'Close' }).click()
    await gone(box)
  })

  test('as a list a post is one line that opens like any other', async () => {
    const { page } = window
    await set({ density: 'list' })
    await window.go(`/app/@${WREN}`)
    const line = page.locator(`main .post-line[data-post-id="${gallery.long}"]:visible`)
    await shown(line)
    expect((await line.boundingBox())?.height).toBeLessThanOrEqual(37)
    await line.focus()
    await page.keyboard.press('Enter')
    await shown(page.locator(`.post-focus[data-post-id="${gallery.long}"]:visible`))
  })

  test('what a post says of itself is its name to who listens, and its time is told shortly and in full', async () => {
    await window.go(`/app/post/${world.notebook}`)
    const post = await listed('mixed', NOOR)
    const [named, described] = await post.evaluate((article) => {
      const text = (ids: string | null) =>
        (ids ?? '')
          .split(' ')
          .map((id) => document.getElementById(id)?.getAttribute('aria-label') ?? document.getElementById(id)?.textContent ?? '')
          .join(' ')
      return [text(article.getAttribute('aria-labelledby')), text(article.getAttribute('aria-describedby'))]
    })
    expect(named).toContain('@noor@nakhla.example')
    expect(described).toContain('Latin word')
    const time = post.locator('time').first()
    expect(await time.innerText()).toMatch(/^(now|\d+m)$/)
    expect(await time.getAttribute('title')).toMatch(/\d{4}, \d\d:\d\d$/)
    expect(Date.parse((await time.getAttribute('datetime')) ?? '')).toBeGreaterThan(0)
    expect(window.complaints).toEqual([])
  })
})
