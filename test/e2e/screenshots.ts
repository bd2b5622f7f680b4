import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildIfStale } from '../../.ci/build.ts'
import { startBurrow } from '../rig/burrow.ts'
import { enterWindow, openWindow, type Window } from '../rig/window.ts'
import { fillWorld, type World } from '../rig/world.ts'

/**
 * `npm run screenshots [-- --readme] [-- SCREEN …]`: every screen of the built window, in three widths, both themes, both languages, on a
 * lived-in folder, into `out/screenshots/`. With `--readme`, the few of the README into `resources/readme/` instead.
 */
const root = resolve(import.meta.dirname, '../..')
const argv = process.argv.slice(2)
const forReadme = argv.includes('--readme')
const wanted = argv.filter((word) => !word.startsWith('--'))
const folder = join(root, forReadme ? 'resources/readme' : 'out/screenshots')
mkdirSync(folder, { recursive: true })

const WIDTHS = [
  { width: 380, height: 780 },
  { width: 1280, height: 860 },
  { width: 1920, height: 1080 },
]
const LANGUAGES = { en: 'en-GB', fr: 'fr-FR' } as const
const IN_README = ['home', 'thread', 'compose', 'outbox']
const THEMES = ['light', 'dark'] as const

type Screen = { name: string; path: (world: World) => string; then?: (window: Window) => Promise<void> }
const screens: Screen[] = [
  { name: 'home', path: () => '/app/home' },
  { name: 'thread', path: (world) => `/app/post/${world.notebook}` },
  { name: 'notifications', path: () => '/app/notifications' },
  { name: 'profile', path: (world) => `/app/${world.person}` },
  { name: 'search', path: () => '/app/search?q=window' },
  { name: 'outbox', path: () => '/app/outbox/waiting' },
  { name: 'settings', path: () => '/app/settings/profile' },
  { name: 'apps', path: () => '/app/settings/apps' },
  { name: 'posting', path: () => '/app/settings/posting' },
  { name: 'reading', path: () => '/app/settings/reading' },
  { name: 'blocks', path: () => '/app/settings/blocks' },
  { name: 'scheduled', path: () => '/app/outbox/scheduled' },
  { name: 'search-help', path: () => '/app/search' },
  { name: 'network', path: () => '/app/settings/network' },
  { name: 'emoji', path: () => '/app/settings/emoji' },
  { name: 'move', path: () => '/app/settings/move' },
  { name: 'health', path: () => '/app/health' },
  { name: 'tag', path: () => '/app/tag/kettles' },
  { name: 'own-profile', path: () => '/app/@ada' },
  { name: 'answered', path: (world) => `/app/post/${world.answered}` },
  { name: 'poll', path: (world) => `/app/post/${world.poll}` },
  {
    name: 'compose-poll',
    path: (world) => `/app/post/${world.notebook}`,
    async then({ page }) {
      await page.locator('.post-focus:visible').focus()
      await page.keyboard.press('q')
      await page.locator('textarea').first().fill('Which of these would you rather have on your bench?')
      await page.locator('.composer button[aria-pressed]').first().click()
      await page.locator('.composer ol input').first().fill('A kettle that apologises')
    },
  },
  {
    name: 'report',
    path: (world) => `/app/post/${world.notebook}`,
    async then({ page }) {
      await page.locator('.post-focus:visible [data-act=more]').click()
      await page.locator('.post-focus:visible [role=menuitem]').last().click()
    },
  },
  {
    name: 'react',
    path: (world) => `/app/post/${world.answered}`,
    async then({ page }) {
      await page.locator('.post-focus:visible [data-act=more]').click()
      await page.locator('.post-focus:visible [role=menuitem]').nth(1).click()
    },
  },
  {
    name: 'compose',
    path: () => '/app/home',
    async then({ page }) {
      await page.keyboard.press('n')
      await page
        .locator('textarea')
        .first()
        .fill(
          'Second coat on the sashes. The first one dried with a whole moth in it, wings out, like a signature. https://marsh.example/bench',
        )
    },
  },
]

await buildIfStale()
let world: World | undefined
const burrow = await startBurrow({
  name: 'ada',
  // Nobody answers under this name from here: the window is seen as on a train.
  origin: 'https://ada.example',
  async prepare(data) {
    world = await fillWorld(data)
  },
})
try {
  await burrow.ask('POST', '/api/v1/statuses', {
    status:
      'Third evening of replacing the sash cords. The old ones were cotton, spliced by someone who clearly enjoyed splicing. I have kept a piece.',
    visibility: 'public',
    language: 'en',
  })
  await burrow.ask('POST', '/api/v1/statuses', {
    status: 'The spring catalogue, at last. Forty plates and one apology.',
    scheduled_at: new Date(Date.now() + 26 * 3_600_000).toISOString(),
  })
  await burrow.ask('PATCH', '/api/owner/settings', { lanApi: true })
  await burrow.ask('POST', '/api/owner/apps/connect')
  await burrow.ask('POST', '/api/owner/door', { words: 'miracle kettle', wholeWord: true })
  await burrow.ask('POST', '/api/owner/domain-blocks/import', { list: 'spam.example' })
  const chosen = screens.filter((screen) =>
    wanted.length === 0 ? !forReadme || IN_README.includes(screen.name) : wanted.includes(screen.name),
  )
  for (const [language, locale] of Object.entries(LANGUAGES)) {
    for (const theme of THEMES) {
      if (forReadme && language !== 'en') continue
      await burrow.ask('PATCH', '/api/owner/settings', { language, theme })
      for (const size of forReadme ? [{ width: 1440, height: 900 }] : WIDTHS) {
        const window = await openWindow(burrow, { ...size, locale, colorScheme: theme })
        try {
          for (const screen of chosen) {
            await window.page.goto(new URL(screen.path(world as World), burrow.ready.owner).href)
            await window.page
              .locator('main h1:visible, aside h1:visible, main h2:visible')
              .first()
              .waitFor({ timeout: 20_000 })
              .catch(() => undefined)
            await settled(window)
            await screen.then?.(window)
            await settled(window)
            const name = forReadme ? `${screen.name}-${theme}` : `${screen.name}.${language}.${theme}.${size.width}`
            await window.page.screenshot({ path: join(folder, `${name}.png`) })
          }
          if (window.complaints.length > 0) process.stderr.write(`${window.complaints.join('\n')}\n`)
        } finally {
          await window.close()
        }
      }
    }
  }
} finally {
  await burrow.remove()
}

if (!forReadme && (wanted.length === 0 || wanted.includes('firstrun'))) {
  const fresh = await startBurrow({ name: null, origin: null })
  try {
    for (const [language, locale] of Object.entries(LANGUAGES)) {
      for (const theme of THEMES) {
        for (const size of WIDTHS) {
          const window = await enterWindow(await fresh.signInLink(), { ...size, locale, colorScheme: theme })
          try {
            await settled(window)
            await window.page.screenshot({ path: join(folder, `firstrun.${language}.${theme}.${size.width}.png`) })
          } finally {
            await window.close()
          }
        }
      }
    }
  } finally {
    await fresh.remove()
  }
}
process.stdout.write(`${folder}\n`)

/** Fonts and pictures are there, nothing moves any more. */
async function settled(window: Window): Promise<void> {
  await window.page.evaluate(async () => {
    await document.fonts.ready
    const pictures = [...document.images].filter((image) => image.getBoundingClientRect().top < innerHeight)
    await Promise.all(pictures.map((image) => image.decode().catch(() => undefined)))
  })
  await window.page.waitForTimeout(400)
}
