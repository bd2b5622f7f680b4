import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Pool } from 'undici'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { addFollowed, addPosts, seedFolder } from '../rig/seed.ts'
import { percentile, type Bench, type Report } from './report.ts'

const SEARCHES = ['zeppelin', 'ferry', '"lantern market"', '灯台', 'ferry harbour lang:ja', 'has:link bread']

/** The home timeline of twenty posts at the client, alone and with a search running beside it. */
export const home: Bench = {
  name: 'home',
  about: 'home timeline of 20 posts out of 100,000 stored, at the client',
  async run(report, { quick }) {
    const posts = quick ? 5_000 : 100_000
    const began = performance.now()
    let seeded = 0
    const burrow = await startBurrow({
      flags: ['--log-level', 'warn'],
      prepare: async (folder) => {
        await seedFolder(folder, (d) => {
          const authors = addFollowed(
            d,
            Array.from({ length: 200 }, (_, number) => ({ origin: `https://s${number}.peers.test`, name: `writer${number}` })),
          )
          addPosts(d, authors, posts)
        })
        seeded = statSync(join(folder, 'burrow.db')).size
      },
    })
    const name = `home, ${posts} posts`
    try {
      report.add({ case: name, what: 'seeding', value: (performance.now() - began) / 1000, unit: 's' })
      report.add({ case: name, what: 'database', value: seeded / posts, unit: 'bytes per post', aim: '≤ 2,500 bytes' })
      const rounds = quick ? 200 : 2_000
      await timeline(burrow, 200)
      latencies(report, name, 'home timeline', await timeline(burrow, rounds), '≤ 10 ms')
      const busy = searching(burrow)
      latencies(report, name, 'home timeline, searching', await timeline(burrow, rounds), '≤ 20 ms')
      const searches = await busy.stop()
      report.add({
        case: name,
        what: `search p95, ${searches.length} of them`,
        value: percentile(searches, 95),
        unit: 'ms',
        aim: '≤ 50 ms',
      })
    } finally {
      await burrow.remove()
    }
  },
}

function latencies(report: Report, name: string, what: string, values: readonly number[], aim: string): void {
  report.add({ case: name, what: `${what}, p50`, value: percentile(values, 50), unit: 'ms' })
  report.add({ case: name, what: `${what}, p95`, value: percentile(values, 95), unit: 'ms' })
  report.add({ case: name, what: `${what}, p99`, value: percentile(values, 99), unit: 'ms', aim })
}

/** One request after another, at changing places of the timeline; milliseconds each, first to last byte. */
async function timeline(burrow: Burrow, rounds: number): Promise<number[]> {
  const pool = new Pool(`http://127.0.0.1:${burrow.ownerPort}`, { connections: 1 })
  const headers = { authorization: `Bearer ${await burrow.token()}` }
  const times: number[] = []
  let below = ''
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    const answer = await pool.request({ path: `/api/v1/timelines/home?limit=20${below}`, method: 'GET', headers })
    const page = (await answer.body.json()) as { id: string }[]
    times.push(performance.now() - began)
    if (answer.statusCode !== 200 || page.length !== 20)
      throw new Error(`The home timeline answers ${answer.statusCode} with ${page.length} posts`)
    below = round % 10 === 9 ? '' : `&max_id=${page.at(-1)?.id ?? ''}`
  }
  await pool.close()
  return times
}

function searching(burrow: Burrow): { stop(): Promise<number[]> } {
  const pool = new Pool(`http://127.0.0.1:${burrow.ownerPort}`, { connections: 1 })
  const times: number[] = []
  let going = true
  const work = (async () => {
    const headers = { authorization: `Bearer ${await burrow.token()}` }
    for (let round = 0; going; round++) {
      const words = SEARCHES[round % SEARCHES.length] ?? ''
      const began = performance.now()
      const answer = await pool.request({ path: `/api/v2/search?type=statuses&q=${encodeURIComponent(words)}`, method: 'GET', headers })
      await answer.body.dump()
      if (answer.statusCode !== 200) throw new Error(`A search for ${words} answers ${answer.statusCode}`)
      times.push(performance.now() - began)
    }
    await pool.close()
  })()
  return {
    async stop() {
      going = false
      await work
      return times
    },
  }
}
