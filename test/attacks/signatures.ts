import { signByHand, type HandMade } from '../rig/evil-peer/actor.ts'
import { expectEqual, expectThat } from '../rig/evil-peer/expect.ts'
import { INBOX, type Scene } from '../rig/evil-peer/scene.ts'
import { ANA } from '../rig/evil-peer/target.ts'
import { Answers, type Attempt } from './attempt.ts'

/** Who speaks: rules 1, 2, 7, 8 and 15. The door of the inbox. */

const HOUR = 3_600_000
/** Refused at the door, or taken and looked up at its origin, where nothing of it is true. */
const NOT_BELIEVED = [202, 401]
const TYPES = [
  'Create',
  'Update',
  'Delete',
  'Follow',
  'Accept',
  'Reject',
  'Undo',
  'Announce',
  'Like',
  'EmojiReact',
  'Block',
  'Flag',
  'Move',
  'Add',
  'Remove',
]

const forged = (s: Scene): string => JSON.stringify(s.mo.create({ content: '<p>Forged.</p>' }))

/** Signatures by hand over an honest body of mo's, with mo's true key: 401 each. */
function byHand(name: string, makes: (s: Scene) => HandMade[], options: { requests?: number } = {}): Attempt {
  return {
    rule: 2,
    name,
    requests: options.requests ?? 0,
    async play(s) {
      const answers = new Answers()
      for (const how of makes(s)) {
        const body = forged(s)
        answers.add(await s.send(body, signByHand(s.mo.keys, INBOX, body, how)), [401], JSON.stringify(how).slice(0, 200))
      }
      return String(answers)
    },
  }
}

