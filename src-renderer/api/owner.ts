import type {
  AddressCheck,
  ListBoosts,
  Familiar,
  ProfileFacts,
  ServerPosts,
  FilterTotals,
  FilterQuestion,
  FilterPreview,
  BookmarkPage,
  PostLabels,
  Label,
  Apps,
  AwayReport,
  Beginning,
  CatchUp,
  CatchUpOffer,
  CatchUpPosts,
  CatchUpState,
  Closing,
  Connection,
  DoorWord,
  Draft,
  DraftInput,
  DraftMedia,
  DraftVersion,
  FetchedPosts,
  HeldPost,
  HoldRequest,
  HostDelivery,
  Identity,
  ImportedBlocks,
  NameCheck,
  Outbox,
  OutboxItem,
  OwnerError,
  OwnerErrorCode,
  OwnEmoji,
  OwnerEvent,
  OwnerState,
  Place,
  PostDeliveries,
  PostReactions,
  Preview,
  Relay,
  Report,
  Searches,
  Session,
  Settings,
  StorageUse,
  Diagnostics,
  LogLine,
  PeopleImport,
  SetupAddress,
  SetupName,
  Suggestions,
  TopLink,
  Walk,
} from '../../src-main/owner-api/contract.ts'
import { LiveSocket, socketUrl } from './socket.ts'

export type * from '../../src-main/owner-api/contract.ts'

/** An answer of the owner API that is not a success. `code` is `unreachable` when there was no answer at all. */
export class OwnerApiError extends Error {
  readonly code: OwnerErrorCode | 'unreachable'
  readonly status: number | null
  readonly params: Record<string, string | number>

  constructor(code: OwnerErrorCode | 'unreachable', status: number | null, message: string, params: Record<string, string | number> = {}) {
    super(message)
    this.code = code
    this.status = status
    this.params = params
  }
}

/** The owner API of `owner-api/contract.ts`, one method per route. Every method rejects with OwnerApiError. */
export class OwnerClient {
  #origin: string
  #token: string | null

  constructor(origin: string, token: string | null) {
    this.#origin = origin
    this.#token = token
  }

