import IconArrowSquareOut from '~icons/ph/arrow-square-out'
import IconLink from '~icons/ph/link-simple'
import IconPaperPlane from '~icons/ph/paper-plane-tilt'
import IconPencil from '~icons/ph/pencil-simple'
import IconFlag from '~icons/ph/flag'
import IconPin from '~icons/ph/push-pin'
import IconProhibit from '~icons/ph/prohibit'
import IconQuotes from '~icons/ph/quotes'
import IconSmiley from '~icons/ph/smiley'
import IconSpeakerSlash from '~icons/ph/speaker-slash'
import IconTrash from '~icons/ph/trash'
import IconUser from '~icons/ph/user'
import { m } from '../../locales/generated/messages.js'
import type { App } from '../../state/context.ts'
import type { Account, Status } from '../../state/entities.ts'
import { to } from '../../state/router.svelte.ts'
import type { MenuEntry } from '../../ui/Menu.svelte'
import { hostOf } from '../account/names.ts'

/** Copies a text and says so. */
export async function copy(app: App, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    app.toasts.show({ text: m.toast_copied() })
  } catch {
    app.toasts.show({ text: m.toast_copy_failed(), tone: 'assertive' })
  }
}

/** Opens an address outside of the window. */
export function openOutside(app: App, url: string): void {
  if (app.desktop) void app.desktop.openExternal(url)
  else window.open(url, '_blank', 'noopener,noreferrer')
}

/** What can be done about a person, as lines of a menu. */
export function personEntries(app: App, account: Account, post: Status | null = null): MenuEntry[] {
  const relation = app.people.relation(account.id)
  const name = `@${account.username}`
  return [
    relation?.muting
      ? { label: m.person_unmute({ name }), icon: IconSpeakerSlash, onselect: () => void app.people.act(account, 'unmute') }
      : { label: m.person_mute({ name }), icon: IconSpeakerSlash, onselect: () => void app.people.act(account, 'mute') },
    relation?.blocking
      ? { label: m.person_unblock_name({ name }), icon: IconProhibit, onselect: () => void app.people.act(account, 'unblock') }
      : { label: m.person_block({ name }), icon: IconProhibit, danger: true, onselect: () => void app.people.act(account, 'block') },
    { label: m.person_report({ name }), icon: IconFlag, onselect: () => app.sheets.open({ kind: 'report', account, post }) },
  ]
}

/** The "More" menu of a post. */
export function postEntries(app: App, post: Status): MenuEntry[] {
  const mine = app.people.isMe(post.account.id)
  const url = post.url ?? post.uri
  const host = hostOf(post.account, '')
  const entries: MenuEntry[] = []
  const quoting = quotable(app, post)
  entries.push({
    label: m.post_quote(),
    icon: IconQuotes,
    key: 'q',
    ...(quoting === 'denied' ? { hint: m.post_quote_denied() } : quoting === 'manual' ? { hint: m.post_quote_asks() } : {}),
    onselect: () => quote(app, post),
  })
  entries.push({ label: m.post_react(), icon: IconSmiley, onselect: () => app.sheets.open({ kind: 'react', post }) }, 'separator')
  if (url) entries.push({ label: m.post_copy_link(), icon: IconLink, key: 'y', onselect: () => void copy(app, url) })
  if (url && !mine) entries.push({ label: m.post_open_original({ host }), icon: IconArrowSquareOut, onselect: () => openOutside(app, url) })
  entries.push({
    label: m.post_author({ name: `@${post.account.username}` }),
    icon: IconUser,
    key: 'p',
    href: to.profile(post.account.acct),
  })
  if (mine) {
    entries.push('separator')
    if (post.visibility !== 'direct') {
      const on = post.pinned !== true
      entries.push({ label: on ? m.post_pin() : m.post_unpin(), icon: IconPin, onselect: () => void app.posts.pin(post.id, on) })
    }
    if (post.visibility === 'public' || post.visibility === 'unlisted')
      entries.push({ label: m.post_quote_policy(), icon: IconQuotes, onselect: () => app.sheets.open({ kind: 'quote-policy', post }) })
    entries.push({ label: m.post_deliveries(), icon: IconPaperPlane, onselect: () => app.sheets.open({ kind: 'deliveries', post }) })
    entries.push('separator')
    entries.push({ label: m.post_edit(), icon: IconPencil, onselect: () => void app.composer.edit(post) })
    entries.push({ label: m.post_delete(), icon: IconTrash, danger: true, onselect: () => app.posts.delete(post.id) })
  } else entries.push('separator', ...personEntries(app, post.account, post))
  return entries
}

/** Whether the owner may quote a post: at once, after asking, or not. What its author did not say is allowed. */
export function quotable(app: App, post: Status): 'yes' | 'manual' | 'denied' {
  if (app.people.isMe(post.account.id)) return post.visibility === 'direct' ? 'denied' : 'yes'
  if (post.visibility === 'private' || post.visibility === 'direct') return 'denied'
  const policy = post.quoteApproval?.currentUser
  return policy === 'denied' ? 'denied' : policy === 'manual' ? 'manual' : 'yes'
}

/** Begins a post that quotes this one, or says why that is not possible. */
export function quote(app: App, post: Status): void {
  if (quotable(app, post) === 'denied') app.toasts.show({ text: m.post_quote_denied() })
  else app.composer.quote(post)
}
