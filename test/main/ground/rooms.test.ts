import { describe, expect, it } from 'vitest'
import { checkRooms, cyclesOf } from '../../../.ci/room-check.ts'
import { importsOf } from '../../../.ci/sources.ts'
import { plantTree } from './tree.ts'

const manifest = JSON.stringify({
  dependencies: { fastify: '1', undici: '1', 'better-sqlite3': '1' },
  devDependencies: { svelte: '1', electron: '1', '@types/ws': '1' },
})

const judge = async (files: Record<string, string>): Promise<string[]> => {
  const findings = await checkRooms(await plantTree({ 'package.json': manifest, ...files }))
  return findings.map(({ file, line, message }) => `${file}:${line ?? ''} ${message}`)
}

describe('the table of rooms', () => {
  it('is content with imports that go down', async () => {
    expect(
      await judge({
        'src-main/server.ts':
          "import { a } from './domain/a.ts'\nimport { createServer } from 'node:http'\nexport const s = [a, createServer]\n",
        'src-main/domain/a.ts': "import { b } from '../store/b.ts'\nexport const a = b\n",
        'src-main/store/b.ts':
          "import Database from 'better-sqlite3'\nimport en from '../../resources/locales/en.json'\nexport const b = [Database, en]\n",
        'src-main/owner-api/contract.ts': 'export type Name = string\n',
        'src-main/owner-api/routes.ts': "import type { Row } from '../delivery/queue.ts'\nexport type R = Row\n",
        'src-main/delivery/queue.ts': 'export type Row = 1\n',
        'src-renderer/state/me.ts': "import type { Name } from '../../src-main/owner-api/contract.ts'\nexport type Me = Name\n",
        'src-renderer/ui/Tree.svelte':
          "<script lang=\"ts\">\n  import Tree from './Tree.svelte'\n  import Rocket from '~icons/ph/rocket'\n</script>\n\n<Tree /><Rocket />\n",
      }),
    ).toEqual([])
  })

  it('names file, line and both rooms of an import that goes up', async () => {
    expect(
      await judge({
        'src-main/store/b.ts': "// first\nimport { a } from '../domain/a.ts'\nexport const b = a\n",
        'src-main/domain/a.ts': 'export const a = 1\n',
      }),
    ).toEqual(['src-main/store/b.ts:2 store may not import domain'])
  })

  it('reads Svelte scripts, and imports written in their markup', async () => {
    const said = await judge({
      'src-renderer/ui/A.svelte':
        '<script lang="ts" generics="T extends Array<string>">\n  import Home from \'../views/Home.svelte\'\n</script>\n\n{#await import(\'../state/me.ts\')}<Home />{/await}\n',
    })
    expect(said).toEqual(['src-renderer/ui/A.svelte:2 ui may not import views', 'src-renderer/ui/A.svelte:5 ui may not import state'])
  })

  it('keeps values out where only types may pass', async () => {
    const said = await judge({
      'src-main/owner-api/a.ts': "import { type Row, rows } from '../delivery/queue.ts'\nexport const r: Row = rows\n",
      'src-main/owner-api/b.ts': "import { type Row } from '../delivery/queue.ts'\nexport type R = Row\n",
      'src-main/owner-api/c.ts': "export type R = import('../delivery/queue.ts').Row\n",
      'src-renderer/state/d.ts': "import { x } from '../../src-main/owner-api/contract.ts'\nexport const d = x\n",
    })
    expect(said).toHaveLength(2)
    expect(said[0]).toMatch(/^src-main\/owner-api\/a\.ts:1 .*only types of delivery/)
    expect(said[1]).toMatch(/^src-renderer\/state\/d\.ts:1 .*at run time/)
  })

  it('lets a package be imported by its owner only, and nothing that is not declared', async () => {
    const said = await judge({
      'src-main/domain/a.ts': "import type { BrowserWindow } from 'electron'\nexport type W = BrowserWindow\n",
      'src-main/desktop/b.ts': "import { app } from 'electron'\nexport const a = app\n",
      'src-main/domain/c.ts': "import leftPad from 'left-pad'\nexport const p = leftPad\n",
      'src-main/domain/d.ts': "import type { WebSocket } from 'ws'\nexport type S = WebSocket\n",
    })
    expect(said).toEqual([
      'src-main/domain/a.ts:1 electron belongs to src-main/desktop and is imported elsewhere',
      'src-main/domain/c.ts:1 left-pad is not in package.json',
    ])
  })

  it.each([
    'export const h = process.env.HOME',
    "export const h = process['env']",
    'export const { env } = process',
    "import { env } from 'node:process'\nexport const h = env",
    'export const h = globalThis.process.env',
  ])('finds the environment read as: %s', async (text) => {
    expect(await judge({ 'src-main/domain/a.ts': `${text}\n` })).toEqual(['src-main/domain/a.ts:1 only config.ts reads the environment'])
    expect(await judge({ 'src-main/config.ts': `${text}\n` })).toEqual([])
  })

  it('finds a cycle of types between files of one room', async () => {
    const said = await judge({
      'src-main/store/a.ts': "import type { B } from './b.ts'\nexport type A = B\n",
      'src-main/store/b.ts': "import type { C } from './c.ts'\nexport type B = C\n",
      'src-main/store/c.ts': "import type { A } from './a.ts'\nexport type C = A\n",
    })
    expect(said).toEqual([
      'src-main/store/a.ts: cycle between files: src-main/store/a.ts > src-main/store/b.ts > src-main/store/c.ts > src-main/store/a.ts',
    ])
  })
})

describe('cycles', () => {
  it('are not seen in a diamond', () => {
    expect(
      cyclesOf([
        { from: 'a', to: 'b' },
        { from: 'a', to: 'c' },
        { from: 'b', to: 'd' },
        { from: 'c', to: 'd' },
      ]),
    ).toEqual([])
  })
})

describe('imports', () => {
  it('are all seen, with what they bring', () => {
    const text = [
      "import a from 'a'",
      "import type b from 'b'",
      "import 'c'",
      "export * from 'd'",
      "export type { e } from 'e'",
      "const f = () => import('f')",
      "const g = require('g')",
      "type H = import('h').H",
      'const text = "import i from \'i\'"',
      "// import j from 'j'",
    ].join('\n')
    expect(importsOf({ file: 'x.ts', text }).map(({ specifier, typeOnly }) => specifier + (typeOnly ? ' (type)' : ''))).toEqual([
      'a',
      'b (type)',
      'c',
      'd',
      'e (type)',
      'f',
      'g',
      'h (type)',
    ])
  })
})
