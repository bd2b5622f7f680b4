import { contextBridge, ipcRenderer } from 'electron'
import { channels, networkChannel, routeChannel } from './channels.ts'
import type { DesktopApi } from './contract.ts'

/**
 * Runs sandboxed before the page and lends it the verbs of `contract.ts`, nothing of `ipcRenderer` itself. Arguments are checked on the
 * other side (bridge.ts): a page that was taken over could call these too.
 */
let listeners: ((route: string) => void)[] = []
let early: string | null = null

ipcRenderer.on(routeChannel, (_event, route: string) => {
  if (listeners.length === 0) early = route
  for (const listener of listeners) listener(route)
})

const burrow: DesktopApi = {
  platform: process.platform,
  openExternal: (url) => ipcRenderer.invoke(channels.openExternal, url) as Promise<boolean>,
  openDataFolder: () => ipcRenderer.invoke(channels.openDataFolder) as Promise<boolean>,
  setBadge: (count) => ipcRenderer.invoke(channels.setBadge, count) as Promise<void>,
  notify: ({ title, body, route }) => ipcRenderer.invoke(channels.notify, { title, body, route }) as Promise<boolean>,
  setTheme: (theme) => ipcRenderer.invoke(channels.setTheme, theme) as Promise<void>,
  setLanguage: (language) => ipcRenderer.invoke(channels.setLanguage, language) as Promise<void>,
  background: () => ipcRenderer.invoke(channels.background) as Promise<{ possible: boolean; on: boolean }>,
  setBackground: (on) => ipcRenderer.invoke(channels.setBackground, on) as Promise<void>,
  quit: () => ipcRenderer.invoke(channels.quit) as Promise<void>,
  onRoute: (callback) => {
    listeners = [...listeners, callback]
    // A click on a notification may have come before the page was there to hear it.
    if (early !== null) callback(early)
    early = null
    return () => {
      listeners = listeners.filter((listener) => listener !== callback)
    }
  },
}

for (const change of ['online', 'offline']) window.addEventListener(change, () => ipcRenderer.send(networkChannel))

contextBridge.exposeInMainWorld('burrow', burrow)
