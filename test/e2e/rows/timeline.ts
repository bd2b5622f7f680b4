import type { Row } from './row.ts'

const timeline = (title: string) => `test/e2e/timeline.test.ts > ${title}`
const reading = (title: string) => `test/e2e/reading.test.ts > ${title}`
const arranging = (title: string) => `test/renderer/state/arranging.test.ts > ${title}`
const home = (title: string) => `test/renderer/state/home.test.ts > ${title}`

const thread = timeline('a thread is its first post, "3 more" and its last, with badges; x and a click open it')
const conversation = timeline('a conversation hangs together, oldest first, and an answer names what it answers')
const lost = timeline('an answer to what is not here says so and looks for it')
const shelf = timeline('boosts in a row stand on a shelf with its own buttons; J passes it, cards are reached by key')
const inLine = timeline('boosts in line name everybody once on one card, and hidden ones are nowhere')
const find = timeline('Ctrl+F finds in the whole list, also what is not drawn, and ends at the post')
const menu = timeline('a row with an open menu stays however far one scrolls')
const end = timeline('older posts come before the end is reached, and the end says since when')
const place = timeline('the place is kept within half a second, with its gaps; the desktop and a browser keep their own')
const absence = timeline('after a long absence: the line, the count, and from the top a gap with both its edges')
const upward = timeline('reading upward opens at the oldest unread post')
const lists = timeline('a list keeps its own place')
const still = reading('the page never moves under the reader: 40 arrivals, shown above, ten times')
const grows = reading('something above the reader that grows moves nothing')
const restart = reading('after a restart the same post stands at the same place, with what came since above it')
const focus = reading('the focused post stays, however far it is scrolled away')
const unread = reading(
  'the top without having read: nothing is marked, and the count stays; the second press of the pill goes there and marks',
)
const counts = reading('the count in the pill goes down while one scrolls up')
const deleted = reading('a post deleted by its author leaves a line as tall as it was, and is gone at the next load')
const live = reading('live at the top: by the owner’s wish, with the hand at rest, posts come in by themselves')
const announce = reading('new posts are announced only when asked for, once a minute, by their number')

