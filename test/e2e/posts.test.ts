import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Closing, DoorWord, Draft } from '../../src-main/owner-api/contract.ts'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { gone, openWindow, shown, type Window } from '../rig/window.ts'
import { fillWorld, type World } from '../rig/world.ts'

interface Post {
  id: string
  content: string
  text?: string
  muted: boolean
  quote_approval?: { automatic: string[] }
  media_attachments: { id: string; type: string; preview_url: string | null; description: string | null }[]
}
interface Scheduled {
  id: string
  scheduled_at: string
  params: { text: string }
}

/** What apps have long had, in the window: filters, times, films, people and servers put aside, and the end of the account. */
describe.runIf(findChromium() !== null)('posts and people, against a whole instance', { timeout: 90_000 }, () => {
  let burrow: Burrow
  let world: World
  let window: Window
  const ask = <T>(path: string) => burrow.ask<T>('GET', path)
  const text = () => window.page.getByRole('textbox', { name: 'Text of the post' })
  const write = async (words: string) => {
    await window.go('/app/home')
    await window.page.keyboard.press('n')
    await shown(text())
    await text().fill(words)
  }
  const composer = (name: string) => window.page.locator('.composer').getByRole('button', { name })
  const markdownLine = () => window.page.getByRole('menuitemradio', { name: /^Markdown/ })
  const newest = async () => (await ask<Post[]>('/api/v1/timelines/home?limit=1'))[0] as Post
  const menuOf = async (item: string | RegExp) => {
    await window.page.locator('.post-focus:visible').getByRole('button', { name: 'More' }).click()
    await window.page.getByRole('menuitem', { name: item }).click()
  }
  const personMenu = async (item: string | RegExp) => {
    await window.go(`/app/${world.person}`)
    await shown(window.page.getByRole('button', { name: 'Following' }).first())
    await window.page.locator('main section').getByRole('button', { name: 'More' }).first().click()
    await window.page.getByRole('menuitem', { name: item }).click()
  }
  const person = async () => (await ask<{ id: string }>(`/api/v1/accounts/lookup?acct=${encodeURIComponent(world.person.slice(1))}`)).id
  const relation = async () =>
    (
      await ask<{ muting: boolean; domain_blocking: boolean; endorsed: boolean }[]>(`/api/v1/accounts/relationships?id[]=${await person()}`)
    )[0]

  beforeAll(async () => {
    burrow = await startBurrow({
      name: 'ada',
      origin: 'https://ada.example',
      async prepare(folder) {
        world = await fillWorld(folder)
      },
    })
    window = await openWindow(burrow)
    await shown(window.page.getByRole('heading', { name: 'Home' }))
  })
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
  })

  test('a filter folds a post under its title until it is shown anyway, and one that hides leaves it out', async () => {
    const { page } = window
    const filter = (action: string, keyword: string) => ({
      title: 'Choirs',
      context: ['home', 'public', 'thread', 'account', 'notifications'],
      filter_action: action,
      keywords_attributes: [{ keyword, whole_word: false }],
    })
    const { id } = await burrow.ask<{ id: string }>('POST', '/api/v2/filters', filter('warn', 'choir rehearsal'))
    await page.reload()
    const row = page.locator('main [data-item]:visible', { hasText: 'Filtered: Choirs' })
    await shown(row)
    expect(await page.getByText('Choir rehearsal has to move').count()).toBe(0)
    await row.getByRole('button', { name: 'Show anyway' }).click()
    await shown(window.words(/Choir rehearsal has to move/))
    await burrow.ask('PUT', `/api/v2/filters/${id}`, { title: 'Choirs', context: ['home'], filter_action: 'hide' })
    await page.reload()
    await shown(page.getByRole('heading', { name: 'Home' }))
    await shown(page.locator('main [data-item]:visible').first())
    expect(await page.getByText('Choir rehearsal has to move').count()).toBe(0)
    expect(await page.getByText('Filtered: Choirs').count()).toBe(0)
    await burrow.ask('DELETE', `/api/v2/filters/${id}`)
  })

  test('a post waits for its time, moves to another, and comes back as what it was', async () => {
    const { page } = window
    await write('For tomorrow')
    await composer('Set a time').click()
    await page.getByRole('button', { name: 'Tomorrow at 9' }).click()
    await page.getByRole('button', { name: 'Use this time' }).click()
    await shown(page.getByText(/^Goes out on .* 09:00/))
    await composer('More options').click()
    await markdownLine().click()
    await composer('Schedule').click()
    await gone(text())
    const waiting = () => ask<Scheduled[]>('/api/v1/scheduled_statuses')
    const before = (await waiting())[0] as Scheduled
    expect([before.params.text, new Date(before.scheduled_at).getHours()]).toEqual(['For tomorrow', 9])

    await window.go('/app/outbox/scheduled')
    await shown(window.words('For tomorrow'))
    await page.getByRole('button', { name: 'Change time' }).click()
    await page.getByRole('textbox', { name: 'Date and time' }).or(page.getByLabel('Date and time')).first().fill('2001-01-01T09:00')
    await page.getByRole('button', { name: 'Use this time' }).click()
    await shown(page.getByText('Choose a time at least 5 minutes ahead.'))
    await page.getByRole('button', { name: 'In an hour' }).click()
    await page.getByRole('button', { name: 'Use this time' }).click()
    await until('it has moved', async () => (await waiting())[0]?.scheduled_at !== before.scheduled_at)

    await page.locator('main li.scheduled').getByRole('button', { name: 'Edit' }).click()
    await shown(text())
    expect(await text().inputValue()).toBe('For tomorrow')
    expect(await waiting()).toEqual([])
    await composer('More options').click()
    expect(await markdownLine().getAttribute('aria-checked')).toBe('true')
    await markdownLine().press('Escape')
    await until('it is a draft', async () => (await ask<Draft[]>('/api/owner/drafts')).some((draft) => draft.text === 'For tomorrow'))
    await page.getByRole('button', { name: 'Publish at once instead' }).click()
    await text().press('ControlOrMeta+Enter')
    await gone(text())
    expect((await newest()).content).toBe('<p>For tomorrow</p>')
  })

  test('Markdown is what the post says, and who may quote it stays with the draft on the server', async () => {
    const { page } = window
    await write('A **bold** claim')
    await composer('More options').click()
    await markdownLine().click()
    await page
      .locator('.composer')
      .getByRole('button', { name: /^Who may quote/ })
      .click()
    await page.getByRole('menuitemradio', { name: 'Nobody' }).click()
    await until('the draft knows both', async () =>
      (await ask<Draft[]>('/api/owner/drafts')).some((draft) => draft.format === 'markdown' && draft.quotePolicy === 'nobody'),
    )
    await text().press('Escape')
    await window.go('/app/outbox/drafts')
    await page.getByText('A **bold** claim').filter({ visible: true }).first().click()
    await shown(text())
    await composer('More options').click()
    expect(await markdownLine().getAttribute('aria-checked')).toBe('true')
    await markdownLine().press('Escape')
    await text().press('ControlOrMeta+Enter')
    await gone(text())
    const post = await newest()
    expect(post.content).toBe('<p>A <strong>bold</strong> claim</p>')
    expect(post.quote_approval?.automatic).toEqual([])
  })

  test('a film and a sound go up, the film with a picture drawn by the window', async () => {
    const { page } = window
    const film = await page.evaluate(async () => {
      const canvas = document.createElement('canvas')
      canvas.width = 320
      canvas.height = 180
      const context = canvas.getContext('2d')
      const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm;codecs=vp8' })
      const parts: Blob[] = []
      recorder.ondataavailable = (event) => parts.push(event.data)
      recorder.start()
      for (let at = 0; at < 20; at++) {
        if (context) {
          context.fillStyle = `hsl(${at * 12} 60% 50%)`
          context.fillRect(0, 0, 320, 180)
        }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      await new Promise((resolve) => {
        recorder.onstop = resolve
        recorder.stop()
      })
      return [...new Uint8Array(await new Blob(parts).arrayBuffer())]
    })
    await write('Moving pictures')
    await page.locator('.composer input[type=file]').setInputFiles([
      { name: 'walk.webm', mimeType: 'video/webm', buffer: Buffer.from(film) },
      { name: 'hum.wav', mimeType: 'audio/wav', buffer: hum() },
    ])
    await page.getByRole('textbox', { name: 'Description of video 1' }).fill('Colours that change')
    await page.getByRole('textbox', { name: 'Description of sound 2' }).fill('A hum')
    await until('both are ready', async () => (await page.getByRole('progressbar').count()) === 0, 60_000)
    const posters: string[] = []
    await until('the picture is drawn', async () => {
      posters.splice(
        0,
        posters.length,
        ...(await page.locator('.composer figure img').evaluateAll((all) => all.map((one) => (one as HTMLImageElement).src))),
      )
      return posters.some((src) => src.startsWith('http'))
    })
    await text().press('ControlOrMeta+Enter')
    await gone(text())
    const { id, media_attachments: media } = await newest()
    expect(media.map((one) => [one.type, one.description])).toEqual([
      ['video', 'Colours that change'],
      ['audio', 'A hum'],
    ])
    const poster = await fetch(media[0]?.preview_url ?? '')
    expect([poster.status, poster.headers.get('content-type')?.startsWith('image/')]).toEqual([200, true])

    await window.go(`/app/post/${id}`)
    const focused = page.locator('.post-focus:visible')
    expect(await focused.locator('video').count()).toBe(0)
    await focused.getByRole('button', { name: 'Video: Colours that change. Open' }).click()
    await shown(focused.locator('video'))
    expect(await focused.locator('audio').evaluate((audio: HTMLAudioElement) => [audio.controls, audio.autoplay, audio.paused])).toEqual([
      true,
      false,
      true,
    ])
    await shown(focused.getByText('A hum', { exact: true }))
  })

  test('a conversation is muted and heard again', async () => {
    await window.go(`/app/post/${world.answered}`)
    const muted = async () => (await ask<Post>(`/api/v1/statuses/${world.answered}`)).muted
    await menuOf('Mute this conversation')
    await until('it is muted', muted)
    await menuOf('Unmute this conversation')
    await until('it is heard', async () => !(await muted()))
  })

  test('delete and write again opens the words, and the old post is gone', async () => {
    const { page } = window
    // A post that has been out: one that has not left yet is simply changed.
    const id = world.answered
    await window.go(`/app/post/${id}`)
    await menuOf('Delete and write again…')
    await page.getByRole('dialog').getByRole('button', { name: 'Delete and write again' }).click()
    await shown(text())
    expect(await text().inputValue()).toBe('Nine metres of waxed cotton later, the window opens.')
    expect((await burrow.api('GET', `/api/v1/statuses/${id}`)).status).toBe(404)
    await text().fill('Ten metres, in truth.')
    await text().press('ControlOrMeta+Enter')
    await gone(text())
    expect((await newest()).content).toBe('<p>Ten metres, in truth.</p>')
  })

  test('somebody is muted for an hour, put on the profile and into a list, and their server is blocked', async () => {
    const { page } = window
    await personMenu('Show on your profile')
    await until('they are there', async () => (await relation())?.endorsed)
    await personMenu('Lists…')
    await page.getByRole('textbox', { name: 'Name of a new list' }).fill('Menders')
    await page.getByRole('button', { name: 'Create' }).click()
    await shown(page.getByRole('switch', { name: 'Menders' }))
    await until('they are in it', async () => {
      const [list] = await ask<{ id: string; title: string }[]>('/api/v1/lists')
      return list && (await ask<unknown[]>(`/api/v1/lists/${list.id}/accounts`)).length === 1
    })
    await page.getByRole('button', { name: 'Done' }).click()
    await personMenu(/^Mute/)
    await page.getByRole('radio', { name: '1 hour' }).check()
    await page.getByRole('dialog').getByRole('button', { name: 'Mute' }).click()
    await until('they are muted', async () => (await relation())?.muting)
    const [mute] = await ask<{ mute_expires_at: string | null }[]>('/api/v1/mutes')
    const ends = Date.parse(mute?.mute_expires_at ?? '') - Date.now()
    expect([ends > 55 * 60_000, ends <= 60 * 60_000]).toEqual([true, true])
    await burrow.ask('POST', `/api/v1/accounts/${await person()}/unmute`)

    const host = world.person.split('@')[2] ?? ''
    await personMenu(`Block ${host}…`)
    await page.getByRole('dialog').getByRole('button', { name: 'Block the server' }).click()
    await until('it is blocked', async () => (await ask<string[]>('/api/v1/domain_blocks')).includes(host))
    await shown(page.getByText('Server blocked').first())
  })

  test('words are put at the door, a list of servers is taken in, and what names none is said', async () => {
    const { page } = window
    await window.go('/app/settings/blocks')
    await page.getByRole('textbox', { name: 'Word or phrase' }).fill('miracle kettle')
    await page.getByRole('button', { name: 'Add' }).click()
    await shown(page.getByRole('list', { name: 'Words turned away' }).getByText('miracle kettle'))
    expect(await ask<DoorWord[]>('/api/owner/door')).toMatchObject([{ words: 'miracle kettle', wholeWord: true, turnedAway: 0 }])
    await page.getByRole('button', { name: 'Import a list…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'List' }).fill('spam.example\nbad.example\nno server here')
    await dialog.getByRole('button', { name: 'Block them' }).click()
    await shown(dialog.getByText('2 servers are blocked now. Known before: 0.'))
    await shown(dialog.getByText('no server here'))
    await dialog.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Unblock spam.example' }).click()
    await until('it may come back', async () => !(await ask<string[]>('/api/v1/domain_blocks')).includes('spam.example'))
  })

  test('how things are shown while reading is set, and holds', async () => {
    const { page } = window
    await window.go('/app/settings/reading')
    await page.getByRole('switch', { name: 'Open content warnings' }).click()
    await page.getByRole('radio', { name: 'Show all' }).click()
    await until('apps are told', async () => {
      const told = await ask<Record<string, unknown>>('/api/v1/preferences')
      return told['reading:expand:spoilers'] === true && told['reading:expand:media'] === 'show_all'
    })
    await window.go('/app/search')
    await page.getByRole('button', { name: 'has:media' }).click()
    expect(await page.getByRole('searchbox').inputValue()).toBe('has:media ')
  })

  test('every setting of reading stands there with what follows from it, by keyboard, and holds', async () => {
    const { page } = window
    await window.go('/app/settings/reading')
    const kept = () => ask<Record<string, unknown>>('/api/owner/settings')
    for (const [name, field, value] of [
      ['Live at the top', 'liveAtTop', true],
      ['Fold threads', 'foldThreads', false],
      ['Everything received', 'everythingReceived', true],
      ['Announce new posts', 'announceNew', 'count'],
      ['Fetch little', 'reducedData', true],
      ['Play what moves', 'animate', 'never'],
      ['Mark pictures without a description', 'showNoAlt', true],
      ['Shorten names with many emoji', 'collapseNameEmoji', false],
    ] as const) {
      const control = page.getByRole('switch', { name })
      expect(await control.getAttribute('aria-describedby')).toBeTruthy()
      await control.focus()
      await page.keyboard.press('Space')
      await until(`${field} is kept`, async () => (await kept())[field] === value)
    }
    for (const [name, field, value] of [
      ['Read upward', 'direction', 'upward'],
      ['Hidden', 'boosts', 'hidden'],
    ] as const) {
      await page.getByRole('radio', { name, exact: true }).click()
      await until(`${field} is kept`, async () => (await kept())[field] === value)
    }
    await page.getByRole('textbox', { name: 'Word in a warning' }).fill('spiders')
    await page.keyboard.press('Enter')
    await until('the word is kept', async () => JSON.stringify((await kept())['openWarnings']) === '["spiders"]')
    await page.getByRole('button', { name: 'Remove spiders' }).click()
    await until('the word is gone', async () => JSON.stringify((await kept())['openWarnings']) === '[]')
  })

  test('the account is closed only by its own name, and the receipt stands there', async () => {
    const { page } = window
    await window.go('/app/settings/move')
    await page.getByRole('button', { name: 'Close…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Close your account for good?' })
    const close = dialog.getByRole('button', { name: 'Close my account' })
    await dialog.getByRole('textbox').fill('@ada@elsewhere.example')
    await page.keyboard.press('Enter')
    expect(await close.getAttribute('aria-disabled')).toBe('true')
    expect((await ask<Closing>('/api/owner/closing')).state).toBe('open')
    await dialog.getByRole('textbox').fill('@ada@ada.example')
    await close.click()
    await gone(dialog)
    expect((await ask<Closing>('/api/owner/closing')).state).not.toBe('open')
    await shown(page.getByText(/^Your account is (closing|closed)$/))
    expect((await burrow.api('POST', '/api/v1/statuses', { status: 'One more' })).status).toBeGreaterThanOrEqual(400)
  })
})

/** A second of sound, 8,000 samples of 16 bits. */
function hum(): Buffer {
  const samples = 8_000
  const wav = Buffer.alloc(44 + samples * 2)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(36 + samples * 2, 4)
  wav.write('WAVEfmt ', 8)
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(samples, 24)
  wav.writeUInt32LE(samples * 2, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36)
  wav.writeUInt32LE(samples * 2, 40)
  for (let at = 0; at < samples; at++) wav.writeInt16LE(Math.round(8_000 * Math.sin(at / 3)), 44 + at * 2)
  return wav
}
