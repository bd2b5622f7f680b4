import { createHash } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openKeyRing, type KeyBackend } from '../../../src-main/store/keys.ts'
import { NOON, snapshot, temporaryFolder } from './folder.ts'

/** A key store of a system: wraps with a secret that the folder does not hold. */
function systemStore(name: string, secret: string, weak = false): KeyBackend & { broken: boolean } {
  const pad = createHash('sha256').update(secret).digest()
  const mix = (key: Buffer) => Buffer.from(key.map((byte, index) => byte ^ (pad[index % 32] as number)))
  const store = {
    name,
    weak,
    broken: false,
    async wrap(key: Buffer) {
      if (store.broken) throw new Error('the key store is locked')
      return Buffer.concat([Buffer.from(secret), mix(key)])
    },
    async unwrap(blob: Buffer) {
      if (store.broken || !blob.subarray(0, secret.length).equals(Buffer.from(secret))) throw new Error('not mine')
      return mix(blob.subarray(secret.length))
    },
  }
  return store
}

const now = () => NOON
const pem = '-----BEGIN PRIVATE KEY-----\ninvented\n-----END PRIVATE KEY-----'

test('headless: made once, private, opened again, and the secret is nowhere in the folder', async () => {
  const folder = temporaryFolder()
  const ring = await openKeyRing({ folder, mayCreate: true, now })
  expect([ring.backend, ring.notices]).toEqual(['file', []])
  const sealed = ring.seal(pem, 'actor/rsa')
  expect(Object.keys(JSON.parse(sealed) as object)).toEqual(['v', 'backend', 'nonce', 'ct'])
  expect(JSON.parse(sealed)).toMatchObject({ v: 1, backend: 'file' })
  expect(sealed).not.toContain('invented')
  expect(ring.seal(pem, 'actor/rsa')).not.toBe(sealed)
  expect(readdirSync(folder).sort()).toEqual(['data.key', 'key.json'])
  if (process.platform !== 'win32') {
    for (const name of ['data.key', 'key.json']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    chmodSync(join(folder, 'data.key'), 0o644)
  }
  const again = await openKeyRing({ folder, mayCreate: false, now })
  expect(again.unseal(sealed, 'actor/rsa').toString()).toBe(pem)
  if (process.platform !== 'win32') expect(statSync(join(folder, 'data.key')).mode & 0o777).toBe(0o600)
})

test('a sealed text opens only in its place, unchanged, with its own key', async () => {
  const ring = await openKeyRing({ folder: temporaryFolder(), mayCreate: true, now })
  const other = await openKeyRing({ folder: temporaryFolder(), mayCreate: true, now })
  const sealed = ring.seal(Buffer.from([0, 1, 255]), 'actor/rsa')
  expect(ring.unseal(sealed, 'actor/rsa')).toEqual(Buffer.from([0, 1, 255]))
  const parsed = JSON.parse(sealed) as { ct: string; nonce: string }
  const changed = Buffer.from(parsed.ct, 'base64')
  changed[0] = (changed[0] as number) ^ 1
  const attempts: [string, string][] = [
    [sealed, 'actor/ed25519'],
    [JSON.stringify({ ...parsed, ct: changed.toString('base64') }), 'actor/rsa'],
    [JSON.stringify({ ...parsed, ct: '' }), 'actor/rsa'],
    [JSON.stringify({ ...parsed, v: 2 }), 'actor/rsa'],
    ['not json', 'actor/rsa'],
    ['null', 'actor/rsa'],
  ]
  for (const [text, context] of attempts) {
    expect(() => ring.unseal(text, context)).toThrow('A stored secret cannot be opened with the keys of this folder.')
  }
  expect(() => other.unseal(sealed, 'actor/rsa')).toThrow('cannot be opened')
})

test('desktop and headless open the same folder, in any order', async () => {
  const folder = temporaryFolder()
  const keychain = systemStore('safe-storage:keychain', 'secret of this computer')
  const desktop = await openKeyRing({ folder, backend: keychain, mayCreate: true, now })
  expect([desktop.backend, desktop.notices]).toEqual(['safe-storage:keychain', []])
  const sealed = desktop.seal(pem, 'actor/rsa')
  const headless = await openKeyRing({ folder, mayCreate: false, now })
  expect(headless.notices).toEqual([])
  expect(headless.unseal(sealed, 'actor/rsa').toString()).toBe(pem)
  const late = headless.seal('from headless', 'x')
  const again = await openKeyRing({ folder, backend: keychain, mayCreate: false, now })
  expect(again.notices).toEqual([])
  expect(again.unseal(late, 'x').toString()).toBe('from headless')
})

test('another or a reset key store opens by the recovery copy, says so once, and both remain', async () => {
  const folder = temporaryFolder()
  const old = systemStore('safe-storage:kwallet6', 'old')
  const sealed = (await openKeyRing({ folder, backend: old, mayCreate: true, now })).seal(pem, 'k')
  const fresh = systemStore('safe-storage:gnome_libsecret', 'new')
  const moved = await openKeyRing({ folder, backend: fresh, mayCreate: false, now })
  expect(moved.notices).toEqual([{ code: 'key-store-changed', from: 'safe-storage:kwallet6', to: 'safe-storage:gnome_libsecret' }])
  expect(moved.unseal(sealed, 'k').toString()).toBe(pem)
  const reset = systemStore('safe-storage:gnome_libsecret', 'after a reset')
  expect((await openKeyRing({ folder, backend: reset, mayCreate: false, now })).notices).toHaveLength(1)
  for (const backend of [reset, old, undefined]) {
    const ring = await openKeyRing({ folder, ...(backend ? { backend } : {}), mayCreate: false, now })
    expect(ring.notices).toEqual([])
    expect(ring.unseal(sealed, 'k').toString()).toBe(pem)
  }
})

test('the owner may put the recovery copy away; it is missed by name only, and asked for when nothing else opens', async () => {
  const folder = temporaryFolder()
  const keychain = systemStore('safe-storage:keychain', 'here')
  const sealed = (await openKeyRing({ folder, backend: keychain, mayCreate: true, now })).seal(pem, 'k')
  const safe = join(temporaryFolder(), 'data.key')
  renameSync(join(folder, 'data.key'), safe)
  const ring = await openKeyRing({ folder, backend: keychain, mayCreate: false, now })
  expect(ring.notices).toEqual([{ code: 'recovery-missing' }])
  expect(ring.unseal(sealed, 'k').toString()).toBe(pem)
  // The same system store under a new name needs no recovery copy.
  const renamed = { ...keychain, name: 'safe-storage:keychain2' }
  expect((await openKeyRing({ folder, backend: renamed, mayCreate: false, now })).unseal(sealed, 'k').toString()).toBe(pem)

  const before = snapshot(folder)
  for (const backend of [systemStore('safe-storage:dpapi', 'another computer'), undefined]) {
    await expect(openKeyRing({ folder, ...(backend ? { backend } : {}), mayCreate: false, now })).rejects.toMatchObject({
      code: 'key-lost',
      message: expect.stringContaining(`Put the file data.key back into ${folder}`) as string,
    })
  }
  expect(snapshot(folder)).toEqual(before)
  renameSync(safe, join(folder, 'data.key'))
  expect((await openKeyRing({ folder, mayCreate: false, now })).unseal(sealed, 'k').toString()).toBe(pem)
})

test('a weak or locked key store is said and locks nobody out', async () => {
  const folder = temporaryFolder()
  const weak = systemStore('safe-storage:basic_text', 'x', true)
  const ring = await openKeyRing({ folder, backend: weak, mayCreate: true, now })
  expect(ring.notices).toEqual([{ code: 'key-store-weak', backend: 'safe-storage:basic_text' }])
  const sealed = ring.seal(pem, 'k')
  const locked = systemStore('safe-storage:gnome_libsecret', 'y')
  locked.broken = true
  const open = await openKeyRing({ folder, backend: locked, mayCreate: false, now })
  expect([open.backend, open.notices]).toEqual(['file', [{ code: 'key-store-unavailable', backend: 'safe-storage:gnome_libsecret' }]])
  expect(open.unseal(sealed, 'k').toString()).toBe(pem)
  locked.broken = false
  expect((await openKeyRing({ folder, backend: locked, mayCreate: false, now })).notices).toMatchObject([{ code: 'key-store-changed' }])
  const born = temporaryFolder()
  locked.broken = true
  const first = (await openKeyRing({ folder: born, backend: locked, mayCreate: true, now })).seal(pem, 'k')
  expect((await openKeyRing({ folder: born, mayCreate: false, now })).unseal(first, 'k').toString()).toBe(pem)
})

test('a lost or broken key file is a sentence, never a new key over old secrets', async () => {
  const folder = temporaryFolder()
  await openKeyRing({ folder, mayCreate: true, now })
  const whole = readFileSync(join(folder, 'key.json'), 'utf8')
  for (const text of ['{"v":1', '[]', '{"v":1,"wraps":7}']) {
    writeFileSync(join(folder, 'key.json'), text)
    await expect(openKeyRing({ folder, mayCreate: true, now })).rejects.toMatchObject({ code: 'key-lost' })
    expect(readFileSync(join(folder, 'key.json'), 'utf8')).toBe(text)
  }
  writeFileSync(join(folder, 'key.json'), '{"v":2,"wraps":[]}')
  await expect(openKeyRing({ folder, mayCreate: true, now })).rejects.toMatchObject({ code: 'newer' })
  rmSync(join(folder, 'key.json'))
  await expect(openKeyRing({ folder, mayCreate: false, now })).rejects.toMatchObject({ code: 'key-lost' })
  writeFileSync(join(folder, 'key.json'), whole)
  writeFileSync(join(folder, 'data.key'), 'not a key')
  await expect(openKeyRing({ folder, mayCreate: false, now })).rejects.toMatchObject({ code: 'key-lost' })
})
