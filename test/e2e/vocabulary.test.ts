import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { gone, openWindow, shown, type Window } from '../rig/window.ts'
import { fillWorld, type World } from '../rig/world.ts'
import type { HostDelivery, Identity, OwnEmoji, Settings } from '../../src-main/owner-api/contract.ts'

interface Post {
  id: string
  content: string
  pinned?: boolean
  poll: { voted: boolean; own_votes: number[]; multiple: boolean; options: { title: string; votes_count: number }[] } | null
  quote: { state: string; quoted_status: { id: string } | null } | null
  emoji_reactions?: { name: string; count: number; me: boolean }[]
}

// What the network knows beyond posts and follows, by mouse and keyboard, on a lived-in home without a network.
describe.runIf(findChromium() !== null)('polls, quotes, reactions and settings of the network, in the window', { timeout: 90_000 }, () => {
  let burrow: Burrow
  let window: Window
  let world: World
  const ask = <T>(path: string) => burrow.ask<T>('GET', path)
  const home = () => ask<Post[]>('/api/v1/timelines/home?limit=40')
  beforeAll(async () => {
    burrow = await startBurrow({
      name: 'ada',
      // Nobody answers there: what is done waits.
      origin: 'https://ada.example',
      prepare: async (folder) => {
        world = await fillWorld(folder)
      },
    })
    window = await openWindow(burrow)
    await shown(window.page.getByRole('heading', { name: 'Home' }))
  })
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })

  test('a poll is voted in with the keyboard, shows the numbers, and the vote waits with a word', async () => {
    const { page } = window
    const found = (await home()).find((post) => post.poll)
    expect(found?.poll?.voted).toBe(false)
    const id = found?.id as string
    await window.go(`/app/post/${id}`)
    const poll = page.locator('.post-focus .poll:visible')
    await shown(poll)
    const vote = poll.getByRole('button', { name: 'Vote', exact: true })
    expect(await vote.getAttribute('aria-disabled')).toBe('true')
    await poll.getByRole('radio', { name: 'Wednesday' }).focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await shown(poll.getByText('Your choice'))
    const kept = await ask<Post>(`/api/v1/statuses/${id}`)
    expect(kept.poll).toMatchObject({ voted: true, own_votes: [1] })
    await shown(poll.getByText('your vote waits to be sent'))
    await window.go('/app/home')
  })

  test('a poll is written: options by Enter, lines pasted, and what was chosen goes out', async () => {
    const { page } = window
    await page.keyboard.press('n')
    const text = page.getByRole('textbox', { name: 'Text of the post' })
    await shown(text)
    await page.keyboard.type('Tea or coffee on the train?')
    await page.getByRole('button', { name: 'Poll', exact: true }).click()
    const publish = page.locator('.composer').getByRole('button', { name: /^Publish/ })
    await page.getByRole('textbox', { name: 'Option 1' }).fill('Tea')
    // One option is no poll.
    expect(await publish.getAttribute('aria-disabled')).toBe('true')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Coffee')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Neither')
    await page.getByRole('switch', { name: 'More than one answer' }).click()
    await publish.click()
    await gone(text)
    await until('it is at home', async () => (await home())[0]?.content.includes('Tea or coffee'))
    expect((await home())[0]?.poll).toMatchObject({
      multiple: true,
      options: [{ title: 'Tea' }, { title: 'Coffee' }, { title: 'Neither' }],
    })
  })

  test('an unfinished poll is in the draft after a reload', async () => {
    const { page } = window
    await page.keyboard.press('n')
    await shown(page.getByRole('textbox', { name: 'Text of the post' }))
    await page.keyboard.type('Which evening?')
    await page.getByRole('button', { name: 'Poll', exact: true }).click()
    await page.getByRole('textbox', { name: 'Option 1' }).fill('Tuesday')
    await until(
      'it is on disk',
      async () => (await ask<{ poll: { options: string[] } | null }[]>('/api/owner/drafts'))[0]?.poll?.options[0] === 'Tuesday',
    )
    await page.reload()
    await window.go('/app/outbox/drafts')
    await page.getByText('Which evening?').filter({ visible: true }).first().click()
    expect(await page.getByRole('textbox', { name: 'Option 1' }).inputValue()).toBe('Tuesday')
    await page.getByRole('textbox', { name: 'Text of the post' }).press('Escape')
    await window.go('/app/home')
  })

  test('a quote begins from a post by key, shows whom it quotes, and says that its author is asked', async () => {
    const { page } = window
    await window.go(`/app/post/${world.notebook}`)
    const focus = page.locator('.post-focus:visible')
    await shown(focus)
    await focus.focus()
    await page.keyboard.press('q')
    const quoted = page.getByRole('group', { name: 'The quoted post' })
    await shown(quoted)
    await page.keyboard.type('Page three: the kettle forgives.')
    await page
      .locator('.composer')
      .getByRole('button', { name: /^Publish/ })
      .click()
    await until('it is at home', async () => (await home())[0]?.content.includes('kettle forgives'))
    const post = (await home())[0]
    expect(post?.quote?.state).toBe('pending')
    await window.go(`/app/post/${post?.id}`)
    await shown(window.words('Waiting for the author’s approval. Until then others see a link.'))
    await window.go('/app/home')
  })

  test('a reaction is chosen from the menu and taken back by its chip', async () => {
    const { page } = window
    await window.go(`/app/post/${world.answered}`)
    await shown(page.locator('.post-focus:visible'))
    await page.locator('.post-focus:visible').getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'React' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '🌱' }).click()
    const chip = page.locator('.post-focus:visible .reactions').getByRole('button', { name: '🌱, 1' })
    await shown(chip)
    expect((await ask<Post>(`/api/v1/statuses/${world.answered}`)).emoji_reactions).toContainEqual(
      expect.objectContaining({ name: '🌱', me: true }),
    )
    await chip.click()
    await gone(chip)
    await window.go('/app/home')
  })

  test('a post is pinned and stands on top of the profile; taken down it does not', async () => {
    const { page } = window
    await window.go('/app/@ada')
    const pins = page.getByRole('region', { name: 'Pinned' })
    await shown(pins)
    const id = (await pins.locator('[data-post-id]').first().getAttribute('data-post-id')) as string
    expect((await ask<Post>(`/api/v1/statuses/${id}`)).pinned).toBe(true)
    const pinFrom = async (item: string) => {
      await window.go(`/app/post/${id}`)
      await page.locator('.post-focus:visible').getByRole('button', { name: 'More' }).click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    await pinFrom('Unpin from profile')
    await until('it is taken down', async () => (await ask<Post>(`/api/v1/statuses/${id}`)).pinned === false)
    await window.go('/app/@ada')
    await gone(pins)
    await pinFrom('Pin to profile')
    await until('it is pinned', async () => (await ask<Post>(`/api/v1/statuses/${id}`)).pinned === true)
    await window.go('/app/@ada')
    await shown(pins)
    await window.go('/app/home')
  })

  test('a report is written beside the post it is about, and is kept', async () => {
    const { page } = window
    await window.go(`/app/post/${world.notebook}`)
    await page.locator('.post-focus:visible').getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: /^Report/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'What is wrong?' }).fill('It sells kettles.')
    await dialog.getByRole('button', { name: 'Report', exact: true }).click()
    await gone(dialog)
    const reports = await ask<{ own: boolean; comment: string }[]>('/api/owner/reports')
    expect(reports).toContainEqual(expect.objectContaining({ own: true, comment: 'It sells kettles.' }))
    await window.go('/app/home')
  })

  test('a hashtag is followed where it is read, and says why it shows so little', async () => {
    const { page } = window
    await window.go('/app/tag/kettles')
    await shown(page.getByText(/A server of one gets little of a hashtag by itself/))
    await page.getByRole('button', { name: 'Follow', exact: true }).click()
    await shown(page.getByRole('button', { name: 'Following', exact: true }))
    expect((await ask<{ name: string }[]>('/api/v1/followed_tags')).map((tag) => tag.name)).toEqual(['kettles'])
    await page.getByRole('link', { name: 'Add a relay' }).click()
    await shown(page.getByRole('textbox', { name: 'Address of the relay' }))
  })

  test('what deals with other servers is set, and kept', async () => {
    const { page } = window
    await window.go('/app/settings/network')
    await page.getByRole('switch', { name: 'Only servers that say who they are may read' }).click()
    await until('it is kept', async () => (await ask<Settings>('/api/owner/settings')).secureMode)
    await window.go('/app/settings/emoji')
    await page.getByRole('textbox', { name: 'Name of the emoji' }).fill('fern')
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAEUlEQVQI12Pgzk7DihiGlgQAZ0M3AfPDDQcAAAAASUVORK5CYII=',
      'base64',
    )
    await page.locator('.add input[type=file]').setInputFiles({ name: 'fern.png', mimeType: 'image/png', buffer: png })
    await shown(window.words(':fern:'))
    expect((await ask<OwnEmoji[]>('/api/owner/emojis')).map((emoji) => emoji.shortcode)).toEqual(['fern'])
    await window.go('/app/settings/move')
    const { fingerprint } = await ask<Identity>('/api/owner/identity')
    await shown(window.words(fingerprint as string))
    await page.getByRole('button', { name: 'Move…' }).click()
    // Nothing can be moved before the address stands there twice.
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Address of the new account' }).fill('@ana@new.example')
    expect(await dialog.getByRole('button', { name: 'Move my followers' }).getAttribute('aria-disabled')).toBe('true')
    await page.keyboard.press('Escape')
    await window.go('/app/home')
  })

  test('the view of deliveries says how things stand', async () => {
    const { page } = window
    await window.go('/app/health')
    await shown(page.getByRole('heading', { name: 'Delivery', exact: true }))
    await shown(page.getByRole('heading', { name: 'While you were away' }))
    expect(Array.isArray(await ask<HostDelivery[]>('/api/owner/hosts'))).toBe(true)
    expect(window.complaints).toEqual([])
  })
})
