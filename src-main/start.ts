import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigError, environment, flagHelp, launchEnvironment, readConfig, type Environment } from './config.ts'
import type { HostMessage, InstanceMessage } from './instance-protocol.ts'
import { exitCode, showInBrowser, type Shown } from './start/browser.ts'
import { electronBinary, fallsBack, hasDisplay, whyElectronEnded, type Disk, type ElectronEnd } from './start/electron.ts'

/**
 * `npm start`, `npm run serve`, `npm run burrow`. Run by Node itself, before anything is built, so it may import only what Node can strip.
 * It builds if sources are newer, starts the desktop app or what stands in for it, and sees to it that everything ends with it.
 */
const root = resolve(import.meta.dirname, '..')
const built = { serve: join(root, 'out', 'main', 'serve.js'), cli: join(root, 'out', 'main', 'cli.js') }

/** Everything ends within 5 s of being asked to: 4 for the instance to close in order, then it is ended. */
const patience = 4_000
const downloadLimit = 120_000
const disk: Disk = { read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : null), exists: existsSync }

const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** Flags of `npm start` alone; the rest are settings. */
export type StartOptions = { mode: 'desktop' | 'browser' | 'headless'; download: boolean; hidden: boolean; settings: string[] }

/** @throws ConfigError never; unknown flags stay in `settings`, where they are refused. */
export function startOptions(argv: readonly string[], env: Environment): StartOptions {
  const has = (flag: string) => argv.includes(flag)
  return {
    mode: has('--headless') ? 'headless' : has('--browser') ? 'browser' : 'desktop',
    download: !has('--no-download') && !env.BURROW_NO_ELECTRON_DOWNLOAD,
    hidden: has('--hidden'),
    settings: argv.filter((flag) => !['--headless', '--browser', '--no-download', '--hidden'].includes(flag)),
  }
}

/** Asks a child to end, in the way its channel and platform know, and ends it for good after `limit` milliseconds. Resolves when it is gone. */
export async function endChild(child: ChildProcess, limit = patience): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((done) => child.once('exit', () => done()))
  if (child.connected) child.send({ type: 'stop' } satisfies HostMessage, () => undefined)
  // Windows knows no signals: there `kill` would end it without a farewell, and the message above is the way.
  else if (process.platform !== 'win32') child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), limit)
  await gone
  clearTimeout(timer)
}

/** Being asked to end: by signal, by a message of our parent, or because npm's shell died without passing the signal on. */
class Ending {
  asked = false
  #stop: (() => void) | null = null

  /** What to do when asked; replaces what was set before. Done at once if that has already happened. */
  by(stop: () => void): void {
    this.#stop = stop
    if (this.asked) stop()
  }

  watch(): this {
    // A terminal sends Ctrl-C to all of us and npm passes it on as well, so the second one is no impatience.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#ask())
    process.on('message', (message) => {
      if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'stop') this.#ask()
    })
    if (process.channel) process.on('disconnect', () => this.#ask())
    const parent = process.ppid
    if (process.platform !== 'win32' && environment().npm_lifecycle_event !== undefined) {
      setInterval(() => process.ppid !== parent && this.#ask(), 500).unref()
    }
    return this
  }

  #ask(): void {
    if (this.asked) return
    this.asked = true
    this.#stop?.()
  }
}

const ending = new Ending()

/** Brings `out/` up to date, with the output on stderr. False: the build failed, and has said why. */
async function build(): Promise<boolean> {
  const builder = join(root, '.ci', 'build.ts')
  if (!existsSync(builder)) return existsSync(built.serve)
  const note = setTimeout(() => say('Building Burrow …'), 1_000)
  const child = spawn(process.execPath, [builder], { cwd: root, stdio: ['ignore', 2, 2] })
  ending.by(() => child.kill())
  const code = await exitCode(child)
  clearTimeout(note)
  return code === 0
}

/** Runs a built program in our place: same input and output, signals passed on, its exit code ours. */
async function runBuilt(file: string, argv: readonly string[]): Promise<number> {
  if (!(await build())) return 1
  const { env, execArgv } = launchEnvironment()
  const child = spawn(process.execPath, [...execArgv, file, ...argv], { env, stdio: 'inherit' })
  ending.by(() => void endChild(child))
  return exitCode(child)
}

/** Tries the download of Electron once. Half a sentence on why there is none, null if there is. */
async function downloadElectron(folder: string): Promise<string | null> {
  say('Electron (about 100 MB) is downloaded once from GitHub. Ctrl-C and --no-download go without it.')
  const child = spawn(process.execPath, [join(folder, 'install.js')], { stdio: ['ignore', 'ignore', 'ignore'] })
  ending.by(() => child.kill('SIGKILL'))
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, downloadLimit)
  const code = await exitCode(child)
  clearTimeout(timer)
  if (late) return `the download of Electron took longer than ${downloadLimit / 1000} s`
  return code === 0 ? null : 'Electron could not be downloaded'
}

