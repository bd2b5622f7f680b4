import { boostPost, unboostPost } from '../../domain/posts.ts'
import { bookmarkPost, favouritePost, unbookmarkPost, unfavouritePost } from '../../domain/interactions.ts'
import { loadPost } from '../../domain/loading.ts'
import { muteThread, unmuteThread } from '../../domain/muted-threads.ts'
import { pin, unpin } from '../../domain/pins.ts'
import { keptPage, markersOf } from '../../domain/timelines.ts'
import { toStatus } from '../entities/status.ts'
import { pageOf } from '../paging.ts'
import { paramsOf } from '../params.ts'
import { accountPage, contextFor, needs, postAt, postIdAt, statusPage } from './answers.ts'
import type { FastifyInstance } from 'fastify'
import type { LoadedPost, Post, Visibility } from '../../domain/types.ts'
import type { Params } from '../params.ts'
import type { ClientApiOptions } from '../options.ts'
import type { ById } from './answers.ts'

/** Favourites, boosts, bookmarks, pins: made, taken back, listed. */

const POSTS = { default: 20, most: 40 }
const PEOPLE = { default: 40, most: 80 }

export function registerInteractions(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d } = options

  const verb = (name: string, scope: string, act: (id: number, params: Params) => Post) =>
    app.post<ById>(`/api/v1/statuses/:id/${name}`, needs(scope, 'Status'), async (request) => {
      const at = contextFor(request, options)
      const changed = act(postIdAt(at, request.params.id), paramsOf(request))
      return toStatus(at, loadPost(d, changed.id) as LoadedPost)
    })
  verb('favourite', 'write:favourites', (id) => favouritePost(d, id))
  verb('unfavourite', 'write:favourites', (id) => unfavouritePost(d, id))
  verb('bookmark', 'write:bookmarks', (id) => bookmarkPost(d, id))
  verb('unbookmark', 'write:bookmarks', (id) => unbookmarkPost(d, id))
  verb('pin', 'write:accounts', (id) => pin(d, id))
  verb('unpin', 'write:accounts', (id) => unpin(d, id))
  // The answer to `reblog` is the boost itself, with the post inside.
  verb('reblog', 'write:statuses', (id, params) => boostPost(d, id, visibilityOf(params)))
  verb('unreblog', 'write:statuses', (id) => unboostPost(d, id))

  for (const [name, act] of [
    ['mute', muteThread],
    ['unmute', unmuteThread],
  ] as const) {
    app.post<ById>(`/api/v1/statuses/:id/${name}`, needs('write:mutes', 'Status'), async (request) => {
      const at = contextFor(request, options)
      const id = postIdAt(at, request.params.id)
      act(d, id)
      return toStatus(at, loadPost(d, id) as LoadedPost)
    })
  }

  for (const [path, kind] of [
    ['reblogged_by', 'boosts'],
    ['favourited_by', 'favourites'],
  ] as const) {
    app.get<ById>(`/api/v1/statuses/:id/${path}`, needs('read:accounts', 'Account[]'), async (request, reply) => {
      const at = contextFor(request, options)
      const post = postAt(at, request.params.id)
      return accountPage(request, reply, at, markersOf(d, kind, post.boostOf ?? post.id, pageOf(request, PEOPLE)))
    })
  }

  for (const list of ['bookmarks', 'favourites'] as const) {
    app.get(`/api/v1/${list}`, needs(`read:${list}`, 'Status[]'), async (request, reply) => {
      const rows = keptPage(d, list, pageOf(request, POSTS))
      return statusPage(
        request,
        reply,
        contextFor(request, options),
        rows.map((row) => row.postId),
        rows.map((row) => row.cursor),
      )
    })
  }
}

function visibilityOf(params: Params): Visibility {
  const asked = params.word('visibility')
  return asked === 'unlisted' || asked === 'private' ? asked : 'public'
}
