import { describe, expect, test } from 'vitest'
import { countOf } from '../../src-renderer/components/composer/count.ts'
import { languageIn } from '../../src-renderer/components/composer/detect.ts'
import { changesOf } from '../../src-renderer/components/composer/diff.ts'
import { splitText } from '../../src-renderer/components/composer/split.ts'

describe('a text that is too long becomes a thread', () => {
  const sentences = Array.from({ length: 40 }, (_, at) => `Sentence number ${at + 1} has some words in it.`)

  test('parts end where sentences end, fit, and hold every word', () => {
    const parts = splitText(sentences.join(' '), 500) ?? []
    expect(parts).toHaveLength(4)
    for (const part of parts) {
      expect(countOf(part)).toBeLessThanOrEqual(500)
      expect(part).toMatch(/^Sentence .*\.$/)
    }
    expect(parts.join(' ')).toBe(sentences.join(' '))
  })

  test('a link is never cut, and counts 23', () => {
    const link = `https://tide.example/${'x'.repeat(600)}?a=b`
    const parts = splitText(`${'word '.repeat(95)}${link} and then some more words that do not fit any more`, 500) ?? []
    expect(parts).toHaveLength(2)
    expect(parts.filter((part) => part.includes(link))).toHaveLength(1)
    for (const part of parts) expect(countOf(part)).toBeLessThanOrEqual(500)
  })

  test('one sentence without an end is cut between words, one word without an end between characters', () => {
    const words = splitText('lorem '.repeat(150), 500) ?? []
    expect(words.every((part) => /^(lorem ?)+$/.test(part))).toBe(true)
    const letters = splitText('é'.normalize('NFD').repeat(900), 500) ?? []
    expect(letters.map((part) => countOf(part))).toEqual([500, 400])
  })

  test('numbers stand in the text only when asked for, and count', () => {
    const parts = splitText(sentences.join(' '), 500, { numbered: true }) ?? []
    expect(parts[0]).toMatch(/ \(1\/\d\)$/)
    for (const part of parts) expect(countOf(part)).toBeLessThanOrEqual(500)
    expect(splitText('Short', 500, { numbered: true })).toEqual(['Short'])
  })

  test('at most 99 parts', () => {
    expect(splitText('a'.repeat(500 * 99), 500)).toHaveLength(99)
    expect(splitText('a'.repeat(500 * 99 + 1), 500)).toBeNull()
  })
})

describe('the language of a text', () => {
  test.each([
    ['en', 'The old cords were cotton, and I have kept a piece of them.'],
    ['fr', 'Trois épreuves du même bois, avant de choisir l’encre.'],
    ['fr', "C'est elle que je regarde, mais je n'ai pas encore fini."],
    ['de', 'Ich habe die Fenster heute noch nicht geputzt, aber das Wetter ist gut.'],
    ['es', 'Las cartas que llegan por la mañana son para los vecinos.'],
    ['it', 'Non ho ancora finito il lavoro, ma la stampa è molto bella.'],
    ['pt', 'Não sei se você já viu isso, mas é muito bom para todos.'],
    ['nl', 'Het is vandaag niet zo koud als gisteren, maar ik blijf nog even binnen.'],
    ['sv', 'Jag har inte hunnit läsa boken, men den är mycket bra.'],
    ['da', 'Jeg har læst noget af bogen, og hvad den siger, er meget godt.'],
    ['fi', 'Minä olen lukenut kirjan ja se oli hyvä, mutta en muista kaikkea.'],
    ['pl', 'Nie wiem, czy to jest dobre, ale bardzo mi się podoba.'],
    ['cs', 'Nevím, jestli je to dobře, ale už jsem to udělal a jsem rád.'],
    ['tr', 'Bu kitap çok güzel ama ben daha okumadım, sonra bir ara okurum.'],
    ['ru', 'Сегодня утром я снова вышел раньше обычного.'],
    ['uk', 'Сьогодні вранці я знову вийшов раніше, ніж завжди, і йшов пішки.'],
    ['ja', '今朝、駅前の銀杏がいっせいに色づいていた。'],
    ['zh', '今天早上车站前的银杏树都变黄了，我很高兴。'],
    ['ko', '오늘 아침 역 앞의 은행나무가 모두 노랗게 물들었다.'],
    ['ar', 'اليوم في الصباح خرجت من البيت مبكرا كالعادة'],
    ['he', 'הבוקר יצאתי מהבית מוקדם מהרגיל'],
  ])('%s', (code, text) => expect(languageIn(text)).toBe(code))

  test('says nothing of what is short, of links and handles, and of what is no language', () => {
    expect(languageIn('Hello there')).toBeNull()
    expect(languageIn('@bo@tide.example https://the.example/and/of/the #theandthe')).toBeNull()
    expect(languageIn('Lkjhg qwzx pmnb vcxz rtzu fghj')).toBeNull()
  })
})

describe('what an edit changes', () => {
  test('words that went and words that came, in order', () => {
    expect(changesOf('I have kept a piece.', 'I have kept two pieces.')).toEqual([
      { kind: 'same', text: 'I have kept ' },
      { kind: 'removed', text: 'a' },
      { kind: 'added', text: 'two' },
      { kind: 'same', text: ' ' },
      { kind: 'removed', text: 'piece' },
      { kind: 'added', text: 'pieces' },
      { kind: 'same', text: '.' },
    ])
    expect(changesOf('same', 'same')).toEqual([{ kind: 'same', text: 'same' }])
    expect(changesOf('', 'new')).toEqual([{ kind: 'added', text: 'new' }])
  })
})
