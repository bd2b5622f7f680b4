import { readFileSync } from 'node:fs'
import { availableParallelism, homedir } from 'node:os'
import { posix, win32 } from 'node:path'

/**
 * What the program was told: defaults < `config.json` in the data folder < `BURROW_…` in the environment < flags (design section 3).
 * This file is the only reader of the environment. It imports nothing of ours, so that launchers can use it before anything is built.
 */
export type Config = Readonly<{
  /** Absolute path of the data folder. */
  data: string
  /** Ports on 127.0.0.1; null: any free port, the one of the last start if it is free. */
  ownerPort: number | null
  publicPort: number | null
  /** The public origin as `https://host`, no slash at the end; null: the stored one, or none yet. */
  origin: string | null
  /** null: not given, the stored choice of the owner holds. */
  tunnel: 'none' | 'localtunnel' | null
  /** Origin of the localtunnel server, no slash at the end. */
  localtunnelHost: string
  allowPrivateNetwork: boolean
  /** Servers that may be reached on another port than 443, as `host:port`: nobody unless named. */
  allowPorts: readonly string[]
  publicApi: boolean
  logLevel: LogLevel
  /** Test key: the database may not grow over this number of pages, which is how a full disk is played. */
  maxPages: number | null
  /** Test key: public-looking names that are really on loopback. Empty unless `allowPrivateNetwork`. */
  netMap: Readonly<Record<string, LoopbackTarget>>
  /** Test key: sign with this scheme alone, never knocking twice; null: draft-cavage first, RFC 9421 if it is refused. */
  signatures: SignatureScheme | null
}>

export type SignatureScheme = 'cavage' | 'rfc9421'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** Where a mapped name is answered. `port` null: the port of the address that is asked for. */
export type LoopbackTarget = Readonly<{ address: string; port: number | null }>

export type Environment = Readonly<Record<string, string | undefined>>

export type ConfigInput = {
  argv: readonly string[]
  env: Environment
  platform: string
  homedir: string
  cwd?: string
  /** Text of a file, null if there is none. May throw; that becomes a sentence. */
  readFile: (path: string) => string | null
  /** `burrow init` makes identities for LANs and tests too: any http(s) origin is valid there. `serve` still asks for the flag. */
  anyOrigin?: boolean
}

/** One clear English sentence about what was asked for. Nothing has been touched; programs end with `exitCode`. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly exitCode = 2
}

type Kind = 'path' | 'port' | 'origin' | 'tunnel' | 'host' | 'boolean' | 'level' | 'count' | 'map' | 'scheme' | 'authorities'
type Entry = { key: keyof Config; flag: string; variable: string; kind: Kind; explain: string }

/** Every setting once: its key in `config.json`, its flag, its variable. The last three are for tests only. */
export const settings: readonly Entry[] = [
  { key: 'data', flag: '--data', variable: 'BURROW_DATA', kind: 'path', explain: 'data folder' },
  { key: 'ownerPort', flag: '--owner-port', variable: 'BURROW_OWNER_PORT', kind: 'port', explain: 'port of the window on 127.0.0.1' },
  {
    key: 'publicPort',
    flag: '--public-port',
    variable: 'BURROW_PUBLIC_PORT',
    kind: 'port',
    explain: 'port of the public listener on 127.0.0.1',
  },
  { key: 'origin', flag: '--origin', variable: 'BURROW_ORIGIN', kind: 'origin', explain: 'the public origin, such as https://ana.example' },
  { key: 'tunnel', flag: '--tunnel', variable: 'BURROW_TUNNEL', kind: 'tunnel', explain: 'none or localtunnel' },
  { key: 'localtunnelHost', flag: '--localtunnel-host', variable: 'BURROW_LOCALTUNNEL_HOST', kind: 'host', explain: 'localtunnel server' },
  {
    key: 'allowPrivateNetwork',
    flag: '--allow-private-network',
    variable: 'BURROW_ALLOW_PRIVATE_NETWORK',
    kind: 'boolean',
    explain: 'tests and LANs: allow http, private addresses and ports',
  },
  {
    key: 'allowPorts',
    flag: '--allow-ports',
    variable: 'BURROW_ALLOW_PORTS',
    kind: 'authorities',
    explain: 'servers on other ports than 443, such as mo.example:8443,fen.example:444',
  },
  { key: 'publicApi', flag: '--public-api', variable: 'BURROW_PUBLIC_API', kind: 'boolean', explain: 'serve the client API publicly too' },
  {
    key: 'logLevel',
    flag: '--log-level',
    variable: 'BURROW_LOG_LEVEL',
    kind: 'level',
    explain: 'trace, debug, info, warn, error, fatal or silent',
  },
  { key: 'maxPages', flag: '--max-pages', variable: 'BURROW_MAX_PAGES', kind: 'count', explain: 'tests: page limit of the database' },
  { key: 'netMap', flag: '--net-map', variable: 'BURROW_NET_MAP', kind: 'map', explain: 'tests: JSON of names and their loopback address' },
  { key: 'signatures', flag: '--signatures', variable: 'BURROW_SIGNATURES', kind: 'scheme', explain: 'tests: only cavage or only rfc9421' },
]

