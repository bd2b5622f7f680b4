import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buildIfStale } from '../../.ci/build.ts'
import { attacks } from '../rig/attacks.ts'
import { openScene } from '../rig/evil-peer/scene.ts'
import { playOne, type Attempt, type Outcome } from './attempt.ts'
import { attempts, gaps } from './list.ts'

/**
 * `npm run attacks [-- --rule N[,N…]] [--as-built]`: plays every attack of the evil peer on the built `serve`, and those that need strict
 * addresses on an instance from the sources, then runs the tests that prove what cannot be played. Prints a table; ends with 1 when an
 * attack got through or a rule has none. `--as-built` takes `out/` as it is.
 */
const argv = process.argv.slice(2)
const asked = argv.includes('--rule') ? (argv[argv.indexOf('--rule') + 1] ?? '').split(',').map(Number) : null
const wanted = (rule: number): boolean => asked === null || asked.includes(rule)
const root = resolve(import.meta.dirname, '../..')

interface Line {
  rule: number
  what: string
  against: string
  seen: string
  changed: string
  requests: string
  problem: string | null
}

const lines: Line[] = []
const short = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

function tell(outcome: Outcome): void {
  const { attempt, against, seen, changed, requests, problem, ms } = outcome
  const free = attempt.leaves === 'anything' ? 'looked at' : (attempt.leaves?.length ?? 0) > 0 ? 'as allowed' : 'nothing'
  lines.push({
    rule: attempt.rule,
    what: attempt.name,
    against,
    seen,
    changed: changed.length > 0 ? changed.join(', ') : free,
    requests: String(requests),
    problem,
  })
  process.stderr.write(
    `${problem === null ? 'held' : 'FELL'}  rule ${attempt.rule}: ${attempt.name} (${Math.round(ms)} ms)${problem ? `\n      ${problem}` : ''}\n`,
  )
}

async function playAll(kind: 'built' | 'sources', list: readonly Attempt[]): Promise<void> {
  if (list.length === 0) return
  process.stderr.write(
    `\n${list.length} attacks on ${kind === 'built' ? 'the built program' : 'an instance from the sources, with strict addresses'}\n`,
  )
  const scene = await openScene(kind)
  try {
    for (const attempt of list) tell(await playOne(scene, attempt))
  } finally {
    await scene.close()
  }
}

/** Runs one vitest file, or the tests of it whose title holds some words. */
async function runTests(file: string, title: string | undefined): Promise<{ passed: number; problem: string | null }> {
  const tool = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const folder = mkdtempSync(join(tmpdir(), 'burrow-proof-'))
  const result = join(folder, 'result.json')
  const words = title === undefined ? [] : ['-t', title]
  const options = ['run', '--config', 'test/vitest.config.ts', '--reporter=json', `--outputFile=${result}`, ...words, file]
  try {
    await new Promise<void>((done) => {
      const child = spawn(process.execPath, [tool, ...options], { cwd: root, stdio: 'ignore' })
      child.on('error', () => done())
      child.on('close', () => done())
    })
    const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(result, 'utf8')) as Record<string, number>
    if (failed) return { passed: passed ?? 0, problem: `${failed} tests failed` }
    return { passed: passed ?? 0, problem: passed ? null : 'there is no test of that name' }
  } catch (error) {
    return { passed: 0, problem: `the tests did not run: ${(error as Error).message}` }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const missing = gaps()
if (!argv.includes('--as-built') || !existsSync(join(root, 'out', 'main', 'serve.js'))) await buildIfStale()
const chosen = attempts.filter(({ rule }) => wanted(rule))
await playAll(
  'built',
  chosen.filter((one) => !one.strict),
)
await playAll(
  'sources',
  chosen.filter((one) => one.strict),
)
const ran = new Map<string, Promise<{ passed: number; problem: string | null }>>()
for (const { rule, proof } of attacks) {
  if (!wanted(rule)) continue
  for (const { file, title } of proof.tests ?? []) {
    const key = `${file} ${title ?? ''}`
    if (!ran.has(key)) process.stderr.write(`${key}\n`)
    const running = ran.get(key) ?? runTests(file, title)
    ran.set(key, running)
    const { passed, problem } = await running
    lines.push({
      rule,
      what: `${file}${title ? `: ${title}` : ''}`,
      against: 'tests',
      seen: `${passed} passed`,
      changed: '',
      requests: '',
      problem,
    })
  }
  if (proof.passedOver !== undefined) {
    lines.push({ rule, what: `passed over: ${proof.passedOver}`, against: '', seen: '', changed: '', requests: '', problem: null })
  }
}

const rows = lines
  .toSorted((one, other) => one.rule - other.rule)
  .map((line) => [
    String(line.rule),
    short(line.what, 96),
    line.against,
    short(line.seen, 44),
    line.changed,
    line.requests,
    line.against === '' ? '' : line.problem === null ? 'held' : 'FELL',
  ])
const cells = [['rule', 'attack', 'against', 'seen', 'changed', 'requests', ''], ...rows]
const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? []
const drawn = (row: string[]): string => `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`
const [head = [], ...body] = cells
process.stdout.write(`\n${[drawn(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(drawn)].join('\n')}\n`)

const fallen = lines.filter(({ problem }) => problem !== null)
for (const { rule, what, problem } of fallen) process.stdout.write(`\nrule ${rule}: ${what}\n  ${problem}\n`)
for (const gap of missing) process.stdout.write(`\n${gap}\n`)
const played = lines.filter(({ against }) => against !== '').length
const over = attacks.filter(({ proof }) => proof.passedOver !== undefined).length
process.stdout.write(
  `\n${played} attacks, ${fallen.length} got through; ${attacks.length} rules, ${over} of them passed over in part or whole, ${missing.length} gaps.\n`,
)
process.exit(fallen.length > 0 || missing.length > 0 ? 1 : 0)
