import { generateKeyPairSync, createPrivateKey, sign } from 'node:crypto'
import { Worker, isMainThread, parentPort } from 'node:worker_threads'

/** How many RSA-2048 signatures four threads of this machine make in a second, now. */
export async function signingRate(seconds: number): Promise<number> {
  const counts = await Promise.all(
    Array.from(
      { length: 4 },
      () =>
        new Promise<number>((resolve, reject) => {
          const worker = new Worker(new URL(import.meta.url), { workerData: { seconds }, execArgv: ['--no-warnings'] })
          worker.once('message', resolve)
          worker.once('error', reject)
          worker.postMessage(seconds)
        }),
    ),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

if (!isMainThread) {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const data = Buffer.from('(request-target): post /inbox\nhost: s1.peers.test\ndate: Thu, 05 Mar 2026 09:08:07 GMT\ndigest: SHA-256=x')
  parentPort?.once('message', (seconds: number) => {
    let count = 0
    const began = performance.now()
    while (performance.now() - began < seconds * 1000) {
      sign('sha256', data, key)
      count++
    }
    parentPort?.postMessage(count / ((performance.now() - began) / 1000))
  })
}
