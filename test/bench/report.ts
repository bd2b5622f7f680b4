/** One measured number. `aim` is the design's budget in words; nothing here decides whether a run passed. */
export interface Row {
  case: string
  what: string
  value: number
  unit: string
  aim?: string
}

/** Takes numbers as they come, one JSON line each on stdout, and draws them once more as a table at the end. */
export class Report {
  readonly rows: Row[] = []

  add(row: Row): void {
    const rounded = { ...row, value: round(row.value) }
    this.rows.push(rounded)
    process.stdout.write(`${JSON.stringify(rounded)}\n`)
  }

  table(): string {
    const cells = [
      ['case', 'what', 'measured', 'aim'],
      ...this.rows.map((row) => [row.case, row.what, `${row.value} ${row.unit}`, row.aim ?? '']),
    ]
    const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
    const line = (texts: string[]): string => `| ${texts.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`
    const [head = [], ...body] = cells
    return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join('\n')
  }
}

export interface Bench {
  name: string
  /** What it measures, in one sentence. */
  about: string
  /** `quick` asks for a tenth of the work, to see that everything runs. */
  run(report: Report, options: { quick: boolean }): Promise<void>
}

/** Of numbers in any order, by nearest rank. */
export function percentile(values: readonly number[], of: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.ceil((of / 100) * sorted.length) - 1)] ?? NaN
}

function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}

export const megabytes = (bytes: number): number => bytes / 1_048_576
