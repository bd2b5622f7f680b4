import type * as E from 'electron'
import type { Words } from './words.ts'

/**
 * Whether a hidden window can be found again. macOS has the dock, Windows always has the tray. On Linux it depends on the desktop: plain
 * GNOME shows no tray without an extension (Ubuntu's ships one), and an icon that nobody draws is reported by nobody.
 * @param desktop `XDG_CURRENT_DESKTOP`, a list with colons such as `ubuntu:GNOME`
 */
export function hasWayBack(platform: string, desktop: string | undefined): boolean {
  if (platform === 'darwin' || platform === 'win32') return true
  const names = (desktop ?? '').toLowerCase().split(':')
  if (names.includes('gnome')) return names.includes('ubuntu')
  return names.some((name) =>
    ['kde', 'xfce', 'x-cinnamon', 'cinnamon', 'mate', 'lxqt', 'lxde', 'budgie', 'unity', 'deepin', 'pantheon', 'ukui'].includes(name),
  )
}

/** Its file in resources/: macOS colours templates itself, elsewhere the mark stands on paper and reads on light and dark panels. */
export function trayIcon(platform: string): string {
  return platform === 'darwin' ? 'trayTemplate.png' : 'tray.png'
}

export type TrayActions = { open: () => void; write: () => void; quit: () => void }

export function trayMenu(words: Words, actions: TrayActions): E.MenuItemConstructorOptions[] {
  return [
    { label: words('tray_open'), click: actions.open },
    { label: words('tray_write'), click: actions.write },
    { type: 'separator' },
    { label: words('tray_quit'), click: actions.quit },
  ]
}
