import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { checkAll } from './check.ts'

/** One violation and the words that must betray it: `where` and `says` stand close to each other in the report of `check`. */
interface Plant {
  what: string
  check: string
  /** Files to write: whole texts, or a change to what is there. */
  files: Record<string, string | ((text: string) => string)>
  where: string
  says: RegExp
}

const json = (change: (value: Record<string, unknown>) => void) => (text: string) => {
  const value = JSON.parse(text) as Record<string, unknown>
  change(value)
  return JSON.stringify(value, null, 2)
}

const message = (key: string, text: unknown) => json((value) => void (value[key] = text))

const room = (what: string, file: string, text: string, says: RegExp): Plant => ({
  what,
  check: 'rooms',
  files: { [file]: text },
  where: file,
  says,
})
const template = (what: string, name: string, text: string, says: RegExp): Plant => {
  const file = `src-renderer/ui/${name}.svelte`
  return { what, check: 'templates', files: { [file]: text }, where: file, says }
}
const lint = (what: string, file: string, text: string, says: RegExp): Plant => ({
  what,
  check: 'eslint',
  files: { [file]: text },
  where: file,
  says,
})

const en = 'src-renderer/locales/en.json'
const fr = 'src-renderer/locales/fr.json'
const uses = (name: string, key: string) => ({
  [`src-renderer/state/${name}.ts`]: `import { m } from '../locales/generated/messages.js'\nexport const planted = m.${key}\n`,
})

