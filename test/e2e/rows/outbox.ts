import type { Row } from './row.ts'

/** Sections 2.4 to 2.6: what happens between writing and delivery. */
export const rows: readonly Row[] = [
  {
    id: '2.5-held-survives',
    says: 'undo send is held by the instance and survives its sudden end',
    shown: [
      'test/e2e/outbox.test.ts > a held post survives kill -9 and is published after the next start',
      'test/main/owner-api/held.test.ts > outlives the end of the instance, and goes after the next start unless it is 12 hours late',
    ],
  },
  {
    id: '2.5-held-undo',
    says: 'a held post is a row and comes back as its draft',
    shown: [
      'test/e2e/outbox.test.ts > a held post stands in the outbox and comes back as its draft',
      'test/main/owner-api/held.test.ts > comes back with its draft and its caret, and does not go',
    ],
  },
  {
    id: '2.5-held-now',
    says: 'a held post can go at once',
    shown: ['test/main/owner-api/held.test.ts > goes at once when told'],
  },
  {
    id: '2.5-deleted-parent',
    says: 'the answered post was deleted: publish as new, or keep as draft',
    shown: ['test/main/owner-api/held.test.ts > whose answered post is gone stays with its reason; it can go as a post of its own'],
  },
  {
    id: '2.4-paused',
    says: 'paused until a time, kept over restarts, with Resume',
    shown: ['test/e2e/outbox.test.ts > everything can be paused, also over a restart, and goes on when told'],
  },
  {
    id: '2.5-pause-everything',
    says: 'Pause everything on top of the outbox',
    shown: ['test/e2e/outbox.test.ts > everything can be paused, also over a restart, and goes on when told'],
  },
  {
    id: '2.5-stale',
    says: 'what waited over 12 hours asks, and can be sent by hand',
    shown: ['test/e2e/outbox.test.ts > a post that waited for over 12 hours says so and can be sent by hand'],
  },
  {
    id: '2.6-versions',
    says: 'a draft has former versions and can be restored',
    shown: ['test/e2e/outbox.test.ts > former versions of a draft are kept and can be restored'],
  },
  {
    id: '3-autosave-crash',
    says: 'a crash at any key loses at most one second of typing',
    shown: ['test/e2e/crash.test.ts > after %i keys, instance and page at once: at most one second of typing is lost'],
  },
  {
    id: '2.6-late',
    says: 'scheduled while asleep: sent on wake',
    shown: ['test/main/domain/scheduled.test.ts > runs by the clock: also what came due while the program slept or was not running'],
  },
]
