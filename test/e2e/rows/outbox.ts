import type { Row } from './row.ts'

/** Sections 2.5 and 2.6: what happens between writing and delivery. */
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
  {
    id: '2.5-tabs',
    says: 'three tabs: drafts, waiting and scheduled, needs you',
    shown: [
      'test/e2e/outbox.test.ts > what is scheduled stands by day under what waits; it goes now, or back to a draft',
      'test/e2e/outbox.test.ts > the keys alone go through the drafts and the outbox',
    ],
  },
  {
    id: '2.5-keys',
    says: 'the keys alone go through it',
    shown: ['test/e2e/outbox.test.ts > the keys alone go through the drafts and the outbox'],
  },
  {
    id: '2.5-axe',
    says: 'axe finds nothing on the tabs',
    shown: [
      'test/e2e/outbox.test.ts > what is scheduled stands by day under what waits; it goes now, or back to a draft',
      'test/e2e/outbox.test.ts > the keys alone go through the drafts and the outbox',
    ],
  },
  {
    id: '2.5-failure-words',
    says: 'every failure is a sentence of its own that says where',
    shown: ['test/renderer/outbox-words.test.ts > say of every failure what happened, each differently, and where'],
  },
  {
    id: '2.5-clock',
    says: 'a click offline applies at once with a small clock on the control',
    shown: [
      'test/e2e/media.test.ts > actions take no room when they appear; a boost asks which of two, with Shift or b it is done at once',
      'test/renderer/owner-state.test.ts > stands on its control until it leaves or is taken back',
    ],
  },
  {
    id: '2.5-clock-again',
    says: 'a second click takes the waiting item out',
    shown: [
      'test/main/federation/outbound.test.ts > a Like to its author alone; taken back before it left, nothing goes; afterwards an Undo',
    ],
  },
  {
    id: '2.5-reconnect-toast',
    says: 'one toast on reconnection says what has left',
    shown: ['test/renderer/owner-state.test.ts > is told in one toast when it has left after a reconnection'],
  },
  {
    id: '2.5-banner',
    says: 'Home says what has waited for over 12 hours, with Review and Send all',
    shown: [
      'test/e2e/status.test.ts > Home says what has waited for over twelve hours, and sends all of it',
      'test/renderer/owner-state.test.ts > for over twelve hours asks, oldest first',
    ],
  },
  {
    id: '2.5-moved',
    says: 'a follow of somebody who has moved does not go and is told',
    shown: ['test/main/federation/outbound-kinds.test.ts > of somebody else keeps a follow that waits: its owner is told where they are'],
  },
  {
    id: '2.5-poll-over',
    says: 'a vote after the end of its poll does not go and is told',
    shown: [
      'test/main/federation/outbound-quotes.test.ts > a vote that comes after the end of the poll is not sent, and its owner is told',
    ],
  },
  {
    id: '2.6-versions-menu',
    says: 'former versions in the row of a draft: when, first words, Restore; what stands is kept',
    shown: ['test/e2e/outbox.test.ts > a row of a draft shows its former versions and restores one; what stood is kept'],
  },
  {
    id: '2.6-by-day',
    says: 'scheduled posts stand day by day',
    shown: ['test/e2e/outbox.test.ts > what is scheduled stands by day under what waits; it goes now, or back to a draft'],
  },
  {
    id: '2.6-edit',
    says: 'a scheduled post opens in the composer',
    shown: ['test/e2e/outbox.test.ts > what is scheduled stands by day under what waits; it goes now, or back to a draft'],
  },
  {
    id: '2.6-post-now',
    says: 'a scheduled post goes now',
    shown: [
      'test/e2e/outbox.test.ts > what is scheduled stands by day under what waits; it goes now, or back to a draft',
      'test/main/domain/scheduled.test.ts > goes now instead when told, with its files, and only once',
    ],
  },
  {
    id: '2.6-back-to-draft',
    says: 'a scheduled post is a draft again',
    shown: [
      'test/e2e/outbox.test.ts > what is scheduled stands by day under what waits; it goes now, or back to a draft',
      'test/main/domain/scheduled.test.ts > is a draft again when told, with its files, and goes at no time',
    ],
  },
]
