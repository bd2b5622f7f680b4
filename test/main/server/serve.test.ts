import { createServer, get, request } from 'node:http'
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { snapshot } from '../store/folder.ts'
import { temporaryFolder } from '../owner-api/house.ts'
import { readyOf, run } from './process.ts'

const LOCAL = ['--allow-private-network', '--tunnel', 'none']

function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method: options.method ?? 'GET', headers: options.headers ?? {}, agent: false }, (answer) => {
      let body = ''
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
    })
    asking.on('error', reject)
    asking.end(options.body)
  })
}

async function named(): Promise<string> {
  const folder = temporaryFolder()
  const made = run('cli', ['init', '--data', folder, '--name', 'ana', '--origin', 'https://ana.example'])
  expect([await made.ended, made.out(), made.err()]).toEqual([0, '', ''])
  return folder
}

describe('serve', () => {
  test('prints one line on stdout, and its sign-in link works once', async () => {
    const folder = await named()
    const served = run('serve', ['--data', folder, ...LOCAL])
    const ready = await readyOf(served)
    expect(ready).toEqual({
      event: 'ready',
      owner: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      public: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      origin: 'https://ana.example',
      signIn: expect.stringMatching(new RegExp(`^${ready.owner}/app/#code=[\\w-]{43}$`)),
    })
    const code = ready.signIn.split('#code=')[1]
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) }
    const first = await ask(`${ready.owner}/api/owner/session`, post)
    expect(JSON.parse(first.body)).toEqual({ token: expect.any(String) })
    expect((await ask(`${ready.owner}/api/owner/session`, post)).status).toBe(401)
    const { token } = JSON.parse(first.body) as { token: string }

    // A post through the owner address stands on the home timeline, and its public listener answers the identity's host alone.
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' }
    expect((await ask(`${ready.owner}/api/v1/statuses`, { method: 'POST', headers, body: 'status=High+water' })).status).toBe(200)
    expect((await ask(`${ready.owner}/api/v1/timelines/home`, { headers })).body).toContain('High water')
    const finger = '/.well-known/webfinger?resource=acct:ana@ana.example'
    expect((await ask(`${ready.public}${finger}`, { headers: { host: 'ana.example' } })).body).toContain('https://ana.example/users/ana')
    expect((await ask(`${ready.public}${finger}`)).status).toBe(421)
    for (const path of ['/api/v1/timelines/home', '/api/owner/state', '/app/', '/oauth/authorize'])
      expect([path, (await ask(`${ready.public}${path}`, { headers: { ...headers, host: 'ana.example' } })).status]).toEqual([path, 404])

    served.child.kill('SIGTERM')
    expect(await served.ended).toBe(0)
    expect(served.out().trim().split('\n')).toHaveLength(1)
    expect(served.err()).not.toContain(token)
    expect(served.err()).not.toContain(code)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('ends by %s within five seconds, with connections open', async (signal) => {
    const served = run('serve', ['--data', temporaryFolder(), ...LOCAL])
    const { owner } = await readyOf(served)
    const open = get(`${owner}/app/`, { headers: { connection: 'keep-alive' } }).on('error', () => undefined)
    await new Promise((resolve) => open.once('response', resolve))
    const asked = performance.now()
    served.child.kill(signal)
    expect(await served.ended).toBe(0)
    expect(performance.now() - asked).toBeLessThan(5_000)
  })

  test('ends by the owner’s word, without signals', async () => {
    const folder = await named()
    const served = run('serve', ['--data', folder, ...LOCAL])
    const { owner } = await readyOf(served)
    const made = run('cli', ['token', '--data', folder])
    expect(await made.ended).toBe(0)
    const headers = { authorization: `Bearer ${made.out().trim()}` }
    expect((await ask(`${owner}/api/owner/stop`, { method: 'POST', headers })).status).toBe(200)
    expect(await served.ended).toBe(0)
  })

  test('keeps its ports over a crash', async () => {
    const folder = await named()
    const first = run('serve', ['--data', folder, ...LOCAL])
    const before = await readyOf(first)
    first.child.kill('SIGKILL')
    await first.ended
    const after = await readyOf(run('serve', ['--data', folder, ...LOCAL]))
    expect([after.owner, after.public]).toEqual([before.owner, before.public])
  })

  test('takes another port if the remembered one is taken, and refuses to if it was asked for it', async () => {
    const folder = await named()
    const first = run('serve', ['--data', folder, ...LOCAL])
    const { owner } = await readyOf(first)
    first.child.kill('SIGTERM')
    await first.ended
    const port = Number(new URL(owner).port)
    const other = createServer((_request, reply) => reply.end()).listen(port, '127.0.0.1')
    try {
      const refused = run('serve', ['--data', folder, '--owner-port', String(port), ...LOCAL])
      expect([await refused.ended, refused.out()]).toEqual([2, ''])
      expect(refused.err()).toBe(`The port ${port} on 127.0.0.1 is in use by another program.\n`)
      expect((await readyOf(run('serve', ['--data', folder, ...LOCAL]))).owner).not.toBe(owner)
    } finally {
      other.close()
    }
  })

  test('runs once per folder: the second one says who has it, with exit code 2, and touches nothing', async () => {
    const folder = await named()
    await readyOf(run('serve', ['--data', folder, ...LOCAL]))
    const second = run('serve', ['--data', folder, ...LOCAL])
    expect(await second.ended).toBe(2)
    expect(second.out()).toBe('')
    expect(second.err()).toMatch(/^Burrow is already running on the folder .+\.\n$/)
  })

  test.each([
    [
      ['--origin', 'https://other.example'],
      /has the address https:\/\/ana\.example for ever; it cannot be started with https:\/\/other\.example\.$/,
    ],
    [['--origin', 'ana.example/path'], /./],
    [['--frobnicate'], /frobnicate/],
  ])('refuses %j in one sentence with exit code 2 and touches nothing', async (flags, sentence) => {
    const folder = await named()
    const before = snapshot(folder)
    const refused = run('serve', ['--data', folder, ...flags])
    expect(await refused.ended).toBe(2)
    expect(refused.out()).toBe('')
    const lines = refused.err().trim().split('\n')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(sentence)
    const after = snapshot(folder)
    expect(Object.keys(after)).toEqual(Object.keys(before))
    expect(after['key.json']).toBe(before['key.json'])
  })

  test('held by a parent, prints nothing and ends when the parent is gone', async () => {
    const folder = await named()
    const served = run('serve', [], ['ignore', 'pipe', 'pipe', 'ipc'])
    const messages: { type: string; signIn?: string }[] = []
    const heard = (type: string) =>
      new Promise<{ type: string; signIn?: string }>((resolve) => {
        const look = () => {
          const found = messages.find((message) => message.type === type)
          if (found) resolve(found)
        }
        served.child.on('message', look)
        look()
      })
    served.child.on('message', (message) => messages.push(message as { type: string }))
    served.child.send({ type: 'start', argv: ['--data', folder, ...LOCAL], keyStore: false })
    expect(await heard('ready')).toMatchObject({ origin: 'https://ana.example', signIn: expect.stringContaining('#code='), language: null })
    served.child.send({ type: 'sign-in' })
    expect((await heard('sign-in')).signIn).toContain('#code=')
    served.child.send({ type: 'power', event: 'resume' })
    served.child.disconnect()
    expect(await served.ended).toBe(0)
    expect(served.out()).toBe('')
  })

  test('held by a parent, says why it cannot start', async () => {
    const served = run('serve', [], ['ignore', 'pipe', 'pipe', 'ipc'])
    const said = new Promise((resolve) => served.child.once('message', resolve))
    served.child.send({ type: 'start', argv: ['--frobnicate'], keyStore: false })
    expect(await said).toMatchObject({ type: 'failed', sentence: expect.stringContaining('frobnicate') })
    expect(await served.ended).toBe(2)
  })
})

