import { createContext } from 'svelte'
import type { ConnectedApps } from './apps.svelte.ts'
import type { Composer } from './composer.svelte.ts'
import type { Conversations } from './conversations.svelte.ts'
import type { ConnectionWatch } from './connection.svelte.ts'
import type { Drafts } from './drafts.svelte.ts'
import type { Ground } from './ground.ts'
import type { Outbox } from './outbox.svelte.ts'
import type { People } from './people.svelte.ts'
import type { Posts } from './posts.svelte.ts'
import type { OwnerSettings } from './settings.svelte.ts'
import type { SavedSearches } from './searches.svelte.ts'
import type { Shelf } from './shelf.svelte.ts'
import type { Sheets } from './sheets.svelte.ts'
import type { Home } from './home.svelte.ts'
import type { Notices } from './notices.svelte.ts'

/** Everything the window knows, made once in main.ts. Components and views take it with `useApp()`. */
export interface App extends Ground {
  /** Connection, settings, outbox, drafts and composer: what Mastodon has no word for. */
  connection: ConnectionWatch
  settings: OwnerSettings
  outbox: Outbox
  drafts: Drafts
  composer: Composer
  /** Posts by id and what can be done with them. */
  posts: Posts
  /** Accounts, relationships, and what can be done with them. */
  people: People
  home: Home
  notices: Notices
  conversations: Conversations
  /** Saved searches, for the sidebar's pins too; `open()` loads them. */
  searches: SavedSearches
  /** Lists and hashtags, as the sidebar shows them. */
  shelf: Shelf
  sheets: Sheets
  /** Apps that are let in, and those that ask. */
  apps: ConnectedApps
}

export const [useApp, provideApp] = createContext<App>()
