import type * as E from 'electron'
import type { HostMessage } from '../instance-protocol.ts'

/** Tells the instance when the computer sleeps, wakes and runs from its battery, and keeps it awake while the instance asks for that. */
export class Power {
  readonly #blocker: Pick<E.PowerSaveBlocker, 'start' | 'stop'>
  #held: number | null = null
  /** Says what the computer runs from now: an instance that has just started does not know. */
  readonly tell: () => void

  constructor(
    monitor: Pick<E.PowerMonitor, 'on' | 'isOnBatteryPower'>,
    blocker: Pick<E.PowerSaveBlocker, 'start' | 'stop'>,
    post: (message: HostMessage) => void,
  ) {
    this.#blocker = blocker
    monitor.on('suspend', () => post({ type: 'power', event: 'suspend' }))
    monitor.on('resume', () => post({ type: 'power', event: 'resume' }))
    monitor.on('on-battery', () => post({ type: 'supply', battery: true }))
    monitor.on('on-ac', () => post({ type: 'supply', battery: false }))
    this.tell = () => post({ type: 'supply', battery: monitor.isOnBatteryPower() })
  }

  /** The screen may still go dark; only sleep is held off. */
  keepAwake(on: boolean): void {
    if (on) this.#held ??= this.#blocker.start('prevent-app-suspension')
    else if (this.#held !== null) {
      this.#blocker.stop(this.#held)
      this.#held = null
    }
  }
}
