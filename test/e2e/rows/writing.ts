import type { Row } from './row.ts'

/** Interface.md section 3: the composer, without Autosave and Offline, which are rows of the outbox. */
const browser = (title: string) => `test/e2e/composer.test.ts > ${title}`
const writing = (title: string) => `test/e2e/writing.test.ts > ${title}`
const unit = (title: string) => `test/renderer/composer-text.test.ts > ${title}`
const count = (title: string) => `test/renderer/count.test.ts > ${title}`
const server = (title: string) => `test/main/owner-api/writing.test.ts > ${title}`

const names = browser('names are completed from what is here: people, hashtags with how often, emoji')
const visibility = browser('who can see it is said in words, colours the edge, and a private mention names its readers')
const warning = browser('a warning is opened by its key, kept for the next time, and covers pictures unless they are uncovered')
const language = browser('the language follows the words until one is chosen by hand, and the last chosen come first')
const pictures = browser('pictures are put in order by buttons and by dragging, cut before they go up, and described once')
const still = browser('the still of a film is chosen from it')
const carried = browser('files come by drag and by paste, and more than four say who shows them')
const poll = browser('a poll: pasted lines become options, minutes to thirty days, one or several')
const thread = browser('a text over the limit is split with a preview, numbered in the margin, and goes out in order')
const halfway = browser('a thread that stops halfway keeps exactly the rest')
const undo = browser('time for second thoughts: a thread waits, and Z brings it back with its caret')
const preview = browser('Markdown, and the card as it will look with its warning folded')
const schedule = browser('a time in words, English or French, names itself on the button, and the time zone is said')
const edit = browser('an edit says who has replied, shows what changes, and warns that a poll begins anew')
const redraft = browser('deleted and written again: words and answers come back as a new post')
const answer = browser(
  'an answer has its parent above and its people beside the text, counted, each removable; Shift+R leaves the others out',
)
const quote = browser('a quote: begun by q, added to an answer, its policy chosen, and refused with what can be done instead')
const emoji = browser('emoji from the picker go where the caret is; spelling is not checked until it is asked for')
const popped = browser('the draft moves into a window of its own and back, with its caret')
const length = browser('how long posts may be is a setting, and the composer counts by it')
const sizes = browser('docked it is 560 wide, at 380 it fills the window, and nothing of it is out of reach')
const tooLong = writing('what is too long is counted, marked and not sent')
const kept = writing('an answer is kept when it is closed, goes on when it is opened again, and gives the focus back')
const caret = writing('what is typed is on disk within a second, is still there after a reload, and opens with the caret where it was')
const described = writing('a picture goes with its description and focal point, the draft goes away, and an edit changes both words')
const asked = writing('a picture without a description is asked about once, with the caret in the empty field')

