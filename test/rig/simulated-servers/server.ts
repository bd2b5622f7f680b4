import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Tally } from './servers.ts'

/**
 * Any number of inboxes behind one port, told apart by their Host. Each delivery is counted, one of `every` has its signature and digest
 * verified with the key that `/expect` was told. `node server.ts http|https KEY CERTIFICATE`; prints `{"port","control"}`.
 */
const [scheme = 'http', keyFile = '', certificateFile = ''] = process.argv.slice(2)
const perHost = new Map<string, number>()
let publicKey: KeyObject | null = null
let every = 50
let total = 0
let verified = 0
let forged = 0
let first = 0
let last = 0

function take(request: IncomingMessage, response: ServerResponse): void {
  const sample = publicKey !== null && total % every === 0
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => {
    if (sample) chunks.push(chunk)
  })
  request.on('end', () => {
    const now = Date.now()
    first ||= now
    last = now
    total++
    const host = request.headers.host ?? ''
    perHost.set(host, (perHost.get(host) ?? 0) + 1)
    if (sample) {
      if (holds(request, Buffer.concat(chunks))) verified++
      else forged++
    }
    response.writeHead(202, { 'content-length': '0' }).end()
  })
}

/** Draft-cavage by hand, on Node's crypto alone: what is counted here must not be judged by the code that signed it. */
function holds(request: IncomingMessage, body: Buffer): boolean {
  const parameters = new Map(
    [...(request.headers.signature?.toString() ?? '').matchAll(/(\w+)="([^"]*)"/g)].map((found) => [found[1], found[2]]),
  )
  const covered = parameters.get('headers')?.split(' ') ?? []
  if (!publicKey || !covered.includes('digest') || !covered.includes('host') || !covered.includes('date')) return false
  const lines = covered.map((field) =>
    field === '(request-target)' ? `${field}: post ${request.url ?? ''}` : `${field}: ${String(request.headers[field])}`,
  )
  const signature = Buffer.from(parameters.get('signature') ?? '', 'base64')
  const digest = `SHA-256=${createHash('sha256').update(body).digest('base64')}`
  return verify('sha256', Buffer.from(lines.join('\n')), publicKey, signature) && request.headers.digest === digest
}

const server =
  scheme === 'https'
    ? createSecureServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile) }, take)
    : createServer({ keepAliveTimeout: 5_000 }, take)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

const control = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    if (request.url === '/expect') {
      const asked = JSON.parse(Buffer.concat(chunks).toString()) as { publicPem: string; every: number }
      publicKey = createPublicKey(asked.publicPem)
      every = asked.every
      perHost.clear()
      total = verified = forged = first = last = 0
    }
    const tally: Tally = {
      total,
      hosts: perHost.size,
      repeated: [...perHost.values()].filter((count) => count > 1).length,
      verified,
      forged,
      firstAt: first,
      lastAt: last,
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(tally))
  })
})
await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve))
process.on('SIGTERM', () => process.exit(0))
process.stdout.write(
  `${JSON.stringify({ port: (server.address() as AddressInfo).port, control: (control.address() as AddressInfo).port })}\n`,
)
