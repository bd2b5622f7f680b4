import { createHash } from 'node:crypto'
import { PUBLIC, signByHand } from '../rig/evil-peer/actor.ts'
import { expectEqual, expectOne, expectThat } from '../rig/evil-peer/expect.ts'
import { INBOX, type Scene } from '../rig/evil-peer/scene.ts'
import { ANA, ORIGIN } from '../rig/evil-peer/target.ts'
import { until } from '../rig/process.ts'
import { Answers, type Attempt } from './attempt.ts'
import { contentOf } from './signatures.ts'
import { PIXEL, upload } from './uploads.ts'
import type { EvilActor } from '../rig/evil-peer/actor.ts'

/** What not everybody speaks: followers synchronisation, reports, reactions, relays, secure mode, the owner’s emoji. Rules 6, 11, 18, 23, 33 and 40. */

/** A delivery with the header of FEP-8fcf, signed over it or not. */
function synchronising(s: Scene, who: EvilActor, header: string, covered = true): Promise<{ status: number }> {
  const body = JSON.stringify(who.create({ to: [who.followers], cc: [] }))
  const names = ['(request-target)', 'host', 'date', 'digest', ...(covered ? ['collection-synchronization'] : [])]
  const fields = { 'collection-synchronization': header }
  return s.send(body, signByHand(who.keys, INBOX, body, { keyId: who.keyId, covered: names, fields }))
}

const followsMo = (s: Scene): number =>
  s.count("select count(*) from follows f join accounts a on a.id = f.target_id where a.uri = ? and f.state = 'accepted'", s.mo.id)

