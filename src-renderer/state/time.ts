const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000

const formatters = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>()
const once = <T extends Intl.DateTimeFormat | Intl.NumberFormat>(key: string, make: () => T): T => {
  const known = formatters.get(key) as T | undefined
  if (known) return known
  const made = make()
  formatters.set(key, made)
  return made
}

/** How long ago, as short as it can be said: now, 5m, 3h, Tue 14:02 (under a week), 3 Mar, 3 Mar 2024. Times in milliseconds. */
export function shortTime(at: number, now: number, locale: string, words: { now: string }): string {
  const age = now - at
  if (age < MINUTE) return words.now
  if (age < DAY) {
    const [unit, value] = age < HOUR ? (['minute', Math.floor(age / MINUTE)] as const) : (['hour', Math.floor(age / HOUR)] as const)
    if (locale === 'fr') return `${value}\u202f${unit === 'minute' ? 'min' : 'h'}`
    return once(`${locale}:${unit}`, () => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow' })).format(value)
  }
  const region = locale === 'en' ? 'en-GB' : locale
  if (age < 7 * DAY)
    return once(`${locale}:week`, () => new Intl.DateTimeFormat(region, { weekday: 'short', hour: '2-digit', minute: '2-digit' })).format(
      at,
    )
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return once(
    `${locale}:${sameYear}`,
    () => new Intl.DateTimeFormat(region, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }),
  ).format(at)
}

/** The full date and time, for tooltips and the focused post. */
export function longTime(at: number, locale: string): string {
  return once(
    `${locale}:long`,
    () => new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { dateStyle: 'medium', timeStyle: 'short' }),
  ).format(at)
}

/** The time of day if it is the same day, else the full date: when something was written that waits here. */
export function dayTime(at: number, now: number, locale: string): string {
  if (new Date(at).toDateString() !== new Date(now).toDateString()) return longTime(at, locale)
  return once(`${locale}:day`, () => new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { timeStyle: 'short' })).format(at)
}

/** A length of time in one unit, as short as it can be said: "3h", "2d". In milliseconds, at least a minute. */
export function shortLength(length: number, locale: string): string {
  const [unit, size] =
    length < HOUR ? (['minute', MINUTE] as const) : length < 2 * DAY ? (['hour', HOUR] as const) : (['day', DAY] as const)
  const value = Math.max(1, Math.round(length / size))
  if (locale === 'fr') return `${value}\u202f${unit === 'minute' ? 'min' : unit === 'hour' ? 'h' : 'j'}`
  return once(`${locale}:${unit}`, () => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow' })).format(value)
}

/** The name of a language in the language of the window; the code itself when it has no name. */
export function languageName(code: string, locale: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: 'language' }).of(code) ?? code
  } catch {
    return code
  }
}

/** Names as a sentence says them: "Cy and Pia", "Cy et Pia". Returns the parts so that names can be marked up. */
export function listParts(names: readonly string[], locale: string): { type: 'element' | 'literal'; value: string }[] {
  return new Intl.ListFormat(locale === 'en' ? 'en-GB' : locale, { type: 'conjunction' }).formatToParts(names)
}

/** A length of time in one unit: "5 minutes", "3 jours". In seconds. */
export function durationName(seconds: number, locale: string): string {
  const [unit, size] =
    seconds < 3600 ? (['minute', 60] as const) : seconds < 86_400 ? (['hour', 3600] as const) : (['day', 86_400] as const)
  return once(`${locale}:${unit}:long`, () => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' })).format(
    Math.round(seconds / size),
  )
}

/** A day in words: "3 March", with the year when it is another one. */
export function dayName(at: number, now: number, locale: string): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return once(
    `${locale}:${sameYear}:day`,
    () =>
      new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, {
        day: 'numeric',
        month: 'long',
        ...(sameYear ? {} : { year: 'numeric' }),
      }),
  ).format(at)
}

/** A day as a heading: "Tuesday, 3 March", with the year when it is another one. */
export function weekdayName(at: number, now: number, locale: string): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return once(
    `${locale}:${sameYear}:weekday`,
    () =>
      new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, {
        weekday: 'long',
        day: 'numeric',
        month: 'long',
        ...(sameYear ? {} : { year: 'numeric' }),
      }),
  ).format(at)
}
