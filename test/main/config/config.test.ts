import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  ConfigError,
  codeCacheFolder,
  dataFolder,
  flagHelp,
  launchEnvironment,
  loadConfig,
  ownFlags,
  readConfig,
  settings,
  takeFlags,
  threadPoolSize,
  type ConfigInput,
} from '../../../src-main/config.ts'

const load = (argv: string[] = [], more: Partial<ConfigInput> = {}) =>
  loadConfig({ argv, env: {}, platform: 'linux', homedir: '/home/ana', cwd: '/home/ana', readFile: () => null, ...more })

const sentence = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as ConfigError).exitCode).toBe(2)
    const { message } = error as ConfigError
    expect(message).toMatch(/[.?]$/)
    expect(message).not.toContain('\n')
    return message
  }
  throw new Error('nothing was refused')
}

describe('the data folder', () => {
  it('compiled code is kept where only this person can put something', () => {
    expect(codeCacheFolder('linux', {}, '/home/ana')).toBe('/home/ana/.cache/burrow/code')
    expect(codeCacheFolder('linux', { XDG_CACHE_HOME: '/srv/cache' }, '/home/ana')).toBe('/srv/cache/burrow/code')
    expect(codeCacheFolder('linux', { XDG_CACHE_HOME: 'relative' }, '/home/ana')).toBe('/home/ana/.cache/burrow/code')
    expect(codeCacheFolder('darwin', {}, '/Users/ana')).toBe('/Users/ana/Library/Caches/Burrow/code')
    expect(codeCacheFolder('win32', {}, 'C:\\Users\\ana')).toBe('C:\\Users\\ana\\AppData\\Local\\Burrow\\Code Cache')
  })
  it('is the place of the operating system', () => {
    expect(dataFolder('linux', {}, '/home/ana')).toBe('/home/ana/.local/share/burrow')
    expect(dataFolder('linux', { XDG_DATA_HOME: '/srv/data' }, '/home/ana')).toBe('/srv/data/burrow')
    expect(dataFolder('darwin', { XDG_DATA_HOME: '/srv/data' }, '/Users/ana')).toBe('/Users/ana/Library/Application Support/Burrow')
    expect(dataFolder('win32', { APPDATA: 'C:\\Users\\ana\\AppData\\Roaming' }, 'C:\\Users\\ana')).toBe(
      'C:\\Users\\ana\\AppData\\Roaming\\Burrow',
    )
    expect(dataFolder('win32', {}, 'C:\\Users\\ana')).toBe('C:\\Users\\ana\\AppData\\Roaming\\Burrow')
  })

  it('does not follow relative variables', () => {
    expect(dataFolder('linux', { XDG_DATA_HOME: 'data' }, '/home/ana')).toBe('/home/ana/.local/share/burrow')
    expect(dataFolder('win32', { APPDATA: 'data' }, 'C:\\Users\\ana')).toBe('C:\\Users\\ana\\AppData\\Roaming\\Burrow')
  })

  it('given as a relative path is taken from where the program was started', () => {
    expect(load(['--data', 'here']).data).toBe('/home/ana/here')
    expect(load([], { env: { BURROW_DATA: '../there' } }).data).toBe('/home/there')
    expect(load(['--data', 'D:\\burrow'], { platform: 'win32', cwd: 'C:\\' }).data).toBe('D:\\burrow')
  })
})

