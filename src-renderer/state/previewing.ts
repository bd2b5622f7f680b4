import type { Preview } from '../../src-main/owner-api/contract.ts'
import type { Account, MediaAttachment, Status } from '../api/mastodon.ts'
import type { Attachment } from './attachment.svelte.ts'
import type { Composition, Part } from './composition.svelte.ts'

/** What is being written, in the shape of a post that is published: so it is drawn by what draws every post. */
export function mockStatus(me: Account, composition: Composition, part: Part, preview: Preview): Status {
  const first = part === composition
  const id = `preview-${part.key}`
  const quoted = first ? composition.quoted : null
  const poll = first && composition.poll && part.attachments.length === 0 ? composition.poll : null
  const whole = {
    id,
    uri: '',
    url: null,
    account: me,
    content: preview.html,
    createdAt: new Date().toISOString(),
    editedAt: null,
    visibility: composition.visibility,
    sensitive: (composition.sensitive && part.ready.length > 0) || part.warned !== '',
    spoilerText: part.warned,
    language: composition.language || null,
    mediaAttachments: part.ready.map(mockMedia),
    mentions: preview.mentions,
    tags: [],
    emojis: [],
    reblogsCount: 0,
    favouritesCount: 0,
    repliesCount: 0,
    inReplyToId: null,
    inReplyToAccountId: null,
    reblog: null,
    card: null,
    poll: poll && {
      id,
      expiresAt: new Date(Date.now() + poll.expiresIn * 1_000).toISOString(),
      expired: false,
      multiple: poll.multiple,
      votesCount: 0,
      votersCount: 0,
      options: composition.pollOptions.map((title) => ({ title, votesCount: 0, emojis: [] })),
      emojis: [],
      voted: true,
      ownVotes: [],
    },
    quote: quoted && { state: 'accepted', quotedStatus: quoted },
    filtered: [],
    emojiReactions: [],
  }
  return whole as unknown as Status
}

function mockMedia(one: Attachment): MediaAttachment {
  const { width, height } = one
  const size = width && height ? { width, height, size: `${width}x${height}`, aspect: width / height } : undefined
  const media = {
    id: one.id ?? `file-${one.key}`,
    type: one.kind,
    url: one.local ?? one.preview,
    previewUrl: one.preview,
    remoteUrl: null,
    description: one.description || null,
    blurhash: null,
    meta: { focus: one.focus, ...(size ? { original: size, small: size } : {}) },
  }
  return media as unknown as MediaAttachment
}
