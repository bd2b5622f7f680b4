/** One thing the palette can do or open. `id` is stable, so that what is used often comes first. */
export interface PaletteEntry {
  id: string
  kind: 'command' | 'place' | 'setting' | 'person' | 'tag' | 'draft' | 'address' | 'search'
  label: string
  /** Shown after the label, and searched too. */
  hint?: string
  keys?: readonly string[]
  run: () => void
}

/** What a first letter narrows the palette to. */
export type Scope = 'all' | 'command' | 'person' | 'tag' | 'draft' | 'help'
const SCOPES: Readonly<Record<string, Scope>> = { '>': 'command', '@': 'person', '#': 'tag', '!': 'draft', '?': 'help' }

/** Splits what was typed into scope and words. An address is its own thing. */
export function scopeOf(typed: string): { scope: Scope; words: string; address: string | null } {
  const text = typed.trim()
  if (/^https?:\/\/\S+$/i.test(text)) return { scope: 'all', words: text, address: text }
  const scope = SCOPES[text[0] ?? '']
  return { scope: scope ?? 'all', words: scope ? text.slice(1).trim() : text, address: null }
}

const fold = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase()

/** How well `words` fit `text`: 0 not at all; more when they stand at its beginning, at the beginning of words, or together. */
export function fit(words: string, text: string): number {
  const wanted = fold(words).split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return 1
  const inside = fold(text)
  let score = 0
  for (const word of wanted) {
    const at = inside.indexOf(word)
    if (at === 0) score += 8
    else if (at > 0) score += /[\s\p{P}]/u.test(inside[at - 1] ?? '') ? 5 : 2
    else {
      // Letters in their order, as initials are typed: `gh` finds "Go home".
      let from = -1
      for (const letter of word) {
        from = inside.indexOf(letter, from + 1)
        if (from < 0) return 0
      }
      score += word.length > 4 ? 0.25 : 0.5
    }
  }
  return score / wanted.length + 1 / (8 + inside.length)
}

/** How often and when something was chosen. */
export type Used = Record<string, { times: number; at: number }>
const DAY = 86_400_000
/** More than this is never remembered. */
const MOST = 200

/** What use is worth: often and lately counts; after a month it is nothing. */
export function worth(used: { times: number; at: number } | undefined, now: number): number {
  if (!used) return 0
  const age = Math.max(0, now - used.at) / DAY
  return age > 30 ? 0 : (Math.min(used.times, 12) / 12 + 1) * (1 - age / 30)
}

/** What has been chosen once more; the least worth are forgotten. */
export function remember(used: Used, id: string, now: number): Used {
  const next = { ...used, [id]: { times: (used[id]?.times ?? 0) + 1, at: now } }
  return Object.fromEntries(
    Object.entries(next)
      .toSorted(([, a], [, b]) => worth(b, now) - worth(a, now))
      .slice(0, MOST),
  )
}

/** Those that fit, the best first: what was typed first, then what is used often and lately. */
export function rank(entries: readonly PaletteEntry[], words: string, used: Used, now: number, most = 40): PaletteEntry[] {
  return entries
    .map((entry, place) => {
      const label = fit(words, entry.label)
      const found = label || (entry.hint && words.length > 1 ? fit(words, entry.hint) * 0.4 : 0)
      return { entry, place, score: found === 0 ? 0 : found + worth(used[entry.id], now) * (words === '' ? 10 : 1.5) }
    })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || a.place - b.place)
    .slice(0, most)
    .map(({ entry }) => entry)
}
