import { mediaPath } from '../../domain/uris.ts'
import { ACTOR_CONTEXT, withContext } from './context.ts'
import { emoji, iso } from './note.ts'
import type { Account, MediaFile } from '../../domain/types.ts'
import type { Uris } from '../../domain/uris.ts'
import type { Document, Picture } from './note.ts'

/** The two actors of this home. */

export interface PublicKeys {
  rsaPublicPem: string
  ed25519PublicMultibase: string
}

/** The owner's actor: everything that is read of one, nothing else (federation.md 1.3). */
export function actor(account: Account, u: Uris, keys: PublicKeys, emojis: Picture[]): Document {
  const picture = (file: MediaFile) => ({
    type: 'Image',
    mediaType: file.mime,
    url: u.origin + mediaPath(file.token, 'original', file.mime),
    ...(file.description ? { summary: file.description } : {}),
  })
  return withContext(
    {
      id: u.actor,
      type: account.type,
      preferredUsername: account.username,
      name: account.displayName || account.username,
      summary: account.note,
      url: u.profile,
      published: iso(account.createdAt),
      webfinger: `acct:${account.username}@${u.host}`,
      inbox: u.inbox,
      outbox: u.outbox,
      followers: u.followers,
      following: u.following,
      featured: u.featured,
      featuredTags: u.featuredTags,
      endpoints: { sharedInbox: u.sharedInbox },
      manuallyApprovesFollowers: account.locked,
      discoverable: account.discoverable ?? true,
      indexable: account.indexable,
      ...(account.alsoKnownAs.length > 0 ? { alsoKnownAs: account.alsoKnownAs } : {}),
      ...(account.attributionDomains.length > 0 ? { attributionDomains: account.attributionDomains } : {}),
      // Only once really moved: whoever reads it sends nobody here any more.
      ...(account.movedTo ? { movedTo: account.movedTo } : {}),
      ...(account.avatar ? { icon: picture(account.avatar) } : {}),
      ...(account.header ? { image: picture(account.header) } : {}),
      attachment: account.fields.map((field) => ({ type: 'PropertyValue', name: field.name, value: field.value })),
      tag: emojis.map((one) => emoji(one, u)),
      publicKey: { id: u.mainKey, owner: u.actor, publicKeyPem: keys.rsaPublicPem },
      assertionMethod: [{ id: u.edKey, type: 'Multikey', controller: u.actor, publicKeyMultibase: keys.ed25519PublicMultibase }],
    },
    ACTOR_CONTEXT,
  )
}

/** The instance itself: signs look-ups and reports, readable unsigned even in secure mode, which breaks key-fetch deadlocks. */
export function instanceActor(u: Uris, keys: PublicKeys): Document {
  return withContext(
    {
      id: u.instanceActor,
      type: 'Application',
      preferredUsername: u.host.split(':')[0],
      name: 'Burrow',
      url: u.profile,
      inbox: u.sharedInbox,
      outbox: `${u.instanceActor}/outbox`,
      endpoints: { sharedInbox: u.sharedInbox },
      manuallyApprovesFollowers: true,
      publicKey: { id: u.instanceKey, owner: u.instanceActor, publicKeyPem: keys.rsaPublicPem },
    },
    ACTOR_CONTEXT,
  )
}
