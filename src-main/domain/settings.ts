import { AppError } from './errors.ts'
import { build, query } from '../store/query.ts'
import { setting } from './rows.ts'
import type { Domain } from './domain.ts'
import type { Visibility } from './types.ts'

/** What the owner has set, and the small things other rooms remember (tunnel, ports, push keys): JSON by key. */

export interface OwnerSettings {
  language: 'system' | 'en' | 'fr'
  theme: 'system' | 'light' | 'dark' | 'hc-light' | 'hc-dark'
  density: 'calm' | 'compact'
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
  /** For apps: show media as each post says, always, or never at once. */
  expandMedia: 'default' | 'show_all' | 'hide_all'
  /** For apps: open posts with a content warning at once. */
  expandWarnings: boolean
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
  expandMedia: 'default',
  expandWarnings: false,
}

const VALUES: { [K in keyof OwnerSettings]: readonly OwnerSettings[K][] | 'language' } = {
  language: ['system', 'en', 'fr'],
  theme: ['system', 'light', 'dark', 'hc-light', 'hc-dark'],
  density: ['calm', 'compact'],
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
  expandMedia: ['default', 'show_all', 'hide_all'],
  expandWarnings: [true, false],
}

/** Longest post the owner may set, and Mastodon's own limit (interface.md section 3). */
const MAX_CHARACTERS = { default: 500, least: 500, most: 20_000 }

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
  return typeof value === 'number' ? Math.min(MAX_CHARACTERS.most, Math.max(MAX_CHARACTERS.least, value)) : MAX_CHARACTERS.default
}
