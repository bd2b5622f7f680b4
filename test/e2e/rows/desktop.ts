import type { Row } from './row.ts'

const manners = 'test/main/desktop/manners.test.ts'
const window = 'test/main/desktop/window.test.ts'
const built = 'test/e2e/shell/built-shell.test.ts'

/** desktop.md, section 4, but updates: each with a stand-in for Electron (test/e2e/shell/electron.test.ts runs where the binary is). */
export const rows: readonly Row[] = [
  {
    id: 'd-tray',
    says: 'closing hides where a tray leads back, asks the first time, quits elsewhere',
    shown: [
      `${window} > hides only where there is a way back, and asks the first time`,
      `${built} > asks once what closing means, and then keeps running out of sight`,
      `${built} > ends when its window is closed where no tray would lead back`,
    ],
  },
  {
    id: 'd-login',
    says: 'starts with the session, off by default, hidden',
    shown: [
      `${manners} > is off until it is wanted, on Linux by a file that comes and goes`,
      `${manners} > is asked of the system on Windows, with the flag that keeps the window away`,
    ],
  },
  {
    id: 'd-power',
    says: 'sleep and waking are told, sleep is held off while something goes out',
    shown: [`${window} > is handed on, and sleep is held off once`, `${built} > tells the instance when the computer sleeps and wakes`],
  },
  {
    id: 'd-supply',
    says: 'battery and metered networks: reading up waits or asks',
    shown: [
      'test/main/federation/catch-up.test.ts > waits for mains power if its owner wants that, but not when they ask for it by hand',
      'test/main/server/supply.test.ts > what stands against reading: the battery and the network, as their owner wants, and the stricter of both',
    ],
  },
  {
    id: 'd-notifications',
    says: 'a notification opens the right post',
    shown: [`${window} > lead to their place when they are clicked`, `${window} > that the system does not show are not promised`],
  },
  { id: 'd-badge', says: 'a count on the icon', shown: ['test/main/desktop/bridge.test.ts > do what they say'] },
  {
    id: 'd-quick',
    says: 'a key for writing from anywhere, opt-in, honest when it is taken',
    shown: [`${manners} > is held once, let go, and says when somebody else has it`],
  },
  {
    id: 'd-menu',
    says: 'an application menu with roles, in the owner’s language',
    shown: [`${window} > have the roles of the platform, each in the language of the owner`, `${window} > lead somewhere`],
  },
  {
    id: 'd-spelling',
    says: 'spell check, off until asked where it would fetch from a third party',
    shown: [
      `${manners} > is off until it is asked for, and no dictionary is named before`,
      `${window} > is sandboxed, dark where the system is, and asks no third party for dictionaries`,
    ],
  },
  {
    id: 'd-context',
    says: 'a menu under the pointer: suggestions, copy and paste, links, pictures',
    shown: [`${window} > under the pointer have what can be done there`],
  },
  {
    id: 'd-crash',
    says: 'what crashes is started again',
    shown: [
      'test/main/desktop/supervisor.test.ts > that ends by itself is started again, each time a little later',
      `${built} > starts the instance again when it dies, on the same folder and the same port`,
    ],
  },
  {
    id: 'd-window',
    says: 'the window comes back where it was, if that can be reached',
    shown: [`${window} > comes back where it was, if that can still be reached`],
  },
  {
    id: 'd-dark',
    says: 'dark where the system is, no white flash',
    shown: [`${window} > is sandboxed, dark where the system is, and asks no third party for dictionaries`],
  },
  { id: 'd-zoom', says: 'zoom in steps, kept', shown: [`${manners} > goes in steps and stays within them`] },
  {
    id: 'd-drag',
    says: 'files by drag and paste, by the web’s own ways',
    shown: [
      'test/e2e/writing.test.ts > a picture goes with its description and focal point, the draft goes away, and an edit changes both words',
    ],
  },
  {
    id: 'd-downloads',
    says: 'downloads are asked for and never opened',
    shown: [
      `${manners} > are asked for, never opened, and come from our own listener alone`,
      `${manners} > have names that no file system stumbles over`,
    ],
  },
  {
    id: 'd-links',
    says: 'web+ap links open a search and nothing else',
    shown: [`${window} > opens fediverse links of a second start in the search, and nothing else`],
  },
  {
    id: 'd-composer',
    says: 'drafts in small windows of their own',
    shown: [`${manners} > have one window each, and end with the instance they write to`],
  },
]
