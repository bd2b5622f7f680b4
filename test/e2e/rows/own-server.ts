import type { Row } from './row.ts'

const STORAGE = 'test/main/owner-api/storage.test.ts'
const WINDOW = 'test/e2e/storage.test.ts'
const SETUP = 'test/main/owner-api/setup.test.ts'
const APPS = 'test/e2e/apps.test.ts'
const FIRST = 'test/e2e/first-run.test.ts'
const HEALTH = 'test/e2e/health.test.ts'
const JOURNEY = 'test/journeys/first-run.test.ts > from an empty folder to a post that others can read, in the window alone'

/** Living with one's own server (the section 3, first two points) and the first run (interface.md section 1). */
export const rows: readonly Row[] = [
  {
    id: 'own-storage-bar',
    says: 'Storage: one stacked bar and every part in words, with what is free on the disk',
    shown: [
      `${WINDOW} > storage shows every part in one bar and in words, and limits that are kept`,
      `${STORAGE} > what is kept is counted beside what may go, and freeing leaves it`,
    ],
  },
  {
    id: 'own-storage-budget',
    says: 'Byte budgets are enforced: the oldest copies first, kept ones never',
    shown: [`${STORAGE} > a smaller budget is obeyed at once, the oldest copies first, those of bookmarks never`],
  },
  {
    id: 'own-storage-free',
    says: 'Copies of others’ media are freed by hand; the owner’s own things never',
    shown: [`${STORAGE} > what is kept is counted beside what may go, and freeing leaves it`],
  },
  {
    id: 'own-diagnostics',
    says: 'Diagnostics are copied without secrets',
    shown: [
      `${STORAGE} > diagnostics name nobody: no token, key, handle or text of a post is in them`,
      `${WINDOW} > diagnostics are copied and the last log lines are shown, with nobody named in either`,
    ],
  },
  {
    id: 'own-logs',
    says: 'The last log lines, without what they were about',
    shown: [
      `${STORAGE} > log lines say when, where and what, but not about whom`,
      `${STORAGE} > what a line says is the same whoever it is about: no text is made of parts`,
    ],
  },
  {
    id: 'own-apps-consent',
    says: 'Apps are let in by the owner alone, who types the code of the waiting page',
    shown: [
      `${APPS} > the question comes up wherever the owner is, and says who asks for what`,
      `${APPS} > the code of the waiting page sends that browser back with a grant, and the app is in the list`,
    ],
  },
  {
    id: 'own-apps-out',
    says: 'A connected app is signed out, and its key is worth nothing',
    shown: [`${APPS} > an app is signed out after a question, and its key is worth nothing`],
  },
  {
    id: 'own-data-settings',
    says: 'Data and logs are a section of the settings, and are found by their names',
    shown: [`${WINDOW} > data and logs are a section of the settings, found by search`],
  },
  {
    id: 'own-health-hosts',
    says: 'Delivery health per host: state and reason in words, those that need a look first, all on demand',
    shown: [`${HEALTH} > every server is told of in words, those that need a look first`],
  },
  {
    id: 'own-health-post',
    says: 'Delivery health per post: delivered, given up and waiting, server by server',
    shown: [`${HEALTH} > a post says where it has arrived, server by server`],
  },
  {
    id: 'own-health-retry',
    says: 'What waits at a server is sent at once or let go of',
    shown: [`${HEALTH} > a server is sent what waits there at once, and what waits there is let go of`],
  },
  {
    id: 'own-health-pause',
    says: 'Everything is paused until a time and goes on, with what that means',
    shown: [`${HEALTH} > everything is paused and goes on, and what that means is said`],
  },
  {
    id: '1.1-taken',
    says: 'A name that cannot be had says why, with free ones like it, of allowed characters only',
    shown: [
      `${FIRST} > a name that cannot be had says why and offers free ones`,
      `${SETUP} > names like one that cannot be had can be had`,
    ],
  },
  {
    id: '1.1-free',
    says: 'The name is looked at after a pause in typing and said to be free',
    shown: [`${FIRST} > a name that cannot be had says why and offers free ones`],
  },
  {
    id: '1.1-permanence',
    says: 'Permanence is said of an own domain and never of a trial (design 6)',
    shown: [
      `${FIRST} > an own domain says what it takes and is looked at before it is chosen`,
      `${FIRST} > nothing about a trial is called permanent`,
    ],
  },
  {
    id: '1.1-domain-takes',
    says: 'The own-domain path says what it takes and looks at the domain before it is chosen',
    shown: [
      `${FIRST} > an own domain says what it takes and is looked at before it is chosen`,
      `${SETUP} > leads here, or loses its name on the way, and nothing is chosen by that`,
      `${SETUP} > is somebody else’s, also if that repeats what it was asked, or nobody’s`,
      `${SETUP} > a private address is none that others reach, and whoever guesses is told nothing`,
    ],
  },
  {
    id: '1.2-what',
    says: '“What is happening?” opens one sheet on demand',
    shown: [`${FIRST} > nothing about a trial is called permanent`],
  },
  {
    id: '1.2-chips',
    says: 'Chips insert ways to begin, the strip tells how far the home is, and it can be skipped',
    shown: [`${FIRST} > the first post begins with a chip, and its proof leads to people`],
  },
  {
    id: '1.3-before',
    says: 'Before the address answers: published here, it goes out later; then people',
    shown: [`${FIRST} > the first post begins with a chip, and its proof leads to people`],
  },
  {
    id: '1.3-setup-list',
    says: 'What is put aside stands in “Finish setup” in the sidebar until it is done; not on the rail',
    shown: [`${FIRST} > Home with few people offers more, and once put aside it stands in the sidebar until it is done`],
  },
  {
    id: '1.5-few',
    says: 'Until five are followed Home offers people above the owner’s posts',
    shown: [`${FIRST} > Home with few people offers more, and once put aside it stands in the sidebar until it is done`],
  },
  {
    id: '1.5-open',
    says: 'The address of somebody that was opened offers to follow them',
    shown: [`${HEALTH} > an address of somebody that is opened offers to follow`],
  },
  { id: '1.1-name', says: 'A name, and nobody is contacted before the owner says so', shown: [JOURNEY] },
  {
    id: '1.1-reserved',
    says: 'A name that cannot be had is refused and leaves nothing behind',
    shown: [`${SETUP} > by a name that cannot be had is refused and leaves nothing behind`],
  },
  {
    id: '1.1-own-domain',
    says: 'An own domain is checked for what it must be',
    shown: [`${SETUP} > must be a public name, and anything else is refused without a trace`],
  },
  { id: '1.1-later', says: 'The address can wait: write first', shown: [`${SETUP} > can wait: write first`] },
  { id: '1.2-hello', says: 'The real composer, while the address opens behind it', shown: [JOURNEY] },
  { id: '1.3-proof', says: 'The proof comes from outside', shown: [JOURNEY] },
  {
    id: '1.5-paste',
    says: 'Addresses, links or a CSV are pasted and looked over with boxes and counts',
    shown: [`${WINDOW} > home without anybody offers to find people, and a pasted list is looked over and waits to be online`],
  },
  {
    id: '1.5-background',
    says: 'They are followed in the background, with those who ask for approval and those not found counted',
    shown: [
      `${STORAGE} > looks each up while online, and tells how far it is`,
      `${WINDOW} > the list goes on where it was after a restart`,
    ],
  },
  {
    id: '1.5-cards',
    says: 'An empty Home shows what is still to be done, and it can be put aside',
    shown: [`${WINDOW} > what new homes still lack can be put aside, and stays aside`],
  },
]
