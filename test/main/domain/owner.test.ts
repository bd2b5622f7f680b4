import { describe, expect, it } from 'vitest'
import { accountByAcct, accountByUri } from '../../../src-main/domain/accounts.ts'
import {
  addressPutOff,
  checkName,
  chooseOrigin,
  findOwner,
  isTrial,
  nameOwner,
  origin,
  owner,
  ownerKeys,
  putOffAddress,
  setSetting,
  setting,
  settings,
  updateProfile,
  updateSettings,
} from '../../../src-main/domain/owner.ts'
import { KEYS, openAna, openHome, ORIGIN, person, refused, upload } from './home.ts'

const seal = (plain: string) => `sealed ${plain}`
const unseal = (sealed: string) => sealed.replace(/^sealed /, '')

describe('a name', () => {
  it('is trimmed and lower-cased; what is wrong has a code', () => {
    expect(checkName('  Ana ')).toEqual({ name: 'ana', problem: null })
    expect(checkName('a')).toEqual({ name: 'a', problem: null })
    expect(checkName('ana_maria9')).toEqual({ name: 'ana_maria9', problem: null })
    for (const bad of ['', ' ', '_ana', 'ana_', 'ana maria', 'añа', 'ana.b', 'x'.repeat(31), 'ana@x', '../..']) {
      expect([bad, checkName(bad).problem]).toEqual([bad, 'name-invalid'])
    }
    for (const reserved of ['admin', 'Postmaster', 'root', 'actor', 'inbox']) expect(checkName(reserved).problem).toBe('name-reserved')
  })

  it('is given once, with sealed keys', () => {
    const home = openHome()
    const born = home.rows('settings')
    expect(findOwner(home)).toBeNull()
    expect(refused(() => owner(home)).reason).toBe('name-first')
    expect(refused(() => ownerKeys(home, unseal)).reason).toBe('name-first')
    expect(refused(() => nameOwner(home, { name: 'root', keys: KEYS, seal })).reason).toBe('name-reserved')
    expect(refused(() => nameOwner(home, { name: 'ana', displayName: 'x'.repeat(31), keys: KEYS, seal })).reason).toBe('too-long')
    expect([home.rows('accounts'), home.rows('secrets'), home.rows('settings')]).toEqual([0, 0, born])
    const account = nameOwner(home, { name: 'Ana', displayName: ' Ana Oak ', keys: KEYS, seal })
    expect(account).toMatchObject({ own: true, username: 'ana', displayName: 'Ana Oak', uri: null, domain: '' })
    expect(ownerKeys(home, unseal)).toEqual({ ...KEYS, previousRsaPrivatePem: null })
    expect(JSON.stringify(home.store.database.prepare('select sealed from secrets').all())).toContain('sealed rsa private')
    expect(refused(() => nameOwner(home, { name: 'bo', keys: KEYS, seal })).reason).toBe('already-named')
    expect(home.heard()).toEqual([['owner-named', { accountId: account.id }]])
  })

  it('keeps nothing when the keys cannot be sealed', () => {
    const home = openHome()
    const broken = () => {
      throw new Error('no key store')
    }
    expect(() => nameOwner(home, { name: 'ana', keys: KEYS, seal: broken })).toThrow('no key store')
    expect(findOwner(home)).toBeNull()
    expect(home.heard()).toEqual([])
  })
})

describe('the address', () => {
  it('is chosen once and for ever', () => {
    const home = openAna(null)
    putOffAddress(home)
    expect(addressPutOff(home)).toBe(true)
    for (const bad of [
      'ana.example',
      'ftp://ana.example',
      'https://ana.example/x',
      'https://ana.example/?a',
      'https://me@ana.example',
      '',
      'https://',
    ]) {
      expect([bad, refused(() => chooseOrigin(home, bad, { trial: false })).reason]).toEqual([bad, 'origin-invalid'])
    }
    expect(origin(home)).toBeNull()
    chooseOrigin(home, 'https://Ana.Example/', { trial: true })
    chooseOrigin(home, ORIGIN, { trial: false })
    expect([origin(home), isTrial(home), addressPutOff(home)]).toEqual([ORIGIN, true, false])
    const error = refused(() => chooseOrigin(home, 'https://other.example', { trial: false }))
    expect([error.reason, error.message]).toEqual(['origin-already-set', 'The address is https://ana.example and cannot be changed.'])
    expect(home.heard()).toEqual([['origin-chosen', { origin: ORIGIN }]])
  })

  it('needs a name', () => {
    expect(refused(() => chooseOrigin(openHome(), ORIGIN, { trial: false })).reason).toBe('name-first')
    expect(refused(() => putOffAddress(openHome())).reason).toBe('name-first')
  })

  it('gives the owner uris, by which and by every spelling of the handle she is found', () => {
    const home = openAna()
    const { id } = owner(home)
    person(home, 'ana', 'tide.example')
    expect(accountByUri(home, `${ORIGIN}/users/ana`)?.id).toBe(id)
    for (const acct of ['ana', '@ana', 'ANA@ana.example', '@ana@Ana.Example'])
      expect([acct, accountByAcct(home, acct)?.id]).toEqual([acct, id])
    expect(accountByAcct(home, 'ana@tide.example')?.own).toBe(false)
    expect(accountByAcct(home, 'ana@elsewhere.example')).toBeNull()
    expect(owner(home)).toMatchObject({ url: `${ORIGIN}/@ana`, inbox: `${ORIGIN}/users/ana/inbox`, sharedInbox: `${ORIGIN}/inbox` })
  })

  it('hosts may be written in their own letters', () => {
    const home = openAna()
    const bo = person(home, 'bo', 'xn--bcher-kva.example')
    expect(accountByAcct(home, '@bo@Bücher.example')?.id).toBe(bo)
  })

  it('with a port, as when testing', () => {
    const home = openAna('http://127.0.0.1:4711')
    expect(accountByAcct(home, 'ana@127.0.0.1:4711')?.own).toBe(true)
  })
})

