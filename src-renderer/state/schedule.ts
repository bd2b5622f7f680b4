const two = (value: number) => String(value).padStart(2, '0')

/** A moment as a `datetime-local` field writes it: local time, to the minute. */
export function fieldTime(at: number): string {
  const date = new Date(at)
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`
}

/** The full hour `hour` of the next day, local time, in milliseconds. */
export function tomorrowAt(hour: number, now: number): number {
  const date = new Date(now)
  date.setDate(date.getDate() + 1)
  date.setHours(hour, 0, 0, 0)
  return date.getTime()
}

const MINUTE = 60_000
const UNITS: [RegExp, number][] = [
  [/^(?:minutes?|mins?|mn)$/, MINUTE],
  [/^(?:hours?|hrs?|h|heures?)$/, 60 * MINUTE],
  [/^(?:days?|d|jours?|j)$/, 24 * 60 * MINUTE],
  [/^(?:weeks?|semaines?)$/, 7 * 24 * 60 * MINUTE],
]
const NUMBERS = new Map(
  Object.entries({ a: 1, an: 1, one: 1, two: 2, three: 3, un: 1, une: 1, deux: 2, trois: 3, quatre: 4, four: 4, cinq: 5, five: 5 }),
)
const WEEKDAYS = [
  /\b(?:sunday|sun|dimanche|dim)\b/,
  /\b(?:monday|mon|lundi|lun)\b/,
  /\b(?:tuesday|tues?|mardi|mar)\b/,
  /\b(?:wednesday|wed|mercredi|mer)\b/,
  /\b(?:thursday|thurs?|thu|jeudi|jeu)\b/,
  /\b(?:friday|fri|vendredi|ven)\b/,
  /\b(?:saturday|sat|samedi|sam)\b/,
]
const MONTHS = [
  'jan(?:uary|vier)?',
  'feb(?:ruary)?|fev(?:rier)?',
  'mar(?:ch|s)',
  'apr(?:il)?|avr(?:il)?',
  'may|mai',
  'june?|juin',
  'july?|juil(?:let)?',
  'aug(?:ust)?|aout',
  'sep(?:t|tember|tembre)?',
  'oct(?:ober|obre)?',
  'nov(?:ember|embre)?',
  'dec(?:ember|embre)?',
]
/** Part of a day in words: the hour it stands for. */
const HOURS: [RegExp, number][] = [
  [/^(?:at )?noon$|^(?:a )?midi$/, 12],
  [/^(?:in the )?morning$|^(?:le )?matin$/, 9],
  [/^(?:in the )?afternoon$|^(?:l')?apres-midi$/, 15],
  [/^(?:in the )?evening$|^(?:le )?soir$/, 19],
]

/**
 * A time in words, English or French: "tomorrow 9", "demain 9h", "in 2 hours", "Friday 18:30", "le 3 mars à midi". Local time; a day
 * without an hour is its morning, an hour without a day the next time it strikes. Null for what says no time. It may lie in the past.
 */
export function momentOf(words: string, now: number): number | null {
  const text = words
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('\u2019', "'")
    .replace(/[\s,\u00a0\u202f]+/g, ' ')
    .replace(/\.$/, '')
    .trim()
  if (text === '' || text.length > 60) return null
  return lengthFrom(text, now) ?? dayAndHour(text, now)
}

function lengthFrom(text: string, now: number): number | null {
  if (/^(?:in half an hour|dans une demi-heure|dans une demi heure)$/.test(text)) return now + 30 * MINUTE
  const said = /^(?:in|dans) (\d{1,4}|[a-z]+) ?([a-z]+)(?: (?:and|et) (\d{1,2}|[a-z]+) ?([a-z]+))?$/.exec(text)
  if (!said) return null
  const of = (count: string | undefined, unit: string | undefined): number | null => {
    const number = NUMBERS.get(count ?? '') ?? Number(count)
    const size = UNITS.find(([name]) => name.test(unit ?? ''))?.[1]
    return Number.isFinite(number) && size !== undefined ? number * size : null
  }
  const first = of(said[1], said[2])
  const second = said[3] === undefined ? 0 : of(said[3], said[4])
  return first === null || second === null ? null : now + first + second
}

function dayAndHour(text: string, now: number): number | null {
  const day = dayOf(text, now)
  const rest = (day?.rest ?? text)
    .replace(/^(?:at|a|on|le|the)(?: |$)/, '')
    .replace(/ (?:at|a|on|le)$/, '')
    .trim()
  if (!day) {
    const time = hourOf(rest)
    if (!time) return null
    const at = atTime(now, time)
    return at > now ? at : atTime(daysOn(now, 1), time)
  }
  const time = rest === '' ? ([day.hour, 0] as const) : hourOf(rest, day.hour >= 18)
  if (!time) return null
  const at = atTime(day.at, time)
  // A weekday is the coming one: today only while its hour is still ahead.
  return day.weekday && at <= now ? atTime(daysOn(day.at, 7), time) : at
}

interface Day {
  at: number
  /** When nothing else is said. */
  hour: number
  weekday?: boolean
  /** What else is said. */
  rest: string
}

function dayOf(text: string, now: number): Day | null {
  const without = (found: RegExpExecArray) =>
    `${text.slice(0, found.index)} ${text.slice(found.index + found[0].length)}`.replace(/ +/g, ' ').trim()
  const near: [RegExp, number, number][] = [
    [/\b(?:the )?day after tomorrow\b|\bapres-demain\b|\bapres demain\b/, 2, 9],
    [/\btonight\b|\bce soir\b/, 0, 20],
    [/\btomorrow night\b|\btomorrow evening\b|\bdemain soir\b/, 1, 20],
    [/\btomorrow\b|\bdemain\b/, 1, 9],
    [/\btoday\b|\baujourd'hui\b/, 0, 9],
  ]
  for (const [name, days, hour] of near) {
    const found = name.exec(text)
    if (found) return { at: daysOn(now, days), hour, rest: without(found) }
  }
  const date = dateOf(text, now, without)
  if (date) return date
  for (const [index, name] of WEEKDAYS.entries()) {
    const found = new RegExp(`(?:\\b(?:next|on|this|le|ce) )?${name.source}(?: prochain\\b)?`).exec(text)
    if (found) return { at: daysOn(now, (index - new Date(now).getDay() + 7) % 7), hour: 9, weekday: true, rest: without(found) }
  }
  return null
}

function dateOf(text: string, now: number, without: (found: RegExpExecArray) => string): Day | null {
  const year = new Date(now).getFullYear()
  const made = (found: RegExpExecArray, y: number | null, month: number, day: number): Day | null => {
    const at = new Date(y ?? year, month, day, 12)
    if (at.getMonth() !== month || at.getDate() !== day) return null
    // A date that has gone by is next year's.
    if (y === null && at.getTime() < now - 24 * 60 * MINUTE) at.setFullYear(year + 1)
    return { at: at.getTime(), hour: 9, rest: without(found) }
  }
  const iso = /\b(\d{4})-(\d{1,2})-(\d{1,2})\b/.exec(text)
  if (iso) return made(iso, Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]))
  const slashed = /\b(\d{1,2})\/(\d{1,2})(?:\/(\d{4}))?\b/.exec(text)
  if (slashed) return made(slashed, slashed[3] ? Number(slashed[3]) : null, Number(slashed[2]) - 1, Number(slashed[1]))
  for (const [month, name] of MONTHS.entries()) {
    const after = new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th|er)? (?:of )?(?:${name})\\b(?: (\\d{4})\\b)?`).exec(text)
    if (after) return made(after, after[2] ? Number(after[2]) : null, month, Number(after[1]))
    const before = new RegExp(`\\b(?:${name}) (\\d{1,2})(?:st|nd|rd|th)?\\b(?!:|h)(?: (\\d{4})\\b)?`).exec(text)
    if (before) return made(before, before[2] ? Number(before[2]) : null, month, Number(before[1]))
  }
  return null
}

