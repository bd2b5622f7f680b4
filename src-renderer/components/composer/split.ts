import { countOf, entitiesIn } from './count.ts'

/** As many posts as a thread holds (interface.md section 3). */
export const MOST_PARTS = 99
/** Room for ` (12/34)`. */
const NUMBER_ROOM = 8

/**
 * A text in parts that fit: at the ends of sentences where that is possible, else between words, else between characters. Links, mentions
 * and hashtags stay whole. `first` is what the first part has room for, when a warning takes some of it. `numbered` writes ` (1/3)` behind
 * each. Null when more than 99 parts would be needed.
 */
export function splitText(
  text: string,
  limit: number,
  options: { first?: number; numbered?: boolean; language?: string } = {},
): string[] | null {
  const room = (part: number) => (part === 0 ? (options.first ?? limit) : limit) - (options.numbered ? NUMBER_ROOM : 0)
  const parts: string[] = []
  let rest = text.trim()
  while (rest !== '') {
    if (parts.length === MOST_PARTS) return null
    const most = room(parts.length)
    if (most < 1) return null
    const end = countOf(rest) <= most ? rest.length : cutAt(rest, most, options.language)
    const part = rest.slice(0, end).trim()
    if (part !== '') parts.push(part)
    rest = rest.slice(end).trim()
  }
  return options.numbered && parts.length > 1 ? parts.map((part, index) => `${part} (${index + 1}/${parts.length})`) : parts
}

/** The last good place before which at most `most` characters stand. */
function cutAt(text: string, most: number, language: string | undefined): number {
  // A link counts 23 however long it is, so what fits may be longer than it looks; ten thousand letters hold any of it.
  const seen = text.slice(0, Math.max(4_000, most * 12))
  const entities = entitiesIn(seen)
  const inside = (at: number) => entities.some((entity) => entity.start < at && at < entity.end)
  const fits = (at: number) => countOf(seen.slice(0, at).trimEnd()) <= most
  /** The largest of ever larger places that fits. */
  const last = (places: readonly number[]): number => {
    let low = 0
    let high = places.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (fits(places[middle] ?? 0)) low = middle + 1
      else high = middle
    }
    return places[low - 1] ?? 0
  }
  const sentences = last(boundaries(seen, 'sentence', language).filter((at) => !inside(at)))
  // Half a post for the sake of a sentence that does not fit is too much white paper.
  if (sentences > 0 && countOf(seen.slice(0, sentences)) >= most / 4) return sentences
  const words = last([...seen.matchAll(/\s+/gu)].map((space) => space.index).filter((at) => at > 0 && !inside(at)))
  if (words > 0) return words
  const characters = last(boundaries(seen, 'grapheme', language).filter((at) => !inside(at)))
  // One link alone is longer than the limit allows: it cannot be helped.
  return characters > 0 ? characters : (entities[0]?.end ?? seen.length)
}

function boundaries(text: string, granularity: 'sentence' | 'grapheme', language: string | undefined): number[] {
  let segmenter: Intl.Segmenter
  try {
    segmenter = new Intl.Segmenter(language || undefined, { granularity })
  } catch {
    segmenter = new Intl.Segmenter(undefined, { granularity })
  }
  const found: number[] = []
  for (const { index } of segmenter.segment(text)) if (index > 0) found.push(index)
  return found
}