describe('the small commands', () => {
  test('init refuses a folder that is somebody’s home, and names that cannot be had', async () => {
    const folder = await named()
    const again = run('cli', ['init', '--data', folder, '--name', 'bo'])
    expect([await again.ended, again.out()]).toEqual([2, ''])
    expect(again.err()).toBe(`The folder ${folder} is the home of ana already.\n`)
    const empty = temporaryFolder()
    const reserved = run('cli', ['init', '--data', empty, '--name', 'postmaster'])
    expect([await reserved.ended, readdirSync(empty)]).toEqual([2, []])
    const nameless = run('cli', ['init', '--data', empty])
    expect([await nameless.ended, nameless.err()]).toEqual([2, 'init needs --name, such as --name ana.\n'])
  })

  test('token prints only the token, with the scopes that were asked for', async () => {
    const folder = await named()
    const made = run('cli', ['token', '--data', folder, '--scope', 'read:accounts'])
    expect(await made.ended).toBe(0)
    expect(made.out()).toMatch(/^[\w-]{43}\n$/)
    const wrong = run('cli', ['token', '--data', folder, '--scope', 'everything'])
    expect([await wrong.ended, wrong.out()]).toEqual([2, ''])
    const nowhere = run('cli', ['token', '--data', `${folder}/none`])
    expect([await nowhere.ended, nowhere.err()]).toEqual([2, `There is no Burrow in the folder ${folder}/none.\n`])
  })

  test('sign-in says if nothing runs, and prints a link that works if something does', async () => {
    const folder = await named()
    const idle = run('cli', ['sign-in', '--data', folder])
    expect([await idle.ended, idle.out()]).toEqual([2, ''])
    expect(idle.err()).toContain('No Burrow runs on the folder')
    const { owner } = await readyOf(run('serve', ['--data', folder, ...LOCAL]))
    const made = run('cli', ['sign-in', '--data', folder])
    expect(await made.ended).toBe(0)
    const link = made.out().trim()
    expect(link.startsWith(`${owner}/app/#code=`)).toBe(true)
    const body = JSON.stringify({ code: link.split('#code=')[1] })
    expect(
      (await ask(`${owner}/api/owner/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status,
    ).toBe(200)
  })

  test('doctor finds a sound folder sound and a damaged one wrong, and changes neither', async () => {
    const folder = await named()
    const before = snapshot(folder)
    const sound = run('cli', ['doctor', '--data', folder])
    expect(await sound.ended).toBe(0)
    expect(sound.out()).not.toContain('WRONG')
    for (const line of ['name: ana', 'address: https://ana.example', 'integrity: ok', 'keys: they can be opened', 'instance: does not run'])
      expect(sound.out()).toContain(line)
    expect(snapshot(folder)).toEqual(before)
    const nowhere = run('cli', ['doctor', '--data', `${folder}/none`])
    expect([await nowhere.ended, nowhere.out().includes('WRONG')]).toEqual([1, true])
  })

  test('an unknown command gets the usage', async () => {
    const made = run('cli', ['frobnicate'])
    expect([await made.ended, made.out()]).toEqual([2, ''])
    expect(made.err()).toContain('burrow init --data DIR')
  })
})
