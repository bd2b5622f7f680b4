import type { Status } from '../api/mastodon.ts'
import type { Entry } from './arranging.ts'

/** One place where the words stand: the entry's row and the post. */
export interface Match {
  rowId: string
  postId: string
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", apos: "'", nbsp: ' ' }

/** Without case and accents, as people type when they look for something. */
export const plainly = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase()

const textOf = (post: Status): string => {
  const html = (post.content ?? '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|#39|apos|nbsp);/g, (_whole, name: string) => ENTITIES[name] ?? ' ')
  const media = (post.mediaAttachments ?? []).map((file) => file.description ?? '').join(' ')
  const poll = (post.poll?.options ?? []).map((option) => option.title).join(' ')
  return plainly(`${post.account.displayName} @${post.account.acct} ${post.spoilerText ?? ''} ${html} ${media} ${poll}`).replace(
    /\s+/g,
    ' ',
  )
}

/** Finding in a list of which only a part stands in the page: it looks through the posts, not through what is drawn. */
export class Find {
  open = $state(false)
  words = $state('')
  matches: Match[] = $state.raw([])
  at = $state(-1)
  #texts = new WeakMap<Status, string>()

  get current(): Match | undefined {
    return this.matches[this.at]
  }

  /** Looks anew; the match that was current stays so while it still matches, else the one nearest to `nearId` is. */
  look(entries: readonly Entry[], postOf: (id: string) => Status | undefined, nearId: string | null = null): void {
    const words = plainly(this.words.trim()).replace(/\s+/g, ' ')
    const before = this.current
    if (words === '') {
      this.matches = []
      this.at = -1
      return
    }
    const rows = entries.flatMap((entry) => (entry.kind === 'post' ? [entry.row] : entry.kind === 'gap' ? [] : entry.rows))
    const near = rows.findIndex((row) => row.id === nearId)
    const places: number[] = []
    this.matches = rows.flatMap((row, place) => {
      const post = postOf(row.postId)
      if (!post || !this.#textOf(post).includes(words)) return []
      places.push(place)
      return [{ rowId: row.id, postId: row.postId }]
    })
    const kept = before ? this.matches.findIndex((match) => match.rowId === before.rowId) : -1
    const next = places.findIndex((place) => place >= near)
    this.at = kept >= 0 ? kept : this.matches.length === 0 ? -1 : Math.max(0, next)
  }

  step(by: 1 | -1): void {
    const count = this.matches.length
    if (count > 0) this.at = (this.at + by + count) % count
  }

  close(): void {
    this.open = false
    this.words = ''
    this.matches = []
    this.at = -1
  }

  #textOf(post: Status): string {
    const known = this.#texts.get(post)
    if (known !== undefined) return known
    const text = textOf(post)
    this.#texts.set(post, text)
    return text
  }
}
