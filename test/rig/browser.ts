import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'

/** Where a Chromium is, tried in order; BURROW_TEST_CHROMIUM names another one. */
const places = [
  process.env.BURROW_TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** Quiet: nothing is asked of anybody but the page's own servers. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The path of a Chromium, null where there is none. */
export function findChromium(): string | null {
  return places.find((path): path is string => path !== undefined && existsSync(path)) ?? null
}

export interface Browser {
  readonly context: BrowserContext
  readonly page: Page
  /** What pages said on the console as errors, and exceptions nobody caught. */
  readonly complaints: string[]
  /** Every URL that was asked for, in order. */
  readonly requests: string[]
  /** Ends the browser and removes its folder. */
  close(): Promise<void>
}

/** A Chromium of its own with an empty profile, and one page. @throws where there is no Chromium */
export async function openBrowser(
  options: { width?: number; height?: number; locale?: string; colorScheme?: 'light' | 'dark'; deviceScaleFactor?: number } = {},
): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error('There is no Chromium on this machine; BURROW_TEST_CHROMIUM may name one')
  const folder = mkdtempSync(join(tmpdir(), 'burrow-browser-'))
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    headless: true,
    args: flags,
    viewport: { width: options.width ?? 1280, height: options.height ?? 860 },
    locale: options.locale ?? 'en-GB',
    colorScheme: options.colorScheme ?? 'light',
    reducedMotion: 'reduce',
    ...(options.deviceScaleFactor === undefined ? {} : { deviceScaleFactor: options.deviceScaleFactor }),
  })
  const complaints: string[] = []
  const requests: string[] = []
  const watch = (page: Page): void => {
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.stack ?? error.message))
  }
  context.on('request', (request) => requests.push(request.url()))
  context.on('page', watch)
  const page = context.pages()[0] ?? (await context.newPage())
  watch(page)
  return {
    context,
    page,
    complaints,
    requests,
    async close() {
      // Playwright ends the process it started and waits for it.
      await context.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}
