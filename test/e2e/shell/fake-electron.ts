import { fork, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'

/**
 * What the built main process gets in place of Electron when it runs under Node. It does for real what can be done here: the instance is a
 * process, pages are fetched. Everything else is written down and sent to the test. It says nothing about Electron's own behaviour.
 */
export type Recorded = { what: string; with: unknown }
export type Command =
  | { fake: 'invoke'; id: number; channel: string; argument?: unknown; origin: string; nested?: boolean }
  | { fake: 'emit'; from: 'app' | 'window' | 'contents' | 'power'; event: string; with?: unknown[] }
  | { fake: 'quit' }
  | { fake: 'answer-dialogs'; response: number }
  | { fake: 'kill-instance' }

const record = (what: string, given: unknown = null): void => void process.send?.({ what, with: given } satisfies Recorded)
const noting =
  (what: string) =>
  (...given: unknown[]): void =>
    record(what, given.length > 1 ? given : (given[0] ?? null))
const taken = process.argv.includes('--fake-second')

class App extends EventEmitter {
  enableSandbox = noting('app.enableSandbox')
  setName = noting('app.setName')
  setAppUserModelId = noting('app.setAppUserModelId')
  setPath = noting('app.setPath')
  setBadgeCount = noting('app.setBadgeCount')
  setAboutPanelOptions = noting('app.setAboutPanelOptions')
  getVersion = () => '0.0.0'
  isPackaged = false
  getAppPath = () => '/nowhere/burrow'
  getPath = (name: string) => `/nowhere/${name}`
  isDefaultProtocolClient = () => false
  setAsDefaultProtocolClient = noting('app.setAsDefaultProtocolClient')
  removeAsDefaultProtocolClient = noting('app.removeAsDefaultProtocolClient')
  getPreferredSystemLanguages = () => ['en-GB']
  whenReady = () => {
    record('app.whenReady')
    return Promise.resolve()
  }
  requestSingleInstanceLock = () => {
    record('app.requestSingleInstanceLock')
    return !taken
  }
  exit(code: number): void {
    record('app.exit', code)
    process.disconnect?.()
    process.exit(code)
  }
  quit(): void {
    let prevented = false
    this.emit('before-quit', { preventDefault: () => (prevented = true) })
    if (!prevented) this.exit(0)
  }
}
export const app = new App()

let contents: WebContents | null = null
let window: BrowserWindow | null = null
/** The first window: later ones are small composers, and commands are meant for the first. */

class WebContents extends EventEmitter {
  setWindowOpenHandler = noting('contents.setWindowOpenHandler')
  send = noting('contents.send')
  replaceMisspelling = noting('contents.replaceMisspelling')
  getURL = () => ''
  setZoomFactor = noting('contents.setZoomFactor')
  copyImageAt = noting('contents.copyImageAt')
  downloadURL = noting('contents.downloadURL')
}

export class BrowserWindow extends EventEmitter {
  webContents = new WebContents()
  constructor(options: unknown) {
    super()
    record('window.made', options)
    window ??= this
    contents ??= this.webContents
    app.emit('web-contents-created', {}, this.webContents)
  }
  async loadURL(url: string): Promise<void> {
    const answer = await fetch(url)
    const page = await answer.text()
    record('window.loadURL', {
      url,
      status: answer.status,
      type: answer.headers.get('content-type'),
      policy: answer.headers.get('content-security-policy'),
      page,
    })
    this.emit('ready-to-show')
  }
  show = noting('window.show')
  hide = noting('window.hide')
  focus = noting('window.focus')
  restore = noting('window.restore')
  maximize = noting('window.maximize')
  destroy = noting('window.destroy')
  setOverlayIcon = noting('window.setOverlayIcon')
  setBackgroundColor = noting('window.setBackgroundColor')
  setProgressBar = noting('window.setProgressBar')
  setAlwaysOnTop = noting('window.setAlwaysOnTop')
  close = noting('window.close')
  isDestroyed = () => false
  static getAllWindows = () => (window ? [window] : [])
  isMinimized = () => false
  isMaximized = () => false
  getNormalBounds = () => ({ x: 10, y: 20, width: 900, height: 700 })
}

export const Menu = {
  setApplicationMenu: (menu: { template: { label?: string }[] }) =>
    record(
      'menu.application',
      menu.template.map(({ label }) => label),
    ),
  buildFromTemplate: (template: unknown[]) => ({ template, popup: noting('menu.popup') }),
}

export class Tray extends EventEmitter {
  constructor(icon: string) {
    super()
    record('tray.made', icon)
  }
  setToolTip = noting('tray.setToolTip')
  setContextMenu = () => record('tray.setContextMenu')
}

export class Notification extends EventEmitter {
  static isSupported = () => true
  constructor(options: unknown) {
    super()
    record('notification.made', options)
  }
  show(): void {
    record('notification.show')
  }
}

let response = 0
export const dialog = {
  showErrorBox: noting('dialog.showErrorBox'),
  showMessageBox: (...given: unknown[]) => {
    record('dialog.showMessageBox', given.at(-1))
    return Promise.resolve({ response })
  },
}

const handlers = new Map<string, (event: unknown, argument?: unknown) => unknown>()
const set = (channel: string, handler: (event: unknown, argument?: unknown) => unknown) => {
  record('ipc.handled', channel)
  handlers.set(channel, handler)
}
export const ipcMain = { handle: set, on: set }

export const nativeTheme = Object.assign(new EventEmitter(), { themeSource: 'system', shouldUseDarkColors: true })
export const nativeImage = { createFromPath: (path: string) => ({ path }) }
export const powerMonitor = Object.assign(new EventEmitter(), { isOnBatteryPower: () => true })
export const crashReporter = { start: noting('crashReporter.start') }
export const globalShortcut = {
  register: (keys: string) => {
    record('globalShortcut.register', keys)
    return true
  },
  unregister: noting('globalShortcut.unregister'),
  unregisterAll: noting('globalShortcut.unregisterAll'),
}
export const powerSaveBlocker = { start: () => 1, stop: () => undefined }
export const clipboard = { writeText: noting('clipboard.writeText') }
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1440, height: 900 } }] }
export const shell = {
  openExternal: (url: string) => Promise.resolve(record('shell.openExternal', url)),
  openPath: (path: string) => {
    record('shell.openPath', path)
    return Promise.resolve('')
  },
}
export const session = {
  defaultSession: {
    on: () => undefined,
    availableSpellCheckerLanguages: ['en-GB', 'fr'],
    setSpellCheckerEnabled: noting('session.setSpellCheckerEnabled'),
    setSpellCheckerLanguages: noting('session.setSpellCheckerLanguages'),
    addWordToSpellCheckerDictionary: noting('session.addWord'),
    setPermissionRequestHandler: noting('session.setPermissionRequestHandler'),
    setPermissionCheckHandler: noting('session.setPermissionCheckHandler'),
    setDevicePermissionHandler: noting('session.setDevicePermissionHandler'),
    setDisplayMediaRequestHandler: noting('session.setDisplayMediaRequestHandler'),
    setProxy: (proxy: unknown) => Promise.resolve(record('session.setProxy', proxy)),
    webRequest: { onBeforeRequest: noting('session.onBeforeRequest') },
  },
}

