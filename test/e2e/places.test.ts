import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { openWindow, shown, type Window } from '../rig/window.ts'
import { fillWorld, type World } from '../rig/world.ts'
import { violations } from './accessibility.ts'
import type { Label } from '../../src-main/owner-api/contract.ts'

/** The places of a window beside home, in a lived-in home whose address nobody can reach: everything is shown from what is stored. */
let burrow: Burrow
let window: Window
let world: World
beforeAll(async () => {
  burrow = await startBurrow({
    name: 'ada',
    origin: 'https://ada.example',
    prepare: async (folder) => void (world = await fillWorld(folder)),
  })
  window = await openWindow(burrow)
}, 120_000)
afterAll(async () => {
  await window?.close()
  await burrow?.remove()
}, 60_000)

const button = (name: string | RegExp) => window.page.getByRole('button', { name }).filter({ visible: true }).first()
const field = (name: string | RegExp) => window.page.getByLabel(name).filter({ visible: true }).first()
const noViolations = async () => expect(await violations(window)).toEqual([])

describe('lists', () => {
  test('a list is made, named, filled by search, told what it shows, read and deleted', async () => {
    await window.go('/app/lists')
    await field('Name of a new list').fill('Printmakers')
    await window.page.keyboard.press('Enter')
    const dialog = window.page.getByRole('dialog', { name: 'Edit Printmakers' })
    await shown(dialog)
    await dialog.getByRole('searchbox', { name: 'Find people you follow' }).fill('mir')
    await dialog.getByRole('button', { name: /^Add @mirelle/ }).click()
    await shown(dialog.getByRole('button', { name: /^Remove @mirelle/ }))
    await dialog.getByRole('switch', { name: /Keep these people out of Home/ }).click()
    await dialog.getByRole('switch', { name: /Don’t show boosts/ }).click()
    await dialog.getByRole('radio', { name: 'To people I follow' }).click()
    await expect
      .poll(async () => {
        const [list] = await burrow.ask<{ id: string; exclusive: boolean; replies_policy: string }[]>('GET', '/api/v1/lists')
        const [more] = await burrow.ask<{ boosts: boolean }[]>('GET', '/api/owner/lists')
        return [list?.exclusive, list?.replies_policy, more?.boosts]
      })
      .toEqual([true, 'followed', false])
    await noViolations()
    await dialog.getByLabel('Name').fill('Print people')
    await dialog.getByRole('button', { name: 'Done' }).click()
    await window.page.getByRole('link', { name: 'Print people' }).filter({ visible: true }).first().click()
    await shown(window.page.getByRole('heading', { name: 'Print people' }))
    await shown(window.page.locator('main [data-item]:visible', { hasText: 'Mirelle' }).first())
    await noViolations()
    await button('Edit list').click()
    await button('Delete list').click()
    await shown(window.words('Delete “Print people”? The people on it stay followed.'))
    await button('Delete list').click()
    await shown(window.words('You have no lists yet. Give the first one a name.'))
    await noViolations()
  })
})

