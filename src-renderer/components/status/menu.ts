import IconArrowSquareOut from '~icons/ph/arrow-square-out'
import IconLink from '~icons/ph/link-simple'
import IconPencil from '~icons/ph/pencil-simple'
import IconProhibit from '~icons/ph/prohibit'
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
export function personEntries(app: App, account: Account): MenuEntry[] {
  const relation = app.people.relation(account.id)
  const name = `@${account.username}`
  return [
    relation?.muting
      ? { label: m.person_unmute({ name }), icon: IconSpeakerSlash, onselect: () => void app.people.act(account, 'unmute') }
      : { label: m.person_mute({ name }), icon: IconSpeakerSlash, onselect: () => void app.people.act(account, 'mute') },
    relation?.blocking
      ? { label: m.person_unblock_name({ name }), icon: IconProhibit, onselect: () => void app.people.act(account, 'unblock') }
      : { label: m.person_block({ name }), icon: IconProhibit, danger: true, onselect: () => void app.people.act(account, 'block') },
  ]
}

/** The "More" menu of a post. */
export function postEntries(app: App, post: Status): MenuEntry[] {
  const mine = app.people.isMe(post.account.id)
  const url = post.url ?? post.uri
  const host = hostOf(post.account, '')
  const entries: MenuEntry[] = []
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
    entries.push({ label: m.post_edit(), icon: IconPencil, onselect: () => void app.composer.edit(post) })
    entries.push({ label: m.post_delete(), icon: IconTrash, danger: true, onselect: () => app.posts.delete(post.id) })
  } else entries.push('separator', ...personEntries(app, post.account))
  return entries
}
