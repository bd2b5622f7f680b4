import pino from 'pino'
import type { LogLevel } from '../config.ts'
import type { Log } from '../domain/ports.ts'

/** One logger of the program, a child per room, lines of JSON on stderr. */
export interface Logs {
  child(room: string): Log
  fatal(data: object, text: string): void
  /** Writes what is still in memory; for the very end. */
  flush(): void
}

/** More than this in memory means that nobody reads stderr: the oldest lines go, and the program does not wait. */
const MOST_WAITING = 4 * 1024 * 1024

export function openLogs(level: LogLevel): Logs {
  const destination = pino.destination({ fd: 2, sync: false, maxLength: MOST_WAITING })
  const root = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    destination,
  )
  return {
    child: (room) => root.child({ room }),
    fatal: (data, text) => root.fatal(data, text),
    flush() {
      try {
        destination.flushSync()
      } catch {
        // Not opened yet, or stderr is gone: there is nobody to tell.
      }
    },
  }
}
