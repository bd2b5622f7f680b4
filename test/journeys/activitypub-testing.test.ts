import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBurrow, type Burrow } from '../rig/burrow.ts'
import { request } from '../rig/http.ts'
import { startNode, until } from '../rig/process.ts'

/** The rules of ActivityPub that activitypub-testing tests, by its own command line (AGPL: only ever run). */
let burrow: Burrow
let post: string

interface Verdict {
  outcome: 'passed' | 'failed' | 'inapplicable' | 'cantTell'
  info?: string
}

beforeAll(async () => {
  burrow = await startBurrow()
  await burrow.online()
  const mastodon = await burrow.mastodon()
  post = (await mastodon.v1.statuses.create({ status: 'Something to look at' })).uri
  await until('it has left', async () => (await request(post, { headers: { accept: 'application/activity+json' } })).status === 200)
})
afterAll(async () => {
  await burrow?.remove()
})

const cli = join(dirname(createRequire(import.meta.url).resolve('activitypub-testing')), 'cli.js')
const names = new URL('../rig/fedify-peer/loopback-names.ts', import.meta.url).href

/** What it prints: one JSON text per test. */
async function run(...argv: string[]): Promise<Map<string, Verdict>> {
  const program = startNode(['--no-warnings', '--import', names, cli, ...argv])
  let out = ''
  program.child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const code = await program.ended
  if (code !== 0) throw new Error(`activitypub-testing ended with ${code}: ${out.slice(0, 2_000)} ${program.stderr().slice(0, 2_000)}`)
  const texts = out.split('\u001e').filter((text) => text.trim() !== '')
  return new Map(
    texts.map((text) => {
      const { test, result } = JSON.parse(text) as { test: { slug: string }; result: Verdict }
      return [test.slug, result]
    }),
  )
}

test('our actor holds every rule that applies to a server without a client side', async () => {
  const verdicts = await run('test', 'actor', `${burrow.origin}/users/ana`, '--output=json-seq')
  const by = (outcome: Verdict['outcome']): string[] => [...verdicts].filter(([, one]) => one.outcome === outcome).map(([slug]) => slug)
  expect([...verdicts].filter(([, one]) => one.outcome === 'failed')).toEqual([])
  expect(by('passed')).toEqual(
    expect.arrayContaining([
      'actor-objects-must-have-inbox-outbox-properties',
      'actor-must-serve-as2-object-to-get',
      'outbox-must-be-an-orderedcollection',
      'followers-collection-must-be-a-collection',
      'following-collection-must-be-a-collection',
    ]),
  )
  // What is left speaks of posting to an outbox, which nobody can here (404), of reading an inbox, or of properties an actor has not.
  for (const slug of [...by('inapplicable'), ...by('cantTell')]) {
    expect(slug).toMatch(/outbox|^inbox-must|^(liked|likes|shares)-collection|^create-then-update/)
  }
})

test.each(['likes-collection-must-be-a-collection', 'shares-collection-must-be-a-collection'])('a post of ours: %s', async (slug) => {
  const document = await request(post, { headers: { accept: 'application/activity+json' } })
  expect(document.status).toBe(200)
  const verdicts = await run('run', 'test', `--slug=${slug}`, `--input.object=${document.text}`)
  expect([...verdicts.values()]).toEqual([expect.objectContaining({ outcome: 'passed' })])
})
