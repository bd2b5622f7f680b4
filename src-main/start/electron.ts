import { posix, win32 } from 'node:path'
import type { Environment } from '../config.ts'

/** Whether and why Electron can be used, as pure functions: only Linux can be run while developing, so they are tested for all three. */

/** What these functions may ask of the disk. */
export type Disk = {
  /** Text of a file, null if there is none. */
  read: (path: string) => string | null
  exists: (path: string) => boolean
}

const paths = (platform: string) => (platform === 'win32' ? win32 : posix)

/**
 * Where Electron's binary is, or why it cannot be used, as half a sentence. Never imports the package: under Node that would start a download.
 * @param folder `node_modules/electron`
 */
export function electronBinary(folder: string, platform: string, env: Environment, disk: Disk): { path: string } | { missing: string } {
  const path = paths(platform)
  if (env.ELECTRON_EXEC_PATH) {
    return disk.exists(env.ELECTRON_EXEC_PATH)
      ? { path: env.ELECTRON_EXEC_PATH }
      : { missing: 'ELECTRON_EXEC_PATH names a file that is not there' }
  }
  const manifest = disk.read(path.join(folder, 'package.json'))
  if (manifest === null) return { missing: 'Electron is not installed' }
  const relative = disk.read(path.join(folder, 'path.txt'))?.trim()
  if (env.ELECTRON_OVERRIDE_DIST_PATH) {
    const binary = path.join(env.ELECTRON_OVERRIDE_DIST_PATH, relative || binaryName(platform))
    return disk.exists(binary) ? { path: binary } : { missing: 'ELECTRON_OVERRIDE_DIST_PATH names a folder without Electron' }
  }
  if (!relative) return { missing: 'Electron has not been downloaded yet' }
  const binary = path.join(folder, 'dist', relative)
  if (!disk.exists(binary)) return { missing: 'the download of Electron is incomplete' }
  const wanted = versionOf(manifest)
  const found = disk
    .read(path.join(folder, 'dist', 'version'))
    ?.trim()
    .replace(/^v/, '')
  return wanted !== null && found === wanted ? { path: binary } : { missing: 'the downloaded Electron has another version' }
}

function binaryName(platform: string): string {
  if (platform === 'win32') return 'electron.exe'
  return platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron'
}

function versionOf(manifest: string): string | null {
  const parsed: unknown = JSON.parse(manifest)
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed && typeof parsed.version === 'string' ? parsed.version : null
}

/** Whether a window could appear: on Linux a display server, elsewhere anything but a remote shell. */
export function hasDisplay(platform: string, env: Environment): boolean {
  if (platform === 'win32') return true
  if (platform === 'darwin') return !env.SSH_CONNECTION
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
}

export type ElectronEnd = { code: number | null; signal: string | null; afterMs: number; said: string }

/** Half a sentence on why Electron ended at once, from what it said on stderr. */
export function whyElectronEnded({ code, signal, said }: ElectronEnd): string {
  const library = /error while loading shared libraries: ([\w.+-]+)/.exec(said)?.[1]
  if (library) return `Electron misses the system library ${library}`
  if (/Running as root without --no-sandbox/i.test(said)) return 'Electron does not run as root'
  if (/SUID sandbox|No usable sandbox|user namespaces?|userns|credentials\.cc/i.test(said))
    return 'this system forbids the sandbox of Electron'
  if (/Missing X server|cannot open display|Unable to open X display|Failed to connect to Wayland/i.test(said)) return 'no display answered'
  if (/spawn .*E(ACCES|NOENT|PERM)/.test(said)) return 'Electron could not be started'
  return signal ? `Electron was ended by ${signal}` : `Electron ended at once with exit code ${code ?? 'unknown'}`
}

/** Exit code 2 is ours: the sentence has been said, headless would only say it again. */
export function fallsBack({ code, signal, afterMs }: ElectronEnd): boolean {
  return afterMs < 3_000 && code !== 2 && (code !== 0 || signal !== null)
}
