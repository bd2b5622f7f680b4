import { describe, expect, test } from 'vitest'
import { createGate } from '../../../src-main/net/gate.ts'
import { rule } from '../../rig/attacks.ts'

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

describe(rule(25), () => {
  test('no more per host and in all than allowed; the rest waits and comes in when one leaves', async () => {
    const gate = createGate({ perHost: 2, global: 3, waiting: 100 })
    const entered: string[] = []
    const leave: Record<string, () => void> = {}
    const come = (host: string, name: string): Promise<void> =>
      gate.enter(host).then((out) => {
        entered.push(name)
        leave[name] = out
      })
    void come('a', 'a1')
    void come('a', 'a2')
    void come('a', 'a3')
    void come('b', 'b1')
    void come('c', 'c1')
    await settled()
    expect(entered).toEqual(['a1', 'a2', 'b1'])
    leave['a1']!()
    leave['a1']!()
    await settled()
    expect(entered).toEqual(['a1', 'a2', 'b1', 'a3'])
    leave['b1']!()
    await settled()
    expect(entered.at(-1)).toBe('c1')
    expect(gate.active).toBe(3)
  })

  test('hosts take turns: a queue of hundreds for one host does not hold up another', async () => {
    const gate = createGate({ perHost: 1, global: 1, waiting: 1000 })
    const order: string[] = []
    const work = (host: string): Promise<void> =>
      gate.enter(host).then((out) => {
        order.push(host)
        out()
      })
    const first = await gate.enter('slow')
    const all = [...Array.from({ length: 300 }, () => work('slow')), work('b'), work('c')]
    first()
    await Promise.all(all)
    expect(order.indexOf('b')).toBeLessThan(3)
    expect(order.indexOf('c')).toBeLessThan(4)
    expect(order).toHaveLength(302)
    expect(gate.active).toBe(0)
  })

  test('who gives up leaves the queue, and a full queue says busy', async () => {
    const gate = createGate({ perHost: 1, global: 1, waiting: 1 })
    const out = await gate.enter('a')
    const caller = new AbortController()
    const waiting = gate.enter('a', caller.signal)
    await expect(gate.enter('b')).rejects.toMatchObject({ code: 'busy', ours: true, retryable: true })
    caller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    const next = gate.enter('b')
    out()
    const leave = await next
    leave()
    expect(gate.active).toBe(0)
    await expect(gate.enter('a', AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
  })
})
