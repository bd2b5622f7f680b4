import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildIfStale } from '../../.ci/build.ts'
import { startBurrow } from '../rig/burrow.ts'
import { enterWindow, openWindow, type Window } from '../rig/window.ts'
import { livedIn, settingsSections } from './surfaces.ts'

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

/** `--width=380`, `--theme=dark`, `--language=fr`: only those. */
const only = (name: string) => argv.find((word) => word.startsWith(`--${name}=`))?.split('=')[1]
const WIDTHS = [
  { width: 380, height: 780 },
  { width: 1280, height: 860 },
  { width: 1920, height: 1080 },
].filter(({ width }) => only('width') === undefined || only('width') === String(width))
const LANGUAGES = { en: 'en-GB', fr: 'fr-FR' } as const
const IN_README = ['home', 'thread', 'compose', 'catchup']
type Home = Awaited<ReturnType<typeof livedIn>>
const THEMES = ['light', 'dark'] as const

type Screen = { name: string; path: string; then?: (window: Window) => Promise<unknown> }

/** Every place, then what stands over one. Settings have a shot per section, read from the window. */
const screensOf = (home: Home, sections: readonly string[]): Screen[] => [
  { name: 'home', path: '/app/home' },
  { name: 'catchup', path: '/app/catchup' },
  { name: 'notifications', path: '/app/notifications' },
  { name: 'requests', path: '/app/notifications/requests' },
  { name: 'conversations', path: '/app/conversations' },
  { name: 'search', path: '/app/search?q=window' },
  { name: 'search-help', path: '/app/search' },
  { name: 'lists', path: '/app/lists' },
  { name: 'list', path: `/app/list/${home.list}` },
  { name: 'tag', path: '/app/tag/mending?any=kettles' },
  { name: 'received', path: '/app/received' },
  { name: 'bookmarks', path: '/app/bookmarks' },
  { name: 'favourites', path: '/app/favourites' },
  { name: 'server', path: '/app/server/tide.example' },
  { name: 'outbox', path: '/app/outbox/waiting' },
  { name: 'drafts', path: '/app/outbox/drafts' },
  { name: 'scheduled', path: '/app/outbox/scheduled' },
  { name: 'needs-you', path: '/app/outbox/failed' },
  { name: 'thread', path: `/app/post/${home.world.notebook}` },
  { name: 'answered', path: `/app/post/${home.world.answered}` },
  { name: 'poll', path: `/app/post/${home.world.poll}` },
  { name: 'profile', path: `/app/${home.world.person}` },
  { name: 'profile-media', path: `/app/${home.world.person}/media` },
  { name: 'profile-about', path: `/app/${home.world.person}/about` },
  { name: 'own-profile', path: '/app/@ada' },
  { name: 'health', path: '/app/health' },
  { name: 'storage', path: '/app/storage' },
  ...sections.map((path) => ({ name: `settings-${path.split('/').at(-1) ?? ''}`, path })),
  { name: 'nothing', path: '/app/nothing-here' },
  {
    name: 'compose',
    path: '/app/home',
    async then({ page }) {
      await page.keyboard.press('n')
      await page
        .locator('textarea:visible')
        .first()
        .fill(
          'Second coat on the sashes. The first one dried with a whole moth in it, wings out, like a signature. https://marsh.example/bench',
        )
    },
  },
  {
    name: 'reply',
    path: `/app/post/${home.world.notebook}`,
    async then({ page }) {
      await page.locator('.post-focus:visible').focus()
      await page.keyboard.press('r')
      await page.locator('textarea:visible').first().pressSequentially('The knots hold. ')
    },
  },
  {
    name: 'quote',
    path: `/app/post/${home.world.notebook}`,
    async then({ page }) {
      await page.locator('.post-focus:visible').focus()
      await page.keyboard.press('q')
      await page.locator('textarea:visible').first().fill('Which of these would you rather have on your bench?')
    },
  },
  {
    name: 'menu',
    path: `/app/post/${home.world.notebook}`,
    then: ({ page }) => page.locator('.post-focus:visible [data-act=more]').click(),
  },
  { name: 'palette', path: '/app/home', then: ({ page }) => page.keyboard.press('Control+k') },
  { name: 'help', path: '/app/home', then: ({ page }) => page.keyboard.press('?') },
  { name: 'find', path: '/app/home', then: ({ page }) => page.keyboard.press('Control+f') },
  { name: 'picture', path: '/app/home', then: ({ page }) => page.locator('.media .open:visible').first().click() },
  { name: 'status', path: '/app/home', then: ({ page }) => page.locator('button.status:visible').first().click() },
]

if (process.env.BUILT === undefined) await buildIfStale()
const home = await livedIn()
const { burrow } = home
const look = await openWindow(burrow)
const sections = await settingsSections(look, burrow)
await look.close()
try {
  const chosen = screensOf(home, sections).filter((screen) =>
    wanted.length === 0 ? !forReadme || IN_README.includes(screen.name) : wanted.includes(screen.name),
  )
  for (const [language, locale] of Object.entries(LANGUAGES)) {
    for (const theme of THEMES) {
      if ((forReadme && language !== 'en') || (only('language') ?? language) !== language || (only('theme') ?? theme) !== theme) continue
      await burrow.ask('PATCH', '/api/owner/settings', { language, theme })
      for (const size of forReadme ? [{ width: 1440, height: 900 }] : WIDTHS) {
        const window = await openWindow(burrow, { ...size, locale, colorScheme: theme })
        try {
          for (const screen of chosen) {
            await window.page.goto(new URL(screen.path, burrow.ready.owner).href)
            await window.page
              .locator('main h1:visible, aside h1:visible, main h2:visible')
              .first()
              .waitFor({ timeout: 20_000 })
              .catch(() => undefined)
            await settled(window)
            await screen.then?.(window).catch((error: unknown) => process.stderr.write(`${screen.name}: ${String(error)}\n`))
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
