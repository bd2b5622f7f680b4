import { isIP } from 'node:net'
import { NetError } from './error.ts'

/** What the form of a URL is judged by. */
export interface LocationPolicy {
  /** The `--allow-private-network` switch: lifts scheme, IP literals, dotless and reserved names, ports. */
  allowPrivateNetwork: boolean
  /** Our own authorities, lower-case: fetching ourselves is how others make us trust our own uploads (rule 4). */
  ownHosts: readonly string[]
  /** Authorities (`mo.example:8443`) on other ports that the owner has allowed, one by one; lower-case. */
  ports?: readonly string[]
}

const longest = 2048
const reservedNames = ['local', 'internal', 'localhost', 'onion', 'home.arpa']

/**
 * A URL we may ask for, by its form alone (rule 22): https on 443 (or on a port the owner allowed for that host), a dotted public-looking name, no user info, no IP literal, at
 * most 2048 characters, not ourselves. WHATWG parsing is what is dialled too, so spellings like `0x7f.1` cannot differ.
 * @throws {NetError} `refused-url`
 */
export function allowedLocation(text: string, policy: LocationPolicy): URL {
  const refuse = (why: string): never => {
    throw new NetError('refused-url', `This address is not fetched: ${why}`, { url: text.slice(0, longest) })
  }
  if (text.length > longest) return refuse('longer than 2048 characters')
  if (/[\s\\]/.test(text) || hasControl(text)) return refuse('blanks or backslashes')
  const url = URL.parse(text)
  if (url === null) return refuse('not a URL')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse(`scheme ${url.protocol}`)
  if (url.username !== '' || url.password !== '') return refuse('user information')
  if (url.hostname === '' || url.hostname.endsWith('.')) return refuse('host name')
  if (policy.ownHosts.includes(url.host)) return refuse('our own host')
  url.hash = ''
  if (policy.allowPrivateNetwork) return url

  if (url.protocol !== 'https:') return refuse('not https')
  if (url.port !== '' && policy.ports?.includes(url.host) !== true) return refuse(`port ${url.port}`)
  if (literalAddress(url) !== null) return refuse('an IP address')
  const name = url.hostname
  if (!name.includes('.')) return refuse('a name without a dot')
  if (reservedNames.some((reserved) => name === reserved || name.endsWith(`.${reserved}`))) return refuse('a reserved name')
  return url
}

/** The IP address a URL names literally, without brackets; null for names. */
export function literalAddress(url: URL): string | null {
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return isIP(host) === 0 ? null : host
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20 || text.charCodeAt(i) === 0x7f) return true
  return false
}
