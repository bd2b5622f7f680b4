import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { channels } from '../../../src-main/desktop/channels.ts'
import { electronBinary, hasDisplay } from '../../../src-main/start/electron.ts'

/**
 * The one file that needs the real Electron. Where its binary cannot be had it says so and skips; REQUIRE_ELECTRON=1 turns that into a
 * failure. What only it can prove: the sandbox, the bridge between page and preload, permissions, the key store, the order of quitting.
 */
const root = resolve(import.meta.dirname, '../../..')

/** The binary, if it starts at all: Playwright throws past every catch when it does not. */
const find = (): { path: string } | { missing: string } => {
  const disk = { read: (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : null), exists: existsSync }
  const found = electronBinary(join(root, 'node_modules', 'electron'), process.platform, process.env, disk)
  if ('missing' in found) return found
  if (!hasDisplay(process.platform, process.env)) return { missing: 'there is no display' }
  const probe = spawnSync(found.path, ['--version'], { timeout: 10_000, encoding: 'utf8' })
  return probe.status === 0
    ? found
    : { missing: `it does not start: ${(probe.stderr || String(probe.error ?? '')).trim().split('\n')[0] ?? ''}` }
}

const electron = find()
const here = 'path' in electron
const required = process.env.REQUIRE_ELECTRON === '1'
if (!here) console.log(`REAL-ELECTRON TESTS: SKIPPED (${electron.missing}; \`node node_modules/electron/install.js\` downloads it)`)

describe('the real Electron', () => {
  it('is here if REQUIRE_ELECTRON=1 says so', () => {
    expect(here || !required, here ? '' : electron.missing).toBe(true)
  })
})

describe.skipIf(!here)('the shell in the real Electron', () => {
  let data = ''
  let app: ElectronApplication
  let page: Page
  let ran = 0
  // Electron refuses to run as root with its sandbox; only then it goes without.
  const root_ = process.getuid?.() === 0
  const flags = [...(root_ ? ['--no-sandbox'] : []), root]
  const path = here ? electron.path : ''
  const environment = () => ({ ...(process.env as Record<string, string>), BURROW_DATA: data, XDG_CURRENT_DESKTOP: 'GNOME' })

  beforeAll(async () => {
    if (root_) console.log('Running as root: Electron goes without its sandbox in these tests.')
    data = mkdtempSync(join(tmpdir(), 'burrow-electron-'))
    app = await _electron.launch({ executablePath: path, args: flags, env: environment() })
    page = await app.firstWindow()
    await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/app\//)
    await page.waitForLoadState('domcontentloaded')
  })
  afterEach(() => void (ran += 1))
  afterAll(async () => {
    console.log(`REAL-ELECTRON TESTS: RAN ${ran}`)
    await app?.close()
    rmSync(data, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  })

  it('shows the page of the instance, without Node in it', async () => {
    expect(await page.title()).toContain('Burrow')
    expect(await page.evaluate(() => typeof (globalThis as { require?: unknown }).require)).toBe('undefined')
    expect(await page.evaluate(() => typeof (globalThis as { process?: unknown }).process)).toBe('undefined')
  })

  it('lends it exactly the verbs of the contract', async () => {
    expect(await page.evaluate(() => Object.keys(window.burrow ?? {}).sort())).toEqual(
      [...Object.keys(channels), 'onRoute', 'platform'].sort(),
    )
    expect(await page.evaluate(() => window.burrow?.background())).toEqual({ possible: false, on: false })
    expect(await page.evaluate(() => window.burrow?.openExternal('file:///etc/passwd'))).toBe(false)
  })

  it('opens no second window and stays where it is', async () => {
    const before = page.url()
    expect(await page.evaluate(() => window.open('about:blank') === null)).toBe(true)
    await page.evaluate(() => {
      location.href = 'data:text/html,gone'
    })
    await page.waitForTimeout(200)
    expect(new URL(page.url()).origin).toBe(new URL(before).origin)
    expect(app.windows()).toHaveLength(1)
  })

  it('denies what a page may ask for', async () => {
    const states = await page.evaluate(async () => {
      const asked = ['geolocation', 'camera', 'microphone', 'midi'] as PermissionName[]
      return Promise.all(asked.map(async (name) => (await navigator.permissions.query({ name })).state))
    })
    expect(states).toEqual(['denied', 'denied', 'denied', 'denied'])
  })

  it('sends a second start away', async () => {
    const second: ChildProcess = spawn(path, flags, { env: environment(), stdio: 'ignore' })
    const [code] = (await once(second, 'exit')) as [number | null]
    expect(code).toBe(0)
    expect(app.windows()).toHaveLength(1)
  })

  it('quits in order and leaves no process behind', async () => {
    const pids = await app.evaluate(({ app }) => app.getAppMetrics().map(({ pid }) => pid))
    const ended = once(app.process(), 'exit')
    await app.evaluate(({ app }) => app.quit()).catch(() => undefined)
    await ended
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow()
  })
})
