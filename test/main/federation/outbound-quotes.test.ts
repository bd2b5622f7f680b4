/** Polls, votes and quotes on their way out, each as its readers expect it. */
import { describe, expect, test } from 'vitest'
import { updateSettings } from '../../../src-main/domain/owner.ts'
import { endPolls, vote } from '../../../src-main/domain/polls.ts'
import { deletePost, postById, postByUri, writePost } from '../../../src-main/domain/posts.ts'
import { revokeQuote, setQuotePolicy } from '../../../src-main/domain/quotes.ts'
import { rule } from '../../rig/attacks.ts'
import { ANA, eventsTaken, following, HOUR, MINUTE, ORIGIN } from './instance.ts'
import { FOLLOWERS, uriOf, scene, gone, written, kinds, said } from './leaving.ts'
import { wellMade } from './stranger.ts'
import { PUBLIC } from './world.ts'
import type { RemoteActor } from './world.ts'

describe('polls', () => {
  const poll = { options: ['Ferry', 'Bridge'], multiple: false, expiresIn: HOUR }

  test('a poll is a Question that runs from when it leaves', async () => {
    const { home } = await scene()
    writePost(home, { text: 'Which?', visibility: 'public', poll })
    home.clock.at += 20 * HOUR
    const { activity } = await gone(home)
    const ends = new Date(home.clock.at + HOUR).toISOString().replace('.000', '')
    const option = (name: string) => ({ type: 'Note', name, replies: { type: 'Collection', totalItems: 0 } })
    expect(activity).toMatchObject({
      type: 'Create',
      object: { type: 'Question', oneOf: [option('Ferry'), option('Bridge')], endTime: ends, votersCount: 0 },
    })
    expect(activity.object).not.toHaveProperty('closed')
    const { id } = postById(home, Number((activity.object as { id: string }).id.split('/').pop())) as { id: number }
    expect((await home.get(`/users/ana/statuses/${id}`)).json()).toMatchObject({ type: 'Question', endTime: ends })
  })

  test('of several answers is anyOf', async () => {
    const { home } = await scene()
    writePost(home, { text: 'Which?', visibility: 'public', poll: { ...poll, multiple: true } })
    expect((await gone(home)).activity.object).toHaveProperty('anyOf')
  })

  test('its numbers go out every few minutes while votes come in, and at once when it ends: no edit', async () => {
    const { home, bo, al } = await scene()
    const id = await written(home, { text: 'Which?', visibility: 'public', poll })
    const ballot = (who: RemoteActor, name: string) =>
      who.activity('Create', { id: `${who.id}#votes/${name}`, type: 'Note', name, attributedTo: who.id, to: [ANA], inReplyTo: uriOf(id) })
    await home.takes(bo, ballot(bo, 'Ferry'))
    await home.takes(al, ballot(al, 'Bridge'))
    expect(await kinds(home)).toEqual([])
    await home.pass(3 * MINUTE)
    expect(await kinds(home)).toEqual(['tally'])
    const { activity, inboxes } = await gone(home)
    expect(activity).toMatchObject({
      type: 'Update',
      object: { id: uriOf(id), type: 'Question', oneOf: [{ replies: { totalItems: 1 } }, { replies: { totalItems: 1 } }], votersCount: 2 },
    })
    expect(activity.object).not.toHaveProperty('updated')
    // Whoever voted sees the numbers, follower or not.
    expect([...inboxes].sort()).toEqual(['https://mo.example/inbox', 'https://other.example/inbox'])
    home.clock.at += 2 * HOUR
    endPolls(home)
    const last = await gone(home)
    expect(last.activity.object).toMatchObject({ closed: expect.stringMatching(/Z$/) })
    expect(last.activity.id).not.toBe(activity.id)
  })

  test('numbers kept back until the end stand in no document and no tally before it', async () => {
    const { home, bo } = await scene()
    const id = await written(home, { text: 'Which?', visibility: 'public', poll: { ...poll, hideTotals: true } })
    const ballot = { id: `${bo.id}#v`, type: 'Note', name: 'Ferry', attributedTo: bo.id, to: [ANA], inReplyTo: uriOf(id) }
    await home.takes(bo, bo.activity('Create', ballot))
    await home.pass(3 * MINUTE)
    const { activity } = await gone(home)
    const served = (await home.get(`/users/ana/statuses/${id}`)).json<Record<string, unknown>>()
    for (const question of [activity.object, served] as Record<string, unknown>[]) {
      expect(question).toMatchObject({ type: 'Question', oneOf: [{ name: 'Ferry' }, { name: 'Bridge' }], votersCount: 1 })
      expect(JSON.stringify(question.oneOf)).not.toContain('totalItems')
    }
    home.clock.at += 2 * HOUR
    endPolls(home)
    expect((await gone(home)).activity.object).toMatchObject({ oneOf: [{ replies: { totalItems: 1 } }, { replies: { totalItems: 0 } }] })
  })

  test('numbers not told when the program ends are told after the next start', async () => {
    const { home, bo } = await scene()
    const id = await written(home, { text: 'Which?', visibility: 'public', poll })
    const ballot = { id: `${bo.id}#v`, type: 'Note', name: 'Ferry', attributedTo: bo.id, to: [ANA], inReplyTo: uriOf(id) }
    await home.takes(bo, bo.activity('Create', ballot))
    await eventsTaken()
    const again = await home.restart(MINUTE)
    await again.pass(3 * MINUTE)
    expect(await kinds(again)).toEqual(['tally'])
    const twice = await again.restart(MINUTE)
    await twice.pass(3 * MINUTE)
    expect(await kinds(twice)).toEqual([])
  })

  test('a vote is a Note with a name, for the author of the poll alone', async () => {
    const { home, al } = await scene()
    await following(home, al)
    const asked = await said(home, al, {
      type: 'Question',
      anyOf: ['Ferry', 'Bridge', 'Swim'].map((name) => ({ type: 'Note', name, replies: { type: 'Collection', totalItems: 0 } })),
      endTime: new Date(home.clock.at + HOUR).toISOString(),
    })
    vote(home, asked.id, [0, 2])
    expect(await kinds(home)).toEqual(['vote', 'vote'])
    const [one, two] = [await gone(home), await gone(home)]
    expect([one, two].map(({ activity }) => (activity.object as { name: string }).name)).toEqual(['Ferry', 'Swim'])
    expect(one.inboxes).toEqual([al.inbox])
    const { activity } = one
    const object = activity.object as Record<string, unknown>
    expect(Object.keys(object).sort()).toEqual(['attributedTo', 'id', 'inReplyTo', 'name', 'to', 'type'])
    expect(object).toMatchObject({ type: 'Note', attributedTo: ANA, to: [al.id], inReplyTo: asked.uri })
    expect(Object.keys(activity).sort()).toEqual(['@context', 'actor', 'id', 'object', 'to', 'type'])
    expect(activity.id).toBe(`${String(object.id)}/activity`)
    expect(activity.id).not.toBe(two.activity.id)
  })

  test('a vote that comes after the end of the poll is not sent, and its owner is told', async () => {
    const { home, al } = await scene()
    await following(home, al)
    const asked = await said(home, al, {
      type: 'Question',
      oneOf: ['Ferry', 'Bridge'].map((name) => ({ type: 'Note', name, replies: { type: 'Collection', totalItems: 0 } })),
      endTime: new Date(home.clock.at + HOUR).toISOString(),
    })
    vote(home, asked.id, [0])
    await eventsTaken()
    home.clock.at += 2 * HOUR
    await expect(home.leave()).rejects.toMatchObject({ reason: 'poll-over', retryable: false })
  })
})

