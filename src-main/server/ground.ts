import { rmSync, statSync } from 'node:fs'
import { freeBytes, latestVersion, listCopies } from '../store/upgrade.ts'
import { migrations } from '../store/migrations/list.ts'
import type { Ground } from '../owner-api/storage.ts'
import type { Logs } from './logs.ts'

/** The folder and its disk, for the owner's eyes. */
export const ground = (folder: string, logs: Logs): Ground => ({
  free: () => freeBytes(folder),
  copies: () => listCopies(folder).reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0),
  // The newest one stays: it is the way back.
  dropCopies() {
    for (const path of listCopies(folder).slice(1)) rmSync(path, { force: true })
  },
  schema: () => latestVersion(migrations),
  log: () => logs.recent(),
})
