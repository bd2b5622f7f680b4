import { EventEmitter } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as E from 'electron'
import { describe, expect, it } from 'vitest'
import { applicationMenu, contextMenu, type Clicked } from '../../../src-main/desktop/menu.ts'
import { Notices } from '../../../src-main/desktop/notices.ts'
import { Power } from '../../../src-main/desktop/power.ts'
import { startsOn } from '../../../src-main/desktop/spelling.ts'
import { parsePreferences, PreferenceFile } from '../../../src-main/desktop/preferences.ts'
import { hasWayBack, trayIcon, trayMenu } from '../../../src-main/desktop/tray.ts'
import { canvasColour, closing, isRoute, placeOnScreen, routeOfArguments, windowOptions } from '../../../src-main/desktop/window.ts'
import { pickLanguage, wordsIn } from '../../../src-main/desktop/words.ts'

const english = wordsIn('en')

describe('closing the window', () => {
  it('hides only where there is a way back, and asks the first time', () => {
    expect(closing({ quitting: false, wayBack: true, background: null })).toBe('ask')
    expect(closing({ quitting: false, wayBack: true, background: true })).toBe('hide')
    expect(closing({ quitting: false, wayBack: true, background: false })).toBe('quit')
    expect(closing({ quitting: false, wayBack: false, background: true })).toBe('quit')
    expect(closing({ quitting: true, wayBack: true, background: true })).toBe('close')
  })

  it('knows which desktops draw a tray', () => {
    expect(hasWayBack('darwin', undefined)).toBe(true)
    expect(hasWayBack('win32', undefined)).toBe(true)
    for (const desktop of ['KDE', 'XFCE', 'ubuntu:GNOME', 'X-Cinnamon', 'MATE', 'Unity:Unity7:ubuntu'])
      expect(hasWayBack('linux', desktop), desktop).toBe(true)
    for (const desktop of ['GNOME', 'GNOME-Classic:GNOME', 'sway', '', undefined])
      expect(hasWayBack('linux', desktop), String(desktop)).toBe(false)
    expect(trayIcon('darwin')).toBe('trayTemplate.png')
    expect(trayIcon('win32')).toBe(trayIcon('linux'))
  })
})

describe('the window', () => {
  it('is sandboxed, dark where the system is, and asks no third party for dictionaries', () => {
    const options = (platform: string, dark: boolean) =>
      windowOptions({ platform, dark, preload: '/p.cjs', icon: '/i.png', place: null, spellcheck: startsOn(platform, null) })
    expect(options('linux', true)).toMatchObject({
      show: false,
      backgroundColor: '#121412',
      webPreferences: {
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        spellcheck: false,
        preload: '/p.cjs',
      },
    })
    expect(options('win32', false)).toMatchObject({ backgroundColor: canvasColour(false), webPreferences: { spellcheck: false } })
    expect(options('darwin', false).webPreferences?.spellcheck).toBe(true)
    // Once its owner has said so.
    expect(startsOn('linux', true)).toBe(true)
    expect(startsOn('darwin', false)).toBe(false)
  })

  it('comes back where it was, if that can still be reached', () => {
    const screens = [
      { x: 0, y: 0, width: 1440, height: 900 },
      { x: 1440, y: 0, width: 1920, height: 1080 },
    ]
    expect(placeOnScreen({ x: 1500, y: 20, width: 1200, height: 800 }, screens)).toEqual({ x: 1500, y: 20, width: 1200, height: 800 })
    expect(placeOnScreen({ x: 0, y: 0, width: 3000, height: 2000 }, screens)).toEqual({ x: 0, y: 0, width: 1440, height: 900 })
    expect(placeOnScreen({ x: 1500, y: 20, width: 1200, height: 800 }, screens.slice(0, 1))).toBeNull()
    expect(placeOnScreen({ x: 100, y: -400, width: 800, height: 600 }, screens)).toBeNull()
    expect(placeOnScreen(null, screens)).toBeNull()
  })

  it('shows only places of its own', () => {
    for (const route of ['/', '/notifications', '/search?q=a%20b', '/@bo@remote.example']) expect(isRoute(route), route).toBe(true)
    for (const route of [
      '',
      'home',
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/a b',
      '/a\nb',
      null,
      7,
      `/${'a'.repeat(3_000)}`,
    ])
      expect(isRoute(route)).toBe(false)
  })

  it('opens fediverse links of a second start in the search, and nothing else', () => {
    expect(routeOfArguments(['burrow', 'web+ap://remote.example/@bo/1?a=b'])).toBe(
      `/search?q=${encodeURIComponent('https://remote.example/@bo/1?a=b')}`,
    )
    expect(routeOfArguments(['web+ap:remote.example/@bo'])).toBe(`/search?q=${encodeURIComponent('https://remote.example/@bo')}`)
    for (const link of ['https://remote.example', 'web+ap:', 'web+ap://u:p@remote.example', `web+ap://remote.example/${'a'.repeat(2_000)}`])
      expect(routeOfArguments([link])).toBeNull()
    expect(routeOfArguments(['burrow', '--data', '/d'])).toBeNull()
  })
})

