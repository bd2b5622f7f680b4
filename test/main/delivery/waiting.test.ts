import { describe, expect, test } from 'vitest'
import { HOUR, openRig, until } from './rig.ts'

const TIDE = 'http://tide.test/inbox'

describe('what has waited for twelve hours', () => {
  test('asks before it goes, what is no post goes, and one word lets all of it go, however much it is', async () => {
    let origin: string | null = null
    const rig = await openRig({ origin: () => origin })
    rig.fediverse.answer = () => 202
    const old = rig.send('http://ana.test/old', [TIDE])
    const like = rig.send('http://ana.test/like', [TIDE], { kind: 'favourite' })
    rig.clock.advance(13 * HOUR)
    // Newer ones, more of them than a list shows.
    const fresh = Array.from({ length: 600 }, (_, n) => rig.send(`http://ana.test/${n}`, []))
    origin = 'http://ana.test'
    rig.delivery.connectivity.reconfigure()
    await until(() => rig.state(like) === 'sent', 'the like')
    expect([rig.state(old), rig.delivery.view.item(old)?.asks]).toEqual(['waiting', true])
    rig.clock.advance(13 * HOUR)
    expect(rig.delivery.view.approve()).toBeGreaterThan(0)
    await until(() => rig.state(old) === 'sent', 'the old one')
    expect(fresh.map((id) => rig.delivery.view.item(id)?.asks ?? false)).not.toContain(true)
  })
})
