import { describe, expect, it } from 'vitest'
import { checkLocales, judgeFrench } from '../../../.ci/locales.ts'
import { plantTree } from './tree.ts'

const judge = async (en: unknown, fr: unknown, source: string, file = 'src-renderer/state/a.ts'): Promise<string[]> => {
  const inWindow = file.startsWith('src-renderer')
  const [folder, other] = inWindow ? ['src-renderer/locales', 'resources/locales'] : ['resources/locales', 'src-renderer/locales']
  const findings = await checkLocales(
    await plantTree({
      [`${folder}/en.json`]: JSON.stringify(en),
      [`${folder}/fr.json`]: JSON.stringify(fr),
      [`${other}/en.json`]: '{}',
      [`${other}/fr.json`]: '{}',
      [file]: source,
    }),
  )
  return findings.map(({ file: where, message }) => `${where}: ${message}`)
}

describe('the two languages', () => {
  it('pass when they say the same and everything is used', async () => {
    const en = { greet: 'Hello {name}', posts: { one: 'One post', other: '{count} posts' }, 'odd-one': 'An odd one' }
    const fr = {
      greet: 'Bonjour {name}',
      posts: { one: 'Un message', many: '{count} de messages', other: '{count} messages' },
      'odd-one': 'Un drôle',
    }
    expect(await judge(en, fr, "export const a = [m.greet({ name }), m.posts({ count }), m['odd-one']()]\n")).toEqual([])
  })

  it('are read in Svelte markup too', async () => {
    expect(await judge({ greet: 'Hello' }, { greet: 'Bonjour' }, '<p aria-label={m.greet()}></p>\n', 'src-renderer/ui/A.svelte')).toEqual(
      [],
    )
  })

  it('report what is missing, on which side, and what nobody uses', async () => {
    expect(await judge({ a: 'Apple', b: 'Pear' }, { b: 'Poire', c: 'Cerise' }, 'export const x = [m.a(), m.d()]\n')).toEqual([
      'src-renderer/locales/fr.json: a is missing',
      'src-renderer/locales/en.json: b is used nowhere in src-renderer',
      'src-renderer/locales/en.json: c is missing',
      'src-renderer/state/a.ts: the message d is in no locale',
    ])
  })

  it('report other inputs and texts left in English', async () => {
    expect(
      await judge({ a: 'By {name}', b: 'Pear tree' }, { a: 'Par {nom}', b: 'Pear tree' }, 'export const x = [m.a(), m.b()]\n'),
    ).toEqual([
      'src-renderer/locales/fr.json: a: inputs {nom}, but in English {name}',
      'src-renderer/locales/fr.json: b: the same text as in English ("Pear tree"); if that is right, list it in .ci/locales.ts',
    ])
  })

  it('find keys of the main process in its string literals, and families of keys by their beginning', async () => {
    const en = { tray: { open: 'Open' }, notify: { mention: 'Mentioned', follow: 'Followed' }, idle: 'Idle' }
    const fr = { tray: { open: 'Ouvrir' }, notify: { mention: 'Mention', follow: 'Abonné' }, idle: 'Au repos' }
    const source = "export const x = (kind: string) => [word('tray.open'), word(`notify.${kind}`)]\n"
    expect(await judge(en, fr, source, 'src-main/desktop/tray.ts')).toEqual(['resources/locales/en.json: idle is used nowhere in src-main'])
  })
})

describe('French spacing', () => {
  it.each([
    'Prêt\u202f?',
    'Oui\u202f! Non\u202f?!',
    'Adresse\u00a0: ana',
    '«\u00a0mot\u00a0»',
    'à 10:30',
    'https://ana.example/?a;b:c',
    'un, deux\u202f; trois',
  ])('accepts %j', (text) => {
    expect(judgeFrench(text)).toBeNull()
  })

  it.each([
    ['Prêt ?', 'U+202F'],
    ['Prêt?', 'U+202F'],
    ['un; deux', 'U+202F'],
    ['Adresse : ana', 'U+00A0'],
    ['Adresse: ana', 'U+00A0'],
    ['Adresse\u202f: ana', 'U+00A0'],
    ['« mot »', 'U+00A0'],
    ['«mot»', 'U+00A0'],
  ])('refuses %j', (text, missing) => {
    expect(judgeFrench(text)).toContain(missing)
  })
})