describe('what the shell remembers', () => {
  it('is read as far as it is valid', () => {
    const unset = { zoom: 1, quickCompose: null, spelling: { on: null, languages: [] } }
    expect(
      parsePreferences(
        '{"theme":"dark","language":"fr","background":false,"bounds":{"x":1,"y":2,"width":3,"height":4,"more":5},"maximised":true}',
      ),
    ).toEqual({
      theme: 'dark',
      language: 'fr',
      background: false,
      bounds: { x: 1, y: 2, width: 3, height: 4 },
      maximised: true,
      ...unset,
    })
    const nothing = { theme: 'system', language: null, background: null, bounds: null, maximised: false, ...unset }
    for (const text of ['', '{', '[]', '7', 'null', '{"theme":"blue","language":"de","background":1,"bounds":{"x":"1"},"maximised":"yes"}'])
      expect(parsePreferences(text)).toEqual(nothing)
  })

  it('is on disk when it is set, for its owner alone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'burrow-shell-'))
    try {
      const path = join(folder, 'desktop', 'shell.json')
      new PreferenceFile(path).set({ theme: 'dark' })
      new PreferenceFile(path).set({ background: true })
      expect(new PreferenceFile(path).get()).toMatchObject({ theme: 'dark', background: true })
      if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
      writeFileSync(path, '{"theme":')
      const file = new PreferenceFile(path)
      expect(file.get().theme).toBe('system')
      file.set({ language: 'fr' })
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ language: 'fr' })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('words', () => {
  it('are in the language of the owner, then of the system, then English', () => {
    expect(pickLanguage('fr', ['en-GB'])).toBe('fr')
    expect(pickLanguage(null, ['de-DE', 'fr-CA', 'en'])).toBe('fr')
    expect(pickLanguage('de', ['fr'])).toBe('fr')
    expect(pickLanguage(null, ['FRR'])).toBe('en')
    expect(pickLanguage(null, [])).toBe('en')
    expect(wordsIn('fr')('menu_quit')).toBe('Quitter Burrow')
  })
})

type Item = E.MenuItemConstructorOptions
const flat = (items: Item[]): Item[] => items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])])

