import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type * as E from 'electron'

/** Where Burrow is, as the system is to start it: the program, and what comes before `--hidden`. */
export type Launch = { program: string; argv: readonly string[] }

type App = Pick<E.App, 'getLoginItemSettings' | 'setLoginItemSettings'>

/**
 * The file that desktops on Linux read at login (freedesktop.org, Desktop Application Autostart). Words of `Exec` are quoted as the Desktop
 * Entry Specification asks: backslash before \ " ` $, and a percent sign doubled.
 */
export function autostartEntry({ program, argv }: Launch): string {
  const quoted = (word: string) =>
    `"${word
      .replaceAll(/[\\"`$]/g, (sign) => `\\${sign}`)
      // The value itself is unescaped once more before it is split into words.
      .replaceAll('\\', '\\\\')
      .replaceAll('\n', '\\n')
      .replaceAll('\r', '\\r')
      .replaceAll('%', '%%')}"`
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Burrow',
    `Exec=${[program, ...argv, '--hidden'].map(quoted).join(' ')}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/** Its place. @param config `XDG_CONFIG_HOME`, if it is set */
export function autostartFile(home: string, config: string | undefined): string {
  return join(config !== undefined && config.startsWith('/') ? config : join(home, '.config'), 'autostart', 'burrow.desktop')
}

/** Starting with the session of the person: off until they want it, hidden when it happens. */
export class LoginItem {
  readonly #platform: string
  readonly #app: App
  readonly #launch: Launch
  readonly #file: string

  constructor(parts: { platform: string; app: App; launch: Launch; file: string }) {
    this.#platform = parts.platform
    this.#app = parts.app
    this.#launch = parts.launch
    this.#file = parts.file
  }

  get on(): boolean {
    if (this.#platform === 'linux') return existsSync(this.#file)
    return this.#app.getLoginItemSettings(this.#native()).openAtLogin
  }

  /** True if it is so now. */
  set(on: boolean): boolean {
    try {
      if (this.#platform !== 'linux') this.#app.setLoginItemSettings({ openAtLogin: on, ...this.#native() })
      else if (!on) rmSync(this.#file, { force: true })
      else {
        mkdirSync(dirname(this.#file), { recursive: true })
        writeFileSync(this.#file, autostartEntry(this.#launch), { mode: 0o644 })
      }
    } catch {
      // A folder that cannot be written: what is so is told, not what was wanted.
    }
    return this.on === on
  }

  /** Windows compares program and arguments; macOS wants neither. */
  #native(): { path?: string; args?: string[] } {
    return this.#platform === 'win32' ? { path: this.#launch.program, args: [...this.#launch.argv, '--hidden'] } : {}
  }
}