describe('the profile', () => {
  it('is plain text that becomes HTML', () => {
    const home = openAna()
    const avatar = upload(home, { kind: 'avatar', previewBlob: null })
    const account = updateProfile(home, {
      displayName: 'Ana <b>Oak</b>',
      note: 'Birds & #herons\n\nhttps://birds.example <script>',
      fields: [
        { name: 'Home', value: 'https://ana.example' },
        { name: '', value: '  ' },
      ],
      avatarMediaId: avatar,
      locked: true,
      bot: true,
    })
    expect(account).toMatchObject({ displayName: 'Ana <b>Oak</b>', locked: true, type: 'Service', avatar: { id: avatar }, header: null })
    expect(account.note).toContain('<p>Birds &amp; <a href="https://ana.example/tags/herons"')
    expect(account.note).not.toContain('<script')
    expect(account.noteSource).toBe('Birds & #herons\n\nhttps://birds.example <script>')
    expect(account.fields).toMatchObject([{ name: 'Home', source: 'https://ana.example', verifiedAt: null }])
    expect(account.fields[0]?.value).toMatch(/^<a href="https:\/\/ana.example"/)
    expect(home.heard().map(([type]) => type)).toEqual(['profile-changed'])
    expect(updateProfile(home, { displayName: 'Ana <b>Oak</b>' }).fields).toEqual(account.fields)
    expect(home.heard()).toEqual([])
    expect(updateProfile(home, { avatarMediaId: null }).avatar).toBeNull()
  })

  it('refuses what does not fit and changes nothing', () => {
    const home = openAna()
    const picture = upload(home)
    const before = home.picture()
    const cases: [Parameters<typeof updateProfile>[1], string][] = [
      [{ note: 'x'.repeat(501) }, 'The bio is at most 500 characters.'],
      [{ displayName: 'x'.repeat(31) }, 'The display name is at most 30 characters.'],
      [{ fields: Array.from({ length: 5 }, (_, i) => ({ name: `n${i}`, value: 'v' })) }, 'A profile has at most 4 fields.'],
      [{ fields: [{ name: '', value: 'v' }] }, 'Every field of a profile needs a name.'],
      [{ fields: [{ name: 'n', value: 'x'.repeat(256) }] }, 'The text of a field is at most 255 characters.'],
      [{ avatarMediaId: picture }, 'There is no such picture.'],
      [{ displayName: 'fine', headerMediaId: 4711 }, 'There is no such picture.'],
    ]
    for (const [change, sentence] of cases) expect(refused(() => updateProfile(home, change)).message).toBe(sentence)
    expect(home.picture()).toBe(before)
  })
})

describe('settings', () => {
  it('have defaults, take what fits, and say so once', () => {
    const home = openAna()
    expect(settings(home)).toMatchObject({ language: 'system', theme: 'system', defaultVisibility: 'public', altReminder: 'remind' })
    expect(updateSettings(home, { theme: 'dark', defaultLanguage: 'fr', notifications: false })).toMatchObject({
      theme: 'dark',
      notifications: false,
    })
    updateSettings(home, { theme: 'dark' })
    expect(settings(home)).toMatchObject({ theme: 'dark', defaultLanguage: 'fr', notifications: false, density: 'calm' })
    expect(home.heard()).toEqual([['settings-changed', {}]])
  })

  it('refuse the rest whole', () => {
    const home = openAna()
    const before = home.picture()
    for (const patch of [
      { theme: 'pink' },
      { colour: 'red' },
      { toString: 'x' },
      { notifications: 'yes' },
      { defaultLanguage: 'not a code' },
      { density: 'compact', theme: null },
    ]) {
      expect(refused(() => updateSettings(home, patch as never)).code).toBe('invalid')
    }
    expect(home.picture()).toBe(before)
  })

  it('keep small things of other rooms by key', () => {
    const home = openAna()
    expect(setting(home, 'tunnel.memory')).toBeNull()
    setSetting(home, 'tunnel.memory', { host: 'x' })
    setSetting(home, 'tunnel.memory', { host: 'y' })
    expect(setting(home, 'tunnel.memory')).toEqual({ host: 'y' })
  })
})
