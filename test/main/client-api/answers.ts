import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { schemas } from '../../../src-main/client-api/schemas/entities.ts'
import { problemsOfAnswer } from './shapes.ts'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import type { FastifyInstance } from 'fastify'

/** Every answer of every test against what its route says it answers, and against the strict overlay of `shapes.ts`. */

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false })
;(addFormats as unknown as (ajv: Ajv2020) => void)(ajv)
ajv.addVocabulary(['components'])
ajv.addSchema({ $id: 'burrow', components: { schemas } })

const compiled = new Map<string, ValidateFunction>()
const NO_JSON = new Set(['Text', 'Page', 'Picture', 'EventStream', 'Socket', 'Absent'])

function validator(answers: string): ValidateFunction {
  const known = compiled.get(answers)
  if (known) return known
  const one = (name: string): object =>
    name.endsWith('[]') ? { type: 'array', items: one(name.slice(0, -2)) } : { $ref: `burrow#/components/schemas/${name}` }
  const made = ajv.compile({ anyOf: answers.split('|').map(one) })
  compiled.set(answers, made)
  return made
}

/** What is wrong with a value by the schema of that name (`Status`, `Status[]`, `Status|ScheduledStatus`), one line each. */
export function problemsBySchema(answers: string, value: unknown): string[] {
  const validate = validator(answers)
  if (validate(value)) return []
  // Of a choice the first error is where to look; its whole list only repeats it.
  return (validate.errors ?? [])
    .slice(0, 4)
    .map((error) => `${answers}${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`)
}

/** Watches everything the listener says; what is wrong goes to `wrong`, with the request it answered. */
export function watchAnswers(app: FastifyInstance, wrong: string[]): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const path = request.url.split('?')[0] as string
    const { answers } = request.routeOptions.config
    if (request.method === 'HEAD' || request.method === 'OPTIONS' || (answers === undefined && !/^\/api\/v\d/.test(path))) return payload
    const code = reply.statusCode
    if (code >= 300 && code < 400) return payload
    const say = (text: string) => wrong.push(`${request.method} ${request.url} (${code}): ${text}`)
    const type = String(reply.getHeader('content-type') ?? '')
    if (code < 400 && answers !== undefined && NO_JSON.has(answers)) {
      if (answers === 'Absent') say('answers where nothing should be')
      return payload
    }
    if (!type.startsWith('application/json')) {
      if (answers !== undefined && NO_JSON.has(answers) && answers !== 'Absent') return payload
      say(`answers with ${type || 'no type'}`)
      return payload
    }
    let body: unknown
    try {
      body = JSON.parse(String(payload))
    } catch {
      say('is no JSON')
      return payload
    }
    if (code >= 400) problemsBySchema('Error', body).forEach(say)
    else if (answers !== undefined) problemsBySchema(answers, body).forEach(say)
    problemsOfAnswer(request.method, request.url, code, body).forEach(say)
    return payload
  })
}
