/** Something that only another server can answer. */
export interface Ask {
  kind: 'person' | 'url'
  /** As it is sent: `@bo@tide.example`, or the address. */
  query: string
  /** As it is shown. */
  label: string
}

const HANDLE = /^@?([\p{L}\p{N}_.-]+)@([\p{L}\p{N}.-]+(?::\d{1,5})?)$/u

/** What a typed or pasted text asks of another server: a person (`@user@host`, `user@host`), or the page of a post or profile. Null for plain words. */
export function askOf(text: string): Ask | null {
  const trimmed = text.trim()
  const handle = HANDLE.exec(trimmed)
  if (handle?.[1] && handle[2]) {
    const query = `@${handle[1]}@${handle[2].toLowerCase()}`
    return { kind: 'person', query, label: query }
  }
  if (!/^https?:\/\/\S+$/i.test(trimmed)) return null
  try {
    const url = new URL(trimmed)
    return { kind: 'url', query: url.href, label: url.host }
  } catch {
    return null
  }
}
