import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Command, Recorded } from './fake-electron.ts'

/** The built main process under Node, with Electron replaced by fake-electron.ts and the real built instance in a process of its own. */
const root = resolve(import.meta.dirname, '../../..')
const hooks = join(import.meta.dirname, 'fake-hooks.ts')
const main = join(root, 'out', 'main', 'main.js')

let data = ''
let running: ChildProcess[] = []

class Shell {
  readonly child: ChildProcess
  readonly records: Recorded[] = []
  readonly ended: Promise<number | null>
  stderr = ''
  #asked = 0

  constructor(argv: string[] = [], desktop = 'KDE') {
    // Given as it is on a machine with a desktop; nothing of the machine the tests run on.
    const environment = { PATH: process.env.PATH ?? '', HOME: data, XDG_CURRENT_DESKTOP: desktop }
    this.child = spawn(process.execPath, ['--import', hooks, main, '--data', join(data, 'burrow'), ...argv], {
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    running.push(this.child)
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()))
    this.child.on('message', (message) => this.records.push(message as Recorded))
    this.ended = once(this.child, 'exit').then(([code]) => code as number | null)
  }

  /** The n-th record of a kind, waited for. */
  async record<Given>(what: string, nth = 1): Promise<Given> {
    for (;;) {
      const found = this.records.filter((entry) => entry.what === what)[nth - 1]
      if (found) return found.with as Given
      const over = this.ended.then((code) => {
        throw new Error(`The shell ended with ${code} before ${what}: ${this.stderr}`)
      })
      await Promise.race([once(this.child, 'message'), over])
    }
  }

  seen(what: string): boolean {
    return this.records.some((entry) => entry.what === what)
  }

  tell(command: Command): void {
    this.child.send(command)
  }

  async invoke(
    channel: string,
    argument: unknown,
    from: { origin: string; nested?: boolean },
  ): Promise<{ answer?: unknown; refused?: string }> {
    const id = ++this.#asked
    this.tell({ fake: 'invoke', id, channel, argument, ...from })
    return this.record('invoked', id)
  }
}

