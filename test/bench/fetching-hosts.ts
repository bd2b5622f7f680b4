import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { answerCalls, startChild } from './child.ts'

/** Servers that have just got a post: each fetches its author's actor, then its film. In a process of its own. */
export interface FetchResult {
  /** Milliseconds of each fetch of the actor. */
  actors: number[]
  /** Films that came whole, and answers of 503. */
  films: number
  sentAway: number
  otherwise: number
  bytes: number
  seconds: number
}
export interface FetchingHosts {
  /** So many hosts fetch over so many connections, for at most so long; those that are sent away come back when they are told to. */
  fetch(ask: {
    base: string
    host: string
    actor: string
    film: string
    hosts: number
    connections: number
    seconds: number
  }): Promise<FetchResult>
  stop(): Promise<void>
}

export function startFetchingHosts(): FetchingHosts {
  const child = startChild(fileURLToPath(import.meta.url))
  return { fetch: (ask) => child.call('fetch', ask), stop: () => child.stop() }
}

async function fetch(ask: Parameters<FetchingHosts['fetch']>[0]): Promise<FetchResult> {
  const pool = new Pool(ask.base, { connections: ask.connections, pipelining: 1, headersTimeout: 60_000 })
  const result: FetchResult = { actors: [], films: 0, sentAway: 0, otherwise: 0, bytes: 0, seconds: 0 }
  const over = new AbortController()
  const began = performance.now()
  const end = setTimeout(() => over.abort(), ask.seconds * 1000)
  const ended = new Promise<void>((resolve) => over.signal.addEventListener('abort', () => resolve()))
  const one = async (): Promise<void> => {
    const asked = performance.now()
    const actor = await pool.request({ path: ask.actor, method: 'GET', headers: { host: ask.host, accept: 'application/activity+json' } })
    await actor.body.dump({ limit: 1_000_000 })
    if (actor.statusCode !== 200) result.otherwise++
    result.actors.push(performance.now() - asked)
    while (!over.signal.aborted) {
      const film = await pool.request({ path: ask.film, method: 'GET', headers: { host: ask.host }, signal: over.signal })
      if (film.statusCode === 503) {
        result.sentAway++
        await film.body.dump()
        const wait = Number(film.headers['retry-after'] ?? 30) * 1000
        await Promise.race([new Promise((resolve) => setTimeout(resolve, wait).unref()), ended])
        continue
      }
      if (film.statusCode !== 200) return void result.otherwise++
      for await (const chunk of film.body) result.bytes += (chunk as Buffer).length
      return void result.films++
    }
  }
  await Promise.all(
    Array.from({ length: ask.hosts }, () =>
      one().catch((error: Error) => {
        if (!over.signal.aborted) process.stderr.write(`a fetching host: ${error.message}\n`)
      }),
    ),
  )
  clearTimeout(end)
  result.seconds = (performance.now() - began) / 1000
  await pool.destroy()
  return result
}

answerCalls(fileURLToPath(import.meta.url), { fetch })