/** Section 4's paragraphs and the rows of its table that are about lists; finding in a view (2.8). */
export const rows: readonly Row[] = [
  { id: '4-anchor-state', says: 'anchor, offset, gaps, last seen and focus are kept per timeline', shown: [place] },
  {
    id: '4-anchor-soon',
    says: 'kept ≤ 500 ms after scrolling stops, and when hidden',
    shown: [place, home('the place is saved once the reader comes to rest')],
  },
  { id: '4-anchor-restore', says: 'restart: the same post at the same offset, ±40 around it', shown: [restart] },
  {
    id: '4-anchor-deleted',
    says: 'a deleted anchor gives way to the next older',
    shown: [home('a place whose post is gone starts at the next older one')],
  },
  { id: '4-anchor-separate', says: 'desktop and browser keep separate anchors', shown: [place] },
  { id: '4-anchor-jump', says: '"Jump to where you were" in the other window', shown: [place] },
  { id: '4-anchor-views', says: 'lists, hashtags and everything received keep places of their own', shown: [lists] },
  { id: '4-virtual-prepend', says: 'prepends mid-list drift 0', shown: [still] },
  { id: '4-virtual-height', says: 'a post above that grows drifts 0', shown: [grows] },
  { id: '4-virtual-focus', says: 'the focused row stays mounted', shown: [focus] },
  { id: '4-virtual-menu', says: 'a row with an open menu stays mounted', shown: [menu] },
  {
    id: '4-new-waits',
    says: 'new posts never insert by themselves',
    shown: [still, home('what arrives waits: the rows do not change until they are asked for')],
  },
  { id: '4-new-live', says: 'unless at the top, hand idle, and "Live at top"', shown: [live] },
  { id: '4-new-pill', says: 'pill "12 new" loads above and stays; again goes to the top', shown: [still, unread] },
  { id: '4-new-dot', says: '`.` does what the pill does', shown: [still] },
  { id: '4-new-zero', says: '`0` jumps to the top without marking', shown: [unread] },
  {
    id: '4-new-line',
    says: 'unread line: rule with a tab; u goes there',
    shown: [absence, home('a restart starts around the saved place, with what came since above it and the line below it')],
  },
  { id: '4-new-down', says: 'the count goes down while scrolling up', shown: [counts, home('the count goes down as the reader goes up')] },
  {
    id: '4-gap-row',
    says: 'explicit row "Gap · about 3 h" with both ways',
    shown: [absence, arranging('a gap stands between what it parts')],
  },
  { id: '4-gap-edge', says: 'loading keeps the edge the reader came from', shown: [absence] },
  { id: '4-gap-key', says: '`l` loads the gap or more', shown: [absence] },
  { id: '4-gap-auto', says: 'a gap of fewer than 200 fills by itself', shown: [home('a gap of fewer than 200 posts fills by itself')] },
  { id: '4-gap-prefetch', says: 'older posts are fetched 1.5 windows ahead', shown: [end] },
  { id: '4-gap-end', says: 'end row "That’s everything since 3 March …"', shown: [end] },
  { id: '4-direction', says: 'read upward: opens at the oldest unread', shown: [upward] },
  {
    id: '4-boosts-dedupe',
    says: 'deduplicated by original; one card names the boosters',
    shown: [inLine, 'test/renderer/state/rows.test.ts > a post boosted by two people is one row that names both, newest first'],
  },
  {
    id: '4-boosts-near',
    says: 'shown within 200 already: not again',
    shown: [
      'test/renderer/state/rows.test.ts > a boost of a post that already stands near is not shown again',
      'test/renderer/state/rows.test.ts > further than 200 rows away it is shown again',
    ],
  },
  {
    id: '4-boosts-run',
    says: 'three in a row: shelf mid-batch',
    shown: [shelf, arranging('three boosts in a row stand on a shelf in the middle of their batch, never one or two')],
  },
  {
    id: '4-boosts-quarter',
    says: '> 25 %: shelf; > 75 %: at the end of the batch',
    shown: [arranging('more than a quarter of a batch goes on a shelf, more than three quarters to its end')],
  },
  {
    id: '4-boosts-setting',
    says: 'in line, shelf (default) or hidden',
    shown: [inLine, arranging('boosts are in line, on a shelf or nowhere, as the owner wishes')],
  },
  { id: '4-boosts-buttons', says: 'shelf: a list with previous and next, cards of 300 px, never moves by itself', shown: [shelf] },
  { id: '4-boosts-skip', says: 'J and K skip it', shown: [shelf] },
  {
    id: '4-threads-fold',
    says: 'self-replies fold: first, "3 more", last, joined by a line',
    shown: [
      thread,
      arranging('a thread within a batch is its first, the count of what lies between, and its last; the badge says which of how many'),
    ],
  },
  { id: '4-threads-talk', says: 'a conversation groups, oldest first inside', shown: [conversation] },
  { id: '4-threads-badge', says: 'badge "2/5" when the root is known', shown: [thread] },
  {
    id: '4-threads-rank',
    says: 'folded only, never ranked anew by old dates',
    shown: [
      arranging('a conversation hangs together oldest first, where its newest stood, and nothing old is brought up from another batch'),
      arranging('what is added at an end changes nothing that stands there'),
    ],
  },
  { id: '4-threads-x', says: 'x folds and unfolds', shown: [thread] },
  { id: '4-threads-setting', says: 'folding can be switched off', shown: [thread] },
  { id: '4-reply-line', says: 'one-line parent above an answer', shown: [conversation] },
  { id: '4-reply-load', says: 'parent missing: "Reply to … · Load"', shown: [lost] },
  {
    id: '4-filters-warn',
    says: '44 px row with the filter and a way to show it',
    shown: ['test/e2e/posts.test.ts > a filter folds a post under its title until it is shown anyway, and one that hides leaves it out'],
  },
  { id: '4-deleted', says: 'deleted live: "Deleted by author", gone at the next load', shown: [deleted] },
  { id: '5-announce', says: 'new posts are announced only when asked for, every 60 s', shown: [announce] },
  {
    id: '2.8-find',
    says: 'Ctrl+F finds in virtualised rows too',
    shown: [find, arranging('finding looks at every post of the list, in folds and on shelves too, without case and accents')],
  },
]
