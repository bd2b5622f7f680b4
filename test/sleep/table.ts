import { KINDS } from './expectation.ts'
import { MINUTE } from './senders.ts'
import type { Expected, Fate } from './expectation.ts'
import type { Result, Run } from './simulation.ts'

/** Results in lines, beside what was expected, and beside what the owner was told. */

const show = ({ retry, caughtUp, lost }: Fate) => `R${retry} C${caughtUp} L${lost}`

export function row(result: Result): string {
  return `${result.software.padEnd(12)}${KINDS.map((kind) => show(result.fates[kind]).padEnd(13)).join('')}${result.revived ?? ''}`
}

export function differences(result: Result, wanted: Expected): string[] {
  const found = KINDS.filter((kind) => show(result.fates[kind]) !== show(wanted.fates[kind])).map(
    (kind) => `${result.software}, ${kind}: ${show(result.fates[kind])}, expected ${show(wanted.fates[kind])}`,
  )
  if (result.revived !== wanted.revived) found.push(`${result.software}: revived by ${result.revived}, expected ${wanted.revived}`)
  return found
}

/** What was lost and not told: every loss has to lie in a gap of the report, of its software and kind. */
export function dishonest(run: Run): string[] {
  const found: string[] = []
  for (const { software, lostAt } of run.results) {
    for (const kind of KINDS) {
      const missing = kind === 'private' || kind === 'post' ? 'posts' : 'mentions'
      const gaps = run.report?.gaps.filter((gap) => gap.software === software && gap.missing === missing) ?? []
      const untold = lostAt[kind].filter((at) => !gaps.some(({ from, to }) => at >= from && at <= to))
      if (untold.length > 0) found.push(`${software}: ${untold.length} of kind ${kind} were lost without a word`)
    }
  }
  return found
}

/**
 * What has to be true of every waking: those who may have given up on us hear from us first (after ten minutes away, each server once,
 * within minutes), then it is read up, then the rest goes; posts stand at home in their place, and only real mentions notify.
 */
export function ritual(run: Run): string[] {
  const found: string[] = []
  const length = run.backAt - run.awayFrom
  const woken = run.sent.filter(({ kind }) => kind === 'wake')
  const long = length >= 10 * MINUTE
  if (woken.length !== (long ? 1 : 0)) found.push(`said ${woken.length} times that we are back`)
  if (long) {
    if (run.sent[0]?.kind !== 'wake' || run.sent[0].at !== run.backAt) found.push('the first word after waking was another')
    if (woken[0]?.inboxes !== run.results.length) found.push(`${woken[0]?.inboxes} servers heard that we are back`)
    if (run.spokenAt === null || run.spokenAt - run.backAt > 5 * MINUTE) found.push('servers heard too late that we are back')
  }
  if (!run.report || run.report.state !== 'done' || run.report.remaining !== 0) found.push('it was not read up to the end')
  if (run.report && (run.report.awaySince > run.awayFrom || run.report.awaySince < run.awayFrom - 2 * MINUTE))
    found.push('the absence began otherwise')
  if (run.report?.silent.length) found.push(`${run.report.silent.join(', ')} did not answer`)
  if (run.home.some((at, index) => index > 0 && at > (run.home[index - 1] as number))) found.push('posts at home are not in their order')
  const mentions = run.results.reduce((sum, { fates }) => sum + fates.mention.retry, 0)
  if (run.notifications !== mentions) found.push(`${run.notifications} notifications for ${mentions} mentions`)
  return found
}
