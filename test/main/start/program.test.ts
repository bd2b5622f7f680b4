import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/**
 * The real start.ts as npm runs it, in a tree of its own: sources copied, `out/` holding a small instance that speaks the protocol, and
 * whatever Electron or browser a test puts there.
 */
const sources = resolve(import.meta.dirname, '../../../src-main')
const instance = `
import { writeFileSync } from 'node:fs'
const note = (name, value) => writeFileSync(new URL('../../' + name, import.meta.url), JSON.stringify(value))
const link = 'http://127.0.0.1:9/app/#secret-code'
note('started', { argv: process.argv.slice(2), execArgv: process.execArgv, pool: process.env.UV_THREADPOOL_SIZE, hosted: !!process.send, pid: process.pid })
const keep = setInterval(() => {}, 1000)
const stop = (how) => { note('stopped', how); process.exit(0) }
if (process.send) {
  process.on('message', (message) => {
    if (message.type === 'start') { note('message', message); process.send({ type: 'ready', owner: 'http://127.0.0.1:9', public: 'http://127.0.0.1:8', origin: null, signIn: link }) }
    if (message.type === 'stop' && !STUBBORN) stop('message')
  })
} else {
  process.on('SIGTERM', () => stop('signal'))
  process.stdout.write('{"event":"ready"}\\n')
}
`

let root = ''
let running: ChildProcess[] = []

const place = (path: string, text: string, mode = 0o644) => {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
  chmodSync(join(root, path), mode)
}
const noted = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8')) as Record<string, unknown>

const run = (argv: string[], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [join(root, 'src-main', 'start.ts'), ...argv], {
    env: { PATH: join(root, 'bin'), HOME: root, BURROW_DATA: join(root, 'data'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const heard = (text: string, from: 'out' | 'err' = 'out') =>
    new Promise<void>((done, fail) => {
      const look = () => said[from].includes(text) && done()
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      void ended.then(() => (said[from].includes(text) ? done() : fail(new Error(`ended without "${text}": ${said.out} ${said.err}`))))
      look()
    })
  return { child, said, ended, heard }
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'burrow-start-'))
  for (const file of ['start.ts', 'config.ts', 'instance-protocol.ts', 'start'])
    cpSync(join(sources, file), join(root, 'src-main', file), { recursive: true })
  place('package.json', '{"type":"module"}')
  place('out/main/serve.js', instance.replace('STUBBORN', 'false'))
  place('out/main/cli.js', 'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3')
})

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running = []
  rmSync(root, { recursive: true, force: true })
})

