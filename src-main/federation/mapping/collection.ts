import { withContext } from './context.ts'
import type { Document } from './note.ts'

/** Collections of ours and their pages (federation.md 1.7). */

export function collection(id: string, totalItems: number, first: string | null): Document {
  return withContext({ id, type: 'OrderedCollection', totalItems, ...(first ? { first } : {}) })
}
export function collectionPage(partOf: string, id: string, items: unknown[], more: { next?: string; prev?: string }): Document {
  return withContext({ id, type: 'OrderedCollectionPage', partOf, ...more, orderedItems: items })
}
