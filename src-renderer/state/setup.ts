import type { AccountCredentials } from '../api/mastodon.ts'
import type { Settings } from '../../src-main/owner-api/contract.ts'

/** What a new home still lacks. `people`: somebody to read. `picture`: a face and a word about oneself. */
export type SetupStep = 'people' | 'picture'

/** With so many people Home is alive (interface.md section 1). */
export const ENOUGH_PEOPLE = 5

interface Place {
  session: { me: AccountCredentials | null }
  settings: { current: Settings; change(wanted: Partial<Settings>): Promise<boolean> }
}

/** The steps that are neither done nor done with, in their order; none before it is known whose home this is. */
export function lacking({ session: { me }, settings }: Place): SetupStep[] {
  if (!me) return []
  const done = settings.current.setupDone
  const open: SetupStep[] = []
  if (me.followingCount < ENOUGH_PEOPLE && !done.includes('people')) open.push('people')
  if (me.note === '' && !done.includes('picture')) open.push('picture')
  return open
}

/** A step is done with, or its card in Home is (`people-later`): then it stands in the sidebar alone. */
export function putAside({ settings }: Place, step: SetupStep | `${SetupStep}-later`): void {
  const done = settings.current.setupDone
  if (!done.includes(step)) void settings.change({ setupDone: [...done, step] })
}
