import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rule } from '../../rig/attacks.ts'
import { openScene, type Scene } from '../../rig/evil-peer/scene.ts'
import { playOne, type Attempt } from '../../attacks/attempt.ts'

/** A test for each of the attacks that `npm run attacks` plays, on an instance from the sources, strict as owners run it. */
export function attacked(what: string, attempts: readonly Attempt[]): void {
  describe(what, () => {
    let scene: Scene
    beforeAll(async () => {
      scene = await openScene('sources')
    }, 60_000)
    afterAll(() => scene?.close(), 30_000)
    for (const attempt of attempts.filter(({ slow }) => !slow)) {
      test(`${attempt.name}, ${rule(attempt.rule)}`, { timeout: 240_000 }, async () => {
        expect((await playOne(scene, attempt)).problem).toBe(null)
      })
    }
  })
}
