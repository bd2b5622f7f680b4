import { describe, expect, it } from 'vitest'
import { answerKeyRequest } from '../../../src-main/desktop/keys.ts'

/** A key store that turns bytes round; what it wrapped under another login it cannot read. */
const store = (
  more: {
    available?: boolean
    backend?: 'gnome_libsecret' | 'basic_text' | 'kwallet6' | 'unknown'
    rotated?: boolean
    broken?: boolean
  } = {},
) => ({
  isAsyncEncryptionAvailable: () => Promise.resolve(more.available ?? true),
  getSelectedStorageBackend: () => more.backend ?? ('gnome_libsecret' as const),
  encryptStringAsync: (text: string) => Promise.resolve(Buffer.from(`sealed:${text}`)),
  decryptStringAsync: (sealed: Buffer) => {
    const text = sealed.toString()
    if (more.broken === true || !text.startsWith('sealed:')) return Promise.reject(new Error('wrong key'))
    return Promise.resolve({ result: text.slice(7), shouldReEncrypt: more.rotated ?? false })
  },
})
const key = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')

describe('the key store', () => {
  it('gives back what it was given, under the number it was asked with', async () => {
    const wrapped = await answerKeyRequest(store(), 'linux', { type: 'key-wrap', id: 3, bytes: key })
    expect(wrapped).toMatchObject({ type: 'key-reply', id: 3, ok: true, backend: 'gnome_libsecret', weak: false })
    const bytes = wrapped.ok ? wrapped.bytes : ''
    expect(bytes).not.toContain(key)
    const unwrapped = await answerKeyRequest(store(), 'linux', { type: 'key-unwrap', id: 4, bytes })
    expect(unwrapped).toEqual({ type: 'key-reply', id: 4, ok: true, bytes: key, backend: 'gnome_libsecret', weak: false, rewrap: false })
  })

  it('says which backend it is, and when that keeps nothing secret', async () => {
    const backend = async (platform: string, made = store()) => {
      const reply = await answerKeyRequest(made, platform, { type: 'key-wrap', id: 1, bytes: key })
      return reply.ok ? [reply.backend, reply.weak] : reply.reason
    }
    expect(await backend('linux', store({ backend: 'basic_text' }))).toEqual(['basic_text', true])
    expect(await backend('linux', store({ backend: 'kwallet6' }))).toEqual(['kwallet6', false])
    expect(await backend('win32')).toEqual(['dpapi', false])
    expect(await backend('darwin')).toEqual(['keychain', false])
  })

  it('asks for a new wrapping when its own key changed', async () => {
    const bytes = Buffer.from(`sealed:${key}`).toString('base64')
    expect(await answerKeyRequest(store({ rotated: true }), 'linux', { type: 'key-unwrap', id: 1, bytes })).toMatchObject({
      ok: true,
      rewrap: true,
    })
  })

  it('never throws: no store, another store, nonsense', async () => {
    const bytes = Buffer.from(`sealed:${key}`).toString('base64')
    expect(await answerKeyRequest(store({ available: false }), 'linux', { type: 'key-wrap', id: 1, bytes: key })).toEqual({
      type: 'key-reply',
      id: 1,
      ok: false,
      reason: 'unavailable',
    })
    expect(await answerKeyRequest(store({ broken: true }), 'linux', { type: 'key-unwrap', id: 2, bytes })).toEqual({
      type: 'key-reply',
      id: 2,
      ok: false,
      reason: 'refused',
    })
    for (const nonsense of ['', 'not base64!', 'A'.repeat(6_000), 7 as unknown as string])
      expect(await answerKeyRequest(store(), 'linux', { type: 'key-wrap', id: 5, bytes: nonsense })).toEqual({
        type: 'key-reply',
        id: 5,
        ok: false,
        reason: 'refused',
      })
  })
})
