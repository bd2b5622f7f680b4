import { AppError } from './errors.ts'
import { build, query } from '../store/query.ts'
import { setting } from './rows.ts'
import type { Domain } from './domain.ts'
import type { Visibility } from './types.ts'

/** What the owner has set, and the small things other rooms remember (tunnel, ports, push keys): JSON by key. */

export interface OwnerSettings {
  language: 'system' | 'en' | 'fr'
  theme: 'system' | 'light' | 'dark' | 'hc-light' | 'hc-dark'
  density: 'calm' | 'compact' | 'list'
  defaultVisibility: Visibility
  /** A language code, or '' for none. */
  defaultLanguage: string
  altReminder: 'remind' | 'require' | 'off'
  notifications: boolean
  closeToTray: boolean
  /** Who may quote the owner's posts, unless a post says otherwise. */
  quotePolicy: 'public' | 'followers' | 'nobody'
  /** Posts are shown only to servers that say who they are (authorized fetch), so that blocks hold. */
  secureMode: boolean
  /** Somebody blocked is told by a Block activity. Off: blocks stay at home. */
  sendBlocks: boolean
  /** What was missed while away is fetched by itself. */
  catchUp: boolean
  /** The client API and OAuth are served on the public listener too. */
  publicApi: boolean
  /** The client API is open to the local network, without TLS. */
  lanApi: boolean
  /** Media of a new post are behind a click unless it says otherwise. */
  defaultSensitive: boolean
  /** What the owner writes is Markdown unless a post says otherwise. */
  defaultFormat: 'plain' | 'markdown'
  /** How long a post may be. */
  maxCharacters: number
  /** For apps: show media as each post says, always, or never at once. */
  expandMedia: 'default' | 'show_all' | 'hide_all'
  /** For apps: open posts with a content warning at once. */
  expandWarnings: boolean
  /** Of the text of posts, in pixels. */
  textSize: 13 | 14 | 15 | 16 | 17 | 18 | 20
  postFont: 'atkinson' | 'literata' | 'system'
  accent: 'tide' | 'fern' | 'moss' | 'ochre' | 'brick' | 'rose' | 'plum' | 'slate'
  motion: 'system' | 'reduce'
  /** Newest first, or upward from the oldest unread. */
  direction: 'newest' | 'upward'
  /** At the very top, with the pointer at rest, new posts come in by themselves. */
  liveAtTop: boolean
  boosts: 'inline' | 'shelf' | 'hidden'
  foldThreads: boolean
  /** A picture without a description says so. */
  showNoAlt: boolean
  /** Moving pictures and emoji play while pointed at, or never. */
  animate: 'hover' | 'never'
  /** Pictures are a card with their description and size until asked for. */
  reducedData: boolean
  collapseNameEmoji: boolean
  /** Warnings that hold one of these words are opened at once. */
  openWarnings: readonly string[]
  /** "Everything received" stands in the sidebar. */
  everythingReceived: boolean
  announceNew: 'off' | 'count'
  /** Seconds that a post waits for second thoughts before it goes; 0: none. */
  undoSeconds: 0 | 5 | 10 | 20 | 30
  /** The further posts of a thread, after a first that is public. */
  threadVisibility: 'unlisted' | 'public'
  detectLanguage: boolean
  /** Content warnings to choose from. */
  warningPresets: readonly string[]
  /** Off until asked for: where the system has no dictionary, one comes from a third party. */
  spellcheck: boolean
  shortcutMode: 'on' | 'off' | 'focused'
  shortcutPreset: 'burrow' | 'mastodon' | 'phanpy'
  /** Keys the owner has set, by command; an empty list: none. */
  shortcuts: Readonly<Record<string, readonly string[]>>
  /** Lists, hashtags and searches in the sidebar, in order: `list:1`, `tag:mending`, `search:3`. */
  pinned: readonly string[]
  deck: boolean
  /** What stands in the columns of the deck: addresses such as `/home`, `/list/1`. */
  deckColumns: readonly DeckColumn[]
  /** Bytes that copies of others' media may take. */
  mediaBudget: number
  /** Bytes that copies of what is bookmarked, and of own posts, may take before it is said. */
  keptBudget: number
  /** The owner says that this connection costs by the byte: no system tells. */
  metered: boolean
  /** On a metered or slow connection, or on battery: fetch as ever, ask, or wait. */
  onMetered: 'go' | 'ask' | 'wait'
  onBattery: 'go' | 'ask' | 'wait'
  /** Steps of the setup list that are done with: `person`, `people`, `picture`, `tour`. */
  setupDone: readonly string[]
}

/** A column of the deck. */
export interface DeckColumn {
  /** An address of the window below `/app`. */
  at: string
  /** New posts do not come in by themselves. */
  muted: boolean
  hideBoosts: boolean
  hideReplies: boolean
  /** Pixels. */
  width: number
}

