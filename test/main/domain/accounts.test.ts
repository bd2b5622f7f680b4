import { describe, expect, it } from 'vitest'
import { accountById, accountSeen, missingAccount } from '../../../src-main/domain/accounts.ts'
import { keysRotatedAt, nameOwner, owner, ownerKeys, rotateKeys } from '../../../src-main/domain/owner.ts'
import { HOUR, KEYS, openAna, openHome, person, refused } from './home.ts'

describe('an account whose address answers 404', () => {
  it('is missing only when it was so a day before too', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    expect(missingAccount(home, bo)).toBe(false)
    home.clock.at += 23 * HOUR
    expect(missingAccount(home, bo)).toBe(false)
    home.clock.at += HOUR
    expect(missingAccount(home, bo)).toBe(true)
  })

  it('begins anew when it was seen in between', () => {
    const home = openAna()
    const bo = person(home, 'bo')
    missingAccount(home, bo)
    home.clock.at += 12 * HOUR
    person(home, 'bo')
    home.clock.at += 13 * HOUR
    expect(missingAccount(home, bo)).toBe(false)
    accountSeen(home, bo)
    home.clock.at += 25 * HOUR
    expect(missingAccount(home, bo)).toBe(false)
  })

  it('is never the owner', () => {
    const home = openAna()
    missingAccount(home, owner(home).id)
    home.clock.at += 48 * HOUR
    expect(missingAccount(home, owner(home).id)).toBe(false)
  })

  it('has an address for its hashtags', () => {
    const home = openAna()
    const bo = person(home, 'bo', 'tide.example', { featuredTagsUri: 'https://tide.example/users/bo/collections/tags' })
    expect(accountById(home, bo)?.featuredTagsUri).toBe('https://tide.example/users/bo/collections/tags')
    expect(owner(home).featuredTagsUri).toBe('https://ana.example/users/ana/collections/tags')
  })
})

describe('a new key', () => {
  const unseal = (sealed: string) => sealed.replace('sealed ', '')
  const seal = (plain: string) => `sealed ${plain}`
  it('keeps the old one, which others believe, and comes once a day', () => {
    const home = openAna()
    expect(keysRotatedAt(home)).toBeNull()
    rotateKeys(home, { rsaPrivatePem: 'second private', rsaPublicPem: 'second public' }, seal)
    expect(ownerKeys(home, unseal)).toEqual({
      ...KEYS,
      rsaPrivatePem: 'second private',
      rsaPublicPem: 'second public',
      previousRsaPrivatePem: 'rsa private',
    })
    expect([home.heard(), keysRotatedAt(home)]).toEqual([[['keys-rotated', {}]], home.clock.at])
    const before = home.picture()
    home.clock.at += 23 * HOUR
    expect(refused(() => rotateKeys(home, { rsaPrivatePem: 'x', rsaPublicPem: 'y' }, seal)).reason).toBe('rotated-recently')
    expect(home.picture()).toBe(before)
    home.clock.at += HOUR
    rotateKeys(home, { rsaPrivatePem: 'third private', rsaPublicPem: 'third public' }, seal)
    expect(ownerKeys(home, unseal)).toMatchObject({ rsaPrivatePem: 'third private', previousRsaPrivatePem: 'second private' })
  })

  it('needs an owner', () => {
    const home = openHome()
    expect(refused(() => rotateKeys(home, { rsaPrivatePem: 'x', rsaPublicPem: 'y' }, seal)).reason).toBe('name-first')
    nameOwner(home, { name: 'ana', keys: KEYS, seal })
    expect(ownerKeys(home, unseal).previousRsaPrivatePem).toBeNull()
  })
})
