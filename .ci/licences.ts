import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { importsOf, readSources } from './sources.ts'
import type { Finding } from './sources.ts'

/** BlueOak-1.0.0 and 0BSD ask for less than MIT; BlueOak comes with glob, by way of @fastify/static. */
const allowed = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'MPL-2.0',
  'OFL-1.1',
  'CC0-1.0',
  '0BSD',
  'BlueOak-1.0.0',
])

/** libvips is LGPL and comes as a shared library of its own; on Windows and in WebAssembly it sits in sharp's platform package. */
const libvips = /^@img\/sharp-(libvips-[a-z0-9-]+|win32-[a-z0-9]+|wasm32)$/

export const noticesFile = 'resources/third-party-notices.txt'

interface Locked {
  version?: string
  license?: string
  dev?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  dependencies?: Record<string, string>
}

type Lock = Record<string, Locked>

const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** SPDX expressions as they occur in package.json files: names, `AND`, `OR`, parentheses around the whole. */
export const isAllowed = (name: string, licence: string): boolean => {
  if (libvips.test(name) && /^(Apache-2\.0 AND )?LGPL-3\.0-or-later( AND MIT)?$/.test(licence)) return true
  return licence
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((part) => allowed.has(part.trim())))
}

/** The packages whose code ends in the window's bundle although package.json calls them development dependencies. */
const bundledNames = async (root: string): Promise<Set<string>> => {
  const names = new Set<string>()
  const add = (specifier: string) => {
    if (specifier.startsWith('~icons/')) names.add(`@iconify-json/${specifier.split('/')[1] ?? ''}`)
    else if (!specifier.startsWith('.') && !specifier.startsWith('virtual:'))
      names.add(
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      )
  }
  for (const source of await readSources(root, ['src-renderer'], /\.(ts|svelte)$/))
    for (const { specifier, typeOnly } of importsOf(source)) if (!typeOnly) add(specifier)
  for (const { text } of await readSources(root, ['src-renderer'], /\.css$/))
    for (const match of text.matchAll(/(?:@import\s+|url\(\s*)['"]([^'"]+)['"]/g))
      if (!/^[./]|^data:/.test(match[1] ?? '.')) add(match[1] ?? '')
  return names
}

/** Where Node would find `name` from `path`: nested folders first. */
const locate = (lock: Lock, path: string, name: string): string | null => {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const candidate = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`
    if (lock[candidate] !== undefined) return candidate
    if (at === '' || !at.includes('/node_modules/')) return lock[`node_modules/${name}`] === undefined ? null : `node_modules/${name}`
  }
}

const shippedPaths = async (root: string, lock: Lock): Promise<string[]> => {
  const paths = new Set(Object.keys(lock).filter((path) => path !== '' && lock[path]?.dev !== true))
  const wanted: string[] = []
  for (const name of await bundledNames(root)) {
    const path = locate(lock, '', name)
    if (path !== null) wanted.push(path)
  }
  for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
    if (paths.has(path)) continue
    paths.add(path)
    for (const name of Object.keys(lock[path]?.dependencies ?? {})) {
      const found = locate(lock, path, name)
      if (found !== null) wanted.push(found)
    }
  }
  return [...paths].sort()
}

const licenceText = async (root: string, path: string): Promise<string | null> => {
  const entries = await readdir(join(root, path)).catch(() => [])
  const file = entries.filter((entry) => /^(licen[cs]e|copying)/i.test(entry)).sort()[0]
  if (file === undefined) return null
  const text = await readFile(join(root, path, file), 'utf8').catch(() => null)
  return text === null
    ? null
    : text
        .replace(/\r\n?/g, '\n')
        .replace(/[ \t]+$/gm, '')
        .trim()
}

const isForOnePlatform = (entry: Locked | undefined): boolean =>
  entry?.optional === true || entry?.os !== undefined || entry?.cpu !== undefined

const writeNotices = async (root: string, lock: Lock, paths: string[]): Promise<string> => {
  const groups = new Map<string, Set<string>>()
  const elsewhere = new Set<string>()
  for (const path of paths) {
    const entry = lock[path]
    const title = `${nameOf(path)} ${entry?.version ?? ''} (${entry?.license ?? 'unknown'})`
    const text = isForOnePlatform(entry) ? null : await licenceText(root, path)
    if (text === null) elsewhere.add(title)
    else groups.set(text, (groups.get(text) ?? new Set()).add(title))
  }
  const sorted = [...groups]
    .map(([text, titles]) => ({ text, titles: [...titles].sort() }))
    .sort((a, b) => ((a.titles[0] ?? '') < (b.titles[0] ?? '') ? -1 : 1))
  const rule = '-'.repeat(78)
  return [
    "Burrow contains the work of others. Their names, their licences and the licences' texts:",
    ...sorted.map(({ text, titles }) => `${rule}\n${titles.join('\n')}\n\n${text}`),
    `${rule}\nPackages that carry no separate licence text, or that are installed on some systems only and carry it with them:\n\n${[...elsewhere].sort().join('\n')}`,
    '',
  ].join('\n\n')
}

const readLock = async (root: string): Promise<Lock> =>
  (JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: Lock }).packages

/** Everything we ship has a licence of the list, and the notices that go with it are up to date. */
export const checkLicences = async (root: string): Promise<Finding[]> => {
  const findings: Finding[] = []
  const lock = await readLock(root)
  const paths = await shippedPaths(root, lock)
  for (const path of paths) {
    const licence = lock[path]?.license
    if (licence === undefined || !isAllowed(nameOf(path), licence))
      findings.push({
        file: 'package-lock.json',
        message: `${nameOf(path)} is shipped under ${licence ?? 'no stated licence'}, which is not on the list`,
      })
  }
  const written = await readFile(join(root, noticesFile), 'utf8').catch(() => '')
  if (written.replace(/\r\n/g, '\n') !== (await writeNotices(root, lock, paths)))
    findings.push({ file: noticesFile, message: 'not up to date: run `node .ci/licences.ts --write`' })
  return findings
}

if (process.argv[1] === import.meta.filename && process.argv[2] === '--write') {
  const root = resolve(import.meta.dirname, '..')
  const lock = await readLock(root)
  await writeFile(join(root, process.argv[3] ?? noticesFile), await writeNotices(root, lock, await shippedPaths(root, lock)))
}