const DEFAULTS: OwnerSettings = {
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

/** A list of at most `most` short texts, none twice. */
const texts =
  (most: number, longest: number, pattern = /\S/) =>
  (value: unknown): boolean =>
    Array.isArray(value) &&
    value.length <= most &&
    new Set(value).size === value.length &&
    value.every((one) => typeof one === 'string' && one.length <= longest && pattern.test(one))

const bytes = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 50_000_000 && (value as number) <= 10 ** 13

const keySets = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length <= 200 &&
  Object.entries(value).every(([command, keys]) => /^[a-z][a-z0-9.-]{0,60}$/.test(command) && texts(4, 40)(keys))

const columns = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length <= 12 &&
  value.every((column: unknown) => {
    if (typeof column !== 'object' || column === null) return false
    const { at, muted, hideBoosts, hideReplies, width, ...rest } = column as Record<string, unknown>
    return (
      Object.keys(rest).length === 0 &&
      typeof at === 'string' &&
      /^\/[^\s]{0,300}$/.test(at) &&
      [muted, hideBoosts, hideReplies].every((one) => typeof one === 'boolean') &&
      typeof width === 'number' &&
      width >= 280 &&
      width <= 600
    )
  })

const VALUES: { [K in keyof OwnerSettings]: readonly OwnerSettings[K][] | 'language' | ((value: unknown) => boolean) } = {
  language: ['system', 'en', 'fr'],
  theme: ['system', 'light', 'dark', 'hc-light', 'hc-dark'],
  density: ['calm', 'compact', 'list'],
  defaultVisibility: ['public', 'unlisted', 'private', 'direct'],
  defaultLanguage: 'language',
  altReminder: ['remind', 'require', 'off'],
  notifications: [true, false],
  closeToTray: [true, false],
  quotePolicy: ['public', 'followers', 'nobody'],
  secureMode: [true, false],
  sendBlocks: [true, false],
  catchUp: [true, false],
  publicApi: [true, false],
  lanApi: [true, false],
  defaultSensitive: [true, false],
  defaultFormat: ['plain', 'markdown'],
  maxCharacters: (value) =>
    Number.isSafeInteger(value) && (value as number) >= MAX_CHARACTERS.least && (value as number) <= MAX_CHARACTERS.most,
  expandMedia: ['default', 'show_all', 'hide_all'],
  expandWarnings: [true, false],
  textSize: [13, 14, 15, 16, 17, 18, 20],
  postFont: ['atkinson', 'literata', 'system'],
  accent: ['tide', 'fern', 'moss', 'ochre', 'brick', 'rose', 'plum', 'slate'],
  motion: ['system', 'reduce'],
  direction: ['newest', 'upward'],
  liveAtTop: [true, false],
  boosts: ['inline', 'shelf', 'hidden'],
  foldThreads: [true, false],
  showNoAlt: [true, false],
  animate: ['hover', 'never'],
  reducedData: [true, false],
  collapseNameEmoji: [true, false],
  openWarnings: texts(100, 100),
  everythingReceived: [true, false],
  announceNew: ['off', 'count'],
  undoSeconds: [0, 5, 10, 20, 30],
  threadVisibility: ['unlisted', 'public'],
  detectLanguage: [true, false],
  warningPresets: texts(30, 200),
  spellcheck: [true, false],
  shortcutMode: ['on', 'off', 'focused'],
  shortcutPreset: ['burrow', 'mastodon', 'phanpy'],
  shortcuts: keySets,
  pinned: texts(50, 120, /^(?:list|search):\d{1,16}$|^tag:\S{1,100}$/),
  deck: [true, false],
  deckColumns: columns,
  mediaBudget: bytes,
  keptBudget: bytes,
  metered: [true, false],
  onMetered: ['go', 'ask', 'wait'],
  onBattery: ['go', 'ask', 'wait'],
  setupDone: texts(20, 40, /^[a-z-]+$/),
}

/** Longest post the owner may set, and Mastodon's own limit (interface.md section 3). */
const MAX_CHARACTERS = { least: 500, most: 20_000 }

const put = query<{ key: string; value: string }>()((p) =>
  build
    .insertInto('settings')
    .values({ key: p.key, value: p.value })
    .onConflict((c) => c.column('key').doUpdateSet({ value: p.value })),
)

/** Stores any JSON value under a key; no event. */
export function setSetting(d: Domain, key: string, value: unknown): void {
  put.run(d.store, { key, value: JSON.stringify(value ?? null) })
}

/** A language code as posts carry it (`fr`, `zh-Hant`), or null for none. Throws 'invalid' for anything that is not one. */
export function checkLanguage(language: string | null | undefined): string | null {
  if (!language) return null
  if (!/^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$/i.test(language)) {
    throw new AppError('invalid', 'The language must be a code such as "en" or "fr".', { reason: 'language-invalid' })
  }
  return language
}

export function settings(d: Domain): OwnerSettings {
  return { ...DEFAULTS, ...(setting(d, 'preferences') as Partial<OwnerSettings> | null) }
}

/** Changes some settings. A wrong name or value is 'invalid' and changes nothing. Event `settings-changed` if anything changed. */
export function updateSettings(d: Domain, patch: Partial<OwnerSettings>): OwnerSettings {
  return d.store.transaction(() => {
    const old = settings(d)
    const next = { ...old }
    for (const [key, value] of Object.entries(patch)) {
      const allowed = Object.hasOwn(VALUES, key) ? VALUES[key as keyof OwnerSettings] : undefined
      if (!allowed) throw new AppError('invalid', `There is no setting "${key.slice(0, 40)}".`, { params: { key: key.slice(0, 40) } })
      if (value === undefined) continue
      const fits =
        allowed === 'language'
          ? typeof value === 'string' && (value === '' || checkLanguage(value) !== null)
          : typeof allowed === 'function'
            ? allowed(value)
            : allowed.includes(value as never)
      if (!fits) throw new AppError('invalid', `"${key}" cannot be set to that.`, { params: { key } })
      Object.assign(next, { [key]: value })
    }
    if (JSON.stringify(next) !== JSON.stringify(old)) {
      setSetting(d, 'preferences', next)
      d.events.append('settings-changed', {})
    }
    return next
  })
}

/** How many characters a post may have. */
export function maxCharacters(d: Domain): number {
  const value = setting(d, 'maxCharacters')
  return typeof value === 'number' ? Math.min(MAX_CHARACTERS.most, Math.max(MAX_CHARACTERS.least, value)) : settings(d).maxCharacters
}
