/** A stretch of a text that stayed, came or went. */
export interface Stretch {
  kind: 'same' | 'added' | 'removed'
  text: string
}

/** Beyond this many comparisons two texts are shown one after the other. */
const MOST = 4_000_000

/** Words, and what stands between them, by the rules of the language. */
const wordsOf = (text: string, language: string | undefined): string[] => {
  try {
    return [...new Intl.Segmenter(language, { granularity: 'word' }).segment(text)].map((part) => part.segment)
  } catch {
    return [...new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)].map((part) => part.segment)
  }
}

/** What has to be done to one text to make the other of it, word by word, with as much kept as can be. */
export function difference(before: string, after: string, language?: string | null): Stretch[] {
  const a = wordsOf(before, language || undefined)
  const b = wordsOf(after, language || undefined)
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  const found: Stretch[] = []
  const say = (kind: Stretch['kind'], text: string) => {
    const last = found.at(-1)
    if (text === '') return
    if (last?.kind === kind) last.text += text
    else found.push({ kind, text })
  }
  say('same', a.slice(0, start).join(''))
  const x = a.slice(start, a.length - end)
  const y = b.slice(start, b.length - end)
  if (x.length * y.length > MOST) {
    say('removed', x.join(''))
    say('added', y.join(''))
  } else {
    // Lengths of the longest common rest, then along it.
    const wide = y.length + 1
    const lengths = new Uint32Array((x.length + 1) * wide)
    for (let i = x.length - 1; i >= 0; i--)
      for (let j = y.length - 1; j >= 0; j--)
        lengths[i * wide + j] =
          x[i] === y[j]
            ? (lengths[(i + 1) * wide + j + 1] ?? 0) + 1
            : Math.max(lengths[(i + 1) * wide + j] ?? 0, lengths[i * wide + j + 1] ?? 0)
    let i = 0
    let j = 0
    while (i < x.length || j < y.length) {
      if (i < x.length && j < y.length && x[i] === y[j]) {
        say('same', x[i] ?? '')
        i++
        j++
      } else if (j >= y.length || (i < x.length && (lengths[(i + 1) * wide + j] ?? 0) >= (lengths[i * wide + j + 1] ?? 0)))
        say('removed', x[i++] ?? '')
      else say('added', y[j++] ?? '')
    }
  }
  say('same', end > 0 ? a.slice(a.length - end).join('') : '')
  return together(found)
}

/** A blank between two changed words belongs to them: it reads better as one change. */
function together(stretches: readonly Stretch[]): Stretch[] {
  const joined: Stretch[] = []
  for (let at = 0; at < stretches.length; at++) {
    const one = stretches[at]
    const next = stretches[at + 1]
    if (one?.kind === 'same' && /^\s+$/.test(one.text) && joined.length > 0 && next && joined.at(-1)?.kind !== 'same') {
      joined.push({ kind: 'removed', text: one.text }, { kind: 'added', text: one.text })
    } else if (one) joined.push({ ...one })
  }
  // Within one change what went stands before what came.
  const sorted: Stretch[] = []
  let removed = ''
  let added = ''
  const flush = () => {
    if (removed !== '') sorted.push({ kind: 'removed', text: removed })
    if (added !== '') sorted.push({ kind: 'added', text: added })
    removed = added = ''
  }
  for (const one of joined) {
    if (one.kind === 'removed') removed += one.text
    else if (one.kind === 'added') added += one.text
    else {
      flush()
      sorted.push(one)
    }
  }
  flush()
  return sorted
}

/** The text of some HTML with its line breaks, for comparing. The parser's document is inert. */
export function linesOf(html: string): string {
  const spaced = html.replace(/<br\s*\/?>/gi, '\n').replace(/<\/(p|li|blockquote|pre)>\s*(?=<)/gi, '\n\n$&')
  return (new DOMParser().parseFromString(spaced, 'text/html').body.textContent ?? '').replace(/\n{3,}/g, '\n\n').trim()
}
