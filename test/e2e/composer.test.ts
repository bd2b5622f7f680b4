import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Locator } from 'playwright-core'
import type { Draft } from '../../src-main/owner-api/contract.ts'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { gone, openWindow, shown, type Window } from '../rig/window.ts'
import { fillWorld, type World } from '../rig/world.ts'
import { film } from '../main/media/films.ts'
import { violations } from './accessibility.ts'
import { carry, fillMore, picture, type Post } from './composing.ts'

describe.runIf(findChromium() !== null)('the composer', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let window: Window
  let world: World & ReturnType<typeof fillMore>
  const dock = () => window.page.locator('.composer')
  const text = (at = 0): Locator => dock().locator('.text textarea').nth(at)
  const note = () => dock().locator('.note')
  const button = (name: string | RegExp, exact = true) => dock().getByRole('button', { name, exact })
  const home = () => burrow.ask<Post[]>('GET', '/api/v1/timelines/home')
  const drafts = () => burrow.ask<Draft[]>('GET', '/api/owner/drafts')
  const settings = (change: object) => burrow.ask('PATCH', '/api/owner/settings', change)
  const sent = async (words: string) => {
    await gone(text())
    const post = await until(`${words} is published`, async () => (await home()).find((one) => one.content.includes(words)) ?? false)
    return post as Post
  }
  const write = async () => {
    await window.page.keyboard.press('n')
    await shown(text())
  }
  const menu = async (name: string | RegExp, item: string | RegExp) => {
    await button(name, false).click()
    await window.page
      .getByRole(/^Visib|^Who|^Lang/.test(String(name)) ? 'menuitemradio' : 'menuitem', { name: item })
      .first()
      .click()
  }
  const add = async (...files: Awaited<ReturnType<typeof picture>>[]) => {
    const before = await dock().locator('.shot').count()
    await dock().locator('input[type=file]').setInputFiles(files)
    await until('the files are there', async () => (await dock().locator('.shot .alt').count()) === before + files.length)
  }
  const open = async (id: string) => {
    await window.go(`/app/post/${id}`)
    const post = window.page.locator(`.post-focus[data-post-id="${id}"]:visible`).first()
    await shown(post)
    await post.focus()
    return post
  }

  beforeAll(async () => {
    let filled: World | null = null
    let more: ReturnType<typeof fillMore> | null = null
    burrow = await startBurrow({
      name: 'ada',
      origin: 'https://ada.example',
      prepare: async (folder) => {
        filled = await fillWorld(folder)
        more = fillMore(folder)
      },
    })
    world = Object.assign({}, filled, more) as unknown as typeof world
    window = await openWindow(burrow, { width: 1440, height: 900 })
    await shown(window.page.getByRole('heading', { name: 'Home' }))
  }, 60_000)
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })
  beforeEach(async () => {
    // The first Esc may be for suggestions.
    while (await text().isVisible()) await text().press('Escape')
    await gone(dock())
    for (const draft of await drafts()) await burrow.ask('DELETE', `/api/owner/drafts/${draft.id}`)
    await window.go('/app/home')
  })

  test('names are completed from what is here: people, hashtags with how often, emoji', async () => {
    const { page } = window
    await write()
    await page.keyboard.type('For @mir')
    const option = (name: string | RegExp) => page.getByRole('option', { name })
    await shown(option(/Mirelle/))
    expect(await text().getAttribute('aria-activedescendant')).toBe(await option(/Mirelle/).getAttribute('id'))
    await page.keyboard.press('Enter')
    expect(await text().inputValue()).toBe('For @mirelle@atelier.example ')
    await page.keyboard.type('#grav')
    await shown(option(/gravure/))
    expect(await option(/gravure/).innerText()).toMatch(/#gravure\s*1/)
    await page.keyboard.press('Tab')
    await page.keyboard.type('and :coffe')
    await shown(option(/coffee/))
    await page.keyboard.press('Enter')
    expect(await text().inputValue()).toBe('For @mirelle@atelier.example #gravure and ☕ ')
    await page.keyboard.type('@mir')
    await shown(option(/Mirelle/))
    await page.keyboard.press('Escape')
    await gone(option(/Mirelle/))
    await shown(text())
    await page.keyboard.type(' @nobody@far.example')
    await shown(option('Look up @nobody@far.example'))
  })

  test('who can see it is said in words, colours the edge, and a private mention names its readers', async () => {
    const { page } = window
    await write()
    const edge = () => dock().evaluate((element) => getComputedStyle(element, '::before').backgroundColor)
    const before = await edge()
    await menu('Who can see it: Public', /^Followers/)
    expect(await edge()).not.toBe(before)
    expect(await text().getAttribute('placeholder')).toBe('Only your followers will see this.')
    await expect.poll(() => button('Who may quote', false).count()).toBe(0)
    await menu('Who can see it: Followers', /^Private mention/)
    await shown(note().getByText('Nobody is mentioned yet, so only you will see this.'))
    await text().fill('@wren@hedgerow.example and @pia@loom.test look')
    await shown(note().getByText('Only @wren@hedgerow.example and @pia@loom.test will see this. Not encrypted.'))
    await page.keyboard.press('Escape')
    // An answer begins no wider than what it answers.
    await open(world.followers)
    await page.keyboard.press('r')
    await shown(button('Who can see it: Followers', false))
    await menu('Who can see it: Followers', /^Private mention/)
    await text().fill('And @wren@hedgerow.example')
    await shown(note().getByText('@wren@hedgerow.example will be able to read this.'))
  })

  test('a warning is opened by its key, kept for the next time, and covers pictures unless they are uncovered', async () => {
    const { page } = window
    await write()
    await text().fill('Warned about')
    await text().press('Alt+x')
    const warning = dock().getByRole('textbox', { name: 'Content warning' })
    await shown(warning)
    expect(await warning.evaluate((field) => field === document.activeElement)).toBe(true)
    await warning.fill('Sharp tools')
    await button('Warnings you use often').click()
    await page.getByRole('menuitem', { name: 'Keep “Sharp tools” in this list' }).click()
    await add(await picture('saw.png', '#333'))
    const cover = dock().getByRole('switch', { name: 'Cover the pictures until they are asked for' })
    expect(await cover.isChecked()).toBe(true)
    await dock().getByRole('textbox', { name: 'Description of picture 1' }).fill('A saw')
    await text().press('ControlOrMeta+Enter')
    expect(await sent('Warned about')).toMatchObject({ spoiler_text: 'Sharp tools', sensitive: true })
    await write()
    await text().fill('Again')
    await text().press('Alt+x')
    await button('Warnings you use often').click()
    await page.getByRole('menuitemradio', { name: 'Sharp tools' }).click()
    expect(await warning.inputValue()).toBe('Sharp tools')
    await button('Remove the warning').click()
    await gone(warning)
  })

  test('the language follows the words until one is chosen by hand, and the last chosen come first', async () => {
    const { page } = window
    await write()
    await text().fill('Je ne sais pas encore ce que je vais en faire.')
    await shown(button('Language: French', false))
    await button('Language: French', false).click()
    await page.getByRole('menuitemradio', { name: 'Breton' }).click()
    await text().fill('I have kept a piece of them, and they are not for sale.')
    // Two saves, each a pause of the keys, are longer than the language takes to be found.
    await until('the words are kept', async () => (await drafts())[0]?.text.startsWith('I have kept'))
    await text().press('Alt+x')
    await page.keyboard.type('Sewing')
    await until('the warning is kept', async () => (await drafts())[0]?.warning === 'Sewing')
    await shown(button('Language: Breton', false))
    await button('Language: Breton', false).click()
    expect(await page.getByRole('menuitemradio').first().innerText()).toContain('Breton')
    await page.keyboard.press('Escape')
    await text().press('ControlOrMeta+Enter')
    expect((await sent('I have kept a piece')).language).toBe('br')
  })

  test('pictures are put in order by buttons and by dragging, cut before they go up, and described once', async () => {
    const { page } = window
    await write()
    await text().fill('Three colours')
    await add(await picture('red.png', '#a00', 200, 100), await picture('green.png', '#0a0'), await picture('blue.png', '#00a'))
    const alt = (at: number) => dock().getByRole('textbox', { name: `Description of picture ${at}` })
    await alt(1).fill('Red')
    await alt(2).fill('Green')
    await alt(3).fill('Blue')
    await shown(
      note()
        .getByText(/Where and with what a picture was taken is removed/)
        .or(note().getByText(/waits in the outbox/)),
    )
    await button('Move picture 1 later').click()
    await expect.poll(() => button('Move picture 2 later').evaluate((one) => one === document.activeElement)).toBe(true)
    expect([await alt(1).inputValue(), await alt(2).inputValue()]).toEqual(['Green', 'Red'])
    await dock().locator('.shot figure').nth(2).dragTo(dock().locator('.shot figure').nth(0))
    await expect.poll(() => alt(1).inputValue()).toBe('Blue')
    await button('Crop picture 3').click()
    const frame = page.getByRole('button', { name: /^Frame: / })
    await frame.press('ArrowRight')
    expect(await frame.getAttribute('aria-label')).toContain('12% across')
    await frame.press('Shift+ArrowDown')
    await page.getByRole('radio', { name: 'Square' }).click()
    await page.getByRole('button', { name: 'Crop', exact: true }).click()
    await gone(frame)
    await until('the cut picture is there', async () => (await dock().locator('.shot .alt').count()) === 3)
    expect(await alt(3).inputValue()).toBe('Red')
    await text().press('ControlOrMeta+Enter')
    const post = await sent('Three colours')
    expect(post.media_attachments.map((one) => one.description)).toEqual(['Blue', 'Green', 'Red'])
    const { width, height } = post.media_attachments[2]?.meta.original ?? { width: 0, height: 1 }
    expect(width).toBe(height)
    expect(width).toBeLessThan(100)
    // The same file again.
    await write()
    await add(await picture('copy of green.png', '#0a0'))
    await expect.poll(() => alt(1).inputValue()).toBe('Green')
    await shown(dock().getByText('As you described it last time'))
  })

  test('the still of a film is chosen from it', async () => {
    const { page } = window
    await write()
    await text().fill('Moving')
    await dock()
      .locator('input[type=file]')
      .setInputFiles({ name: 'wave.webm', mimeType: 'video/webm', buffer: await film('webm') })
    await shown(button('Choose the still of video 1'))
    const still = () => dock().locator('.shot figure img').getAttribute('src')
    await until('it has a first still', async () => (await dock().locator('.shot figure img').count()) === 1)
    const before = await still()
    await button('Choose the still of video 1').click()
    const sheet = page.getByRole('dialog', { name: 'Still of the video' })
    const moment = sheet.getByRole('slider', { name: /^Moment/ })
    await expect.poll(() => moment.isEnabled()).toBe(true)
    await moment.press('End')
    await sheet.getByRole('button', { name: 'Use this picture' }).click()
    await gone(sheet)
    expect(await still()).not.toBe(before)
  })

  test('files come by drag and by paste, and more than four say who shows them', async () => {
    const { page } = window
    // Anywhere in the window, with no composer open.
    await carry(page, 'drop', 2)
    await shown(text())
    await expect.poll(() => dock().locator('.shot').count()).toBe(2)
    await carry(page, 'paste', 3)
    await expect.poll(() => dock().locator('.shot').count()).toBe(5)
    await shown(dock().getByText('Some servers show only the first four.'))
  })

  test('a poll: pasted lines become options, minutes to thirty days, one or several', async () => {
    const { page } = window
    await write()
    await text().fill('Which day')
    await button('Poll').click()
    const first = dock().getByRole('textbox', { name: 'Option 1' })
    await shown(first)
    await first.evaluate((field) => {
      const data = new DataTransfer()
      data.setData('text', 'Monday\nTuesday\nWednesday')
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    })
    expect(await dock().getByRole('textbox', { name: 'Option 3' }).inputValue()).toBe('Wednesday')
    const length = dock().getByRole('combobox', { name: 'Open for' })
    expect((await length.locator('option').allInnerTexts()).at(0)).toBe('5 minutes')
    expect((await length.locator('option').allInnerTexts()).at(-1)).toBe('30 days')
    await length.selectOption({ label: '30 days' })
    await dock().getByRole('switch', { name: 'More than one answer' }).click()
    await text().press('ControlOrMeta+Enter')
    const post = await sent('Which day')
    expect(post.poll).toMatchObject({ multiple: true, options: [{ title: 'Monday' }, { title: 'Tuesday' }, { title: 'Wednesday' }] })
    await page.keyboard.press('Escape')
  })

  test('a text over the limit is split with a preview, numbered in the margin, and goes out in order', async () => {
    const { page } = window
    const long = Array.from({ length: 24 }, (_, at) => `Sentence ${at + 1} of the long story has some words.`).join(' ')
    await write()
    await text().fill(long)
    expect(await button(/^Publish/, false).getAttribute('aria-disabled')).toBe('true')
    await button('Split into 3').click()
    const sheet = page.getByRole('dialog')
    await expect.poll(() => sheet.getByRole('listitem').count()).toBe(3)
    expect(await violations(window)).toEqual([])
    await sheet.getByRole('button', { name: 'Split into 3' }).click()
    await expect.poll(() => dock().locator('.text textarea').count()).toBe(3)
    expect((await dock().locator('.margin .num').allInnerTexts()).map((one) => one.trim())).toEqual(['1', '2', '3'])
    expect(await text(0).inputValue()).toMatch(/words\.$/)
    // Each part has a warning and files of its own.
    await text(1).focus()
    await text(1).press('Alt+x')
    await dock().getByRole('region', { name: 'Post 2 of 3' }).getByRole('textbox', { name: 'Content warning' }).fill('Middle')
    await text(2).focus()
    await add(await picture('end.png', '#123'))
    await dock().getByRole('textbox', { name: 'Description of picture 1' }).fill('The end')
    await button('Add post').click()
    await expect.poll(() => dock().locator('.text textarea').count()).toBe(4)
    await text(3).fill('And a last word.')
    await until('the draft holds every part', async () => (await drafts())[0]?.parts?.length === 3)
    await text(3).press('ControlOrMeta+Enter')
    const last = await sent('And a last word.')
    const posts = (await home()).filter((one) => /long story|last word/.test(one.content)).toReversed()
    expect(posts.map((one) => [one.visibility, one.spoiler_text, one.media_attachments.length])).toEqual([
      ['public', '', 0],
      ['unlisted', 'Middle', 0],
      ['unlisted', '', 1],
      ['unlisted', '', 0],
    ])
    expect(posts.map((one) => one.in_reply_to_id)).toEqual([null, posts[0]?.id, posts[1]?.id, posts[2]?.id])
    expect(last.id).toBe(posts[3]?.id)
    expect(posts[0]?.content).not.toContain('(1/')
    expect(await drafts()).toEqual([])
  })

  test('a thread that stops halfway keeps exactly the rest', async () => {
    const { page } = window
    await write()
    await text().fill('First of the broken thread')
    for (const words of ['Second of the broken thread', 'Third of the broken thread']) {
      await button('Add post').click()
      await page.keyboard.type(words)
    }
    let posted = 0
    await page.route('**/api/v1/statuses', (route) => (++posted === 2 ? route.fulfill({ status: 500, body: '{}' }) : route.continue()))
    await text(2).press('ControlOrMeta+Enter')
    await shown(note().getByText(/^1 post of the thread has left; the rest is here\./))
    await page.unroute('**/api/v1/statuses')
    expect(await text(0).inputValue()).toBe('Second of the broken thread')
    const [first] = (await home()).filter((one) => one.content.includes('broken thread'))
    await until('the draft is the rest', async () => {
      const [draft] = await drafts()
      return draft?.inReplyToId === first?.id && draft?.parts?.length === 1
    })
    await text(0).press('ControlOrMeta+Enter')
    await sent('Third of the broken thread')
    expect((await home()).filter((one) => one.content.includes('broken thread'))).toHaveLength(3)
  })

  test('time for second thoughts: a thread waits, and Z brings it back with its caret', async () => {
    const { page } = window
    await settings({ undoSeconds: 30 })
    try {
      await write()
      await page.keyboard.type('Thought twice about')
      await button('Add post').click()
      await page.keyboard.type('this thread')
      await text(1).press('ArrowLeft')
      await text(1).press('ControlOrMeta+Enter')
      await gone(dock())
      await shown(page.getByText('2 posts go out in a moment'))
      expect(await page.locator('.toast .bar').count()).toBe(1)
      await page.locator('body').press('z')
      await shown(text(1))
      expect(await text(1).inputValue()).toBe('this thread')
      expect(await text(1).evaluate((area: HTMLTextAreaElement) => area.selectionStart)).toBe('this threa'.length)
      expect((await home()).some((one) => one.content.includes('Thought twice'))).toBe(false)
    } finally {
      await settings({ undoSeconds: 0 })
    }
  })

  test('a post waits for second thoughts and then goes out', async () => {
    const [{ page }, words] = [window, `Thought again ${Date.now()}`]
    await settings({ undoSeconds: 5 })
    try {
      await write()
      await page.keyboard.type(words)
      await text().press('ArrowLeft')
      await text().press('ControlOrMeta+Enter')
      await gone(dock())
      await shown(page.getByText('Goes out in a moment'))
      expect((await home()).some((one) => one.content.includes(words))).toBe(false)
      await page.getByRole('button', { name: /^Undo/ }).last().click()
      await shown(text())
      expect(await text().evaluate((area: HTMLTextAreaElement) => area.selectionStart)).toBe(words.length - 1)
      await text().press('ControlOrMeta+Enter')
      await sent(words)
      await shown(page.getByText('Kept in the outbox. It leaves when you are online.').last())
      expect((await drafts()).filter((draft) => draft.text.includes(words))).toEqual([])
    } finally {
      await settings({ undoSeconds: 0 })
    }
  })

  test('Markdown, and the card as it will look with its warning folded', async () => {
    const { page } = window
    await write()
    await text().fill('Some **bold** words for @pia@loom.test')
    await button('More options').click()
    await page.getByRole('menuitemradio', { name: /Markdown/ }).click()
    await text().press('Alt+x')
    await page.keyboard.type('Loud')
    await page.keyboard.press('ControlOrMeta+Shift+P')
    const sheet = page.getByRole('dialog', { name: 'Preview' })
    await shown(sheet.getByText('Loud'))
    expect(await sheet.locator('strong').count()).toBe(0)
    await sheet.getByRole('button', { name: 'Show' }).click()
    expect(await sheet.locator('strong').innerText()).toBe('bold')
    expect(await sheet.getByRole('link', { name: /pia/ }).count()).toBe(1)
    await page.keyboard.press('Escape')
    await gone(sheet)
    await text().press('ControlOrMeta+Enter')
    expect((await sent('bold')).content).toContain('<strong>bold</strong>')
  })

  test('a time in words, English or French, names itself on the button, and the time zone is said', async () => {
    const { page } = window
    await write()
    await text().fill('For later')
    await button('Set a time').click()
    const sheet = page.getByRole('dialog', { name: 'Set a time' })
    const words = sheet.getByRole('textbox', { name: 'In words' })
    await words.fill('demain 9h')
    const zone = await page.evaluate(() => new Intl.DateTimeFormat().resolvedOptions().timeZone)
    await shown(sheet.getByText(`In the time of this computer, ${zone}.`))
    expect(await sheet.getByLabel('Date and time').inputValue()).toMatch(/T09:00$/)
    await words.fill('when it rains')
    await sheet.getByRole('button', { name: 'Use this time' }).click()
    await shown(sheet.getByText('Burrow does not read a time in that.').first())
    await words.fill('tomorrow 18:30')
    await words.press('Enter')
    await gone(sheet)
    await shown(button(/^Schedule · \w+,? 18:30$/, false))
    await text().press('ControlOrMeta+Enter')
    await gone(text())
    const waiting = await burrow.ask<{ id: string; scheduled_at: string }[]>('GET', '/api/v1/scheduled_statuses')
    expect(waiting).toHaveLength(1)
    await burrow.ask('DELETE', `/api/v1/scheduled_statuses/${waiting[0]?.id}`)
  })

  test('an edit says who has replied, shows what changes, and warns that a poll begins anew', async () => {
    const { page } = window
    const edit = async (id: string) => {
      const post = await open(id)
      await post.getByRole('button', { name: 'More' }).click()
      await page.getByRole('menuitem', { name: 'Edit' }).click()
      await shown(text())
    }
    await edit(world.answered)
    await shown(note().getByText('Editing. 1 person has replied.'))
    await text().fill('Nine metres of waxed linen later, the window opens.')
    await button('See changes').click()
    expect([await dock().locator('del').innerText(), await dock().locator('ins').innerText()]).toEqual(['cotton', 'linen'])
    await page.keyboard.press('Escape')
    await edit(world.poll)
    expect(await dock().getByRole('textbox', { name: 'Option 2' }).inputValue()).toBe('Enamel')
    await dock().getByRole('textbox', { name: 'Option 2' }).fill('Tin')
    await shown(note().getByText('The poll starts anew: 1 vote so far is lost.'))
    await text().press('ControlOrMeta+Enter')
    await gone(text())
    await until('the poll has changed', async () => {
      const post = await burrow.ask<Post>('GET', `/api/v1/statuses/${world.poll}`)
      return post.poll?.options[1]?.title === 'Tin'
    })
  })

  test('deleted and written again: words and answers come back as a new post', async () => {
    const { page } = window
    const post = await open(world.typo)
    await post.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: /^Delete and/ }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Delete/ })
      .click()
    await shown(text())
    expect(await text().inputValue()).toBe('A post with a tpyo')
    await text().fill('A post without')
    await text().press('ControlOrMeta+Enter')
    await sent('A post without')
    expect((await home()).some((one) => one.id === world.typo)).toBe(false)
  })

  test('an answer has its parent above and its people beside the text, counted, each removable; Shift+R leaves the others out', async () => {
    const { page } = window
    await open(world.called)
    await page.keyboard.press('r')
    const parent = dock().getByRole('group', { name: 'The post you answer' })
    await shown(parent)
    expect(await parent.innerText()).toContain('Who comes along')
    const people = dock().getByRole('list', { name: 'People this speaks to' })
    expect(await people.getByRole('listitem').count()).toBe(2)
    // "@pia " and "@wren " are eleven characters of the five hundred.
    await text().fill('a'.repeat(450))
    await expect.poll(() => dock().locator('.ring').innerText()).toBe('39')
    await people.getByRole('button', { name: 'Do not mention @wren@hedgerow.example' }).click()
    await expect.poll(() => dock().locator('.ring').innerText()).toBe('45')
    await text().fill('I do')
    await text().press('ControlOrMeta+Enter')
    const post = await sent('I do')
    expect(post.in_reply_to_id).toBe(world.called)
    expect(post.content).toContain('pia')
    expect(post.content).not.toContain('wren')
    await (await open(world.called)).press('Shift+R')
    await shown(people)
    expect(await people.getByRole('listitem').allInnerTexts()).toEqual(['@pia@loom.test'])
  })

  test('a quote: begun by q, added to an answer, its policy chosen, and refused with what can be done instead', async () => {
    const { page } = window
    await open(world.notebook)
    await page.keyboard.press('r')
    await shown(text())
    await page.locator('.post-focus:visible').first().focus()
    await page.keyboard.press('q')
    await shown(dock().getByRole('group', { name: 'The quoted post' }))
    await menu('Who may quote', /./)
    await button('Who may quote', false).click()
    await page.getByRole('menuitemradio').nth(2).click()
    await text().fill('Quoted in an answer')
    await text().press('ControlOrMeta+Enter')
    const post = await sent('Quoted in an answer')
    expect(post.in_reply_to_id).toBe(world.notebook)
    expect(post.quote).not.toBeNull()
    await open(world.followers)
    await page.keyboard.press('q')
    const sheet = page.getByRole('dialog', { name: 'This post cannot be quoted' })
    await shown(sheet)
    await shown(sheet.getByRole('button', { name: 'Copy link' }))
    await sheet.getByRole('button', { name: 'Reply instead' }).click()
    await shown(dock().getByRole('group', { name: 'The post you answer' }))
  })

  test('emoji from the picker go where the caret is; spelling is not checked until it is asked for', async () => {
    const { page } = window
    await write()
    await page.keyboard.type('Tea')
    expect(await text().getAttribute('spellcheck')).toBe('false')
    await text().press('Alt+e')
    await page.getByRole('textbox', { name: 'Search by name' }).fill('thé')
    await page.keyboard.press('Enter')
    await expect.poll(() => text().inputValue()).toBe('Tea 🍵')
    await settings({ spellcheck: true })
    await expect.poll(() => text().getAttribute('spellcheck')).toBe('true')
    await settings({ spellcheck: false })
  })

  test('the draft moves into a window of its own and back, with its caret', async () => {
    const { page, context } = window
    await write()
    await page.keyboard.type('Popped out and in')
    await text().press('ArrowLeft')
    await text().press('ArrowLeft')
    const [small] = await Promise.all([context.waitForEvent('page'), button('Open in a window of its own').click()])
    const area = small.locator('.composer .text textarea')
    await area.waitFor({ state: 'visible' })
    await gone(dock())
    expect(await small.locator('nav').count()).toBe(0)
    expect(await area.evaluate((one: HTMLTextAreaElement) => one.selectionStart)).toBe('Popped out and '.length)
    await area.press('ArrowLeft')
    await small.keyboard.type('!')
    await Promise.all([small.waitForEvent('close'), small.getByRole('button', { name: 'Back into the main window' }).click()])
    await shown(text())
    expect(await text().inputValue()).toBe('Popped out and! in')
    expect(await text().evaluate((one: HTMLTextAreaElement) => one.selectionStart)).toBe('Popped out and!'.length)
  })

  test('how long posts may be is a setting, and the composer counts by it', async () => {
    const { page } = window
    await window.go('/app/settings/posting')
    await page
      .getByRole('combobox', { name: 'Length of a post' })
      .or(page.getByRole('button', { name: /Length of a post/ }))
      .first()
      .click()
    await page
      .getByRole('menuitemradio', { name: /^1,000/ })
      .or(page.getByRole('option', { name: /^1,000/ }))
      .first()
      .click()
    await until(
      'it is kept',
      async () => (await burrow.ask<{ maxCharacters: number }>('GET', '/api/owner/settings')).maxCharacters === 1_000,
    )
    await window.go('/app/home')
    await write()
    await text().fill('a'.repeat(960))
    await expect.poll(() => dock().locator('.ring').innerText()).toBe('40')
    await settings({ maxCharacters: 500 })
    await expect.poll(() => dock().locator('.ring').innerText()).toBe('−460')
  })

  test('docked it is 560 wide, at 380 it fills the window, and nothing of it is out of reach', async () => {
    const { page } = window
    await write()
    await text().fill('Everything at once')
    await text().press('Alt+x')
    await page.keyboard.type('Loud')
    await add(await picture('one.png', '#456'), await picture('two.png', '#654'))
    expect(await dock().evaluate((element) => element.getBoundingClientRect().width)).toBe(560)
    expect(await violations(window)).toEqual([])
    await page.setViewportSize({ width: 380, height: 780 })
    await expect.poll(() => dock().evaluate((element) => element.getBoundingClientRect().width)).toBe(380)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(380)
    await shown(button('More options'))
    expect(await violations(window)).toEqual([])
    await page.setViewportSize({ width: 1440, height: 900 })
  })
})
