import { addMedia } from '../../domain/media.ts'
import { AppError } from '../../domain/errors.ts'
import { owner, updateProfile, updateSettings } from '../../domain/owner.ts'
import { MAX_IMAGE_BYTES, readUpload } from '../bodies.ts'
import { toCredentialAccount, toProfile } from '../entities/account.ts'
import { paramsOf } from '../params.ts'
import { contextFor, needs } from './answers.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { OwnerSettings, ProfileChange } from '../../domain/owner.ts'
import type { Params } from '../params.ts'
import type { ClientApiOptions } from '../options.ts'

/** The owner's own account: seen with everything, and changed. */
export function registerProfile(app: FastifyInstance, options: ClientApiOptions): void {
  const { domain: d, images } = options

  app.get('/api/v1/accounts/verify_credentials', needs('profile', 'CredentialAccount'), async (request) =>
    toCredentialAccount(contextFor(request, options), owner(d)),
  )

  const change = async (request: FastifyRequest): Promise<void> => {
    const params = paramsOf(request)
    owner(d)
    const wishes = profileChange(params)
    // Pictures first, outside the transaction: one that cannot be taken changes nothing else.
    for (const shape of ['avatar', 'header'] as const) {
      const upload = params.files.get(shape)
      if (!upload) continue
      if (upload.truncated) throw new AppError('invalid', 'Validation failed: The picture is larger than 16 MB.', { reason: 'too-large' })
      const picture = await images.processProfile(await readUpload(upload), shape)
      const blob = await d.store.blobs.put(picture.bytes)
      const { mime, width, height, bytes } = picture
      const { id } = addMedia(d, { kind: shape, mime, bytes: bytes.length, width, height, blob, previewBlob: null, previewMime: null })
      if (shape === 'avatar') wishes.avatarMediaId = id
      else wishes.headerMediaId = id
    }
    d.store.transaction(() => {
      updateProfile(d, wishes)
      const preferences = sourceChange(params.object('source'))
      if (Object.keys(preferences).length > 0) updateSettings(d, preferences)
    })
  }
  const update = async (request: FastifyRequest) => {
    await change(request)
    return toCredentialAccount(contextFor(request, options), owner(d))
  }
  const uploads = { avatar: MAX_IMAGE_BYTES, header: MAX_IMAGE_BYTES }
  const pictures = { config: { ...needs('write:accounts', 'CredentialAccount').config, uploads } }
  const profile = { config: { ...needs('write:accounts', 'Profile').config, uploads } }
  const updateShown = async (request: FastifyRequest) => {
    await change(request)
    return toProfile(contextFor(request, options), owner(d))
  }
  app.get('/api/v1/profile', needs('profile', 'Profile'), async (request) => toProfile(contextFor(request, options), owner(d)))
  app.patch('/api/v1/profile', profile, updateShown)
  app.put('/api/v1/profile', profile, updateShown)
  app.patch('/api/v1/accounts/update_credentials', pictures, update)
  app.put('/api/v1/accounts/update_credentials', pictures, update)

  for (const shape of ['avatar', 'header'] as const) {
    app.delete(`/api/v1/profile/${shape}`, needs('write:accounts', 'CredentialAccount'), async (request) => {
      updateProfile(d, shape === 'avatar' ? { avatarMediaId: null } : { headerMediaId: null })
      return toCredentialAccount(contextFor(request, options), owner(d))
    })
  }
}

function profileChange(params: Params): ProfileChange {
  const change: ProfileChange = {}
  const displayName = params.text('display_name')
  if (displayName !== undefined) change.displayName = displayName
  const note = params.text('note')
  if (note !== undefined) change.note = note
  const avatarDescription = params.text('avatar_description')
  if (avatarDescription !== undefined) change.avatarDescription = avatarDescription
  const headerDescription = params.text('header_description')
  if (headerDescription !== undefined) change.headerDescription = headerDescription
  if (params.has('attribution_domains')) change.attributionDomains = params.list('attribution_domains')
  for (const flag of ['locked', 'bot', 'discoverable', 'indexable'] as const) {
    const value = params.flag(flag)
    if (value !== undefined) change[flag] = value
  }
  if (params.has('fields_attributes')) {
    change.fields = params
      .objects('fields_attributes')
      .map((field) => ({ name: field.text('name') ?? '', value: field.text('value') ?? '' }))
  }
  return change
}

function sourceChange(source: Params): Partial<OwnerSettings> {
  const change: Partial<OwnerSettings> = {}
  const privacy = source.word('privacy')
  if (privacy !== undefined) change.defaultVisibility = privacy as OwnerSettings['defaultVisibility']
  const language = source.text('language')
  if (language !== undefined) change.defaultLanguage = language
  const quotes = source.word('quote_policy')
  if (quotes !== undefined) change.quotePolicy = quotes as OwnerSettings['quotePolicy']
  const sensitive = source.flag('sensitive')
  if (sensitive !== undefined) change.defaultSensitive = sensitive
  return change
}
