import type { Account, Status } from '../api/mastodon.ts'

/** A dialog that menus and keys of every view open. */
export type Sheet =
  | { kind: 'report'; account: Account; post: Status | null }
  | { kind: 'react'; post: Status }
  | { kind: 'deliveries'; post: Status }
  | { kind: 'quote-policy'; post: Status }
  | { kind: 'quote-denied'; post: Status }
  | { kind: 'redraft'; post: Status }
  | { kind: 'mute'; account: Account }
  | { kind: 'block-server'; host: string; account: Account }
  | { kind: 'lists'; account: Account }

/** The one dialog that is open over the window, if any. */
export class Sheets {
  current: Sheet | null = $state.raw(null)

  open(sheet: Sheet): void {
    this.current = sheet
  }

  close(): void {
    this.current = null
  }
}
