import { createServer } from 'node:http'

/**
 * The bot that activitypub-bot is asked to run, as its `--bots-config-file`: an object with the methods that it calls, nothing of its code.
 * `bo` does what comes in at the control port (BOT_CONTROL) and remembers what happened.
 */

/** The parts of what activitypub-bot hands its bots that are used here. */
interface Thing {
  id: string
  export(options?: object): Promise<Record<string, unknown>>
}
interface Context {
  getObject(id: string): Promise<Thing | null>
  followActor(actor: Thing): Promise<Thing>
  unfollowActor(actor: Thing): Promise<Thing>
  sendNote(content: string, where: { to: string[]; cc: string[] }): Promise<Thing>
  sendReply(content: string, object: Thing): Promise<Thing>
  updateNote(note: Thing, content: string): Promise<Thing>
  deleteNote(note: Thing): Promise<Thing>
  likeObject(object: Thing): Promise<Thing>
  unlikeObject(object: Thing): Promise<Thing>
  announceObject(object: Thing): Promise<Thing>
  unannounceObject(object: Thing): Promise<Thing>
  isFollower(actor: Thing): Promise<boolean>
  isFollowing(actor: Thing): Promise<boolean>
  getFollowersId(): string
}

export interface Happening {
  what: 'mention' | 'follow' | 'unfollow' | 'like' | 'announce' | 'activity'
  activity: Record<string, unknown>
}

const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'
const happened: Happening[] = []
let context: Context | null = null

const remember = async (what: Happening['what'], activity: Thing): Promise<void> => {
  happened.push({ what, activity: await activity.export({ useOriginalContext: true }) })
}

const bo = {
  username: 'bo',
  fullname: 'Bo, by the bot',
  description: 'Does as told.',
  icon: null,
  image: null,
  type: 'Service',
  checkSignature: true,
  initialize(given: Context) {
    context = given
    return Promise.resolve()
  },
  onMention: (_object: Thing, activity: Thing) => remember('mention', activity),
  onFollow: (_actor: Thing, activity: Thing) => remember('follow', activity),
  onLike: (_object: Thing, activity: Thing) => remember('like', activity),
  onAnnounce: (_object: Thing, activity: Thing) => remember('announce', activity),
  onUndoFollow: (_actor: Thing, activity: Thing) => remember('unfollow', activity),
  onPublic: () => Promise.resolve(),
  actorOK: () => Promise.resolve(false),
  /** Sees everything before it is handled; `false`: handle it. */
  async handleActivity(activity: Thing) {
    await remember('activity', activity)
    return false
  },
}

async function thing(id: string): Promise<Thing> {
  const found = await context?.getObject(id)
  if (!found) throw new Error(`${id} cannot be had`)
  return found
}

const here = (): Context => {
  if (!context) throw new Error('the bot is not running')
  return context
}

/** `POST /COMMAND` with the arguments as JSON. */
const commands: Record<string, (input: Record<string, string>) => Promise<unknown>> = {
  follow: async ({ uri = '' }) => ({ id: (await here().followActor(await thing(uri))).id }),
  unfollow: async ({ uri = '' }) => ({ id: (await here().unfollowActor(await thing(uri))).id }),
  post: async ({ text = '' }) => ({ id: (await here().sendNote(text, { to: [PUBLIC], cc: [here().getFollowersId()] })).id }),
  reply: async ({ text = '', uri = '' }) => ({ id: (await here().sendReply(text, await thing(uri))).id }),
  edit: async ({ text = '', uri = '' }) => ({ id: (await here().updateNote(await thing(uri), text)).id }),
  remove: async ({ uri = '' }) => ({ id: (await here().deleteNote(await thing(uri))).id }),
  like: async ({ uri = '' }) => ({ id: (await here().likeObject(await thing(uri))).id }),
  unlike: async ({ uri = '' }) => ({ id: (await here().unlikeObject(await thing(uri))).id }),
  announce: async ({ uri = '' }) => ({ id: (await here().announceObject(await thing(uri))).id }),
  unannounce: async ({ uri = '' }) => ({ id: (await here().unannounceObject(await thing(uri))).id }),
  fetch: async ({ uri = '' }) => (await thing(uri)).export({ useOriginalContext: true }),
  standing: async ({ uri = '' }) => {
    const actor = await thing(uri)
    return { follower: await here().isFollower(actor), following: await here().isFollowing(actor) }
  },
  happened: () => Promise.resolve(happened),
}

const control = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const command = commands[(request.url ?? '/').slice(1)]
    const input = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, string>
    const answer = (status: number, body: unknown) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (!command) return answer(404, { error: 'no such command' })
    command(input).then(
      (result) => answer(200, result),
      (error: Error) => answer(500, { error: error.stack ?? error.message }),
    )
  })
})
control.listen(Number(process.env.BOT_CONTROL), '127.0.0.1')

export default { bo }
