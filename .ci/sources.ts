import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'

/** One thing that is wrong. `file` is relative to the root, with forward slashes; `line` counts from 1. */
export interface Finding {
  file: string
  line?: number
  message: string
}

export interface Source {
  file: string
  text: string
}

export interface Import {
  specifier: string
  typeOnly: boolean
  line: number
}

const skipped = new Set(['node_modules', 'out', 'generated', '.git', '.svelte-check', 'cache'])

const walk = async (root: string, folder: string, found: string[]): Promise<void> => {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    if (skipped.has(entry.name)) continue
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) await walk(root, path, found)
    else found.push(path)
  }
}

/** All files below `folders` of `root`, sorted, generated ones left out. */
export const listFiles = async (root: string, folders: string[]): Promise<string[]> => {
  const found: string[] = []
  for (const folder of folders) await walk(root, folder, found)
  return found.sort()
}

/** The text of every file below `folders` whose name matches `pattern`. */
export const readSources = async (root: string, folders: string[], pattern: RegExp): Promise<Source[]> => {
  const files = (await listFiles(root, folders)).filter((file) => pattern.test(file))
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(join(root, file), 'utf8') })))
}

export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

const scriptBlock = /(<script\b(?:"[^"]*"|'[^']*'|[^>"'])*>)([\s\S]*?)<\/script>/g

/** The script of a Svelte file with everything else blanked out, so that positions stay; other files as they are. */
export const scriptOf = (source: Source): string => {
  if (!source.file.endsWith('.svelte')) return source.text
  const blank = (text: string) => text.replace(/[^\n]/g, ' ')
  let script = ''
  let end = 0
  for (const match of source.text.matchAll(scriptBlock)) {
    const start = match.index + (match[1] ?? '').length
    const body = match[2] ?? ''
    script += blank(source.text.slice(end, start)) + body
    end = start + body.length
  }
  return script + blank(source.text.slice(end))
}

export const parse = (source: Source): ts.SourceFile =>
  ts.createSourceFile(source.file, scriptOf(source), ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)

const literal = (node: ts.Node | undefined): string | null => (node !== undefined && ts.isStringLiteralLike(node) ? node.text : null)

const importsNothing = (clause: ts.ImportClause | undefined): boolean => {
  if (clause === undefined) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const bindings = clause.namedBindings
  return (
    clause.name === undefined &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.length > 0 &&
    bindings.elements.every((element) => element.isTypeOnly)
  )
}

const exportsNothing = (node: ts.ExportDeclaration): boolean =>
  node.isTypeOnly ||
  (node.exportClause !== undefined &&
    ts.isNamedExports(node.exportClause) &&
    node.exportClause.elements.length > 0 &&
    node.exportClause.elements.every((element) => element.isTypeOnly))

/** Every module a file names: static, type-only, dynamic, `import('x').T`, `require`, export-from, and imports inside Svelte markup. */
export const importsOf = (source: Source, parsed: ts.SourceFile = parse(source)): Import[] => {
  const found: Import[] = []
  const add = (specifier: string | null, typeOnly: boolean, node: ts.Node) => {
    if (specifier === null) return
    found.push({ specifier, typeOnly, line: parsed.getLineAndCharacterOfPosition(node.getStart(parsed)).line + 1 })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(literal(node.moduleSpecifier), importsNothing(node.importClause), node)
    else if (ts.isExportDeclaration(node)) add(literal(node.moduleSpecifier), exportsNothing(node), node)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(literal(node.argument.literal), true, node)
    else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference))
      add(literal(node.moduleReference.expression), node.isTypeOnly, node)
    else if (ts.isCallExpression(node)) {
      const called = node.expression
      if (called.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(called) && called.text === 'require'))
        add(literal(node.arguments[0]), false, node)
    }
    ts.forEachChild(node, visit)
  }
  visit(parsed)
  if (source.file.endsWith('.svelte')) {
    const markup = source.text.replace(scriptBlock, (block) => block.replace(/[^\n]/g, ' '))
    for (const match of markup.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
      found.push({ specifier: match[1] ?? '', typeOnly: false, line: lineAt(markup, match.index) })
  }
  return found
}
