import { fileURLToPath } from 'node:url'
import { startBurrow } from '../rig/burrow.ts'
import { request } from '../rig/http.ts'
import { startNode, usage } from '../rig/process.ts'
import { addFollowed, seedFolder } from '../rig/seed.ts'
import { megabytes, type Bench, type Report } from './report.ts'
import { startLoad, type Load, type LoadResult } from './load.ts'

const CONNECTIONS = 32

interface Measured {
  rate: number
  cpu: number
  rss: number
  peak: number
  taken: number
}

async function measure(load: Load, pid: number, inbox: string, count: number): Promise<Measured> {
  await load.sign({ inbox, count, connections: CONNECTIONS })
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
  }
}

/** Signed Creates of twenty followed authors into one shared inbox, beside the Fedify referee with the same bodies in the same run. */
export const inbox: Bench = {
  name: 'inbox',
  about: 'signed Creates of 20 authors, 32 connections, one shared inbox',
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
      if (kept === 0 || newest.length === 0) throw new Error(`Nothing was kept: referee ${kept}, Burrow ${JSON.stringify(mastodon.stats)}`)
      if (!quick) {
        const rounds: number[] = []
        for (let round = 0; round < 3; round++) rounds.push((await measure(load, burrow.pid, `${burrow.origin}/inbox`, 20_000)).rss)
        add('Burrow, RSS after 60,000 more', megabytes(rounds.at(-1) ?? NaN), 'MB', 'flat')
      }
    } finally {
      await referee.stop()
      await burrow.remove()
      await load.stop()
    }
  },
}
