import IconArrowClockwise from '~icons/ph/arrow-counter-clockwise'
import IconArrowSquareOut from '~icons/ph/arrow-square-out'
import IconLink from '~icons/ph/link-simple'
import IconPaperPlane from '~icons/ph/paper-plane-tilt'
import IconPencil from '~icons/ph/pencil-simple'
import IconBell from '~icons/ph/bell'
import IconBellSlash from '~icons/ph/bell-slash'
import IconFlag from '~icons/ph/flag'
import IconListPlus from '~icons/ph/list-plus'
import IconHouse from '~icons/ph/house-simple'
import IconStar from '~icons/ph/star'
import IconPin from '~icons/ph/push-pin'
import IconProhibit from '~icons/ph/prohibit'
import IconQuotes from '~icons/ph/quotes'
import IconRocket from '~icons/ph/rocket'
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
import { copy, openOutside, quotable, quote } from './deeds.ts'

/** What can be done about a person, as lines of a menu. */
export function personEntries(app: App, account: Account, post: Status | null = null): MenuEntry[] {
  const relation = app.people.relation(account.id)
  const name = `@${account.username}`
  return [
    relation?.muting
      ? { label: m.person_unmute({ name }), icon: IconSpeakerSlash, onselect: () => void app.people.act(account, 'unmute') }
      : { label: m.person_mute({ name }), icon: IconSpeakerSlash, onselect: () => app.sheets.open({ kind: 'mute', account }) },
    relation?.blocking
      ? { label: m.person_unblock_name({ name }), icon: IconProhibit, onselect: () => void app.people.act(account, 'unblock') }
      : { label: m.person_block({ name }), icon: IconProhibit, danger: true, onselect: () => void app.people.act(account, 'block') },
    ...serverEntries(app, account),
    { label: m.person_report({ name }), icon: IconFlag, onselect: () => app.sheets.open({ kind: 'report', account, post }) },
  ]
}

/** What can be done about the whole server of somebody. */
function serverEntries(app: App, account: Account): MenuEntry[] {
  const host = hostOf(account, '')
  if (!host) return []
  return app.people.relation(account.id)?.domainBlocking
    ? [{ label: m.person_unblock_server({ host }), icon: IconHouse, onselect: () => void app.people.unblockServer(host, [account.id]) }]
    : [
        {
          label: m.person_block_server({ host }),
          icon: IconHouse,
          danger: true,
          onselect: () => app.sheets.open({ kind: 'block-server', host, account }),
        },
      ]
}

/** Lists and the owner's profile, for people who are followed. */
export function followedEntries(app: App, account: Account): MenuEntry[] {
  const relation = app.people.relation(account.id)
  if (!relation?.following) return []
  return [
    { label: m.person_lists(), icon: IconListPlus, onselect: () => app.sheets.open({ kind: 'lists', account }) },
    {
      label: relation.endorsed ? m.person_unendorse() : m.person_endorse(),
      icon: IconStar,
      onselect: () => void app.people.endorse(account, !relation.endorsed),
    },
  ]
}

/** Two ways to pass a post on. Shift and a press boosts at once, as `b` does; a boost is taken back by a press. */
export function boostEntries(app: App, post: Status): MenuEntry[] {
  const quoting = quotable(app, post)
  const { visibility } = post
  const allowed = visibility === 'public' || visibility === 'unlisted' || (visibility === 'private' && app.people.isMe(post.account.id))
  return [
    {
      label: m.post_boost(),
      icon: IconRocket,
      key: app.commands.keyOf('post.boost') ?? '',
      ...(allowed ? {} : { hint: m.post_boost_not_allowed() }),
      onselect: () => void app.posts.toggle(post.id, 'boost'),
    },
    {
      label: m.post_quote(),
      icon: IconQuotes,
      key: app.commands.keyOf('post.quote') ?? '',
      ...(quoting === 'denied' ? { hint: m.post_quote_denied() } : quoting === 'manual' ? { hint: m.post_quote_asks() } : {}),
      onselect: () => quote(app, post),
    },
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
  const muted = post.muted === true
  if (mine || inConversation(app, post))
    entries.push({
      label: muted ? m.post_unmute_thread() : m.post_mute_thread(),
      icon: muted ? IconBell : IconBellSlash,
      onselect: () => void app.posts.muteThread(post.id, !muted),
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
    entries.push({ label: m.post_redraft(), icon: IconArrowClockwise, onselect: () => app.sheets.open({ kind: 'redraft', post }) })
    entries.push({ label: m.post_delete(), icon: IconTrash, danger: true, onselect: () => app.posts.delete(post.id) })
  } else entries.push('separator', ...personEntries(app, post.account, post))
  return entries
}

/** What is said in a conversation can reach the owner: they are mentioned, or it is muted already, or it is an answer. */
function inConversation(app: App, post: Status): boolean {
  const me = app.session.me?.id
  return post.muted === true || Boolean(post.inReplyToId) || post.mentions.some((mention) => mention.id === me)
}