describe('menus', () => {
  const actions = { write: () => undefined, openDataFolder: () => undefined, go: () => undefined, zoom: () => undefined }

  it('have the roles of the platform, each in the language of the owner', () => {
    const roles = (platform: string) =>
      flat(applicationMenu(platform, english, actions)).flatMap(({ role }) => (role === undefined ? [] : [role]))
    for (const platform of ['darwin', 'win32', 'linux']) {
      expect(roles(platform)).toEqual(
        expect.arrayContaining(['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll', 'quit', 'close', 'minimize', 'about']),
      )
      expect(new Set(roles(platform)).size).toBe(roles(platform).length)
      for (const item of flat(applicationMenu(platform, wordsIn('fr'), actions)))
        if (item.type !== 'separator') expect(item.label).toMatch(/\p{L}/u)
    }
    expect(roles('darwin')).toEqual(expect.arrayContaining(['hide', 'hideOthers', 'unhide', 'services', 'front']))
    expect(roles('linux')).not.toContain('hide')
  })

  it('lead somewhere', () => {
    const went: string[] = []
    const menu = flat(
      applicationMenu('linux', english, {
        write: () => went.push('write'),
        openDataFolder: () => went.push('folder'),
        go: (route) => went.push(route),
        zoom: (direction) => went.push(direction),
      }),
    )
    const tray = trayMenu(english, { open: () => went.push('open'), write: () => went.push('tray write'), quit: () => went.push('quit') })
    for (const { click } of [...menu, ...tray]) (click as (() => void) | undefined)?.()
    const places = ['/home', '/catchup', '/notifications', '/conversations', '/search', '/bookmarks', '/outbox']
    expect(went).toEqual(['write', '/settings', 'reset', 'in', 'in', 'out', ...places, 'folder', 'open', 'tray write', 'quit'])
    expect(menu.find(({ label }) => label === 'New post')?.accelerator).toBe('CmdOrCtrl+N')
  })

  it('under the pointer have what can be done there', () => {
    const flags = {
      canUndo: true,
      canRedo: true,
      canCut: true,
      canCopy: true,
      canPaste: false,
      canDelete: true,
      canSelectAll: true,
      canEditRichly: false,
    }
    const nothing: Clicked = {
      isEditable: false,
      selectionText: '',
      linkURL: '',
      editFlags: flags,
      dictionarySuggestions: [],
      misspelledWord: '',
      mediaType: 'none',
      srcURL: '',
    }
    const copied: string[] = []
    const does = {
      copyLink: (url: string) => copied.push(`copy ${url}`),
      openLink: (url: string) => copied.push(`open ${url}`),
      replaceWord: (word: string) => copied.push(`replace ${word}`),
      learnWord: (word: string) => copied.push(`learn ${word}`),
      copyImage: () => copied.push('image'),
      saveImage: (url: string) => copied.push(`save ${url}`),
    }
    const labels = (clicked: Partial<Clicked>) =>
      contextMenu({ ...nothing, ...clicked }, english, does).map(({ label, role }) => label ?? role ?? '-')
    expect(labels({})).toEqual([])
    expect(labels({ selectionText: 'word' })).toEqual(['Copy'])
    expect(labels({ linkURL: 'https://ana.example/' })).toEqual(['Open link in the browser', 'Copy link'])
    expect(labels({ linkURL: 'javascript:alert(1)' })).toEqual([])
    expect(labels({ isEditable: true, dictionarySuggestions: ['burrow'] })).toEqual([
      'burrow',
      '-',
      'Cut',
      'Copy',
      'Paste',
      '-',
      'Select all',
    ])
    expect(labels({ isEditable: true, misspelledWord: 'burow', dictionarySuggestions: ['burrow'] }).slice(0, 3)).toEqual([
      'burrow',
      'Add to dictionary',
      '-',
    ])
    const picture = { mediaType: 'image', srcURL: 'http://127.0.0.1:4000/media/x' } as const
    expect(labels(picture)).toEqual(['Copy image', 'Save image…'])
    const items = contextMenu({ ...nothing, ...picture, linkURL: 'https://ana.example/' }, english, does)
    for (const { click } of items) (click as (() => void) | undefined)?.()
    expect(copied).toEqual(['open https://ana.example/', 'copy https://ana.example/', 'image', 'save http://127.0.0.1:4000/media/x'])
  })
})

describe('power', () => {
  it('is handed on, and sleep is held off once', () => {
    const monitor = new EventEmitter()
    const told: unknown[] = []
    const held = new Set<number>()
    const blocker = {
      start: () => {
        held.add(held.size + 1)
        return held.size
      },
      stop: (id: number) => held.delete(id),
    }
    const power = new Power(monitor as unknown as E.PowerMonitor, blocker, (message) => told.push(message))
    monitor.emit('suspend')
    monitor.emit('resume')
    expect(told).toEqual([
      { type: 'power', event: 'suspend' },
      { type: 'power', event: 'resume' },
    ])
    power.keepAwake(true)
    power.keepAwake(true)
    expect(held.size).toBe(1)
    power.keepAwake(false)
    power.keepAwake(false)
    expect(held.size).toBe(0)
  })
})

describe('notifications', () => {
  it('lead to their place when they are clicked', () => {
    const made: (EventEmitter & { options: unknown; visible: boolean })[] = []
    const opened: string[] = []
    const notices = new Notices(
      {
        isSupported: () => true,
        make: (options) => {
          const note = Object.assign(new EventEmitter(), { options, visible: false, show: () => void (note.visible = true) })
          made.push(note)
          return note as unknown as E.Notification
        },
      },
      (route) => opened.push(route),
    )
    expect(notices.show({ title: 'Bo', body: 'Hello', route: '/post/1' })).toBe(true)
    expect(made[0]).toMatchObject({ options: { title: 'Bo', body: 'Hello' }, visible: true })
    made[0]?.emit('click')
    expect(opened).toEqual(['/post/1'])
  })

  it('that the system does not show are not promised', () => {
    const notices = new Notices({ isSupported: () => false, make: () => expect.unreachable() }, () => undefined)
    expect(notices.show({ title: 'Bo', body: 'Hello', route: '/' })).toBe(false)
  })
})
