import { m } from '../locales/generated/messages.js'
import type { HeldPost, OwnerEvent, Visibility } from '../../src-main/owner-api/contract.ts'
import { failureOf, type Status } from '../api/mastodon.ts'
import { OwnerApiError } from '../api/owner.ts'
import { SOONEST, type Composition, type PublishProblem } from './composition.svelte.ts'
import type { ConnectionWatch } from './connection.svelte.ts'
import type { Drafts } from './drafts.svelte.ts'
import type { Ground } from './ground.ts'
import type { Home } from './home.svelte.ts'
import { locale } from './locale.svelte.ts'
import type { Posts } from './posts.svelte.ts'
import { to } from './router.svelte.ts'
import type { OwnerSettings } from './settings.svelte.ts'
import { longTime } from './time.ts'

/** What the composer stands on. */
export interface Parts {
  drafts: Drafts
  settings: OwnerSettings
  posts: Posts
  home: Home
  connection: ConnectionWatch
}

/** As much of the composer as publishing needs. */
interface Writing {
  current: Composition | null
  helloPost: Status | null
  scheduled: number
  readonly alone: boolean
  show(made: Composition): void
  resume(draftId: string): boolean
}

/** How a post leaves the composer: at once, after the time for second thoughts, at its time, or as a thread, one after the other. */
export interface Press {
  composer: Writing
  ground: Ground
  parts: Parts
}

/** What is sent while a thread goes out, by the id of its draft: a second press does not send it twice. */
const waiting = new Map<string, { timer: ReturnType<typeof setTimeout>; toast: number }>()

/** True when our own server has taken it, or holds it for second thoughts. */
export async function publish(press: Press, current: Composition, options: { anyway?: boolean }): Promise<boolean> {
  const { composer, parts } = press
  const { drafts, settings } = parts
  if (current.phase === 'publishing' || current.uploading || current.stuck || current.pollUnready) return false
  tidy(current)
  if (current.blank && !(current.quoteOf && current.warned)) return false
  const reminder = settings.current.altReminder
  if (current.undescribed.length > 0 && reminder !== 'off' && (reminder === 'require' || !options.anyway)) {
    current.altAsked = true
    return false
  }
  current.altAsked = false
  current.problem = null
  if (current.scheduledAt !== null && Date.parse(current.scheduledAt) < Date.now() + SOONEST) {
    current.problem = 'too-soon'
    return false
  }
  current.phase = 'publishing'
  await Promise.all(current.all.flatMap((part) => part.ready.map((one) => one.settle())))
  const atOnce = current.editOf !== null || current.hello || current.scheduledAt !== null
  const seconds = atOnce ? 0 : settings.current.undoSeconds || 0
  try {
    if (seconds > 0 && current.parts.length > 0 && !composer.alone) {
      holdHere(press, current, seconds)
      return true
    }
    if (seconds !== 0 && current.parts.length === 0) {
      drafts.change(current.id, current.input)
      await drafts.flush(current.id)
      await drafts.hold(current.id)
      const held = await press.ground.session.owner.hold({ seconds, status: bodyOf(press, current) })
      current.dispose()
      leave(press, current)
      offerUndo(press, held)
      return true
    }
    await drafts.hold(current.id)
    if (current.parts.length > 0) return await sendThread(press, current)
    const post = await send(press, current, current.attempt, true)
    drafts.published(current.id)
    current.dispose()
    leave(press, current)
    taken(press, current, post)
    return true
  } catch (error) {
    failed(press, current, error)
    if (composer.current === null) composer.show(current)
    return false
  }
}

/** Parts in which nothing stands do not go out. */
function tidy(current: Composition): void {
  for (const part of current.parts.filter((one) => one.blank)) current.removePart(part)
  if (!current.blank || current.parts.length === 0 || current.poll || current.quoteOf) return
  const next = current.parts[0]
  if (!next) return
  current.text = next.text
  current.warning = next.warning
  current.warningOpen = next.warningOpen
  current.attachments = next.attachments
  current.parts = current.parts.slice(1)
  current.active = current
}

function failed({ parts: { drafts } }: Press, current: Composition, error: unknown): void {
  current.phase = 'writing'
  current.problem = problemOf(error)
  drafts.resume(current.id)
  drafts.change(current.id, current.input)
}

/** Closes the composer if this still stands in it. */
function leave({ composer, ground }: Press, current: Composition): void {
  if (composer.current !== current) return
  const { alone } = composer
  composer.current = null
  // The main window says what became of it.
  if (alone) window.close()
  else if (!current.hello && ground.router.route.name === 'compose') ground.router.back()
}

