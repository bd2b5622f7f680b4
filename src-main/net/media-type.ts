const profile = 'https://www.w3.org/ns/activitystreams'

/** The only media types an ActivityPub object may come as (rule 4). */
export const activityTypes: readonly string[] = ['application/activity+json', `application/ld+json; profile="${profile}"`]
/** WebFinger answers (RFC 7033), and what most servers call them. */
export const jrdTypes: readonly string[] = ['application/jrd+json', 'application/json']
/** NodeInfo and other JSON that carries no identity. */
export const jsonTypes: readonly string[] = ['application/json']
/** What to ask for when fetching an object. */
export const activityAccept = activityTypes.join(', ')

export interface MediaType {
  /** `type/subtype`, lower-case. */
  essence: string
  /** Lower-case names to values; the first of a repeated parameter counts. */
  parameters: ReadonlyMap<string, string>
}

/** Reads a `Content-Type` (RFC 9110 8.3.1), null when there is none or it cannot be one. */
export function parseMediaType(header: string | undefined): MediaType | null {
  if (header === undefined || header.length > 1024) return null
  const semicolon = header.indexOf(';')
  const essence = (semicolon < 0 ? header : header.slice(0, semicolon)).trim().toLowerCase()
  if (!/^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(essence)) return null
  const parameters = new Map<string, string>()
  if (semicolon >= 0) {
    for (const match of header.slice(semicolon).matchAll(/;\s*([A-Za-z0-9!#$&^_.+-]+)=(?:"([^"]*)"|([^\s;"]*))/g)) {
      const name = match[1]!.toLowerCase()
      if (!parameters.has(name)) parameters.set(name, match[2] ?? match[3]!)
    }
  }
  return { essence, parameters }
}

/** Whether a `Content-Type` is one of `types`. Parameters of the wanted type must be there (a `profile` as one of a list); others, `charset` included, may. */
export function matchesType(header: string | undefined, types: readonly string[]): boolean {
  const given = parseMediaType(header)
  if (given === null) return false
  return types.some((type) => {
    const wanted = parseMediaType(type)!
    if (wanted.essence !== given.essence) return false
    return [...wanted.parameters].every(([name, value]) => (given.parameters.get(name) ?? '').split(/\s+/).includes(value))
  })
}

/** Whether a `Content-Type` is ActivityPub's: `application/activity+json`, or `application/ld+json` with the ActivityStreams profile. */
export function isActivityType(header: string | undefined): boolean {
  return matchesType(header, activityTypes)
}