describe.skipIf(process.platform === 'win32')('npm start', () => {
  it('without a display prints the link, and one sentence why', async () => {
    const { child, said, ended, heard } = run(['--owner-port', '4567'])
    await heard('http://127.0.0.1:9/app/#secret-code')
    expect(said.err).toBe('Burrow runs without a window, because there is no display here.\n')
    expect(noted('message')).toEqual({ type: 'start', argv: ['--owner-port', '4567'], keyStore: false })
    expect(noted('started')).toMatchObject({
      argv: [],
      execArgv: ['--max-semi-space-size=4'],
      pool: expect.stringMatching(/^\d+$/),
      hosted: true,
    })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(noted('stopped')).toBe('message')
  })

  it('ends an instance that does not listen, within five seconds', async () => {
    place('out/main/serve.js', instance.replace('STUBBORN', 'true'))
    const { child, ended, heard } = run(['--headless'])
    await heard('secret-code')
    const { pid } = noted('started') as { pid: number }
    const began = performance.now()
    child.kill('SIGTERM')
    await ended
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  it('takes the browser when Electron cannot be had, and keeps the code out of every argument', async () => {
    place('node_modules/electron/package.json', '{"version":"45.4.1","type":"commonjs"}')
    place('node_modules/electron/install.js', "require('fs').writeFileSync(__dirname + '/tried', ''); process.exit(1)")
    place(
      'bin/chromium',
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${root}/browser-arguments'\nread line < /dev/null\nexec /bin/sleep 60\n`,
      0o755,
    )
    const { child, said, ended, heard } = run([], { DISPLAY: ':77' })
    await heard('in your browser')
    expect(existsSync(join(root, 'node_modules/electron/tried'))).toBe(true)
    expect(said.err).toContain('Burrow opens in a browser, because Electron could not be downloaded.')
    expect(said.out).not.toContain('secret-code')
    const flags = readFileSync(join(root, 'browser-arguments'), 'utf8')
    expect(flags).not.toContain('secret-code')
    const page = decodeURIComponent(/--app=file:\/\/(.*)/.exec(flags)?.[1] ?? '')
    expect(readFileSync(page, 'utf8')).toContain('secret-code')
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(readdirSync(root).filter((name) => name.startsWith('burrow-window-'))).toEqual([])
  })

  const electron = (script: string) => {
    place('node_modules/electron/package.json', '{"version":"45.4.1"}')
    place('node_modules/electron/path.txt', 'electron')
    place('node_modules/electron/dist/version', '45.4.1')
    place('node_modules/electron/dist/electron', `#!/bin/sh\n${script}\n`, 0o755)
  }

  it('takes the browser when Electron ends at once, and prints the link if there is none', async () => {
    electron('echo "electron: error while loading shared libraries: libnss3.so: cannot open" >&2; exit 127')
    const { child, said, ended, heard } = run(['--no-download'], { DISPLAY: ':77' })
    await heard('at http://127.0.0.1:9/app/#secret-code')
    expect(said.err).toContain('Burrow opens in a browser, because Electron misses the system library libnss3.so.')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('hands flags to Electron and its exit code on, without a second try headless', async () => {
    electron(`echo "$@ [$ELECTRON_RUN_AS_NODE]" > '${root}/electron-arguments'; exit 2`)
    const { ended } = run(['--owner-port', '4567', '--hidden'], { DISPLAY: ':77', ELECTRON_RUN_AS_NODE: '1' })
    expect(await ended).toBe(2)
    expect(readFileSync(join(root, 'electron-arguments'), 'utf8')).toMatch(/^\S+ --owner-port 4567 --hidden \[\]\n$/)
    expect(existsSync(join(root, 'started'))).toBe(false)
  })

  it('ends Electron with itself', async () => {
    electron(`trap 'echo quit > ${root}/quit; exit 0' TERM; echo up; while :; do /bin/sleep 0.05; done`)
    const { child, ended, heard } = run([], { DISPLAY: ':77' })
    await heard('up')
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(existsSync(join(root, 'quit'))).toBe(true)
  })

  it('with a bad flag is one sentence, exit code 2, and nothing touched', async () => {
    for (const argv of [['--colour'], ['serve', '--colour'], ['serve', '--origin', 'http://ana.example']]) {
      const { said, ended } = run(argv)
      expect(await ended).toBe(2)
      expect(said.out).toBe('')
      expect(said.err.trim().split('\n')).toHaveLength(1)
    }
    expect(existsSync(join(root, 'started'))).toBe(false)
    expect(existsSync(join(root, 'data'))).toBe(false)
  })
})

describe.skipIf(process.platform === 'win32')('the subcommands', () => {
  it('serve carries nothing but the line of the instance, passes signals on and its exit code back', async () => {
    const { child, said, ended, heard } = run(['serve', '--public-api'])
    await heard('ready')
    expect(said.out).toBe('{"event":"ready"}\n')
    expect(noted('started')).toMatchObject({ argv: ['--public-api'], hosted: false })
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(noted('stopped')).toBe('signal')
  })

  it('burrow hands everything to the small commands', async () => {
    const { said, ended } = run(['burrow', 'init', '--name', 'ana'])
    expect(await ended).toBe(3)
    expect(said.out).toBe('["init","--name","ana"]\n')
  })

  it('build first, and keep what the build says away from stdout', async () => {
    place('.ci/build.ts', "console.log('built', 1 as number)")
    const { said, ended } = run(['burrow', 'doctor'])
    expect(await ended).toBe(3)
    expect(said.out).toBe('["doctor"]\n')
    expect(said.err).toContain('built 1')
  })

  it('stop where the build fails', async () => {
    place('.ci/build.ts', "console.error('no'); process.exit(1)")
    const { said, ended } = run(['serve'])
    expect(await ended).toBe(1)
    expect(said.err).toContain('no')
    expect(existsSync(join(root, 'started'))).toBe(false)
  })

  it('tell what they can do', async () => {
    const { said, ended } = run(['--help'])
    expect(await ended).toBe(0)
    expect(said.out).toContain('--allow-private-network')
  })
})
