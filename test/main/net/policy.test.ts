/** The parts that judge without a network: addresses, URLs, media types. */
import { describe, expect, test } from 'vitest'
import { addressRefusal, nat64Target, sameAddress } from '../../../src-main/net/address.ts'
import { isPinned } from '../../../src-main/net/connector.ts'
import { allowedLocation } from '../../../src-main/net/location.ts'
import { activityTypes, isActivityType, jrdTypes, matchesType } from '../../../src-main/net/index.ts'
import { attacks, rule } from '../../rig/attacks.ts'

test('the list of attacks is whole: rules 1 to 56, a sentence each', () => {
  expect(attacks.map((attack) => attack.rule)).toEqual(Array.from({ length: 56 }, (_, at) => at + 1))
  for (const attack of attacks) expect(attack.sentence).toMatch(/\S.*\.$/)
})

describe(rule(19), () => {
  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.0.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.1.1.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::10.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:0:127.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::8.8.8.8',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:0:53aa:64c::1',
    '2001:10::1',
    '2001:20::1',
    '2001:1ff:ffff::',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:0808:0808::',
    '3fff::1',
    '3fff:fff:ffff::1',
    '5f00::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'febf::1',
    'fec0::1',
    'ff02::1',
    'ff0e::1',
    '4000::1',
    '1::1',
    'e000::1',
    '2606:4700::5efe:10.0.0.1',
    '2606:4700::200:5efe:192.168.1.1',
  ])('%s is refused', (address) => expect(addressRefusal(address)).not.toBeNull())

  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '93.184.216.34',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.1',
    '192.0.1.1',
    '192.167.255.255',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2001:4860:4860::8888',
    '2a00:1450:4001::',
    '2001:200::1',
    '2606:4700::5efe:8.8.8.8',
    '3ffe::1',
    '2003::1',
  ])('%s is allowed', (address) => expect(addressRefusal(address)).toBeNull())

  test('an address hidden in another is named as such', () => {
    expect(addressRefusal('::ffff:10.0.0.1')).toBe('embedded IPv4: private')
    expect(addressRefusal('2002:a00:1::')).toBe('embedded IPv4: private')
    expect(addressRefusal('64:ff9b::169.254.169.254')).toBe('embedded IPv4: link-local')
    // Teredo keeps the client inverted in the low bits: f5ff:fffe is 10.0.0.1.
    expect(addressRefusal('2001:0:0808:0808:0:0:f5ff:fffe')).toBe('embedded IPv4: private')
  })

  test.each([
    '',
    'localhost',
    '0x7f.1',
    '2130706433',
    '127.1',
    '01.02.03.04',
    'fe80::1%eth0',
    '2606:4700::1%1',
    '[::1]',
    '1.2.3.4.5',
    ':::',
  ])('what is no plain address (%s) is refused', (text) => expect(addressRefusal(text)).toBe('not an address'))

  test('spellings of one address are equal, and a DNS64 address names its target', () => {
    expect(sameAddress('::1', '0:0:0:0:0:0:0:1')).toBe(true)
    expect(sameAddress('::ffff:127.0.0.1', '127.0.0.1')).toBe(true)
    expect(sameAddress('127.0.0.1', '127.0.0.2')).toBe(false)
    expect(nat64Target('64:ff9b::5db8:d822')).toBe('93.184.216.34')
    expect(nat64Target('2606:4700::1')).toBeNull()
  })
})

test('rule 20: a socket that stands elsewhere is noticed', () => {
  expect(isPinned('93.184.216.34', '93.184.216.34')).toBe(true)
  expect(isPinned('::ffff:93.184.216.34', '93.184.216.34')).toBe(true)
  expect(isPinned('127.0.0.1', '93.184.216.34')).toBe(false)
  expect(isPinned(undefined, '93.184.216.34')).toBe(false)
})

