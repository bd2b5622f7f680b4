import { afterAll, beforeAll, expect, test } from 'vitest'
import { startActorServer, type ActorServer } from '../rig/actors.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { number } from '../rig/rows.ts'
import { gone, openWindow, shown, type Window } from '../rig/window.ts'

let burrow: Burrow
let server: ActorServer
let window: Window

beforeAll(async () => {
  ;[burrow, server] = await Promise.all([startBurrow(), startActorServer('mo.localhost')])
  await burrow.online()
  // The disk is full when a post goes out, not a while later.
  await burrow.ask('PATCH', '/api/owner/settings', { undoSeconds: 0 })
})
afterAll(async () => {
  await window?.close()
  await burrow?.remove()
  await server?.close()
})

test('on a full disk the composer keeps the text, the inbox says 503, the chip says why, and all goes on when there is room', async () => {
  const mo = server.actor('mo')
  const inbox = `${burrow.origin}/inbox`
  const mention = { cc: [`${burrow.origin}/users/ana`], tag: [{ type: 'Mention', href: `${burrow.origin}/users/ana`, name: '@ana' }] }
  expect((await mo.post(inbox, mo.create(mention))).status).toBe(202)
  await burrow.ask('POST', '/api/v1/statuses', { status: 'Before' })
  window = await openWindow(burrow)
  const { page } = window
  await shown(window.text('Before'))

  // A disk with hardly any room left, then with none.
  await burrow.stop()
  const pages = number(burrow.folder, 'pragma page_count')
  await burrow.start({ flags: ['--max-pages', String(pages + 4)] })
  // Different tables have a last corner free at different moments: full is when nothing at all fits for a while.
  let refusals = 0
  await until('the disk is full', async () => {
    const answer = await burrow.api('POST', '/api/v1/statuses', { status: `Filling, ${Math.random()}` })
    expect([200, 503]).toContain(answer.status)
    refusals = answer.status === 503 ? refusals + 1 : 0
    return refusals >= 10
  })
  const create = mo.create({ ...mention, content: `<p>${'Long words. '.repeat(500)}</p>` })
  const refused = await until('the inbox is full', async () => {
    const answer = await mo.post(inbox, mo.create({ ...mention, content: `<p>${'Long words. '.repeat(500)}</p>` }))
    return answer.status === 503 ? answer : null
  })
  expect(refused.headers['retry-after']).toMatch(/^\d+$/)
  expect((await mo.post(inbox, create)).status).toBe(503)
  // What is there can still be read.
  expect((await burrow.api('GET', '/api/v1/timelines/home')).status).toBe(200)

  const words = `Nothing of this may be lost. ${'Not one word of it. '.repeat(18)}`.trim()
  await window.go('/app/compose')
  const composer = page.locator('textarea').first()
  await composer.fill(words)
  await composer.press('ControlOrMeta+Enter')
  await until('the connection says why', async () => (await burrow.connection()).reason === 'disk-full')
  await shown(window.words(/disk is full/i))
  await until('the chip asks for action', async () => /action needed/i.test(await window.chip()))
  await page.locator('button.status:visible').first().click()
  await shown(window.words('The disk is full. Nothing new can be kept until there is room.'))
  await page.keyboard.press('Escape')
  expect(await composer.inputValue()).toBe(words)

  // Room again: nothing was lost, and everything goes on.
  await burrow.stop()
  await burrow.start({ flags: [] })
  await burrow.online()
  expect(await composer.inputValue()).toBe(words)
  expect((await mo.post(inbox, create)).status).toBe(202)
  await until('the chip is calm', async () => !/action needed/i.test(await window.chip()), 30_000)
  await composer.press('ControlOrMeta+Enter')
  await until('the post is stored', async () =>
    (await burrow.ask<{ content: string }[]>('GET', '/api/v1/timelines/home')).some(({ content }) =>
      content.includes('Nothing of this may be lost'),
    ),
  )
  await gone(window.words(/disk is full/i), 30_000)
  await window.go('/app/home')
  await shown(window.text('Nothing of this may be lost'))
  await window.notReloaded()
})
