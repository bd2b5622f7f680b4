/** Names of the messages between window and shell. Both sides take them from here, so that they cannot differ. */
export const channels = {
  openExternal: 'burrow:open-external',
  openDataFolder: 'burrow:open-data-folder',
  setBadge: 'burrow:set-badge',
  notify: 'burrow:notify',
  setTheme: 'burrow:set-theme',
  setLanguage: 'burrow:set-language',
  background: 'burrow:background',
  setBackground: 'burrow:set-background',
  startAtLogin: 'burrow:start-at-login',
  setStartAtLogin: 'burrow:set-start-at-login',
  quickCompose: 'burrow:quick-compose',
  setQuickCompose: 'burrow:set-quick-compose',
  linkHandler: 'burrow:link-handler',
  setLinkHandler: 'burrow:set-link-handler',
  spelling: 'burrow:spelling',
  setSpelling: 'burrow:set-spelling',
  openComposer: 'burrow:open-composer',
  keepOnTop: 'burrow:keep-on-top',
  popIn: 'burrow:pop-in',
  quit: 'burrow:quit',
} as const

/** Shell to window: a place to show. */
export const routeChannel = 'burrow:route'
/** Window to shell: the network came or went. */
export const networkChannel = 'burrow:network'
