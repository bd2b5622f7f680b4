import { readdir } from 'node:fs/promises'
import { lineAt, listFiles, readSources } from './sources.ts'
import type { Finding } from './sources.ts'

const drawers = /(^|\/)(utils?|helpers?|common|shared|misc|lib)(\.[^/]*)?(\/|$)/
const longest = 600
const topLevel = new Set(
  [
    'package.json electron.vite.config.ts tsconfig.json src-main src-renderer resources test',
    'README.md LICENSE package-lock.json .gitignore .gitattributes .ci',
  ]
    .join(' ')
    .split(' '),
)
const unwatched = new Set(['.git', 'node_modules', 'out', '.svelte-check', 'tmp'])

/** Rules of the house that need no parser: the fixed top level, no drawers, no file over 600 lines, nothing left undone, no test skipped. */
export const checkHouse = async (root: string): Promise<Finding[]> => {
  const findings: Finding[] = (await readdir(root))
    .filter((entry) => !topLevel.has(entry) && !unwatched.has(entry))
    .map((entry) => ({ file: entry, message: 'the top level is fixed: this has no place there' }))
  for (const file of await listFiles(root, ['src-main', 'src-renderer', 'resources', 'test', '.ci']))
    if (drawers.test(file)) findings.push({ file, message: 'a drawer: name the file or folder after what is in it' })
  for (const { file, text } of await readSources(root, ['src-main', 'src-renderer', 'test', '.ci'], /\.(ts|js|mjs|svelte|css)$/)) {
    const lines = text.split('\n').length
    if (lines > longest) findings.push({ file, message: `${lines} lines, and ${longest} is the limit: split it` })
    for (const match of text.matchAll(/\b(TODO|FIXME|XXX|HACK)\b/g))
      if (!file.startsWith('.ci/'))
        findings.push({ file, line: lineAt(text, match.index), message: `${match[0]}: finish it or leave it out` })
    if (file.startsWith('test/'))
      for (const match of text.matchAll(/\b(?:it|test|describe)\.(only|skip|todo)\(/g))
        findings.push({
          file,
          line: lineAt(text, match.index),
          message: `.${match[1] ?? ''}: every test runs (only what needs the real Electron uses skipIf)`,
        })
  }
  return findings
}
