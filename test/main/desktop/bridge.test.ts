import type * as E from 'electron'
import { beforeEach, describe, expect, it } from 'vitest'
import { answerWindow, isFromOurPage } from '../../../src-main/desktop/bridge.ts'
import { channels, networkChannel } from '../../../src-main/desktop/channels.ts'

const origin = 'http://127.0.0.1:4000'
const sender = {}
const page = { senderFrame: { parent: null, origin }, sender }

const noSpelling = { on: false, languages: [], available: [], thirdParty: true, nextStart: false }
const draft = '5f3f2b1e-0000-4000-8000-000000000001'

type Handler = (event: unknown, argument?: unknown) => unknown
let handlers: Map<string, Handler>
let done: unknown[][]
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
    startAtLogin: record('startAtLogin', { on: false }),
    setStartAtLogin: record('setStartAtLogin', { on: true }),
    quickCompose: record('quickCompose', { keys: null, offered: [], working: false }),
    setQuickCompose: record('setQuickCompose', { keys: null, offered: [], working: false }),
    linkHandler: record('linkHandler', { on: false }),
    setLinkHandler: record('setLinkHandler', { on: true }),
    spelling: record('spelling', noSpelling),
    setSpelling: record('setSpelling', noSpelling),
    openComposer: record('openComposer', true),
    keepOnTop: record('keepOnTop', undefined),
    popIn: record('popIn', true),
    quit: record('quit', undefined),
    networkChanged: record('networkChanged', undefined),
  })
})

describe('the verbs of the window', () => {
  it('of the desktop: login, keys for everywhere, links, spelling, small windows', () => {
    expect(ask(channels.setStartAtLogin, true)).toEqual({ on: true })
    ask(channels.setQuickCompose, 'CommandOrControl+Alt+N')
    ask(channels.setQuickCompose, null)
    ask(channels.setLinkHandler, false)
    ask(channels.setSpelling, { on: true, languages: ['en-GB', 'fr'] })
    expect(ask(channels.openComposer, draft)).toBe(true)
    ask(channels.keepOnTop, true)
    expect(ask(channels.popIn, draft)).toBe(true)
    expect(done).toEqual([
      ['setStartAtLogin', true],
      ['setQuickCompose', 'CommandOrControl+Alt+N'],
      ['setQuickCompose', null],
      ['setLinkHandler', false],
      ['setSpelling', { on: true, languages: ['en-GB', 'fr'] }],
      ['openComposer', draft],
      ['keepOnTop', sender, true],
      ['popIn', sender, draft],
    ])
  })

  it('of the desktop take nothing but what they offer', () => {
    for (const wrong of [undefined, 'yes', 1, {}]) {
      ask(channels.setStartAtLogin, wrong)
      ask(channels.setLinkHandler, wrong)
      ask(channels.keepOnTop, wrong)
    }
    for (const wrong of ['Ctrl+C', 'a', 7, undefined]) ask(channels.setQuickCompose, wrong)
    for (const wrong of [
      null,
      { on: 1, languages: [] },
      { on: true, languages: ['../x'] },
      { on: true, languages: 'en' },
      { on: true, languages: Array(9).fill('en') },
    ])
      ask(channels.setSpelling, wrong)
    for (const wrong of ['', '../../x', `${draft}?x`, 5]) {
      expect(ask(channels.openComposer, wrong)).toBe(false)
      expect(ask(channels.popIn, wrong)).toBe(false)
    }
    expect(done.filter(([name]) => /^(set|open|pop|keep)/.test(String(name)))).toEqual([])
  })

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