export const extensions: Attempt[] = [
  {
    rule: 6,
    name: 'lists of followers of others, elsewhere, or unsigned',
    leaves: 'anything',
    requests: 4,
    async play(s) {
      const zero = '0'.repeat(64)
      const at = (origin: string) => `${origin}/sync`
      for (const host of [s.hosts.evil, s.hosts.mo])
        host.serve('/sync', { id: at(host.origin), type: 'OrderedCollection', totalItems: 0, orderedItems: [] })
      const header = (collection: string, url: string, digest = zero) => `collectionId="${collection}", url="${url}", digest="${digest}"`
      const answers = new Answers()
      const before = s.hosts.mo.count('/sync')
      const tries: [EvilActor, string, boolean][] = [
        [s.mallory, header(s.mo.followers, at(s.hosts.evil.origin)), true],
        [s.mallory, header(s.mo.followers, at(s.hosts.mo.origin)), true],
        [s.mo, header(s.mo.followers, at(s.hosts.evil.origin)), true],
        [s.mo, header(s.mo.followers, 'http://127.0.0.1/sync'), true],
        [s.mo, header(s.mo.followers, `${ORIGIN}/users/ana/followers`), true],
        [s.mo, header(s.neighbour.followers, at(s.hosts.mo.origin)), true],
        [s.mo, header(s.mo.followers, at(s.hosts.mo.origin)), false],
        [s.mo, header(s.mo.followers, at(s.hosts.mo.origin), createHash('sha256').update(ANA).digest('hex')), true],
        [s.mo, 'collectionId=,url=,digest=', true],
        [s.mo, '"'.repeat(3_000), true],
      ]
      for (const [who, text, covered] of tries) answers.add((await synchronising(s, who, text, covered)) as never, [202, 401], text)
      await s.settled()
      expectEqual(s.hosts.evil.count('/sync'), 0, 'requests for a list elsewhere')
      expectEqual(s.hosts.mo.count('/sync') - before, 0, 'requests for a list that was not signed for')
      expectEqual(followsMo(s), 1, 'the owner’s follow')
      return String(answers)
    },
  },
  {
    rule: 6,
    name: 'a list of followers that leaves the owner out, said once',
    leaves: 'anything',
    requests: 6,
    async play(s) {
      const url = `${s.hosts.mo.origin}/empty-sync`
      s.hosts.mo.serve('/empty-sync', { id: url, type: 'OrderedCollection', totalItems: 0, orderedItems: [] })
      const { status } = await synchronising(s, s.mo, `collectionId="${s.mo.followers}", url="${url}", digest="${'0'.repeat(64)}"`)
      await s.settled()
      expectEqual(followsMo(s), 1, 'the owner’s follow')
      return status
    },
  },
  {
    rule: 40,
    name: 'a hundred reports from one server',
    leaves: 'anything',
    async play(s) {
      const answers = new Answers()
      const kept = () => s.count('select count(*) from reports')
      const told = () => s.count("select count(*) from notifications where type = 'report'")
      const before = [kept(), told()] as const
      for (let i = 0; i < 100; i++) {
        const about = i % 3 === 0 ? ANA : i % 3 === 1 ? [ANA, s.own.public.uri] : [s.bob.id, `${s.bob.id}/statuses/1`]
        answers.add(
          await s.deliver(s.mallory, s.mallory.activity('Flag', about, { content: '<script>x</script>'.repeat(500) })),
          [202, 429],
          'a report',
        )
      }
      await s.settled()
      const [rows, notices] = [kept() - before[0], told() - before[1]]
      expectThat(rows <= 20 && notices <= 20, `${rows} reports, ${notices} notifications`)
      return `${String(answers)}; ${rows} kept`
    },
  },
  {
    rule: 11,
    name: 'reactions without end, with words, with pictures of other hosts',
    leaves: 'anything',
    async play(s) {
      const answers = new Answers()
      const icon = { type: 'Image', mediaType: 'image/png', url: `${s.hosts.bob.origin}/x.png` }
      const contents = [
        ...Array.from({ length: 80 }, (_, i) => String.fromCodePoint(0x1f600 + i)),
        'hello',
        '<b>x</b>',
        '\u202e',
        'x'.repeat(5_000),
        '',
        ':theirs:',
        ':a b:',
      ]
      for (const type of ['EmojiReact', 'Like'] as const) {
        for (const content of contents) {
          const tag = content === ':theirs:' ? [{ type: 'Emoji', id: `${s.hosts.bob.origin}/e/1`, name: ':theirs:', icon }] : []
          answers.add(
            await s.deliver(s.mallory, s.mallory.activity(type, s.own.public.uri, { content, tag })),
            [202, 429],
            content.slice(0, 20),
          )
        }
      }
      await s.settled()
      const rows = s.count('select count(*) from reactions')
      expectThat(rows <= 10, `${rows} reactions of one person`)
      expectEqual(
        s.count("select count(*) from reactions where emoji like '%<%' or emoji like '%hello%' or length(emoji) > 64"),
        0,
        'reactions that are words',
      )
      expectEqual(s.count("select count(*) from emojis where shortcode = 'theirs' and domain <> 'bob.example'"), 0, 'emoji of another host')
      return `${String(answers)}; ${rows} kept`
    },
  },
  {
    rule: 13,
    name: 'a relay that another says yes for, and what it says of others’ posts',
    leaves: 'anything',
    requests: 20,
    async play(s) {
      const relay = s.hosts.bob.actor('relay', { type: 'Application' })
      s.hosts.bob.serve('/actor', {
        ...relay.document,
        id: `${s.hosts.bob.origin}/actor`,
        inbox: `${s.hosts.bob.origin}/inbox`,
        publicKey: { id: `${s.hosts.bob.origin}/actor#k`, owner: `${s.hosts.bob.origin}/actor`, publicKeyPem: relay.keys.publicPem },
      })
      const added = await s.target.api('POST', '/api/owner/relays', { address: 'https://bob.example/inbox' })
      expectEqual(added.status, 200, `adding a relay: ${added.text.slice(0, 200)}`)
      const asked = await until('the relay is asked', () => s.hosts.bob.received.find(({ activity }) => activity.type === 'Follow'))
      const state = () => s.count("select count(*) from relays where state = 'accepted'")
      const answers = new Answers()
      for (const who of [s.mallory, s.bob, s.mo]) {
        for (const object of [asked.activity, asked.activity.id])
          answers.add(await s.takes(who, who.activity('Accept', object)), [202], who.id)
        if (who !== s.bob) expectEqual(state(), 0, `relays that ${who.id} said yes for`)
      }
      const forged = { ...s.mo.note({ content: '<p>Forged by a relay.</p>' }), id: s.stored.uri }
      for (const object of [forged, s.own.private.uri, { type: 'Create', actor: s.mo.id, object: forged }]) {
        answers.add(await s.takes(s.mallory, s.mallory.activity('Announce', object, { to: [PUBLIC] })), [202, 400], 'an Announce')
      }
      expectEqual(await contentOf(s, s.stored.uri), '<p>Low tide at seven.</p>', 'mo’s post')
      return String(answers)
    },
  },
  {
    rule: 18,
    name: 'secure mode, unsigned and signed by somebody blocked',
    leaves: 'anything',
    requests: 10,
    async play(s) {
      const answers = new Answers()
      expectEqual((await s.target.api('PATCH', '/api/owner/settings', { secureMode: true })).status, 200, 'the setting')
      try {
        const accept = 'application/activity+json'
        for (const path of [new URL(s.own.public.uri).pathname, '/users/ana/outbox?page=true', '/users/ana/collections/featured']) {
          answers.add(await s.target.ask(path, { headers: { accept } }), [401], path)
          const headers = s.blocked.signed(ORIGIN + path, '', { method: 'GET' })
          answers.add(await s.target.ask(path, { headers }), [401, 403, 404], `${path} by somebody blocked`)
          answers.add(
            await s.target.ask(path, { headers: s.mo.signed(ORIGIN + path, '', { method: 'GET' }) }),
            [200],
            `${path} by a friend`,
          )
        }
        // What everybody needs for asking at all stays open.
        for (const path of ['/users/ana', '/actor', '/.well-known/webfinger?resource=acct:ana@ana.example', '/.well-known/nodeinfo']) {
          answers.add(await s.target.ask(path, { headers: { accept } }), [200], path)
        }
      } finally {
        await s.target.api('PATCH', '/api/owner/settings', { secureMode: false })
      }
      return String(answers)
    },
  },
  {
    rule: 33,
    name: 'emoji of the owner that are no pictures',
    leaves: 'anything',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      for (const [name, type, bytes] of [
        ['x.svg', 'image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
        ['x.html', 'text/html', Buffer.from('<script>alert(1)</script>')],
        ['x.png', 'image/png', Buffer.from('GIF89a')],
        ['x.png', 'image/png', Buffer.alloc(0)],
        ['../../x.png', 'image/png', Buffer.from(JSON.stringify(s.mo.note()))],
        ['x.png', 'image/png', Buffer.alloc(1_900_000, 1)],
      ] as const) {
        answers.add(await upload(s, name, type, bytes, '/api/owner/emojis', { shortcode: 'wave' }), [400, 413, 415, 422], name)
      }
      for (const shortcode of ['a b', '../x', '<b>', '', 'x'.repeat(200)]) {
        answers.add(await upload(s, 'x.png', 'image/png', PIXEL, '/api/owner/emojis', { shortcode }), [400, 422], shortcode)
      }
      expectOne(s.count("select count(*) from emojis where domain = ''"), [0], 'emoji of the owner')
      return String(answers)
    },
  },
]
