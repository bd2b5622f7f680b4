import { readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join, posix } from 'node:path'
import ts from 'typescript'
import { contracts, environmentReader, main, owners, renderer, testPeers } from './rooms.ts'
import type { Room } from './rooms.ts'
import { importsOf, parse, readSources } from './sources.ts'
import type { Finding, Import, Source } from './sources.ts'

interface Edge {
  from: string
  to: string
}

const sides: Record<string, Record<string, Room>> = { 'src-main': main, 'src-renderer': renderer }

/** `src-main/store/query.ts` is `['src-main', 'store']`, `src-renderer/App.svelte` is `['src-renderer', 'App']`. */
const placeOf = (file: string): [side: string, room: string] => {
  const [side = '', second = ''] = file.split('/')
  return [side, second.replace(/(\.svelte)?\.[a-z]+$|\.svelte$/, '')]
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** Groups of files (or rooms) that reach each other, each group as a path that comes back to its beginning. */
export const cyclesOf = (edges: Edge[]): string[][] => {
  const next = new Map<string, string[]>()
  for (const { from, to } of edges) if (from !== to) next.set(from, [...(next.get(from) ?? []), to])
  const done = new Set<string>()
  const path: string[] = []
  const cycles: string[][] = []
  const visit = (at: string): void => {
    const seen = path.indexOf(at)
    if (seen >= 0) {
      cycles.push([...path.slice(seen), at])
      return
    }
    if (done.has(at)) return
    path.push(at)
    for (const to of next.get(at) ?? []) visit(to)
    path.pop()
    done.add(at)
  }
  for (const at of [...next.keys()].sort()) visit(at)
  return cycles
}

const readsEnvironment = (parsed: ts.SourceFile): number[] => {
  const lines: number[] = []
  const note = (node: ts.Node) => lines.push(parsed.getLineAndCharacterOfPosition(node.getStart(parsed)).line + 1)
  const isProcess = (node: ts.Node) =>
    (ts.isIdentifier(node) && node.text === 'process') || (ts.isPropertyAccessExpression(node) && node.name.text === 'process')
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && node.name.text === 'env' && isProcess(node.expression)) note(node)
    else if (
      ts.isElementAccessExpression(node) &&
      isProcess(node.expression) &&
      node.argumentExpression.getText(parsed).slice(1, -1) === 'env'
    )
      note(node)
    else if (ts.isVariableDeclaration(node) && node.initializer !== undefined && isProcess(node.initializer)) {
      if (
        ts.isObjectBindingPattern(node.name) &&
        node.name.elements.some((element) => (element.propertyName ?? element.name).getText(parsed) === 'env')
      )
        note(node)
    } else if (ts.isImportDeclaration(node) && /^['"](node:)?process['"]$/.test(node.moduleSpecifier.getText(parsed))) {
      if (/\benv\b/.test(node.importClause?.getText(parsed) ?? '')) note(node)
    }
    ts.forEachChild(node, visit)
  }
  visit(parsed)
  return lines
}