const turn = (text: string) => [...text].reverse().join('')
export const safeStorage = {
  isAsyncEncryptionAvailable: () => Promise.resolve(true),
  getSelectedStorageBackend: () => 'gnome_libsecret',
  encryptStringAsync: (text: string) => {
    record('safeStorage.encrypt')
    return Promise.resolve(Buffer.from(turn(text)))
  },
  decryptStringAsync: (sealed: Buffer) => {
    record('safeStorage.decrypt')
    return Promise.resolve({ result: turn(sealed.toString()), shouldReEncrypt: false })
  },
}

let instance: ChildProcess | null = null
export const utilityProcess = {
  fork(path: string, argv: string[], options: { env: NodeJS.ProcessEnv; execArgv: string[]; serviceName: string }) {
    const child = fork(path, argv, { env: options.env, execArgv: options.execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    instance = child
    record('instance.forked', { path, argv, execArgv: options.execArgv, pool: options.env.UV_THREADPOOL_SIZE, pid: child.pid })
    const port = Object.assign(new EventEmitter(), {
      postMessage: (message: unknown) => {
        record('instance.told', message)
        child.send(message as object, () => undefined)
      },
      kill: () => child.kill('SIGKILL'),
    })
    child.on('message', (message) => {
      record('instance.said', (message as { type: string }).type)
      port.emit('message', message)
    })
    child.on('exit', (code) => {
      record('instance.exit', code)
      port.emit('exit', code)
    })
    return port
  },
}

process.on('message', (received) => {
  const command = received as Command
  if (typeof received !== 'object' || received === null || !('fake' in received)) return
  switch (command.fake) {
    case 'quit':
      return app.quit()
    case 'answer-dialogs':
      response = command.response
      return
    case 'kill-instance':
      instance?.kill('SIGKILL')
      return
    case 'emit': {
      const emitters = { app, window, contents, power: powerMonitor }
      let prevented = false
      const event = { preventDefault: () => (prevented = true) }
      emitters[command.from]?.emit(command.event, ...(command.from === 'power' ? [] : [event]), ...(command.with ?? []))
      return record('emitted', { event: command.event, prevented })
    }
    case 'invoke': {
      const event = { senderFrame: { parent: command.nested ? {} : null, origin: command.origin }, sender: contents }
      void (async () => handlers.get(command.channel)?.(event, command.argument))().then(
        (answer: unknown) => record('invoked', { id: command.id, answer: answer ?? null }),
        (error: unknown) => record('invoked', { id: command.id, refused: String(error) }),
      )
    }
  }
})
