import { overwriteGetLocale } from '../locales/generated/runtime.js'

export type Locale = 'en' | 'fr'

let current: Locale = $state('en')

// Messages read the locale at every call, so templates that call them follow a change without a reload.
overwriteGetLocale(() => current)

/** The language in use; reactive. */
export const locale = (): Locale => current

/** The language that fits the system best, of those we have. */
export function systemLocale(languages: readonly string[] = navigator.languages): Locale {
  for (const language of languages) {
    const base = language.slice(0, 2).toLowerCase()
    if (base === 'fr' || base === 'en') return base
  }
  return 'en'
}

/** Changes the language of the whole window at once. `system` follows the system's. */
export function useLocale(choice: 'system' | Locale): void {
  current = choice === 'system' ? systemLocale() : choice
  document.documentElement.lang = current
  document.documentElement.dir = 'ltr'
}
