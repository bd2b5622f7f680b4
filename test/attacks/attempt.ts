import { Broken, expectOne } from '../rig/evil-peer/expect.ts'
import type { Scene } from '../rig/evil-peer/scene.ts'
import type { Asked } from '../rig/evil-peer/peer.ts'
import type { Answer } from '../rig/http.ts'

/** One attack on an instance of its own kind, played over real HTTP. */
export interface Attempt {
  rule: number
  /** What is tried, in a few words; unique. */
  name: string
  /** Tables that may be different afterwards. Everything else must be as it was, to the last byte; 'anything': the play looks itself. */
  leaves?: readonly string[] | 'anything'
  /** Requests it may make us send to others at most; the default is rule 28's handful. */
  requests?: number
  /** Only against an instance without `--allow-private-network`, which is one made from the sources. */
  strict?: true
  /** Takes seconds: left out of `npm test`. */
  slow?: true
  /** @returns what was answered, for the table @throws Broken when it got through */
  play(scene: Scene): Promise<number | string>
}

/** What came of an attempt. */
export interface Outcome {
  attempt: Attempt
  against: string
  /** What was answered. */
  seen: string
  /** Tables that changed though they may not. */
  changed: string[]
  requests: number
  /** Null: repelled. */
  problem: string | null
  ms: number
}

/**
 * Ids of what has been taken and what is gone are remembered, whatever was said; what a server runs is asked of it now and then; what
 * could not be had when it came is tried again in its own time.
 */
const ALWAYS = ['seen', 'tombstones', 'servers', 'inbound']
export const HANDFUL = 10

/** Plays one attempt and looks at what it did. Never throws. */
export async function playOne(scene: Scene, attempt: Attempt): Promise<Outcome> {
  const startedAt = performance.now()
  const leaves = attempt.leaves ?? []
  const without = leaves === 'anything' ? [] : [...ALWAYS, ...leaves]
  let seen = ''
  let problem: string | null = null
  let changed: string[] = []
  let requests = 0
  try {
    const before = steady(scene.picture(without))
    const asked = scene.peer.asked.length
    const [plain, inside] = [scene.peer.plain(), scene.peer.inside.connections()]
    const logged = scene.target.log().length
    seen = String(await attempt.play(scene))
    await scene.settled()
    requests = scene.peer.asked.slice(asked).filter((one) => !ofOwnAccord(scene, one)).length
    const after = steady(scene.picture(without))
    if (leaves !== 'anything')
      changed = Object.keys(after).filter((table) => JSON.stringify(after[table]) !== JSON.stringify(before[table]))
    if (changed.length > 0) problem = `it changed ${changed.join(', ')}: ${difference(before, after, changed[0] as string)}`
    else if (requests > (attempt.requests ?? HANDFUL)) problem = `it made us send ${requests} requests`
    else if (scene.peer.inside.connections() > inside) problem = 'it made us connect to a private address'
    else if (scene.target.strict && scene.peer.plain() > plain) problem = 'it made us speak without TLS'
    else problem = wrongInLog(scene.target.log().slice(logged))
  } catch (error) {
    problem = error instanceof Broken ? error.message : ((error as Error).stack ?? String(error))
    await scene.settled().catch(() => undefined)
  }
  return { attempt, against: scene.target.kind, seen, changed, requests, problem, ms: performance.now() - startedAt }
}

/**
 * Without what moves by itself: when we were last online, when the owner's token was last used, how far the posts of somebody followed have
 * been read, how far what is done once in the background has come, whether the pages that earlier posts link to have been had, and the insides
 * of the search index, which are put in order in the background.
 */
function steady(picture: Record<string, string[]>): Record<string, string[]> {
  return {
    ...Object.fromEntries(Object.entries(picture).filter(([table]) => !table.startsWith('search_'))),
    cards: (picture.cards ?? []).map((row) => row.replace(/"(state|attempts|next_at|fetched_at)":[^,}]+/g, '')),
    settings: (picture.settings ?? []).filter((row) => !/"key":"(lastOnline|connection\w*|conversationsJoinedUpTo|searchIndex)"/.test(row)),
    accounts: (picture.accounts ?? []).map((row) => row.replace(/"(posts_fetched_at|outbox_next|outbox_done)":[^,}]+/g, '')),
    tokens: (picture.tokens ?? []).map((row) => row.replace(/"used_at":[^,}]+/, '')),
  }
}

/**
 * What nobody makes us ask for now: what a server runs, what those have to say whom the owner has just followed, and pages for people that
 * posts of minutes ago link to (rule 36 has tests of its own).
 */
function ofOwnAccord(scene: Scene, { host, path, headers }: Asked): boolean {
  if (/^text\/html\b/.test(headers.accept ?? '')) return true
  return path === '/.well-known/nodeinfo' || (host === scene.hosts.mo.name && /^\/users\/mo\/(outbox|featured)$/.test(path))
}

/** A crash behind an answer that looks right is still a crash. */
function wrongInLog(lines: string): string | null {
  for (const line of lines.split('\n')) {
    if (/a request failed|unhandled rejection|uncaught exception|"level":(?:"error"|"fatal"|50|60)\b/.test(line))
      return `it logged ${line.slice(0, 400)}`
  }
  return null
}

function difference(before: Record<string, string[]>, after: Record<string, string[]>, table: string): string {
  const [one, other] = [before[table] ?? [], after[table] ?? []]
  const more = other.find((row) => !one.includes(row))
  const less = one.find((row) => !other.includes(row))
  return `${less === undefined ? '' : `- ${less.slice(0, 300)} `}${more === undefined ? '' : `+ ${more.slice(0, 300)}`}`
}

/** The answers of several tries in one word: they must all be among these. */
export class Answers {
  readonly #seen = new Set<number>()

  add(answer: Answer, wanted: readonly number[], what: string): void {
    expectOne(answer.status, wanted, what)
    this.#seen.add(answer.status)
  }

  toString(): string {
    return [...this.#seen].toSorted().join(', ')
  }
}
