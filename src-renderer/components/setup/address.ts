import { m } from '../../locales/generated/messages.js'
import { OwnerApiError, type SetupAddress } from '../../state/entities.ts'

export type AddressWay = SetupAddress['choice']

/** What people type for a domain, without what they need not type: `https://Ada.Example/` is `ada.example`. */
export function domainOf(typed: string): string {
  return typed
    .trim()
    .replace(/^https:\/\//i, '')
    .replace(/\/+$/, '')
    .toLowerCase()
}

/** The choice as it is sent; null while a domain is needed and missing. */
export function choiceOf(way: AddressWay, typed: string): SetupAddress | null {
  if (way !== 'own') return { choice: way }
  const origin = domainOf(typed)
  return origin === '' ? null : { choice: 'own', origin }
}

/** Why an address could not be had, as one sentence. */
export function addressProblem(error: unknown, way: AddressWay): string {
  const code = error instanceof OwnerApiError ? error.code : 'internal'
  switch (code) {
    case 'unreachable':
      return m.failure_unreachable()
    case 'disk-full':
      return m.failure_disk_full()
    case 'origin-invalid':
      return m.address_problem_invalid()
    case 'origin-already-set':
      return m.address_problem_set()
    default:
      return way === 'trial' ? m.address_problem_trial() : m.firstrun_problem()
  }
}
