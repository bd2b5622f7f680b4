import type { Row } from './row.ts'

const lists = 'test/e2e/places.test.ts > a list is made, named, filled by search, told what it shows, read and deleted'
const listBoosts = 'test/main/domain/lists.test.ts > show no boosts where the owner wants none, in their timeline and in streams'
const tags = 'test/e2e/places.test.ts > a hashtag is combined with any, all and none of others, followed and muted'
const marks = 'test/e2e/places.test.ts > a bookmark is put under a label from its own control, looked for, and let go'
const markWords = 'test/main/domain/labels.test.ts > words are found among bookmarks only, page by page'
const markLabels = 'test/main/domain/labels.test.ts > a post under a label is a bookmark, and leaves one without leaving the other'
const stored = 'test/e2e/places.test.ts > favourites and everything received are shown from what is stored'
const silent = 'test/e2e/places.test.ts > a server that cannot be asked is told of in one sentence'
const around =
  'test/main/federation/around.test.ts > only addresses on that host are taken, each once, and what is here is not fetched again'
const refuses = 'test/main/federation/around.test.ts > a server that refuses, has none, lies or is silent says which'
const tabs = 'test/e2e/places.test.ts > posts, replies, media as a grid and about, with how many posts are known'
const note = 'test/e2e/places.test.ts > a private note is kept and shown wherever the person is'
const head = 'test/e2e/places.test.ts > boosts are hidden and posts told of, from the head of a profile'
const followers = 'test/e2e/places.test.ts > who follows the owner back is marked, and followers stand in a list of their own'
const card = 'test/e2e/places.test.ts > a card of a person opens where the pointer rests on their name, and goes with Escape'
const filter = 'test/e2e/places.test.ts > a filter is tried on the week before it is kept, and tells by day what it found'
const days = 'test/main/domain/filter-preview.test.ts > kept filters tell how much they found, each day'
const star = 'test/main/domain/filter-preview.test.ts > a star stands for the rest of a word, and no text makes it slow'
const counted = 'test/main/domain/filter-preview.test.ts > is counted by day, newest examples first, own posts never'
const familiar = 'test/main/federation/around.test.ts > those the owner follows are found among what their server tells'

/** The places beside home, profiles and filters: interface.md 2.8 and section 1 of the issue. */
export const rows: readonly Row[] = [
  { id: '2.8-lists-index', says: 'Lists: every list, and a line that makes one', shown: [lists] },
  { id: '2.8-lists-rename', says: 'a list is renamed and deleted', shown: [lists] },
  { id: '2.8-lists-members', says: 'people are put on a list by search and taken off', shown: [lists] },
  { id: '2.8-lists-exclusive', says: 'exclusive flag', shown: [lists] },
  { id: '2.8-lists-replies', says: 'replies policy', shown: [lists] },
  { id: '2.8-lists-boosts', says: 'per-list "don’t show boosts"', shown: [lists, listBoosts] },
  { id: '2.8-tags-any', says: 'Hashtags: any of several', shown: [tags] },
  { id: '2.8-tags-all', says: 'and all of some', shown: [tags] },
  { id: '2.8-tags-none', says: 'and none of others, in an address that can be kept', shown: [tags] },
  { id: '2.8-tags-follow', says: 'a hashtag is followed', shown: [tags] },
  { id: '2.8-tags-mute', says: 'a hashtag is muted', shown: [tags] },
  {
    id: '2.8-tags-notify',
    says: 'a hashtag "notify"',
    missing:
      'no notification of a hashtag exists in the client API of Mastodon 4.5, whose types the notifications of this server and every app are held against',
  },
  { id: '2.8-bookmarks-folders', says: 'Bookmarks: folders are local labels', shown: [marks, markLabels] },
  { id: '2.8-bookmarks-control', says: 'labels are put on and taken off from the post’s bookmark control', shown: [marks] },
  { id: '2.8-bookmarks-search', says: 'full-text search in bookmarks', shown: [marks, markWords] },
  { id: '2.8-favourites', says: 'Favourites', shown: [stored] },
  { id: '2.8-received', says: 'Everything received', shown: [stored] },
  { id: '1-around', says: 'another server’s public timeline to look around', shown: [around, silent] },
  { id: '1-around-refused', says: 'a server that asks for a sign-in says so', shown: [refuses] },
  { id: '2.8-profile-known', says: '"Showing 34 posts we know of. Fetch older from x.social"', shown: [tabs] },
  { id: '2.8-profile-posts', says: 'tabs Posts and With replies', shown: [tabs] },
  { id: '2.8-profile-media', says: 'Media as a grid', shown: [tabs] },
  { id: '2.8-profile-about', says: 'About with fields and since when', shown: [tabs] },
  { id: '2.8-profile-note', says: 'private note, first-class', shown: [note] },
  { id: '2.8-profile-follows-you', says: '"Follows you", and both ways', shown: [followers] },
  { id: '2.8-profile-familiar', says: 'mutual followers, asked of the person’s server', shown: [familiar] },
  { id: '2.8-profile-menu', says: 'menu: mute, block, block domain, lists, report, open original', shown: [head] },
  { id: '2.8-profile-boosts', says: 'hide boosts', shown: [head] },
  { id: '2.8-profile-notify', says: 'notify of every post', shown: [head] },
  { id: '2.8-profile-followers', says: 'followers and following as lists', shown: [followers] },
  { id: '4-names-card', says: 'a card of a person on their name', shown: [card] },
  { id: '2.8-filters-words', says: 'Filters: keyword, phrase, whole word', shown: [filter, counted] },
  { id: '2.8-filters-star', says: 'regex-lite: a star for the rest of a word, never slow', shown: [star, filter] },
  { id: '2.8-filters-contexts', says: 'contexts are chosen', shown: [filter] },
  { id: '2.8-filters-action', says: 'warn, hide, blur', shown: [filter] },
  { id: '2.8-filters-expiry', says: 'expiry', shown: [filter] },
  { id: '2.8-filters-preview', says: 'live "would have matched 12 posts this week"', shown: [filter, counted] },
  { id: '4-filters-totals', says: 'what was hidden, as day totals in Filters', shown: [filter, days] },
]
