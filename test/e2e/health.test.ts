import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { upsertAccount } from '../../src-main/domain/accounts.ts'
import { openDomain } from '../../src-main/domain/domain.ts'
import { receiveFollow } from '../../src-main/domain/follows.ts'
import { openStore } from '../../src-main/store/store.ts'
import { findChromium } from '../rig/browser.ts'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { until } from '../rig/process.ts'
import { openWindow, shown, type Window } from '../rig/window.ts'
import { violations } from './accessibility.ts'
import type { HostDelivery } from '../../src-main/owner-api/contract.ts'
import type { AddressInfo } from 'node:net'

/** Followers on three servers: one takes everything, one says that nobody is there, one does not answer at all. */
describe.runIf(findChromium() !== null)('whether what is sent arrives', { timeout: 60_000 }, () => {
  let burrow: Burrow
  let window: Window
  let others: Server
  let port = 0
  let gone = true
  let postId = ''
  const hosts = () => ({ takes: `tide.localhost:${port}`, refuses: `rock.localhost:${port}`, silent: 'fog.localhost:1' })

  beforeAll(async () => {
    others = createServer((incoming, outgoing) => {
      incoming.resume()
      const refused = gone && incoming.headers.host?.startsWith('rock.')
      incoming.on('end', () => outgoing.writeHead(incoming.method === 'POST' ? (refused ? 410 : 202) : 404).end())
    })
    await new Promise<void>((done) => others.listen(0, '127.0.0.1', done))
    port = (others.address() as AddressInfo).port
    burrow = await startBurrow({ name: 'ada', prepare: (folder) => befriend(folder, Object.values(hosts())) })
    await burrow.online()
    window = await openWindow(burrow, { width: 1280, height: 900 })
    postId = (await burrow.ask<{ id: string }>('POST', '/api/v1/statuses', { status: 'The tide is out.', visibility: 'public' })).id
  }, 90_000)
  afterAll(async () => {
    await window?.close()
    await burrow?.remove()
    others?.close()
  })
  const row = (host: string) => window.page.getByRole('listitem').filter({ hasText: host })
  const stateOf = async (host: string) => (await burrow.ask<HostDelivery[]>('GET', '/api/owner/hosts')).find((one) => one.host === host)

  test('every server is told of in words, those that need a look first', async () => {
    const { takes, refuses, silent } = hosts()
    await until('all three were tried', async () => {
      const [good, bad, none] = [await stateOf(takes), await stateOf(refuses), await stateOf(silent)]
      return good?.lastSuccessAt && bad?.failed === 1 && none?.waiting === 1 && none.lastCode !== null
    })
    await window.go('/app/health')
    await shown(row(silent))
    await shown(
      row(silent)
        .getByText(/1 waits/)
        .first(),
    )
    await shown(row(refuses).getByRole('button', { name: 'Send now' }))
    expect(await row(takes).count()).toBe(0)
    await window.page.getByRole('button', { name: /^Show all 3/ }).press('Enter')
    await shown(row(takes).getByText('fine'))
    expect(await violations(window)).toEqual([])
  })

  test('a post says where it has arrived, server by server', async () => {
    const { page } = window
    await window.go('/app/home')
    const post = window.post(postId)
    await shown(post)
    await post.hover()
    await post.getByRole('button', { name: /^More/ }).click()
    await page.getByRole('menuitem', { name: 'Where it has arrived…' }).press('Enter')
    const sheet = page.getByRole('dialog', { name: 'Where it has arrived' })
    const { takes, silent, refuses } = hosts()
    await shown(sheet.getByRole('listitem').filter({ hasText: takes }).getByText('Delivered'))
    await shown(
      sheet
        .getByRole('listitem')
        .filter({ hasText: silent })
        .getByText(/Next try/),
    )
    await shown(sheet.getByRole('listitem').filter({ hasText: refuses }))
    expect(await violations(window)).toEqual([])
    await page.keyboard.press('Escape')
  })

  test('a server is sent what waits there at once, and what waits there is let go of', async () => {
    const { refuses, silent } = hosts()
    await window.go('/app/health')
    gone = false
    await row(refuses).getByRole('button', { name: 'Send now' }).press('Enter')
    await until('it has arrived', async () => (await stateOf(refuses))?.failed === 0 && (await stateOf(refuses))?.lastSuccessAt)
    await shown(row(silent))
    await row(silent).getByRole('button', { name: 'Forget' }).click()
    await until('nothing waits', async () => ((await stateOf(silent))?.waiting ?? 0) === 0)
  })

  test('an address of somebody that is opened offers to follow', async () => {
    const { page } = window
    const { takes } = hosts()
    await page.goto(`${burrow.ready.owner}/app/open?url=${encodeURIComponent(`http://${takes}/users/bo`)}`)
    const person = page.getByRole('article').filter({ hasText: 'Bo' })
    await shown(person)
    expect(await violations(window)).toEqual([])
    await person.getByRole('button', { name: /^Follow/ }).press('Enter')
    await until('it is asked for', async () => {
      const [one] = await burrow.ask<{ id: string }[]>('GET', '/api/v1/accounts/search?q=bo&limit=1')
      const [relation] = await burrow.ask<{ following: boolean; requested: boolean }[]>(
        'GET',
        `/api/v1/accounts/relationships?id[]=${one?.id}`,
      )
      return relation?.following || relation?.requested
    })
    await page.getByRole('link', { name: 'Open profile' }).click()
    await page.waitForURL('**/app/@bo@*')
    await window.go('/app/health')
  })

  test('everything is paused and goes on, and what that means is said', async () => {
    const { page } = window
    await shown(window.words(/^What you do leaves at once\./))
    await page.getByRole('button', { name: 'Pause everything' }).click()
    await shown(window.words('Nothing leaves meanwhile. It goes on by itself.'))
    await page.getByRole('button', { name: 'For an hour' }).press('Enter')
    await shown(window.words(/^You paused everything until/))
    expect((await burrow.connection()).state).toBe('paused')
    await page.getByRole('button', { name: 'Resume' }).filter({ visible: true }).first().click()
    await until('it goes on', async () => (await burrow.connection()).state === 'online')
    await shown(window.words(/^What you do leaves at once\./))
  })
})

/** A follower on each host. */
function befriend(folder: string, hosts: readonly string[]): void {
  const store = openStore({ folder, now: Date.now })
  try {
    const d = openDomain({ store, now: Date.now })
    for (const host of hosts) {
      const uri = `http://${host}/users/bo`
      const id = upsertAccount(d, {
        uri,
        username: 'bo',
        domain: host,
        type: 'Person',
        displayName: 'Bo',
        note: '',
        url: uri,
        avatarUrl: null,
        headerUrl: null,
        fields: [],
        emojis: [],
        locked: false,
        discoverable: true,
        indexable: true,
        inbox: `${uri}/inbox`,
        sharedInbox: null,
        outbox: null,
        followersUri: `${uri}/followers`,
        followingUri: null,
        featuredUri: null,
        alsoKnownAs: [],
        movedTo: null,
        createdAt: Date.now(),
        keys: [],
        counts: { posts: 1, followers: 1, following: 1 },
      })
      receiveFollow(d, { accountId: id, uri: `${uri}#follow` })
    }
  } finally {
    store.close()
  }
}
