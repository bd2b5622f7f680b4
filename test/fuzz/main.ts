import { fuzz } from './run.ts'
import { targets } from './targets.ts'

/**
 * `npm run fuzz -- [--runs N] [--seed S] [--only TARGET]`: documents made from a seed, into everything that takes strangers' bytes. Prints
 * what it saw; ends with 1 and with seed, run and document when something broke.
 */
const argv = process.argv.slice(2)
const given = (name: string): string | null => {
  const at = argv.indexOf(`--${name}`)
  return at < 0 ? null : (argv[at + 1] ?? '')
}
const count = (name: string, otherwise: number): number => {
  const text = given(name)
  if (text === null) return otherwise
  if (!/^\d{1,10}$/.test(text)) {
    process.stderr.write(`--${name} is a number.\n`)
    process.exit(2)
  }
  return Number(text)
}
const only = given('only')
if (only !== null && !targets.some(({ name }) => name === only)) {
  process.stderr.write(`There is no ${only}; there are ${targets.map(({ name }) => name).join(', ')}.\n`)
  process.exit(2)
}
const runs = count('runs', 10_000)
const seed = count('seed', Date.now() % 1_000_000)
process.stderr.write(`${runs} runs, seed ${seed}\n`)
const startedAt = performance.now()
const report = await fuzz({
  runs,
  seed,
  ...(only === null ? {} : { only }),
  progress: (run) => process.stderr.write(`${run} (${Math.round(run / ((performance.now() - startedAt) / 1000))}/s)\n`),
})
const { findings, perTarget, statuses, rows, ...numbers } = report
const most = Object.entries(rows)
  .toSorted(([, one], [, other]) => other - one)
  .slice(0, 8)
  .map(([name, number]) => `${name} ${number}`)
process.stdout.write(
  [
    `${numbers.runs} runs in ${numbers.seconds.toFixed(1)} s (${Math.round(numbers.runs / numbers.seconds)}/s), seed ${seed}`,
    `fed: ${Object.entries(perTarget)
      .map(([name, number]) => `${name} ${number}`)
      .join(', ')}`,
    `answered: ${Object.entries(statuses)
      .toSorted()
      .map(([what, number]) => `${what} × ${number}`)
      .join(', ')}`,
    `requests: ${numbers.requests} in all, ${numbers.mostRequests} at most for one document; slowest ${Math.round(numbers.slowest)} ms; memory ${Math.round(numbers.rss / 1_048_576)} MiB`,
    `rows: ${most.join(', ')}`,
    '',
  ].join('\n'),
)
for (const { run, target, problem, document, shrunk } of findings) {
  process.stdout.write(
    `\nseed ${seed}, run ${run}, ${target}: ${problem}\n${shrunk ? 'on a fresh instance, as small as it gets' : 'as it was'}: ${JSON.stringify(document)?.slice(0, 4_000)}\n`,
  )
}
process.stdout.write(findings.length === 0 ? 'Nothing broke.\n' : `\n${findings.length} findings.\n`)
process.exit(findings.length === 0 ? 0 : 1)
