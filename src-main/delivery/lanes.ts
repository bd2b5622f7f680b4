import { LONGEST_WAIT } from './policy.ts'
import type { Hosts } from './hosts.ts'

/**
 * Who goes next, in memory: one lane per inbox that something waits for, one delivery in flight per lane, so that what goes to an inbox
 * arrives in the order it left. Servers take turns and each has few places: a dead one with a thousand inboxes delays only itself.
 * What goes is read from the rows at take-off; a lane only says that there may be something, and when.
 */

/** federation.md section 3.1: two to four at once to one server. */
const PER_HOST = 4
/** Places for servers that failed lately, whose attempts last the whole time limit: the others always find room. */
const SHAKY_PLACES = 32
/** After a fault on our side: from 5 seconds, doubling to 5 minutes, without burning an attempt. */
const FIRST_HOLD_MS = 5_000
const LONGEST_HOLD_MS = 5 * 60_000

export interface Lane {
  readonly inbox: string
  readonly host: string
}

interface OpenLane extends Lane {
  state: 'ready' | 'asleep' | 'flying'
  /** While asleep: until then. */
  until: number
  holds: number
  shaky: boolean
}

interface Box {
  readonly host: string
  flying: number
  readonly ready: Set<OpenLane>
}

export interface Lanes {
  /** Something for this inbox may go at that time. */
  wake(inbox: string, host: string, at: number): void
  /** Takes off: lanes that may send now, at most so many. Each must be landed. */
  take(most: number): Lane[]
  /** Its delivery is over (or there was none): the next look at its rows is due at `at`; null: it has none left. */
  land(lane: Lane, at: number | null): void
  /** Our own fault: again in a while. */
  hold(lane: Lane): void
  /** The way out is proven: what was held goes on. */
  releaseHolds(): void
  /** A server has come back. */
  freeHost(host: string): void
  /** When the next sleeper wakes; null if none sleeps. */
  nextAt(): number | null
  /** Whether a lane is ready or flying. */
  readonly active: boolean
}

export function openLanes(hosts: Hosts, now: () => number): Lanes {
  const lanes = new Map<string, OpenLane>()
  const boxes = new Map<string, Box>()
  /** Boxes with ready lanes and a free place, in turn. */
  const line = new Set<Box>()
  const asleep = new Set<OpenLane>()
  let earliest = Infinity
  let flying = 0
  let shakyFlying = 0

  const boxOf = (host: string): Box => {
    let box = boxes.get(host)
    if (!box) boxes.set(host, (box = { host, flying: 0, ready: new Set() }))
    return box
  }
  const ready = (lane: OpenLane): void => {
    asleep.delete(lane)
    lane.state = 'ready'
    const box = boxOf(lane.host)
    box.ready.add(lane)
    if (box.flying < PER_HOST) line.add(box)
  }
  const sleep = (lane: OpenLane, until: number): void => {
    lane.state = 'asleep'
    lane.until = until
    asleep.add(lane)
    earliest = Math.min(earliest, until)
  }
  const settle = (box: Box): void => {
    if (box.ready.size > 0 && box.flying < PER_HOST) line.add(box)
    else line.delete(box)
    if (box.ready.size === 0 && box.flying === 0) boxes.delete(box.host)
  }
  const wakeSleepers = (): void => {
    const at = now()
    // Somebody who moved the clock back must not put anybody to sleep for years.
    const latest = at + LONGEST_WAIT
    if (earliest > at && earliest <= latest) return
    earliest = Infinity
    for (const lane of asleep) {
      if (lane.until <= at || lane.until > latest) ready(lane)
      else earliest = Math.min(earliest, lane.until)
    }
  }
  const touchDown = (lane: OpenLane): Box => {
    const box = boxOf(lane.host)
    box.flying--
    flying--
    if (lane.shaky) shakyFlying--
    lane.shaky = false
    return box
  }

  return {
    get active() {
      return flying > 0 || line.size > 0
    },
    wake(inbox, host, at) {
      let lane = lanes.get(inbox)
      if (!lane) {
        lane = { inbox, host, state: 'asleep', until: Infinity, holds: 0, shaky: false }
        lanes.set(inbox, lane)
      }
      // A flying or ready lane looks at its rows anyway.
      if (lane.state !== 'asleep') return
      if (at <= now()) ready(lane)
      else if (at < lane.until) sleep(lane, at)
    },
    take(most) {
      wakeSleepers()
      const taken: Lane[] = []
      const visited: Box[] = []
      for (const box of line) {
        if (taken.length >= most) break
        line.delete(box)
        const quiet = hosts.quietUntil(box.host)
        if (quiet > 0) {
          for (const lane of box.ready) sleep(lane, quiet)
          box.ready.clear()
          settle(box)
          continue
        }
        const places = hosts.probing(box.host) ? 1 : PER_HOST
        const shaky = hosts.failing(box.host)
        for (const lane of box.ready) {
          if (taken.length >= most || box.flying >= places || (shaky && shakyFlying >= SHAKY_PLACES)) break
          box.ready.delete(lane)
          lane.state = 'flying'
          lane.shaky = shaky
          box.flying++
          flying++
          if (shaky) shakyFlying++
          taken.push(lane)
        }
        visited.push(box)
      }
      // Back in line only now: the loop above would meet them again.
      for (const box of visited) settle(box)
      return taken
    },
    land(landed, at) {
      const lane = landed as OpenLane
      const box = touchDown(lane)
      lane.holds = 0
      if (at === null) lanes.delete(lane.inbox)
      else if (at <= now()) ready(lane)
      else sleep(lane, at)
      settle(box)
    },
    hold(held) {
      const lane = held as OpenLane
      const box = touchDown(lane)
      sleep(lane, now() + Math.min(FIRST_HOLD_MS * 2 ** lane.holds, LONGEST_HOLD_MS))
      lane.holds = Math.min(lane.holds + 1, 10)
      settle(box)
    },
    releaseHolds() {
      for (const lane of [...asleep]) if (lane.holds > 0) ready(lane)
    },
    freeHost(host) {
      for (const lane of [...asleep]) if (lane.host === host) ready(lane)
    },
    nextAt: () => (earliest === Infinity ? null : earliest),
  }
}
