import { join, resolve } from 'node:path'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { fillLibrary } from '../rig/library.ts'
import { openBrowser, type Browser } from '../rig/browser.ts'
import { measureBundle } from './bundle.ts'
import { measureLists } from './window-lists.ts'
import { measureDeeds } from './window-deeds.ts'
import { measureRest } from './window-rest.ts'
import { percentile, type Bench, type Report } from './report.ts'

const built = join(process.env.BUILT ?? resolve(import.meta.dirname, '../../out'), 'renderer')

/** What a page under measurement is: a fresh browser, signed in, its home on the screen. */
export interface Seat {
  burrow: Burrow
  browser: Browser
  report: Report
  quick: boolean
}

/** The window in a Chromium on a real instance (interface.md section 7): ratios to an idle sample of the same run. */
export const window: Bench = {
  name: 'window',
  about: 'the window in Chromium at 100,000 posts: scrolling, drift, restore, memory, bundle, keys, typing, idling',
  async run(report, { quick }) {
    measureBundle(report, built)
    const posts = quick ? 14_000 : 100_000
    const began = performance.now()
    const burrow = await startBurrow({
      flags: ['--log-level', 'warn'],
      origin: 'https://ana.example',
      prepare: async (folder) => {
        await fillLibrary(folder, { posts, accounts: 1_000, until: Date.now(), pictured: 13_000 })
      },
    })
    report.add({ case: 'window', what: `seeding ${posts} posts`, value: (performance.now() - began) / 1000, unit: 's' })
    const parts: [string, (seat: Seat) => Promise<void>][] = [
      ['lists', measureLists],
      ['deeds', measureDeeds],
      ['rest', measureRest],
    ]
    let broken: unknown = null
    try {
      for (const [name, measure] of parts) {
        const browser = await openBrowser({ width: 1440, height: 900 })
        try {
          await firstPaint(browser, burrow, name === 'lists' ? report : null)
          await measure({ burrow, browser, report, quick })
        } catch (error) {
          process.stderr.write(`window, ${name} broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
          broken = error
        } finally {
          await browser.close()
        }
      }
    } finally {
      await burrow.remove()
    }
    if (broken !== null) throw new Error('A part of the window bench broke', { cause: broken })
  },
}

/** Signs in, then loads the window anew as an owner does who opens it: largest paint, and what moved afterwards. */
async function firstPaint(browser: Browser, burrow: Burrow, report: Report | null): Promise<void> {
  const { page } = browser
  await page.goto(await burrow.signInLink())
  await page.waitForSelector('main .post')
  if (!report) return
  await page.addInitScript(() => {
    const seen = { lcp: 0, cls: 0, post: 0 }
    Object.assign(globalThis, { seen })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.lcp = entry.startTime
    }).observe({ type: 'largest-contentful-paint', buffered: true })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.cls += (entry as unknown as { value: number }).value
    }).observe({ type: 'layout-shift', buffered: true })
    const look = () => {
      const post = document.querySelector('main .post')
      if (post?.checkVisibility({ visibilityProperty: true })) seen.post = performance.now()
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  const loads: { lcp: number; cls: number; post: number }[] = []
  for (let round = 0; round < 5; round++) {
    await page.goto(`http://127.0.0.1:${burrow.ownerPort}/app/home`)
    await page.waitForSelector('main .post')
    await page.waitForTimeout(1_500)
    loads.push(await page.evaluate(() => (globalThis as unknown as { seen: { lcp: number; cls: number; post: number } }).seen))
  }
  const median = (pick: (load: (typeof loads)[number]) => number) => percentile(loads.map(pick), 50)
  const name = 'window, first paint'
  report.add({ case: name, what: 'LCP, median of 5', value: median((load) => load.lcp), unit: 'ms', aim: '≤ 1,000 ms' })
  report.add({ case: name, what: 'first post on the screen, median of 5', value: median((load) => load.post), unit: 'ms', aim: '≤ 700 ms' })
  report.add({ case: name, what: 'CLS, worst of 5', value: Math.max(...loads.map((load) => load.cls)), unit: '', aim: '< 0.01' })
}
