import { describe, expect, it } from 'vitest'
import { acceptedRelays, addRelay, answerRelay, relayByActor, relayById, relays, removeRelay } from '../../../src-main/domain/relays.ts'
import { openAna, refused } from './home.ts'

const MASTODON = {
  address: 'https://relay.example/inbox',
  flavour: 'mastodon',
  actorUri: null,
  inbox: 'https://relay.example/inbox',
} as const
const LITEPUB = {
  address: 'https://pub.example/actor',
  flavour: 'litepub',
  actorUri: 'https://pub.example/actor',
  inbox: 'https://pub.example/inbox',
} as const

describe('relays', () => {
  it('pass on nothing before they have said yes', () => {
    const home = openAna()
    const relay = addRelay(home, MASTODON)
    expect(relay).toMatchObject({ ...MASTODON, state: 'pending' })
    expect(home.heard()).toEqual([['relay-changed', { relayId: relay.id, followId: relay.id, wanted: true, ...MASTODON }]])
    expect(acceptedRelays(home)).toEqual([])
    expect(answerRelay(home, { relayId: relay.id, actorUri: 'https://relay.example/actor', yes: true })).toBe(true)
    expect(acceptedRelays(home)).toEqual([{ id: relay.id, inbox: MASTODON.inbox }])
    expect(relayByActor(home, 'https://relay.example/actor')).toMatchObject({ id: relay.id, state: 'accepted' })
    expect(answerRelay(home, { relayId: relay.id, actorUri: 'https://relay.example/actor', yes: true })).toBe(false)
  })

  it('rule 13: a yes counts only from the relay that was asked, and while it is asked', () => {
    const home = openAna()
    const [a, b] = [addRelay(home, MASTODON), addRelay(home, LITEPUB)]
    const before = home.picture()
    expect(answerRelay(home, { relayId: a.id, actorUri: 'https://evil.example/actor', yes: true })).toBe(false)
    expect(answerRelay(home, { relayId: b.id, actorUri: 'https://pub.example/other', yes: true })).toBe(false)
    expect(answerRelay(home, { relayId: 12345, actorUri: 'https://pub.example/actor', yes: true })).toBe(false)
    expect(answerRelay(home, { actorUri: 'https://nobody.example/actor', yes: true })).toBe(false)
    expect(home.picture()).toBe(before)
    expect(answerRelay(home, { actorUri: LITEPUB.actorUri, yes: false })).toBe(true)
    expect(answerRelay(home, { actorUri: LITEPUB.actorUri, yes: true })).toBe(false)
    expect(relayById(home, b.id)?.state).toBe('rejected')
  })

  it('are told when they are not wanted any more, after their row is gone', () => {
    const home = openAna()
    const relay = addRelay(home, LITEPUB)
    home.heard()
    removeRelay(home, relay.id)
    expect(relays(home)).toEqual([])
    expect(home.heard()).toEqual([['relay-changed', { relayId: relay.id, followId: relay.id, wanted: false, ...LITEPUB }]])
    expect(refused(() => removeRelay(home, relay.id)).code).toBe('not-found')
  })

  it('are added once, and not without end', () => {
    const home = openAna()
    addRelay(home, MASTODON)
    expect(refused(() => addRelay(home, MASTODON)).reason).toBe('relay-known')
    for (let i = 0; i < 9; i++)
      addRelay(home, { ...MASTODON, address: `https://r${i}.example/inbox`, inbox: `https://r${i}.example/inbox` })
    expect(refused(() => addRelay(home, LITEPUB)).reason).toBe('too-many')
  })
})
