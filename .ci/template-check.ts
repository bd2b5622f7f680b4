import { parse as parseSvelte } from 'svelte/compiler'
import { lineAt, readSources } from './sources.ts'
import type { Finding, Source } from './sources.ts'

interface Node {
  type: string
  start: number
  end: number
  [key: string]: unknown
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

/** Attributes whose text a person reads or hears. Component properties of the same names are judged alike. */
const spoken = new Set(['aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'title', 'placeholder', 'alt', 'label'])

/** What needs no translation. */
const sameEverywhere = new Set(['Burrow', 'Mastodon', 'Enter', 'Esc', 'Ctrl', 'px', 'ms'])

const letters = /\p{L}{2,}/u

const isWords = (text: string): boolean => letters.test(text) && !sameEverywhere.has(text.trim())

/** Literal words inside an expression that becomes text: `{'Hi'}`, `{ok ? 'Yes' : 'No'}`, `{name ?? 'Nobody'}`. Arguments of calls are not looked at. */
const literalsIn = (expression: unknown): Node[] => {
  if (!isNode(expression)) return []
  const inside = (...keys: string[]) => keys.flatMap((key) => literalsIn(expression[key]))
  switch (expression.type) {
    case 'Literal':
      return typeof expression['value'] === 'string' && isWords(expression['value']) ? [expression] : []
    case 'TemplateLiteral': {
      const parts = expression['quasis'] as { value: { cooked: string } }[]
      return parts.some((part) => isWords(part.value.cooked)) ? [expression] : []
    }
    case 'ConditionalExpression':
      return inside('consequent', 'alternate')
    case 'LogicalExpression':
      return inside('left', 'right')
    case 'BinaryExpression':
      return expression['operator'] === '+' ? inside('left', 'right') : []
    case 'TSAsExpression':
    case 'TSNonNullExpression':
      return inside('expression')
    default:
      return []
  }
}

// Physical sides break in right-to-left scripts; logical ones do not.
const physicalProperty =
  /^(left|right|(margin|padding|inset|border|scroll-margin|scroll-padding)-(left|right)(-.*)?|border-(top|bottom)-(left|right)-radius)$/
const physicalValue = /^(left|right)$/
const sided = new Set(['text-align', 'float', 'clear', 'caption-side'])

const declarationsIn = (css: string): { property: string; value: string; offset: number }[] => {
  const plain = css.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
  return [...plain.matchAll(/(?<=[{;]\s*)([a-z-]+)\s*:\s*([^;{}]+)(?=[;}])/g)].map((match) => ({
    property: match[1] ?? '',
    value: (match[2] ?? '').trim(),
    offset: match.index,
  }))
}

const judgeStyles = (file: string, css: string, before: number): Finding[] =>
  declarationsIn(css)
    .filter(({ property, value }) => physicalProperty.test(property) || (sided.has(property) && physicalValue.test(value)))
    .map(({ property, value, offset }) => ({
      file,
      line: before + lineAt(css, offset) - 1,
      message: `physical direction \`${property}: ${value}\`: use the logical one (inline-start, inline-end, start, end)`,
    }))

const judgeTemplate = ({ file, text }: Source): Finding[] => {
  const findings: Finding[] = []
  const report = (offset: number, message: string) => findings.push({ file, line: lineAt(text, offset), message })
  const words = (offset: number, found: string) =>
    report(offset, `words in the template: "${found.trim().slice(0, 40)}": they belong in src-renderer/locales`)
  const judgeExpression = (expression: unknown) => {
    for (const node of literalsIn(expression)) words(node.start, text.slice(node.start, node.end))
  }
  const visit = (node: Node, parent: Node | null): void => {
    if (node.type === 'Text' && parent?.type !== 'Attribute' && isWords(String(node['data']))) words(node.start, String(node['data']))
    if (node.type === 'ExpressionTag' && parent?.type === 'Fragment') judgeExpression(node['expression'])
    if (node.type === 'HtmlTag' && !file.startsWith('src-renderer/content/'))
      report(node.start, '{@html} outside src-renderer/content, the only place that renders remote HTML')
    if (node.type === 'Attribute' && spoken.has(String(node['name']))) {
      const value = node['value']
      for (const part of Array.isArray(value) ? value : [value]) {
        if (!isNode(part)) continue
        if (part.type === 'Text' && isWords(String(part['data']))) words(part.start, String(part['data']))
        if (part.type === 'ExpressionTag') judgeExpression(part['expression'])
      }
    }
    if (node.type === 'StyleDirective' && physicalProperty.test(String(node['name'])))
      report(node.start, `physical direction \`${String(node['name'])}\`: use the logical one`)
    if (node.type === 'RegularElement' && (node['name'] === 'code' || node['name'] === 'kbd')) return
    for (const [key, value] of Object.entries(node)) {
      if (key === 'parent' || key === 'expression' || key === 'css' || key === 'instance' || key === 'module') continue
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, node)
    }
  }
  try {
    const root = parseSvelte(text, { modern: true, filename: file })
    visit(root.fragment as unknown as Node, null)
    if (root.css !== null) {
      const { start, end } = root.css.content
      findings.push(...judgeStyles(file, text.slice(start, end), lineAt(text, start)))
    }
  } catch (error) {
    findings.push({ file, message: `cannot be parsed: ${error instanceof Error ? error.message : String(error)}` })
  }
  return findings
}

/**
 * What the window's templates and styles may not contain: words outside the message files, `{@html}` outside `content/`, physical
 * directions. Text inside `<code>` and `<kbd>` is taken as it is.
 */
export const checkTemplates = async (root: string): Promise<Finding[]> => {
  const templates = await readSources(root, ['src-renderer'], /\.svelte$/)
  const styles = await readSources(root, ['src-renderer'], /\.css$/)
  return [...templates.flatMap(judgeTemplate), ...styles.flatMap(({ file, text }) => judgeStyles(file, text, 1))]
}
