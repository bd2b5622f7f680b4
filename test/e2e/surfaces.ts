import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { fillWorld, type World } from '../rig/world.ts'
import type { AxeResults } from 'axe-core'
import type { Window } from '../rig/window.ts'

/** Everything the window can show, for the tests that look at all of it: a lived-in home, its places, and what axe says of a page. */

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** What axe finds, one line each: rule, and the elements it means. */
export async function violations({ page }: Pick<Window, 'page'>): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe)
  const results = await page.evaluate(
    (tags) =>
      (globalThis as unknown as { axe: { run(context: Document, options: object): Promise<AxeResults> } }).axe.run(document, {
        runOnly: { type: 'tag', values: tags },
        resultTypes: ['violations'],
      }),
    TAGS,
  )
  return results.violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(' ')).join(', ')}`)
}

/** An instance on a lived-in folder, with something in every drawer. `remove()` it afterwards. */
export async function livedIn(): Promise<{ burrow: Burrow; world: World; list: string; catchup: string | null }> {
  let filled: World | null = null
  const burrow = await startBurrow({
    name: 'ada',
    origin: 'https://ada.example',
    async prepare(folder) {
      filled = await fillWorld(folder)
    },
  })
  await burrow.ask('POST', '/api/v1/statuses', { status: 'Waiting for the train, and for the network.', visibility: 'public' })
  await burrow.ask('POST', '/api/v1/statuses', {
    status: 'For the day after tomorrow.',
    visibility: 'unlisted',
    scheduled_at: new Date(Date.now() + 48 * 3_600_000).toISOString(),
  })
  await burrow.ask('POST', '/api/owner/door', { words: 'kettle sale', wholeWord: true })
  await burrow.ask('POST', '/api/owner/domain-blocks/import', { list: 'spam.example' })
  const { id: list } = await burrow.ask<{ id: string }>('POST', '/api/v1/lists', { title: 'Menders' })
  await burrow.ask('PATCH', '/api/owner/settings', { lanApi: true })
  await burrow.ask('POST', '/api/owner/apps/connect')
  await burrow.ask('POST', '/api/v2/filters', {
    title: 'Choirs',
    context: ['home', 'account', 'thread'],
    filter_action: 'warn',
    keywords_attributes: [{ keyword: 'choir', whole_word: false }],
  })
  await burrow.ask('PUT', '/api/owner/drafts/5f3f2b1e-0000-4000-8000-000000000001', {
    text: 'Half a thought',
    warning: '',
    sensitive: false,
    visibility: 'public',
    language: 'en',
    inReplyToId: null,
    editOf: null,
    mediaIds: [],
    caret: 4,
  })
  return { burrow, world: filled as unknown as World, list, catchup: null }
}

/** The addresses of every place, on that folder. */
export const placesOf = ({ world, list }: { world: World; list: string }): string[] => [
  '/app/home',
  '/app/catchup',
  '/app/notifications',
  '/app/notifications/mentions',
  '/app/notifications/follows',
  '/app/notifications/requests',
  '/app/conversations',
  '/app/search',
  '/app/search?q=window',
  '/app/lists',
  `/app/list/${list}`,
  '/app/tag/mending',
  '/app/tag/mending?any=kettles&none=noise',
  '/app/received',
  '/app/server/tide.example',
  '/app/bookmarks',
  '/app/favourites',
  '/app/outbox',
  '/app/outbox/drafts',
  '/app/outbox/scheduled',
  '/app/outbox/failed',
  `/app/post/${world.notebook}`,
  `/app/post/${world.answered}`,
  `/app/post/${world.poll}`,
  `/app/${world.person}`,
  `/app/${world.person}/replies`,
  `/app/${world.person}/media`,
  `/app/${world.person}/about`,
  `/app/${world.person}/followers`,
  '/app/@ada',
  '/app/@ada/following',
  '/app/compose',
  '/app/health',
  '/app/storage',
  '/app/open?url=https%3A%2F%2Fnowhere.example%2F1',
  '/app/nothing-here',
]

/** Goes there and waits until it has come to rest. */
export async function visit(window: Pick<Window, 'page'>, burrow: Burrow, path: string): Promise<void> {
  await window.page.goto(new URL(path, burrow.ready.owner).href)
  try {
    await rested(window)
  } catch (error) {
    throw new Error(`${path} does not come to rest: ${(await window.page.locator('body').innerText()).slice(0, 300)}`, { cause: error })
  }
}

/** Goes there by the window's own router, as a click on a link does: quick, and nothing is loaded anew. */
export async function move(window: Window, path: string): Promise<void> {
  const { pathname, search } = new URL(window.page.url())
  if (pathname + search !== path) {
    await window.page.evaluate((to) => {
      const link = document.createElement('a')
      link.href = to
      document.body.append(link)
      link.click()
      link.remove()
    }, path)
    await window.page.waitForFunction((to) => location.pathname + location.search === to, path)
  }
  try {
    await rested(window)
  } catch (error) {
    throw new Error(`${path} does not come to rest: ${(await window.page.locator('body').innerText()).slice(0, 300)}`, { cause: error })
  }
}

/** A heading is there, nothing is busy, fonts are in. */
export async function rested({ page }: Pick<Window, 'page'>): Promise<void> {
  await page.waitForFunction(() => document.querySelector('h1, h2') !== null && document.querySelector('[aria-busy="true"]') === null)
  await page.evaluate(async () => {
    await document.fonts.ready
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  })
}

/** Every section of the settings, read from the window itself, so that none is forgotten. */
export async function settingsSections(window: Pick<Window, 'page'>, burrow: Burrow): Promise<string[]> {
  await visit(window, burrow, '/app/settings')
  return window.page
    .locator('a[href^="/app/settings/"]')
    .evaluateAll((links) => [...new Set(links.map((link) => link.getAttribute('href') ?? ''))].filter(Boolean))
}
