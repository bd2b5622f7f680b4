/** Languages the owner reads of somebody they follow. */

/** As many as anybody reads of one person. */
const MAX_LANGUAGES = 50
const CODE = /^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/i

/** Codes of languages as they are kept: without repeats, `en`, `en-GB`. Null if one of them is no code, or there are too many. */
export function languageCodes(codes: readonly string[]): string[] | null {
  if (codes.length > MAX_LANGUAGES || !codes.every((code) => CODE.test(code))) return null
  return [...new Set(codes.map((code) => code.replace(/^[A-Za-z]+/, (language) => language.toLowerCase())))]
}

/**
 * Whether a post in this language is wanted of somebody. `wishes`: JSON list of codes as in `follows`, null: every language. Posts that do not
 * say their language always are, as on Mastodon; `en` covers `en-GB`.
 */
export function readsLanguage(wishes: string | null, language: string | null): boolean {
  if (wishes === null || language === null) return true
  return (JSON.parse(wishes) as string[]).some((wish) => language === wish || language.startsWith(`${wish}-`))
}
