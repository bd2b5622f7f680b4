import { m } from '../locales/generated/messages.js'
import type { Settings } from '../../src-main/owner-api/contract.ts'
import { OwnerApiError } from '../api/owner.ts'
import { locale, systemLocale, useLocale } from './locale.svelte.ts'
import type { Ground } from './ground.ts'

export const DEFAULT_SETTINGS: Settings = {
  language: 'system',
  theme: 'system',
  density: 'calm',
  defaultVisibility: 'public',
  defaultLanguage: '',
  altReminder: 'remind',
  notifications: true,
  closeToTray: true,
  quotePolicy: 'public',
  secureMode: false,
  sendBlocks: false,
  catchUp: true,
  publicApi: false,
  lanApi: false,
  defaultSensitive: false,
  defaultFormat: 'plain',
  maxCharacters: 500,
  expandMedia: 'default',
  expandWarnings: false,
  textSize: 15,
  postFont: 'atkinson',
  accent: 'tide',
  motion: 'system',
  direction: 'newest',
  liveAtTop: false,
  boosts: 'shelf',
  foldThreads: true,
  showNoAlt: false,
  animate: 'hover',
  reducedData: false,
  collapseNameEmoji: true,
  openWarnings: [],
  everythingReceived: false,
  announceNew: 'off',
  undoSeconds: 10,
  threadVisibility: 'unlisted',
  detectLanguage: true,
  warningPresets: [],
  spellcheck: false,
  shortcutMode: 'on',
  shortcutPreset: 'burrow',
  shortcuts: {},
  pinned: [],
  deck: false,
  deckColumns: [],
  mediaBudget: 2_000_000_000,
  keptBudget: 10_000_000_000,
  metered: false,
  onMetered: 'ask',
  onBattery: 'go',
  setupDone: [],
}

/** What the owner has set. A change shows at once and goes back if it could not be kept. */
export class OwnerSettings {
  current: Settings = $state.raw(DEFAULT_SETTINGS)
  #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
    ground.live.onowner((event) => {
      if (event.type === 'settings') this.#adopt(event.settings)
      else if (event.type === 'profile') void ground.session.loadMe()
    })
  }

  /** Pictures are cards with their size until they are asked for: always, or while the connection costs by the byte. */
  get savesData(): boolean {
    const { reducedData, metered, onMetered } = this.current
    return reducedData || (metered && onMetered !== 'go')
  }

  /** The language new posts start in. */
  get postLanguage(): string {
    return this.current.defaultLanguage || locale()
  }

  async load(): Promise<void> {
    const told = this.#ground.session.state?.settings
    if (told) this.#adopt(told)
    try {
      this.#adopt(await this.#ground.session.owner.settings())
    } catch {
      // What the session told stays.
    }
  }

  /** True if it was kept. */
  async change(change: Partial<Settings>): Promise<boolean> {
    const before = this.current
    this.#adopt({ ...before, ...change })
    try {
      const kept = await this.#ground.session.owner.changeSettings(change)
      // Of the answer only what was asked: the rest may have been changed elsewhere since it was written.
      const asked = Object.keys(change) as (keyof Settings)[]
      this.#adopt({ ...this.current, ...Object.fromEntries(asked.map((key) => [key, kept[key]])) })
      return true
    } catch (error) {
      this.#adopt(before)
      const full = error instanceof OwnerApiError && error.code === 'disk-full'
      const away = error instanceof OwnerApiError && error.code === 'unreachable'
      this.#ground.toasts.show({
        text: full ? m.failure_disk_full() : away ? m.failure_unreachable() : m.settings_not_kept(),
        tone: 'assertive',
      })
      return false
    }
  }

  #adopt(settings: Settings): void {
    const before = this.current
    this.current = settings
    const { session, desktop } = this.#ground
    if (session.state) session.state = { ...session.state, settings }
    const root = document.documentElement
    if (settings.theme === 'system') delete root.dataset['theme']
    else root.dataset['theme'] = settings.theme
    if (settings.density === 'calm') delete root.dataset['density']
    else root.dataset['density'] = settings.density
    root.dataset['accent'] = settings.accent
    if (settings.motion === 'reduce') root.dataset['motion'] = 'reduce'
    else delete root.dataset['motion']
    if (settings.postFont === 'atkinson') delete root.dataset['font']
    else root.dataset['font'] = settings.postFont
    if (settings.textSize === 15) root.style.removeProperty('--post-size')
    else root.style.setProperty('--post-size', `${settings.textSize / 16}rem`)
    this.#ground.commands.configure({
      mode: settings.shortcutMode,
      preset: settings.shortcutPreset,
      own: settings.shortcuts,
      browser: this.#ground.desktop === null,
    })
    const wanted = settings.language === 'system' ? systemLocale() : settings.language
    if (wanted !== locale() || root.lang !== wanted) useLocale(settings.language)
    if (!desktop) return
    if (before.theme !== settings.theme)
      void desktop.setTheme(settings.theme === 'hc-light' ? 'light' : settings.theme === 'hc-dark' ? 'dark' : settings.theme)
    if (before.language !== settings.language) void desktop.setLanguage(settings.language === 'system' ? null : settings.language)
  }
}
