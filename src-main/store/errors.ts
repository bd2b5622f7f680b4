/**
 * What can go wrong with the folder, as a code other rooms decide on.
 *
 * - `locked`: another instance holds the folder
 * - `newer`: the folder was written by a later version of the program
 * - `older`: the folder waits for a migration that only the instance itself makes
 * - `damaged`: the database fails its own checks
 * - `disk-full`: the write found no room; nothing of it was kept, and the same call works again once there is room
 * - `disk-short`: there is not enough room for the copy that an upgrade needs; nothing was touched
 * - `unwritable`: the folder or a file in it cannot be written
 * - `busy`: another process held the database longer than the time limit
 * - `missing`: no such folder, database or blob
 * - `closed`: the store was closed
 * - `invalid`: a value that the store cannot take (a malformed key, a range outside the file)
 * - `worker`: the reader thread could not start, or ended
 * - `upgrade`: a migration failed; what it did is undone
 * - `key-lost`: the key file is there but nothing at hand opens it
 */
export type StoreErrorCode =
  | 'locked'
  | 'newer'
  | 'older'
  | 'damaged'
  | 'disk-full'
  | 'disk-short'
  | 'unwritable'
  | 'busy'
  | 'missing'
  | 'closed'
  | 'invalid'
  | 'worker'
  | 'upgrade'
  | 'key-lost'

/** An error with a code and one sentence that is safe to show: no SQL, no values, no keys. */
export class StoreError extends Error {
  readonly code: StoreErrorCode
  readonly retryable: boolean

  constructor(code: StoreErrorCode, sentence: string, options?: { cause?: unknown }) {
    super(sentence, options)
    this.name = 'StoreError'
    this.code = code
    this.retryable = code === 'disk-full' || code === 'busy'
  }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Whether SQLite itself says that the bytes on the disk are not a sound database. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error)
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB'
}

/** Turns what SQLite and the file system throw into a {@link StoreError} where one fits; everything else comes back as it is. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof StoreError) return error
  const code = codeOf(error)
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return new StoreError('disk-full', 'The disk is full. Nothing was lost: make some room and try again.', { cause: error })
  }
  // A full disk also surfaces as a failed write or a failed growth of the wal-index, never with bytes half written.
  if (code === 'SQLITE_IOERR_WRITE' || code === 'SQLITE_IOERR_SHMSIZE') {
    return new StoreError('disk-full', 'The disk did not take the write. Nothing was lost: check that it has room and try again.', {
      cause: error,
    })
  }
  if (isDamage(error)) return new StoreError('damaged', 'The database in the data folder is damaged.', { cause: error })
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new StoreError('busy', 'The database is in use by another program. Try again in a moment.', { cause: error })
  }
  if (
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_CANTOPEN') ||
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'EROFS'
  ) {
    return new StoreError('unwritable', 'The data folder cannot be written. Check its permissions.', { cause: error })
  }
  return error
}

/** Runs `work` and lets its errors out through {@link toStoreError}. */
export function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw toStoreError(error)
  }
}
