import type { MediaAttachment, ScheduledPost, Status } from '../api/mastodon.ts'
import { failureOf } from '../api/mastodon.ts'
import { Attachment } from './attachment.svelte.ts'
import { markdown } from './composer.svelte.ts'
import { peelMentions, type Composition } from './composition.svelte.ts'
import type { App } from './context.ts'
import { wordsFor } from './posts.svelte.ts'

type Parts = Pick<App, 'session' | 'composer' | 'posts' | 'toasts'>

const DAY_SECONDS = 86_400

const filesOf = ({ session }: Parts, files: readonly MediaAttachment[]) => files.map((media) => Attachment.ofPost(session, media, false))

/** Deletes a post and opens its words and files as a new one. Says so when that cannot be done. */
export async function redraft(app: Parts, post: Status): Promise<void> {
  const { session, composer, posts, toasts } = app
  try {
    const selected = session.rest.v1.statuses.$select(post.id)
    const source = await selected.source.fetch()
    const parent = post.inReplyToId ? await posts.fetch(post.inReplyToId) : null
    await selected.remove()
    posts.gone.add(post.id)
    const made = composer.fresh()
    words(made, source.text, post.inReplyToId ?? null)
    made.warning = source.spoilerText
    made.warningOpen = source.spoilerText !== ''
    made.sensitive = post.sensitive
    made.visibility = post.visibility
    made.language = post.language ?? ''
    made.languageChosen = true
    made.format = markdown(source) ? 'markdown' : 'plain'
    made.inReplyToId = post.inReplyToId ?? null
    made.replyTo = parent
    made.inReplyToAcct = parent?.account.acct ?? null
    made.quoteOf = quotedIn(post)
    made.attachments = filesOf(app, post.mediaAttachments)
    if (post.poll) {
      const { options, multiple, expiresAt } = post.poll
      const length = expiresAt ? Math.round((Date.parse(expiresAt) - Date.parse(post.createdAt)) / 1_000) : DAY_SECONDS
      made.poll = { options: options.map((one) => one.title), multiple, expiresIn: length }
    }
    made.caret = made.text.length
    composer.show(made)
    composer.changed()
    if (made.quoteOf) made.quoted = await posts.fetch(made.quoteOf)
  } catch (error) {
    toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
  }
}

/** Takes a post back that waits for its time: it goes on as a draft, with that time still chosen. False when it could not be taken. */
export async function unschedule(app: Parts, post: ScheduledPost): Promise<boolean> {
  const { session, composer, posts, toasts } = app
  try {
    await session.rest.v1.scheduledStatuses.$select(post.id).remove()
  } catch (error) {
    toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
    return false
  }
  const { params } = post
  const made = composer.fresh()
  words(made, params.text, params.inReplyToId ?? null)
  made.warning = params.spoilerText ?? ''
  made.warningOpen = made.warning !== ''
  made.sensitive = params.sensitive ?? false
  made.visibility = params.visibility ?? made.visibility
  made.language = params.language ?? made.language
  made.languageChosen = true
  made.inReplyToId = params.inReplyToId ?? null
  made.quoteOf = params.quotedStatusId ?? null
  made.quotePolicy = params.quoteApprovalPolicy ?? null
  made.format = markdown(params) ? 'markdown' : 'plain'
  made.attachments = filesOf(app, post.mediaAttachments)
  if (params.poll) {
    const { options, multiple, expiresIn } = params.poll
    made.poll = { options: [...options], multiple: multiple ?? false, expiresIn: Number(expiresIn ?? DAY_SECONDS) }
  }
  if (Date.parse(post.scheduledAt) > Date.now()) made.scheduledAt = post.scheduledAt
  made.caret = made.text.length
  composer.show(made)
  composer.changed()
  if (made.inReplyToId) {
    made.replyTo = await posts.fetch(made.inReplyToId)
    made.inReplyToAcct = made.replyTo?.account.acct ?? null
  }
  if (made.quoteOf) made.quoted = await posts.fetch(made.quoteOf)
  return true
}

/** Moves a post that waits to another time (ISO 8601). False when our own server does not take it. */
export async function reschedule({ session, toasts }: Parts, id: string, at: string): Promise<boolean> {
  try {
    await session.rest.v1.scheduledStatuses.$select(id).update({ scheduledAt: at })
    return true
  } catch (error) {
    toasts.show({ text: wordsFor(failureOf(error)), tone: 'assertive' })
    return false
  }
}

/** Whom an answer begins with stands outside of its text. */
function words(made: Composition, text: string, inReplyToId: string | null): void {
  const { mentions, rest } = inReplyToId === null ? { mentions: [], rest: text } : peelMentions(text)
  made.mentions = mentions
  made.text = rest
}

const quotedIn = ({ quote }: Status): string | null =>
  !quote
    ? null
    : 'quotedStatus' in quote
      ? (quote.quotedStatus?.id ?? null)
      : 'quotedStatusId' in quote
        ? (quote.quotedStatusId ?? null)
        : null
