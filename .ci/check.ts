import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { checkHouse } from './house-check.ts'
import { checkLicences } from './licences.ts'
import { checkLocales } from './locales.ts'
import { compileMessages } from './messages.ts'
import { checkRooms } from './room-check.ts'
import { checkSides } from './side-by-side.ts'
import type { Finding } from './sources.ts'
import { checkTemplates } from './template-check.ts'

export interface Outcome {
  name: string
  /** Null when green; otherwise what is wrong, ready to be printed. */
  red: string | null
  seconds: number
}

const run = (root: string, script: string, args: string[]): Promise<string | null> =>
  new Promise((done) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', (error) => done(String(error)))
    child.on('close', (code) => done(code === 0 ? null : output.trim() || `ended with exit code ${code}`))
  })

const read =
  (check: (root: string) => Promise<Finding[]>) =>
  async (root: string): Promise<string | null> => {
    const findings = await check(root)
    if (findings.length === 0) return null
    return findings.map(({ file, line, message }) => `${file}${line === undefined ? '' : `:${line}`}  ${message}`).join('\n')
  }

/** `paths`: only these files, for a check that looks at one file at a time. */
type Check = (root: string, paths?: readonly string[]) => Promise<string | null>

/** Read in this process, one after another: together they take a second. */
const readers: Record<string, Check> = {
  rooms: read(checkRooms),
  templates: read(checkTemplates),
  locales: read(checkLocales),
  'side by side': read(checkSides),
  licences: read(checkLicences),
  house: read(checkHouse),
}

/** Written by programs, or bytes that digests are over. (An ignore file in `.ci/` speaks of paths below `.ci/` only.) */
const unformatted = [
  'package-lock.json',
  'README.md',
  'resources/third-party-notices.txt',
  'test/fixtures/**',
  'src-renderer/locales/project.inlang/**',
  'src-renderer/locales/side-by-side.md',
]

/** Processes of their own, all at once. tsc cannot see into Svelte files, so the window and its tests are read by svelte-check. */
const tools: Record<string, Check> = {
  svelte: (root) =>
    run(root, 'svelte-check/bin/svelte-check', ['--tsconfig', '.ci/tsconfig.svelte.json', '--fail-on-warnings', '--output', 'human']),
  eslint: (root, paths = ['src-main', 'src-renderer', 'test', '.ci']) =>
    run(root, 'eslint/bin/eslint.js', ['-c', '.ci/eslint.config.js', '--max-warnings', '0', ...paths]),
  types: (root) => run(root, 'typescript/bin/tsc', ['--noEmit', '--pretty', 'false', '-p', '.ci/tsconfig.main.json']),
  prettier: (root, paths = ['.']) =>
    run(root, 'prettier/bin/prettier.cjs', [
      '--check',
      '--log-level',
      'warn',
      '--ignore-path',
      '.gitignore',
      ...paths,
      ...unformatted.map((path) => `!${path}`),
    ]),
}

/**
 * Runs every check on the tree at `root` and tells each outcome to `report` as soon as it is known. With `paths`, what looks at one file at a
 * time (linter, formatter) looks at these only.
 */
export const checkAll = async (root: string, report: (outcome: Outcome) => void, paths?: readonly string[]): Promise<Outcome[]> => {
  const outcomes: Outcome[] = []
  const timed = async ([name, check]: [string, Check]) => {
    const began = performance.now()
    const red = await check(root, paths).catch(
      (error: unknown) => `the check itself failed: ${error instanceof Error ? error.stack : String(error)}`,
    )
    const outcome = { name, red, seconds: (performance.now() - began) / 1000 }
    outcomes.push(outcome)
    report(outcome)
  }
  await compileMessages(root)
  const running = Object.entries(tools).map(timed)
  for (const reader of Object.entries(readers)) await timed(reader)
  await Promise.all(running)
  return outcomes
}

if (process.argv[1] === import.meta.filename) {
  const outcomes = await checkAll(resolve(import.meta.dirname, '..'), ({ name, red, seconds }) => {
    console.log(`${red === null ? 'ok ' : 'RED'} ${name.padEnd(9)} ${seconds.toFixed(1)} s`)
  })
  for (const { name, red } of outcomes) if (red !== null) console.log(`\n== ${name}\n${red}`)
  const failed = outcomes.filter(({ red }) => red !== null).length
  console.log(`\nChecks: ${outcomes.length - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
