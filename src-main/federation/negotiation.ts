/**
 * What a GET of an actor or a post wants: people's browsers the page, everybody else the document. Quality values count (RFC 9110
 * 12.5.1); with none or equal ones the earlier in the list wins, as browsers that name HTML first mean it. No header and a bare `*` get the
 * document: whoever asks an ActivityPub id without a wish is a program.
 */
export function wantsPage(accept: string | undefined): boolean {
  if (accept === undefined || accept.length > 2_048) return false
  let page: Wish | null = null
  let document: Wish | null = null
  accept.split(',').forEach((part, at) => {
    const [range = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase())
    const wish = { quality: qualityOf(parameters), at }
    if (wish.quality === 0) return
    if (PAGES.has(range)) page = better(page, wish)
    if (DOCUMENTS.has(range)) document = better(document, wish)
  })
  const [one, other] = [page as Wish | null, document as Wish | null]
  if (!one) return false
  return !other || one.quality > other.quality || (one.quality === other.quality && one.at < other.at)
}

interface Wish {
  quality: number
  at: number
}
const PAGES = new Set(['text/html', 'application/xhtml+xml', 'text/*'])
const DOCUMENTS = new Set(['application/activity+json', 'application/ld+json', 'application/json', 'application/*'])

const better = (held: Wish | null, wish: Wish): Wish => (held && held.quality >= wish.quality ? held : wish)

function qualityOf(parameters: string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith('q='))
  const quality = given === undefined ? 1 : Number(given.slice(2))
  return Number.isFinite(quality) ? Math.min(Math.max(quality, 0), 1) : 1
}
