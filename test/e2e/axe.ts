import { buildIfStale } from '../../.ci/build.ts'
import { startBurrow } from '../rig/burrow.ts'
import { enterWindow, openWindow, type Window } from '../rig/window.ts'
import { livedIn, placesOf, rested, settingsSections, violations, visit } from './surfaces.ts'
import type { Page } from 'playwright-core'

/**
 * `npm run axe [-- PATH …]`: what axe says (WCAG 2.0 to 2.2, A and AA) of every place of the window, seeded, with every dialog, menu and popover that its
 * buttons open, in 4 themes, both directions and 3 widths; of first run, of the page that asks for an app's sake, and of the public pages.
 * What opens is found by itself: every visible control that says it has a popup, and every entry of a menu that ends in an ellipsis.
 */
const THEMES = ['light', 'dark', 'hc-light', 'hc-dark']
const DIRECTIONS = ['ltr', 'rtl']
const WIDTHS = [
  { width: 380, height: 780 },
  { width: 1280, height: 860 },
  { width: 1920, height: 1080 },
]
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
/** `--minutes=N`: no new surface is begun after that, and what was left out is said. */
const minutes = Number(process.argv.find((word) => word.startsWith('--minutes='))?.split('=')[1] ?? Infinity)
const end = Date.now() + minutes * 60_000
const left = new Set<string>()

if (process.env.BUILT === undefined) await buildIfStale()
const home = await livedIn()
const { burrow } = home
const found = new Map<string, Set<string>>()
let looks = 0
const surfaces = new Set<string>()

/** The page as it stands, in every theme and direction. */
async function lookAt(window: Window, name: string, size: string): Promise<void> {
  if (Date.now() > end) {
    left.add(`${name} at ${size}`)
    return
  }
  surfaces.add(name)
  for (const theme of THEMES) {
    for (const dir of DIRECTIONS) {
      await window.page.evaluate(
        ([to, way]) => {
          document.documentElement.dataset['theme'] = to as string
          document.documentElement.dir = way as string
        },
        [theme, dir],
      )
      looks++
      for (const line of await violations(window)) {
        const where = found.get(`${name}  ${line}`) ?? new Set()
        where.add(`${size} ${theme} ${dir}`)
        found.set(`${name}  ${line}`, where)
      }
    }
  }
  await window.page.evaluate(() => {
    document.documentElement.dir = 'ltr'
  })
}

/** Controls that open something, by a name that survives loading the page again: kind, place and words without numbers. */
const triggersOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const seen = (element: Element) => element.checkVisibility({ visibilityProperty: true }) && element.closest('[inert]') === null
    const named = (element: Element) => {
      const words = (element.getAttribute('aria-label') ?? element.textContent ?? '').replace(/\s+/g, ' ').replace(/\d+/g, '#').trim()
      // Of every post there is one menu more, and it is the same.
      const place = element.closest('article, [role="article"]')
        ? 'row'
        : (element.closest('nav, header, form, dialog, section')?.tagName ?? 'page')
      return `${element.getAttribute('aria-haspopup')}|${place}|${place === 'row' ? (element.getAttribute('data-act') ?? words.split(' ')[0]) : words}`
    }
    return [
      ...new Set(
        [...document.querySelectorAll('button[aria-haspopup], [role="button"][aria-haspopup], a[aria-haspopup]')].filter(seen).map(named),
      ),
    ]
  })

/** Presses it. False when it is not there (any more) or nothing opened. */
async function press(page: Page, trigger: string): Promise<boolean> {
  const pressed = await page.evaluate((wantedName) => {
    const seen = (element: Element) => element.checkVisibility({ visibilityProperty: true }) && element.closest('[inert]') === null
    const named = (element: Element) => {
      const words = (element.getAttribute('aria-label') ?? element.textContent ?? '').replace(/\s+/g, ' ').replace(/\d+/g, '#').trim()
      const place = element.closest('article, [role="article"]')
        ? 'row'
        : (element.closest('nav, header, form, dialog, section')?.tagName ?? 'page')
      return `${element.getAttribute('aria-haspopup')}|${place}|${place === 'row' ? (element.getAttribute('data-act') ?? words.split(' ')[0]) : words}`
    }
    const element = [...document.querySelectorAll<HTMLElement>('[aria-haspopup]')].filter(seen).find((one) => named(one) === wantedName)
    element?.click()
    return element !== undefined
  }, trigger)
  return pressed && opened(page)
}

const opened = (page: Page): Promise<boolean> =>
  page
    .waitForFunction(
      () => document.querySelector('dialog[open], [role="menu"]:popover-open, [popover]:popover-open, [role="listbox"]') !== null,
      null,
      {
        timeout: 3_000,
      },
    )
    .then(
      () => true,
      () => false,
    )

