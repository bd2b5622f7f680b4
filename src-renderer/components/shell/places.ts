import type { Component } from 'svelte'
import IconBell from '~icons/ph/bell'
import IconBellFill from '~icons/ph/bell-fill'
import IconWaves from '~icons/ph/waves'
import IconTalk from '~icons/ph/chats-circle'
import IconTalkFill from '~icons/ph/chats-circle-fill'
import IconGlobe from '~icons/ph/globe-simple'
import IconBookmark from '~icons/ph/bookmark-simple'
import IconBookmarkFill from '~icons/ph/bookmark-simple-fill'
import IconGear from '~icons/ph/gear-six'
import IconGearFill from '~icons/ph/gear-six-fill'
import IconHeart from '~icons/ph/heart'
import IconHeartFill from '~icons/ph/heart-fill'
import IconHouse from '~icons/ph/house'
import IconHouseFill from '~icons/ph/house-fill'
import IconSearch from '~icons/ph/magnifying-glass'
import IconSearchBold from '~icons/ph/magnifying-glass-bold'
import IconTray from '~icons/ph/tray-arrow-up'
import IconTrayFill from '~icons/ph/tray-arrow-up-fill'
import IconUser from '~icons/ph/user'
import IconUserFill from '~icons/ph/user-fill'
import { m } from '../../locales/generated/messages.js'
import type { App } from '../../state/context.ts'
import { to, type Route } from '../../state/router.svelte.ts'

/** A place of the window as the sidebar, the bar at the foot and the "More" menu show it. */
export interface NavPlace {
  id: string
  label: string
  href: string
  icon: Component
  iconOn: Component
  current: boolean
  count: number
  tone: 'new' | 'wet' | 'needs'
  /** What the count means, for its accessible name. */
  countLabel: string
}

/** The places in the order of the sidebar, in groups. Reactive: call it in a derived. */
export function placesOf(app: App, at: Route): NavPlace[][] {
  const me = app.session.state?.owner?.username ?? ''
  const waiting = app.connection.current?.waiting ?? 0
  const failed = app.connection.current?.failed ?? 0
  const place = (id: string, label: string, href: string, icon: Component, iconOn: Component, current: boolean): NavPlace => ({
    id,
    label,
    href,
    icon,
    iconOn,
    current,
    count: 0,
    tone: 'new',
    countLabel: '',
  })
  const unread = app.notices.unread
  const talks = app.conversations.unread
  const myProfile = at.name === 'profile' && at.acct === me
  return [
    [
      place('home', m.nav_home(), to.home(), IconHouse, IconHouseFill, at.name === 'home'),
      place('catchup', m.nav_catchup(), to.catchup(), IconWaves, IconWaves, at.name === 'catchup'),
      {
        ...place('notifications', m.nav_notifications(), to.notifications(), IconBell, IconBellFill, at.name === 'notifications'),
        count: unread,
        countLabel: m.nav_unread({ count: unread }),
      },
      {
        ...place('conversations', m.nav_conversations(), to.conversations(), IconTalk, IconTalkFill, at.name === 'conversations'),
        count: talks,
        countLabel: m.nav_unread_talks({ count: talks }),
      },
      place('search', m.nav_search(), to.search(), IconSearch, IconSearchBold, at.name === 'search'),
    ],
    [
      place('bookmarks', m.nav_bookmarks(), to.bookmarks(), IconBookmark, IconBookmarkFill, at.name === 'bookmarks'),
      place('favourites', m.nav_favourites(), to.favourites(), IconHeart, IconHeartFill, at.name === 'favourites'),
      ...(app.settings.current.everythingReceived
        ? [place('received', m.nav_received(), to.received(), IconGlobe, IconGlobe, at.name === 'received')]
        : []),
    ],
    [
      {
        ...place('outbox', m.nav_outbox(), to.outbox(), IconTray, IconTrayFill, at.name === 'outbox'),
        count: failed || waiting,
        tone: failed > 0 ? 'needs' : 'wet',
        countLabel: failed > 0 ? m.nav_failed({ count: failed }) : m.nav_waiting({ count: waiting }),
      },
      place('profile', m.nav_profile(), to.profile(me), IconUser, IconUserFill, myProfile),
      place('settings', m.nav_settings(), to.settings(), IconGear, IconGearFill, at.name === 'settings'),
    ],
  ]
}

/** Counts above 99 say no more than "many". */
export const shortCount = (count: number): string => (count > 99 ? '99+' : String(count))
