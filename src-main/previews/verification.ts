import { accountById, linksChecked, linksCheckedAt } from '../domain/accounts.ts'
import { origin } from '../domain/owner.ts'
import { uris } from '../domain/uris.ts'
import { pageOfField } from './links.ts'
import type { Domain } from '../domain/domain.ts'
import type { Account } from '../domain/types.ts'

/**
 * Links of a profile that are proved: the page they lead to links back to the profile with rel=me (as on Mastodon). What was proved stays so
 * while the page cannot be read, and ends when it is read and no longer links back.
 */
export interface Verification {
  /** The pages to be read, and what to do with each; the last one writes it all down. Empty: nothing to look at, or looked at lately. */
  begin(accountId: number, anyway: boolean): PageCheck[]
}
export interface PageCheck {
  url: string
  /** The rel=me addresses of the page, or null where it could not be read. `at`: the address that answered. */
  read(me: readonly string[] | null, at: string): void
}

const WEEK_MS = 7 * 24 * 3600_000
/** Fields of one profile that are looked at (Mastodon has four). */
const MOST_PAGES = 8

export function openVerification(d: Domain): Verification {
  return {
    begin(accountId, anyway) {
      const checked = linksCheckedAt(d, accountId)
      if (!anyway && checked !== null && checked > d.now() - WEEK_MS) return []
      const account = accountById(d, accountId)
      const own = account ? addressesOf(d, account) : []
      if (!account || account.suspendedAt !== null || own.length === 0) return []
      const pages = account.fields
        .flatMap(({ value }) => {
          const url = pageOfField(value)
          return url === null ? [] : [{ value, url }]
        })
        .slice(0, MOST_PAGES)
      const found = new Map<string, boolean>()
      let left = pages.length
      return pages.map(({ value, url }) => ({
        url,
        read(me, at) {
          if (me !== null)
            found.set(
              value,
              me.some((address) => own.includes(comparable(address, at))),
            )
          if (--left === 0) linksChecked(d, accountId, found, d.now())
        },
      }))
    },
  }
}

/** Where a page has to link to. */
function addressesOf(d: Domain, account: Account): string[] {
  const address = account.own ? origin(d) : null
  if (account.own && address === null) return []
  const u = address === null ? null : uris(address, account.username)
  return (u ? [u.profile, u.actor] : [account.url, account.uri]).flatMap((one) => (one === null ? [] : [comparable(one, one)]))
}

/** Without what makes no difference to people: letters' case, the last slash, the part behind `#`. */
function comparable(address: string, base: string): string {
  const url = URL.parse(address, base)
  if (!url) return ''
  url.hash = ''
  return url.href.toLowerCase().replace(/\/$/, '')
}
