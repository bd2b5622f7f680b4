/**
 * What an instance and the process that holds it say to each other. Types only, level 0: `serve.ts` answers, the desktop shell asks.
 *
 * The carrier is `process.parentPort` under Electron's `utilityProcess`, and `process.send` under `child_process.fork`. The second one
 * speaks JSON, so bytes cross as base64 text and every message is plain data.
 *
 * An instance that finds either carrier waits for `start` instead of reading its own flags, prints nothing on stdout, and stops in good
 * order when the carrier closes: then its parent is gone.
 */

/** Parent to instance. */
export type HostMessage =
  /** The first message. `argv` are the flags of design section 3; `keyStore` says that `key-wrap` and `key-unwrap` will be answered. */
  | { type: 'start'; argv: string[]; keyStore: boolean }
  /** Stop in good order. The instance answers `stopped` and ends with exit code 0. */
  | { type: 'stop' }
  | { type: 'power'; event: 'suspend' | 'resume' }
  | { type: 'network-changed' }
  /** What the computer runs from; said once it is ready, and at every change. */
  | { type: 'supply'; battery: boolean }
  /** A fresh one-time link to the window is wanted (second window, used code). Answered with `sign-in`. */
  | { type: 'sign-in' }
  /** The answer to `key-wrap` or `key-unwrap` of the same `id`. Without `ok` the key store could not do it and `reason` says why. */
  | { type: 'key-reply'; id: number; ok: true; bytes: string; backend: string; weak: boolean; rewrap: boolean }
  | { type: 'key-reply'; id: number; ok: false; reason: 'unavailable' | 'refused' }

/** Instance to parent. */
export type InstanceMessage =
  | {
      type: 'ready'
      /** `http://127.0.0.1:PORT`, no slash at the end. */
      owner: string
      public: string
      origin: string | null
      /** `http://127.0.0.1:PORT/app/#…`: a secret. It never goes into an argument list or a log. */
      signIn: string
      /** The owner's choice of language for the words of the main process; null follows the system. */
      language?: string | null
    }
  | { type: 'sign-in'; signIn: string }
  | { type: 'stopped' }
  /** It will not start, and why in one clear English sentence. Exit code 2 follows: starting it again would not help. */
  | { type: 'failed'; sentence: string }
  /** `route` is a place in the window, such as `/notifications`, always beginning with one slash. */
  | { type: 'notify'; title: string; body: string; route: string }
  | { type: 'badge'; count: number }
  | { type: 'keep-awake'; on: boolean }
  /** `bytes` in base64, at most 4 KiB of them. Each is answered by one `key-reply`. */
  | { type: 'key-wrap'; id: number; bytes: string }
  | { type: 'key-unwrap'; id: number; bytes: string }
