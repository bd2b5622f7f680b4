import type { JSONSchema } from 'json-schema-to-ts'

/** What the schemas are written with. A reference names another schema of `entities.ts`. */

/** An object with exactly these members; the named ones may be absent. */
export const entity = <const P extends Record<string, JSONSchema>, const O extends keyof P & string = never>(
  properties: P,
  optional: readonly O[] = [],
) => ({
  type: 'object' as const,
  properties,
  required: Object.keys(properties).filter((name) => !(optional as readonly string[]).includes(name)) as Exclude<keyof P & string, O>[],
  additionalProperties: false as const,
})

export const ref = <const N extends string>(name: N): { readonly $ref: `#/components/schemas/${N}` } => ({
  $ref: `#/components/schemas/${name}`,
})
export const listOf = <const I>(items: I) => ({ type: 'array', items }) as const
export const orNull = <const V>(value: V) => ({ anyOf: [value, { type: 'null' }] }) as const
export const oneOf = <const W extends readonly string[]>(...words: W) => ({ type: 'string', enum: words }) as const
/** By name. */
export const mapOf = <const V>(values: V) => ({ type: 'object', additionalProperties: values }) as const

export const text = { type: 'string' } as const
export const textOrNull = { type: ['string', 'null'] } as const
export const flag = { type: 'boolean' } as const
export const flagOrNull = { type: ['boolean', 'null'] } as const
export const number = { type: 'number' } as const
export const count = { type: 'integer', minimum: 0 } as const
export const countOrNull = { type: ['integer', 'null'], minimum: 0 } as const
/** Decimal, and within a signed 64-bit integer: phone apps cast it. */
export const id = { type: 'string', pattern: '^[0-9]{1,19}$' } as const
/** A number, as Mastodon sends a few of its ids: apps decode these as nothing else. */
export const numberId = { type: 'integer', minimum: 1 } as const
export const idOrNull = { type: ['string', 'null'], pattern: '^[0-9]{1,19}$' } as const
/** Always UTC with three decimals. */
export const date = { type: 'string', format: 'date-time', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' } as const
export const dateOrNull = {
  type: ['string', 'null'],
  format: 'date-time',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$',
} as const
export const dayOrNull = { type: ['string', 'null'], format: 'date', pattern: '^\\d{4}-\\d\\d-\\d\\d$' } as const
export const url = { type: 'string', pattern: '^[a-z][a-z0-9+.-]*:' } as const
export const urlOrNull = { type: ['string', 'null'], pattern: '^[a-z][a-z0-9+.-]*:' } as const
/** An address or an empty text, where apps want a text in any case. */
export const urlOrEmpty = { type: 'string', pattern: '^([a-z][a-z0-9+.-]*:.*)?$' } as const
