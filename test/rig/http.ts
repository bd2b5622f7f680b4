import { request as httpRequest } from 'node:http'

/** An answer with its body, as bytes and as text. */
export interface Answer {
  status: number
  headers: Record<string, string>
  bytes: Buffer
  text: string
  json<T = Record<string, unknown>>(): T
}

/**
 * One HTTP request over a connection of its own, sent exactly as told: any Host, any path, any header. `*.localhost` goes to 127.0.0.1,
 * which the system's resolver does not know. `pieces` are written one by one, without Content-Length.
 */
export function request(
  url: string,
  options: {
    method?: string
    headers?: Record<string, string>
    body?: string | Uint8Array
    pieces?: Iterable<string | Uint8Array>
    timeout?: number
  } = {},
): Promise<Answer> {
  const target = new URL(url)
  const local = target.hostname === 'localhost' || target.hostname.endsWith('.localhost')
  return new Promise((resolve, reject) => {
    const asking = httpRequest(
      {
        host: local ? '127.0.0.1' : target.hostname,
        port: target.port || 80,
        path: target.pathname + target.search,
        method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
        headers: { host: target.host, ...options.headers },
        agent: false,
        timeout: options.timeout ?? 20_000,
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const bytes = Buffer.concat(chunks)
          const headers: Record<string, string> = {}
          for (const [name, value] of Object.entries(response.headers))
            headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '')
          resolve({
            status: response.statusCode ?? 0,
            headers,
            bytes,
            text: bytes.toString('utf8'),
            json: <T>() => JSON.parse(bytes.toString('utf8')) as T,
          })
        })
      },
    )
    asking.on('timeout', () => asking.destroy(new Error(`${url} took too long`)))
    asking.on('error', reject)
    if (options.pieces) {
      for (const piece of options.pieces) asking.write(piece)
      asking.end()
    } else if (options.body === undefined) asking.end()
    else asking.end(options.body)
  })
}
