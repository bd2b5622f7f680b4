import type * as E from 'electron'

/** What a page of ours may ask of the browser engine; Electron grants everything by default (electronjs.org, security checklist, point 5). */
const granted: readonly string[] = ['clipboard-sanitized-write', 'fullscreen', 'notifications']

/** Whether an address is a page of the window. Compared as origins: `http://127.0.0.1:4000.evil.example` begins the same way. */
export function isOurs(url: string, origin: string | null): boolean {
  return origin !== null && URL.parse(url)?.origin === origin
}

/** An address that may be handed to the operating system: http or https, no password in it, at most 2,048 characters. Null: it may not. */
export function externalAddress(url: unknown): string | null {
  if (typeof url !== 'string' || url.length > 2_048) return null
  const parsed = URL.parse(url)
  if (!parsed || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')) return null
  return parsed.username === '' && parsed.password === '' && parsed.hostname !== '' ? parsed.href : null
}

/** Opens an address in the person's browser if that is allowed. Not within the event of the page: electronjs.org, security checklist, point 14. */
export function openOutside(shell: Pick<E.Shell, 'openExternal'>, url: unknown): boolean {
  const address = externalAddress(url)
  if (address === null) return false
  setImmediate(() => void shell.openExternal(address).catch(() => undefined))
  return true
}

type Guarded = { app: Pick<E.App, 'on'>; shell: Pick<E.Shell, 'openExternal'>; session: E.Session }

/**
 * Keeps every page of the app where it belongs: no second windows, no way to another origin, no webviews, no request to anybody but our
 * own instance, no permission beyond the few of `granted`.
 * @param origin the owner listener, `http://127.0.0.1:PORT`; null while there is none, and then nothing is ours
 */
export function lockDown({ app, shell, session }: Guarded, origin: () => string | null): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(({ url }) => {
      openOutside(shell, url)
      return { action: 'deny' }
    })
    contents.on('will-navigate', (event) => {
      if (isOurs(event.url, origin())) return
      event.preventDefault()
      openOutside(shell, event.url)
    })
    contents.on('will-frame-navigate', (event) => {
      if (!isOurs(event.url, origin())) event.preventDefault()
    })
    contents.on('will-redirect', (event) => {
      if (!isOurs(event.url, origin())) event.preventDefault()
    })
    contents.on('will-attach-webview', (event) => event.preventDefault())
  })
  session.setPermissionRequestHandler((contents, permission, answer) =>
    answer(granted.includes(permission) && isOurs(contents.getURL(), origin())),
  )
  session.setPermissionCheckHandler((_contents, permission, asking) => granted.includes(permission) && isOurs(asking, origin()))
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, answer) => answer(null))
  session.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !mayLoad(details.url, origin()) }))
}

/** Third parties are never asked for anything: pictures and media come through the proxy of our own listener. */
function mayLoad(url: string, origin: string | null): boolean {
  const parsed = URL.parse(url)
  if (!parsed) return false
  if (['data:', 'blob:', 'devtools:'].includes(parsed.protocol)) return true
  return isOurs(parsed.protocol === 'ws:' ? url.replace(/^ws/i, 'http') : url, origin)
}
