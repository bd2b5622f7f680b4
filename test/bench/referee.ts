import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFederation, generateCryptoKeyPair, MemoryKvStore } from '@fedify/fedify'
import { Create, Endpoints, Note, Person } from '@fedify/vocab'

/**
 * The referee of the inbox benchmark: as little of a Fedify server as verifies and keeps a Create. Everything in memory, no queue, keys
 * cached. `node referee.ts`; prints `{"origin"}`.
 */
const federation = createFederation<null>({ kv: new MemoryKvStore(), allowPrivateAddress: true })
const keys = [await generateCryptoKeyPair('RSASSA-PKCS1-v1_5')]
const kept = new Map<string, { author: string; content: string }>()

federation
  .setActorDispatcher('/users/{identifier}', async (context, identifier) => {
    const pairs = await context.getActorKeyPairs(identifier)
    return new Person({
      id: context.getActorUri(identifier),
      preferredUsername: identifier,
      inbox: context.getInboxUri(identifier),
      endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
      publicKey: pairs[0]?.cryptographicKey,
    })
  })
  .setKeyPairsDispatcher(() => keys)

federation.setInboxListeners('/users/{identifier}/inbox', '/inbox').on(Create, async (context, create) => {
  const object = await create.getObject(context)
  if (object instanceof Note && object.id)
    kept.set(object.id.href, { author: create.actorId?.href ?? '', content: object.content?.toString() ?? '' })
})

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const server = createServer((request, response) => {
  const answer = async (): Promise<void> => {
    if (request.url === '/kept') return void response.end(String(kept.size))
    const headers = new Headers()
    for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string') headers.set(name, value)
    const body = request.method === 'POST' ? new Uint8Array(await bodyOf(request)) : null
    const asked = new Request(new URL(request.url ?? '/', origin), { method: request.method ?? 'GET', headers, body })
    const result = await federation.fetch(asked, { contextData: null })
    response.writeHead(result.status, Object.fromEntries(result.headers)).end(Buffer.from(await result.arrayBuffer()))
  }
  answer().catch((error: Error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`)
    response.writeHead(500).end()
  })
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
process.on('SIGTERM', () => process.exit(0))
process.stdout.write(`${JSON.stringify({ origin })}\n`)
