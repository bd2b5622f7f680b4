import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { browserCommands, linkFolder, linkPage, showInBrowser } from '../../../src-main/start/browser.ts'

const link = 'http://127.0.0.1:4000/app/#code-0123456789abcdef'

describe('the ways to a window', () => {
  const at =
    (...there: string[]) =>
    (path: string) =>
      there.includes(path)

  it('on Linux are a Chromium of the path, then xdg-open', () => {
    const env = { PATH: '/usr/local/bin:relative:/usr/bin' }
    const exists = at('/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/xdg-open')
    const [app, plain, ...more] = browserCommands('linux', env, '/home/ana/a b/burrow.html', '/d/browser', exists)
    expect(app).toMatchObject({ file: '/usr/bin/chromium', ours: true })
    expect(app?.arguments).toContain('--app=file:///home/ana/a%20b/burrow.html')
    expect(app?.arguments).toContain('--user-data-dir=/d/browser')
    expect(plain).toEqual({ file: '/usr/bin/xdg-open', arguments: ['/home/ana/a b/burrow.html'], ours: false })
    expect(more).toEqual([])
    expect(browserCommands('linux', {}, '/p', '/d', () => true)).toEqual([])
  })

  it('on macOS are an application, then open', () => {
    const chrome = '/Users/ana/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
    const commands = browserCommands('darwin', { HOME: '/Users/ana' }, '/t/burrow.html', '/d', at(chrome))
    expect(commands.map(({ file }) => file)).toEqual([chrome, '/usr/bin/open'])
  })

  it('on Windows are Edge if there is nothing else, then the handler of web pages', () => {
    const edge = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'
    const env = { ProgramFiles: 'C:\\Program Files', 'ProgramFiles(x86)': 'C:\\Program Files (x86)', SystemRoot: 'C:\\Windows' }
    const commands = browserCommands('win32', env, 'C:\\Temp\\burrow.html', 'C:\\d', at(edge))
    expect(commands.map(({ file }) => file)).toEqual([edge, 'C:\\Windows\\System32\\rundll32.exe'])
    expect(commands[0]?.arguments[0]).toBe('--app=file:///C:/Temp/burrow.html')
    expect(commands[1]?.arguments).toEqual(['url.dll,FileProtocolHandler', 'C:\\Temp\\burrow.html'])
  })
})

describe('the page with the link', () => {
  it('leads on with and without scripts, and tells nobody where it came from', () => {
    const page = linkPage(link)
    expect(page).toContain(`location.replace("${link}")`)
    expect(page).toContain(`href="${link}"`)
    expect(page).toContain('no-referrer')
  })

  it('cannot be broken out of, and leads nowhere else', () => {
    expect(linkPage('http://127.0.0.1:1/app/?a="&b=1#</script><b>')).not.toContain('</script><b>')
    for (const other of ['https://ana.example/', 'http://127.0.0.1.ana.example/', 'javascript:alert(1)', 'file:///etc/passwd'])
      expect(() => linkPage(other)).toThrow()
  })

  it('lies where a browser in a box can read it', () => {
    expect(linkFolder('linux', '/home/ana', '/tmp')).toBe('/home/ana')
    expect(linkFolder('darwin', '/Users/ana', '/var/t')).toBe('/var/t')
    expect(linkFolder('win32', 'C:\\Users\\ana', 'C:\\T')).toBe('C:\\T')
  })
})

describe.skipIf(process.platform === 'win32')('showing it', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'burrow-browser-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const program = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, `#!/bin/sh\n${text}\n`)
    chmodSync(file, 0o755)
    return file
  }

  it('hands the link over in a file for our eyes only, never in an argument, and removes it', async () => {
    const seen = join(folder, 'seen')
    const browser = program(
      'browser',
      `echo "$@" > '${seen}.args'; cp "$1" '${seen}.page'; stat -c '%a %n' "$1" "$(dirname "$1")" > '${seen}.modes' 2>/dev/null; exit 0`,
    )
    mkdirSync(join(folder, 'links'))
    let page = ''
    const shown = await showInBrowser(
      link,
      folder,
      (_platform, _env, path) => {
        page = path
        expect(statSync(path).mode & 0o777).toBe(0o600)
        expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
        return [
          { file: join(folder, 'not-there'), arguments: [path], ours: true },
          { file: program('broken', 'exit 1'), arguments: [path], ours: true },
          { file: browser, arguments: [path], ours: false },
        ]
      },
      join(folder, 'links'),
    )
    expect(shown).not.toBeNull()
    expect(readFileSync(`${seen}.args`, 'utf8')).not.toContain('code-')
    expect(readFileSync(`${seen}.page`, 'utf8')).toContain(link)
    await shown?.close()
    expect(existsSync(page)).toBe(false)
    expect(existsSync(dirname(page))).toBe(false)
  })

  it('leaves nothing behind when no browser takes it', async () => {
    let page = ''
    const shown = await showInBrowser(
      link,
      folder,
      (_platform, _env, path) => {
        page = path
        return [{ file: program('broken', 'exit 3'), arguments: [path], ours: true }]
      },
      folder,
    )
    expect(shown).toBeNull()
    expect(existsSync(dirname(page))).toBe(false)
  })
})
