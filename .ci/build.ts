import { spawn } from 'node:child_process'
import { mkdir, readdir, rmdir, stat, utimes } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const root = resolve(import.meta.dirname, '..')
const sources = ['src-main', 'src-renderer', 'resources/locales', 'electron.vite.config.ts', 'package-lock.json']
const products = ['out/main/main.js', 'out/main/serve.js', 'out/main/cli.js', 'out/preload/preload.cjs', 'out/renderer/index.html']
const lock = join(root, 'node_modules', '.burrow-build')
const lockPatience = 120_000

const changedAt = async (path: string): Promise<number> => {
  const found = await stat(path).catch(() => null)
  return found === null ? 0 : found.mtimeMs
}

const newestIn = async (path: string): Promise<number> => {
  const found = await stat(path).catch(() => null)
  if (found === null) return 0
  if (!found.isDirectory()) return found.mtimeMs
  const entries = await readdir(path, { withFileTypes: true })
  // The compiled messages are written by the build itself.
  const times = await Promise.all(entries.filter((entry) => entry.name !== 'generated').map((entry) => newestIn(join(path, entry.name))))
  return Math.max(0, ...times)
}

/** True when a product is missing from `out/` or older than the newest source. */
export const isStale = async (): Promise<boolean> => {
  const oldest = Math.min(...(await Promise.all(products.map((product) => changedAt(join(root, product))))))
  const newest = Math.max(...(await Promise.all(sources.map((source) => newestIn(join(root, source))))))
  return oldest <= newest
}

const build = (): Promise<void> =>
  new Promise((done, fail) => {
    const tool = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
    const child = spawn(process.execPath, [tool, 'build'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    const lines: string[] = []
    child.stdout.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
    child.on('error', fail)
    child.on('close', (code) => (code === 0 ? done() : fail(new Error(`electron-vite build ended with ${code}:\n${lines.join('')}`))))
  })

/**
 * Builds `out/` unless it is newer than every source. Two runs at the same moment build once: the second waits for the first.
 * Throws with the output of electron-vite when the build fails.
 */
export const buildIfStale = async (): Promise<void> => {
  for (;;) {
    if (!(await isStale())) return
    try {
      await mkdir(lock)
      break
    } catch {
      if (Date.now() - (await changedAt(lock)) > lockPatience) await rmdir(lock).catch(() => undefined)
      else await wait(200)
    }
  }
  try {
    const began = new Date()
    await build()
    // A source saved while the build ran must count as newer than what was built.
    for (const product of products) await utimes(join(root, product), began, began)
  } finally {
    await rmdir(lock).catch(() => undefined)
  }
}

if (process.argv[1] === import.meta.filename) await buildIfStale()