type Page = { url: string; status: number; type: string; policy: string | null; page: string }
const originOf = ({ url }: Page) => new URL(url).origin
const alive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'burrow-shell-'))
})
afterEach(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const gone = once(child, 'exit')
    // The instance goes with its parent, as the channel between them closes.
    child.kill('SIGKILL')
    await gone
  }
  running = []
  rmSync(data, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

describe('the built shell', () => {
  it('opens a sandboxed window on the page of its own instance', async () => {
    const shell = new Shell()
    const page = await shell.record<Page>('window.loadURL')
    expect(page.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/app\/#\S+$/)
    expect(page).toMatchObject({ status: 200, type: expect.stringContaining('text/html') as string })
    expect(page.page).toContain('<script')
    // `default-src 'none'` covers what is not named, plugins among it.
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
      expect(page.policy).toContain(rule)
    expect(page.policy).not.toMatch(/script-src[^;]*'unsafe/)

    const order = shell.records.map(({ what }) => what)
    expect(order.indexOf('app.enableSandbox')).toBe(0)
    expect(order.indexOf('app.setPath')).toBeLessThan(order.indexOf('app.requestSingleInstanceLock'))
    expect(order.indexOf('app.requestSingleInstanceLock')).toBeLessThan(order.indexOf('app.whenReady'))
    for (const guard of [
      'session.setPermissionRequestHandler',
      'session.setPermissionCheckHandler',
      'session.onBeforeRequest',
      'contents.setWindowOpenHandler',
    ])
      expect(order.indexOf(guard), guard).toBeLessThan(order.indexOf('window.loadURL'))

    const options = await shell.record<{
      show: boolean
      backgroundColor: string
      icon: string
      webPreferences: Record<string, unknown> & { preload: string }
    }>('window.made')
    expect(options.webPreferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false })
    expect(options).toMatchObject({ show: false, backgroundColor: '#121412' })
    expect(existsSync(options.webPreferences.preload)).toBe(true)
    expect(existsSync(options.icon)).toBe(true)
    expect(existsSync(await shell.record<string>('tray.made'))).toBe(true)
    await shell.record('window.show')

    const forked = await shell.record<{ path: string; argv: string[]; execArgv: string[]; pool: string }>('instance.forked')
    expect(forked).toMatchObject({ path: join(root, 'out', 'main', 'serve.js'), argv: [], execArgv: ['--max-semi-space-size=4'] })
    expect(Number(forked.pool)).toBeGreaterThanOrEqual(4)
    // The code of the link stays between the two processes.
    expect(JSON.stringify(forked)).not.toContain(new URL(page.url).hash.slice(1))
    expect(shell.stderr).not.toContain(new URL(page.url).hash.slice(1))
  })

  it('keeps the data key with the key store of the system, and gets it back at the next start', async () => {
    const first = new Shell()
    await first.record('window.loadURL')
    expect(first.seen('safeStorage.encrypt')).toBe(true)
    first.tell({ fake: 'quit' })
    expect(await first.ended).toBe(0)
    const second = new Shell()
    await second.record('window.loadURL')
    expect(second.seen('safeStorage.decrypt')).toBe(true)
  })

  it('answers the window and nobody else', async () => {
    const shell = new Shell()
    const origin = originOf(await shell.record<Page>('window.loadURL'))
    expect(await shell.invoke('burrow:open-external', 'https://ana.example/', { origin })).toMatchObject({ answer: true })
    expect(await shell.record('shell.openExternal')).toBe('https://ana.example/')
    expect(await shell.invoke('burrow:open-external', 'file:///etc/passwd', { origin })).toMatchObject({ answer: false })
    expect(await shell.invoke('burrow:open-data-folder', undefined, { origin })).toMatchObject({ answer: true })
    expect(await shell.record('shell.openPath')).toBe(join(data, 'burrow'))
    expect(await shell.invoke('burrow:quit', undefined, { origin: 'https://evil.example' })).toMatchObject({
      refused: expect.stringContaining('Only the window') as string,
    })
    expect(await shell.invoke('burrow:quit', undefined, { origin, nested: true })).toHaveProperty('refused')
    expect(shell.records.filter(({ what }) => what === 'shell.openExternal')).toHaveLength(1)
    expect(shell.seen('app.exit')).toBe(false)

    await shell.invoke('burrow:set-language', 'fr', { origin })
    expect(shell.records.filter(({ what }) => what === 'menu.application').at(-1)?.with).toContain('Fichier')
  })

  it('starts the instance again when it dies, on the same folder and the same port', async () => {
    const shell = new Shell()
    const origin = originOf(await shell.record<Page>('window.loadURL'))
    shell.tell({ fake: 'kill-instance' })
    await shell.record('instance.forked', 2)
    for (;;) {
      if (shell.records.filter(({ what, with: type }) => what === 'instance.said' && type === 'ready').length === 2) break
      await once(shell.child, 'message')
    }
    expect((await fetch(`${origin}/app/`)).status).toBe(200)
  })

  it('comes to the front for a second start, which ends at once', async () => {
    const shell = new Shell()
    await shell.record<Page>('window.loadURL')
    shell.tell({ fake: 'emit', from: 'app', event: 'second-instance', with: [['burrow', 'web+ap://remote.example/@bo']] })
    expect(await shell.record('contents.send')).toEqual(['burrow:route', `/search?q=${encodeURIComponent('https://remote.example/@bo')}`])
    const second = new Shell(['--fake-second'])
    expect(await second.ended).toBe(0)
    expect(second.seen('window.made')).toBe(false)
    expect(second.seen('instance.forked')).toBe(false)
  })

  it('asks once what closing means, and then keeps running out of sight', async () => {
    const shell = new Shell()
    await shell.record<Page>('window.loadURL')
    shell.tell({ fake: 'answer-dialogs', response: 0 })
    shell.tell({ fake: 'emit', from: 'window', event: 'close' })
    expect(await shell.record('emitted')).toEqual({ event: 'close', prevented: true })
    await shell.record('window.hide')
    shell.tell({ fake: 'emit', from: 'window', event: 'close' })
    await shell.record('window.hide', 2)
    expect(shell.records.filter(({ what }) => what === 'dialog.showMessageBox')).toHaveLength(1)
    expect(shell.seen('app.exit')).toBe(false)
  })

  it('ends when its window is closed where no tray would lead back', async () => {
    const shell = new Shell([], 'GNOME')
    await shell.record<Page>('window.loadURL')
    expect(shell.seen('tray.made')).toBe(false)
    shell.tell({ fake: 'emit', from: 'window', event: 'close' })
    expect(await shell.ended).toBe(0)
    expect(shell.seen('window.hide')).toBe(false)
  })

  it('tells the instance when the computer sleeps and wakes', async () => {
    const shell = new Shell()
    await shell.record<Page>('window.loadURL')
    shell.tell({ fake: 'emit', from: 'power', event: 'suspend' })
    shell.tell({ fake: 'emit', from: 'power', event: 'resume' })
    await shell.record('emitted', 2)
    const told = shell.records.filter(({ what }) => what === 'instance.told').map((entry) => entry.with)
    expect(told).toEqual(
      expect.arrayContaining([
        { type: 'power', event: 'suspend' },
        { type: 'power', event: 'resume' },
      ]),
    )
    expect(shell.seen('instance.exit')).toBe(false)
  })

  it.each([
    ['from the menu', (shell: Shell) => shell.tell({ fake: 'quit' })],
    ['twice in a row', (shell: Shell) => (shell.tell({ fake: 'quit' }), shell.tell({ fake: 'quit' }))],
    ['by a signal', (shell: Shell) => void shell.child.kill('SIGTERM')],
    ['by a message, as on Windows', (shell: Shell) => void shell.child.send({ type: 'stop' })],
  ])('quits in order when asked %s: the instance first, within five seconds', async (_how, quit) => {
    const shell = new Shell()
    await shell.record<Page>('window.loadURL')
    const { pid } = await shell.record<{ pid: number }>('instance.forked')
    const began = performance.now()
    quit(shell)
    expect(await shell.ended).toBe(0)
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(alive(pid)).toBe(false)
    expect(await shell.record('instance.exit')).toBe(0)
    expect(shell.records.filter(({ what }) => what === 'instance.forked')).toHaveLength(1)
  })

  it('says a bad setting in one sentence, with exit code 2, and touches nothing', async () => {
    const shell = new Shell(['--owner-port', 'three'])
    expect(await shell.ended).toBe(2)
    expect(shell.stderr.trim().split('\n')).toEqual(['--owner-port is a port from 1 to 65535, not "three".'])
    expect(await shell.record('dialog.showErrorBox')).toEqual([
      'Burrow cannot start',
      '--owner-port is a port from 1 to 65535, not "three".',
    ])
    expect(readdirSync(data)).toEqual([])
  })
})
