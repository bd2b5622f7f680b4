import { describe, expect, it } from 'vitest'
import { loadPost } from '../../../src-main/domain/loading.ts'
import { notificationsPage } from '../../../src-main/domain/notifications.ts'
import { addEmoji } from '../../../src-main/domain/own-emojis.ts'
import { boostPost, releasePost, writePost } from '../../../src-main/domain/posts.ts'
import { isEmoji, react, reactionById, reactionsOf, receiveReaction, removeReaction, unreact } from '../../../src-main/domain/reactions.ts'
import { openAna, person, received, refused, upload } from './home.ts'
import type { RemoteEmoji } from '../../../src-main/domain/emojis.ts'
import type { Home } from './home.ts'

const BLOB: RemoteEmoji = { shortcode: 'blob', url: 'https://tide.example/blob.png' }
const shown = (home: Home, id: number) => loadPost(home, id)?.reactions.map(({ emoji, count, mine }) => [emoji, count, mine])
const left = (home: Home): number => {
  const { post } = writePost(home, { text: 'Mine', visibility: 'public' })
  releasePost(home, post.id, home.clock.at)
  home.heard()
  return post.id
}

describe('one emoji', () => {
  it.each(['🎉', '❤️', '👩‍👩‍👧‍👦', '👍🏽', '🇫🇷', '1️⃣', '✅', '☺'])('%s is one', (text) => expect(isEmoji(text)).toBe(true))
  it.each(['', 'a', '1', '#', '🎉🎉', 'x🎉', '🎉 ', ':blob:', '\u200d', '\ufe0f', '<b>', `🎉${'\u0301'.repeat(100)}`])(
    '%j is none',
    (text) => expect(isEmoji(text)).toBe(false),
  )
})

describe('the owner reacts', () => {
  it('with a character, once, and takes it back', () => {
    const home = openAna()
    const id = received(home, person(home, 'bo'))
    home.heard()
    react(home, boostPost(home, id).id, '🎉')
    react(home, id, '🎉')
    const reacted = home.heard().filter(([type]) => type === 'reacted')
    expect(reacted).toMatchObject([['reacted', { postId: id, own: true }]])
    expect(reactionById(home, reacted[0]?.[1].reactionId as number)).toMatchObject({ emoji: '🎉', postId: id, token: null, uri: null })
    expect(shown(home, id)).toEqual([['🎉', 1, true]])
    unreact(home, id, '🎉')
    unreact(home, id, '🎉')
    expect(home.heard()).toMatchObject([['unreacted', { emoji: '🎉', own: true, uri: expect.stringContaining('#reactions/') as string }]])
    expect(shown(home, id)).toEqual([])
  })

  it('with an own custom emoji, or one that is there already; with nothing else', () => {
    const home = openAna()
    const id = received(home, person(home, 'bo'))
    addEmoji(home, { shortcode: 'tea', mediaId: upload(home, { kind: 'emoji', mime: 'image/png' }) })
    react(home, id, ':tea:')
    receiveReaction(home, { postId: id, accountId: person(home, 'cy'), emoji: ':blob:', picture: BLOB, uri: null })
    react(home, id, 'blob')
    expect(shown(home, id)).toEqual([
      ['tea', 1, true],
      ['blob', 2, true],
    ])
    const before = home.picture()
    for (const emoji of ['milk', 'a', '', ':no such:', '🎉🎉', '<img>']) {
      expect(refused(() => react(home, id, emoji)).reason).toBe('emoji-invalid')
    }
    expect(home.picture()).toBe(before)
    for (const emoji of ['🎉', '🍵', '🌊', '🦭', '🐙', '🐚', '⛵', '⚓']) react(home, id, emoji)
    expect(refused(() => react(home, id, '🌍')).reason).toBe('too-many-reactions')
    unreact(home, id, ':tea:')
    react(home, id, '🌍')
  })
})

describe('others react', () => {
  it('and the owner is told, until it is taken back', () => {
    const home = openAna()
    const id = left(home)
    const bo = person(home, 'bo')
    const uri = 'https://tide.example/r/1'
    const reaction = { postId: id, accountId: bo, emoji: ':blob@tide.example:', picture: BLOB, uri }
    expect([receiveReaction(home, reaction), receiveReaction(home, reaction)]).toEqual([true, false])
    expect(shown(home, id)).toEqual([['blob', 1, false]])
    expect(reactionsOf(home, [id]).get(id)?.[0]?.token).toMatch(/^[\w-]{16,}$/)
    expect(notificationsPage(home, { limit: 5 })).toMatchObject([{ type: 'reaction', accountId: bo, postId: id }])
    expect(removeReaction(home, { accountId: person(home, 'cy'), uri })).toBe(false)
    expect(removeReaction(home, { accountId: bo, uri })).toBe(true)
    expect([shown(home, id), notificationsPage(home, { limit: 5 })]).toEqual([[], []])
    // Rule 15: what was undone does not come again.
    expect(receiveReaction(home, reaction)).toBe(false)
  })

  it('or take it back by post and emoji', () => {
    const home = openAna()
    const id = left(home)
    const bo = person(home, 'bo')
    receiveReaction(home, { postId: id, accountId: bo, emoji: '🎉', picture: null, uri: null })
    expect(removeReaction(home, { accountId: bo, postId: id, emoji: '🍵' })).toBe(false)
    expect(removeReaction(home, { accountId: bo, postId: id, emoji: '🎉' })).toBe(true)
  })

  it('rule 11: the same name of two servers is two pictures', () => {
    const home = openAna()
    const id = left(home)
    const with_ = (host: string) =>
      receiveReaction(home, {
        postId: id,
        accountId: person(home, 'bo', host),
        emoji: ':blob:',
        picture: { ...BLOB, url: `https://${host}/blob.png` },
        uri: null,
      })
    expect([with_('tide.example'), with_('rock.example')]).toEqual([true, true])
    const [one, two] = reactionsOf(home, [id]).get(id) ?? []
    expect([one?.emoji, two?.emoji, one?.token === two?.token]).toEqual(['blob', 'blob', false])
  })

  it('with what is no emoji, before the post has left, or without end: not kept', () => {
    const home = openAna()
    const id = left(home)
    const bo = person(home, 'bo')
    const send = (emoji: string, picture: RemoteEmoji | null = null, postId = id) =>
      receiveReaction(home, { postId, accountId: bo, emoji, picture, uri: null })
    expect([send('nice'), send(':blob:'), send('', BLOB), send('<b>', BLOB), send('x'.repeat(200), BLOB)]).toEqual(Array(5).fill(false))
    expect(send('🎉', null, writePost(home, { text: 'Wet', visibility: 'public' }).post.id)).toBe(false)
    const emojis = ['🎉', '🍵', '🌊', '🦭', '🐙', '🐚', '⛵', '⚓', '🌍', '🌙', '🔥', '🌱']
    expect(emojis.filter((emoji) => send(emoji)).length).toBe(10)
  })
})