describe('quotes', () => {
  const policy = { interactionPolicy: { canQuote: { automaticApproval: [PUBLIC] } } }

  test('a quote leaves under every name it goes by, with words for those who know none, then asks', async () => {
    const { home, al } = await scene()
    await following(home, al)
    const quoted = await said(home, al, { ...policy, url: 'https://other.example/@al/1' })
    const { post } = writePost(home, { text: 'Look', visibility: 'public', quoteOf: quoted.id })
    expect(await kinds(home)).toEqual(['post', 'quote-request'])
    const { activity, inboxes } = await gone(home)
    const { uri } = quoted
    expect(activity.object).toMatchObject({ quote: uri, quoteUrl: uri, quoteUri: uri, _misskey_quote: uri })
    expect(activity.object).not.toHaveProperty('quoteAuthorization')
    expect((activity.object as { tag: unknown[] }).tag).toContainEqual({
      type: 'Link',
      mediaType: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
      rel: 'https://misskey-hub.net/ns#_misskey_quote',
      href: uri,
      name: `RE: ${uri}`,
    })
    expect((activity.object as { content: string }).content).toBe(
      '<p>Look<span class="quote-inline"><br/>RE: <a href="https://other.example/@al/1">https://other.example/@al/1</a></span></p>',
    )
    expect(inboxes).toContain('https://other.example/inbox')
    const asks = await gone(home)
    expect(asks.inboxes).toEqual([al.inbox])
    expect(asks.activity).toMatchObject({
      id: `${uriOf(post.id)}/quote`,
      type: 'QuoteRequest',
      actor: ANA,
      to: [al.id],
      object: uri,
      instrument: { id: uriOf(post.id), type: 'Note', quote: uri },
    })
    expect((await home.get(`/users/ana/statuses/${post.id}/quote`)).json()).toMatchObject({
      type: 'QuoteRequest',
      instrument: uriOf(post.id),
    })
  })

  test('the consent goes out as an Update that is no edit; so does its end', async () => {
    const { home, al, other } = await scene()
    await following(home, al)
    const quoted = await said(home, al, policy)
    const id = await written(home, { text: 'Look', visibility: 'public', quoteOf: quoted.id })
    const { activity: asked } = await gone(home)
    const stamp = `${al.id}/stamps/1`
    other.serve('/users/al/stamps/1', {
      '@context': 'https://www.w3.org/ns/activitystreams',
      id: stamp,
      type: 'QuoteAuthorization',
      attributedTo: al.id,
      interactingObject: uriOf(id),
      interactionTarget: quoted.uri,
    })
    await home.takes(
      al,
      al.activity(
        'Accept',
        { id: asked.id, type: 'QuoteRequest', actor: ANA, object: quoted.uri, instrument: uriOf(id) },
        { result: stamp },
      ),
    )
    expect(await kinds(home)).toEqual(['edit'])
    const { activity } = await gone(home)
    expect(activity).toMatchObject({ type: 'Update', object: { id: uriOf(id), quoteAuthorization: stamp } })
    expect(activity.object).not.toHaveProperty('updated')
    await home.takes(al, al.activity('Delete', stamp))
    const { activity: ended } = await gone(home)
    expect(ended.type).toBe('Update')
    expect(JSON.stringify(ended.object)).not.toMatch(/quoteUrl|quote-inline|_misskey_quote/)
  })

  test(rule(18) + ' what is for followers is named to the author of what it quotes, not shown', async () => {
    const { home, al } = await scene()
    await following(home, al)
    const quoted = await said(home, al, policy)
    const id = await written(home, { text: 'Between us', visibility: 'private', quoteOf: quoted.id })
    const asks = await gone(home)
    expect(asks.activity.instrument).toBe(uriOf(id))
    expect(JSON.stringify(asks.activity)).not.toContain('Between us')
  })

  test('deleted before it left, nobody is asked; answered meanwhile, neither', async () => {
    const { home, al } = await scene()
    await following(home, al)
    const quoted = await said(home, al, policy)
    const { post } = writePost(home, { text: 'Look', visibility: 'public', quoteOf: quoted.id })
    await eventsTaken()
    deletePost(home, post.id)
    expect(await kinds(home)).toEqual([])
  })

  const request = (who: RemoteActor, id: number, quoting: string, change: Record<string, unknown> = {}) =>
    who.activity('QuoteRequest', uriOf(id), { instrument: who.note({ id: quoting, quote: uriOf(id) }), ...change })

  test('somebody who may quote us gets a stamp that stands where it says; withdrawn, it is gone and told', async () => {
    const { home, bo, mo } = await scene()
    const id = await written(home, { text: 'Quote me', visibility: 'public' })
    const quoting = `${bo.id}/statuses/q1`
    const asked = request(bo, id, quoting) as { id: string }
    await home.takes(bo, asked)
    const { activity, inboxes } = await gone(home)
    expect(inboxes).toEqual([bo.inbox])
    expect(activity).toMatchObject({
      type: 'Accept',
      actor: ANA,
      to: [bo.id],
      object: { id: asked.id, type: 'QuoteRequest', actor: bo.id, object: uriOf(id), instrument: quoting },
      result: expect.stringMatching(new RegExp(`^${ANA}/quote_authorizations/[0-9]+$`)),
    })
    const path = String(activity.result).slice(ORIGIN.length)
    expect((await home.get(path)).json()).toMatchObject({
      id: activity.result,
      type: 'QuoteAuthorization',
      attributedTo: ANA,
      interactingObject: quoting,
      interactionTarget: uriOf(id),
    })
    await wellMade((await home.get(path)).json())

    const create = bo.create({ id: quoting, quote: uriOf(id), quoteAuthorization: activity.result, inReplyTo: uriOf(id) })
    await home.takes(bo, create)
    const quotingPost = postByUri(home, quoting)
    revokeQuote(home, id, quotingPost?.id ?? 0)
    const { activity: revoked, inboxes: told } = await gone(home)
    expect(told).toContain(`${mo.origin}/inbox`)
    expect(revoked).toMatchObject({ type: 'Delete', actor: ANA, object: { id: activity.result, type: 'QuoteAuthorization' } })
    expect((await home.get(path)).status).toBe(404)
    // Asked again: it stays withdrawn.
    await home.takes(bo, request(bo, id, quoting))
    expect((await gone(home)).activity.type).toBe('Reject')
  })

  test.each(['followers', 'nobody'] as const)('policy %s: said in the post, and in the answer', async (wish) => {
    const { home, bo, al } = await scene()
    const { id } = writePost(home, { text: 'Mine', visibility: 'public', quotePolicy: wish }).post
    const { activity } = await gone(home)
    const audience = wish === 'followers' ? FOLLOWERS : ANA
    expect(activity.object).toMatchObject({ interactionPolicy: { canQuote: { automaticApproval: [audience] } } })
    await home.takes(bo, request(bo, id, `${bo.id}/statuses/q`))
    expect((await gone(home)).activity).toMatchObject(
      wish === 'followers' ? { type: 'Accept' } : { type: 'Reject', object: { type: 'QuoteRequest', instrument: `${bo.id}/statuses/q` } },
    )
    await home.takes(al, request(al, id, `${al.id}/statuses/q`))
    const no = await gone(home)
    expect(no.activity.type).toBe('Reject')
    expect(no.activity).not.toHaveProperty('result')
  })

  test('another policy is told without an edit, each time under an id of its own', async () => {
    const { home } = await scene()
    const id = await written(home, { text: 'Mine', visibility: 'public' })
    setQuotePolicy(home, id, 'nobody')
    const one = await gone(home)
    setQuotePolicy(home, id, 'public')
    const two = await gone(home)
    expect(one.activity.object).toMatchObject({ interactionPolicy: { canQuote: { automaticApproval: [ANA] } } })
    expect(two.activity.object).not.toHaveProperty('updated')
    expect(one.activity.id).not.toBe(two.activity.id)
  })

  test('a private post may be quoted by nobody, whatever the setting', async () => {
    const { home } = await scene()
    updateSettings(home, { quotePolicy: 'public' })
    writePost(home, { text: 'Between us', visibility: 'private' })
    const left = await gone(home)
    expect(left.activity.object).toMatchObject({ interactionPolicy: { canQuote: { automaticApproval: [ANA] } } })
    expect(left.synchronize).toBe(true)
  })
})
