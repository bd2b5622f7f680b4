/** `16 MB`, `850 kB`, in the words of a language. */
export function sizeName(bytes: number, locale: string): string {
  const [unit, size] = bytes < 1_000_000 ? (['kilobyte', 1024] as const) : (['megabyte', 1024 * 1024] as const)
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0 }).format(bytes / size)
}