export const signatures: Attempt[] = [
  {
    rule: 1,
    name: 'signed by a stranger in somebody’s name',
    async play(s) {
      const answers = new Answers()
      for (const scheme of ['cavage', 'rfc9421'] as const) {
        const body = forged(s)
        answers.add(await s.send(body, s.mallory.signed(INBOX, body, { scheme })), NOT_BELIEVED, scheme)
      }
      return String(answers)
    },
  },
  {
    rule: 1,
    name: 'signed by somebody on the same server',
    async play(s) {
      const answers = new Answers()
      for (const activity of [
        s.mo.create(),
        s.mo.activity('Follow', ANA),
        s.mo.activity('Undo', { type: 'Follow', actor: s.mo.id, object: ANA }),
        s.mo.activity('Delete', s.stored.uri),
        s.mo.activity('Block', ANA),
      ]) {
        const body = JSON.stringify(activity)
        answers.add(await s.send(body, s.neighbour.signed(INBOX, body)), NOT_BELIEVED, String(activity.type))
      }
      return String(answers)
    },
  },
  {
    rule: 1,
    name: 'in the owner’s own name',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      for (const actor of [s.mo, s.mallory]) {
        const body = JSON.stringify({ ...actor.create(), actor: ANA })
        answers.add(await s.send(body, actor.signed(INBOX, body)), [401], actor.id)
      }
      return String(answers)
    },
  },
  {
    rule: 1,
    name: 'every kind of activity, unsigned',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      for (const type of TYPES) {
        for (const object of [ANA, s.stored.uri, s.own.public.uri, s.mo.note()]) {
          const body = JSON.stringify(s.mo.activity(type, object))
          answers.add(await s.send(body, { 'content-type': 'application/activity+json' }), [401], type)
        }
      }
      return String(answers)
    },
  },
  {
    rule: 1,
    name: 'a key elsewhere that calls itself mo’s',
    async play(s) {
      const key = { id: `${s.hosts.evil.origin}/keys/1`, owner: s.mo.id, publicKeyPem: s.mallory.keys.publicPem }
      s.hosts.evil.serve('/keys/1', { '@context': 'https://w3id.org/security/v1', ...key })
      const body = forged(s)
      const answer = await s.send(body, s.mallory.signed(INBOX, body, { keyId: key.id }))
      expectEqual(answer.status, 401, 'the answer')
      return answer.status
    },
  },
  byHand('unknown algorithms', (s) =>
    ['none', 'hmac-sha256', 'rsa-sha1', 'rsa-md5', 'RSA', 'ecdsa-sha256', ''].map((algorithm) => ({ keyId: s.mo.keyId, algorithm })),
  ),
  byHand('key ids that are no addresses', (s) =>
    [
      'acct:mo@mo.example',
      'mo',
      '',
      'data:,x',
      'file:///etc/passwd',
      `https://user:pw@mo.example/users/mo#main-key`,
      `https://mo.example/${'a'.repeat(3000)}`,
    ].map((keyId) => ({ keyId: keyId || ' ', fields: { 'x-of': s.mo.id } })),
  ),
  byHand('parts that are not covered', (s) =>
    ['(request-target)', 'host', 'date', 'digest'].map((left) => ({
      keyId: s.mo.keyId,
      covered: ['(request-target)', 'host', 'date', 'digest'].filter((name) => name !== left),
    })),
  ),
  byHand('fields that are named and not sent, and parameters given twice', (s) => [
    { keyId: s.mo.keyId, covered: ['(request-target)', 'host', 'date', 'digest', 'x-nowhere'] },
    { keyId: s.mo.keyId, more: `,keyId="${s.mallory.keyId}"` },
    { keyId: s.mallory.keyId, more: `,keyId="${s.mo.keyId}"` },
    { keyId: s.mo.keyId, more: ',headers="date"' },
    { keyId: s.mo.keyId, covered: ['(created)', 'host', 'digest'], more: ',created=9999999999' },
  ]),
  byHand('signatures that are none', (s) =>
    ['', '=', 'AAAA', 'A'.repeat(344), 'A'.repeat(6_000), '"', '%00', '\u00e9'].map((bytes) => ({ keyId: s.mo.keyId, bytes })),
  ),
  byHand('digests of something else', (s) => [
    { keyId: s.mo.keyId, digestOf: 'another body' },
    { keyId: s.mo.keyId, fields: { digest: 'SHA-1=2jmj7l5rSw0yVb/vlWAYkK/YBwk=' } },
    { keyId: s.mo.keyId, fields: { digest: 'MD5=1B2M2Y8AsgTpgAmY7PhCfg==' } },
    { keyId: s.mo.keyId, fields: { digest: '' } },
    { keyId: s.mo.keyId, fields: { digest: 'SHA-256=' } },
  ]),
  {
    rule: 2,
    name: 'a broken RFC 9421 signature beside a good older one',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      const body = forged(s)
      const good = s.mo.signed(INBOX, body)
      for (const input of [
        'sig1=("@method" "@target-uri" "content-digest");created=1;keyid="x"',
        'sig1=();created=9999999999;keyid="x"',
        'sig1',
        '',
        `sig1=("@method");created=${Math.floor(Date.now() / 1000)};keyid="${s.mo.keyId}"`,
      ]) {
        answers.add(await s.send(body, { ...good, 'signature-input': input }), [401], input)
      }
      return String(answers)
    },
  },
  {
    rule: 2,
    name: 'a signature that is somewhere else, or for another request',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      const body = forged(s)
      const { signature = '', ...rest } = s.mo.signed(INBOX, body)
      const elsewhere = { ...rest, authorization: `Signature ${signature}` }
      answers.add(await s.send(body, elsewhere), [401], 'in Authorization')
      const other = s.mo.signed('https://mallory.example/inbox', body)
      answers.add(await s.send(body, { ...other, host: 'ana.example' }), [401], 'for another host')
      answers.add(await s.send(body, s.mo.signed(`${ANA}/inbox`, body)), [401], 'for another path')
      answers.add(
        await s.send(body, { ...s.mo.signed(INBOX, body, { method: 'GET' }), 'content-type': 'application/activity+json' }),
        [401],
        'of a GET',
      )
      answers.add(await s.send(body, { ...rest, signature: `${signature},${signature}` }), [401], 'twice')
      return String(answers)
    },
  },
  {
    rule: 7,
    name: 'a new key inside an Update of the actor',
    leaves: ['accounts', 'events', 'cursors', 'keys', 'emojis', 'media'],
    async play(s) {
      const mallorys = { id: s.mo.keyId, owner: s.mo.id, publicKeyPem: s.mallory.keys.publicPem }
      await s.takes(s.mo, s.mo.activity('Update', { ...s.mo.document, publicKey: mallorys }))
      await s.takes(s.mallory, s.mo.activity('Update', { ...s.mo.document, publicKey: mallorys }))
      expectEqual(
        s.count('select count(*) from keys where pem = ? and account_uri = ?', s.mallory.keys.publicPem.trim(), s.mo.id),
        0,
        'keys of mallory’s as mo’s',
      )
      const body = forged(s)
      const answer = await s.send(body, s.mo.signed(INBOX, body, { keys: s.mallory.keys }))
      expectEqual(answer.status, 401, 'signed with the new key')
      return answer.status
    },
  },
  {
    rule: 7,
    name: 'a key inside the body that it signs',
    async play(s) {
      const answers = new Answers()
      const publicKey = { id: s.mo.keyId, owner: s.mo.id, publicKeyPem: s.mallory.keys.publicPem }
      for (const change of [
        { actor: { ...s.mo.document, publicKey } },
        { publicKey },
        { actor: { ...s.mo.document, publicKey }, publicKey },
      ]) {
        const body = JSON.stringify({ ...s.mo.create(), ...change })
        answers.add(await s.send(body, s.mo.signed(INBOX, body, { keys: s.mallory.keys })), [401], Object.keys(change).join())
      }
      return String(answers)
    },
  },
  {
    rule: 7,
    name: 'keys that are not their owner’s, or are in what is no actor',
    requests: 24,
    async play(s) {
      const answers = new Answers()
      const { evil } = s.hosts
      const pem = s.mallory.keys.publicPem
      const key = (id: string, owner: string) => ({ id, owner, publicKeyPem: pem })
      const at = (path: string) => `${evil.origin}${path}`
      // A key the owner does not list.
      evil.serve('/keys/unlisted', key(at('/keys/unlisted'), s.mallory.id))
      // In a note, in an actor without an inbox, in an actor that names somebody else's host.
      evil.serve('/notes/key', { ...s.mallory.note(), id: at('/notes/key'), publicKey: key(at('/notes/key#k'), s.mallory.id) })
      evil.serve('/users/no-inbox', {
        ...s.mallory.document,
        id: at('/users/no-inbox'),
        inbox: undefined,
        publicKey: key(at('/users/no-inbox#k'), at('/users/no-inbox')),
      })
      evil.serve('/users/thief', { ...s.mallory.document, id: s.mo.id, publicKey: key(at('/users/thief#k'), s.mo.id) })
      evil.serve('/users/owner-elsewhere', {
        ...s.mallory.document,
        id: at('/users/owner-elsewhere'),
        publicKey: key(at('/users/owner-elsewhere#k'), s.mo.id),
      })
      for (const keyId of ['/keys/unlisted', '/notes/key#k', '/users/no-inbox#k', '/users/thief#k', '/users/owner-elsewhere#k'].map(at)) {
        for (const actor of [s.mo, s.mallory]) {
          const body = JSON.stringify(actor.create({ content: '<p>Forged.</p>' }))
          answers.add(await s.send(body, s.mallory.signed(INBOX, body, { keyId })), [401], `${keyId} for ${actor.id}`)
        }
      }
      return String(answers)
    },
  },
  {
    rule: 8,
    name: 'a linked-data signature instead of one over the request',
    requests: 0,
    async play(s) {
      const body = JSON.stringify(withLdSignature(s, s.mo.create({ content: '<p>Forged.</p>' })))
      const answer = await s.send(body, { 'content-type': 'application/activity+json' })
      expectEqual(answer.status, 401, 'the answer')
      return answer.status
    },
  },
  {
    rule: 8,
    name: 'forwarded with a linked-data signature and a changed body',
    requests: 20,
    async play(s) {
      const answers = new Answers()
      const object = {
        ...(s.stored.create.object as object),
        content: '<p>Rearranged.</p>',
        updated: new Date(Date.now() + 1000).toISOString(),
      }
      for (const activity of [
        s.mo.create({ content: '<p>Never written.</p>' }),
        s.mo.activity('Update', object),
        s.mo.activity('Delete', s.stored.uri),
        s.mo.activity('Delete', { id: s.stored.uri, type: 'Tombstone' }),
        s.mo.activity('Delete', s.mo.id),
      ]) {
        answers.add(await s.takes(s.mallory, withLdSignature(s, activity)), NOT_BELIEVED, String(activity.type))
      }
      return String(answers)
    },
  },
  {
    rule: 8,
    name: 'an integrity proof made by another',
    requests: 20,
    async play(s) {
      const proof = {
        type: 'DataIntegrityProof',
        cryptosuite: 'eddsa-jcs-2022',
        verificationMethod: `${s.mallory.id}#ed25519-key`,
        proofPurpose: 'assertionMethod',
        created: new Date().toISOString(),
        proofValue: `z${'3'.repeat(87)}`,
      }
      const answers = new Answers()
      for (const verificationMethod of [
        `${s.mallory.id}#ed25519-key`,
        `${s.mo.id}#ed25519-key`,
        'did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2',
      ]) {
        const activity = { ...s.mo.create({ content: '<p>Never written.</p>' }), proof: { ...proof, verificationMethod } }
        answers.add(await s.takes(s.mallory, activity), NOT_BELIEVED, verificationMethod)
        answers.add(await s.send(JSON.stringify(activity), { 'content-type': 'application/activity+json' }), [401], 'unsigned')
      }
      return String(answers)
    },
  },
  {
    rule: 15,
    name: 'stale and future requests',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      for (const date of [Date.now() - 2 * HOUR, Date.now() - 48 * HOUR, Date.now() + 2 * HOUR, 0]) {
        for (const scheme of ['cavage', 'rfc9421'] as const) {
          answers.add(await s.deliver(s.mo, s.mo.create(), { date, scheme }), [401], `${date} ${scheme}`)
        }
      }
      return String(answers)
    },
  },
  {
    rule: 15,
    name: 'the same request, and the same activity, again',
    requests: 0,
    async play(s) {
      const answers = new Answers()
      const body = JSON.stringify(s.stored.create)
      const headers = s.mo.signed(INBOX, body)
      for (let i = 0; i < 3; i++) answers.add(await s.send(body, headers), [202], 'the same bytes')
      answers.add(await s.deliver(s.mo, s.stored.create), [202], 'signed afresh')
      answers.add(await s.deliver(s.mo, { ...s.stored.create, id: `${s.stored.create.id}-again` }), [202], 'under another id')
      answers.add(await s.deliver(s.mo, s.stored.create, { path: '/users/ana/inbox' }), [202], 'through the other inbox')
      return String(answers)
    },
  },
  {
    rule: 15,
    name: 'an Update that is older than what is here, or as old',
    leaves: 'anything',
    async play(s) {
      const create = s.mo.create({ content: '<p>First.</p>', updated: undefined })
      const note = create.object as Record<string, unknown>
      await s.takes(s.mo, create)
      const at = Date.parse(String(note.published))
      const update = (content: string, updated: string) => s.takes(s.mo, s.mo.activity('Update', { ...note, content, updated }))
      await update('<p>Second.</p>', new Date(at + 1).toISOString())
      const second = await contentOf(s, String(note.id))
      const answer = await update('<p>Back again.</p>', new Date(at).toISOString())
      await update('<p>Back again.</p>', new Date(at + 1).toISOString())
      await update('<p>Back again.</p>', 'never')
      await s.takes(s.mo, create)
      expectEqual(await contentOf(s, String(note.id)), second, 'the content')
      return answer.status
    },
  },
  {
    rule: 15,
    name: 'a Like and a boost that were undone, replayed; a post that was deleted, sent again',
    leaves: 'anything',
    async play(s) {
      const counts = async () => {
        const status = await s.status(s.own.public.id)
        return [status?.favourites_count, status?.reblogs_count]
      }
      const before = await counts()
      const like = s.mo.activity('Like', s.own.public.uri)
      const boost = s.mo.activity('Announce', s.own.public.uri, { to: ['https://www.w3.org/ns/activitystreams#Public'] })
      const create = s.mo.create({ content: '<p>Soon gone.</p>' })
      for (const activity of [like, boost, create]) await s.takes(s.mo, activity)
      for (const activity of [like, boost]) await s.takes(s.mo, s.mo.activity('Undo', activity))
      const uri = (create.object as { id: string }).id
      await s.takes(s.mo, s.mo.activity('Delete', uri))
      const answers = new Answers()
      for (const activity of [like, boost, create]) {
        answers.add(await s.takes(s.mo, activity), [202], 'the same again')
        answers.add(await s.takes(s.mo, activity, { path: '/users/ana/inbox' }), [202], 'the same elsewhere')
      }
      expectEqual(await counts(), before, 'favourites and boosts')
      expectEqual(s.storedId(uri), null, 'the deleted post')
      return String(answers)
    },
  },
  {
    rule: 15,
    name: 'ids of activities still to come, used up by somebody on the same server',
    leaves: 'anything',
    async play(s) {
      const answers = new Answers()
      for (const type of ['Like', 'Announce', 'Flag'] as const) {
        const create = s.mo.create({ content: `<p>After a ${type}.</p>` })
        const object = type === 'Flag' ? [ANA] : s.own.public.uri
        answers.add(await s.takes(s.neighbour, { ...s.neighbour.activity(type, object), id: create.id }), [202, 400, 401], type)
        answers.add(await s.takes(s.mo, create), [202], 'the Create')
        const uri = (create.object as { id: string }).id
        expectThat(s.storedId(uri) !== null, `a ${type} under its id kept mo’s post away`)
        // Mastodon's Deletes are named so that anybody can tell beforehand.
        const remove = { ...s.mo.activity('Delete', uri), id: `${uri}#delete` }
        answers.add(await s.takes(s.neighbour, { ...s.neighbour.activity(type, object), id: remove.id }), [202, 400, 401], type)
        answers.add(await s.takes(s.mo, remove), [202], 'the Delete')
        expectEqual(s.storedId(uri), null, `mo’s post, whose Delete had been named in a ${type}`)
      }
      return String(answers)
    },
  },
  {
    rule: 15,
    name: 'a Follow that was undone, replayed',
    leaves: 'anything',
    async play(s) {
      const ways = s.hosts.bob.actor('refollower')
      const follow = ways.activity('Follow', ANA)
      const body = JSON.stringify(follow)
      const headers = ways.signed(INBOX, body)
      const answers = new Answers()
      answers.add(await s.send(body, headers), [202], 'the Follow')
      await s.settled()
      await s.takes(ways, ways.activity('Undo', follow))
      answers.add(await s.send(body, headers), [202], 'the Follow again')
      await s.settled()
      expectEqual(s.count('select count(*) from follows f join accounts a on a.id = f.account_id where a.uri = ?', ways.id), 0, 'follows')
      return String(answers)
    },
  },
]

export async function contentOf(s: Scene, uri: string): Promise<string | null> {
  const id = s.storedId(uri)
  return id === null ? null : ((await s.status(id))?.content ?? null)
}

function withLdSignature(s: Scene, activity: Record<string, unknown>): Record<string, unknown> {
  const signature = {
    type: 'RsaSignature2017',
    creator: s.mo.keyId,
    created: new Date().toISOString(),
    signatureValue: Buffer.alloc(256, 7).toString('base64'),
  }
  return { ...activity, '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'], signature }
}
