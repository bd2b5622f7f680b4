import { contextBridge, ipcRenderer } from 'electron'
import { channels, networkChannel, routeChannel } from './channels.ts'
import type { DesktopApi, Spelling } from './contract.ts'

type QuickCompose = Awaited<ReturnType<DesktopApi['quickCompose']>>

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
  startAtLogin: () => ipcRenderer.invoke(channels.startAtLogin) as Promise<{ on: boolean }>,
  setStartAtLogin: (on) => ipcRenderer.invoke(channels.setStartAtLogin, on) as Promise<{ on: boolean }>,
  quickCompose: () => ipcRenderer.invoke(channels.quickCompose) as Promise<QuickCompose>,
  setQuickCompose: (keys) => ipcRenderer.invoke(channels.setQuickCompose, keys) as Promise<QuickCompose>,
  linkHandler: () => ipcRenderer.invoke(channels.linkHandler) as Promise<{ on: boolean }>,
  setLinkHandler: (on) => ipcRenderer.invoke(channels.setLinkHandler, on) as Promise<{ on: boolean }>,
  spelling: () => ipcRenderer.invoke(channels.spelling) as Promise<Spelling>,
  setSpelling: ({ on, languages }) => ipcRenderer.invoke(channels.setSpelling, { on, languages }) as Promise<Spelling>,
  openComposer: (draftId) => ipcRenderer.invoke(channels.openComposer, draftId) as Promise<boolean>,
  keepOnTop: (on) => ipcRenderer.invoke(channels.keepOnTop, on) as Promise<void>,
  popIn: (draftId) => ipcRenderer.invoke(channels.popIn, draftId) as Promise<boolean>,
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
