import { ConfigError } from '../config.ts'
import { setSetting, setting } from '../domain/owner.ts'
import type { Domain } from '../domain/domain.ts'

interface Listens {
  listen(options: { host: string; port: number }): Promise<string>
  server: { address(): unknown }
}

const HOST = '127.0.0.1'

/**
 * Opens a listener, on 127.0.0.1 unless another address is given: on the port that was asked for, else on that of the last start if it is free (bookmarks and the window's
 * origin stay), else on any. The port is remembered under `key`. Throws ConfigError if a port that was asked for is taken.
 */
export async function openPort(
  d: Domain,
  listener: Listens,
  key: 'ownerPort' | 'publicPort' | 'lanPort',
  asked: number | null,
  host = HOST,
): Promise<number> {
  const remembered = setting(d, key)
  const candidates = asked !== null ? [asked] : typeof remembered === 'number' ? [remembered, 0] : [0]
  for (const port of candidates) {
    try {
      await listener.listen({ host, port })
      break
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
      if (asked === null) continue
      const why = code === 'EACCES' ? 'may not be used by this program' : 'is in use by another program'
      throw new ConfigError(`The port ${port} on ${host} ${why}.`, { cause: error })
    }
  }
  const { port } = listener.server.address() as { port: number }
  try {
    if (port !== remembered) setSetting(d, key, port)
  } catch {
    // A full disk: the next start may take another port, and this one goes on.
  }
  return port
}
