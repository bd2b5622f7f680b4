/** One numbered security rule of the federation contract (5.1 to 5.5). Tests name the number they prove: `test('rule 19: …')`. */
export interface Attack {
  rule: number
  /** What must hold, in one sentence. */
  sentence: string
  /** Where it went wrong for somebody. */
  cve?: string
}

export const attacks: Attack[] = [
  // Authenticity
  {
    rule: 1,
    sentence:
      'Nothing is done for an activity before its signature, the owner of its key and the equality of that owner with `actor` are established.',
    cve: 'CVE-2025-54888',
  },
  {
    rule: 2,
    sentence:
      'Signatures fail closed: required parts covered, unknown algorithms and `acct:` key ids refused, handlers reachable only with a verified actor.',
    cve: 'CVE-2026-28432, CVE-2023-49079',
  },
  {
    rule: 3,
    sentence:
      'A fetched object counts only if its `id` is the URL that answered, or answers there once more on the same host, and its author lives on the host of its id.',
    cve: 'CVE-2024-23832',
  },
  {
    rule: 4,
    sentence: 'Objects are read from ActivityPub media types only, never from our own host, and no upload of ours is served as one.',
    cve: 'CVE-2024-25623, CVE-2024-25636',
  },
  {
    rule: 5,
    sentence: 'An embedded object is trusted only with the origin and owner of the verified actor; otherwise it is an address to fetch.',
    cve: 'FEP-fe34',
  },
  {
    rule: 6,
    sentence:
      'Only the owner updates, deletes, undoes, adds or removes; a stranger’s Delete counts only when the origin itself says the object is gone.',
  },
  {
    rule: 7,
    sentence:
      'A key counts when key and owner name each other on one host and the owner was fetched as an actor, never from an inbox body.',
  },
  {
    rule: 8,
    sentence: 'Linked-data signatures never authenticate; a forwarded activity is fetched from its origin.',
    cve: 'CVE-2026-42462, CVE-2026-46349, GHSA-2vxv-pv3m-3wvj',
  },
  {
    rule: 9,
    sentence: 'A handle is shown only after a WebFinger round trip, in punycode where scripts mix, with direction controls stripped.',
    cve: 'CVE-2023-42451',
  },
  {
    rule: 10,
    sentence: 'A mention is who its `href` resolves to, rendered from our records, and a link shows its true domain.',
    cve: 'CVE-2023-36462',
  },
  { rule: 11, sentence: 'Custom emoji belong to shortcode and host, come from the author’s host, and never appear in a handle.' },
  {
    rule: 12,
    sentence:
      'A poll takes one vote per actor or option, from verified actors, while open, and remote tallies from the poll’s origin only.',
  },
  {
    rule: 13,
    sentence: 'An Accept counts only from the followed with a matching pending Follow, and private posts reach approved followers only.',
    cve: 'CVE-2025-30741',
  },
  {
    rule: 14,
    sentence: 'A quote is shown only with a stamp of the quoted author for that pair, and quotes nest two levels at most.',
    cve: 'GHSA-8h43-rcqj-wpc6, CVE-2026-33869',
  },
  { rule: 15, sentence: 'A replayed request changes nothing: time window, seen ids, growing `updated`, and an undone id stays undone.' },
  {
    rule: 16,
    sentence: 'A block holds for author, booster, signer, host and its parent domains, at every ingest and every rendering.',
    cve: 'GHSA-5h2f-wg8j-xqwp',
  },
  { rule: 17, sentence: 'No later message widens the audience of what is stored.', cve: 'CVE-2024-37903' },
  { rule: 18, sentence: 'One central question decides who may see an object, for every page, feed, collection, search and medium.' },
  // Fetching
  {
    rule: 19,
    sentence: 'Connections go to global unicast addresses only, with IPv4 addresses hidden in IPv6 ones unwrapped and judged.',
    cve: 'CVE-2025-23221, CVE-2026-50131, CVE-2026-62857, CVE-2026-77632, CVE-2026-22245, CVE-2026-46348, CVE-2026-47389',
  },
  {
    rule: 20,
    sentence:
      'A name is looked up once, all its addresses must be allowed, the connection goes to that very address and is checked again, and no proxy variable is read.',
  },
  {
    rule: 21,
    sentence:
      'Redirects are followed by hand, three at most (five for WebFinger), each judged anew, never down from https, never in circles, with a fresh signature per hop.',
  },
  {
    rule: 22,
    sentence:
      'Only https URLs on port 443 with a dotted public name, no user info and at most 2048 characters are fetched, and never our own host.',
  },
  { rule: 23, sentence: 'Every outgoing request of every kind goes through the same guarded room.', cve: 'CVE-2026-62857' },
  { rule: 24, sentence: 'Bodies are cut at their limit after decompression, and one that unpacks to far too much is refused.' },
  {
    rule: 25,
    sentence: 'Connecting, headers and the whole exchange have wall-clock limits, and requests per host and in all are bounded.',
    cve: 'CVE-2023-36461',
  },
  { rule: 26, sentence: 'JSON is scanned for nesting, members and prototype names before it is used.', cve: 'GHSA-gg8q' },
  {
    rule: 27,
    sentence: 'Collections are read with limits on pages, items, bytes and time, on one origin, and stop when nothing new comes.',
    cve: 'CVE-2025-32947',
  },
  {
    rule: 28,
    sentence:
      'One inbox request causes a handful of fetches at most, never inside the HTTP handler, and threads are climbed to a fixed depth.',
  },
  { rule: 29, sentence: 'Unknown keys are cached as unknown and budgeted per host and registrable domain.', cve: 'CVE-2026-34148' },
  // Content
  {
    rule: 30,
    sentence: 'Remote HTML goes through a streaming parser, and no backtracking expression meets remote text.',
    cve: 'CVE-2025-68475',
  },
  {
    rule: 31,
    sentence: 'Remote HTML is sanitised on ingest and on rendering, under a strict content security policy in a sandboxed window.',
    cve: 'CVE-2025-53941, CVE-2023-36459, CVE-2023-42452',
  },
  { rule: 32, sentence: 'Remote media reach the window through our proxy, without referrer.' },
  {
    rule: 33,
    sentence: 'Media are recognised by their bytes, capped in pixels and frames, and never decoded for strangers in Node.',
    cve: 'CVE-2023-36460, CVE-2023-5588',
  },
  { rule: 34, sentence: 'Blurhashes, focal points, dates and numbers of strangers are validated or clamped.' },
  { rule: 35, sentence: 'Imported archives cannot write outside their folder nor unpack without limit.', cve: 'CVE-2025-32949' },
  { rule: 36, sentence: 'Link previews are fetched late and spread, under the rules of every other fetch.' },
  // Floods
  {
    rule: 37,
    sentence:
      'The inbox checks the cheapest first, budgets per signer host and for the unverified, and bounds body time and parallel work.',
  },
  { rule: 38, sentence: 'Deletes of actors nobody here knows cost no fetch.' },
  { rule: 39, sentence: 'Mentions by strangers en masse wait as requests, and their media are not fetched by themselves.' },
  { rule: 40, sentence: 'Caches, seen ids and notifications are bounded, and a full disk answers 503.' },
  {
    rule: 41,
    sentence:
      'Deliveries cannot be aimed: approvals per domain, a breaker per host, shared inboxes on the actor’s registrable domain only.',
    cve: 'CVE-2026-69132',
  },
  // Local API, OAuth, tunnel
  { rule: 42, sentence: 'The public listener has no route of the owner, and only it is given to the tunnel.' },
  { rule: 43, sentence: 'The owner’s listener knows its exact Host and Origin and answers 403 to others.' },
  { rule: 44, sentence: 'The API takes bearer tokens, never cookies, and a GET has no effect.' },
  {
    rule: 45,
    sentence: 'OAuth is authorisation code with PKCE, exact redirect, one-time codes and hashed tokens, consented in the owner’s window.',
  },
  { rule: 46, sentence: 'The client API is off the public listener until the owner opens it, and no secret stands in a URL.' },
  { rule: 47, sentence: 'A tunnel that answers with another key than ours is noticed and said.' },
  { rule: 48, sentence: 'A tunnel that hands out another name than the stored one means offline, and nothing is sent.' },
  { rule: 49, sentence: 'A tunnel’s interstitial page is not mistaken for an answer of ours.' },
  { rule: 50, sentence: 'Forwarded-for headers are ignored and absolute URLs are built from the stored origin.', cve: 'CVE-2024-34535' },
  { rule: 51, sentence: 'Ambiguous framing and absolute or doubled paths are refused, and signatures are checked over the raw target.' },
  { rule: 52, sentence: 'Errors carry no stack and no version, absent and forbidden look alike, and logs hold no secret.' },
  { rule: 53, sentence: 'Updates are signed and dependencies pinned and audited.' },
  { rule: 54, sentence: 'Statements are prepared, files are 0600, and an export warns.' },
  { rule: 55, sentence: 'After a sleep the clock is read first and waiting work starts spread out.' },
  { rule: 56, sentence: 'The owner is shown the audience and asked before sharing something private.' },
]

/** The rule with that number, for test titles. @throws when there is none */
export function rule(number: number): string {
  const found = attacks.find((attack) => attack.rule === number)
  if (!found) throw new Error(`There is no rule ${number}`)
  return `rule ${number}: ${found.sentence}`
}
