import { settings } from '../domain/owner.ts'
import type { Domain } from '../domain/domain.ts'
import type { Supply, Thrift } from '../domain/ports.ts'

/** What the parent tells of the computer, put together with what its owner wants of it. Systems do not say that a network is metered: the owner does. */
export interface SupplyWatch extends Supply {
  /** The computer runs from its battery, or not any more. */
  battery(on: boolean): void
  stop(): void
}

const WEIGHT = { go: 0, ask: 1, wait: 2 } as const

export function openSupply(d: Domain): SupplyWatch {
  const listeners = new Set<() => void>()
  let onBattery = false
  const thrift = (): Thrift => {
    const wanted = settings(d)
    const reasons: Thrift[] = [
      { mode: 'go', why: null },
      ...(onBattery ? [{ mode: wanted.onBattery, why: 'battery' } as const] : []),
      ...(wanted.metered ? [{ mode: wanted.onMetered, why: 'metered' } as const] : []),
    ]
    return reasons.reduce((worst, one) => (WEIGHT[one.mode] > WEIGHT[worst.mode] ? one : worst))
  }
  const tell = () => {
    for (const listen of listeners) listen()
  }
  const off = d.events.listen((event) => {
    if (event.type === 'settings-changed') tell()
  })
  return {
    thrift,
    onChange(listen) {
      listeners.add(listen)
      return () => listeners.delete(listen)
    },
    battery(on) {
      if (on === onBattery) return
      onBattery = on
      tell()
    },
    stop: off,
  }
}
