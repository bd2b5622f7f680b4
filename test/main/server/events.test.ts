import { expect, test, vi } from 'vitest'
import { setSetting } from '../../../src-main/domain/owner.ts'
import { writePost } from '../../../src-main/domain/posts.ts'
import { openAna } from '../domain/home.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a disk that fills up while an event is handled loses no event and ends nothing', async () => {
  const home = openAna()
  const handled: number[] = []
  const failures: string[] = []
  const { database } = home.store
  const pages = () => Number(database.pragma('page_count', { simple: true }))
  home.events.consume(
    'outbound',
    ['post-written'],
    (event) => {
      // What a consumer does: rows of its own. The second one does not fit.
      setSetting(home, `kept-${event.data.postId}`, 'x'.repeat(handled.length === 1 ? 400_000 : 10))
      handled.push(event.data.postId)
    },
    (error) => failures.push((error as { code?: string }).code ?? String(error)),
  )
  const ids: number[] = []
  home.store.transaction(() => {
    for (const text of ['first', 'second', 'third']) ids.push(writePost(home, { text, visibility: 'public', language: 'en' }).post.id)
    home.store.afterCommit(() => database.pragma(`max_page_count = ${pages() + 4}`))
  })
  await turn()
  expect(failures).toEqual(['disk-full'])
  const kept = () => ids.filter((id) => database.prepare('select 1 from settings where key = ?').get(`kept-${id}`) !== undefined)
  const cursor = (database.prepare("select seq from cursors where consumer = 'outbound'").get() as { seq: number }).seq
  const passed = database.prepare("select count(*) as n from events where type = 'post-written' and seq <= ?").get(cursor) as { n: number }
  // Whatever the cursor has passed has left its rows.
  expect(kept()).toHaveLength(passed.n)

  handled.length = 2
  vi.useFakeTimers()
  try {
    database.pragma('max_page_count = 100000')
    writePost(home, { text: 'fourth', visibility: 'public', language: 'en' })
    await vi.advanceTimersByTimeAsync(10_000)
  } finally {
    vi.useRealTimers()
  }
  await turn()
  expect(kept()).toEqual(ids)
})

test('what could not be handled is tried again by itself when there is room', async () => {
  vi.useFakeTimers()
  try {
    const home = openAna()
    let room = false
    const done: number[] = []
    home.events.consume('outbound', ['post-written'], (event) => {
      if (!room) throw new Error('no room')
      done.push(event.data.postId)
    })
    const { post } = writePost(home, { text: 'High water', visibility: 'public', language: 'en' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(done).toEqual([])
    room = true
    await vi.advanceTimersByTimeAsync(60_000)
    expect(done).toEqual([post.id])
  } finally {
    vi.useRealTimers()
  }
})
