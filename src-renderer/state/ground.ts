import type { DesktopApi } from '../api/desktop.ts'
import type { ToastQueue } from './toasts.svelte.ts'
import type { Commands } from './commands.svelte.ts'
import type { Live } from './live.svelte.ts'
import type { Router } from './router.svelte.ts'
import type { Session } from './session.svelte.ts'

/** What every state class may build on. Made first in main.ts and handed to their constructors. */
export interface Ground {
  session: Session
  router: Router
  commands: Commands
  toasts: ToastQueue
  live: Live
  /** Null in a browser. */
  desktop: DesktopApi | null
}
