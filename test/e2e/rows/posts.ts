import type { Row } from './row.ts'

/** How one post is drawn and used (section 4), the lightbox (section 5), the thread view (2.8), the settings of reading (2.9). */
const MEDIA = 'test/e2e/media.test.ts > '
const THREAD = 'test/e2e/thread.test.ts > '
const GRID = `${MEDIA}one picture keeps its shape within bounds, four make a grid, more stand behind a number until the post is opened`
const FOCAL = `${MEDIA}the point that its author chose stays in sight, and its colours stand there before it`
const MOVES = `${MEDIA}what moves stands still until it is pointed at, and never where motion is not wanted`
const LITTLE = `${MEDIA}with little to be fetched a picture is a card with its description until it is asked for`
const ALT = `${MEDIA}a description is read from its badge, and one that is missing is said to who wants to know`
const WARNED = `${MEDIA}a warning says how much is behind it, opens by press and by key, and stays as it was left`
const SENSITIVE = `${MEDIA}a sensitive picture is one colour and its words until it is shown, by press or by key`
const POLL = `${MEDIA}a poll is voted in by keyboard, shows the own choice, and says how old its numbers are`
const CARD = `${MEDIA}a link stands there as a card with its author, a film’s too, and nothing is asked of its site`
const QUOTE = `${MEDIA}a quote stands there one level deep, and each reason why it does not has its sentence`
const TAGS = `${MEDIA}many hashtags at the end are one quiet line in a list, and all of them in the post`
const LONG = `${MEDIA}a long post is cut after fourteen lines and read on in place; the owner’s own and the one opened never are`
const BIDI = `${MEDIA}every paragraph has a direction of its own, every post its language, every link a short name`
const NAMES = `${MEDIA}a name says the whole address to who listens, once, with its verified link and few emoji`
const ACTIONS = `${MEDIA}actions take no room when they appear; a boost asks which of two, with Shift or b it is done at once`
const LARGE = `${MEDIA}pictures are looked at large: by keys, by wheel, by hand; saved and copied; and the focus comes back`
const SAID = `${MEDIA}what a post says of itself is its name to who listens, and its time is told shortly and in full`
const LINE = `${MEDIA}as a list a post is one line that opens like any other`
const ABOVE = `${THREAD}what a post answers stands above it, and coming late it moves nothing`
const NESTED = `${THREAD}answers are nested four deep and go on elsewhere, the author’s are marked, and branches fold by press and by key`
const UNROLL = `${THREAD}the author’s own thread unrolls into one text, with the answers to any of its parts below`
const READER = `${THREAD}the reader shows words and pictures alone, in the reading face`
const MORE = `${THREAD}how many answers are known is said, and more are looked for at the origin; that it is silent is said too`
const FOUND = 'test/renderer/state/thread.test.ts > the search for more says how many were found while it runs, and shows them'
const VERSIONS = `${THREAD}what an edit changed is shown word by word, from the post and from a list, or each version as it stood`
const EDITED = `${THREAD}an edit that comes in changes the post in place, with a wash`
const FILM = 'test/e2e/posts.test.ts > a film and a sound go up, the film with a picture drawn by the window'
const READING = 'test/e2e/posts.test.ts > every setting of reading stands there with what follows from it, by keyboard, and holds'
const TOLD = 'test/e2e/posts.test.ts > how things are shown while reading is set, and holds'
const SANITISED = 'test/renderer/content/sanitise.test.ts > '

