/** The text of some HTML, on one line. The parser's document is inert: nothing in it runs or is fetched. */
export function plainText(html: string): string {
  const spaced = html.replace(/<br\s*\/?>|<\/(p|li|blockquote)>/gi, ' $&')
  return (new DOMParser().parseFromString(spaced, 'text/html').body.textContent ?? '').replace(/\s+/g, ' ').trim()
}

/** How many words a text has, by the rules of its language. */
export function wordCount(text: string, language: string): number {
  let count = 0
  for (const { isWordLike } of new Intl.Segmenter(language || undefined, { granularity: 'word' }).segment(text)) if (isWordLike) count++
  return count
}
