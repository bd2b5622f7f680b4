import type * as E from 'electron'
import { channels, networkChannel } from './channels.ts'
import type { DesktopApi, Spelling } from './contract.ts'
import { externalAddress } from './guards.ts'
import { isSpellingLanguage } from './preferences.ts'
import { isOffered, type QuickKeys } from './quick-compose.ts'
import { isDraftId, isRoute } from './window.ts'

export type QuickComposeState = { keys: QuickKeys | null; offered: readonly string[]; working: boolean }

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
  startAtLogin: () => { on: boolean }
  setStartAtLogin: (on: boolean) => { on: boolean }
  quickCompose: () => QuickComposeState
  setQuickCompose: (keys: QuickKeys | null) => QuickComposeState
  linkHandler: () => { on: boolean }
  setLinkHandler: (on: boolean) => { on: boolean }
  spelling: () => Spelling
  setSpelling: (wanted: { on: boolean; languages: string[] }) => Spelling
  openComposer: (draftId: string) => boolean
  keepOnTop: (asking: E.WebContents, on: boolean) => void
  popIn: (asking: E.WebContents, draftId: string) => boolean
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
  const verbs: Record<Verb, (argument: unknown, asking: E.WebContents) => unknown> = {
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
    startAtLogin: () => actions.startAtLogin(),
    setStartAtLogin: (on) => (typeof on === 'boolean' ? actions.setStartAtLogin(on) : actions.startAtLogin()),
    quickCompose: () => actions.quickCompose(),
    setQuickCompose: (keys) => (keys === null || isOffered(keys) ? actions.setQuickCompose(keys) : actions.quickCompose()),
    linkHandler: () => actions.linkHandler(),
    setLinkHandler: (on) => (typeof on === 'boolean' ? actions.setLinkHandler(on) : actions.linkHandler()),
    spelling: () => actions.spelling(),
    setSpelling: (wanted) => {
      const { on, languages } = (typeof wanted === 'object' && wanted !== null ? wanted : {}) as Record<string, unknown>
      const fits = typeof on === 'boolean' && Array.isArray(languages) && languages.length <= 8 && languages.every(isSpellingLanguage)
      return fits ? actions.setSpelling({ on, languages }) : actions.spelling()
    },
    openComposer: (draftId) => isDraftId(draftId) && actions.openComposer(draftId),
    keepOnTop: (on, asking) => {
      if (typeof on === 'boolean') actions.keepOnTop(asking, on)
    },
    popIn: (draftId, asking) => isDraftId(draftId) && actions.popIn(asking, draftId),
    quit: () => actions.quit(),
  }
  for (const verb of Object.keys(verbs) as Verb[]) {
    ipcMain.handle(channels[verb], (event, argument: unknown) => {
      if (!isFromOurPage(event, origin())) throw new Error('Only the window of Burrow may ask this.')
      return verbs[verb](argument, event.sender)
    })
  }
  ipcMain.on(networkChannel, (event) => {
    if (isFromOurPage(event, origin())) actions.networkChanged()
  })
}
