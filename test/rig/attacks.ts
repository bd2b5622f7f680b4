/** One numbered security rule of the federation contract (5.1 to 5.5). Tests name the number they prove: `test('rule 19: …')`. */
export interface Attack {
  rule: number
  /** What must hold, in one sentence. */
  sentence: string
  /** Where it went wrong for somebody. */
  cve?: string
  proof: Proof
}

/** How a rule is shown to hold; `npm run attacks` plays and runs all of it. */
export interface Proof {
  /** Names of what the evil peer tries (`test/attacks/`). */
  attacks?: readonly string[]
  /** What cannot be played from outside: tests, by file and by words of their titles. */
  tests?: readonly { file: string; title?: string }[]
  /** The part of it that speaks of something this program does not have, and what that is. */
  passedOver?: string
}

export const attacks: Attack[] = [
  // Authenticity
  {
    rule: 1,
    sentence:
      'Nothing is done for an activity before its signature, the owner of its key and the equality of that owner with `actor` are established.',
    cve: 'CVE-2025-54888',
    proof: {
      attacks: [
        'signed by a stranger in somebody’s name',
        'signed by somebody on the same server',
        'in the owner’s own name',
        'every kind of activity, unsigned',
        'a key elsewhere that calls itself mo’s',
      ],
    },
  },
  {
    rule: 2,
    sentence:
      'Signatures fail closed: required parts covered, unknown algorithms and `acct:` key ids refused, handlers reachable only with a verified actor.',
    cve: 'CVE-2026-28432, CVE-2023-49079',
    proof: {
      attacks: [
        'unknown algorithms',
        'key ids that are no addresses',
        'parts that are not covered',
        'fields that are named and not sent, and parameters given twice',
        'signatures that are none',
        'digests of something else',
        'a broken RFC 9421 signature beside a good older one',
        'a signature that is somewhere else, or for another request',
      ],
      tests: [{ file: 'test/main/signatures/verification.test.ts' }],
    },
  },
  {
    rule: 3,
    sentence:
      'A fetched object counts only if its `id` is the URL that answered, or answers there once more on the same host, and its author lives on the host of its id.',
    cve: 'CVE-2024-23832',
    proof: {
      attacks: [
        'a document that says it is another’s',
        'an actor document that says it is another’s',
        'a redirect to somebody else’s document',
      ],
    },
  },
  {
    rule: 4,
    sentence: 'Objects are read from ActivityPub media types only, never from our own host, and no upload of ours is served as one.',
    cve: 'CVE-2024-25623, CVE-2024-25636',
    proof: {
      attacks: ['notes of other media types', 'our own host as the origin of an object', 'an upload that would be served as an object'],
    },
  },
  {
    rule: 5,
    sentence: 'An embedded object is trusted only with the origin and owner of the verified actor; otherwise it is an address to fetch.',
    cve: 'FEP-fe34',
    proof: {
      attacks: ['a boost with a changed copy of somebody else’s post', 'posts of other hosts and owners, embedded'],
    },
  },
  {
    rule: 6,
    sentence:
      'Only the owner updates, deletes, undoes, adds or removes; a stranger’s Delete counts only when the origin itself says the object is gone.',
    proof: {
      attacks: [
        'everything about what is another’s, by a stranger',
        'everything about what is another’s, by somebody on the same server',
        'a favourite, a boost and a follow of somebody else, undone',
        'posts still to come, deleted beforehand by somebody on the same server',
        'somebody followed moves away to whom that person never was',
        'lists of followers of others, elsewhere, or unsigned',
        'a list of followers that leaves the owner out, said once',
      ],
    },
  },
  {
    rule: 7,
    sentence:
      'A key counts when key and owner name each other on one host and the owner was fetched as an actor, never from an inbox body.',
    proof: {
      attacks: [
        'a new key inside an Update of the actor',
        'a key inside the body that it signs',
        'keys that are not their owner’s, or are in what is no actor',
      ],
    },
  },
  {
    rule: 8,
    sentence: 'Linked-data signatures never authenticate; a forwarded activity is fetched from its origin.',
    cve: 'CVE-2026-42462, CVE-2026-46349, GHSA-2vxv-pv3m-3wvj',
    proof: {
      attacks: [
        'a linked-data signature instead of one over the request',
        'forwarded with a linked-data signature and a changed body',
        'an integrity proof made by another',
      ],
    },
  },
  {
    rule: 9,
    sentence: 'A handle is shown only after a WebFinger round trip, in punycode where scripts mix, with direction controls stripped.',
    cve: 'CVE-2023-42451',
    proof: {
      attacks: [
        'user names that read as others',
        'a handle on a host that does not say so',
        'a host in letters of another script',
        'display names with hidden and turning characters',
      ],
    },
  },
  {
    rule: 10,
    sentence: 'A mention is who its `href` resolves to, rendered from our records, and a link shows its true domain.',
    cve: 'CVE-2023-36462',
    proof: {
      attacks: ['a mention whose text and address are two people', 'a link that says another address than it leads to'],
    },
  },
  {
    rule: 11,
    sentence: 'Custom emoji belong to shortcode and host, come from the author’s host, and never appear in a handle.',
    proof: {
      attacks: [
        'reactions without end, with words, with pictures of other hosts',
        'emoji of other hosts, in other people’s names, in handles',
      ],
    },
  },
  {
    rule: 12,
    sentence:
      'A poll takes one vote per actor or option, from verified actors, while open, and remote tallies from the poll’s origin only.',
    proof: {
      attacks: [
        'votes that are none: twice, unknown, with words, for others, by others',
        'more than one vote for one option, and votes after the end',
        'tallies of somebody else’s poll',
      ],
    },
  },
  {
    rule: 13,
    sentence: 'An Accept counts only from the followed with a matching pending Follow, and private posts reach approved followers only.',
    cve: 'CVE-2025-30741',
    proof: {
      attacks: [
        'Accepts that nobody asked for',
        'a post for followers, shown to one who only says to follow',
        'a relay that another says yes for, and what it says of others’ posts',
      ],
    },
  },
  {
    rule: 14,
    sentence: 'A quote is shown only with a stamp of the quoted author for that pair, and quotes nest two levels at most.',
    cve: 'GHSA-8h43-rcqj-wpc6, CVE-2026-33869',
    proof: {
      attacks: [
        'quotes without a stamp, with another’s, with one for another pair',
        'quotes of the owner’s posts that the owner never allowed',
        'quotes of quotes of quotes, and in circles',
      ],
    },
  },
  {
    rule: 15,
    sentence: 'A replayed request changes nothing: time window, seen ids, growing `updated`, and an undone id stays undone.',
    proof: {
      attacks: [
        'stale and future requests',
        'the same request, and the same activity, again',
        'an Update that is older than what is here, or as old',
        'a Like and a boost that were undone, replayed; a post that was deleted, sent again',
        'ids of activities still to come, used up by somebody on the same server',
        'a Follow that was undone, replayed',
      ],
    },
  },
  {
    rule: 16,
    sentence: 'A block holds for author, booster, signer, host and its parent domains, at every ingest and every rendering.',
    cve: 'GHSA-5h2f-wg8j-xqwp',
    proof: {
      attacks: ['somebody blocked, by every way in', 'somebody blocked, boosted, forwarded and quoted by a friend'],
      passedOver: 'whole servers cannot be blocked yet, so the rule’s host and its parent domains have nothing to hold for',
    },
  },
  {
    rule: 17,
    sentence: 'No later message widens the audience of what is stored.',
    cve: 'CVE-2024-37903',
    proof: {
      attacks: ['later messages that widen the audience'],
    },
  },
  {
    rule: 18,
    sentence: 'One central question decides who may see an object, for every page, feed, collection, search and medium.',
    proof: {
      attacks: [
        'private posts, at every address, by everybody',
        'a direct post, by a follower it is not for',
        'pictures of private posts and of what is not published',
        'what is hidden and what is not there, told apart',
        'secure mode, unsigned and signed by somebody blocked',
      ],
    },
  },
  // Fetching
  {
    rule: 19,
    sentence: 'Connections go to global unicast addresses only, with IPv4 addresses hidden in IPv6 ones unwrapped and judged.',
    cve: 'CVE-2025-23221, CVE-2026-50131, CVE-2026-62857, CVE-2026-77632, CVE-2026-22245, CVE-2026-46348, CVE-2026-47389',
    proof: {
      attacks: ['names that lead inside'],
      tests: [{ file: 'test/main/net/attacks.test.ts', title: 'rule 19' }],
    },
  },
  {
    rule: 20,
    sentence:
      'A name is looked up once, all its addresses must be allowed, the connection goes to that very address and is checked again, and no proxy variable is read.',
    proof: {
      tests: [{ file: 'test/main/net/attacks.test.ts', title: 'rule 20' }],
    },
  },
  {
    rule: 21,
    sentence:
      'Redirects are followed by hand, three at most (five for WebFinger), each judged anew, never down from https, never in circles, with a fresh signature per hop.',
    proof: {
      attacks: [
        'forbidden addresses, by a redirect',
        'forbidden addresses, by pictures that redirect',
        'redirects in circles and without end',
      ],
      tests: [{ file: 'test/main/net/attacks.test.ts', title: 'rule 21' }],
    },
  },
  {
    rule: 22,
    sentence:
      'Only https URLs on port 443 with a dotted public name, no user info and at most 2048 characters are fetched, and never our own host.',
    proof: {
      attacks: ['forbidden addresses, by the owner’s look-up'],
      tests: [{ file: 'test/main/net/policy.test.ts' }],
    },
  },
  {
    rule: 23,
    sentence: 'Every outgoing request of every kind goes through the same guarded room.',
    cve: 'CVE-2026-62857',
    proof: {
      attacks: [
        'forbidden addresses, by a boost',
        'forbidden addresses, by the parent of a reply',
        'forbidden addresses, by a mention, an emoji, a picture, a quote, a context',
        'forbidden addresses, by the key of a request',
        'forbidden addresses, by WebFinger',
        'forbidden addresses, by everything an actor names',
        'forbidden addresses, by a conversation and a stamp',
        'forbidden addresses, by NodeInfo',
        'forbidden addresses, by inboxes that our answers go to',
      ],
    },
  },
  {
    rule: 24,
    sentence: 'Bodies are cut at their limit after decompression, and one that unpacks to far too much is refused.',
    proof: {
      attacks: ['bodies that unpack to far too much, or never end'],
      tests: [{ file: 'test/main/net/attacks.test.ts', title: 'rule 24' }],
    },
  },
  {
    rule: 25,
    sentence: 'Connecting, headers and the whole exchange have wall-clock limits, and requests per host and in all are bounded.',
    cve: 'CVE-2023-36461',
    proof: {
      attacks: ['answers that drip, hang or never begin'],
      tests: [{ file: 'test/main/net/attacks.test.ts', title: 'rule 25' }],
    },
  },
  {
    rule: 26,
    sentence: 'JSON is scanned for nesting, members and prototype names before it is used.',
    cve: 'GHSA-gg8q',
    proof: {
      attacks: [
        'nested, huge and poisoned JSON in an activity',
        'the same in what we fetch',
        'a million tags, mentions, options, pictures and addressees',
      ],
    },
  },
  {
    rule: 27,
    sentence: 'Collections are read with limits on pages, items, bytes and time, on one origin, and stop when nothing new comes.',
    cve: 'CVE-2025-32947',
    proof: {
      attacks: ['collections without end, in circles, of a million, elsewhere', 'conversations without end'],
    },
  },
  {
    rule: 28,
    sentence:
      'One inbox request causes a handful of fetches at most, never inside the HTTP handler, and threads are climbed to a fixed depth.',
    proof: {
      attacks: ['one activity that names a hundred things to fetch', 'a thread a thousand posts deep'],
    },
  },
  {
    rule: 29,
    sentence: 'Unknown keys are cached as unknown and budgeted per host and registrable domain.',
    cve: 'CVE-2026-34148',
    proof: {
      attacks: ['the same unknown key, again and again', 'two thousand keys on sub-domains of one domain'],
    },
  },
  // Content
  {
    rule: 30,
    sentence: 'Remote HTML goes through a streaming parser, and no backtracking expression meets remote text.',
    cve: 'CVE-2025-68475',
    proof: {
      attacks: ['HTML that takes careless expressions for ever'],
    },
  },
  {
    rule: 31,
    sentence: 'Remote HTML is sanitised on ingest and on rendering, under a strict content security policy in a sandboxed window.',
    cve: 'CVE-2025-53941, CVE-2023-36459, CVE-2023-42452',
    proof: {
      attacks: ['scripts, handlers, styles and schemes in a post', 'the same in every place that shows text'],
      tests: [{ file: 'test/renderer/content/sanitise.test.ts' }, { file: 'test/main/attacks/fuzz.test.ts' }],
    },
  },
  {
    rule: 32,
    sentence: 'Remote media reach the window through our proxy, without referrer.',
    proof: {
      attacks: ['pictures that would tell who looks'],
    },
  },
  {
    rule: 33,
    sentence: 'Media are recognised by their bytes, capped in pixels and frames, and never decoded for strangers in Node.',
    cve: 'CVE-2023-36460, CVE-2023-5588',
    proof: {
      attacks: ['emoji of the owner that are no pictures', 'documents, scripts and lies as media'],
    },
  },
  {
    rule: 34,
    sentence: 'Blurhashes, focal points, dates and numbers of strangers are validated or clamped.',
    proof: {
      attacks: ['blurhashes, focal points, sizes, dates and counts out of range'],
    },
  },
  {
    rule: 35,
    sentence: 'Imported archives cannot write outside their folder nor unpack without limit.',
    cve: 'CVE-2025-32949',
    proof: {
      passedOver: 'there is no import of archives yet',
    },
  },
  {
    rule: 36,
    sentence: 'Link previews are fetched late and spread, under the rules of every other fetch.',
    proof: {
      tests: [{ file: 'test/main/previews/previews.test.ts', title: 'rule 36' }],
    },
  },
  // Floods
  {
    rule: 37,
    sentence:
      'The inbox checks the cheapest first, budgets per signer host and for the unverified, and bounds body time and parallel work.',
    proof: {
      attacks: [
        'hundreds of unsigned and badly signed requests, as fast as they go',
        'bodies that come a byte at a time',
        'headers that never end',
        'hundreds of requests whose keys are slow to come',
      ],
    },
  },
  {
    rule: 38,
    sentence: 'Deletes of actors nobody here knows cost no fetch.',
    proof: {
      attacks: ['five hundred Deletes of people nobody knows', 'Deletes, Updates and Undos of what is not here, by the thousand'],
    },
  },
  {
    rule: 39,
    sentence: 'Mentions by strangers en masse wait as requests, and their media are not fetched by themselves.',
    proof: {
      attacks: ['mentions by sixty strangers, with pictures'],
    },
  },
  {
    rule: 40,
    sentence: 'Caches, seen ids and notifications are bounded, and a full disk answers 503.',
    proof: {
      attacks: ['a hundred reports from one server', 'thousands of posts, favourites and boosts of strangers that are not for us'],
      tests: [{ file: 'test/main/federation/inbox.test.ts', title: 'rule 40' }, { file: 'test/main/attacks/tombstones.test.ts' }],
    },
  },
  {
    rule: 41,
    sentence:
      'Deliveries cannot be aimed: approvals per domain, a breaker per host, shared inboxes on the actor’s registrable domain only.',
    cve: 'CVE-2026-69132',
    proof: {
      attacks: ['followers whose mail goes to a victim'],
      tests: [{ file: 'test/main/delivery/trouble.test.ts' }],
    },
  },
  // Local API, OAuth, tunnel
  {
    rule: 42,
    sentence:
      'The public listener and that of the local network have no route of the owner, and only the public one is given to the tunnel.',
    proof: {
      attacks: [
        'the owner’s routes on the public listener, with the owner’s token',
        'the owner’s routes and the federation’s in the local network',
      ],
      tests: [{ file: 'test/main/server/doors.test.ts', title: 'rule 42' }],
    },
  },
  {
    rule: 43,
    sentence:
      'The owner’s listener knows its exact Host and Origin and answers 403 to others; that of the local network answers to addresses of this machine only.',
    proof: {
      attacks: ['foreign Hosts and Origins on the owner’s listener', 'names of others on the listener of the local network'],
      tests: [{ file: 'test/main/server/doors.test.ts', title: 'rule 43' }],
    },
  },
  {
    rule: 44,
    sentence: 'The API takes bearer tokens, never cookies; a GET has no effect; a consent page hears its own browser’s form alone.',
    proof: {
      attacks: [
        'cookies, forms and GETs that would act for the owner',
        'forms of other sites on the consent page, and cookies they planted',
      ],
      tests: [{ file: 'test/main/client-api/consent.test.ts', title: 'rule 44' }],
    },
  },
  {
    rule: 45,
    sentence: 'OAuth is authorisation code with PKCE, exact redirect, one-time codes and hashed tokens, consented in the owner’s window.',
    proof: {
      attacks: [
        'redirects, codes and grants that were not asked for',
        'an app that asks while nobody pressed the button',
        'another browser that wants the way back',
        'guesses of the code that the page shows',
        'a flood of requests to be let in',
        'a yes that comes after the no',
        'codes that are stolen, shown twice, or another app’s',
      ],
      tests: [
        { file: 'test/main/domain/consents.test.ts', title: 'rule 45' },
        { file: 'test/main/client-api/oauth.test.ts', title: 'rule 45' },
        { file: 'test/main/client-api/consent.test.ts', title: 'rule 45' },
      ],
    },
  },
  {
    rule: 46,
    sentence: 'The client API is off the public listener until the owner opens it, and no secret stands in a URL.',
    proof: {
      attacks: [
        'the client API and tokens in addresses, from outside',
        'tokens in addresses while the API is on, looked for in the log',
        'the window’s own token, shown from outside',
      ],
      tests: [{ file: 'test/main/server/doors.test.ts', title: 'rule 46' }],
    },
  },
  {
    rule: 47,
    sentence: 'A tunnel that answers with another key than ours is noticed and said.',
    proof: {
      tests: [{ file: 'test/main/delivery/self-check.test.ts', title: 'somebody else answers under our name' }],
    },
  },
  {
    rule: 48,
    sentence: 'A tunnel that hands out another name than the stored one means offline, and nothing is sent.',
    proof: {
      tests: [
        { file: 'test/main/tunnel/localtunnel.test.ts', title: 'gives another name' },
        { file: 'test/main/delivery/connectivity.test.ts', title: 'another name' },
      ],
    },
  },
  {
    rule: 49,
    sentence: 'A tunnel’s interstitial page is not mistaken for an answer of ours.',
    proof: {
      tests: [{ file: 'test/main/delivery/self-check.test.ts', title: 'a page of the tunnel is no answer' }],
    },
  },
  {
    rule: 50,
    sentence: 'Forwarded-for headers are ignored and absolute URLs are built from the stored origin.',
    cve: 'CVE-2024-34535',
    proof: {
      attacks: ['forwarded headers that claim another name, client or scheme'],
    },
  },
  {
    rule: 51,
    sentence: 'Ambiguous framing and absolute or doubled paths are refused, and signatures are checked over the raw target.',
    proof: {
      attacks: ['ambiguous framing, smuggled requests, doubled and absolute paths'],
    },
  },
  {
    rule: 52,
    sentence: 'Errors carry no stack and no version, absent and forbidden look alike, and logs hold no secret.',
    proof: {
      attacks: ['every route with nonsense, looking for words that tell too much', 'the owner’s API with nonsense'],
    },
  },
  {
    rule: 53,
    sentence: 'Updates are signed and dependencies pinned and audited.',
    proof: {
      passedOver: 'there is no updater yet; the versions of packages are pinned by the lock file',
    },
  },
  {
    rule: 54,
    sentence: 'Statements are prepared, files are 0600, and an export warns.',
    proof: {
      attacks: ['SQL in every string', 'files that others on the machine could read'],
    },
  },
  {
    rule: 55,
    sentence: 'After a sleep the clock is read first and waiting work starts spread out.',
    proof: {
      tests: [
        { file: 'test/main/federation/catch-up.test.ts' },
        { file: 'test/main/delivery/connectivity.test.ts', title: 'our clock is wrong' },
      ],
    },
  },
  {
    rule: 56,
    sentence: 'The owner is shown the audience and asked before sharing something private.',
    proof: {
      passedOver: 'a matter of the window, which asks before it sends',
    },
  },
]

/** The rule with that number, for test titles. @throws when there is none */
export function rule(number: number): string {
  const found = attacks.find((attack) => attack.rule === number)
  if (!found) throw new Error(`There is no rule ${number}`)
  return `rule ${number}: ${found.sentence}`
}
