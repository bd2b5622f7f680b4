import { PUBLIC } from '../rig/evil-peer/actor.ts'
import { expectEqual, expectOne, expectThat } from '../rig/evil-peer/expect.ts'
import { ANA, ORIGIN } from '../rig/evil-peer/target.ts'
import { Answers, type Attempt } from './attempt.ts'
import { PIXEL, upload } from './uploads.ts'
import type { EvilActor } from '../rig/evil-peer/actor.ts'
import type { Scene, Status } from '../rig/evil-peer/scene.ts'

/** What people may do to each other and may see of each other: rules 12, 14, 16 and 18. */

const TAKEN = [202, 400, 401]
const SOON = 300

/** A vote as Mastodon sends it. */
function vote(who: EvilActor, question: string, name: string, change: Record<string, unknown> = {}) {
  return who.create({ type: 'Note', name, content: undefined, inReplyTo: question, to: [ANA], cc: [], ...change }, { to: [ANA], cc: [] })
}

const votesOf = (status: Status | null): (number | null)[] => status?.poll?.options.map((option) => option.votes_count) ?? []

async function openPoll(s: Scene, multiple: boolean): Promise<{ id: string; uri: string }> {
  const status = await s.publish('Which harbour?', { poll: { options: ['North', 'South'], expires_in: SOON, multiple } })
  expectThat(status.poll, 'the owner’s poll is not there')
  await s.settled()
  return { id: status.id, uri: `${ANA}/statuses/${status.id}` }
}

/** The quote of a post here, as the client API tells it. */
async function quoteOf(s: Scene, uri: string): Promise<NonNullable<Status['quote']> | null> {
  const id = s.storedId(uri)
  return id === null ? null : ((await s.status(id))?.quote ?? null)
}

/** Every public address that shows posts. */
function readingPlaces(s: Scene, post: { id: string; uri: string }): string[] {
  const path = new URL(post.uri).pathname
  return [
    path,
    `${path}/activity`,
    ...['replies', 'likes', 'shares', 'quotes'].flatMap((kind) => [`${path}/${kind}`, `${path}/${kind}?page=true`]),
    `/@ana/${post.id}`,
    `/contexts/${post.id}`,
    `/contexts/${s.own.public.id}`,
    `${new URL(s.own.public.uri).pathname}/replies?page=true`,
    '/@ana',
    '/@ana.atom',
    '/tags/harbour',
    '/users/ana',
    '/users/ana/outbox',
    '/users/ana/outbox?page=true',
    '/users/ana/outbox?page=true&min_id=0',
    `/users/ana/outbox?page=true&max_id=${Number(post.id) + 1}`,
    '/users/ana/collections/featured',
    '/users/ana/collections/tags',
    '/users/ana/followers_synchronization',
    `/api/v1/statuses/${post.id}`,
    '/api/v1/accounts/1/statuses',
    '/api/v2/search?q=secret',
    `/api/oembed?url=${encodeURIComponent(`${ORIGIN}/@ana/${post.id}`)}`,
    '/nodeinfo/2.1',
  ]
}

