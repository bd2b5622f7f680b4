import { parseArgs } from 'node:util'
import { buildIfStale } from '../../.ci/build.ts'
import { torture } from './torture.ts'

/** `npm run torture -- [--rounds N] [--seed N]`: prints what it saw; ends with 1 when a promise was broken. */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string' } } })
const rounds = Number(values.rounds)
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed)
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  process.stderr.write('npm run torture -- [--rounds N] [--seed N]\n')
  process.exit(2)
}
if (process.env.BUILT === undefined) await buildIfStale()
process.stderr.write(`${rounds} rounds, seed ${seed}\n`)
const seen = await torture({ rounds, seed, say: (line) => void process.stderr.write(`${line}\n`) })

const rows: [string, string | number][] = [
  ['killed while serving', seen.killedWhileServing],
  ['killed while starting', seen.killedWhileStarting],
  ...Object.entries(seen.answers).map(([kind, counts]): [string, string] => [
    kind,
    Object.entries(counts)
      .map(([answer, count]) => `${answer}: ${count}`)
      .join(', '),
  ]),
  ['activities delivered', seen.deliveries.distinct],
  ['delivered again after a kill', `${seen.deliveries.again} (the same ones: an idempotent receiver passes over them)`],
  ['integrity_check', `${seen.integrityChecks} times`],
  ['slowest start after a kill', `${Math.round(seen.slowestStart)} ms`],
  ['database in the end', `${(seen.databaseBytes / 1e6).toFixed(1)} MB`],
  ['broken promises', seen.faults.length],
]
const width = Math.max(...rows.map(([name]) => name.length))
for (const [name, value] of rows) process.stdout.write(`${name.padEnd(width)}  ${value}\n`)
for (const fault of seen.faults.slice(0, 50)) process.stdout.write(`  ${fault}\n`)
process.exitCode = seen.faults.length === 0 ? 0 : 1
