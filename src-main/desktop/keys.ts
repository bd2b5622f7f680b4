import type * as E from 'electron'
import type { HostMessage, InstanceMessage } from '../instance-protocol.ts'

type KeyRequest = Extract<InstanceMessage, { type: 'key-wrap' | 'key-unwrap' }>
type KeyReply = Extract<HostMessage, { type: 'key-reply' }>
type SafeStorage = Pick<
  E.SafeStorage,
  'encryptStringAsync' | 'decryptStringAsync' | 'isAsyncEncryptionAvailable' | 'getSelectedStorageBackend'
>

/** Base64 of 4 KiB. */
const longest = 5_464

/**
 * Answers one `key-wrap` or `key-unwrap` with the key store of the operating system. The data key is random bytes and the store takes text,
 * so it goes in as base64. `weak` says that the backend keeps nothing secret (`basic_text`: Electron's docs, safeStorage); Signal-Desktop
 * #6962 shows why the backend is named: another desktop environment brings another one. Never throws; never logs.
 */
export async function answerKeyRequest(safeStorage: SafeStorage, platform: string, request: KeyRequest): Promise<KeyReply> {
  const { id, bytes } = request
  const refuse = (reason: 'unavailable' | 'refused'): KeyReply => ({ type: 'key-reply', id, ok: false, reason })
  if (typeof bytes !== 'string' || bytes.length > longest || !/^[A-Za-z0-9+/]+={0,2}$/.test(bytes)) return refuse('refused')
  try {
    if (!(await safeStorage.isAsyncEncryptionAvailable())) return refuse('unavailable')
    const backend = storageBackend(safeStorage, platform)
    const weak = backend === 'basic_text' || backend === 'unknown'
    if (request.type === 'key-wrap') {
      const wrapped = await safeStorage.encryptStringAsync(bytes)
      return { type: 'key-reply', id, ok: true, bytes: wrapped.toString('base64'), backend, weak, rewrap: false }
    }
    const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(Buffer.from(bytes, 'base64'))
    return { type: 'key-reply', id, ok: true, bytes: result, backend, weak, rewrap: shouldReEncrypt }
  } catch {
    return refuse('refused')
  }
}

function storageBackend(safeStorage: SafeStorage, platform: string): string {
  if (platform === 'win32') return 'dpapi'
  return platform === 'darwin' ? 'keychain' : safeStorage.getSelectedStorageBackend()
}