interface Manifest {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

const judgePackage = (file: string, { specifier, typeOnly }: Import, manifest: Manifest): string | null => {
  const name = packageOf(specifier)
  const [side] = placeOf(file)
  if (testPeers.includes(name)) return `${name} is a test peer: it runs in a process of its own and is never imported by the program`
  const owner = owners[name]
  if (owner !== undefined && !owner.some((folder) => file.startsWith(`${folder}/`)))
    return `${name} belongs to ${owner.join(', ')} and is imported elsewhere`
  const runtime = manifest.dependencies?.[name] !== undefined
  const development = manifest.devDependencies?.[name] !== undefined || manifest.devDependencies?.[`@types/${name}`] !== undefined
  if (!runtime && !development) return `${name} is not in package.json`
  // Electron is there because the program runs inside it; everything of the window is bundled.
  if (!runtime && side === 'src-main' && !typeOnly && name !== 'electron')
    return `${name} is only a development dependency: the program would miss it`
  return null
}

const judgeFile = (file: string, target: string, typeOnly: boolean): string | null => {
  const [side, room] = placeOf(file)
  const [targetSide, targetRoom] = placeOf(target)
  if (targetSide === 'resources' || target === 'package.json') return null
  if (side === 'src-renderer' && targetSide === 'src-main') {
    if (!contracts.includes(target)) return `the window may know only the contracts of the main process, not ${target}`
    return typeOnly ? null : `${target} is imported by the window at run time: use \`import type\``
  }
  if (targetSide !== side) return `${target} is outside ${side}`
  if (room === targetRoom) return null
  const allowed = sides[side]?.[room]?.may ?? []
  if (allowed.includes(targetRoom)) return null
  if (allowed.includes(`type:${targetRoom}`)) return typeOnly ? null : `${room} may import only types of ${targetRoom}: use \`import type\``
  return `${room} may not import ${targetRoom}${typeOnly ? ', not even its types' : ''}`
}

const judgeTable = (): Finding[] => {
  const findings: Finding[] = []
  const report = (message: string) => findings.push({ file: '.ci/rooms.ts', message })
  for (const table of Object.values(sides)) {
    for (const [name, room] of Object.entries(table)) {
      for (const entry of room.may) {
        const target = entry.replace(/^type:/, '')
        if (table[target] === undefined) report(`${name} may import ${target}, which is no room`)
      }
    }
    const edges = Object.entries(table).flatMap(([from, room]) => room.may.map((to) => ({ from, to: to.replace(/^type:/, '') })))
    for (const cycle of cyclesOf(edges)) report(`the table itself has a cycle: ${cycle.join(' > ')}`)
  }
  return findings
}

/**
 * Reads every source of the program against the table in rooms.ts: imports between rooms, package ownership, the contracts with the
 * window, readers of the environment, and cycles between rooms and between files (types count too).
 */
export const checkRooms = async (root: string): Promise<Finding[]> => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest
  const sources: Source[] = await readSources(root, ['src-main', 'src-renderer'], /\.(ts|js|mjs|svelte)$/)
  const findings = judgeTable()
  const fileEdges: Edge[] = []
  const roomEdges: Edge[] = []
  for (const source of sources) {
    const { file } = source
    const [side, room] = placeOf(file)
    // The plugin that reads our message files belongs to the build.
    if (file.startsWith('src-renderer/locales/project.inlang/')) continue
    if (sides[side]?.[room] === undefined && !file.endsWith('.d.ts'))
      findings.push({ file, message: `${room} is no room of the table in .ci/rooms.ts` })
    const parsed = parse(source)
    for (const found of importsOf(source, parsed)) {
      const specifier = found.specifier.replace(/\?[^/]*$/, '')
      const report = (message: string | null) => {
        if (message !== null) findings.push({ file, line: found.line, message })
      }
      if (specifier.startsWith('.')) {
        const target = posix.join(posix.dirname(file), specifier)
        report(judgeFile(file, target, found.typeOnly))
        fileEdges.push({ from: file, to: target })
        const [targetSide, targetRoom] = placeOf(target)
        if (targetSide === side) roomEdges.push({ from: `${side}/${room}`, to: `${side}/${targetRoom}` })
      } else if (!isBuiltin(specifier) && !specifier.startsWith('~icons/') && !specifier.startsWith('virtual:')) {
        report(judgePackage(file, { ...found, specifier }, manifest))
      }
    }
    if (side === 'src-main' && file !== environmentReader)
      for (const line of readsEnvironment(parsed)) findings.push({ file, line, message: 'only config.ts reads the environment' })
  }
  for (const cycle of cyclesOf(roomEdges)) findings.push({ file: cycle[0] ?? '', message: `cycle between rooms: ${cycle.join(' > ')}` })
  for (const cycle of cyclesOf(fileEdges)) findings.push({ file: cycle[0] ?? '', message: `cycle between files: ${cycle.join(' > ')}` })
  return findings
}
