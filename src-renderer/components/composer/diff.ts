/** A run of words that both versions have, or only one of them. */
export interface Change {
  kind: 'same' | 'added' | 'removed'
  text: string
}

/** Beyond so many words on one side the comparison would hold up the keys. */
const MOST = 1_500

/** What was taken out of a text and what came in, word by word; a long text that changed throughout is one of each. */
export function changesOf(before: string, after: string): Change[] {
  const old = tokens(before)
  const now = tokens(after)
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start++
  let end = 0
  while (end < old.length - start && end < now.length - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end++
  const changes: Change[] = []
  const add = (kind: Change['kind'], text: string) => {
    const last = changes.at(-1)
    if (text === '') return
    if (last?.kind === kind) last.text += text
    else changes.push({ kind, text })
  }
  add('same', old.slice(0, start).join(''))
  middle(old.slice(start, old.length - end), now.slice(start, now.length - end), add)
  add('same', old.slice(old.length - end).join(''))
  return changes
}

const tokens = (text: string): string[] => text.match(/\s+|[\p{L}\p{M}\p{N}_@#]+|./gu) ?? []

/** The longest common subsequence, read from its beginning. */
function middle(old: readonly string[], now: readonly string[], add: (kind: Change['kind'], text: string) => void): void {
  if (old.length > MOST || now.length > MOST) {
    add('removed', old.join(''))
    add('added', now.join(''))
    return
  }
  const width = now.length + 1
  const longest = new Uint16Array((old.length + 1) * width)
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        old[i] === now[j]
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0)
    }
  }
  let i = 0
  let j = 0
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      add('same', old[i] ?? '')
      i++
      j++
    } else if (i < old.length && (j === now.length || (longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0)))
      add('removed', old[i++] ?? '')
    else add('added', now[j++] ?? '')
  }
}
