import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Pool } from 'undici'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { fillLibrary, type Library } from '../rig/library.ts'
import { usage } from '../rig/process.ts'
import { megabytes, percentile, type Bench, type Report } from './report.ts'

const SEARCHES: Record<string, string> = {
  'rare word': 'zeppelin',
  'common word': 'ferry',
  'two common words': 'ferry harbour',
  phrase: '"lantern market"',
  'nothing found': 'quinquereme',
  operators: 'from:writer7@s7.peers.test has:media lantern -violin',
  'operators alone': 'has:poll lang:en',
  'after and before': 'bread after:2026-01-01 before:2026-06-01',
  CJK: '灯台',
}

/** What an app asks for, each in a row: at the client, over one connection, whole answers. */
export const library: Bench = {
  name: 'library',
  about: 'the client API at 1,000,000 posts from 5,000 accounts, beside the same requests at 10,000 posts',
  async run(report, { quick }) {
    for (const posts of quick ? [1_000, 10_000] : [10_000, 1_000_000]) await measure(report, posts, quick)
  },
}

async function measure(report: Report, posts: number, quick: boolean): Promise<void> {
  const name = `library, ${posts.toLocaleString('en')} posts`
  const began = performance.now()
  let filled: Library = { threadId: '', personId: '', listId: '' }
  const burrow = await startBurrow({
    flags: ['--log-level', 'warn'],
    prepare: async (folder) => {
      filled = await fillLibrary(folder, { posts, accounts: 5_000, until: Date.now() })
      const size = statSync(join(folder, 'burrow.db')).size
      report.add({ case: name, what: 'seeding', value: (performance.now() - began) / 1000, unit: 's' })
      report.add({ case: name, what: 'database', value: size / posts, unit: 'bytes per post', aim: '≤ 2,500 bytes' })
    },
  })
  try {
    const starts: number[] = []
    for (let round = 0; round < 5; round++) {
      await burrow.stop()
      const from = performance.now()
      await burrow.start()
      starts.push(performance.now() - from)
    }
    report.add({ case: name, what: 'process start to ready, median of 5', value: percentile(starts, 50), unit: 'ms', aim: '≤ 500 ms' })
    const client = await openClient(burrow)
    const rounds = quick ? 50 : 500
    const home = (limit: number) => walk(client, rounds, `/api/v1/timelines/home?limit=${limit}`, limit)
    await home(20)
    told(report, name, 'home, 20 posts', await home(20), '≤ 10 ms')
    told(report, name, 'home, 40 posts', await home(40))
    told(report, name, 'thread of 200 answers', await times(client, rounds / 5, () => `/api/v1/statuses/${filled.threadId}/context`))
    told(report, name, 'notifications, grouped', await times(client, rounds, () => '/api/v2/notifications?limit=40'))
    told(report, name, 'notifications, one by one', await times(client, rounds, () => '/api/v1/notifications?limit=40'))
    told(report, name, 'profile', await times(client, rounds, () => `/api/v1/accounts/${filled.personId}`))
    told(report, name, 'posts of a profile', await walk(client, rounds, `/api/v1/accounts/${filled.personId}/statuses?limit=20`, 1))
    told(report, name, 'hashtag', await walk(client, rounds, '/api/v1/timelines/tag/harbour?limit=20', 20))
    told(report, name, 'list of 50 people', await walk(client, rounds, `/api/v1/timelines/list/${filled.listId}?limit=20`, 1))
    for (const [what, words] of Object.entries(SEARCHES)) {
      const path = `/api/v2/search?type=statuses&q=${encodeURIComponent(words)}`
      told(report, name, `search, ${what}`, await times(client, rounds / 5, () => path), '≤ 50 ms', 95)
    }
    told(report, name, 'search, people', await times(client, rounds / 5, (round) => `/api/v2/search?type=accounts&q=writer${round}`))
    const searching = await openClient(burrow)
    let going = true
    const beside = (async () => {
      for (let round = 0; going; round++) {
        const words = Object.values(SEARCHES)[round % Object.keys(SEARCHES).length] ?? ''
        await searching.ask(`/api/v2/search?type=statuses&q=${encodeURIComponent(words)}`)
      }
    })()
    told(report, name, 'home, 20 posts, searching beside it', await home(20), '≤ 20 ms')
    going = false
    await beside
    report.add({ case: name, what: 'RSS', value: megabytes((await usage(burrow.pid))?.rss ?? NaN), unit: 'MB' })
    await Promise.all([client.close(), searching.close()])
  } finally {
    await burrow.remove()
  }
}

interface Client {
  ask(path: string): Promise<unknown>
  close(): Promise<void>
}

async function openClient(burrow: Burrow): Promise<Client> {
  const pool = new Pool(`http://127.0.0.1:${burrow.ownerPort}`, { connections: 1 })
  const headers = { authorization: `Bearer ${await burrow.token()}` }
  return {
    async ask(path) {
      const answer = await pool.request({ path, method: 'GET', headers })
      const body = await answer.body.json()
      if (answer.statusCode !== 200) throw new Error(`${path} answers ${answer.statusCode}: ${JSON.stringify(body).slice(0, 200)}`)
      return body
    },
    close: () => pool.close(),
  }
}

async function times(client: Client, rounds: number, path: (round: number) => string): Promise<number[]> {
  const taken: number[] = []
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    await client.ask(path(round))
    taken.push(performance.now() - began)
  }
  return taken
}

/** Ten pages down, then from the top again. */
async function walk(client: Client, rounds: number, path: string, least: number): Promise<number[]> {
  const taken: number[] = []
  let below = ''
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    const page = (await client.ask(path + below)) as { id: string }[]
    taken.push(performance.now() - began)
    if (below === '' && page.length < least) throw new Error(`${path} answers ${page.length} posts`)
    below = round % 10 === 9 || page.length === 0 ? '' : `&max_id=${page.at(-1)?.id ?? ''}`
  }
  return taken
}

/** `aim` belongs to this percentile. */
function told(report: Report, name: string, what: string, taken: readonly number[], aim?: string, of: 95 | 99 = 99): void {
  for (const share of [50, 95, 99]) {
    const row = { case: name, what: `${what}, p${share}`, value: percentile(taken, share), unit: 'ms' }
    report.add(aim !== undefined && share === of ? { ...row, aim } : row)
  }
}
