import { AppError } from '../domain/errors.ts'
import { beginPeople, forgetPeople, MOST_PEOPLE, nextPerson, peopleProgress, settlePerson } from '../domain/people-import.ts'
import { badBody, body } from './bodies.ts'
import type { FastifyInstance } from 'fastify'
import type { ConnectivityControl } from '../delivery/connectivity.ts'
import type { Domain } from '../domain/domain.ts'
import type { Resolver } from '../domain/ports.ts'
import type * as contract from './contract.ts'

/** Following a list of people in the background, one after the other, while this home is online. */

/** Between two look-ups: others' servers are asked politely. */
const PAUSE_MS = 150
/** So many times as long after something that should not happen. */
const STUMBLED = 40
/** Longer than any line that holds an address or a link. */
const MOST_LINE = 1_100

export interface People {
  state(): contract.PeopleImport | null
  begin(addresses: readonly string[]): void
  forget(): void
  onChange(listen: () => void): () => void
  stop(): void
}

export function openPeople(parts: { domain: Domain; resolver: Resolver; connectivity: ConnectivityControl; pause?: number }): People {
  const { domain: d, resolver, connectivity, pause = PAUSE_MS } = parts
  const listeners = new Set<() => void>()
  let working = false
  let stopped = false
  let timer: NodeJS.Timeout | null = null
  let stumbled: string | null = null
  const tell = () => listeners.forEach((listen) => listen())

  async function look(address: string): Promise<number | 'not-found' | 'failed'> {
    try {
      if (!address.includes('://')) return (await resolver.account(address)) ?? 'not-found'
      const found = await resolver.url(address)
      return found?.kind === 'account' ? found.id : 'not-found'
    } catch (error) {
      if (error instanceof AppError) return 'failed'
      throw error
    }
  }

  async function step(): Promise<void> {
    if (working || stopped || connectivity.status().state !== 'online') return
    const address = nextPerson(d)
    if (address === null) return
    working = true
    let wait = pause
    try {
      // Twice at the same one it is not the disk but the one.
      const found = await look(address).catch((error: unknown) => {
        if (stumbled === address) return 'failed' as const
        stumbled = address
        throw error
      })
      // Gone offline meanwhile: it is nobody's fault, and asked again.
      if (found === 'failed' && connectivity.status().state !== 'online') return
      if (stopped) return
      const followed = settlePerson(d, address, found)
      tell()
      // Home is not to be empty: what they wrote lately is fetched at once.
      if (followed && typeof found === 'number') await resolver.posts(found).catch(() => undefined)
    } catch {
      // A full disk, a closed folder: another turn, and not at once.
      wait = pause * STUMBLED
    } finally {
      working = false
      if (timer) clearTimeout(timer)
      if (!stopped) timer = setTimeout(() => void step(), wait).unref()
    }
  }
  const off = connectivity.onChange(() => void step())
  timer = setTimeout(() => void step(), pause).unref()

  return {
    state() {
      const progress = peopleProgress(d)
      if (!progress) return null
      const { total, next, followed, asked, notFound, failed } = progress
      return { state: next < total ? 'running' : 'done', total, followed, asked, notFound, failed, left: total - next }
    },
    begin(addresses) {
      beginPeople(d, addresses)
      tell()
      void step()
    },
    forget() {
      forgetPeople(d)
    },
    onChange(listen) {
      listeners.add(listen)
      return () => listeners.delete(listen)
    },
    stop() {
      stopped = true
      off()
      if (timer) clearTimeout(timer)
    },
  }
}

export function peopleRoutes(routes: FastifyInstance, people: People): void {
  routes.get('/api/owner/people', async (_request, reply) => reply.type('application/json').send(JSON.stringify(people.state())))
  routes.post('/api/owner/people', async (request) => {
    const { addresses } = body<{ addresses: string[] }>(request)
    if (!Array.isArray(addresses) || addresses.length === 0 || addresses.length > MOST_PEOPLE) throw badBody()
    if (!addresses.every((one): one is string => typeof one === 'string' && one.length <= MOST_LINE)) throw badBody()
    people.begin(addresses)
    return people.state()
  })
  routes.delete('/api/owner/people', async () => {
    people.forget()
    return {}
  })
}
