import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, resolve } from 'node:path'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { channels, networkChannel, routeChannel } from '../../../src-main/desktop/channels.ts'

/** What can be told from the built files themselves. */
const out = resolve(import.meta.dirname, '../../../out')
const read = (...path: string[]) => readFileSync(join(out, ...path), 'utf8')
const shell = read('main', 'main.js')
const preload = read('preload', 'preload.cjs')

const importsOf = (file: string, seen = new Set<string>()): Set<string> => {
  for (const [, name = ''] of read('main', file).matchAll(/^(?:import|export)\b[^'"]*['"]([^'"]+)['"];?$/gm)) {
    if (seen.has(name)) continue
    seen.add(name)
    if (name.startsWith('.')) importsOf(join(file, '..', name), seen)
  }
  return seen
}

describe('the built main process', () => {
  it('knows Electron and Node, nothing of the instance', () => {
    const packages = [...importsOf('main.js')].filter(
      (name) => !name.startsWith('.') && !name.startsWith('node:') && !builtinModules.includes(name),
    )
    expect(packages).toEqual(['electron'])
  })

  it('is the only file with Electron in it', () => {
    const files = readdirSync(join(out, 'main'), { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.js') && file !== 'main.js',
    )
    expect(files).toContain('serve.js')
    for (const file of files) expect(read('main', file), file).not.toMatch(/(from|import|require\()\s*['"]electron['"]/)
  })

  it('has the switches of the sandbox written out, and none of the dangerous ones', () => {
    for (const literal of ['sandbox: true', 'contextIsolation: true', 'nodeIntegration: false', 'webviewTag: false', '.enableSandbox()'])
      expect(shell).toContain(literal)
    for (const danger of [
      'webSecurity',
      'allowRunningInsecureContent',
      'experimentalFeatures',
      'enableBlinkFeatures',
      'nodeIntegrationInWorker',
      'no-sandbox',
      'loadFile(',
    ])
      expect(shell, danger).not.toContain(danger)
  })

  it('uses the key store only in the way that does not block', () => {
    expect(shell).toContain('encryptStringAsync')
    expect(shell).not.toMatch(/\.(encryptString|decryptString|isEncryptionAvailable)\(/)
  })
})

describe('the built preload', () => {
  const exposed: Record<string, Record<string, unknown>> = {}
  const sent: [string, unknown][] = []
  const heard = new Map<string, (event: unknown, given: unknown) => void>()
  const page = new Map<string, () => void>()
  const required: string[] = []
  runInNewContext(preload, {
    require: (name: string) => {
      required.push(name)
      return {
        contextBridge: { exposeInMainWorld: (name: string, api: Record<string, unknown>) => (exposed[name] = api) },
        ipcRenderer: {
          invoke: (channel: string, argument: unknown) => Promise.resolve(void sent.push([channel, argument])),
          send: (channel: string, argument: unknown) => void sent.push([channel, argument]),
          on: (channel: string, listener: (event: unknown, given: unknown) => void) => heard.set(channel, listener),
        },
      }
    },
    process: { platform: 'linux' },
    window: { addEventListener: (event: string, listener: () => void) => page.set(event, listener) },
  })
  const api = exposed.burrow ?? {}
  const call = (verb: string, ...given: unknown[]) => (api[verb] as (...given: unknown[]) => unknown)(...given)

  it('asks for Electron alone, so that it can run in the sandbox', () => {
    expect(required).toEqual(['electron'])
    expect(preload).not.toMatch(/^\s*(import|export)\s/m)
  })

  it('lends the page its verbs and nothing else', () => {
    expect(Object.keys(exposed)).toEqual(['burrow'])
    expect(Object.keys(api).sort()).toEqual([...Object.keys(channels), 'onRoute', 'platform'].sort())
    expect(api.platform).toBe('linux')
  })

  it('speaks on the channels that the main process hears', () => {
    for (const verb of Object.keys(channels)) void call(verb, verb === 'notify' ? { title: 'a', body: 'b', route: '/', more: 1 } : 'given')
    expect(sent.map(([channel]) => channel)).toEqual(Object.values(channels))
    expect(sent.find(([channel]) => channel === channels.notify)?.[1]).toEqual({ title: 'a', body: 'b', route: '/' })
    for (const channel of [...Object.values(channels), routeChannel, networkChannel]) expect(shell).toContain(channel)
    sent.length = 0
    page.get('online')?.()
    page.get('offline')?.()
    expect(sent.map(([channel]) => channel)).toEqual([networkChannel, networkChannel])
  })

  it('keeps a place for a page that is not listening yet, and hands over the place alone', () => {
    const went: unknown[][] = []
    heard.get(routeChannel)?.({ sender: 'secret' }, '/notifications')
    const stop = call('onRoute', (...given: unknown[]) => went.push(given)) as () => void
    heard.get(routeChannel)?.({ sender: 'secret' }, '/outbox')
    stop()
    heard.get(routeChannel)?.({ sender: 'secret' }, '/home')
    expect(went).toEqual([['/notifications'], ['/outbox']])
  })
})