export const people: Attempt[] = [
  {
    rule: 12,
    name: 'votes that are none: twice, unknown, with words, for others, by others',
    leaves: 'anything',
    async play(s) {
      const poll = await openPoll(s, false)
      const answers = new Answers()
      answers.add(await s.takes(s.bob, vote(s.bob, poll.uri, 'North')), [202], 'a first vote')
      expectEqual(votesOf(await s.status(poll.id)), [1, 0], 'votes')
      for (const activity of [
        vote(s.bob, poll.uri, 'North'),
        vote(s.bob, poll.uri, 'South'),
        vote(s.mallory, poll.uri, 'West'),
        vote(s.mallory, poll.uri, 'north'),
        vote(s.mallory, poll.uri, 'South', { attributedTo: s.mo.id }),
        vote(s.mallory, poll.uri, 'South', { attributedTo: s.mo.id, id: `${s.mo.id}#votes/1` }),
        vote(s.mallory, poll.uri, 'South', { content: '<p>and a word</p>' }),
        vote(s.mallory, s.own.public.uri, 'South'),
        vote(s.mallory, s.stored.uri, 'South'),
      ]) {
        const who = activity.actor === s.bob.id ? s.bob : s.mallory
        answers.add(await s.takes(who, activity), TAKEN, JSON.stringify(activity.object).slice(0, 200))
      }
      for (const who of [s.mallory, s.neighbour]) {
        // Signed by another than who is said to vote.
        answers.add(await s.takes(who, vote(s.mo, poll.uri, 'South')), TAKEN, 'somebody else’s vote')
      }
      const object = Array.from({ length: 50 }, (_, i) => ({
        ...(vote(s.neighbour, poll.uri, i % 2 ? 'North' : 'South').object as object),
      }))
      answers.add(await s.takes(s.neighbour, s.neighbour.activity('Create', object, { to: [ANA] })), TAKEN, 'fifty at once')
      const counted = votesOf(await s.status(poll.id))
      expectThat((counted[0] ?? 0) + (counted[1] ?? 0) <= 2, `${counted.join(' + ')} votes of two people`)
      return `${String(answers)}; ${counted.join(':')}`
    },
  },
  {
    rule: 12,
    name: 'more than one vote for one option, and votes after the end',
    leaves: 'anything',
    async play(s) {
      const poll = await openPoll(s, true)
      const answers = new Answers()
      for (const name of ['North', 'North', 'South', 'South', 'North'])
        answers.add(await s.takes(s.bob, vote(s.bob, poll.uri, name)), [202], name)
      expectEqual(votesOf(await s.status(poll.id)), [1, 1], 'votes')
      s.write('update polls set ends_at = ?, closed_at = ? where post_id = ?', Date.now() - 120_000, Date.now() - 120_000, Number(poll.id))
      answers.add(await s.takes(s.mallory, vote(s.mallory, poll.uri, 'South')), [202], 'late')
      expectEqual(votesOf(await s.status(poll.id)), [1, 1], 'votes after the end')
      return String(answers)
    },
  },
  {
    rule: 12,
    name: 'tallies of somebody else’s poll',
    leaves: 'anything',
    async play(s) {
      const option = (name: string, totalItems: number) => ({ type: 'Note', name, replies: { type: 'Collection', totalItems } })
      const question = {
        type: 'Question',
        oneOf: [option('A', 1), option('B', 2)],
        endTime: new Date(Date.now() + 3_600_000).toISOString(),
      }
      const create = s.mo.create(question)
      const note = create.object as Record<string, unknown>
      await s.takes(s.mo, create)
      const fraud = { ...note, oneOf: [option('A', 999), option('B', 999)], votersCount: 1998 }
      const answers = new Answers()
      for (const who of [s.mallory, s.neighbour, s.bob]) {
        for (const object of [fraud, { ...fraud, attributedTo: who.id }])
          answers.add(await s.takes(who, who.activity('Update', object)), TAKEN, who.id)
      }
      for (const totalItems of [-5, 1e300, 'many', null]) {
        const odd = { ...note, oneOf: [option('A', totalItems as number), option('B', 2)] }
        answers.add(await s.takes(s.mo, s.mo.activity('Update', odd)), [202], 'odd numbers')
      }
      const counted = votesOf(await s.status(s.storedId(String(note.id)) ?? ''))
      for (const count of counted)
        expectThat(count === null || (Number.isSafeInteger(count) && count >= 0 && count < 999), `votes ${counted.join()}`)
      return `${String(answers)}; ${counted.join(':')}`
    },
  },
  {
    rule: 14,
    name: 'quotes without a stamp, with another’s, with one for another pair',
    leaves: 'anything',
    requests: 60,
    async play(s) {
      const { bob, evil } = s.hosts
      const quoted = s.bob.note({ content: '<p>Quote me not.</p>', interactionPolicy: { canQuote: { automaticApproval: [s.bob.id] } } })
      bob.serve(new URL(quoted.id).pathname, { '@context': 'https://www.w3.org/ns/activitystreams', ...quoted })
      const stampAt = (origin: string, path: string, change: Record<string, unknown>) => {
        const id = `${origin}${path}`
        s.peer.host(new URL(origin).host).serve(path, {
          '@context': 'https://www.w3.org/ns/activitystreams',
          id,
          type: 'QuoteAuthorization',
          attributedTo: s.bob.id,
          interactionTarget: quoted.id,
          ...change,
        })
        return id
      }
      const states: string[] = []
      const makes: ((quoting: string) => string | null)[] = [
        () => null,
        (quoting) => stampAt(evil.origin, '/stamps/1', { interactingObject: quoting }),
        (quoting) => stampAt(evil.origin, '/stamps/2', { interactingObject: quoting, attributedTo: s.mallory.id }),
        () => stampAt(bob.origin, '/stamps/3', { interactingObject: `${s.mo.id}/statuses/another` }),
        (quoting) => stampAt(bob.origin, '/stamps/4', { interactingObject: quoting, interactionTarget: s.own.public.uri }),
        (quoting) => stampAt(bob.origin, '/stamps/5', { interactingObject: quoting, attributedTo: s.mallory.id }),
        (quoting) => stampAt(bob.origin, '/stamps/6', { interactingObject: quoting, type: 'Note' }),
        (quoting) => stampAt(bob.origin, '/stamps/7', { interactingObject: quoting, id: `${bob.origin}/stamps/other` }),
        () => `${bob.origin}/stamps/nowhere`,
        () => 'javascript:alert(1)',
        () => s.bob.id,
        () => quoted.id,
      ]
      for (const [index, make] of makes.entries()) {
        const id = `${s.mo.id}/statuses/quoting-${index}`
        const stamp = make(id)
        const create = s.mo.create({ id, quote: quoted.id, quoteUrl: quoted.id, ...(stamp === null ? {} : { quoteAuthorization: stamp }) })
        expectEqual((await s.takes(s.mo, create)).status, 202, 'the Create')
        const quote = await quoteOf(s, id)
        states.push(quote?.state ?? 'none')
        expectThat(quote?.state !== 'accepted', `it is accepted with the stamp ${stamp ?? 'none'}`)
        expectThat(!quote?.quoted_status, `it is shown with the stamp ${stamp ?? 'none'}`)
      }
      return [...new Set(states)].join(', ')
    },
  },
  {
    rule: 14,
    name: 'quotes of the owner’s posts that the owner never allowed',
    leaves: 'anything',
    requests: 40,
    async play(s) {
      const states: string[] = []
      for (const [index, target] of [s.own.private, s.own.direct].entries()) {
        const id = `${s.mo.id}/statuses/quoting-ana-${index}`
        for (const stamp of [
          `${ANA}/quote_authorizations/1`,
          `${ANA}/quote_authorizations/${target.id}`,
          `${s.hosts.mo.origin}/stamps/1`,
        ]) {
          await s.takes(s.mo, s.mo.create({ id: `${id}-${stamp.length}`, quote: target.uri, quoteAuthorization: stamp }))
          const quote = await quoteOf(s, `${id}-${stamp.length}`)
          states.push(quote?.state ?? 'none')
          expectThat(quote?.state !== 'accepted', `accepted with ${stamp}`)
        }
        const instrument = s.mallory.note({ quote: target.uri })
        const answer = await s.takes(s.mallory, s.mallory.activity('QuoteRequest', target.uri, { instrument, to: [ANA] }))
        expectOne(answer.status, TAKEN, 'a request')
      }
      // A request whose instrument is another’s.
      await s.takes(
        s.mallory,
        s.mallory.activity('QuoteRequest', s.own.public.uri, { instrument: s.bob.note({ quote: s.own.public.uri }), to: [ANA] }),
      )
      // An answer to a request we never made, by one who was not asked.
      for (const who of [s.mallory, s.mo]) {
        await s.takes(
          who,
          who.activity(
            'Accept',
            {
              type: 'QuoteRequest',
              id: `${ANA}/statuses/${s.own.public.id}/quote`,
              actor: ANA,
              object: s.stored.uri,
              instrument: s.own.public.uri,
            },
            { result: `${who.id}/stamps/1` },
          ),
        )
      }
      expectEqual(
        s.count("select count(*) from quote_stamps where state = 'accepted' and post_id <> ?", Number(s.own.public.id)),
        0,
        'stamps for what nobody may quote',
      )
      expectEqual(s.count('select count(*) from quote_stamps where quoting_uri like ?', `${s.bob.id}%`), 0, 'stamps in another’s name')
      const own = await s.status(s.own.public.id)
      expectThat(!own?.quote, 'the owner’s post quotes something now')
      return [...new Set(states)].join(', ')
    },
  },
  {
    rule: 14,
    name: 'quotes of quotes of quotes, and in circles',
    leaves: 'anything',
    requests: 40,
    async play(s) {
      const host = s.peer.host('nested.peers.test')
      const actor = host.actor('x')
      host.serveRest((request, response) => {
        const n = Number(/^\/q\/(\d+)$/.exec(request.path)?.[1] ?? NaN)
        if (Number.isNaN(n)) return void response.writeHead(404).end()
        const note = {
          ...actor.note(),
          id: `${host.origin}/q/${n}`,
          quote: `${host.origin}/q/${n + 1}`,
          quoteUrl: `${host.origin}/q/${n + 1}`,
        }
        response.writeHead(200, { 'content-type': 'application/activity+json' }).end(JSON.stringify(note))
      })
      const before = s.peer.asked.length
      const circle = `${s.mo.id}/statuses/circle`
      await s.takes(s.mo, s.mo.create({ quote: `${host.origin}/q/0` }))
      await s.takes(s.mo, s.mo.create({ id: circle, quote: circle }))
      const requests = s.peer.asked.length - before
      expectThat(requests <= 12, `${requests} requests`)
      return `${requests} requests`
    },
  },
  {
    rule: 16,
    name: 'somebody blocked, by every way in',
    leaves: ['accounts'],
    requests: 20,
    async play(s) {
      const answers = new Answers()
      const { blocked } = s
      const mention = { tag: [{ type: 'Mention', href: ANA, name: '@ana@ana.example' }], to: [ANA, PUBLIC] }
      for (const activity of [
        blocked.create(mention),
        blocked.create({ ...mention, inReplyTo: s.own.public.uri }),
        blocked.activity('Like', s.own.public.uri),
        blocked.activity('EmojiReact', s.own.public.uri, { content: '🎉' }),
        blocked.activity('Announce', s.own.public.uri, { to: [PUBLIC] }),
        blocked.activity('Follow', ANA),
        blocked.activity('Announce', s.stored.uri, { to: [PUBLIC] }),
        blocked.activity('Flag', [ANA, s.own.public.uri], { content: 'No' }),
        blocked.activity('QuoteRequest', s.own.public.uri, { instrument: blocked.note({ quote: s.own.public.uri }) }),
        vote(blocked, s.own.public.uri, 'x'),
      ]) {
        answers.add(await s.deliver(blocked, activity), TAKEN, String(activity.type))
        answers.add(
          await s.deliver(blocked, { ...activity, id: `${activity.id}-2` }, { path: '/users/ana/inbox' }),
          TAKEN,
          String(activity.type),
        )
      }
      return String(answers)
    },
  },
  {
    rule: 16,
    name: 'somebody blocked, boosted, forwarded and quoted by a friend',
    leaves: 'anything',
    requests: 30,
    async play(s) {
      const { blocked } = s
      const note = blocked.note({ content: '<p>You blocked me.</p>' })
      s.hosts.other.serve(new URL(note.id).pathname, { '@context': 'https://www.w3.org/ns/activitystreams', ...note })
      const answers = new Answers()
      answers.add(await s.takes(s.mo, s.mo.activity('Announce', note.id, { to: [PUBLIC] })), [202], 'a boost')
      answers.add(await s.takes(s.mo, blocked.create({ id: note.id, content: '<p>You blocked me.</p>' })), TAKEN, 'forwarded')
      answers.add(await s.takes(s.mo, s.mo.create({ inReplyTo: note.id })), [202], 'answered')
      answers.add(await s.takes(s.mo, s.mo.create({ quote: note.id })), [202], 'quoted')
      const shown = JSON.stringify([await s.home(), await s.notifications()])
      expectThat(!shown.includes('You blocked me'), 'the text of somebody blocked is shown')
      const headers = blocked.signed(s.own.private.uri, '', { method: 'GET' })
      answers.add(await s.target.ask(new URL(s.own.private.uri).pathname, { headers }), [404], 'reading')
      return String(answers)
    },
  },
  {
    rule: 18,
    name: 'private posts, at every address, by everybody',
    requests: 6,
    async play(s) {
      const answers = new Answers()
      for (const kind of ['private', 'direct'] as const) {
        for (const path of readingPlaces(s, s.own[kind])) {
          for (const who of [null, s.mallory, s.neighbour, s.bob, s.blocked]) {
            for (const accept of ['application/activity+json', 'text/html']) {
              const headers = who ? who.signed(ORIGIN + path, '', { method: 'GET' }) : {}
              const answer = await s.target.ask(path, { headers: { ...headers, accept } })
              answers.add(answer, [200, 303, 400, 401, 404, 406], path)
              expectThat(!answer.text.includes(`secret-${kind}`), `${path} tells ${who?.id ?? 'everybody'} a ${kind} post`)
              expectThat(!JSON.stringify(answer.headers).includes(s.own[kind].id), `${path} names a ${kind} post in its headers`)
            }
          }
        }
      }
      return String(answers)
    },
  },
  {
    rule: 18,
    name: 'a direct post, by a follower it is not for',
    requests: 8,
    leaves: 'anything',
    async play(s) {
      const follower = s.hosts.bob.actor('onlooker')
      await s.takes(follower, follower.activity('Follow', ANA))
      const post = await s.publish('@neighbour@mo.example secret-pair', { visibility: 'direct' })
      await s.settled()
      const answers = new Answers()
      for (const path of readingPlaces(s, { id: post.id, uri: `${ANA}/statuses/${post.id}` })) {
        for (const who of [follower, s.mo]) {
          const answer = await s.target.ask(path, { headers: who.signed(ORIGIN + path, '', { method: 'GET' }) })
          answers.add(answer, [200, 303, 400, 401, 404, 406], path)
          expectThat(!answer.text.includes('secret-pair'), `${path} tells ${who.id}`)
        }
      }
      return String(answers)
    },
  },
  {
    rule: 18,
    name: 'pictures of private posts and of what is not published',
    leaves: 'anything',
    async play(s) {
      const answers = new Answers()
      const taken = await upload(s, 'a.png', 'image/png', PIXEL)
      expectEqual(taken.status, 200, 'the upload')
      const { url } = taken.json<{ url: string }>()
      const path = new URL(url).pathname
      answers.add(await s.target.ask(path), [404], 'a picture of nothing yet')
      for (const guess of [
        '/media/../burrow.db',
        '/media/%2e%2e/burrow.db',
        '/media/AAAAAAAAAAAAAAAAAAAAAAAA/original.png',
        `/media/${'a'.repeat(500)}/x`,
        '/media/1/original.png',
      ]) {
        answers.add(await s.target.ask(guess), [400, 404], guess)
      }
      return String(answers)
    },
  },
  {
    rule: 18,
    name: 'what is hidden and what is not there, told apart',
    async play(s) {
      const never = { id: String(Number(s.own.private.id) + 4096), uri: `${ANA}/statuses/${Number(s.own.private.id) + 4096}` }
      const pairs = readingPlaces(s, s.own.private).map((path, index) => [path, readingPlaces(s, never)[index] ?? ''] as const)
      for (const [hidden, absent] of pairs.filter(([path]) => path.includes(s.own.private.id))) {
        for (const accept of ['application/activity+json', 'text/html']) {
          const [one, other] = await Promise.all([hidden, absent].map((path) => s.target.ask(path, { headers: { accept } })))
          const bare = (text: string, id: string) => text.replaceAll(id, 'ID')
          expectEqual(one?.status, other?.status, `status of ${hidden}`)
          expectEqual(bare(one?.text ?? '', s.own.private.id), bare(other?.text ?? '', never.id), `body of ${hidden}`)
        }
      }
      return 'the same'
    },
  },
]
