const UNITS = [
  ['kilobyte', 1_000],
  ['megabyte', 1_000_000],
  ['gigabyte', 1_000_000_000],
] as const

/** Bytes as people say them: "2.4 GB", "310 Mo". */
export function roomName(bytes: number, locale: string): string {
  const [unit, size] = [...UNITS].reverse().find(([, least]) => bytes >= least) ?? UNITS[0]
  const value = bytes / size
  return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)
}
