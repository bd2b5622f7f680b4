import type { Visibility } from './outbox.ts'

/** What the owner has set. Part of `contract.ts`: types only. */

export interface Settings {
  language: 'system' | 'en' | 'fr'
  theme: 'system' | 'light' | 'dark' | 'hc-light' | 'hc-dark'
  density: 'calm' | 'compact' | 'list'
  defaultVisibility: Visibility
  defaultLanguage: string
  altReminder: 'remind' | 'require' | 'off'
  notifications: boolean
  closeToTray: boolean
  /** Who may quote the owner's posts, unless a post says otherwise. */
  quotePolicy: 'public' | 'followers' | 'nobody'
  /** Posts are shown only to servers that say who they are (authorized fetch). */
  secureMode: boolean
  /** Somebody blocked is told by a Block activity. */
  sendBlocks: boolean
  /** What was missed while away is fetched by itself. */
  catchUp: boolean
  /** Apps may connect through the public address. The tunnel's operator can read along unless the address is your own. */
  publicApi: boolean
  /** Apps may connect from the local network, without TLS. */
  lanApi: boolean
  defaultSensitive: boolean
  defaultFormat: 'plain' | 'markdown'
  /** How long the owner's posts may be: 500 to 20,000. */
  maxCharacters: number
  expandMedia: 'default' | 'show_all' | 'hide_all'
  expandWarnings: boolean
  /** Of the text of posts, in pixels. */
  textSize: 13 | 14 | 15 | 16 | 17 | 18 | 20
  postFont: 'atkinson' | 'literata' | 'system'
  accent: 'tide' | 'fern' | 'moss' | 'ochre' | 'brick' | 'rose' | 'plum' | 'slate'
  motion: 'system' | 'reduce'
  /** Newest first, or upward from the oldest unread. */
  direction: 'newest' | 'upward'
  /** At the very top, with the pointer at rest, new posts come in by themselves. */
  liveAtTop: boolean
  boosts: 'inline' | 'shelf' | 'hidden'
  foldThreads: boolean
  /** A picture without a description says so. */
  showNoAlt: boolean
  /** Moving pictures and emoji play while pointed at, or never. */
  animate: 'hover' | 'never'
  /** Pictures are a card with their description and size until asked for. */
  reducedData: boolean
  collapseNameEmoji: boolean
  /** Warnings that hold one of these words are opened at once. */
  openWarnings: readonly string[]
  /** "Everything received" stands in the sidebar. */
  everythingReceived: boolean
  announceNew: 'off' | 'count'
  /** Seconds that a post waits for second thoughts before it goes; 0: none. */
  undoSeconds: 0 | 5 | 10 | 20 | 30
  /** The further posts of a thread, after a first that is public. */
  threadVisibility: 'unlisted' | 'public'
  detectLanguage: boolean
  /** Content warnings to choose from. */
  warningPresets: readonly string[]
  /** Off until asked for: where the system has no dictionary, one comes from a third party. */
  spellcheck: boolean
  shortcutMode: 'on' | 'off' | 'focused'
  shortcutPreset: 'burrow' | 'mastodon' | 'phanpy'
  /** Keys the owner has set, by command; an empty list: none. */
  shortcuts: Readonly<Record<string, readonly string[]>>
  /** Lists, hashtags and searches in the sidebar, in order: `list:1`, `tag:mending`, `search:3`. */
  pinned: readonly string[]
  deck: boolean
  /** What stands in the columns of the deck: addresses such as `/home`, `/list/1`. */
  deckColumns: readonly DeckColumn[]
  /** Bytes that copies of others' media may take. */
  mediaBudget: number
  /** Bytes that copies of what is bookmarked, and of own posts, may take before it is said. */
  keptBudget: number
  /** The owner says that this connection costs by the byte: no system tells. */
  metered: boolean
  /** On a metered or slow connection, or on battery: fetch as ever, ask, or wait. */
  onMetered: 'go' | 'ask' | 'wait'
  onBattery: 'go' | 'ask' | 'wait'
  /** Steps of the setup list that are done with: `person`, `people`, `picture`, `tour`. */
  setupDone: readonly string[]
}

export interface DeckColumn {
  /** An address of the window below `/app`. */
  at: string
  /** New posts do not come in by themselves. */
  muted: boolean
  hideBoosts: boolean
  hideReplies: boolean
  /** Pixels. */
  width: number
}
