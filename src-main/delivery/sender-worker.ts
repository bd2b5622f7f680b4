import { createPrivateKey } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { createNet, NetError } from '../net/index.ts'
import { signCavageInPool, signRfc9421InPool } from '../signatures/index.ts'
import type { KeyObject } from 'node:crypto'
import type { MessagePort } from 'node:worker_threads'
import type { NetOptions, Sign } from '../net/index.ts'
import type { FailureCode } from './policy.ts'
import type { Scheme } from './hosts.ts'
import type { FromSender, Job, Result, SenderOptions, ToSender } from './sender.ts'

/**
 * The sending thread: signs each attempt afresh and posts it through `net`. Draft-cavage first; a server that refuses it is knocked on
 * once more with RFC 9421 (federation.md section 2.2). It holds no state that matters: everything is a row in the main thread.
 */

const port = parentPort as MessagePort
const options = workerData as SenderOptions
const net = createNet({ ...(options.net as unknown as NetOptions), now: Date.now, perHost: 4, global: options.concurrency })
const bodies = new Map<number, Buffer>()
let key: { id: string; object: KeyObject } | null = null

const queue: Job[] = []
let running = 0
let results: Result[] = []
let flushing = false

port.on('message', (message: ToSender) => {
  if (message.type === 'key') key = { id: message.key.keyId, object: createPrivateKey(message.key.privatePem) }
  else if (message.type === 'body') bodies.set(message.outgoingId, Buffer.from(message.body))
  else if (message.type === 'forget') bodies.delete(message.outgoingId)
  else if (message.type === 'network-changed') net.networkChanged()
  else if (message.type === 'jobs') {
    queue.push(...message.jobs)
    pump()
  } else {
    queue.length = 0
    void net.close().finally(() => port.close())
  }
})

function pump(): void {
  while (running < options.concurrency && queue.length > 0) {
    const job = queue.shift() as Job
    running++
    void deliver(job)
      .then((result) => report(result))
      .finally(() => {
        running--
        pump()
      })
  }
}

/** Results of one turn of the loop travel together. */
function report(result: Result): void {
  results.push(result)
  if (flushing) return
  flushing = true
  setImmediate(() => {
    flushing = false
    const message: FromSender = { type: 'results', results }
    results = []
    port.postMessage(message)
  })
}

async function deliver(job: Job): Promise<Result> {
  const first = options.onlyPreferred ? options.preferred : (job.scheme ?? options.preferred)
  const body = bodies.get(job.outgoingId)
  if (!key || !body) return { id: job.id, status: null, code: 'no-answer', ours: true, retryAfter: null, scheme: first }
  const answer = await attempt(job, body, first)
  const refused = answer.status === 401 || (answer.status === 400 && answer.wantsOther)
  if (!refused || options.onlyPreferred) return answer
  const other = await attempt(job, body, first === 'cavage' ? 'rfc9421' : 'cavage')
  return other.status !== null && other.status < 300 ? other : answer
}

async function attempt(job: Job, body: Buffer, scheme: Scheme): Promise<Result & { wantsOther: boolean }> {
  const { id: keyId, object: privateKey } = key as { id: string; object: KeyObject }
  const sign: Sign = (request) => {
    const input = { method: request.method, url: request.url, body, keyId, privateKey, date: Date.now() }
    return scheme === 'cavage' ? signCavageInPool(input) : signRfc9421InPool(input)
  }
  try {
    const answer = await net.post(job.inbox, { body, headers: { 'content-type': 'application/activity+json' }, sign })
    return {
      id: job.id,
      status: answer.status,
      code: null,
      ours: false,
      retryAfter: answer.retryAfter,
      scheme,
      wantsOther: 'accept-signature' in answer.headers,
    }
  } catch (error) {
    const { code, ours } = toFailure(error)
    return { id: job.id, status: null, code, ours, retryAfter: null, scheme, wantsOther: false }
  }
}

function toFailure(error: unknown): { code: FailureCode; ours: boolean } {
  if (!(error instanceof NetError)) return { code: 'no-answer', ours: false }
  const codes: Partial<Record<string, FailureCode>> = {
    timeout: 'timeout',
    tls: 'tls',
    dns: 'dns',
    connect: 'refused',
    'refused-address': 'address-not-allowed',
    'refused-url': 'address-not-allowed',
  }
  return { code: codes[error.code] ?? 'no-answer', ours: error.ours }
}
