/** Token buckets by name: how much of something somebody may cause. What does not fit is to come again later, never lost (rule 37). */
export interface Buckets {
  /** Takes from the bucket of a name; 0 when it held anything, else the milliseconds until it will. `now` in milliseconds. */
  take(name: string, now: number, cost?: number): number
}

/** `capacity` at once, refilled by `perSecond`. The names heard of longest ago are forgotten beyond `remembered`: theirs are full again. */
export function openBuckets(options: { capacity: number; perSecond: number; remembered?: number }): Buckets {
  const { capacity, perSecond, remembered = 10_000 } = options
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    take(name, now, cost = 1) {
      let bucket = buckets.get(name)
      if (!bucket) {
        if (buckets.size >= remembered) forgetSome(buckets, remembered / 2)
        bucket = { left: capacity, at: now }
        buckets.set(name, bucket)
      }
      bucket.left = Math.min(capacity, bucket.left + (Math.max(0, now - bucket.at) * perSecond) / 1000)
      bucket.at = now
      if (bucket.left < Math.min(cost, 1)) return Math.ceil(((Math.min(cost, 1) - bucket.left) / perSecond) * 1000)
      bucket.left = Math.max(0, bucket.left - cost)
      return 0
    },
  }
}

/** Those filled longest ago first: whoever is flooding just now stays known. */
function forgetSome(buckets: Map<string, { left: number; at: number }>, keep: number): void {
  const oldest = [...buckets].sort(([, a], [, b]) => a.at - b.at).slice(0, buckets.size - keep)
  for (const [name] of oldest) buckets.delete(name)
}

/** Second levels under which others sell names: `co.uk` is nobody's. */
const SHARED_SECOND = new Set(['co', 'com', 'org', 'net', 'ac', 'gov', 'edu', 'or', 'ne', 'go'])

/** The domain somebody has registered, near enough to count by: names under one wildcard are one (rule 29). Takes a host, with or without port. */
export function domainOf(host: string): string {
  const labels = host.replace(/:\d+$/, '').split('.')
  const [tld, second] = [labels.at(-1) ?? '', labels.at(-2) ?? '']
  return labels.slice(tld.length === 2 && SHARED_SECOND.has(second) ? -3 : -2).join('.')
}
