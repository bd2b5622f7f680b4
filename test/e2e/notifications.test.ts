import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fillAbsence, type Absence } from '../rig/absence.ts'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { gone, openWindow, shown, type Window } from '../rig/window.ts'
import { violations } from './accessibility.ts'

interface Groups {
  notification_groups: { group_key: string; type: string }[]
}

/** What happened to the owner, in groups; with no network. */
describe.runIf(findChromium() !== null)('notifications, against a whole instance', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let absence: Absence
  let window: Window
  const main = () => window.page.locator('main.over')
  const row = (words: string | RegExp) => main().locator('[data-notice]:visible', { hasText: words }).first()
  const tab = (name: RegExp) => main().getByRole('navigation', { name: 'Notifications' }).getByRole('link', { name })

  beforeAll(async () => {
    burrow = await startBurrow({
      name: 'ada',
      origin: 'https://ada.example',
      async prepare(folder) {
        absence = await fillAbsence(folder)
      },
    })
    window = await openWindow(burrow, { width: 1440, height: 900 })
    await shown(window.page.getByRole('heading', { name: 'Home' }))
    await window.go('/app/notifications')
  })
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })

  test('the unread line stands above what was read, and all is marked read at once', async () => {
    const { page } = window
    await shown(row('Only one hair?'))
    const line = main().getByRole('separator')
    await shown(line)
    const at = (await line.boundingBox())?.y ?? 0
    expect((await row('favourited').boundingBox())?.y).toBeLessThan(at)
    expect((await row('Lino').boundingBox())?.y).toBeGreaterThan(at)
    await main().getByRole('button', { name: 'Mark all read' }).click()
    await gone(line)
    await until('the server knows', async () => {
      const markers = await burrow.ask<{ notifications: { last_read_id: string } }>('GET', '/api/v1/markers?timeline[]=notifications')
      const [newest] = await burrow.ask<{ id: string }[]>('GET', '/api/v1/notifications?limit=1')
      return markers.notifications.last_read_id === newest?.id
    })
    expect(await page.locator('nav a[href="/app/notifications"] .count-new').count()).toBe(0)
  })

  test('favourites of one post are one row of at most eight faces', async () => {
    const liked = main().locator(`[data-notice][data-kind=favourite][data-post-id="${absence.liked}"]`)
    await shown(liked)
    expect(await liked.count()).toBe(1)
    expect(await liked.locator('.people .avatar').count()).toBe(8)
    expect(await liked.locator('.line').innerText()).toMatch(/^.+, .+ and 8 others\sfavourited$/)
    expect(await liked.locator('.post-line').innerText()).toBe('Ten coats of varnish, and one hair in the last.')
    await liked.focus()
    await window.page.keyboard.press('Enter')
    await window.page.waitForURL(new RegExp(`/app/post/${absence.liked}$`))
    await window.page.keyboard.press('Escape')
    await window.page.waitForURL(/\/app\/notifications$/)
  })

  test('segments show their kinds only', async () => {
    await tab(/^Mentions/).click()
    await shown(row('Only one hair?'))
    await until('mentions only', async () => (await main().locator('[data-kind]:visible').count()) === 0)
    await tab(/^Follows/).click()
    await shown(main().locator('[data-kind=follow]').first())
    expect(await main().locator('[data-notice]:visible:not([data-kind=follow])').count()).toBe(0)
    await tab(/^All/).click()
    await shown(row('favourited'))
  })

  test('follow requests are accepted and declined, in their row and in their segment', async () => {
    await row('Lino').getByRole('button', { name: 'Accept' }).click()
    await gone(row('Lino asks'))
    await tab(/^Requests/).click()
    const kaya = main().locator('article', { hasText: 'Kaya' })
    await shown(kaya)
    await kaya.getByRole('button', { name: 'Decline' }).click()
    await gone(kaya)
    await shown(main().getByText('Nobody is asking to follow you.'))
    const followers = await burrow.ask<{ username: string }[]>(
      'GET',
      `/api/v1/accounts/${(await burrow.state()).owner?.id}/followers?limit=80`,
    )
    const names = followers.map((one) => one.username)
    expect([names.includes('lino'), names.includes('kaya')]).toEqual([true, false])
  })

  test('who is held back is chosen kind by kind', async () => {
    const rule = (name: string) => main().getByRole('radiogroup', { name })
    await shown(rule('New accounts'))
    expect(await rule('New accounts').getByRole('radio', { checked: true }).innerText()).toBe('Hold')
    await rule('Private mentions from strangers').getByRole('radio', { name: 'Hold' }).click()
    await rule('People you don’t follow').getByRole('radio', { checked: true }).focus()
    await window.page.keyboard.press('ArrowRight')
    await window.page.keyboard.press('ArrowRight')
    await until('the server has the rules', async () => {
      const policy = await burrow.ask<Record<string, string>>('GET', '/api/v2/notifications/policy')
      return (
        policy['for_private_mentions'] === 'filter' && policy['for_not_following'] === 'drop' && policy['for_new_accounts'] === 'filter'
      )
    })
    await rule('People you don’t follow').getByRole('radio', { name: 'Accept' }).click()
    expect(await violations(window)).toEqual([])
  })

  test('strangers wait in a tray until they are let in', async () => {
    await tab(/^All/).click()
    const tray = main().getByRole('link', { name: /^1 from strangers/ })
    await shown(tray)
    await tray.click()
    await window.page.waitForURL(/\/app\/notifications\/requests$/)
    const ivo = main().locator('article', { hasText: 'Ivo' })
    await shown(
      main()
        .getByRole('link', { name: 'Have you thought about better windows?' })
        .or(main().getByText(/Have you thought about better windows/)),
    )
    await ivo.getByRole('button', { name: 'Let in' }).click()
    await gone(ivo)
    await tab(/^All/).click()
    await shown(row('Have you thought about better windows?'))
    await gone(tray)
  })

  test('a row is taken away by key and by mouse', async () => {
    const { page } = window
    const keys = async () => (await burrow.ask<Groups>('GET', '/api/v2/notifications')).notification_groups.map((one) => one.group_key)
    const liked = row('favourited')
    const key = (await liked.getAttribute('data-notice')) ?? ''
    await liked.focus()
    await page.keyboard.press('Delete')
    await gone(main().locator(`[data-notice="${key}"]`))
    expect(await page.evaluate(() => document.activeElement?.hasAttribute('data-item'))).toBe(true)
    await page.getByRole('button', { name: 'Undo' }).click()
    await shown(main().locator(`[data-notice="${key}"]`))
    expect(await keys()).toContain(key)
    const mention = row('Only one hair?')
    const other = (await mention.getAttribute('data-notice')) ?? ''
    await mention.hover()
    await mention.getByRole('button', { name: 'Remove this notification' }).click()
    await gone(main().locator(`[data-notice="${other}"]`))
    await until('it is gone from the server', async () => !(await keys()).includes(other))
  })

  test('more than ninety-nine say so, and not in red', async () => {
    const { page } = window
    await page.route('**/api/v2/notifications/unread_count*', (route) => route.fulfill({ json: { count: 100 } }))
    await window.go('/app/home')
    await page.reload()
    const count = page.locator('nav a[href="/app/notifications"] .count-new')
    await shown(count)
    expect(await count.locator('[aria-hidden]').innerText()).toBe('99+')
    const colours = await count.evaluate((element) => {
      const probe = document.createElement('span')
      probe.style.color = 'var(--danger)'
      element.append(probe)
      const danger = getComputedStyle(probe).color
      probe.remove()
      return [getComputedStyle(element).color, danger]
    })
    expect(colours[0]).not.toBe(colours[1])
    await page.unroute('**/api/v2/notifications/unread_count*')
  })
})