const plants: Plant[] = [
  room('a room imports above itself', 'src-main/store/planted-up.ts', "import '../domain/errors.ts'\n", /store may not import domain/),
  room(
    'strangers of one level',
    'src-main/http/planted.ts',
    "import type { A } from '../delivery/queue.ts'\nexport type B = A\n",
    /http may not import delivery, not even its types/,
  ),
  room('a dynamic import', 'src-main/media/planted.ts', "export const later = () => import('../net/net.ts')\n", /media may not import net/),
  room('an export-from', 'src-main/net/planted.ts', "export * from '../store/ids.ts'\n", /net may not import store/),
  room(
    'types only, but a value',
    'src-main/owner-api/planted.ts',
    "import { queue } from '../delivery/queue.ts'\nexport const q = queue\n",
    /only types of delivery/,
  ),
  room('a room that is not in the table', 'src-main/attic/planted.ts', 'export const a = 1\n', /attic is no room/),
  room(
    'a package that has an owner',
    'src-main/domain/planted-owner.ts',
    "import Database from 'better-sqlite3'\nexport const D = Database\n",
    /better-sqlite3 belongs to/,
  ),
  room('a test peer in the program', 'src-main/federation/planted.ts', "import '@fedify/fedify'\n", /test peer/),
  room('a package nobody declared', 'src-main/domain/planted-package.ts', "import 'left-pad'\n", /left-pad is not in package\.json/),
  room('a development dependency at run time', 'src-main/domain/planted-dev.ts', "import 'vitest'\n", /only a development dependency/),
  room(
    'the environment read elsewhere',
    'src-main/domain/planted-env.ts',
    'export const home = process.env.HOME\n',
    /only config\.ts reads the environment/,
  ),
  room('a view touches the api', 'src-renderer/views/planted.ts', "import '../api/owner.ts'\n", /views may not import api/),
  room(
    'a Svelte file above its room',
    'src-renderer/ui/PlantedRoom.svelte',
    '<script lang="ts">\n  import X from \'../views/Home.svelte\'\n</script>\n\n<X />\n',
    /ui may not import views/,
  ),
  room(
    'the window imports the main process',
    'src-renderer/state/planted-main.ts',
    "import type { A } from '../../src-main/store/schema.ts'\nexport type B = A\n",
    /only the contracts/,
  ),
  room(
    'a contract at run time',
    'src-renderer/state/planted-contract.ts',
    "import '../../src-main/owner-api/contract.ts'\n",
    /use `import type`/,
  ),
  {
    what: 'a cycle between files, of types',
    check: 'rooms',
    files: {
      'src-main/tunnel/planted-a.ts': "import type { B } from './planted-b.ts'\nexport type A = B | 1\n",
      'src-main/tunnel/planted-b.ts': "import type { A } from './planted-a.ts'\nexport type B = A | 2\n",
    },
    where: 'src-main/tunnel/planted-a.ts',
    says: /cycle between files/,
  },
  {
    what: 'a cycle between rooms',
    check: 'rooms',
    files: {
      'src-main/store/planted-room.ts': "import '../signatures/planted-room.ts'\n",
      'src-main/signatures/planted-room.ts': "import '../store/schema.ts'\n",
    },
    where: 'src-main/signatures > src-main/store',
    says: /cycle between rooms/,
  },
  template('words in a template', 'PlantedWords', '<p>Good morning</p>\n', /words in the template: "Good morning"/),
  template(
    'words in an expression',
    'PlantedTernary',
    '<script lang="ts">\n  let { on }: { on: boolean } = $props()\n</script>\n\n<p>{on ? \'Switched on\' : 1}</p>\n',
    /words in the template: "'Switched on'"/,
  ),
  template('words in aria-label', 'PlantedLabel', '<nav aria-label="Main places"></nav>\n', /words in the template: "Main places"/),
  template('{@html} outside content', 'PlantedHtml', '<p>{@html "x"}</p>\n', /\{@html\} outside/),
  template('a physical direction', 'PlantedLeft', '<p></p>\n\n<style>\n  p {\n    margin-left: 4px;\n  }\n</style>\n', /margin-left: 4px/),
  {
    what: 'a message only in English',
    check: 'locales',
    files: { [en]: message('planted_missing', 'Planted'), ...uses('planted-missing', 'planted_missing') },
    where: fr,
    says: /planted_missing is missing/,
  },
  {
    what: 'a message only in French',
    check: 'locales',
    files: { [fr]: message('planted_extra', 'Planté') },
    where: en,
    says: /planted_extra is missing/,
  },
  {
    what: 'a message nobody uses',
    check: 'locales',
    files: { [en]: message('planted_idle', 'Planted idle'), [fr]: message('planted_idle', 'Planté là') },
    where: en,
    says: /planted_idle is used nowhere/,
  },
  {
    what: 'a message that is nowhere',
    check: 'locales',
    files: uses('planted-nowhere', 'planted_nowhere'),
    where: 'src-renderer/state/planted-nowhere.ts',
    says: /planted_nowhere is in no locale/,
  },
  {
    what: 'other inputs in French',
    check: 'locales',
    files: {
      [en]: message('planted_input', 'Hello {name}'),
      [fr]: message('planted_input', 'Bonjour {nom}'),
      ...uses('planted-input', 'planted_input'),
    },
    where: fr,
    says: /planted_input: inputs \{nom\}/,
  },
  {
    what: 'the same text in both languages',
    check: 'locales',
    files: {
      [en]: message('planted_same', 'Planted tree'),
      [fr]: message('planted_same', 'Planted tree'),
      ...uses('planted-same', 'planted_same'),
    },
    where: fr,
    says: /planted_same: the same text/,
  },
  {
    what: 'French without its spaces',
    check: 'locales',
    files: {
      [en]: message('planted_space', 'Really?'),
      [fr]: message('planted_space', 'Vraiment ?'),
      ...uses('planted-space', 'planted_space'),
    },
    where: fr,
    says: /planted_space: U\+202F/,
  },
  {
    what: 'a licence that is not on the list',
    check: 'licences',
    files: {
      'package-lock.json': json(
        (value) =>
          void ((value['packages'] as Record<string, unknown>)['node_modules/planted'] = { version: '1.0.0', license: 'GPL-3.0-only' }),
      ),
    },
    where: 'package-lock.json',
    says: /planted is shipped under GPL-3\.0-only/,
  },
  {
    what: 'stale notices',
    check: 'licences',
    files: { 'resources/third-party-notices.txt': (text) => text.replace('MIT', 'WTF') },
    where: 'resources/third-party-notices.txt',
    says: /not up to date/,
  },
  {
    what: 'a table of words that is behind',
    check: 'side by side',
    files: { 'src-renderer/locales/side-by-side.md': (text) => text.replace('English', 'Welsh') },
    where: 'src-renderer/locales/side-by-side.md',
    says: /not up to date/,
  },
  {
    what: 'a file too long',
    check: 'house',
    files: { 'src-main/domain/planted-long.ts': '// line\n'.repeat(601) },
    where: 'src-main/domain/planted-long.ts',
    says: /600 is the limit/,
  },
  {
    what: 'a drawer',
    check: 'house',
    files: { 'src-main/domain/utils.ts': 'export const a = 1\n' },
    where: 'src-main/domain/utils.ts',
    says: /a drawer/,
  },
  {
    what: 'a new thing at the top level',
    check: 'house',
    files: { 'docs/planted.md': '# Planted\n' },
    where: 'docs',
    says: /top level is fixed/,
  },
  {
    what: 'a test that does not run',
    check: 'house',
    files: { 'test/main/planted.test.ts': "import { it } from 'vitest'\nit.skip('x', () => undefined)\n" },
    where: 'test/main/planted.test.ts',
    says: /every test runs/,
  },
  {
    what: 'something left undone',
    check: 'house',
    files: { 'src-main/domain/planted-later.ts': '// TODO later\nexport const a = 1\n' },
    where: 'src-main/domain/planted-later.ts',
    says: /finish it/,
  },
  lint(
    'global fetch',
    'src-main/domain/planted-fetch.ts',
    "export const get = () => fetch('https://ana.example')\n",
    /Unexpected use of 'fetch'/,
  ),
  lint(
    'globalThis.fetch',
    'src-main/delivery/planted-fetch.ts',
    "export const get = () => globalThis.fetch('https://ana.example')\n",
    /'globalThis\.fetch' is restricted/,
  ),
  lint(
    'node:https imported',
    'src-main/federation/planted-https.ts',
    "import { get } from 'node:https'\nexport const g = get\n",
    /'node:https' import is restricted/,
  ),
  lint(
    'net imported later',
    'src-main/client-api/planted-net.ts',
    "export const later = () => import('node:net')\n",
    /only the rooms net, tunnel and http/,
  ),
  lint(
    'fetch in the window outside api',
    'src-renderer/ui/PlantedFetch.svelte',
    '<script lang="ts">\n  void fetch(\'/x\')\n</script>\n',
    /Unexpected use of 'fetch'/,
  ),
  lint(
    'a promise nobody waits for',
    'src-main/domain/planted-promise.ts',
    'const later = async () => 1\nlater()\n',
    /no-floating-promises/,
  ),
  lint('any', 'src-main/domain/planted-any.ts', 'export const a = (b: any) => b as unknown\n', /no-explicit-any/),
  {
    what: 'a type error',
    check: 'types',
    files: { 'src-main/domain/planted-type.ts': "export const a: number = 'x'\n" },
    where: 'src-main/domain/planted-type.ts',
    says: /TS2322/,
  },
  {
    what: 'an unchecked index',
    check: 'types',
    files: { 'src-main/domain/planted-index.ts': 'export const first = (a: string[]): string => a[0]\n' },
    where: 'src-main/domain/planted-index.ts',
    says: /TS2322/,
  },
  {
    what: 'an enum',
    check: 'types',
    files: { 'src-main/domain/planted-enum.ts': 'export enum A {\n  b,\n}\n' },
    where: 'src-main/domain/planted-enum.ts',
    says: /TS1294/,
  },
  {
    what: 'a type error in Svelte markup',
    check: 'svelte',
    files: { 'src-renderer/ui/PlantedType.svelte': '<script lang="ts">\n  const n = 1\n</script>\n\n<p>{n.planted}</p>\n' },
    where: 'src-renderer/ui/PlantedType.svelte',
    says: /'planted' does not exist/,
  },
  {
    what: 'a picture without alt text',
    check: 'svelte',
    files: { 'src-renderer/ui/PlantedAlt.svelte': '<img src="x.png" />\n' },
    where: 'src-renderer/ui/PlantedAlt.svelte',
    says: /alt/,
  },
  {
    what: 'formatted otherwise',
    check: 'prettier',
    files: { 'src-main/domain/planted-format.ts': 'export const a = "x";\n' },
    where: 'src-main/domain/planted-format.ts',
    says: /planted-format/,
  },
]

