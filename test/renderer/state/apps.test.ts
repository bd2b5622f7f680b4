import { expect, test } from 'vitest'
import type { AppRequest, Apps, OwnerEvent } from '../../../src-main/owner-api/contract.ts'
import { refusedCodec, uploadProblem } from '../../../src-renderer/api/upload.ts'
import { scopeSentences } from '../../../src-renderer/components/apps/scopes.ts'
import { codeTyped, ConnectedApps } from '../../../src-renderer/state/apps.svelte.ts'
import type { Ground } from '../../../src-renderer/state/ground.ts'

const request = (id: string): AppRequest => ({
  id,
  name: 'Kettle',
  website: null,
  redirectUri: null,
  scopes: ['read'],
  from: 'public',
  askedAt: '',
  expiresAt: '',
  tries: 0,
})
const told = (...requests: AppRequest[]): Apps => ({ openUntil: null, requests, apps: [], addresses: [] })

test('the oldest question comes first, one that is put aside does not come up by itself, and can be brought back', () => {
  let hear: (event: OwnerEvent) => void = () => undefined
  const ground = {
    live: { onowner: (handler: typeof hear) => ((hear = handler), () => undefined), onreconnected: () => () => undefined },
    session: {},
  } as unknown as Ground
  const apps = new ConnectedApps(ground)
  expect(apps.asking).toBeNull()
  hear({ type: 'apps', apps: told(request('1'), request('2')) })
  expect(apps.asking?.id).toBe('1')
  apps.putAside('1')
  expect(apps.asking?.id).toBe('2')
  hear({ type: 'apps', apps: told(request('1')) })
  expect(apps.asking).toBeNull()
  apps.bringBack('1')
  expect(apps.asking?.id).toBe('1')
  hear({ type: 'apps', apps: told() })
  expect(apps.asking).toBeNull()
})

test('a code is typed in any case and with any gaps', () => {
  expect(codeTyped(' ac3-r y9 ')).toBe('AC3RY9')
})

test('every scope is said: whole ones by a sentence, parts together, strange ones as they are', () => {
  expect(scopeSentences(['read', 'read:statuses'], 'en')).toEqual(['Read everything you can read here, private posts included.'])
  expect(scopeSentences(['write:statuses', 'write:media', 'push'], 'en')).toEqual([
    'Write or change: posts and files of posts.',
    'Be told of your notifications.',
  ])
  expect(scopeSentences(['admin:write', 'read:kettles'], 'en')).toEqual(['admin:write', 'read:kettles'])
})

test('a codec that is refused is named from the sentence of the server', () => {
  const body = {
    error:
      'Validation failed: The sound of this file is Dolby Digital (AC-3), which not every browser can play. Save it with H.264 and AAC (MP4).',
  }
  expect([uploadProblem(422, body), refusedCodec(body)]).toEqual(['unsupported-codec', 'Dolby Digital (AC-3)'])
  expect(refusedCodec({ error: 'The disk is full' })).toBeNull()
})
