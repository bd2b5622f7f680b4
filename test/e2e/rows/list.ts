import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Row } from './row.ts'

const root = resolve(import.meta.dirname, '../../..')
const sources = new Map<string, string>()

const sourceOf = (file: string): string => {
  const known = sources.get(file)
  if (known !== undefined) return known
  const path = join(root, file)
  const read = existsSync(path) ? readFileSync(path, 'utf8') : ''
  sources.set(file, read)
  return read
}

/** What a row says of itself that is not so: a test that does not exist, neither a test nor a reason, or both. */
export function dangling(row: Row): string[] {
  if ((row.shown === undefined || row.shown.length === 0) === (row.missing === undefined))
    return [`${row.id}: neither or both of shown and missing`]
  return (row.shown ?? []).flatMap((test) => {
    const [file = '', title = ''] = test.split(' > ')
    const source = sourceOf(file)
    const quoted = [`'${title.replaceAll("'", "\\'")}'`, `"${title}"`, `\`${title}\``]
    return title !== '' && quoted.some((one) => source.includes(one)) ? [] : [`${row.id}: ${test}`]
  })
}