describe('hashtags', () => {
  test('a hashtag is combined with any, all and none of others, followed and muted', async () => {
    await window.go('/app/tag/gravure')
    await shown(window.page.getByRole('heading', { name: '#gravure' }))
    await button('Combine').click()
    await field('Or any of these').fill('papier encre')
    await field('And all of these').fill('gravure')
    await field('But none of these').fill('#soup')
    await noViolations()
    await window.page.getByRole('dialog', { name: 'More hashtags' }).getByRole('button', { name: 'Show' }).click()
    await expect.poll(() => new URL(window.page.url()).search).toBe('?any=papier,encre&all=gravure&none=soup')
    await shown(window.words(/or #papier, #encre/))
    await shown(window.words(/and #gravure/))
    await shown(window.words(/without #soup/))
    await shown(window.text('Trois épreuves'))
    await button('Follow').click()
    await expect
      .poll(async () => (await burrow.ask<{ name: string }[]>('GET', '/api/v1/followed_tags')).map((tag) => tag.name))
      .toEqual(['gravure'])
    await button('Mute').click()
    await shown(button('Muted'))
    const kept = await burrow.ask<{ title: string; filter_action: string }[]>('GET', '/api/v2/filters')
    expect(kept.map((one) => [one.title, one.filter_action])).toEqual([['#gravure', 'hide']])
    await button('Muted').click()
    await expect.poll(async () => (await burrow.ask<unknown[]>('GET', '/api/v2/filters')).length).toBe(0)
  })
})

describe('bookmarks', () => {
  test('a bookmark is put under a label from its own control, looked for, and let go', async () => {
    const mark = async () => {
      await window.go(`/app/post/${world.notebook}`)
      return window.page.locator(`[data-post-id="${world.notebook}"]:visible [data-act="bookmark"]`).first()
    }
    await burrow.ask('POST', `/api/v1/statuses/${world.notebook}/unbookmark`)
    await window.page.reload()
    const control = await mark()
    await control.click()
    await expect.poll(() => control.getAttribute('aria-pressed')).toBe('true')
    await control.press('Enter')
    const sheet = window.page.getByRole('dialog', { name: 'Labels of this bookmark' })
    await shown(sheet)
    await sheet.getByLabel('Name of a new label').fill('Mending')
    await window.page.keyboard.press('Enter')
    await expect.poll(() => sheet.getByRole('checkbox', { name: 'Mending' }).isChecked()).toBe(true)
    await noViolations()
    await window.page.keyboard.press('Escape')
    const [label] = await burrow.ask<Label[]>('GET', '/api/owner/labels')
    expect(label).toMatchObject({ name: 'Mending', posts: 1 })
    await window.go('/app/bookmarks')
    await window.page
      .getByRole('navigation', { name: 'Labels' })
      .getByRole('link', { name: /Mending/ })
      .click()
    await shown(window.text('notebook'))
    await field('Search your bookmarks').fill('zzzz')
    await shown(window.words('No bookmark has these words in it.'))
    await field('Search your bookmarks').fill('notebook')
    await shown(window.text('notebook'))
    await noViolations()
    await button('Edit labels').click()
    await field('Name of the label Mending').fill('Repairs')
    await window.page.keyboard.press('Tab')
    await expect.poll(async () => (await burrow.ask<Label[]>('GET', '/api/owner/labels'))[0]?.name).toBe('Repairs')
    await noViolations()
    await button('Delete the label Repairs').click()
    await expect.poll(async () => (await burrow.ask<Label[]>('GET', '/api/owner/labels')).length).toBe(0)
    await window.page.keyboard.press('Escape')
    const again = await mark()
    await again.click()
    await button('Remove the bookmark').click()
    await expect.poll(() => again.getAttribute('aria-pressed')).toBe('false')
  })
})

describe('other places', () => {
  test('favourites and everything received are shown from what is stored', async () => {
    await window.go('/app/favourites')
    await shown(window.page.locator('main article:visible').first())
    await window.go('/app/received')
    await shown(window.words('Everything public that reached this computer, also from people you don’t follow.'))
    await shown(window.page.locator('main article:visible').first())
    await noViolations()
  })

  test('a server that cannot be asked is told of in one sentence', async () => {
    await window.go('/app/received')
    await field('Look around on another server').fill('https://Nowhere.test/about')
    await window.page.keyboard.press('Enter')
    await expect.poll(() => new URL(window.page.url()).pathname).toBe('/app/server/nowhere.test')
    await shown(window.words('nowhere.test does not answer right now.'), 30_000)
    await shown(button('Open nowhere.test'))
    await noViolations()
  })
})

describe('profiles', () => {
  test('posts, replies, media as a grid and about, with how many posts are known', async () => {
    await window.go(`/app/${world.person}`)
    await shown(window.words(/Showing \d+ posts? we know of\./))
    await shown(button('Fetch older from atelier.example'))
    await window.page.getByRole('link', { name: 'Media', exact: true }).filter({ visible: true }).click()
    await shown(
      window.page
        .getByRole('link', { name: /^Open the post of / })
        .filter({ visible: true })
        .first(),
    )
    await noViolations()
    await window.page.getByRole('link', { name: 'With replies' }).filter({ visible: true }).click()
    await shown(window.page.locator('main article:visible').first())
    await window.page.getByRole('link', { name: 'About', exact: true }).filter({ visible: true }).click()
    await shown(window.words('Joined'))
    await shown(window.words('March 2024'))
  })

  test('a private note is kept and shown wherever the person is', async () => {
    await window.go(`/app/${world.person}/about`)
    await field('Your private note').fill('Owes me a proof of the heron block.')
    await shown(window.words('Kept'))
    await noViolations()
    await window.go(`/app/${world.person}`)
    await shown(window.words('Owes me a proof of the heron block.'))
  })

  test('boosts are hidden and posts told of, from the head of a profile', async () => {
    await window.go(`/app/${world.person}`)
    const bell = button(/^Tell me when @mirelle posts/)
    await bell.click()
    await expect.poll(() => bell.getAttribute('aria-pressed')).toBe('true')
    await window.page.locator('main section [aria-haspopup="menu"]:visible').first().click()
    for (const name of [
      /^Mute @mirelle/,
      /^Block @mirelle/,
      /^Block atelier.example/,
      /^Report @mirelle/,
      'Lists…',
      'Open the original profile',
    ])
      await shown(window.page.getByRole('menuitem', { name }).filter({ visible: true }))
    await noViolations()
    await window.page.getByRole('menuitem', { name: 'Don’t show boosts' }).click()
    const account = await burrow.ask<{ id: string }>('GET', `/api/v1/accounts/lookup?acct=${world.person.slice(1)}`)
    await expect
      .poll(async () => {
        const [relation] = await burrow.ask<{ showing_reblogs: boolean; notifying: boolean }[]>(
          'GET',
          `/api/v1/accounts/relationships?id[]=${account.id}`,
        )
        return [relation?.showing_reblogs, relation?.notifying]
      })
      .toEqual([false, true])
  })

  test('who follows the owner back is marked, and followers stand in a list of their own', async () => {
    await window.go('/app/@ada/followers')
    await shown(window.page.locator('main .person:visible').first())
    await window.page.locator('main .person:visible a').first().click()
    await shown(window.words('You follow each other'))
  })

  test('a card of a person opens where the pointer rests on their name, and goes with Escape', async () => {
    await window.go('/app/home')
    await window.page.mouse.move(5, 5)
    const name = window.page.locator('main article:visible a[href^="/app/@"]').first()
    await shown(name)
    await name.hover()
    const card = window.page.locator('[data-card]')
    await shown(card)
    await noViolations()
    await window.page.keyboard.press('Escape')
    await expect.poll(() => card.count()).toBe(0)
  })
})

describe('filters', () => {
  test('a filter is tried on the week before it is kept, and tells by day what it found', async () => {
    await window.go('/app/settings/filters')
    await button('New filter').click()
    await button('Save').click()
    await shown(window.words('Give the filter a name.'))
    await field('Name').fill('Repairs')
    await field('Word or phrase 1').fill('noteb*')
    await shown(window.words(/Would have matched \d+ posts? this week\.|Would have matched nothing this week\./))
    await window.page.getByRole('radio', { name: 'Hide' }).click()
    await window.page.getByRole('checkbox', { name: 'Profiles' }).click()
    await field('Ends').selectOption({ label: 'In 7 days' })
    await noViolations()
    await button('Save').click()
    await shown(button('Edit Repairs'))
    await shown(window.words(/in seven days/))
    const [kept] = await burrow.ask<
      { context: string[]; filter_action: string; expires_at: string | null; keywords: { keyword: string }[] }[]
    >('GET', '/api/v2/filters')
    expect(kept).toMatchObject({ filter_action: 'hide', keywords: [{ keyword: 'noteb*' }] })
    expect(kept?.context).not.toContain('account')
    expect(Date.parse(kept?.expires_at ?? '')).toBeGreaterThan(Date.now() + 6 * 24 * 3600_000)
    await noViolations()
    await button('Edit Repairs').click()
    await button('Remove word 1').click()
    await field('Word or phrase 1').fill('zzzz')
    await shown(window.words('Would have matched nothing this week.'))
    await button('Save').click()
    await expect
      .poll(async () =>
        (await burrow.ask<{ keywords: { keyword: string }[] }[]>('GET', '/api/v2/filters'))[0]?.keywords.map((one) => one.keyword),
      )
      .toEqual(['zzzz'])
    await button('Delete filter: Repairs').click()
    await shown(window.words('You have no filters yet.'))
  })
})
