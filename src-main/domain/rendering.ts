import { accountIdByAcct, loadAccounts } from './accounts.ts'
import { origin } from './rows.ts'
import { formatText, linksIn, mentionsIn, tagsIn } from './text.ts'
import type { Domain } from './domain.ts'

/** The owner's plain text as it is stored: HTML, and whom and what it names. */
export interface Rendered {
  html: string
  /** As written; null until federation has found the account. A bare `@name` that is not the owner names nobody. */
  mentions: { acct: string; accountId: number | null }[]
  tags: string[]
  hasLink: boolean
}

/** Formats text of the owner. `found` adds accounts for accts (lower case) that the handles in the database do not answer. */
export function render(d: Domain, text: string, found: ReadonlyMap<string, number> = new Map()): Rendered {
  const { mentions, people } = peopleNamed(d, mentionsIn(text), found)
  return {
    html: formatText(text, { origin: origin(d), mentions: people }),
    mentions,
    tags: tagsIn(text),
    hasLink: linksIn(text).length > 0,
  }
}

/** Whom these accts name, and where their links lead. */
export function peopleNamed(
  d: Domain,
  accts: readonly string[],
  found: ReadonlyMap<string, number>,
): { mentions: Rendered['mentions']; people: Map<string, { url: string; username: string }> } {
  const mentions: Rendered['mentions'] = []
  for (const acct of accts) {
    const accountId = found.get(acct.toLowerCase()) ?? accountIdByAcct(d, acct)
    if (accountId !== null || acct.includes('@')) mentions.push({ acct, accountId })
  }
  const accounts = loadAccounts(
    d,
    mentions.map((mention) => mention.accountId).filter((id) => id !== null),
  )
  const people = new Map<string, { url: string; username: string }>()
  for (const { acct, accountId } of mentions) {
    const account = accountId === null ? undefined : accounts.get(accountId)
    const url = account?.url ?? account?.uri
    if (account && url) people.set(acct.toLowerCase(), { url, username: account.username })
  }
  return { mentions, people }
}
