import { describe, expect, it } from 'vitest'
import { electronBinary, fallsBack, hasDisplay, whyElectronEnded } from '../../../src-main/start/electron.ts'

const disk = (files: Record<string, string>) => ({ read: (path: string) => files[path] ?? null, exists: (path: string) => path in files })
const installed = {
  '/e/package.json': '{"version":"45.4.1"}',
  '/e/path.txt': 'electron\n',
  '/e/dist/electron': '',
  '/e/dist/version': 'v45.4.1',
}
const without = (name: keyof typeof installed) => Object.fromEntries(Object.entries(installed).filter(([path]) => path !== name))

describe('the binary of Electron', () => {
  it('is found where the download puts it', () => {
    expect(electronBinary('/e', 'linux', {}, disk(installed))).toEqual({ path: '/e/dist/electron' })
    const mac = {
      '/e/package.json': '{"version":"45.4.1"}',
      '/e/path.txt': 'Electron.app/Contents/MacOS/Electron',
      '/e/dist/Electron.app/Contents/MacOS/Electron': '',
      '/e/dist/version': '45.4.1',
    }
    expect(electronBinary('/e', 'darwin', {}, disk(mac))).toEqual({ path: '/e/dist/Electron.app/Contents/MacOS/Electron' })
    const windows = {
      'C:\\e\\package.json': '{"version":"45.4.1"}',
      'C:\\e\\path.txt': 'electron.exe',
      'C:\\e\\dist\\electron.exe': '',
      'C:\\e\\dist\\version': '45.4.1',
    }
    expect(electronBinary('C:\\e', 'win32', {}, disk(windows))).toEqual({ path: 'C:\\e\\dist\\electron.exe' })
  })

  it.each([
    [without('/e/package.json'), 'not installed'],
    [without('/e/path.txt'), 'not been downloaded'],
    [without('/e/dist/electron'), 'incomplete'],
    [without('/e/dist/version'), 'another version'],
    [{ ...installed, '/e/dist/version': '44.0.0' }, 'another version'],
  ])('is refused with a reason when a part is missing', (files, why) => {
    expect(electronBinary('/e', 'linux', {}, disk(files))).toEqual({ missing: expect.stringContaining(why) })
  })

  it('may be named by its own variables', () => {
    const files = { ...installed, '/opt/electron': '', '/opt/dist/electron': '' }
    expect(electronBinary('/e', 'linux', { ELECTRON_EXEC_PATH: '/opt/electron' }, disk(files))).toEqual({ path: '/opt/electron' })
    expect(electronBinary('/e', 'linux', { ELECTRON_EXEC_PATH: '/opt/none' }, disk(files))).toEqual({
      missing: expect.stringContaining('ELECTRON_EXEC_PATH'),
    })
    expect(electronBinary('/e', 'linux', { ELECTRON_OVERRIDE_DIST_PATH: '/opt/dist' }, disk(without('/e/path.txt')))).toEqual({
      missing: expect.stringContaining('ELECTRON_OVERRIDE_DIST_PATH'),
    })
    expect(electronBinary('/e', 'linux', { ELECTRON_OVERRIDE_DIST_PATH: '/opt/dist' }, disk(files))).toEqual({ path: '/opt/dist/electron' })
  })
})

describe('a display', () => {
  it('is what the platform calls one', () => {
    expect(hasDisplay('linux', {})).toBe(false)
    expect(hasDisplay('linux', { DISPLAY: ':0' })).toBe(true)
    expect(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true)
    expect(hasDisplay('darwin', {})).toBe(true)
    expect(hasDisplay('darwin', { SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' })).toBe(false)
    expect(hasDisplay('win32', {})).toBe(true)
  })
})

describe('an Electron that ends at once', () => {
  const end = (said: string, code: number | null = 1, signal: string | null = null) =>
    whyElectronEnded({ code, signal, said, afterMs: 100 })

  it('is explained by what it said', () => {
    expect(end('electron: error while loading shared libraries: libnss3.so: cannot open shared object file', 127)).toContain('libnss3.so')
    expect(end('[1:FATAL:electron_main_delegate.cc] Running as root without --no-sandbox is not supported.')).toContain('root')
    expect(end('FATAL:zygote_host_impl_linux.cc No usable sandbox!')).toContain('sandbox')
    expect(end('Missing X server or $DISPLAY')).toContain('display')
    expect(end('spawn /e/dist/electron EACCES', 127)).toContain('could not be started')
    expect(end('', 7)).toContain('exit code 7')
    expect(end('', null, 'SIGTRAP')).toContain('SIGTRAP')
  })

  it('leads to a browser, but not after a sentence of ours, a good end or a while', () => {
    const at = (code: number | null, afterMs: number, signal: string | null = null) => fallsBack({ code, signal, afterMs, said: '' })
    expect(at(1, 200)).toBe(true)
    expect(at(null, 200, 'SIGTRAP')).toBe(true)
    expect(at(2, 200)).toBe(false)
    expect(at(0, 200)).toBe(false)
    expect(at(1, 3_000)).toBe(false)
  })
})
