import { escapeHtml } from '../domain/text.ts'

/** Markup that is safe already: built by {@link markup}, or sanitised before. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toString(): string {
    return this.text
  }
}

type Value = Markup | string | number | null | undefined | false | readonly Value[]

/** A template whose values are escaped, whatever they are; only {@link Markup} goes in as it is. Null, undefined and false are nothing. */
export function markup(parts: TemplateStringsArray, ...values: Value[]): Markup {
  return new Markup(parts.map((part, i) => part + textOf(values[i])).join(''))
}

/** For HTML that the domain has sanitised. */
export const trusted = (text: string) => new Markup(text)

function textOf(value: Value): string {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Markup) return value.text
  if (typeof value === 'object') return value.map(textOf).join('')
  return escapeHtml(String(value))
}
