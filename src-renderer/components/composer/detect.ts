import { entitiesIn } from './count.ts'

/**
 * In which language a text is, told by its letters and its small words. What it cannot do: fewer than 20 letters, a text in two languages,
 * languages not listed here, and close relatives that differ in few small words (Danish and Norwegian, Galician and Portuguese). Then it
 * says nothing rather than something wrong.
 */

/** Letters that must be there before anything is said. */
export const ENOUGH = 20
/** The first must be this much ahead of the second. */
const AHEAD = 1.25

const SCRIPTS: [RegExp, string][] = [
  [/[\u3040-\u30ff]/gu, 'ja'],
  [/\p{Script=Hangul}/gu, 'ko'],
  [/\p{Script=Han}/gu, 'zh'],
  [/\p{Script=Greek}/gu, 'el'],
  [/\p{Script=Hebrew}/gu, 'he'],
  [/\p{Script=Devanagari}/gu, 'hi'],
  [/\p{Script=Thai}/gu, 'th'],
  [/\p{Script=Arabic}/gu, 'ar'],
  [/\p{Script=Cyrillic}/gu, 'ru'],
  [/\p{Script=Latin}/gu, ''],
]

const WORDS: Record<string, string> = {
  en: 'the and of to is in it that was for on with you this have not are be but at my we they what so just from or as by an had has been would there their when your about which i',
  fr: 'le la les de des du et est un une que qui dans pour pas sur avec ce cette je ne nous vous il elle mais ou plus au aux sont tout comme se son sa ses mon ma on y été fait ça c’est j’ai',
  de: 'der die das und ist nicht ich ein eine zu mit den auf für von dem sich auch im es wir sie aber wie so noch nur war hat bei oder wenn werden als an sind man mich wird',
  es: 'el la los las de que y en un una es por con no para se su al lo como más pero sus le ya o este sí porque esta entre cuando muy sin sobre también me hasta hay donde está del',
  it: 'il lo la gli le di che e è un una per non con si da in del della sono ma come anche più al ho ha mi se questo questa dei delle nel nella cosa tutto ci perché molto',
  pt: 'o a os as de que e do da em um uma para com não uma no na por mais se ao como mas foi dos das ele tem à seu sua ou ser quando muito há nos já está eu também só pelo pela você isso',
  gl: 'o a os as de que e do da en un unha para con non no na por máis se ao como mais foi dos das el ten á seu súa ou ser cando moi hai nos xa está eu tamén só polo pola iso coa',
  ca: 'el la els les de que i en un una és per amb no se del al com més però aquest aquesta ha són ho si jo també molt fins quan on tot hi o pels dels perquè',
  oc: 'lo la los las de que e en un una es per amb non se del al coma mai mas aqueste aquesta a son o ieu tanben fòrça quand ont tot i dins aquò perqué',
  nl: 'de het een en van is in dat op te zijn met voor niet aan er ook als maar om bij nog naar dan wat ik je we ze die dit was heeft kan uit door over hij wordt worden geen',
  da: 'og i at det er en til på som med for ikke den der de et af jeg har var men om vi så kan han hun sig eller fra være meget nu også bliver blev hvad noget',
  nb: 'og i det er en til på som med for ikke den de et av jeg har var men om vi så kan han hun seg eller fra være veldig nå også blir ble hva noe å',
  sv: 'och i att det är en till på som med för inte den de ett av jag har var men om vi så kan han hon sig eller från vara mycket nu också blir blev vad något',
  fi: 'ja on ei että se oli en ovat hän mutta kun niin myös tämä sen joka kuin mitä minä olen voi nyt vain jos sitten mukaan ole tai mun sitä hyvä siis',
  is: 'og að í er á það sem ekki við var um til en af hann ég fyrir með þá þetta svo eru hún þú mér nú hafa verið vera frá eða',
  pl: 'i w na nie się z do to jest że a o jak za po ale co tak od przez tym czy jego tylko był już są być ze dla ich może mnie ten bardzo jeszcze która które',
  cs: 'a v na je se že to s z do o i k ve pro ale jako po za by tak jsem jsou co nebo jeho když už které který také být bylo ještě jen mě',
  sk: 'a v na je sa že to s z do o aj k vo pre ale ako po za by tak som sú čo alebo jeho keď už ktoré ktorý tiež byť bolo ešte len mi',
  hu: 'a az és hogy nem is egy ez van de volt meg csak már mint ha még el ki fel azt kell minden nagyon vagy ami pedig lesz én sem itt most',
  ro: 'și de în a la cu nu că este un o pe mai din pentru sunt am ce se să au fost dar care ca fi ai lui sau dacă acest foarte după',
  tr: 've bir bu da de için çok ne o ama gibi daha en ben var mi olan olarak ile kadar sonra değil her şey bunu ya ki biz siz nasıl',
  vi: 'và của là có không được cho trong một các này với những người đã tôi để khi từ như đến cũng về ra nhiều rất thì mà',
  id: 'yang dan di ini itu dengan untuk dari tidak pada ada saya akan ke juga bisa atau dalam adalah kita sudah karena lebih oleh mereka kami sangat telah banyak',
  eo: 'la kaj de en estas ne mi ke al por kun sed ĝi li ŝi oni tio tiu ĉi ankaŭ pli jes nun tre kiel kiu kio el da ĉu ili vi',
  cy: 'y yr yn a o i ar mae ei am wedi ond gan fod roedd nid hyn ac fel hefyd bod mewn iawn sy oedd fy chi ni',
  ga: 'agus an na a ar is ní go i le tá do bhí sé sí ach mé nach mar seo sin bhfuil ag leis freisin faoi ón ina atá',
  eu: 'eta da ez du bat dira izan zuen baina ere hau hori zen egin dut duen behar oso bere arte dela edo nahi baino dute ari',
  br: 'ha an ar er eus zo d’ar e gant ne ket eo evit met war a da oa ur ul un ouzh din dit anezhañ ivez mat ma',
}
const BY_WORD = new Map<string, string[]>()
for (const [code, words] of Object.entries(WORDS))
  for (const word of words.split(' ')) BY_WORD.set(word, [...(BY_WORD.get(word) ?? []), code])

