import { apps } from './apps.ts'
import { content } from './content.ts'
import { extensions } from './extensions.ts'
import { floods } from './floods.ts'
import { listeners } from './listeners.ts'
import { network } from './network.ts'
import { origins } from './origins.ts'
import { people } from './people.ts'
import { signatures } from './signatures.ts'
import { attacks, type Attack } from '../rig/attacks.ts'
import type { Attempt } from './attempt.ts'

/** Every attempt there is, in the order they are played: the loudest come last. */
export const attempts: readonly Attempt[] = [
  ...signatures,
  ...origins,
  ...people,
  ...extensions,
  ...content,
  ...listeners,
  ...apps,
  ...network,
  ...floods,
]

/** What is wrong between the rules and their proofs: a rule without one, a proof without an attempt, an attempt nobody counts on. */
export function gaps(rules: readonly Attack[] = attacks, all: readonly Attempt[] = attempts): string[] {
  const found: string[] = []
  const names = new Set(all.map(({ name }) => name))
  if (names.size < all.length) found.push('two attacks have one name')
  for (const { rule, proof } of rules) {
    const { attacks: named = [], tests = [], passedOver } = proof
    if (named.length === 0 && tests.length === 0 && passedOver === undefined) found.push(`rule ${rule} has no attack`)
    for (const name of named)
      if (!all.some((one) => one.name === name && one.rule === rule)) found.push(`rule ${rule}: there is no attack "${name}"`)
  }
  for (const { rule, name } of all) {
    if (!rules.some((one) => one.rule === rule && one.proof.attacks?.includes(name)))
      found.push(`the attack "${name}" is no proof of rule ${rule}`)
  }
  return found
}
