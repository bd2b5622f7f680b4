import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Language } from './words.ts'

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
}

const defaults: Preferences = { theme: 'system', language: null, background: null, bounds: null, maximised: false }

/** Reads what is there and valid; a broken file costs the window its place, nothing more. */
export function parsePreferences(text: string): Preferences {
  let found: Record<string, unknown>
  try {
    const parsed: unknown = JSON.parse(text)
    found = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return { ...defaults }
  }
  const { theme, language, background, bounds, maximised } = found
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    language: language === 'en' || language === 'fr' ? language : null,
    background: typeof background === 'boolean' ? background : null,
    bounds: isBounds(bounds) ? { x: bounds.x, y: bounds.y, width: bounds.width, height: bounds.height } : null,
    maximised: maximised === true,
  }
}

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
