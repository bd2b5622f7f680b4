import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { upsertAccount } from '../../../src-main/domain/accounts.ts'
import { openDomain } from '../../../src-main/domain/domain.ts'
import { AppError } from '../../../src-main/domain/errors.ts'
import { follow, receiveAccept } from '../../../src-main/domain/follows.ts'
import { addMedia } from '../../../src-main/domain/media.ts'
import { chooseOrigin, nameOwner } from '../../../src-main/domain/owner.ts'
import { receivePost } from '../../../src-main/domain/posts.ts'
import { openStore } from '../../../src-main/store/store.ts'
import type { RemoteAccount } from '../../../src-main/domain/accounts.ts'
import type { Domain } from '../../../src-main/domain/domain.ts'
import type { NewMedia } from '../../../src-main/domain/media.ts'
import type { RemotePost } from '../../../src-main/domain/posts.ts'

/** The clock of these tests starts here and moves only when told. */
export const NOON = Date.UTC(2026, 4, 1, 12)
export const ORIGIN = 'https://ana.example'
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close()
})

export interface Home extends Domain {
  clock: { at: number }
  folder: string
  /** Types and data of the events since the last call. */
  heard(): [string, Record<string, unknown>][]
  /** How many rows a table has. */
  rows(table: string, where?: string): number
  /** Every row of every table of the domain, to show that nothing was changed. */
  picture(): string
}

/** An empty home on a real database; closed and removed when the test ends. */
export function openHome(): Home {
  const folder = mkdtempSync(join(tmpdir(), 'burrow-domain-'))
  const clock = { at: NOON }
  const store = openStore({ folder, now: () => clock.at })
  closers.push(() => {
    store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const d = openDomain({ store, now: () => clock.at })
  let seen = 0
  const count = (table: string, where = '1') =>
    (store.database.prepare(`select count(*) as n from ${table} where ${where}`).get() as { n: number }).n
  return Object.assign(d, {
    clock,
    folder,
    heard() {
      const rows = store.database.prepare('select seq, type, data from events where seq > ? order by seq').all(seen) as {
        seq: number
        type: string
        data: string
      }[]
      seen = rows.at(-1)?.seq ?? seen
      return rows.map((row): [string, Record<string, unknown>] => [row.type, JSON.parse(row.data) as Record<string, unknown>])
    },
    rows: count,
    picture() {
      const tables = store.database
        .prepare(
          "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and name not like 'search_%' order by name",
        )
        .all() as { name: string }[]
      return JSON.stringify(tables.map(({ name }) => [name, store.database.prepare(`select * from ${name}`).all()]))
    },
  })
}

export const KEYS = {
  rsaPrivatePem: 'rsa private',
  rsaPublicPem: 'rsa public',
  ed25519PrivatePem: 'ed private',
  ed25519PublicMultibase: 'z6Mk',
}

/** A home whose owner is @ana@ana.example (or has no address yet). */
export function openAna(address: string | null = ORIGIN): Home {
  const home = openHome()
  nameOwner(home, { name: 'ana', displayName: 'Ana', keys: KEYS, seal: (plain) => `sealed ${plain}` })
  if (address) chooseOrigin(home, address, { trial: false })
  home.heard()
  return home
}

export function remote(username: string, host = 'tide.example', change: Partial<RemoteAccount> = {}): RemoteAccount {
  const uri = `https://${host}/users/${username}`
  return {
    uri,
    username,
    domain: host,
    type: 'Person',
    displayName: username,
    note: '',
    url: `https://${host}/@${username}`,
    avatarUrl: null,
    headerUrl: null,
    fields: [],
    emojis: [],
    locked: false,
    discoverable: null,
    indexable: false,
    inbox: `${uri}/inbox`,
    sharedInbox: `https://${host}/inbox`,
    outbox: `${uri}/outbox`,
    followersUri: `${uri}/followers`,
    followingUri: null,
    featuredUri: null,
    alsoKnownAs: [],
    movedTo: null,
    createdAt: null,
    keys: [{ id: `${uri}#main-key`, pem: `pem of ${username}` }],
    ...change,
  }
}

/** A known account elsewhere; its id. */
export function person(home: Home, username: string, host?: string, change?: Partial<RemoteAccount>): number {
  return upsertAccount(home, remote(username, host, change))
}

/** A known account that the owner follows; its id. */
export function followed(home: Home, username: string, host?: string): number {
  const id = person(home, username, host)
  follow(home, id)
  receiveAccept(home, { accountId: id })
  return id
}

let serial = 0
export function remotePost(accountId: number, change: Partial<RemotePost> = {}): RemotePost {
  const uri = change.uri ?? `https://tide.example/notes/${++serial}`
  return {
    uri,
    url: uri,
    accountId,
    type: 'Note',
    published: NOON - MINUTE,
    edited: null,
    content: '<p>Hello</p>',
    warning: '',
    sensitive: false,
    language: 'en',
    visibility: 'public',
    inReplyToUri: null,
    mentions: [],
    tags: [],
    media: [],
    emojis: [],
    forOwner: false,
    ...change,
  }
}

/** A stored post of somebody; its id. */
export function received(home: Home, accountId: number, change: Partial<RemotePost> = {}): number {
  const result = receivePost(home, remotePost(accountId, change))
  if (!result) throw new Error('the post was not kept')
  return result.id
}

export function upload(home: Home, change: Partial<NewMedia> = {}): number {
  return addMedia(home, {
    kind: 'image',
    mime: 'image/jpeg',
    bytes: 1000,
    width: 800,
    height: 600,
    blob: 'aa/one',
    previewBlob: 'aa/small',
    previewMime: 'image/webp',
    ...change,
  }).id
}

/** The AppError that `work` throws. */
export function refused(work: () => unknown): AppError {
  try {
    work()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
