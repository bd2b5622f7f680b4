import { mount } from 'svelte'
import './styles/fonts.css'
import './styles/tokens.css'
import './styles/accents.css'
import './styles/base.css'
import App from './App.svelte'
import { desktop } from './api/desktop.ts'
import { fileAt } from './api/files.ts'
import { pageAnswers } from './api/owner.ts'
import { fetchStillsWith } from './content/stills.ts'
import { ConnectedApps } from './state/apps.svelte.ts'
import { Commands } from './state/commands.svelte.ts'
import { Composer } from './state/composer.svelte.ts'
import { ConnectionWatch } from './state/connection.svelte.ts'
import { Conversations } from './state/conversations.svelte.ts'
import { Drafts } from './state/drafts.svelte.ts'
import type { Ground } from './state/ground.ts'
import { Home } from './state/home.svelte.ts'
import { Live } from './state/live.svelte.ts'
import { useLocale } from './state/locale.svelte.ts'
import { Notices } from './state/notices.svelte.ts'
import { Outbox } from './state/outbox.svelte.ts'
import { People } from './state/people.svelte.ts'
import { Posts } from './state/posts.svelte.ts'
import { Router } from './state/router.svelte.ts'
import { SavedSearches } from './state/searches.svelte.ts'
import { Session } from './state/session.svelte.ts'
import { OwnerSettings } from './state/settings.svelte.ts'
import { Shelf } from './state/shelf.svelte.ts'
import { Sheets } from './state/sheets.svelte.ts'
import { ToastQueue } from './state/toasts.svelte.ts'

useLocale('system')
fetchStillsWith(fileAt)

const session = new Session()
const ground: Ground = {
  session,
  router: new Router(),
  commands: new Commands(),
  toasts: new ToastQueue(),
  live: new Live(session),
  desktop,
}
const posts = new Posts(ground)
const connection = new ConnectionWatch(ground)
const settings = new OwnerSettings(ground)
const outbox = new Outbox(ground)
const drafts = new Drafts(ground)
const people = new People(ground)
const home = new Home(ground, posts, settings)
const composer = new Composer(ground, { drafts, settings, posts, home, connection })
const notices = new Notices(ground, posts)
const searches = new SavedSearches(ground, settings)
const app = {
  ...ground,
  posts,
  connection,
  settings,
  outbox,
  drafts,
  people,
  home,
  composer,
  notices,
  conversations: new Conversations(ground, posts),
  searches,
  shelf: new Shelf(ground, settings, searches),
  sheets: new Sheets(),
  apps: new ConnectedApps(ground),
}

ground.router.start()
ground.commands.start()
desktop?.onRoute((route) => ground.router.go(route))

// A window that was open while Burrow was updated asks for files of the old build: it starts anew, once. While the server is away a
// page that is loaded anew would be an empty one, so the window stays as it is.
addEventListener('vite:preloadError', () => {
  const last = Number(sessionStorage.getItem('burrow.reloaded') ?? 0)
  if (Date.now() - last < 10_000) return
  void pageAnswers().then((there) => {
    if (!there) return
    sessionStorage.setItem('burrow.reloaded', String(Date.now()))
    location.reload()
  })
})

mount(App, { target: document.querySelector('#app') ?? document.body, props: { app } })

/** The token that everything has been loaded with: it is loaded once per token, and what belongs to an owner once there is one. */
let loadedFor: string | null = null

session.onready = () => {
  const loading = `${session.token} ${session.phase}`
  if (loading === loadedFor) return
  loadedFor = loading
  if (session.phase === 'name') {
    void Promise.allSettled([connection.load(), settings.load()])
    return
  }
  ground.live.start()
  void Promise.allSettled([
    connection.load(),
    settings.load(),
    outbox.load(),
    drafts.load(),
    notices.open(),
    app.conversations.open(),
    app.apps.load(),
  ])
}

// Keys work from the first moment that there is something on the page; without them it is still a page.
session.beside = import('./components/shell/keys.ts').catch(() => undefined)
void session.start()
