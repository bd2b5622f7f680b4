/** Where the window is. Paths are those of interface.md 2.2 below `/app`. */
export type Route =
  | { name: 'home' }
  | { name: 'notifications'; filter: 'all' | 'mentions' | 'follows' | 'requests' }
  | { name: 'search'; q: string; type: string }
  | { name: 'catchup'; id: string | null }
  | { name: 'conversations'; id: string | null }
  | { name: 'list'; id: string }
  | { name: 'lists' }
  /** Everything received ("Federated" elsewhere). */
  | { name: 'received' }
  /** Another server's public timeline, to look around. */
  | { name: 'server'; host: string }
  /** `label`: the id of a local label. */
  | { name: 'bookmarks'; label: string | null }
  | { name: 'favourites' }
  | { name: 'storage' }
  | { name: 'outbox'; tab: OutboxTab }
  | { name: 'tag'; tag: string; any: string[]; all: string[]; none: string[] }
  | { name: 'post'; id: string }
  | { name: 'profile'; acct: string; tab: ProfileTab }
  /** `alone`: in a small window of its own. */
  | { name: 'compose'; draftId: string | null; alone?: boolean }
  | { name: 'settings'; section: string }
  | { name: 'health' }
  | { name: 'firstrun'; step: string }
  | { name: 'open'; url: string }
  | { name: 'not-found'; path: string }

export type OutboxTab = 'waiting' | 'scheduled' | 'drafts' | 'failed'
export type ProfileTab = 'posts' | 'replies' | 'media' | 'about' | 'followers' | 'following'

const BASE = '/app'
const TABS = new Set<string>(['posts', 'replies', 'media', 'about', 'followers', 'following'])
const FILTERS = new Set<string>(['all', 'mentions', 'follows', 'requests'])

const decode = (part: string | undefined) => {
  try {
    return decodeURIComponent(part ?? '')
  } catch {
    return part ?? ''
  }
}

const tagsIn = (query: URLSearchParams, key: string) =>
  (query.get(key) ?? '')
    .split(',')
    .map((tag) => tag.trim())
    .filter(Boolean)

/** The route of an address inside the window, such as `/app/post/1` or `/post/1`, with its query. */
export function parseRoute(pathname: string, search = ''): Route {
  const path = pathname.startsWith(BASE) ? pathname.slice(BASE.length) : pathname
  const [head = '', second, third] = path.split('/').filter(Boolean).map(decode)
  const query = new URLSearchParams(search)
  if (head.startsWith('@') && head.length > 1) {
    const tab = second && TABS.has(second) ? (second as ProfileTab) : 'posts'
    return { name: 'profile', acct: head.slice(1), tab }
  }
  switch (head) {
    case '':
    case 'home':
      return { name: 'home' }
    case 'notifications':
      return { name: 'notifications', filter: second && FILTERS.has(second) ? (second as 'all') : 'all' }
    case 'search':
      return { name: 'search', q: query.get('q') ?? '', type: query.get('type') ?? '' }
    case 'catchup':
      return { name: 'catchup', id: second ?? null }
    case 'conversations':
      return { name: 'conversations', id: second ?? null }
    case 'list':
      return second ? { name: 'list', id: second } : { name: 'lists' }
    case 'lists':
      return { name: 'lists' }
    case 'received':
      return { name: 'received' }
    case 'server':
      return second ? { name: 'server', host: second } : { name: 'not-found', path }
    case 'storage':
      return { name: 'storage' }
    case 'bookmarks':
      return { name: 'bookmarks', label: second ?? null }
    case 'favourites':
      return { name: 'favourites' }
    case 'outbox':
      return { name: 'outbox', tab: second === 'drafts' || second === 'failed' || second === 'scheduled' ? second : 'waiting' }
    case 'tag':
      return second
        ? { name: 'tag', tag: second, any: tagsIn(query, 'any'), all: tagsIn(query, 'all'), none: tagsIn(query, 'none') }
        : { name: 'not-found', path }
    case 'post':
      return second ? { name: 'post', id: second } : { name: 'not-found', path }
    case 'compose':
      return { name: 'compose', draftId: second ?? null, ...(query.get('window') === '1' ? { alone: true } : {}) }
    case 'settings':
      return { name: 'settings', section: second ?? 'profile' }
    case 'health':
      return { name: 'health' }
    case 'firstrun':
      return { name: 'firstrun', step: second ?? 'name' }
    case 'open':
      return { name: 'open', url: query.get('url') ?? '' }
    default:
      return { name: 'not-found', path: third ? path : `/${head}` }
  }
}