/** Held by this window: closing it leaves the draft as it is, and nothing goes out. */
function holdHere(press: Press, current: Composition, seconds: number): void {
  const { composer, ground, parts } = press
  parts.drafts.change(current.id, current.input)
  void parts.drafts.flush(current.id)
  leave(press, current)
  const forget = () => {
    const entry = waiting.get(current.id)
    waiting.delete(current.id)
    clearTimeout(entry?.timer)
    if (entry) ground.toasts.dismiss(entry.toast)
  }
  const toast = ground.toasts.show({
    text: m.compose_toast_held_thread({ count: current.all.length }),
    bar: true,
    lasts: seconds * 1_000,
    action: {
      label: m.ui_undo(),
      key: 'Z',
      run: () => {
        forget()
        current.phase = 'writing'
        composer.show(current)
      },
    },
  })
  const timer = setTimeout(() => {
    forget()
    void parts.drafts
      .hold(current.id)
      .then(() => sendThread(press, current))
      .catch((error: unknown) => {
        failed(press, current, error)
        if (composer.current === null) composer.show(current)
        else ground.toasts.show({ text: m.compose_thread_stopped({ count: current.all.length }), tone: 'assertive' })
      })
  }, seconds * 1_000)
  waiting.set(current.id, { timer, toast })
}

/** One after the other; what has left is no part of the draft any more, so a failure leaves exactly the rest. */
async function sendThread(press: Press, current: Composition): Promise<boolean> {
  const { drafts, posts, home, settings } = press.parts
  const rest: Visibility = current.visibility === 'public' ? settings.current.threadVisibility : current.visibility
  let first: Status | null = null
  while (current.parts.length > 0) {
    const post = (await send(press, current, `${current.id}:${current.inReplyToId ?? 'first'}`, false)) as Status
    first ??= post
    posts.put(post)
    home.own(post)
    for (const one of current.attachments) one.dispose()
    current.advance(post)
    current.visibility = rest
    drafts.resume(current.id)
    drafts.change(current.id, current.input)
    await drafts.flush(current.id)
    await drafts.hold(current.id)
  }
  const last = await send(press, current, `${current.id}:${current.inReplyToId ?? 'first'}`, true)
  drafts.published(current.id)
  current.dispose()
  leave(press, current)
  if (last) {
    posts.put(last)
    home.own(last)
  }
  taken(press, current, first ?? last)
  return true
}

/** Says what became of it. Null: it waits for its time. */
function taken({ composer, ground, parts }: Press, current: Composition, post: Status | null): void {
  if (post === null) {
    composer.scheduled++
    ground.toasts.show({
      text: m.compose_toast_scheduled({ at: longTime(Date.parse(current.scheduledAt ?? ''), locale()) }),
      action: { label: m.compose_see_scheduled(), run: () => ground.router.go(to.outbox('scheduled')) },
      lasts: 6_000,
    })
    return
  }
  parts.posts.put(post)
  if (!current.editOf) parts.home.own(post)
  if (current.hello) {
    composer.helloPost = post
    ground.router.go(to.firstrun('proof'))
    return
  }
  said({ composer, ground, parts }, post.id, current.editOf ? m.compose_toast_edited() : published(parts))
}

const published = (parts: Parts) => (parts.connection.online ? m.compose_toast_published() : m.compose_toast_waits())

function said({ ground }: Press, id: string, text: string): void {
  ground.toasts.show({ text, action: { label: m.compose_see_post(), run: () => ground.router.go(to.post(id)) }, lasts: 6_000 })
}

/** Toasts of posts that are held, by the id of the held post. */
const offers = new Map<string, { toast: number; draftId: string }>()

/** The bar shows what the server's clock leaves; undoing brings the draft back with its caret. */
export function offerUndo(press: Press, held: HeldPost): void {
  const { composer, ground, parts } = press
  const left = Date.parse(held.until) - Date.now()
  if (left <= 0 || offers.has(held.id)) return
  const toast = ground.toasts.show({
    text: m.compose_toast_held(),
    bar: true,
    lasts: left + 1_500,
    action: {
      label: m.ui_undo(),
      key: 'Z',
      run: () => {
        offers.delete(held.id)
        ground.session.owner.undoHeld(held.id).then(
          ({ draft }) => {
            parts.drafts.resume(draft.id)
            parts.drafts.returned(draft)
            composer.resume(draft.id)
          },
          (error: unknown) => {
            const late = error instanceof OwnerApiError && error.code === 'not-found'
            ground.toasts.show({ text: late ? m.compose_toast_too_late() : m.failure_unreachable(), tone: 'assertive' })
          },
        )
      },
    },
  })
  offers.set(held.id, { toast, draftId: held.draftId })
}

