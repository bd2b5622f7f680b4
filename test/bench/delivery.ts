import { randomUUID } from 'node:crypto'
import { startBurrow } from '../rig/burrow.ts'
import { request } from '../rig/http.ts'
import { until, usage } from '../rig/process.ts'
import { addFollowers, seedFolder } from '../rig/seed.ts'
import { startSimulatedServers } from '../rig/simulated-servers/servers.ts'
import { megabytes, percentile, type Bench, type Report } from './report.ts'
import { signingRate } from './signing-rate.ts'

async function spread(report: Report, scheme: 'http' | 'https', count: number, rate: number): Promise<void> {
  const servers = await startSimulatedServers(scheme)
  const burrow = await startBurrow({
    flags: ['--log-level', 'warn'],
    env: { BURROW_NET_MAP: JSON.stringify(servers.netMap), ...servers.env },
    prepare: (folder) => seedFolder(folder, (d) => addFollowers(d, count, (number) => servers.originOf(number))),
  })
  try {
    await burrow.online()
    const actor = (await request(`${burrow.origin}/users/ana`, { headers: { accept: 'application/activity+json' } })).json<{
      publicKey: { publicKeyPem: string }
    }>()
    await servers.expect(actor.publicKey.publicKeyPem, 50)
    // What the owner feels meanwhile.
    const token = await burrow.token()
    const waits: number[] = []
    let asking = true
    const feel = (async () => {
      while (asking) {
        const began = performance.now()
        await request(`http://127.0.0.1:${burrow.ownerPort}/api/v1/timelines/home`, { headers: { authorization: `Bearer ${token}` } })
        waits.push(performance.now() - began)
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    })()
    // Whatever breaks first is what is said.
    feel.catch(() => undefined)
    const draftId = randomUUID()
    // As the window does while somebody writes.
    const draft = { text: 'To everybody, at once.', warning: '', sensitive: false, visibility: 'public', language: 'en', inReplyToId: null }
    await burrow.ask('PUT', `/api/owner/drafts/${draftId}`, { ...draft, editOf: null, mediaIds: [], caret: 0 })
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const before = await usage(burrow.pid)
    const began = Date.now()
    await burrow.ask('POST', '/api/v1/statuses', { status: draft.text, draft_id: draftId })
    await until(`${count} deliveries`, async () => (await servers.tally()).total >= count, 120_000).catch(async (error: Error) => {
      process.stderr.write(`${error.message}: ${JSON.stringify(await servers.tally())}\n`)
    })
    const tally = await servers.tally()
    const after = await usage(burrow.pid)
    asking = false
    await feel
    const perSecond = tally.total / ((tally.lastAt - began) / 1000)
    const add = (what: string, value: number, unit: string, aim?: string): void =>
      report.add({ case: `delivery ${scheme}`, what, value, unit, ...(aim === undefined ? {} : { aim }) })
    add('servers that have it, once', tally.hosts - tally.repeated, `of ${count}`)
    add('signatures verified / forged', tally.verified, `ok, ${tally.forged} bad`)
    add('from POST to the last inbox', (tally.lastAt - began) / 1000, 's')
    add('deliveries', perSecond, '/s')
    add('share of the signing rate', (perSecond / rate) * 100, '%', scheme === 'http' ? '≥ 35 %' : undefined)
    add('CPU each', ((after?.cpuMs ?? NaN) - (before?.cpuMs ?? NaN)) / tally.total, 'ms')
    add('RSS at its highest', megabytes(after?.peakRss ?? NaN), 'MB')
    add('home timeline meanwhile, p99', percentile(waits, 99), 'ms', '≤ 30 ms')
  } finally {
    await burrow.remove()
    await servers.stop()
  }
}

/** One post to many servers, beside what four threads of this machine can sign in the same run. */
export const delivery: Bench = {
  name: 'delivery',
  about: 'one post to 3,000 simulated servers, queue rows included',
  async run(report, { quick }) {
    const rate = await signingRate(quick ? 0.5 : 2)
    report.add({ case: 'delivery', what: 'RSA-2048 signatures of 4 threads', value: rate, unit: '/s' })
    await spread(report, 'http', quick ? 300 : 3_000, rate)
    await spread(report, 'https', quick ? 300 : 3_000, rate)
  },
}
