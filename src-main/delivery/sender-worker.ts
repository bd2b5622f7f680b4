import { createPrivateKey } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { createNet, NetError } from '../net/index.ts'
import { signCavageInPool, signRfc9421InPool } from '../signatures/index.ts'
import type { KeyObject } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import type { NetErrorCode, NetOptions, Sign } from '../net/index.ts'
import type { FailureCode } from './policy.ts'
import type { Scheme } from './hosts.ts'
import type { FromSender, Job, Result, SenderIdentity, SenderKey, SenderOptions, Signer, ToSender } from './sender.ts'

/**
 * The sending thread: signs each attempt afresh and posts it through `net`. Draft-cavage first; a server that refuses it is knocked on
 * once more with RFC 9421 (federation.md section 2.2). It holds no state that matters: everything is a row in the main thread.
 */

/** Results travel together: each batch is one commit over there, which waits for the disk, and the window with it. */
const BATCH = 384
const BATCH_MS = 25
/** While much is still to go: fewer commits, and a window that answers. */
const BUSY_BATCH_MS = 100
/** What is under way at the end may come to its own. */
const GRACE_MS = 1_000

// undici makes an error object for every connection it closes after use, and Node reads its stack: a tenth of this thread's time.
Error.stackTraceLimit = 0

const port = parentPort as MessagePort
const options = workerData as SenderOptions
const started = options.net as unknown as NetOptions
let identity: SenderIdentity | null = null
const net = createNet({
  ...started,
  ownHosts: () => identity?.ownHosts ?? (typeof started.ownHosts === 'function' ? started.ownHosts() : started.ownHosts),
  userAgent: () => identity?.userAgent ?? (typeof started.userAgent === 'function' ? started.userAgent() : started.userAgent),
  now: Date.now,
  perHost: 4,
  global: options.concurrency,
})
interface Key {
  id: string
  object: KeyObject
}
const letters = new Map<number, { body: Buffer; signer: Signer }>()
let keys: Partial<Record<Signer, Key>> = {}

const queue: Job[] = []
let taken = 0
let running = 0
let results: Result[] = []
let flushing: NodeJS.Timeout | null = null
let stopping = false

port.on('message', (message: ToSender) => {
  if (message.type === 'key') keys = readKeys(message.key)
  else if (message.type === 'identity') identity = message.identity
  else if (message.type === 'body') letters.set(message.outgoingId, { body: Buffer.from(message.body), signer: message.signer })
  else if (message.type === 'forget') letters.delete(message.outgoingId)
  else if (message.type === 'network-changed') net.networkChanged()
  else if (message.type === 'jobs') {
    if (stopping) return
    queue.push(...message.jobs)
    pump()
  } else stop()
})

function readKeys({ keyId, privatePem, previousPem, instanceKeyId }: SenderKey): typeof keys {
  const object = createPrivateKey(privatePem)
  return {
    owner: { id: keyId, object },
    ...(previousPem ? { previous: { id: keyId, object: createPrivateKey(previousPem) } } : {}),
    ...(instanceKeyId ? { instance: { id: instanceKeyId, object } } : {}),
  }
}

function stop(): void {
  stopping = true
  queue.length = 0
  taken = 0
  setTimeout(() => void net.close(), GRACE_MS).unref()
  if (running === 0) end()
}

function end(): void {
  flush()
  void net.close().finally(() => port.close())
}

function pump(): void {
  while (running < options.concurrency && taken < queue.length) {
    const job = queue[taken++] as Job
    running++
    void deliver(job).then((result) => {
      running--
      report(result)
      if (stopping && running === 0) end()
      else pump()
    })
  }
  if (taken > 0 && (taken === queue.length || taken > 1024)) {
    queue.splice(0, taken)
    taken = 0
  }
}

function report(result: Result): void {
  results.push(result)
  if (results.length >= BATCH) flush()
  else flushing ??= setTimeout(flush, taken < queue.length ? BUSY_BATCH_MS : BATCH_MS)
}

function flush(): void {
  if (flushing) clearTimeout(flushing)
  flushing = null
  if (results.length === 0) return
  const message: FromSender = { type: 'results', results }
  results = []
  port.postMessage(message)
}

type Attempt = Result & { wantsOther: boolean }
type Way = Scheme | 'cavage-without-query'

/**
 * One delivery: never rejects. Refused, it knocks again otherwise: without the query where there is one (old Mastodon signed and verified
 * so, federation.md 2.1), then by the other scheme. Three knocks at most.
 */
async function deliver(job: Job): Promise<Result> {
  const first = options.onlyPreferred ? options.preferred : (job.scheme ?? options.preferred)
  const letter = letters.get(job.outgoingId)
  // Without the former key the owner's own signs: the rotation it is for was told long ago.
  const key = letter ? (keys[letter.signer] ?? keys.owner) : undefined
  if (!letter || !key) return { id: job.id, status: null, code: null, ours: true, retryAfter: null, scheme: first, skew: null }
  const answer = await attempt(job, letter.body, key, first)
  if (options.onlyPreferred) return bare(answer)
  const others: Way[] = first === 'cavage' ? ['rfc9421'] : ['cavage']
  if (job.inbox.includes('?')) others.unshift('cavage-without-query')
  let latest = answer
  for (const way of others) {
    const refused = latest.status === 401 || latest.status === 403 || (latest.status === 400 && latest.wantsOther)
    if (!refused || stopping) break
    latest = await attempt(job, letter.body, key, way)
    if (latest.status !== null && latest.status < 300) return bare(latest)
  }
  return bare(answer)
}

const bare = ({ wantsOther: _, ...result }: Attempt): Result => result

async function attempt(job: Job, body: Buffer, key: Key, way: Way): Promise<Attempt> {
  const scheme: Scheme = way === 'rfc9421' ? 'rfc9421' : 'cavage'
  const headers: Record<string, string> = { 'content-type': 'application/activity+json' }
  if (job.synchronization !== undefined) headers['collection-synchronization'] = job.synchronization
  const also = job.synchronization === undefined ? {} : { headers, covers: ['collection-synchronization'] }
  const sign: Sign = (request) => {
    const input = { method: request.method, url: request.url, body, keyId: key.id, privateKey: key.object, date: Date.now(), ...also }
    if (scheme === 'rfc9421') return signRfc9421InPool(input)
    return signCavageInPool({ ...input, withoutQuery: way === 'cavage-without-query' })
  }
  try {
    const answer = await net.post(job.inbox, { body, headers, sign })
    const date = Date.parse(answer.headers['date'] ?? '')
    return {
      id: job.id,
      status: answer.status,
      code: null,
      ours: false,
      retryAfter: answer.retryAfter,
      scheme,
      skew: Number.isFinite(date) ? date - Date.now() : null,
      wantsOther: 'accept-signature' in answer.headers,
    }
  } catch (error) {
    const { code, ours } = toFailure(error)
    return { id: job.id, status: null, code, ours, retryAfter: null, scheme, skew: null, wantsOther: false }
  }
}

/** Null for what we cut off ourselves: it says nothing about the peer. */
const CODES: Partial<Record<NetErrorCode, FailureCode | null>> = {
  timeout: 'timeout',
  tls: 'tls',
  dns: 'dns',
  connect: 'refused',
  'refused-address': 'address-not-allowed',
  'refused-url': 'address-not-allowed',
  aborted: null,
  busy: null,
}

function toFailure(error: unknown): { code: FailureCode | null; ours: boolean } {
  if (!(error instanceof NetError)) return { code: 'no-answer', ours: false }
  const code = CODES[error.code]
  return { code: code === undefined ? 'no-answer' : code, ours: error.ours }
}
