import { afterEach } from 'vitest'
import { releasePost, writePost } from '../../../src-main/domain/posts.ts'
import { mediaFiles } from '../../../src-main/http/media.ts'
import { ownerListener, publicListener } from '../../../src-main/http/listeners.ts'
import { publicPages } from '../../../src-main/http/pages.ts'
import { openAna, openHome, ORIGIN } from '../domain/home.ts'
import type { FastifyInstance } from 'fastify'
import type { Log, RemoteMedia } from '../../../src-main/domain/ports.ts'
import type { MediaLine } from '../../../src-main/http/media-line.ts'
import type { NewPost } from '../../../src-main/domain/writing.ts'
import type { Home } from '../domain/home.ts'

export const HOST = 'ana.example'

const apps: FastifyInstance[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

/** What was logged, and how often the disk was said to be full. */
export interface Ears {
  lines: string[]
  full: number
}
export function ears(): Ears & { log: Log } {
  const heard: Ears = { lines: [], full: 0 }
  const line = (data: object, text?: string) => void heard.lines.push(`${text ?? ''} ${JSON.stringify(data)}`)
  return Object.assign(heard, { log: { debug: line, info: line, warn: line, error: line } })
}

/** The public listener with pages and media, on a real home of @ana@ana.example. */
export async function openOutside(
  options: { address?: string | null; remote?: RemoteMedia; line?: MediaLine; patienceMs?: number } = {},
): Promise<{ home: Home; app: FastifyInstance }> {
  const home = options.address === null ? openHome() : openAna(options.address ?? ORIGIN)
  const heard = ears()
  const app = await publicListener({
    log: heard.log,
    full: () => heard.full++,
    hosts: () => (options.address === null ? [] : [HOST]),
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
  })
  await app.register(publicPages({ domain: home }))
  await app.register(
    mediaFiles({
      domain: home,
      viewer: 'public',
      remote: options.remote ?? null,
      root: home.store.blobs.folder,
      ...(options.line ? { line: options.line } : {}),
    }),
  )
  apps.push(app)
  return { home, app }
}

export async function openInside(
  port: number,
  build: (app: FastifyInstance) => PromiseLike<unknown> | void,
): Promise<{ app: FastifyInstance; heard: Ears }> {
  const heard = ears()
  const app = await ownerListener({ log: heard.log, full: () => heard.full++, port: () => port })
  await build(app)
  apps.push(app)
  return { app, heard }
}

/** An own post that has left (unless `wet`); its id. */
export function posted(home: Home, text: string, change: Partial<NewPost> & { wet?: boolean } = {}): number {
  home.clock.at += 60_000
  const { wet, ...input } = change
  const { post } = writePost(home, { text, visibility: 'public', language: 'en', ...input })
  if (!wet) releasePost(home, post.id, home.clock.at)
  return post.id
}
