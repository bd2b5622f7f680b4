import { chanceOf, hash } from './chance.ts'
import { openFuzzed, type FuzzedInstance } from './instance.ts'
import { targets, type Target } from './targets.ts'
import { readGolden } from './golden.ts'
import { DECEIVING, htmlProblem } from '../rig/evil-peer/strict-html.ts'

/** What broke, with everything that is needed to see it again. */
export interface Finding {
  seed: number
  run: number
  target: string
  problem: string
  /** As small as it could be made, if it broke a fresh instance too. */
  document: unknown
  shrunk: boolean
}

export interface FuzzReport {
  runs: number
  seconds: number
  perTarget: Record<string, number>
  /** How often which status was answered, by target. */
  statuses: Record<string, number>
  requests: number
  mostRequests: number
  rows: Record<string, number>
  rss: number
  slowest: number
  findings: Finding[]
}

/** One document may keep us busy for so long; a busy machine included. */
const LONGEST_MS = 5_000
const STOP_AFTER = 5
/** Rows of all tables together: what a document may leave behind on average. */
const ROWS_PER_RUN = 40
const RSS = 900 * 1_048_576
const REVIVE_EVERY = 10
const TRIES = 300
/** Problems that begin alike are one. */
const ALIKE = 20

/** Feeds so many documents made from the seed. Stops at the first few findings. */
export async function fuzz(options: {
  runs: number
  seed: number
  only?: string
  from?: readonly Target[]
  progress?: (run: number) => void
}): Promise<FuzzReport> {
  const { runs, seed } = options
  const golden = readGolden()
  const chosen = (options.from ?? targets).filter(({ name }) => options.only === undefined || name === options.only)
  const bag = chosen.flatMap((target) => Array.from({ length: target.weight }, () => target))
  const s = await openFuzzed(seed, golden)
  const unhandled: string[] = []
  const hear = (error: unknown): void => void unhandled.push((error as Error | null)?.stack ?? String(error))
  process.on('unhandledRejection', hear)
  process.on('uncaughtException', hear)
  const startedAt = performance.now()
  const report: FuzzReport = {
    runs: 0,
    seconds: 0,
    perTarget: {},
    statuses: {},
    requests: 0,
    mostRequests: 0,
    rows: {},
    rss: 0,
    slowest: 0,
    findings: [],
  }
  try {
    for (let run = 0; run < runs && report.findings.length < STOP_AFTER; run++) {
      const chance = chanceOf(hash(String(run), seed))
      const target = chance.pick(bag)
      if (run % REVIVE_EVERY === 0) await s.revive()
      const document = target.make(chance, s, golden)
      const before = performance.now()
      const problem = (await feed(s, target, document)) ?? unhandled.shift() ?? null
      const took = performance.now() - before
      report.runs++
      report.slowest = Math.max(report.slowest, took)
      report.perTarget[target.name] = (report.perTarget[target.name] ?? 0) + 1
      report.requests += s.network.requests
      report.mostRequests = Math.max(report.mostRequests, s.network.requests)
      const wrong = problem ?? (took > LONGEST_MS ? `it took ${Math.round(took)} ms` : null)
      if (wrong)
        report.findings.push({ seed, run, target: target.name, problem: wrong, ...(await shrink(target, document, wrong, seed, golden)) })
      if (run % 2_000 === 1_999) {
        options.progress?.(run + 1)
        const stale = grown(s, run + 1)
        if (stale) report.findings.push({ seed, run, target: 'all', problem: stale, document: null, shrunk: false })
      }
    }
    report.statuses = s.statuses
    report.rows = s.rows()
    report.rss = process.memoryUsage().rss
    const wrong = unfit(s) ?? grown(s, Math.max(report.runs, 500))
    if (wrong) report.findings.push({ seed, run: report.runs, target: 'all', problem: wrong, document: null, shrunk: false })
  } finally {
    report.seconds = (performance.now() - startedAt) / 1000
    await s.close()
    process.off('unhandledRejection', hear)
    process.off('uncaughtException', hear)
  }
  return report
}

