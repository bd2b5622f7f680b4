import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from './errors.ts'
import { PRIVATE_FILE, writeWholeFile } from './files.ts'

/**
 * Keys at rest (design 16). One random data key seals every secret of the database. It never stands on the disk itself; `key.json` holds
 * it wrapped, once per key store that has ever opened the folder:
 *
 *     { "v": 1, "wraps": [ { "backend": "file", "blob": "…", "since": "…" }, { "backend": "safe-storage:gnome_libsecret", … } ] }
 *
 * The wrap named `file` is always among them. Its key is `data.key` (0600): what a headless instance opens the folder with, and in the
 * desktop the recovery copy, for the day the system's key store is reset, replaced, or left behind on another computer. The owner may
 * move `data.key` to a safe place; it is asked for only when nothing else opens the folder. So a changed key store is said, and never
 * locks anyone out; and neither the database nor its copies hold a usable key.
 */

/** A place that can wrap a key: Electron's `safeStorage`, or {@link fileBackend}. */
export interface KeyBackend {
  /** Stored beside what it wrapped. Includes what its safety depends on, for example `safe-storage:kwallet6`. */
  readonly name: string
  /** True if it protects no better than a readable file, for example `safe-storage:basic_text`. */
  readonly weak?: boolean
  wrap(key: Buffer): Promise<Buffer>
  /** Rejects if the blob is not its own or its key is gone. */
  unwrap(blob: Buffer): Promise<Buffer>
}

/**
 * What the owner should know of the key store:
 * - `key-store-changed`: opened by the recovery copy or by another store, and wrapped anew for `to`
 * - `key-store-unavailable`: the system's key store did not take the key (locked, or not running); the file store is in use
 * - `key-store-weak`: the system's key store offers no protection at present
 * - `recovery-missing`: `data.key` is not in the folder; fine if the owner put it away, fatal if it is lost and the system's store too
 */
export type KeyNotice =
  | { code: 'key-store-changed'; from: string; to: string }
  | { code: 'key-store-unavailable'; backend: string }
  | { code: 'key-store-weak'; backend: string }
  | { code: 'recovery-missing' }

/** Seals and opens the secrets of one data folder. Synchronous: the key is in memory. */
export interface KeyRing {
  /** The key store in use. */
  readonly backend: string
  readonly notices: readonly KeyNotice[]
  /**
   * AES-256-GCM as JSON text `{v, backend, nonce, ct}` (base64; the tag ends `ct`). `context` is authenticated, not stored: use the name of
   * the place, for example `actor/rsa`, so that sealed texts cannot be exchanged.
   */
  seal(plain: Uint8Array | string, context: string): string
  /** @throws StoreError `key-lost` if it was sealed by another data key, for another context, or was changed */
  unseal(sealed: string, context: string): Buffer
}

const FILE = 'file'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

function encrypt(key: Buffer, plain: Uint8Array, context: string): { nonce: Buffer; ct: Buffer } {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
  return { nonce, ct: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) }
}

function decrypt(key: Buffer, nonce: Buffer, ct: Buffer, context: string): Buffer {
  if (nonce.length !== NONCE_BYTES || ct.length < TAG_BYTES) throw new Error('too short')
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(context))
  decipher.setAuthTag(ct.subarray(-TAG_BYTES))
  return Buffer.concat([decipher.update(ct.subarray(0, -TAG_BYTES)), decipher.final()])
}

/** The key in `data.key` (hexadecimal, one line), or undefined if the file is not there. */
function readFileKey(folder: string): Buffer | undefined {
  const path = join(folder, 'data.key')
  if (!existsSync(path)) return undefined
  chmodSync(path, PRIVATE_FILE)
  const text = readFileSync(path, 'utf8').trim()
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new StoreError('key-lost', `The file ${path} is not a key. Nothing was changed. Put the right file back.`)
  return Buffer.from(text, 'hex')
}

/** The headless key store: a private file in the folder. @param folder an existing folder */
export function fileBackend(folder: string): KeyBackend {
  const context = 'burrow data key'
  return {
    name: FILE,
    async wrap(key) {
      let own = readFileKey(folder)
      if (!own) {
        own = randomBytes(KEY_BYTES)
        writeWholeFile(join(folder, 'data.key'), `${own.toString('hex')}\n`)
      }
      const { nonce, ct } = encrypt(own, key, context)
      return Buffer.concat([nonce, ct])
    },
    async unwrap(blob) {
      const own = readFileKey(folder)
      if (!own) throw new Error('data.key is not there')
      return decrypt(own, blob.subarray(0, NONCE_BYTES), blob.subarray(NONCE_BYTES), context)
    },
  }
}

interface Wrap {
  backend: string
  blob: string
  since: string
}

function readWraps(path: string): Wrap[] | undefined {
  if (!existsSync(path)) return undefined
  const unreadable = (cause?: unknown) =>
    new StoreError('key-lost', `The file ${path} is not readable. Nothing was changed. Put back a copy of it.`, { cause })
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw unreadable(error)
  }
  if (typeof parsed !== 'object' || parsed === null || !('v' in parsed) || !('wraps' in parsed) || !Array.isArray(parsed.wraps))
    throw unreadable()
  if (parsed.v !== 1) throw new StoreError('newer', `The file ${path} was written by a newer version of Burrow. Nothing was changed.`)
  return parsed.wraps.filter(
    (wrap: Partial<Wrap> | null): wrap is Wrap =>
      typeof wrap?.backend === 'string' && typeof wrap.blob === 'string' && typeof wrap.since === 'string',
  )
}

