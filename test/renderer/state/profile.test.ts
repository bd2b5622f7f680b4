import { expect, test } from 'vitest'
import type { Ground } from '../../../src-renderer/state/ground.ts'
import { ProfileForm } from '../../../src-renderer/state/profile.svelte.ts'

const account = (change: Record<string, unknown> = {}) => ({
  username: 'ada',
  displayName: 'Ada Marsh',
  note: '<p>Repairs <a href="https://a.example/tags/windows">#windows</a></p>',
  fields: [],
  locked: false,
  source: { note: 'Repairs #windows', fields: [{ name: 'Site', value: 'https://ada.example' }] },
  ...change,
})

/** A form over a server that keeps what it is sent, or refuses with `refuse`. */
const open = (refuse?: Error) => {
  const sent: Record<string, unknown>[] = []
  const session = {
    me: account(),
    rest: {
      v1: {
        accounts: {
          updateCredentials: (change: Record<string, unknown>) => {
            sent.push(change)
            if (refuse) return Promise.reject(refuse)
            return Promise.resolve(account({ displayName: change['displayName'] ?? 'Ada Marsh' }))
          },
        },
      },
    },
  }
  const ground = { session, toasts: { show: () => 1 } } as unknown as Ground
  return { form: new ProfileForm(ground), sent, session }
}

test('shows what was typed once, not the HTML made of it', () => {
  const { form } = open()
  expect(form.bio).toBe('Repairs #windows')
  expect(form.fields).toHaveLength(4)
  expect(form.fields[0]).toEqual({ name: 'Site', value: 'https://ada.example' })
  expect(form.changed).toBe(false)
})

test('sends all four rows, so that the last field can be emptied', async () => {
  const { form, sent } = open()
  form.fields = form.fields.map(() => ({ name: '', value: '' }))
  expect(form.changed).toBe(true)
  expect(await form.save()).toBe(true)
  expect(sent[0]?.['fieldsAttributes']).toEqual(Array.from({ length: 4 }, () => ({ name: '', value: '' })))
})

test('news of the profile do not overwrite what is being typed', () => {
  const { form, session } = open()
  form.displayName = 'Ada of the Marsh'
  session.me = account({ displayName: 'Somebody else' })
  form.adopt()
  expect(form.displayName).toBe('Ada of the Marsh')
})

test('counts characters as people do, and asks the server nothing beyond the limit', async () => {
  const { form, sent } = open()
  form.displayName = '👩‍🔧'.repeat(30)
  expect(form.tooLong).toBe(false)
  form.displayName = '👩‍🔧'.repeat(31)
  expect(form.tooLong).toBe(true)
  expect(await form.save()).toBe(false)
  expect(sent).toEqual([])
})

test('a field without a name is said before it is sent', async () => {
  const { form, sent } = open()
  form.fields[1] = { name: ' ', value: 'she/her' }
  expect(form.nameless).toBe(true)
  expect(await form.save()).toBe(false)
  expect(sent).toEqual([])
})

test('a failed save keeps the words and says why', async () => {
  const { form } = open(new TypeError('Failed to fetch'))
  form.bio = 'New words'
  expect(await form.save()).toBe(false)
  expect(form.bio).toBe('New words')
  expect(form.changed).toBe(true)
  expect(form.problem).toContain('Burrow')
})
