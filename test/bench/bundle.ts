import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Report } from './report.ts'

interface Chunk {
  file: string
  name?: string
  isEntry?: boolean
  imports?: string[]
  css?: string[]
  assets?: string[]
}

const kilobytes = (bytes: number) => bytes / 1000

/** The sizes of the built window, by its manifest: what the first paint needs, and what comes later. */
export function measureBundle(report: Report, built: string): void {
  const name = 'window, bundle'
  const manifest = JSON.parse(readFileSync(join(built, '.vite', 'manifest.json'), 'utf8')) as Record<string, Chunk>
  const packed = (file: string) => gzipSync(readFileSync(join(built, file)), { level: 9 }).length
  /** A chunk and everything it imports at once. */
  const reach = (key: string, found = new Set<string>()): Set<string> => {
    if (found.has(key)) return found
    found.add(key)
    for (const next of manifest[key]?.imports ?? []) reach(next, found)
    return found
  }
  const sum = (keys: Iterable<string>) => [...keys].reduce((bytes, key) => bytes + packed(manifest[key]?.file ?? ''), 0)
  const entry = Object.keys(manifest).find((key) => manifest[key]?.isEntry) ?? ''
  const first = reach(entry)
  report.add({ case: name, what: 'initial JS (shell and home), gzip', value: kilobytes(sum(first)), unit: 'kB', aim: '≤ 120 kB' })
  const composer = Object.keys(manifest).filter((key) => /composer\/Composer(Sheet|Dock)\.svelte$/.test(key))
  const added = new Set(composer.flatMap((key) => [...reach(key)]).filter((key) => !first.has(key)))
  report.add({ case: name, what: 'composer, gzip', value: kilobytes(sum(added)), unit: 'kB', aim: '≤ 35 kB' })
  const sizes = Object.values(manifest)
    .filter((chunk) => chunk.file.endsWith('.js') && !/hls/i.test(chunk.name ?? ''))
    .map((chunk) => packed(chunk.file))
  report.add({ case: name, what: 'largest chunk but HLS, gzip', value: kilobytes(Math.max(...sizes)), unit: 'kB', aim: '≤ 120 kB' })
  const styles = [...first].flatMap((key) => manifest[key]?.css ?? [])
  const css = [...new Set(styles)].reduce((bytes, file) => bytes + statSync(join(built, file)).size, 0)
  const cssPacked = [...new Set(styles)].reduce((bytes, file) => bytes + packed(file), 0)
  report.add({ case: name, what: 'CSS of the first paint', value: kilobytes(css), unit: 'kB' })
  report.add({ case: name, what: 'CSS of the first paint, gzip', value: kilobytes(cssPacked), unit: 'kB', aim: '≤ 30 kB' })
  const files = new Set(Object.values(manifest).flatMap((chunk) => [chunk.file, ...(chunk.assets ?? [])]))
  const bytes = [...files].filter((file) => file.endsWith('.woff2')).reduce((total, file) => total + statSync(join(built, file)).size, 0)
  report.add({ case: name, what: 'fonts, all of them', value: kilobytes(bytes), unit: 'kB', aim: '≤ 120 kB' })
}
