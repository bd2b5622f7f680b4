import { existsSync } from 'node:fs'
import { join } from 'node:path'
import files from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'

/** The window under `/app/`: the built files, and the page for every address inside it. Nothing it shows comes from anywhere else. */

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
]

export function windowPages(options: { folder: string; port: () => number }): FastifyPluginAsync {
  return async (app) => {
    const csp = () => [...CSP, `connect-src 'self' ws://127.0.0.1:${options.port()}`].join('; ')
    if (!existsSync(join(options.folder, 'index.html'))) {
      app.get('/app/*', async (_request, reply) =>
        reply.status(503).type('text/plain; charset=utf-8').send('The window has not been built. Run: npm run build\n'),
      )
      return
    }
    await app.register(files, {
      root: join(options.folder, 'assets'),
      prefix: '/app/assets/',
      immutable: true,
      maxAge: '1y',
      decorateReply: true,
      index: false,
    })
    const page = async (_request: unknown, reply: import('fastify').FastifyReply) =>
      reply
        .header('Content-Security-Policy', csp())
        .header('Cache-Control', 'no-store')
        .sendFile('index.html', options.folder, { cacheControl: false, immutable: false, maxAge: 0 })
    app.get('/app', async (_request, reply) => reply.redirect('/app/'))
    app.get('/app/', page)
    app.get('/app/*', page)
    app.get('/', async (_request, reply) => reply.redirect('/app/'))
  }
}
