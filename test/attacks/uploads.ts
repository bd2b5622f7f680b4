import { request, type Answer } from '../rig/http.ts'
import type { Scene } from '../rig/evil-peer/scene.ts'

/** A picture of one pixel. */
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
)

/** Uploads bytes as the owner, under any name and type. */
export async function upload(
  s: Scene,
  name: string,
  type: string,
  bytes: Buffer,
  path = '/api/v2/media',
  fields: Record<string, string> = {},
): Promise<Answer> {
  const form = new FormData()
  for (const [field, value] of Object.entries(fields)) form.set(field, value)
  form.set('file', new Blob([new Uint8Array(bytes)], { type }), name)
  const asked = new Request('http://127.0.0.1/', { method: 'POST', body: form })
  return request(`http://127.0.0.1:${s.target.ownerPort}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${s.target.token}`, 'content-type': asked.headers.get('content-type') ?? '' },
    body: Buffer.from(await asked.arrayBuffer()),
  })
}
