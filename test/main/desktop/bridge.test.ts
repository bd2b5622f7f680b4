import type * as E from 'electron'
import { beforeEach, describe, expect, it } from 'vitest'
import { answerWindow, isFromOurPage } from '../../../src-main/desktop/bridge.ts'
import { channels, networkChannel } from '../../../src-main/desktop/channels.ts'

const origin = 'http://127.0.0.1:4000'
const page = { senderFrame: { parent: null, origin } }

type Handler = (event: unknown, argument?: unknown) => unknown
let handlers: Map<string, Handler>
let done: unknown[]
const ask = (channel: string, argument?: unknown, event: unknown = page) => handlers.get(channel)?.(event, argument)

beforeEach(() => {
  handlers = new Map()
  done = []
  const record =
    <Answer>(name: string, answer: Answer) =>
    (...given: unknown[]) => {
      done.push([name, ...given])
      return answer
    }
  const set = (channel: string, handler: Handler) => handlers.set(channel, handler)
  answerWindow({ handle: set, on: set } as unknown as E.IpcMain, () => origin, {
    openExternal: record('openExternal', true),
    openDataFolder: record('openDataFolder', Promise.resolve(true)),
    setBadge: record('setBadge', undefined),
    notify: record('notify', true),
    setTheme: record('setTheme', undefined),
    setLanguage: record('setLanguage', undefined),
    background: record('background', { possible: true, on: false }),
    setBackground: record('setBackground', undefined),
    quit: record('quit', undefined),
    networkChanged: record('networkChanged', undefined),
  })
})

describe('the verbs of the window', () => {
  it('do what they say', async () => {
    expect(ask(channels.openExternal, 'https://ana.example')).toBe(true)
    expect(await ask(channels.openDataFolder)).toBe(true)
    ask(channels.setBadge, 7)
    expect(ask(channels.notify, { title: 'Bo', body: 'Hello', route: '/notifications' })).toBe(true)
    ask(channels.setTheme, 'dark')
    ask(channels.setLanguage, 'fr')
    ask(channels.setLanguage, null)
    expect(ask(channels.background)).toEqual({ possible: true, on: false })
    ask(channels.setBackground, true)
    ask(channels.quit)
    ask(networkChannel)
    expect(done).toEqual([
      ['openExternal', 'https://ana.example/'],
      ['openDataFolder'],
      ['setBadge', 7],
      ['notify', { title: 'Bo', body: 'Hello', route: '/notifications' }],
      ['setTheme', 'dark'],
      ['setLanguage', 'fr'],
      ['setLanguage', null],
      ['background'],
      ['setBackground', true],
      ['quit'],
      ['networkChanged'],
    ])
    expect([...handlers.keys()].sort()).toEqual([...Object.values(channels), networkChannel].sort())
  })

  it.each([
    ['a frame inside the page', { senderFrame: { parent: {}, origin } }],
    ['another origin', { senderFrame: { parent: null, origin: 'http://127.0.0.1:4001' } }],
    ['a page that is gone', { senderFrame: null }],
  ])('are refused to %s', (_who, event) => {
    for (const channel of Object.values(channels))
      expect(() => ask(channel, 'https://ana.example', event)).toThrow('Only the window of Burrow')
    ask(networkChannel, undefined, event)
    expect(done).toEqual([])
  })

  it('are refused to everybody before there is an instance', () => {
    expect(isFromOurPage(page as never, null)).toBe(false)
  })

  it('do nothing with what is not meant', () => {
    for (const url of ['file:///etc/passwd', 'javascript:alert(1)', 7, null, undefined]) expect(ask(channels.openExternal, url)).toBe(false)
    for (const count of [-1, 1.5, Number.NaN, 100_000, '3', null]) ask(channels.setBadge, count)
    for (const note of [
      null,
      'x',
      {},
      { title: 'a', body: 'b', route: 'https://evil.example' },
      { title: 'a', body: 'b', route: '//evil.example' },
      { title: 1, body: 'b', route: '/' },
    ])
      expect(ask(channels.notify, note)).toBe(false)
    for (const theme of ['blue', null, 1]) ask(channels.setTheme, theme)
    for (const language of ['de', undefined, 1]) ask(channels.setLanguage, language)
    for (const on of ['true', 1, null]) ask(channels.setBackground, on)
    expect(done).toEqual([])
  })

  it('cut long texts', () => {
    ask(channels.notify, { title: 'a'.repeat(1_000), body: 'b'.repeat(1_000), route: '/' })
    expect(done).toEqual([['notify', { title: 'a'.repeat(200), body: 'b'.repeat(500), route: '/' }]])
  })
})