const defaultLocaltunnelHost = 'https://localtunnel.me'
const logLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/**
 * The OS's place for a person's data: `%APPDATA%\Burrow`, `~/Library/Application Support/Burrow`, `$XDG_DATA_HOME/burrow`.
 * The same for Electron, headless and tests. Relative values of the variables are ignored, as the XDG base directory specification asks.
 */
export function dataFolder(platform: string, env: Environment, home: string): string {
  if (platform === 'win32') {
    const base = env.APPDATA
    return base && win32.isAbsolute(base) ? win32.join(base, 'Burrow') : win32.join(home, 'AppData', 'Roaming', 'Burrow')
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'Burrow')
  const base = env.XDG_DATA_HOME
  return base && posix.isAbsolute(base) ? posix.join(base, 'burrow') : posix.join(home, '.local', 'share', 'burrow')
}

/**
 * Reads and checks all settings. Pure: everything it looks at is handed in. Touches nothing.
 * @throws ConfigError with one sentence that names the flag, variable or file at fault.
 */
export function loadConfig(input: ConfigInput): Config {
  const path = input.platform === 'win32' ? win32 : posix
  const flags = readFlags(input.argv)
  const variables = new Map<keyof Config, Given>()
  for (const entry of settings) {
    const text = input.env[entry.variable]
    if (text !== undefined && text !== '') variables.set(entry.key, { value: text, where: entry.variable })
  }
  const chosen = flags.get('data') ?? variables.get('data')
  const base = input.cwd ?? process.cwd()
  const data = chosen ? path.resolve(base, folderName(chosen)) : dataFolder(input.platform, input.env, input.homedir)
  const file = readConfigFile(path.join(data, 'config.json'), input.readFile)
  const given = (key: keyof Config): Given | undefined => flags.get(key) ?? variables.get(key) ?? file.get(key)

  const allowPrivateNetwork = boolean(given('allowPrivateNetwork')) ?? false
  const ownerPort = port(given('ownerPort'))
  const publicPort = port(given('publicPort'))
  if (ownerPort !== null && ownerPort === publicPort) {
    throw new ConfigError(`The window and the public listener cannot both have port ${ownerPort}.`)
  }
  return Object.freeze({
    data,
    ownerPort,
    publicPort,
    origin: origin(given('origin'), allowPrivateNetwork || input.anyOrigin === true),
    tunnel: tunnel(given('tunnel')),
    localtunnelHost: serverOrigin(given('localtunnelHost')) ?? defaultLocaltunnelHost,
    allowPrivateNetwork,
    allowPorts: authorities(given('allowPorts')),
    publicApi: boolean(given('publicApi')) ?? false,
    logLevel: level(given('logLevel')) ?? 'info',
    maxPages: count(given('maxPages')),
    netMap: allowPrivateNetwork ? netMap(given('netMap')) : Object.freeze({}),
    signatures: scheme(given('signatures')),
  })
}

