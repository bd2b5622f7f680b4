import type { Dispatcher } from 'undici'
import { NetError } from './error.ts'

const dayMs = 86_400_000

/** An answer whose headers are here. `release` gives the connection and the place in the queue back and must be called. */
export interface Answer {
  status: number
  url: string
  headers: Record<string, string>
  body: Dispatcher.ResponseData['body']
  release: () => void
}

/** Throws the rest of an answer away and hands the error on, for `throw refused(…)`. */
export function refused(answer: Answer, error: NetError): NetError {
  answer.body.destroy()
  answer.release()
  return error
}

/** What a status that is not 2xx means where only success is of use. */
export function statusError(answer: Answer, now: number): NetError {
  const { status, url, headers } = answer
  const retryable = [408, 421, 425, 429].includes(status) || (status >= 500 && status !== 501)
  return new NetError('http-status', `The answer is ${status}`, { status, url, headers, retryable, retryAfter: retryAfterOf(headers, now) })
}

/** Milliseconds from `Retry-After` (seconds or a date), at most a day; null when there is none. */
export function retryAfterOf(headers: Record<string, string>, now: number): number | null {
  const text = headers['retry-after']?.trim()
  if (!text) return null
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), dayMs)
}

/** Names in lower case. */
export function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** Response headers with one text per name. */
export function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}
