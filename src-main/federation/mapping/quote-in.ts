import { PUBLIC } from './context.ts'
import { hostOf, idOf, isHttp, isObject, list, text, typesOf } from './read.ts'
import { MAX_TAGS } from './emoji-in.ts'
import type { Audience, InteractionPolicy } from '../../domain/types.ts'
import type { Json } from './read.ts'

/** What a post quotes, and what its author lets others do with it (federation.md 1.6, FEP-044f, GoToSocial's interaction policies). */

/** Newest words first; only the first that is there counts. */
const QUOTES = ['quote', 'quoteUri', 'quoteUrl', '_misskey_quote'] as const
const LINKED_TYPES = ['application/activity+json', 'application/ld+json']

/** The quoted post and the stamp that is said to allow it; null: quotes nothing. */
export function quoteOf(object: Json, uri: string): { uri: string; stamp: string | null } | null {
  const named = QUOTES.map((key) => idOf(object[key])).find((one) => one !== null) ?? linked(object)
  return named && named !== uri ? { uri: named, stamp: idOf(object.quoteAuthorization) } : null
}

/** FEP-e232: a Link among the tags whose target is an ActivityPub object. */
function linked(object: Json): string | null {
  for (const tag of list(object.tag, MAX_TAGS)) {
    if (!isObject(tag) || !typesOf(tag).includes('Link')) continue
    const type = (text(tag.mediaType, 200) ?? '').split(';')[0]?.trim()
    const href = text(tag.href, 2_049)
    if (LINKED_TYPES.includes(type ?? '') && href && isHttp(href)) return href
  }
  return null
}

/**
 * Sanitised HTML without the "RE: link" that quoting servers add for readers who know no quotes (`quote-inline`). One pass; what is not
 * closed stays as it is.
 */
export function withoutFallback(html: string): string {
  const start = /<(p|span) class="quote-inline">/.exec(html)
  if (!start) return html
  const tag = start[1] as string
  let depth = 0
  for (let at = start.index; at >= 0; at = html.indexOf('<', at + 1)) {
    if (html.startsWith(`</${tag}>`, at)) depth--
    else if (html.startsWith(`<${tag}`, at) && !/[a-z]/.test(html[at + tag.length + 1] ?? '')) depth++
    if (depth === 0) {
      const rest = html.slice(0, start.index) + html.slice(at + tag.length + 3)
      return rest === '<p></p>' ? '' : rest
    }
  }
  return html
}

/**
 * What the author allows: GoToSocial's `interactionPolicy`, which Mastodon speaks as well, in its present words (`automaticApproval`,
 * `manualApproval`) and its former ones (`always`, `approvalRequired`). Nobody is an empty list; nothing said is left out.
 */
export function policyOf(object: Json, author: { uri: string; followers: string | null }, owner: string | null): InteractionPolicy | null {
  if (!isObject(object.interactionPolicy)) return null
  const { canQuote, canReply, canAnnounce } = object.interactionPolicy
  const read = (rule: unknown) => {
    if (!isObject(rule)) return undefined
    const people = (value: unknown) => [...new Set(list(value, 100).flatMap((one) => audienceOf(one, author, owner) ?? []))]
    return { automatic: people(rule.automaticApproval ?? rule.always), manual: people(rule.manualApproval ?? rule.approvalRequired) }
  }
  const [quote, reply, boost] = [read(canQuote), read(canReply), read(canAnnounce)]
  return quote || reply || boost ? { ...(quote && { quote }), ...(reply && { reply }), ...(boost && { boost }) } : null
}

function audienceOf(one: unknown, author: { uri: string; followers: string | null }, owner: string | null): Audience | null {
  if (one === 'as:Public' || one === 'Public' || one === PUBLIC) return 'public'
  const uri = idOf(one)
  if (uri === null) return null
  if (uri === author.uri) return 'author'
  if (uri === owner) return 'owner'
  if (uri === author.followers) return 'followers'
  // Whom the author follows: their collection is not kept by name, and it is their own post they open.
  if (hostOf(uri) === hostOf(author.uri) && uri.endsWith('/following')) return 'following'
  return 'others'
}
