import { m } from '../../locales/generated/messages.js'
import type { App } from '../../state/context.ts'
import type { Status } from '../../state/entities.ts'

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

/** Whether the owner may quote a post: at once, after asking, or not. What its author did not say is allowed. */
export function quotable(app: App, post: Status): 'yes' | 'manual' | 'denied' {
  if (app.people.isMe(post.account.id)) return post.visibility === 'direct' ? 'denied' : 'yes'
  if (post.visibility === 'private' || post.visibility === 'direct') return 'denied'
  const policy = post.quoteApproval?.currentUser
  return policy === 'denied' ? 'denied' : policy === 'manual' ? 'manual' : 'yes'
}

/** Begins a post that quotes this one, or says why that is not possible. */
export function quote(app: App, post: Status): void {
  if (quotable(app, post) === 'denied') app.sheets.open({ kind: 'quote-denied', post })
  else app.composer.quote(post)
}