/** The tests stay away: nothing is planted among them but one file, and reading them is half of the work. */
const copied = [
  'src-main',
  'src-renderer',
  'resources',
  '.ci',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'electron.vite.config.ts',
  '.gitignore',
]

/** Our own checks, tsc and prettier print one line per finding; these print the file above its findings. */
const talkative = new Set(['eslint', 'svelte'])

const isBetrayed = (report: string, { check, where, says }: Plant): boolean => {
  const lines = report.split('\n')
  const reach = talkative.has(check) ? 7 : 1
  return lines.some((line, at) => line.includes(where) && lines.slice(at, at + reach).some((near) => says.test(near)))
}

const root = resolve(import.meta.dirname, '..')
const tree = await mkdtemp(join(tmpdir(), 'burrow-selftest-'))
try {
  for (const name of copied) await cp(join(root, name), join(tree, name), { recursive: true })
  await symlink(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction')
  for (const { files } of plants) {
    for (const [name, change] of Object.entries(files)) {
      const path = join(tree, name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, typeof change === 'string' ? change : change(await readFile(path, 'utf8')))
    }
  }
  const planted = [...new Set(plants.flatMap(({ files }) => Object.keys(files)))].filter((name) => /\.(ts|svelte)$/.test(name))
  const outcomes = await checkAll(tree, () => undefined, planted)
  let green = 0
  for (const plant of plants) {
    const seen = isBetrayed(outcomes.find(({ name }) => name === plant.check)?.red ?? '', plant)
    if (!seen) green += 1
    console.log(`${seen ? 'red  ' : 'GREEN'} ${plant.check.padEnd(9)} ${plant.what}`)
  }
  if (green > 0) {
    console.log('\nWhat the checks said instead:')
    const silent = new Set(
      plants.filter((plant) => !isBetrayed(outcomes.find(({ name }) => name === plant.check)?.red ?? '', plant)).map(({ check }) => check),
    )
    for (const { name, red } of outcomes) if (silent.has(name)) console.log(`== ${name}\n${red ?? 'nothing'}`)
  }
  console.log(`Plants: ${plants.length - green} passed, ${green} failed`)
  process.exitCode = green === 0 ? 0 : 1
} finally {
  await rm(tree, { recursive: true, force: true })
}
