import { expect } from 'vitest'
import { postByUri, writePost } from '../../../src-main/domain/posts.ts'
import { ANA, eventsTaken, followedBy, openInstance } from './instance.ts'
import { believed, wellMade } from './stranger.ts'
import { PUBLIC, remoteServer } from './world.ts'
import type { Instance } from './instance.ts'
import type { RemoteActor } from './world.ts'

/** What the owner does, and what leaves for it: everything that leaves is looked at by a stranger first. */

export const FOLLOWERS = `${ANA}/followers`
export const uriOf = (id: number) => `${ANA}/statuses/${id}`

export async function scene() {
  const home = await openInstance()
  const [mo, other] = [remoteServer('mo.example'), remoteServer('other.example')]
  const [bo, al] = [mo.actor('bo'), other.actor('al')]
  await followedBy(home, bo)
  return { home, mo, other, bo, al }
}

/** The oldest waiting item leaves, and is what everything we send has to be. */
export async function gone(home: Instance) {
  const left = await home.leave()
  if (left === 'drop') throw new Error('it was dropped')
  await wellMade(left.activity)
  const open = JSON.stringify([left.activity.to, left.activity.cc]).includes(PUBLIC)
  expect('proof' in left.activity, 'a proof on what is public, and on nothing else').toBe(open)
  if (open) expect(await believed(left.activity)).toBe(true)
  return left
}
export async function written(home: Instance, post: Parameters<typeof writePost>[1]) {
  const { id } = writePost(home, post).post
  await gone(home)
  return id
}
export const kinds = async (home: Instance) => {
  await eventsTaken()
  return home.outbox.map((item) => item.kind)
}
/** A post of somebody else's that is here. */
export async function said(home: Instance, by: RemoteActor, change: Record<string, unknown> = {}) {
  const create = by.create(change) as { object: { id: string } }
  await home.takes(by, create)
  const post = postByUri(home, create.object.id)
  if (!post) throw new Error('it was not kept')
  return post
}
