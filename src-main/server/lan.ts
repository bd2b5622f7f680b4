import { AsyncLocalStorage } from 'node:async_hooks'
import { networkInterfaces } from 'node:os'
import { lanListener } from '../http/listeners.ts'
import { openPort } from './ports.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Domain } from '../domain/domain.ts'
import type { Log } from '../domain/ports.ts'
import type { ListenerOptions } from '../http/listeners.ts'

/**
 * The third listener, for phones in the same home: the client API and media, nothing else. It is open only while the owner's switch is on,
 * to this network only, without TLS. Its name is an address of this machine, so no name of somebody else's can be made to point here
 * (rule 43); nothing of the owner API, the window or the federation is mounted on it.
 */
export interface Lan {
  /** Opens or closes it, as it should be now. Resolves when that is done. */
  set(on: boolean): Promise<void>
  /** `http://192.0.2.7:4310`, one for each address; empty while it is closed. */
  addresses(): string[]
}

export interface LanParts {
  domain: Domain
  listener: ListenerOptions
  log: Log
  /** Mounts what is served; `base` is the address that was asked, without a slash at the end. */
  mount: (app: FastifyInstance, base: () => string) => Promise<void>
  interfaces?: () => ReturnType<typeof networkInterfaces>
}

interface Network {
  address: string
  netmask: string
  internal: boolean
}

export function openLan({ domain, listener, log, mount, interfaces = networkInterfaces }: LanParts): Lan {
  let open: { app: FastifyInstance; port: number } | null = null
  let work: Promise<void> = Promise.resolve()
  /** The address the request at hand came to; outside of requests, that of the last one. */
  const here = new AsyncLocalStorage<string>()
  let last: string | null = null

  const networks = (): Network[] =>
    Object.values(interfaces())
      .flatMap((list) => list ?? [])
      .filter(({ family }) => family === 'IPv4')
  const outside = () =>
    networks()
      .filter(({ internal, address }) => !internal && !address.startsWith('169.254.'))
      .map(({ address }) => address)
      .sort()
  const at = (address: string) => `${address}:${open?.port ?? 0}`
  const base = () => here.getStore() ?? last ?? `http://${at(outside()[0] ?? '127.0.0.1')}`

  async function start(): Promise<void> {
    const app = await lanListener({
      ...listener,
      hosts: () => networks().map(({ address }) => at(address)),
      admits: (peer) => isNear(peer, networks()),
    })
    const remember = (request: FastifyRequest, _reply: FastifyReply, done: () => void) => {
      last = `http://${request.headers.host ?? ''}`
      here.run(last, done)
    }
    // Reading a body loses the way back to its request: told again before the handler.
    app.addHook('onRequest', remember).addHook('preValidation', remember)
    try {
      await mount(app, base)
      open = { app, port: await openPort(domain, app, 'lanPort', null, '0.0.0.0') }
    } catch (error) {
      await app.close()
      log.error({ error: (error as Error).message }, 'the listener for the local network could not be opened')
    }
  }
  async function stop(): Promise<void> {
    const closing = open
    open = null
    last = null
    await closing?.app.close()
  }
  return {
    set(on) {
      work = work.then(() => (on === (open !== null) ? undefined : on ? start() : stop()))
      return work
    },
    addresses: () => (open ? outside().map((address) => `http://${at(address)}`) : []),
  }
}

const numberOf = (address: string): number | null => {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number)
  return parts?.every((part) => part < 256) ? parts.reduce((sum, part) => sum * 256 + part, 0) : null
}
const within = (address: number, network: string, bits: number) => {
  const size = 2 ** (32 - bits)
  return Math.floor(address / size) === Math.floor((numberOf(network) ?? -1) / size)
}
/** Loopback, private, link-local, and what carriers and home VPNs share: nobody out there comes from these. */
const NEAR = [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const

/** Whether a peer is in a network of this machine, or at least in none of the outside: a machine with a public address has strangers at its door. */
export function isNear(peer: string, networks: readonly Pick<Network, 'address' | 'netmask'>[]): boolean {
  const address = numberOf(peer.replace(/^::ffff:/i, ''))
  if (address === null) return false
  if (NEAR.some(([network, bits]) => within(address, network, bits))) return true
  return networks.some(({ address: own, netmask }) => {
    const mask = numberOf(netmask)
    const bits = mask === null ? 32 : 32 - Math.log2(2 ** 32 - mask)
    return Number.isInteger(bits) && bits > 0 && within(address, own, bits)
  })
}
