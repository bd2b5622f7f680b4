import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { parse, readSources } from './sources.ts'
import type { Finding } from './sources.ts'

interface Catalogue {
  folder: string
  sources: string
  /** Messages that may read the same in English and French: names, and words both languages write alike. */
  alike: string[]
}

export const catalogues: Catalogue[] = [
  {
    folder: 'src-renderer/locales',
    sources: 'src-renderer',
    alike: [
      'compose_format_markdown',
      'media_alt_badge',
      'media_gif',
      'nav_conversations',
      'nav_tags',
      'palette_tag',
      'settings_accent',
      'settings_accent_rose',
      'notices_mentions',
      'outbox_kind_vote',
      'people_example',
      'search_tags',
      'settings_version',
      'title_page',
      'visibility_public',
    ],
  },
  {
    folder: 'resources/locales',
    sources: 'src-main',
    alike: ['menu_go_conversations'],
  },
]

/** Texts that are the same in every language, whatever their key. */
const names = new Set([
  'Burrow',
  'Mastodon',
  'Notifications',
  'Messages',
  'Conversation',
  'Image',
  'Images',
  'Description',
  'Date',
  'Source',
  'English',
  'Français',
])

const pluralForms = new Set(['zero', 'one', 'two', 'few', 'many', 'other'])

type Forms = Record<string, string>

/** `{ a: "x", b: { one: "…", other: "…" }, c: { d: "y" } }` becomes `a`, `b` (two forms) and `c.d`. */
const flatten = (value: unknown, prefix = '', found = new Map<string, Forms>()): Map<string, Forms> => {
  if (typeof value !== 'object' || value === null) return found
  for (const [key, entry] of Object.entries(value)) {
    if (key.startsWith('$')) continue
    const path = prefix === '' ? key : `${prefix}.${key}`
    if (typeof entry === 'string') found.set(path, { other: entry })
    else if (typeof entry === 'object' && entry !== null) {
      const keys = Object.keys(entry)
      if (keys.length > 0 && keys.every((form) => pluralForms.has(form))) found.set(path, entry as Forms)
      else flatten(entry, path, found)
    }
  }
  return found
}

const placeholdersOf = (forms: Forms): string =>
  [...new Set(Object.values(forms).flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')))]
    // A form for exactly one thing may leave the number out.
    .filter((name) => name !== 'count' || Object.keys(forms).length === 1)
    .sort()
    .join(', ')

/** French spacing: a narrow no-break space before ? ! ;, a no-break space before : and inside « ». Addresses and times are left alone. */
export const judgeFrench = (text: string): string | null => {
  const plain = text.replace(/https?:\/\/\S+/g, '').replace(/&\w+;/g, '')
  const sharp = /(^|[^\u202f?!;])([?!;])/.exec(plain)
  if (sharp !== null) return `U+202F is missing before \`${sharp[2] ?? ''}\``
  if (/[^\u00a0]:(?=\s|$)/.test(plain) || /[ \u202f]:/.test(plain)) return 'U+00A0 is missing before `:`'
  if (/«(?!\u00a0)/.test(plain) || /(?<!\u00a0)»/.test(plain)) return 'U+00A0 is missing inside « »'
  return null
}

/** The keys a folder's sources ask for: `m.key`, `m['key']`, and string literals; a template literal counts as its fixed beginning. */
const usesIn = async (
  root: string,
  folder: string,
): Promise<{ messages: Map<string, string>; literals: Set<string>; beginnings: string[] }> => {
  const messages = new Map<string, string>()
  const literals = new Set<string>()
  const beginnings: string[] = []
  for (const source of await readSources(root, [folder], /\.(ts|svelte)$/)) {
    if (source.file.endsWith('.svelte'))
      for (const match of source.text.matchAll(/(?<![\w.$])m\.([A-Za-z_]\w*)|(?<![\w.$])m\[['"]([^'"]+)['"]\]/g))
        messages.set(match[1] ?? match[2] ?? '', source.file)
    const parsed = parse(source)
    const isMessages = (node: ts.Node) => ts.isIdentifier(node) && node.text === 'm'
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAccessExpression(node) && isMessages(node.expression)) messages.set(node.name.text, source.file)
      if (ts.isElementAccessExpression(node) && isMessages(node.expression) && ts.isStringLiteral(node.argumentExpression))
        messages.set(node.argumentExpression.text, source.file)
      if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) literals.add(node.text)
      if (ts.isTemplateExpression(node) && node.head.text.length > 2) beginnings.push(node.head.text)
      if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) literals.add(node.name.text)
      ts.forEachChild(node, visit)
    }
    visit(parsed)
  }
  return { messages, literals, beginnings }
}

const read = async (root: string, file: string): Promise<Map<string, Forms> | string> => {
  try {
    return flatten(JSON.parse(await readFile(join(root, file), 'utf8')))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/**
 * English and French say the same things: same keys, same inputs, every key used and every used key there, no text left untranslated,
 * French spacing in French.
 */
export const checkLocales = async (root: string): Promise<Finding[]> => {
  const findings: Finding[] = []
  for (const { folder, sources, alike } of catalogues) {
    const [enFile, frFile] = [`${folder}/en.json`, `${folder}/fr.json`]
    const [en, fr] = await Promise.all([read(root, enFile), read(root, frFile)])
    if (typeof en === 'string') findings.push({ file: enFile, message: en })
    if (typeof fr === 'string') findings.push({ file: frFile, message: fr })
    if (typeof en === 'string' || typeof fr === 'string') continue
    const { messages, literals, beginnings } = await usesIn(root, sources)
    for (const [key, english] of en) {
      const french = fr.get(key)
      if (french === undefined) findings.push({ file: frFile, message: `${key} is missing` })
      else {
        if (placeholdersOf(english) !== placeholdersOf(french))
          findings.push({
            file: frFile,
            message: `${key}: inputs {${placeholdersOf(french)}}, but in English {${placeholdersOf(english)}}`,
          })
        const same = Object.values(french).find((text) => Object.values(english).includes(text))
        if (same !== undefined && /\p{L}{3,}/u.test(same.replace(/\{\w+\}/g, '')) && !names.has(same) && !alike.includes(key))
          findings.push({
            file: frFile,
            message: `${key}: the same text as in English ("${same}"); if that is right, list it in .ci/locales.ts`,
          })
      }
      const used = messages.has(key) || literals.has(key) || beginnings.some((beginning) => key.startsWith(beginning))
      if (!used) findings.push({ file: enFile, message: `${key} is used nowhere in ${sources}` })
    }
    for (const [key, french] of fr) {
      if (!en.has(key)) findings.push({ file: enFile, message: `${key} is missing` })
      for (const text of Object.values(french)) {
        const wrong = judgeFrench(text)
        if (wrong !== null) findings.push({ file: frFile, message: `${key}: ${wrong}` })
      }
    }
    if (sources === 'src-renderer')
      for (const [key, file] of messages) if (!en.has(key)) findings.push({ file, message: `the message ${key} is in no locale` })
  }
  return findings
}
