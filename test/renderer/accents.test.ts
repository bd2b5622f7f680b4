import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const css = readFileSync(resolve(import.meta.dirname, '../../src-renderer/styles/accents.css'), 'utf8')
const tokens = readFileSync(resolve(import.meta.dirname, '../../src-renderer/styles/tokens.css'), 'utf8')

const linear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
const luminance = (hex: string) => {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (a: string, b: string) => {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}
const papers = (theme: 0 | 1) =>
  ['canvas', 'surface', 'raised', 'sunken'].map((name) => {
    const found = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(tokens)
    return found?.[theme + 1] ?? ''
  })

const accents = ['tide', 'fern', 'moss', 'ochre', 'brick', 'rose', 'plum', 'slate']
const pair = String.raw`--accent: light-dark\((#\w{6}), (#\w{6})\);\s+--on-accent: light-dark\((#\w{6}), (#\w{6})\);`

test('every accent stands out from every paper of the four themes, and what is written on it can be read', () => {
  for (const name of accents) {
    const plain = new RegExp(`^\\[data-accent='${name}'\\] \\{\\s+${pair}`, 'm').exec(css)
    const high = new RegExp(`\\[data-theme\\^='hc'\\] \\[data-accent='${name}'\\] \\{\\s+${pair}`).exec(css)
    expect(plain, name).not.toBeNull()
    expect(high, name).not.toBeNull()
    for (const theme of [0, 1] as const) {
      const accent = plain?.[1 + theme] ?? ''
      const least = Math.min(...papers(theme).map((paper) => contrast(accent, paper)))
      expect(least, `${name} ${theme}`).toBeGreaterThanOrEqual(4.5)
      expect(contrast(accent, plain?.[3 + theme] ?? ''), `on ${name} ${theme}`).toBeGreaterThanOrEqual(4.5)
      const strong = high?.[1 + theme] ?? ''
      expect(contrast(strong, theme === 0 ? '#ffffff' : '#000000'), `${name} high ${theme}`).toBeGreaterThanOrEqual(7)
      expect(contrast(strong, high?.[3 + theme] ?? ''), `on ${name} high ${theme}`).toBeGreaterThanOrEqual(7)
    }
  }
})
