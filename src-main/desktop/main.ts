import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import {
  app,
  BrowserWindow,
  clipboard,
  crashReporter,
  dialog,
  globalShortcut,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
  utilityProcess,
} from 'electron'
import { ConfigError, environment, launchEnvironment, ownFlags, readConfig, type Config } from '../config.ts'
import type { HostMessage, InstanceMessage } from '../instance-protocol.ts'
import { answerWindow } from './bridge.ts'
import { routeChannel } from './channels.ts'
import { Composers } from './composers.ts'
import { watchDownloads } from './downloads.ts'
import { lockDown, openOutside } from './guards.ts'
import { answerKeyRequest } from './keys.ts'
import { autostartFile, LoginItem } from './login.ts'
import { applicationMenu, contextMenu } from './menu.ts'
import { Notices } from './notices.ts'
import { Power } from './power.ts'
import { PreferenceFile } from './preferences.ts'
import { OFFERED, QuickCompose } from './quick-compose.ts'
import { Spelling, startsOn } from './spelling.ts'
import { Supervisor, type InstanceProcess } from './supervisor.ts'
import { hasWayBack, trayIcon, trayMenu } from './tray.ts'
import { canvasColour, closing, composerOptions, isRoute, placeOnScreen, routeOfArguments, windowOptions } from './window.ts'
import { pickLanguage, wordsIn, type Words } from './words.ts'
import { zoomed } from './zoom.ts'

/** The desktop shell: wires Electron to the parts beside this file. The instance runs in a process of its own; its window is a web page. */
const out = import.meta.dirname
const resources = join(out, '..', '..', 'resources')
const platform = process.platform
const argv = ownFlags(process.argv)

app.enableSandbox()
// What a crash leaves stays on this computer.
crashReporter.start({ uploadToServer: false })
app.setName('Burrow')
if (platform === 'win32') app.setAppUserModelId('Burrow')

const config = configOrNull()
if (config && claimFolder(config)) void app.whenReady().then(() => run(config))

/** A bad setting is said where a person looks, and ends the program with the exit code that promises nothing was touched. */
function configOrNull(): Config | null {
  try {
    return readConfig(argv)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    dialog.showErrorBox(words()('dialog_failed'), error.message)
    app.exit(error.exitCode)
    return null
  }
}

/** One program per data folder: a second one hands its arguments to the first, which comes to the front, and ends. */
function claimFolder({ data }: Config): boolean {
  const own = join(data, 'desktop')
  mkdirSync(own, { recursive: true, mode: 0o700 })
  app.setPath('userData', own)
  if (app.requestSingleInstanceLock()) return true
  app.exit(0)
  return false
}

function words(chosen: string | null = null): Words {
  return wordsIn(pickLanguage(chosen, app.getPreferredSystemLanguages()))
}

