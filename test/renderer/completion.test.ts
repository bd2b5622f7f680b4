import { describe, expect, it } from 'vitest'
import { tokenAt } from '../../src-renderer/components/composer/complete.ts'
import { mentionPrefix, mentionsFor, peelMentions, stricter } from '../../src-renderer/state/composition.svelte.ts'
import type { Status } from '../../src-renderer/state/entities.ts'

/** The caret is where `|` stands. */
const at = (marked: string) => tokenAt(marked.replace('|', ''), marked.indexOf('|'))

describe('what is being completed', () => {
  it.each([
    ['hello @b|', { kind: 'mention', start: 6, query: 'b' }],
    ['@bo@tide.ex|', { kind: 'mention', start: 0, query: 'bo@tide.ex' }],
    ['(@bo|', { kind: 'mention', start: 1, query: 'bo' }],
    ['#mend|ing', { kind: 'tag', start: 0, query: 'mend' }],
    ['a #été|', { kind: 'tag', start: 2, query: 'été' }],
    ['mail bo@tide.ex|', null],
    ['https://tide.example/@bo|', null],
    ['https://tide.example/#x|', null],
    ['@|', null],
    ['#|', null],
    ['plain words|', null],
    ['@bo |', null],
    ['&#39|', null],
    [':smi|', { kind: 'emoji', start: 0, query: 'smi' }],
    ['oh :coeur|', { kind: 'emoji', start: 3, query: 'coeur' }],
    [':D|', null],
    ['12:30|', null],
    ['https://tide|', null],
    [':smile: x|', null],
  ])('%s', (marked, token) => {
    expect(at(marked)).toEqual(token)
  })
})

describe('an answer', () => {
  const person = (acct: string) => ({ acct })
  const post = (author: string, mentions: string[]) => ({ account: person(author), mentions: mentions.map(person) }) as unknown as Status

  it('begins with everybody in the conversation but the owner', () => {
    const everybody = mentionsFor(post('bo@tide.example', ['ada', 'cy@workbench.test', 'bo@tide.example']), 'ada')
    expect(everybody).toEqual(['bo@tide.example', 'cy@workbench.test'])
    expect(mentionPrefix(everybody)).toBe('@bo@tide.example @cy@workbench.test ')
    expect(mentionsFor(post('ada', ['ada']), 'ada')).toEqual([])
  })

  it('speaks to the author alone when that is asked for', () => {
    expect(mentionsFor(post('bo@tide.example', ['cy@workbench.test']), 'ada', true)).toEqual(['bo@tide.example'])
  })

  it('finds the people again at the beginning of a draft, and nobody further on', () => {
    expect(peelMentions('@bo@tide.example @cy@workbench.test Thanks @wren')).toEqual({
      mentions: ['bo@tide.example', 'cy@workbench.test'],
      rest: 'Thanks @wren',
    })
    expect(peelMentions('Thanks @bo')).toEqual({ mentions: [], rest: 'Thanks @bo' })
    expect(peelMentions('@bo, thanks')).toEqual({ mentions: [], rest: '@bo, thanks' })
  })

  it('is never seen by more people than what it answers', () => {
    expect(stricter('private', 'public')).toBe('private')
    expect(stricter('public', 'unlisted')).toBe('unlisted')
    expect(stricter('direct', 'private')).toBe('direct')
  })
})
