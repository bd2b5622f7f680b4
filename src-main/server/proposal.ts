import { userInfo } from 'node:os'
import { suggestName } from '../owner-api/suggestion.ts'

/** The name first run proposes, from the system's user name; null if that is nobody's. */
export function proposedName(): string | null {
  try {
    return suggestName(userInfo().username)
  } catch {
    // Containers run as numbers without a name.
    return null
  }
}
