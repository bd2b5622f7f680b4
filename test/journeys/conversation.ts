import sharp from 'sharp'
import { expect } from 'vitest'
import { request } from '../rig/http.ts'
import { until } from '../rig/process.ts'
import { gone, shown, type Window } from '../rig/window.ts'
import type { Burrow } from '../rig/burrow.ts'
import type { FedifyPeer } from '../rig/fedify-peer/peer.ts'

type Note = { id: string; content: string; attachment?: unknown; inReplyTo?: string; published?: string }

export const noteOf = (activity: Record<string, unknown>): Note => activity.object as Note
export const saying =
  (words: string) =>
  (activity: Record<string, unknown>): boolean =>
    JSON.stringify(activity.object ?? '').includes(words)

/** A photograph as a telephone makes it: with a camera's name, a place, a time and a turned orientation. */
export async function photograph(): Promise<Buffer> {
  return sharp({ create: { width: 640, height: 400, channels: 3, background: '#3d6b8e' } })
    .jpeg()
    .withExif({
      IFD0: { Make: 'Holunder', Model: 'Telefon 9', Copyright: 'Ana at home' },
      IFD2: { DateTimeOriginal: '2026:03:05 09:08:07' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '59/1 20/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '18/1 3/1 0/1' },
    })
    .withMetadata({ orientation: 6 })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><place>Kajplats 9</place></x:xmpmeta>')
    .toBuffer()
}

/** Nothing of a camera, a place or a person in these bytes. */
export async function expectNoMetadata(bytes: Buffer): Promise<void> {
  const text = bytes.toString('latin1')
  for (const mark of ['Exif\0', 'Holunder', 'Telefon 9', 'Kajplats', 'xmpmeta', 'Ana at home', 'Photoshop 3.0'])
    expect(text).not.toContain(mark)
  const { exif, xmp, iptc } = await sharp(bytes).metadata()
  expect({ exif, xmp, iptc }).toEqual({ exif: undefined, xmp: undefined, iptc: undefined })
}

/** The owner looks somebody up and follows them; resolves when they have said yes. */
export async function followFrom(burrow: Burrow, handle: string): Promise<string> {
  const mastodon = await burrow.mastodon()
  const { accounts } = await mastodon.v2.search.list({ q: handle, type: 'accounts', resolve: true })
  const account = accounts[0]
  if (!account) throw new Error(`${handle} was not found`)
  await mastodon.v1.accounts.$select(account.id).follow()
  await until(`${handle} lets us follow`, async () => (await mastodon.v1.accounts.relationships.fetch({ id: [account.id] }))[0]?.following)
  return account.id
}

/**
 * The story of first light, between our window and a server that is not ours: followed, posted with a picture, answered, liked, boosted,
 * edited and deleted both ways. Everything the owner sees is asserted in the window, which is never loaded anew.
 */
export async function converse(burrow: Burrow, peer: FedifyPeer, window: Window): Promise<void> {
  const { page } = window
  const mastodon = await burrow.mastodon()

  // They follow us, and get our yes.
  await window.go('/app/notifications')
  const { actor } = await peer.follow({ who: burrow.handle })
  expect(actor).toBe(`${burrow.origin}/users/ana`)
  const accept = await peer.expect('Accept')
  expect(accept.actor).toBe(actor)
  expect(await peer.following({})).toEqual([actor])
  await shown(page.locator('main [data-kind="follow"]', { hasText: 'Bo Lindqvist' }))
  await followFrom(burrow, peer.handle)
  expect((await peer.expect('Follow')).actor).toBe(actor)
  expect(await peer.followers({})).toEqual([actor])

  // They receive our post, with the picture and what it shows, and nothing else that the camera knew.
  await window.go('/app/home')
  const media = await mastodon.v2.media.create({
    file: new Blob([new Uint8Array(await photograph())]),
    description: 'A ferry in the morning fog',
  })
  const ours = await mastodon.v1.statuses.create({ status: 'The first ferry of the day', mediaIds: [media.id], language: 'en' })
  await shown(window.post(ours.id))
  const create = await peer.expect('Create', saying('The first ferry of the day'))
  const note = noteOf(create.activity)
  expect(note.id).toBe(`${burrow.origin}/users/ana/statuses/${ours.id}`)
  expect(note.content).toContain('The first ferry of the day')
  const attachment = [note.attachment].flat()[0] as { url: unknown; name: string; mediaType: string; width: number; height: number }
  expect(attachment).toMatchObject({ name: 'A ferry in the morning fog', mediaType: 'image/jpeg' })
  // Turned as the camera meant it.
  expect([attachment.width, attachment.height]).toEqual([400, 640])
  const url = String((attachment.url as { href?: string }).href ?? attachment.url)
  expect(url.startsWith(`${burrow.origin}/`)).toBe(true)
  const served = await request(url)
  expect(served.status).toBe(200)
  expect(served.headers['content-type']).toBe('image/jpeg')
  await expectNoMetadata(served.bytes)

  // They answer, like and boost it, and all of it appears while we look.
  await window.go('/app/notifications')
  const reply = await peer.post({ text: 'It was early for once', inReplyTo: note.id })
  await shown(window.text('It was early for once'))
  await peer.like({ uri: note.id })
  await shown(page.locator('main [data-kind="favourite"]', { hasText: 'Bo Lindqvist' }))
  await peer.announce({ uri: note.id })
  await shown(page.locator('main [data-kind="boost"]', { hasText: 'Bo Lindqvist' }))
  const status = await mastodon.v1.statuses.$select(ours.id).fetch()
  expect(status).toMatchObject({ repliesCount: 1, favouritesCount: 1, reblogsCount: 1 })
  await window.go(`/app/post/${ours.id}`)
  await shown(window.text('It was early for once'))

  // What they change and take back, changes and goes here.
  await window.go('/app/home')
  const theirs = await peer.post({ text: 'Low water at nine', picture: { alt: 'A green field' } })
  await until('the new post is in the window', async () => {
    if (await window.text('Low water at nine').isVisible()) return true
    const pill = page.getByRole('button', { name: /\bnew\b/i }).first()
    if (await pill.isVisible()) await pill.click()
    return false
  })
  const there = await mastodon.v1.timelines.home.list({ limit: 5 })
  const known = there.find((one) => one.uri === theirs.uri)
  expect(known?.mediaAttachments[0]).toMatchObject({ type: 'image', description: 'A green field' })
  await shown(window.post(known?.id ?? ''))
  const picture = await page
    .locator(`main [data-post-id="${known?.id ?? ''}"] img[src*="/media/"]`)
    .first()
    .getAttribute('src')
  expect(new URL(picture ?? '', page.url()).origin).toBe(`http://127.0.0.1:${burrow.ownerPort}`)
  await peer.edit({ uri: theirs.uri, text: 'Low water at ten' })
  await shown(window.text('Low water at ten'))
  await gone(window.text('Low water at nine'))
  await peer.remove({ uri: theirs.uri })
  await gone(window.post(known?.id ?? ''))
  await peer.unlike({ uri: note.id })
  await until('the like is taken back', async () => (await mastodon.v1.statuses.$select(ours.id).fetch()).favouritesCount === 0)
  await peer.remove({ uri: reply.uri })
  await until('their answer is gone', async () => (await mastodon.v1.statuses.$select(ours.id).fetch()).repliesCount === 0)

  // What we change and take back, changes and goes there.
  await mastodon.v1.statuses.$select(ours.id).update({ status: 'The second ferry of the day', mediaIds: [media.id] })
  const update = await peer.expect('Update', saying('The second ferry of the day'))
  expect(noteOf(update.activity).id).toBe(note.id)
  await shown(window.text('The second ferry of the day'))
  await mastodon.v1.statuses.$select(ours.id).remove()
  const removal = await peer.expect('Delete')
  expect(JSON.stringify(removal.activity.object)).toContain(note.id)
  await gone(window.post(ours.id))
  expect((await request(note.id, { headers: { accept: 'application/activity+json' } })).status).toBe(410)

  await window.notReloaded()
  expect(await peer.refused({})).toEqual([])
  // Nobody but our own listener was asked for anything.
  const strangers = window.requests.filter(
    (asked) => !asked.startsWith(`http://127.0.0.1:${burrow.ownerPort}/`) && !/^(data|blob):/.test(asked),
  )
  expect(strangers).toEqual([])
  expect(window.complaints).toEqual([])
}
