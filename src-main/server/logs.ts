import pino from 'pino'
import type { LogLevel } from '../config.ts'
import type { Log } from '../domain/ports.ts'

/** One logger of the program, a child per room, lines of JSON on stderr. */
export interface Logs {
  child(room: string): Log
  fatal(data: object, text: string): void
  /** The last lines, oldest first: without what they were about, so that no name, address or text is in them. */
  recent(): LogLine[]
  /** Writes what is still in memory; for the very end. */
  flush(): void
}

/** More than this in memory means that nobody reads stderr: the oldest lines go, and the program does not wait. */
const MOST_WAITING = 4 * 1024 * 1024
/** Lines that are remembered for the owner. */
const MOST_LINES = 300

export interface LogLine {
  at: string
  level: string
  room: string
  text: string
}

export function openLogs(level: LogLevel): Logs {
  const destination = pino.destination({ fd: 2, sync: false, maxLength: MOST_WAITING })
  const root = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    destination,
  )
  const lines: LogLine[] = []
  const remember = (log: Log, room: string): Log => {
    const kept =
      (name: 'info' | 'warn' | 'error') =>
      (data: object, text: string): void => {
        lines.push({ at: new Date().toISOString(), level: name, room, text: text.slice(0, 200) })
        if (lines.length > MOST_LINES) lines.shift()
        log[name](data, text)
      }
    return { debug: (data, text) => log.debug(data, text), info: kept('info'), warn: kept('warn'), error: kept('error') }
  }
  return {
    child: (room) => remember(root.child({ room }), room),
    recent: () => [...lines],
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