export const rows: readonly Row[] = [
  { id: '4-media-one', says: 'one picture: own ratio within 3:4 and 21:9, at most 510 px high', shown: [GRID] },
  { id: '4-media-grid', says: 'two halves, 1+2, 2×2, from five on 2×2 with +N', shown: [GRID] },
  { id: '4-media-focal', says: 'the focal point decides what is cut', shown: [FOCAL] },
  { id: '4-media-blurhash', says: 'BlurHash of at most 32 px before the picture', shown: [FOCAL] },
  { id: '4-media-film', says: 'films do not play by themselves: a poster and a press', shown: [FILM] },
  { id: '4-media-gif', says: 'a GIF is a still with a badge, plays while pointed at or focused', shown: [MOVES] },
  { id: '4-media-gif-off', says: 'a GIF stays still with reduced motion', shown: [MOVES] },
  { id: '4-media-reduced-data', says: 'with reduced data a card with the description and "Show picture"', shown: [LITTLE] },
  { id: '4-alt-badge', says: 'ALT badge at the start, at least 24 by 24 px', shown: [ALT] },
  { id: '4-alt-popover', says: 'the description opens beside it and can be selected', shown: [ALT] },
  { id: '4-alt-missing', says: 'a missing description says nothing, "No ALT" if wanted', shown: [ALT] },
  { id: '4-cw-line', says: 'the warning in normal weight, Show with a size hint', shown: [WARNED] },
  { id: '4-cw-session', says: 'opened warnings stay open for the session', shown: [WARNED] },
  { id: '4-cw-settings', says: 'always open, or open with words of the owner’s', shown: [WARNED] },
  { id: '4-cw-keys', says: 'x opens text, h media', shown: [WARNED, SENSITIVE] },
  { id: '4-sensitive', says: 'sensitive pictures are one colour, with words and description before they are shown', shown: [SENSITIVE] },
  { id: '4-poll-vote', says: 'polls: bars of 32 px, radio or checkbox and Vote', shown: [POLL] },
  { id: '4-poll-mine', says: 'after voting the own choice is ticked; offline the vote waits', shown: [POLL] },
  { id: '4-poll-foot', says: '"128 people · ends in 3 h", remote totals "as of 12:04"', shown: [POLL] },
  { id: '4-card', says: 'card: thumbnail 72 px at the start, title, domain, author', shown: [CARD] },
  { id: '4-card-large', says: 'the large variant only for films', shown: [CARD] },
  { id: '4-card-own', says: 'card pictures come from our own server alone; no card beside media', shown: [CARD] },
  { id: '4-quote', says: 'quotes: a nested card one level deep, with its own click area', shown: [QUOTE] },
  { id: '4-quote-deeper', says: 'deeper: "Quotes a post by @cy"', shown: [QUOTE] },
  { id: '4-quote-states', says: 'pending, removed, deleted, filtered, blocked each with a sentence', shown: [QUOTE] },
  {
    id: '4-emoji',
    says: 'custom emoji with their shortcode, from the local cache',
    shown: [MOVES, `${SANITISED}custom emoji are pictures with their name, but not in code`],
  },
  { id: '4-emoji-motion', says: 'emoji move only while the post is pointed at, never with reduced motion', shown: [MOVES] },
  { id: '4-emoji-names', says: 'more than three emoji in a name collapse (setting)', shown: [NAMES] },
  { id: '4-stuffing', says: 'a last paragraph of more than three tags is one faded line; full in detail', shown: [TAGS] },
  { id: '4-long', says: 'long posts are cut at 14 lines or 900 characters, Read on opens inline', shown: [LONG] },
  { id: '4-long-own', says: 'own and focused posts are never cut', shown: [LONG] },
  { id: '4-direction', says: 'each paragraph its direction, lang set, plaintext', shown: [BIDI] },
  { id: '4-allow-list', says: 'sanitised to the allow-list', shown: [`${SANITISED}nothing that runs, frames, styles or fetches survives`] },
  { id: '4-links', says: 'links show host and path of at most 30 characters, the whole in the tooltip', shown: [BIDI] },
  { id: '4-names', says: 'name, @user, host muted; the handle goes when it says the same', shown: [NAMES] },
  { id: '4-names-address', says: 'the full address in the accessible name of the profile link', shown: [NAMES, SAID] },
  { id: '4-names-verified', says: 'verified links carry a tick', shown: [NAMES] },
  { id: '4-edited', says: '"edited" after the time, its time in the tooltip, a press shows the changes', shown: [VERSIONS] },
  {
    id: '4-edited-diff',
    says: 'versions as a difference: text, warning, poll, media, descriptions',
    shown: [VERSIONS, 'test/renderer/state/difference.test.ts > a word that was exchanged is one change, what went before what came'],
  },
  { id: '4-edited-live', says: 'an edit changes the post in place with a wash of a second', shown: [EDITED] },
  { id: '4-time', says: 'short times with datetime and title', shown: [SAID] },
  {
    id: '4-actions-row',
    says: 'reply, boost, favourite, bookmark, more appear on hover and focus in room that is always there',
    shown: [ACTIONS],
  },
  { id: '4-actions-boost', says: 'boost has a menu Boost and Quote; Shift and click, or b, boosts at once', shown: [ACTIONS] },
  { id: '4-actions-counts', says: 'counts only where they are news', shown: [ACTIONS] },
  {
    id: '4-translations',
    says: 'a place for translations in the menu',
    missing: 'The specification itself puts translations out of scope, and a menu line that does nothing may not be shown.',
  },
  { id: '5-lightbox-keys', says: 'lightbox: arrows, + - 0, a, Ctrl+S, Ctrl+C', shown: [LARGE] },
  { id: '5-lightbox-hand', says: 'zoom by wheel, double press and buttons; pan by drag, press and arrows', shown: [LARGE] },
  { id: '5-lightbox-trap', says: 'Esc and Back close it, the focus goes back to the picture', shown: [LARGE] },
  { id: '6-density-list', says: 'density List: one line of 36 px', shown: [LINE] },
  { id: '2.8-thread-above', says: 'ancestors above, pinned: opening never makes the post jump', shown: [ABOVE] },
  { id: '2.8-thread-nested', says: 'replies nested at most four deep, then Continue', shown: [NESTED] },
  { id: '2.8-thread-op', says: 'answers of the author are marked OP', shown: [NESTED] },
  { id: '2.8-thread-fold', says: 'branches fold, by press and by x', shown: [NESTED] },
  {
    id: '2.8-thread-unroll',
    says: 'Unroll joins the author’s thread as one text',
    shown: [UNROLL, 'test/renderer/state/unrolling.test.ts > the parts of a thread are found from its middle'],
  },
  { id: '2.8-thread-more', says: '"6 replies known here · Look for more on x.social" with progress and count found', shown: [MORE, FOUND] },
  { id: '2.8-thread-reader', says: 'Reader, in Literata', shown: [READER] },
  { id: '2.9-reading', says: 'settings of reading, each with its consequence', shown: [READING, TOLD] },
]
