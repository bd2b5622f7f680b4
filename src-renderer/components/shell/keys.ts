import { m } from '../../locales/generated/messages.js'
import type { Command } from '../../state/commands.svelte.ts'
import type { App } from '../../state/context.ts'
import { ADDED_WIDTH, columnsOf } from '../../state/deck.ts'
import type { Status } from '../../state/entities.ts'
import { to } from '../../state/router.svelte.ts'
import type { Timeline } from '../../state/timeline.svelte.ts'
import { copy, openOutside, quote } from '../status/deeds.ts'

const inSight = (element: HTMLElement) => element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })

/** The scrolling list that keys act in: the one with the focus, else the open post beside, else the list. */
const listOf = (): HTMLElement | null => {
  const focused = document.activeElement?.closest<HTMLElement>('.pane-scroll')
  if (focused) return focused
  const pane = document.activeElement?.closest<HTMLElement>('.pane')?.querySelector<HTMLElement>('.pane-scroll')
  if (pane && inSight(pane)) return pane
  return [...document.querySelectorAll<HTMLElement>('main .pane-scroll')].findLast(inSight) ?? null
}

const focusedItem = (): HTMLElement | null => document.activeElement?.closest<HTMLElement>('[data-item]') ?? null

/** Moves real focus to the next or previous row. From nowhere, or from a row that was scrolled away, it starts with the first one in sight. */
const move = (step: 1 | -1): boolean => {
  const list = listOf()
  if (!list) return false
  const box = list.getBoundingClientRect()
  const items = [...list.querySelectorAll<HTMLElement>('[data-item]')]
  const current = focusedItem()
  const seen = (item: HTMLElement) => {
    const rect = item.getBoundingClientRect()
    return rect.bottom > box.top + 8 && rect.top < box.bottom - 8
  }
  let next: HTMLElement | undefined
  if (current && items.includes(current) && seen(current)) next = items[items.indexOf(current) + step]
  else next = items.find((item) => item.getBoundingClientRect().top >= box.top - 8 && seen(item)) ?? items.find(seen)
  if (!next) return false
  next.focus({ preventScroll: true })
  const rect = next.getBoundingClientRect()
  const room = 48
  if (rect.top < box.top + room || rect.height > box.height) list.scrollBy({ top: rect.top - box.top - room, behavior: 'instant' })
  else if (rect.bottom > box.bottom - room)
    list.scrollBy({ top: Math.min(rect.bottom - box.bottom + room, rect.top - box.top - room), behavior: 'instant' })
  return true
}

