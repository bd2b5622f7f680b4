import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { migrations } from '../../../src-main/store/migrations/list.ts'
import { openStore } from '../../../src-main/store/store.ts'

const fixtures = resolve(import.meta.dirname, '../../fixtures/schemas')
/** Full-text shadow tables and the like are SQLite's own. */
const counted = (path: string): Record<string, number> => {
  const db = new Database(path, { readonly: true })
  try {
    const names = db
      .prepare("select name from sqlite_master where type = 'table' and name not like 'search_%' and name not like 'sqlite_%'")
      .all() as { name: string }[]
    return Object.fromEntries(names.map(({ name }) => [name, (db.prepare(`select count(*) as n from "${name}"`).get() as { n: number }).n]))
  } finally {
    db.close()
  }
}

// Every schema that owners may have on their disks, filled in every table (design section 6, Upgrades).
test.each(readdirSync(fixtures))('%s becomes the present schema and loses no row', (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'burrow-schema-'))
  try {
    const path = join(folder, 'burrow.db')
    writeFileSync(path, gunzipSync(readFileSync(join(fixtures, name))))
    const before = counted(path)
    expect(Object.entries(before).filter(([, rows]) => rows === 0)).toEqual([])
    const store = openStore({ folder, now: () => 1_800_000_000_000 })
    try {
      expect(store.database.pragma('user_version', { simple: true })).toBe(migrations.length)
      expect(store.database.pragma('foreign_key_check')).toEqual([])
      expect(store.database.pragma('integrity_check', { simple: true })).toBe('ok')
    } finally {
      store.close()
    }
    expect(counted(path)).toMatchObject(before)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
