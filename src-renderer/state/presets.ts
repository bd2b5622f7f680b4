/** A set of keys: Burrow's own, or those that hands know from elsewhere. */
export type Preset = 'burrow' | 'mastodon' | 'phanpy'

/**
 * What another set of keys has otherwise, by command. A command that is not named keeps Burrow's keys as far as they are free; an empty
 * list takes them away. Read in Mastodon 4.5 and Phanpy.
 */
export const PRESETS: Readonly<Record<Preset, Readonly<Record<string, readonly string[]>>>> = {
  burrow: {},
  mastodon: {
    'move.skip-next': [],
    'move.skip-previous': [],
    'window.back': ['Backspace', 'Escape'],
    'window.write': ['n'],
    'window.compose-new': ['Alt+n'],
    'post.reply-author': [],
    'post.bookmark': [],
    'home.new': [],
    'home.unread': [],
    'go.search': ['s', '/'],
    'deck.next': [],
    'deck.previous': [],
    'go.conversations': ['g d'],
    'go.bookmarks': [],
    'go.lists': [],
    'go.catchup': [],
    'go.outbox': [],
    'go.settings': [],
    'go.home': ['g h', 'g s'],
    'go.blocks': ['g b'],
    'go.pinned': ['g p'],
    'compose.emoji': [],
    'compose.preview': [],
    'compose.send': ['Ctrl+Enter'],
    'window.boss': [],
  },
  phanpy: {
    'post.open': ['Enter'],
    'post.view': ['o'],
    'window.write': ['c'],
    'window.compose-new': ['C'],
    'post.reply': ['r'],
    'post.reply-author': [],
    'post.favourite': ['l', 'f'],
    'post.boost': ['B'],
    'post.author': [],
    'post.mention': [],
    'post.media': [],
    'home.top': [],
    'home.unread': [],
    'home.gap': [],
    'go.search': ['/'],
    'go.bookmarks': ['g b'],
    'go.profile': ['g p'],
    'go.settings': ['g s'],
    'go.favourites': [],
    'go.conversations': [],
    'go.lists': [],
    'go.catchup': [],
    'go.outbox': [],
  },
}

/** What a browser keeps for itself: never bound where the window is a page in one. */
export const RESERVED: ReadonlySet<string> = new Set([
  ...['n', 't', 'w', 'l'].flatMap((key) => [`Ctrl+${key}`, `Ctrl+Shift+${key}`]),
  ...'123456789'.split('').map((digit) => `Ctrl+${digit}`),
])

/** The keys of a command: the owner's own, else those of the set, else Burrow's. */
export function keysFor(
  command: { id: string; keys: readonly string[] },
  preset: Preset,
  own: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  return own[command.id] ?? PRESETS[preset][command.id] ?? command.keys
}

/** True for keys that are one letter, sign or digit, or a row of such: what WCAG 2.1.4 lets people switch off. */
export const isSingle = (keys: string): boolean => keys.split(' ').every((key) => [...key].length === 1 || key === 'Space')

/** How keys are written on buttons and in lists: `Ctrl K`, `g h`, `↓`. */
export function partsOf(keys: string, mac = /mac/i.test(typeof navigator === 'undefined' ? '' : navigator.platform)): string[] {
  const drawn: Record<string, string> = {
    ArrowDown: '↓',
    ArrowUp: '↑',
    ArrowLeft: '←',
    ArrowRight: '→',
    Escape: 'Esc',
    Backspace: '⌫',
    Enter: '↵',
    Ctrl: mac ? '⌘' : 'Ctrl',
    Alt: mac ? '⌥' : 'Alt',
    Shift: '⇧',
  }
  return keys
    .split(' ')
    .flatMap((press) => (press.length > 1 && press.includes('+') && press !== '+' ? press.split(/\+(?=.)/) : [press]))
    .map((key) => drawn[key] ?? (key.length === 1 && press(keys) ? key.toUpperCase() : key))
}

const press = (keys: string) => /^(Ctrl|Alt)\+/.test(keys)
