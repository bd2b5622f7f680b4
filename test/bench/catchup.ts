import { follow, receiveAccept } from '../../src-main/domain/follows.ts'
import { startBurrow } from '../rig/burrow.ts'
import { until, usage } from '../rig/process.ts'
import { addPerson, seedFolder } from '../rig/seed.ts'
import { homeOf, POSTS_EACH, startOutboxes } from './outboxes.ts'
import { megabytes, percentile, type Bench } from './report.ts'
import type { AwayReport } from '../../src-main/owner-api/contract.ts'

/** A request over the sea and back. */
const LATENCY_MS = 100
/** Requests that reading up has under way at once (federation/politeness.ts). */
const PLACES = 8

/** Reading up after a day away: what it takes, and whether it is the others or we who take it. */
export const catchup: Bench = {
  name: 'catchup',
  about: 'reading up the outboxes of 500 followed people on 300 hosts, each 100 ms away',
  async run(report, { quick }) {
    const people = quick ? 60 : 500
    const outboxes = await startOutboxes()
    const burrow = await startBurrow({
      flags: ['--log-level', 'warn'],
      env: { BURROW_NET_MAP: JSON.stringify(outboxes.netMap) },
      prepare: (folder) =>
        seedFolder(folder, (d) =>
          d.store.transaction(() => {
            for (let person = 0; person < people; person++) {
              const accountId = addPerson(d, homeOf(person), `writer${person}`, { collections: true })
              follow(d, accountId)
              receiveAccept(d, { accountId })
            }
          }),
        ),
    })
    try {
      await burrow.online()
      // What following them set off by itself is over: only the reading-up is measured.
      await until(
        'quiet before',
        async () => {
          const before = (await outboxes.tally()).requests
          await new Promise((resolve) => setTimeout(resolve, 2_500))
          return (await outboxes.tally()).requests === before
        },
        120_000,
      )
      await outboxes.slow(LATENCY_MS)
      const waits: number[] = []
      let asking = true
      const feel = (async () => {
        while (asking) {
          const asked = performance.now()
          await burrow.api('GET', '/api/v1/timelines/home')
          waits.push(performance.now() - asked)
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      })()
      const before = await usage(burrow.pid)
      const began = performance.now()
      await burrow.ask('POST', '/api/owner/away')
      const done = await until(
        'everything is read up',
        async () => (await burrow.ask<AwayReport[]>('GET', '/api/owner/away')).find(({ state }) => state === 'done'),
        600_000,
      )
      const seconds = (performance.now() - began) / 1000
      const after = await usage(burrow.pid)
      asking = false
      await feel
      const tally = await outboxes.tally()
      const bound = (tally.requests * LATENCY_MS) / 1000 / PLACES
      const cpu = (after?.cpuMs ?? NaN) - (before?.cpuMs ?? NaN)
      const add = (what: string, value: number, unit: string, aim?: string): void =>
        report.add({ case: `catchup, ${people} people`, what, value, unit, ...(aim === undefined ? {} : { aim }) })
      add('read up in', seconds, 's')
      add('posts that came', done.posts, `of ${people * POSTS_EACH}`)
      add('servers that did not answer', done.silent.length, '', '0')
      add('requests', tally.requests, '')
      add('at once, all and to one host', tally.atOnce, `and ${tally.atOnceOfOneHost}`, `≤ ${PLACES} and 2`)
      add(`bound by the ${PLACES} places at ${LATENCY_MS} ms`, bound, 's')
      add('share of that bound', (bound / seconds) * 100, '%')
      add('CPU', (cpu / (seconds * 1000)) * 100, '%')
      add('CPU of each post', cpu / done.posts, 'ms')
      add('home timeline meanwhile, p99', percentile(waits, 99), 'ms')
      add('RSS at its highest', megabytes(after?.peakRss ?? NaN), 'MB')
    } finally {
      await burrow.remove()
      await outboxes.stop()
    }
  },
}
