import type { Row } from './row.ts'

const axe = [
  'test/e2e/accessibility.ts > has no axe violation on any route',
  'test/e2e/accessibility.ts > has none with the composer, a menu, the help and the status open',
]
const wcag = (title: string): readonly string[] => [`test/e2e/wcag.test.ts > ${title}`]

/** Section 5: axe gates, own tests, reduced motion. The whole matrix of themes, directions and widths is `npm run axe`. */
export const rows: readonly Row[] = [
  { id: '5-axe', says: 'axe finds nothing on any route, with the composer, menus, dialogs and popovers open', shown: axe },
  { id: '5-axe-names', says: 'a button with a visible count has it in its name', shown: axe },
  {
    id: '5-axe-first-run',
    says: 'nor in first run',
    shown: ['test/e2e/accessibility-dark.test.ts > first run has no axe violation either'],
  },
  { id: '5-2.4.11', says: 'focus is not obscured', shown: wcag('2.4.11: what has the focus is never hidden under something else') },
  { id: '5-2.5.8', says: 'targets of 24 by 24', shown: axe },
  {
    id: '5-3.3.8',
    says: 'the sign-in code can be pasted',
    shown: wcag('3.3.8: the code to sign in can be pasted, and nothing has to be solved'),
  },
  { id: '5-1.4.10', says: 'no sideways scrolling at 320 pixels', shown: wcag('1.4.10: at 320 pixels nothing has to be scrolled sideways') },
  {
    id: '5-1.4.12',
    says: 'text spacing loses nothing',
    shown: wcag('1.4.12: with the spacing of text that readers may set, nothing is cut off'),
  },
  { id: '5-1.4.4', says: '200 percent zoom', shown: wcag('1.4.4: at 200 percent everything can still be read and reached') },
  {
    id: '5-1.4.11',
    says: 'edges of controls have a contrast of 3',
    shown: wcag('1.4.11: the edges of controls stand out from what is behind them, in every theme'),
  },
  {
    id: '5-2.1.2',
    says: 'no trap in composer or lightbox',
    shown: wcag('2.1.2: the keyboard leaves the composer and the picture as it came'),
  },
  {
    id: '5-focus-kept',
    says: 'focus is kept after 30,000 pixels of scrolling',
    shown: ['test/e2e/reading.test.ts > the focused post stays, however far it is scrolled away'],
  },
  {
    id: '5-forced-colours',
    says: 'forced colours: icons and states stay visible',
    shown: wcag('forced colours: icons, chosen places and switches can still be told apart'),
  },
  {
    id: '5-reduced-motion',
    says: 'reduced motion, by the system or the setting',
    shown: wcag('reduced motion: nothing moves for longer than a tenth of a second, and nothing glides'),
  },
]
