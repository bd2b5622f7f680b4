import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build, type Plugin } from 'vite'

/**
 * The window in two languages that nobody speaks, to see what real ones would hide: `en-XA` in place of French (accents on every letter, brackets, 40
 * percent longer) and `ar-XB` in place of English (written from right to left). Text without brackets comes from nowhere in the catalogue.
 */
const root = resolve(import.meta.dirname, '../..')
const ACCENTED: Record<string, string> = Object.fromEntries(
  [...'aàbƀcçdđeèfƒgğhĥiìjĵkķlļmɱnñoòpþqʠrŕsštţuùvṽwŵxẋyýzžAÀBƁCÇDĐEÈFƑGĞHĤIÌJĴKĶLĻMṀNÑOÒPÞQǪRŔSŠTŢUÙVṼWŴXẊYÝZŽ'].reduce<
    [string, string][]
  >((pairs, letter, index, all) => (index % 2 === 0 ? [...pairs, [letter, all[index + 1] as string]] : pairs), []),
)

/** `${…}` and escapes stay as they are. */
const outsideInputs = (text: string, change: (part: string) => string): string =>
  text
    .split(/(\$\{[^}]*\}|\\.)/)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join('')

/** Accents, brackets, and about 40 percent more of it. */
export const longer = (text: string): string => {
  const letters = text.replaceAll(/\$\{[^}]*\}/g, '').length
  return `⟦${outsideInputs(text, (part) => part.replaceAll(/[a-zA-Z]/g, (letter) => ACCENTED[letter] ?? letter))}${' ~'.repeat(Math.ceil(letters / 5))}⟧`
}

/** Every word forced to run from right to left. */
export const mirrored = (text: string): string =>
  `⟦${outsideInputs(text, (part) => part.replaceAll(/\p{L}+/gu, (word) => `\u202e${word}\u202c`))}⟧`

const pseudo: Plugin = {
  name: 'pseudo-locales',
  enforce: 'pre',
  transform(code, id) {
    if (!/locales\/generated\/messages\/(?!_index)[^/]+\.js$/.test(id.replaceAll('\\', '/'))) return null
    // One message a file; each language has a function of its own that answers template literals.
    return code
      .split(/(?=^const (?:en|fr)_)/m)
      .map((part) => {
        const change = part.startsWith('const fr_') ? longer : part.startsWith('const en_') ? mirrored : null
        if (!change) return part
        const end = part.indexOf('\n/**')
        const head = end < 0 ? part : part.slice(0, end)
        return (
          head.replaceAll(
            /LocalizedString\} \*\/ \(`((?:[^`\\]|\\.)*)`\)/g,
            (_all, text: string) => `LocalizedString} */ (\`${change(text)}\`)`,
          ) + part.slice(head.length)
        )
      })
      .join('')
  },
}

// Inside the project, so that the instance finds its packages.
const folder = join(root, 'node_modules', '.burrow-pseudo')

/** A build beside the real one, in which English and French are the two above. Returns its folder, for `BUILT`. */
export async function buildPseudo(): Promise<string> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  cpSync(join(process.env.BUILT ?? join(root, 'out'), 'main'), join(folder, 'main'), { recursive: true })
  // In a process of its own: the compiler of messages writes other files when it is run by tests.
  await promisify(execFile)(process.execPath, [import.meta.filename], { env: { ...process.env, NODE_ENV: 'production' } })
  return folder
}

if (process.argv[1] === import.meta.filename) {
  const { default: config } = await import('../../electron.vite.config.ts')
  const renderer = config.renderer as { root: string; plugins: Plugin[]; build: object }
  await build({
    configFile: false,
    logLevel: 'error',
    root: renderer.root,
    base: '/app/',
    plugins: [pseudo, ...renderer.plugins],
    build: { ...renderer.build, outDir: join(folder, 'renderer'), emptyOutDir: true },
  })
}
