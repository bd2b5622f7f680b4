import type { Account } from '../../state/entities.ts'

/** The name people see; the user name where there is none. */
export const nameOf = (account: Pick<Account, 'displayName' | 'username'>): string => account.displayName.trim() || account.username

/** The host of an address, `tide.example`; our own when the address has none. */
export const hostOf = (account: Pick<Account, 'acct'>, own: string): string => account.acct.split('@')[1] ?? own

/** The whole address, `@bo@tide.example`. */
export const handleOf = (account: Pick<Account, 'acct' | 'username'>, own: string): string =>
  account.acct.includes('@') || !own ? `@${account.acct}` : `@${account.username}@${own}`
