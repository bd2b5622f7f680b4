import { m } from '../../locales/generated/messages.js'
import { OwnerApiError, type AddressCheckCode, type SetupAddress } from '../../state/entities.ts'

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

/** What a look at a domain found, as one sentence. */
export function checkWords(code: AddressCheckCode, host: string): string {
  const words: Record<AddressCheckCode, () => string> = {
    fine: () => m.address_check_fine({ host }),
    'no-name': () => m.address_check_no_name({ host }),
    'no-answer': () => m.address_check_no_answer({ host }),
    tls: () => m.address_check_tls({ host }),
    'not-us': () => m.address_check_not_us({ host }),
    host: () => m.address_check_host({ host }),
    private: () => m.address_check_private({ host }),
    offline: m.address_check_offline,
  }
  return words[code]()
}
