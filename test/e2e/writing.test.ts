import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Draft } from '../../src-main/owner-api/contract.ts'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { gone, openWindow, shown, type Window } from '../rig/window.ts'

interface Post {
  id: string
  content: string
  edited_at: string | null
  in_reply_to_id: string | null
  media_attachments: { description: string | null; meta: { focus?: { x: number; y: number } } }[]
}

/** A real picture, 8 by 8 pixels. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAEUlEQVQI12Pgzk7DihiGlgQAZ0M3AfPDDQcAAAAASUVORK5CYII=',
  'base64',
)
/** No two are the same file: the same one would bring its description along. */
const picture = (name: string) => ({ name, mimeType: 'image/png', buffer: Buffer.concat([PICTURE, Buffer.from(name)]) })

describe.runIf(findChromium() !== null)('writing, against a whole instance', { timeout: 90_000 }, () => {
  let burrow: Burrow
  let window: Window
  const text = () => window.page.getByRole('textbox', { name: 'Text of the post' })
  const alt = (at: number) => window.page.getByRole('textbox', { name: `Description of picture ${at}` })
  const home = () => burrow.ask<Post[]>('GET', '/api/v1/timelines/home')
  const drafts = () => burrow.ask<Draft[]>('GET', '/api/owner/drafts')
  const write = async () => {
    await window.page.keyboard.press('n')
    await shown(text())
  }
  const add = (...names: string[]) => window.page.locator('.composer input[type=file]').setInputFiles(names.map(picture))

  beforeAll(async () => {
    burrow = await startBurrow()
    await burrow.ask('PATCH', '/api/owner/settings', { undoSeconds: 0 })
    window = await openWindow(burrow)
    await shown(window.page.getByRole('heading', { name: 'Home' }))
  })
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })
  beforeEach(async () => {
    if (await text().isVisible()) await text().press('Escape')
    for (const draft of await drafts()) await burrow.ask('DELETE', `/api/owner/drafts/${draft.id}`)
    await window.go('/app/home')
  })

  test('what is typed is on disk within a second, is still there after a reload, and opens with the caret where it was', async () => {
    const { page } = window
    await write()
    await page.keyboard.type('Line one #tag\n\nline two @bo@tide.example  and two spaces\n')
    const typed = performance.now()
    await until('the draft is on disk', async () => (await drafts())[0]?.text.endsWith('spaces\n'))
    expect(performance.now() - typed).toBeLessThan(1_000)
    const layer = await page.evaluate(() => [
      document.querySelector('.layer')?.textContent,
      document.querySelector<HTMLTextAreaElement>('.text textarea')?.value,
    ])
    expect(layer[0]).toBe(`${layer[1]}\u200b`)
    await page.keyboard.type('last words')
    await page.reload()
    await until('nothing was lost', async () => (await drafts())[0]?.text.endsWith('last words'))
    await window.go('/app/outbox/drafts')
    await page.getByText('Line one #tag').filter({ visible: true }).first().click()
    await shown(text())
    const [start, length, focused] = await text().evaluate((area: HTMLTextAreaElement) => [
      area.selectionStart,
      area.value.length,
      document.activeElement === area,
    ])
    expect([start, focused]).toEqual([length, true])
  })

  test('a picture goes with its description and focal point, the draft goes away, and an edit changes both words', async () => {
    const { page } = window
    await write()
    await add('small.png')
    await alt(1).fill('Eight by eight')
    await page.getByRole('button', { name: 'Focal point of picture 1' }).click()
    const aim = page.getByRole('button', { name: /^Focal point: / })
    await aim.press('ArrowRight')
    await aim.press('ArrowUp')
    expect(await aim.getAttribute('aria-label')).toBe('Focal point: 55% across, 45% down')
    await page.keyboard.press('Escape')
    await text().fill('A post with a picture')
    await text().press('ControlOrMeta+Enter')
    await gone(text())
    const [post] = await home()
    expect(post).toMatchObject({
      content: '<p>A post with a picture</p>',
      media_attachments: [{ description: 'Eight by eight', meta: { focus: { x: 0.1, y: 0.1 } } }],
    })
    expect(await drafts()).toEqual([])

    await shown(window.post(post?.id ?? ''))
    await window.post(post?.id ?? '').hover()
    await window
      .post(post?.id ?? '')
      .getByRole('button', { name: 'More' })
      .click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    await shown(text())
    expect(await text().inputValue()).toBe('A post with a picture')
    await alt(1).fill('Sixty-four pixels')
    await text().fill('An edited post')
    await text().press('ControlOrMeta+Enter')
    await gone(text())
    expect((await home())[0]).toMatchObject({
      id: post?.id,
      content: '<p>An edited post</p>',
      media_attachments: [{ description: 'Sixty-four pixels' }],
    })
    expect((await home())[0]?.edited_at).not.toBeNull()
  })

  test('an answer is kept when it is closed, goes on when it is opened again, and gives the focus back', async () => {
    const { page } = window
    await burrow.ask('POST', '/api/v1/statuses', { status: 'A question' })
    const asked = window.text('A question')
    await shown(asked)
    await asked.focus()
    await page.keyboard.press('r')
    await shown(page.getByRole('group', { name: 'The post you answer' }))
    await page.keyboard.type('An answer')
    await page.keyboard.press('Escape')
    await shown(page.getByText('Saved to drafts').last())
    expect(await asked.evaluate((row) => row === document.activeElement)).toBe(true)
    const offers = await page.getByText('Saved to drafts').count()
    await page.keyboard.press('r')
    await shown(text())
    expect(await text().inputValue()).toBe('An answer')
    // The offer to discard it does not stand beside it while it is open.
    expect(await page.getByText('Saved to drafts').count()).toBe(offers - 1)
    await text().press('ControlOrMeta+Enter')
    await gone(text())
    const [answer, question] = await home()
    expect(answer?.in_reply_to_id).toBe(question?.id)
  })

  test('a picture without a description is asked about once, with the caret in the empty field', async () => {
    const { page } = window
    await write()
    await add('one.png', 'two.png')
    await shown(alt(2))
    await alt(1).fill('Described')
    await text().fill('Two pictures')
    await until('both are there', async () => (await page.getByRole('progressbar').count()) === 0)
    await text().press('ControlOrMeta+Enter')
    await shown(page.getByText('1 picture has no description.'))
    expect(await alt(2).evaluate((field) => field === document.activeElement)).toBe(true)
    await page.getByRole('button', { name: 'Publish anyway' }).click()
    await gone(text())
    expect((await home())[0]?.media_attachments.map((one) => one.description)).toEqual(['Described', null])
  })

  test('a file of no kind that a post holds is a sentence, and keeps the rest from leaving without it', async () => {
    const { page } = window
    await write()
    await text().fill('Without notes')
    await page.locator('.composer input[type=file]').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('x') })
    await shown(page.getByText('notes.txt is not a file Burrow can read.', { exact: false }))
    await text().press('ControlOrMeta+Enter')
    expect(await text().isVisible()).toBe(true)
    await page.getByRole('button', { name: 'Remove picture 1' }).click()
    await text().press('ControlOrMeta+Enter')
    await gone(text())
    expect((await home())[0]).toMatchObject({ content: '<p>Without notes</p>', media_attachments: [] })
  })

  test('what is too long is counted, marked and not sent', async () => {
    const { page } = window
    await write()
    await text().fill(`${'a'.repeat(490)} https://tide.example/${'x'.repeat(200)}`)
    expect(await page.locator('.ring').innerText()).toBe('−14')
    expect(await page.locator('.layer .over').innerText()).toContain('https://tide.example/')
    expect(await page.getByRole('button', { name: 'Publish', exact: true }).getAttribute('aria-disabled')).toBe('true')
    await shown(page.getByRole('status').filter({ hasText: '14 characters over' }))
  })

  test('while our own server is away nothing is lost, and it is published once', async () => {
    const { page } = window
    await write()
    await page.keyboard.type('Written while the server')
    await burrow.kill()
    await page.keyboard.type(' is away')
    await shown(page.getByText('Your own server gives no answer. Your text is kept in this window and saved as soon as it is back.'))
    await text().press('ControlOrMeta+Enter')
    await shown(page.getByText(/Your text is safe here/))
    await burrow.start()
    await until(
      'the draft is on disk',
      async () => (await drafts()).some((draft) => draft.text === 'Written while the server is away'),
      40_000,
    )
    await text().press('ControlOrMeta+Enter')
    await gone(text())
    expect((await home()).filter((post) => post.content.includes('server is away'))).toHaveLength(1)
  })
})
