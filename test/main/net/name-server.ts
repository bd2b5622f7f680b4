import { createSocket } from 'node:dgram'
import { stopLater } from './peers.ts'

/** Answers for a name: IPv4 addresses with a TTL, `missing` (NXDOMAIN), or `silent` (no answer at all). */
export type Zone = Record<string, { addresses: string[]; ttl: number } | 'missing' | 'silent'>

/** A DNS server on loopback that answers A queries from `zone` (AAAA: no data) and counts what it was asked. */
export async function startNameServer(zone: Zone): Promise<{ address: string; asked: string[]; zone: Zone }> {
  const socket = createSocket('udp4')
  const asked: string[] = []
  socket.on('message', (query, from) => {
    const labels: string[] = []
    let at = 12
    for (let length = query[at]!; length > 0; length = query[at]!) {
      labels.push(query.subarray(at + 1, at + 1 + length).toString())
      at += length + 1
    }
    const type = query.readUInt16BE(at + 1)
    const name = labels.join('.').toLowerCase()
    asked.push(`${type === 1 ? 'A' : 'AAAA'} ${name}`)
    const entry = zone[name] ?? 'missing'
    if (entry === 'silent') return
    const addresses = entry === 'missing' || type !== 1 ? [] : entry.addresses
    const header = Buffer.alloc(12)
    query.copy(header, 0, 0, 2)
    header.writeUInt16BE(0x8180 | (entry === 'missing' ? 3 : 0), 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(addresses.length, 6)
    const answers = addresses.map((address) => {
      const record = Buffer.alloc(16)
      record.writeUInt16BE(0xc00c, 0)
      record.writeUInt16BE(1, 2)
      record.writeUInt16BE(1, 4)
      record.writeUInt32BE(entry === 'missing' ? 0 : entry.ttl, 6)
      record.writeUInt16BE(4, 10)
      Buffer.from(address.split('.').map(Number)).copy(record, 12)
      return record
    })
    socket.send(Buffer.concat([header, query.subarray(12, at + 5), ...answers]), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  stopLater(() => new Promise<void>((resolve) => socket.close(() => resolve())))
  return { address: `127.0.0.1:${socket.address().port}`, asked, zone }
}