/** The address of a route, `/app` included. */
export function pathOf(route: Route): string {
  switch (route.name) {
    case 'notifications':
      return `${BASE}/notifications${route.filter === 'all' ? '' : `/${route.filter}`}`
    case 'search': {
      const query = new URLSearchParams()
      if (route.q) query.set('q', route.q)
      if (route.type) query.set('type', route.type)
      const text = query.toString()
      return `${BASE}/search${text ? `?${text}` : ''}`
    }
    case 'outbox':
      return `${BASE}/outbox${route.tab === 'waiting' ? '' : `/${route.tab}`}`
    case 'tag': {
      const query = (['any', 'all', 'none'] as const).flatMap((key) =>
        route[key].length > 0 ? `${key}=${route[key].map(encodeURIComponent).join(',')}` : [],
      )
      return `${BASE}/tag/${encodeURIComponent(route.tag)}${query.length > 0 ? `?${query.join('&')}` : ''}`
    }
    case 'catchup':
    case 'conversations':
      return `${BASE}/${route.name}${route.id ? `/${encodeURIComponent(route.id)}` : ''}`
    case 'list':
      return `${BASE}/list/${encodeURIComponent(route.id)}`
    case 'server':
      return `${BASE}/server/${encodeURIComponent(route.host)}`
    case 'bookmarks':
      return `${BASE}/bookmarks${route.label ? `/${encodeURIComponent(route.label)}` : ''}`
    case 'post':
      return `${BASE}/post/${encodeURIComponent(route.id)}`
    case 'profile':
      return `${BASE}/@${encodeURIComponent(route.acct).replaceAll('%40', '@')}${route.tab === 'posts' ? '' : `/${route.tab}`}`
    case 'compose':
      return `${BASE}/compose${route.draftId ? `/${encodeURIComponent(route.draftId)}` : ''}${route.alone ? '?window=1' : ''}`
    case 'settings':
      return `${BASE}/settings/${encodeURIComponent(route.section)}`
    case 'firstrun':
      return `${BASE}/firstrun/${encodeURIComponent(route.step)}`
    case 'open':
      return `${BASE}/open?url=${encodeURIComponent(route.url)}`
    case 'not-found':
      return BASE + route.path
    default:
      return `${BASE}/${route.name}`
  }
}

/** The addresses that components link to. */
export const to = {
  home: () => pathOf({ name: 'home' }),
  notifications: (filter: 'all' | 'mentions' | 'follows' | 'requests' = 'all') => pathOf({ name: 'notifications', filter }),
  search: (q = '') => pathOf({ name: 'search', q, type: '' }),
  bookmarks: (label: string | null = null) => pathOf({ name: 'bookmarks', label }),
  catchup: (id: string | null = null) => pathOf({ name: 'catchup', id }),
  conversations: (id: string | null = null) => pathOf({ name: 'conversations', id }),
  list: (id: string) => pathOf({ name: 'list', id }),
  lists: () => pathOf({ name: 'lists' }),
  received: () => pathOf({ name: 'received' }),
  server: (host: string) => pathOf({ name: 'server', host }),
  storage: () => pathOf({ name: 'storage' }),
  favourites: () => pathOf({ name: 'favourites' }),
  outbox: (tab: OutboxTab = 'waiting') => pathOf({ name: 'outbox', tab }),
  tag: (tag: string, more: { any?: string[]; all?: string[]; none?: string[] } = {}) =>
    pathOf({ name: 'tag', tag, any: [], all: [], none: [], ...more }),
  post: (id: string) => pathOf({ name: 'post', id }),
  profile: (acct: string, tab: ProfileTab = 'posts') => pathOf({ name: 'profile', acct, tab }),
  compose: (draftId: string | null = null) => pathOf({ name: 'compose', draftId }),
  settings: (section = 'profile') => pathOf({ name: 'settings', section }),
  health: () => pathOf({ name: 'health' }),
  firstrun: (step = 'name') => pathOf({ name: 'firstrun', step }),
}

export type Layer = 'media' | 'alt' | 'history' | 'palette'

const LAYERS = new Set<string>(['media', 'alt', 'history', 'palette'])

interface Entry {
  /** How many entries of this window lie below this one: 0 means Back would leave. */
  depth: number
  /** The view that stays beside a post in the wide layout. */
  under: string | null
  /** Names this entry for as long as the window is open: its scroll position is kept under it. */
  key: number
}

/**
 * The History API, kept small: real paths, Back and Forward, and clicks on ordinary links inside the window. In the wide
 * layout a post opens beside the view it was opened from; `under` remembers that view per history entry.
 */
export class Router {
  route: Route = $state.raw({ name: 'home' })
  /** The list beside which a post is open; null when the post was reached by its address alone. */
  under: Route | null = $state.raw(null)
  /** What lies over the view and has a step of its own in the history, so that Back closes it: `palette`, `media`, `alt`, `history`. */
  layer: Layer | null = $state.raw(null)
  /** Called with the key of the entry that is being left, while its view is still there. */
  onleave: ((key: number) => void) | null = null
  /** Called with the key of an entry that was returned to. */
  onreturn: ((key: number) => void) | null = null
  #depth = 0
  #key = 0
  #lastKey = 0
  /** A layer is being taken off: the history says so a moment later, and until then nobody goes anywhere. */
  #lifting = false
  #next: (() => void) | null = null

