import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expectEqual, expectThat } from './expect.ts'
import { ANA, openBuilt, openFromSources, ORIGIN, type Target } from './target.ts'
import { startEvilPeer, type EvilHost, type EvilPeer } from './peer.ts'
import { until } from '../process.ts'
import { number, picture } from '../rows.ts'
import type { EvilActor, SignOptions } from './actor.ts'
import type { Answer } from '../http.ts'

/** A post as the client API shows it, as far as attacks look at it. */
export interface Status {
  id: string
  uri: string
  content: string
  spoiler_text: string
  visibility: string
  in_reply_to_id: string | null
  favourites_count: number
  reblogs_count: number
  created_at: string
  account: Person
  reblog: Status | null
  media_attachments: { url: string | null; preview_url: string | null; remote_url: string | null; blurhash: string | null; meta: unknown }[]
  mentions: { acct: string; url: string; username: string }[]
  emojis: { shortcode: string; url: string; static_url: string }[]
  tags: { name: string }[]
  card: unknown
  poll: { id: string; expired: boolean; votes_count: number; options: { title: string; votes_count: number | null }[] } | null
  quote?: { state: string; quoted_status?: Status | null; quoted_status_id?: string | null } | null
}
export interface Person {
  id: string
  acct: string
  username: string
  display_name: string
  note: string
  uri: string
  url: string
  avatar: string
  header: string
  fields: { name: string; value: string; verified_at: string | null }[]
  emojis: { shortcode: string; url: string }[]
}

/** What every attack finds: an owner with posts of every kind, a friend, strangers whose keys are known, somebody blocked. */
export interface Scene {
  readonly target: Target
  readonly peer: EvilPeer
  readonly hosts: { mo: EvilHost; evil: EvilHost; bob: EvilHost; other: EvilHost }
  /** Follows the owner and is followed. */
  readonly mo: EvilActor
  /** On mo's server; a stranger whose account is stored. */
  readonly neighbour: EvilActor
  /** On `evil.example`; a stranger whose account is stored. */
  readonly mallory: EvilActor
  /** On `bob.example`; an ordinary stranger whose account is stored. */
  readonly bob: EvilActor
  /** On `other.example`; blocked by the owner, followed by nobody. */
  readonly blocked: EvilActor
  /** The owner's posts. */
  readonly own: Record<'public' | 'unlisted' | 'private' | 'direct', { id: string; uri: string }>
  /** A post of mo's that is stored, and the Create that brought it. */
  readonly stored: { id: string; uri: string; create: Record<string, unknown> & { id: string } }
  /** The id of somebody's account here. */
  idOf(actor: EvilActor): string
  /** Signs and posts to the shared inbox, or `path`. */
  deliver(actor: EvilActor, activity: unknown, options?: SignOptions & { path?: string }): Promise<Answer>
  /** The same, and waits until everything it caused is done. */
  takes(actor: EvilActor, activity: unknown, options?: SignOptions & { path?: string }): Promise<Answer>
  /** Posts these very bytes with these very headers to the inbox. */
  send(body: string | Uint8Array, headers: Record<string, string>, path?: string): Promise<Answer>
  /** Until nothing moves any more. */
  settled(limit?: number): Promise<void>
  picture(without?: readonly string[]): Record<string, string[]>
  count(query: string, ...values: (string | number)[]): number
  /** Changes the database behind the instance’s back, to move what is stored in time. */
  write(statement: string, ...values: (string | number)[]): void
  home(limit?: number): Promise<Status[]>
  notifications(): Promise<{ type: string; account: Person; status?: Status | null }[]>
  search(q: string, resolve?: boolean): Promise<{ status: number; accounts: Person[]; statuses: Status[] }>
  status(id: string): Promise<Status | null>
  /** By the uri it has elsewhere, if it is stored. */
  storedId(uri: string): string | null
  publish(text: string, more?: Record<string, unknown>): Promise<Status>
  close(): Promise<void>
}

/** Quiet is what looks the same so often, at such distances. */
const QUIET_LOOKS = 4
const LOOK_MS = 20

/** The inbox as its senders see it. */
export const INBOX = `${ORIGIN}/inbox`

