import { expect, test } from 'vitest'
import { KeyMatcher, nameOf, SEQUENCE_WAIT, type KeyPress } from '../../../src-renderer/state/keyboard.ts'

const key = (name: string, rest: Partial<KeyPress> = {}): KeyPress => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  keyCode: 0,
  ...rest,
})

const matcher = (now = { at: 0 }) => {
  const keys = new KeyMatcher(() => now.at)
  keys.bind('n', 'write')
  keys.bind('h', 'media')
  keys.bind('g h', 'home')
  keys.bind('g n', 'notifications')
  keys.bind('?', 'help')
  keys.bind('Ctrl+Enter', 'send')
  return { keys, now }
}

test('a sequence outranks the single key of its second half', () => {
  const { keys } = matcher()
  expect(keys.press(key('g'))).toMatchObject({ command: null, taken: true })
  expect(keys.press(key('n'))).toMatchObject({ command: 'notifications', taken: true })
  expect(keys.press(key('n'))).toMatchObject({ command: 'write', taken: true })
})

test('an unknown second key ends the sequence and does nothing', () => {
  const { keys } = matcher()
  keys.press(key('g'))
  expect(keys.press(key('?'))).toMatchObject({ command: null, taken: true })
  expect(keys.press(key('?'))).toMatchObject({ command: 'help', taken: true })
})

test('a first key waits for one second only', () => {
  const { keys, now } = matcher()
  keys.press(key('g'))
  now.at = SEQUENCE_WAIT + 1
  expect(keys.press(key('h'))).toMatchObject({ command: 'media', taken: true })
})

test('Escape gives a begun sequence up', () => {
  const { keys } = matcher()
  keys.press(key('g'))
  expect(keys.press(key('Escape'))).toMatchObject({ command: null, taken: true })
  expect(keys.press(key('h')).command).toBe('media')
})

test('presses of an input method are nobody’s', () => {
  const { keys } = matcher()
  expect(keys.press(key('n', { isComposing: true }))).toMatchObject({ command: null, taken: false })
  expect(keys.press(key('Process', { keyCode: 229 }))).toMatchObject({ command: null, taken: false })
})

test('a lone modifier neither matches nor breaks a sequence', () => {
  const { keys } = matcher()
  keys.press(key('g'))
  expect(keys.press(key('Shift', { shiftKey: true }))).toMatchObject({ command: null, taken: false })
  expect(keys.press(key('h')).command).toBe('home')
})

test('Ctrl and Cmd are one, and a letter with Ctrl is not the letter', () => {
  const { keys } = matcher()
  expect(keys.press(key('Enter', { metaKey: true })).command).toBe('send')
  expect(keys.press(key('n', { ctrlKey: true }))).toMatchObject({ command: null, taken: false })
})

test('keys are named as typed: the layout decides, not the position', () => {
  expect(nameOf(key('?', { shiftKey: true }))).toBe('?')
  expect(nameOf(key('O', { shiftKey: true }))).toBe('O')
  expect(nameOf(key('Enter', { shiftKey: true }))).toBe('Shift+Enter')
  expect(nameOf(key('X', { altKey: true }))).toBe('Alt+x')
})