describe(rule(22), () => {
  const strict = { allowPrivateNetwork: false, ownHosts: ['ana.example'] }
  const open = { allowPrivateNetwork: true, ownHosts: ['127.0.0.1:8080'] }

  test.each([
    ['http', 'http://mo.example/users/mo'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:application/activity+json,{}'],
    ['javascript', 'javascript:alert(1)'],
    ['another port', 'https://mo.example:8443/'],
    ['user info', 'https://user@mo.example/'],
    ['a user that looks like a host', 'https://mo.example@10.0.0.1/'],
    ['a password', 'https://:secret@mo.example/'],
    ['an IPv4 literal', 'https://93.184.216.34/'],
    ['a hexadecimal IPv4', 'https://0x5db8d822/'],
    ['a short IPv4', 'https://127.1/'],
    ['an octal IPv4', 'https://0177.0.0.1/'],
    ['full-width digits', 'https://１２７.0.0.1/'],
    ['an IPv6 literal', 'https://[2606:4700::1]/'],
    ['no dot', 'https://router/'],
    ['localhost', 'https://localhost/'],
    ['under localhost', 'https://a.localhost/'],
    ['.local', 'https://nas.local/'],
    ['.internal', 'https://metadata.google.internal/'],
    ['.onion', 'https://abc.onion/'],
    ['.home.arpa', 'https://nas.home.arpa/'],
    ['a trailing dot', 'https://mo.example./'],
    ['ourselves', 'https://ana.example/users/ana'],
    ['ourselves in capitals', 'https://ANA.example/users/ana'],
    ['ourselves with the default port', 'https://ana.example:443/'],
    ['a line break', 'https://mo.example/\nx'],
    ['a blank', ' https://mo.example/'],
    ['a backslash', 'https:\\\\mo.example\\x'],
    ['a NUL', 'https://mo.example/\u0000'],
    ['a text', 'mo.example'],
    ['nothing', ''],
    ['2049 characters', `https://mo.example/${'a'.repeat(2030)}`],
  ])('%s is refused', (_name, url) =>
    expect(() => allowedLocation(url, strict)).toThrow(expect.objectContaining({ code: 'refused-url', retryable: false })),
  )

  test('a plain https URL passes, without its fragment, encoding untouched', () => {
    expect(allowedLocation('https://mo.example/users/%6Do?a=%41#main-key', strict).href).toBe('https://mo.example/users/%6Do?a=%41')
    expect(allowedLocation('https://mo.example:443/', strict).href).toBe('https://mo.example/')
    expect(allowedLocation('https://bücher.example/', strict).hostname).toBe('xn--bcher-kva.example')
  })

  test('--allow-private-network lifts scheme, literals, names and ports, and nothing else', () => {
    for (const url of ['http://127.0.0.1:4000/', 'http://[::1]:4000/', 'http://nas/', 'https://a.localhost/', 'http://10.0.0.1/']) {
      expect(allowedLocation(url, open).href).toBe(url)
    }
    for (const url of ['ftp://127.0.0.1/', 'http://user@127.0.0.1/', 'http://127.0.0.1:8080/x', `http://nas/${'a'.repeat(2048)}`]) {
      expect(() => allowedLocation(url, open)).toThrow(expect.objectContaining({ code: 'refused-url' }))
    }
  })
})

describe(rule(4), () => {
  test.each([
    'application/activity+json',
    'application/activity+json; charset=utf-8',
    'Application/Activity+JSON;charset="UTF-8"',
    'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    'application/ld+json;profile="https://www.w3.org/ns/activitystreams"; charset=utf-8',
    'application/ld+json; charset=utf-8; profile="https://example.com/x https://www.w3.org/ns/activitystreams"',
    'application/ld+json; profile=https://www.w3.org/ns/activitystreams',
  ])('%s is ActivityPub', (type) => expect(isActivityType(type)).toBe(true))

  test.each([
    undefined,
    '',
    'application/json',
    'application/ld+json',
    'application/ld+json; profile="https://www.w3.org/ns/json-ld#compacted"',
    'application/ld+json; x="profile=https://www.w3.org/ns/activitystreams"',
    'text/html',
    'text/plain; application/activity+json',
    'image/png',
    'application/activity+json, text/html',
    'application/activity+jsonx',
    'application',
    `application/activity+json;${'a'.repeat(2000)}`,
  ])('%s is not', (type) => expect(isActivityType(type)).toBe(false))

  test('other lists', () => {
    expect(matchesType('application/jrd+json; charset=utf-8', jrdTypes)).toBe(true)
    expect(matchesType('application/json', jrdTypes)).toBe(true)
    expect(matchesType('text/html', jrdTypes)).toBe(false)
    expect(matchesType('application/activity+json', activityTypes)).toBe(true)
  })
})
