import type * as E from 'electron'
import type { Bounds, Preferences } from './preferences.ts'

/** `--canvas` of the look's tokens: the window has the colour of the page before there is a page, so nothing flashes white. */
const canvas = { light: '#ECEAE4', dark: '#121412' }
const smallest = { width: 380, height: 480 }
const usual = { width: 1_240, height: 860 }

/** The remembered place if enough of it lies on a screen that is still there to take hold of, shrunk to that screen; else null. */
export function placeOnScreen(bounds: Bounds | null, screens: readonly Bounds[]): Bounds | null {
  if (!bounds) return null
  for (const screen of screens) {
    const width = Math.min(bounds.x + bounds.width, screen.x + screen.width) - Math.max(bounds.x, screen.x)
    const reachable = bounds.y >= screen.y - 8 && bounds.y + 40 <= screen.y + screen.height
    if (width < 120 || !reachable) continue
    return {
      x: bounds.x,
      y: bounds.y,
      width: Math.max(smallest.width, Math.min(bounds.width, screen.width)),
      height: Math.max(smallest.height, Math.min(bounds.height, screen.height)),
    }
  }
  return null
}

/**
 * How the window is made. The three web preferences are Electron's defaults, written out because everything rests on them. Without the
 * owner's word there is no spell checker: it would fetch its dictionaries from a third party nobody was asked about.
 */
export function windowOptions(input: {
  platform: string
  dark: boolean
  preload: string
  icon: string
  place: Bounds | null
  /** The spell checker, where the owner wants it. */
  spellcheck: boolean
}): E.BrowserWindowConstructorOptions {
  return {
    ...usual,
    ...input.place,
    minWidth: smallest.width,
    minHeight: smallest.height,
    show: false,
    title: 'Burrow',
    icon: input.icon,
    backgroundColor: input.dark ? canvas.dark : canvas.light,
    autoHideMenuBar: input.platform !== 'darwin',
    webPreferences: {
      preload: input.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: input.spellcheck,
    },
  }
}

export function canvasColour(dark: boolean): string {
  return dark ? canvas.dark : canvas.light
}

/** What closing the window means. Without a way back (no tray, no dock) a hidden window would be lost, so it means quitting. */
export function closing(input: {
  quitting: boolean
  wayBack: boolean
  background: Preferences['background']
}): 'close' | 'hide' | 'ask' | 'quit' {
  if (input.quitting) return 'close'
  if (!input.wayBack) return 'quit'
  if (input.background === null) return 'ask'
  return input.background ? 'hide' : 'quit'
}

/** The small window for one draft: the same page, the same guards, above the others if its owner wants. */
export function composerOptions(whole: E.BrowserWindowConstructorOptions): E.BrowserWindowConstructorOptions {
  const { x: _x, y: _y, ...rest } = whole
  return { ...rest, width: 560, height: 640, minWidth: smallest.width, minHeight: smallest.height, fullscreenable: false }
}

/** As the window mints them (`crypto.randomUUID`). */
export function isDraftId(id: unknown): id is string {
  return typeof id === 'string' && /^[0-9a-f-]{36}$/i.test(id)
}

/** A place in the window: one slash first (two would be another host), no control characters, at most 2,048 characters. */
export function isRoute(route: unknown): route is string {
  return typeof route === 'string' && route.length <= 2_048 && /^\/(?![/\\])[^\u0000-\u0020\u007f]*$/.test(route)
}

/**
 * The place for a fediverse link (`web+ap://host/path`, github.com/cheeaun/phanpy#367) among the arguments of a start. It only ever
 * opens in the search: a link must not follow, post or sign in. Null: there is none.
 */
export function routeOfArguments(argv: readonly string[]): string | null {
  const link = argv.find((word) => /^web\+ap:/i.test(word))
  if (link === undefined || link.length > 1_024) return null
  const address = URL.parse(link.replace(/^web\+ap:(\/\/)?/i, 'https://'))
  if (!address || address.hostname === '' || address.username !== '' || address.password !== '') return null
  return `/search?q=${encodeURIComponent(address.href)}`
}