/** Entries of an open menu that lead on to a dialog. */
const leadingOn = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('[role="menu"]:popover-open [role^="menuitem"]')]
      .map((entry) => (entry.textContent ?? '').replace(/\s+/g, ' ').trim())
      .filter((words) => /…$/.test(words.replace(/\s+\S$/, ''))),
  )

async function lookAround(window: Window, path: string, size: string, done: Set<string>): Promise<void> {
  const { page } = window
  if (Date.now() > end) {
    left.add(`${path} at ${size}`)
    return
  }
  await visit(window, burrow, path)
  await lookAt(window, path, size)
  for (const trigger of await triggersOf(page)) {
    // The same control in another place opens the same thing.
    if (done.has(trigger)) continue
    done.add(trigger)
    await visit(window, burrow, path)
    if (!(await press(page, trigger))) continue
    await lookAt(window, `${path} > ${trigger}`, size)
    for (const words of await leadingOn(page)) {
      await visit(window, burrow, path)
      if (!(await press(page, trigger))) continue
      await page.evaluate((text) => {
        const entry = [...document.querySelectorAll<HTMLElement>('[role="menu"]:popover-open [role^="menuitem"]')].find(
          (one) => (one.textContent ?? '').replace(/\s+/g, ' ').trim() === text,
        )
        entry?.click()
      }, words)
      const there = await page.waitForSelector('dialog[open]', { timeout: 3_000 }).catch(() => null)
      if (there) await lookAt(window, `${path} > ${trigger} > ${words}`, size)
    }
  }
}

/** What keys open, wherever one is. */
const BY_KEY: [string, string, (page: Page) => Promise<unknown>][] = [
  [
    'composer',
    '/app/home',
    async (page) => {
      await page.keyboard.press('n')
      await page.locator('textarea:visible').first().fill('Hello @bo and #mending https://example.com '.repeat(12))
    },
  ],
  [
    'help',
    '/app/home',
    async (page) => {
      await page.keyboard.press('?')
      await page.locator('dialog[open]').waitFor()
    },
  ],
  [
    'palette',
    '/app/home',
    async (page) => {
      await page.keyboard.press('Control+k')
      await page.locator('[role="combobox"]:visible').first().waitFor()
    },
  ],
  [
    'find in view',
    '/app/home',
    async (page) => {
      await page.keyboard.press('Control+f')
      await page.locator('input:visible').first().waitFor()
    },
  ],
  [
    'picture',
    '/app/home',
    async (page) => {
      await page.locator('.media .open:visible').first().click()
      await page.locator('dialog[open]').waitFor()
    },
  ],
]

const tasks: (() => Promise<void>)[] = WIDTHS.map((size) => async () => {
  const window = await openWindow(burrow, size)
  const done = new Set<string>()
  try {
    const all = [...placesOf(home), ...(await settingsSections(window, burrow))]
    for (const path of all.filter((one) => wanted.length === 0 || wanted.includes(one)))
      await lookAround(window, path, String(size.width), done)
    if (wanted.length > 0) return
    for (const [name, path, open] of BY_KEY) {
      await visit(window, burrow, path)
      await open(window.page)
      await rested(window)
      await lookAt(window, name, String(size.width))
    }
    // The public pages are those of the other listener, for anybody.
    for (const path of ['/@ada', `/@ada/${home.world.answered}`, '/']) {
      await window.page.goto(new URL(path, burrow.ready.public).href)
      await lookAt(window, `public ${path}`, String(size.width))
    }
    const fresh = await startBurrow({ name: null, origin: null })
    try {
      const first = await enterWindow(await fresh.signInLink(), size)
      try {
        await rested(first)
        await lookAt(first, 'first run', String(size.width))
      } finally {
        await first.close()
      }
    } finally {
      await fresh.remove()
    }
  } finally {
    await window.close()
  }
})

try {
  await Promise.all(tasks.map((task) => task()))
} finally {
  await burrow.remove()
}
process.stdout.write(
  `${surfaces.size} surfaces, ${looks} looks (${THEMES.length} themes x 2 directions x ${WIDTHS.length} widths), ${found.size} violations\n`,
)
for (const [line, where] of found)
  process.stdout.write(`  ${line}\n      ${[...where].slice(0, 6).join(', ')}${where.size > 6 ? ` and ${where.size - 6} more` : ''}\n`)
if (left.size > 0) process.stdout.write(`not looked at for want of time: ${[...left].join(', ')}\n`)
process.exitCode = found.size === 0 && left.size === 0 ? 0 : 1
