/**
 * A browser without script on the pages of `/oauth/authorize`: keeps cookies by path, follows what stays here, and stops at the way back to
 * the app. What the owner does in the window is the test's.
 */

export interface Reply {
  status: number
  body: string
  /** By lower-case name; `set-cookie` as one text. */
  headers: Record<string, string | undefined>
}
/** Sends one request to the listener; `form` is what a form posts. */
export type Send = (method: 'GET' | 'POST', path: string, headers: Record<string, string>, form?: URLSearchParams) => Promise<Reply>

export interface Browser {
  cookies: Map<string, { value: string; path: string }>
  open(path: string, headers?: Record<string, string>): Promise<Reply>
  submit(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Reply>
}

export function openBrowser(send: Send): Browser {
  const cookies: Browser['cookies'] = new Map()
  const visit = async (method: 'GET' | 'POST', path: string, headers: Record<string, string>, form?: URLSearchParams): Promise<Reply> => {
    const folder = path.split('?')[0] as string
    const held = [...cookies].filter(([, cookie]) => folder === cookie.path || folder.startsWith(`${cookie.path}/`))
    const cookie = held.map(([key, { value }]) => `${key.split(' ')[0]}=${value}`).join('; ')
    const reply = await send(method, path, { ...(cookie === '' ? {} : { cookie }), ...headers }, form)
    const [, name, value, at] = /^(\w+)=([^;]*); Path=([^;]+)/.exec(reply.headers['set-cookie'] ?? '') ?? []
    if (name !== undefined && value !== undefined && at !== undefined) cookies.set(`${name} ${at}`, { value, path: at })
    const to = reply.headers.location
    return reply.status === 303 && to?.startsWith('/') ? visit('GET', to, headers) : reply
  }
  return {
    cookies,
    open: (path, headers = {}) => visit('GET', path, headers),
    submit: (path, fields, headers = {}) => visit('POST', path, headers, new URLSearchParams(fields)),
  }
}

/** The hidden fields of the form on a page. */
export function fieldsOf(page: Reply): Record<string, string> {
  const found = [...page.body.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)]
  return Object.fromEntries(
    found.map(([, name, value]) => [name, (value as string).replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')]),
  )
}

export interface Waiting {
  page: Reply
  /** Where it waits: `/oauth/authorize/ID`. */
  path: string
  id: string
  /** What the owner types in the window. */
  code: string
}

/** From the app's link to the page that waits. @throws with the page if it comes to nothing */
export async function askIn(browser: Browser, link: string): Promise<Waiting> {
  const first = await browser.open(link)
  const page = await browser.submit('/oauth/authorize', { ...fieldsOf(first), decision: 'ask' })
  const code = /<p class="letters">([A-Z0-9]{6})<\/p>/.exec(page.body)?.[1]
  const path = /action="(\/oauth\/authorize\/([\w-]+))"/.exec(page.body)
  if (code === undefined || path?.[1] === undefined || path[2] === undefined) {
    throw new Error(`No page that waits, but ${page.status}: ${page.body.replace(/<style>.*<\/style>/s, '').slice(0, 600)}`)
  }
  return { page, path: path[1], id: path[2], code }
}
