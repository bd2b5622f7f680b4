import { createServer, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { checkSelf } from '../../../src-main/delivery/self-check.ts'
import { createNet } from '../../../src-main/net/index.ts'
import { atEnd, keys } from './rig.ts'

const own = {
  origin: 'http://ana.test',
  actor: 'http://ana.test/users/ana',
  account: 'ana@ana.test',
  publicPem: keys.rsa.publicPem,
}
const finger = { subject: 'acct:ana@ana.test', links: [{ rel: 'self', type: 'application/activity+json', href: own.actor }] }
const actor = {
  id: own.actor,
  type: 'Person',
  publicKey: { id: `${own.actor}#main-key`, publicKeyPem: own.publicPem.replace(/\n/g, '\r\n') },
}

interface Site {
  finger: unknown
  actor: unknown
  more?: (path: string, response: ServerResponse) => boolean
}

async function check(site: Partial<Site>, options: { now?: () => number; dial?: string } = {}) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    if (site.more?.(path, response)) return
    const isFinger = path.startsWith('/.well-known/webfinger')
    const body = JSON.stringify(isFinger ? ('finger' in site ? site.finger : finger) : 'actor' in site ? site.actor : actor)
    response.writeHead(200, { 'content-type': isFinger ? 'application/jrd+json' : 'application/activity+json' }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(() => server.close())
  const net = createNet({
    allowPrivateNetwork: false,
    userAgent: 'Burrow test',
    now: Date.now,
    ownHosts: ['ana.test'],
    map: { 'ana.test': options.dial ?? `127.0.0.1:${(server.address() as AddressInfo).port}` },
    times: { connect: 500, headers: 500, total: 1_000 },
  })
  atEnd(() => net.close())
  return { result: await checkSelf(net, own, options.now ?? Date.now), asked, net }
}

describe('the look at our own address', () => {
  test('asks for WebFinger and actor as any receiver would, and finds our key', async () => {
    const { result, asked } = await check({})
    expect(result).toBe('ours')
    expect(asked).toEqual(['/.well-known/webfinger?resource=acct%3Aana%40ana.test', '/users/ana'])
  })

  test.each([
    ['another key', { actor: { ...actor, publicKey: { publicKeyPem: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----' } } }],
    ['no key', { actor: { id: own.actor } }],
    ['another actor behind the name', { finger: { links: [{ rel: 'self', href: 'http://ana.test/users/eve' }] } }],
    ['no links', { finger: {} }],
  ])('%s: somebody else answers under our name', async (_, site) => {
    expect((await check(site)).result).toBe('wrong-key')
  })

  test.each<[string, Partial<Site>]>([
    ['a page of the tunnel', { more: (_, response) => (response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Hi'), true) }],
    ['404', { more: (_, response) => (response.writeHead(404).end(), true) }],
    ['503', { more: (_, response) => (response.writeHead(503).end(), true) }],
    ['a redirect', { more: (_, response) => (response.writeHead(302, { location: 'http://eve.test/' }).end(), true) }],
    ['something that is no object', { finger: null }],
    ['links that are none', { finger: { links: [null] } }],
  ])('%s is no answer', async (_, site) => {
    expect((await check(site)).result).toBe('not-answering')
  })

  test('nobody there', async () => {
    expect((await check({}, { dial: '127.0.0.1:9' })).result).toBe('not-answering')
  })

  test('a clock that is ten minutes off what answers', async () => {
    expect((await check({}, { now: () => Date.now() + 10 * 60_000 })).result).toBe('clock-skew')
  })

  test('cut off by a network change: that says nothing', async () => {
    const { net } = await check({ more: () => true }, { dial: '127.0.0.1:9' })
    const looking = checkSelf(net, own, Date.now)
    net.networkChanged()
    expect(await looking).toBe('interrupted')
  })
})
