import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { problemsOfAnswer } from '../shapes.ts'
import type { ValidateFunction } from 'ajv/dist/2020.js'

/** Answers held against the OpenAPI document an instance gives out: what a generated client would make of them. */

interface Operation {
  responses: Record<string, { $ref?: string; content?: Record<string, { schema?: { $ref?: string } }> }>
}
export interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

/** What is wrong with an answer, one line each; answers of other things than the client API are not looked at. */
export function problemsByDocument({ paths, components }: Document) {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false })
  ;(addFormats as unknown as (ajv: Ajv2020) => void)(ajv)
  ajv.addVocabulary(['components'])
  ajv.addSchema({ $id: 'document', components })
  const compiled = new Map<string, ValidateFunction>()
  const validator = (schema: object) => {
    // In the document the references begin at its root.
    const text = JSON.stringify(schema).replaceAll('"#/', '"document#/')
    const known = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object)
    compiled.set(text, known)
    return known
  }
  // As a router does: fixed words before parameters.
  const templates = Object.entries(paths)
    .sort(([one], [other]) => one.split('{').length - other.split('{').length)
    .map(([path, operations]) => ({ pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`), operations }))

  return (method: string, url: string, code: number, type: string, body: string): string[] => {
    const path = url.split('?')[0] as string
    if (method === 'OPTIONS' || method === 'HEAD' || code < 200 || (code >= 300 && code < 400)) return []
    const operation = templates.find(({ pattern, operations }) => pattern.test(path) && operations[method.toLowerCase()])?.operations[
      method.toLowerCase()
    ]
    const api = /^\/api\/v\d/.test(path)
    if (!operation && !api) return []
    const at = `${method} ${url} (${code})`
    const content = operation?.responses['200']?.content
    if (code < 400 && !operation) return [`${at}: is not in the document`]
    if (code < 400 && content && !content['application/json']) return []
    if (!type.startsWith('application/json')) return api ? [`${at}: answers with ${type || 'no type'}`] : []
    const value = JSON.parse(body) as unknown
    const schema = code >= 400 ? { $ref: '#/components/schemas/Error' } : content?.['application/json']?.schema
    const found: string[] = []
    if (schema) {
      const validate = validator(schema)
      if (!validate(value)) {
        found.push(
          ...(validate.errors ?? []).slice(0, 3).map((e) => `${at}${e.instancePath} ${e.message ?? ''} ${JSON.stringify(e.params)}`),
        )
      }
    }
    return [...found, ...problemsOfAnswer(method, url, code, value).map((text) => `${at}: ${text}`)]
  }
}
