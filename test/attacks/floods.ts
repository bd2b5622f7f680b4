import { connect } from 'node:net'
import { PUBLIC } from '../rig/evil-peer/actor.ts'
import { expectEqual, expectThat } from '../rig/evil-peer/expect.ts'
import { INBOX, type Scene } from '../rig/evil-peer/scene.ts'
import { ANA } from '../rig/evil-peer/target.ts'
import { usage } from '../rig/process.ts'
import { Answers, type Attempt } from './attempt.ts'
import type { EvilActor } from '../rig/evil-peer/actor.ts'

/** Too much of everything: rules 37 to 41. */

/** Does all of it, so many at a time. */
async function inParallel(tasks: (() => Promise<unknown>)[], atOnce: number): Promise<void> {
  const waiting = [...tasks]
  const one = async (): Promise<void> => {
    for (let task = waiting.pop(); task; task = waiting.pop()) await task()
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

/** A request written by hand; what came back until the other side closed or `ms` went by. */
export function rawRequest(
  s: Scene,
  pieces: readonly (string | number)[],
  ms = 4_000,
): Promise<{ text: string; took: number; closed: boolean }> {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    let text = ''
    let closed = false
    const socket = connect(s.target.publicPort, '127.0.0.1')
    const end = (): void => {
      socket.destroy()
      clearTimeout(timer)
      resolve({ text, took: performance.now() - startedAt, closed })
    }
    const timer = setTimeout(end, ms)
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      closed = true
      end()
    })
    void (async () => {
      for (const piece of pieces) {
        if (typeof piece === 'number') await new Promise((wake) => setTimeout(wake, piece))
        else if (!socket.destroyed) socket.write(piece)
      }
    })()
  })
}

/** Somebody honest gets through meanwhile. */
async function expectServed(s: Scene, limit: number): Promise<number> {
  const startedAt = performance.now()
  expectEqual((await s.deliver(s.mo, s.mo.create({ to: [s.mo.id], cc: [] }))).status, 202, 'an honest activity')
  expectEqual((await s.target.ask('/users/ana', { headers: { accept: 'application/activity+json' } })).status, 200, 'the actor')
  const took = performance.now() - startedAt
  expectThat(took < limit, `an honest activity took ${Math.round(took)} ms`)
  return took
}