/** The keys that work everywhere. `sheets.help` opens the list of keys. */
export function globalCommands(
  app: App,
  sheets: { here: () => string; help: () => void; palette: () => void; boss: () => void },
): Command[] {
  const ready = (run: () => boolean | void) => () => (app.session.phase === 'ready' ? run() : false)
  const onPost = (run: (post: Status) => boolean | void) =>
    ready(() => {
      const id = focusedItem()?.dataset['postId']
      const post = id ? app.posts.get(id) : undefined
      return post ? run(post) : false
    })
  const go = (id: string, key: string, label: () => string, address: () => string): Command => ({
    id,
    group: 'go',
    keys: [key],
    label,
    run: ready(() => app.router.go(address())),
  })

  return [
    {
      id: 'move.next',
      keyOnly: true,
      group: 'move',
      keys: ['j', 'ArrowDown'],
      label: m.command_next,
      run: ready(() => arrows('ArrowDown') && move(1)),
    },
    {
      id: 'move.previous',
      keyOnly: true,
      group: 'move',
      keys: ['k', 'ArrowUp'],
      label: m.command_previous,
      run: ready(() => arrows('ArrowUp') && move(-1)),
    },
    { id: 'post.open', group: 'move', keys: ['Enter', 'o'], label: m.command_open, run: onPost((post) => app.router.go(to.post(post.id))) },
    { id: 'window.back', keyOnly: true, group: 'move', keys: ['Escape', 'Backspace'], label: m.command_back, run: ready(() => back(app)) },

    { id: 'post.reply', group: 'post', keys: ['r'], label: m.post_reply, run: onPost((post) => void app.composer.reply(post)) },
    {
      id: 'post.reply-author',
      group: 'post',
      keys: ['R'],
      label: m.command_reply_author,
      run: onPost((post) => void app.composer.reply(post, { authorOnly: true })),
    },
    {
      id: 'post.favourite',
      group: 'post',
      keys: ['f'],
      label: m.post_favourite,
      run: onPost((post) => void app.posts.toggle(post.id, 'favourite')),
    },
    { id: 'post.boost', group: 'post', keys: ['b'], label: m.post_boost, run: onPost((post) => void app.posts.toggle(post.id, 'boost')) },
    {
      id: 'post.bookmark',
      group: 'post',
      keys: ['d'],
      label: m.post_bookmark,
      run: onPost((post) => void app.posts.toggle(post.id, 'bookmark')),
    },
    {
      id: 'post.author',
      group: 'post',
      keys: ['p'],
      label: m.command_author,
      run: onPost((post) => app.router.go(to.profile(post.account.acct))),
    },
    { id: 'post.fold', group: 'post', keys: ['x'], label: m.command_fold, run: onPost((post) => app.posts.fold(post.id)) },
    {
      id: 'post.media',
      group: 'post',
      keys: ['h'],
      label: m.command_media,
      run: onPost((post) => {
        const covered = post.sensitive || app.settings.current.expandMedia === 'hide_all' || app.posts.filtered(post)?.action === 'blur'
        return covered && post.mediaAttachments.length > 0 ? app.posts.cover(post.id) : false
      }),
    },
    { id: 'post.view', group: 'post', keys: ['e'], label: m.command_view, run: ready(openMedia) },
    {
      id: 'post.mention',
      group: 'post',
      keys: ['m'],
      label: m.command_mention,
      run: onPost((post) => app.composer.write({ text: `@${post.account.acct} ` })),
    },
    { id: 'post.quote', group: 'post', keys: ['q'], label: m.post_quote, run: onPost((post) => quote(app, post)) },
    { id: 'post.copy', group: 'post', keys: ['y'], label: m.post_copy_link, run: onPost((post) => void copy(app, post.url ?? post.uri)) },
    {
      id: 'post.original',
      group: 'post',
      keys: ['O'],
      label: m.command_original,
      run: onPost((post) => openOutside(app, post.url ?? post.uri)),
    },

    {
      id: 'post.mute-thread',
      group: 'post',
      keys: ['M'],
      label: m.command_mute_thread,
      run: onPost((post) => void app.posts.muteThread(post.id, post.muted !== true)),
    },

    go('go.home', 'g h', m.nav_home, to.home),
    go('go.notifications', 'g n', m.nav_notifications, () => to.notifications()),
    go('go.catchup', 'g c', m.nav_catchup, () => to.catchup()),
    go('go.conversations', 'g d', m.nav_conversations, () => to.conversations()),
    go('go.lists', 'g i', m.nav_lists, to.lists),
    go('go.bookmarks', 'g b', m.nav_bookmarks, () => to.bookmarks()),
    go('go.favourites', 'g f', m.nav_favourites, to.favourites),
    go('go.outbox', 'g o', m.nav_outbox, () => to.outbox()),
    go('go.profile', 'g u', m.nav_profile, () => to.profile(app.session.state?.owner?.username ?? '')),
    { ...go('go.settings', 'g ,', m.nav_settings, () => to.settings()), keys: ['g ,', 'Ctrl+,'], whileTyping: true },
    { ...go('go.health', '', m.health_title, to.health), keys: [] },
    { ...go('go.storage', '', m.nav_storage, to.storage), keys: [] },
    { ...go('go.received', '', m.nav_received, to.received), keys: [] },
    { ...go('go.drafts', '', m.outbox_tab_drafts, () => to.outbox('drafts')), keys: [] },
    { ...go('go.blocks', '', m.settings_blocks, () => to.settings('blocks')), keys: [] },
    { ...go('go.pinned', '', m.profile_pinned, () => to.profile(app.session.state?.owner?.username ?? '')), keys: [] },
    {
      id: 'go.search',
      group: 'go',
      keys: ['/', 's'],
      label: m.nav_search,
      run: ready(() => {
        if (app.router.route.name === 'search') document.querySelector<HTMLElement>('[data-search]')?.focus()
        else app.router.go(to.search())
      }),
    },

    { id: 'window.write', group: 'window', keys: ['n', 'c', 'Ctrl+n'], label: m.nav_write, run: ready(() => void app.composer.write()) },
    {
      id: 'window.compose-new',
      group: 'window',
      keys: ['C'],
      label: m.command_write_another,
      run: ready(() => void app.composer.write({ another: true })),
    },
    { id: 'window.undo', group: 'window', keys: ['z'], label: m.command_undo, run: () => app.toasts.actNewest() },
    { id: 'window.palette', group: 'window', keys: ['Ctrl+k'], label: m.command_palette, whileTyping: true, run: ready(sheets.palette) },
    { id: 'window.boss', group: 'window', keys: ['Alt+Shift+k'], label: m.command_boss, whileTyping: true, run: sheets.boss },
    {
      id: 'window.deck',
      group: 'window',
      keys: [],
      label: m.command_deck,
      run: ready(() => void app.settings.change({ deck: !app.settings.current.deck })),
    },
    {
      id: 'deck.add',
      group: 'window',
      keys: [],
      label: m.deck_add_here,
      run: () => {
        const at = sheets.here().slice('/app'.length)
        const columns = columnsOf(app.settings.current.deckColumns)
        if (columns.length >= 12 || columns.some((one) => one.at === at)) return
        void app.settings.change({
          deckColumns: [...columns, { at, muted: false, hideBoosts: false, hideReplies: false, width: ADDED_WIDTH }],
        })
      },
    },
    { id: 'window.help', group: 'window', keys: ['?'], label: m.command_help, run: ready(sheets.help) },
  ]
}

