import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { isOffered, type QuickKeys } from './quick-compose.ts'
import type { Language } from './words.ts'
import { zoomOf } from './zoom.ts'

export type Theme = 'system' | 'light' | 'dark'
export type Bounds = { x: number; y: number; width: number; height: number }

/** What the shell remembers by itself: only what is needed before the instance is there, or what belongs to this screen. */
export type Preferences = {
  theme: Theme
  language: Language | null
  /** Whether closing the window leaves Burrow running; null: not asked yet. */
  background: boolean | null
  bounds: Bounds | null
  maximised: boolean
  /** Size of everything, a step of zoom.ts. */
  zoom: number
  /** Keys for writing from anywhere; null: none. */
  quickCompose: QuickKeys | null
  /** `on` null: as the system has it, which means on where its own checker asks nobody (macOS). */
  spelling: { on: boolean | null; languages: string[] }
}

const defaults: Preferences = {
  theme: 'system',
  language: null,
  background: null,
  bounds: null,
  maximised: false,
  zoom: 1,
  quickCompose: null,
  spelling: { on: null, languages: [] },
}

/** Reads what is there and valid; a broken file costs the window its place, nothing more. */
export function parsePreferences(text: string): Preferences {
  let found: Record<string, unknown>
  try {
    const parsed: unknown = JSON.parse(text)
    found = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return { ...defaults }
  }
  const { theme, language, background, bounds, maximised, zoom, quickCompose, spelling } = found
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    language: language === 'en' || language === 'fr' ? language : null,
    background: typeof background === 'boolean' ? background : null,
    bounds: isBounds(bounds) ? { x: bounds.x, y: bounds.y, width: bounds.width, height: bounds.height } : null,
    maximised: maximised === true,
    zoom: zoomOf(zoom),
    quickCompose: isOffered(quickCompose) ? quickCompose : null,
    spelling: spellingIn(spelling),
  }
}

function spellingIn(value: unknown): Preferences['spelling'] {
  const { on, languages } = (typeof value === 'object' && value !== null ? value : {}) as { on?: unknown; languages?: unknown }
  return {
    on: typeof on === 'boolean' ? on : null,
    languages: Array.isArray(languages) ? languages.filter(isSpellingLanguage).slice(0, 8) : [],
  }
}

/** `en-GB`, `fr`, as Chromium names its dictionaries. */
export const isSpellingLanguage = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$/.test(value)

function isBounds(value: unknown): value is Bounds {
  if (typeof value !== 'object' || value === null) return false
  const { x, y, width, height } = value as Partial<Bounds>
  return [x, y, width, height].every((number) => Number.isSafeInteger(number)) && Number(width) > 0 && Number(height) > 0
}

/** The preferences in a file; every change is on disk when `set` returns, whole or not at all. */
export class PreferenceFile {
  readonly #path: string
  #now: Preferences

  constructor(path: string) {
    this.#path = path
    this.#now = { ...defaults }
    try {
      this.#now = parsePreferences(readFileSync(path, 'utf8'))
    } catch {
      // The first start: there is no file yet.
    }
  }

  get(): Readonly<Preferences> {
    return this.#now
  }

  set(change: Partial<Preferences>): void {
    this.#now = { ...this.#now, ...change }
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
      writeFileSync(`${this.#path}.new`, `${JSON.stringify(this.#now, null, 2)}\n`, { mode: 0o600 })
      renameSync(`${this.#path}.new`, this.#path)
    } catch {
      // A full disk: the choice holds until the end of this run.
    }
  }
}
