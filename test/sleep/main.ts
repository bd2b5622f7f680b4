import { ABSENCES, expected, KINDS, TUNNELS } from './expectation.ts'
import { simulate } from './simulation.ts'
import { differences, dishonest, ritual, row } from './table.ts'

/** `npm run sleep`: what is lost and what comes back after each absence, for every sender and every answer of a sleeping laptop's tunnel. */

const print = (line: string) => void process.stdout.write(`${line}\n`)
const problems: string[] = []

print('Ten of each kind are sent to a laptop that is away. R: the sender’s own retries bring it. C: reading up brings it. L: lost.')
print('revived: the server had given up on us; "us": what we say at wake begins it again, "them": their own look at us.')
for (const tunnel of TUNNELS) {
  print(`\nThe address answers ${typeof tunnel === 'number' ? tunnel : tunnel === 'timeout' ? 'nothing (time-out)' : 'for somebody else'}`)
  print(`${'away'.padEnd(7)}${'sender'.padEnd(12)}${KINDS.map((kind) => kind.padEnd(13)).join('')}revived`)
  for (const [index, [name, ms]] of ABSENCES.entries()) {
    const run = await simulate(ms, tunnel)
    for (const result of run.results) {
      print(`${name.padEnd(7)}${row(result)}`)
      problems.push(...differences(result, expected(result.software, index, tunnel)).map((text) => `${tunnel}, ${name}: ${text}`))
    }
    problems.push(...[...dishonest(run), ...ritual(run)].map((text) => `${tunnel}, ${name}: ${text}`))
    const { report } = run
    print(
      `${name.padEnd(7)}${report ? `${report.posts} posts read up with ${run.requests} requests of ${report.servers} servers` : 'nothing to read up'}`,
    )
  }
}
print(problems.length === 0 ? '\nAll as expected from the reference.' : `\nNot as expected:\n${problems.join('\n')}`)
process.exitCode = problems.length === 0 ? 0 : 1