async function tryUnwrap(wrap: Wrap, backend: KeyBackend): Promise<Buffer | undefined> {
  try {
    const key = await backend.unwrap(Buffer.from(wrap.blob, 'base64'))
    return key.length === KEY_BYTES ? key : undefined
  } catch (error) {
    if (error instanceof StoreError) throw error
    return undefined
  }
}

/**
 * Opens the keys of a folder, or makes them.
 *
 * @param options.backend the key store of this host; the file store where there is no other
 * @param options.mayCreate false if the database holds sealed secrets already: then a missing `key.json` is an error, not a new key
 * @throws StoreError `key-lost` with a sentence that says which file to put back; nothing was changed
 */
export async function openKeyRing(options: {
  folder: string
  backend?: KeyBackend
  mayCreate: boolean
  now: () => number
}): Promise<KeyRing> {
  const { folder } = options
  const file = fileBackend(folder)
  const backend = options.backend ?? file
  const path = join(folder, 'key.json')
  const since = new Date(options.now()).toISOString()
  const notices: KeyNotice[] = []
  let inUse = backend.name
  const wrapFor = async (by: KeyBackend, key: Buffer): Promise<Wrap> => ({
    backend: by.name,
    blob: (await by.wrap(key)).toString('base64'),
    since,
  })
  const tryWrap = async (key: Buffer): Promise<Wrap[]> => {
    try {
      return [await wrapFor(backend, key)]
    } catch {
      inUse = FILE
      notices.push({ code: 'key-store-unavailable', backend: backend.name })
      return []
    }
  }
  const save = (wraps: Wrap[]) => writeWholeFile(path, `${JSON.stringify({ v: 1, wraps }, undefined, 2)}\n`)

  const wraps = readWraps(path)
  let dataKey: Buffer | undefined
  if (!wraps) {
    if (!options.mayCreate) {
      throw new StoreError('key-lost', `The file ${path} is gone, and the keys of this Burrow cannot be opened without it. Put it back.`)
    }
    dataKey = randomBytes(KEY_BYTES)
    const made = [await wrapFor(file, dataKey)]
    if (backend.name !== FILE) made.push(...(await tryWrap(dataKey)))
    save(made)
  } else {
    const own = wraps.find((wrap) => wrap.backend === backend.name)
    if (own) dataKey = await tryUnwrap(own, backend)
    if (!dataKey) {
      const recovery = wraps.find((wrap) => wrap.backend === FILE)
      if (recovery && backend.name !== FILE) dataKey = await tryUnwrap(recovery, file)
      // The same system store under another name: Chromium moves between the key stores of a desktop by itself.
      for (const wrap of wraps) {
        if (dataKey || wrap.backend === FILE || wrap === own || backend.name === FILE) continue
        dataKey = await tryUnwrap(wrap, backend)
      }
      if (!dataKey) {
        const stores = wraps.map((wrap) => wrap.backend).filter((name) => name !== FILE)
        const other = stores.length > 0 ? `, or start Burrow where it ran before (its key store was ${stores.join(' or ')})` : ''
        throw new StoreError(
          'key-lost',
          `The keys of this Burrow cannot be opened here. Nothing was changed. Put the file data.key back into ${folder}${other}.`,
        )
      }
      const from = wraps.filter((wrap) => wrap.backend !== backend.name).at(-1)?.backend ?? backend.name
      const wrapped = await tryWrap(dataKey)
      if (wrapped.length > 0) {
        save([...wraps.filter((wrap) => wrap !== own), ...wrapped])
        notices.push({ code: 'key-store-changed', from, to: backend.name })
      }
    }
  }
  if (backend.weak && inUse === backend.name) notices.push({ code: 'key-store-weak', backend: backend.name })
  if (backend.name !== FILE && !existsSync(join(folder, 'data.key'))) notices.push({ code: 'recovery-missing' })
  return new OpenKeyRing(dataKey, inUse, notices)
}

class OpenKeyRing implements KeyRing {
  readonly backend: string
  readonly notices: readonly KeyNotice[]
  readonly #key: Buffer

  constructor(key: Buffer, backend: string, notices: readonly KeyNotice[]) {
    this.#key = key
    this.backend = backend
    this.notices = notices
  }

  seal(plain: Uint8Array | string, context: string): string {
    const { nonce, ct } = encrypt(this.#key, typeof plain === 'string' ? Buffer.from(plain) : plain, context)
    return JSON.stringify({ v: 1, backend: this.backend, nonce: nonce.toString('base64'), ct: ct.toString('base64') })
  }

  unseal(sealed: string, context: string): Buffer {
    try {
      const { v, nonce, ct } = JSON.parse(sealed) as { v: unknown; nonce: unknown; ct: unknown }
      if (v !== 1 || typeof nonce !== 'string' || typeof ct !== 'string') throw new Error('not a sealed text')
      return decrypt(this.#key, Buffer.from(nonce, 'base64'), Buffer.from(ct, 'base64'), context)
    } catch (error) {
      throw new StoreError('key-lost', 'A stored secret cannot be opened with the keys of this folder.', { cause: error })
    }
  }
}