/** `loadConfig` with this machine behind it. @throws ConfigError */
export function readConfig(argv: readonly string[], options: { anyOrigin?: boolean } = {}): Config {
  return loadConfig({ argv, env: environment(), platform: process.platform, homedir: homedir(), readFile: readIfThere, ...options })
}

/**
 * Where compiled code may be kept between starts: the OS's place for caches of this person, never a shared folder, where somebody else
 * could leave code for us. Saves a third of the start (measured: 1,250 to 760 ms on a busy machine).
 */
export function codeCacheFolder(platform: string, env: Environment, home: string): string {
  if (platform === 'win32') {
    const base = env.LOCALAPPDATA
    return base && win32.isAbsolute(base)
      ? win32.join(base, 'Burrow', 'Code Cache')
      : win32.join(home, 'AppData', 'Local', 'Burrow', 'Code Cache')
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Caches', 'Burrow', 'code')
  const base = env.XDG_CACHE_HOME
  return base && posix.isAbsolute(base) ? posix.join(base, 'burrow', 'code') : posix.join(home, '.cache', 'burrow', 'code')
}

/** `codeCacheFolder` of this machine. */
export function ownCodeCacheFolder(): string {
  return codeCacheFolder(process.platform, process.env, homedir())
}

/** A copy of the environment, for rooms that may not read it themselves (displays, Electron's own variables). */
export function environment(): Environment {
  return { ...process.env }
}

/**
 * What whoever starts an instance gives it (design 17): the whole environment with the thread pool that RSA signing wants, and the node
 * flags that keep memory small (172 MB instead of 278 after 20,000 activities).
 */
export function launchEnvironment(): { env: Record<string, string>; execArgv: string[] } {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value
  env.UV_THREADPOOL_SIZE ??= String(threadPoolSize(availableParallelism()))
  return { env, execArgv: ['--max-semi-space-size=4'] }
}

/** Threads of the pool for a machine with so many cores: never under libuv's own 4, never over 16. */
export function threadPoolSize(cores: number): number {
  return Math.min(16, Math.max(4, cores))
}

/**
 * Splits flags that only one command knows (`--name`, `--scope`) from those of the program.
 * @throws ConfigError if one of them has no value.
 */
export function takeFlags<Name extends string>(
  argv: readonly string[],
  names: readonly Name[],
): { taken: Partial<Record<Name, string>>; rest: string[] } {
  const taken: Partial<Record<Name, string>> = {}
  const rest: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    const name = names.find((known) => word === `--${known}` || word.startsWith(`--${known}=`))
    if (name === undefined) {
      rest.push(word)
      continue
    }
    const value = word.includes('=') ? word.slice(word.indexOf('=') + 1) : argv[++at]
    if (value === undefined || value === '' || (!word.includes('=') && value.startsWith('--'))) {
      throw new ConfigError(`--${name} needs a value.`)
    }
    taken[name] = value
  }
  return { taken, rest }
}

/** Only the flags of this program, with their values: what Electron and Chromium add to a command line is left out. */
export function ownFlags(argv: readonly string[]): string[] {
  const own: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    const entry = settings.find(({ flag }) => word === flag || word.startsWith(`${flag}=`))
    if (!entry) continue
    own.push(word)
    const next = argv[at + 1]
    if (entry.kind !== 'boolean' && !word.includes('=') && next !== undefined && !next.startsWith('--')) {
      own.push(next)
      at++
    }
  }
  return own
}

/** The flags as a help text of one line each. */
export function flagHelp(): string {
  return settings.map(({ flag, variable, explain }) => `  ${flag.padEnd(24)}${explain} (${variable})`).join('\n')
}

type Given = { value: unknown; where: string }

