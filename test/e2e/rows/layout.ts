import type { Row } from './row.ts'

const frame = (title: string) => `test/e2e/layout.test.ts > ${title}`
const hands = (title: string) => `test/e2e/palette.test.ts > ${title}`
const SIDEBAR = hands('the sidebar has every place in its order, lists and hashtags as groups')
const PINS = hands('pinned hashtags are put in order by menu and by drag, and stay so')
const BACK = hands('the palette opens at once, shows keys, runs a command, and Back closes it')
const DECK = frame('a deck stands in very wide windows when it is wanted, and its last column is what is open')
const COLUMNS = frame('columns are moved by button and by drag, filtered, muted and taken away')
const BESIDE = frame('a post opens beside the timeline, and Esc gives the focus back to it')
const PANES = frame('panes are resized by key and by drag, for each layout apart, and stay so')
const NARROW = frame('a narrow window has a bar of five, and nothing scrolls sideways')
const ADDRESSES = 'test/renderer/state/router.test.ts > every address leads back to itself'

/** Places, routes and widths of the window (2.1 to 2.3). */
export const rows: readonly Row[] = [
  { id: '2.1-order', says: 'the places of the sidebar in their order', shown: [SIDEBAR] },
  { id: '2.1-groups', says: 'lists and hashtags as groups', shown: [SIDEBAR] },
  { id: '2.1-pins-drag', says: 'pins are put in order by dragging', shown: [PINS] },
  { id: '2.1-pins-buttons', says: 'pins are put in order by buttons', shown: [PINS] },
  { id: '2.1-no-local', says: 'no "Local", and "Everything received" off by default', shown: [SIDEBAR] },
  { id: '2.2-paths', says: 'real paths for every place', shown: [ADDRESSES] },
  { id: '2.2-layer-palette', says: 'the palette is ?m= and Back closes it', shown: [BACK] },
  {
    id: '2.2-layer-media',
    says: 'pictures are ?m= and Back closes them',
    shown: [frame('pictures are a step of the history: Back closes them')],
  },
  { id: '2.2-banner', says: 'a browser says where the server is', shown: [frame('a browser says where the server is, once')] },
  {
    id: '2.2-reserved',
    says: 'a browser keeps Ctrl+N, T, W, L and 1 to 9',
    shown: ['test/renderer/state/palette.test.ts > single keys are letters and signs; a browser keeps its own'],
  },
  {
    id: '2.2-resolve',
    says: 'a pasted address from elsewhere is handed on to be looked up',
    shown: [hands('scopes narrow the palette: people, hashtags, keys; an address is handed on to be looked up')],
  },
  { id: '2.3-380', says: 'one pane and a bar of five', shown: [NARROW] },
  { id: '2.3-320', says: 'nothing scrolls sideways at 320 px', shown: [NARROW] },
  { id: '2.3-560', says: 'a rail of 64 px from 560 px on', shown: [NARROW] },
  { id: '2.3-1280', says: 'Enter opens a post beside the timeline', shown: [BESIDE] },
  { id: '2.3-focus', says: 'Esc returns to the exact post', shown: [BESIDE] },
  { id: '2.3-widths', says: 'pane widths are kept for each layout', shown: [PANES] },
  { id: '2.3-deck', says: 'a deck from 1800 px on, when it is wanted', shown: [DECK] },
  { id: '2.3-deck-detail', says: 'the last column is what is open', shown: [DECK] },
  { id: '2.3-deck-add', says: 'columns are added', shown: [DECK] },
  { id: '2.3-deck-keys', says: '1 to 9, [ and ] go between columns', shown: [DECK] },
  { id: '2.3-deck-mute', says: 'a column can be muted', shown: [COLUMNS] },
  { id: '2.3-deck-filter', says: 'a column leaves out boosts', shown: [COLUMNS] },
  { id: '2.3-deck-order', says: 'columns are moved by buttons and by dragging, and removed', shown: [COLUMNS] },
]
