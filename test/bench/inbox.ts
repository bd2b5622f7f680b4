import { fileURLToPath } from 'node:url'
import { startBurrow } from '../rig/burrow.ts'
import { request } from '../rig/http.ts'
import { startNode, usage } from '../rig/process.ts'
import { addFollowed, seedFolder } from '../rig/seed.ts'
import { megabytes, percentile, type Bench, type Report } from './report.ts'
import { measureDurability } from './durability.ts'
import { startLoad, type Load, type LoadResult } from './load.ts'

const CONNECTIONS = 32
/** What a tunnel gives: localtunnel ten sockets, some of them busy with something else. */
const TUNNEL_CONNECTIONS = [8, 10]

interface Measured {
  rate: number
  cpu: number
  rss: number
  peak: number
  taken: number
  p99: number
}

async function measure(load: Load, pid: number, inbox: string, count: number, connections = CONNECTIONS): Promise<Measured> {
  await load.sign({ inbox, count, connections })
  const before = await usage(pid)
  const result: LoadResult = await load.send()
  const after = await usage(pid)
  const taken = result.statuses['202'] ?? 0
  if (taken !== count) process.stderr.write(`${inbox}: ${JSON.stringify(result.statuses)}\n`)
  return {
    rate: taken / result.seconds,
    cpu: ((after?.cpuMs ?? NaN) - (before?.cpuMs ?? NaN)) / taken,
    rss: after?.rss ?? NaN,
    peak: after?.peakRss ?? NaN,
    taken,
    p99: percentile(result.times, 99),
  }
}

/** Signed Creates of twenty followed authors into one shared inbox, beside the Fedify referee with the same bodies in the same run. */
export const inbox: Bench = {
  name: 'inbox',
  about: 'signed Creates of 20 authors, 8, 10 and 32 connections, one shared inbox; a kill -9 at the end',
  async run(report: Report, { quick }) {
    const load = await startLoad()
    const referee = startNode(['--no-warnings', fileURLToPath(new URL('referee.ts', import.meta.url))])
    const burrow = await startBurrow({
      flags: ['--log-level', 'warn'],
      origin: 'http://127.0.0.1:PORT',
      prepare: (folder) =>
        seedFolder(folder, (d) => {
          addFollowed(
            d,
            load.authors.map(({ name }) => ({ origin: load.origin, name })),
          )
        }),
    })
    try {
      const { origin } = JSON.parse(await referee.firstLine) as { origin: string }
      // Keys fetched, code compiled: what is measured is a server that has been running.
      await measure(load, referee.pid, `${origin}/inbox`, 200)
      const theirs = await measure(load, referee.pid, `${origin}/inbox`, quick ? 300 : 2_000)
      const theirsFew = new Map<number, Measured>()
      for (const few of TUNNEL_CONNECTIONS) {
        theirsFew.set(few, await measure(load, referee.pid, `${origin}/inbox`, quick ? 200 : 1_000, few))
      }
      const kept = Number((await request(`${origin}/kept`)).text)
      await referee.stop()

      await measure(load, burrow.pid, `${burrow.origin}/inbox`, quick ? 500 : 3_000)
      const ours = await measure(load, burrow.pid, `${burrow.origin}/inbox`, quick ? 2_000 : 20_000)
      const newest = await burrow.ask<{ content: string }[]>('GET', '/api/v1/timelines/home?limit=40')
      const mastodon = await burrow.ask<{ stats?: { status_count?: number } }>('GET', '/api/v1/instance')

      const add = (what: string, value: number, unit: string, aim?: string): void =>
        report.add({ case: 'inbox', what, value, unit, ...(aim === undefined ? {} : { aim }) })
      add('Fedify referee', theirs.rate, '/s')
      add('Fedify referee, CPU each', theirs.cpu, 'ms')
      add('Fedify referee, RSS', megabytes(theirs.rss), 'MB')
      add('Burrow', ours.rate, '/s')
      add('Burrow, CPU each', ours.cpu, 'ms', '≤ 0.5 ms')
      add('Burrow, RSS after', megabytes(ours.rss), 'MB', '≤ 200 MB')
      add('Burrow, RSS at its highest', megabytes(ours.peak), 'MB')
      add('ratio of rates', ours.rate / theirs.rate, '×', '≥ 15 ×')
      add('ratio of CPU each', theirs.cpu / ours.cpu, '×')
      for (const few of TUNNEL_CONNECTIONS) {
        const some = await measure(load, burrow.pid, `${burrow.origin}/inbox`, quick ? 1_500 : 10_000, few)
        const other = theirsFew.get(few) as Measured
        add(`Burrow, ${few} connections`, some.rate, '/s')
        add(`Burrow, ${few} connections, p99`, some.p99, 'ms')
        add(`Burrow, ${few} connections, CPU each`, some.cpu, 'ms')
        add(`Fedify referee, ${few} connections`, other.rate, '/s')
        add(`Fedify referee, ${few} connections, p99`, other.p99, 'ms')
      }
      if (kept === 0 || newest.length === 0) throw new Error(`Nothing was kept: referee ${kept}, Burrow ${JSON.stringify(mastodon.stats)}`)
      if (!quick) {
        const rounds: number[] = []
        for (let round = 0; round < 3; round++) rounds.push((await measure(load, burrow.pid, `${burrow.origin}/inbox`, 20_000)).rss)
        add('Burrow, RSS after 60,000 more', megabytes(rounds.at(-1) ?? NaN), 'MB', 'flat')
      }
      const durable = await measureDurability(burrow, load, `${burrow.origin}/inbox`, quick ? 4_000 : 10_000)
      add('PRAGMA synchronous', durable.synchronous, '', '2')
      add('answered 202 before kill -9', durable.acknowledged, '')
      add('of these not in the database', durable.missing, '', '0')
      add('of these there more than once', durable.repeated, '', '0')
      if (
        durable.synchronous !== 2 ||
        durable.missing > 0 ||
        durable.repeated > 0 ||
        durable.integrity !== 'ok' ||
        durable.acknowledged === 0
      ) {
        throw new Error(`A 202 was not durable: ${JSON.stringify(durable)}`)
      }
    } finally {
      await referee.stop()
      await burrow.remove()
      await load.stop()
    }
  },
}
