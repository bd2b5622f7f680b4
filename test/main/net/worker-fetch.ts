/** A worker thread that makes a room of its own from plain data, as the delivery worker does. */
import { parentPort, workerData } from 'node:worker_threads'
import { createNet, NetError, type NetOptions } from '../../../src-main/net/index.ts'

const { options, urls } = workerData as { options: Omit<NetOptions, 'now'>; urls: string[] }
const net = createNet({ ...options, now: Date.now })
const results: string[] = []
for (const url of urls) {
  results.push(
    await net.post(url, { body: '{}' }).then(
      (answer) => String(answer.status),
      (error: unknown) => (error instanceof NetError ? error.code : String(error)),
    ),
  )
}
await net.close()
parentPort!.postMessage(results)
