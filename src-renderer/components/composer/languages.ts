import { languageName } from '../../state/time.ts'

const COMMON = [
  'en',
  'fr',
  'de',
  'es',
  'it',
  'pt',
  'nl',
  'ca',
  'eu',
  'gl',
  'br',
  'oc',
  'da',
  'sv',
  'nb',
  'fi',
  'is',
  'pl',
  'cs',
  'sk',
  'hu',
  'ro',
  'el',
  'tr',
  'ru',
  'uk',
  'ar',
  'fa',
  'he',
  'hi',
  'ja',
  'ko',
  'zh',
  'vi',
  'id',
  'eo',
  'cy',
  'ga',
]

/** The languages a post can be in: those at hand first, the others by name. Codes of BCP 47. */
export function languageChoices(first: readonly string[], locale: string): { code: string; name: string }[] {
  const near = [...new Set(first.filter(Boolean))]
  const rest = COMMON.filter((code) => !near.includes(code))
  const named = (code: string) => ({ code, name: capital(languageName(code, locale), locale) })
  const collator = new Intl.Collator(locale)
  return [...near.map(named), ...rest.map(named).toSorted((a, b) => collator.compare(a.name, b.name))]
}

/** Names of languages stand alone in a menu, so they begin with a capital in French too. */
export const capital = (name: string, locale: string): string => name.slice(0, 1).toLocaleUpperCase(locale) + name.slice(1)

const RECENT = 'burrow.languages'
const MOST_RECENT = 3

/** The languages that were chosen last, the latest first. */
export function recentLanguages(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(RECENT) ?? '[]')
    return Array.isArray(stored) ? stored.filter((code): code is string => typeof code === 'string' && /^[a-z-]{2,12}$/i.test(code)) : []
  } catch {
    return []
  }
}

export function rememberLanguage(code: string): void {
  const next = [code, ...recentLanguages().filter((one) => one !== code)].slice(0, MOST_RECENT)
  try {
    localStorage.setItem(RECENT, JSON.stringify(next))
  } catch {
    // A full store: the list stays as it was.
  }
}