describe('settings', () => {
  it('have defaults that contact nobody', () => {
    expect(load()).toEqual({
      data: '/home/ana/.local/share/burrow',
      ownerPort: null,
      publicPort: null,
      origin: null,
      tunnel: null,
      localtunnelHost: 'https://localtunnel.me',
      allowPrivateNetwork: false,
      allowPorts: [],
      publicApi: false,
      logLevel: 'info',
      maxPages: null,
      netMap: {},
      signatures: null,
    })
  })

  it('are taken from flags before the environment before the file', () => {
    const readFile = (path: string) =>
      path === '/d/config.json'
        ? '\uFEFF{"ownerPort": 1001, "publicPort": 1002, "tunnel": "localtunnel", "publicApi": true, "origin": null}'
        : null
    const env = { BURROW_OWNER_PORT: '2001', BURROW_PUBLIC_PORT: '2002', BURROW_LOG_LEVEL: '' }
    const config = load(['--data=/d', '--owner-port', '3001'], { env, readFile })
    expect(config).toMatchObject({
      ownerPort: 3001,
      publicPort: 2002,
      tunnel: 'localtunnel',
      publicApi: true,
      origin: null,
      logLevel: 'info',
    })
  })

  it('each have a flag and a variable that do the same', () => {
    const values: Record<string, string> = {
      data: '/d',
      ownerPort: '4001',
      publicPort: '4002',
      origin: 'https://ana.example/',
      tunnel: 'none',
      localtunnelHost: 'http://lt.example:8080',
      allowPrivateNetwork: 'true',
      allowPorts: 'Mo.Example:8443, fen.example:444',
      publicApi: 'yes',
      logLevel: 'warn',
      maxPages: '900',
      netMap: '{"Peer.example": "127.0.0.2:4444", "other.example": "[::1]"}',
      signatures: 'rfc9421',
    }
    const argv = settings.map(({ key, flag }) => `${flag}=${values[key]}`)
    const env = Object.fromEntries(settings.map(({ key, variable }) => [variable, values[key]]))
    const expected = {
      data: '/d',
      ownerPort: 4001,
      publicPort: 4002,
      origin: 'https://ana.example',
      tunnel: 'none',
      localtunnelHost: 'http://lt.example:8080',
      allowPrivateNetwork: true,
      allowPorts: ['mo.example:8443', 'fen.example:444'],
      publicApi: true,
      logLevel: 'warn',
      maxPages: 900,
      netMap: { 'peer.example': { address: '127.0.0.2', port: 4444 }, 'other.example': { address: '::1', port: null } },
      signatures: 'rfc9421',
    }
    expect(load(argv)).toEqual(expected)
    expect(load([], { env })).toEqual(expected)
    for (const { flag, variable } of settings) expect(flagHelp()).toMatch(new RegExp(`${flag} .*${variable}`))
  })

  it('are frozen', () => {
    const config = load(['--allow-private-network'], { env: { BURROW_NET_MAP: '{"a.example":"127.0.0.1"}' } })
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.netMap)).toBe(true)
  })

  it('let 0 mean any free port', () => {
    expect(load(['--owner-port', '0', '--public-port', '0'])).toMatchObject({ ownerPort: null, publicPort: null })
  })

  it('map names only where private addresses are allowed', () => {
    expect(load([], { env: { BURROW_NET_MAP: '{"a.example":"127.0.0.1"}' } }).netMap).toEqual({})
  })

  it('switch off what the file switched on', () => {
    expect(load(['--public-api=false'], { readFile: () => '{"publicApi":true}' }).publicApi).toBe(false)
  })
})

describe('an origin', () => {
  it('is brought to scheme and host', () => {
    expect(load(['--origin', 'HTTPS://Ana.Example:443/']).origin).toBe('https://ana.example')
    expect(load(['--origin', 'https://bücher.example']).origin).toBe('https://xn--bcher-kva.example')
    expect(load(['--origin', 'http://127.0.0.1:4000', '--allow-private-network']).origin).toBe('http://127.0.0.1:4000')
    expect(load(['--origin', 'http://ana.localhost:80', '--allow-private-network']).origin).toBe('http://ana.localhost')
    expect(load(['--origin', 'http://127.0.0.1:4000'], { anyOrigin: true })).toMatchObject({
      origin: 'http://127.0.0.1:4000',
      allowPrivateNetwork: false,
    })
  })

  it.each([
    ['http://ana.example', 'https'],
    ['https://ana.example:8443', 'port'],
    ['https://192.0.2.7', 'number'],
    ['https://0x7f.1', 'number'],
    ['https://[2001:db8::1]', 'number'],
    ['https://ana', 'cannot find'],
    ['https://ana.localhost', 'cannot find'],
  ])('%s needs the flag for private networks', (origin, why) => {
    expect(sentence(() => load(['--origin', origin]))).toContain(why)
    expect(load(['--origin', origin, '--allow-private-network']).origin).not.toBeNull()
  })

  it.each([
    'ana.example',
    'ftp://ana.example',
    'https://ana.example/burrow',
    'https://ana.example/?',
    'https://ana.example/#',
    'https://',
    'javascript:alert(1)',
  ])('%s is never one', (origin) => {
    sentence(() => load(['--origin', origin]))
    expect(sentence(() => load(['--origin', origin, '--allow-private-network']))).toContain('--origin')
  })

  it('with a password is refused without repeating the password', () => {
    expect(sentence(() => load(['--origin', 'https://ana:s3cret@ana.example']))).not.toContain('s3cret')
  })
})

