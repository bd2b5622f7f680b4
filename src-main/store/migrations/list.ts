import { firstLight } from './0001-first-light.ts'
import { wholeFederation } from './0002-whole-federation.ts'
import { clientApi } from './0003-client-api.ts'
import { window } from './0004-window.ts'
import type { Migration } from './migration.ts'

/** Every migration of the program, in order. */
export const migrations: readonly Migration[] = [firstLight, wholeFederation, clientApi, window]
