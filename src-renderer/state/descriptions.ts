/** Descriptions that were written before, by the hash of the file: the same picture is described once. Kept in this window's own store. */

const KEY = 'burrow.descriptions'
const MOST = 400
/** Larger files are not read whole for it. */
const LARGEST = 64 * 1024 * 1024

type Kept = [hash: string, description: string][]

function kept(): Kept {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(stored) ? (stored as Kept) : []
  } catch {
    return []
  }
}

/** What names a file by its bytes; null where that cannot be computed. */
export async function hashOf(file: Blob): Promise<string | null> {
  if (file.size > LARGEST || typeof crypto === 'undefined' || !crypto.subtle) return null
  try {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
    return [...digest.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  } catch {
    return null
  }
}

/** How that file was described the last time. */
export const descriptionOf = (hash: string): string | null => kept().find(([one]) => one === hash)?.[1] ?? null

/** Remembers a description; an empty one forgets it. The oldest go when there are too many. */
export function rememberDescription(hash: string, description: string): void {
  const others = kept().filter(([one]) => one !== hash)
  const next = description.trim() === '' ? others : [...others, [hash, description] as const].slice(-MOST)
  try {
    localStorage.setItem(KEY, JSON.stringify(next))
  } catch {
    // A full store: it is described by hand the next time.
  }
}
