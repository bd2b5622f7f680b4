import { isDeepStrictEqual } from 'node:util'

/** An attack got through, or something it needs does not work. */
export class Broken extends Error {
  override name = 'Broken'
}

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text === undefined ? 'nothing' : text.length > 600 ? `${text.slice(0, 600)}…` : text
}

/** @throws Broken unless the condition holds */
export function expectThat(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Broken(what)
}

/** @throws Broken unless both are equal, deeply */
export function expectEqual(actual: unknown, wanted: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, wanted)) throw new Broken(`${what}: ${shown(actual)} instead of ${shown(wanted)}`)
}

/** @throws Broken unless it is one of them */
export function expectOne<T>(actual: T, wanted: readonly T[], what: string): void {
  if (!wanted.includes(actual)) throw new Broken(`${what}: ${shown(actual)} instead of ${wanted.map(shown).join(' or ')}`)
}