/** Letters that few languages have: each counts as much as half a small word. */
const LETTERS: [RegExp, readonly string[]][] = [
  [/ß/gu, ['de']],
  [/[äöü]/gu, ['de', 'sv', 'fi', 'tr', 'hu']],
  [/[œùêîç]/gu, ['fr']],
  [/ñ|¿|¡/gu, ['es', 'gl']],
  [/[ãõ]/gu, ['pt']],
  [/ŀl|l·l/gu, ['ca']],
  [/[ðþ]/gu, ['is']],
  [/[æø]/gu, ['da', 'nb']],
  [/å/gu, ['sv', 'da', 'nb']],
  [/[łąęśźż]/gu, ['pl']],
  [/[řůě]/gu, ['cs']],
  [/[ľĺŕô]/gu, ['sk']],
  [/[őű]/gu, ['hu']],
  [/[șță]/gu, ['ro']],
  [/[ğış]/gu, ['tr']],
  [/[ĉĝĥĵŝŭ]/gu, ['eo']],
  [/[ơưđạảấầẩậắằẵặẹẻẽếềểễệ]/gu, ['vi']],
  [/[òàèì]/gu, ['it', 'oc', 'ca']],
]

const RELATED: Record<string, [RegExp, string][]> = {
  ru: [
    [/[іїєґ]/u, 'uk'],
    [/[ўі]/u, 'be'],
    [/[ђћџљњј]/u, 'sr'],
    [/ъ[^еёюяЕЁЮЯ]|(?:^|\s)(?:се|във|със|който|която|това)(?:\s|$)/u, 'bg'],
  ],
  ar: [
    [/[ٹڈڑےں]/u, 'ur'],
    [/[پچژگ]/u, 'fa'],
  ],
}

/** The code of the language, or null when the text is too short or does not say. */
export function languageIn(text: string): string | null {
  let plain = ''
  let from = 0
  for (const { start, end } of entitiesIn(text)) {
    plain += `${text.slice(from, start)} `
    from = end
  }
  plain = (plain + text.slice(from)).toLowerCase().replaceAll("'", '\u2019')
  const letters = plain.match(/\p{L}/gu)?.length ?? 0
  const counts = SCRIPTS.map(([letter, code]) => ({ code, count: plain.match(letter)?.length ?? 0 }))
  const kana = counts[0]?.count ?? 0
  const dense = counts.slice(0, 3).reduce((sum, one) => sum + one.count, 0)
  // Characters that stand for a syllable or a word say as much as two letters do.
  if (letters + dense < ENOUGH) return null
  const most = counts.toSorted((a, b) => b.count - a.count)[0]
  if (!most || most.count < letters * 0.6) return kana > 2 && dense >= letters * 0.6 ? 'ja' : null
  if (most.code === 'zh' && kana > most.count / 20) return 'ja'
  if (most.code !== '') return RELATED[most.code]?.find(([mark]) => mark.test(plain))?.[1] ?? most.code
  return latin(plain)
}

function latin(text: string): string | null {
  const score = new Map<string, number>()
  const add = (codes: readonly string[], weight: number) => {
    for (const code of codes) score.set(code, (score.get(code) ?? 0) + weight)
  }
  let words = 0
  for (const [word] of text.matchAll(/[\p{L}\p{M}\u2019]+/gu)) {
    words++
    const elided = /^(?:[cdjlmnst]|qu)\u2019(.+)$/u.exec(word)
    const codes = BY_WORD.get(word)
    // A word that many languages share says little about each.
    if (codes) add(codes, 1 / Math.sqrt(codes.length))
    else if (elided?.[1]) {
      if (/^[jn]\u2019|^qu\u2019|^c\u2019est/u.test(word)) add(['fr'], 1)
      else add(['fr', 'it', 'ca'], 0.4)
    }
  }
  for (const [letter, codes] of LETTERS) add(codes, Math.min(4, text.match(letter)?.length ?? 0) * 0.5)
  const [first, second] = [...score].toSorted((a, b) => b[1] - a[1])
  if (!first || first[1] < Math.max(1, words * 0.12)) return null
  return second && first[1] < second[1] * AHEAD ? null : first[0]
}
