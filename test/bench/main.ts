import { availableParallelism, loadavg } from 'node:os'
import { buildIfStale } from '../../.ci/build.ts'
import { catchup } from './catchup.ts'
import { delivery } from './delivery.ts'
import { fetchers } from './fetchers.ts'
import { follows } from './follows.ts'
import { home } from './home.ts'
import { idle } from './idle.ts'
import { inbox } from './inbox.ts'
import { library } from './library.ts'
import { Report, type Bench } from './report.ts'
import { window } from './window.ts'

/**
 * `npm run bench [-- CASE …] [--quick]`: JSON lines as numbers come in, then a table. Measures the built `serve` from outside; a case that
 * breaks is said and leaves the others alone. `BUILT=DIR` measures a build that is there already. Numbers of one run belong together: machines differ, and so does what else they do.
 */
const cases: Bench[] = [inbox, delivery, follows, fetchers, catchup, idle, home, library, window]
const argv = process.argv.slice(2)
const quick = argv.includes('--quick')
const wanted = argv.filter((word) => !word.startsWith('--'))
const unknown = wanted.filter((word) => !cases.some(({ name }) => name === word))
if (unknown.length > 0) {
  process.stderr.write(`There is no case ${unknown.join(', ')}; there are ${cases.map(({ name }) => name).join(', ')}.\n`)
  process.exit(2)
}
if (process.env.BUILT === undefined) await buildIfStale()
const report = new Report()
/** What else the machine did: above its number of cores, rates say less than ratios and processor time. */
const load = (when: string): void =>
  report.add({ case: 'machine', what: `load ${when}, ${availableParallelism()} cores`, value: loadavg()[0] ?? NaN, unit: '' })
load('before')
let broken = 0
for (const one of cases.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  process.stderr.write(`${one.name}: ${one.about}\n`)
  try {
    await one.run(report, { quick })
  } catch (error) {
    broken++
    process.stderr.write(`${one.name} broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  }
}
load('after')
process.stdout.write(`\n${report.table()}\n`)
process.exitCode = broken === 0 ? 0 : 1
