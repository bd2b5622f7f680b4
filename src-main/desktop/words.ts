import en from '../../resources/locales/en.json' with { type: 'json' }
import fr from '../../resources/locales/fr.json' with { type: 'json' }

type Texts = typeof en

/** The words of menus, tray and dialogs. */
export type Word = { [Key in keyof Texts]: Texts[Key] extends string ? Key : never }[keyof Texts]
export type Language = 'en' | 'fr'
export type Words = (word: Word) => string

const texts: Record<Language, Texts> = { en, fr }

/** The first language of ours among what the owner chose and what the system prefers (`fr-CA` is French); English otherwise. */
export function pickLanguage(chosen: string | null, preferred: readonly string[]): Language {
  for (const tag of chosen === null ? preferred : [chosen, ...preferred]) {
    const language = tag.toLowerCase().split(/[-_]/)[0]
    if (language === 'en' || language === 'fr') return language
  }
  return 'en'
}

export function wordsIn(language: Language): Words {
  return (word) => texts[language][word]
}
