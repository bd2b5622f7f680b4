import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Finding } from './sources.ts'

/** The table in which both languages are proof-read: `node .ci/side-by-side.ts --write` makes it anew from the two catalogues of each side. */
const sideFile = 'src-renderer/locales/side-by-side.md'
const sides = [
  { title: 'The window', folder: 'src-renderer/locales' },
  { title: 'Menus, notifications, public pages', folder: 'resources/locales' },
]

type Text = string | Record<string, string>

const cell = (text: Text | undefined): string =>
  (typeof text === 'string'
    ? text
    : Object.entries(text ?? {})
        .map(([form, words]) => `${form}: ${words}`)
        .join(' / ')
  )
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')

const table = async (root: string): Promise<string> => {
  const lines = [
    '# English and French, side by side',
    '',
    'Made from the catalogues by `node .ci/side-by-side.ts --write`; for reading, not for editing.',
  ]
  for (const { title, folder } of sides) {
    const [en, fr] = (await Promise.all(
      ['en', 'fr'].map(async (language) => JSON.parse(await readFile(join(root, folder, `${language}.json`), 'utf8')) as unknown),
    )) as [Record<string, Text>, Record<string, Text>]
    lines.push('', `## ${title}`)
    let screen = ''
    for (const key of Object.keys(en)) {
      const [first = ''] = key.split('_')
      if (first !== screen) lines.push('', `### ${first}`, '', '| | English | Français |', '|---|---|---|')
      screen = first
      lines.push(`| ${key} | ${cell(en[key])} | ${cell(fr[key])} |`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** The table says what the catalogues say. */
export const checkSides = async (root: string): Promise<Finding[]> => {
  const there = await readFile(join(root, sideFile), 'utf8').catch(() => '')
  return there === (await table(root)) ? [] : [{ file: sideFile, message: 'not up to date: run `node .ci/side-by-side.ts --write`' }]
}

if (process.argv[1] === import.meta.filename && process.argv[2] === '--write') {
  const root = resolve(import.meta.dirname, '..')
  await writeFile(join(root, sideFile), await table(root))
}
