import { toAccount } from './account.ts'
import { file, iso } from './context.ts'
import type { Card } from '../../domain/types.ts'
import type { Entity } from '../schemas/entities.ts'
import type { Context } from './context.ts'

/** PreviewCard: strings are never null (mastodon-api.md 2.6), the picture comes from here, its site's markup never does. */

/**
 * Films and embedded things are answered as links: their `html` is empty, and what clients make of a film without markup is a player that
 * plays nothing.
 */
export function toCard(at: Context, card: Card): Entity<'PreviewCard'> {
  const image = card.picture === null ? null : file(at, card.picture.token, 'original', card.picture.mime)
  const account = card.author === null ? null : toAccount(at, card.author)
  const name = card.authorName || card.author?.displayName || card.author?.username || ''
  const address = card.authorUrl || (account === null ? '' : account.url)
  return {
    url: card.url,
    title: card.title,
    description: card.description,
    language: card.language,
    type: card.kind === 'photo' && image !== null ? ('photo' as const) : ('link' as const),
    kind: card.kind,
    author_name: name,
    author_url: address,
    provider_name: card.providerName,
    provider_url: card.providerUrl,
    html: '',
    width: card.picture?.width ?? card.width,
    height: card.picture?.height ?? card.height,
    image,
    image_description: card.picture?.description ?? '',
    embed_url: card.kind === 'photo' && image !== null ? image : '',
    blurhash: card.picture?.blurhash ?? null,
    published_at: card.publishedAt === null ? null : iso(card.publishedAt),
    authors: name === '' && account === null ? [] : [{ name, url: address, account }],
  }
}