/** Hours and minutes; `late` reads a bare small number as an hour of the evening. */
function hourOf(text: string, late = false): readonly [number, number] | null {
  if (/^midnight$|^minuit$/.test(text)) return [24, 0]
  for (const [name, hour] of HOURS) if (name.test(text)) return [hour, 0]
  const said = /^(?:at |a )?(\d{1,2})(?: ?(?::|h|\.) ?(\d{2})| ?h| ?heures?| o'clock)? ?(am|pm|a\.m|p\.m)?(?: du (matin|soir))?$/.exec(text)
  if (!said) return null
  const minutes = Number(said[2] ?? 0)
  let hour = Number(said[1])
  if (hour > 24 || minutes > 59) return null
  const half = said[3]?.charAt(0) ?? (said[4] === 'soir' ? 'p' : said[4] === 'matin' ? 'a' : '')
  if (half !== '' && (hour > 12 || hour === 0)) return null
  if (half === 'p' && hour < 12) hour += 12
  else if (half === 'a' && hour === 12) hour = 0
  else if (half === '' && late && hour < 12) hour += 12
  return [hour, minutes]
}

function daysOn(at: number, days: number): number {
  const date = new Date(at)
  date.setDate(date.getDate() + days)
  return date.getTime()
}

function atTime(day: number, [hours, minutes]: readonly [number, number]): number {
  const date = new Date(day)
  date.setHours(hours, minutes, 0, 0)
  return date.getTime()
}

const region = (locale: string) => (locale === 'en' ? 'en-GB' : locale)

/** A moment ahead as a button says it: `18:30` today, `Thu 9:00` within a week, `3 Dec, 9:00` later. */
export function shortMoment(at: number, now: number, locale: string): string {
  const time = { hour: 'numeric', minute: '2-digit' } as const
  const days = Math.round((new Date(at).setHours(12) - new Date(now).setHours(12)) / 86_400_000)
  const day = days === 0 ? {} : days > 0 && days < 7 ? ({ weekday: 'short' } as const) : ({ day: 'numeric', month: 'short' } as const)
  return new Intl.DateTimeFormat(region(locale), { ...day, ...time }).format(at)
}

/** A moment ahead in full: `Thursday 19 November 2026 at 09:00`. */
export function longMoment(at: number, locale: string): string {
  return new Intl.DateTimeFormat(region(locale), { dateStyle: 'full', timeStyle: 'short' }).format(at)
}
