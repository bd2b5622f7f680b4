import { describe, expect, test } from 'vitest'
import { createResolver } from '../../../src-main/net/resolver.ts'
import { startNameServer } from './name-server.ts'
import { sendActivity, startNet, startPeer } from './peers.ts'

describe('names through c-ares', () => {
  test('an answer is kept for its TTL and asked for once, even by many at once', async () => {
    let now = 0
    const server = await startNameServer({ 'mo.example': { addresses: ['93.184.216.34'], ttl: 60 } })
    const resolver = createResolver({ now: () => now, timeout: 300, servers: [server.address] })
    const answers = await Promise.all([resolver.lookup('mo.example'), resolver.lookup('mo.example')])
    expect(answers[0]).toEqual([{ address: '93.184.216.34', family: 4, ttl: 60 }])
    expect(answers[1]).toEqual(answers[0])
    expect(server.asked.toSorted()).toEqual(['A mo.example', 'AAAA mo.example'])
    now = 59_000
    await resolver.lookup('mo.example')
    expect(server.asked).toHaveLength(2)
    now = 61_000
    server.zone['mo.example'] = { addresses: ['93.184.216.35'], ttl: 60 }
    expect((await resolver.lookup('mo.example'))[0]!.address).toBe('93.184.216.35')
  })

  test('a network change forgets every answer', async () => {
    const server = await startNameServer({ 'mo.example': { addresses: ['93.184.216.34'], ttl: 600 } })
    const resolver = createResolver({ now: () => 0, timeout: 300, servers: [server.address] })
    await resolver.lookup('mo.example')
    server.zone['mo.example'] = { addresses: ['93.184.216.99'], ttl: 600 }
    resolver.renew()
    expect((await resolver.lookup('mo.example'))[0]!.address).toBe('93.184.216.99')
  })

  test("a name that does not exist is the peer's fault and remembered for 10 s; a silent name server is ours and is not", async () => {
    let now = 0
    const server = await startNameServer({ 'gone.example': 'missing', 'mute.example': 'silent' })
    const resolver = createResolver({ now: () => now, timeout: 50, servers: [server.address] })
    await expect(resolver.lookup('gone.example')).rejects.toMatchObject({ code: 'dns', ours: false, retryable: true })
    const asked = server.asked.length
    await expect(resolver.lookup('gone.example')).rejects.toMatchObject({ code: 'dns' })
    expect(server.asked).toHaveLength(asked)
    now = 11_000
    server.zone['gone.example'] = { addresses: ['93.184.216.34'], ttl: 60 }
    await expect(resolver.lookup('gone.example')).resolves.toHaveLength(1)

    await expect(resolver.lookup('mute.example')).rejects.toMatchObject({ code: 'dns', ours: true, retryable: true })
    server.zone['mute.example'] = { addresses: ['93.184.216.34'], ttl: 60 }
    await expect(resolver.lookup('mute.example')).resolves.toHaveLength(1)
  })

  test('the whole room through a real name server: found, connected, fetched', async () => {
    const peer = await startPeer((_request, response) => sendActivity(response, { id: 1 }))
    const server = await startNameServer({
      'mo.example': { addresses: ['93.184.216.34'], ttl: 60 },
      'inner.example': { addresses: ['10.1.2.3'], ttl: 60 },
    })
    const net = startNet({ lookup: undefined, dnsServers: [server.address], dial: () => ({ address: '127.0.0.1', port: peer.port }) })
    expect((await net.getJson('https://mo.example/', {})).json).toEqual({ id: 1 })
    await expect(net.getJson('https://inner.example/', {})).rejects.toMatchObject({ code: 'refused-address' })
    expect(peer.seen).toHaveLength(1)
  })
})
