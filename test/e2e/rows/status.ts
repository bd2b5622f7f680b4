import type { Row } from './row.ts'

/** Section 2.4: the status chip. */
export const rows: readonly Row[] = [
  {
    id: '2.4-live',
    says: 'online: reachable, and when it was last seen from outside',
    shown: ['test/e2e/status.test.ts > has a shape, a word, a sentence and at most one thing to do in each of the seven states'],
  },
  {
    id: '2.4-connecting',
    says: 'connecting: shown after three seconds only',
    shown: ['test/e2e/status.test.ts > has a shape, a word, a sentence and at most one thing to do in each of the seven states'],
  },
  {
    id: '2.4-reader-only',
    says: 'can read, cannot be reached: the sentence, what waits, Try now',
    shown: ['test/e2e/status.test.ts > has a shape, a word, a sentence and at most one thing to do in each of the seven states'],
  },
  {
    id: '2.4-offline',
    says: 'offline: everything is kept and sent later, and how much waits',
    shown: [
      'test/e2e/status.test.ts > has a shape, a word, a sentence and at most one thing to do in each of the seven states',
      'test/e2e/outbox.test.ts > the chip is one shape, one word and a sentence, told politely',
    ],
  },
  {
    id: '2.4-paused-chip',
    says: 'paused until a time, the owner’s choice, with Resume',
    shown: [
      'test/e2e/status.test.ts > has a shape, a word, a sentence and at most one thing to do in each of the seven states',
      'test/e2e/outbox.test.ts > everything can be paused, also over a restart, and goes on when told',
    ],
  },
  {
    id: '2.4-paused-ends',
    says: 'a pause ends by itself at its time',
    shown: ['test/main/delivery/connectivity.test.ts > holds everything until its time and ends by itself'],
  },
  {
    id: '2.4-away-long',
    says: 'away for days: what is being caught up with',
    shown: [
      'test/e2e/status.test.ts > has a shape, a word, a sentence and at most one thing to do in each of the seven states',
      'test/renderer/owner-state.test.ts > is a long absence that is being caught up with, also in a window that opens later',
    ],
  },
  {
    id: '2.4-needs-you',
    says: 'action needed: the sentence and exactly one button',
    shown: ['test/e2e/status.test.ts > has a shape, a word, a sentence and at most one thing to do in each of the seven states'],
  },
  {
    id: '2.4-shape-word-colour',
    says: 'shape, word and colour always together, a shape of its own for each state',
    shown: ['test/e2e/status.test.ts > has a shape, a word, a sentence and at most one thing to do in each of the seven states'],
  },
  {
    id: '2.4-polite',
    says: 'changes are told politely (aria-live)',
    shown: [
      'test/e2e/status.test.ts > has a shape, a word, a sentence and at most one thing to do in each of the seven states',
      'test/e2e/outbox.test.ts > the chip is one shape, one word and a sentence, told politely',
    ],
  },
  {
    id: '2.4-popover',
    says: 'the chip opens a popover, by keys too, and axe finds nothing in it',
    shown: ['test/e2e/outbox.test.ts > the chip is one shape, one word and a sentence, told politely'],
  },
  {
    id: '2.4-flaps',
    says: 'a flap of less than ten seconds is shown nowhere',
    shown: ['test/renderer/owner-state.test.ts > is nothing of a connection that fails for less than ten seconds'],
  },
  {
    id: '2.4-at-once',
    says: 'what the owner chose, what needs the owner and good news are shown at once',
    shown: ['test/renderer/owner-state.test.ts > is at once what the owner chose, what needs the owner, and good news'],
  },
  {
    id: '2.4-notification',
    says: 'the computer is told of what needs the owner once it has lasted half an hour',
    shown: ['test/main/server/trouble.test.ts > what needs the owner is told to the computer once, after half an hour'],
  },
  {
    id: '2.4-notification-only',
    says: 'and of nothing else',
    shown: ['test/main/server/trouble.test.ts > what passes by itself, and what does not need the owner, is not told'],
  },
]
