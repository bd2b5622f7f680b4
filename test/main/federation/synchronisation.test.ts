/** Followers synchronisation (FEP-8fcf), the receiving side. */
import { describe, expect, test } from 'vitest'
import { followBetween } from '../../../src-main/domain/follows.ts'
import { findOwner } from '../../../src-main/domain/owner.ts'
import { followersDigest } from '../../../src-main/federation/followers-digest.ts'
import { ANA, following, HOUR, knowing, MINUTE, openInstance } from './instance.ts'
import { remoteServer } from './world.ts'
import type { Instance } from './instance.ts'
import type { RemoteActor, RemoteServer } from './world.ts'

const COVERED = ['collection-synchronization']

async function scene() {
  const home = await openInstance()
  const mo = remoteServer('mo.example')
  const bo = mo.actor('bo')
  const id = await following(home, bo)
  home.clock.at += HOUR
  return { home, mo, bo, id }
}

const follows = (home: Instance, id: number) => followBetween(home, (findOwner(home) as { id: number }).id, id) !== null
const at = (bo: RemoteActor) => `${bo.id}/followers_synchronization`

const header = (bo: RemoteActor, list: string[], change: { collectionId?: string; url?: string; digest?: string } = {}) =>
  `collectionId="${change.collectionId ?? bo.followers}", url="${change.url ?? at(bo)}", digest="${change.digest ?? followersDigest(list)}"`

/** Their list, and a delivery of theirs that says so, its header signed. */
async function says(home: Instance, mo: RemoteServer, bo: RemoteActor, list: string[], value = header(bo, list)): Promise<void> {
  mo.serve(new URL(at(bo)).pathname, { id: at(bo), type: 'OrderedCollection', orderedItems: list })
  await home.takes(bo, bo.create({ to: [bo.followers], cc: [] }), { headers: { 'collection-synchronization': value }, covers: COVERED })
}

describe('somebody followed says who their followers here are', () => {
  test('the same as stands here: nothing is asked', async () => {
    const { home, mo, bo, id } = await scene()
    await says(home, mo, bo, [ANA])
    expect(mo.count(new URL(at(bo)).pathname)).toBe(0)
    expect(follows(home, id)).toBe(true)
  })

  test('not the owner: the follow ends, once the list has said so twice', async () => {
    const { home, mo, bo, id } = await scene()
    await says(home, mo, bo, [])
    expect(follows(home, id)).toBe(true)
    await home.pass(MINUTE)
    expect(follows(home, id)).toBe(false)
    const asked = mo.asked.findIndex((one) => one.includes('followers_synchronization'))
    expect(mo.headers[asked]?.signature).toContain('keyId="https://ana.example/actor#main-key"')
    // Their side has none: there is nothing to undo.
    expect(home.outbox.filter(({ kind }) => kind === 'unfollow')).toEqual([])
  })

  test('the owner after all the second time: it stays', async () => {
    const { home, mo, bo, id } = await scene()
    await says(home, mo, bo, [])
    mo.serve(new URL(at(bo)).pathname, { id: at(bo), type: 'OrderedCollection', orderedItems: [ANA] })
    await home.pass(MINUTE)
    expect(follows(home, id)).toBe(true)
  })

  test('the owner, who does not follow: their follow is undone', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    const id = await knowing(home, bo)
    mo.serve(new URL(at(bo)).pathname, { id: at(bo), type: 'OrderedCollection', orderedItems: [ANA] })
    const mention = { to: [ANA], cc: [], tag: [{ type: 'Mention', href: ANA }] }
    await home.takes(bo, bo.create(mention), { headers: { 'collection-synchronization': header(bo, [ANA]) }, covers: COVERED })
    await home.pass(MINUTE)
    expect(home.outbox).toMatchObject([{ kind: 'unfollow', accountId: id }])
    const sent = await home.leave()
    expect(sent !== 'drop' && sent.activity).toMatchObject({ type: 'Undo', object: { type: 'Follow', actor: ANA, object: bo.id } })
  })
})

describe('what is not believed', () => {
  test('a list that is not of the digest, of another collection, elsewhere, or no header at all', async () => {
    const { home, mo, bo, id } = await scene()
    const cases = [
      header(bo, [], { digest: followersDigest(['https://ana.example/users/other']) }),
      header(bo, [], { collectionId: `${bo.id}/friends` }),
      header(bo, [], { url: 'https://evil.example/list' }),
      header(bo, [], { url: at(bo).replace('https:', 'http:') }),
      'collectionId=oops',
      'x'.repeat(5_000),
    ]
    const evil = remoteServer('evil.example')
    evil.serve('/list', { id: 'https://evil.example/list', type: 'OrderedCollection', orderedItems: [] })
    for (const value of cases) {
      await says(home, mo, bo, [], value)
      await home.pass(2 * HOUR)
      expect(follows(home, id)).toBe(true)
    }
    expect(evil.asked).toEqual([])
  })

  test('a header that the signature does not cover', async () => {
    const { home, mo, bo, id } = await scene()
    mo.serve(new URL(at(bo)).pathname, { id: at(bo), type: 'OrderedCollection', orderedItems: [] })
    const body = JSON.stringify(bo.create({ to: [bo.followers], cc: [] }))
    const headers = { ...bo.signed('https://ana.example/inbox', body), 'collection-synchronization': header(bo, []) }
    expect((await home.post('/inbox', body, headers)).status).toBe(202)
    await home.pass(2 * MINUTE)
    expect(mo.count(new URL(at(bo)).pathname)).toBe(0)
    expect(follows(home, id)).toBe(true)
  })

  test('a list that has gone: no answer is not an empty list', async () => {
    const { home, mo, bo, id } = await scene()
    await home.takes(bo, bo.create({ to: [bo.followers], cc: [] }), {
      headers: { 'collection-synchronization': header(bo, []) },
      covers: COVERED,
    })
    await home.pass(2 * MINUTE)
    expect(mo.count(new URL(at(bo)).pathname)).toBeGreaterThan(0)
    expect(follows(home, id)).toBe(true)
  })

  test('a follow of a moment ago is left alone', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const bo = mo.actor('bo')
    const id = await following(home, bo)
    await says(home, mo, bo, [])
    await home.pass(MINUTE)
    expect(follows(home, id)).toBe(true)
  })

  test('a server that forgot everybody at once: three follows end in a day, the others stay', async () => {
    const home = await openInstance()
    const mo = remoteServer('mo.example')
    const people = Array.from({ length: 8 }, (_, n) => mo.actor(`p${n}`))
    const ids: number[] = []
    for (const one of people) ids.push(await following(home, one))
    home.clock.at += HOUR
    for (const one of people) await says(home, mo, one, [])
    await home.pass(MINUTE)
    expect(ids.filter((id) => follows(home, id)).length).toBe(5)
  })
})
