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
  quit: 'burrow:quit',
} as const

/** Shell to window: a place to show. */
export const routeChannel = 'burrow:route'
/** Window to shell: the network came or went. */
export const networkChannel = 'burrow:network'
