import { startBurrow } from '../rig/burrow.ts'
import { usage } from '../rig/process.ts'
import { addFollowed, addPosts, seedFolder } from '../rig/seed.ts'
import { megabytes, percentile, type Bench } from './report.ts'

/** From process start to the ready line, then what an instance costs that nobody uses. */
export const idle: Bench = {
  name: 'idle',
  about: 'start to ready, idle memory and CPU, with a filled folder',
  async run(report, { quick }) {
    const posts = quick ? 2_000 : 100_000
    const burrow = await startBurrow({
      flags: ['--log-level', 'warn'],
      prepare: (folder) =>
        seedFolder(folder, (d) => {
          const authors = addFollowed(
            d,
            Array.from({ length: 50 }, (_, number) => ({ origin: `https://s${number}.peers.test`, name: `writer${number}` })),
          )
          addPosts(d, authors, posts)
        }),
    })
    try {
      const starts: number[] = []
      for (let round = 0; round < 5; round++) {
        await burrow.stop()
        const began = performance.now()
        await burrow.start()
        starts.push(performance.now() - began)
      }
      const add = (what: string, value: number, unit: string, aim?: string): void =>
        report.add({ case: `idle, ${posts} posts`, what, value, unit, ...(aim === undefined ? {} : { aim }) })
      add('process start to ready, median of 5', percentile(starts, 50), 'ms', '≤ 500 ms')
      await new Promise((resolve) => setTimeout(resolve, quick ? 3_000 : 15_000))
      const seconds = quick ? 5 : 30
      const before = await usage(burrow.pid)
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
      const after = await usage(burrow.pid)
      add('RSS', megabytes(after?.rss ?? NaN), 'MB', '≤ 120 MB')
      add('CPU', (((after?.cpuMs ?? NaN) - (before?.cpuMs ?? NaN)) / (seconds * 1000)) * 100, '%', '≤ 0.5 %')
    } finally {
      await burrow.remove()
    }
  },
}