export const rows: readonly Row[] = [
  {
    id: '3-count',
    says: 'graphemes of warning and text; links 23; @user@host as @user',
    shown: [count('$text counts $length in the composer and on the server')],
  },
  {
    id: '3-count-vectors',
    says: 'the vectors of the specification, the same extractor as the server',
    shown: [count('finds every $kind in $text, as the server does')],
  },
  { id: '3-count-free', says: 'media, poll, quote and descriptions cost nothing', shown: [thread, poll] },
  {
    id: '3-count-limit',
    says: 'default 500, a setting to 20,000 with what follows',
    shown: [length, server('how long posts may be is a setting between 500 and 20,000')],
  },
  { id: '3-count-ring', says: 'ring near the limit, number at 50, below zero red', shown: [tooLong, length] },
  { id: '3-count-over', says: 'what is over is underlined wavy, not only red', shown: [tooLong] },
  { id: '3-count-said', says: 'how many are left or over is said once, politely', shown: [tooLong] },

  { id: '3-text', says: 'a plain textarea with a layer of the same text behind it', shown: [caret] },
  { id: '3-text-spelling', says: 'spelling is checked when it is asked for', shown: [emoji] },
  { id: '3-text-language', says: 'the text carries the language of the post', shown: [language] },
  { id: '3-text-publish', says: 'Ctrl+Enter publishes', shown: [described, language] },
  { id: '3-text-close', says: 'Esc closes and keeps the draft, with one offer to discard it', shown: [kept] },

  {
    id: '3-complete-people',
    says: '@: people who are followed, then who wrote, then known',
    shown: [names, server('people who are followed come first, then those who wrote to the owner')],
  },
  {
    id: '3-complete-tags',
    says: '#: own hashtags first, with how often',
    shown: [names, server('hashtags the owner has used come first, with how often')],
  },
  { id: '3-complete-emoji', says: ':name: own and Unicode emoji', shown: [names, emoji] },
  { id: '3-complete-keys', says: 'combobox: aria-activedescendant, Enter and Tab take, Esc dismisses', shown: [names] },
  { id: '3-complete-lookup', says: '@user@host that is not known: Look up', shown: [names] },

  { id: '3-warning-key', says: 'Alt+X opens and closes the warning', shown: [warning] },
  { id: '3-warning-presets', says: 'a list of warnings to choose from', shown: [warning] },
  { id: '3-warning-covers', says: 'it covers the media, and they can be uncovered by themselves', shown: [warning] },

  { id: '3-visibility-words', says: 'four circles of readers, icon and word, colour of the edge', shown: [visibility] },
  { id: '3-visibility-placeholder', says: 'who sees it stands in the empty text', shown: [visibility] },
  { id: '3-visibility-direct', says: 'a private mention names its readers, and that it is not encrypted', shown: [visibility] },
  { id: '3-visibility-added', says: 'a mention added to a private mention is warned about', shown: [visibility] },
  {
    id: '3-visibility-stricter',
    says: 'an answer begins with the stricter of parent and default',
    shown: [visibility, 'test/renderer/completion.test.ts > is never seen by more people than what it answers'],
  },

  { id: '3-quote-key', says: 'q quotes', shown: [quote] },
  { id: '3-quote-policy', says: 'anyone, followers or nobody, for each post', shown: [quote] },
  { id: '3-quote-narrow', says: 'posts for followers and private ones have no policy to choose', shown: [visibility] },
  { id: '3-quote-denied', says: 'what cannot be quoted says why; Copy link, Reply instead', shown: [quote] },
  {
    id: '3-quote-pending',
    says: 'approval that is waited for shows on the post',
    shown: ['test/e2e/vocabulary.test.ts > a quote begins from a post by key, shows whom it quotes, and says that its author is asked'],
  },
  { id: '3-quote-reply', says: 'an answer can quote', shown: [quote] },

  {
    id: '3-language-detected',
    says: 'the language is found after 20 letters',
    shown: [language, unit('says nothing of what is short, of links and handles, and of what is no language')],
  },
  { id: '3-language-code', says: 'shown by its code, named in full', shown: [language] },
  { id: '3-language-sticks', says: 'chosen by hand it stays', shown: [language] },
  { id: '3-language-recent', says: 'the last three chosen come first', shown: [language] },

  { id: '3-media-drop', says: 'files dropped anywhere in the window', shown: [carried] },
  { id: '3-media-paste', says: 'files pasted', shown: [carried] },
  { id: '3-media-picker', says: 'files picked', shown: [pictures] },
  { id: '3-media-order', says: 'order by dragging and by buttons, focus kept', shown: [pictures] },
  { id: '3-media-many', says: 'more than four: some servers show only the first four', shown: [carried] },
  {
    id: '3-media-mixed',
    says: 'pictures, film and sound mix',
    shown: ['test/e2e/posts.test.ts > a film and a sound go up, the film with a picture drawn by the window'],
  },
  { id: '3-media-places', says: 'place and camera are taken out, said once', shown: [pictures] },
  {
    id: '3-media-refused',
    says: 'a file that cannot be taken is a sentence',
    shown: [writing('a file of no kind that a post holds is a sentence, and keeps the rest from leaving without it')],
  },
  { id: '3-media-crop', says: 'a picture is cut before it goes up, by keys too', shown: [pictures] },
  { id: '3-media-still', says: 'the still of a film is chosen', shown: [still] },

  { id: '3-alt-open', says: 'the description is an open field under each file', shown: [pictures, described] },
  { id: '3-alt-missing', says: 'without one: asked, the caret in the first empty field, Publish anyway', shown: [asked] },
  { id: '3-alt-again', says: 'the same file brings its last description', shown: [pictures] },
  {
    id: '3-alt-ocr',
    says: 'text found in the picture is offered',
    missing:
      'no recognition of text reaches a page of Chromium on Linux or Windows, and a model of our own would be a new dependency of many megabytes',
  },

  { id: '3-focal', says: 'focal point by pointer and by arrow keys, 5 % each', shown: [described] },

  { id: '3-poll-paste', says: 'pasted lines become options', shown: [poll] },
  { id: '3-poll-length', says: '5 minutes to 30 days', shown: [poll] },
  { id: '3-poll-several', says: 'one or several answers', shown: [poll] },
  {
    id: '3-poll-draft',
    says: 'an unfinished poll is in the draft',
    shown: ['test/e2e/vocabulary.test.ts > an unfinished poll is in the draft after a reload'],
  },

  { id: '3-thread-add', says: 'Add post', shown: [thread, halfway] },
  {
    id: '3-thread-split',
    says: 'over the limit: Split into n, at the ends of sentences, with a preview',
    shown: [thread, unit('parts end where sentences end, fit, and hold every word'), unit('a link is never cut, and counts 23')],
  },
  {
    id: '3-thread-numbers',
    says: 'numbers in the margin, in the text only when asked for',
    shown: [thread, unit('numbers stand in the text only when asked for, and count')],
  },
  { id: '3-thread-parts', says: 'warning and files for each part', shown: [thread] },
  { id: '3-thread-visibility', says: 'the first as chosen, the rest quiet', shown: [thread] },
  { id: '3-thread-most', says: 'at most 99 parts', shown: [unit('at most 99 parts')] },
  { id: '3-thread-order', says: 'sent strictly in order', shown: [thread] },
  { id: '3-thread-rest', says: 'what could not be sent stays, nothing else', shown: [halfway] },
  {
    id: '3-thread-draft',
    says: 'a draft keeps every part with its files',
    shown: [thread, server('a draft keeps the further posts of a thread, their files, and the time chosen for it')],
  },

  {
    id: '3-schedule-words',
    says: 'times in words, English and French',
    shown: [schedule, 'test/renderer/state/schedule.test.ts > English: %s', 'test/renderer/state/schedule.test.ts > French: %s'],
  },
  {
    id: '3-schedule-picker',
    says: 'or picked',
    shown: ['test/e2e/posts.test.ts > a post waits for its time, moves to another, and comes back as what it was'],
  },
  { id: '3-schedule-button', says: 'the button says the time', shown: [schedule] },
  { id: '3-schedule-zone', says: 'the time zone is named', shown: [schedule] },

  { id: '3-undo-toast', says: 'a message with a shrinking bar and Undo', shown: [undo] },
  {
    id: '3-undo-survives',
    says: 'a post is held by the server: closing the window, or the end of the program, does not lose it',
    shown: [
      'test/main/owner-api/held.test.ts > outlives the end of the instance, and goes after the next start unless it is 12 hours late',
    ],
  },
  { id: '3-undo-key', says: 'Z undoes, with the caret', shown: [undo] },
  {
    id: '3-undo-seconds',
    says: '0, 5, 10, 20 or 30 seconds',
    shown: [undo, 'test/e2e/composer.test.ts > a post waits for second thoughts and then goes out'],
  },

  { id: '3-edit-replies', says: 'how many have replied', shown: [edit] },
  {
    id: '3-edit-changes',
    says: 'what changes in the text, before it is saved',
    shown: [edit, unit('words that went and words that came, in order')],
  },
  { id: '3-edit-media', says: 'descriptions and focal points can be edited', shown: [described] },
  { id: '3-edit-poll', says: 'a changed poll warns that votes are lost', shown: [edit] },
  {
    id: '3-edit-redraft',
    says: 'delete and write again is another thing',
    shown: [redraft, 'test/e2e/posts.test.ts > delete and write again opens the words, and the old post is gone'],
  },

  { id: '3-reply-parent', says: 'the parent above the text', shown: [answer, kept] },
  { id: '3-reply-people', says: 'mentions as chips, counted, removable', shown: [answer] },
  {
    id: '3-reply-author',
    says: 'Shift+R leaves the others out',
    shown: [answer, 'test/renderer/completion.test.ts > speaks to the author alone when that is asked for'],
  },

  { id: '3-preview', says: 'Ctrl+Shift+P shows the card, its warning folded', shown: [preview] },
  {
    id: '3-markdown',
    says: 'Markdown, previewed',
    shown: [preview, 'test/e2e/posts.test.ts > Markdown is what the post says, and who may quote it stays with the draft on the server'],
  },
  { id: '2.3-compose-dock', says: 'docked, 560 wide; full screen at 380', shown: [sizes] },
  { id: '2.3-compose-pop', says: 'a window of its own and back, with the caret', shown: [popped] },
  { id: '2.9-posting', says: 'settings of posting take effect in the composer', shown: [length, emoji, undo] },
]
