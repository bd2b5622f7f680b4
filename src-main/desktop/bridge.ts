import type * as E from 'electron'
import { channels, networkChannel } from './channels.ts'
import type { DesktopApi } from './contract.ts'
import { externalAddress } from './guards.ts'
import { isRoute } from './window.ts'

/** What the verbs do, with arguments that have been checked. */
export type BridgeActions = {
  openExternal: (url: string) => boolean
  openDataFolder: () => Promise<boolean>
  setBadge: (count: number) => void
  notify: (note: { title: string; body: string; route: string }) => boolean
  setTheme: (theme: 'system' | 'light' | 'dark') => void
  setLanguage: (language: 'en' | 'fr' | null) => void
  background: () => { possible: boolean; on: boolean }
  setBackground: (on: boolean) => void
  quit: () => void
  networkChanged: () => void
}

/**
 * Whether a message comes from the page of our own window: its main frame, on the origin of the owner listener. A frame inside it, another
 * page or a page that has just been left (no frame) asks in vain.
 */
export function isFromOurPage(event: { senderFrame: Pick<E.WebFrameMain, 'parent' | 'origin'> | null }, origin: string | null): boolean {
  const { senderFrame } = event
  return origin !== null && senderFrame !== null && senderFrame.parent === null && senderFrame.origin === origin
}

type Verb = Exclude<keyof DesktopApi, 'platform' | 'onRoute'>

/**
 * Answers the verbs of the window. Every message is checked for where it comes from, every argument for what it is; a stranger gets an
 * error, a bad argument the answer of a refusal, and neither has an effect.
 */
export function answerWindow(ipcMain: Pick<E.IpcMain, 'handle' | 'on'>, origin: () => string | null, actions: BridgeActions): void {
  const verbs: Record<Verb, (argument: unknown) => unknown> = {
    openExternal: (url) => {
      const address = externalAddress(url)
      return address !== null && actions.openExternal(address)
    },
    openDataFolder: () => actions.openDataFolder(),
    setBadge: (count) => {
      if (typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= 99_999) actions.setBadge(count)
    },
    notify: (note) => {
      if (typeof note !== 'object' || note === null) return false
      const { title, body, route } = note as Record<string, unknown>
      if (typeof title !== 'string' || typeof body !== 'string' || !isRoute(route)) return false
      return actions.notify({ title: title.slice(0, 200), body: body.slice(0, 500), route })
    },
    setTheme: (theme) => {
      if (theme === 'system' || theme === 'light' || theme === 'dark') actions.setTheme(theme)
    },
    setLanguage: (language) => {
      if (language === 'en' || language === 'fr' || language === null) actions.setLanguage(language)
    },
    background: () => actions.background(),
    setBackground: (on) => {
      if (typeof on === 'boolean') actions.setBackground(on)
    },
    quit: () => actions.quit(),
  }
  for (const verb of Object.keys(verbs) as Verb[]) {
    ipcMain.handle(channels[verb], (event, argument: unknown) => {
      if (!isFromOurPage(event, origin())) throw new Error('Only the window of Burrow may ask this.')
      return verbs[verb](argument)
    })
  }
  ipcMain.on(networkChannel, (event) => {
    if (isFromOurPage(event, origin())) actions.networkChanged()
  })
}
