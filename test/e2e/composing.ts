import sharp from 'sharp'
import { openDomain } from '../../src-main/domain/domain.ts'
import { accountIdByAcct } from '../../src-main/domain/accounts.ts'
import { ownerId, updateSettings } from '../../src-main/domain/owner.ts'
import { receivePost, releasePost, writePost } from '../../src-main/domain/posts.ts'
import { receiveVote } from '../../src-main/domain/polls.ts'
import { openStore } from '../../src-main/store/store.ts'
import type { Page } from 'playwright-core'

/** A post as the client API tells it, as far as the composer's tests look. */
export interface Post {
  id: string
  content: string
  visibility: string
  spoiler_text: string
  language: string
  sensitive: boolean
  in_reply_to_id: string | null
  poll: { multiple: boolean; options: { title: string }[]; votes_count: number } | null
  media_attachments: { id: string; description: string | null; meta: { original: { width: number; height: number } } }[]
  quote: { state: string } | null
  quote_approval?: { automatic: string[] }
}

/** A picture of one colour. */
export const picture = async (name: string, colour: string, width = 64, height = 48) => ({
  name,
  mimeType: 'image/png',
  buffer: await sharp({ create: { width, height, channels: 3, background: colour } })
    .png()
    .toBuffer(),
})

/** Posts that the composer is asked about, in a folder that `fillWorld` has filled. */
export function fillMore(folder: string) {
  const store = openStore({ folder, now: () => Date.now() })
  try {
    const d = openDomain({ store, now: () => Date.now() })
    updateSettings(d, { undoSeconds: 0 })
    const bo = accountIdByAcct(d, 'bo@tide.example') ?? accountIdByAcct(d, 'wren@hedgerow.example')
    const other = accountIdByAcct(d, 'pia@loom.test')
    if (bo === null || other === null) throw new Error('the people of the world are not there')
    const post = (name: string, change: object) =>
      receivePost(d, {
        uri: `https://composer.example/${name}`,
        url: `https://composer.example/${name}`,
        accountId: other,
        type: 'Note',
        published: Date.now() - 60_000,
        edited: null,
        content: `<p>${name}</p>`,
        warning: '',
        sensitive: false,
        language: 'en',
        visibility: 'public',
        inReplyToUri: null,
        mentions: [],
        tags: [],
        media: [],
        emojis: [],
        forOwner: true,
        ...change,
      })?.id
    const called = post('Who comes along on Sunday', {
      mentions: [
        { acct: 'ada@ada.example', accountId: ownerId(d) },
        { acct: 'wren@hedgerow.example', accountId: accountIdByAcct(d, 'wren@hedgerow.example') },
      ],
    })
    const followers = post('Only for those who follow', { visibility: 'private' })
    const poll = writePost(d, {
      text: 'Which kettle',
      visibility: 'public',
      poll: { options: ['Copper', 'Enamel'], multiple: false, expiresIn: 86_400_000 },
    }).post
    releasePost(d, poll.id, Date.now())
    receiveVote(d, { postId: poll.id, accountId: other, name: 'Copper', uri: 'https://composer.example/vote', at: Date.now() })
    const typo = writePost(d, { text: 'A post with a tpyo', visibility: 'public' }).post
    releasePost(d, typo.id, Date.now())
    return { called: String(called), followers: String(followers), poll: String(poll.id), typo: String(typo.id) }
  } finally {
    store.close()
  }
}

/** Files come over a page by drag, or into the text by paste. */
export const carry = async (page: Page, type: 'drop' | 'paste', count: number) => {
  const bytes = [...(await picture('x.png', '#777')).buffer]
  await page.evaluate(
    ({ type, count, bytes }) => {
      const data = new DataTransfer()
      for (let at = 0; at < count; at++) data.items.add(new File([new Uint8Array(bytes)], `x${at}.png`, { type: 'image/png' }))
      const target = type === 'paste' ? document.querySelector('.composer .text textarea') : document.body
      if (type === 'drop') target?.dispatchEvent(new DragEvent('dragenter', { dataTransfer: data, bubbles: true }))
      const Kind = type === 'drop' ? DragEvent : ClipboardEvent
      target?.dispatchEvent(new Kind(type, { [type === 'drop' ? 'dataTransfer' : 'clipboardData']: data, bubbles: true, cancelable: true }))
    },
    { type, count, bytes },
  )
}
