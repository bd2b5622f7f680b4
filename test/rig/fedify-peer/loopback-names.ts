import dns from 'node:dns'

/**
 * Preloaded into peers: `*.localhost` is this machine, which browsers know and the system's resolver does not. Fedify and Node's own
 * `fetch` look names up through `dns.lookup` at the moment they connect.
 */
type Callback = (error: Error | null, address: string | { address: string; family: number }[], family?: number) => void

const original = dns.lookup.bind(dns)

function lookup(name: string, ...rest: unknown[]): void {
  const callback = rest.at(-1) as Callback
  const options = rest.length > 1 ? (rest[0] as { all?: boolean } | number) : {}
  if (name !== 'localhost' && !name.endsWith('.localhost')) {
    return (original as (...argv: unknown[]) => void)(name, ...rest)
  }
  if (typeof options === 'object' && options.all === true) process.nextTick(() => callback(null, [{ address: '127.0.0.1', family: 4 }]))
  else process.nextTick(() => callback(null, '127.0.0.1', 4))
}

dns.lookup = lookup as unknown as typeof dns.lookup
