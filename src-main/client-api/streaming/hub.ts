import { nameOf } from './streams.ts'

/** Who listens to which streams. What nobody asked for costs a look into a map; what many hear is rendered once. */

/** A socket or a line of server-sent events. */
export interface Listener {
  readonly token: string
  /** Of the window: it is told what apps have no word for. */
  readonly window: boolean
  /** May hear of notifications, in whatever stream. */
  readonly notifications: boolean
  /** What links and media in its frames begin with. */
  readonly base: () => string
  take(telling: Telling): void
  /** Ends it; whoever is behind it comes back. */
  drop(): void
}

const OF_NOTIFICATIONS: ReadonlySet<string> = new Set<Frame['event']>(['notification', 'notifications_merged'])

/** One thing to be told, in each of the streams it stands in. */
export interface Frame {
  event: 'update' | 'status.update' | 'delete' | 'notification' | 'conversation' | 'filters_changed' | 'notifications_merged'
  keys: string[]
  /** For links that begin with this base. Undefined: the event says it all; null: there is nothing to tell after all. */
  payload: (base: string) => string | undefined | null
  /** Apps do not know what it speaks of. */
  windowOnly?: boolean
}

/** One frame on its way through one stream. */
export interface Telling {
  readonly event: Frame['event']
  /** The entity as JSON, the id of what is gone, or nothing. */
  readonly payload: string | undefined
  /** As a frame of a socket, for a stream as its client names it: a JSON list. */
  asFrame(stream: string): string
  /** As an event of `text/event-stream`. */
  readonly asEvent: string
  /** The streams, as this listener names them. */
  readonly streams: Iterable<string>
}

export interface Hub {
  readonly size: number
  join(listener: Listener): void
  leave(listener: Listener): void
  /**
   * `stream`: the key as the client wrote it: `["hashtag","Tides"]`. masto.js knows its frames again only by its own spelling. False: it
   * listens to as many as one may.
   */
  subscribe(listener: Listener, key: string, stream: string): boolean
  unsubscribe(listener: Listener, key: string, stream: string): void
  /** Whether anybody listens (`windowOnly`: any window). */
  wanted(key: string, windowOnly?: boolean): boolean
  /** Whether anybody listens to a stream of such a name. */
  wantedByName(name: string): boolean
  keys(): string[]
  listeners(): Listener[]
  spread(frame: Frame): void
}

export function openHub(mostStreams: number): Hub {
  /** Streams by key, and each listener's own spellings of them. */
  const streams = new Map<string, Map<Listener, Set<string>>>()
  const joined = new Map<Listener, Set<string>>()
  /** How many keys of a name are listened to. */
  const names = new Map<string, number>()

  const count = (key: string, by: 1 | -1) => {
    const name = nameOf(key)
    const now = (names.get(name) ?? 0) + by
    if (now === 0) names.delete(name)
    else names.set(name, now)
  }
  const remove = (listener: Listener, key: string) => {
    const at = streams.get(key)
    if (!at?.delete(listener)) return
    if (at.size > 0) return
    streams.delete(key)
    count(key, -1)
  }

  return {
    get size() {
      return joined.size
    },
    join: (listener) => void joined.set(listener, new Set()),
    leave(listener) {
      for (const key of joined.get(listener) ?? []) remove(listener, key)
      joined.delete(listener)
    },
    subscribe(listener, key, stream) {
      const mine = joined.get(listener)
      // It has gone meanwhile: there is nobody to refuse it to.
      if (!mine) return true
      const spellings = streams.get(key)?.get(listener)
      if (spellings?.has(stream)) return true
      let all = 0
      for (const one of mine) all += streams.get(one)?.get(listener)?.size ?? 0
      if (all >= mostStreams) return false
      if (spellings) spellings.add(stream)
      else {
        const at = streams.get(key)
        if (at) at.set(listener, new Set([stream]))
        else {
          streams.set(key, new Map([[listener, new Set([stream])]]))
          count(key, 1)
        }
        mine.add(key)
      }
      return true
    },
    unsubscribe(listener, key, stream) {
      const spellings = streams.get(key)?.get(listener)
      if (spellings && spellings.size > 1 && spellings.delete(stream)) return
      remove(listener, key)
      joined.get(listener)?.delete(key)
    },
    wanted(key, windowOnly = false) {
      const at = streams.get(key)
      return at !== undefined && (!windowOnly || [...at.keys()].some((listener) => listener.window))
    },
    wantedByName: (name) => names.has(name),
    keys: () => [...streams.keys()],
    listeners: () => [...joined.keys()],
    spread(frame) {
      /** By base, since links in what is told begin with it. */
      const rendered = new Map<string, Rendered>()
      for (const key of frame.keys) {
        for (const [listener, spellings] of [...(streams.get(key) ?? [])]) {
          if (frame.windowOnly && !listener.window) continue
          if (OF_NOTIFICATIONS.has(frame.event) && !listener.notifications) continue
          const base = listener.base()
          let telling = rendered.get(base)
          if (!telling) rendered.set(base, (telling = render(frame, base)))
          if (telling.payload === null) continue
          listener.take({ ...telling, payload: telling.payload, streams: spellings })
        }
      }
    },
  }
}

type Rendered = Omit<Telling, 'payload' | 'streams'> & { payload: string | undefined | null }

function render({ event, payload: make }: Frame, base: string): Rendered {
  const payload = make(base)
  const frames = new Map<string, string>()
  return {
    event,
    payload,
    asFrame(stream) {
      let text = frames.get(stream)
      if (text === undefined) {
        text = `{"stream":${stream},"event":"${event}"${payload === undefined ? '' : `,"payload":${JSON.stringify(payload)}`}}`
        frames.set(stream, text)
      }
      return text
    },
    // A browser drops an event without data; Mastodon.py wants JSON.
    asEvent: `event: ${event}\ndata: ${payload ?? '{}'}\n\n`,
  }
}
