import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, vi } from 'vitest'
import { openDelivery, type Delivery, type SelfCheck, type TunnelView } from '../../../src-main/delivery/delivery.ts'
import { openDomain, type Domain } from '../../../src-main/domain/domain.ts'
import { generateKeys } from '../../../src-main/signatures/index.ts'
import { openStore, type OpenOptions, type Store } from '../../../src-main/store/store.ts'
import type { Log, OutgoingItem, Prepared } from '../../../src-main/domain/ports.ts'
import type { OutgoingKind } from '../../../src-main/domain/types.ts'
import { Fediverse } from './fediverse.ts'

export const NOON = Date.UTC(2026, 2, 1, 12)
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const keys = await generateKeys()
export const keyId = 'http://ana.test/users/ana#main-key'
export const senderPath = new URL('../../../src-main/delivery/sender-worker.ts', import.meta.url)

/** A clock and its timers, moved by hand. */
export class Clock {
  time = NOON
  readonly #timers = new Map<object, { at: number; work: () => void }>()
  readonly now = (): number => this.time
  readonly timers = {
    set: (work: () => void, ms: number): unknown => {
      const handle = {}
      this.#timers.set(handle, { at: this.time + ms, work })
      return handle
    },
    clear: (handle: unknown): void => void this.#timers.delete(handle as object),
  }

  /** Moves on, ringing what falls due on the way, each at its time. */
  advance(ms: number): void {
    const end = this.time + ms
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort(([, a], [, b]) => a.at - b.at)[0]
      if (!due) break
      this.#timers.delete(due[0])
      this.time = Math.max(this.time, due[1].at)
      due[1].work()
    }
    this.time = end
  }
}

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
export const atEnd = (close: () => unknown): void => void closers.push(close)

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'burrow-delivery-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export async function openFediverse(): Promise<Fediverse> {
  const fediverse = await new Fediverse().open()
  atEnd(() => fediverse.close())
  return fediverse
}

export interface Rig {
  store: Store
  domain: Domain
  delivery: Delivery
  clock: Clock
  fediverse: Fediverse
  /** What a look at our own address finds. */
  self: { answer: SelfCheck; looks: number }
  reports: { gone: string[]; doubtful: string[] }
  errors: string[]
  /** Puts something into the outbox; `inboxes` are what federation will find for it. Returns its id. */
  send(uri: string, inboxes: string[], more?: { kind?: OutgoingKind; key?: string; postId?: number } & Partial<Prepared>): number
  /** Replaces what federation would do. */
  prepare: {
    with: ((item: OutgoingItem & { id: number; createdAt: number }) => Promise<Prepared | 'drop'>) | null
    synchronization: ((inbox: string) => string | null) | null
  }
  state(id: number): string | undefined
}

export async function openRig(
  options: {
    folder?: string
    fediverse?: Fediverse
    clock?: Clock
    tunnel?: TunnelView | null
    origin?: () => string | null
    self?: SelfCheck
    start?: boolean
    preferred?: 'cavage' | 'rfc9421'
    onlyPreferred?: boolean
    store?: Partial<OpenOptions>
    path?: URL
    /** Silence is a timeout after so many milliseconds. */
    patience?: number
  } = {},
): Promise<Rig> {
  const clock = options.clock ?? new Clock()
  const fediverse = options.fediverse ?? (await openFediverse())
  if (options.patience) fediverse.times = { connect: options.patience, headers: options.patience, total: options.patience }
  const store = openStore({ folder: options.folder ?? temporaryFolder(), now: clock.now, timers: clock.timers, ...options.store })
  const domain = openDomain({ store, now: clock.now })
  const self: Rig['self'] = { answer: options.self ?? 'ours', looks: 0 }
  const errors: string[] = []
  const note = (data: object, text = ''): void => void errors.push(`${text} ${JSON.stringify(data)}`)
  const log: Log = { debug() {}, info() {}, warn() {}, error: note }
  const delivery = openDelivery({
    domain,
    net: fediverse.net,
    connectivity: {
      origin: options.origin ?? (() => 'http://ana.test'),
      tunnel: () => options.tunnel ?? null,
      check: async () => {
        self.looks++
        return self.answer
      },
    },
    now: clock.now,
    timers: clock.timers,
    log,
    senderPath: options.path ?? senderPath,
    random: () => 0.5,
    ...(options.preferred && { preferred: options.preferred }),
    ...(options.onlyPreferred && { onlyPreferred: true }),
  })
  atEnd(async () => {
    await delivery.stop()
    store.close()
  })
  const reports: Rig['reports'] = { gone: [], doubtful: [] }
  const prepare: Rig['prepare'] = { with: null, synchronization: null }
  delivery.setKey({ keyId, privatePem: keys.rsa.privatePem })
  delivery.use(
    {
      prepare: (item) => {
        if (prepare.with) return prepare.with(item)
        const { uri, inboxes, ...more } = item.subject as { uri: string; inboxes: string[] }
        return Promise.resolve({ uri, inboxes, body: JSON.stringify({ id: uri, type: 'Create' }), ...more })
      },
      synchronization: (inbox) => prepare.synchronization?.(inbox) ?? null,
    },
    { inboxGone: (inbox) => reports.gone.push(inbox), inboxDoubtful: (inbox) => reports.doubtful.push(inbox) },
  )
  if (options.start !== false) delivery.start()
  return {
    store,
    domain,
    delivery,
    clock,
    fediverse,
    self,
    reports,
    errors,
    prepare,
    send: (uri, inboxes, { kind, key, postId, ...more } = {}) =>
      store.transaction(() =>
        delivery.outbox.enqueue({
          kind: kind ?? 'post',
          objectKey: key ?? uri,
          subject: { uri, inboxes, ...more },
          postId: postId ?? null,
          accountId: null,
        }),
      ),
    state: (id) => delivery.view.item(id)?.state,
  }
}

/** Waits until it holds, looking again every few milliseconds of real time: the sending thread and the sockets are real. */
export function until(holds: () => boolean, text = 'this'): Promise<void> {
  return vi.waitFor(
    () => {
      if (!holds()) throw new Error(`waited in vain for ${text}`)
    },
    { timeout: 14_000, interval: 5 },
  )
}

/** Rows that still wait. */
export function rowsOf(
  rig: Pick<Rig, 'store'>,
): { inbox: string; attempts: number; next_at: number; error: string | null; failed_at: number | null; waited: number }[] {
  return rig.store.database.prepare('select inbox, attempts, next_at, error, failed_at, waited from deliveries order by id').all() as never
}