/** Feeds one document; what was thrown, logged or answered wrongly. */
async function feed(s: FuzzedInstance, target: Target, document: unknown): Promise<string | null> {
  s.clock.at += 1_000
  s.network.reset()
  s.failures.length = 0
  try {
    const problem = await target.feed(s, document)
    return problem ?? (s.failures.length > 0 ? `it logged ${s.failures.join('; ').slice(0, 1_000)}` : null)
  } catch (error) {
    return `it threw ${(error as Error).stack ?? String(error)}`
  }
}

/** What is stored, all of it, as the window would get it. */
function unfit(s: FuzzedInstance): string | null {
  for (const row of s.store.database.prepare('select uri, content from posts where own = 0').iterate() as Iterable<{
    uri: string
    content: string
  }>) {
    const problem = htmlProblem(row.content)
    if (problem) return `${row.uri}: ${problem}`
  }
  for (const row of s.store.database.prepare('select uri, note, display_name, fields from accounts where own = 0').iterate() as Iterable<
    Record<'uri' | 'note' | 'display_name' | 'fields', string>
  >) {
    const values = (JSON.parse(row.fields) as { value: string }[]).map(({ value }) => value)
    const problem =
      [row.note, ...values].map((html) => htmlProblem(html)).find((one) => one !== null) ??
      (DECEIVING.test(row.display_name) ? 'a name that deceives' : null)
    if (problem) return `${row.uri}: ${problem}`
  }
  return null
}

function grown(s: FuzzedInstance, runs: number): string | null {
  const rows = Object.values(s.rows()).reduce((sum, count) => sum + count, 0)
  if (rows > runs * ROWS_PER_RUN + 2_000) return `${rows} rows after ${runs} runs`
  const { rss } = process.memoryUsage()
  return rss > RSS ? `${Math.round(rss / 1_048_576)} MiB after ${runs} runs` : null
}

/** Makes a document smaller while a fresh instance still breaks on it. */
async function shrink(
  target: Target,
  document: unknown,
  problem: string,
  seed: number,
  golden: readonly object[],
): Promise<{ document: unknown; shrunk: boolean }> {
  const breaks = async (candidate: unknown): Promise<boolean> => {
    const s = await openFuzzed(seed, golden)
    try {
      const again = await feed(s, target, candidate)
      // The same thing is wrong, not something that only a mutilated document of ours has.
      return again !== null && again.slice(0, ALIKE) === problem.slice(0, ALIKE)
    } finally {
      await s.close()
    }
  }
  if (!(await breaks(document))) return { document, shrunk: false }
  let smallest = document
  for (let tries = 0, found = true; found && tries < TRIES;) {
    found = false
    for (const candidate of smaller(smallest)) {
      if (++tries > TRIES) break
      if (!(await breaks(candidate))) continue
      smallest = candidate
      found = true
      break
    }
  }
  return { document: smallest, shrunk: true }
}

/** The same with something left out, or said more simply; bodies inside of strings are opened. */
function* smaller(value: unknown): Generator<unknown> {
  if (typeof value === 'string') {
    const inner = parsed(value)
    if (inner !== null) for (const one of smaller(inner)) yield JSON.stringify(one)
    else if (value.length > 1) {
      const half = Math.ceil(value.length / 2)
      yield value.slice(0, half)
      yield value.slice(half)
      if (value.length <= 60) for (let i = 0; i < value.length; i++) yield value.slice(0, i) + value.slice(i + 1)
    }
    return
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield value.toSpliced(i, 1)
    for (const [i, item] of value.entries()) for (const one of smaller(item)) yield value.with(i, one)
    return
  }
  if (typeof value !== 'object' || value === null) return
  const entries = Object.entries(value)
  for (const [left] of entries) yield Object.fromEntries(entries.filter(([key]) => key !== left))
  for (const [key, item] of entries) for (const one of smaller(item)) yield { ...value, [key]: one }
}

function parsed(text: string): unknown {
  if (!/^[[{]/.test(text)) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
