import { m } from '../../locales/generated/messages.js'
import { OwnerApiError } from '../../state/entities.ts'

/** What went wrong wherever something is asked of our own server, or null if the code says more than that. */
function plainly(error: unknown): string | null {
  if (!(error instanceof OwnerApiError)) return m.failure_server()
  switch (error.code) {
    case 'unreachable':
      return m.failure_unreachable()
    case 'disk-full':
      return m.failure_disk_full()
    case 'unauthorized':
      return m.failure_unauthorized()
    case 'internal':
      return m.failure_server()
    case 'too-many':
      return m.refused_too_many({ max: Number(error.params['max'] ?? 0) })
    default:
      return null
  }
}

const codeOf = (error: unknown) => (error as OwnerApiError).code

/** Why another address was not taken, or the move or the new key refused. `handle` is the owner's. */
export function identityRefusal(error: unknown, handle: string): string {
  const plain = plainly(error)
  if (plain !== null) return plain
  switch (codeOf(error)) {
    case 'unavailable':
      return m.identity_no_answer()
    case 'account-not-found':
      return m.identity_nobody()
    case 'alias-missing':
      return m.identity_alias_missing({ handle })
    case 'moved-recently':
      return m.identity_too_soon()
    case 'rotated-recently':
      return m.identity_key_too_soon()
    case 'moved-itself':
      return m.identity_moved_itself()
    case 'confirm-wrong':
      return m.identity_confirm_wrong()
    case 'no-address':
      return m.identity_no_address()
    case 'not-found':
      return m.failure_not_found()
    default:
      return m.identity_refused()
  }
}

/** Why a relay was not added or left. */
export function relayRefusal(error: unknown): string {
  const plain = plainly(error)
  if (plain !== null) return plain
  const code = codeOf(error)
  return code === 'unavailable'
    ? m.relay_no_answer()
    : code === 'relay-known'
      ? m.relay_known()
      : code === 'not-found'
        ? m.failure_not_found()
        : m.relay_not_one()
}

/** Why a picture was not made an emoji, or an emoji not removed. */
export function emojiRefusal(error: unknown): string {
  const plain = plainly(error)
  if (plain !== null) return plain
  const code = codeOf(error)
  return code === 'shortcode-taken' ? m.emoji_taken() : code === 'not-found' ? m.failure_not_found() : m.emoji_refused()
}

/** Why a word was not put at the door, or a list of servers not taken. */
export function doorRefusal(error: unknown): string {
  return plainly(error) ?? (codeOf(error) === 'not-found' ? m.failure_not_found() : m.door_refused())
}

/** Why the account was not closed. */
export function closingRefusal(error: unknown): string {
  const plain = plainly(error)
  if (plain !== null) return plain
  switch (codeOf(error)) {
    case 'confirm-wrong':
      return m.closing_confirm_wrong()
    case 'closed':
    case 'conflict':
      return m.closing_already()
    case 'no-address':
      return m.closing_no_address()
    default:
      return m.failure_refused()
  }
}
