import { Parser } from 'htmlparser2'

/**
 * What the head of a page says about it, read as it comes in: the parser is told bytes, and says when it has read enough. No markup
 * of the page is kept, only texts and addresses, all bounded.
 */
export interface PageHead {
  /** `<title>`. */
  title: string
  /** By name or property, lower case: the first of each. */
  metas: ReadonlyMap<string, string>
  language: string | null
  /** Address of its oEmbed description (JSON), as written. */
  oembed: string | null
  /** Addresses of links that say rel=me, as written; in the whole page. */
  me: string[]
}

export interface HeadReader {
  write(bytes: Uint8Array): void
  /** There is nothing more to learn: the head is over, and only the head is wanted. */
  readonly done: boolean
  end(): PageHead
}

const MAX = { metas: 200, value: 4_000, title: 1_000, me: 100, depth: 512 }
/** So much may pass before the page says which letters it uses (the HTML standard's number). */
const PRESCAN = 1_024
/** Characters that the parser is given at a time. */
const PIECE = 4_096

/** `charset`: of the Content-Type, if it named one. `whole`: links of the body are wanted too. */
export function openHeadReader(charset: string | null, whole: boolean): HeadReader {
  const metas = new Map<string, string>()
  const me: string[] = []
  let title = ''
  let titles = 0
  let inTitle = false
  let svg = 0
  let depth = 0
  let language: string | null = null
  let oembed: string | null = null
  let done = false

  const parser = new Parser(
    {
      onopentag(name, attributes) {
        // The parser's work grows with the square of what is open at once; browsers stop at this depth too.
        if (++depth > MAX.depth) done = true
        if (done) return
        if (name === 'svg') svg++
        else if (name === 'title') {
          inTitle = svg === 0 && titles++ === 0
        } else if (name === 'html') language = (attributes.lang ?? '').trim().slice(0, 35) || null
        else if (name === 'meta') meta(attributes)
        else if (name === 'link' || name === 'a') link(name, attributes)
        else if (name === 'body' && !whole) done = true
      },
      ontext(text) {
        if (inTitle && !done && title.length < MAX.title) title += text.slice(0, MAX.title)
      },
      onclosetag(name) {
        depth--
        if (name === 'title') inTitle = false
        else if (name === 'svg' && svg > 0) svg--
        else if (name === 'head' && !whole) done = true
      },
    },
    { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true },
  )

  function meta(attributes: Record<string, string>): void {
    const name = (attributes.property ?? attributes.name ?? attributes.itemprop ?? '').trim().toLowerCase()
    const content = attributes.content
    if (name === '' || name.length > 100 || content === undefined || metas.size >= MAX.metas) return
    if (!metas.has(name)) metas.set(name, content.slice(0, MAX.value))
  }

  function link(element: string, attributes: Record<string, string>): void {
    const href = (attributes.href ?? '').trim()
    if (href === '' || href.length > 2_048) return
    const rel = (attributes.rel ?? '').toLowerCase().split(/\s+/)
    if (rel.includes('me') && me.length < MAX.me) me.push(href)
    if (element === 'link' && rel.includes('alternate') && (attributes.type ?? '').toLowerCase().trim() === 'application/json+oembed') {
      oembed ??= href
    }
  }

  let decoder: TextDecoder | null = null
  let waiting: Uint8Array[] = []
  let waited = 0

  function begin(): void {
    const first = Buffer.concat(waiting)
    waiting = []
    decoder = decoderFor(markOf(first) ?? charset ?? declaredIn(first) ?? 'utf-8')
    feed(first)
  }
  /** By small pieces: what is given to the parser at once is read to its end, however deep, and it may be a whole page. */
  function feed(bytes: Uint8Array): void {
    if (!decoder || done) return
    const text = decoder.decode(bytes, { stream: true })
    for (let at = 0; at < text.length && !done; at += PIECE) parser.write(text.slice(at, at + PIECE))
  }

  return {
    get done() {
      return done
    },
    write(bytes) {
      if (decoder) return feed(bytes)
      waiting.push(bytes)
      waited += bytes.length
      if (waited >= PRESCAN) begin()
    },
    end() {
      if (!decoder) begin()
      parser.end()
      return { title: title.slice(0, MAX.title), metas, language, oembed, me }
    },
  }
}

/** A byte order mark says it before anything else. */
function markOf(bytes: Buffer): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : null
}

/** `<meta charset=…>`, or the same in its old form, among the first bytes. */
function declaredIn(bytes: Buffer): string | null {
  const text = bytes.toString('latin1', 0, PRESCAN).toLowerCase()
  const at = text.indexOf('charset')
  if (at < 0) return null
  const label = /^charset\s{0,10}=\s{0,10}["']?([a-z0-9._:-]{1,40})/.exec(text.slice(at, at + 80))?.[1] ?? null
  // What could be read as letters this far is no UTF-16, whatever it says (the HTML standard says the same).
  return label?.startsWith('utf-16') ? 'utf-8' : label
}

function decoderFor(label: string): TextDecoder {
  try {
    return new TextDecoder(label)
  } catch {
    return new TextDecoder('utf-8')
  }
}