/** A held post has left, or was taken back somewhere. */
export async function heldGone(press: Press, event: Extract<OwnerEvent, { type: 'held-removed' }>): Promise<void> {
  const offer = offers.get(event.id)
  if (!offer) return
  offers.delete(event.id)
  press.ground.toasts.dismiss(offer.toast)
  if (event.postId === null) return
  press.parts.drafts.published(offer.draftId)
  const post = await press.parts.posts.fetch(event.postId)
  if (!post) return
  press.parts.home.own(post)
  said(press, post.id, published(press.parts))
}

/** The words of a post as both ways of sending need them. */
function words(press: Press, current: Composition) {
  const { warned, mediaIds, sensitive, language, format } = current
  return {
    status: current.whole,
    spoilerText: warned,
    sensitive: (sensitive && mediaIds.length > 0) || warned !== '',
    ...(language ? { language } : {}),
    contentType: `text/${format ?? press.parts.settings.current.defaultFormat}`,
  }
}

/** The body of `POST /api/v1/statuses` as it goes over the wire. */
function bodyOf(press: Press, current: Composition): Record<string, unknown> {
  const { spoilerText, contentType, ...rest } = words(press, current)
  const { mediaIds, poll } = current
  return {
    ...rest,
    spoiler_text: spoilerText,
    content_type: contentType,
    draft_id: current.id,
    idempotency_key: current.attempt,
    visibility: current.visibility,
    ...(current.inReplyToId ? { in_reply_to_id: current.inReplyToId } : {}),
    ...(current.quoteOf ? { quoted_status_id: current.quoteOf } : {}),
    ...(current.quotePolicy ? { quote_approval_policy: current.quotePolicy } : {}),
    ...(mediaIds.length > 0
      ? { media_ids: mediaIds }
      : poll
        ? { poll: { options: current.pollOptions, multiple: poll.multiple, expires_in: poll.expiresIn } }
        : {}),
  }
}

/** Null: it waits for its time. */
async function send(press: Press, current: Composition, key: string, last: boolean): Promise<Status | null> {
  const { rest } = press.ground.session
  const { mediaIds } = current
  const said = { ...words(press, current), ...(last ? { draftId: current.id } : {}) }
  const requestInit = { headers: { 'Idempotency-Key': key } }
  const poll = current.poll && { options: current.pollOptions, multiple: current.poll.multiple, expiresIn: current.poll.expiresIn }
  if (current.editOf) {
    const mediaAttributes = current.ready.flatMap((one) =>
      one.id ? [{ id: one.id, description: one.description, focus: `${one.focus.x},${one.focus.y}` }] : [],
    )
    const changed = current.pollAnew || (current.poll && !current.original?.poll)
    // A poll without answers is none.
    const whole = { ...said, mediaIds, mediaAttributes, ...(changed ? { poll: poll ?? { options: [], expiresIn: 0 } } : {}) }
    const selected = rest.v1.statuses.$select(current.editOf)
    return selected.update(whole as unknown as Parameters<typeof selected.update>[0], { requestInit })
  }
  const whole = {
    ...said,
    visibility: current.visibility,
    ...(current.inReplyToId ? { inReplyToId: current.inReplyToId } : {}),
    ...(current.quoteOf ? { quotedStatusId: current.quoteOf } : {}),
    ...(current.quotePolicy ? { quoteApprovalPolicy: current.quotePolicy } : {}),
    ...(mediaIds.length > 0 ? { mediaIds } : poll ? { poll } : {}),
    ...(current.scheduledAt === null ? {} : { scheduledAt: current.scheduledAt }),
  }
  // Status or, with a time, what waits for it: the client's types leave both open.
  const answer: object = await rest.v1.statuses.create(whole, { requestInit })
  return 'scheduledAt' in answer && !('account' in answer) ? null : (answer as Status)
}

/** Why our own server did not take a post. */
export function problemOf(error: unknown): PublishProblem {
  const failure = failureOf(error)
  if (failure.kind === 'disk-full') return 'disk-full'
  if (failure.kind === 'offline') return 'unreachable'
  if (failure.kind === 'not-found') return 'gone'
  if (failure.kind === 'refused') {
    if (/character|too long/i.test(failure.text)) return 'too-long'
    if (/scheduled/i.test(failure.text)) return 'too-soon'
    return /closed/i.test(failure.text) ? 'closed' : 'refused'
  }
  return failure.kind === 'server' ? 'server' : 'refused'
}
