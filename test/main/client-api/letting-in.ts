import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { askIn, openBrowser } from '../../rig/scriptless-browser.ts'
import { openApi } from './instance.ts'
import type { Api, ApiOptions } from './instance.ts'

/** An app that is registered with this API, the browser of its person, and the owner who lets it in. */

export const REDIRECT = 'https://elk.example/api/x/https%3A%2F%2Fana.example/?tab=1'
export const VERIFIER = 'v'.repeat(64)
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
export const OOB = 'urn:ietf:wg:oauth:2.0:oob'

export async function withApp(options: ApiOptions & { redirect?: string; scopes?: string } = {}) {
  const api = await openApi(options)
  const { body: app } = await api.call('POST', '/api/v1/apps', {
    client_name: 'Elk <b>',
    redirect_uris: options.redirect ?? REDIRECT,
    scopes: options.scopes ?? 'read write follow push',
  })
  const ask = (change: Record<string, string | undefined> = {}) => {
    const fields = {
      client_id: app.client_id as string,
      redirect_uri: options.redirect ?? REDIRECT,
      response_type: 'code',
      scope: options.scopes ?? 'read write follow push',
      ...change,
    }
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<string, string>
  }
  const page = (change: Record<string, string | undefined> = {}) =>
    api.call('GET', `/oauth/authorize?${new URLSearchParams(ask(change)).toString()}`, undefined, { token: null })
  return { api, app, ask, page }
}

export type Context = Awaited<ReturnType<typeof withApp>>

/** A browser on this API, as it comes by. */
export const browserOf = (api: Api) =>
  openBrowser(async (method, path, headers, form) => {
    const type = form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
    const {
      status,
      body,
      headers: told,
    } = await api.call(method, path, form?.toString(), { token: null, headers: { ...type, ...headers } })
    const cookie = told['set-cookie'] as string | string[] | undefined
    return {
      status,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { ...told, 'set-cookie': [cookie].flat().join('; ') },
    }
  })
export const linkOf = (context: Context, change: Record<string, string | undefined> = {}) =>
  `/oauth/authorize?${new URLSearchParams(context.ask(change)).toString()}`

/** The owner pressed the button, the app asks, the owner types the code. */
export async function letIn(context: Context, change: Record<string, string | undefined> = {}) {
  context.api.consents.open()
  const browser = browserOf(context.api)
  const { path, id, code } = await askIn(browser, linkOf(context, change))
  expect(context.api.consents.approve(id, code)).toBe('ok')
  return { browser, path }
}

export async function approved(context: Context, change: Record<string, string | undefined> = {}): Promise<URL> {
  const { browser, path } = await letIn(context, change)
  const answer = await browser.open(path)
  expect(answer.status).toBe(303)
  return new URL(answer.headers.location as string)
}

export const exchange = ({ api, app }: Context, code: string | null, change: Record<string, string> = {}) =>
  api.call(
    'POST',
    '/oauth/token',
    {
      grant_type: 'authorization_code',
      client_id: app.client_id,
      client_secret: app.client_secret,
      redirect_uri: REDIRECT,
      code,
      ...change,
    },
    { token: null },
  )