function forkInstance(): InstanceProcess {
  const { env, execArgv } = launchEnvironment()
  const child = utilityProcess.fork(join(out, 'serve.js'), [], {
    serviceName: 'Burrow',
    execArgv,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return {
    post: (message) => child.postMessage(message),
    kill: () => void child.kill(),
    onMessage: (heard) => child.on('message', heard),
    onExit: (gone) => child.on('exit', gone),
  }
}

function run({ data }: Config): void {
  const preferences = new PreferenceFile(join(data, 'desktop', 'shell.json'))
  const wayBack = hasWayBack(platform, environment().XDG_CURRENT_DESKTOP)
  let owner: string | null = null
  let ownerLanguage: string | null = null
  let tray: Tray | null = null
  let quitting = false
  let waitingRoute = routeOfArguments(process.argv)

  nativeTheme.themeSource = preferences.get().theme
  lockDown({ app, shell, session: session.defaultSession }, () => owner)
  // The window talks to loopback only: a proxy of the system has no business in between.
  void session.defaultSession.setProxy({ mode: 'direct' })

  const place = placeOnScreen(
    preferences.get().bounds,
    screen.getAllDisplays().map((display) => display.workArea),
  )
  const options = windowOptions({
    platform,
    dark: nativeTheme.shouldUseDarkColors,
    preload: join(out, '..', 'preload', 'preload.cjs'),
    icon: join(resources, 'icon.png'),
    place,
    spellcheck: startsOn(platform, preferences.get().spelling.on),
  })
  const spelling = new Spelling(platform, session.defaultSession, preferences.get().spelling)
  const window = new BrowserWindow(options)
  if (preferences.get().maximised) window.maximize()

  const show = () => {
    if (owner === null) return
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }
  const open = (route: string) => {
    if (!isRoute(route)) return
    show()
    window.webContents.send(routeChannel, route)
  }
  const openDataFolder = async () => (await shell.openPath(data)) === ''
  const speak = () => words(preferences.get().language ?? ownerLanguage)

  const dress = () => {
    const said = speak()
    Menu.setApplicationMenu(
      Menu.buildFromTemplate(
        applicationMenu(platform, said, {
          write: () => open('/compose'),
          openDataFolder: () => void openDataFolder(),
          go: open,
          zoom: (direction) => zoomBy(direction),
        }),
      ),
    )
    tray?.setContextMenu(Menu.buildFromTemplate(trayMenu(said, { open: show, write: () => open('/compose'), quit: () => app.quit() })))
    app.dock?.setMenu(Menu.buildFromTemplate([{ label: said('tray_write'), click: () => open('/compose') }]))
  }

  /** One size for every window, kept for the next start. */
  const zoomBy = (direction: 'in' | 'out' | 'reset') => {
    const zoom = zoomed(preferences.get().zoom, direction)
    preferences.set({ zoom })
    for (const one of BrowserWindow.getAllWindows()) one.webContents.setZoomFactor(zoom)
  }

  /** What every window of ours has: the menu under the pointer, the kept size. */
  const equip = (equipped: BrowserWindow) => {
    const { webContents } = equipped
    webContents.on('context-menu', (_event, clicked) => {
      const items = contextMenu(clicked, speak(), {
        copyLink: (url) => void clipboard.writeText(url),
        openLink: (url) => void openOutside(shell, url),
        replaceWord: (word) => webContents.replaceMisspelling(word),
        learnWord: (word) => void session.defaultSession.addWordToSpellCheckerDictionary(word),
        copyImage: () => webContents.copyImageAt(clicked.x, clicked.y),
        saveImage: (url) => webContents.downloadURL(url),
      })
      if (items.length > 0) Menu.buildFromTemplate(items).popup({ window: equipped })
    })
    webContents.on('did-finish-load', () => webContents.setZoomFactor(preferences.get().zoom))
    webContents.on('zoom-changed', (_event, direction) => zoomBy(direction))
  }
  equip(window)
  watchDownloads({
    session: session.defaultSession,
    folder: () => app.getPath('downloads'),
    origin: () => owner,
    progress: (share) => window.setProgressBar(share),
  })

  const composers = new Composers(
    () => {
      const small = new BrowserWindow(composerOptions({ ...options, backgroundColor: canvasColour(nativeTheme.shouldUseDarkColors) }))
      equip(small)
      return small
    },
    () => owner,
  )
  const launch = app.isPackaged ? { program: process.execPath, argv: [] } : { program: process.execPath, argv: [app.getAppPath()] }
  const loginItem = new LoginItem({ platform, app, launch, file: autostartFile(homedir(), environment().XDG_CONFIG_HOME) })
  const quickCompose = new QuickCompose(globalShortcut, () => open('/compose'))
  quickCompose.set(preferences.get().quickCompose)
  const quickComposeState = () => {
    const keys = preferences.get().quickCompose
    return { keys, offered: OFFERED, working: keys !== null && quickCompose.held === keys }
  }
  const handlesLinks = () => ({ on: app.isDefaultProtocolClient('web+ap', launch.program, [...launch.argv]) })

  const supervisor = new Supervisor({
    fork: forkInstance,
    argv,
    now: Date.now,
    later: (later, ms) => {
      const timer = setTimeout(later, ms)
      return () => clearTimeout(timer)
    },
    heard: (message) => void hear(message),
    gaveUp: (sentence) => void giveUp(sentence),
  })
  const post = (message: HostMessage) => supervisor.post(message)
  const power = new Power(powerMonitor, powerSaveBlocker, post)
  const notices = new Notices({ isSupported: () => Notification.isSupported(), make: (options) => new Notification(options) }, open)

  const setBadge = (count: number) => {
    app.setBadgeCount(count)
    if (platform === 'win32')
      window.setOverlayIcon(count > 0 ? nativeImage.createFromPath(join(resources, 'badge.png')) : null, count > 0 ? String(count) : '')
  }

  const showPage = async (signIn: string) => {
    try {
      await window.loadURL(signIn)
    } catch {
      // The instance went away meanwhile; its next `ready` loads again.
      return
    }
    if (waitingRoute !== null) open(waitingRoute)
    waitingRoute = null
  }

  async function hear(message: InstanceMessage): Promise<void> {
    switch (message.type) {
      case 'ready': {
        const moved = owner !== message.owner
        owner = message.owner
        ownerLanguage = message.language ?? null
        dress()
        power.tell()
        if (moved) composers.closeAll()
        // After a restart on the same port the page is still there and connects again by itself.
        if (moved) await showPage(message.signIn)
        return
      }
      case 'sign-in':
        return showPage(message.signIn)
      case 'notify':
        return void notices.show(message)
      case 'badge':
        return setBadge(message.count)
      case 'keep-awake':
        return power.keepAwake(message.on)
      case 'key-wrap':
      case 'key-unwrap':
        return post(await answerKeyRequest(safeStorage, platform, message))
      case 'stopped':
        // By the owner API, or because we asked: either way this is the end.
        return app.quit()
      case 'failed':
        return
    }
  }

  async function giveUp(sentence: string | null): Promise<void> {
    const said = speak()
    if (sentence !== null) {
      process.stderr.write(`${sentence}\n`)
      dialog.showErrorBox(said('dialog_failed'), sentence)
      return app.exit(2)
    }
    const { response } = await dialog.showMessageBox({
      type: 'error',
      message: said('dialog_stopped'),
      detail: said('dialog_stopped_detail'),
      buttons: [said('dialog_try_again'), said('dialog_quit')],
      defaultId: 0,
      cancelId: 1,
    })
    if (response === 0) supervisor.startAgain()
    else app.quit()
  }

  /** The first time the window is closed: what running in the background is for, and the choice, which is kept. */
  async function askAboutBackground(): Promise<void> {
    const said = speak()
    const { response } = await dialog.showMessageBox(window, {
      type: 'question',
      message: said('dialog_closing'),
      detail: said('dialog_closing_detail'),
      buttons: [said('dialog_keep_running'), said('dialog_quit'), said('dialog_cancel')],
      defaultId: 0,
      cancelId: 2,
    })
    if (response === 2) return
    preferences.set({ background: response === 0 })
    if (response === 0) window.hide()
    else app.quit()
  }

  answerWindow(ipcMain, () => owner, {
    openExternal: (url) => openOutside(shell, url),
    openDataFolder,
    setBadge,
    notify: (note) => notices.show(note),
    setTheme: (theme) => {
      preferences.set({ theme })
      nativeTheme.themeSource = theme
    },
    setLanguage: (language) => {
      preferences.set({ language })
      dress()
    },
    background: () => ({ possible: wayBack, on: wayBack && preferences.get().background !== false }),
    setBackground: (on) => preferences.set({ background: on }),
    startAtLogin: () => ({ on: loginItem.on }),
    setStartAtLogin: (on) => {
      loginItem.set(on)
      return { on: loginItem.on }
    },
    quickCompose: quickComposeState,
    setQuickCompose: (keys) => {
      // Keys that somebody else holds are not kept: they would be tried again at every start.
      preferences.set({ quickCompose: quickCompose.set(keys) ? keys : null })
      return quickComposeState()
    },
    linkHandler: handlesLinks,
    setLinkHandler: (on) => {
      const [program, argv] = [launch.program, [...launch.argv]]
      if (on) app.setAsDefaultProtocolClient('web+ap', program, argv)
      else app.removeAsDefaultProtocolClient('web+ap', program, argv)
      return handlesLinks()
    },
    spelling: () => spelling.state,
    setSpelling: (wanted) => {
      preferences.set({ spelling: wanted })
      spelling.set(wanted.on, wanted.languages)
      return spelling.state
    },
    openComposer: (draftId) => composers.open(draftId),
    keepOnTop: (asking, on) => composers.of(asking)?.setAlwaysOnTop(on),
    popIn: (asking, draftId) => {
      const small = composers.of(asking)
      if (!small) return false
      small.close()
      open(`/compose/${draftId}`)
      return true
    },
    quit: () => app.quit(),
    networkChanged: () => post({ type: 'network-changed' }),
  })

  nativeTheme.on('updated', () => window.setBackgroundColor(canvasColour(nativeTheme.shouldUseDarkColors)))
  window.once('ready-to-show', () => {
    if (!(wayBack && process.argv.includes('--hidden'))) window.show()
  })
  window.on('close', (event) => {
    preferences.set({ maximised: window.isMaximized(), bounds: window.getNormalBounds() })
    const means = closing({ quitting, wayBack, background: preferences.get().background })
    if (means === 'close') return
    event.preventDefault()
    if (means === 'ask') void askAboutBackground()
    else if (means === 'hide') window.hide()
    else app.quit()
  })
  window.on('session-end', () => void supervisor.stop())
  // The code of the first link is used up, so a page that has to be made anew needs another one.
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason !== 'clean-exit') post({ type: 'sign-in' })
  })

  app.on('child-process-gone', (_event, { type, reason }) => {
    if (reason !== 'clean-exit') process.stderr.write(`A helper of the window has ended (${type}, ${reason}).\n`)
  })

  app.on('second-instance', (_event, others) => {
    const route = routeOfArguments(others)
    if (route === null) show()
    else open(route)
  })
  app.on('open-url', (event, url) => {
    event.preventDefault()
    const route = routeOfArguments([url])
    if (route === null) return
    if (owner === null) waitingRoute = route
    else open(route)
  })
  app.on('activate', show)
  app.on('before-quit', (event) => {
    // Always: a second request must not overtake the farewell of the first. `app.exit` asks nobody.
    event.preventDefault()
    if (quitting) return
    quitting = true
    composers.closeAll()
    void supervisor.stop().then(() => {
      globalShortcut.unregisterAll()
      window.destroy()
      app.exit(0)
    })
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit())
  // From start.ts: Windows has no signals.
  process.on('message', (message) => {
    if (typeof message === 'object' && message !== null && 'type' in message && message.type === 'stop') app.quit()
  })

  app.setAboutPanelOptions({
    applicationName: 'Burrow',
    applicationVersion: app.getVersion(),
    copyright: 'MIT, the Burrow contributors',
    iconPath: join(resources, 'icon.png'),
  })
  if (wayBack) {
    tray = new Tray(join(resources, trayIcon(platform)))
    tray.setToolTip('Burrow')
    tray.on('click', show)
  }
  dress()
  supervisor.start()
}
