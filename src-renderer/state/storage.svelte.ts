import { m } from '../locales/generated/messages.js'
import type { StorageUse } from '../../src-main/owner-api/contract.ts'
import type { Ground } from './ground.ts'

/** What takes room in the folder; measured when it is looked at. */
export class Storage {
  phase: 'loading' | 'ready' | 'failed' = $state('loading')
  use: StorageUse | null = $state.raw(null)
  busy = $state(false)
  #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
  }

  async load(): Promise<void> {
    try {
      this.use = await this.#ground.session.owner.storage()
      this.phase = 'ready'
    } catch {
      if (this.phase !== 'ready') this.phase = 'failed'
    }
  }

  /** Bytes freed; null if it failed, which is said. */
  async free(part: 'cache' | 'copies'): Promise<number | null> {
    if (this.busy || !this.use) return null
    this.busy = true
    try {
      const before = this.use[part]
      this.use = await this.#ground.session.owner.freeStorage(part)
      return Math.max(0, before - this.use[part])
    } catch {
      this.#ground.toasts.show({ text: m.failure_unreachable(), tone: 'assertive' })
      return null
    } finally {
      this.busy = false
    }
  }
}