  /** Takes over the address and the clicks. Returns the way to stop. */
  start(): () => void {
    const entry = history.state as Partial<Entry> | null
    const query = new URLSearchParams(location.search)
    if (query.has('m')) {
      // What lay over the page when it was loaded anew is not there any more.
      query.delete('m')
      history.replaceState(history.state, '', location.pathname + (query.size > 0 ? `?${query}` : '') + location.hash)
    }
    this.#read(entry)
    this.#key = ++this.#lastKey
    history.replaceState({ depth: this.#depth, under: entry?.under ?? null, key: this.#key } satisfies Entry, '')
    const pop = (event: PopStateEvent) => {
      this.onleave?.(this.#key)
      const state = event.state as Partial<Entry> | null
      this.#key = state?.key ?? ++this.#lastKey
      this.#read(state)
      this.onreturn?.(this.#key)
      this.#lifting = false
      const next = this.#next
      this.#next = null
      next?.()
    }
    const click = (event: MouseEvent) => {
      const target = event.target instanceof Element ? event.target.closest('a[href]') : null
      if (!(target instanceof HTMLAnchorElement) || event.defaultPrevented || event.button !== 0) return
      if (
        event.metaKey ||
        event.ctrlKey ||
        event.shiftKey ||
        event.altKey ||
        target.target === '_blank' ||
        target.origin !== location.origin
      )
        return
      if (target.pathname !== BASE && !target.pathname.startsWith(`${BASE}/`)) return
      if (target.hash && target.pathname === location.pathname) return
      event.preventDefault()
      this.go(target.pathname + target.search)
    }
    addEventListener('popstate', pop)
    document.addEventListener('click', click)
    return () => {
      removeEventListener('popstate', pop)
      document.removeEventListener('click', click)
    }
  }

  /** Goes to an address (`/app/…`, or the part below it). The same address again changes nothing. */
  go(address: string, options: { replace?: boolean } = {}): void {
    if (this.#lifting) {
      this.#next = () => this.go(address, options)
      return
    }
    const path = address.startsWith(BASE) ? address : BASE + address
    const url = new URL(path, location.origin)
    const next = parseRoute(url.pathname, url.search)
    const wanted = url.pathname + url.search
    if (wanted === location.pathname + location.search) return
    // What lay over the view is gone with it: Back leads to the view, not to what lay over it.
    if (this.layer !== null) {
      this.layer = null
      options = { replace: true }
    }
    const under = next.name === 'post' ? (this.route.name === 'post' ? this.under && pathOf(this.under) : pathOf(this.route)) : null
    if (options.replace) history.replaceState({ depth: this.#depth, under, key: this.#key } satisfies Entry, '', wanted)
    else {
      this.onleave?.(this.#key)
      this.#key = ++this.#lastKey
      history.pushState({ depth: ++this.#depth, under, key: this.#key } satisfies Entry, '', wanted)
    }
    this.under = under ? parseRoute(new URL(under, location.origin).pathname, new URL(under, location.origin).search) : null
    this.route = next
  }

  /** Lays something over the view (`?m=`). Returns the way to take it off again, which does nothing when Back has done it already. */
  lay(layer: Layer): () => void {
    const query = new URLSearchParams(location.search)
    query.set('m', layer)
    this.onleave?.(this.#key)
    const key = (this.#key = ++this.#lastKey)
    const under = this.under && pathOf(this.under)
    history.pushState({ depth: ++this.#depth, under, key } satisfies Entry, '', `${location.pathname}?${query}`)
    this.layer = layer
    return () => {
      if (this.#key !== key || this.layer !== layer) return
      this.layer = null
      this.#lifting = true
      history.back()
    }
  }

  /** One step back inside the window; home when this is the first step. */
  back(): void {
    if (this.#depth > 0) history.back()
    else this.go(to.home(), { replace: true })
  }

  #read(entry: Partial<Entry> | null): void {
    this.#depth = entry?.depth ?? 0
    const under = entry?.under ? new URL(entry.under, location.origin) : null
    this.under = under ? parseRoute(under.pathname, under.search) : null
    const layer = new URLSearchParams(location.search).get('m')
    this.layer = LAYERS.has(layer ?? '') ? (layer as Layer) : null
    const route = parseRoute(location.pathname, location.search)
    // A layer that opens or closes leaves the view as it is.
    if (pathOf(route) !== pathOf(this.route)) this.route = route
  }
}
