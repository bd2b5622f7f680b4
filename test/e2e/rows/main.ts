import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { dangling } from './list.ts'
import type { Row } from './row.ts'

/** `npm run rows`: every row of the specification's sections 2 to 5 with the test that shows it, and what is missing. */
const folder = import.meta.dirname
const lists = readdirSync(folder).filter((name) => !['main.ts', 'row.ts', 'list.ts'].includes(name))
let shown = 0
const missing: Row[] = []
const broken: string[] = []
for (const name of lists) {
  const { rows } = (await import(pathToFileURL(join(folder, name)).href)) as { rows: readonly Row[] }
  process.stdout.write(`\n${name.replace(/\.ts$/, '')}\n`)
  for (const row of rows) {
    process.stdout.write(`  ${row.shown ? 'shown  ' : 'MISSING'}  ${row.id}  ${row.says}\n`)
    for (const test of row.shown ?? []) process.stdout.write(`             ${test}\n`)
    if (row.shown) shown++
    else missing.push(row)
    broken.push(...dangling(row))
  }
}
const all = shown + missing.length
const percent = all === 0 ? 100 : (missing.length / all) * 100
process.stdout.write(`\n${all} rows, ${shown} shown by tests, ${missing.length} missing (${percent.toFixed(1)} in 100; at most 3)\n`)
for (const row of missing) process.stdout.write(`  ${row.id}: ${row.missing ?? 'no reason given'}\n`)
for (const line of broken) process.stdout.write(`  no such test: ${line}\n`)
process.exitCode = broken.length > 0 || percent > 3 ? 1 : 0
