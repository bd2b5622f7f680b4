import type { Row } from './row.ts'

const hands = (title: string) => `test/e2e/palette.test.ts > ${title}`
const unit = (title: string) => `test/renderer/state/palette.test.ts > ${title}`
const matched = (title: string) => `test/renderer/state/keyboard.test.ts > ${title}`
const OPENS = hands('the palette opens at once, shows keys, runs a command, and Back closes it')
const SCOPES = hands('scopes narrow the palette: people, hashtags, keys; an address is handed on to be looked up')
const MODES = hands('single keys can be switched off, or kept for a focused post')
const FOUND = hands('a setting is found by what follows from it, in the palette and in the settings')
const LOOKS = hands('accent, size and letters of posts take effect at once')

/** Keys, palette, focus and the settings of both (section 5). */
export const rows: readonly Row[] = [
  { id: '5-presets', says: 'another set of keys takes effect (Phanpy)', shown: [hands('the keys of Phanpy: g p opens the profile')] },
  {
    id: '5-order',
    says: 'the owner’s keys, then the set’s, then Burrow’s',
    shown: [unit('the owner’s keys come before those of the set, and those before Burrow’s')],
  },
  {
    id: '5-remap',
    says: 'keys are changed by pressing them',
    shown: [hands('keys are changed by pressing them, and a conflict is said in words')],
  },
  {
    id: '5-conflict',
    says: 'a conflict is said in words',
    shown: [hands('keys are changed by pressing them, and a conflict is said in words')],
  },
  { id: '5-off', says: 'single keys off', shown: [MODES] },
  { id: '5-focused', says: 'single keys only when a post is focused', shown: [MODES] },
  { id: '5-sequence', says: 'sequences outrank single keys', shown: [matched('a sequence outranks the single key of its second half')] },
  { id: '5-buffer', says: 'a buffer of one second', shown: [matched('a first key waits for one second only')] },
  {
    id: '5-layout',
    says: 'keys as typed, not by place',
    shown: [matched('keys are named as typed: the layout decides, not the position')],
  },
  { id: '5-ime', says: 'presses of an input method are left alone', shown: [matched('presses of an input method are nobody’s')] },
  { id: '5-boss', says: 'the boss key', shown: [hands('the boss key blurs all text and brings it back')] },
  { id: '5-palette-open', says: 'the palette opens within 150 ms on a busy machine', shown: [OPENS] },
  { id: '5-palette-keys', says: 'keys on each row', shown: [OPENS] },
  {
    id: '5-palette-scopes',
    says: 'scopes by a first letter',
    shown: [SCOPES, unit('a first letter narrows the palette, and an address is an address')],
  },
  { id: '5-palette-rank', says: 'recent and frequent first', shown: [unit('what is used often and lately comes first')] },
  { id: '5-palette-settings', says: 'settings are found in it', shown: [FOUND] },
  {
    id: '5-palette-post',
    says: 'it acts on the post that had the focus',
    shown: [hands('a command of the palette acts on the post that had the focus')],
  },
  { id: '5-settings-search', says: 'settings are searched by name and consequence', shown: [FOUND] },
  {
    id: '6-accents',
    says: 'eight accents, checked for contrast in four themes',
    shown: [
      'test/renderer/accents.test.ts > every accent stands out from every paper of the four themes, and what is written on it can be read',
      LOOKS,
    ],
  },
  { id: '6-type', says: 'size and letters of posts are set', shown: [LOOKS] },
]
