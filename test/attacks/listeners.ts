import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expectEqual, expectOne, expectThat } from '../rig/evil-peer/expect.ts'
import { INBOX, type Scene } from '../rig/evil-peer/scene.ts'
import { ANA, ORIGIN } from '../rig/evil-peer/target.ts'
import { request, type Answer } from '../rig/http.ts'
import { Answers, type Attempt } from './attempt.ts'
import { rawRequest } from './floods.ts'

/** The two doors themselves: rules 42, 43, 45, 46, 50, 51, 52 and 54. */

const OWNER_ROUTES = [
  '/api/owner/state',
  '/api/owner/outbox',
  '/api/owner/settings',
  '/api/owner/identity',
  '/api/owner/relays',
  '/api/owner/events',
  '/api/v1/timelines/home',
  '/api/v1/notifications',
  '/api/v1/accounts/verify_credentials',
  '/api/v2/search?q=x',
  '/oauth/authorize',
  '/app/',
]
/** What an answer must never hold (rule 52). */
const TALKATIVE =
  /node_modules|\bat \w+ \(|\.ts:\d+|SQLITE|sqlite3|better-sqlite|[Ff]astify|\/tmp\/|undefined is not|Cannot read prop|x-powered-by/
const SQL = [
  "' OR 1=1 --",
  "'; drop table posts; --",
  '" or ""="',
  '1) union select sealed from secrets --',
  "\\'; vacuum; --",
  '%27%20OR%201=1',
  "\u0000' or 1",
  '*"()',
  'NEAR/2',
  'a* OR b*',
]

function quiet(answer: Answer, what: string): void {
  const said = `${answer.text} ${JSON.stringify(answer.headers)}`
  const found = TALKATIVE.exec(said)
  expectThat(!found, `${what} says ${found?.[0]}: ${answer.text.slice(0, 200)}`)
}

const owners = (s: Scene, path: string, headers: Record<string, string>, method = 'GET', body?: string): Promise<Answer> =>
  request(`http://127.0.0.1:${s.target.ownerPort}${path}`, { method, headers, ...(body === undefined ? {} : { body }) })

export const listeners: Attempt[] = [
  {
    rule: 42,
    name: 'the owner’s routes on the public listener, with the owner’s token',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      const authorization = `Bearer ${s.target.token}`
      for (const path of OWNER_ROUTES) {
        for (const spelling of [
          path,
          path.replace('/api', '/./api'),
          path.replace('/api', '//api'),
          path.replace('owner', '%6fwner'),
          `${path}/`,
          path.toUpperCase(),
        ]) {
          for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
            const raw = await rawRequest(s, [
              `${method} ${spelling} HTTP/1.1\r\nHost: ana.example\r\nAuthorization: ${authorization}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
            ])
            const status = Number(/^HTTP\/1\.1 (\d+)/.exec(raw.text)?.[1])
            answers.add({ status } as Answer, [400, 404, 405, 415], `${method} ${spelling}`)
          }
        }
      }
      return String(answers)
    },
  },
  {
    rule: 43,
    name: 'foreign Hosts and Origins on the owner’s listener',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      const authorization = `Bearer ${s.target.token}`
      const { ownerPort, publicPort } = s.target
      for (const path of OWNER_ROUTES) {
        for (const host of [
          'evil.example',
          `localhost:${ownerPort}`,
          '127.0.0.1',
          `127.0.0.1:${publicPort}`,
          'ana.example',
          `127.0.0.1:${ownerPort}.evil.example`,
          '[::1]',
        ]) {
          answers.add(await owners(s, path, { host, authorization }), [403], `${host} ${path}`)
        }
        for (const origin of [
          'https://evil.example',
          'null',
          `http://localhost:${ownerPort}`,
          ORIGIN,
          `http://127.0.0.1:${ownerPort}0`,
          'file://',
        ]) {
          const answer = await owners(s, path, { origin, authorization })
          answers.add(answer, [403], `${origin} ${path}`)
          expectEqual(answer.headers['access-control-allow-origin'], undefined, `CORS for ${origin}`)
        }
      }
      for (const origin of ['https://evil.example', 'null']) {
        const asked = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
        const answer = await owners(s, '/api/owner/stop', asked, 'OPTIONS')
        answers.add(answer, [403], `a preflight of ${origin}`)
      }
      return String(answers)
    },
  },
  {
    rule: 44,
    name: 'cookies, forms and GETs that would act for the owner',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      const { token } = s.target
      for (const path of ['/api/owner/state', '/api/v1/timelines/home', '/api/v1/accounts/verify_credentials']) {
        for (const cookie of [`token=${token}`, `_session_id=${token}`, `authorization=Bearer ${token}`])
          answers.add(await owners(s, path, { cookie }), [401], path)
      }
      const authorization = `Bearer ${token}`
      const bob = s.idOf(s.bob)
      for (const path of [
        `/api/v1/accounts/${bob}/follow`,
        `/api/v1/accounts/${bob}/block`,
        `/api/v1/statuses/${s.stored.id}/favourite`,
        `/api/v1/statuses/${s.stored.id}/reblog`,
        '/api/v1/notifications/clear',
        '/api/owner/stop',
        '/api/owner/identity/rotate',
        '/api/owner/away',
      ]) {
        const answer = await owners(s, path, { authorization })
        answers.add(answer, [200, 404, 405], path)
        expectThat(answer.status !== 200 || path === '/api/owner/away', `GET ${path} is answered`)
      }
      for (const uri of [
        'https://mo.example/users/mo',
        '"><script>alert(1)</script>',
        'javascript:alert(1)',
        `https://mo.example/${'x'.repeat(5_000)}`,
      ]) {
        for (const path of ['/authorize_interaction?uri=', '/share?text=']) {
          const answer = await s.target.ask(path + encodeURIComponent(uri), { headers: { accept: 'text/html' } })
          answers.add(answer, [200, 400, 404], path)
          expectThat(!/<script|href="javascript/i.test(answer.text), `${path} runs what it is given`)
        }
      }
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        answers.add(await owners(s, '/api/owner/stop', { 'content-type': type }, 'POST', '{}'), [401, 415], `a form of ${type}`)
      }
      return String(answers)
    },
  },
  {
    rule: 45,
    name: 'redirects, codes and grants that were not asked for',
    // The key of pushes is made when the first app is told of it.
    leaves: ['apps', 'tokens', 'codes', 'secrets'],
    requests: 0,
    async play(s) {
      const answers = new Answers()
      const form = (path: string, fields: Record<string, string>) =>
        owners(s, path, { 'content-type': 'application/x-www-form-urlencoded' }, 'POST', new URLSearchParams(fields).toString())
      const app = (await form('/api/v1/apps', { client_name: 'x', redirect_uris: 'https://app.example/cb', scopes: 'read' })).json<{
        client_id: string
        client_secret: string
      }>()
      const client = { client_id: app.client_id, client_secret: app.client_secret }
      for (const redirect of [
        'https://evil.example/cb',
        'https://app.example/cb/../x',
        'https://app.example/cb?x',
        'https://app.example.evil.example/cb',
        'javascript:alert(1)',
      ]) {
        const query = new URLSearchParams({ response_type: 'code', client_id: app.client_id, redirect_uri: redirect, scope: 'read' })
        const answer = await owners(s, `/oauth/authorize?${query}`, {})
        answers.add(answer, [400, 401, 403, 422], redirect)
        expectEqual(answer.headers.location, undefined, 'a redirect')
      }
      const grants: Record<string, string>[] = [
        { grant_type: 'password', username: 'ana', password: 'x' },
        { grant_type: 'authorization_code', code: 'x'.repeat(43), redirect_uri: 'https://app.example/cb' },
        { grant_type: 'authorization_code', code: "' or 1=1 --", redirect_uri: 'https://app.example/cb' },
        { grant_type: 'refresh_token', refresh_token: 'x' },
        { grant_type: 'implicit' },
      ]
      for (const grant of grants) answers.add(await form('/oauth/token', { ...client, ...grant }), [400, 401, 422], grant.grant_type ?? '')
      answers.add(
        await form('/oauth/token', { ...client, client_secret: 'wrong', grant_type: 'client_credentials' }),
        [400, 401],
        'a wrong secret',
      )
      const wide = await form('/oauth/token', { ...client, grant_type: 'client_credentials', scope: 'read write follow' })
      expectThat(wide.status >= 400 || !/write/.test(wide.text), 'more scope than the app has')
      return String(answers)
    },
  },
  {
    rule: 46,
    name: 'the client API and tokens in addresses, from outside',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      for (const path of [
        '/api/v1/instance',
        '/api/v2/instance',
        '/api/v1/apps',
        '/oauth/token',
        '/api/v1/streaming',
        `/api/v1/timelines/home?access_token=${s.target.token}`,
      ]) {
        answers.add(await s.target.ask(path), [404], path)
      }
      const inUrl = await owners(s, `/api/v1/timelines/home?access_token=${s.target.token}`, {})
      answers.add(inUrl, [401], 'a token in the address')
      return String(answers)
    },
  },
  {
    rule: 50,
    name: 'forwarded headers that claim another name, client or scheme',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      const claims = {
        'x-forwarded-host': 'evil.example',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-real-ip': '127.0.0.1',
        forwarded: 'for=127.0.0.1;host=evil.example;proto=http',
        'x-original-url': '/api/owner/state',
        'x-rewrite-url': '/api/owner/state',
        'x-http-method-override': 'DELETE',
      }
      for (const path of [
        '/users/ana',
        '/@ana',
        '/.well-known/webfinger?resource=acct:ana@ana.example',
        '/users/ana/outbox?page=true',
        '/.well-known/nodeinfo',
        '/',
      ]) {
        for (const accept of ['application/activity+json', 'text/html']) {
          const [plain, claimed] = [
            await s.target.ask(path, { headers: { accept } }),
            await s.target.ask(path, { headers: { accept, ...claims } }),
          ]
          answers.add(claimed, [plain.status], path)
          expectEqual(claimed.text, plain.text, `${path} with claims`)
          expectThat(
            !claimed.text.includes('evil.example') && !(claimed.headers.location ?? '').includes('evil.example'),
            `${path} takes a name over`,
          )
        }
      }
      for (const host of ['evil.example', 'ana.example.evil.example', 'ANA.example.', '127.0.0.1', '', 'ana.example:1']) {
        answers.add(await s.target.ask('/users/ana', { headers: { host, 'x-forwarded-host': 'ana.example' } }), [400, 421], `Host ${host}`)
      }
      return String(answers)
    },
  },
  {
    rule: 51,
    name: 'ambiguous framing, smuggled requests, doubled and absolute paths',
    requests: 0,
    async play(s) {
      const seen = new Set<string>()
      const body = JSON.stringify(s.mo.create())
      const signed = Object.entries(s.mo.signed(INBOX, body))
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')
      const inner = 'GET /api/owner/state HTTP/1.1\r\nHost: ana.example\r\n\r\n'
      const raws = [
        `POST /inbox HTTP/1.1\r\n${signed}Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
        `POST /inbox HTTP/1.1\r\n${signed}Content-Length: 5\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        `POST /inbox HTTP/1.1\r\n${signed}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
        `POST /inbox HTTP/1.1\r\n${signed}Transfer-Encoding: xchunked\r\n\r\n${body}`,
        `POST /inbox HTTP/1.1\r\n${signed}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
        `POST /inbox HTTP/1.1\nHost: ana.example\n\n`,
        `POST //inbox HTTP/1.1\r\n${signed}Content-Length: ${body.length}\r\n\r\n${body}`,
        `POST /users/../inbox HTTP/1.1\r\n${signed}Content-Length: ${body.length}\r\n\r\n${body}`,
        `POST /%69nbox HTTP/1.1\r\n${signed}Content-Length: ${body.length}\r\n\r\n${body}`,
        `POST https://ana.example/inbox HTTP/1.1\r\n${signed}Content-Length: ${body.length}\r\n\r\n${body}`,
        `POST http://evil.example/inbox HTTP/1.1\r\n${signed}Content-Length: ${body.length}\r\n\r\n${body}`,
        `CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n`,
        `GET /inbox HTTP/1.1\r\nHost: ana.example\r\nHost: evil.example\r\n\r\n`,
        `GET / HTTP/1.1\r\n\r\n`,
        `GET / HTTP/9.9\r\nHost: ana.example\r\n\r\n`,
        `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
        `TRACE / HTTP/1.1\r\nHost: ana.example\r\n\r\n`,
        `GET /\u0000 HTTP/1.1\r\nHost: ana.example\r\n\r\n`,
      ]
      for (const raw of raws) {
        const { text } = await rawRequest(s, [raw.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')], 2_000)
        const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((found) => found[1] ?? '')
        const first = statuses[0] ?? 'closed'
        seen.add(first)
        // One request is one answer: a second one would be the smuggled request's.
        expectThat(statuses.length <= 1, `${statuses.length} answers to ${raw.slice(0, 60)}`)
        expectOne(first, ['400', '401', '404', '405', '415', '421', '501', '505', 'closed'], raw.slice(0, 80))
        expectThat(!TALKATIVE.test(text), `it says ${text.slice(0, 200)}`)
      }
      return [...seen].toSorted().join(', ')
    },
  },
  {
    rule: 52,
    name: 'every route with nonsense, looking for words that tell too much',
    requests: 20,
    leaves: 'anything',
    async play(s) {
      const statuses = new Set<number>()
      const nonsense = [
        '%',
        '%00',
        '%ff',
        '..%2f..%2f',
        '-1',
        '99999999999999999999',
        'null',
        '[object Object]',
        '%F0%9F%92%A9',
        'a'.repeat(600),
        '{}',
        "'",
      ]
      const bases = [
        '/users/',
        '/users/ana/statuses/',
        '/@',
        '/@ana/',
        '/tags/',
        '/media/',
        '/contexts/',
        '/nodeinfo/',
        '/users/ana/outbox?page=',
        '/users/ana/followers?page=true&max_id=',
        '/.well-known/webfinger?resource=',
        '/emojis/',
        '/users/ana/quote_authorizations/',
      ]
      for (const base of bases) {
        for (const word of nonsense) {
          for (const accept of ['application/activity+json', 'text/html']) {
            const answer = await s.target.ask(base + word, { headers: { accept } })
            statuses.add(answer.status)
            expectThat(answer.status < 500, `${base}${word}: ${answer.status}`)
            quiet(answer, base + word)
          }
        }
      }
      for (const path of ['/inbox', '/users/ana/inbox', '/users/nobody/inbox', '/users/%00/inbox']) {
        for (const body of ['{', '[]', '{"type":1}', '\u0000', 'x'.repeat(100)]) {
          for (const type of [
            'application/activity+json',
            'application/json',
            'text/plain',
            'multipart/form-data',
            '\u00ff',
            'application/activity+json; charset=utf-16',
          ]) {
            const answer = await s.send(body, { 'content-type': type, signature: 'x="' }, path)
            statuses.add(answer.status)
            expectThat(answer.status >= 400 && answer.status < 500, `${path} ${type}: ${answer.status}`)
            quiet(answer, path)
          }
        }
      }
      return [...statuses].toSorted().join(', ')
    },
  },
  {
    rule: 52,
    name: 'the owner’s API with nonsense',
    requests: 60,
    leaves: 'anything',
    async play(s) {
      const statuses = new Set<number>()
      const odd: unknown[] = [
        null,
        [],
        'x',
        5,
        {},
        { status: {} },
        { status: 'x', poll: 'x' },
        { poll: { options: [{}] } },
        { media_ids: 'x' },
        { emoji: {} },
        { emoji: '\u0000' },
        { address: 'http://127.0.0.1:1/' },
        { acct: '@x@127.0.0.1' },
        { uri: 'javascript:1' },
      ]
      const routes: [string, string][] = [
        ['POST', '/api/v1/statuses'],
        ['PUT', `/api/v1/statuses/${s.stored.id}`],
        ['POST', `/api/v1/statuses/${s.stored.id}/translate`],
        ['POST', `/api/v1/polls/${s.stored.id}/votes`],
        ['POST', '/api/v1/reports'],
        ['PATCH', '/api/v1/accounts/update_credentials'],
        ['POST', '/api/v1/markers'],
        ['POST', '/api/v2/media'],
        ['PATCH', '/api/owner/settings'],
        ['POST', '/api/owner/relays'],
        ['POST', '/api/owner/identity/aliases'],
        ['POST', '/api/owner/identity/move'],
        ['POST', '/api/owner/emojis'],
        ['POST', `/api/owner/posts/${s.stored.id}/reactions`],
        ['POST', '/api/owner/accounts/1/posts'],
        ['POST', '/api/owner/posts/1/conversation'],
        ['POST', '/api/owner/reports/1/resolve'],
        ['PUT', '/api/owner/drafts/x'],
        ['PUT', '/api/owner/places/home'],
        ['DELETE', '/api/owner/hosts/%00'],
        ['POST', '/api/owner/hosts/%2e%2e/retry'],
        ['GET', '/api/owner/walks/%27'],
      ]
      for (const [method, path] of routes) {
        for (const body of method === 'GET' ? [undefined] : odd) {
          const answer = await s.target.api(method, path, body)
          statuses.add(answer.status)
          expectThat(answer.status < 500 || answer.status === 503, `${method} ${path} ${JSON.stringify(body)}: ${answer.status}`)
          quiet(answer, `${method} ${path}`)
        }
      }
      return [...statuses].toSorted().join(', ')
    },
  },
  {
    rule: 54,
    name: 'SQL in every string',
    leaves: 'anything',
    requests: 60,
    async play(s) {
      const tables = s.count('select count(*) from sqlite_schema')
      const secrets = s.count('select count(*) from secrets')
      for (const [index, text] of SQL.entries()) {
        const create = s.mo.create({
          content: text,
          summary: text,
          contentMap: { [text]: text },
          tag: [
            { type: 'Hashtag', name: text },
            { type: 'Mention', href: `https://mo.example/${encodeURIComponent(text)}`, name: text },
          ],
          attachment: [
            { type: 'Image', url: `https://mo.example/${encodeURIComponent(text)}`, name: text, blurhash: text, mediaType: text },
          ],
          inReplyTo: `https://mo.example/'/${index}`,
        })
        expectOne((await s.deliver(s.mo, create)).status, [202, 400], text)
        for (const path of [
          `/tags/${encodeURIComponent(text)}`,
          `/users/${encodeURIComponent(text)}`,
          `/@ana/${encodeURIComponent(text)}`,
          `/.well-known/webfinger?resource=${encodeURIComponent(text)}`,
        ]) {
          expectThat((await s.target.ask(path)).status < 500, path)
        }
        for (const path of [
          `/api/v2/search?q=${encodeURIComponent(text)}`,
          `/api/v1/timelines/tag/${encodeURIComponent(text)}`,
          `/api/v1/statuses/${encodeURIComponent(text)}`,
          `/api/v1/timelines/home?max_id=${encodeURIComponent(text)}`,
          `/api/v1/accounts/lookup?acct=${encodeURIComponent(text)}`,
        ]) {
          const { status } = await s.target.api('GET', path)
          expectThat(status < 500, `${path}: ${status}`)
        }
      }
      await s.settled()
      expectEqual(s.count('select count(*) from sqlite_schema'), tables, 'tables')
      expectEqual(s.count('select count(*) from secrets'), secrets, 'secrets')
      expectThat((await s.status(s.stored.id)) !== null, 'the posts are gone')
      return `${SQL.length} kinds`
    },
  },
  {
    rule: 54,
    name: 'files that others on the machine could read',
    async play(s) {
      const modes = ['', 'burrow.db', 'burrow.db-wal'].map(
        (name) => [name || 'folder', statSync(join(s.target.folder, name)).mode & 0o077] as const,
      )
      for (const [name, open] of modes) if (process.platform !== 'win32') expectEqual(open, 0, `what others may do with ${name}`)
      expectThat(ANA.startsWith('https:'), 'the origin')
      return '0600, 0700'
    },
  },
]
