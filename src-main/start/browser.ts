import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, posix, win32 } from 'node:path'
import { environment, type Environment } from '../config.ts'

/** A browser in place of the desktop window: which one, and how a secret link gets into it without standing in a process list. */

export type BrowserCommand = { file: string; arguments: string[]; ours: boolean }

/**
 * Ways to open a page, best first: a Chromium with its own profile and a window of its own (`ours`: ends with us), then the person's browser.
 * @param page absolute path of an HTML file that leads on to the link
 * @param profile folder for the profile of the app window
 */
export function browserCommands(
  platform: string,
  env: Environment,
  page: string,
  profile: string,
  exists: (path: string) => boolean,
): BrowserCommand[] {
  const path = platform === 'win32' ? win32 : posix
  const chromium = chromiums(platform, env).find(exists)
  const commands: BrowserCommand[] = []
  if (chromium) {
    const flags = [`--app=${fileUrl(platform, page)}`, `--user-data-dir=${profile}`, '--no-first-run', '--no-default-browser-check']
    commands.push({ file: chromium, arguments: flags, ours: true })
  }
  if (platform === 'win32') {
    const system = env.SystemRoot ?? env.SYSTEMROOT ?? 'C:\\Windows'
    commands.push({ file: path.join(system, 'System32', 'rundll32.exe'), arguments: ['url.dll,FileProtocolHandler', page], ours: false })
  } else if (platform === 'darwin') {
    commands.push({ file: '/usr/bin/open', arguments: [page], ours: false })
  } else {
    const opener = searchPath(env, 'xdg-open').find(exists)
    if (opener) commands.push({ file: opener, arguments: [page], ours: false })
  }
  return commands
}

function chromiums(platform: string, env: Environment): string[] {
  if (platform === 'win32') {
    const roots = [env.ProgramFiles, env['ProgramFiles(x86)'], env.LOCALAPPDATA].filter((root) => root !== undefined && root !== '')
    const places = [
      'Google\\Chrome\\Application\\chrome.exe',
      'Chromium\\Application\\chrome.exe',
      'Microsoft\\Edge\\Application\\msedge.exe',
    ]
    return places.flatMap((place) => roots.map((root) => win32.join(root ?? '', place)))
  }
  if (platform === 'darwin') {
    const names = ['Google Chrome', 'Chromium', 'Microsoft Edge']
    const roots = ['/Applications', ...(env.HOME ? [posix.join(env.HOME, 'Applications')] : [])]
    return names.flatMap((name) => roots.map((root) => `${root}/${name}.app/Contents/MacOS/${name}`))
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge-stable', 'microsoft-edge']
  return names.flatMap((name) => searchPath(env, name))
}

function searchPath(env: Environment, name: string): string[] {
  const folders = (env.PATH ?? '').split(':').filter((folder) => posix.isAbsolute(folder))
  return folders.map((folder) => posix.join(folder, name))
}

/** RFC 8089 without `pathToFileURL`, which follows the platform it runs on and not the one asked about. */
function fileUrl(platform: string, page: string): string {
  const path = platform === 'win32' ? `/${page.replaceAll('\\', '/')}` : page
  return `file://${path.split('/').map(encodeURIComponent).join('/').replaceAll('%3A', ':')}`
}

/**
 * The folder for the page with the link: the system's temporary one, but on Linux the home folder, because browsers from snap and flatpak
 * see a /tmp of their own and no hidden folders. The file inside is readable by its owner alone.
 */
export function linkFolder(platform: string, home: string, temporary: string): string {
  return platform === 'linux' ? home : temporary
}

/** A page that leads to the link at once, and by hand where scripts are off. The link never stands in an argument list. */
export function linkPage(link: string): string {
  const url = new URL(link)
  if (url.protocol !== 'http:' || url.hostname !== '127.0.0.1') throw new Error('Only links to our own window are opened.')
  const attribute = url.href.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  const script = JSON.stringify(url.href).replaceAll('<', '\\u003c')
  return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Burrow</title>
<style>html{color-scheme:light dark;font:17px system-ui}</style>
<script>location.replace(${script})</script><p><a href="${attribute}">Burrow</a>
`
}

export type Shown = { close: () => Promise<void> }

/** Opens a secret link in a browser, through a file that only we can read. Null: no browser took it. */
export async function showInBrowser(link: string, profile: string, find = browserCommands, folder?: string): Promise<Shown | null> {
  const within = await privateFolder(folder ?? linkFolder(process.platform, homedir(), tmpdir()))
  const page = join(within, 'burrow.html')
  const clean = () => rm(within, { recursive: true, force: true })
  await writeFile(page, linkPage(link), { mode: 0o600, flag: 'wx' })
  for (const command of find(process.platform, environment(), page, profile, existsSync)) {
    const child = spawn(command.file, command.arguments, { stdio: 'ignore', detached: !command.ours })
    const failed = await Promise.race([
      exitCode(child).then((code) => code !== 0),
      new Promise<false>((done) => setTimeout(() => done(false), 2_000)),
    ])
    if (failed) continue
    if (!command.ours) child.unref()
    // By then the browser has read it; the code inside is used up or expires by itself.
    const timer = setTimeout(() => void clean(), 30_000)
    return {
      close: async () => {
        clearTimeout(timer)
        if (command.ours) child.kill()
        await clean()
      },
    }
  }
  await clean()
  return null
}

async function privateFolder(wanted: string): Promise<string> {
  const name = 'burrow-window-'
  return mkdtemp(join(wanted, name)).catch(() => mkdtemp(join(tmpdir(), name)))
}

/** How a process ended; 127 if it could not be started, as shells say. */
export function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((done) => {
    child.once('error', () => done(127))
    child.once('exit', (code, signal) => done(code ?? (signal === null ? 1 : 128)))
  })
}