export const floods: Attempt[] = [
  {
    rule: 37,
    name: 'hundreds of unsigned and badly signed requests, as fast as they go',
    requests: 0,
    leaves: ['posts', 'accounts', 'home', 'events', 'cursors', 'edits', 'search', 'keys'],
    async play(s) {
      const answers = new Answers()
      const bodies = Array.from({ length: 600 }, () => JSON.stringify(s.mallory.create({ content: 'x'.repeat(20_000) })))
      const startedAt = performance.now()
      await inParallel(
        bodies.map((body, i) => async () => {
          const headers: Record<string, string> =
            i % 2 ? { 'content-type': 'application/activity+json' } : s.mallory.signed(INBOX, `${body} `)
          answers.add(await s.send(body, headers), [401, 429, 503], 'a bad one')
        }),
        32,
      )
      const took = performance.now() - startedAt
      await expectServed(s, 10_000)
      return `${String(answers)}; ${Math.round(bodies.length / (took / 1000))}/s`
    },
  },
  {
    rule: 37,
    name: 'bodies that come a byte at a time',
    slow: true,
    requests: 0,
    async play(s) {
      const head = `POST /inbox HTTP/1.1\r\nHost: ana.example\r\nContent-Type: application/activity+json\r\nContent-Length: 5000\r\n\r\n`
      const pieces = [head, ...Array.from({ length: 400 }, () => ['x', 100]).flat()] as (string | number)[]
      const many = await Promise.all(Array.from({ length: 40 }, () => rawRequest(s, pieces, 34_000)))
      const longest = Math.max(...many.map((one) => one.took))
      expectThat(
        many.every((one) => one.closed),
        `a request may take longer than ${Math.round(longest / 1000)} s`,
      )
      return `closed after ${Math.round(longest / 1000)} s`
    },
  },
  {
    rule: 37,
    name: 'headers that never end',
    slow: true,
    requests: 0,
    async play(s) {
      const pieces = [
        'GET / HTTP/1.1\r\nHost: ana.example\r\n',
        ...Array.from({ length: 1_000 }, (_, i) => [`X-${i}: x\r\n`, 100]).flat(),
      ] as (string | number)[]
      const large = await rawRequest(s, [`GET / HTTP/1.1\r\nHost: ana.example\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`])
      expectThat(/ (431|400) /.test(large.text.slice(0, 40)), `100 kB of headers: ${large.text.slice(0, 40)}`)
      const slow = await rawRequest(s, pieces, 95_000)
      expectThat(slow.closed, 'headers may take for ever')
      return `closed after ${Math.round(slow.took / 1000)} s`
    },
  },
  {
    rule: 38,
    name: 'five hundred Deletes of people nobody knows',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      await inParallel(
        Array.from({ length: 500 }, (_, i) => async () => {
          const id = `https://big${i % 7}.peers.test/users/gone${i}`
          const body = JSON.stringify({
            '@context': 'https://www.w3.org/ns/activitystreams',
            id: `${id}#delete`,
            type: 'Delete',
            actor: id,
            object: i % 2 ? id : { id, type: 'Tombstone' },
            to: [PUBLIC],
          })
          answers.add(await s.send(body, s.mallory.signed(INBOX, body, { keyId: `${id}#main-key` })), [202], id)
        }),
        16,
      )
      return String(answers)
    },
  },
  {
    rule: 38,
    name: 'Deletes, Updates and Undos of what is not here, by the thousand',
    requests: 0,
    leaves: ['tombstones'],
    async play(s) {
      const answers = new Answers()
      const before = s.count('select count(*) from tombstones')
      await inParallel(
        Array.from({ length: 1_000 }, (_, i) => async () => {
          const object = `${s.mallory.id}/never/${i}`
          const type = ['Delete', 'Undo', 'Update'][i % 3] as string
          const inner = type === 'Update' ? { id: object, type: 'Note', attributedTo: s.mallory.id, content: 'x' } : object
          answers.add(await s.deliver(s.mallory, s.mallory.activity(type, inner)), [202, 429], type)
        }),
        16,
      )
      return `${String(answers)}; ${s.count('select count(*) from tombstones') - before} remembered`
    },
  },
  {
    rule: 39,
    name: 'mentions by sixty strangers, with pictures',
    leaves: 'anything',
    requests: 300,
    async play(s) {
      const answers = new Answers()
      const strangers: EvilActor[] = Array.from({ length: 60 }, (_, i) =>
        s.peer.host(`spam${i}.peers.test`).actor('x', { icon: { type: 'Image', url: `https://spam${i}.peers.test/face.png` } }),
      )
      const before = s.peer.asked.length
      await inParallel(
        strangers.map((who) => async () => {
          const mention = {
            tag: [{ type: 'Mention', href: ANA, name: '@ana@ana.example' }],
            to: [PUBLIC, ANA],
            attachment: [{ type: 'Image', mediaType: 'image/png', url: `${who.origin}/spam.png` }],
          }
          answers.add(await s.deliver(who, who.create(mention)), [202, 429, 503], who.id)
        }),
        8,
      )
      await s.settled()
      const pictures = s.peer.asked.slice(before).filter(({ path }) => path.endsWith('.png'))
      expectEqual(pictures.length, 0, 'pictures of strangers that were fetched')
      const shown = await s.home()
      expectThat(!shown.some(({ account }) => strangers.some((who) => who.id === account.uri)), 'a stranger is in the home timeline')
      const told = (await s.notifications()).filter(({ account }) => strangers.some((who) => who.id === account.uri)).length
      const waiting = (await s.target.api('GET', '/api/v1/notifications/requests?limit=80')).json<unknown[]>().length
      expectThat(told <= 25, `the owner was told ${told} times`)
      expectThat(waiting >= 30, `only ${waiting} wait as requests`)
      return `${String(answers)}; told ${told} times, ${waiting} wait`
    },
  },
  {
    rule: 40,
    name: 'thousands of posts, favourites and boosts of strangers that are not for us',
    requests: 10,
    leaves: ['accounts', 'favourites', 'notifications', 'posts', 'events', 'cursors', 'home'],
    async play(s) {
      const answers = new Answers()
      const rss = s.target.pid === null ? null : await usage(s.target.pid)
      const posts = s.count('select count(*) from posts')
      const notices = s.count('select count(*) from notifications')
      await inParallel(
        Array.from({ length: 1_000 }, (_, i) => async () => {
          const activity =
            i % 4 === 0
              ? s.mallory.create()
              : i % 4 === 1
                ? s.mallory.activity('Like', s.own.public.uri)
                : i % 4 === 2
                  ? s.mallory.activity('Announce', s.own.public.uri, { to: [PUBLIC] })
                  : s.mallory.activity('Announce', `${s.bob.id}/statuses/${i}`, { to: [PUBLIC] })
          answers.add(await s.deliver(s.mallory, activity), [202, 429], activity.type as string)
        }),
        16,
      )
      await s.settled()
      expectThat(s.count('select count(*) from posts') - posts <= 1, 'posts were stored')
      expectThat(s.count('select count(*) from notifications') - notices <= 2, 'notifications piled up')
      const after = s.target.pid === null ? null : await usage(s.target.pid)
      if (rss && after) expectThat(after.rss < 260 * 1_048_576, `memory is ${Math.round(after.rss / 1_048_576)} MiB`)
      return `${String(answers)}${after ? `; ${Math.round(after.rss / 1_048_576)} MiB` : ''}`
    },
  },
  {
    rule: 41,
    name: 'followers whose mail goes to a victim',
    leaves: 'anything',
    requests: 400,
    async play(s) {
      const answers = new Answers()
      const victim = s.peer.host('victim.example')
      const made = Array.from({ length: 30 }, (_, i) => {
        const host = s.peer.host(`reflect${i}.peers.test`)
        const endpoints = { sharedInbox: `${victim.origin}/inbox` }
        return i % 2 ? host.actor('x', { inbox: `${victim.origin}/inbox?${i}` }) : host.actor('x', { endpoints })
      })
      await inParallel(
        made.map((who) => async () => {
          answers.add(await s.deliver(who, who.activity('Follow', ANA)), [202, 401, 429, 503], who.id)
        }),
        8,
      )
      await s.settled()
      await s.publish('To all my followers')
      await s.settled()
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      expectEqual(victim.received.length, 0, 'deliveries to the victim')
      expectEqual(victim.count(), 0, 'requests to the victim')
      const followers = s.count("select count(*) from follows f join accounts a on a.id = f.account_id where a.domain like 'reflect%'")
      expectThat(followers > 0, 'nobody got through, so nothing was tried')
      return `${String(answers)}; ${followers} followers`
    },
  },
  {
    rule: 37,
    name: 'hundreds of requests whose keys are slow to come',
    leaves: 'anything',
    requests: 700,
    slow: true,
    async play(s) {
      const answers = new Answers()
      const held: (() => void)[] = []
      const ids = Array.from({ length: 400 }, (_, i) => `https://slow${i}.peers.test/users/x`)
      for (const id of ids) {
        s.peer.host(new URL(id).host).serveRest((_request, response) => {
          s.peer.hold(response)
          held.push(() => response.destroy())
        })
      }
      const all = inParallel(
        ids.map((id) => async () => {
          const body = JSON.stringify({ ...s.mallory.create(), id: `${id}#1`, actor: id })
          answers.add(await s.send(body, s.mallory.signed(INBOX, body, { keyId: `${id}#main-key` })), [202, 401, 429, 503], id)
        }),
        400,
      )
      await new Promise((resolve) => setTimeout(resolve, 500))
      const took = await expectServed(s, 10_000)
      await all
      for (const id of ids) s.peer.host(new URL(id).host).serveRest((_request, response) => void response.writeHead(404).end())
      for (const end of held) end()
      await s.settled(120_000)
      return `${String(answers)}; others in ${Math.round(took)} ms`
    },
  },
]
