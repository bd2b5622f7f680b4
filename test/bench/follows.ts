import { startBurrow } from '../rig/burrow.ts'
import { usage } from '../rig/process.ts'
import { startCrowd } from './crowd.ts'
import { megabytes, type Bench } from './report.ts'

const LIMIT_S = 60

/** 10,000 people of 300 servers follow within seconds: each has to be looked up, stored and answered. Limits may delay; nothing may be lost. */
export const follows: Bench = {
  name: 'follows',
  about: '10,000 Follows in a burst from 300 hosts, all accepted and answered',
  async run(report, { quick }) {
    const count = quick ? 500 : 10_000
    const crowd = await startCrowd()
    const burrow = await startBurrow({ flags: ['--log-level', 'warn'], env: { BURROW_NET_MAP: JSON.stringify(crowd.netMap) } })
    try {
      await burrow.online()
      const target = `${burrow.origin}/users/ana`
      await crowd.sign({ inbox: `${target}/inbox`, target, hosts: 300, count, connections: 32 })
      const before = await usage(burrow.pid)
      const began = Date.now()
      const sent = await crowd.send()
      // Late is worth a number, never is worth knowing: waited for as long as something still comes.
      let tally = await crowd.tally()
      for (let still = 0; tally.accepted < count && still < 300;) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        const next = await crowd.tally()
        still = next.accepted === tally.accepted ? still + 1 : 0
        tally = next
      }
      const after = await usage(burrow.pid)
      const account = await burrow.ask<{ followers_count: number }>('GET', '/api/v1/accounts/verify_credentials')
      const { failed } = await burrow.outbox()
      const add = (what: string, value: number, unit: string, aim?: string): void =>
        report.add({ case: `follows, ${count} from 300 hosts`, what, value, unit, ...(aim === undefined ? {} : { aim }) })
      add('answered 202', sent.statuses['202'] ?? 0, `of ${count}`, 'all')
      add('told to come back later (429, 503)', (sent.statuses['429'] ?? 0) + (sent.statuses['503'] ?? 0), 'answers')
      add(
        'answered otherwise',
        Object.entries(sent.statuses).reduce((sum, [status, n]) => (/^(202|429|503)$/.test(status) ? sum : sum + n), 0),
        'answers',
        '0',
      )
      add('all posted after', sent.seconds, 's')
      add('followers stored', account.followers_count, `of ${count}`, 'all')
      add('accepted', tally.accepted, `of ${count}`, 'all')
      add('accepted more than once', tally.repeated, '', '0')
      add('given up', failed, 'items', '0')
      add('from the first Follow to the last Accept', tally.lastAt === 0 ? NaN : (tally.lastAt - began) / 1000, 's', `≤ ${LIMIT_S} s`)
      add('actors fetched', tally.fetched, '')
      add('CPU each', ((after?.cpuMs ?? NaN) - (before?.cpuMs ?? NaN)) / count, 'ms')
      add('RSS at its highest', megabytes(after?.peakRss ?? NaN), 'MB')
    } finally {
      await burrow.remove()
      await crowd.stop()
    }
  },
}
