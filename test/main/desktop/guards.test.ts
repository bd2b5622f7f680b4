import { EventEmitter } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import type * as E from 'electron'
import { beforeEach, describe, expect, it } from 'vitest'
import { externalAddress, isOurs, lockDown } from '../../../src-main/desktop/guards.ts'

const origin = 'http://127.0.0.1:4000'

describe('an address', () => {
  it('is ours by its origin, not by how it begins', () => {
    expect(isOurs(`${origin}/app/home#x`, origin)).toBe(true)
    for (const other of [
      'http://127.0.0.1:40000/',
      'http://127.0.0.1:4000.evil.example/',
      'http://127.0.0.1:4000@evil.example/',
      'https://127.0.0.1:4000/',
      'http://localhost:4000/',
      'file:///app',
      'about:blank',
      '',
    ])
      expect(isOurs(other, origin), other).toBe(false)
    expect(isOurs(`${origin}/`, null)).toBe(false)
  })

  it('goes outside only as http or https', () => {
    expect(externalAddress('https://ana.example/@ana?a=1#b')).toBe('https://ana.example/@ana?a=1#b')
    for (const other of [
      'file:///etc/passwd',
      'javascript:alert(1)',
      'smb://host/share',
      'ms-msdt:/id',
      'https://ana:pw@ana.example/',
      'https:',
      'nothing',
      '',
      7,
      null,
      undefined,
      {},
      `https://ana.example/${'a'.repeat(2_100)}`,
    ])
      expect(externalAddress(other)).toBeNull()
  })
})

describe('the locked window', () => {
  const outside: string[] = []
  let app: EventEmitter
  let contents: EventEmitter & { openHandler?: (details: { url: string }) => unknown }
  let session: Record<string, unknown>
  let owner: string | null = origin

  const rule = <Handler>(name: string) => session[name] as Handler

  beforeEach(() => {
    outside.length = 0
    owner = origin
    session = { webRequest: { onBeforeRequest: (handler: unknown) => (session.onBeforeRequest = handler) } }
    for (const name of [
      'setPermissionRequestHandler',
      'setPermissionCheckHandler',
      'setDevicePermissionHandler',
      'setDisplayMediaRequestHandler',
    ])
      session[name] = (handler: unknown) => (session[name] = handler)
    app = new EventEmitter()
    lockDown(
      {
        app: app as unknown as E.App,
        shell: { openExternal: (url: string) => Promise.resolve(void outside.push(url)) },
        session: session as unknown as E.Session,
      },
      () => owner,
    )
    contents = Object.assign(new EventEmitter(), {
      setWindowOpenHandler(handler: (details: { url: string }) => unknown) {
        contents.openHandler = handler
      },
    })
    app.emit('web-contents-created', {}, contents)
  })

  const prevented = (event: string, url: string) => {
    let stopped = false
    contents.emit(event, { url, preventDefault: () => (stopped = true) })
    return stopped
  }

  it('never opens a second one; a link goes to the browser of the person, after the event', async () => {
    expect(contents.openHandler?.({ url: 'https://ana.example/' })).toEqual({ action: 'deny' })
    expect(contents.openHandler?.({ url: 'file:///etc/passwd' })).toEqual({ action: 'deny' })
    expect(outside).toEqual([])
    await turn()
    expect(outside).toEqual(['https://ana.example/'])
  })

  it('does not leave its origin', async () => {
    for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
      expect(prevented(event, `${origin}/app/outbox`)).toBe(false)
      expect(prevented(event, 'http://127.0.0.1:4001/app/')).toBe(true)
      expect(prevented(event, 'javascript:alert(1)')).toBe(true)
    }
    expect(prevented('will-navigate', 'https://ana.example/')).toBe(true)
    await turn()
    expect(outside).toEqual(['http://127.0.0.1:4001/app/', 'https://ana.example/'])
    owner = null
    expect(prevented('will-navigate', `${origin}/app/`)).toBe(true)
  })

  it('has no webviews', () => {
    expect(prevented('will-attach-webview', '')).toBe(true)
  })

  it('grants nothing but the clipboard, full screen and notifications, and that only to ourselves', () => {
    type Ask = (contents: unknown, permission: string, answer: (granted: boolean) => void) => void
    const ask = (permission: string, url: string) => {
      let given: boolean | null = null
      rule<Ask>('setPermissionRequestHandler')({ getURL: () => url }, permission, (answer) => (given = answer))
      return given
    }
    const check = rule<(contents: unknown, permission: string, origin: string) => boolean>('setPermissionCheckHandler')
    for (const permission of ['clipboard-sanitized-write', 'fullscreen', 'notifications']) {
      expect(ask(permission, `${origin}/app/`)).toBe(true)
      expect(ask(permission, 'https://evil.example/')).toBe(false)
      expect(check(null, permission, `${origin}/`)).toBe(true)
      expect(check(null, permission, 'https://evil.example/')).toBe(false)
    }
    for (const permission of ['media', 'geolocation', 'clipboard-read', 'openExternal', 'local-network-access', 'serial', 'unknown']) {
      expect(ask(permission, `${origin}/app/`)).toBe(false)
      expect(check(null, permission, `${origin}/`)).toBe(false)
    }
    expect(rule<() => boolean>('setDevicePermissionHandler')()).toBe(false)
    let streams: unknown = 'unasked'
    rule<(request: unknown, answer: (streams: unknown) => void) => void>('setDisplayMediaRequestHandler')(
      {},
      (answer) => (streams = answer),
    )
    expect(streams).toBeNull()
  })

  it('loads nothing from third parties', () => {
    const cancelled = (url: string) => {
      let answer: { cancel?: boolean } = {}
      rule<(details: { url: string }, answer: (given: { cancel?: boolean }) => void) => void>('onBeforeRequest')(
        { url },
        (given) => (answer = given),
      )
      return answer.cancel
    }
    for (const url of [
      `${origin}/media/1`,
      'ws://127.0.0.1:4000/api/v1/streaming',
      'blob:http://127.0.0.1:4000/1',
      'data:image/png;base64,AA',
    ])
      expect(cancelled(url), url).toBe(false)
    for (const url of [
      'https://cdn.example/x.png',
      'http://127.0.0.1:4001/',
      'ws://127.0.0.1:4001/',
      'wss://127.0.0.1:4000/',
      'file:///etc/passwd',
      'ftp://ana.example/',
    ])
      expect(cancelled(url), url).toBe(true)
  })
})
