/**
 * The verbs the desktop shell lends to the window, as `window.burrow`. Types only; the window imports nothing else from here.
 * In a browser `window.burrow` is undefined, and everything in the window works without it.
 */
export interface DesktopApi {
  /** `process.platform` of the shell: `win32`, `darwin`, `linux`, … */
  readonly platform: string

  /** Opens an http or https address in the person's browser. False: the address was refused (other scheme, broken, over 2,048 characters). */
  openExternal(url: string): Promise<boolean>

  /** Shows the data folder in the file manager. False: it could not be opened. */
  openDataFolder(): Promise<boolean>

  /** The number on the dock or taskbar icon; 0 takes it away. Whole numbers from 0 to 99,999, anything else is ignored. */
  setBadge(count: number): Promise<void>

  /**
   * A notification of the operating system; a click on it shows the window and hands `route` to `onRoute`.
   * Texts are cut at 200 and 500 characters. False: the system shows no notifications, or the route is not one of ours.
   */
  notify(note: { title: string; body: string; route: string }): Promise<boolean>

  /** Called with a place in the window, such as `/notifications` (below `/app`), that the person chose outside of it. Returns the way to stop listening. */
  onRoute(callback: (route: string) => void): () => void

  /** The theme of window frame, menus and dialogs, and of `prefers-color-scheme` in the page. Kept for the next start. */
  setTheme(theme: 'system' | 'light' | 'dark'): Promise<void>

  /** The language of menus, tray and dialogs; null follows the system. Kept for the next start. */
  setLanguage(language: 'en' | 'fr' | null): Promise<void>

  /** Whether closing the window leaves Burrow running in the background. `possible` is false where there would be no way back (no tray). */
  background(): Promise<{ possible: boolean; on: boolean }>
  setBackground(on: boolean): Promise<void>

  /** Whether Burrow starts, hidden, with the person's session. Answers what is so afterwards. */
  startAtLogin(): Promise<{ on: boolean }>
  setStartAtLogin(on: boolean): Promise<{ on: boolean }>

  /** Keys that open the composer from any program; `working` is false when another program holds them. */
  quickCompose(): Promise<{ keys: string | null; offered: readonly string[]; working: boolean }>
  setQuickCompose(keys: string | null): Promise<{ keys: string | null; offered: readonly string[]; working: boolean }>

  /** Whether `web+ap:` links of other programs open here, in the search. */
  linkHandler(): Promise<{ on: boolean }>
  setLinkHandler(on: boolean): Promise<{ on: boolean }>

  spelling(): Promise<Spelling>
  setSpelling(wanted: { on: boolean; languages: string[] }): Promise<Spelling>

  /** Opens the draft in a small window of its own, or brings that window to the front. False: the id is not one of ours. */
  openComposer(draftId: string): Promise<boolean>
  /** Whether the window that asks stays above all others. */
  keepOnTop(on: boolean): Promise<void>
  /** Closes the small window that asks and goes on with its draft in the main one. */
  popIn(draftId: string): Promise<boolean>

  /** Ends Burrow altogether, the instance included. */
  quit(): Promise<void>
}

/** The spell checker. `thirdParty`: each dictionary is fetched once from Google. `nextStart`: it works after the next start. */
export interface Spelling {
  on: boolean
  languages: string[]
  /** What can be chosen; empty where the system decides. */
  available: string[]
  thirdParty: boolean
  nextStart: boolean
}

declare global {
  interface Window {
    readonly burrow?: DesktopApi
  }
}
