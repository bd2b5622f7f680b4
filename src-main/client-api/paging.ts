import { paramsOf } from './params.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Page } from '../domain/types.ts'
import type { Params } from './params.ts'

/** Mastodon's cursors and Link headers (mastodon-api.md 2.5). */

/** Cursors are compared, never looked up: any number will do, the absurd ones are clamped, what is no number is absent. */
export function pageFrom(params: Params, limits: { default: number; most: number }): Page {
  const page: Page = { limit: limitFrom(params, limits) }
  const [maxId, sinceId, minId] = ['max_id', 'since_id', 'min_id'].map((name) => cursor(params.word(name)))
  if (maxId !== undefined) page.maxId = maxId
  if (sinceId !== undefined) page.sinceId = sinceId
  if (minId !== undefined) page.minId = minId
  return page
}

/** Clamped, never refused: Ice Cubes asks for 50 where 40 is the most. */
export function limitFrom(params: Params, limits: { default: number; most: number }): number {
  const asked = params.integer('limit')
  return asked === undefined || asked < 1 ? limits.default : Math.min(asked, limits.most)
}

function cursor(text: string | undefined): number | undefined {
  if (text === undefined || !/^-?[0-9]{1,40}$/.test(text)) return undefined
  return Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, Number(text)))
}

/**
 * Sets the Link header for a page whose newest and oldest cursors are these: absolute, on the fixed base, the other parameters as they
 * came. An empty page has none: masto.js would follow `next` for ever.
 */
export function linkTo(request: FastifyRequest, reply: FastifyReply, base: string, cursors: readonly number[]): void {
  if (cursors.length === 0) return
  // Lists by row id come newest first, so do groups of notifications; the ends are the extremes either way.
  const newest = Math.max(...cursors)
  const oldest = Math.min(...cursors)
  const [path = '', query = ''] = split(request.url)
  const kept = query.split('&').filter((pair) => pair !== '' && !/^(max_id|since_id|min_id)(=|$)/.test(pair))
  const at = (cursorPair: string) => `<${base}${path}?${[...kept, cursorPair].join('&')}>`
  void reply.header('Link', `${at(`max_id=${oldest}`)}; rel="next", ${at(`min_id=${newest}`)}; rel="prev"`)
}

function split(url: string): [string, string] {
  const at = url.indexOf('?')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

/** The page a request asks for. */
export const pageOf = (request: FastifyRequest, limits: { default: number; most: number }): Page => pageFrom(paramsOf(request), limits)
