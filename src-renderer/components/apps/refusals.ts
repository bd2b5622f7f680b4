import { m } from '../../locales/generated/messages.js'
import { OwnerApiError } from '../../state/entities.ts'

/** Why an answer about an app was not taken. */
export function appRefusal(error: unknown): string {
  if (!(error instanceof OwnerApiError)) return m.failure_server()
  switch (error.code) {
    case 'code-wrong': {
      const left = Number(error.params['left'] ?? 0)
      return left > 0 ? m.consent_wrong({ count: left }) : m.consent_wrong_over()
    }
    case 'request-over':
    case 'not-found':
      return m.consent_gone()
    case 'unreachable':
      return m.failure_unreachable()
    case 'disk-full':
      return m.failure_disk_full()
    case 'unauthorized':
      return m.failure_unauthorized()
    default:
      return m.failure_server()
  }
}
