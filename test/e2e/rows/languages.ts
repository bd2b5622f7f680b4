import type { Row } from './row.ts'

/** Section 5, the bullets on languages and direction. */
export const rows: readonly Row[] = [
  {
    id: '5-i18n-typed',
    says: 'messages are compiled, typed functions; English is the source',
    shown: ['.ci/selftest.ts > a message that is nowhere', '.ci/selftest.ts > a message only in English'],
  },
  {
    id: '5-i18n-plurals',
    says: 'plural forms by Intl.PluralRules, in both languages the same inputs',
    shown: ['.ci/selftest.ts > other inputs in French'],
  },
  {
    id: '5-i18n-pseudo-xa',
    says: 'a pseudo-locale with accents, brackets and 40 percent more length fits everywhere',
    shown: ['test/e2e/pseudo.test.ts > en-XA: every word of the window comes from the catalogue, and two fifths longer it fits'],
  },
  {
    id: '5-i18n-pseudo-xb',
    says: 'a mirrored pseudo-locale stands from right to left',
    shown: ['test/e2e/pseudo.test.ts > ar-XB: from right to left nothing hangs over the edge, and the sidebar stands on the right'],
  },
  {
    id: '5-i18n-literals',
    says: 'no literal text in templates',
    shown: [
      '.ci/selftest.ts > words in a template',
      'test/e2e/pseudo.test.ts > en-XA: every word of the window comes from the catalogue, and two fifths longer it fits',
    ],
  },
  {
    id: '5-i18n-live',
    says: 'the language changes without loading the window again; dates, numbers and names of languages by Intl',
    shown: [
      'test/e2e/languages.test.ts > the language of the window changes at once, without loading it again, and dates and numbers with it',
    ],
  },
  {
    id: '5-i18n-french',
    says: 'French has its own spacing and no text left in English',
    shown: ['.ci/selftest.ts > French without its spaces', '.ci/selftest.ts > the same text in both languages'],
  },
  {
    id: '5-i18n-table',
    says: 'both languages stand side by side in a table of the repository',
    shown: ['.ci/selftest.ts > a table of words that is behind'],
  },
  { id: '5-rtl-logical', says: 'logical properties only', shown: ['.ci/selftest.ts > a physical direction'] },
  {
    id: '5-rtl-icons',
    says: 'icons that point somewhere turn round, others do not',
    shown: ['test/e2e/languages.test.ts > arrows that point somewhere turn round from right to left, pictures do not'],
  },
  {
    id: '5-rtl-handles',
    says: 'handles and hosts are isolated from left to right, posts say their language and each paragraph its direction',
    shown: ['test/e2e/languages.test.ts > handles and hosts keep their direction, and every post says its language'],
  },
]
