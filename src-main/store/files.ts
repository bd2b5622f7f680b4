import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { toStoreError } from './errors.ts'

/** Only the owner's account reads what is written here. Windows ignores modes and has the folder's access list instead. */
export const PRIVATE_FILE = 0o600
export const PRIVATE_FOLDER = 0o700

/** Waits between the attempts of a rename, in milliseconds: about two seconds in all. */
const RENAME_WAITS = [5, 10, 20, 50, 100, 200, 400, 600, 600]

/**
 * Whether a failed rename is worth another attempt. On Windows a virus scanner or an indexer holds new files open for a moment
 * (isaacs/node-graceful-fs#119); elsewhere the same codes are final.
 */
export function isPassingRenameError(error: unknown, platform: NodeJS.Platform): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return platform === 'win32' && (code === 'EPERM' || code === 'EACCES' || code === 'EBUSY')
}

/** What a rename needs from its surroundings; tests replace it. */
export interface RenamePorts {
  rename: (from: string, to: string) => Promise<void>
  wait: (ms: number) => Promise<void>
  platform: NodeJS.Platform
}

const renamePorts: RenamePorts = {
  rename,
  wait: (ms) => new Promise((done) => setTimeout(done, ms)),
  platform: process.platform,
}

/** Renames, again for about two seconds where the system asks for it. Throws the last error of the file system. */
export async function renameWithRetry(from: string, to: string, ports: RenamePorts = renamePorts): Promise<void> {
  for (const wait of RENAME_WAITS) {
    try {
      return await ports.rename(from, to)
    } catch (error) {
      if (!isPassingRenameError(error, ports.platform)) throw error
    }
    await ports.wait(wait)
  }
  return ports.rename(from, to)
}

/** The same, for the few small files that are written before anything else runs. */
export function renameWithRetrySync(from: string, to: string): void {
  for (const wait of RENAME_WAITS) {
    try {
      renameSync(from, to)
      return
    } catch (error) {
      if (!isPassingRenameError(error, process.platform)) throw error
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait)
  }
  renameSync(from, to)
}

/** Makes a rename or a removal in `folder` survive a power cut. Windows has no such call: NTFS journals its folders. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The same, now. */
export function syncFolderNow(folder: string): void {
  if (process.platform === 'win32') return
  const file = openSync(folder, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Writes a small private file so that after a crash either the old or the new content stands there, whole. */
export function writeWholeFile(path: string, content: string | Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = openSync(temporary, 'wx', PRIVATE_FILE)
    try {
      writeFileSync(file, content)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameWithRetrySync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw toStoreError(error)
  }
  syncFolderNow(dirname(path))
}
