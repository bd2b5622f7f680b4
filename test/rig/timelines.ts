import { receiveBoost, receivePost, type RemotePost } from '../../src-main/domain/posts.ts'
import { addFollowed, addPerson, seedFolder } from './seed.ts'
import type { Domain } from '../../src-main/domain/domain.ts'

/**
 * Home timelines with what timelines are about: threads, conversations, boosts in rows, answers to what is not here, and enough posts
 * to leave gaps. Everybody is invented.
 */
const MINUTE = 60_000
const names = ['Bo', 'Cy', 'Pia', 'Wren', 'Oskar', 'Ines', 'Jun', 'Noor']
const hosts = [
  'tide.example',
  'harbour.example',
  'loom.test',
  'hedgerow.example',
  'fjord.test',
  'salina.example',
  'slow.test',
  'nakhla.example',
]
const sentences = [
  'The tide table was wrong again.',
  'Found a bench with shade at four in the afternoon.',
  'Bread, third attempt: edible.',
  'The archive smells of apples.',
  'A heron stood in the car park for an hour.',
  'Every drawer in this house sticks in November.',
  'Rain on the skylight, two radiators on.',
  'Letters sorted by handwriting, not by name.',
]

const uriOf = (name: string) => `https://seed.peers.test/notes/${name}`
const note = (name: string, accountId: number, published: number, text: string, answers: string | null = null): RemotePost => ({
  uri: uriOf(name),
  url: `${uriOf(name)}/page`,
  accountId,
  type: 'Note',
  published,
  edited: null,
  content: `<p>${text}</p>`,
  warning: '',
  sensitive: false,
  language: 'en',
  visibility: 'public',
  inReplyToUri: answers === null ? null : uriOf(answers),
  mentions: [],
  tags: [],
  media: [],
  emojis: [],
  forOwner: false,
})

/** `count` plain posts, a minute apart, the last of them at `until`. */
function addPlain(d: Domain, people: readonly number[], count: number, until: number, words: string): void {
  for (let number = 0; number < count; number++) {
    const text = `${sentences[number % sentences.length]} ${'It took longer than planned. '.repeat(number % 4)}${words} ${number}`
    receivePost(d, note(`${words}-${number}`, people[number % people.length] as number, until - (count - 1 - number) * MINUTE, text))
  }
}

/**
 * Newest first: three plain posts, an answer whose parent is nowhere, a thread of five by Wren with a plain post among its parts, a
 * conversation of two, five boosts in a row (one post by four people), and `older` plain posts.
 */
export async function fillTimeline(folder: string, older = 60, now = Date.now()): Promise<{ people: number[] }> {
  let people: number[] = []
  await seedFolder(folder, (d) => {
    people = addFollowed(
      d,
      names.map((name, index) => ({ origin: `https://${hosts[index]}`, name: name.toLowerCase() })),
    )
    const [bo, cy, pia, wren] = people as [number, number, number, number]
    const at = (minutes: number) => now - minutes * MINUTE
    const strangers = ['Emeka', 'Sol', 'Ruth', 'Tomas'].map((name) => addPerson(d, 'https://square.example', name.toLowerCase()))
    d.store.transaction(() => {
      addPlain(d, people, older, at(90), 'older')
      // What is boosted is by strangers to the timeline: none of it stands there by itself.
      const originals = ['kiln', 'benches', 'pond', 'bells'].map((name, index) =>
        receivePost(d, { ...note(name, strangers[index] as number, at(60 * 24 * 300 + index), `About the ${name}, at some length.`) }),
      )
      const boost = (post: number, by: number, minutes: number) =>
        receiveBoost(d, {
          uri: `https://seed.peers.test/boosts/${post}-${by}`,
          accountId: by,
          postId: post,
          published: at(minutes),
          visibility: 'public',
        })
      const ids = originals.map((one) => one?.id as number)
      for (const [index, by] of [bo, cy, pia, wren].entries()) boost(ids[0] as number, by, 60 - index)
      boost(ids[1] as number, bo, 55)
      boost(ids[2] as number, cy, 54)
      boost(ids[3] as number, pia, 53)
      const put = (name: string, by: number, minutes: number, text: string, answers: string | null = null) =>
        receivePost(d, note(name, by, at(minutes), text, answers))
      put('question', cy, 50, 'Does anybody still own a drop spindle?')
      put('answer', pia, 48, 'Two, and a third that is being repaired.', 'question')
      put('part-1', wren, 40, 'On mending, first: look before you cut.')
      put('part-2', wren, 39, 'Second: the thread should be older than you.', 'part-1')
      put('between', bo, 38, 'Somebody is practising scales downstairs.')
      put('part-3', wren, 37, 'Third: a patch is not an apology.', 'part-2')
      put('part-4', wren, 36, 'Fourth: wash it once before you judge.', 'part-3')
      put('part-5', wren, 35, 'Fifth: then wear it until it is yours.', 'part-4')
      put('lost', wren, 30, 'I agree with every word of it.', 'nowhere')
      addPlain(d, people, 3, at(5), 'fresh')
    })
  })
  return { people }
}

/** More posts of the same people, while no instance runs on the folder. */
export async function addToTimeline(folder: string, people: readonly number[], count: number, until: number, words: string): Promise<void> {
  await seedFolder(folder, (d) => d.store.transaction(() => addPlain(d, people, count, until, words)))
}
