import { accountById } from './accounts.ts'
import { AppError } from './errors.ts'
import { follow } from './following.ts'
import { setSetting, setting } from './owner.ts'
import { ownerId } from './rows.ts'
import type { Domain } from './domain.ts'

/** Following many at once: the list and how far it is stand in the folder, so that a restart goes on where it was. */

/** More than the longest lists of follows that people bring along. */
export const MOST_PEOPLE = 5_000
/** Names that are told of each kind; the numbers go on. */
const MOST_NAMED = 500
const LIST = 'peopleList'
const PROGRESS = 'peopleProgress'

export interface PeopleProgress {
  total: number
  next: number
  followed: number
  asked: number
  notFound: string[]
  failed: string[]
}

const ACCT = /^@?[\w.-]{1,64}@[a-z0-9.-]{1,253}(:\d{1,5})?$/i
const LINK = /^https?:\/\/[^\s/]+\/\S{1,1000}$/i

/** An address or a link as it is looked up, or null if it is neither. */
export function readAddress(typed: string): string | null {
  const text = typed.trim()
  if (ACCT.test(text)) return text.replace(/^@/, '').toLowerCase()
  return LINK.test(text) ? text : null
}

export const peopleProgress = (d: Domain): PeopleProgress | null => setting(d, PROGRESS) as PeopleProgress | null
const list = (d: Domain) => (setting(d, LIST) as string[] | null) ?? []

/** Begins; one that is under way goes on with these at its end. Throws 'invalid' for nothing to look up or too many. */
export function beginPeople(d: Domain, typed: readonly string[]): PeopleProgress {
  return d.store.transaction(() => {
    const old = peopleProgress(d)
    const under = old && old.next < old.total ? old : null
    const before = under ? list(d) : []
    const known = new Set(before)
    const fresh = [...new Set(typed.map(readAddress).filter((one) => one !== null))].filter((one) => !known.has(one))
    if (fresh.length === 0 && !under) throw new AppError('invalid', 'There is no address among these.', { reason: 'invalid-body' })
    const whole = [...before, ...fresh]
    if (whole.length > MOST_PEOPLE) throw new AppError('invalid', 'Too many at once.', { reason: 'too-many', params: { max: MOST_PEOPLE } })
    const progress = { ...(under ?? { next: 0, followed: 0, asked: 0, notFound: [], failed: [] }), total: whole.length }
    setSetting(d, LIST, whole)
    setSetting(d, PROGRESS, progress)
    return progress
  })
}

export function forgetPeople(d: Domain): void {
  d.store.transaction(() => {
    setSetting(d, LIST, null)
    setSetting(d, PROGRESS, null)
  })
}

/** The one that is looked up next, or null at the end. */
export function nextPerson(d: Domain): string | null {
  const progress = peopleProgress(d)
  return progress && progress.next < progress.total ? (list(d)[progress.next] ?? null) : null
}

/** What came of the look-up of `address`: an account is followed. Returns true if it is newly followed. */
export function settlePerson(d: Domain, address: string, found: number | 'not-found' | 'failed'): boolean {
  return d.store.transaction(() => {
    const progress = peopleProgress(d)
    if (!progress || list(d)[progress.next] !== address) return false
    progress.next++
    const note = (of: string[]) => of.length < MOST_NAMED && of.push(address)
    let followed = false
    if (typeof found !== 'number') note(found === 'failed' ? progress.failed : progress.notFound)
    else if (found !== ownerId(d)) {
      try {
        follow(d, found)
        followed = true
        if (accountById(d, found)?.locked) progress.asked++
        else progress.followed++
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        note(progress.failed)
      }
    }
    setSetting(d, PROGRESS, progress)
    return followed
  })
}
