import { expect, test } from 'vitest'
import { draft, draftVersions, restoreDraft, saveDraft } from '../../../src-main/domain/drafts.ts'
import { MINUTE, openAna } from './home.ts'

const ID = '44444444-4444-4444-8444-444444444444'
const words = (text: string) => ({
  text,
  warning: '',
  sensitive: false,
  visibility: 'public' as const,
  language: null,
  inReplyToId: null,
  editOf: null,
  mediaIds: [],
  caret: 0,
})

test('going back and forth between versions keeps as many as there may be, and the words that stood there', () => {
  const home = openAna()
  for (let n = 0; n < 40; n++) {
    home.clock.at += 2 * MINUTE
    saveDraft(home, ID, words(`Version ${n}`))
  }
  expect(draftVersions(home, ID)).toHaveLength(30)
  for (let n = 0; n < 40; n++) {
    home.clock.at += 1_000
    const before = draft(home, ID)?.text
    const version = draftVersions(home, ID).find((one) => one.input.text !== before)
    restoreDraft(home, ID, version?.id ?? 0)
    expect(draftVersions(home, ID)[0]?.input.text).toBe(before)
  }
  expect(draftVersions(home, ID).length).toBeLessThanOrEqual(30)
})
