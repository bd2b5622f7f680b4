import type { Host } from '../domain/ports.ts'
import type { HostMessage, InstanceMessage } from '../instance-protocol.ts'
import type { KeyBackend } from '../store/keys.ts'
import type { Wake } from './wakes.ts'

type KeyReply = Extract<HostMessage, { type: 'key-reply' }>

/** The process that holds this one, through `instance-protocol.ts`. */
export interface Parent {
  say(message: InstanceMessage): void
  /** The flags of `start`; null if the parent was gone before it said so. */
  readonly started: Promise<string[] | null>
  /** Resolves when the parent wants an end, or is gone. */
  readonly asked: Promise<void>
  readonly host: Host
  /** The parent's key store; undefined if it has none. */
  keyBackend(): Promise<KeyBackend | undefined>
  listen(what: { woken: (why: Wake) => void; signIn: () => void; battery: (on: boolean) => void }): void
}

/** What carries the messages: Electron's `parentPort`, or the channel of `child_process.fork`. */
export interface MessageCarrier {
  post(message: InstanceMessage): void
  on(heard: (message: HostMessage) => void, closed: () => void): void
}

interface UtilityPort {
  postMessage(message: unknown): void
  on(event: 'message', heard: (event: { data: unknown }) => void): void
  on(event: 'close', closed: () => void): void
}

/** A key store of the system that asks its owner for a password may take its time; longer, and it counts as not there. */
const KEY_REPLY_MS = 30_000

/** The parent of this process, or null when nobody holds it. */
export function connectParent(): Parent | null {
  const port = (process as unknown as { parentPort?: UtilityPort }).parentPort
  if (port) {
    return parentThrough({
      post: (message) => port.postMessage(message),
      on(heard, closed) {
        port.on('message', ({ data }) => heard(data as HostMessage))
        port.on('close', closed)
      },
    })
  }
  if (!process.send) return null
  return parentThrough({
    post(message) {
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
    },
    on(heard, closed) {
      process.on('message', (message) => heard(message as HostMessage))
      process.on('disconnect', closed)
    },
  })
}

export function parentThrough(carrier: MessageCarrier): Parent {
  const started = Promise.withResolvers<string[] | null>()
  const asked = Promise.withResolvers<void>()
  const replies = new Map<number, (reply: KeyReply | null) => void>()
  let keyStore = false
  let serial = 0
  let onBattery = false
  let listener: Parameters<Parent['listen']>[0] | null = null

  const gone = () => {
    started.resolve(null)
    asked.resolve()
    for (const answered of replies.values()) answered(null)
  }
  carrier.on((message) => {
    switch (message.type) {
      case 'start':
        keyStore = message.keyStore
        return started.resolve(message.argv)
      case 'stop':
        return gone()
      case 'power':
        return message.event === 'resume' ? listener?.woken('wake') : undefined
      case 'supply':
        onBattery = message.battery
        return listener?.battery(onBattery)
      case 'network-changed':
        return listener?.woken('network')
      case 'sign-in':
        return listener?.signIn()
      case 'key-reply':
        return replies.get(message.id)?.(message)
    }
  }, gone)

  /** The parent's answer, or null if there is none in time. */
  function ask(type: 'key-wrap' | 'key-unwrap', bytes: Buffer): Promise<KeyReply | null> {
    const id = ++serial
    return new Promise((resolve) => {
      const answered = (reply: KeyReply | null) => {
        clearTimeout(limit)
        replies.delete(id)
        resolve(reply)
      }
      const limit = setTimeout(() => answered(null), KEY_REPLY_MS)
      replies.set(id, answered)
      carrier.post({ type, id, bytes: bytes.toString('base64') })
    })
  }
  async function bytesOf(type: 'key-wrap' | 'key-unwrap', bytes: Buffer): Promise<Buffer> {
    const reply = await ask(type, bytes)
    if (!reply?.ok) throw new Error(`the key store did not answer: ${reply?.reason ?? 'no reply'}`)
    return Buffer.from(reply.bytes, 'base64')
  }

  return {
    say: carrier.post,
    started: started.promise,
    asked: asked.promise,
    host: {
      notify: (notification) => carrier.post({ type: 'notify', ...notification }),
      badge: (count) => carrier.post({ type: 'badge', count }),
      keepAwake: (on) => carrier.post({ type: 'keep-awake', on }),
    },
    async keyBackend() {
      if (!keyStore) return undefined
      // Which store it is comes with an answer, and the name is needed before the first key: so a trifle is wrapped.
      const reply = await ask('key-wrap', Buffer.from('burrow'))
      return {
        name: `safe-storage:${reply?.ok ? reply.backend : 'unavailable'}`,
        weak: reply?.ok ? reply.weak : false,
        wrap: (key) => bytesOf('key-wrap', key),
        unwrap: (blob) => bytesOf('key-unwrap', blob),
      }
    },
    listen(what) {
      listener = what
      // It may have been said before anybody listened.
      what.battery(onBattery)
    },
  }
}
