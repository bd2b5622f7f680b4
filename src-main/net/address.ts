import { isIPv4, isIPv6 } from 'node:net'

type Range = readonly [network: Uint8Array, bits: number, name: string]

const range = (text: string, name: string): Range => {
  const [address, bits] = text.split('/') as [string, string]
  return [addressBytes(address)!, Number(bits), name]
}

/** Rule 19: everything IANA does not call globally reachable unicast. */
const refused4: Range[] = [
  range('0.0.0.0/8', 'this network'),
  range('10.0.0.0/8', 'private'),
  range('100.64.0.0/10', 'carrier NAT'),
  range('127.0.0.0/8', 'loopback'),
  range('169.254.0.0/16', 'link-local'),
  range('172.16.0.0/12', 'private'),
  range('192.0.0.0/24', 'protocol assignments'),
  range('192.0.2.0/24', 'documentation'),
  range('192.88.99.0/24', '6to4 relay'),
  range('192.168.0.0/16', 'private'),
  range('198.18.0.0/15', 'benchmarking'),
  range('198.51.100.0/24', 'documentation'),
  range('203.0.113.0/24', 'documentation'),
  range('224.0.0.0/4', 'multicast'),
  range('240.0.0.0/4', 'reserved'),
]

const refused6: Range[] = [
  range('::/128', 'unspecified'),
  range('::1/128', 'loopback'),
  range('::/96', 'IPv4-compatible'),
  range('::ffff:0:0/96', 'IPv4-mapped'),
  range('64:ff9b::/96', 'NAT64'),
  range('64:ff9b:1::/48', 'local NAT64'),
  range('100::/64', 'discard'),
  range('2001::/23', 'protocol assignments (Teredo, ORCHID)'),
  range('2001:db8::/32', 'documentation'),
  range('2002::/16', '6to4'),
  range('3fff::/20', 'documentation'),
  range('5f00::/16', 'segment routing'),
  range('fc00::/7', 'unique local'),
  range('fe80::/10', 'link-local'),
  range('fec0::/10', 'site-local'),
  range('ff00::/8', 'multicast'),
]

const globalUnicast = range('2000::/3', 'global unicast')
const nat64 = range('64:ff9b::/96', 'NAT64')
const mapped = range('::ffff:0:0/96', 'IPv4-mapped')

/**
 * Why an IP address may not be connected to, null when it may (rule 19: global unicast only). IPv4 addresses hidden in IPv6 ones
 * (mapped, compatible, NAT64, 6to4, Teredo, ISATAP) are unwrapped and judged too. Anything unreadable, zone ids included, is refused.
 */
export function addressRefusal(address: string): string | null {
  const bytes = addressBytes(address)
  if (bytes === null) return 'not an address'
  if (bytes.length === 4) return firstMatch(refused4, bytes)
  for (const inner of embedded(bytes)) {
    const reason = firstMatch(refused4, inner)
    if (reason !== null) return `embedded IPv4: ${reason}`
  }
  return firstMatch(refused6, bytes) ?? (within(globalUnicast, bytes) ? null : 'outside 2000::/3')
}

/** The IPv4 address a DNS64 resolver packed into a well-known NAT64 address, null for all others. */
export function nat64Target(address: string): string | null {
  const bytes = addressBytes(address)
  if (bytes === null || bytes.length !== 16 || !within(nat64, bytes)) return null
  return [...bytes.subarray(12)].join('.')
}

/** Whether two spellings name one address (`::1` and `0:0:0:0:0:0:0:1`; an IPv4-mapped address is its IPv4 address). */
export function sameAddress(one: string, other: string): boolean {
  const [a, b] = [plain(one), plain(other)]
  return a !== null && b !== null && Buffer.compare(a, b) === 0
}

function plain(address: string): Uint8Array | null {
  const bytes = addressBytes(address)
  if (bytes?.length === 16 && within(mapped, bytes)) return bytes.subarray(12)
  return bytes
}

function firstMatch(ranges: readonly Range[], bytes: Uint8Array): string | null {
  return ranges.find((candidate) => within(candidate, bytes))?.[2] ?? null
}

function within([network, bits]: Range, bytes: Uint8Array): boolean {
  const whole = bits >> 3
  for (let i = 0; i < whole; i++) if (network[i] !== bytes[i]) return false
  const rest = bits & 7
  return rest === 0 || (network[whole]! ^ bytes[whole]!) >> (8 - rest) === 0
}

function* embedded(bytes: Uint8Array): Generator<Uint8Array> {
  const starts = (...prefix: number[]): boolean => prefix.every((byte, at) => bytes[at] === byte)
  const low = bytes.subarray(12)
  const zeros = bytes.subarray(0, 10).every((byte) => byte === 0)
  if (zeros) yield low
  if (starts(0, 0x64, 0xff, 0x9b)) yield low
  if (starts(0x20, 0x02)) yield bytes.subarray(2, 6)
  if (starts(0x20, 0x01, 0, 0)) {
    yield bytes.subarray(4, 8)
    yield low.map((byte) => byte ^ 0xff)
  }
  // ISATAP (RFC 5214): any prefix, then 0000:5efe or 0200:5efe.
  if ((bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe) yield low
}

/** 4 or 16 bytes, null for anything `net.isIP` does not accept or that carries a zone id. */
export function addressBytes(address: string): Uint8Array | null {
  if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number))
  if (!isIPv6(address) || address.includes('%')) return null
  let text = address
  const dotted = text.lastIndexOf(':') + 1
  if (text.includes('.')) {
    const [a, b, c, d] = text.slice(dotted).split('.').map(Number) as [number, number, number, number]
    text = `${text.slice(0, dotted)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  }
  const [head, tail] = text.split('::') as [string, string | undefined]
  const groups = (part: string | undefined): number[] => (part ? part.split(':').map((group) => parseInt(group, 16)) : [])
  const [front, back] = [groups(head), groups(tail)]
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back]
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}
