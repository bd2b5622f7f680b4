import en from '../../resources/locales/en.json' with { type: 'json' }
import fr from '../../resources/locales/fr.json' with { type: 'json' }

/** Words of the pages for people and of notifications, in the reader's or the owner's language (design 4). */
export type Language = 'en' | 'fr'
export type WordKey = keyof typeof en
export interface Words {
  language: Language
  /** The words under a key; `{name}` is filled in from `params`, `count` chooses among plural forms. Plain text: escape it yourself. */
  say(key: WordKey, params?: Record<string, string | number>): string
  /** A day in the reader's words, `12 May 2026`. */
  day(ms: number): string
}

const TEXTS: Record<Language, Record<string, unknown>> = { en, fr }

export function wordsIn(language: Language): Words {
  const plural = new Intl.PluralRules(language)
  const days = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'fr-FR', { dateStyle: 'long', timeZone: 'UTC' })
  const numbers = new Intl.NumberFormat(language)
  return {
    language,
    say(key, params = {}) {
      const found = TEXTS[language][key]
      const forms = typeof found === 'string' ? { other: found } : (found as Record<string, string>)
      const form = typeof params.count === 'number' ? (forms[plural.select(params.count)] ?? forms.other) : forms.other
      return (form as string).replace(/\{(\w+)\}/g, (_all, name: string) => {
        const value = params[name] ?? ''
        return typeof value === 'number' ? numbers.format(value) : value
      })
    },
    day: (ms) => days.format(ms),
  }
}

/** The best of our languages for an `Accept-Language` field, English if none fits. */
export function languageOf(accepted: string | undefined): Language {
  let best: Language = 'en'
  let weight = 0
  for (const part of (accepted ?? '').slice(0, 500).split(',')) {
    const [range = '', ...parameters] = part.trim().toLowerCase().split(';')
    const quality = parameters.map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1]).find((value) => value !== undefined)
    const q = quality === undefined ? 1 : Number(quality)
    const language = range.split('-')[0]
    if ((language === 'en' || language === 'fr') && q > weight) {
      best = language
      weight = q
    }
  }
  return best
}
