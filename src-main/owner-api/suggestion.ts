import { checkName } from '../domain/owner.ts'
import type { NameCheck } from './contract.ts'

/** Names that a system gives, not parents. */
const NOBODY = new Set(
  (
    'root daemon bin sys sync games man lp mail news uucp proxy nobody backup list irc gnats systemd messagebus sshd ' +
    'admin administrator administrateur administrador utilisateur user users username guest invite default defaultuser owner test tester ' +
    'demo dev developer build builder ci runner jenkins gitlab docker podman vagrant ubuntu debian fedora centos alpine arch pi raspberry ' +
    'azureuser opc node nodejs python app web www apache nginx postgres mysql redis deploy service local localhost computer desktop laptop ' +
    'pc mac macbook windows linux home student'
  ).split(' '),
)

/**
 * A name to propose, made from the system's user name (`José Núñez` becomes `jose`); null if that does not look like a person's: then
 * nothing is proposed rather than something silly.
 */
export function suggestName(systemName: string): string | null {
  const first = systemName
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9_]+/)
    .find((part) => part.length > 0)
  const name = first?.replace(/^_+|_+$/g, '') ?? ''
  if (name.length < 2 || !/^[a-z]+[0-9]{0,4}$/.test(name)) return null
  const letters = name.replace(/[0-9]+$/, '')
  if (NOBODY.has(name) || NOBODY.has(letters)) return null
  return checkName(name).problem === null ? name : null
}

/** A wished name as it would be taken, and, where it cannot be had, up to two like it that can. */
export function namesLike(wished: string): NameCheck {
  const check = checkName(wished)
  if (check.problem === null) return { ...check, suggestions: [] }
  const words = check.name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .split(/[^a-z0-9_]+/)
    .map((word) => word.replace(/^_+|_+$/g, ''))
    .filter(Boolean)
  const stem = words.join('_').slice(0, 20).replace(/_+$/, '')
  const like =
    check.problem === 'name-reserved'
      ? [`${stem}_writes`, `${stem}_home`]
      : [stem, words.join('').slice(0, 20), words[0] ?? '', `${stem}_writes`]
  const free = [...new Set(like)].filter((name) => name !== check.name && stem !== '' && checkName(name).problem === null)
  return { ...check, suggestions: free.slice(0, 2) }
}
