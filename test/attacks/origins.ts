import { expectEqual, expectThat } from '../rig/evil-peer/expect.ts'
import { ANA, ORIGIN } from '../rig/evil-peer/target.ts'
import { PUBLIC } from '../rig/evil-peer/actor.ts'
import { Answers, type Attempt } from './attempt.ts'
import { contentOf } from './signatures.ts'
import { PIXEL, upload } from './uploads.ts'
import type { EvilActor } from '../rig/evil-peer/actor.ts'
import type { Scene } from '../rig/evil-peer/scene.ts'

/** Whose word counts for what: rules 3, 4, 5, 6, 13 and 17. */

const TAKEN = [202, 400, 401]
const FORGED = '<p>Mallory was here.</p>'

/** A note of that id, whoever wrote it. */
const noteOf = (author: EvilActor, id: string, change: Record<string, unknown> = {}) => ({
  ...author.note({ content: FORGED }),
  id,
  '@context': 'https://www.w3.org/ns/activitystreams',
  ...change,
})

/** Has the instance fetch an address, by somebody it follows and by the owner’s own look-up: neither may store anything. */
async function fetchedByAll(s: Scene, url: string): Promise<string> {
  const answer = await s.takes(s.mo, s.mo.activity('Announce', url, { to: [PUBLIC] }))
  const found = await s.search(url)
  expectEqual([found.accounts.length, found.statuses.length], [0, 0], `what a look-up of ${url} finds`)
  return `${answer.status}, ${found.status}`
}

/** Everything one can say about what is another’s. */
function aboutOthers(s: Scene, who: EvilActor): Record<string, unknown>[] {
  const later = new Date(Date.now() + 1_000).toISOString()
  const note = { type: 'Note', content: FORGED, updated: later, to: [PUBLIC] }
  const follow = { type: 'Follow', actor: ANA }
  const question = { ...note, type: 'Question', oneOf: [{ type: 'Note', name: 'Yes', replies: { type: 'Collection', totalItems: 9 } }] }
  const targets = [s.stored.uri, s.own.public.uri, s.own.private.uri]
  return [
    who.create({ attributedTo: s.mo.id, content: FORGED }),
    ...targets.flatMap((id) => [
      who.activity('Update', { ...note, id, attributedTo: s.mo.id }),
      who.activity('Update', { ...note, id, attributedTo: who.id }),
      who.activity('Update', { ...question, id, attributedTo: who.id }),
      who.activity('Delete', id),
      who.activity('Delete', { id, type: 'Tombstone' }),
      who.activity('Undo', { type: 'Create', id: `${id}/activity`, actor: s.mo.id, object: id }),
      who.activity('Add', id, { target: `${s.mo.id}/featured` }),
      who.activity('Add', id, { target: `${ANA}/collections/featured` }),
      who.activity('Remove', id, { target: `${ANA}/collections/featured` }),
    ]),
    who.activity('Delete', s.mo.id),
    who.activity('Delete', { id: s.mo.id, type: 'Person' }),
    who.activity('Delete', ANA),
    who.activity('Update', { ...s.mo.document, name: 'Mallory' }),
    who.activity('Update', { id: ANA, type: 'Person', name: 'Mallory', inbox: `${who.id}/inbox` }),
    who.activity('Move', s.mo.id, { target: who.id }),
    who.activity('Move', ANA, { target: who.id }),
    who.activity('Undo', s.stored.create.id),
    who.activity('Undo', { id: `${s.mo.id}#follows/1`, type: 'Follow', actor: s.mo.id, object: ANA }),
    who.activity('Undo', { id: `${s.mo.id}#accepts/1`, type: 'Accept', actor: s.mo.id, object: { ...follow, object: s.mo.id } }),
    who.activity('Accept', { ...follow, id: `${ORIGIN}/follows/1`, object: who.id }),
    who.activity('Reject', { ...follow, id: `${ORIGIN}/follows/1`, object: s.mo.id }),
  ]
}

