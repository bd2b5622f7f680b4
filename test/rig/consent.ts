import type { Burrow } from './burrow.ts'

/**
 * An app that asks to be let in, without a browser: it registers, loads the page, and sends the page's own form with the cookies it was
 * given. The owner must have pressed "Connect an app". @throws when the page is another one
 */
export async function askForConsent(burrow: Burrow, name = 'Kettle'): Promise<void> {
  const { origin } = new URL(burrow.ready.owner)
  const app = await burrow.ask<{ client_id: string }>('POST', '/api/v1/apps', {
    client_name: name,
    redirect_uris: 'https://kettle.example/callback',
    scopes: 'read write follow push',
    website: 'https://kettle.example',
  })
  const query = new URLSearchParams({
    client_id: app.client_id,
    redirect_uri: 'https://kettle.example/callback',
    response_type: 'code',
    scope: 'read write:statuses push',
  })
  const page = await fetch(`${origin}/oauth/authorize?${query.toString()}`)
  const html = await page.text()
  const fields = new URLSearchParams()
  for (const [tag] of html.matchAll(/<input[^>]*>/g)) {
    const field = /name="([^"]*)"/.exec(tag)?.[1]
    if (field) fields.set(field, (/value="([^"]*)"/.exec(tag)?.[1] ?? '').replaceAll('&amp;', '&'))
  }
  fields.set('decision', 'ask')
  const cookie = page.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const answer = await fetch(`${origin}/oauth/authorize`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin },
    body: fields,
  })
  if (answer.status !== 303) throw new Error(`The page did not ask: ${answer.status} ${(await answer.text()).slice(0, 300)}`)
}
