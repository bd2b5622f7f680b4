import type { Row } from './row.ts'

const catchUp = (title: string) => `test/e2e/catchup.test.ts > ${title}`
const search = (title: string) => `test/e2e/search.test.ts > ${title}`
const talks = (title: string) => `test/e2e/conversations.test.ts > ${title}`
const notices = (title: string) => `test/e2e/notifications.test.ts > ${title}`
const counted = (title: string) => `test/main/domain/catch-ups.test.ts > ${title}`

/** Catch-up after an absence (2.7), and of the other views (2.8) search, conversations and notifications. */
export const rows: readonly Row[] = [
  {
    id: '2.7-offer',
    says: 'offered when away for 3 hours or more, not before',
    shown: [counted('what is new is counted from the post last seen, and nothing is offered for a short absence')],
  },
  {
    id: '2.7-pill',
    says: 'a pill "Catch up: 214 posts, 9 h" that opens the page',
    shown: [
      catchUp('the way to catch up and the line where one left off stand at Home'),
      'test/renderer/state/catchup.test.ts > the offer stands for three hours or more, and says how many and how long',
    ],
  },
  {
    id: '2.7-line',
    says: 'a bookmark line "You left off here" with the time, in the format of the language',
    shown: [
      catchUp('the way to catch up and the line where one left off stand at Home'),
      'test/renderer/state/catchup.test.ts > the offer stands for three hours or more, and says how many and how long',
    ],
  },
  {
    id: '2.7-instant',
    says: 'instant: from the local database, also offline, in one answer and with bounded rows',
    shown: [
      catchUp('the page counts what stands in Home since the last visit, from what is stored'),
      counted('ten thousand posts are read in one bounded look'),
    ],
  },
  {
    id: '2.7-range',
    says: 'a range slider: since last visit, 1 to 12 h, 24 h, 3 d, 7 d, by arrow keys',
    shown: [catchUp('the range goes by key from an hour to seven days, and the counts follow')],
  },
  {
    id: '2.7-late',
    says: 'what arrived late from before the last visit is part of it',
    shown: [counted('what arrives late from before the last visit is there, and older ranges do not repeat it')],
  },
  {
    id: '2.7-chips',
    says: 'chips with counts: Original, Replies, Boosts, Quotes, Followed tags, Filtered',
    shown: [
      catchUp('chips with counts choose the kinds'),
      counted('every post is of one kind: original, reply, boost, quote, followed tag or filtered'),
    ],
  },
  {
    id: '2.7-sort',
    says: 'sorted by oldest (default), newest, longest, most shared',
    shown: [catchUp('rows are sorted by age, by length and by who shared them')],
  },
  {
    id: '2.7-shared',
    says: '"most shared" counts people the owner follows only, as known here',
    shown: [counted('shares are those of people the owner follows, and nobody else')],
  },
  {
    id: '2.7-authors',
    says: 'grouped by author with a strip of avatars; h and l go to the previous and next author',
    shown: [catchUp('authors are gone through by h and l and from the strip')],
  },
  {
    id: '2.7-author-done',
    says: 'a marks an author done, and it is kept',
    shown: [catchUp('a marks an author done, and it stays done')],
  },
  {
    id: '2.7-keys',
    says: 'h, l and a mean this only while the view is there',
    shown: [catchUp('authors are gone through by h and l and from the strip')],
  },
  {
    id: '2.7-links',
    says: 'top links: addresses shared by two or more followed people, with who',
    shown: [
      catchUp('links that two people shared stand at the side'),
      counted('a link counts once for each followed person, their boosts too'),
    ],
  },
  {
    id: '2.7-rows',
    says: 'dense rows: two lines and a thumbnail, who is answered or quoted before the words',
    shown: [catchUp('the page counts what stands in Home since the last visit, from what is stored')],
  },
  {
    id: '2.7-peek',
    says: 'Enter peeks in the detail pane, Escape returns to the row',
    shown: [catchUp('Enter peeks beside the list and Escape returns to the row')],
  },
  {
    id: '2.7-done',
    says: 'Done moves the home anchor to now',
    shown: [
      catchUp('Done moves the place in Home to now, and the catch-up is kept'),
      counted('done moves the place at home to the newest'),
    ],
  },
  {
    id: '2.7-kept',
    says: 'the last three catch-ups are kept and can be looked at again',
    shown: [
      catchUp('Done moves the place in Home to now, and the catch-up is kept'),
      counted('one is open at a time, and the last three are kept'),
    ],
  },
  {
    id: '2.7-narrow',
    says: 'at 380 px links and Done stand in the page itself, nothing scrolls sideways',
    shown: [catchUp('at 380 pixels everything is in one pane')],
  },
  {
    id: '2.8-search-instant',
    says: 'search as you type over own, received and bookmarked posts',
    shown: [search('posts, people and tags are found as you type, in one list')],
  },
  {
    id: '2.8-search-operators',
    says: 'operators from: to: has: before: after: lang: is: in: and "phrase", with help that puts them in',
    shown: [search('operators narrow what is found, and the help puts them into the box')],
  },
  {
    id: '2.8-search-boosted',
    says: 'is:boosted finds what the owner boosted',
    shown: [search('operators narrow what is found, and the help puts them into the box')],
  },
  {
    id: '2.8-search-merged',
    says: 'people and tags merged above the posts',
    shown: [search('posts, people and tags are found as you type, in one list')],
  },
  {
    id: '2.8-search-more',
    says: 'further pages of posts; one kind only by ?type=',
    shown: [search('more posts are fetched at the end, and one kind can be looked at alone')],
  },
  {
    id: '2.8-search-remote',
    says: '"Look up @bo@x.social" is a row of its own, asked only when pressed',
    shown: [search('looking somebody up elsewhere is a row of its own, and offline says so')],
  },
  {
    id: '2.8-search-url',
    says: 'an address of a post that is known resolves to the post',
    shown: [search('the address of a post opens the post')],
  },
  {
    id: '2.8-search-recent',
    says: 'recent searches, clearable, each removable',
    shown: [search('recent searches come back and can be cleared')],
  },
  {
    id: '2.8-search-saved',
    says: 'saved searches: named, renamed, removed, pinned to the sidebar',
    shown: [search('a search is saved, renamed, pinned to the sidebar and removed')],
  },
  {
    id: '2.8-search-bookmarks',
    says: 'search inside the bookmarks by in:bookmarks',
    shown: [search('operators narrow what is found, and the help puts them into the box')],
  },
  {
    id: '2.8-talks-grouped',
    says: 'private mentions grouped by the people in them',
    shown: [talks('private mentions of the same people are one conversation')],
  },
  {
    id: '2.8-talks-beside',
    says: 'the thread on the side, in the place of the list when narrow',
    shown: [talks('a conversation opens beside the list, and in its place at 380 pixels')],
  },
  {
    id: '2.8-talks-line',
    says: 'a line that stays: "Private mentions are not encrypted"',
    shown: [talks('a conversation opens beside the list, and in its place at 380 pixels')],
  },
  {
    id: '2.8-talks-unread',
    says: 'an unread dot with words, gone once read; marked unread again',
    shown: [talks('the unread dot goes when it is read, and comes back when asked')],
  },
  {
    id: '2.8-talks-locked',
    says: 'the composer is locked to the same people, with removable chips',
    shown: [talks('an answer goes to the same people, less those whose chip was removed')],
  },
  {
    id: '2.8-talks-live',
    says: 'what arrives shows at once',
    shown: [talks('an answer goes to the same people, less those whose chip was removed')],
  },
  {
    id: '2.8-talks-delete',
    says: 'a conversation is deleted from the list after a question',
    shown: [talks('a conversation is taken out of the list')],
  },
  {
    id: '2.8-notices-grouped',
    says: 'grouped by type and target for favourite, boost and follow, by the server',
    shown: [notices('favourites of one post are one row of at most eight faces')],
  },
  {
    id: '2.8-notices-row',
    says: 'a group row: at most 8 avatars, "Bo, Cy and 5 others favourited", one line of the post',
    shown: [notices('favourites of one post are one row of at most eight faces')],
  },
  {
    id: '2.8-notices-single',
    says: 'mention, quote, poll, edit and follow request stand alone',
    shown: ['test/renderer/state/groups.test.ts > kinds that stand alone keep their own rows'],
  },
  {
    id: '2.8-notices-segments',
    says: 'segments All, Mentions, Follows, Requests, each its own page of the server',
    shown: [notices('segments show their kinds only')],
  },
  {
    id: '2.8-notices-strangers',
    says: 'the "From strangers" tray says how many wait, lets in or puts away',
    shown: [notices('strangers wait in a tray until they are let in')],
  },
  {
    id: '2.8-notices-policy',
    says: 'accept, hold or ignore for not followed, new accounts, private mentions of strangers',
    shown: [notices('who is held back is chosen kind by kind')],
  },
  {
    id: '2.8-notices-line',
    says: 'the unread line stands where the last visit ended',
    shown: [notices('the unread line stands above what was read, and all is marked read at once')],
  },
  {
    id: '2.8-notices-read',
    says: 'Mark all read, by button and by command',
    shown: [notices('the unread line stands above what was read, and all is marked read at once')],
  },
  {
    id: '2.8-notices-count',
    says: 'nothing red, and never a number above 99',
    shown: [notices('more than ninety-nine say so, and not in red')],
  },
  {
    id: '2.8-notices-requests',
    says: 'follow requests are accepted and declined',
    shown: [notices('follow requests are accepted and declined, in their row and in their segment')],
  },
  {
    id: '2.8-notices-dismiss',
    says: 'a row is dismissed, a group as one',
    shown: [notices('a row is taken away by key and by mouse')],
  },
  {
    id: '2.8-offline',
    says: 'all of these work with no network: catch-up, search, conversations, notifications',
    shown: [
      catchUp('the page counts what stands in Home since the last visit, from what is stored'),
      search('looking somebody up elsewhere is a row of its own, and offline says so'),
      talks('an answer goes to the same people, less those whose chip was removed'),
      notices('favourites of one post are one row of at most eight faces'),
    ],
  },
]
