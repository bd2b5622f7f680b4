import { mentionPrefix, type Composition, type Part } from '../../state/composition.svelte.ts'
import { countOf, entitiesIn, overflowAt, type Entity } from './count.ts'

/** How a part of what is being written stands to the limit. */
export interface Measure {
  entities: Entity[]
  left: number
  /** From here on it is too long. */
  overAt: number
}

/** Whom an answer speaks to stands outside of the text and counts. */
export const prefixOf = (composition: Composition, part: Part): string => (part === composition ? mentionPrefix(composition.mentions) : '')

export function measureOf(composition: Composition, part: Part, limit: number): Measure {
  const entities = entitiesIn(part.text)
  const taken = countOf(prefixOf(composition, part))
  const left = limit - taken - countOf(part.text, part.warned, entities)
  return { entities, left, overAt: left < 0 ? overflowAt(part.text, part.warned, limit - taken, entities) : part.text.length }
}