function readFlags(argv: readonly string[]): Map<keyof Config, Given> {
  const found = new Map<keyof Config, Given>()
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    const equals = word.indexOf('=')
    const name = word.startsWith('--') && equals > 0 ? word.slice(0, equals) : word
    const entry = settings.find(({ flag }) => flag === name)
    if (!entry) throw new ConfigError(unknownFlag(name))
    if (entry.kind === 'boolean') {
      found.set(entry.key, { value: equals > 0 ? word.slice(equals + 1) : true, where: name })
      continue
    }
    const value = equals > 0 ? word.slice(equals + 1) : argv[++at]
    if (value === undefined || value === '' || (equals < 0 && value.startsWith('--')))
      throw new ConfigError(`${name} needs a value: ${entry.explain}.`)
    found.set(entry.key, { value, where: name })
  }
  return found
}

function unknownFlag(name: string): string {
  if (!name.startsWith('-')) return `I do not know what to do with "${name}": every option begins with --.`
  const near = settings.find(
    ({ flag }) => flag.startsWith(name) || name.startsWith(flag) || flag.replaceAll('-', '') === name.replaceAll(/[-_]/g, ''),
  )
  return near ? `I do not know the option ${name}; did you mean ${near.flag}?` : `I do not know the option ${name}.`
}

function readConfigFile(path: string, readFile: ConfigInput['readFile']): Map<keyof Config, Given> {
  const found = new Map<keyof Config, Given>()
  let text: string | null
  try {
    text = readFile(path)
  } catch (cause) {
    throw new ConfigError(`The config file ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause })
  }
  if (text === null) return found
  let parsed: unknown
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new ConfigError(`The config file ${path} is not valid JSON.`, { cause })
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new ConfigError(`The config file ${path} must hold one JSON object.`)
  for (const [key, value] of Object.entries(parsed)) {
    if (key === 'data') throw new ConfigError(`The config file ${path} lies in the data folder, so it cannot name another one.`)
    const entry = settings.find((known) => known.key === key)
    if (!entry) throw new ConfigError(`The config file ${path} has a key that I do not know: "${key}".`)
    if (value !== null) found.set(entry.key, { value, where: `"${key}" in ${path}` })
  }
  return found
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}

function folderName({ value, where }: Given): string {
  if (typeof value !== 'string' || value.includes('\0')) throw new ConfigError(`${where} must be a folder.`)
  return value
}

function boolean(given: Given | undefined): boolean | null {
  if (!given) return null
  const { value, where } = given
  if (typeof value === 'boolean') return value
  const word = typeof value === 'string' ? value.toLowerCase() : ''
  if (word === '1' || word === 'true' || word === 'yes' || word === 'on') return true
  if (word === '0' || word === 'false' || word === 'no' || word === 'off') return false
  throw new ConfigError(`${where} is true or false, not ${shown(value)}.`)
}

/** 0 and nothing mean any free port. */
function port(given: Given | undefined): number | null {
  if (!given) return null
  const number = wholeNumber(given.value)
  if (number === null || number > 65_535) throw new ConfigError(`${given.where} is a port from 1 to 65535, not ${shown(given.value)}.`)
  return number === 0 ? null : number
}

function count(given: Given | undefined): number | null {
  if (!given) return null
  const number = wholeNumber(given.value)
  if (number === null || number < 1) throw new ConfigError(`${given.where} is a whole number over 0, not ${shown(given.value)}.`)
  return number
}

function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null
}

function tunnel(given: Given | undefined): Config['tunnel'] {
  if (!given) return null
  if (given.value === 'none' || given.value === 'localtunnel') return given.value
  throw new ConfigError(`${given.where} is none or localtunnel, not ${shown(given.value)}.`)
}

function scheme(given: Given | undefined): SignatureScheme | null {
  if (!given) return null
  if (given.value === 'cavage' || given.value === 'rfc9421') return given.value
  throw new ConfigError(`${given.where} is cavage or rfc9421, not ${shown(given.value)}.`)
}

function level(given: Given | undefined): LogLevel | null {
  if (!given) return null
  const found = logLevels.find((known) => known === given.value)
  if (!found) throw new ConfigError(`${given.where} is one of ${logLevels.join(', ')}, not ${shown(given.value)}.`)
  return found
}

function origin(given: Given | undefined, lifted: boolean): string | null {
  if (!given) return null
  const url = plainUrl(given, 'https://ana.example')
  if (lifted) return url.origin
  const refuse = (why: string) =>
    new ConfigError(`${given.where} is ${shown(given.value)}: ${why}. For tests and LANs there is --allow-private-network.`)
  if (url.protocol !== 'https:') throw refuse('other servers only talk to https')
  if (url.port !== '') throw refuse('an address has no port')
  const host = url.hostname
  if (host.startsWith('[') || /^\d{1,3}(\.\d{1,3}){3}$/.test(host)) throw refuse('an address is a name, not a number')
  if (!host.includes('.') || host.endsWith('.') || host.endsWith('.localhost')) throw refuse('other servers cannot find that name')
  return url.origin
}

function serverOrigin(given: Given | undefined): string | null {
  return given ? plainUrl(given, defaultLocaltunnelHost).origin : null
}

function plainUrl({ value, where }: Given, example: string): URL {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') {
    throw new ConfigError(`${where} is an address such as ${example}, not ${shown(value)}.`)
  }
  // Never shown: what stands before the @ may be a password.
  if (url.username !== '' || url.password !== '') throw new ConfigError(`${where} must not have a user name or password in it.`)
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || /[?#]$/.test(String(value))) {
    throw new ConfigError(`${where} is only scheme and host, such as ${example}, not ${shown(value)}.`)
  }
  return url
}

/** `mo.example:8443,fen.example:444`, or a list of such in the config file. */
function authorities(given: Given | undefined): readonly string[] {
  if (!given) return Object.freeze([])
  const { value, where } = given
  const list: unknown[] = typeof value === 'string' ? value.split(',').map((one) => one.trim()) : Array.isArray(value) ? value : [value]
  return Object.freeze(
    list.map((one) => {
      const url = typeof one === 'string' && /^[a-z0-9.-]+:\d{1,5}$/i.test(one) ? URL.parse(`https://${one}`) : null
      if (!url || url.port === '' || url.port === '0')
        throw new ConfigError(`${where} is a list such as mo.example:8443, not ${shown(one)}.`)
      return url.host
    }),
  )
}

