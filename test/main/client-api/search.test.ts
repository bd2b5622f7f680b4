import { expect, it } from 'vitest'
import { dueCards, settleCard, wantCard } from '../../../src-main/domain/cards.ts'
import { updateProfile } from '../../../src-main/domain/owner.ts'
import { followed, NOON, person, received } from '../domain/home.ts'
import { openApi } from './instance.ts'
import type { CardFacts } from '../../../src-main/domain/cards.ts'
import type { Api, Json } from './instance.ts'

const FACTS: CardFacts = {
  kind: 'link',
  title: 'The keeper of Skerry Rock',
  description: 'Forty winters beside the lamp',
  language: 'en',
  authorName: '',
  authorUrl: '',
  authorId: null,
  providerName: 'The Paper',
  providerUrl: 'https://paper.example/',
  width: 0,
  height: 0,
  publishedAt: NOON,
  picture: { url: 'https://cdn.example/lamp.jpg', width: 1200, height: 630, description: 'A lamp' },
}
const link = (url: string) => `<p>Read <a href="${url}" rel="nofollow noopener">${url}</a></p>`

/** A post with a card that is there. */
function linking(api: Api, author: number, url: string, facts: Partial<CardFacts> = {}): number {
  const id = received(api.home, author, { content: link(url) })
  wantCard(api.home, id, [url])
  settleCard(api.home, dueCards(api.home, 1)[0]?.id as number, { ...FACTS, ...facts }, api.home.clock.at)
  return id
}
const search = async (api: Api, q: string, more = '') => (await api.get(`/api/v2/search?q=${encodeURIComponent(q)}${more}`)).body as Json
const ids = (list: Json): number[] => list.map((one: { id: string }) => Number(one.id))

it('a post carries the card of the page it links to, with nothing of its site but texts and links', async () => {
  const api = await openApi()
  const bo = person(api.home, 'bo')
  const id = linking(api, bo, 'https://paper.example/a', { kind: 'rich', authorName: 'Ines Vale' })
  const { card } = (await api.get(`/api/v1/statuses/${id}`)).body
  expect(card).toEqual({
    // Ours: films are shown larger than pages.
    kind: 'rich',
    url: 'https://paper.example/a',
    title: 'The keeper of Skerry Rock',
    description: 'Forty winters beside the lamp',
    language: 'en',
    type: 'link',
    author_name: 'Ines Vale',
    author_url: '',
    provider_name: 'The Paper',
    provider_url: 'https://paper.example/',
    html: '',
    width: 1200,
    height: 630,
    image: expect.stringMatching(/^http:\/\/127\.0\.0\.1:4321\/media\//) as string,
    image_description: 'A lamp',
    embed_url: '',
    blurhash: null,
    published_at: '2026-05-01T12:00:00.000Z',
    authors: [{ name: 'Ines Vale', url: '', account: null }],
  })
  expect((await api.get(`/api/v1/statuses/${received(api.home, bo)}`)).body.card).toBeNull()
  // On every list, and inside boosts.
  const boost = (await api.call('POST', `/api/v1/statuses/${id}/reblog`)).body
  expect([boost.card, boost.reblog.card.title]).toEqual([null, FACTS.title])
})

it('an author is shown with the account when the profile names the site', async () => {
  const api = await openApi()
  const me = (await api.get('/api/v1/accounts/verify_credentials')).body
  const id = linking(api, person(api.home, 'bo'), 'https://blog.paper.example/a', { authorId: Number(me.id) })
  const authors = async () => (await api.get(`/api/v1/statuses/${id}`)).body.card.authors
  expect(await authors()).toEqual([])
  updateProfile(api.home, { attributionDomains: ['paper.example'] })
  expect(await authors()).toMatchObject([{ name: 'Ana', url: 'https://ana.example/@ana', account: { id: me.id, acct: 'ana' } }])
})

it('finds by the words of linked pages, by operators alone, and pages through', async () => {
  const api = await openApi()
  const bo = followed(api.home, 'bo')
  const one = linking(api, bo, 'https://paper.example/a')
  const more = [1, 2, 3].map((n) => received(api.home, bo, { content: `<p>skerry ${n}</p>`, published: NOON - n * 1_000 }))
  expect(ids((await search(api, 'winters')).statuses)).toEqual([one])
  const all = [...more, one].sort((a, b) => b - a)
  expect(ids((await search(api, 'from:bo', '&type=statuses')).statuses)).toEqual(all)
  expect(ids((await search(api, 'from:bo has:card in:home')).statuses)).toEqual([one])
  expect(ids((await search(api, 'skerry', '&limit=2&type=statuses')).statuses)).toEqual(all.slice(0, 2))
  expect(ids((await search(api, 'skerry', '&limit=2&offset=2&type=statuses')).statuses)).toEqual(all.slice(2))
  expect(ids((await search(api, 'skerry', `&max_id=${all[1]}`)).statuses)).toEqual(all.slice(2))
  expect(ids((await search(api, 'skerry', `&limit=1&min_id=${all[3]}`)).statuses)).toEqual([all[2]])
  expect(ids((await search(api, 'skerry', `&account_id=${bo + 1}`)).statuses)).toEqual([])
  await api.call('POST', `/api/v1/accounts/${bo}/mute`)
  expect((await search(api, 'skerry')).statuses).toEqual([])
  expect(api.problems).toEqual([])
})

it('an address that is nobody: the posts that link to it', async () => {
  const api = await openApi()
  const id = linking(api, person(api.home, 'bo'), 'https://paper.example/a?x=1')
  expect(ids((await search(api, 'https://paper.example/a?x=1', '&resolve=true')).statuses)).toEqual([id])
  expect(api.resolver.asked).toEqual(['https://paper.example/a?x=1'])
  expect(await search(api, 'https://paper.example/other')).toEqual({ accounts: [], statuses: [], hashtags: [] })
})

it('strangers find nothing, and a token needs the scope', async () => {
  const api = await openApi()
  received(api.home, person(api.home, 'bo'), { content: '<p>skerry</p>' })
  expect((await api.get('/api/v2/search?q=skerry', { token: null })).status).toBe(401)
})
