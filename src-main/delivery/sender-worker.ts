import { createPrivateKey } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { createNet, NetError } from '../net/index.ts'
import { signCavageInPool, signRfc9421InPool } from '../signatures/index.ts'
import type { KeyObject } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import type { NetErrorCode, NetOptions, Sign } from '../net/index.ts'
import type { FailureCode } from './policy.ts'
import type { Scheme } from './hosts.ts'
import type { FromSender, Job, Result, SenderOptions, ToSender } from './sender.ts'

/**
 * The sending thread: signs each attempt afresh and posts it through `net`. Draft-cavage first; a server that refuses it is knocked on
 * once more with RFC 9421 (federation.md section 2.2). It holds no state that matters: everything is a row in the main thread.
 */

/** Results travel together: each batch is one commit to the disk over there. */
const BATCH = 48
const BATCH_MS = 12
/** What is under way at the end may come to its own. */
const GRACE_MS = 1_000

// undici makes an error object for every connection it closes after use, and Node reads its stack: a tenth of this thread's time.
Error.stackTraceLimit = 0

const port = parentPort as MessagePort
const options = workerData as SenderOptions
const net = createNet({ ...(options.net as unknown as NetOptions), now: Date.now, perHost: 4, global: options.concurrency })
const bodies = new Map<number, Buffer>()
let key: { id: string; object: KeyObject } | null = null

const queue: Job[] = []
let taken = 0
let running = 0
let results: Result[] = []
let flushing: NodeJS.Timeout | null = null
let stopping = false

port.on('message', (message: ToSender) => {
  if (message.type === 'key') key = { id: message.key.keyId, object: createPrivateKey(message.key.privatePem) }
  else if (message.type === 'body') bodies.set(message.outgoingId, Buffer.from(message.body))
  else if (message.type === 'forget') bodies.delete(message.outgoingId)
  else if (message.type === 'network-changed') net.networkChanged()
  else if (message.type === 'jobs') {
    if (stopping) return
    queue.push(...message.jobs)
    pump()
  } else stop()
})

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
  else flushing ??= setTimeout(flush, BATCH_MS)
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

/** One delivery: never rejects. */
async function deliver(job: Job): Promise<Result> {
  const first = options.onlyPreferred ? options.preferred : (job.scheme ?? options.preferred)
  const body = bodies.get(job.outgoingId)
  if (!key || !body) return { id: job.id, status: null, code: null, ours: true, retryAfter: null, scheme: first, skew: null }
  const answer = await attempt(job, body, first)
  const refused = answer.status === 401 || answer.status === 403 || (answer.status === 400 && answer.wantsOther)
  if (!refused || options.onlyPreferred || stopping) return bare(answer)
  const other = await attempt(job, body, first === 'cavage' ? 'rfc9421' : 'cavage')
  return bare(other.status !== null && other.status < 300 ? other : answer)
}

const bare = ({ wantsOther: _, ...result }: Attempt): Result => result

async function attempt(job: Job, body: Buffer, scheme: Scheme): Promise<Attempt> {
  const { id: keyId, object: privateKey } = key as { id: string; object: KeyObject }
  const sign: Sign = (request) => {
    const input = { method: request.method, url: request.url, body, keyId, privateKey, date: Date.now() }
    return scheme === 'cavage' ? signCavageInPool(input) : signRfc9421InPool(input)
  }
  try {
    const answer = await net.post(job.inbox, { body, headers: { 'content-type': 'application/activity+json' }, sign })
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
