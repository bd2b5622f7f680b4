import { EventEmitter } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as E from 'electron'
import { describe, expect, it } from 'vitest'
import { Composers, type SmallWindow } from '../../../src-main/desktop/composers.ts'
import { fileName, watchDownloads } from '../../../src-main/desktop/downloads.ts'
import { autostartEntry, autostartFile, LoginItem } from '../../../src-main/desktop/login.ts'
import { parsePreferences } from '../../../src-main/desktop/preferences.ts'
import { QuickCompose } from '../../../src-main/desktop/quick-compose.ts'
import { Spelling } from '../../../src-main/desktop/spelling.ts'
import { zoomed, zoomOf } from '../../../src-main/desktop/zoom.ts'

describe('starting with the session', () => {
  const launch = { program: '/opt/My "Burrow"/burrow', argv: ['/home/ana/100% app'] }

  it('writes the words of the file as the Desktop Entry Specification asks', () => {
    const [line] = autostartEntry(launch).match(/^Exec=.*$/m) ?? []
    expect(line).toBe(String.raw`Exec="/opt/My \\"Burrow\\"/burrow" "/home/ana/100%% app" "--hidden"`)
    // A folder may have any name: no line of it becomes a line of the file.
    const strange = autostartEntry({ program: '/opt/a\nExec=evil\r/burrow', argv: [] })
    expect(strange.match(/^Exec=/gm)).toHaveLength(1)
    expect(strange).toContain(String.raw`"/opt/a\nExec=evil\r/burrow"`)
    expect(autostartFile('/home/ana', undefined)).toBe('/home/ana/.config/autostart/burrow.desktop')
    expect(autostartFile('/home/ana', '/elsewhere')).toBe('/elsewhere/autostart/burrow.desktop')
    // A relative value is to be ignored (XDG base directory specification).
    expect(autostartFile('/home/ana', 'relative')).toBe('/home/ana/.config/autostart/burrow.desktop')
  })

  it('is off until it is wanted, on Linux by a file that comes and goes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'burrow-login-'))
    try {
      const file = join(folder, 'autostart', 'burrow.desktop')
      const item = new LoginItem({ platform: 'linux', app: {} as E.App, launch, file })
      expect(item.on).toBe(false)
      expect(item.set(true)).toBe(true)
      expect(readFileSync(file, 'utf8')).toContain('--hidden')
      expect(item.on).toBe(true)
      expect(item.set(false)).toBe(true)
      expect(existsSync(file)).toBe(false)
      const blocked = join(folder, 'file')
      writeFileSync(blocked, '')
      // A place that cannot be written: it says what is so.
      const stuck = new LoginItem({ platform: 'linux', app: {} as E.App, launch, file: join(blocked, 'autostart', 'burrow.desktop') })
      expect(stuck.set(true)).toBe(false)
      expect(stuck.on).toBe(false)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('is asked of the system on Windows, with the flag that keeps the window away', () => {
    const asked: unknown[] = []
    let on = false
    const app = {
      getLoginItemSettings: () => ({ openAtLogin: on }),
      setLoginItemSettings: (settings: { openAtLogin: boolean }) => {
        asked.push(settings)
        on = settings.openAtLogin
      },
    } as unknown as E.App
    const item = new LoginItem({ platform: 'win32', app, launch, file: '/nowhere' })
    expect(item.set(true)).toBe(true)
    expect(asked).toEqual([{ openAtLogin: true, path: launch.program, args: [...launch.argv, '--hidden'] }])
  })
})

describe('the key for writing from anywhere', () => {
  it('is held once, let go, and says when somebody else has it', () => {
    const taken = new Set<string>()
    let wrote = 0
    let refuse = false
    const shortcuts = {
      register: (keys: string, run: () => void) => {
        if (refuse) return false
        taken.add(keys)
        run()
        return true
      },
      unregister: (keys: string) => void taken.delete(keys),
    } as unknown as E.GlobalShortcut
    const quick = new QuickCompose(shortcuts, () => wrote++)
    expect(quick.held).toBeNull()
    expect(quick.set('CommandOrControl+Alt+N')).toBe(true)
    expect(quick.set('Alt+Shift+N')).toBe(true)
    expect([...taken]).toEqual(['Alt+Shift+N'])
    expect(wrote).toBe(2)
    refuse = true
    expect(quick.set('CommandOrControl+Alt+N')).toBe(false)
    expect(quick.held).toBeNull()
    expect(taken.size).toBe(0)
  })
})

describe('files that are saved', () => {
  it('have names that no file system stumbles over', () => {
    expect(fileName('kettle.png')).toBe('kettle.png')
    expect(fileName('../../etc/passwd')).toBe('_.._etc_passwd')
    expect(fileName('C:\\con.txt')).toBe('C__con.txt')
    expect(fileName('con.txt')).toBe('_con.txt')
    // A name that reads backwards would show another ending than it has.
    expect(fileName('photo\u202egnp.exe')).toBe('photo_gnp.exe')
    expect(fileName('photo\u200fgpj.exe')).toBe('photo_gpj.exe')
    expect(fileName('nul.tar.gz')).toBe('_nul.tar.gz')
    expect(fileName('aux .txt')).toBe('_aux .txt')
    expect(fileName('  ..  ')).toBe('file')
    expect(fileName(`${'a'.repeat(300)}.jpeg`)).toHaveLength(119)
    expect(fileName(`${'a'.repeat(113)}\u{1f6a4}.jpeg`)).toBe(`${'a'.repeat(113)}_.jpeg`)
  })

  it('are asked for, never opened, and come from our own listener alone', () => {
    const session = new EventEmitter()
    const progress: number[] = []
    watchDownloads({
      session: session as unknown as E.Session,
      folder: () => '/downloads',
      origin: () => 'http://127.0.0.1:4000',
      progress: (share) => progress.push(share),
    })
    const start = (url: string) => {
      let prevented = false
      const item = Object.assign(new EventEmitter(), {
        getURL: () => url,
        getFilename: () => 'a/b.png',
        getTotalBytes: () => 200,
        getReceivedBytes: () => 50,
        asked: null as unknown,
        setSaveDialogOptions(options: unknown) {
          this.asked = options
        },
      })
      session.emit('will-download', { preventDefault: () => (prevented = true) }, item)
      return { item, refused: prevented }
    }
    for (const foreign of ['https://evil.example/x.exe', 'blob:https://evil.example/1', 'http://127.0.0.1:4001/x', 'file:///etc/passwd'])
      expect(start(foreign).refused, foreign).toBe(true)
    const { item, refused } = start('http://127.0.0.1:4000/media/x')
    expect(refused).toBe(false)
    expect(item.asked).toEqual({ defaultPath: join('/downloads', 'a_b.png') })
    item.emit('updated')
    item.emit('done')
    expect(progress).toEqual([0.25, -1])
    expect(start('blob:http://127.0.0.1:4000/1').refused).toBe(false)
  })
})

describe('the size of everything', () => {
  it('goes in steps and stays within them', () => {
    expect(zoomed(1, 'in')).toBe(1.1)
    expect(zoomed(1, 'out')).toBe(0.9)
    expect(zoomed(3, 'in')).toBe(3)
    expect(zoomed(0.5, 'out')).toBe(0.5)
    expect(zoomed(2.5, 'reset')).toBe(1)
    expect(zoomOf(17)).toBe(1)
    expect(parsePreferences('{"zoom":1.5,"quickCompose":"Ctrl+C","spelling":{"on":true,"languages":["en","../x"]}}')).toMatchObject({
      zoom: 1.5,
      quickCompose: null,
      spelling: { on: true, languages: ['en'] },
    })
  })
})

describe('spelling', () => {
  const session = () => {
    const told: unknown[] = []
    return {
      told,
      availableSpellCheckerLanguages: ['en-GB', 'fr'],
      setSpellCheckerEnabled: (on: boolean) => told.push(on),
      setSpellCheckerLanguages: (languages: string[]) => told.push(languages),
    }
  }

  it('is off until it is asked for, and no dictionary is named before', () => {
    const one = session()
    const spelling = new Spelling('linux', one, { on: null, languages: [] })
    expect(one.told).toEqual([false])
    expect(spelling.state).toMatchObject({ on: false, thirdParty: true, nextStart: false, available: ['en-GB', 'fr'] })
    spelling.set(true, ['fr', 'tlh'])
    // Nothing is fetched in this run: the window was made without it.
    expect(one.told).toEqual([false])
    expect(spelling.state).toMatchObject({ on: true, nextStart: true })
    const next = session()
    expect(new Spelling('linux', next, { on: true, languages: ['fr', 'tlh'] }).state.nextStart).toBe(false)
    expect(next.told).toEqual([true, ['fr']])
  })

  it('is the own one of macOS there, which asks nobody', () => {
    const one = session()
    expect(new Spelling('darwin', one, { on: null, languages: [] }).state).toMatchObject({ on: true, thirdParty: false, available: [] })
    expect(one.told).toEqual([true])
  })
})

describe('drafts in small windows', () => {
  const id = '5f3f2b1e-0000-4000-8000-000000000001'
  const other = '5f3f2b1e-0000-4000-8000-000000000002'

  it('have one window each, and end with the instance they write to', () => {
    const made: (EventEmitter & { url: string; gone: boolean; shown: number })[] = []
    let origin: string | null = null
    const composers = new Composers(
      () => {
        const events = new EventEmitter()
        const window = Object.assign(events, {
          url: '',
          gone: false,
          shown: 0,
          webContents: {},
          loadURL(url: string) {
            this.url = url
            return Promise.resolve()
          },
          show() {
            this.shown++
          },
          focus: () => undefined,
          restore: () => undefined,
          isMinimized: () => false,
          isDestroyed() {
            return this.gone
          },
          close() {
            this.gone = true
            events.emit('closed')
          },
          setAlwaysOnTop: () => undefined,
        })
        made.push(window)
        return window as unknown as SmallWindow
      },
      () => origin,
    )
    expect(composers.open(id)).toBe(false)
    origin = 'http://127.0.0.1:4000'
    expect(composers.open(id)).toBe(true)
    expect(composers.open(id)).toBe(true)
    expect(composers.open(other)).toBe(true)
    expect(made.map(({ url }) => url)).toEqual([
      `http://127.0.0.1:4000/app/compose/${id}?window=1`,
      `http://127.0.0.1:4000/app/compose/${other}?window=1`,
    ])
    expect(made[0]?.shown).toBe(1)
    composers.closeAll()
    expect(made.every(({ gone }) => gone)).toBe(true)
    composers.open(id)
    expect(made).toHaveLength(3)
  })
})