/** The keys of a timeline that is looked at. */
export function timelineCommands(
  timeline: Timeline,
  hands: { showNew: () => void; top: () => void; toUnread: () => boolean; fill: () => false | void; skip: (by: 1 | -1) => boolean },
): Command[] {
  return [
    { id: 'home.new', group: 'move', keys: ['.'], label: m.command_new_posts, run: hands.showNew },
    { id: 'home.top', group: 'move', keys: ['0'], label: m.command_top, run: hands.top },
    { id: 'home.unread', group: 'move', keys: ['u'], label: m.command_unread_line, run: hands.toUnread },
    { id: 'home.gap', group: 'move', keys: ['l'], label: m.command_gap, run: hands.fill },
    { id: 'move.skip-next', group: 'move', keys: ['J'], label: m.command_skip_next, run: () => hands.skip(1) },
    { id: 'move.skip-previous', group: 'move', keys: ['K'], label: m.command_skip_previous, run: () => hands.skip(-1) },
    {
      id: 'home.elsewhere',
      group: 'move',
      keys: [],
      label: m.command_elsewhere,
      run: () => {
        if (!timeline.elsewhere) return false
        void timeline.goElsewhere()
      },
    },
  ]
}

/** The arrow keys move rows only while a row has the focus; elsewhere they scroll. */
function arrows(key: string): boolean {
  const event = window.event
  return !(event instanceof KeyboardEvent) || event.key !== key || focusedItem() === document.activeElement
}

/** Leaves what is open: from a control to its row, from a post to the list, from a view to the one before it. */
function back(app: App): boolean {
  const item = focusedItem()
  if (item && document.activeElement !== item) {
    item.focus({ preventScroll: true })
    return true
  }
  if (app.router.route.name === 'home') return false
  app.router.back()
  return true
}

/** Opens the first picture of the post with the focus. */
function openMedia(): boolean {
  const open = focusedItem()?.querySelector<HTMLElement>('.media .open')
  open?.click()
  return open !== null && open !== undefined
}
