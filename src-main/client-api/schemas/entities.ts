import { NOTICES } from './notices.ts'
import { PEOPLE } from './people.ts'
import { POSTS } from './posts.ts'
import { SERVER } from './server.ts'
import type { FromSchema, JSONSchema } from 'json-schema-to-ts'
import type { EntityName } from './answers.ts'

/**
 * Every entity of the client API as a JSON Schema, written by hand. The serialisers are typed by them, the OpenAPI document carries them,
 * the tests hold every answer against them. Loaded on the first request for that document, never at the start.
 */
export const schemas = { ...PEOPLE, ...POSTS, ...NOTICES, ...SERVER }

type Schemas = typeof schemas
// Each name a route may answer with has a schema.
schemas satisfies Record<EntityName, unknown>

/** References and lists are followed here, member by member, since posts hold posts; the leaves are json-schema-to-ts's. */
type Value<S> = S extends { $ref: `#/components/schemas/${infer N extends keyof Schemas}` }
  ? Entity<N>
  : S extends { anyOf: readonly (infer One)[] }
    ? Value<One>
    : S extends { type: 'array'; items: infer Item }
      ? Value<Item>[]
      : S extends { properties: infer P; required: readonly (infer R)[] }
        ? { [K in keyof P as K extends R ? K : never]: Value<P[K]> } & { [K in keyof P as K extends R ? never : K]?: Value<P[K]> }
        : S extends { type: 'object'; additionalProperties: infer V }
          ? Record<string, Value<V>>
          : S extends JSONSchema
            ? FromSchema<S>
            : never

/** The type of an entity as it is sent. */
export type Entity<N extends keyof Schemas> = Value<Schemas[N]>