/** The scene, built anew on a temporary folder. */
export async function openScene(kind: Target['kind']): Promise<Scene> {
  const peer = await startEvilPeer()
  const target = await (kind === 'built' ? openBuilt(peer) : openFromSources(peer)).catch(async (error: unknown) => {
    await peer.close()
    throw error
  })
  peer.proxyTo(target.publicPort)
  const hosts = {
    mo: peer.host('mo.example'),
    evil: peer.host('evil.example'),
    bob: peer.host('bob.example'),
    other: peer.host('other.example'),
  }
  const mo = hosts.mo.actor('mo')
  for (const path of ['outbox', 'featured']) {
    hosts.mo.serve(`/users/mo/${path}`, { id: `${mo.id}/${path}`, type: 'OrderedCollection', totalItems: 0, orderedItems: [] })
  }
  const neighbour = hosts.mo.actor('neighbour')
  const mallory = hosts.evil.actor('mallory')
  const bob = hosts.bob.actor('bob')
  const blocked = hosts.other.actor('villain')
  const ids = new Map<EvilActor, string>()
  // Another connection's `data_version` moves with every commit of the instance.
  const watching = new Database(join(target.folder, 'burrow.db'), { readonly: true, timeout: 5_000 })
  const due = watching.prepare<[number], number>('select count(*) from inbound where next_at <= ?').pluck()

  async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await target.api(method, path, body)
    if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 300)}`)
    return answer.json<T>()
  }

  const scene: Omit<Scene, 'own' | 'stored'> & { own: Scene['own'] | null; stored: Scene['stored'] | null } = {
    target,
    peer,
    hosts,
    mo,
    neighbour,
    mallory,
    bob,
    blocked,
    own: null,
    stored: null,
    idOf: (actor) => ids.get(actor) ?? '',
    deliver(actor, activity, options = {}) {
      const body = typeof activity === 'string' ? activity : JSON.stringify(activity)
      const path = options.path ?? '/inbox'
      return scene.send(body, actor.signed(ORIGIN + path, body, options), path)
    },
    async takes(actor, activity, options) {
      const answer = await scene.deliver(actor, activity, options)
      await scene.settled()
      return answer
    },
    send: (body, headers, path = '/inbox') => target.ask(path, { method: 'POST', headers, body }),
    async settled(limit = 90_000) {
      const deadline = performance.now() + limit
      let last = -1
      for (let same = 0; same < QUIET_LOOKS;) {
        const now = watching.pragma('data_version', { simple: true }) as number
        same = now === last && peer.busy === 0 && due.get(Date.now()) === 0 ? same + 1 : 0
        last = now
        expectThat(performance.now() < deadline, `after ${limit / 1000} s there is still no quiet`)
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    },
    picture: (without = []) => picture(target.folder, without),
    count: (query, ...values) => number(target.folder, query, ...values),
    write(statement, ...values) {
      const database = new Database(join(target.folder, 'burrow.db'), { timeout: 5_000 })
      database.prepare(statement).run(...values)
      database.close()
    },
    home: (limit = 40) => api('GET', `/api/v1/timelines/home?limit=${limit}`),
    notifications: () => api('GET', '/api/v1/notifications?limit=40'),
    async search(q, resolve = true) {
      const answer = await target.api('GET', `/api/v2/search?resolve=${resolve}&q=${encodeURIComponent(q)}`)
      const { accounts = [], statuses = [] } = answer.status === 200 ? answer.json<{ accounts: Person[]; statuses: Status[] }>() : {}
      return { status: answer.status, accounts, statuses }
    },
    async status(id) {
      const answer = await target.api('GET', `/api/v1/statuses/${id}`)
      return answer.status === 200 ? answer.json<Status>() : null
    },
    storedId(uri) {
      const id = number(target.folder, 'select id from posts where uri = ?', uri)
      return Number.isNaN(id) ? null : String(id)
    },
    publish: (text, more = {}) => api('POST', '/api/v1/statuses', { status: text, ...more }),
    async close() {
      watching.close()
      await target.stop()
      await peer.close()
    },
  }

  try {
    await until('it finds itself online', async () => (await api<{ state: string }>('GET', '/api/owner/connection')).state === 'online')
    for (const actor of [mo, neighbour, mallory, bob, blocked]) {
      const { accounts } = await scene.search(actor.id)
      expectEqual(accounts[0]?.uri, actor.id, 'an honest actor is found')
      ids.set(actor, accounts[0]?.id ?? '')
    }
    await api('POST', `/api/v1/accounts/${scene.idOf(mo)}/follow`)
    const asked = await until('mo is asked', () => hosts.mo.received.find(({ activity }) => activity.type === 'Follow'))
    expectEqual((await scene.deliver(mo, mo.activity('Accept', asked.activity))).status, 202, 'the Accept')
    expectEqual((await scene.deliver(mo, mo.activity('Follow', ANA))).status, 202, 'the Follow')
    await api('POST', `/api/v1/accounts/${scene.idOf(blocked)}/block`)
    const create = mo.create({ content: '<p>Low tide at seven.</p>' })
    const { id: uri } = create.object as { id: string }
    hosts.mo.serve(new URL(uri).pathname, create.object as object)
    expectEqual((await scene.takes(mo, create)).status, 202, 'the Create')
    const [first] = await scene.home(1)
    expectEqual(first?.uri, uri, 'mo’s post is at home')
    scene.stored = { id: first?.id ?? '', uri, create }
    const own: Partial<Scene['own']> = {}
    for (const visibility of ['public', 'unlisted', 'private', 'direct'] as const) {
      const text = visibility === 'direct' ? '@mo@mo.example secret-direct' : `secret-${visibility} #harbour`
      const { id } = await scene.publish(text, { visibility })
      own[visibility] = { id, uri: `${ANA}/statuses/${id}` }
    }
    scene.own = own as Scene['own']
    await until('all of it has left', () => hosts.mo.received.filter(({ activity }) => activity.type === 'Create').length >= 4)
    // The owner's own key is what others hold us by: known people have theirs stored, so that nothing has to be fetched for them.
    for (const actor of [neighbour, mallory, bob])
      expectEqual((await scene.deliver(actor, actor.create())).status, 202, 'a stranger’s post')
    // A moment after a follow their posts are read, which would look as if an attack had asked for them.
    await until('mo’s posts are read', () => hosts.mo.count('/users/mo/outbox') > 0)
    await scene.settled()
    return scene as Scene
  } catch (error) {
    await scene.close()
    throw error
  }
}