/** Runs the desktop app until it ends. */
async function runElectron(binary: string, options: StartOptions): Promise<ElectronEnd> {
  const { env } = launchEnvironment()
  // Set in the terminals of some editors; it would turn Electron into plain Node.
  delete env.ELECTRON_RUN_AS_NODE
  const began = performance.now()
  const flags = [root, ...options.settings, ...(options.hidden ? ['--hidden'] : [])]
  const child = spawn(binary, flags, { env, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk)
    if (said.length < 8_000) said += chunk.toString()
  })
  ending.by(() => {
    // Electron turns the signal into its own quit; the message is for Windows.
    if (process.platform !== 'win32') child.kill('SIGTERM')
    void endChild(child)
  })
  return new Promise((done) => {
    const end = (code: number | null, signal: string | null) => done({ code, signal, afterMs: performance.now() - began, said })
    child.once('error', (error) => {
      said += error.message
      end(127, null)
    })
    child.once('close', end)
  })
}

/**
 * The same instance without Electron, held by us through the messages of `instance-protocol.ts`.
 * @param open whether a browser is to show the window
 * @returns exit code, after it has ended
 */
async function runHeadless(settings: readonly string[], data: string, open: boolean): Promise<number> {
  const { env, execArgv } = launchEnvironment()
  const child = spawn(process.execPath, [...execArgv, built.serve], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  let shown: Promise<Shown | null> | null = null
  ending.by(() => {
    void shown?.then((window) => window?.close())
    void endChild(child)
  })
  const tell = (message: HostMessage) => child.send(message, () => undefined)
  child.on('message', (received) => {
    const message = received as InstanceMessage
    if (message.type === 'failed') say(message.sentence)
    else if (message.type === 'key-wrap' || message.type === 'key-unwrap')
      tell({ type: 'key-reply', id: message.id, ok: false, reason: 'unavailable' })
    else if (message.type === 'ready') {
      shown = open ? showInBrowser(message.signIn, join(data, 'browser')) : Promise.resolve(null)
      void shown.then((window) => {
        const where = window === null ? `at ${message.signIn}` : `in your browser, at ${message.owner}/app/. Ctrl-C ends it`
        process.stdout.write(`Burrow is open ${where}\n`)
      })
    }
  })
  tell({ type: 'start', argv: [...settings], keyStore: false })
  const code = await exitCode(child)
  await (await (shown as Promise<Shown | null> | null))?.close()
  return code
}

/** `npm start`. @returns exit code */
async function start(argv: readonly string[]): Promise<number> {
  const env = environment()
  const options = startOptions(argv, env)
  const { data } = readConfig(options.settings)
  if (!(await build())) return ending.asked ? 0 : 1
  const display = hasDisplay(process.platform, env)
  if (options.mode === 'headless') return runHeadless(options.settings, data, false)
  if (options.mode === 'browser') return runHeadless(options.settings, data, display)
  if (!display) {
    say('Burrow runs without a window, because there is no display here.')
    return runHeadless(options.settings, data, false)
  }
  const folder = join(root, 'node_modules', 'electron')
  let electron = electronBinary(folder, process.platform, env, disk)
  let why = 'missing' in electron ? electron.missing : ''
  if ('missing' in electron && options.download && existsSync(join(folder, 'install.js'))) {
    why = (await downloadElectron(folder)) ?? why
    electron = electronBinary(folder, process.platform, env, disk)
  }
  if (ending.asked) return 0
  if ('path' in electron) {
    const end = await runElectron(electron.path, options)
    if (ending.asked || !fallsBack(end)) return ending.asked ? 0 : (end.code ?? 1)
    why = whyElectronEnded(end)
  }
  say(`Burrow opens in a browser, because ${why}.`)
  return runHeadless(options.settings, data, true)
}

const help = `npm start [-- options]            the desktop app, or the same in a browser
  --browser               in a browser; --headless: only print the link
  --no-download           do not download Electron (BURROW_NO_ELECTRON_DOWNLOAD)
  --hidden                start in the background
npm run serve [-- options]        without a window
npm run burrow -- init|token|sign-in|doctor [options]
${flagHelp()}`

/** @returns exit code: 2 for what cannot be meant */
async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv
  if (argv.includes('--help')) {
    process.stdout.write(`${help}\n`)
    return 0
  }
  ending.watch()
  try {
    if (command === 'serve') {
      readConfig(rest)
      return await runBuilt(built.serve, rest)
    }
    if (command === 'burrow') return await runBuilt(built.cli, rest)
    return await start(argv)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    say(error.message)
    return error.exitCode
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