export const origins: Attempt[] = [
  {
    rule: 3,
    name: 'a document that says it is another’s',
    requests: 24,
    async play(s) {
      const { evil } = s.hosts
      const at = (path: string) => `${evil.origin}${path}`
      evil.serve('/n/as-mo', noteOf(s.mo, `${s.mo.id}/statuses/forged`))
      evil.serve('/n/as-stored', noteOf(s.mo, s.stored.uri))
      evil.serve('/n/by-mo', noteOf(s.mo, at('/n/by-mo')))
      evil.serve('/n/elsewhere', noteOf(s.mallory, at('/n/other')))
      evil.serve('/n/other', noteOf(s.mallory, at('/n/third')))
      evil.serve('/n/no-id', { ...noteOf(s.mallory, ''), id: undefined })
      evil.serve('/n/as-ours', noteOf(s.mallory, `${ANA}/statuses/123`))
      const seen = new Set<string>()
      for (const path of ['/n/as-mo', '/n/as-stored', '/n/by-mo', '/n/elsewhere', '/n/no-id', '/n/as-ours']) {
        if (path === '/n/as-stored') {
          await s.search(at(path))
          expectEqual(await contentOf(s, s.stored.uri), '<p>Low tide at seven.</p>', 'mo’s post')
        } else seen.add(await fetchedByAll(s, at(path)))
      }
      return [...seen].join('; ')
    },
  },
  {
    rule: 3,
    name: 'an actor document that says it is another’s',
    async play(s) {
      const { evil } = s.hosts
      evil.serve('/users/as-mo', {
        ...s.mo.document,
        inbox: `${evil.origin}/inbox`,
        publicKey: { ...(s.mallory.document.publicKey as object), id: s.mo.keyId, owner: s.mo.id },
      })
      evil.serve('/users/as-ana', { ...s.mallory.document, id: ANA, inbox: `${evil.origin}/inbox` })
      for (const path of ['/users/as-mo', '/users/as-ana']) await s.search(`${evil.origin}${path}`)
      evil.finger('mo@evil.example', { subject: 'acct:mo@mo.example', self: `${evil.origin}/users/as-mo` })
      const found = await s.search('@mo@evil.example')
      return found.status
    },
  },
  {
    rule: 3,
    name: 'a redirect to somebody else’s document',
    requests: 16,
    async play(s) {
      const { evil } = s.hosts
      evil.serve(
        '/n/redirected',
        (_request, response) => void response.writeHead(302, { location: `${s.hosts.bob.origin}/n/claims` }).end(),
      )
      s.hosts.bob.serve('/n/claims', noteOf(s.mo, `${s.mo.id}/statuses/claimed`))
      return fetchedByAll(s, `${evil.origin}/n/redirected`)
    },
  },
  {
    rule: 4,
    name: 'notes of other media types',
    requests: 40,
    async play(s) {
      const { evil } = s.hosts
      const seen = new Set<string>()
      const types = [
        'text/html',
        'text/plain',
        'application/json',
        'application/octet-stream',
        'image/png',
        'application/xml',
        'application/activity+jsonp',
      ]
      for (const [index, type] of types.entries()) {
        const path = `/n/typed-${index}`
        evil.serve(path, noteOf(s.mallory, `${evil.origin}${path}`), type)
        seen.add(await fetchedByAll(s, `${evil.origin}${path}`))
      }
      return [...seen].join('; ')
    },
  },
  {
    rule: 4,
    name: 'our own host as the origin of an object',
    requests: 0,
    async play(s) {
      const before = s.peer.ofItself.length
      const answers = new Answers()
      for (const path of ['/media/AAAAAAAAAAAAAAAAAAAAAAAA/original.png', '/users/ana/statuses/1', '/tags/x', '/inbox']) {
        for (const type of ['Announce', 'Like', 'Create', 'Update']) {
          const object = type === 'Create' || type === 'Update' ? noteOf(s.mo, `${ORIGIN}${path}`) : `${ORIGIN}${path}`
          answers.add(await s.deliver(s.mo, s.mo.activity(type, object, { to: [PUBLIC] })), TAKEN, `${type} of ${path}`)
        }
        const body = JSON.stringify(s.mo.create())
        const headers = s.mo.signed(`${ORIGIN}/inbox`, body, { keyId: `${ORIGIN}${path}` })
        answers.add(await s.send(body, headers), [401], `a key at ${path}`)
        await s.search(`${ORIGIN}${path}`)
      }
      await s.settled()
      const asked = s.peer.ofItself.slice(before).filter((path) => !/^\/(\.well-known\/webfinger|users\/ana$|actor$)/.test(path))
      expectEqual(asked, [], 'what it asked of itself')
      return String(answers)
    },
  },
  {
    rule: 4,
    name: 'an upload that would be served as an object',
    leaves: 'anything',
    async play(s) {
      const object = JSON.stringify(noteOf(s.mo, `${s.mo.id}/statuses/uploaded`))
      const answers = new Answers()
      for (const [name, type] of [
        ['note.json', 'application/activity+json'],
        ['note.html', 'text/html'],
        ['note.png', 'image/png'],
        ['note.svg', 'image/svg+xml'],
      ] as const) {
        answers.add(
          await upload(
            s,
            name,
            type,
            Buffer.from(name.endsWith('svg') ? `<svg xmlns="http://www.w3.org/2000/svg"><script>${object}</script></svg>` : object),
          ),
          [422],
          name,
        )
      }
      const taken = await upload(s, 'both.json', 'application/activity+json', Buffer.concat([PIXEL, Buffer.from(object)]))
      expectEqual(taken.status, 200, 'a picture with a note behind it')
      const { id } = taken.json<{ id: string }>()
      const status = await s.publish('With a picture', { media_ids: [id] })
      const path = new URL(status.media_attachments[0]?.url ?? '', ORIGIN).pathname
      await s.settled()
      for (const accept of ['application/activity+json', 'text/html', '*/*']) {
        const answer = await s.target.ask(path, { headers: { accept } })
        expectEqual(answer.status, 200, 'the picture')
        expectThat(/^image\/(png|jpeg|webp)$/.test(answer.headers['content-type'] ?? ''), `served as ${answer.headers['content-type']}`)
        expectEqual(answer.headers['x-content-type-options'], 'nosniff', 'nosniff')
        expectThat(answer.headers['content-security-policy']?.includes('sandbox'), 'no sandbox around media')
        expectThat(!answer.text.includes('uploaded'), 'what was behind the picture is served')
      }
      return String(answers)
    },
  },
  {
    rule: 5,
    name: 'a boost with a changed copy of somebody else’s post',
    leaves: 'anything',
    async play(s) {
      const true1 = s.bob.note({ content: '<p>What bob wrote.</p>' })
      s.hosts.bob.serve(new URL(true1.id).pathname, { '@context': 'https://www.w3.org/ns/activitystreams', ...true1 })
      const answer = await s.takes(s.mo, s.mo.activity('Announce', { ...true1, content: FORGED }, { to: [PUBLIC] }))
      expectEqual(await contentOf(s, true1.id), '<p>What bob wrote.</p>', 'bob’s post')
      return answer.status
    },
  },
  {
    rule: 5,
    name: 'posts of other hosts and owners, embedded',
    requests: 20,
    async play(s) {
      const answers = new Answers()
      for (const who of [s.mo, s.mallory, s.neighbour]) {
        for (const object of [
          noteOf(s.bob, `${s.bob.id}/statuses/embedded`),
          noteOf(s.bob, `${who.id}/statuses/embedded-${s.bob.origin.length}`),
          noteOf(who, `${s.bob.id}/statuses/embedded`),
          { ...noteOf(who, `${s.bob.id}/statuses/e2`), attributedTo: [who.id, s.bob.id] },
          { ...noteOf(who, `${s.bob.id}/statuses/e3`), actor: s.bob.id, attributedTo: { id: s.bob.id, type: 'Person' } },
        ]) {
          for (const type of ['Create', 'Update', 'Announce'] as const) {
            if (who === s.mo && type === 'Announce') continue
            answers.add(await s.deliver(who, who.activity(type, object, { to: [PUBLIC, ANA], cc: [ANA] })), TAKEN, `${type} by ${who.id}`)
          }
        }
      }
      return String(answers)
    },
  },
  {
    rule: 6,
    name: 'everything about what is another’s, by a stranger',
    requests: 40,
    async play(s) {
      const answers = new Answers()
      for (const activity of aboutOthers(s, s.mallory))
        answers.add(await s.deliver(s.mallory, activity), TAKEN, JSON.stringify(activity).slice(0, 300))
      return String(answers)
    },
  },
  {
    rule: 6,
    name: 'everything about what is another’s, by somebody on the same server',
    requests: 40,
    async play(s) {
      const answers = new Answers()
      for (const activity of aboutOthers(s, s.neighbour))
        answers.add(await s.deliver(s.neighbour, activity), TAKEN, JSON.stringify(activity).slice(0, 300))
      return String(answers)
    },
  },
  {
    rule: 6,
    name: 'a favourite, a boost and a follow of somebody else, undone',
    leaves: 'anything',
    async play(s) {
      const like = s.bob.activity('Like', s.own.public.uri)
      const boost = s.bob.activity('Announce', s.own.public.uri, { to: [PUBLIC] })
      const counts = async () => {
        const status = await s.status(s.own.public.id)
        return [status?.favourites_count, status?.reblogs_count]
      }
      for (const activity of [like, boost]) await s.takes(s.bob, activity)
      const before = await counts()
      const answers = new Answers()
      for (const who of [s.mallory, s.neighbour, s.mo]) {
        for (const inner of [like, boost]) {
          for (const object of [inner, inner.id, { ...inner, actor: who.id }, { ...inner, id: undefined }]) {
            answers.add(await s.deliver(who, who.activity('Undo', object)), TAKEN, 'an Undo')
          }
        }
      }
      await s.settled()
      expectEqual(await counts(), before, 'favourites and boosts')
      expectThat((before[0] ?? 0) > 0 && (before[1] ?? 0) > 0, 'there was nothing to undo')
      for (const activity of [like, boost]) await s.takes(s.bob, s.bob.activity('Undo', activity))
      return String(answers)
    },
  },
  {
    rule: 6,
    name: 'posts still to come, deleted beforehand by somebody on the same server',
    leaves: 'anything',
    async play(s) {
      const answers = new Answers()
      const gone = (who: EvilActor, uri: string) => [
        who.activity('Delete', uri),
        who.activity('Delete', { id: uri, type: 'Tombstone' }),
        who.activity('Undo', uri),
        ...['Like', 'Announce', 'EmojiReact'].map((type) =>
          who.activity('Undo', { id: uri, type, actor: who.id, object: s.own.public.uri }),
        ),
      ]
      for (const [index, make] of gone(s.neighbour, '').entries()) {
        const uri = `${s.mo.id}/statuses/to-come-${index}`
        const activity = gone(s.neighbour, uri)[index] ?? make
        answers.add(await s.takes(s.neighbour, activity), TAKEN, JSON.stringify(activity.object).slice(0, 100))
        answers.add(await s.takes(s.mo, s.mo.create({ id: uri })), [202], 'the post')
        expectThat(s.storedId(uri) !== null, `${String(activity.type)} of ${JSON.stringify(activity.object)} kept mo’s post away`)
      }
      // Their own word counts, whichever comes first.
      const own = `${s.mo.id}/statuses/never-meant`
      answers.add(await s.takes(s.mo, s.mo.activity('Delete', own)), [202], 'mo’s own Delete')
      answers.add(await s.takes(s.mo, s.mo.create({ id: own })), [202], 'the post after it')
      expectEqual(s.storedId(own), null, 'a post that its author deleted before')
      return String(answers)
    },
  },
  {
    rule: 6,
    name: 'somebody followed moves away to whom that person never was',
    requests: 16,
    leaves: ['accounts', 'events', 'cursors', 'keys', 'inbound'],
    async play(s) {
      const answers = new Answers()
      const target = s.hosts.evil.actor('catcher', { alsoKnownAs: [s.neighbour.id] })
      for (const to of [target.id, s.bob.id, ANA, 'https://ten.example/users/x']) {
        answers.add(await s.takes(s.mo, s.mo.activity('Move', s.mo.id, { target: to })), TAKEN, to)
      }
      const rows = s.count(
        'select count(*) from follows f join accounts a on a.id = f.target_id where a.uri = ? or a.uri = ?',
        target.id,
        s.bob.id,
      )
      expectEqual(rows, 0, 'follows of whom nobody asked for')
      return String(answers)
    },
  },
  {
    rule: 13,
    name: 'Accepts that nobody asked for',
    requests: 12,
    async play(s) {
      const answers = new Answers()
      const follows = [s.mallory.id, s.mo.id].map((object) => ({
        id: `${ORIGIN}/follows/${Date.now()}`,
        type: 'Follow',
        actor: ANA,
        object,
      }))
      for (const object of [...follows, `${ORIGIN}/follows/1`, { type: 'Follow', actor: ANA, object: s.mallory.id }, ANA]) {
        for (const who of [s.mallory, s.neighbour]) {
          answers.add(await s.deliver(who, who.activity('Accept', object, { result: `${who.id}/approved` })), TAKEN, JSON.stringify(object))
          answers.add(await s.deliver(who, who.activity('Add', ANA, { target: who.followers })), TAKEN, 'Add to followers')
        }
      }
      return String(answers)
    },
  },
  {
    rule: 13,
    name: 'a post for followers, shown to one who only says to follow',
    requests: 6,
    async play(s) {
      const answers = new Answers()
      const path = new URL(s.own.private.uri).pathname
      for (const who of [s.mallory, s.neighbour, s.bob]) {
        const headers = who.signed(s.own.private.uri, '', { method: 'GET' })
        answers.add(await s.target.ask(path, { headers }), [404], who.id)
      }
      return String(answers)
    },
  },
  {
    rule: 17,
    name: 'later messages that widen the audience',
    leaves: 'anything',
    async play(s) {
      const create = s.mo.create({ to: [s.mo.followers], cc: [], content: '<p>For followers.</p>' })
      const note = create.object as Record<string, unknown>
      const answers = new Answers()
      answers.add(await s.takes(s.mo, create), [202], 'the Create')
      const later = new Date(Date.now() + 1_000).toISOString()
      const wide = { ...note, to: [PUBLIC], cc: [], updated: later }
      answers.add(await s.takes(s.mo, s.mo.activity('Update', wide)), [202], 'an Update')
      answers.add(
        await s.takes(s.mo, { ...create, id: `${create.id}-2`, to: [PUBLIC], object: { ...note, to: [PUBLIC] } }),
        [202],
        'a second Create',
      )
      s.hosts.mo.serve(new URL(String(note.id)).pathname, wide)
      await s.search(String(note.id))
      for (const who of [s.mallory, s.bob])
        answers.add(await s.takes(who, who.activity('Announce', note.id, { to: [PUBLIC] })), TAKEN, 'boosts')
      answers.add(await s.takes(s.mallory, s.mallory.activity('Announce', s.own.private.uri, { to: [PUBLIC] })), TAKEN, 'a boost of ours')
      const id = s.storedId(String(note.id)) ?? ''
      expectEqual((await s.status(id))?.visibility, 'private', 'the visibility')
      expectEqual((await s.status(s.own.private.id))?.reblogs_count, 0, 'boosts of a private post')
      return String(answers)
    },
  },
]