describe('what cannot be meant', () => {
  it.each<[string, string[], string]>([
    ['an unknown flag', ['--colour', 'red'], '--colour'],
    ['a flag by half', ['--owner', '3000'], 'did you mean --owner-port?'],
    ['a flag with underscores', ['--owner_port', '3000'], 'did you mean --owner-port?'],
    ['a word', ['start'], '"start"'],
    ['a flag without its value', ['--origin'], '--origin needs a value'],
    ['a flag in place of a value', ['--data', '--public-api'], '--data needs a value'],
    ['a port out of range', ['--owner-port', '70000'], '65535'],
    ['a port in words', ['--owner-port', 'three'], '"three"'],
    ['one port twice', ['--owner-port', '3000', '--public-port', '3000'], '3000'],
    ['another tunnel', ['--tunnel', 'ngrok'], 'localtunnel'],
    ['a truth in between', ['--public-api=maybe'], 'maybe'],
    ['a level of its own', ['--log-level', 'loud'], 'loud'],
    ['a scheme nobody speaks', ['--signatures', 'pgp'], 'rfc9421'],
    ['a port for nobody', ['--allow-ports', '8443'], 'mo.example:8443'],
    ['a port for everybody', ['--allow-ports', '*:8443'], 'mo.example:8443'],
    ['a port that is the usual one', ['--allow-ports', 'mo.example:443'], 'mo.example:8443'],
    ['no pages', ['--max-pages', '0'], '--max-pages'],
    ['a map that leads outside', ['--allow-private-network', '--net-map', '{"a.example":"192.0.2.1:80"}'], 'loopback'],
    ['a map that is none', ['--allow-private-network', '--net-map', '[]'], '--net-map'],
  ])('%s is one sentence', (_what, argv, word) => {
    expect(sentence(() => load(argv))).toContain(word)
  })

  it('in the environment is named by its variable', () => {
    expect(sentence(() => load([], { env: { BURROW_TUNNEL: 'maybe' } }))).toContain('BURROW_TUNNEL')
  })

  it.each([
    ['{"ownerPort": "x"}', '"ownerPort" in /d/config.json'],
    ['{"colour": 1}', '"colour"'],
    ['{"data": "/elsewhere"}', 'cannot name another one'],
    ['[]', 'one JSON object'],
    ['{', 'not valid JSON'],
  ])('in the file %s is named with the file', (text, word) => {
    expect(sentence(() => load(['--data', '/d'], { readFile: () => text }))).toContain(word)
  })

  it('a file that cannot be read is not a file that is not there', () => {
    const readFile = () => {
      throw new Error('permission denied')
    }
    expect(sentence(() => load(['--data', '/d'], { readFile }))).toContain('/d/config.json')
  })

  it('does not steer the terminal it is printed on', () => {
    expect(sentence(() => load(['--tunnel', 'a\u001b[31m\nb']))).not.toContain('\u001b')
  })
})

describe('this machine', () => {
  it('reads the file of a real folder', () => {
    const data = mkdtempSync(join(tmpdir(), 'burrow-config-'))
    try {
      expect(readConfig(['--data', data]).ownerPort).toBeNull()
      writeFileSync(join(data, 'config.json'), '{"ownerPort": 4321}')
      expect(readConfig(['--data', data]).ownerPort).toBe(4321)
      expect(readConfig(['--data', data, '--origin', 'http://127.0.0.1:1'], { anyOrigin: true }).origin).toBe('http://127.0.0.1:1')
    } finally {
      rmSync(data, { recursive: true })
    }
  })

  it('starts instances with the small heap and a pool for signing', () => {
    const { env, execArgv } = launchEnvironment()
    expect(execArgv).toEqual(['--max-semi-space-size=4'])
    expect(Number(env.UV_THREADPOOL_SIZE)).toBeGreaterThanOrEqual(1)
    expect([1, 4, 12, 64].map(threadPoolSize)).toEqual([4, 4, 12, 16])
  })
})

describe('command lines', () => {
  it('give single commands their own flags', () => {
    expect(takeFlags(['--data', '/d', '--name', 'ana', '--scope=read write'], ['name', 'scope'])).toEqual({
      taken: { name: 'ana', scope: 'read write' },
      rest: ['--data', '/d'],
    })
    expect(sentence(() => takeFlags(['--name'], ['name']))).toContain('--name')
    expect(sentence(() => takeFlags(['--name', '--data'], ['name']))).toContain('--name')
  })

  it('are cleared of what Chromium adds', () => {
    expect(
      ownFlags([
        '/opt/electron',
        '--inspect=0',
        '.',
        '--public-api',
        '--data',
        '/d',
        '--no-sandbox',
        '--origin=https://a.example',
        'web+ap://b',
      ]),
    ).toEqual(['--public-api', '--data', '/d', '--origin=https://a.example'])
  })
})
