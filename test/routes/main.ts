import { compare } from './comparison.ts'

/**
 * `npm run routes`: the routes of the Mastodon client API as the reference tables them, against those that are registered on both listeners
 * and those that `/api/openapi.json` describes. Prints the counts; ends with 1 when something is missing.
 */
const { counts, listeners, gaps } = await compare()
const print = (line: string) => process.stdout.write(`${line}\n`)

print(`${'table'.padEnd(50)} P0  P1  P2  P3`)
for (const [table, row] of counts) print(`${table.padEnd(50)}${row.map((n) => String(n).padStart(3)).join(' ')}`)
const sum = [0, 1, 2, 3].map((p) => [...counts.values()].reduce((all, row) => all + (row[p] ?? 0), 0))
print(`${'all'.padEnd(50)}${sum.map((n) => String(n).padStart(3)).join(' ')}`)
for (const { name, routes, documented } of listeners) print(`${name} listener: ${routes} routes, ${documented} in the document`)
for (const gap of gaps) print(`GAP ${gap}`)
print(gaps.length === 0 ? 'No gaps.' : `${gaps.length} gaps.`)
process.exitCode = gaps.length === 0 ? 0 : 1
