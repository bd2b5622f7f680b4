import { createECDH, createPublicKey, randomBytes, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import ece from 'http_ece'
import { stopLater } from '../net/peers.ts'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A push service on loopback, and the app behind it, which reads with a library that is not ours. */

export interface Posted {
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
}
export interface Service {
  /** For the network room's `map`: every name goes there. */
  dial: string
  posted: Posted[]
  /** What is answered next; 201 when nothing is said. */
  answers: { status: number; headers?: Record<string, string> }[]
}

const tls = (name: string) => readFileSync(join(import.meta.dirname, '../../fixtures/tls', name))

export async function startService(): Promise<Service> {
  const posted: Posted[] = []
  const answers: Service['answers'] = []
  const server = createServer({ key: tls('peer.key'), cert: tls('peer.pem') }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      posted.push({ path: request.url as string, headers: request.headers, body: Buffer.concat(chunks) })
      const { status, headers = {} } = answers.shift() ?? { status: 201 }
      response.writeHead(status, headers).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stopLater(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { dial: `127.0.0.1:${(server.address() as AddressInfo).port}`, posted, answers }
}

export interface Phone {
  p256dh: string
  auth: string
  /** What a push says, decrypted. */
  read(push: Posted): Record<string, unknown>
}

export function openPhone(): Phone {
  const pair = createECDH('prime256v1')
  const p256dh = pair.generateKeys('base64url')
  const auth = randomBytes(16).toString('base64url')
  return {
    p256dh,
    auth,
    read({ headers, body }) {
      const version = headers['content-encoding'] as 'aes128gcm' | 'aesgcm'
      const found = (name: string, field: string) => new RegExp(`(?:^|;)${field}=([^;]+)`).exec(String(headers[name]))?.[1] as string
      const plain = ece.decrypt(body, {
        version,
        privateKey: pair,
        authSecret: auth,
        ...(version === 'aesgcm' ? { dh: found('crypto-key', 'dh'), salt: found('encryption', 'salt') } : {}),
      })
      return JSON.parse(plain.toString('utf8')) as Record<string, unknown>
    },
  }
}

/** The claims of a push's JWT, once its signature has been held against the key that came with it. */
export function claimsOf({ headers }: Posted): { claims: Record<string, unknown>; key: string } {
  const authorization = String(headers.authorization)
  const standard = /^vapid t=([^,]+), k=(\S+)$/.exec(authorization)
  const word = standard?.[1] ?? /^WebPush (\S+)$/.exec(authorization)?.[1] ?? ''
  const key = standard?.[2] ?? /p256ecdsa=([^;]+)/.exec(String(headers['crypto-key']))?.[1] ?? ''
  const point = Buffer.from(key, 'base64url')
  const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') }
  const [head = '', claims = '', signature = ''] = word.split('.')
  const good = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  if (!good) throw new Error('the word of the push is not signed by its key')
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>
  if (read(head).alg !== 'ES256') throw new Error('not ES256')
  return { claims: read(claims), key }
}
