import { plainly } from '../../state/find.svelte.ts'

/** Marks the words in the rows that are drawn, those of the current match stronger. Empty words take the marks away. */
export function paintMatches(feed: HTMLElement, words: string, currentRow: string | null): void {
  if (typeof Highlight === 'undefined') return
  CSS.highlights.delete('burrow-found')
  CSS.highlights.delete('burrow-found-now')
  const wanted = plainly(words.trim())
  if (wanted === '') return
  const found = new Highlight()
  const now = new Highlight()
  const walker = document.createTreeWalker(feed, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.nodeValue ?? ''
    const plain = plainly(text)
    // Where letters were folded into fewer, places no longer fit: then the whole piece is marked.
    const exact = plain.length === text.length
    for (let at = plain.indexOf(wanted); at >= 0; at = plain.indexOf(wanted, at + wanted.length)) {
      const range = new Range()
      range.setStart(node, exact ? at : 0)
      range.setEnd(node, exact ? at + wanted.length : text.length)
      const parent = node.parentElement
      if (parent?.closest('.sr, button')) break
      const row = parent?.closest<HTMLElement>('[data-card]')?.dataset['card'] ?? parent?.closest<HTMLElement>('[data-row]')?.dataset['row']
      ;(row === currentRow ? now : found).add(range)
      if (!exact) break
    }
  }
  CSS.highlights.set('burrow-found', found)
  CSS.highlights.set('burrow-found-now', now)
}