/** `{"peer.example": "127.0.0.1:4444"}`; the port may be left out, `[::1]:4444` is IPv6. */
function netMap(given: Given | undefined): Config['netMap'] {
  const map: Record<string, LoopbackTarget> = {}
  if (!given) return Object.freeze(map)
  let parsed: unknown = given.value
  if (typeof parsed === 'string') {
    try {
      parsed = JSON.parse(parsed)
    } catch (cause) {
      throw new ConfigError(`${given.where} is not valid JSON.`, { cause })
    }
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new ConfigError(`${given.where} must be a JSON object of names and addresses.`)
  for (const [name, target] of Object.entries(parsed)) {
    const match = typeof target === 'string' ? /^(127(?:\.\d{1,3}){3}|\[::1\])(?::(\d{1,5}))?$/.exec(target) : null
    const number = match?.[2] === undefined ? null : Number(match[2])
    if (!match || (number !== null && (number < 1 || number > 65_535))) {
      throw new ConfigError(
        `${given.where} maps ${shown(name)} to ${shown(target)}, which is not a loopback address such as 127.0.0.1:4444.`,
      )
    }
    map[name.toLowerCase()] = Object.freeze({ address: (match[1] ?? '').replace(/[[\]]/g, ''), port: number })
  }
  return Object.freeze(map)
}

/** A value as it may stand in a sentence: short, on one line. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  // eslint-disable-next-line no-control-regex -- a terminal must not be steered by what somebody put into a config file
  const line = text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
  return `"${line.length > 80 ? `${line.slice(0, 79)}…` : line}"`
}
