import { m } from '../../locales/generated/messages.js'

/** What a scope lets an app touch, as a noun; null for a part that is not known. */
const nouns: Record<string, () => string> = {
  accounts: m.scope_accounts,
  blocks: m.scope_blocks,
  bookmarks: m.scope_bookmarks,
  conversations: m.scope_conversations,
  favourites: m.scope_favourites,
  filters: m.scope_filters,
  follows: m.scope_follows,
  lists: m.scope_lists,
  media: m.scope_media,
  mutes: m.scope_mutes,
  notifications: m.scope_notifications,
  reports: m.scope_reports,
  search: m.scope_search,
  statuses: m.scope_statuses,
}

const whole: Record<string, () => string> = {
  read: m.scope_read,
  write: m.scope_write,
  follow: m.scope_follow,
  push: m.scope_push,
  profile: m.scope_profile,
}

/**
 * What an app may do with these scopes, one sentence each. Parts of `read` and `write` are named together; a scope that is not known is
 * shown as it is, never left out.
 */
export function scopeSentences(scopes: readonly string[], locale: string): string[] {
  const sentences: string[] = []
  const list = new Intl.ListFormat(locale === 'en' ? 'en-GB' : locale, { type: 'conjunction' })
  for (const scope of ['read', 'write', 'follow', 'push', 'profile']) {
    const sentence = whole[scope]
    if (scopes.includes(scope)) {
      if (sentence) sentences.push(sentence())
      continue
    }
    const kinds: Record<string, () => string> = scope === 'write' ? { ...nouns, statuses: m.scope_posts } : nouns
    const parts = scopes
      .flatMap((one) => (one.startsWith(`${scope}:`) ? [kinds[one.slice(scope.length + 1)]] : []))
      .flatMap((noun) => (noun ? [noun()] : []))
    if (parts.length > 0) sentences.push((scope === 'read' ? m.scope_read_parts : m.scope_write_parts)({ parts: list.format(parts) }))
  }
  const strange = scopes.filter((scope) => {
    const [head = '', part] = scope.split(':')
    return part === undefined ? !(head in whole) : !((head === 'read' || head === 'write') && part in nouns)
  })
  return [...sentences, ...strange]
}
