import { describe, expect, it } from 'vitest'
import { mediaByToken, sweepMedia } from '../../../src-main/domain/media.ts'
import { addEmoji, ownEmojis, ownEmojisIn, removeEmoji } from '../../../src-main/domain/own-emojis.ts'
import { HOUR, openAna, refused, upload } from './home.ts'
import type { Home } from './home.ts'

const picture = (home: Home) => upload(home, { kind: 'emoji', mime: 'image/png', previewBlob: null, previewMime: null })

describe('own emojis', () => {
  it('are found in a text as others find them: not inside words, not glued together', () => {
    const home = openAna()
    for (const shortcode of ['blob', ':Wave:', 'x_1']) addEmoji(home, { shortcode, mediaId: picture(home) })
    expect(ownEmojis(home).map((emoji) => emoji.shortcode)).toEqual(['blob', 'wave', 'x_1'])
    const found = (text: string) => ownEmojisIn(home, text).map((emoji) => emoji.shortcode)
    expect(found('Hi :blob:, (:wave:) :blob: :nobody:')).toEqual(['blob', 'wave'])
    expect(found('a:blob: :blob:b ::blob:: 12:30:45 :blob:wave:')).toEqual([])
    expect(found('')).toEqual([])
    expect(found(':x_1:')).toEqual(['x_1'])
    expect(ownEmojisIn(home, ':blob:')[0]).toEqual({
      shortcode: 'blob',
      mediaId: ownEmojis(home)[0]?.mediaId,
      token: ownEmojis(home)[0]?.token,
    })
  })

  it('have one name each, of letters, digits and _', () => {
    const home = openAna()
    addEmoji(home, { shortcode: 'blob', mediaId: picture(home) })
    home.heard()
    const mediaId = picture(home)
    const before = home.picture()
    expect(refused(() => addEmoji(home, { shortcode: 'blob', mediaId })).reason).toBe('shortcode-taken')
    for (const shortcode of ['', 'a', 'with space', 'ünder', '../x', 'x'.repeat(31)]) {
      expect(refused(() => addEmoji(home, { shortcode, mediaId })).reason).toBe('shortcode-invalid')
    }
    expect(refused(() => addEmoji(home, { shortcode: 'photo', mediaId: upload(home) })).code).toBe('not-found')
    expect(home.rows('emojis')).toBe(1)
    expect(before.length).toBeGreaterThan(0)
    expect(home.heard()).toEqual([])
  })

  it('stay for the posts that use them when their name is given up', () => {
    const home = openAna()
    const emoji = addEmoji(home, { shortcode: 'blob', mediaId: picture(home) })
    expect(mediaByToken(home, emoji.token, 'public')).toMatchObject({ id: emoji.mediaId })
    home.heard()
    removeEmoji(home, 'blob')
    expect(home.heard()).toEqual([['emojis-changed', {}]])
    expect(refused(() => removeEmoji(home, 'blob')).code).toBe('not-found')
    home.clock.at += 48 * HOUR
    sweepMedia(home)
    expect(mediaByToken(home, emoji.token, 'public')).toMatchObject({ id: emoji.mediaId })
    expect(ownEmojisIn(home, ':blob:')).toEqual([])
    addEmoji(home, { shortcode: 'blob', mediaId: picture(home) })
    expect(ownEmojisIn(home, ':blob:')).toHaveLength(1)
  })
})