  /** Trades the one-time code of a sign-in link for a token. */
  session = (code: string) => this.#call<Session>('POST', 'session', { code })
  state = () => this.#call<OwnerState>('GET', 'state')
  checkName = (name: string, signal?: AbortSignal) =>
    this.#call<NameCheck>('GET', `setup/name?name=${encodeURIComponent(name)}`, undefined, { signal })
  setName = (body: SetupName) => this.#call<OwnerState>('POST', 'setup/name', body)
  checkAddress = (origin: string, signal?: AbortSignal) => this.#call<AddressCheck>('POST', 'setup/check', { origin }, { signal })
  setAddress = (body: SetupAddress) => this.#call<OwnerState>('POST', 'setup/address', body)
  connection = () => this.#call<Connection>('GET', 'connection')
  retryConnection = () => this.#call<Connection>('POST', 'connection/retry')
  outbox = () => this.#call<Outbox>('GET', 'outbox')
  retryOutboxItem = (id: string) => this.#call<OutboxItem>('POST', `outbox/${encodeURIComponent(id)}/retry`)
  /** Lets everything go that asked because it had waited for over 12 hours. */
  approveOutbox = () => this.#call<Outbox>('POST', 'outbox/approve')
  /** Nothing leaves until then; null: it goes on. */
  pause = (until: string | null) => this.#call<Connection>('POST', 'connection/pause', { until })
  draftVersions = (id: string) => this.#call<DraftVersion[]>('GET', `drafts/${encodeURIComponent(id)}/versions`)
  restoreDraft = (id: string, version: string) => this.#call<Draft>('POST', `drafts/${encodeURIComponent(id)}/versions/${version}`)
  postScheduledNow = (id: string) => this.#call<{ postId: string }>('POST', `scheduled/${encodeURIComponent(id)}/now`)
  draftScheduled = (id: string) => this.#call<Draft>('POST', `scheduled/${encodeURIComponent(id)}/draft`)
  cancelOutboxItem = (id: string) => this.#call<Outbox>('DELETE', `outbox/${encodeURIComponent(id)}`)
  drafts = () => this.#call<Draft[]>('GET', 'drafts')
  /** `keepalive` lets the save outlive the page (closing the window while typing). */
  saveDraft = (id: string, draft: DraftInput, keepalive = false) =>
    this.#call<Draft>('PUT', `drafts/${encodeURIComponent(id)}`, draft, { keepalive })
  deleteDraft = (id: string) => this.#call<Record<string, never>>('DELETE', `drafts/${encodeURIComponent(id)}`)
  held = () => this.#call<HeldPost[]>('GET', 'held')
  hold = (request: HoldRequest) => this.#call<HeldPost>('POST', 'held', request)
  /** Takes it back: the draft goes on. */
  undoHeld = (id: string) => this.#call<{ draft: Draft }>('DELETE', `held/${encodeURIComponent(id)}`)
  /** `alone`: as a post of its own, without what it answers. */
  sendHeld = (id: string, alone = false) => this.#call<Record<string, never>>('POST', `held/${encodeURIComponent(id)}/now`, { alone })
  /** A text as it will look when it is published. */
  preview = (text: string, format: 'plain' | 'markdown') => this.#call<Preview>('POST', 'preview', { text, format })
  suggestions = (kind: 'people' | 'tags', typed: string, signal?: AbortSignal) =>
    this.#call<Suggestions>('GET', `suggestions?kind=${kind}&q=${encodeURIComponent(typed)}`, undefined, { signal })
  settings = () => this.#call<Settings>('GET', 'settings')
  changeSettings = (change: Partial<Settings>) => this.#call<Settings>('PATCH', 'settings', change)
  beginning = () => this.#call<Beginning>('GET', 'beginning')
  place = (view: string) => this.#call<Place | null>('GET', `places/${encodeURIComponent(view)}`)
  savePlace = (view: string, place: Place, keepalive = false) =>
    this.#call<Place>('PUT', `places/${encodeURIComponent(view)}`, place, { keepalive })
  react = (postId: string, emoji: string) => this.#call<PostReactions>('POST', `posts/${postId}/reactions`, { emoji })
  unreact = (postId: string, emoji: string) => this.#call<PostReactions>('DELETE', `posts/${postId}/reactions/${encodeURIComponent(emoji)}`)
  deliveries = (postId: string) => this.#call<PostDeliveries>('GET', `posts/${postId}/deliveries`)
  retryDeliveries = (postId: string) => this.#call<PostDeliveries>('POST', `posts/${postId}/deliveries/retry`)
  hosts = () => this.#call<HostDelivery[]>('GET', 'hosts')
  retryHost = (host: string) => this.#call<HostDelivery>('POST', `hosts/${encodeURIComponent(host)}/retry`)
  forgetHost = (host: string) => this.#call<HostDelivery>('DELETE', `hosts/${encodeURIComponent(host)}`)
  /** Reads posts of an account from its own server: the newest, or those before what is here. */
  fetchPosts = (accountId: string, older: boolean) => this.#call<FetchedPosts>('POST', `accounts/${accountId}/posts`, { older })
  /** Begins to read the whole conversation of a post, or joins the reading that is under way. */
  walkConversation = (postId: string) => this.#call<Walk>('POST', `posts/${postId}/conversation`)
  walk = (id: string) => this.#call<Walk>('GET', `walks/${encodeURIComponent(id)}`)
  away = () => this.#call<AwayReport[]>('GET', 'away')
  catchUp = () => this.#call<AwayReport[]>('POST', 'away')
  stopCatchUp = () => this.#call<AwayReport[]>('DELETE', 'away')
  catchUps = () => this.#call<CatchUp[]>('GET', 'catch-ups')
  /** Goes on with the catch-up that is open, or begins one; `from`: the last visit. */
  openCatchUp = (from?: string) => this.#call<CatchUp>('POST', 'catch-ups', from === undefined ? {} : { from })
  catchUpOffer = (sinceId: string) => this.#call<CatchUpOffer>('GET', `catch-ups/offer?since=${encodeURIComponent(sinceId)}`)
  catchUpById = (id: string) => this.#call<CatchUp>('GET', `catch-ups/${encodeURIComponent(id)}`)
  keepCatchUp = (id: string, state: CatchUpState, keepalive = false) =>
    this.#call<CatchUp>('PUT', `catch-ups/${encodeURIComponent(id)}/state`, state, { keepalive })
  finishCatchUp = (id: string) => this.#call<CatchUp>('POST', `catch-ups/${encodeURIComponent(id)}/done`)
  catchUpPosts = (id: string) => this.#call<CatchUpPosts>('GET', `catch-ups/${encodeURIComponent(id)}/posts`)
  topLinks = (id: string, from: string) =>
    this.#call<TopLink[]>('GET', `catch-ups/${encodeURIComponent(id)}/links?from=${encodeURIComponent(from)}`)
  searches = () => this.#call<Searches>('GET', 'searches')
  saveSearch = (name: string, query: string) => this.#call<Searches>('POST', 'searches', { name, query })
  renameSearch = (id: string, name: string) => this.#call<Searches>('PATCH', `searches/${encodeURIComponent(id)}`, { name })
  removeSearch = (id: string) => this.#call<Searches>('DELETE', `searches/${encodeURIComponent(id)}`)
  useSearch = (query: string) => this.#call<Searches>('POST', 'searches/recent', { query })
  /** One of the recent searches, or all of them. */
  forgetSearches = (query?: string) =>
    this.#call<Searches>('DELETE', query === undefined ? 'searches/recent' : `searches/recent?query=${encodeURIComponent(query)}`)
  labels = () => this.#call<Label[]>('GET', 'labels')
  addLabel = (name: string) => this.#call<Label>('POST', 'labels', { name })
  renameLabel = (id: string, name: string) => this.#call<Label[]>('PATCH', `labels/${encodeURIComponent(id)}`, { name })
  removeLabel = (id: string) => this.#call<Label[]>('DELETE', `labels/${encodeURIComponent(id)}`)
  labelsOf = (postId: string) => this.#call<PostLabels>('GET', `posts/${postId}/labels`)
  setLabels = (postId: string, labelIds: readonly string[]) => this.#call<PostLabels>('PUT', `posts/${postId}/labels`, { labelIds })
  /** Bookmarks of a label or all, with these words in them or any. */
  bookmarks = (wish: { label: string | null; words: string; before: string | null }) => {
    const query = new URLSearchParams()
    if (wish.label !== null) query.set('label', wish.label)
    if (wish.words !== '') query.set('q', wish.words)
    if (wish.before !== null) query.set('before', wish.before)
    return this.#call<BookmarkPage>('GET', `bookmarks?${query.toString()}`)
  }
  previewFilter = (question: FilterQuestion, signal?: AbortSignal) =>
    this.#call<FilterPreview>('POST', 'filters/preview', question, { signal })
  filterTotals = (offset: number) => this.#call<FilterTotals>('GET', `filters/totals?offset=${offset}`)
  serverPosts = (host: string, before: string | null) =>
    this.#call<ServerPosts>(
      'GET',
      `servers/${encodeURIComponent(host)}/posts${before === null ? '' : `?before=${encodeURIComponent(before)}`}`,
    )
  profileFacts = (accountId: string) => this.#call<ProfileFacts>('GET', `accounts/${accountId}/facts`)
  familiar = (accountId: string) => this.#call<Familiar>('POST', `accounts/${accountId}/familiar`)
  listBoosts = () => this.#call<ListBoosts[]>('GET', 'lists')
  setListBoosts = (id: string, boosts: boolean) => this.#call<ListBoosts[]>('PATCH', `lists/${encodeURIComponent(id)}`, { boosts })
  relays = () => this.#call<Relay[]>('GET', 'relays')
  addRelay = (address: string) => this.#call<Relay[]>('POST', 'relays', { address })
  removeRelay = (id: string) => this.#call<Relay[]>('DELETE', `relays/${id}`)
  emojis = () => this.#call<OwnEmoji[]>('GET', 'emojis')
  addEmoji = (shortcode: string, file: File) => {
    const form = new FormData()
    form.set('shortcode', shortcode)
    form.set('file', file)
    return this.#call<OwnEmoji[]>('POST', 'emojis', form)
  }
  removeEmoji = (shortcode: string) => this.#call<OwnEmoji[]>('DELETE', `emojis/${encodeURIComponent(shortcode)}`)
  identity = () => this.#call<Identity>('GET', 'identity')
  addAlias = (acct: string) => this.#call<Identity>('POST', 'identity/aliases', { acct })
  removeAlias = (uri: string) => this.#call<Identity>('DELETE', 'identity/aliases', { uri })
  /** `confirm` repeats the address by hand: it cannot be taken back. */
  moveAway = (acct: string, confirm: string) => this.#call<Identity>('POST', 'identity/move', { acct, confirm })
  rotateKeys = () => this.#call<Identity>('POST', 'identity/rotate')
  reports = () => this.#call<Report[]>('GET', 'reports')
  resolveReport = (id: string) => this.#call<Report[]>('POST', `reports/${id}/resolve`)
  apps = () => this.#call<Apps>('GET', 'apps')
  /** For ten minutes apps may ask to be let in. */
  connectApps = () => this.#call<Apps>('POST', 'apps/connect')
  stopConnecting = () => this.#call<Apps>('DELETE', 'apps/connect')
  approveApp = (id: string, code: string) => this.#call<Apps>('POST', `apps/requests/${encodeURIComponent(id)}/approve`, { code })
  denyApp = (id: string) => this.#call<Apps>('POST', `apps/requests/${encodeURIComponent(id)}/deny`)
  removeApp = (id: string) => this.#call<Apps>('DELETE', `apps/${encodeURIComponent(id)}`)
  door = () => this.#call<DoorWord[]>('GET', 'door')
  addDoorWord = (words: string, wholeWord: boolean) => this.#call<DoorWord[]>('POST', 'door', { words, wholeWord })
  removeDoorWord = (id: string) => this.#call<DoorWord[]>('DELETE', `door/${encodeURIComponent(id)}`)
  importBlocks = (list: string) => this.#call<ImportedBlocks>('POST', 'domain-blocks/import', { list })
  closing = () => this.#call<Closing>('GET', 'closing')
  /** `confirm` repeats the handle by hand: it cannot be taken back. */
  closeAccount = (confirm: string) => this.#call<Closing>('POST', 'closing', { confirm })
  /** The first picture of an own film, drawn by the window. */
  poster = (mediaId: string, picture: Blob) => {
    const form = new FormData()
    form.set('file', picture, 'poster.jpg')
    return this.#call<DraftMedia>('POST', `media/${encodeURIComponent(mediaId)}/poster`, form)
  }
  storage = () => this.#call<StorageUse>('GET', 'storage')
  freeStorage = (part: 'cache' | 'copies') => this.#call<StorageUse>('POST', 'storage/free', { part })
  diagnostics = () => this.#call<Diagnostics>('GET', 'diagnostics')
  logs = () => this.#call<LogLine[]>('GET', 'logs')
  people = () => this.#call<PeopleImport | null>('GET', 'people')
  /** Follows everybody at these addresses and links, in the background. */
  followPeople = (addresses: readonly string[]) => this.#call<PeopleImport>('POST', 'people', { addresses })
  forgetPeople = () => this.#call<Record<string, never>>('DELETE', 'people')
  stop = () => this.#call<Record<string, never>>('POST', 'stop')

  /** Opens the event stream. `onopen(true)` after a loss: state, outbox and drafts may have changed unseen. */
  events(onevent: (event: OwnerEvent) => void, onopen?: (again: boolean) => void): LiveSocket {
    return new LiveSocket(socketUrl(this.#origin, '/api/owner/events'), this.#token ?? '', {
      ...(onopen ? { onopen } : {}),
      onframe: (text) => {
        let event: OwnerEvent
        try {
          event = JSON.parse(text) as OwnerEvent
        } catch {
          return
        }
        onevent(event)
      },
    })
  }

  async #call<T>(
    method: string,
    path: string,
    body?: unknown,
    options: { keepalive?: boolean; signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    let response: Response
    try {
      response = await fetch(`${this.#origin}/api/owner/${path}`, {
        method,
        headers: {
          ...(this.#token ? { Authorization: `Bearer ${this.#token}` } : {}),
          ...(body === undefined || body instanceof FormData ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
        ...(options.signal ? { signal: options.signal } : {}),
        keepalive: options.keepalive ?? false,
        cache: 'no-store',
      })
    } catch (error) {
      throw unanswered(error)
    }
    if (response.ok) {
      // A body that breaks off, or is no longer wanted, is no answer either.
      return (await response.json().catch((error: unknown) => {
        throw unanswered(error)
      })) as T
    }
    const problem = (await response.json().catch(() => null)) as OwnerError | null
    throw new OwnerApiError(problem?.code ?? 'internal', response.status, problem?.error ?? response.statusText, problem?.params)
  }
}

const unanswered = (error: unknown): unknown =>
  error instanceof DOMException && error.name === 'AbortError'
    ? error
    : new OwnerApiError('unreachable', null, error instanceof Error ? error.message : String(error))

/** Whether the page itself can be had from its server right now. Never rejects. */
export const pageAnswers = (): Promise<boolean> =>
  fetch(location.pathname, { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  )
